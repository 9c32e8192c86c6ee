"""Which attributes a definition reads."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from segql.model.nodes import Attribute, Event, FromParts, GroupMeasure, Link, Source


class Reads:
    """The stored attributes that conditions read, with what decides which rows exist."""

    def __init__(self) -> None:
        self.attributes: set[int] = set()
        self._entered: set[int] = set()
        self._kept: list[object] = []

    def enter(self, node: object) -> None:
        if isinstance(node, tuple):
            for item in node:
                self.enter(item)
            return
        if isinstance(node, Attribute):
            self._attribute(node)
        elif isinstance(node, Source):
            self.source(node)
        elif isinstance(node, Link):
            self.source(node.child)
            self.source(node.parent)
        elif is_dataclass(node) and id(node) not in self._entered:
            self._entered.add(id(node))
            self._kept.append(node)
            for item in fields(node):
                self.enter(getattr(node, item.name))

    def _attribute(self, attribute: Attribute) -> None:
        if id(attribute) in self.attributes:
            return
        self.attributes.add(id(attribute))
        stored = attribute.storage
        if isinstance(stored, FromParts | GroupMeasure) or hasattr(stored, "value"):
            self.enter(stored)

    def source(self, source: Source) -> None:
        """A source whose rows are asked: what its `only`, `where`, parts and groups read."""
        if id(source) in self._entered:
            return
        self._entered.add(id(source))
        self.enter(source.only)
        if isinstance(source, Event):
            self.enter(source.where)
            for part in (*source.parts, *([source.base] if source.base is not None else [])):
                self.source(part)
            if source.groups is not None:
                self.source(source.groups.base)
                self.enter(source.groups.by)
