"""What a definition asks that a dialect cannot give the same meaning: told when it is checked, never by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from segql.diagnostics import Diagnostic, Diagnostics, declare
from segql.model import nodes
from segql.model.types import FLOAT, is_number
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


def refusals(
    definitions: Iterable[nodes.Segment | nodes.Trait], dialects: Iterable[str]
) -> tuple[Diagnostic, ...]:
    """The faults of the definitions on these dialects, each once at its place."""
    found = Diagnostics()
    named = list(dict.fromkeys(dialects))
    seen: set[int] = set()
    for definition in definitions:
        whole = definition.lines if isinstance(definition, nodes.Segment) else definition.value
        for product in _products(whole, seen):
            for dialect in named:
                _product(product, dialect, found)
    return found.sorted()


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


def _products(node: object, seen: set[int]) -> Iterator[nodes.Arithmetic]:
    """The products of exact numbers in a definition; what definitions share is entered once."""
    if isinstance(node, tuple):
        for item in node:
            yield from _products(item, seen)
    elif isinstance(node, _ENTERED) and id(node) not in seen:
        seen.add(id(node))
        if isinstance(node, nodes.Arithmetic) and node.operator == "*" and _is_exact(node):
            yield node
        for field in fields(node):
            yield from _products(getattr(node, field.name), seen)


def _is_exact(node: nodes.Arithmetic) -> bool:
    sides = (node.left.type, node.right.type)
    return FLOAT not in sides and all(map(is_number, sides))
