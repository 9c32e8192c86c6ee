"""Sequences (3.6): a search for a choice of rows, one for each positive step, that keeps every limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from segql.model import nodes
from segql.model.clock import Clock
from segql.syntax.tree import Unit

Moment: TypeAlias = date | datetime


@dataclass(frozen=True, slots=True)
class StepRow:
    """A row that a step can be: its time, what its key orders by, and its value of `by` (None without)."""

    time: Any  # a date or an instant, the same in all steps
    key: tuple[Any, ...]
    by: object


@dataclass(frozen=True, slots=True)
class StepRows:
    """A step with its rows: those in the window that satisfy its `where`, and all of its event."""

    step: nodes.Step
    rows: Sequence[StepRow]
    every: Sequence[StepRow]


def holds(steps: Sequence[StepRows], clock: Clock) -> bool:
    """Whether some choice of rows for the positive steps keeps every limit."""
    if steps[0].step.by is None:
        return _Search([_sorted(step) for step in steps], clock).from_step(0, None, None)
    # 3.6: `by x`: all steps, the `no` ones too, have the same known value
    values = {row.by for row in steps[0].rows if row.by is not None}
    return any(
        _Search([_sorted(_of_value(step, value)) for step in steps], clock).from_step(0, None, None)
        for value in values
    )


def _of_value(step: StepRows, value: object) -> StepRows:
    return StepRows(
        step.step,
        [row for row in step.rows if row.by == value],
        [row for row in step.every if row.by == value],
    )


def _sorted(step: StepRows) -> StepRows:
    """Ordered by time, then key (3.5)."""
    rows, every = (
        sorted(found, key=lambda row: (row.time, row.key)) for found in (step.rows, step.every)
    )
    return StepRows(step.step, rows, every)


@dataclass(frozen=True, slots=True)
class _Search:
    """Tries every row for every step, in turn."""

    steps: Sequence[StepRows]
    clock: Clock

    def from_step(self, index: int, start: StepRow | None, previous: StepRow | None) -> bool:
        """Whether the steps from `index` on can be found behind `previous`; `start` is the first step's row."""
        behind = self.steps[index:]
        count = 0
        while count < len(behind) and behind[count].step.absent:
            count += 1
        absent = behind[:count]
        if count == len(behind):
            return previous is not None and all(
                self._absent_at_end(step, previous) for step in absent
            )
        positive = behind[count]
        return any(
            self._none_between(absent, previous, row)
            and self.from_step(index + count + 1, start or row, row)
            for row in self._choice(positive, start, previous)
        )

    def _choice(
        self, step: StepRows, start: StepRow | None, previous: StepRow | None
    ) -> list[StepRow]:
        """The rows that a positive step may be."""
        rows = list(step.rows)
        if step.step.latest:
            # `latest A where c`: only the latest row in the window that satisfies c; ties by key
            rows = rows[-1:]
        if step.step.following and previous is not None:
            # `then next E`: the very next row of E, before its `where` is asked
            later = [row for row in step.every if row.time > previous.time]
            rows = [row for row in rows if later and _same(row, later[0])]
        return [row for row in rows if self._in_time(step.step, row, start, previous)]

    def _in_time(
        self, step: nodes.Step, row: StepRow, start: StepRow | None, previous: StepRow | None
    ) -> bool:
        if previous is None or start is None:
            return True
        # strictly later than the one before it: equal instants are not "later"
        if row.time <= previous.time:
            return False
        # by less than or exactly its `within`: from the step before, `of start` from the first
        if step.within is not None:
            origin = start if step.of_start else previous
            if row.time > self._limit(origin, step.within):
                return False
        # not sooner than its `after`, always from the step before
        return step.after is None or row.time >= self._limit(previous, step.after)

    def _limit(self, origin: StepRow, length: tuple[int, Unit]) -> Moment:
        """Limits in months are local calendar arithmetic from the earlier event."""
        count, unit = length
        limit: Moment = self.clock.shift(origin.time, count, unit)
        return limit

    def _none_between(
        self, absent: Sequence[StepRows], previous: StepRow | None, row: StepRow
    ) -> bool:
        """`no X` between two steps: none strictly between them."""
        return previous is None or not any(
            previous.time < other.time < row.time for step in absent for other in step.rows
        )

    def _absent_at_end(self, step: StepRows, previous: StepRow) -> bool:
        later = [other for other in step.rows if other.time > previous.time]
        # without `within`: none until `as of` (no later ones exist)
        if step.step.within is None:
            return not later
        # none in `(prev, prev + D]`, and `prev + D < as of`: the deadline has passed
        deadline = self._limit(previous, step.step.within)
        as_of = self.clock.now if isinstance(previous.time, datetime) else self.clock.e
        return deadline < as_of and not any(other.time <= deadline for other in later)


def _same(one: StepRow, other: StepRow) -> bool:
    return (one.time, one.key) == (other.time, other.key)
