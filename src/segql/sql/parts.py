"""Pieces that every statement is put together from: tables, sub-queries, names, joins."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from segql.model.nodes import Attribute, Column, Source
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect


def point_names(attribute: Attribute) -> tuple[str, str]:
    """The two columns of a point in a union."""
    return f"{attribute.name}_latitude", f"{attribute.name}_longitude"


def key_column(key: Attribute) -> Column:
    assert isinstance(key.storage, Column)
    return key.storage


def physical(d: Dialect, source: Source, alias: str) -> exp.Table:
    assert source.table is not None
    return d.table(source.table.parts, alias)


def subquery(d: Dialect, query: Expr, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=d.identifier(alias)))


def named(d: Dialect, value: Expr, name: str) -> Expr:
    """`value AS name`, or just the column where it has that name."""
    if isinstance(value, exp.Column) and value.this.name == name:
        return value
    return exp.Alias(this=value, alias=d.identifier(name))


def behind_what_they_ask(joins: Sequence[exp.Join]) -> list[exp.Join]:
    """Joins in their order, but each behind those whose columns its condition names, and cross joins behind all that
    can stand before them.

    What a search is tied to may be the answer of another search, of a history or of a population. DuckDB 2.0 moves
    what is crossed before a LEFT JOIN below its nullable side, where it is NULL for rows that find nothing.
    """
    waiting = {join.alias_or_name: join for join in joins}
    found: list[exp.Join] = []

    def place(name: str) -> None:
        join = waiting.pop(name, None)
        if join is None:
            return
        on = join.args.get("on")
        for column in on.find_all(exp.Column, bfs=False) if on is not None else ():
            place(column.table)
        found.append(join)

    for join in sorted(joins, key=lambda join: join.kind == "CROSS"):
        place(join.alias_or_name)
    return found


def join_of(table: Expr, on: Sequence[Expr], required: bool) -> exp.Join:
    if required:
        return exp.Join(this=table, on=b.all_(on))
    return exp.Join(this=table, side="LEFT", on=b.all_(on))
