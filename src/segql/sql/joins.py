"""How the rows of a scope are joined to others, and asked whether there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Column
from segql.model.types import ListType
from segql.plan.groups import identity
from segql.plan.histories import HistoryJoin
from segql.plan.plan import ChildList, Join, Parent, RollupJoin, Semi, UnionPart
from segql.plan.populations import PlacesJoin, TotalsJoin
from segql.plan.ties import TieJoin, key_names
from segql.sql import build as b
from segql.sql import groups, histories, populations, ties
from segql.sql.build import Expr
from segql.sql.parts import join_of, named, physical, subquery

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery


def made(query: ScopeQuery, join: Join) -> exp.Join:
    """The join of a plan; the CTE that it reads is made where it is not yet there."""
    if isinstance(join, PlacesJoin | TotalsJoin):
        return populations.join_crowd(query, join, query.crowds[id(join)])
    if isinstance(join, Parent):
        return _parent(query, join)
    if isinstance(join, ChildList):
        return _child_list(query, join)
    if isinstance(join, HistoryJoin):
        return histories.join(query, join)
    if isinstance(join, TieJoin):
        return ties.join(query, join)
    return _rollup(query, join)


def _parent(query: ScopeQuery, join: Parent) -> exp.Join:
    from segql.sql.query import ScopeQuery

    row = join.row
    alias = query.aliases[row]
    pairs = zip(query.own_key(row), query.foreign_key(row), strict=True)
    on = [query.d.join_equal(own, foreign) for own, foreign in pairs]
    on += [query.condition(item) for item in join.conditions]
    table: Expr
    if join.inner is not None:
        inner = ScopeQuery(query.statement, join.inner)
        everything = exp.Column(
            this=exp.Star(), table=query.d.identifier(inner.alias(join.inner.row))
        )
        table = subquery(query.d, inner.select([everything]), alias)
    elif join.table is not None:
        table = groups.table(query.statement, join.table, alias)
    else:
        table = physical(query.d, row.source, alias)
    return join_of(table, on, join.required)


def _child_list(query: ScopeQuery, join: ChildList) -> exp.Join:
    storage = join.attribute.storage
    assert isinstance(storage, nodes.ChildTable)
    assert isinstance(join.attribute.type, ListType)
    item = join.attribute.type.item
    alias = storage.table.parts[-1]
    value = query.d.read(alias, Column((storage.column,)), item)
    owner = [
        query.d.key_part(query.d.field(alias, name), key.type)
        for name, key in zip(storage.on, join.row.source.key, strict=True)
    ]
    keys = [named(query.d, column, name) for column, name in zip(owner, storage.on, strict=True)]
    collected = named(query.d, query.d.collect(value, item), join.attribute.name)
    rows = exp.Select(
        expressions=[*keys, collected],
        from_=exp.From(this=query.d.table(storage.table.parts, alias)),
        group=exp.Group(expressions=owner),
    )
    query.statement.ctes.append((join.name, rows))
    on = [
        query.d.join_equal(query.d.field(join.name, name), key)
        for name, key in zip(storage.on, query.key(join.row), strict=True)
    ]
    return join_of(query.d.table((join.name,)), on, required=False)


def _rollup(query: ScopeQuery, join: RollupJoin) -> exp.Join:
    rollup = join.rollup
    query.statement.add(rollup)
    on = [
        query.d.join_equal(query.d.field(join.alias, name), key)
        for name, key in zip(key_names(rollup.selection), query.key(join.anchor), strict=False)
    ]
    on += ties.on(query, rollup.selection.tie, join.alias)
    alias = join.alias if join.alias != rollup.name else None
    return join_of(query.d.table((rollup.name,), alias), on, join.required)


def exists(query: ScopeQuery, semi: Semi) -> Expr:
    """Whether a row has, or has no, rows below."""
    from segql.sql.query import ScopeQuery

    if query.d.splits_unions and _is_plain_union(semi):
        found = b.any_([_exists_in(query, semi, part) for part in semi.scope.parts])
        return exp.Not(this=exp.Paren(this=found)) if semi.negated else found
    inner = ScopeQuery(query.statement, semi.scope, outer=query)
    bottom = semi.selection.steps[-1]
    tie = [
        query.d.join_equal(theirs, ours)
        for theirs, ours in zip(inner.key(bottom), query.key(semi.anchor), strict=True)
    ]
    tie += ties.correlated(query, inner, semi.selection.tie)
    found = query.d.exists(inner.select([b.number(1)], tie=tie))
    return exp.Not(this=found) if semi.negated else found


def _exists_in(query: ScopeQuery, semi: Semi, part: UnionPart) -> Expr:
    """Whether it has rows of one leaf of a union."""
    from segql.sql.query import ScopeQuery

    inner = ScopeQuery(query.statement, part.scope, outer=query)
    owner = part.event.owner
    assert owner is not None
    theirs = [
        query.d.key_part(query.d.raw(inner.alias(part.scope.row), Column((name,))), type_)
        for name, (_, type_) in zip(owner.columns, identity(owner.parent), strict=True)
    ]
    pairs = zip(theirs, query.key(semi.anchor), strict=True)
    tie = [query.d.join_equal(own, outer) for own, outer in pairs]
    return query.d.exists(inner.select([b.number(1)], tie=tie))


def _is_plain_union(semi: Semi) -> bool:
    """Whether the rows below are those of the leaves of a union, and nothing is asked of them together."""
    scope = semi.scope
    return bool(
        scope.parts
        and len(semi.selection.links) == 1
        and semi.selection.tie is None
        and not (scope.joins or scope.filters or scope.semis)
        and all(part.event.owner is not None for part in scope.parts)
    )
