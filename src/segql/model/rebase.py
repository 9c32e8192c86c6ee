"""Moving an expression to another row: a trait or derived attribute is written over its own subject."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from segql.model.nodes import Row, RowRef, Search, Up
from segql.model.walk import children, map_children

Node = TypeVar("Node")


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
    if isinstance(node, Row):
        return node.level < level
    return any(mentions_below(item, level) for item in children(node))
