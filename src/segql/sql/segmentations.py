"""Segmentations and splits as statements: a row for each person in a level, and the sizes of the levels.

A level's data are constants; they stand behind the key, in a segmentation behind the level's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model.nodes import Level, Model, Segment
from segql.model.types import INT, TEXT, Type
from segql.plan.nodes import Always
from segql.plan.plan import Plan
from segql.plan.segmentations import Waterfall
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect
from segql.sql.parts import key_column, named

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery

LEVELS = "levels"


def level_of(model: Model, segment: str) -> Level | None:
    """The level or part that a segment `NAME.level` is."""
    found = model.segmentations.get(segment.partition(".")[0])
    for level in found.levels if found is not None else ():
        if level.segment.name == segment:
            return level
    return None


def data_columns(d: Dialect, model: Model, segment: Segment | str) -> list[Expr]:
    """The data of a level or part, one column for each name that any level of its segmentation has."""

    name = segment if isinstance(segment, str) else segment.name
    level = level_of(model, name)
    if level is None:
        return []
    columns = model.segmentations[name.partition(".")[0]].columns
    values = dict(level.data)
    return [named(d, _literal(d, values.get(name), type_), name) for name, type_ in columns]


def _literal(d: Dialect, value: object, type_: Type) -> Expr:
    if type_ == INT:  # a plain column, fit for every file format
        known: Expr = exp.Null() if value is None else d.literal(value, type_)
        return b.cast(known, "BIGINT")
    literal = d.literal(value, type_)
    return literal if value is None else b.cast(literal, d.data_type(type_))


def column_of(found: Waterfall) -> str:
    """What the column with the level's name is called."""
    return "part" if found.segmentation.is_split else "level"


def levels(asked: Plan, found: Waterfall, dialect: str, *, ordered: bool = False) -> str:
    """A row for each person that is in a level: the key, the level's name, its data."""
    from segql.sql.compile import Compiler, as_of_text

    compiler = Compiler(asked, dialect)
    d = compiler.dialect
    conditions = [own for _, own in found.levels]
    query = compiler.query(found.row, found.base, conditions)
    name = column_of(found)
    keys = compiler.keys(query)
    inner = query.select([*keys, named(d, _first_level(query, found), name)])
    compiler.statement.ctes.append((LEVELS, inner))
    fields: list[Expr] = [d.field(None, key.name) for key in found.segmentation.entity.key]
    projections = [*fields, d.field(None, name)]
    for column, type_ in found.segmentation.columns:
        projections.append(named(d, _data(d, found, column, type_), column))
    order = None
    if ordered:
        sorting: list[Expr] = []
        for key, field in zip(found.segmentation.entity.key, fields, strict=True):
            value = d.canonical(field, key_column(key), key.type)
            sorting.append(
                field if d.keeps_order(key_column(key), key.type) else d.sort_key(value, key.type)
            )
        order = b.order_by([(item, False) for item in sorting])
    where = None if found.total else exp.Where(this=b.not_null(d.field(None, name)))
    select = exp.Select(
        expressions=projections,
        from_=exp.From(this=d.table((LEVELS,))),
        where=where,
        order=order,
    )
    kind = "split" if found.segmentation.is_split else "segmentation"
    said = f"{found.segmentation.name} of {found.segmentation.entity.name}"
    return compiler.print(select, f"{kind} {said}, {as_of_text(asked.clock)}")


def _first_level(query: ScopeQuery, found: Waterfall) -> Expr:
    """The name of the first level that holds."""
    branches: list[tuple[Expr, Expr]] = []
    for level, own in found.levels:
        name = query.d.literal(level.name, TEXT)
        if type(own) is Always:
            if own.value:
                return b.case(branches, name) if branches else name
            continue
        branches.append((query.condition(own), name))
    return b.case(branches) if branches else query.d.null(TEXT)


def _data(d: Dialect, found: Waterfall, column: str, type_: Type) -> Expr:
    branches: list[tuple[Expr, Expr]] = []
    for level, _ in found.levels:
        value = dict(level.data).get(column)
        if value is not None:
            test = b.eq(d.field(None, column_of(found)), d.literal(level.name, TEXT))
            branches.append((test, _literal(d, value, type_)))
    return b.case(branches)


def sizes(asked: Plan, found: Waterfall, dialect: str) -> str:
    """One row: `population`, `base` (who is asked at all), then for each level how many of the base it asks for alone
    (`alone_1`…) and how many it has (`members_1`…).
    """
    from segql.sql.compile import Compiler, as_of_text

    compiler = Compiler(asked, dialect)
    d = compiler.dialect
    conditions = [own for _, own in found.levels]
    query = compiler.query(found.row, (), [*found.base, *conditions])
    flags = [query.condition(item, two_valued=True) for item in found.base]
    rows: list[Expr] = [named(d, b.all_(flags), "base")]
    for place, condition in enumerate(conditions, 1):
        rows.append(named(d, query.condition(condition, two_valued=True), f"level_{place}"))
    compiler.statement.ctes.append((LEVELS, query.select(rows)))
    base = d.field(None, "base")
    projections = [
        named(d, d.count_rows(), "population"),
        named(d, d.count_rows(base), "base"),
    ]
    above: list[Expr] = []
    for place in range(1, len(conditions) + 1):
        flag = d.field(None, f"level_{place}")
        alone, held = b.all_([base, flag]), b.all_([base, *above, flag])
        projections.append(named(d, d.count_rows(alone), f"alone_{place}"))
        projections.append(named(d, d.count_rows(held), f"members_{place}"))
        above.append(b.not_(flag))
    select = exp.Select(expressions=projections, from_=exp.From(this=d.table((LEVELS,))))
    said = f"{found.segmentation.name} of {found.segmentation.entity.name}"
    return compiler.print(select, f"sizes of the levels of {said}, {as_of_text(asked.clock)}")
