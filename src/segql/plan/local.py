"""Conditions of a row that rest on nothing but its own columns."""

from __future__ import annotations

from segql.model import nodes
from segql.model.nodes import All, Any, Compare, Condition
from segql.plan.demands import Demands
from segql.plan.nodes import Always


def is_local(condition: Condition, own: bool = False) -> bool:
    """Whether a condition asks nothing but columns of the row in hand; `own`: nor what it is tied to."""
    demands = Demands()
    demands.add((condition,))
    return demands.local and type(condition) is not Always and not (own and demands.given)


def is_selective(condition: Condition) -> bool:
    """Whether a condition is of a kind that most rows do not meet."""
    match condition:
        case Compare():
            return condition.operator != "!="
        case nodes.InSet() | nodes.InRange() | nodes.TextTest() | nodes.InWindow():
            return not condition.negated
        case nodes.ListTest():
            return condition.test != "none"
        case nodes.Anniversary():
            return True
        case Any():
            return all(map(is_selective, condition.items))
        case All():
            return any(map(is_selective, condition.items))
        case _:
            return False
