"""Events in time: regularity, bursts, sequences."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from segql.model.nodes import (
    All,
    Any,
    Burst,
    Condition,
    CountOf,
    Exists,
    Not,
    Now,
    Regular,
    Search,
    Sequence,
    Shift,
    Step,
    UnitStart,
    Window,
    Wording,
)
from segql.model.types import DATE, TIMESTAMP
from segql.report.english import words
from segql.report.english.leaves import Leaves, how_often
from segql.syntax.tree import Unit

LATER = (
    "each step is later than the one before it: the same instant, or for dates the same day, is not"
)
BOUNDED = "this stretch of time bounds the steps, not what must not come"
LATEST = "only the latest one counts as this step; of equal times, the one with the largest key"
NEXT = (
    "the next one by time and key that is later than the step before, found before anything else is "
    "asked of it: if it does not fit, a later one does not help"
)
DEADLINE = (
    "the time allowed must be over: where it is not, nobody knows yet whether it will still come"
)
BURST = "a stretch holds its first instant and not its last, and may lie anywhere"


@dataclass(frozen=True, slots=True)
class Clause:
    """A line, and the lines below it."""

    text: str
    items: tuple[Clause, ...] = ()


class Happenings(Leaves):
    """What somebody did regularly, often at once, or in an order."""

    @abstractmethod
    def clause(self, condition: Condition) -> Clause:
        """A condition as a line of its own."""

    # --- regularity -------------------------------------------------------------------------------

    def regular(self, condition: Regular, negated: bool) -> str:
        count, single = how_often(condition.low, condition.high)
        bare = replace(condition.search, where=None)
        where = self._where(condition.search)
        rows = self.rows(bare, singular=single)
        said = f"{self.owns(single, negated)} {count} {rows} {self._units(condition)}{where}"
        return said + (self.none_note(condition.search) if negated else "")

    def _units(self, condition: Regular) -> str:
        of = (
            f"in at least {condition.hits} of" if condition.hits < condition.count else "in each of"
        )
        if condition.periods:
            return f"{of} {self._periods(condition)}"
        dates = _has_dates(condition.search)
        type_ = DATE if dates else TIMESTAMP
        bounds = [
            UnitStart(type_, condition.span, condition.unit, n) for n in (-condition.count, 0)
        ]
        wording = Wording("calendar", "last", condition.count, condition.unit)
        units = self.window(Window(bounds[0], bounds[1], wording=wording))
        if condition.count == 1:
            return units
        return f"{of} {units.split(' ', 1)[1]}"

    def _periods(self, condition: Regular) -> str:
        dates = _has_dates(condition.search)
        type_ = DATE if dates else TIMESTAMP
        now = Now(type_, condition.span)
        total = condition.length * condition.count
        start = self.constant(Shift(type_, condition.span, now, -total, condition.unit))
        begins = f" (from {self.at(start)} on)" if isinstance(start, date | datetime) else ""
        length = self.length(condition.length, condition.unit, dates)
        many = f"the {condition.count} stretches" if condition.count > 1 else "the stretch"
        return f"{many} of {length} that run back from {self._anchor(dates)}{begins}"

    def burst(self, condition: Burst, negated: bool) -> str:
        search = condition.search
        dates = _has_dates(search)
        length = words.duration(condition.length)
        if dates:
            length = words.counted(condition.length // timedelta(days=1), "day")
        count, single = how_often(condition.low, None)
        rows = self.rows(replace(search, where=None, window=None), singular=single)
        window = ""
        if search.window is not None:
            with self.inside(search):
                window = f", all {self.window(search.window)}"
        note = self.notes.reference(BURST)
        where = self._where(search)
        text = f"{self.owns(single, negated)} {count} {rows}{where} within {length}{note}{window}"
        return text + (self.none_note(search) if negated else "")

    def _where(self, search: Search) -> str:
        if search.where is None:
            return ""
        with self.inside(search):
            return f" where {self.inline(search.where)}"

    # --- sequences --------------------------------------------------------------------------------

    def sequence_clause(self, condition: Sequence, negated: bool) -> Clause:
        """A line for each step."""
        head = self._sequence_head(condition, negated)
        last = _last_step(condition)
        return Clause(
            f"{head}:",
            tuple(
                self._step_clause(condition, index, last) for index in range(len(condition.steps))
            ),
        )

    def sequence(self, condition: Sequence, negated: bool) -> str:
        last = _last_step(condition)
        steps = [self._step(condition, index, last) for index in range(len(condition.steps))]
        return f"{self._sequence_head(condition, negated)} ({'; '.join(steps)})"

    def _sequence_head(self, condition: Sequence, negated: bool) -> str:
        first = condition.steps[0]
        text = f"{self.owns(True, negated)} this sequence of events"
        if first.by is not None:
            with self.inside(first.search):
                text += f", all with the same known {self.value(first.by)},"
        if first.search.window is not None:
            bounded = any(step.absent for step in condition.steps)
            with self.inside(first.search):
                window = self.window(first.search.window)
            text += f" {window}{self.notes.reference(BOUNDED) if bounded else ''}"
        text = text.rstrip(",") + self.notes.reference(LATER)
        return text + (self.none_note(first.search) if negated else "")

    def _step_clause(self, condition: Sequence, index: int, last: int) -> Clause:
        step = condition.steps[index]
        where = step.search.where
        if where is None or not needs_list(where):
            return Clause(self._step(condition, index, last))
        text = self._step(condition, index, last, with_where=False)
        items = where.items if isinstance(where, All) else (where,)
        with self.inside(step.search):
            lines = tuple(self.clause(item) for item in items)
        return Clause(f"{text}, for which all of this holds:", lines)

    def _step(self, condition: Sequence, index: int, last: int, with_where: bool = True) -> str:
        step = condition.steps[index]
        asked = replace(step.search, window=None, where=step.search.where if with_where else None)
        rows = self.rows(asked, singular=True)
        if step.absent:
            return self._absent(step, rows, index > last)
        if step.latest:
            said = f"the latest {rows}{self.notes.reference(LATEST)}"
        elif step.following:
            said = f"the very next {rows}{self.notes.reference(NEXT)}"
        else:
            said = words.a(rows)
        return f"{'first' if index == 0 else 'then'} {said}{self._limits(step)}"

    def _limits(self, step: Step) -> str:
        said = []
        if step.after is not None:
            said.append(f"at least {self._limit(step, step.after)} after the step before")
        if step.within is not None:
            origin = "the first step" if step.of_start else "the step before"
            said.append(f"at most {self._limit(step, step.within)} after {origin}")
        return f", {' and '.join(said)}" if said else ""

    def _limit(self, step: Step, length: tuple[int, Unit]) -> str:
        return self.length(*length, dates=_has_dates(step.search))

    def _absent(self, step: Step, rows: str, at_end: bool) -> str:
        if not at_end:
            return f"no {rows} between these two steps"
        if step.within is None:
            return f"and no {rows} after that, until {self._anchor(_has_dates(step.search))}"
        length = self._limit(step, step.within)
        return (
            f"and no {rows} in the {length.removeprefix('1 ')} after that, which must be over before "
            f"{self._anchor(_has_dates(step.search))}{self.notes.reference(DEADLINE)}"
        )


def needs_list(where: Condition) -> bool:
    """Whether a `where` has too much in it for one line."""
    match where:
        case All(items=items) | Any(items=items):
            return len(items) > 2 or any(needs_list(i) or isinstance(i, All | Any) for i in items)
        case CountOf() | Sequence():
            return True
        case Not(item=item):
            return needs_list(item)
        case Exists(search=search):
            return search.where is not None and needs_list(search.where)
        case _:
            return False


def _has_dates(search: Search) -> bool:
    return search.time is not None and search.time.type.name == "date"


def _last_step(condition: Sequence) -> int:
    """The place of the last step that must come."""
    return max(index for index, step in enumerate(condition.steps) if not step.absent)
