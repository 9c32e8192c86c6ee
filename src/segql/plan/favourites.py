"""`favourite … by` and `favourite_share … by` (2.4, 3.5): what the measures are, and those that need rows of their own.

The values are grouped once, with a column for each measure. What asks the rows of a value in their order (streaks and
gaps) is answered by a rollup by anchor and value beside them.
"""

from __future__ import annotations

from dataclasses import replace

from segql.model.nodes import Arithmetic, Const, Function, IsKnown, Measure, Value
from segql.model.types import (
    DURATION,
    FLOAT,
    INT,
    MAX_PRECISION,
    QUOTIENT,
    Type,
    decimal,
    is_number,
    scale_of,
)
from segql.plan.naming import Names
from segql.plan.nodes import NOWHERE, Aggregation, Selection, counting
from segql.plan.regularity import GAPS, STREAKS
from segql.plan.simplify import tighten
from segql.plan.ties import Bound, Tie, key_names
from segql.source import Span

MEASURE = "favourite_measure"
"""The first measure of the favourite."""

ADDED = ("count", "sum")
"""The measures that add up over the values."""

PLACES = 4
"""Those of a float that becomes exact (3.7)."""


LENGTHS = ("sum", "avg", "median", "min", "max", "first", "last")
"""What gives a length of time of lengths of time."""


def measure_type(measure: Measure) -> Type:
    """The type of what a measure comes to."""
    if measure.function in GAPS:
        return DURATION
    argument = measure.argument
    if argument is not None and argument.type == DURATION and measure.function in LENGTHS:
        return DURATION
    if measure.function in ("avg", "median", "stddev"):
        return QUOTIENT
    if argument is None or measure.function not in ("sum", "min", "max", "first", "last"):
        return INT
    if measure.function == "sum" and argument.type != INT:
        scale = PLACES if argument.type == FLOAT else scale_of(argument.type)
        return decimal(MAX_PRECISION, scale)
    return argument.type


def measure_of(node: Aggregation, place: int) -> Aggregation:
    """What the values of a favourite are ordered by: one of its measures, or the number of rows."""
    if not node.by:
        return counting(node.selection)
    measure = node.by[place]
    type_ = measure_type(measure)
    return Aggregation(type_, node.span, measure.function, node.selection, measure.argument)


def needs_order(measure: Measure) -> bool:
    """Whether a measure asks the rows of a value in their order."""
    return measure.function in GAPS or measure.function in STREAKS


def share(selection: Selection, argument: Value, by: tuple[Measure, ...], span: Span) -> Value:
    """The favourite's measure divided by that of all rows with a known value, where it does not add up."""
    first = by[0]
    type_ = measure_type(first)
    own = Aggregation(type_, span, MEASURE, selection, argument, by)
    known = tighten((*selection.conditions, IsKnown(NOWHERE, argument)), selection.span)
    everything = replace(selection, conditions=known)
    whole = Aggregation(type_, span, first.function, everything, first.argument)
    return Arithmetic(QUOTIENT, span, "/", _exact(own), _exact(whole))


def _exact(value: Value) -> Value:
    assert is_number(value.type)
    if value.type != FLOAT:
        return value
    places = Const(INT, value.span, PLACES)
    return Function(decimal(18, PLACES), value.span, "round", (value, places))


def value_name(selection: Selection) -> str:
    """The column of the values, where rows are grouped by them."""
    return Names(key_names(selection)).unique("value")


def by_value(selection: Selection, argument: Value) -> Selection:
    """The rows grouped by a value of theirs as well."""
    tie = selection.tie or Tie((), (), None, (), False)
    bound = (*tie.bound, Bound(value_name(selection), argument, argument))
    return replace(selection, tie=replace(tie, bound=bound))
