"""Can a value be unknown (3.1, 3.2)? As the model declares it: a required attribute has a value."""

from __future__ import annotations

from collections.abc import Iterator

from segql.model.nodes import (
    Aggregate,
    Arithmetic,
    Attr,
    Condition,
    Const,
    Exists,
    Function,
    Holds,
    IsKnown,
    MemberOf,
    Named,
    Now,
    OverPopulation,
    RawSql,
    Row,
    RowRef,
    Search,
    Standing,
    Today,
    UnitStart,
    Up,
    Value,
    Window,
)
from segql.model.walk import children, values_in

NEVER = frozenset(
    {
        "count",
        "sum",
        "count_distinct",
        "active_days",
        "active_weeks",
        "active_months",
        "streak_days",
        "streak_weeks",
        "streak_months",
        # what the plan counts
        "matching_units",
        "bursts",
        "sequences",
    }
)


def nullable(value: Value) -> bool:
    """Whether `value` can be unknown for a row that keeps the model's promises."""
    match value:
        case Const():
            return value.value is None
        case Holds() | Now() | Today() | UnitStart():
            return False
        case Attr():
            return value.attribute.nullable or _may_miss(value.row)
        case Named():
            return nullable(value.value)
        case Aggregate():
            return value.function not in NEVER
        case OverPopulation():
            per = value.among.per
            ungrouped = per is not None and (nullable(per) or _may_miss(value.row))
            return ungrouped or value.function not in ("count", "sum")
        case Standing():
            return True  # outside the population
        case Function(name="known"):
            return False
        case Function(name="coalesce" | "mean"):
            return all(nullable(item) for item in value.arguments)
        case Arithmetic(operator="/"):
            return not _nonzero(value.right) or nullable(value.left)
        case _:
            return any(nullable(item) for item in values_in(value))


def window_nullable(window: Window | None) -> bool:
    if window is None:
        return False
    return any(nullable(bound) for bound in (window.start, window.end) if bound is not None)


def meets_unknown(leaf: Condition) -> bool:
    """Whether a leaf that says nothing about unknown can meet one."""
    if isinstance(leaf, IsKnown | Exists | MemberOf):
        return False
    return isinstance(leaf, RawSql) or any(nullable(value) for value in asked(leaf))


def asked(leaf: object) -> Iterator[Value]:
    """The values directly in a leaf, bounds of its window among them."""
    for part in children(leaf):
        if isinstance(part, Value):
            yield part
        elif not isinstance(part, Condition | Search | Row | Up):
            yield from asked(part)


def _nonzero(value: Value) -> bool:
    return isinstance(value, Const) and value.value != 0


def _may_miss(row: RowRef | None) -> bool:
    """Whether a to-one relation on the way can lead nowhere: its column is nullable, or not declared.

    The way up from a search's row is sure: the row was found over it. Those links are the owners of
    events and rows, and to-many relations read upwards; they are not among the child's `one`.
    """
    while isinstance(row, Up):
        link = row.link
        if link.child.one.get(link.name) is link:
            keys = [link.child.attributes.get(column) for column in link.columns]
            if any(key is None or key.nullable for key in keys):
                return True
        row = row.row
    assert isinstance(row, Row)
    return False
