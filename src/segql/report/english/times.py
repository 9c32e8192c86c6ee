"""Instants, days, lengths of time and windows in English, each resolved for one `as of`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property

from segql.model.clock import LENGTHS, NOT_CONSTANT, Clock, OutOfRangeError
from segql.model.nodes import (
    Aggregate,
    Attr,
    Const,
    DayStart,
    LocalDate,
    Named,
    Now,
    Shift,
    Today,
    UnitStart,
    Up,
    Value,
    Window,
)
from segql.model.scalars import NumberTooLargeError
from segql.report.english import words
from segql.report.english.notes import Notes
from segql.syntax.tree import Unit

Bound = date | datetime | None
"""A resolved bound: an instant (aware, UTC), a local date, or None where the window is open."""


class Times(ABC):
    """Says times as people do, in the local time of the project."""

    def __init__(self, clock: Clock, notes: Notes) -> None:
        self.clock = clock
        self.notes = notes
        self.first_clock = clock
        """The `as of` of the whole text; `clock` is another one within `member of … as of`."""

    @contextmanager
    def at_moment(self, clock: Clock) -> Iterator[None]:
        """Say what follows as of another moment."""
        outer = self.clock
        self._turn(clock)
        yield
        self._turn(outer)

    def _turn(self, clock: Clock) -> None:
        self.clock = clock
        for name in ("as_of", "as_of_in_full"):
            self.__dict__.pop(name, None)

    @property
    def elsewhere(self) -> str:
        """` as of 3 October 2025 01:00` where that is not the `as of` of the whole text."""
        if self.clock.now == self.first_clock.now:
            return ""
        return f" as of {self.as_of}"

    @abstractmethod
    def value(self, value: Value) -> str:
        """A value as a noun phrase."""

    # --- instants and days ------------------------------------------------------------------------

    @cached_property
    def as_of(self) -> str:
        """`1 January 2026 00:00 Warsaw time`; `now` where that is not a whole minute."""
        now = self.clock.now
        return "now" if now.second or now.microsecond else self.as_of_in_full

    @cached_property
    def as_of_in_full(self) -> str:
        local = self.clock.local(self.clock.now)
        zone = words.zone_name(self.clock.settings.timezone)
        return f"{words.day(local)} {words.time_of_day(local)}{self._offset(self.clock.now)} {zone}"

    def instant(self, instant: datetime) -> str:
        """Local day and time; with its offset where the local time exists twice.

        Parts of a second that a bound has from `as of` are not repeated with each bound.
        """
        local = self.clock.local(instant)
        if local.microsecond == self.clock.now.microsecond:
            local = local.replace(microsecond=0)
        return f"{words.day(local)} {words.time_of_day(local)}{self._offset(instant)}"

    def _offset(self, instant: datetime) -> str:
        """` (UTC+02:00)` where the local time exists twice."""
        local = self.clock.local(instant)
        zone = self.clock.zone
        offsets = {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
        if len(offsets) == 1:
            return ""
        hours = instant.astimezone(zone).strftime("%z")
        return f" (UTC{hours[:3]}:{hours[3:]})"

    def at(self, bound: date | datetime) -> str:
        return self.instant(bound) if isinstance(bound, datetime) else words.day(bound)

    def length(self, count: int, unit: Unit, dates: bool) -> str:
        """`90 x 24 hours` for instants, `90 days` for dates, `3 months` for both."""
        if unit not in LENGTHS:
            self.notes.mark_calendar()
            return words.counted(count, unit)
        if dates or unit not in ("day", "week"):
            return words.counted(count, unit)
        if unit == "week":
            return "7 x 24 hours" if count == 1 else f"{count:,} x 7 x 24 hours"
        return "24 hours" if count == 1 else f"{count:,} x 24 hours"

    def constant(self, value: Value) -> object:
        """The value that no row has a part in, or `NOT_CONSTANT` (also where it leaves the calendar)."""
        try:
            return self.clock.constant(value)
        except (OutOfRangeError, NumberTooLargeError):
            return NOT_CONSTANT

    def resolved(self, value: Value | None) -> Bound | str:
        """A bound as it stands for this `as of`; a phrase where each row has its own."""
        if value is None:
            return None
        found = self.constant(value)
        return found if isinstance(found, date) else self.moment(value)

    # --- moments ----------------------------------------------------------------------------------

    def moment(self, value: Value) -> str:
        """A time as it was meant, with the instant it stands for where that is the same for all."""
        found = self.constant(value)
        if not isinstance(found, date):
            return self._own_moment(value)
        if (shift := relative(value)) is not None:
            return f"{self._from_now(shift)} ({self.at(found)})"
        if isinstance(_bare(value), Now):
            return self._anchor(value.type.name == "date")
        return self.at(found)

    def _from_now(self, shift: Shift) -> str:
        dates = shift.type.name == "date"
        side = "before" if shift.count < 0 else "after"
        return f"{self.length(abs(shift.count), shift.unit, dates)} {side} {self._anchor(dates)}"

    def _anchor(self, dates: bool) -> str:
        """What lengths of time are counted from: `as of`, or E for dates (3.3)."""
        if not dates:
            return self.as_of
        if self.clock.day_start(self.clock.e) != self.clock.now:
            self.notes.general(
                f"Days without a time of day are counted from {words.day(self.clock.e)}, the first "
                f"local day that starts at or after {self.as_of}"
            )
        return words.day(self.clock.e)

    def _own_moment(self, value: Value) -> str:
        value = _bare(value)
        match value:
            case DayStart():
                day = _bare(value.day)
                if isinstance(day, Shift) and day.unit == "day" and day.count == 1:
                    return f"the end of {self.local_day(day.value)}"
                return f"the start of {self.local_day(day)}"
            case _:
                return self.value(value)

    def local_day(self, day: Value) -> str:
        """A day: of a time, the local day it falls on."""
        day = _bare(day)
        found = self.constant(day)
        if isinstance(found, date):
            return self.at(found)
        if isinstance(day, LocalDate):
            return f"the day of {self.value(day.value)}"
        return self.value(day)

    def mark_local(self) -> None:
        self.notes.general(
            f"Days, weeks, months and hours are those of local time in {self.clock.settings.timezone}"
        )

    # --- windows ----------------------------------------------------------------------------------

    def window(self, window: Window) -> str:
        """A window with the preposition that it needs: `in the 24 hours before …`, `on 1 May 2026`."""
        start, end = self.resolved(window.start), self.resolved(window.end)
        self.notes.mark_window()
        if not isinstance(start, str) and not isinstance(end, str):
            if window.wording.kind == "rolling" and start is not None and end is not None:
                return self._rolling(window, start, end)
            if window.wording.kind == "calendar" and start is not None and end is not None:
                return self._calendar(window, start, end)
        return self._bounds(window, start, end)

    def _rolling(self, window: Window, start: date | datetime, end: date | datetime) -> str:
        wording = window.wording
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            if wording.direction == "last":
                self._anchor(True)  # says what the days are counted from
            return self._days(start, end)
        length = self.length(wording.count, wording.unit, False).removeprefix("1 ")
        if wording.direction == "next":
            return f"in the {length} after {self.as_of} (until {self.instant(end)})"
        return f"in the {length} before {self.as_of} (from {self.instant(start)})"

    def _calendar(self, window: Window, start: date | datetime, end: date | datetime) -> str:
        first, last = self._first_day(start), self._last_day(end)
        count, unit = window.wording.count or 1, window.wording.unit
        zone = ""
        if isinstance(start, datetime):
            zone = f" (local time {self.clock.settings.timezone})"
        return _calendar_unit(first, last, count, unit) + zone

    def _bounds(self, window: Window, start: Bound | str, end: Bound | str) -> str:
        """What `between`, `since`, `before`, `after` and `on` say."""
        if not isinstance(start, str) and not isinstance(end, str):
            if start is not None and end is not None and self._whole_days(window, start, end):
                return self._days(start, end)
            return self._constant_bounds(window, start, end)
        if window.start is not None and window.end is not None:
            if window.wording.kind == "day":
                return f"on {_after_start(self.moment(window.start))}"
            return f"from {self.moment(window.start)} until {self.moment(window.end)}"
        return self._open_bound(window)

    def _open_bound(self, window: Window) -> str:
        if window.start is not None:
            start = self.moment(window.start)
            return f"later than {start}" if window.after else f"from {start} on"
        return (
            f"earlier than {self.moment(window.end)}" if window.end is not None else "at any time"
        )

    def _constant_bounds(self, window: Window, start: Bound, end: Bound) -> str:
        if window.start is not None and window.end is not None:
            left, right = relative(window.start), relative(window.end)
            if left is not None and right is not None and left.count < 0 and right.count < 0:
                assert start is not None
                assert end is not None
                dates = left.type.name == "date"
                return (
                    f"from {self.length(-left.count, left.unit, dates)} to "
                    f"{self.length(-right.count, right.unit, dates)} before {self._anchor(dates)} "
                    f"({self.at(start)} to {self.at(end)})"
                )
            return f"from {self.moment(window.start)} until {self.moment(window.end)}"
        return self._open_bound(window)

    def _whole_days(self, window: Window, start: date | datetime, end: date | datetime) -> bool:
        """Whether a window is best said as days: both bounds are days, and not lengths back from now."""
        if window.after or any(relative(b) for b in (window.start, window.end) if b is not None):
            return not isinstance(start, datetime) and not window.after
        return all(
            not isinstance(bound, datetime) or self.clock.day_start(self._date(bound)) == bound
            for bound in (start, end)
        )

    def _days(self, start: date | datetime, end: date | datetime) -> str:
        first, last = self._first_day(start), self._last_day(end)
        if first == last:
            return f"on {words.day(first)}"
        return f"from {words.days_between(first, last)} (both days included)"

    def _date(self, bound: date | datetime) -> date:
        return self.clock.local_date(bound) if isinstance(bound, datetime) else bound

    def _first_day(self, start: date | datetime) -> date:
        return self._date(start)

    def _last_day(self, end: date | datetime) -> date:
        return self._date(end) - timedelta(days=1)


def relative(value: Value) -> Shift | None:
    """The shift, where a value is a length of time before or after `as of` itself (`90 days ago`)."""
    value = _bare(value)
    if isinstance(value, Shift) and isinstance(_bare(value.value), Now) and value.count:
        return value
    return None


def _bare(value: Value) -> Value:
    while isinstance(value, Named) and not isinstance(value.value, Attr):
        value = value.value
    return value


def _after_start(text: str) -> str:
    return text.removeprefix("the start of ")


def _calendar_unit(first: date, last: date, count: int, unit: Unit) -> str:
    months = f"{words.MONTHS[first.month - 1]} to {words.MONTHS[last.month - 1]} {last.year}"
    if first.year != last.year:
        months = f"{words.MONTHS[first.month - 1]} {first.year} to {words.MONTHS[last.month - 1]} {last.year}"
    match unit:
        case "month" if count == 1:
            return f"in the calendar month of {words.MONTHS[first.month - 1]} {first.year}"
        case "month" | "quarter":
            name = unit if count == 1 else words.plural(unit)
            return f"in the {'' if count == 1 else f'{count:,} '}calendar {name} {months}"
        case "year" if count == 1:
            return f"in the calendar year {first.year}"
        case "year":
            return f"in the {count:,} calendar years {first.year} to {last.year}"
        case "week":
            name = "calendar week" if count == 1 else f"{count:,} calendar weeks"
            return f"in the {name} from {_weekday(first)} to {_weekday(last)}"
        case _ if count == 1:
            return f"on the calendar day {words.day(first)}"
        case _:
            return f"on the {count:,} calendar days from {words.days_between(first, last)}"


def _weekday(value: date) -> str:
    return f"{words.WEEKDAYS[value.weekday()]} {words.day(value)}"


# --- as it is written in a `.seg` file ------------------------------------------------------------


def written(window: Window) -> str:
    """A window in the language's own words, as far as the model tells: `in last 90 days`."""
    wording = window.wording
    units = wording.unit if wording.count in (0, 1) else words.plural(wording.unit)
    start = written_moment(window.start) if window.start is not None else ""
    end = written_moment(window.end, is_end=True) if window.end is not None else ""
    match wording.kind:
        case "rolling":
            return f"in {wording.direction} {wording.count} {units}"
        case "calendar" if wording.direction == "this":
            return f"in this {wording.unit}"
        case "calendar":
            count = f"{wording.count} " if wording.count > 1 else ""
            return f"in {wording.direction} {count}full {units}"
        case "day":
            return start if start in ("today", "yesterday") else f"on {start}"
        case "between":
            return f"between {start} and {end}"
        case "since":
            return f"since {start}"
        case "before":
            return f"before {written_moment(window.end) if window.end is not None else end}"
        case _:
            return f"after {start}"


def written_moment(value: Value, is_end: bool = False) -> str:
    """A moment in the language's own words; `…` stands for what has no short form.

    `is_end`: the end of `between`, where a day stands for the start of the next one.
    """
    value = _bare(value)
    if isinstance(value, DayStart | UnitStart | Shift | Today) and is_end:
        day = _bare(value.day) if isinstance(value, DayStart) else value
        if isinstance(day, Shift) and day.unit == "day" and day.count == 1:
            return written_moment(day.value)
    match value:
        case Now():
            return "now"
        case Today():
            return "today"
        case UnitStart(unit="day", offset=offset):
            return {-1: "yesterday", 0: "today"}.get(offset, f"today + {offset} days")
        case DayStart():
            return written_moment(value.day)
        case LocalDate():
            return written_moment(value.value)
        case Shift():
            return _written_shift(value)
        case _:
            return _written_other(value)


def _written_shift(value: Shift) -> str:
    units = value.unit if abs(value.count) == 1 else words.plural(value.unit)
    if isinstance(_bare(value.value), Now) and value.count < 0:
        return f"{-value.count} {units} ago"
    if isinstance(_bare(value.value), Today) and value.count == -1 and value.unit == "day":
        return "yesterday"
    sign = "-" if value.count < 0 else "+"
    return f"{written_moment(value.value)} {sign} {abs(value.count)} {units}"


def _written_other(value: Value) -> str:
    match value:
        case Const(value=datetime() as instant):
            return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
        case Const(value=date() as day):
            return day.isoformat()
        case Named():
            return value.name
        case Attr():
            name, row = value.attribute.name, value.row
            while isinstance(row, Up):
                link = row.link
                name, row = f"{link.name}.{name}", row.row
            return name
        case Aggregate(argument=Attr() as argument):
            return f"{value.function}({value.search.source.name}.{argument.attribute.name})"
        case _:
            return "…"
