"""Walking through expressions: what stands in the fields of a node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TypeVar

from segql.model.nodes import Condition, Measure, Row, Search, Step, Up, Value, Window

Node = TypeVar("Node")

_PLAIN = {"None", "str", "int", "bool", "tuple", "Span", "Type", "Unit", "Wording", "CompareOp"}
_PLAIN |= {"AggregateName", "FunctionName"}
"""The words of the types of fields in which no expression stands."""
_LITERAL = re.compile(r"Literal\[[^]]*\]")
_WORD = re.compile(r"\w+")

_FIELDS: dict[type, tuple[str, ...]] = {}
_NODES: dict[type, bool] = {}


def fields_of(kind: type) -> tuple[str, ...]:
    """The names of a node's fields in which something stands, an expression perhaps, in their order."""
    known = _FIELDS.get(kind)
    if known is None:
        names = (field.name for field in fields(kind) if not _is_plain(str(field.type)))
        known = _FIELDS[kind] = tuple(names)
    return known


def _is_plain(annotation: str) -> bool:
    return _PLAIN.issuperset(_WORD.findall(_LITERAL.sub("", annotation)))


class Parts(dict[type, "tuple[str, ...] | None"]):
    """`fields_of` a class that is one of those entered or below one, None for others: a walk asks at each node."""

    def __init__(self, *entered: type) -> None:
        super().__init__()
        self._entered = entered

    def __missing__(self, kind: type) -> tuple[str, ...] | None:
        names = self[kind] = fields_of(kind) if issubclass(kind, self._entered) else None
        return names


def _is_node(kind: type) -> bool:
    known = _NODES.get(kind)
    if known is None:
        expression = Value | Condition | Search | Window | Measure | Step | Row | Up
        known = _NODES[kind] = issubclass(kind, expression)
    return known


def children(node: object) -> Iterator[object]:
    """The expressions and rows that stand in the fields of `node`."""
    for name in fields_of(type(node)):
        value = getattr(node, name)
        kind = type(value)
        if kind is tuple:
            yield from _nodes_in(value)
        elif _NODES[kind] if kind in _NODES else _is_node(kind):
            yield value


def values_in(node: object) -> Iterator[Value]:
    """The values directly inside `node`."""
    return (item for item in children(node) if isinstance(item, Value))


def _nodes_in(items: tuple[object, ...]) -> Iterator[object]:
    for item in items:
        if type(item) is tuple:
            yield from _nodes_in(item)
        elif _is_node(type(item)):
            yield item


def map_children(node: Node, visit: Callable[[object], object]) -> Node:
    """`node` with `visit` done to each field that holds expressions or rows; itself if nothing changed."""
    changes: dict[str, object] = {}
    for name in fields_of(type(node)):
        old = getattr(node, name)
        kind = type(old)
        if kind is not tuple and not (_NODES[kind] if kind in _NODES else _is_node(kind)):
            continue
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
