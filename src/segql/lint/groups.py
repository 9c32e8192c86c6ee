"""Conditions that stand together: what each of them consists of, and which of them are about the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

from segql.lint.places import unnamed
from segql.model import nodes
from segql.model.nodes import Condition, Value

_MANY_TOGETHER = 64
"""Of more conditions about one thing in one block not every two are compared."""


def parts(condition: Condition) -> Iterator[Condition]:
    """What holds where a condition does, one by one, itself among it."""
    match condition:
        case nodes.All():
            for item in condition.items:
                yield from parts(item)
        case nodes.Truth() if isinstance(inner := unnamed(condition.value), nodes.Holds):
            yield from parts(inner.condition)
        case nodes.MemberOf(as_of=None):
            yield condition
            yield from parts(condition.condition)
        case nodes.IfKnown():
            yield from parts(condition.leaf)
        case nodes.Not(item=nodes.Any(items=items)):
            for item in items:
                yield from parts(nodes.Not(item.span, item))
        case nodes.Not(item=nodes.Not(item=item)):
            yield from parts(item)
        case nodes.Not(item=nodes.IfKnown(leaf=leaf)):
            yield nodes.Not(condition.span, leaf)
        case _:
            yield condition


def is_negative(condition: Condition) -> bool:
    """Whether a condition says what somebody is not or did not."""
    match condition:
        case nodes.Not():
            return True
        case nodes.OrUnknown() | nodes.IfKnown():
            return is_negative(condition.leaf)
        case nodes.Compare():
            return condition.operator == "!="
        case nodes.ListTest():
            return condition.test == "none"
        case nodes.InSet() | nodes.InRange() | nodes.TextTest() | nodes.InWindow():
            return condition.negated
        case _:
            return False


@dataclass(frozen=True)
class Group:
    """Conditions that stand together, those of a block."""

    items: tuple[Condition, ...]

    @cached_property
    def pairs(self) -> tuple[tuple[Condition, Condition], ...]:
        """Every two that are about the same thing, so that one may say something of the other.

        Of very many only neighbours, and those that are equal: their number grows with that of the conditions.
        """
        found: dict[object, list[int]] = {}
        for place, condition in enumerate(self.items):
            for topic in {topic for part in parts(condition) for topic in _topics(part)} - {None}:
                found.setdefault(topic, []).append(place)
        pairs: set[tuple[int, int]] = set()
        for group in found.values():
            if len(group) <= _MANY_TOGETHER:
                pairs.update(combinations(group, 2))
            else:
                pairs.update(pairwise(group))
                first: dict[Condition, int] = {}
                equal = ((first.setdefault(self.items[place], place), place) for place in group)
                pairs.update(pair for pair in equal if pair[0] != pair[1])
        return tuple((self.items[first], self.items[second]) for first, second in sorted(pairs))


def _topics(condition: Condition) -> Iterator[object]:
    match condition:
        case nodes.Any() | nodes.All() | nodes.CountOf():
            for item in condition.items:
                yield from _topics(item)
        case nodes.Not():
            yield from _topics(condition.item)
        case nodes.OrUnknown() | nodes.IfKnown():
            yield from _topics(condition.leaf)
        case nodes.Exists():
            yield _root(condition.search.source)
        case nodes.MemberOf():
            yield condition.segment
        case nodes.Compare():
            yield from (_topic(condition.left), _topic(condition.right))
        case _:
            value = getattr(condition, "value", None)
            yield _topic(value) if isinstance(value, Value) else type(condition)


def _topic(value: Value) -> object:
    match unnamed(value):
        case nodes.Attr(attribute=attribute):
            return attribute
        case nodes.Aggregate(search=search):
            return _root(search.source)
        case nodes.Const():
            return None
        case other:
            return type(other)


def _root(source: nodes.Source) -> nodes.Source:
    while isinstance(source, nodes.Event) and source.base is not None:
        source = source.base
    return source
