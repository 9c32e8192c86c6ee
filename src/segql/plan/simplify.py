"""Rewriting single comparisons so that a stored column stands on one side and a constant on the other.

Every rewriting here is exact, for unknowns as well: the result is a leaf that meets an unknown where the
comparison did, or a condition that never meets one where it never did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from segql.model.clock import Clock, OutOfRangeError, calendar_shift
from segql.model.nodes import (
    All,
    Any,
    Attr,
    Column,
    Compare,
    Condition,
    Const,
    CountOf,
    DayStart,
    Difference,
    Elapsed,
    InRange,
    InSet,
    InTable,
    InWindow,
    IsKnown,
    ListTest,
    LocalDate,
    Near,
    Not,
    OrUnknown,
    Shift,
    TextTest,
    Truth,
    Up,
    Value,
    Window,
)
from segql.model.types import DATE, TIMESTAMP, is_time
from segql.model.unknowns import NEVER, children
from segql.plan.nodes import Aggregation, Always, Conditions, Existence, RowExists
from segql.plan.populations import Drawn, First, Standing, Summary
from segql.source import Span
from segql.syntax.tree import CompareOp, Unit

Place: TypeAlias = "tuple[date, bool]"

FLIPPED: dict[CompareOp, CompareOp] = {
    "=": "=",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
INVERSE: dict[CompareOp, CompareOp] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
ABSOLUTE: dict[Unit, timedelta] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


# --- connectives ----------------------------------------------------------------------------------


def all_of(items: Iterable[Condition], span: Span) -> Condition:
    """The conjunction, flat, without repetitions."""
    flat: dict[Condition, None] = {}
    for item in items:
        for part in item.items if type(item) is All else (item,):
            if type(part) is Always:
                if not part.value:
                    return part
                continue
            flat[part] = None
    if not flat:
        return Always(span, True)
    return All(span, tuple(flat)) if len(flat) > 1 else next(iter(flat))


def any_of(items: Iterable[Condition], span: Span) -> Condition:
    """The disjunction, flat, without repetitions."""
    flat: dict[Condition, None] = {}
    for item in items:
        for part in item.items if type(item) is Any else (item,):
            if type(part) is Always:
                if part.value:
                    return part
                continue
            flat[part] = None
    if not flat:
        return Always(span, False)
    return Any(span, tuple(flat)) if len(flat) > 1 else next(iter(flat))


def count_of(items: Iterable[Condition], low: int, high: int | None, span: Span) -> Condition:
    """At least `low`, at most `high` of the items hold."""
    left: list[Condition] = []
    for item in items:
        if type(item) is Always:
            if item.value:
                low -= 1
                high = None if high is None else high - 1
            continue
        left.append(item)
    if high is not None and high >= len(left):
        high = None
    if low > len(left) or (high is not None and high < 0):
        return Always(span, False)
    if high is None:
        if low <= 0:
            return Always(span, True)
        if low == 1:
            return any_of(left, span)
        if low == len(left):
            return all_of(left, span)
    return CountOf(span, tuple(left), max(low, 0), high)


def conjuncts(condition: Condition | None) -> Conditions:
    """The items of a conjunction in normal form; none for what always holds."""
    if condition is None or (type(condition) is Always and condition.value):
        return ()
    return condition.items if type(condition) is All else (condition,)


def complement(condition: Condition) -> Condition:
    """The exact complement of a condition in normal form."""
    span = condition.span
    match condition:
        case Always():
            return Always(span, not condition.value)
        case Not():
            return condition.item
        case All():
            return any_of(map(complement, condition.items), span)
        case Any():
            return all_of(map(complement, condition.items), span)
        case CountOf():
            below = count_of(condition.items, 0, condition.low - 1, span)
            if condition.high is None:
                return below
            above = count_of(condition.items, condition.high + 1, None, span)
            return above if condition.low <= 0 else any_of((below, above), span)
        case IsKnown():
            return replace(condition, negated=not condition.negated)
        case _ if never_unknown(condition):
            return _inverse(condition)
        case _:
            return Not(span, condition)


def _inverse(leaf: Condition) -> Condition:
    match leaf:
        case Compare():
            return replace(leaf, operator=INVERSE[leaf.operator])
        case InSet() | InRange() | TextTest() | InWindow():
            return replace(leaf, negated=not leaf.negated)
        case ListTest(test="any"):
            return replace(leaf, test="none")
        case ListTest(test="none"):
            return replace(leaf, test="any")
        case _:
            return Not(leaf.span, leaf)


# --- unknowns -------------------------------------------------------------------------------------


def may_be_unknown(value: Value) -> bool:
    """Whether SQL may hold NULL for the value; a row reached by a link may be missing, a JSON value unconvertible."""
    kind = type(value)
    if kind is Const:
        return value.value is None  # type: ignore[attr-defined]
    if kind is Attr:
        return attr_may_be_unknown(value)  # type: ignore[arg-type]
    if kind is Aggregation:
        return value.function not in NEVER  # type: ignore[attr-defined]
    return _operation_may_be_unknown(value)


def attr_may_be_unknown(value: Attr) -> bool:
    attribute = value.attribute
    if attribute.nullable or type(value.row) is Up or attribute.type.name in ("float", "point"):
        return True
    return type(attribute.storage) is Column and len(attribute.storage.parts) > 1


def _operation_may_be_unknown(value: Value) -> bool:
    from segql.model.nodes import Arithmetic, Function, Holds

    match value:
        case Holds() | Function(name="known") | Summary(function="count" | "sum"):
            return False
        case Summary() | Standing():
            return True
        case Function(name="coalesce" | "mean"):
            return all(map(may_be_unknown, value.arguments))
        case Arithmetic(operator="/"):
            divisor = value.right
            if not (isinstance(divisor, Const) and divisor.value):
                return True
    return any(map(may_be_unknown, children(value)))


def never_unknown(leaf: Condition) -> bool:
    """Whether a condition in normal form never meets an unknown."""
    match leaf:
        case Truth() | TextTest(pattern=Const()):
            return not may_be_unknown(leaf.value)
        case Compare():
            return not (may_be_unknown(leaf.left) or may_be_unknown(leaf.right))
        case InSet():
            return not any(map(may_be_unknown, (leaf.value, *leaf.items)))
        case InRange():
            return not any(map(may_be_unknown, (leaf.value, leaf.low, leaf.high)))
        case TextTest():
            return not (may_be_unknown(leaf.value) or may_be_unknown(leaf.pattern))
        case InWindow():
            bounds = (b for b in (leaf.window.start, leaf.window.end) if b is not None)
            return not any(map(may_be_unknown, (leaf.value, *bounds)))
        case ListTest():
            other = () if leaf.other is None else (leaf.other,)
            return not any(map(may_be_unknown, (leaf.value, *leaf.items, *other)))
        case Near():
            return not (may_be_unknown(leaf.value) or may_be_unknown(leaf.center))
        case InTable():
            return not may_be_unknown(leaf.value)
        case Drawn():
            return not any(map(may_be_unknown, leaf.keys))
        case Always() | IsKnown() | Existence() | RowExists() | OrUnknown() | First():
            return True
        case All() | Any() | CountOf() | Not():
            return True
        case _:
            return False


# --- comparisons ----------------------------------------------------------------------------------


def comparison(
    operator: CompareOp, left: Value, right: Value, span: Span, clock: Clock
) -> Condition:
    """`left operator right` in its simplest form."""
    if type(left) is Const and type(right) is not Const:
        operator, left, right = FLIPPED[operator], right, left
    if type(right) is DayStart and operator in (">=", "<") and left.type == TIMESTAMP:
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


def _count(
    operator: CompareOp, left: Value, right: Const, span: Span, clock: Clock
) -> Condition | None:
    """A count compared with a whole number asks whether so many rows exist."""
    assert isinstance(left, Aggregation)
    if left.function != "count" or type(right.value) is not int:
        return None
    return count_between(left, operator, right.value, span)


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
    Aggregation: _count,
    Elapsed: _elapsed,
    LocalDate: _local_date,
    Shift: _shift,
    Difference: _difference,
}


# --- bounds ---------------------------------------------------------------------------------------


def tighten(items: Sequence[Condition], span: Span) -> Conditions:
    """Conjuncts with, for each stored time, the latest lower and the earliest upper constant bound only."""
    best: dict[tuple[Value, bool], tuple[Place, int]] = {}
    kept: list[Condition | None] = []
    for item in dict.fromkeys(items):
        if type(item) is Always:
            if not item.value:
                return (Always(span, False),)
            continue
        bound = time_bound(item)
        if bound is None:
            kept.append(item)
            continue
        value, lower, edge = bound
        known = best.get((value, lower))
        if known is not None:
            tighter = edge > known[0] if lower else edge < known[0]
            if tighter:
                kept[known[1]] = item
                best[(value, lower)] = (edge, known[1])
            continue
        best[(value, lower)] = (edge, len(kept))
        kept.append(item)
    for (value, lower), (edge, _) in best.items():
        upper = best.get((value, False))
        if lower and upper is not None and edge >= upper[0]:
            return (Always(span, False),)
    return tuple(item for item in kept if item is not None)


def time_bound(item: Condition) -> tuple[Value, bool, Place] | None:
    """(value, whether it bounds from below, place) of a stored time compared with a constant.

    A place is the moment and whether it lies just behind it: `>= m` and `< m` cut at (m, False), `> m` and `<= m` at (m, True).
    """
    if type(item) is not Compare or type(item.left) is not Attr or type(item.right) is not Const:
        return None
    moment = item.right.value
    if not isinstance(moment, date) or item.operator in ("=", "!="):
        return None
    lower = item.operator in (">", ">=")
    return item.left, lower, (moment, item.operator in (">", "<="))
