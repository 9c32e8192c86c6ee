"""What was true when, as SQL: the last value of a change log, and since when a value holds (`plan.histories`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model.nodes import Attribute, HasBeen, RowRef
from segql.plan.histories import History, HistoryJoin
from segql.plan.naming import Names
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.parts import join_of, named, subquery
from segql.sql.windows import ascending

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery, Statement

# --- joins ----------------------------------------------------------------------------------------


def join(query: ScopeQuery, asked: HistoryJoin) -> exp.Join:
    """The join of a scope to a history, whose CTE is made where it is not yet there."""

    history, d = asked.history, query.d
    if all(name != history.name for name, _ in query.statement.ctes):
        query.statement.ctes.append((history.name, _made(query.statement, history)))
    alias = query.histories[id(asked)]
    on = [
        d.join_equal(d.field(alias, part.name), ours)
        for part, ours in zip(history.key, query.key(asked.row), strict=True)
    ]
    table = d.table((history.name,), None if alias == history.name else alias)
    return join_of(table, on, required=False)


def value(query: ScopeQuery, row: RowRef, attribute: Attribute) -> Expr:
    """The value of a change log at a row: the last one; NULL before the first."""
    return query.d.field(_alias(query, row, attribute)[0], attribute.name)


def has_been(query: ScopeQuery, leaf: HasBeen, exact: bool) -> Expr:
    """Whether the value is the one asked for, and has been long enough; `exact`: NULL where either is unknown."""
    alias, history = _alias(query, leaf.value.row, leaf.value.attribute)
    equal = query.compare_values("=", leaf.value, leaf.state)
    since = query.d.field(alias, history.since)
    edge = query.value(leaf.since)
    long_enough = query.d.compare("<=", since, edge, history.at.type, history.at.type)
    if exact:
        return b.case([(equal, long_enough)], equal)
    return b.all_([equal, long_enough])


def _alias(query: ScopeQuery, row: RowRef, attribute: Attribute) -> tuple[str, History]:
    found = next(
        item
        for item in query.scope.joins
        if isinstance(item, HistoryJoin) and (item.row, item.attribute) == (row, attribute)
    )
    return query.histories[id(found)], found.history


# --- the CTE --------------------------------------------------------------------------------------


def _made(statement: Statement, history: History) -> exp.Select:
    if not history.asks_since:
        return _last(statement, history)
    return _runs(statement, history)


def _last(statement: Statement, history: History) -> exp.Select:
    """The value of the last row of each key."""
    from segql.sql.query import ScopeQuery

    query = ScopeQuery(statement, history.scope)
    d = query.d
    keys = query.key(history.scope.row)
    made = query.value(history.value)
    order = [(query.order(history.at), True)]
    order += [(item, True) for item in _value_order(query, made, history)]
    last = d.nth(made, history.value.type, 1, order)
    projections = [named(d, key, name) for key, name in zip(keys, _names(history), strict=True)]
    projections.append(named(d, last, history.value.attribute.name))
    return query.select(projections, group=keys)


def _value_order(query: ScopeQuery, made: Expr, history: History) -> list[Expr]:
    """Rows of one instant: the unknown values first, then the others in their order."""
    known = b.case([(b.is_null(made), b.number(0))], b.number(1))
    return [known, query.d.sort_key(made, history.value.type)]


def _names(history: History) -> list[str]:
    return [part.name for part in history.key]


def _runs(statement: Statement, history: History) -> exp.Select:
    """The last value of each key, and the start of the last run of equal neighbours that it ends."""
    from segql.sql.query import ScopeQuery

    query = ScopeQuery(statement, history.scope)
    d = query.d
    type_ = history.value.type
    names = _names(history)
    free = Names([*names, history.value.attribute.name, history.since])
    value, start, end, before, ended = map(
        free.unique, ("value", "valid_from", "valid_to", "value_before", "ended_before")
    )
    keys = query.key(history.scope.row)
    made, at = query.value(history.value), query.value(history.at)
    if history.end is not None:
        until = query.value(history.end)
    else:
        order = [at, *_value_order(query, made, history)]
        until = d.over(b.call("LEAD", at), keys, ascending(order))
    columns = [named(d, item, name) for item, name in zip(keys, names, strict=True)]
    columns += [named(d, made, value), named(d, at, start), named(d, until, end)]
    rows = subquery(d, query.select(columns), "entries")

    def field(name: str) -> Expr:
        return d.field(None, name)

    groups = [field(name) for name in names]
    neighbours = exp.Select(
        expressions=[
            *groups,
            field(value),
            field(start),
            named(d, d.over(b.call("LAG", field(value)), groups, [(field(start), False)]), before),
            named(d, d.over(b.call("LAG", field(end)), groups, [(field(start), False)]), ended),
        ],
        from_=exp.From(this=rows),
    )
    # what held for no time did not hold
    lasting = b.any_([b.is_null(field(end)), b.gt(field(end), field(start))])
    neighbours.set("where", exp.Where(this=lasting))
    begins = b.all_(
        [
            b.not_null(field(value)),
            b.any_(
                [
                    b.is_null(field(before)),
                    d.compare("!=", field(value), field(before), type_, type_),
                    *_gaps(field(ended), field(start), history),
                ]
            ),
        ]
    )
    projections: list[Expr] = [*groups]
    if history.asks_value:
        last = d.nth(field(value), type_, 1, [(field(start), True)])
        projections.append(named(d, last, history.value.attribute.name))
    since = d.max(field(start), history.at.type, begins)
    projections.append(named(d, since, history.since))
    return exp.Select(
        expressions=projections,
        from_=exp.From(this=subquery(d, neighbours, "neighbours")),
        group=exp.Group(expressions=groups),
    )


def _gaps(ended: Expr, start: Expr, history: History) -> Sequence[Expr]:
    """Between two versions there may be a time without one."""
    return [] if history.end is None else [b.is_null(ended), b.ne(ended, start)]


__all__ = ["has_been", "join", "value"]
