"""What a definition asks that a dialect cannot give the same meaning: told when it is checked, never by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TypeAlias

from segql.diagnostics import Diagnostic, Diagnostics, declare
from segql.model import nodes
from segql.model.types import FLOAT, ListType, is_number
from segql.source import Span
from segql.sql.capabilities import arithmetic_refusal, list_refusal

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
                    _arithmetic(node, dialect, found)
                elif isinstance(node, nodes.RawSql):
                    _raw(node.sql, node.span, dialect, found)
                elif isinstance(node.attribute.storage, nodes.SqlText):
                    _raw(node.attribute.storage, node.attribute.span, dialect, found)
                elif _is_unknown_list(node.attribute):
                    _list(node, dialect, found)
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


def _arithmetic(node: nodes.Arithmetic, dialect: str, found: Diagnostics) -> None:
    refused = arithmetic_refusal(node.operator, node.left.type, node.right.type, dialect)
    if refused is not None:
        kind = "product" if node.operator == "*" else "quotient"
        found.report(
            NOT_IN_DIALECT,
            f"a {kind} of {node.left.type} and {node.right.type} is not possible on {dialect}",
            node.span,
            refused.why,
            notes=[f"see {refused.page}"],
            helps=["declare fewer places, or `round` one side first"],
        )


def _is_unknown_list(attribute: nodes.Attribute) -> bool:
    """Whether it is a list in a column of its own that may be unknown."""
    storage = attribute.storage
    is_list = isinstance(attribute.type, ListType) and attribute.nullable
    return is_list and isinstance(storage, nodes.Column) and len(storage.parts) == 1


def _list(node: nodes.Attr, dialect: str, found: Diagnostics) -> None:
    refused = list_refusal(dialect)
    if refused is not None:
        found.report(
            NOT_IN_DIALECT,
            f"a `{node.type}?` in a column of its own is not possible on {dialect}",
            node.attribute.span,
            refused.why,
            notes=[f"see {refused.page}"],
            helps=[
                "declare it without `?`, or keep it in a text (`split by`) or in JSON (`column data.x`)"
            ],
        )


def _asked(node: object, seen: set[int]) -> Iterator[_Asked]:
    """Products and quotients of exact numbers, raw SQL, stored values; what definitions share is entered once."""
    if isinstance(node, tuple):
        for item in node:
            yield from _asked(item, seen)
    elif isinstance(node, _ENTERED) and id(node) not in seen:
        seen.add(id(node))
        if isinstance(node, nodes.RawSql | nodes.Attr) or (
            isinstance(node, nodes.Arithmetic) and node.operator in "*/" and _is_exact(node)
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
