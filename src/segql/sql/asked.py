"""What each node of the model asks of a dialect: the one table of operations beside the emitter.

What the emitter calls while a definition is compiled is said here for its nodes, or always; a test compiles the whole
conformance suite on every dialect and holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from segql.model import nodes
from segql.model.clock import operands
from segql.model.types import DATE, DURATION, FLOAT, ListType, Type, is_number, is_text, scale_of
from segql.sql.capabilities.operations import (
    TIMES_IN_LIST,
    UNKNOWN_LIST,
    WIDE_PRODUCT,
    WIDE_QUOTIENT,
)

ALWAYS: Final = frozenset(
    {
        *("identifier", "table", "field", "literal", "null"),
        *("raw", "canonical", "read", "bare", "convert", "sort_key"),
        *("compare_stored", "compare", "key_part", "absent", "join_equal", "same", "exists"),
        *("count_rows", "as_of"),
    }
)
"""What nearly every statement is made of: no dialect can be without it."""


def operations(node: object, *, running: bool = False) -> tuple[str, ...]:
    """What a value, condition, measure, source or attribute asks, beside what is always there and what lies in it.

    `running`: where `as of` is known only when the statement runs, so that the engine computes what rests on it.
    """
    found: list[str] = []
    asks = NODES.get(type(node), _nothing)
    if asks is not _nothing and not is_constant(node, running):
        found += asks(node)
    if running and type(node) in RUNNING:
        found += RUNNING[type(node)](node)
    return tuple(dict.fromkeys(found)) if found else ()


def is_constant(node: object, running: bool = False) -> bool:
    """Whether no row has a part in it: then it is computed before there is a statement."""
    match node:
        case nodes.Now() | nodes.Today() | nodes.UnitStart():
            return not running
        case nodes.Named(value=value):
            return is_constant(value, running)
        case nodes.Value() if not isinstance(node, _OF_ROWS):
            return all(is_constant(part, running) for part in operands(node))
    return False


_OF_ROWS = (
    *(nodes.Attr, nodes.Aggregate, nodes.Holds, nodes.Points),
    *(nodes.OverPopulation, nodes.Standing),
)


# --- stored attributes ----------------------------------------------------------------------------


def _attribute(node: nodes.Attribute) -> Iterator[str]:
    match node.storage:
        case nodes.Column(parts) if isinstance(node.type, ListType):
            if node.nullable and len(parts) == 1:
                yield UNKNOWN_LIST
            if node.type.item.name in ("date", "timestamp"):
                yield TIMES_IN_LIST
        case nodes.SplitText():
            yield "split"
        case nodes.ChildTable():
            yield "collect"
        case nodes.ChangeLog():
            yield "nth"


# --- values ---------------------------------------------------------------------------------------


def _nothing(node: object) -> Iterator[str]:
    return iter(())


def _one(*names: str) -> Callable[[object], Iterator[str]]:
    return lambda node: iter(names)


def _arithmetic(node: nodes.Arithmetic) -> Iterator[str]:
    yield "arithmetic"
    left, right = node.left.type, node.right.type
    if _is_exact(left) and _is_exact(right):
        if node.operator == "*" and scale_of(left) + scale_of(right) > 37:
            yield WIDE_PRODUCT
        elif node.operator == "/" and scale_of(right) - scale_of(left) > 32:
            yield WIDE_QUOTIENT


def _is_exact(type_: Type) -> bool:
    return is_number(type_) and type_ != FLOAT


def _function(node: nodes.Function) -> Iterator[str]:
    if node.name == "fold" and isinstance(node.type, ListType):
        yield "fold_list"
    elif node.name == "fold":
        yield from ("fold", "lower")
    else:
        yield "absolute" if node.name == "abs" else node.name


def _points(node: nodes.Points) -> Iterator[str]:
    if len(node.lines) > 1:
        yield "arithmetic"


_AGGREGATES: Final[Mapping[str, tuple[str, ...]]] = {
    "count": (),
    **{name: (name,) for name in ("sum", "min", "max", "median", "stddev")},
    "avg": ("avg", "sum", "arithmetic"),  # a sum is compared with so many times the bound
    "count_distinct": ("count_distinct",),
    **dict.fromkeys(("first", "last", "nth", "nth_last"), ("nth",)),
    "favourite": ("max", "nth"),
    "favourite_share": ("max", "nth", "sum", "ratio", "arithmetic"),
    "share": ("share", "holding", "arithmetic"),  # likewise
    **{f"active_{units}": ("active",) for units in ("days", "weeks", "months")},
    **{f"streak_{units}": ("unit_number", "over", "max") for units in ("days", "weeks", "months")},
    "min_gap": ("over", "difference", "min"),
    "max_gap": ("over", "difference", "max"),
    "avg_gap": ("over", "difference", "average_length"),
    "median_gap": ("over", "difference", "median_length"),
}

_TIMES: Final = {"first": "min", "last": "max"}
_LENGTHS: Final = {"avg": "average_length", "median": "median_length"}


def _aggregate(node: nodes.Aggregate | nodes.Measure) -> Iterator[str]:
    argument = node.argument
    if (
        isinstance(node, nodes.Aggregate)
        and argument == node.search.time
        and node.function in _TIMES
    ):
        yield _TIMES[node.function]
        return
    yield from _AGGREGATES[node.function]
    if argument is not None and argument.type == DURATION and node.function in _LENGTHS:
        yield _LENGTHS[node.function]


_POPULATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "count": (),
    **{name: (name,) for name in ("sum", "avg", "median", "stddev")},
    "percentile": ("over", "min"),
}


def _over_population(node: nodes.OverPopulation) -> Iterator[str]:
    yield from _POPULATIONS[node.function]


def _standing(node: nodes.Standing) -> Iterator[str]:
    yield "over"
    if node.function == "quantile_group":
        yield "whole_quotient"


# --- conditions -----------------------------------------------------------------------------------


def _compare(node: nodes.Compare) -> Iterator[str]:
    if node.operator == "=" and is_text(node.left.type):
        yield "in_set"  # beside another of the same value


def _list_test(node: nodes.ListTest) -> Iterator[str]:
    if node.other is not None:
        yield "list_test"
    else:  # denied, `any` is `none`
        yield from ("list_all",) if node.test == "all" else ("list_any", "list_none")


def _regular(node: nodes.Regular) -> Iterator[str]:
    if not node.periods and node.unit in ("day", "week", "month"):
        yield "unit_of"
    elif node.periods and node.unit not in ("month", "quarter", "year"):
        yield from ("difference", "whole_lengths")


def _step(node: nodes.Step) -> Iterator[str]:
    yield from ("over", "max", "shift", "earliest")


def _top(node: nodes.Top) -> Iterator[str]:
    yield "over"
    if node.kind == "share":
        yield "sum"
    elif node.kind == "percent":
        yield "ceiling"


NODES: Final[Mapping[type, Callable[[Any], Iterator[str]]]] = {
    nodes.Attribute: _attribute,
    nodes.Grouping: _one("min"),
    nodes.Const: _nothing,
    nodes.Attr: _nothing,  # its attribute says it
    nodes.Named: _nothing,
    nodes.Holds: _nothing,
    nodes.Now: _nothing,
    nodes.Today: _nothing,
    nodes.UnitStart: _nothing,
    nodes.DayStart: _one("day_start", "local_date"),
    nodes.Shift: _one("shift"),
    nodes.Elapsed: _one("elapsed"),
    nodes.Difference: _one("difference"),
    nodes.LocalDate: _one("local_date"),
    nodes.DatePart: _one("date_part"),
    nodes.Arithmetic: _arithmetic,
    nodes.Negative: _one("negative"),
    nodes.Function: _function,
    nodes.Points: _points,
    nodes.Aggregate: _aggregate,
    nodes.Measure: _aggregate,
    nodes.OverPopulation: _over_population,
    nodes.Standing: _standing,
    nodes.Truth: _nothing,
    nodes.Compare: _compare,
    nodes.InSet: _one("in_set"),
    nodes.InRange: _one("in_range"),
    nodes.IsKnown: _nothing,
    nodes.TextTest: lambda node: iter((node.test,)),
    nodes.ListTest: _list_test,
    nodes.InWindow: _nothing,
    nodes.Anniversary: _one("anniversary"),
    nodes.Exists: _nothing,
    nodes.MemberOf: _nothing,
    nodes.Near: _one("haversine"),
    nodes.InPart: _one("hash_digits"),
    nodes.InTable: _nothing,
    nodes.Regular: _regular,
    nodes.Burst: _one("over", "shift"),
    nodes.Sequence: _nothing,
    nodes.Step: _step,
    nodes.Top: _top,
    nodes.HasBeen: _one("over", "max"),
    nodes.RawSql: _nothing,
    nodes.All: _nothing,
    nodes.Any: _nothing,
    nodes.CountOf: _one("count_of"),
    nodes.Not: _nothing,
    nodes.OrUnknown: _nothing,
    nodes.IfKnown: _nothing,
}


# --- where `as of` is known only when the statement runs --------------------------------------------


def _moment(node: nodes.Value) -> Iterator[str]:
    if node.type == DATE:
        yield "first_day"


def _unit_start(node: nodes.UnitStart) -> Iterator[str]:
    yield "local_date"
    if node.unit != "day":
        yield "unit_day"
    if node.offset:
        yield "shift"
    if node.type != DATE:
        yield "day_start"


def _regular_then(node: nodes.Regular) -> Iterator[str]:
    yield from ("local_date", "shift", "first_day")
    if not node.periods:
        yield from ("unit_day", "day_start")


def _event(node: nodes.Event) -> Iterator[str]:
    if node.at is not None and node.at.type == DATE:
        yield "first_day"


def _entity(node: nodes.Entity) -> Iterator[str]:
    if node.created is not None and node.created.type == DATE:
        yield "first_day"
    if node.history is not None and any(bound.type == DATE for bound in node.history):
        yield "local_date"


def _change_log(node: nodes.Attribute) -> Iterator[str]:
    if isinstance(node.storage, nodes.ChangeLog) and node.storage.at_type == DATE:
        yield "local_date"


RUNNING: Final[Mapping[type, Callable[[Any], Iterator[str]]]] = {
    nodes.Now: _moment,
    nodes.Today: _one("local_date"),
    nodes.UnitStart: _unit_start,
    nodes.Anniversary: _one("anniversaries", "shift"),
    nodes.Regular: _regular_then,
    nodes.HasBeen: _one("shift", "local_date"),
    nodes.Event: _event,
    nodes.Entity: _entity,
    nodes.Attribute: _change_log,
}
"""What is asked beside `NODES`."""
