"""Regular units, bursts, streaks and gaps as SQL: each a CTE with one row for each anchor, one sort of its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from sqlglot import exp

from segql.model.types import INT, Type
from segql.plan.comparisons import ABSOLUTE
from segql.plan.gaps import is_gap
from segql.plan.naming import Names
from segql.plan.nodes import Aggregation
from segql.plan.plan import Column, Rollup
from segql.plan.regularity import BURSTS, GAPS, MATCHING_UNITS, STREAKS, Stretch, Units
from segql.plan.runs import RunRollup
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import ActiveUnit, Dialect, GapFunction
from segql.sql.parts import named, subquery
from segql.sql.query import ScopeQuery, Statement, aggregated, key_names, rollup_key
from segql.syntax.tree import Unit


def run(statement: Statement, rollup: RunRollup) -> exp.Select:
    """The query of the rollup: its keys, and its columns by name."""
    function = rollup.columns[0].aggregation.function
    return _QUERIES["gaps" if function in GAPS else function](_Run(statement, rollup))


class _Run:
    """The rows of one rollup, and small pieces over them."""

    def __init__(self, statement: Statement, rollup: RunRollup) -> None:
        self.d = statement.dialect
        self.rollup = rollup
        self.node: Aggregation = rollup.columns[0].aggregation
        self.query = ScopeQuery(statement, rollup.scope)
        self.names = key_names(rollup)
        self.raw_keys = rollup_key(self.query, rollup)
        time = rollup.selection.time
        assert time is not None
        self.type: Type = time.type
        self.time = self.query.value(time)
        self.order = self.query.order(time)
        self.free = Names([*self.names, *(column.name for column in rollup.columns)])

    def keys(self) -> list[Expr]:
        """The key of the anchor, behind a sub-query."""
        return [self.d.field(None, name) for name in self.names]

    def rows(self, columns: dict[str, Expr], group: list[Expr] | None = None) -> exp.Subquery:
        """The rows with their key and what else is asked of them."""
        keys = [named(self.d, k, n) for k, n in zip(self.raw_keys, self.names, strict=True)]
        projections = [*keys, *(named(self.d, value, name) for name, value in columns.items())]
        select = self.query.select(projections, group=group or ())
        return subquery(self.d, select, self.rollup.selection.label)

    def by_key(self, columns: list[Expr], source: Expr, where: list[Expr]) -> exp.Select:
        """One row for each key."""
        select = exp.Select(expressions=[*self.keys(), *columns], from_=exp.From(this=source))
        if where:
            select.set("where", exp.Where(this=b.all_(where)))
        select.set("group", exp.Group(expressions=self.keys()))
        return select

    def count(self) -> Expr:
        return named(self.d, self.d.count_rows(), self.rollup.columns[0].name)


# --- gaps -----------------------------------------------------------------------------------------


def _gaps(run: _Run) -> exp.Select:
    """The lengths between neighbours in time; NULL, which aggregates skip, before the first."""
    gap = run.free.unique("gap")
    rows = run.rows({gap: run.d.gap(run.time, run.type, run.raw_keys)})
    columns = [
        named(run.d, _of_gaps(run.d, column, run.d.field(None, gap), run.type), column.name)
        for column in run.rollup.columns
    ]
    return run.by_key(columns, rows, [])


def beside_gaps(statement: Statement, rollup: Rollup) -> exp.Select:
    """Gaps and what else is asked of the same rows, which come, each with its gap, under the name of their table."""
    d = statement.dialect
    query = ScopeQuery(statement, rollup.scope)
    alias = query.alias(rollup.scope.row)
    keys = rollup_key(query, rollup)
    gaps, others = [], {}
    for column in rollup.columns:
        if is_gap(column.aggregation):
            gaps.append(column)
        elif not column.presence:
            others[column.name] = aggregated(query, column)
    asked = [one for made in (*keys, *others.values()) for one in made.find_all(exp.Column)]
    columns = {one.name: one for one in asked if one.table == alias}
    gap = Names(columns).unique("gap")
    time = gaps[0].aggregation.argument
    assert time is not None
    length = d.gap(query.value(time), time.type, keys)
    rows = subquery(d, query.select([*columns.values(), named(d, length, gap)]), alias)
    projections = [
        *(named(d, key, name) for key, name in zip(keys, key_names(rollup), strict=True)),
        *(named(d, made, name) for name, made in others.items()),
        *(named(d, _of_gaps(d, one, d.field(alias, gap), time.type), one.name) for one in gaps),
    ]
    group = exp.Group(expressions=keys)
    return exp.Select(expressions=projections, from_=exp.From(this=rows), group=group)


def _of_gaps(d: Dialect, column: Column, gap: Expr, type_: Type) -> Expr:
    return d.of_gaps(cast(GapFunction, column.aggregation.function), gap, type_)


# --- streaks --------------------------------------------------------------------------------------


def _streak(run: _Run) -> exp.Select:
    """Units that follow each other differ from their place among the subject's units by the same number."""
    unit, island, length = (run.free.unique(name) for name in ("unit", "island", "length"))
    number = run.d.unit_number(cast(ActiveUnit, STREAKS[run.node.function]), run.time, run.type)
    units = run.rows({unit: number}, [*run.raw_keys, number])
    place = run.d.over(b.call("ROW_NUMBER"), run.keys(), [(run.d.field(None, unit), False)])
    islands = exp.Select(
        expressions=[
            *run.keys(),
            named(run.d, b.sub(run.d.field(None, unit), place), island),
        ],
        from_=exp.From(this=units),
    )
    lengths = exp.Select(
        expressions=[*run.keys(), named(run.d, run.d.count_rows(), length)],
        from_=exp.From(this=subquery(run.d, islands, "islands")),
        group=exp.Group(expressions=[*run.keys(), run.d.field(None, island)]),
    )
    longest = run.d.max(run.d.field(None, length), INT)
    title = run.rollup.columns[0].name
    return run.by_key([named(run.d, longest, title)], subquery(run.d, lengths, "lengths"), [])


# --- units and bursts -----------------------------------------------------------------------------


def _matching_units(run: _Run) -> exp.Select:
    """The rows counted for each unit, then the units with as many as asked; a unit without rows has too few."""
    detail = run.node.detail
    assert isinstance(detail, Units)
    unit, found = run.free.unique("unit"), run.free.unique("found")
    number = _unit(run, detail)
    if detail.low == 1 and detail.high is None and run.d.counts_distinct:
        keys = [named(run.d, k, n) for k, n in zip(run.raw_keys, run.names, strict=True)]
        units = exp.Count(this=exp.Distinct(expressions=[number]))
        columns = [*keys, named(run.d, units, run.rollup.columns[0].name)]
        return run.query.select(columns, group=run.raw_keys)
    rows = run.rows({unit: number, found: run.d.count_rows()}, [*run.raw_keys, number])
    count = run.d.field(None, found)
    where: list[Expr] = []
    if detail.high is not None and detail.high == detail.low:
        where.append(b.eq(count, b.number(detail.low)))
    elif detail.high is not None:
        where.append(exp.Between(this=count, low=b.number(detail.low), high=b.number(detail.high)))
    elif detail.low > 1:
        where.append(b.ge(count, b.number(detail.low)))
    return run.by_key([run.count()], rows, where)


def _unit(run: _Run, units: Units) -> Expr:
    """What tells the unit apart that a row lies in; all rows lie between the edges."""
    if units.unit is not None:
        return run.d.unit_of(cast(ActiveUnit, units.unit), run.time, run.type)
    if units.length is not None:
        end = run.query.value(units.edges[-1])
        behind = run.d.difference(end, run.time, run.type)
        return run.d.whole_lengths(b.sub(behind, b.number(1)), units.length)
    later = [(number, edge) for number, edge in enumerate(units.edges[1:-1], 2)]
    if not later:
        return b.number(1)
    branches = [(b.ge(run.time, run.query.value(edge)), b.number(number)) for number, edge in later]
    return b.case(reversed(branches), b.number(1))


def _bursts(run: _Run) -> exp.Select:
    """The rows whose (N - 1)th next one comes before their stretch is over."""
    detail = run.node.detail
    assert isinstance(detail, Stretch)
    at, later = run.free.unique("happened_at"), run.free.unique("later")
    lead = b.call("LEAD", run.time, b.number(detail.low - 1))
    rows = run.rows({at: run.time, later: run.d.over(lead, run.raw_keys, [(run.order, False)])})
    end = run.d.shift(run.d.field(None, at), run.type, *whole(detail.length))
    return run.by_key([run.count()], rows, [b.lt(run.d.field(None, later), end)])


def whole(length: timedelta) -> tuple[int, Unit]:
    """A length in the largest unit that it is a whole number of."""
    for unit in ("day", "hour", "minute"):
        if length % ABSOLUTE[unit] == timedelta(0):
            return length // ABSOLUTE[unit], unit
    return length // ABSOLUTE["second"], "second"


_QUERIES: dict[str, Callable[[_Run], exp.Select]] = {
    "gaps": _gaps,
    **dict.fromkeys(STREAKS, _streak),
    MATCHING_UNITS: _matching_units,
    BURSTS: _bursts,
}
