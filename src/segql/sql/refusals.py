"""What a definition asks that a dialect cannot give the same meaning: told when it is checked, never by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TypeAlias

from segql.diagnostics import Diagnostic, Diagnostics, declare
from segql.model import nodes
from segql.model.types import FLOAT, is_number
from segql.source import Span
from segql.sql.capabilities import product_refusal

NOT_IN_DIALECT = declare("SEG602", "not-in-dialect", "a target of the project can do what is asked")

_ENTERED = (
    nodes.Value,
    nodes.Condition,
    nodes.Search,
    nodes.Window,
    nodes.Measure,
    nodes.Step,
    nodes.Among,
    nodes.Population,
)

_Asked: TypeAlias = nodes.Arithmetic | nodes.RawSql | nodes.Attr


def refusals(
    definitions: Iterable[nodes.Segment | nodes.Trait], dialects: Iterable[str]
) -> tuple[Diagnostic, ...]:
    """The faults of the definitions on these dialects, each once at its place."""
    found = Diagnostics()
    named = list(dict.fromkeys(dialects))
    seen: set[int] = set()
    for definition in definitions:
        whole = definition.lines if isinstance(definition, nodes.Segment) else definition.value
        subject = definition.entity if isinstance(definition, nodes.Segment) else definition.source
        for node in _asked((whole, subject.only), seen):
            for dialect in named:
                if isinstance(node, nodes.Arithmetic):
                    _product(node, dialect, found)
                elif isinstance(node, nodes.RawSql):
                    _raw(node.sql, node.span, dialect, found)
                elif isinstance(node.attribute.storage, nodes.SqlText):
                    _raw(node.attribute.storage, node.attribute.span, dialect, found)
    return found.sorted()


def _raw(sql: nodes.SqlText, span: Span, dialect: str, found: Diagnostics) -> None:
    from segql.sql.carry import not_carried

    what = not_carried(sql, dialect)
    if what:
        found.report(
            NOT_IN_DIALECT,
            f"raw SQL of {sql.dialect} cannot be carried over to {dialect} for certain",
            span,
            f"`{what}` may mean something else there, or nothing",
            helps=[
                "say it with conditions of the language; a value in JSON is an attribute: `x: text? column data.x`",
                f'write all raw SQL for {dialect} and `sql_dialect = "{dialect}"` in `[project]`',
            ],
        )


def _product(node: nodes.Arithmetic, dialect: str, found: Diagnostics) -> None:
    refused = product_refusal(node.left.type, node.right.type, dialect)
    if refused is not None:
        found.report(
            NOT_IN_DIALECT,
            f"a product of {node.left.type} and {node.right.type} is not possible on {dialect}",
            node.span,
            refused.why,
            notes=[f"see {refused.page}"],
            helps=["declare fewer places, or `round` one side first"],
        )


def _asked(node: object, seen: set[int]) -> Iterator[_Asked]:
    """Products of exact numbers, raw SQL and stored values in a definition; what definitions share is entered once."""
    if isinstance(node, tuple):
        for item in node:
            yield from _asked(item, seen)
    elif isinstance(node, _ENTERED) and id(node) not in seen:
        seen.add(id(node))
        if isinstance(node, nodes.RawSql | nodes.Attr) or (
            isinstance(node, nodes.Arithmetic) and node.operator == "*" and _is_exact(node)
        ):
            yield node
        if isinstance(node, nodes.Search):
            yield from _asked(node.source.only, seen)
        elif isinstance(node, nodes.Attr):
            yield from _asked(node.row.source.only, seen)
        for field in fields(node):
            yield from _asked(getattr(node, field.name), seen)


def _is_exact(node: nodes.Arithmetic) -> bool:
    sides = (node.left.type, node.right.type)
    return FLOAT not in sides and all(map(is_number, sides))
