"""The attributes and traits of its subject that a segment uses: what a sample of members shows."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from segql.model import nodes

_ENTERED = (nodes.Value, nodes.Condition, nodes.Search, nodes.Window, nodes.Measure)


def uses_of(segment: nodes.Segment) -> tuple[str, ...]:
    """The attributes and traits of the subject itself that the lines mention, in order; the key is not among them."""
    names: dict[str, None] = {}
    for line in segment.lines:
        _subject_names(line, segment.entity, names)
    keys = {attribute.name for attribute in segment.entity.key}
    return tuple(name for name in names if name not in keys)


def _subject_names(node: object, entity: nodes.Entity, names: dict[str, None]) -> None:
    """Collects names; what a named value is made of is not entered."""
    if isinstance(node, tuple):
        for item in node:
            _subject_names(item, entity, names)
        return
    if not is_dataclass(node) or not isinstance(node, _ENTERED):
        return
    if isinstance(node, nodes.Attr | nodes.Named) and node.row == nodes.Row(0, entity):
        names.setdefault(node.name if isinstance(node, nodes.Named) else node.attribute.name)
        return
    for field in fields(node):
        _subject_names(getattr(node, field.name), entity, names)
