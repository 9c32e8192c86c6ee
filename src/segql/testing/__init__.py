"""Tests of segments: `test` blocks on rows of their own, `assert` blocks on the data of a target.

* `tables`: the physical tables of a model in an embedded DuckDB, from plain rows;
* `rows`: the rows of a `test` block as they would be stored;
* `running`: a test on DuckDB and on the reference evaluator, which must agree;
* `reasons`: why somebody is in or out, with the values at hand;
* `coverage`: which conditions were seen both true and false;
* `claims`: the claims of `assert` blocks as segments whose members contradict them.
"""
