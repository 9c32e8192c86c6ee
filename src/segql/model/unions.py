"""The attributes that all parts of a union of events share."""

from __future__ import annotations

from segql.model.nodes import Attribute, Derived, Event, FromParts, SqlText
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
        if any(isinstance(attribute.storage, SqlText | Derived) for attribute in attributes):
            continue
        type_ = _common([attribute.type for attribute in attributes])
        if type_ is None:
            continue
        shared[name] = Attribute(
            name,
            type_,
            any(attribute.nullable for attribute in attributes),
            FromParts(attributes),
            span,
        )
    return shared


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
