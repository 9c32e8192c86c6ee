"""Aggregates (2.4): one call over the rows of one search, with its type and what it may be asked of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

from segql.diagnostics import Edit, Fix
from segql.model import codes, searches
from segql.model.nodes import (
    Aggregate,
    AggregateName,
    Const,
    Event,
    Function,
    Holds,
    Measure,
    Search,
    Value,
)
from segql.model.scope import Scope
from segql.model.types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    MAX_PRECISION,
    QUOTIENT,
    UNKNOWN,
    ListType,
    Type,
    decimal,
    is_number,
    is_ordered,
    scale_of,
)
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

AGGREGATES: dict[str, AggregateName] = {name: name for name in get_args(AggregateName)}
OF_TIMES = (
    "active_days",
    "active_weeks",
    "active_months",
    "streak_days",
    "streak_weeks",
    "streak_months",
    "min_gap",
    "max_gap",
    "avg_gap",
    "median_gap",
)
ORDERED = ("first", "last", "nth", "nth_last")
TIMES = (*ORDERED, "min", "max")
GAPS = ("min_gap", "max_gap", "avg_gap", "median_gap")
_OWN_ROWS = (
    tree.Aggregate,
    tree.Population,
    tree.Did,
    tree.Has,
    tree.Sequence,
    tree.MemberOf,
    tree.Top,
)
"""What names rows of its own, so that a path in it says nothing about the rows around."""
NOT_IN_BY = ("favourite", "favourite_share", "share", "nth", "nth_last")


def resolve(r: Resolver, scope: Scope, node: tree.Aggregate) -> Value:
    bad = Const(UNKNOWN, node.span, None)
    name = node.function.text
    if name == "count" and _is_list(r, scope, node.argument):
        value = r.value(scope, node.argument)
        return Function(INT, node.span, "list_count", (value,))
    paths = _paths(node.argument)
    target = _target(r, scope, node, paths)
    if target is None:
        return bad
    inner = searches.enter(scope, target, node.alias)
    where = None if name == "share" else node.where
    search = searches.search(r, scope, inner, target, node.window, where, node.span)
    if search is None:
        return bad
    return _measure(r, scope, inner, target, node, search) or bad


def _is_list(r: Resolver, scope: Scope, argument: tree.Value) -> bool:
    """Whether `count(x)` counts the elements of a list attribute."""
    if not isinstance(argument, tree.Path):
        return False
    from segql.model.nodes import Up
    from segql.model.values import start

    row, rest = start(r, scope, argument.parts)
    for name in rest[:-1]:
        link = row.source.one.get(name.text)
        if link is None:
            return False
        row = Up(row, link)
    if not rest:
        return False
    attribute = row.source.attributes.get(rest[-1].text)
    return attribute is not None and isinstance(attribute.type, ListType)


def _paths(node: tree.Value) -> list[tree.Path]:
    """The paths in an argument, outside calls of their own."""
    match node:
        case tree.Path():
            return [node]
        case tree.Arithmetic():
            return [*_paths(node.left), *_paths(node.right)]
        case tree.ParenValue() | tree.Negative() | tree.Elapsed():
            return _paths(node.value)
        case tree.Points():
            return [path for line in node.lines for path in _all_paths(line)]
        case tree.Call():
            return [
                path
                for argument in node.arguments
                if isinstance(argument, tree.Value)
                for path in _paths(argument)
            ]
    return []


def _all_paths(node: object) -> list[tree.Path]:
    """The paths in a line of `points`, outside calls and searches of their own."""
    if isinstance(node, tuple):
        return [path for item in node for path in _all_paths(item)]
    if isinstance(node, _OWN_ROWS) or not isinstance(node, tree.Node):
        return []
    if isinstance(node, tree.Path):
        return [node]
    return [path for name in type(node).model_fields for path in _all_paths(getattr(node, name))]


def _target(
    r: Resolver, scope: Scope, node: tree.Aggregate, paths: list[tree.Path]
) -> searches.Target | None:
    """The one search that the argument is about: the longest way down among its paths."""
    found = [(path, searches.find(r, scope, path.parts)) for path in paths]
    targets = [(path, target) for path, target in found if target is not None]
    if not targets:
        if not paths:
            r.report(
                codes.WRONG_ARGUMENT,
                f"`{node.function.text}` is about rows: name an event or relation",
                node.argument.span,
            )
        else:
            searches.no_target(r, scope, paths[0].parts, "event or to-many relation")
        return None
    _, longest = max(targets, key=lambda item: len(item[1].links))
    for path, target in targets:
        same = target.anchor == longest.anchor and (
            longest.links[: len(target.links)] == target.links
        )
        if not same:
            r.report(
                codes.WRONG_ARGUMENT,
                f"`{node.function.text}` is about one row at a time",
                path.span,
                f"another relation than `{'.'.join(longest.chain)}`",
            )
            return None
    return longest


def _measure(
    r: Resolver,
    scope: Scope,
    inner: Scope,
    target: searches.Target,
    node: tree.Aggregate,
    search: Search,
) -> Value | None:
    name = AGGREGATES[node.function.text]
    if node.by and name not in ("favourite", "favourite_share"):
        r.report(codes.WRONG_ARGUMENT, f"`{name}` has no `by`", node.by[0].span)
        return None
    n = _place(r, node, name)
    if n is None:
        return None
    if name == "share":
        return _share(r, inner, target, node, search)
    if name == "count":
        if target.rest:
            _not_rows(r, node, target)
            return None
        return Aggregate(INT, node.span, name, search)
    if name in OF_TIMES:
        if target.rest:
            _not_rows(r, node, target)
            return None
        if search.time is None:
            _needs_time(r, node, target)
            return None
        type_ = DURATION if name in GAPS else INT
        return Aggregate(type_, node.span, name, search, search.time)
    argument = _argument(r, inner, target, node.argument, name)
    if argument is None or argument.type == UNKNOWN:
        return None
    of = result_type(r, name, argument, node)
    if of is None:
        return None
    if name in ORDERED and search.time is None:
        _needs_time(r, node, target)
        return None
    by = _by(r, scope, inner, target, node)
    if by is None:
        return None
    if name == "favourite_share" and by and not _is_amount(by[0]):
        r.report(
            codes.WRONG_ARGUMENT,
            "`favourite_share` is the part of a number: its first `by` must be one",
            node.by[0].span,
            helps=["such as `by sum(purchase.amount)`"],
        )
        return None
    return Aggregate(of, node.span, name, search, argument, by, n)


def _place(r: Resolver, node: tree.Aggregate, name: str) -> int | None:
    """The n of `nth(E.x, n)`."""
    if name not in ("nth", "nth_last"):
        if node.extra:
            r.report(
                codes.WRONG_ARGUMENT,
                f"`{name}` takes one argument",
                node.extra[0].span,
                "one too many",
            )
            return None
        return 1
    place = node.extra[0] if len(node.extra) == 1 else None
    if isinstance(place, tree.Number) and "." not in place.text and 1 <= place.value <= 10**6:
        return int(place.value)
    span = node.extra[0].span if node.extra else node.span
    r.report(
        codes.WRONG_ARGUMENT,
        f"`{name}` takes a value and a place from 1",
        span,
        helps=[f"the second one: `{name}(E.x, 2)`"],
    )
    return None


def _argument(
    r: Resolver, inner: Scope, target: searches.Target, node: tree.Value, function: str
) -> Value | None:
    """The argument over the search's row: its paths go on where the way down ends."""
    if isinstance(node, tree.Path) and not target.rest:
        rows = ".".join(part.text for part in node.parts)
        helps: list[Fix | str] = []
        if isinstance(target.source, Event) and function in TIMES:
            end = Span(node.span.file, node.span.end, node.span.end)
            call = f"{function}({rows}.at{', N' if function.startswith('nth') else ''})"
            helps = [Fix(f"write `{call}` for its time", (Edit(end, ".at"),))]
        elif function == "sum":
            helps = [f"the number of rows is `count({rows})`"]
        r.report(
            codes.WRONG_ARGUMENT,
            f"`{rows}` is rows, not a value",
            node.span,
            "name one of their attributes",
            helps=helps,
        )
        return None
    return r.value(inner, node)


def _share(
    r: Resolver, inner: Scope, target: searches.Target, node: tree.Aggregate, search: Search
) -> Value | None:
    if target.rest:
        _not_rows(r, node, target)
        return None
    if node.where is None:
        r.report(
            codes.WRONG_ARGUMENT,
            "`share` needs a `where`: the part of the rows for which it holds",
            node.span,
            helps=["write `share(purchase in last 90 days where { … })`"],
        )
        return None
    condition = r.block(inner, node.where)
    holds = Holds(BOOL, node.where.span, condition)
    return Aggregate(QUOTIENT, node.span, "share", search, holds)


def _by(
    r: Resolver, scope: Scope, inner: Scope, target: searches.Target, node: tree.Aggregate
) -> tuple[Measure, ...] | None:
    """The measures of `favourite(E.x by sum(E.y), …)`: aggregates over the same rows."""
    measures: list[Measure] = []
    for item in node.by:
        aggregate = item if isinstance(item, tree.Aggregate) else None
        if (
            aggregate is None
            or aggregate.function.text not in AGGREGATES
            or aggregate.function.text in NOT_IN_BY
            or aggregate.window is not None
            or aggregate.where is not None
        ):
            r.report(
                codes.WRONG_ARGUMENT,
                "`by` takes aggregates of the same rows, without window or `where` of their own",
                item.span,
                helps=["such as `by sum(purchase.amount), count(purchase)`"],
            )
            return None
        other = _target(r, scope, aggregate, _paths(aggregate.argument))
        if other is None:
            return None
        if other.anchor != target.anchor or other.links != target.links:
            r.report(codes.WRONG_ARGUMENT, "`by` is about the same rows", item.span)
            return None
        name = AGGREGATES[aggregate.function.text]
        if name == "count":
            measures.append(Measure(name, None))
            continue
        if name in OF_TIMES:
            measures.append(Measure(name, searches.time_of(inner, target)))
            continue
        argument = _argument(r, inner, other, aggregate.argument, aggregate.function.text)
        if argument is None or argument.type == UNKNOWN:
            return None
        type_ = result_type(r, name, argument, aggregate)
        if type_ is None:
            return None
        if not is_ordered(type_):
            r.report(codes.NO_ORDER, f"{type_} has no order", item.span)
            return None
        measures.append(Measure(name, argument))
    return tuple(measures)


def _is_amount(measure: Measure) -> bool:
    """Whether a measure is a number, of which another can be a part."""
    if measure.function in GAPS:
        return False
    own = measure.function in ("min", "max", "first", "last", "sum", "avg", "median")
    return not own or measure.argument is None or is_number(measure.argument.type)


def _not_rows(r: Resolver, node: tree.Aggregate, target: searches.Target) -> None:
    name = node.function.text
    rows = ".".join(target.chain)
    helps = [f"write `{name}({rows})`"]
    if name == "count":
        helps.append(f"different values: `count_distinct({rows}.{target.rest[0].text})`")
    r.report(
        codes.WRONG_ARGUMENT,
        f"`{name}` counts rows, not values",
        node.argument.span,
        helps=helps,
    )


def _needs_time(r: Resolver, node: tree.Aggregate, target: searches.Target) -> None:
    r.report(
        codes.NOT_A_TIME,
        f"`{node.function.text}` needs events: `{target.source.name}` has no time",
        node.argument.span,
        "rows without a time have no order",
    )


def result_type(
    r: Resolver, name: AggregateName, argument: Value, node: tree.Aggregate
) -> Type | None:
    """The type of an aggregate over values of the argument's type; None after a diagnostic."""
    rule, expected = RULES[name]
    type_ = rule(argument.type)
    if type_ is None:
        r.report(
            codes.WRONG_ARGUMENT,
            f"`{name}` takes {expected}, this is {argument.type}",
            node.argument.span,
            f"is {argument.type}",
        )
    return type_


def _sum(type_: Type) -> Type | None:
    if type_ == INT:
        return INT
    if type_ == FLOAT:
        return decimal(MAX_PRECISION, 4)
    if type_ == DURATION:
        return DURATION
    return decimal(MAX_PRECISION, scale_of(type_)) if is_number(type_) else None


def _mean(type_: Type) -> Type | None:
    return DURATION if type_ == DURATION else _quotient(type_)


def _quotient(type_: Type) -> Type | None:
    return QUOTIENT if is_number(type_) else None


def _ordered(type_: Type) -> Type | None:
    return type_ if is_ordered(type_) else None


def _exact(type_: Type) -> bool:
    return type_.name not in ("list", "point", "float")


RULES: dict[AggregateName, tuple[Callable[[Type], Type | None], str]] = {
    "sum": (_sum, "numbers and lengths of time"),
    "avg": (_mean, "numbers and lengths of time"),
    "median": (_mean, "numbers and lengths of time"),
    "stddev": (_quotient, "numbers"),
    "min": (_ordered, "values with an order"),
    "max": (_ordered, "values with an order"),
    "count_distinct": (lambda t: INT if _exact(t) else None, "values that can be equal"),
    "first": (lambda t: t, "any value"),
    "last": (lambda t: t, "any value"),
    "nth": (lambda t: t, "any value"),
    "nth_last": (lambda t: t, "any value"),
    "favourite_share": (
        lambda t: QUOTIENT if _exact(t) else None,
        "values that can be equal",
    ),
    "favourite": (lambda t: t if _exact(t) else None, "values that can be equal"),
}
