"""`favourite` and its share as SQL: the values of each key grouped, then the first of them (`plan.favourites`)."""

from __future__ import annotations

from sqlglot import exp

from segql.plan.favourites import MEASURE, measure_of, value_name
from segql.plan.nodes import Aggregation
from segql.plan.plan import Rollup
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.parts import join_of, named, subquery
from segql.sql.query import ScopeQuery, Statement, key_names, rollup_key

BY_VALUE = "by_value"
"""The alias of the grouped values."""


def favourite(statement: Statement, rollup: Rollup) -> exp.Select:
    """The rows grouped by key and value, then the first value of each key by the order of 3.5."""
    node = rollup.columns[0].aggregation
    query = ScopeQuery(statement, rollup.scope)
    d = query.d
    assert node.argument is not None
    type_ = node.argument.type
    names, title = key_names(rollup), value_name(rollup.selection)
    measures = [measure_of(node, place) for place in range(max(1, len(node.by)))]
    places = [_place(rollup, place) for place in range(len(measures))]

    def field(place: tuple[str, str]) -> Expr:
        return d.field(*place)

    order: list[tuple[Expr, bool]] = []
    for place, measure in zip(places, measures, strict=True):
        if node.by:
            order.append((b.case([(b.is_null(field(place)), b.number(1))], b.number(0)), False))
        order.append((d.sort_key(field(place), measure.type), True))
    if not node.by and node.selection.time is not None:
        order.append((d.field(BY_VALUE, "latest"), True))
    order.append((d.sort_key(d.field(BY_VALUE, title), type_), False))
    outer = [named(d, d.field(BY_VALUE, name), name) for name in names]
    for column in rollup.columns:
        match column.aggregation.function:
            case "favourite":
                made = d.nth(d.field(BY_VALUE, title), type_, 1, order)
            case function:
                made = d.nth(field(places[0]), measures[0].type, 1, order)
                if function != MEASURE:
                    whole = d.sum(field(places[0]), measures[0].type)
                    made = d.ratio(made, whole, measures[0].type)
        outer.append(named(d, made, column.name))
    return exp.Select(
        expressions=outer,
        from_=exp.From(this=subquery(d, _values(query, rollup, measures), BY_VALUE)),
        joins=_beside(statement, rollup, [*names, title]),
        group=exp.Group(expressions=[d.field(BY_VALUE, name) for name in names]),
    )


def _place(rollup: Rollup, place: int) -> tuple[str, str]:
    """The table and the column of a measure."""
    beside = rollup.beside.get(place)
    if beside is not None:
        return beside.name, beside.columns[0].name
    return BY_VALUE, "measure" if place == 0 else f"measure_{place + 1}"


def _values(query: ScopeQuery, rollup: Rollup, measures: list[Aggregation]) -> exp.Select:
    """The known values of each key with the measures of their rows."""
    d = query.d
    node = rollup.columns[0].aggregation
    assert node.argument is not None
    keys, value = rollup_key(query, rollup), query.value(node.argument)
    names = [*key_names(rollup), value_name(rollup.selection)]
    projections = [named(d, key, name) for key, name in zip([*keys, value], names, strict=True)]
    for place, measure in enumerate(measures):
        if place in rollup.beside:
            continue
        made = query.aggregate(measure, None)
        if measure.function == "sum":
            made = b.coalesce(made, b.number(0))
        projections.append(named(d, made, _place(rollup, place)[1]))
    time = node.selection.time
    if not node.by and time is not None:
        latest = d.max(query.value(time), time.type, None)
        projections.append(named(d, latest, "latest"))
    select = query.select(projections, group=[*keys, value])
    known = b.not_null(value)
    where = select.args.get("where")
    select.set("where", exp.Where(this=b.all_([where.this, known] if where else [known])))
    return select


def _beside(statement: Statement, rollup: Rollup, names: list[str]) -> list[exp.Join]:
    """The joins to the measures that are not made of the grouped rows."""
    d = statement.dialect
    tie = rollup.selection.tie
    loose = {item.parameter.name for item in tie.given if not item.strict} if tie else set()
    joins = []
    for beside in rollup.beside.values():
        statement.add(beside)
        on: list[Expr] = []
        for name in names:
            theirs, ours = d.field(beside.name, name), d.field(BY_VALUE, name)
            if name in loose:
                on.append(exp.NullSafeEQ(this=theirs, expression=ours))
            else:
                on.append(d.join_equal(theirs, ours))
        joins.append(join_of(d.table((beside.name,)), on, required=True))
    return joins
