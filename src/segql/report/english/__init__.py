"""A definition in plain English, made from the model: `explain`, and its pieces for other reports.

Every choice that the language makes is written out: resolved windows, what happens to unknown values, what
an aggregate of nothing gives, who `did not` includes. The same model and `as of` give the same text.

`words` (nouns, numbers, days) -> `times` (windows) -> `values` (noun phrases) -> `conditions` (clauses) ->
`definitions` (the page).
"""

from segql.report.english.definitions import explain
from segql.report.english.pieces import (
    ResolvedWindow,
    english_condition,
    english_window,
    windows,
)

__all__ = ["ResolvedWindow", "english_condition", "english_window", "explain", "windows"]
