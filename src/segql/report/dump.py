"""A tree, model or plan as an indented outline: `explain --stage tree`, `model`, `plan`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from segql.model import nodes
from segql.model.types import Type
from segql.plan.nodes import Selection
from segql.source import Span
from segql.syntax import tree

_WIDTH = 100
_PLACES = frozenset({"span", "spans"})
_LEFT_OUT = frozenset(
    {"span", "spans", "wording", "key", "hashed", "places", "standings", "sure", "type"}
)
"""Places in the source, and what is worked out from the other fields."""


def outline(node: object) -> str:
    """The node and all below it, a line for each; places and empty fields are left out."""
    return "\n".join(_lines("", node, 0)) + "\n"


def _lines(label: str, node: object, depth: int) -> Iterator[str]:
    head = "  " * depth + (f"{label}: " if label else "")
    line = _one_line(node)
    if line is not None and (len(head) + len(line) <= _WIDTH or not _parts(node)):
        yield head + line
        return
    yield head.rstrip() if isinstance(node, tuple | list | dict) else head + type(node).__name__
    for name, value in _parts(node):
        yield from _lines(name, value, depth + 1)


def _parts(node: object) -> list[tuple[str, Any]]:
    """What is below a node: the items of a list or by their keys, or the fields that say something."""
    if isinstance(node, tuple | list):
        return [("-", item) for item in node]
    if isinstance(node, dict):
        return [(_one_line(key) or "-", item) for key, item in node.items()]
    if isinstance(node, tree.Node):
        names = [name for name in type(node).model_fields if name not in _PLACES]
        return [(n, v) for n in names if not _says_nothing(v := getattr(node, n))]
    if is_dataclass(node):
        names = [field.name for field in fields(node)]
    else:
        return []
    pairs = [(name, getattr(node, name)) for name in names if name not in _LEFT_OUT]
    return [(name, value) for name, value in pairs if not _says_nothing(value)]


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value in ((), [], {}, "")


def _one_line(node: object) -> str | None:
    """The node in a line, if all below it can be."""
    for kinds, word in _WORDS:
        if isinstance(node, kinds):
            return word(node)
    parts = [(name, _one_line(value)) for name, value in _parts(node)]
    known = [f"{name}={line}" if name != "-" else line for name, line in parts if line is not None]
    if len(known) < len(parts):
        return None
    inside = ", ".join(known)
    if isinstance(node, tuple | list):
        return f"[{inside}]" if len(inside) <= _WIDTH // 2 else None
    if isinstance(node, dict):
        return f"{{{inside}}}"
    if is_dataclass(node) or isinstance(node, tree.Node):
        return f"{type(node).__name__}({inside})"
    return str(node)


def _compare(node: nodes.Compare) -> str | None:
    left, right = _one_line(node.left), _one_line(node.right)
    return f"{left} {node.operator} {right}" if left is not None and right is not None else None


def _row(node: nodes.RowRef) -> str:
    if isinstance(node, nodes.Up):
        return f"{_row(node.row)}.{node.link.name}"
    return f"{node.source.name}" if node.level == 0 else f"{node.source.name}#{node.level}"


_WORDS: tuple[tuple[Any, Callable[[Any], str | None]], ...] = (
    (str, repr),
    (tree.Name, lambda node: f"`{node.text}`" if node.quoted else node.text),
    (tree.Path, lambda node: ".".join(part.text for part in node.parts)),
    (tree.Number | tree.Date | tree.Timestamp, lambda node: node.text),
    (tree.Text, lambda node: repr(node.value)),
    (Span, lambda node: f"{node.file}:{node.start}-{node.end}"),
    (nodes.Attr, lambda node: f"{_row(node.row)}.{node.attribute.name}"),
    (
        nodes.Const,
        lambda node: repr(node.value) if isinstance(node.value, str) else str(node.value),
    ),
    (nodes.Compare, _compare),
    (nodes.Row | nodes.Up, _row),
    (nodes.Source | nodes.Attribute, lambda node: node.name),
    (nodes.Link, lambda node: f"{node.child.name}.{'+'.join(node.columns)} -> {node.parent.name}"),
    (nodes.Table | Type, str),
    (Selection, lambda node: f"{node.label} of {_row(node.anchor)}"),
)
"""What is shown by a word: plain values, types, and whatever has a name of its own."""
