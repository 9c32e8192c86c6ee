"""The fields that walks of an expression look at: all that can hold one, by the declared types."""

from __future__ import annotations

import typing
from dataclasses import fields

import pytest

from segql.model import nodes, types
from segql.model.walk import Parts, fields_of

EXPRESSIONS = (
    *(nodes.Value, nodes.Condition, nodes.Search, nodes.Window, nodes.Measure, nodes.Step),
    *(nodes.Among, nodes.Population, nodes.Grouping, nodes.Row, nodes.Up),
)
KINDS = [
    kind
    for kind in vars(nodes).values()
    if isinstance(kind, type)
    and kind.__module__ == nodes.__name__
    and issubclass(kind, EXPRESSIONS)
]


def mentioned(hint):
    """The classes that a type is made of."""
    if isinstance(hint, type) and not typing.get_args(hint):
        return {hint}
    return {kind for part in typing.get_args(hint) for kind in mentioned(part)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_field_with_an_expression_is_left_out(kind):
    hints = typing.get_type_hints(kind, {**vars(types), **vars(nodes)})
    holding = [
        field.name
        for field in fields(kind)
        if any(
            found.__module__ == nodes.__name__ and found.__name__ != "Wording"
            for found in mentioned(hints[field.name])
        )
    ]
    assert set(holding) <= set(fields_of(kind))


def test_what_says_only_a_word_or_a_number_is_left_out():
    assert fields_of(nodes.Compare) == ("left", "right")
    assert fields_of(nodes.Aggregate) == ("search", "argument", "by")
    assert fields_of(nodes.Exists) == ("search",)
    assert fields_of(nodes.Points) == ("lines",)


def test_other_classes_are_not_entered():
    parts = Parts(nodes.Value, nodes.Among)
    assert parts[nodes.Link] is None
    assert parts[tuple] is None
    assert parts[nodes.Points] == ("lines",)
    assert parts[nodes.OverPopulation] == fields_of(nodes.OverPopulation)
