"""Conditions of a row that rest on nothing but its own columns."""

from __future__ import annotations

from segql.model import nodes
from segql.model.nodes import All, Any, Compare, Condition, Event, Source
from segql.model.types import EnumType
from segql.plan.demands import Demands
from segql.plan.nodes import Always


def is_local(condition: Condition, own: bool = False) -> bool:
    """Whether a condition asks nothing but columns of the row in hand; `own`: nor what it is tied to."""
    demands = Demands()
    demands.add((condition,))
    return demands.local and type(condition) is not Always and not (own and demands.given)


def is_selective(condition: Condition, source: Source) -> bool:
    """Whether a condition is of a kind that most rows do not meet. Of an event, most rows have the usual status."""
    match condition:
        case Compare():
            usual = isinstance(source, Event) and isinstance(condition.left.type, EnumType)
            return condition.operator != "!=" and not usual
        case nodes.InSet():
            usual = isinstance(source, Event) and isinstance(condition.value.type, EnumType)
            return not condition.negated and not usual
        case nodes.InRange() | nodes.TextTest() | nodes.InWindow():
            return not condition.negated
        case nodes.ListTest():
            return condition.test != "none"
        case nodes.Anniversary():
            return True
        case Any():
            return all(is_selective(item, source) for item in condition.items)
        case All():
            return any(is_selective(item, source) for item in condition.items)
        case _:
            return False
