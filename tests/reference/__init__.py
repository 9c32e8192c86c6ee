"""The reference evaluator, sentence by sentence: rows and members worked out by hand."""
