"""The tests: the specification made executable."""
