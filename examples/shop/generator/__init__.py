"""The parts of `generate.py`: `chance`, `names`, `people`, `shopping`, `contact`, `schema`."""
