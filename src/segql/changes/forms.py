"""Normal forms that can be compared across projects: by tables and columns, never by the names of declarations.

Two definitions with one form have the same members on any data, whatever their traits and events are called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import fields, is_dataclass
from decimal import Decimal

from segql.lint.reason import PROBES
from segql.model import nodes
from segql.model.clock import Clock
from segql.model.nodes import Attribute, Link, Model, Row, Source
from segql.plan.nodes import Selection
from segql.plan.normalize import Normalizer, root
from segql.plan.populations import Crowd

_NAMES = frozenset({"span", "label", "wording"})
"""Fields that say how something was written."""


def form(model: Model, name: str, settings: nodes.Settings) -> Hashable:
    """The form of a segment, segmentation or split. Raises `PlanError`."""
    whole = model.segmentations.get(name)
    if whole is None:
        return _members(model, name, settings)
    levels = tuple(
        (level.name, level.data, _members(model, level.segment.name, settings))
        for level in whole.levels
    )
    return (whole.is_split, whole.columns, levels)


def _members(model: Model, name: str, settings: nodes.Settings) -> Hashable:
    """Equal as of several instants: equal as of any (see `PROBES`)."""
    segment = model.segments[name]
    row = Row(0, segment.entity)
    found: list[Hashable] = [tuple(key.name for key in segment.entity.key)]
    for probe in PROBES:
        normalizer = Normalizer(Clock(probe, settings))
        conditions = [
            *normalizer.existing(segment.entity, row),
            *map(normalizer.subject(segment.entity).condition, segment.lines),
        ]
        found.append((_Forms(normalizer).of(row), _set(_Forms(normalizer), _flat(conditions))))
    return tuple(found)


def _flat(conditions: Iterable[nodes.Condition]) -> Iterable[nodes.Condition]:
    for item in conditions:
        if isinstance(item, nodes.All):
            yield from _flat(item.items)
        else:
            yield item


def _set(forms: _Forms, items: Iterable[object]) -> Hashable:
    return frozenset(map(forms.of, items))


class _Forms:
    """Nodes of one normalizer as tuples without names."""

    def __init__(self, normalizer: Normalizer) -> None:
        self._normalizer = normalizer
        self._sources: dict[int, Hashable] = {}

    def of(self, node: object) -> Hashable:
        match node:
            case nodes.Const(value=int() | Decimal() as value) if not isinstance(value, bool):
                return ("number", Decimal(value).normalize())
            case Source():
                return self._source(node)
            case Attribute():
                return self._attribute(node)
            case Link():
                return ("link", self.of(node.child), node.columns, self.of(node.parent))
            case Selection():
                steps = (node.anchor, node.links, node.source, node.level, node.moment, node.tie)
                return ("selection", self.of(steps), _set(self, node.conditions))
            case Crowd():
                return ("crowd", self.of(node.row), _set(self, node.conditions))
            case nodes.Attr() if isinstance(node.attribute.storage, nodes.GroupMeasure):
                measure = node.attribute.storage.value
                over = self._normalizer.subject(node.row.source)
                return ("measure", self.of(node.row), self.of(over.value(measure)))
            case nodes.All() | nodes.Any():
                return (type(node).__name__, _set(self, node.items))
            case nodes.CountOf():
                items = Counter(map(self.of, node.items))
                return ("count", frozenset(items.items()), node.low, node.high)
            case nodes.InSet():
                return ("in", self.of(node.value), _set(self, node.items), node.negated)
            case tuple() | list():
                return tuple(map(self.of, node))
            case frozenset():
                return _set(self, node)
            case dict():
                return tuple((key, self.of(value)) for key, value in node.items())
        if is_dataclass(node) and not isinstance(node, type):
            parts = (item.name for item in fields(node) if item.compare)
            inside = (self.of(getattr(node, part)) for part in parts if part not in _NAMES)
            return (type(node).__name__, *inside)
        assert isinstance(node, Hashable)
        return node

    def _source(self, source: Source) -> Hashable:
        source = root(source)
        if source.table is not None:
            return ("table", source.table.parts, self.of(source.key))
        if id(source) not in self._sources:
            self._sources[id(source)] = ("itself", len(self._sources))  # groups look down at it
            self._sources[id(source)] = self._made(source)
        return self._sources[id(source)]

    def _made(self, source: Source) -> Hashable:
        """A union, or groups: what they are made of."""
        assert isinstance(source, nodes.Event)
        if source.groups is not None:
            base = source.groups.base
            by = self._normalizer.subject(base).value(source.groups.by)
            return ("groups", self._rows(base), self.of(by), source.groups.day)
        return ("union", tuple(map(self._rows, source.parts)))

    def _rows(self, source: Source) -> Hashable:
        row = Row(0, source)
        return (self.of(source), _set(self, self._normalizer.existing(source, row)))

    def _attribute(self, attribute: Attribute) -> Hashable:
        storage = attribute.storage
        kept = self.of(storage)
        if isinstance(storage, nodes.GroupMeasure):
            kept = ("measure", attribute.name)
        return (kept, self.of(attribute.type), attribute.nullable)
