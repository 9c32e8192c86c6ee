"""What follows from searches that all must hold: conditions that say nothing new, and narrower searches.

Somebody who did X in the last 90 days did X; who did not do X did not do X since March either, and has no first X.
And who did X in the last 3 days did the last X in the last 3 days: it need not be looked for before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias, cast

from segql.model.nodes import (
    All,
    Any,
    Attr,
    Compare,
    Condition,
    Const,
    IsKnown,
    Not,
    Row,
    RowRef,
    Search,
    Source,
    Up,
    Value,
)
from segql.model.walk import children, map_children
from segql.plan.demands import Demands
from segql.plan.nodes import Aggregation, Always, Conditions, Existence, Selection
from segql.plan.simplify import any_of, tighten, time_bound
from segql.syntax.tree import CompareOp

LATER: tuple[CompareOp, ...] = (">", ">=")
EARLIER: tuple[CompareOp, ...] = ("<", "<=")


def simplified(conditions: Conditions) -> Conditions:
    """Conjuncts that hold for the same subjects as `conditions`, and ask for less."""
    facts = [Fact.of(item) for item in conditions]
    if not any(fact.found or fact.missing for fact in facts):
        return conditions
    return _narrowed(_without_implied(conditions, facts))


# --- what says nothing new ------------------------------------------------------------------------


Rows: TypeAlias = tuple[Selection, int]
"""A search, and a number of its rows."""


class Fact(NamedTuple):
    """What one conjunct says: there are so many rows of a search at least, or fewer than so many."""

    found: Rows | None
    missing: Rows | None

    @classmethod
    def of(cls, item: Condition | None) -> Fact:
        return cls(None, None) if item is None else cls(_found(item), _missing(item))


@dataclass(frozen=True, slots=True)
class Facts:
    """What some conjuncts say."""

    present: tuple[Rows, ...]
    absent: tuple[Rows, ...]

    def imply(self, item: Condition) -> bool:
        """Whether `item` holds wherever the facts do."""
        match item:
            case Not():
                return self._refute(item.item)
            case Existence(_, selection, low, None):
                return any(n >= low and contains(selection, rows) for rows, n in self.present)
            case Compare(_, operator, Aggregation() as left, Const()) if _is_edge(left):
                return self._within(item, operator, left)
            case IsKnown(_, Aggregation() as value, False) if _is_edge(value):
                return self._some(value.selection)
            case _:
                return False

    def _refute(self, item: Condition) -> bool:
        if type(item) is Existence:
            return any(n <= item.low and contains(rows, item.selection) for rows, n in self.absent)
        some = _found(item)
        return some is not None and any(
            n == 1 and contains(rows, some[0]) for rows, n in self.absent
        )

    def _some(self, selection: Selection) -> bool:
        """Whether there are rows of the selection."""
        return any(contains(selection, rows) for rows, _ in self.present)

    def _within(self, item: Compare, operator: CompareOp, left: Aggregation) -> bool:
        """Whether the first or the last of some rows is known to lie behind (or before) a moment."""
        time = left.selection.time
        assert time is not None
        bound = replace(item, left=time)
        if _bounded(left.selection, bound):
            return self._some(left.selection)
        if operator not in (EARLIER if left.function == "min" else LATER):
            return False
        return any(
            contains(left.selection, rows) and _bounded(rows, bound) for rows, _ in self.present
        )


def _without_implied(conditions: Conditions, facts: Sequence[Fact]) -> Conditions:
    kept: list[Condition | None] = list(conditions)
    said = list(facts)
    # a search is kept rather than what is said of its first or last row
    order = sorted(range(len(kept)), key=lambda place: type(conditions[place]) is Existence)
    for place in order:
        item = conditions[place]
        if type(item) not in _IMPLIED:
            continue
        others = said[:place] + said[place + 1 :]
        known = Facts(
            tuple(fact.found for fact in others if fact.found),
            tuple(fact.missing for fact in others if fact.missing),
        )
        left = _left_of(item, known)
        if left is not item:
            kept[place] = left
            said[place] = Fact.of(left)
    return tuple(item for item in kept if item is not None)


_IMPLIED = frozenset({Any, Compare, Existence, IsKnown, Not})
"""Conditions that others may imply."""


def _left_of(item: Condition, facts: Facts) -> Condition | None:
    """What a conjunct still asks beside the facts; None for nothing."""
    if facts.imply(item):
        return None
    if type(item) is not Any:
        return item
    if any(facts.imply(one) for one in item.items):
        return None
    possible = [one for one in item.items if not facts.imply(_opposite(one))]
    return item if len(possible) == len(item.items) else any_of(possible, item.span)


def _opposite(item: Condition) -> Condition:
    return item.item if type(item) is Not else Not(item.span, item)


def _found(item: Condition) -> Rows | None:
    """The rows that are there if `item` holds, and how many."""
    if type(item) is Existence:
        return item.selection, item.low
    if type(item) is Compare and type(item.left) is Aggregation and _is_edge(item.left):
        selection = item.left.selection
        if type(item.right) is Const and selection.time is not None:
            bound = replace(item, left=selection.time)
            if time_bound(bound) is not None:
                return _with(selection, bound), 1
    return None


def _missing(item: Condition) -> Rows | None:
    """The rows of which there are fewer than so many if `item` holds."""
    if type(item) is Not and type(item.item) is Existence and item.item.high is None:
        return item.item.selection, item.item.low
    return None


def _is_edge(value: Aggregation) -> bool:
    """Whether a value is the time of the first or the last row."""
    return (
        value.function in ("min", "max")
        and type(value.argument) is Attr
        and value.argument == value.selection.time
    )


# --- searches -------------------------------------------------------------------------------------


def contains(outer: Selection, inner: Selection) -> bool:
    """Whether each row of `inner` is one of `outer`, as far as their conditions tell."""
    if outer.path != inner.path:
        return False
    known = cast(frozenset[Condition], inner.key[-1])
    return all(
        item in known or _bounded(inner, item) or (type(item) is Always and item.value)
        for item in outer.conditions
    )


def _bounded(selection: Selection, item: Condition) -> bool:
    """Whether a bound of a time holds for each row of the selection."""
    asked = time_bound(item)
    if asked is None:
        return False
    value, lower, edge = asked
    for condition in selection.conditions:
        bound = time_bound(condition)
        if bound is not None and bound[:2] == (value, lower):
            return bound[2] >= edge if lower else bound[2] <= edge
    return False


def _with(selection: Selection, *more: Condition) -> Selection:
    conditions = tighten((*selection.conditions, *more), selection.span)
    return replace(selection, conditions=conditions)


# --- narrower searches ----------------------------------------------------------------------------


def _narrowed(conditions: Conditions) -> Conditions:
    """The last row of a search looked for only where it must be, and what is asked since then as well."""
    present = [item.selection for item in conditions if type(item) is Existence]
    ends = [frozenset(_ends_of(item)) for item in conditions]
    for narrow in present:
        if not any(narrow.source in sources for sources in ends):
            continue
        made = tuple(
            cast(Condition, _at_the_end(item, narrow, (narrow.anchor,)))
            if narrow.source in sources and not _is_search(item, narrow)
            else item
            for item, sources in zip(conditions, ends, strict=True)
        )
        if made != conditions and not _rests(made, narrow):
            conditions = made
    return tuple(cast(Condition, _since_known(item)) for item in conditions)


def _is_search(item: Condition, selection: Selection) -> bool:
    return type(item) is Existence and item.selection is selection


def _ends_of(node: object) -> Iterator[Source]:
    """The sources of the searches whose last row is asked for."""
    if isinstance(node, Aggregation):
        if _is_last(node):
            yield node.selection.source
    elif isinstance(node, Existence):
        for item in node.selection.conditions:
            yield from _ends_of(item)
    else:
        for child in children(node):
            yield from _ends_of(child)


def _is_last(node: Aggregation) -> bool:
    return node.function == "last" or (node.function == "max" and _is_edge(node))


def _rests(conditions: Sequence[Condition], narrow: Selection) -> bool:
    """Whether more of the same rows is read anyway than `narrow` is."""
    demands = Demands()
    demands.add(conditions)
    for condition in conditions:
        for selection in _inside(condition):
            demands.add(selection.conditions)
    for node in demands.below:
        mine = _as_in(node.selection, narrow)
        if mine is not None and mine != node.selection and contains(node.selection, mine):
            return True
    return False


def _inside(node: Condition) -> Iterator[Selection]:
    """The searches of a conjunct that stands for itself."""
    inner = node.item if type(node) is Not else node
    items: Iterable[Condition] = inner.items if isinstance(inner, All | Any) else (inner,)
    for item in items:
        if type(item) is Existence:
            yield item.selection


def _at_the_end(node: object, narrow: Selection, anchors: tuple[RowRef, ...]) -> object:
    """`node` where the last row of a search is one of `narrow`. `anchors`: how the subject is called there."""
    if isinstance(node, Aggregation):
        if _is_last(node):
            mine = _as_in(node.selection, narrow)
            known = node.selection.anchor in anchors
            if known and mine is not None and _is_end(mine, node.selection):
                return replace(node, selection=mine)
        return node
    if isinstance(node, Row | Up):
        return node
    if isinstance(node, Existence):
        if node.selection.anchor in anchors:
            anchors = (*anchors, node.selection.steps[-1])
        made = tuple(_at_the_end(item, narrow, anchors) for item in node.selection.conditions)
        if made == node.selection.conditions:
            return node
        selection = replace(node.selection, conditions=cast(Conditions, made))
        return replace(node, selection=selection)
    return map_children(node, lambda item: _at_the_end(item, narrow, anchors))


def _as_in(other: Selection, selection: Selection) -> Selection | None:
    """The search as it stands at the place of another one; None where it holds searches itself."""
    old, new = selection.row, Row(other.level, selection.source)
    nested = False

    def visit(item: object) -> object:
        nonlocal nested
        if isinstance(item, Aggregation | Existence | Search):
            nested = True
            return item
        return new if item == old else map_children(item, visit)

    conditions = tuple(cast(Condition, visit(item)) for item in selection.conditions)
    time = cast("Value | None", visit(selection.time)) if selection.time is not None else None
    if nested:
        return None
    return replace(
        selection, anchor=other.anchor, level=other.level, conditions=conditions, time=time
    )


def _is_end(narrow: Selection, whole: Selection) -> bool:
    """Whether `narrow` is `whole` from some moment on."""
    if narrow == whole or narrow.time != whole.time or not contains(whole, narrow):
        return False
    known = frozenset(whole.conditions)
    return all(
        item in known or ((bound := time_bound(item)) and bound[:2] == (narrow.time, True))
        for item in narrow.conditions
    )


def _since_known(node: object) -> object:
    """Searches from the first or the last row of another on, with the earliest moment when that can be."""
    if isinstance(node, Row | Up | Aggregation):
        return node
    if isinstance(node, Existence):
        more = [
            bound
            for item in node.selection.conditions
            if (bound := _earliest(item)) and not _bounded(node.selection, bound)
        ]
        return replace(node, selection=_with(node.selection, *more)) if more else node
    return map_children(node, _since_known)


def _earliest(item: Condition) -> Condition | None:
    """`x >= c` where `x` is asked to lie behind the first or last of rows that all have it."""
    if type(item) is not Compare or item.operator not in LATER or type(item.left) is not Attr:
        return None
    asked: Value = item.right
    if type(asked) is not Aggregation or not _is_edge(asked) or asked.type != item.left.type:
        return None
    for condition in asked.selection.conditions:
        bound = time_bound(condition)
        if bound is not None and bound[:2] == (asked.argument, True):
            return replace(cast(Compare, condition), left=item.left)
    return None
