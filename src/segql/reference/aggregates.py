"""What the rows of a search give (3.2, 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cmp_to_key
from itertools import pairwise
from typing import Any, TypeAlias

from segql.model import nodes, scalars
from segql.model.clock import Clock, calendar_shift, unit_start_of
from segql.model.types import Type
from segql.reference.rows import Record
from segql.syntax.tree import Unit

VARIANCE_SCALE = 12
DEVIATION_SCALE = 6
MICROSECOND = timedelta(microseconds=1)

Environment: TypeAlias = "Mapping[int | nodes.RowRef, Record]"
ValueOf: TypeAlias = Callable[[nodes.Value, Environment], object]


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a search: the environment inside of it, its time (None: it has none), and what its key orders by."""

    environment: Environment
    time: object
    key: tuple[object, ...]


def aggregate(
    value: nodes.Aggregate, rows: Sequence[Found], value_of: ValueOf, clock: Clock
) -> object:
    """The value of an aggregate over the rows of its search."""
    match value.function:
        case "share":
            return _share(value, rows, value_of)
        case "favourite":
            return _favourite(value, rows, value_of, clock)
        case "favourite_share":
            return _favourite_share(value, rows, value_of, clock)
        case function:
            result = _measure(function, value.argument, rows, value_of, clock, value.n)
            return scalars.convert(result, value.type)


def _measure(
    function: nodes.AggregateName,
    argument: nodes.Value | None,
    rows: Sequence[Found],
    value_of: ValueOf,
    clock: Clock,
    n: int = 1,
) -> object:
    """An aggregate that is made of the rows alone, exact (not yet of its type)."""
    # 3.2: `count(E)` counts rows
    if function == "count" or argument is None:
        return len(rows)
    if function in ("first", "last", "nth", "nth_last"):
        return _chosen(function, argument, rows, value_of, n)
    # 3.2: aggregates skip rows whose argument is unknown
    values = [value_of(argument, row.environment) for row in rows]
    known = [value for value in values if value is not None]
    return _summary(function, known, argument.type, clock)


def _summary(
    function: nodes.AggregateName, values: Sequence[object], type_: Type, clock: Clock
) -> object:
    """An aggregate of known values."""
    if type_.name == "duration" and function in ("sum", "avg", "median"):
        return length(function, values)
    match function:
        # of nothing: 0
        case "sum":
            return total(values)
        case "count_distinct":
            return len(set(values))
        case "active_days" | "active_weeks" | "active_months":
            return active(function, values, clock)
        case "streak_days" | "streak_weeks" | "streak_months":
            return streak(function, values, clock)
        case "min_gap" | "max_gap" | "avg_gap" | "median_gap":
            return gap(function, values)
        case _ if not values:
            return None
        # of nothing: unknown
        case "avg":
            return scalars.mean(values)
        case "median":
            return median(values)
        case "stddev":
            return deviation(values)
        case "min":
            return min(values, key=lambda value: _order(value, type_))
        case "max":
            return max(values, key=lambda value: _order(value, type_))
        case _:
            raise NotImplementedError(f"`{function}` is not yet supported")


def _order(value: object, type_: Type) -> int:  # any ordered type: only compared with its like
    return scalars.sort_key(value, type_)  # type: ignore[return-value]


# --- numbers (3.7) --------------------------------------------------------------------------------


def total(values: Sequence[object]) -> Decimal:
    """The exact sum."""
    result = Decimal(0)
    for value in values:
        result = scalars.EXACT.add(result, scalars.exact(value))
    return result


def median(values: Sequence[object]) -> Decimal:
    """The middle one, or the mean of the middle two, at 6 places."""
    ordered = sorted(scalars.exact(value) for value in values)
    half = len(ordered) // 2
    middle = ordered[half : half + 1] if len(ordered) % 2 else ordered[half - 1 : half + 1]
    return scalars.quotient(total(middle), Decimal(len(middle)))


def deviation(values: Sequence[object]) -> Decimal | None:
    """The sample's standard deviation: the exact variance rounded to 12 places, its root to 6."""
    n = len(values)
    if n < 2:
        return None
    numbers = [scalars.exact(value) for value in values]
    squares = total([scalars.EXACT.multiply(number, number) for number in numbers])
    sum_ = total(numbers)
    above = scalars.EXACT.subtract(
        scalars.EXACT.multiply(Decimal(n), squares), scalars.EXACT.multiply(sum_, sum_)
    )
    variance = scalars.quotient(above, Decimal(n * (n - 1)), VARIANCE_SCALE)
    return scalars.half_away(variance.sqrt(scalars.EXACT), DEVIATION_SCALE)


def _share(value: nodes.Aggregate, rows: Sequence[Found], value_of: ValueOf) -> Decimal | None:
    """The part of the rows for which the condition is true; of nothing unknown."""
    if not rows or value.argument is None:
        return None
    true = [row for row in rows if value_of(value.argument, row.environment) is True]
    return scalars.quotient(Decimal(len(true)), Decimal(len(rows)))


def active(function: nodes.AggregateName, times: Sequence[object], clock: Clock) -> int:
    """How many different local days, weeks or months the times lie in."""
    return len(_unit_starts(function, times, clock))


def streak(function: nodes.AggregateName, times: Sequence[object], clock: Clock) -> int:
    """The longest run of consecutive local days, weeks or months that the times lie in (3.2)."""
    starts = _unit_starts(function, times, clock)
    longest = 0
    for start in starts:
        run, unit = 1, start
        while (unit := calendar_shift(unit, 1, UNITS[function])) in starts:
            run += 1
        longest = max(longest, run)
    return longest


UNITS: dict[str, Unit] = {
    "active_days": "day",
    "active_weeks": "week",
    "active_months": "month",
    "streak_days": "day",
    "streak_weeks": "week",
    "streak_months": "month",
}


def _unit_starts(function: nodes.AggregateName, times: Sequence[object], clock: Clock) -> set[date]:
    """The first dates of the local units that the times lie in."""
    return {
        unit_start_of(_local_date(time, clock), UNITS[function], clock.settings.week_starts)
        for time in times
    }


def gap(function: nodes.AggregateName, times: Sequence[Any]) -> timedelta | None:
    """The lengths between neighbours in time, whole microseconds (rounded half away); of fewer than two unknown."""
    ordered = sorted(times)
    gaps: list[timedelta] = [later - earlier for earlier, later in pairwise(ordered)]
    if not gaps:
        return None
    if function in ("min_gap", "max_gap"):
        return min(gaps) if function == "min_gap" else max(gaps)
    return length("avg" if function == "avg_gap" else "median", gaps)


def length(function: str, values: Sequence[Any]) -> timedelta | None:
    """`sum avg median` of lengths of time, in whole microseconds (rounded half away)."""
    parts = [value // MICROSECOND for value in values]
    if function == "sum":
        return timedelta(microseconds=sum(parts))
    if not parts:
        return None
    if function == "avg":
        found = scalars.quotient(total(parts), Decimal(len(parts)), 0)
    else:
        found = scalars.half_away(median(parts), 0)
    return timedelta(microseconds=int(found))


def _local_date(time: object, clock: Clock) -> date:
    if isinstance(time, datetime):
        return clock.local_date(time)
    if isinstance(time, date):
        return time
    raise TypeError(f"not a time: {time!r}")


# --- order (3.5) ----------------------------------------------------------------------------------


def _chosen(
    function: nodes.AggregateName,
    argument: nodes.Value,
    rows: Sequence[Found],
    value_of: ValueOf,
    n: int,
) -> object:
    """3.5: ordered by time, then key ascending; the last is the last of that order. 3.2: the row is chosen
    by time, then its value is taken, which may be unknown."""
    ordered = sorted(rows, key=lambda row: (row.time, row.key))
    if n > len(ordered):
        return None
    row = ordered[n - 1] if function in ("first", "nth") else ordered[-n]
    return value_of(argument, row.environment)


def _favourite(
    value: nodes.Aggregate, rows: Sequence[Found], value_of: ValueOf, clock: Clock
) -> object:
    """3.5: largest count, then most recent, then smallest value; with `by`: its measures in their order, then
    the smallest value. An unknown measure comes behind every known one."""
    argument, groups = _groups(value, rows, value_of)
    if not groups:
        return None
    ranked = {found: _ranks(value.by, group, value_of, clock) for found, group in groups.items()}

    def better(one: object, other: object) -> int:
        for (mine, type_), (theirs, _) in zip(ranked[one], ranked[other], strict=True):
            order = _larger_first(mine, theirs, type_)
            if order:
                return order
        return scalars.compare(one, other, argument.type, argument.type)

    return min(groups, key=cmp_to_key(better))


def _groups(
    value: nodes.Aggregate, rows: Sequence[Found], value_of: ValueOf
) -> tuple[nodes.Value, dict[object, list[Found]]]:
    """The argument, and the rows by its known values."""
    argument = value.argument
    if argument is None:
        raise TypeError("`favourite` is of a value")
    groups: dict[object, list[Found]] = {}
    for row in rows:
        found = value_of(argument, row.environment)
        if found is not None:
            groups.setdefault(found, []).append(row)
    return argument, groups


def _favourite_share(
    value: nodes.Aggregate, rows: Sequence[Found], value_of: ValueOf, clock: Clock
) -> Decimal | None:
    """2.4: the favourite's part of the measure (the first one, or the count) over all known values."""
    _, groups = _groups(value, rows, value_of)
    favourite = _favourite(value, rows, value_of, clock)
    if favourite is None:
        return None
    measure = value.by[0] if value.by else nodes.Measure("count", None)
    known = [row for group in groups.values() for row in group]
    own, all_ = (
        _measure(measure.function, measure.argument, found, value_of, clock)
        for found in (groups[favourite], known)
    )
    if own is None or all_ is None or not scalars.exact(all_):
        return None
    return scalars.quotient(scalars.exact(own), scalars.exact(all_))


def _ranks(
    by: Sequence[nodes.Measure], group: Sequence[Found], value_of: ValueOf, clock: Clock
) -> list[tuple[object, Type]]:
    """What the rows of one value are ranked by, with the type that orders it."""
    if by:
        return [
            (
                _measure(measure.function, measure.argument, group, value_of, clock),
                _rank_type(measure),
            )
            for measure in by
        ]
    times = [row.time for row in group if row.time is not None]
    latest = max(times, key=lambda time: _order(time, Type("timestamp"))) if times else None
    return [(len(group), Type("int")), (latest, Type("timestamp"))]


def _rank_type(measure: nodes.Measure) -> Type:
    """Values are ordered as their own type is, all else is numbers."""
    own = measure.function in ("min", "max", "first", "last", "nth", "nth_last")
    return measure.argument.type if own and measure.argument is not None else Type("decimal")


def _larger_first(mine: object, theirs: object, type_: Type) -> int:
    if mine is None or theirs is None:
        return (mine is None) - (theirs is None)
    return -scalars.compare(mine, theirs, type_, type_)
