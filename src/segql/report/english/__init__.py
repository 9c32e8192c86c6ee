"""A definition in plain English, made from the model: `explain`, and its pieces for other reports.

Every choice that the language makes is written out: resolved windows, what happens to unknown values, what
an aggregate of nothing gives, who `did not` includes. The same model and `as of` give the same text.

The modules, each building on those before it: `words` (nouns, numbers, days), `notes`, `times` (instants, windows),
`rows` (which row is meant), `aggregates`, `populations`, `values`, `leaves`, `happenings` (regularity, sequences),
`conditions` (groups, unknown values), `entries` (what names mean), `definitions` (the
page), `pieces` (for other reports).
"""

from segql.report.english.definitions import explain
from segql.report.english.pieces import (
    ResolvedWindow,
    english_condition,
    english_window,
    windows,
)

__all__ = ["ResolvedWindow", "english_condition", "english_window", "explain", "windows"]
