"""What selections over the same rows have in common: the scan that serves them all, and what is left to each."""

from __future__ import annotations

from collections.abc import Sequence

from segql.model.nodes import Compare, Condition, Const, InSet, Value
from segql.plan.nodes import NOWHERE, Conditions, Selection
from segql.plan.simplify import Place, time_bound


def share(selections: Sequence[Selection]) -> tuple[Conditions, list[Conditions]]:
    """The conditions that every selection asks (or that follow from what each asks), and the rest of each.

    A row that meets the first list and the rest of a selection is a row of that selection; every row of any of them
    meets the first list.
    """
    first, others = selections[0], selections[1:]
    sets = [frozenset(other.conditions) for other in others]
    common = [item for item in first.conditions if all(item in other for other in sets)]
    taken = frozenset(common)
    rests = [[item for item in s.conditions if item not in taken] for s in selections]
    if all(rests):
        common += _hull(rests, lower=True)
        common += _hull(rests, lower=False)
        common += _values(rests)
    return tuple(common), [tuple(rest) for rest in rests]


def _hull(rests: list[list[Condition]], lower: bool) -> list[Condition]:
    """The loosest bound of a time that each bounds; whoever asks just that is freed of it."""
    found: list[Condition] = []
    for value in _bounded(rests[0], lower):
        items = [_bound(rest, value, lower) for rest in rests]
        known = [item for item in items if item is not None]
        if len(known) < len(rests):
            continue
        loosest, condition = known[0]
        for place, item in known[1:]:
            if (place < loosest) if lower else (place > loosest):
                loosest, condition = place, item
        found.append(condition)
        for rest in rests:
            if condition in rest:
                rest.remove(condition)
    return found


def _bounded(rest: list[Condition], lower: bool) -> list[Value]:
    bounds = (time_bound(item) for item in rest)
    return [bound[0] for bound in bounds if bound is not None and bound[1] == lower]


def _bound(rest: list[Condition], value: Value, lower: bool) -> tuple[Place, Condition] | None:
    for item in rest:
        bound = time_bound(item)
        if bound is not None and bound[1] == lower and bound[0] == value:
            return bound[2], item
    return None


def _values(rests: list[list[Condition]]) -> list[Condition]:
    """`x = a` here and `x = b` there: every row has x in (a, b)."""
    found: list[Condition] = []
    for item in rests[0]:
        if (known := _equals(item)) is None:
            continue
        value, constants = known
        items: dict[Value, None] = dict.fromkeys(constants)
        for rest in rests[1:]:
            more = next((m[1] for i in rest if (m := _equals(i)) and m[0] == value), None)
            if more is None:
                break
            items.update(dict.fromkeys(more))
        else:
            found.append(InSet(NOWHERE, value, tuple(items)))
    return found


def _equals(item: Condition) -> tuple[Value, tuple[Value, ...]] | None:
    if type(item) is Compare and item.operator == "=" and type(item.right) is Const:
        return item.left, (item.right,)
    if type(item) is InSet and not item.negated and all(type(i) is Const for i in item.items):
        return item.value, item.items
    return None
