"""Unions of events (2.2) in the plan: each leaf is a scope of its own, with the rows that no earlier one holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from segql.model.nodes import (
    All,
    Attr,
    Attribute,
    Column,
    Compare,
    Condition,
    Const,
    Derived,
    Event,
    FromParts,
    Row,
    Source,
    Value,
)
from segql.plan.nodes import Always, Conditions
from segql.plan.normalize import Normalizer
from segql.plan.plan import Scope, UnionPart
from segql.plan.simplify import all_of, complement

if TYPE_CHECKING:
    from segql.plan.scope import Planner


def parts_of(planner: Planner, scope: Scope, asked: Iterable[Attribute]) -> list[UnionPart]:
    """The leaves of a union, each with the rows that no earlier one holds, filtered as early as can be."""
    source = scope.source
    assert isinstance(source, Event)
    parts: list[UnionPart] = []
    seen: dict[Source, list[Conditions]] = {}
    everywhere = list(scope.filters)
    for path, event in _leaves(source, ()):
        base = event
        while base.base is not None:
            base = base.base
        row = Row(scope.row.level, base)
        own = planner.normalizer.existing(event, row)
        conditions = [*own]
        for earlier in seen.get(base, ()):
            extra = [item for item in earlier if item not in own]
            conditions.append(complement(all_of(extra, event.span)))
        seen.setdefault(base, []).append(own)
        pushed = _pushed(scope, row, path)
        everywhere = [item for item in everywhere if item in pushed]
        conditions += pushed.values()
        values = {attribute: _leaf(planner.normalizer, attribute, path, row) for attribute in asked}
        whole = all_of(conditions, event.span)
        if type(whole) is Always and not whole.value:
            continue
        items = whole.items if type(whole) is All else (whole,)
        kept = [item for item in items if type(item) is not Always]
        inner = planner.scope(row, kept, values.values())
        parts.append(UnionPart(len(parts), path, event, inner, values))
    if not parts:
        nothing = planner.scope(row, (Always(event.span, False),), values.values())
        parts.append(UnionPart(0, path, event, nothing, values))
    scope.filters = [item for item in scope.filters if item not in everywhere]
    return parts


def _leaf(normalizer: Normalizer, attribute: Attribute, path: tuple[int, ...], row: Row) -> Value:
    """The value that an attribute of a union has in one of its leaves."""
    leaf = leaf_attribute(attribute, path)
    if isinstance(leaf.storage, Derived):
        return normalizer.over(row).value(leaf.storage.value)
    return Attr(leaf.type, leaf.span, row, leaf)


def _leaves(event: Event, path: tuple[int, ...]) -> Iterable[tuple[tuple[int, ...], Event]]:
    if event.parts:
        for index, part in enumerate(event.parts):
            yield from _leaves(part, (*path, index))
    else:
        yield path, event


def leaf_attribute(attribute: Attribute, path: tuple[int, ...]) -> Attribute:
    """The attribute of a union's leaf that an attribute of the union stands for."""
    for index in path:
        assert isinstance(attribute.storage, FromParts)
        attribute = attribute.storage.attributes[index]
    return attribute


def _pushed(scope: Scope, row: Row, path: tuple[int, ...]) -> dict[Condition, Condition]:
    """The scope's filters on a stored column of the union, each as a filter of a part."""
    found: dict[Condition, Condition] = {}
    for item in scope.filters:
        if type(item) is Compare and type(item.left) is Attr and type(item.right) is Const:
            attribute = item.left.attribute
            if item.left.row == scope.row and isinstance(attribute.storage, FromParts):
                leaf = leaf_attribute(attribute, path)
                if isinstance(leaf.storage, Column) and leaf.type == attribute.type:
                    own = Attr(leaf.type, item.left.span, row, leaf)
                    found[item] = Compare(item.span, item.operator, own, item.right)
    return found
