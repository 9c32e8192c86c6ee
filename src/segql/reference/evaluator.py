"""Values, searches and conditions for a row, each by the sentence of the language that it comes from.

An environment maps a level to the row in hand there (`nodes.Row`): 0 the subject, n the row of the n-th
search inwards; and, inside a segment that is asked of a row, what reaches that row to the row. A value is None
where it is unknown; a leaf is None where it meets an unknown value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from segql.model import nodes, scalars
from segql.model.clock import Clock, operands
from segql.reference import distance, leaves, populations, regularity, sequences
from segql.reference.aggregates import Environment, Found, aggregate, total
from segql.reference.physical import Database, EvaluateSql
from segql.reference.populations import Member
from segql.reference.rows import Record, Rows
from segql.reference.sequences import StepRow, StepRows

Answer = TypeVar("Answer")
Question = TypeVar("Question", nodes.OverPopulation, nodes.Standing, nodes.Top)


class Evaluator:
    """Evaluates definitions at one `as of` over one database."""

    def __init__(self, clock: Clock, database: Database, evaluate_sql: EvaluateSql | None) -> None:
        self.clock = clock
        self.rows = Rows(
            clock,
            database,
            evaluate_sql,
            lambda condition, row: self.holds(condition, {0: row}),
            lambda value, row: self.value(value, {0: row}),
        )
        # found once: what does not depend on who asks
        self._moments: dict[datetime, Evaluator] = {}
        self._members: dict[tuple[str, Record], bool] = {}
        self._populations: dict[int, list[Member]] = {}
        self._summaries: dict[int, Callable[[object], object]] = {}
        self._standings: dict[int, dict[Record, int]] = {}
        self._chosen: dict[int, set[Record]] = {}

    # --- definitions ------------------------------------------------------------------------------

    def subjects(self, source: nodes.Source) -> list[Record]:
        """The rows of a source that exist, in key order."""
        return sorted(self.rows.existing(source), key=self.rows.order)

    def keys(
        self, source: nodes.Source, conditions: Sequence[nodes.Condition]
    ) -> list[tuple[object, ...]]:
        """The keys of the rows for which all conditions hold."""
        return [
            self.rows.key(record)
            for record in self.subjects(source)
            if all(self.holds(condition, {0: record}) for condition in conditions)
        ]

    def values(self, source: nodes.Source, value: nodes.Value) -> dict[tuple[object, ...], object]:
        """The value for each row."""
        return {
            self.rows.key(record): self.value(value, {0: record})
            for record in self.subjects(source)
        }

    def levels(self, segmentation: nodes.Segmentation) -> dict[tuple[object, ...], str]:
        """The level of each row that is in one: a waterfall, the first level that holds (2.2)."""
        found: dict[tuple[object, ...], str] = {}
        for record in self.subjects(segmentation.entity):
            level = self._level(segmentation, {0: record})
            if level is not None:
                found[self.rows.key(record)] = level
        return found

    def _level(self, segmentation: nodes.Segmentation, subject: Environment) -> str | None:
        if segmentation.base is not None and not self.holds(segmentation.base, subject):
            return None
        for level in segmentation.levels:
            # a part asks for itself; `otherwise` takes all that is left
            asked = level.segment.lines if segmentation.is_split else (level.own,)
            if all(line is None or self.holds(line, subject) for line in asked):
                return level.name
        return None

    # --- rows -------------------------------------------------------------------------------------

    def row(self, reference: nodes.RowRef, environment: Environment) -> Record | None:
        """The row that a reference means; None where it belongs to none."""
        if isinstance(reference, nodes.Row):
            return environment[reference.level]
        if reference in environment:
            return environment[reference]
        below = self.row(reference.row, environment)
        return None if below is None else self.rows.parent(below, reference.link)

    def found(self, search: nodes.Search, environment: Environment) -> list[Environment]:
        """The rows of a search, each as the environment inside of it (3.4: each search for itself)."""
        anchor = self.row(search.anchor, environment)
        if anchor is None:
            return []
        records = [anchor]
        for link in search.links:
            records = [child for record in records for child in self.rows.children(record, link)]
        # `source` may be a subset of what the last link leads to
        inside = [
            {**environment, search.level: record}
            for record in records
            if self.rows.is_of(record, search.source)
        ]
        return [inner for inner in inside if self._counts(search, inner)]

    def _counts(self, search: nodes.Search, inner: Environment) -> bool:
        # 3.1: a window with an unknown bound holds no event
        if search.window is not None:
            if search.time is None:
                raise TypeError("a window needs rows with a time")
            time = self.value(search.time, inner)
            if self.in_window(time, search.window, inner) is not True:
                return False
        return search.where is None or self.holds(search.where, inner)

    def in_window(
        self, time: object, window: nodes.Window, environment: Environment
    ) -> bool | None:
        """`start <= t < end`, or `start < t`; None where the time or a bound is unknown."""
        start = None if window.start is None else self.value(window.start, environment)
        end = None if window.end is None else self.value(window.end, environment)
        start_unknown = window.start is not None and start is None
        end_unknown = window.end is not None and end is None
        if time is None or start_unknown or end_unknown:
            return None
        if start is not None and (time <= start if window.after else time < start):  # type: ignore[operator]
            return False
        return end is None or time < end  # type: ignore[operator]

    # --- values -----------------------------------------------------------------------------------

    def value(self, value: nodes.Value, environment: Environment) -> object:
        match value:
            case nodes.Const():
                return value.value
            case nodes.Attr():
                record = self.row(value.row, environment)
                return None if record is None else self.rows.read(record, value.attribute)
            case nodes.Named():
                return self.value(value.value, environment)
            case nodes.Holds():
                # 3.1: a condition used as a value is never unknown
                return self.holds(value.condition, environment)
            case nodes.Points():
                return self._points(value, environment)
            case nodes.Now() | nodes.Today() | nodes.UnitStart():
                return self.clock.moment(value)
            case nodes.Aggregate():
                rows = self._rows(value.search, environment)
                return aggregate(value, rows, self.value, self.clock)
            case nodes.OverPopulation():
                of_group = self._once(self._summaries, value, populations.summaries)
                return of_group(self._own_group(value, environment))
            case nodes.Standing():
                record = self.row(value.row, environment)
                places = self._once(self._standings, value, populations.standings)
                return None if record is None else places.get(record)
            case _:
                parts = [self.value(part, environment) for part in operands(value)]
                return self.clock.operation(value, parts)

    def _points(self, value: nodes.Points, environment: Environment) -> object:
        """The sum of the values whose conditions hold; unknown where one of them is."""
        found = [self.value(v, environment) for v, c in value.lines if self.holds(c, environment)]
        return None if None in found else scalars.convert(total(found), value.type)

    def _rows(self, search: nodes.Search, environment: Environment) -> list[Found]:
        """The rows of a search with their times and what they are ordered by."""
        return [
            Found(
                inner,
                None if search.time is None else self.value(search.time, inner),
                self.rows.order(inner[search.level]),
            )
            for inner in self.found(search, environment)
        ]

    # --- populations (3.5) ------------------------------------------------------------------------

    def _population(self, among: nodes.Among) -> list[Member]:
        """The members of a population with what they are compared by: the same whoever asks."""
        base = among.population
        members: list[Member] = []
        for record in self.subjects(base.entity):
            subject: Environment = {0: record}
            if base.condition is None or self.holds(base.condition, subject):
                value = None if among.value is None else self.value(among.value, subject)
                per = None if among.per is None else self.value(among.per, subject)
                members.append(Member(record, self.rows.order(record), value, per))
        return members

    def _own_group(self, value: nodes.OverPopulation, environment: Environment) -> object:
        """The own value of the row that asks of what the population is divided by."""
        per, row = value.among.per, value.row
        record = None if row is None else self.row(row, environment)
        return None if per is None or record is None else self.value(per, {0: record})

    def _once(
        self,
        known: dict[int, Answer],
        node: Question,
        answer: Callable[[Question, Sequence[Member]], Answer],
    ) -> Answer:
        """What a question to a population gives: asked once, as it is the same for every row."""
        if id(node) not in known:
            among = node.among
            if id(among) not in self._populations:
                self._populations[id(among)] = self._population(among)
            known[id(node)] = answer(node, self._populations[id(among)])
        return known[id(node)]

    # --- other moments (2.3) ----------------------------------------------------------------------

    def at(self, moment: datetime) -> Evaluator:
        """The evaluator for which `moment` is `as of`."""
        if moment not in self._moments:
            clock = Clock(moment, self.clock.settings)
            self._moments[moment] = Evaluator(clock, self.rows.database, self.rows.evaluate_sql)
        return self._moments[moment]

    def _member(self, condition: nodes.MemberOf, environment: Environment) -> bool:
        record = self.row(condition.row, environment)
        if condition.as_of is None:
            return record is not None and self._is_member(condition, record)
        moment = self.value(condition.as_of, environment)
        if record is None or not isinstance(moment, datetime):
            return False
        then = self.at(moment)
        earlier = then.rows.with_key(record.source, self.rows.key(record))
        return earlier is not None and then._is_member(condition, earlier)

    def _is_member(self, condition: nodes.MemberOf, record: Record) -> bool:
        """Whether a row that exists is a member: a fact about the segment and the row alone."""
        place = (condition.segment, record)
        if place not in self._members:
            row = condition.row
            around: Environment = {row.level if isinstance(row, nodes.Row) else row: record}
            self._members[place] = self.holds(condition.condition, around)
        return self._members[place]

    def _in_part(self, condition: nodes.InPart, record: Record) -> bool:
        found = distance.chance(condition.seed, self.rows.key(record))
        return condition.low <= found < condition.high

    # --- rows in time -----------------------------------------------------------------------------

    def _times(self, search: nodes.Search, environment: Environment) -> list[Any]:
        return [row.time for row in self._rows(search, environment)]

    def _sequence(self, condition: nodes.Sequence, environment: Environment) -> bool:
        return sequences.holds(
            [self._step(step, environment) for step in condition.steps], self.clock
        )

    def _step(self, step: nodes.Step, environment: Environment) -> StepRows:
        every = replace(step.search, window=None, where=None)
        return StepRows(
            step,
            *(
                [
                    StepRow(
                        row.time,
                        row.key,
                        None if step.by is None else self.value(step.by, row.environment),
                    )
                    for row in self._rows(search, environment)
                ]
                for search in (step.search, every)
            ),
        )

    # --- conditions: two-valued -------------------------------------------------------------------

    def holds(self, condition: nodes.Condition, environment: Environment) -> bool:
        match condition:
            case nodes.All(items=items):
                return all(self.holds(item, environment) for item in items)
            case nodes.Any(items=items):
                return any(self.holds(item, environment) for item in items)
            case nodes.CountOf(items=items, low=low, high=high):
                count = sum(self.holds(item, environment) for item in items)
                return low <= count and (high is None or count <= high)
            case nodes.Not(item=item):
                # 3.1: exact complements
                return not self.holds(item, environment)
            case nodes.Exists(search=search, low=low, high=high):
                count = len(self.found(search, environment))
                return low <= count and (high is None or count <= high)
            case nodes.Regular():
                times = self._times(condition.search, environment)
                return regularity.is_regular(condition, times, self.clock)
            case nodes.Burst():
                return regularity.has_burst(condition, self._times(condition.search, environment))
            case nodes.Sequence():
                return self._sequence(condition, environment)
            case nodes.MemberOf():
                return self._member(condition, environment)
            case nodes.Top():
                record = self.row(condition.row, environment)
                return record in self._once(self._chosen, condition, populations.chosen)
            case nodes.InPart():
                record = self.row(condition.row, environment)
                return record is not None and self._in_part(condition, record)
            case nodes.IsKnown(value=value, negated=negated):
                return (self.value(value, environment) is not None) != negated
            case nodes.OrUnknown(leaf=leaf):
                return leaves.leaf(self, leaf, environment) is not False
            case nodes.IfKnown(leaf=leaf):
                return leaves.leaf(self, leaf, environment) is True
            case _:
                # 3.1: a leaf that meets an unknown value is false
                return leaves.leaf(self, condition, environment) is True
