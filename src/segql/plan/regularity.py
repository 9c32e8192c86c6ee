"""Regularity (2.3) and runs of rows (2.4) in normal form; `plan.runs` plans them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from segql.model import nodes
from segql.model.clock import Clock, OutOfRangeError
from segql.model.nodes import Compare, Condition, Const, Value
from segql.model.running import before_now, moment, shifted
from segql.model.types import INT
from segql.plan.comparisons import ABSOLUTE, between
from segql.plan.nodes import Aggregation, Always, Existence, PlanError
from segql.plan.simplify import tighten
from segql.syntax.tree import Unit

if TYPE_CHECKING:
    from segql.plan.normalize import Pass

MATCHING_UNITS = "matching_units"
BURSTS = "bursts"
STREAKS: dict[str, Unit] = {
    "streak_days": "day",
    "streak_weeks": "week",
    "streak_months": "month",
}
GAPS = ("min_gap", "max_gap", "avg_gap", "median_gap")


@dataclass(frozen=True, slots=True)
class Units:
    """Stretches of time that follow each other, each `[start, end)`, and how many rows one of them must hold.

    `edges` are all starts, oldest first, and the last end. `unit`: each is a local `day`, `week` or `month`; `length`:
    each is so long; where both are None, only the edges tell them apart.
    """

    low: int
    high: int | None
    edges: tuple[Value, ...]
    unit: Unit | None = None
    length: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """`low` rows (2 or more) within `[t, t + length)`."""

    low: int
    length: timedelta


Detail: TypeAlias = "Units | Stretch"


# --- normal form ----------------------------------------------------------------------------------


def regular(over: Pass, condition: nodes.Regular) -> Condition:
    """The units that hold as many rows as asked, counted and compared."""
    span = condition.span
    try:
        units = units_of(condition, over.clock)
    except OutOfRangeError as error:
        raise PlanError(str(error), span) from None
    time = condition.search.time
    assert time is not None
    whole = nodes.Window(units.edges[0], units.edges[-1], span=span)
    selection = over.selection(condition.search)
    assert selection.time is not None
    bounds = between(selection.time, whole, span, over.clock)
    selection = replace(selection, conditions=tighten((*selection.conditions, *bounds), span))
    if any(type(item) is Always and not item.value for item in selection.conditions):
        return Always(span, False)
    found = Aggregation(INT, span, MATCHING_UNITS, selection, selection.time, detail=units)
    return Compare(span, ">=", found, Const(INT, span, condition.hits))


def units_of(condition: nodes.Regular, clock: Clock) -> Units:
    """The units: OutOfRangeError where they begin before there were dates."""
    assert condition.search.time is not None
    type_, span = condition.search.time.type, condition.span
    dates = type_.name == "date"
    unit: Unit | None = None
    length: timedelta | None = None
    if condition.periods:
        now = before_now(type_, clock, span)
        edges = [
            shifted(now, -number * condition.length, condition.unit, clock)
            for number in range(condition.count, -1, -1)
        ]
        if condition.unit in ABSOLUTE:
            length = ABSOLUTE[condition.unit] * condition.length
    else:
        edges = [
            moment(nodes.UnitStart(type_, span, condition.unit, -number), clock)
            for number in range(condition.count, -1, -1)
        ]
        if condition.unit in ("day", "week", "month") and (
            dates or all(_goes_forward(edge, clock) for edge in edges)
        ):
            unit = condition.unit
    return Units(condition.low, condition.high, tuple(edges), unit, length)


def _goes_forward(value: Value, clock: Clock) -> bool:
    """Whether local dates only grow around the first instant of a day (clocks can be set back over midnight)."""
    edge = value.value if isinstance(value, Const) else None
    if not isinstance(edge, datetime):
        return False  # only the engine knows it
    before = clock.local_date(edge - timedelta(microseconds=1))
    return all(before < clock.local_date(edge + timedelta(minutes=m)) for m in (0, 30, 61, 121))


def burst(over: Pass, condition: nodes.Burst) -> Condition:
    """The rows that begin a stretch with enough rows, counted; with one row any row does."""
    span = condition.span
    selection = over.selection(condition.search)
    if any(type(item) is Always and not item.value for item in selection.conditions):
        return Always(span, False)
    if condition.low <= 1:
        return Existence(span, selection)
    detail = Stretch(condition.low, condition.length)
    found = Aggregation(INT, span, BURSTS, selection, selection.time, detail=detail)
    return Compare(span, ">=", found, Const(INT, span, 1))
