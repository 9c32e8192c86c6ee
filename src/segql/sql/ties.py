"""Searches tied to outer rows, as SQL (`plan.ties`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from segql.plan.groups import identity
from segql.plan.simplify import may_be_unknown
from segql.plan.ties import Given, Tie, TieJoin, TieTable
from segql.sql.build import Expr
from segql.sql.parts import join_of, named

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery, Statement


def join(query: ScopeQuery, asked: TieJoin) -> exp.Join:
    """The join of inner rows to the values that they are tied to, by the key of the anchor of both."""

    table, d = asked.table, query.d
    if all(name != table.name for name, _ in query.statement.ctes):
        query.statement.ctes.append((table.name, _made(query.statement, table)))
        if d.shares_subplans:
            query.statement.apart.add(table.name)
    alias = query.aliases[asked.row]
    on = [
        d.join_equal(d.field(alias, name), ours)
        for name, ours in zip(_anchor_names(table), query.key(asked.bottom), strict=True)
    ]
    return join_of(d.table((table.name,), None if alias == table.name else alias), on, True)


def values(query: ScopeQuery, tie: Tie | None) -> list[Expr]:
    """What inner rows are grouped by beside the key of their anchor."""
    if tie is None:
        return []
    made = [query.group_key(item.inner) for item in tie.bound]
    if tie.row is not None:
        alias = query.aliases[tie.row]
        made += [query.d.field(alias, item.parameter.name) for item in tie.given]
    return made


def on(query: ScopeQuery, tie: Tie | None, alias: str) -> list[Expr]:
    """How an outer row finds its group."""
    if tie is None:
        return []
    d = query.d
    made = [
        d.join_equal(d.field(alias, item.name), query.group_key(item.outer)) for item in tie.bound
    ]
    for item in tie.given:
        theirs, ours = d.field(alias, item.parameter.name), query.group_key(item.outer)
        made.append(_same(query, item, theirs, ours))
    return made


def _same(query: ScopeQuery, item: Given, theirs: Expr, ours: Expr) -> Expr:
    if item.strict or not may_be_unknown(item.outer):
        return query.d.join_equal(theirs, ours)
    return query.d.same(theirs, ours)


def correlated(outer: ScopeQuery, inner: ScopeQuery, tie: Tie | None) -> list[Expr]:
    """What ties the rows of a semi-join to the outer row; its other conditions see the outer row's values."""
    if tie is None:
        return []
    inner.given.update({item.parameter: outer.value(item.outer) for item in tie.given})
    return [
        outer.d.join_equal(inner.group_key(item.inner), outer.group_key(item.outer))
        for item in tie.bound
    ]


def _made(statement: Statement, table: TieTable) -> exp.Select:
    """The key of the anchor and the given values of every outer row, each once."""
    from segql.sql.query import ScopeQuery

    query = ScopeQuery(statement, table.scope)
    d = query.d
    keys = zip(query.key(table.anchor), _anchor_names(table), strict=True)
    projections = [named(d, key, name) for key, name in keys]
    for item in table.tie.given:
        projections.append(named(d, query.group_key(item.outer), item.parameter.name))
    select = query.select(projections)
    select.set("distinct", exp.Distinct())
    return select


def _anchor_names(table: TieTable) -> list[str]:
    return [name for name, _ in identity(table.anchor.source)]
