"""Time (3.3) on the engines, against the clock of the model."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from segql.model.clock import Clock
from segql.model.nodes import Settings
from segql.model.types import DATE, INT, TIMESTAMP
from segql.sql import build as b
from segql.sql.times import anniversary_ranges
from tests.sql.operations import Engine, name

ZONES = [
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Beirut",
]
UNITS: list[Any] = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
DATES = [
    date(1, 1, 1),
    date(1969, 12, 31),
    date(2023, 2, 28),
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2024, 3, 10),
    date(2024, 3, 31),
    date(2024, 11, 3),
    date(2024, 12, 30),
    date(2025, 2, 28),
    date(2025, 3, 1),
    date(9998, 12, 31),
]
TIMES = [
    datetime(1900, 2, 28, 23, 59, 59, 999999),
    datetime(2023, 3, 31, 12),
    datetime(2024, 1, 31, 0, 30),
    datetime(2024, 2, 29, 23, 30),
    datetime(2024, 3, 10, 6, 59, 59),  # New York and Havana change
    datetime(2024, 3, 10, 7),
    datetime(2024, 3, 30, 22),  # Beirut: 31 March begins at one o'clock
    datetime(2024, 3, 31, 0, 59, 59, 999999),  # Warsaw changes
    datetime(2024, 3, 31, 1, 30),
    datetime(2024, 4, 6, 15, 10),  # Lord Howe changes by half an hour
    datetime(2024, 10, 27, 0, 30),
    datetime(2024, 10, 27, 1, 30),
    datetime(2024, 11, 3, 4, 30),  # Havana: midnight exists twice
    datetime(2024, 11, 3, 5, 30),
    datetime(2024, 11, 3, 6, 30),
    datetime(2025, 2, 28, 23, 30),
    datetime(2525, 1, 1),
]


def clock(zone: str) -> Clock:
    return Clock(datetime(2026, 1, 1, tzinfo=UTC), Settings(timezone=zone))


def naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_shift_of_timestamps(engine: Engine, zone: str) -> None:
    d, c = engine.dialect(zone), clock(zone)
    steps = list(product(UNITS, (-13, -1, 1, 5)))
    source = engine.values(d, [(one,) for one in TIMES], [TIMESTAMP])
    found = table(engine, [d.shift(name("a"), TIMESTAMP, n, unit) for unit, n in steps], source)
    assert found == [
        [naive(c.shift(time.replace(tzinfo=UTC), n, unit)) for unit, n in steps] for time in TIMES
    ]


def test_shift_of_dates(engine: Engine) -> None:
    d, c = engine.dialect(), clock("Europe/Warsaw")
    cases = list(product(DATES[1:-1], UNITS[3:], (-13, -1, 1, 5)))
    found = engine.each([d.shift(d.literal(day, DATE), DATE, n, unit) for day, unit, n in cases])
    assert found == [c.shift(day, n, unit) for day, unit, n in cases]


@pytest.mark.parametrize("zone", ZONES)
def test_elapsed_of_timestamps(engine: Engine, zone: str) -> None:
    d, c = engine.dialect(zone), clock(zone)
    pairs = list(product(TIMES, TIMES))
    source = engine.values(d, pairs, [TIMESTAMP, TIMESTAMP])
    expressions = [d.elapsed(unit, name("a"), name("b"), TIMESTAMP) for unit in UNITS]
    found = table(engine, expressions, source)
    right = [
        [c.elapsed(unit, one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)) for unit in UNITS]
        for one, other in pairs
    ]
    assert [case for case in zip(pairs, found, right, strict=True) if case[1] != case[2]] == []


def table(engine: Engine, expressions: list[Any], source: str) -> list[list[Any]]:
    printed = ", ".join(engine.print(one) for one in expressions)
    return [list(row) for row in engine.rows(f"SELECT {printed} {source}")]


def test_elapsed_of_dates(engine: Engine) -> None:
    d, c = engine.dialect(), clock("Europe/Warsaw")
    pairs = list(product(DATES[:-1], DATES[:-1]))
    source = engine.values(d, pairs, [DATE, DATE])
    units = UNITS[3:]
    found = table(engine, [d.elapsed(unit, name("a"), name("b"), DATE) for unit in units], source)
    right = [[c.elapsed(unit, one, other) for unit in units] for one, other in pairs]
    assert [case for case in zip(pairs, found, right, strict=True) if case[1] != case[2]] == []


def test_difference(engine: Engine) -> None:
    d = engine.dialect()
    micro = timedelta(microseconds=1)
    for type_, values in ((TIMESTAMP, TIMES), (DATE, DATES)):
        pairs: list[Any] = list(product(values, values))
        source = engine.values(d, pairs, [type_, type_])
        found = engine.column(d.difference(name("a"), name("b"), type_), source)
        assert found == [(x - y) // micro for x, y in pairs]


@pytest.mark.parametrize("zone", ZONES)
def test_local_dates_and_parts(engine: Engine, zone: str) -> None:
    d, c = engine.dialect(zone), clock(zone)
    times = [d.literal(one, TIMESTAMP) for one in TIMES]
    locals_ = [c.local(one.replace(tzinfo=UTC)) for one in TIMES]
    assert engine.each([d.local_date(one) for one in times]) == [one.date() for one in locals_]
    parts: list[tuple[Any, Any]] = [
        ("year", lambda x: x.year),
        ("month", lambda x: x.month),
        ("day", lambda x: x.day),
        ("weekday", lambda x: x.isoweekday()),
        ("quarter", lambda x: (x.month - 1) // 3 + 1),
        ("hour", lambda x: x.hour if isinstance(x, datetime) else 0),
        ("minute", lambda x: x.minute if isinstance(x, datetime) else 0),
    ]
    for part, of in parts:
        assert engine.each([d.date_part(part, one, TIMESTAMP) for one in times]) == [
            of(one) for one in locals_
        ]
        days = [d.date_part(part, d.literal(one, DATE), DATE) for one in DATES]
        assert engine.each(days) == [of(one) for one in DATES]
    assert engine.value(d.date_part("hour", d.null(DATE), DATE)) is None


@pytest.mark.parametrize("zone", ZONES)
def test_day_start(engine: Engine, zone: str) -> None:
    d, c = engine.dialect(zone), clock(zone)
    days = DATES[1:]
    found = engine.each([d.day_start(d.literal(day, DATE)) for day in days])
    assert found == [naive(c.day_start(day)) for day in days]


@pytest.mark.parametrize("week_starts", ["monday", "wednesday", "sunday"])
def test_active_units(engine: Engine, week_starts: Any) -> None:
    zone = "America/New_York"
    d, c = (
        engine.dialect(zone, week_starts),
        Clock(datetime(2026, 1, 1, tzinfo=UTC), Settings(timezone=zone, week_starts=week_starts)),
    )
    first = {"monday": 0, "wednesday": 2, "sunday": 6}[week_starts]
    times = [datetime(2023, 12, 30) + timedelta(hours=7 * n) for n in range(60)]
    days = [c.local_date(one.replace(tzinfo=UTC)) for one in times]
    weeks = {day - timedelta(days=(day.weekday() - first) % 7) for day in days}
    months = {(day.year, day.month) for day in days}
    source = engine.values(d, [(one, n) for n, one in enumerate(times)], [TIMESTAMP, INT])
    units: list[Any] = ["day", "week", "month"]
    a = name("a")
    found = engine.each([d.active(unit, a, TIMESTAMP) for unit in units], source)
    assert found == [len(set(days)), len(weeks), len(months)]
    early = b.lt(name("b"), b.number(1))
    assert engine.each([d.active(unit, a, TIMESTAMP, early) for unit in units], source) == [1, 1, 1]
    source = engine.values(d, [(one,) for one in days], [DATE])
    found = engine.each([d.active(unit, a, DATE) for unit in units], source)
    assert found == [len(set(days)), len(weeks), len(months)]


def test_anniversaries(engine: Engine) -> None:
    d = engine.dialect()
    births = [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]
    source = engine.values(d, [(n, one) for n, one in enumerate(births)], [INT, DATE])
    windows = [
        (date(2025, 2, 20), date(2025, 3, 1)),
        (date(2024, 2, 20), date(2024, 3, 1)),
        (date(2024, 2, 28), date(2024, 2, 29)),
        (date(2025, 12, 20), date(2026, 1, 6)),
        (date(2025, 5, 5), date(2025, 5, 6)),
        (date(2025, 1, 1), date(2026, 1, 1)),
        (date(2025, 3, 2), date(2026, 3, 2)),
        (date(2025, 1, 1), None),
    ]
    for start, end in windows:
        sql = engine.print(d.anniversary(name("b"), start, end))
        found = {row[0] for row in engine.rows(f"SELECT a {source} WHERE {sql}")}
        assert found == {n for n, one in enumerate(births) if has_anniversary(one, start, end)}
    assert engine.value(d.anniversary(d.null(DATE), date(2025, 1, 1), None)) is None


def has_anniversary(born: date, start: date, end: date | None) -> bool:
    """By going through the years."""
    for year in range(start.year, (end or date(2100, 1, 1)).year + 1):
        try:
            on = born.replace(year=year)
        except ValueError:
            on = date(year, 2, 28)
        if start <= on and (end is None or on < end):
            return True
    return False


def test_anniversary_ranges_are_few() -> None:
    assert anniversary_ranges(date(2025, 12, 20), date(2026, 1, 6)) == [(101, 105), (1220, 1231)]
    assert anniversary_ranges(date(2025, 2, 28), date(2025, 3, 1)) == [(228, 229)]
    assert anniversary_ranges(date(2024, 2, 28), date(2024, 2, 29)) == [(228, 228)]
