"""A tree, model or plan as an indented outline: `explain --stage tree`, `model`, `plan`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from segql.model.nodes import Attribute, Link, Row, Source, Table
from segql.model.types import Type
from segql.source import Span
from segql.syntax.tree import Name

_WIDTH = 100


def outline(node: object) -> str:
    """The node and all below it, a line for each; places and empty fields are left out."""
    return "\n".join(_lines("", node, 0)) + "\n"


def _lines(label: str, node: object, depth: int) -> Iterator[str]:
    head = "  " * depth + (f"{label}: " if label else "")
    brief = _brief(node)
    if brief is not None:
        yield head + brief
        return
    if isinstance(node, tuple | list):
        yield head.rstrip()
        for item in node:
            yield from _lines("-", item, depth + 1)
        return
    if isinstance(node, dict):
        yield head.rstrip()
        for key, item in node.items():
            yield from _lines(str(key), item, depth + 1)
        return
    inline = _inline(node)
    if inline is not None and len(head) + len(inline) <= _WIDTH:
        yield head + inline
        return
    yield head + type(node).__name__
    for name, value in _fields(node):
        yield from _lines(name, value, depth + 1)


def _fields(node: object) -> list[tuple[str, Any]]:
    """The fields of a pydantic node or a dataclass that say something."""
    model_fields = getattr(type(node), "model_fields", None)
    names = list(model_fields) if model_fields else [item.name for item in fields(node)]  # type: ignore[arg-type]  # checked by `_brief`
    pairs = [(name, getattr(node, name, None)) for name in names if not name.startswith("_")]
    return [
        (name, value)
        for name, value in pairs
        if name not in ("span", "wording") and not _says_nothing(value)
    ]


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value == () or value == ""


def _brief(node: object) -> str | None:
    """What is shown by a word: plain values, types, and whatever has a name of its own."""
    if isinstance(node, Source | Attribute):
        return node.name
    if isinstance(node, Link):
        return f"{node.child.name} -> {node.parent.name} on {', '.join(node.columns)}"
    if isinstance(node, Table | Type):
        return str(node)
    if isinstance(node, Name):
        return f"`{node.text}`" if node.quoted else node.text
    if isinstance(node, Row):
        return f"row {node.level} of {node.source.name}"
    if isinstance(node, Span):
        return f"{node.file}:{node.start}-{node.end}"
    if isinstance(node, tuple | list | dict) and not node:
        return "none"
    if isinstance(node, tuple):
        parts = [_brief(item) for item in node]
        known = [part for part in parts if part is not None]
        line = f"({', '.join(known)})"
        return line if len(known) == len(parts) and len(line) <= _WIDTH // 2 else None
    if isinstance(node, list | dict):
        return None
    if is_dataclass(node) or hasattr(type(node), "model_fields"):
        return None
    return repr(node) if isinstance(node, str) else str(node)


def _inline(node: object) -> str | None:
    """`Name(field=value, …)` where all fields are shown by a word."""
    parts = []
    for name, value in _fields(node):
        brief = _brief(value)
        if brief is None:
            if isinstance(value, tuple | list | dict):
                return None
            brief = _inline(value)
            if brief is None:
                return None
        parts.append(f"{name}={brief}")
    return f"{type(node).__name__}({', '.join(parts)})"
