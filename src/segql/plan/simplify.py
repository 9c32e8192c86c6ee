"""Conditions in normal form: flat connectives, exact complements, what can be unknown, bounds of times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from segql.model.nodes import (
    All,
    Any,
    Attr,
    ChangeLog,
    Column,
    Compare,
    Condition,
    Const,
    CountOf,
    InRange,
    InSet,
    InTable,
    InWindow,
    IsKnown,
    ListTest,
    Near,
    Not,
    OrUnknown,
    TextTest,
    Truth,
    Up,
    Value,
)
from segql.model.unknowns import NEVER
from segql.model.walk import values_in
from segql.plan.nodes import Aggregation, Always, Conditions, Existence, RowExists
from segql.plan.populations import Drawn, First, Standing, Summary
from segql.source import Span
from segql.syntax.tree import CompareOp

Place: TypeAlias = "tuple[date, bool]"

INVERSE: dict[CompareOp, CompareOp] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
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
    if type(attribute.storage) is ChangeLog:
        return True  # before its first row
    return type(attribute.storage) is Column and len(attribute.storage.parts) > 1


def _operation_may_be_unknown(value: Value) -> bool:
    from segql.model.nodes import Arithmetic, Function, Holds

    match value:
        case Holds() | Function(name="known"):
            return False
        case Summary(function="count" | "sum"):
            return value.own is not None and may_be_unknown(value.own)
        case Summary() | Standing():
            return True
        case Function(name="coalesce" | "mean"):
            return all(map(may_be_unknown, value.arguments))
        case Arithmetic(operator="/"):
            divisor = value.right
            if not (isinstance(divisor, Const) and divisor.value):
                return True
    return any(map(may_be_unknown, values_in(value)))


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

    A place is the moment and whether it lies just behind it: `>= m` and `< m` cut at (m, False), `> m` and `<= m` at
    (m, True).
    """
    if type(item) is not Compare or type(item.left) is not Attr or type(item.right) is not Const:
        return None
    moment = item.right.value
    if not isinstance(moment, date) or item.operator in ("=", "!="):
        return None
    lower = item.operator in (">", ">=")
    return item.left, lower, (moment, item.operator in (">", "<="))
