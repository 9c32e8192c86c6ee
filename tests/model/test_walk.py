"""The fields that walks of an expression look at: all that can hold what they enter, by the declared types."""

from __future__ import annotations

import typing
from dataclasses import fields

import pytest

from segql.model import nodes, types
from segql.model.walk import part_names

ENTERED = (nodes.Value, nodes.Condition, nodes.Search, nodes.Window, nodes.Population, nodes.Up)
KINDS = [
    kind
    for kind in vars(nodes).values()
    if isinstance(kind, type) and kind.__module__ == nodes.__name__ and issubclass(kind, ENTERED)
]


def mentioned(hint):
    """The classes that a type is made of."""
    if isinstance(hint, type) and not typing.get_args(hint):
        return {hint}
    return {kind for part in typing.get_args(hint) for kind in mentioned(part)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_names_are_those_of_the_declared_types(kind):
    hints = typing.get_type_hints(kind, {**vars(types), **vars(nodes)})
    expected = [
        field.name
        for field in fields(kind)
        if any(
            issubclass(found, ENTERED) or any(issubclass(one, found) for one in ENTERED)
            for found in mentioned(hints[field.name]) - {object}
        )
    ]
    assert list(part_names(kind, ENTERED)) == expected


def test_other_classes_are_not_entered():
    assert part_names(nodes.Link, ENTERED) is None
    assert part_names(tuple, ENTERED) is None
    assert part_names(nodes.Const, ENTERED) == ()
    assert part_names(nodes.Points, ENTERED) == ("lines",)
    assert part_names(nodes.OverPopulation, (nodes.Value, nodes.Among)) == ("among",)
