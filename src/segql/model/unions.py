"""The attributes that all parts of a union of events share."""

from __future__ import annotations

from segql.model.nodes import Attribute, Event, FromParts
from segql.model.types import Type, is_number, wider
from segql.source import Span


def shared_attributes(parts: tuple[Event, ...], span: Span) -> dict[str, Attribute]:
    """By name; numbers widen to a type that holds all, other types must be the same in every part."""
    shared: dict[str, Attribute] = {}
    for name in parts[0].attributes:
        found = [part.attributes.get(name) for part in parts]
        attributes = tuple(attribute for attribute in found if attribute is not None)
        if len(attributes) != len(parts):
            continue
        found_shared = shared_attribute(name, attributes, span)
        if found_shared is not None:
            shared[name] = found_shared
    return shared


def shared_attribute(name: str, attributes: tuple[Attribute, ...], span: Span) -> Attribute | None:
    """The attribute of the union that stands for one of each part; None where their types do not meet."""
    type_ = _common([attribute.type for attribute in attributes])
    if type_ is None:
        return None
    nullable = any(attribute.nullable for attribute in attributes)
    return Attribute(name, type_, nullable, FromParts(attributes), span)


def _common(types: list[Type]) -> Type | None:
    first = types[0]
    if all(other == first for other in types):
        return first
    if all(is_number(other) for other in types):
        result = first
        for other in types[1:]:
            result = wider(result, other)
        return result
    return None
