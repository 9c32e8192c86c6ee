"""The oracle: evaluates definitions over plain rows, one row after the other, slow and obvious.

It follows part 3 of the language sentence by sentence and shares with the compiler only the model and the
arithmetic of single values (`model.clock`, `model.scalars`, `model.regex`). Every engine must agree with it.

* `physical`: what is stored in a row, as values of the language (types, zones, JSON, lists);
* `rows`: which rows exist, and which belong to which;
* `evaluator`: values, searches and conditions for a row;
* `aggregates`: what many rows give;
* `sequences`, `regularity`: rows in time;
* `populations`: rankings, and values over a population;
* `histories`: what was true when;
* `distance`: of points, and the chance that decides a split.

A `Database` maps the name of a table as `.seg` files write it to its rows, each a mapping from physical column
to value: None, bool, int, Decimal, float, str, date, datetime (aware: an instant; naive: stored without zone),
timedelta, a list, or a dict (JSON or struct; a text holds JSON too).
"""

from __future__ import annotations

from datetime import datetime

from segql.model.clock import Clock
from segql.model.nodes import Model
from segql.reference.evaluator import Evaluator
from segql.reference.physical import Database, EvaluateSql

__all__ = ["Database", "EvaluateSql", "holds", "levels", "members", "value"]

Key = tuple[object, ...]


def members(
    model: Model,
    segment: str,
    database: Database,
    as_of: datetime,
    *,
    evaluate_sql: EvaluateSql | None = None,
) -> list[Key]:
    """The keys of the members of a segment, list, level or part (`NAME.level`), in key order: numbers by size,
    text by code point.

    Raises `NumberTooLargeError` and `OutOfRangeError` where an engine would fail, `KeyError` for an unknown segment.
    """
    evaluator = Evaluator(Clock(as_of, model.settings), database, evaluate_sql)
    definition = model.segments[segment]
    return evaluator.keys(definition.entity, definition.lines)


def holds(
    model: Model,
    segment: str,
    line: int,
    database: Database,
    as_of: datetime,
    *,
    evaluate_sql: EvaluateSql | None = None,
) -> list[Key]:
    """The keys of all for whom one line (from 0) of a segment holds by itself, in key order."""
    evaluator = Evaluator(Clock(as_of, model.settings), database, evaluate_sql)
    definition = model.segments[segment]
    return evaluator.keys(definition.entity, definition.lines[line : line + 1])


def value(
    model: Model,
    trait: str,
    database: Database,
    as_of: datetime,
    *,
    evaluate_sql: EvaluateSql | None = None,
) -> dict[Key, object]:
    """The value of a trait for each row of its source that exists, by key, in key order; None is unknown."""
    evaluator = Evaluator(Clock(as_of, model.settings), database, evaluate_sql)
    definition = model.traits[trait]
    return evaluator.values(definition.source, definition.value)


def levels(
    model: Model,
    segmentation: str,
    database: Database,
    as_of: datetime,
    *,
    evaluate_sql: EvaluateSql | None = None,
) -> dict[Key, str]:
    """The level of a segmentation, or the part of a split, that each row is in, by key, in key order.

    Whoever is in none is left out.
    """
    evaluator = Evaluator(Clock(as_of, model.settings), database, evaluate_sql)
    return evaluator.levels(model.segmentations[segmentation])
