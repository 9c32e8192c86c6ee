"""What a condition comes to where a joined row is missing: whether rows without one can be dropped."""

from __future__ import annotations

from segql.model import nodes
from segql.model.nodes import All, Any, Compare, Condition, Const, CountOf, RowRef, Value
from segql.model.unknowns import NEVER
from segql.plan.nodes import Aggregation, Existence, RowExists, counting


def refuted(condition: Condition, mine: frozenset[Aggregation]) -> bool:
    """Whether a condition cannot hold where none of the aggregations has a row."""
    match condition:
        case Existence():
            return counting(condition.selection) in mine
        case All():
            return any(refuted(item, mine) for item in condition.items)
        case Any():
            return all(refuted(item, mine) for item in condition.items)
        case CountOf():
            holding = sum(not refuted(item, mine) for item in condition.items)
            return holding < condition.low
        case Compare(left=Aggregation() as left) if left in mine and left.function in NEVER:
            return zero_refutes(condition)
        case Compare():
            return unknown_of_nothing(condition.left, mine) or unknown_of_nothing(
                condition.right, mine
            )
        case nodes.InRange() | nodes.InSet() | nodes.TextTest() | nodes.InWindow() | nodes.Truth():
            return unknown_of_nothing(condition.value, mine)
        case nodes.IsKnown(negated=False):
            return unknown_of_nothing(condition.value, mine)
        case _:
            return False


def needs_row(condition: Condition, row: RowRef, below: frozenset[Aggregation]) -> bool:
    """Whether a condition cannot hold where a row above does not exist, and nothing of the aggregations below it."""
    match condition:
        case All():
            return any(needs_row(item, row, below) for item in condition.items)
        case Any():
            return all(needs_row(item, row, below) for item in condition.items)
        case Compare() if unknown_without(condition.left, row):
            return True
        case Compare() if unknown_without(condition.right, row):
            return True
        case RowExists():
            return condition.row == row
        case (
            nodes.InRange()
            | nodes.InSet()
            | nodes.TextTest()
            | nodes.InWindow()
            | nodes.ListTest()
            | nodes.Anniversary()
            | nodes.Truth()
            | nodes.IsKnown(negated=False)
        ) if unknown_without(condition.value, row):
            return True
        case _:
            return refuted(condition, below)


def unknown_without(value: Value, row: RowRef) -> bool:
    """Whether a value is unknown where a row above does not exist."""
    match value:
        case nodes.Attr():
            return value.row == row
        case nodes.Function(name="lower" | "upper" | "fold" | "trim" | "length" | "round" | "abs"):
            return unknown_without(value.arguments[0], row)
        case nodes.Arithmetic() | nodes.Difference():
            return unknown_without(value.left, row) or unknown_without(value.right, row)
        case nodes.Elapsed():
            return unknown_without(value.start, row) or unknown_without(value.end, row)
        case nodes.Shift() | nodes.LocalDate() | nodes.DatePart() | nodes.Negative():
            return unknown_without(value.value, row)
        case _:
            return False


def zero_refutes(condition: Compare) -> bool:
    """Whether `left op constant` is false for a left of 0."""
    if type(condition.right) is not Const or condition.right.value is None:
        return False
    bound = condition.right.value
    if not isinstance(bound, int | float) and not hasattr(bound, "quantize"):
        return False
    holds = {
        "=": bound == 0,
        "!=": bound != 0,
        "<": bound > 0,  # type: ignore[operator]
        "<=": bound >= 0,  # type: ignore[operator]
        ">": bound < 0,  # type: ignore[operator]
        ">=": bound <= 0,  # type: ignore[operator]
    }
    return not holds[condition.operator]


def unknown_of_nothing(value: Value, mine: frozenset[Aggregation]) -> bool:
    """Whether a value is unknown where none of the aggregations has a row."""
    match value:
        case Aggregation():
            return value in mine and value.function not in NEVER
        case nodes.Arithmetic() | nodes.Difference():
            return unknown_of_nothing(value.left, mine) or unknown_of_nothing(value.right, mine)
        case nodes.Elapsed():
            return unknown_of_nothing(value.start, mine) or unknown_of_nothing(value.end, mine)
        case nodes.Shift() | nodes.LocalDate() | nodes.DatePart() | nodes.Negative():
            return unknown_of_nothing(value.value, mine)
        case nodes.DayStart():
            return unknown_of_nothing(value.day, mine)
        case _:
            return False
