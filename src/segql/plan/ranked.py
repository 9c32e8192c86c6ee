"""Rows of which nothing is asked but their places in a crowd: those who have a place are read, not the rows again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from segql.model.nodes import Condition, Row, Value
from segql.plan.demands import Demands
from segql.plan.nodes import Conditions
from segql.plan.populations import Crowd, Summary, places_needed


def left_to_ask(
    row: Row, conditions: Sequence[Condition], values: Iterable[Value | Condition]
) -> Conditions | None:
    """The conditions without those that all of a crowd meet, where who meets them has a place in it; None where they
    or the values ask for more of a row than its places."""
    values = tuple(values)
    for crowd in _crowds(row, conditions):
        met = set(crowd.conditions)
        left = tuple(item for item in conditions if item not in met)
        if _only_places(row, (*left, *values)):
            return left
    return None


def _crowds(row: Row, conditions: Sequence[Condition]) -> Iterator[Crowd]:
    """Those in which a row has a place that meets the conditions."""
    for item in conditions:
        yield from (node.crowd for node in places_needed(item) if node.row == row)


def _only_places(row: Row, asked: Sequence[Value | Condition]) -> bool:
    demands = Demands()
    demands.add(asked)
    around = demands.levels or demands.attributes or demands.rows or demands.below
    if around or demands.logged or demands.runs or demands.listed:
        return False
    return all(isinstance(node, Summary) or node.row == row for node in demands.crowds)
