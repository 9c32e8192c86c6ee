"""Events that group rows, as SQL: a CTE with a row for each owner and value (`plan.groups`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from segql.plan.groups import AT, GroupTable, identity
from segql.sql.build import Expr
from segql.sql.parts import named

if TYPE_CHECKING:
    from segql.sql.query import Statement


def table(statement: Statement, asked: GroupTable, alias: str) -> exp.Table:
    """The table of a grouped event, whose CTE is made where it is not yet there."""
    if all(name != asked.name for name, _ in statement.ctes):
        statement.ctes.append((asked.name, _made(statement, asked)))
    return statement.dialect.table((asked.name,), None if alias == asked.name else alias)


def _made(statement: Statement, asked: GroupTable) -> exp.Select:
    """The key of each group, its time, and its measures."""
    from segql.sql.query import ScopeQuery, rollup_query

    assert asked.scope is not None, "the planner has not finished"
    assert asked.rows is not None
    query = ScopeQuery(statement, asked.scope)
    d = query.d
    alias = query.alias(asked.row)
    names = [name for name, _ in identity(asked.source)]
    if asked.source.groups is not None and not asked.source.groups.day:
        names.append(AT)
    values = {attribute.name: query.value(v) for attribute, v in asked.measures.items()}
    if not asked.scope.joins and all(_is_column(v, name) for name, v in values.items()):
        return rollup_query(statement, asked.rows)
    projections: list[Expr] = [d.field(alias, name) for name in names]
    projections += [named(d, value, name) for name, value in values.items()]
    return query.select(projections)


def _is_column(value: Expr, name: str) -> bool:
    return isinstance(value, exp.Column) and value.name == name
