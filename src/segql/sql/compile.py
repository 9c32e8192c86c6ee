"""Plan -> the text of a statement: members, a waterfall, a sample, the values of traits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlglot import exp

from segql.model.clock import Clock
from segql.model.nodes import Attr, Attribute, Condition, Const, InSet, Model, Row, Source, Value
from segql.model.running import AsOf, AsOfKind, RunningClock, template_table
from segql.model.types import TIMESTAMP
from segql.plan.naming import Names
from segql.plan.nodes import NOWHERE, Conditions
from segql.plan.plan import Definition, Plan, plan
from segql.plan.populations import PlacesJoin
from segql.plan.ranked import left_to_ask
from segql.plan.scope import Planner
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect, dialect
from segql.sql.parts import key_column, named, subquery
from segql.sql.query import ScopeQuery, Statement
from segql.sql.segmentations import LEVELS, data_columns

_MANY_LINES = 64
"""A waterfall of more lines counts how many a row meets: to name all those before each grows with their square."""


def members(asked: Plan, segment: str, dialect: str, *, ordered: bool = False) -> str:
    """The statement that selects the keys of a segment's members, named as the key attributes, one row a member.

    Behind the key of a level or part stand its data.

    `ordered`: in key order. KeyError for a segment that the plan does not hold.
    """
    compiler = Compiler(asked, dialect)
    definition = asked.segments[segment]
    query = compiler.query(definition.row, definition.conditions)
    keys = [*compiler.keys(query), *data_columns(compiler.dialect, asked.model, segment)]
    select = query.select(keys, order=compiler.key_order(query) if ordered else ())
    return compiler.print(select, f"segment {_said(definition)}, {as_of_text(asked.clock)}")


def waterfall(asked: Plan, segment: str, dialect: str) -> str:
    """One row: `population`, then for each top-level line how many it matches alone (`alone_1`…) and how many are
    left after it (`left_1`…); the last `left` is the number of members.
    """
    definition = asked.segments[segment]
    comment = f"waterfall of segment {_said(definition)}"
    return _waterfall(asked, [definition], [""], dialect, comment)


def waterfalls(asked: Plan, segments: Sequence[str], dialect: str) -> str:
    """The waterfalls of several segments of one entity in one row; what they share is read once.

    `population`, then for the k-th segment (from 1) `alone_k_1`, `left_k_1`…
    """
    definitions = [asked.segments[name] for name in segments]
    marks = [f"{place}_" for place in range(1, len(segments) + 1)]
    return _waterfall(asked, definitions, marks, dialect, f"waterfalls of {', '.join(segments)}")


def _waterfall(
    asked: Plan, definitions: Sequence[Definition], marks: Sequence[str], dialect: str, comment: str
) -> str:
    compiler = Compiler(asked, dialect)
    d = compiler.dialect
    lines = dict.fromkeys(line for definition in definitions for line in definition.lines)
    query = compiler.query(definitions[0].row, (), lines)
    names = {line: f"line_{place}" for place, line in enumerate(lines, 1)}
    flags = [named(d, query.condition(line, two_valued=True), names[line]) for line in lines]
    compiler.statement.ctes.append(("lines", query.select(flags or [b.number(1)])))
    projections = [named(d, d.count_rows(), "population")]
    met: list[Expr] = []
    for definition, mark in zip(definitions, marks, strict=True):
        fields = [d.field(None, names[line]) for line in definition.lines]
        many, name = len(fields) > _MANY_LINES, f"met_{mark}".rstrip("_")
        if many:
            met.append(named(d, _met(fields), name))
        for index, field in enumerate(fields, 1):
            here = _at_least(d.field(None, name), index) if many else b.all_(fields[:index])
            projections.append(named(d, d.count_rows(field), f"alone_{mark}{index}"))
            projections.append(named(d, d.count_rows(here), f"left_{mark}{index}"))
    source: exp.Table | exp.Subquery = d.table(("lines",))
    if met:
        kept = [d.field(None, flag) for flag in names.values()]
        inner = exp.Select(expressions=[*kept, *met], from_=exp.From(this=source))
        source = subquery(d, inner, "lines")
    select = exp.Select(expressions=projections, from_=exp.From(this=source))
    return compiler.print(select, f"{comment}, {as_of_text(asked.clock)}")


def _met(lines: Sequence[Expr]) -> Expr:
    """How many of the lines hold before the first that does not."""
    failed = ((b.not_(line), b.number(place)) for place, line in enumerate(lines))
    return b.case(failed, b.number(len(lines)))


def _at_least(value: Expr, number: int) -> Expr:
    return exp.GTE(this=value, expression=b.number(number))


def sample(
    asked: Plan, segment: str, dialect: str, limit: int, attributes: Sequence[str] = ()
) -> str:
    """The first `limit` members in key order: the key, then the named attributes and traits of the subject.

    KeyError for what the entity does not have.
    """
    compiler = Compiler(asked, dialect)
    definition = asked.segments[segment]
    shown = {
        name: asked.attribute(definition.source, name)
        for name in attributes
        if name not in {key.name for key in definition.source.key}
    }
    query = compiler.query(definition.row, definition.conditions, shown.values())
    values = [named(compiler.dialect, query.value(v), name) for name, v in shown.items()]
    data = data_columns(compiler.dialect, asked.model, segment)
    select = query.select(
        [*compiler.keys(query), *data, *values], order=compiler.key_order(query), limit=limit
    )
    return compiler.print(
        select, f"sample of segment {_said(definition)}, {as_of_text(asked.clock)}"
    )


def lines_met(asked: Plan, segment: str, dialect: str, firsts: Sequence[object]) -> str:
    """For each row whose first key attribute is one of `firsts`: its key, then for each line whether it holds.

    KeyError for a segment that the plan does not hold.
    """
    compiler = Compiler(asked, dialect)
    definition = asked.segments[segment]
    key = definition.source.key[0]
    values = tuple(Const(key.type, NOWHERE, value) for value in firsts)
    chosen = InSet(NOWHERE, Attr(key.type, NOWHERE, definition.row, key), values, False)
    query = compiler.query(definition.row, (chosen,), dict.fromkeys(definition.lines))
    met = [
        named(compiler.dialect, query.condition(line, two_valued=True), f"line_{place}")
        for place, line in enumerate(definition.lines, 1)
    ]
    select = query.select([*compiler.keys(query), *met])
    return compiler.print(
        select, f"lines of segment {_said(definition)}, {as_of_text(asked.clock)}"
    )


def traits(model: Model, names: Sequence[str], clock: Clock, dialect: str) -> str:
    """For each subject: its key, then the value of each trait. All traits are of one entity."""
    asked = plan(model, (), clock, names)
    compiler = Compiler(asked, dialect)
    source = asked.traits[names[0]][0]
    values = {name: asked.traits[name][1] for name in names}
    query = compiler.query(Row(0, source), (), values.values())
    made = [named(compiler.dialect, query.value(v), name) for name, v in values.items()]
    select = query.select([*compiler.keys(query), *made])
    return compiler.print(select, f"traits {', '.join(names)}, {as_of_text(clock)}")


class Compiler:
    """What all statements need: a dialect, a planner, the subject's existence, printing."""

    def __init__(self, asked: Plan, name: str) -> None:
        self.plan = asked
        self.dialect: Dialect = dialect(name, asked.model.settings)
        self.statement = Statement(self.dialect)
        self.planner = Planner(
            asked.normalizer,
            Names({"lines", LEVELS, *asked.taken}),
            exists_sees_unknown=self.dialect.exists_sees_unknown,
        )

    def query(
        self, row: Row, conditions: Conditions, values: Iterable[Value | Condition] = ()
    ) -> ScopeQuery:
        """The subjects that exist and meet the conditions."""
        asked = tuple(dict.fromkeys((*self.plan.existing(row), *conditions)))
        values = tuple(values)
        left = left_to_ask(row, asked, values) if self._joins_on_stored(row.source) else None
        scope = self.planner.scope(row, asked if left is None else left, values)
        if left is not None:
            places = (join for join in scope.joins if isinstance(join, PlacesJoin))
            scope.ranked = next(join for join in places if join.required)
        self.planner.finish()
        return ScopeQuery(self.statement, scope)

    def _joins_on_stored(self, source: Source) -> bool:
        """Whether joins take the columns of a key as they are stored, so that they can be read from either side."""
        stored = [(self.dialect.raw(None, key_column(key)), key.type) for key in source.key]
        return all(self.dialect.key_part(raw, type_) is raw for raw, type_ in stored)

    def keys(self, query: ScopeQuery) -> list[Expr]:
        row = query.scope.row
        pairs = zip(query.stored_key(row), self._key(row.source), strict=True)
        return [named(self.dialect, raw, key.name) for raw, key in pairs]

    def key_order(self, query: ScopeQuery) -> list[Expr]:
        row = query.scope.row
        return [query.order(Attr(key.type, key.span, row, key)) for key in self._key(row.source)]

    @staticmethod
    def _key(source: Source) -> Sequence[Attribute]:
        return source.key

    def print(self, select: exp.Select, comment: str) -> str:
        statement = self.statement.finish(select, comment)
        clock = self.plan.clock
        if isinstance(clock, RunningClock) and clock.base == AsOf(TIMESTAMP, NOWHERE, "template"):
            made = {name for name, _ in self.statement.ctes}
            for table in statement.find_all(exp.Table):
                _leave_open(table, made)
        return self.dialect.print(statement)


def _leave_open(table: exp.Table, made: set[str]) -> None:
    """Leave a table to a template, unless the statement makes it itself."""
    parts = [part.name for part in table.parts]
    if (len(parts) == 1 and parts[0] in made) or isinstance(table.this, exp.Var):
        return
    if not table.alias:
        table.set("alias", exp.TableAlias(this=table.this))
    table.set("this", exp.Var(this=template_table(parts)))
    table.set("db", None)
    table.set("catalog", None)


def _said(definition: Definition) -> str:
    return f"{definition.name} of {definition.source.name}"


_RUNNING_TEXTS: dict[AsOfKind, str] = {
    "live": "as of the engine's clock",
    "parameter": "as of a parameter, an instant with its offset",
    "template": "as of the instant of the template",
}


def as_of_text(clock: Clock) -> str:
    if isinstance(clock, RunningClock):
        return _RUNNING_TEXTS[clock.base.kind] if isinstance(clock.base, AsOf) else "as of then"
    now: datetime = clock.now
    return f"as of {now.isoformat(timespec='microseconds' if now.microsecond else 'seconds')}"
