"""Values and rankings over a population, which is always named (2.4, 3.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast

from segql.model import codes
from segql.model.nodes import (
    AggregateName,
    All,
    Among,
    Condition,
    Const,
    Entity,
    OverPopulation,
    Population,
    PopulationName,
    RowRef,
    Standing,
    Top,
    Value,
)
from segql.model.scope import Scope, subject_scope
from segql.model.types import INT, UNKNOWN, Type, is_number, is_ordered, is_time
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

SCALARS = ("count", "avg", "median", "sum", "stddev", "percentile")
STANDINGS = ("rank", "ntile", "quantile_group")


def population(r: Resolver, name: tree.Name) -> Population | None:
    """The entity or segment of that name; None after a diagnostic."""
    source = r.catalog.sources.get(name.text)
    if isinstance(source, Entity):
        r.uses(source.name)
        return Population(source.name, source, None)
    segment = r.segment_named((name,))
    if segment is None:
        return None
    if not r.grow(r.sizes.get(name.text, 0), name.span):
        return None
    return Population(segment.name, segment.entity, All(name.span, segment.lines))


def resolve(r: Resolver, scope: Scope, node: tree.Population) -> Value:
    """`avg(V among S)` and its like: the same value for everybody, or where the row in hand stands."""
    bad = Const(UNKNOWN, node.span, None)
    name = node.function.text
    if name not in (*SCALARS, *STANDINGS):
        r.report(
            codes.UNKNOWN_FUNCTION,
            f"`{name}` is not a function over a population",
            node.function.span,
            f"one of {', '.join((*SCALARS, *STANDINGS))}",
            helps=r.did_you_mean(name, node.function.span, (*SCALARS, *STANDINGS)),
        )
        return bad
    base = population(r, node.among)
    arguments = _arguments(r, node)
    if base is None or arguments is None:
        return bad
    value_node, number = arguments
    value = r.value(subject_scope(base.entity), value_node) if value_node is not None else None
    if value is not None and value.type == UNKNOWN:
        return bad
    per = None
    if node.per is not None:
        per = _per(r, subject_scope(base.entity), node.per)
        if per is None:
            return bad
    among = Among(base, value, per)
    if name in STANDINGS:
        return _standing(r, scope, node, among, number) or bad
    return _scalar(r, scope, node, among, number) or bad


def _per(r: Resolver, inner: Scope, node: tree.Value) -> Value | None:
    """What a population is divided by."""
    per = r.value(inner, node)
    if per.type == UNKNOWN:
        return None
    if per.type.name in ("list", "point", "float"):
        r.report(codes.WRONG_ARGUMENT, f"`per` cannot be a {per.type.name}", per.span)
        return None
    return per


def _arguments(
    r: Resolver, node: tree.Population
) -> tuple[tree.Value | None, tree.Value | None] | None:
    """The value and the number of a call, wherever each is written; None after a diagnostic."""
    name = node.function.text
    shapes: dict[str, tuple[str, int]] = {
        "count": ("count(among S)", 0),
        "percentile": ("percentile(V, 90% among S)", 2),
        "ntile": ("ntile(5, V among S)", 2),
        "quantile_group": ("quantile_group(5, V among S)", 2),
    }
    shape, count = shapes.get(name, (f"{name}(V among S)", 1))
    if len(node.arguments) != count:
        r.report(codes.WRONG_ARGUMENT, f"`{name}` is written `{shape}`", node.span)
        return None
    if count < 2:
        return (node.arguments[0] if count else None), None
    first, second = node.arguments
    return (first, second) if name == "percentile" else (second, first)


def _scalar(
    r: Resolver,
    scope: Scope,
    node: tree.Population,
    among: Among,
    number: tree.Value | None,
) -> Value | None:
    name = cast(PopulationName, node.function.text)
    value, row = among.value, None
    if among.per is not None:
        row = of_entity(r, scope, among.population.entity, node.span)
        if row is None:
            return None
    if value is None:
        return OverPopulation(INT, node.span, name, among, None, row)
    type_ = _scalar_type(name, value.type)
    if type_ is None:
        expected = {"percentile": "numbers, dates and times", "stddev": "numbers"}.get(
            name, "numbers and lengths of time"
        )
        r.report(
            codes.WRONG_ARGUMENT,
            f"`{name}` over a population takes {expected}, this is {value.type}",
            node.arguments[0].span,
        )
        return None
    share: Decimal | None = None
    if name == "percentile":
        share = _share(r, number)
        if share is None:
            return None
    return OverPopulation(type_, node.span, name, among, share, row)


def _scalar_type(name: str, type_: Type) -> Type | None:
    if name == "percentile":
        return type_ if is_number(type_) or is_time(type_) or type_.name == "duration" else None
    from segql.model.aggregates import RULES

    return RULES[cast(AggregateName, name)][0](type_)


def _share(r: Resolver, node: tree.Value | None) -> Decimal | None:
    if isinstance(node, tree.Percent) and 0 < node.value <= 100:
        return node.value / 100
    assert node is not None
    r.report(codes.WRONG_ARGUMENT, "a share is above 0% and at most 100%", node.span)
    return None


def _standing(
    r: Resolver,
    scope: Scope,
    node: tree.Population,
    among: Among,
    number: tree.Value | None,
) -> Value | None:
    name = cast(Literal["rank", "ntile", "quantile_group"], node.function.text)
    assert among.value is not None
    if not orders(r, among.value, node.span):
        return None
    n = 1
    if number is not None:
        if not (
            isinstance(number, tree.Number) and "." not in number.text and 1 <= number.value <= 1000
        ):
            r.report(
                codes.WRONG_ARGUMENT, f"`{name}` makes 1 to 1,000 groups, written out", number.span
            )
            return None
        n = int(number.value)
    row = of_entity(r, scope, among.population.entity, node.span)
    return None if row is None else Standing(INT, node.span, name, among, n, row)


def orders(r: Resolver, value: Value, span: Span) -> bool:
    """Whether a population can be ranked by the value."""
    if is_ordered(value.type) and value.type.name != "text":
        return True
    r.report(
        codes.NO_ORDER,
        f"a ranking needs numbers, dates or times, this is {value.type}",
        value.span,
        f"is {value.type}",
    )
    return False


def of_entity(r: Resolver, scope: Scope, entity: Entity, span: Span) -> RowRef | None:
    """The row whose place is asked: the row in hand, or one around it."""
    for row in scope.enclosing():
        if row.source is entity:
            return row
    r.report(
        codes.WRONG_ENTITY,
        f"the population is of `{entity.name}`, the row in hand is a `{scope.source.name}`",
        span,
        "of another entity",
        helps=[f"put it into a trait of `{entity.name}` and name that over a relation"],
    )
    return None


def top(r: Resolver, scope: Scope, node: tree.Top, negative: bool) -> Condition | None:
    base = population(r, node.among)
    if base is None:
        return None
    inner = subject_scope(base.entity)
    value = r.value(inner, node.by)
    per = None if node.per is None else _per(r, inner, node.per)
    if value.type == UNKNOWN or (per is None and node.per is not None):
        return None
    if not orders(r, value, node.span):
        return None
    if node.share and not is_number(value.type):
        r.report(codes.WRONG_ARGUMENT, "a share is of numbers", node.by.span, f"is {value.type}")
        return None
    amount = _amount(r, node)
    row = of_entity(r, scope, base.entity, node.span)
    if amount is None or row is None:
        return None
    kind: Literal["count", "percent", "share"] = (
        "share" if node.share else "percent" if isinstance(node.count, tree.Percent) else "count"
    )
    return Top(node.span, row, Among(base, value, per), node.direction, kind, amount, node.exactly)


def _amount(r: Resolver, node: tree.Top) -> Decimal | None:
    value = node.count.value
    if isinstance(node.count, tree.Percent):
        if 0 < value <= 100:
            return value / 100
        r.report(codes.WRONG_ARGUMENT, "a share is above 0% and at most 100%", node.count.span)
        return None
    if value == value.to_integral_value() and 1 <= value <= 10**12:
        return value
    r.report(codes.WRONG_ARGUMENT, "a ranking keeps a whole number of rows from 1", node.count.span)
    return None
