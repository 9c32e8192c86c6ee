"""Conditions that are well-formed and mean nothing: a bare event, values after `or`, a relation that `is known`.

Each function tells whether a condition is such, after it has reported it with what is meant.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix
from segql.model import codes
from segql.model.nodes import Event, RowRef, Up
from segql.model.scope import Scope
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def is_rows(r: Resolver, scope: Scope, node: tree.Value) -> bool:
    """`did purchase and visit`: rows are asked by `did` and `has`."""
    if isinstance(node, tree.Path) and len(node.parts) == 1:
        name = node.parts[0]
        link = scope.source.many.get(name.text)
        if link is not None and name.text not in scope.bindings:
            verb = "did" if isinstance(link.child, Event) else "has"
            start = Span(name.span.file, name.span.start, name.span.start)
            r.report(
                codes.NOT_A_CONDITION,
                f"`{name.text}` is many rows, not a condition",
                name.span,
                f"rows of `{link.child.name}`",
                helps=[Fix(f"write `{verb} {name.text}`", (Edit(start, f"{verb} "),), safe=True)],
            )
            return True
    return False


def is_relation(r: Resolver, scope: Scope, node: tree.Value) -> bool:
    """`product is known`: whether the relation finds a row is asked of its key."""
    if not isinstance(node, tree.Path):
        return False
    row: RowRef = scope.row
    for part in node.parts:
        link = row.source.one.get(part.text)
        if link is None:
            return False
        row = Up(row, link)
    shown = ".".join(part.text for part in node.parts)
    key = row.source.key[0].name
    place = Span(node.span.file, node.span.end, node.span.end)
    r.report(
        codes.TYPE_MISMATCH,
        f"`{shown}` is a row of `{row.source.name}`, not a value",
        node.span,
        "a relation",
        helps=[
            Fix(
                f"write `{shown}.{key}`: known where the relation finds a row",
                (Edit(place, f".{key}"),),
                safe=True,
            )
        ],
    )
    return True


def is_list(r: Resolver, node: tree.Or) -> bool:
    """`country = "PL" or "DE"`: reported, with the list that is meant."""
    first, *rest = node.items
    values = [item.value for item in rest if isinstance(item, tree.Truth)]
    if not isinstance(first, tree.Compare) or first.operator != "=" or len(values) < len(rest):
        return False
    if not all(isinstance(value, tree.Text | tree.Number | tree.Date) for value in values):
        return False
    spans = [first.right.span, *(value.span for value in values)]
    file = node.span.file
    edits = [Edit(Span(file, first.left.span.end, spans[0].start), " in (")]
    edits += [Edit(Span(file, before.end, after.start), ", ") for before, after in pairwise(spans)]
    edits.append(Edit(Span(file, spans[-1].end, spans[-1].end), ")"))
    r.report(
        codes.NOT_A_CONDITION,
        "a bare value used as a condition is a bool",
        values[0].span,
        "not compared with anything",
        helps=[Fix("write `in (…)`, with all the values", tuple(edits), safe=True)],
    )
    return True
