"""Time as the language means it (3.3), exact to microseconds: pure functions over an `as of` and a zone.

An *instant* is an aware `datetime` in UTC, a *local time* a naive one. A local time that a change of the
clocks skips moves forward by what was skipped; one that exists twice is the second; but a day starts at
its first instant. Whatever leaves the years 1 to 9999 raises `OutOfRangeError`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from segql.model import nodes, scalars
from segql.model.scalars import OutOfRangeError
from segql.syntax.tree import Unit

__all__ = [
    "NOT_CONSTANT",
    "BadInstant",
    "Clock",
    "NotConstant",
    "OutOfRangeError",
    "calendar_shift",
    "has_anniversary",
    "instant_in",
    "known_zone",
    "parse_as_of",
    "unit_start_of",
]

Time = TypeVar("Time", date, datetime)

LENGTHS: Final[dict[Unit, timedelta]] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
"""Units of absolute length: a day is 24 hours."""

MONTHS: Final[dict[Unit, int]] = {"month": 1, "quarter": 3, "year": 12}
"""Units of local calendar arithmetic, in months."""

DAYS: Final[dict[Unit, int]] = {"day": 1, "week": 7}
"""Units that dates are counted in, beside the calendar ones."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class NotConstant:
    """The type of `NOT_CONSTANT`."""

    def __repr__(self) -> str:
        return "NOT_CONSTANT"


NOT_CONSTANT: Final = NotConstant()
"""What `Clock.constant` says of a value that depends on a row (None is the unknown value)."""


@dataclass(frozen=True, slots=True)
class BadInstant:
    """A text that is no instant; `message` says why."""

    message: str


@dataclass(frozen=True)
class Clock:
    """Every window and date of a project, `as_of` one instant (aware; kept to microseconds)."""

    as_of: datetime
    settings: nodes.Settings

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)

    @cached_property
    def now(self) -> datetime:
        """`as of` in UTC."""
        if self.as_of.tzinfo is None:
            raise ValueError("`as of` must have an offset")
        return _guard_utc(self.as_of)

    @property
    def identity(self) -> Hashable:
        """What tells this `as of` from another one of the same statement."""
        return self.now

    @cached_property
    def today(self) -> date:
        """The local date of `as of`."""
        return self.local_date(self.now)

    @cached_property
    def e(self) -> date:
        """E of 3.3: the first local date that starts at or after `as of`."""
        day = self.today
        while self.day_start(day) < self.now:
            day = _days_later(day, 1)
        return day

    # --- local time -------------------------------------------------------------------------------

    def local(self, instant: datetime) -> datetime:
        """The local time (naive) of an instant."""
        return local_in(self.zone, instant)

    def local_date(self, instant: datetime) -> date:
        """`date(X)`: the local date of an instant."""
        return self.local(instant).date()

    def instant(self, local: datetime) -> datetime:
        """The instant of a local time (naive): skipped ones move forward, of two it is the second."""
        return instant_in(self.zone, local)

    def day_start(self, day: date) -> datetime:
        """The first instant of a local day, also where midnight is skipped or exists twice.

        A day that the zone leaves out altogether starts where the next one does.
        """
        midnight = datetime(day.year, day.month, day.day)
        before, after = _offsets(self.zone, midnight)
        if before < after:
            return _jump(self.zone, midnight, before, after)
        return _minus(midnight, before)

    # --- calendar units ---------------------------------------------------------------------------

    def unit_start(self, unit: Unit, offset: int, as_date: bool) -> datetime | date:
        """The start of the calendar unit `offset` units after the one that `as of` lies in.

        A date, or its first instant. Units from day to year.
        """
        day = self.unit_date(unit, offset)
        return day if as_date else self.day_start(day)

    def unit_date(self, unit: Unit, offset: int) -> date:
        """The first local date of the calendar unit `offset` units after the current one."""
        start = unit_start_of(self.today, unit, self.settings.week_starts)
        return calendar_shift(start, offset, unit)

    def shift(self, value: Time, count: int, unit: Unit) -> Time:
        """`value` plus `count` units: nodes.Shift.

        Instants: seconds to weeks absolute, longer units by the local calendar, clamped; no months
        later is the same instant, whatever the clocks do. Dates: units from day on, by the calendar.
        """
        if isinstance(value, datetime):
            return self._shift_instant(value, count, unit)
        return calendar_shift(value, count, unit)

    def _shift_instant(self, value: datetime, count: int, unit: Unit) -> datetime:
        if unit in LENGTHS:
            try:
                return value + LENGTHS[unit] * count
            except OverflowError:
                raise OutOfRangeError from None
        if count == 0:
            return value
        local = self.local(value)
        day = calendar_shift(local.date(), count, unit)
        return self.instant(datetime.combine(day, local.time()))

    def elapsed(self, unit: Unit, start: Time, end: Time) -> int:
        """The largest n with `start + n units <= end`; both are instants, or both dates."""
        if isinstance(start, datetime) and isinstance(end, datetime):
            if unit in LENGTHS:
                return (end - start) // LENGTHS[unit]
            months = _months_between(self.local(start), self.local(end))
        else:
            if unit in DAYS:
                return (end - start).days // DAYS[unit]
            months = _months_between(start, end)
        if unit not in MONTHS:
            raise ValueError(f"dates are not counted in {unit}s")
        # The count of calendar months is at most a unit off; the definition decides.
        n = months // MONTHS[unit] + 1
        while self._later(start, n, unit, end):
            n -= 1
        return n

    def _later(self, start: Time, count: int, unit: Unit, end: Time) -> bool:
        """Whether `start + count units > end`; outside the years 1 to 9999 the sign decides."""
        try:
            return self.shift(start, count, unit) > end
        except OutOfRangeError:
            return count > 0

    # --- constants --------------------------------------------------------------------------------

    def constant(self, value: nodes.Value) -> object:
        """The Python value of a value that no row has a part in, None if it is unknown.

        `NOT_CONSTANT` where a row decides. Types as in `nodes.Const`. Raises `scalars.NumberTooLargeError` and
        `OutOfRangeError`, as the engines would.
        """
        match value:
            case nodes.Const():
                return value.value
            case nodes.Named():
                return self.constant(value.value)
            case nodes.Now() | nodes.Today() | nodes.UnitStart():
                return self.moment(value)
            case (
                nodes.Attr()
                | nodes.Aggregate()
                | nodes.Holds()
                | nodes.Points()
                | nodes.OverPopulation()
                | nodes.Standing()
            ):
                return NOT_CONSTANT
            case _:
                parts = [self.constant(part) for part in operands(value)]
                if any(part is NOT_CONSTANT for part in parts):
                    return NOT_CONSTANT
                return self.operation(value, parts)

    def moment(self, value: nodes.Now | nodes.Today | nodes.UnitStart) -> date | datetime:
        """The values that only `as of` decides."""
        as_date = value.type.name == "date"
        match value:
            case nodes.Now():
                return self.e if as_date else self.now
            case nodes.Today():
                return self.today
            case nodes.UnitStart(unit=unit, offset=offset):
                return self.unit_start(unit, offset, as_date)

    def operation(self, value: nodes.Value, parts: list[object]) -> object:
        """What an operation gives for its operands (see `operands`); strict but for functions."""
        if isinstance(value, nodes.Function):
            types = [argument.type for argument in value.arguments]
            return scalars.function(value.name, parts, types, value.type)
        if any(part is None for part in parts):
            return None
        match value:
            case nodes.Arithmetic():
                left, right = parts
                return scalars.arithmetic(value.operator, left, right, value.type)
            case nodes.Negative():
                return scalars.negative(parts[0])
            case _:
                return self._time_operation(value, parts)

    def _time_operation(self, value: nodes.Value, parts: list[object]) -> object:
        first: date = parts[0]  # type: ignore[assignment]  # the types were checked
        match value:
            case nodes.DayStart():
                return self.day_start(first)
            case nodes.Shift():
                return self.shift(first, value.count, value.unit)
            case nodes.Elapsed():
                end: date = parts[1]  # type: ignore[assignment]
                return self.elapsed(value.unit, first, end)
            case nodes.Difference():
                return first - parts[1]  # type: ignore[operator]
            case nodes.LocalDate():
                return self.local_date(first) if isinstance(first, datetime) else first
            case nodes.DatePart():
                return self.part(value.part, first)
            case _:
                raise TypeError(f"not a value: {type(value).__name__}")

    def part(self, name: nodes.DateField, value: date | datetime) -> int:
        """Local `year quarter month day weekday hour minute`; weekday 1 Monday to 7 Sunday; a date's hour is 0."""
        local = self.local(value) if isinstance(value, datetime) else value
        if name == "weekday":
            return local.isoweekday()
        if name == "quarter":
            return (local.month + 2) // 3
        if name in ("hour", "minute") and not isinstance(local, datetime):
            return 0
        number: int = getattr(local, name)
        return number


def operands(value: nodes.Value) -> tuple[nodes.Value, ...]:
    """The values that an operation is made of, in order; none for what is no operation."""
    match value:
        case nodes.Arithmetic() | nodes.Difference():
            return (value.left, value.right)
        case nodes.Elapsed():
            return (value.start, value.end)
        case nodes.Function():
            return value.arguments
        case nodes.DayStart():
            return (value.day,)
        case nodes.Shift() | nodes.LocalDate() | nodes.DatePart() | nodes.Negative():
            return (value.value,)
        case _:
            return ()


# --- zones ----------------------------------------------------------------------------------------


def known_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def instant_in(zone: ZoneInfo, local: datetime) -> datetime:
    """The instant of a local time: a skipped one moves forward, of two it is the second."""
    return _minus(local, min(_offsets(zone, local)))


def local_in(zone: ZoneInfo, instant: datetime) -> datetime:
    """The local time (naive) of an instant."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise OutOfRangeError from None


@lru_cache(maxsize=4096)
def _offsets(zone: ZoneInfo, local: datetime) -> tuple[timedelta, timedelta]:
    """The offsets on both sides of a change of the clocks; equal on all other days.

    The first is smaller where the local time is skipped, larger where it exists twice.
    """
    before = local.replace(tzinfo=zone, fold=0).utcoffset()
    after = local.replace(tzinfo=zone, fold=1).utcoffset()
    if before is None or after is None:  # a ZoneInfo always knows
        raise OutOfRangeError
    return before, after


def _jump(zone: ZoneInfo, skipped: datetime, before: timedelta, after: timedelta) -> datetime:
    """The instant at which the clocks jumped over the local time `skipped`."""
    low = _minus(skipped, after)  # still before the jump
    high = _minus(skipped, before)  # behind it, or the jump itself
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _minus(local: datetime, offset: timedelta) -> datetime:
    try:
        return local.replace(tzinfo=UTC) - offset
    except OverflowError:
        raise OutOfRangeError from None


def _guard_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise OutOfRangeError from None


# --- the calendar ---------------------------------------------------------------------------------


def unit_start_of(day: date, unit: Unit, week_starts: nodes.WeekStart) -> date:
    """The first date of the calendar unit (day to year) that `day` lies in."""
    match unit:
        case "day":
            return day
        case "week":
            back = (day.weekday() - WEEKDAYS.index(week_starts)) % 7
            return _days_later(day, -back)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            raise ValueError(f"a {unit} is not a unit of the calendar")


def calendar_shift(day: date, count: int, unit: Unit) -> date:
    """`day` plus `count` calendar units (day to year), clamped to the month's last day."""
    if unit in DAYS:
        return _days_later(day, DAYS[unit] * count)
    if unit not in MONTHS:
        raise ValueError(f"a date is not shifted by {unit}s")
    year, month = divmod(day.year * 12 + day.month - 1 + MONTHS[unit] * count, 12)
    if not 1 <= year <= 9999:
        raise OutOfRangeError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def has_anniversary(day: date, start: date | None, end: date | None, after: bool = False) -> bool:
    """Whether in some year the anniversary of `day` lies in `[start, end)`; `after`: not on `start`.

    The anniversary of 29 February is 28 February in common years.
    """
    if start is None or end is None:
        return True
    if after:
        start = _days_later(start, 1)
    return any(
        start <= calendar_shift(day, year - day.year, "year") < end
        for year in range(start.year, min(end.year, start.year + 2) + 1)
    )


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _days_later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise OutOfRangeError from None


# --- texts ----------------------------------------------------------------------------------------

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)


def parse_as_of(text: str, settings: nodes.Settings) -> datetime | BadInstant:
    """The instant (UTC) that a text names: `2026-01-01` (the start of that local day),
    `2026-01-01T08:00[:30[.5]]` (local time), the same with `Z` or `+02:00`; cut to microseconds."""
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        return BadInstant(
            f"`{text}` is no instant: expected `2026-01-31`, `2026-01-31T08:00`, "
            "`2026-01-31T08:00Z` or `2026-01-31T08:00+02:00`"
        )
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    clock = Clock(datetime(2000, 1, 1, tzinfo=UTC), settings)
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return clock.day_start(on)
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        local = datetime(on.year, on.month, on.day, int(hour), int(minute), int(second or 0), micro)
        if offset is None:
            return clock.instant(local)
        return _minus(local, _offset(offset))
    except OutOfRangeError as error:
        return BadInstant(f"`{text}` is no instant: {error}")
    except ValueError:
        return BadInstant(f"`{text}` is no instant: there is no such date or time")


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size
