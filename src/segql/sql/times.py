"""Time (3.3), lowered to standard SQL over a few hooks. A canonical timestamp is naive UTC."""

from __future__ import annotations

from abc import abstractmethod
from calendar import isleap
from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from segql.model.clock import WEEKDAYS
from segql.model.nodes import DateField
from segql.model.running import TEMPLATE, AsOfKind
from segql.model.types import DATE, Type
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import ActiveUnit
from segql.sql.numbers import Aggregates
from segql.syntax.tree import Unit

MICROSECONDS: dict[Unit, int] = {
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
DAYS: dict[Unit, int] = {"day": 1, "week": 7}
_SPAN_DAYS = 3_660_006
"""A little more than the days of 10,000 years, whole weeks: makes every difference of times positive."""


class Times(Aggregates):
    # --- hooks ------------------------------------------------------------------------------------

    @abstractmethod
    def at_zone(self, value: Expr, zone: str) -> Expr:
        """Naive UTC -> naive local time."""

    def from_zone(self, value: Expr, zone: str) -> Expr:
        """Naive local time -> naive UTC: forward in a gap, the second of two.

        For dialects that are only certain of the way from UTC: by the offset of a day later, where the clock then shows
        `value` (also the second of two); else by that of a day before, which moves a skipped time forward.
        """
        before, after = (self._by_offset(value, zone, days) for days in (-1, 1))
        return b.case([(b.eq(self.at_zone(after, zone), value), after)], before)

    def _by_offset(self, local: Expr, zone: str, days: int) -> Expr:
        """`local` less the offset that holds at about `days` from it."""
        near = self.plus(local, days, "day")
        return self.plus_difference(local, near, self.at_zone(near, zone))

    @abstractmethod
    def plus(self, value: Expr, count: int, unit: Unit) -> Expr:
        """A naive timestamp plus a constant of calendar months or fixed lengths: a naive timestamp."""

    def plus_days(self, day: Expr, count: int) -> Expr:
        """A date plus days: a date."""
        return b.add(day, b.number(count)) if count >= 0 else b.sub(day, b.number(-count))

    @abstractmethod
    def plus_months(self, value: Expr, count: Expr) -> Expr:
        """A date or naive timestamp plus a column of months, clamped: a naive timestamp."""

    @abstractmethod
    def microseconds(self, left: Expr, right: Expr) -> Expr:
        """`left - right` of two naive timestamps, a 64-bit whole number."""

    def days(self, left: Expr, right: Expr) -> Expr:
        """`left - right` of two dates, a whole number."""
        return b.sub(left, right)

    @abstractmethod
    def part(self, name: str, value: Expr) -> Expr:
        """`year quarter month day hour minute weekday` (ISO) of a date or naive timestamp, a whole number."""

    @abstractmethod
    def whole_division(self, value: Expr, by: int) -> Expr:
        """Of a whole number that is not negative."""

    @abstractmethod
    def live(self) -> Expr:
        """The engine's clock, one instant for the whole statement: naive UTC."""

    @abstractmethod
    def parameter(self) -> Expr:
        """The bind parameter `as_of`, an instant with its offset: naive UTC."""

    def plus_difference(self, value: Expr, left: Expr, right: Expr) -> Expr:
        """`value + (left - right)` of naive timestamps."""
        return b.add(value, exp.Paren(this=b.sub(left, right)))

    def as_date(self, value: Expr) -> Expr:
        return b.cast(value, "DATE")

    # --- operations -------------------------------------------------------------------------------

    def local(self, value: Expr) -> Expr:
        return value if self.zone == "UTC" else self.at_zone(value, self.zone)

    def instant(self, local: Expr) -> Expr:
        return local if self.zone == "UTC" else self.from_zone(local, self.zone)

    def shift(self, value: Expr, type_: Type, count: int, unit: Unit) -> Expr:
        if unit in MONTHS:
            months = count * MONTHS[unit]
            if type_ == DATE:
                return self.as_date(self.plus(value, months, "month"))
            return self.instant(self.plus(self.local(value), months, "month"))
        if type_ == DATE:
            return self.plus_days(value, count * DAYS[unit])
        return self.plus(value, count, unit)

    def earliest(self, times: Sequence[Expr]) -> Expr:
        return times[0] if len(times) == 1 else b.call("LEAST", *times)

    def difference(self, left: Expr, right: Expr, type_: Type) -> Expr:
        if type_ == DATE:
            return b.mul(self.days(left, right), b.number(MICROSECONDS["day"]))
        return self.microseconds(left, right)

    def gap(self, time: Expr, type_: Type, keys: Sequence[Expr]) -> Expr:
        before = self.over(b.call("LAG", time), keys, [(time, False)])
        return self.difference(time, before, type_)

    def whole_lengths(self, value: Expr, length: timedelta) -> Expr:
        return self.whole_division(b.paren(value), length // timedelta(microseconds=1))

    def local_date(self, value: Expr) -> Expr:
        return self.as_date(self.local(value))

    def day_start(self, day: Expr) -> Expr:
        """Midnight by the offset of a day before, where the clock then shows midnight: the first of two; else by
        the engine's rule, which moves a skipped midnight forward."""
        midnight = b.cast(day, self.types["timestamp"])
        if self.zone == "UTC":
            return midnight
        before = self.plus(midnight, -1, "day")
        first = self.plus_difference(before, midnight, self.local(before))
        return b.case([(b.eq(self.local(first), midnight), first)], self.instant(midnight))

    def date_part(self, part: DateField, value: Expr, type_: Type) -> Expr:
        if type_ == DATE:
            return self._zero(value) if part in ("hour", "minute") else self.part(part, value)
        return self.part(part, self.local(value))

    def _zero(self, value: Expr) -> Expr:
        return b.case([(b.not_null(value), b.number(0))])

    def elapsed(self, unit: Unit, start: Expr, end: Expr, type_: Type) -> Expr:
        if unit in MONTHS:
            return self._floor(self._months(start, end, type_), MONTHS[unit], 120_000)
        if type_ == DATE:
            days = self.days(end, start)
            return days if unit == "day" else self._floor(days, DAYS[unit], _SPAN_DAYS)
        span = _SPAN_DAYS * MICROSECONDS["day"]
        return self._floor(self.microseconds(end, start), MICROSECONDS[unit], span)

    def _floor(self, value: Expr, by: int, span: int) -> Expr:
        """`value / by` rounded down; `span`, a multiple of `by`, makes it positive: engines truncate."""
        if by == 1:
            return value
        whole = self.whole_division(b.paren(b.add(value, b.number(span))), by)
        return b.sub(whole, b.number(span // by))

    def _months(self, start: Expr, end: Expr, type_: Type) -> Expr:
        """Complete months: the calendar months between, less one where adding them oversteps the end."""
        if type_ == DATE:
            first, last = start, end
        else:
            first, last = self.local(start), self.local(end)
        years = b.sub(self.part("year", last), self.part("year", first))
        months = b.sub(self.part("month", last), self.part("month", first))
        count = b.add(b.paren(b.mul(b.paren(years), b.number(12))), months)
        reached = self.plus_months(first, count)
        if type_ != DATE:
            reached = self.instant(reached)
        beyond = b.gt(reached, end)
        if type_ != DATE and self.zone != "UTC":
            # no months from the first of two equal local times is that time itself, not the second
            other = b.any_([b.ne(b.paren(count), b.number(0)), b.gt(start, end)])
            beyond = b.all_([beyond, other])
        return b.sub(b.paren(count), b.case([(beyond, b.number(1))], b.number(0)))

    def anniversary(self, value: Expr, start: date | None, end: date | None) -> Expr:
        month_day = b.add(b.mul(self.part("month", value), b.number(100)), self.part("day", value))
        if start is None or end is None or (end - start).days >= 366:
            return b.ge(month_day, b.number(0))
        ranges = anniversary_ranges(start, end)
        if not ranges:
            return b.lt(month_day, b.number(0))
        tests: list[Expr] = []
        for low, high in ranges:
            if low == high:
                tests.append(b.eq(month_day, b.number(low)))
            else:
                between = exp.Between(
                    this=b.paren(month_day), low=b.number(low), high=b.number(high)
                )
                tests.append(between)
        return b.any_(tests) if len(tests) == 1 else exp.Paren(this=b.any_(tests))

    def as_of(self, kind: AsOfKind) -> Expr:
        if kind == "template":
            return exp.Var(this=TEMPLATE)
        return self.live() if kind == "live" else self.parameter()

    def first_day(self, instant: Expr) -> Expr:
        """Today, tomorrow, or where clocks were set back over midnight, the day behind it."""
        today = self.local_date(instant)
        tomorrow = self.plus_days(today, 1)
        return b.case(
            [(b.ge(self.day_start(day), instant), day) for day in (today, tomorrow)],
            self.plus_days(today, 2),
        )

    def unit_day(self, unit: Unit, day: Expr) -> Expr:
        if unit == "week":
            first = WEEKDAYS.index(self.settings.week_starts) + 1
            weekday = self.part("weekday", day)
            back = [(number, (number - first) % 7) for number in range(1, 8) if number != first]
            return b.case(
                [
                    (b.eq(weekday, b.number(number)), self.plus_days(day, -days))
                    for number, days in back
                ],
                day,
            )
        midnight = b.cast(day, self.types["timestamp"])
        return self.as_date(b.call("DATE_TRUNC", self.text(unit), midnight))

    def anniversaries(self, value: Expr, start: Expr | None, end: Expr | None) -> Expr:
        """The anniversary of the year that the dates begin in, or of one of the next two: in more each date has one."""
        if start is None or end is None:
            return b.ge(self.part("month", value), b.number(0))
        years = b.paren(b.sub(self.part("year", start), self.part("year", value)))
        found = []
        for later in range(3):
            months = b.mul(b.paren(b.add(years, b.number(later))), b.number(12))
            day = self.as_date(self.plus_months(value, months))
            found.append(b.all_([b.ge(day, start), b.lt(day, end)]))
        return exp.Paren(this=b.any_(found))

    def unit_number(self, unit: ActiveUnit, time: Expr, type_: Type) -> Expr:
        """Weeks and days count from 1970; a week's number grows at the project's first day of the week."""
        if unit == "month":
            local = time if type_ == DATE else self.local(time)
            return b.add(b.mul(self.part("year", local), b.number(12)), self.part("month", local))
        day = time if type_ == DATE else self.local_date(time)
        days = self.days(day, self.date(date(1970, 1, 1)))
        if unit == "day":
            return days
        first = WEEKDAYS.index(self.settings.week_starts)
        # 1970-01-01 was a Thursday: 3 days after a Monday
        offset = 3 - first + 7 * 104_300
        return self.whole_division(b.paren(b.add(days, b.number(offset))), 7)

    def unit_of(self, unit: ActiveUnit, time: Expr, type_: Type) -> Expr:
        if unit == "day":
            return time if type_ == DATE else self.local_date(time)
        return self.unit_number(unit, time, type_)


def plus_interval(value: Expr, count: int, unit: Unit) -> Expr:
    """`value + INTERVAL '90 days'`: without a zone, days are 24 hours and months are clamped."""
    interval = b.raw(f"INTERVAL '{abs(count)} {unit}{'' if abs(count) == 1 else 's'}'")
    return b.sub(value, interval) if count < 0 else b.add(value, interval)


def anniversary_ranges(start: date, end: date) -> list[tuple[int, int]]:
    """The `month * 100 + day` of the dates whose anniversary lies in `[start, end)` (at most 366 days), as ranges."""
    found = set()
    day = start
    while day < end:
        found.add(day.month * 100 + day.day)
        if (day.month, day.day) == (2, 28) and not isleap(day.year):
            found.add(229)
        day += timedelta(days=1)
    everything = [month * 100 + day for month in range(1, 13) for day in range(1, 32)]
    ranges: list[tuple[int, int]] = []
    joined = False
    for one in (one for one in everything if one % 100 <= _LAST[one // 100 - 1]):
        if one not in found:
            joined = False
        elif joined:
            ranges[-1] = (ranges[-1][0], one)
        else:
            ranges.append((one, one))
            joined = True
    return ranges


_LAST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
