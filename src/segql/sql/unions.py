"""Unions of events as SQL: each leaf with the columns that were asked of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Attribute, Column, Event
from segql.model.types import is_number
from segql.plan.plan import Scope, UnionPart
from segql.plan.unions import leaf_attribute
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.parts import named, point_names

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery

POSITION = "position"
"""The column that tells a row's part."""


def order_columns(scope: Scope) -> list[str]:
    """What the rows of one instant are ordered by: the position of their part, then their key."""
    return [POSITION, *(name for name, _, _ in _keys(scope))]


def _keys(scope: Scope) -> list[tuple[str, Attribute, UnionPart]]:
    """The key columns of each leaf: keys of different events are different columns, NULL for the others."""
    return [
        (f"{part.event.name}_{key.name}", key, part)
        for part in scope.parts
        for key in part.scope.source.key
    ]


def leaf(whole: ScopeQuery, part: UnionPart) -> exp.Select:
    """One leaf, with the columns that were asked for."""
    from segql.sql.query import ScopeQuery

    query = ScopeQuery(whole.statement, part.scope)
    projections = _owner(whole, query, part)
    for name, attribute in whole.union.items():
        projections += _attribute(query, part, name, attribute)
    if whole.union_order:
        projections += _order(whole, query, part)
    return query.select(projections)


def _owner(whole: ScopeQuery, query: ScopeQuery, part: UnionPart) -> list[Expr]:
    """The foreign key, but for columns that are asked for as attributes too: one serves both."""
    source = whole.scope.source
    assert isinstance(source, Event)
    if source.owner is None or part.event.owner is None:
        return []
    alias = query.alias(part.scope.row)
    return [
        named(query.d, query.d.raw(alias, Column((own,))), name)
        for name, own in zip(source.owner.columns, part.event.owner.columns, strict=True)
        if name not in whole.union
    ]


def _attribute(query: ScopeQuery, part: UnionPart, name: str, attribute: Attribute) -> list[Expr]:
    row = part.scope.row
    own = leaf_attribute(attribute, part.path)
    if own.type.name == "point":
        degrees = zip(query.point(row, own), point_names(attribute), strict=True)
        return [named(query.d, value, column) for value, column in degrees]
    found = part.values.get(attribute, nodes.Attr(own.type, own.span, row, own))
    value = query.value(found)
    if is_number(own.type):
        value = query.d.convert(value, own.type, attribute.type)
    return [named(query.d, value, name)]


def _order(whole: ScopeQuery, query: ScopeQuery, part: UnionPart) -> list[Expr]:
    """The columns of `order_columns`."""
    found = [named(query.d, b.number(part.position), POSITION)]
    keys = _keys(whole.scope)
    mine = {name for name, _, owner in keys if owner is part}
    for name, key, owner in keys:
        if owner is part:
            value = query.order(nodes.Attr(key.type, key.span, part.scope.row, key))
        elif name in mine:
            continue
        else:
            value = query.d.null(key.type)
        found.append(named(query.d, value, name))
    return found
