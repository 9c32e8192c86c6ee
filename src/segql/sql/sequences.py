"""Sequences (3.6) as SQL: a CTE for each step (`plan.sequences` says why this finds all of them).

A step's stream holds, for each subject and value of `by`, three kinds of rows in the order of `moment`: the rows that
the step can be (`at`, at their own time), the rows that end a chain at the step before (at the first moment at
which they can be followed), and the rows of the `no` steps behind it (just before their own time). So "strictly
later" and "strictly between" need no frame but the plainest, `UNBOUNDED PRECEDING` to `CURRENT ROW`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlglot import exp

from segql.model.types import DATE, Type, is_number
from segql.plan.naming import Names
from segql.plan.nodes import counting
from segql.plan.plan import Scope
from segql.plan.runs import SequenceRollup, StepScope
from segql.plan.sequences import Absence, Length, PlannedStep
from segql.sql import build as b
from segql.sql import ties
from segql.sql.build import Expr
from segql.sql.parts import named, subquery
from segql.sql.query import ScopeQuery, Statement, key_names
from segql.sql.windows import ascending
from segql.syntax.tree import Unit


def ends(statement: Statement, rollup: SequenceRollup) -> exp.Select:
    """One row for each anchor with a sequence; the steps before the last become CTEs of the statement."""
    chain = _Chain(statement, rollup)
    for index, step in enumerate(rollup.steps[:-1]):
        statement.ctes.append((step.name, chain.step(index)))
    return chain.last()


@dataclass(slots=True)
class _Row:
    """What a SELECT of the stream gives for each column; the others are NULL."""

    columns: dict[str, Expr]
    select: exp.Select


class _Chain:
    """The queries of one sequence, and the names of their columns."""

    def __init__(self, statement: Statement, rollup: SequenceRollup) -> None:
        self.statement = statement
        self.d = statement.dialect
        self.rollup = rollup
        self.type: Type = rollup.time
        self.keys = key_names(rollup)
        names = Names(self.keys)
        self.at = names.unique("happened_at")
        self.moment = names.unique("moment")
        self.by = names.unique("by_value")
        self.open_until = names.unique("open_until")
        self.earlier = names.unique("earlier")
        self.previous = names.unique("previous")
        self.asked = names.unique("asked")
        self.count = rollup.columns[0].name
        self.names = names
        self.absent = [
            [names.unique(f"no_{item.absence.selection.label}") for item in step.absences]
            for step in rollup.steps
        ]
        self.as_of: Expr = exp.Null()
        """The moment by which a deadline must have passed; the rows of the first step say it."""
        self.until = {
            index: names.unique(f"{step.step.selection.label}_until")
            for index, step in enumerate(rollup.steps)
            if step.step.of_start and step.step.within is not None
        }
        self.same = [*self.keys, *([self.by] if rollup.by_type is not None else [])]

    # --- steps ------------------------------------------------------------------------------------

    def step(self, index: int) -> exp.Select:
        """The rows that end a chain at the step: key, value of `by`, time, what later steps need of it."""
        source, where = self._marked(index)
        columns = [*self.same, self.at, *self.absent[index]]
        if index:
            columns += [name for later, name in self.until.items() if later > index]
        return self._select([self._field(name) for name in columns], source, where)

    def last(self) -> exp.Select:
        index = len(self.rollup.steps) - 1
        source, where = self._marked(index)
        where += self._deadlines(index)
        keys = [self._field(name) for name in self.keys]
        count = named(self.d, self.d.count_rows(), self.count)
        select = self._select([*keys, count], source, where)
        select.set("group", exp.Group(expressions=keys))
        return select

    def _marked(self, index: int) -> tuple[Expr, list[Expr]]:
        """The rows of the step with what windows say of them, and which of them count."""
        step = self.rollup.steps[index]
        rows = self._rows(step)
        if index == 0 and not step.absences:
            return subquery(self.d, rows, step.step.selection.label), []
        parts = [self._reading(step, rows)]
        if index:
            parts.append(self._writing(index))
        for item, name in zip(step.absences, self.absent[index], strict=True):
            parts.append(self._missing(item.absence, item.scope, name))
        carried = self._carried(index)
        columns = [*self.same, self.moment, self.at]
        if step.step.asked is not None:
            columns.append(self.previous)
        stream = self._union(parts, [*columns, *carried, *self.absent[index]])
        marked = [self._field(name) for name in columns if name != self.moment]
        marked += [self._running("MAX", name) for name in carried]
        marked += [self._running("MIN", name) for name in self.absent[index]]
        select = self._select(marked, subquery(self.d, stream, "stream"), [])
        return subquery(self.d, select, "marked"), self._kept(index)

    def _carried(self, index: int) -> list[str]:
        """The columns of the step before whose running maximum is asked."""
        if index == 0:
            return []
        carried = []
        if self._is_bounded(index):
            carried.append(self.open_until)
        if not self._is_bounded(index) or self.rollup.steps[index].step.asked is not None:
            carried.append(self.earlier)
        return carried + [name for later, name in self.until.items() if later >= index]

    def _is_bounded(self, index: int) -> bool:
        """Whether a row of the step before can only be followed for some time."""
        step = self.rollup.steps[index].step
        within = step.within is not None and not step.of_start
        return within or bool(self.absent[index - 1])

    def _kept(self, index: int) -> list[Expr]:
        at = self._field(self.at)
        where = [b.not_null(at)]
        if index == 0:
            return where
        if self._is_bounded(index):
            where.append(b.ge(self._field(self.open_until), at))
        elif self.rollup.steps[index].step.asked is None:
            where.append(b.not_null(self._field(self.earlier)))
        if self.rollup.steps[index].step.asked is not None:
            earlier = self._field(self.earlier)
            where.append(b.ge(earlier, b.coalesce(self._field(self.previous), earlier)))
        if index in self.until:
            where.append(b.ge(self._field(self.until[index]), at))
        return where

    def _deadlines(self, index: int) -> list[Expr]:
        """What the `no` steps behind the last step ask of its rows."""
        where: list[Expr] = []
        for item, name in zip(self.rollup.steps[index].absences, self.absent[index], strict=True):
            first = self._field(name)
            within = item.absence.within
            if within is None:
                where.append(b.is_null(first))
                continue
            deadline = self._shifted(self._field(self.at), within)
            where.append(b.lt(deadline, self.as_of))
            where.append(exp.Paren(this=b.any_([b.is_null(first), b.gt(first, deadline)])))
        return where

    # --- the parts of a stream --------------------------------------------------------------------

    def _rows(self, step: StepScope) -> exp.Select:
        """The rows that the step can be: key, value of `by`, time, for `next` the time of the row before."""
        query = ScopeQuery(self.statement, step.scope)
        if self.rollup.as_of is not None:
            self.as_of = query.value(self.rollup.as_of)
        same, at = self._same(query, step.step)
        projections = [named(self.d, value, name) for name, value in same.items()]
        if step.step.latest:
            # The others of its instant are as good: what asks for more than the time has been asked.
            latest = named(self.d, self.d.max(at, self.type), self.at)
            return query.select([*projections, latest], group=list(same.values()))
        projections.append(named(self.d, at, self.at))
        if step.step.asked is None:
            return query.select(projections)
        return self._next_rows(query, step.step, projections, same, at)

    def _next_rows(
        self,
        query: ScopeQuery,
        step: PlannedStep,
        projections: list[Expr],
        same: dict[str, Expr],
        at: Expr,
    ) -> exp.Select:
        """Rows that are the first of their instant by key and meet what is asked of the next one."""
        order = query.row_order(counting(step.selection))
        previous = self.d.over(b.call("LAG", at), list(same.values()), ascending(order))
        projections.append(named(self.d, previous, self.previous))
        asked = [query.condition(item) for item in step.asked or ()]
        if asked:
            projections.append(named(self.d, b.all_(asked), self.asked))
        rows = query.select(projections)
        before = self._field(self.previous)
        first = b.any_([b.is_null(before), b.lt(before, self._field(self.at))])
        where: list[Expr] = [exp.Paren(this=first)]
        if asked:
            where.append(self._field(self.asked))
        columns = [self._field(name) for name in (*same, self.at, self.previous)]
        return self._select(columns, subquery(self.d, rows, step.selection.label), where)

    def _reading(self, step: StepScope, rows: exp.Select) -> _Row:
        columns: dict[str, Expr] = {name: self._field(name) for name in self.same}
        columns[self.moment] = columns[self.at] = self._field(self.at)
        if step.step.asked is not None:
            columns[self.previous] = self._field(self.previous)
        label = step.step.selection.label
        return _Row(columns, self._select([], subquery(self.d, rows, label), []))

    def _writing(self, index: int) -> _Row:
        """The rows of the step before, from the moment at which they can be followed."""
        before, step = self.rollup.steps[index - 1], self.rollup.steps[index].step

        def own(name: str) -> Expr:
            """A column of the step before, not what this SELECT calls so."""
            return self.d.field(before.name, name)

        at = own(self.at)
        columns: dict[str, Expr] = {name: own(name) for name in self.same}
        later = step.after is not None and step.after[0] > 0
        columns[self.moment] = (
            self._shifted(at, cast(Length, step.after)) if later else self._tick(at, 1)
        )
        columns[self.earlier] = at
        bounds = [b.coalesce(own(name), self.as_of) for name in self.absent[index - 1]]
        if step.within is not None and not step.of_start:
            bounds.insert(0, self._shifted(at, step.within))
        if bounds:
            columns[self.open_until] = self.d.earliest(bounds)
        for later_index, name in self.until.items():
            within = self.rollup.steps[later_index].step.within
            assert within is not None
            columns[name] = self._shifted(at, within) if index == 1 else own(name)
        return _Row(columns, self._select([], self.d.table((before.name,)), []))

    def _missing(self, absence: Absence, scope: Scope, name: str) -> _Row:
        """The rows of a `no` step, just before their time: they are behind whatever is earlier."""
        query = ScopeQuery(self.statement, scope)
        columns, at = self._same(query, absence)
        columns[self.moment] = self._tick(at, -1)
        columns[name] = at
        return _Row(columns, query.select([]))

    def _same(self, query: ScopeQuery, step: PlannedStep | Absence) -> tuple[dict[str, Expr], Expr]:
        """The anchor's key and the value of `by` by name, and the time."""
        selection = step.selection
        keys = [*query.key(selection.steps[-1]), *ties.values(query, selection.tie)]
        columns = dict(zip(self.keys, keys, strict=True))
        if step.by is not None and self.rollup.by_type is not None:
            value = query.value(step.by)
            if step.by.type != self.rollup.by_type and is_number(step.by.type):
                value = b.cast(value, self.d.data_type(self.rollup.by_type))
            columns[self.by] = value
        assert selection.time is not None
        return columns, query.value(selection.time)

    def _union(self, parts: list[_Row], names: list[str]) -> Expr:
        whole: Expr | None = None
        for part in parts:
            columns = [
                named(self.d, part.columns.get(name) or self.d.null(self.type), name)
                for name in names
            ]
            part.select.set("expressions", columns)
            whole = (
                part.select
                if whole is None
                else exp.Union(this=whole, expression=part.select, distinct=False)
            )
        assert whole is not None
        return whole

    # --- pieces -----------------------------------------------------------------------------------

    def _field(self, name: str) -> Expr:
        return self.d.field(None, name)

    def _running(self, function: str, name: str) -> Expr:
        """`MAX` of the rows up to this moment, `MIN` of those from it on."""
        window = self.d.over(
            b.call(function, self._field(name)),
            [self._field(one) for one in self.same],
            [(self._field(self.moment), False)],
            "before" if function == "MAX" else "behind",
        )
        return exp.Alias(this=window, alias=self.d.identifier(name))

    def _select(self, columns: list[Expr], source: Expr, where: list[Expr]) -> exp.Select:
        select = exp.Select(expressions=columns, from_=exp.From(this=source))
        if where:
            select.set("where", exp.Where(this=b.all_(where)))
        return select

    def _shifted(self, at: Expr, length: Length) -> Expr:
        return self.d.shift(at, self.type, *length)

    def _tick(self, at: Expr, count: int) -> Expr:
        """The next time that there is, or the one before."""
        unit = "day" if self.type == DATE else "microsecond"
        return self.d.shift(at, self.type, count, cast(Unit, unit))
