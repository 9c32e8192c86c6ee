"""Rewriting single comparisons so that a stored column stands on one side and a constant on the other.

Every rewriting here is exact, for unknowns as well: the result is a leaf that meets an unknown where the
comparison did, or a condition that never meets one where it never did.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any as Anything

from segql.model.clock import Clock, OutOfRangeError, calendar_shift
from segql.model.nodes import (
    Arithmetic,
    Compare,
    Condition,
    Const,
    DayStart,
    Difference,
    Elapsed,
    Function,
    InWindow,
    IsKnown,
    LocalDate,
    OrUnknown,
    Shift,
    Value,
    Window,
)
from segql.model.running import is_running
from segql.model.types import (
    DATE,
    INT,
    MAX_PRECISION,
    TIMESTAMP,
    decimal,
    is_time,
    product,
    scale_of,
)
from segql.plan.nodes import Aggregation, Always, Existence
from segql.plan.simplify import INVERSE, all_of, complement, may_be_unknown
from segql.source import Span
from segql.syntax.tree import CompareOp, Unit

PLACE = Decimal("0.000001")
"""The last place of an average (3.7)."""

FLIPPED: dict[CompareOp, CompareOp] = {
    "=": "=",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
HOLDS: dict[CompareOp, Callable[[Anything, Anything], bool]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
ABSOLUTE: dict[Unit, timedelta] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def comparison(
    operator: CompareOp, left: Value, right: Value, span: Span, clock: Clock
) -> Condition:
    """`left operator right` in its simplest form."""
    fixed = type(left) is Const or is_running(left)
    if fixed and type(right) is not Const:
        operator, left, right = FLIPPED[operator], right, left
    if type(right) is DayStart and operator in (">=", "<") and left.type == TIMESTAMP:
        if is_running(right):
            return Compare(span, operator, left, right)
        return Compare(span, operator, LocalDate(DATE, left.span, left), right.day)
    if type(right) is Const and right.value is not None:
        rewrite = _REWRITES.get(type(left))
        if rewrite is not None:
            try:
                found = rewrite(operator, left, right, span, clock)
            except OutOfRangeError:
                found = None
            if found is not None:
                return found
    return Compare(span, operator, left, right)


def in_range(value: Value, low: Value, high: Value, span: Span, clock: Clock) -> Condition | None:
    """`value in low..high` where that is simpler as two comparisons."""
    inner = value.arguments[0] if _has_default(value) else value  # type: ignore[attr-defined]
    if type(inner) is not Elapsed:
        return None
    ends: list[tuple[CompareOp, Value]] = [(">=", low), ("<=", high)]
    return all_of((comparison(op, value, end, span, clock) for op, end in ends), span)


def between(value: Value, window: Window, span: Span, clock: Clock) -> list[Condition]:
    """The comparisons that a window comes to where all must hold and an unknown is false."""
    items: list[Condition] = []
    if window.start is not None:
        operator: CompareOp = ">" if window.after else ">="
        items.append(comparison(operator, value, window.start, span, clock))
    if window.end is not None:
        items.append(comparison("<", value, window.end, span, clock))
    return items


def _window(value: Value, start: object, end: object, span: Span, negated: bool) -> Condition:
    """The leaf `start <= value < end`."""
    bounds = Window(Const(value.type, span, start), Const(value.type, span, end), span=span)
    return InWindow(span, value, bounds, negated)


def _aggregation(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """A count compared with a whole number asks whether so many rows exist; an average need not be divided."""
    assert isinstance(left, Aggregation)
    if left.function == "count" and type(right.value) is int:
        return count_between(left, operator, right.value, span)
    if left.function in ("avg", "share") and isinstance(right.value, int | Decimal):
        return _quotient(operator, left, Decimal(right.value), span)
    return None


def _quotient(
    operator: CompareOp, left: Aggregation, bound: Decimal, span: Span
) -> Condition | None:
    """`avg >= c` as a sum compared with a product, `share >= c` as a count with one: without a division.

    The same, for quotients rounded half away to 6 places.
    """
    argument = left.argument
    assert argument is not None
    is_share = left.function == "share"
    if operator in ("=", "!=") or not (is_share or argument.type.name in ("int", "decimal")):
        return None
    if bound != round(bound, 6) or abs(bound) >= 10**9:
        return None
    edge = bound if operator in (">=", "<") else bound + PLACE  # at least that, or not
    reached: CompareOp = ">=" if edge > 0 else ">"  # a half rounds away from zero
    limit = Const(decimal(17, 7), span, edge - PLACE / 2)
    known = "known_count" if not is_share and may_be_unknown(argument) else "count"
    of = argument if known == "known_count" else None
    total_type = INT if is_share else decimal(MAX_PRECISION, scale_of(argument.type))
    function = "holding" if is_share else "total"
    total = Aggregation(total_type, span, function, left.selection, argument)
    count = Aggregation(INT, span, known, left.selection, of)
    product_ = Arithmetic(product(INT, limit.type), span, "*", count, limit)
    asked = reached if operator in (">=", ">") else INVERSE[reached]
    return Compare(span, asked, total, product_)


def count_between(count: Aggregation, operator: CompareOp, n: int, span: Span) -> Condition:
    if operator == ">":
        return at_least(count, n + 1, span)
    if operator == ">=":
        return at_least(count, n, span)
    if operator == "<":
        return complement(at_least(count, n, span))
    if operator == "<=":
        return complement(at_least(count, n + 1, span))
    if n < 0:
        exactly: Condition = Always(span, False)
    elif n == 0:
        exactly = complement(at_least(count, 1, span))
    else:
        exactly = Existence(span, count.selection, n, n)
    return exactly if operator == "=" else complement(exactly)


def at_least(count: Aggregation, n: int, span: Span) -> Condition:
    return Always(span, True) if n <= 0 else Existence(span, count.selection, n)


def _elapsed(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """`years since X >= 30` asks whether X lies at or before a constant."""
    assert isinstance(left, Elapsed)
    n = right.value
    if type(n) is not int:
        return None
    if type(left.start) is Const:
        since, edge = left.end, _until_edge(left, clock)
        reverse = False
    elif (type(left.end) is Const and left.end.type == DATE) or (
        type(left.end) is Const and left.unit in ABSOLUTE
    ):
        since, edge = left.start, _since_edge(left, clock)
        reverse = True
    else:
        return None
    return _edges(operator, since, n, edge, reverse, span)


def _edges(
    operator: CompareOp,
    value: Value,
    n: int,
    edge: Callable[[int], object],
    reverse: bool,
    span: Span,
) -> Condition:
    """`edge(k)` is the first value (reverse: one behind the last) for which the number of units is at least k."""

    def least(k: int, holds: bool) -> Condition:
        """The number is at least k, or is not."""
        operator: CompareOp = "<" if holds == reverse else ">="
        return Compare(span, operator, value, Const(value.type, span, edge(k)))

    if operator in (">=", "<"):
        return least(n, operator == ">=")
    if operator in (">", "<="):
        return least(n + 1, operator == ">")
    low, high = (n + 1, n) if reverse else (n, n + 1)
    return _window(value, edge(low), edge(high), span, operator == "!=")


def _until_edge(elapsed: Elapsed, clock: Clock) -> Callable[[int], object]:
    start = elapsed.start.value  # type: ignore[attr-defined]
    return lambda n: clock.shift(start, n, elapsed.unit)


def _coalesced(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """`coalesce(years since X, 40) >= 30` is `years since X >= 30 or unknown`."""
    if not _has_default(left):
        return None
    value, default = left.arguments  # type: ignore[attr-defined]
    inner = comparison(operator, value, right, span, clock)
    asked = inner.left if type(inner) is Compare else getattr(inner, "value", None)
    if asked is None or asked == value:
        return None
    if HOLDS[operator](default.value, right.value):
        return OrUnknown(span, inner)
    return all_of((IsKnown(span, asked), inner), span)


def _has_default(value: Value) -> bool:
    """Whether it is `coalesce` of a length of time that can be unknown, and a constant."""
    if not isinstance(value, Function) or value.name != "coalesce" or len(value.arguments) != 2:
        return False
    first, second = value.arguments
    known = type(second) is Const and second.value is not None
    return known and type(first) is Elapsed and may_be_unknown(first)


def _since_edge(elapsed: Elapsed, clock: Clock) -> Callable[[int], object]:
    """One behind the last X with `X + n units <= end`."""
    end = elapsed.end.value  # type: ignore[attr-defined]

    def instants(n: int) -> object:
        return end - ABSOLUTE[elapsed.unit] * n + timedelta(microseconds=1)

    def dates(n: int) -> object:
        # Clamping makes several days meet: 28 and 29 February, the last days of a month.
        day: date = calendar_shift(end, -n, elapsed.unit) + timedelta(days=4)
        while calendar_shift(day, n, elapsed.unit) > end:
            day -= timedelta(days=1)
        return day + timedelta(days=1)

    return instants if isinstance(end, datetime) else dates


def _local_date(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """A local date compared with a constant: the instants of that day."""
    assert isinstance(left, LocalDate)
    day = right.value
    if not isinstance(day, date) or left.value.type != TIMESTAMP:
        return None
    start, end = clock.day_start(day), clock.day_start(day + timedelta(days=1))
    if not (_clean(day, start, clock) and _clean(day + timedelta(days=1), end, clock)):
        return None
    value = left.value
    if operator in ("=", "!="):
        return _window(value, start, end, span, operator == "!=")
    edge = start if operator in (">=", "<") else end
    turned: CompareOp = ">=" if operator in (">=", ">") else "<"
    return comparison(turned, value, Const(TIMESTAMP, right.span, edge), span, clock)


def _clean(day: date, start: datetime, clock: Clock) -> bool:
    """Whether the local dates around a day's first instant only go forward (clocks can be set back over midnight)."""
    before = clock.local_date(start - timedelta(microseconds=1))
    after = (clock.local_date(start + timedelta(minutes=m)) for m in (0, 1, 30, 61, 121, 181))
    return before < day and all(day <= other for other in after)


def _shift(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """`X + 7 days < T` is `X < T - 7 days` where units are lengths."""
    assert isinstance(left, Shift)
    if left.unit not in ABSOLUTE or not is_time(left.type) or left.value.type != left.type:
        return None
    if left.type == DATE and left.unit not in ("day", "week"):
        return None
    moment: date = right.value  # type: ignore[assignment]
    moved = Const(right.type, right.span, clock.shift(moment, -left.count, left.unit))
    return comparison(operator, left.value, moved, span, clock)


def _difference(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """`now - X > 60 days` is `X < now - 60 days`."""
    assert isinstance(left, Difference)
    length = right.value
    if not isinstance(length, timedelta):
        return None
    if left.left.type == DATE and length % timedelta(days=1):
        return None
    try:
        if type(left.left) is Const:
            moment = Const(left.left.type, span, left.left.value - length)  # type: ignore[operator]
            return comparison(FLIPPED[operator], left.right, moment, span, clock)
        if type(left.right) is Const:
            moment = Const(left.right.type, span, left.right.value + length)  # type: ignore[operator]
            return comparison(operator, left.left, moment, span, clock)
    except (OverflowError, TypeError):
        return None
    return None


_REWRITES: dict[type[Value], Callable[[CompareOp, Value, Const, Span, Clock], Condition | None]] = {
    Aggregation: _aggregation,
    Elapsed: _elapsed,
    Function: _coalesced,
    LocalDate: _local_date,
    Shift: _shift,
    Difference: _difference,
}
