"""Moving an expression to another row: a trait or derived attribute is written over its own subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar

from segql.model.nodes import Condition, Measure, Row, RowRef, Search, Step, Up, Value, Window

Node = TypeVar("Node")


def map_children(node: Node, visit: Callable[[object], object]) -> Node:
    """`node` with `visit` done to each field that holds expressions or rows; itself if nothing changed."""
    changes: dict[str, object] = {}
    for item in fields(node):  # type: ignore[arg-type]
        old = getattr(node, item.name)
        new = _map(old, visit)
        if new is not old:
            changes[item.name] = new
    return replace(node, **changes) if changes else node  # type: ignore[type-var]


def _map(value: object, visit: Callable[[object], object]) -> object:
    if isinstance(value, Value | Condition | Search | Window | Measure | Step | Row | Up):
        return visit(value)
    if isinstance(value, tuple) and value:
        mapped = tuple(_map(item, visit) for item in value)
        if any(new is not old for new, old in zip(mapped, value, strict=True)):
            return mapped
    return value


def rebase(node: Node, old: RowRef, new: RowRef, floor: int, shift: int) -> Node:
    """Replace the row `old` by `new`; searches inside (levels above `floor`) move by `shift` levels.

    Example: a trait over `Row(0, customer)` used on the purchase's customer inside a search of level 1:
    `rebase(value, Row(0, customer), Up(Row(1, purchase), owner), 0, 1)`.
    """
    if not shift and old == new:
        return node
    done: dict[int, object] = {}

    def visit(item: object) -> object:
        if item == old and isinstance(item, Row | Up):
            return new
        if isinstance(item, Row):
            return Row(item.level + shift, item.source) if item.level > floor else item
        known = done.get(id(item))
        if known is None:
            known = map_children(item, visit)
            if isinstance(known, Search) and known.level > floor:
                known = replace(known, level=known.level + shift)
            done[id(item)] = known
        return known

    result: Node = visit(node)  # type: ignore[assignment]
    return result


def mentions_below(node: object, level: int) -> bool:
    """Whether `node`, which stands inside a search of `level`, mentions a row of an outer level itself."""
    found = False

    def visit(item: object) -> object:
        nonlocal found
        if isinstance(item, Row):
            found = found or item.level < level
        elif not found:
            map_children(item, visit)
        return item

    _map(node, visit)
    return found
