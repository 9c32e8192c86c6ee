"""Walking through expressions: what stands in the fields of a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TypeVar

from segql.model.nodes import Condition, Measure, Row, Search, Step, Up, Value, Window

Node = TypeVar("Node")

_PLAIN = frozenset({"Span", "Type", "str", "int", "bool", "CompareOp", "Unit", "Wording | None"})
"""Annotations of fields that hold no expression."""


_FIELDS: dict[type, tuple[str, ...]] = {}
_NODES: dict[type, bool] = {}


def fields_of(kind: type) -> tuple[str, ...]:
    """The names of a node's fields in which something stands, an expression perhaps."""
    known = _FIELDS.get(kind)
    if known is None:
        names = (item.name for item in fields(kind) if item.type not in _PLAIN)
        known = _FIELDS[kind] = tuple(names)
    return known


def _is_node(kind: type) -> bool:
    known = _NODES.get(kind)
    if known is None:
        expression = Value | Condition | Search | Window | Measure | Step | Row | Up
        known = _NODES[kind] = issubclass(kind, expression)
    return known


def children(node: object) -> Iterator[object]:
    """The expressions and rows that stand in the fields of `node`."""
    for name in fields_of(type(node)):
        yield from _nodes_in(getattr(node, name))


def _nodes_in(value: object) -> Iterator[object]:
    if type(value) is tuple:
        for item in value:
            yield from _nodes_in(item)
    elif _is_node(type(value)):
        yield value


def map_children(node: Node, visit: Callable[[object], object]) -> Node:
    """`node` with `visit` done to each field that holds expressions or rows; itself if nothing changed."""
    changes: dict[str, object] = {}
    for name in fields_of(type(node)):
        old = getattr(node, name)
        new = _map(old, visit)
        if new is not old:
            changes[name] = new
    return replace(node, **changes) if changes else node  # type: ignore[type-var]


def _map(value: object, visit: Callable[[object], object]) -> object:
    if type(value) is tuple:
        mapped = [_map(item, visit) for item in value]
        if any(new is not old for new, old in zip(mapped, value, strict=True)):
            return tuple(mapped)
    elif _is_node(type(value)):
        return visit(value)
    return value
