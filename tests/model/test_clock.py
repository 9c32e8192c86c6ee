"""The arithmetic of 3.3, sentence by sentence, and as properties over zones with odd clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segql.model import clock as clocks
from segql.model import nodes
from segql.model.clock import NOT_CONSTANT, BadInstant, Clock, OutOfRangeError, parse_as_of
from segql.model.types import BOOL, DATE, DURATION, INT, QUOTIENT, TIMESTAMP, decimal
from segql.source import Span

ZONES = [
    "UTC",
    "Europe/Warsaw",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
HERE = Span("test.seg", 0, 0)
ABSOLUTE = ["second", "minute", "hour", "day", "week"]
CALENDAR = ["month", "quarter", "year"]

zones = st.sampled_from(ZONES)
instants = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2035, 12, 31), timezones=st.just(UTC)
)
dates = st.dates(min_value=date(1904, 1, 1), max_value=date(2096, 12, 31))


def at(text: str, zone: str = "UTC", week_starts: nodes.WeekStart = "monday") -> Clock:
    settings = nodes.Settings(zone, week_starts)
    instant = parse_as_of(text, settings)
    assert isinstance(instant, datetime), instant
    return Clock(instant, settings)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- local times, skipped and repeated ------------------------------------------------------------


def test_a_skipped_local_time_moves_forward():
    warsaw = at("2026-01-01", "Europe/Warsaw")
    instant = warsaw.instant(datetime(2026, 3, 29, 2, 30))
    assert instant == utc("2026-03-29T01:30")
    assert warsaw.local(instant) == datetime(2026, 3, 29, 3, 30)


def test_a_repeated_local_time_is_the_second():
    warsaw = at("2026-01-01", "Europe/Warsaw")
    assert warsaw.instant(datetime(2026, 10, 25, 2, 30)) == utc("2026-10-25T01:30")


def test_half_an_hour_of_summer_time():
    island = at("2026-01-01", "Australia/Lord_Howe")
    skipped = island.instant(datetime(2026, 10, 4, 2, 15))
    assert island.local(skipped) == datetime(2026, 10, 4, 2, 45)
    repeated = island.instant(datetime(2026, 4, 5, 1, 45))
    assert repeated == utc("2026-04-04T15:15")


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("Europe/Warsaw", date(2026, 3, 29), "2026-03-28T23:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00"),  # midnight is skipped
        ("Asia/Beirut", date(2024, 3, 31), "2024-03-30T22:00"),  # midnight is skipped
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00"),  # midnight exists twice
        ("Asia/Kathmandu", date(2026, 5, 1), "2026-04-30T18:15"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),  # a day that never was
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30"),  # 23:30 to 0:30
    ],
)
def test_a_day_starts_at_its_first_instant(zone: str, day: date, start: str):
    clock = at("2026-01-01", zone)
    assert clock.day_start(day) == utc(start)
    before = clock.day_start(day) - timedelta(microseconds=1)
    assert clock.local_date(before) < clock.local_date(clock.day_start(day))


@given(zones, dates)
def test_days_start_one_after_the_other(zone: str, day: date):
    clock = at("2026-01-01", zone)
    start, after = clock.day_start(day), clock.day_start(day + timedelta(days=1))
    assert start <= after <= start + timedelta(hours=25)
    if start < after:
        assert clock.local_date(start) == day
        assert clock.local_date(start - timedelta(microseconds=1)) < day


@given(zones, instants)
def test_local_time_and_back_is_the_same_instant_or_the_second(zone: str, instant: datetime):
    clock = at("2026-01-01", zone)
    back = clock.instant(clock.local(instant))
    assert back >= instant
    assert clock.local(back) == clock.local(instant)


# --- as of and E ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "today", "e"),
    [
        ("2026-01-01", date(2026, 1, 1), date(2026, 1, 1)),
        ("2026-01-01T00:00:00.000001", date(2026, 1, 1), date(2026, 1, 2)),
        ("2025-12-31T23:30", date(2025, 12, 31), date(2026, 1, 1)),
        ("2025-12-31T23:30Z", date(2026, 1, 1), date(2026, 1, 2)),
    ],
)
def test_e_is_the_first_date_that_starts_at_or_after_as_of(text: str, today: date, e: date):
    clock = at(text, "Europe/Warsaw")
    assert (clock.today, clock.e) == (today, e)


@given(zones, instants)
def test_e_by_its_definition(zone: str, instant: datetime):
    clock = Clock(instant, nodes.Settings(zone))
    assert clock.day_start(clock.e) >= clock.now
    assert clock.day_start(clock.e - timedelta(days=1)) < clock.now


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-01", "2025-12-31T23:00"),
        ("2026-01-01T08:00", "2026-01-01T07:00"),
        ("2026-01-01 08:00:30", "2026-01-01T07:00:30"),
        ("2026-01-01T08:00:30.1234567", "2026-01-01T07:00:30.123456"),
        ("2026-01-01T08:00Z", "2026-01-01T08:00"),
        ("2026-01-01T08:00-05:30", "2026-01-01T13:30"),
    ],
)
def test_texts_of_instants(text: str, instant: str):
    assert parse_as_of(text, nodes.Settings("Europe/Warsaw")) == utc(instant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026",
        "2026-02-30",
        "2026-01-01T25:00",
        "2026-01-01T08",
        "2026-01-01T08:00+99:00",
        "0001-01-01T00:00+02:00",
        "9999-12-31T23:00-05:00",
        "0000-01-01",
        "٢٠٢٦-01-01",
    ],
)
def test_texts_that_are_no_instants(text: str):
    bad = parse_as_of(text, nodes.Settings("Europe/Warsaw"))
    assert isinstance(bad, BadInstant)
    assert text in bad.message


@given(st.text(alphabet="0129-T:Z+. ", max_size=30))
def test_no_text_of_an_instant_raises(text: str):
    assert isinstance(parse_as_of(text, nodes.Settings("Asia/Kathmandu")), datetime | BadInstant)


def test_zones_are_known_or_not():
    assert clocks.known_zone("Europe/Warsaw")
    assert not clocks.known_zone("Europe/Nowhere")
    assert not clocks.known_zone("../etc/passwd")
    assert not clocks.known_zone("")


# --- calendar units -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week_starts", "start"),
    [
        ("monday", date(2026, 11, 16)),
        ("sunday", date(2026, 11, 15)),
        ("saturday", date(2026, 11, 21)),
    ],
)
def test_the_week_starts_as_the_project_says(week_starts: nodes.WeekStart, start: date):
    clock = at("2026-11-21T12:00", "Europe/Warsaw", week_starts)
    assert clock.unit_start("week", 0, as_date=True) == start
    assert clock.unit_start("week", -2, as_date=True) == start - timedelta(days=14)


def test_calendar_units_are_local():
    clock = at("2026-05-01T00:30", "Europe/Warsaw")
    assert clock.unit_start("month", 0, as_date=False) == utc("2026-04-30T22:00")
    assert clock.unit_start("month", -1, as_date=False) == utc("2026-03-31T22:00")
    assert clock.unit_start("quarter", 0, as_date=True) == date(2026, 4, 1)
    assert clock.unit_start("quarter", 1, as_date=True) == date(2026, 7, 1)
    assert clock.unit_start("year", -1, as_date=False) == utc("2024-12-31T23:00")
    assert clock.unit_start("day", 1, as_date=True) == date(2026, 5, 2)


# --- shifts ---------------------------------------------------------------------------------------


def test_days_are_24_hours_and_months_are_local():
    clock = at("2026-03-29T12:00", "Europe/Warsaw")
    assert clock.shift(clock.now, -1, "day") == clock.now - timedelta(hours=24)
    assert clock.shift(clock.now, -1, "month") == clock.instant(datetime(2026, 2, 28, 12))


@pytest.mark.parametrize(
    ("day", "count", "unit", "result"),
    [
        (date(2026, 3, 31), -1, "month", date(2026, 2, 28)),
        (date(2024, 3, 31), -1, "month", date(2024, 2, 29)),
        (date(2024, 2, 29), 1, "year", date(2025, 2, 28)),
        (date(2025, 11, 30), 1, "quarter", date(2026, 2, 28)),
        (date(2026, 1, 1), -1, "day", date(2025, 12, 31)),
        (date(2026, 1, 1), 2, "week", date(2026, 1, 15)),
    ],
)
def test_dates_shift_by_the_calendar(day: date, count: int, unit: nodes.Unit, result: date):
    assert at("2026-01-01").shift(day, count, unit) == result


def test_a_shift_into_a_gap_moves_forward():
    clock = at("2026-01-01", "Europe/Warsaw")
    assert clock.shift(clock.instant(datetime(2026, 2, 28, 2, 30)), 1, "month") == clock.instant(
        datetime(2026, 3, 28, 2, 30)
    )
    assert clock.local(clock.shift(clock.instant(datetime(2026, 1, 29, 2, 30)), 2, "month")) == (
        datetime(2026, 3, 29, 3, 30)
    )


def test_no_months_later_is_the_same_instant_even_where_the_local_time_is_repeated():
    clock = at("2026-10-25T00:30Z", "Europe/Warsaw")
    assert clock.shift(clock.now, 0, "month") == clock.now
    assert clock.elapsed("year", clock.now, clock.now) == 0


@pytest.mark.parametrize("unit", ["second", "minute", "hour"])
def test_dates_have_no_hours(unit: nodes.Unit):
    clock = at("2026-01-01")
    with pytest.raises(ValueError, match="date"):
        clock.shift(date(2026, 1, 1), 1, unit)
    with pytest.raises(ValueError, match="date"):
        clock.elapsed(unit, date(2026, 1, 1), date(2026, 1, 2))


@given(zones, instants, st.sampled_from(ABSOLUTE + CALENDAR), st.integers(-300, 300))
def test_one_unit_more_is_later(zone: str, instant: datetime, unit: nodes.Unit, count: int):
    clock = Clock(instant, nodes.Settings(zone))
    assert clock.shift(instant, count, unit) < clock.shift(instant, count + 1, unit)


@given(dates, st.sampled_from(["day", "week", *CALENDAR]), st.integers(-30, 30))
def test_one_unit_more_is_a_later_date(day: date, unit: nodes.Unit, count: int):
    clock = at("2026-01-01")
    assert clock.shift(day, count, unit) < clock.shift(day, count + 1, unit)


@given(dates, dates, st.integers(-30, 30))
def test_months_keep_the_order_of_dates(one: date, other: date, count: int):
    clock = at("2026-01-01")
    first, second = sorted((one, other))
    assert clock.shift(first, count, "month") <= clock.shift(second, count, "month")


@given(zones, instants, st.sampled_from(ABSOLUTE + CALENDAR), st.integers(1, 200))
def test_n_units_ago_is_the_start_of_the_last_n_units(
    zone: str, instant: datetime, unit: nodes.Unit, count: int
):
    """`before N units ago` and `in last N units` neither overlap nor leave a gap."""
    clock = Clock(instant, nodes.Settings(zone))
    ago = nodes.Shift(TIMESTAMP, HERE, nodes.Now(TIMESTAMP, HERE), -count, unit)
    assert clock.constant(ago) == clock.shift(clock.now, -count, unit)
    assert clock.constant(ago) < clock.now
    if unit in ABSOLUTE:
        assert clock.now - clock.shift(clock.now, -count, unit) == clocks.LENGTHS[unit] * count


# --- elapsed --------------------------------------------------------------------------------------


@given(zones, instants, instants, st.sampled_from(ABSOLUTE + CALENDAR))
def test_elapsed_is_the_largest_n(zone: str, start: datetime, end: datetime, unit: nodes.Unit):
    clock = Clock(end, nodes.Settings(zone))
    n = clock.elapsed(unit, start, end)
    assert clock.shift(start, n, unit) <= end < clock.shift(start, n + 1, unit)


@given(dates, dates, st.sampled_from(["day", "week", *CALENDAR]))
def test_elapsed_between_dates_is_the_largest_n(start: date, end: date, unit: nodes.Unit):
    clock = at("2026-01-01")
    n = clock.elapsed(unit, start, end)
    assert clock.shift(start, n, unit) <= end < clock.shift(start, n + 1, unit)


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2000, 2, 29), date(2026, 2, 27), 25),
        (date(2000, 2, 29), date(2026, 2, 28), 26),
        (date(2000, 2, 29), date(2028, 2, 28), 27),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
        (date(2026, 1, 1), date(2025, 12, 31), -1),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_years_between_dates(start: date, end: date, years: int):
    assert at("2026-01-01").elapsed("year", start, end) == years


def test_elapsed_of_negative_times_is_rounded_down():
    clock = at("2026-01-01")
    assert clock.elapsed("hour", clock.now, clock.now - timedelta(minutes=1)) == -1
    assert clock.elapsed("month", clock.now, clock.now - timedelta(microseconds=1)) == -1


def test_elapsed_at_the_ends_of_time():
    clock = at("2026-01-01")
    assert clock.elapsed("year", date(1, 1, 1), date(9999, 12, 31)) == 9998
    assert clock.elapsed("year", date(9999, 12, 31), date(1, 1, 1)) == -9999
    assert clock.elapsed("month", date(9999, 12, 31), date(9999, 12, 31)) == 0


# --- the ends of time -----------------------------------------------------------------------------


def test_what_leaves_the_years_1_to_9999_is_a_clean_error():
    clock = at("2026-01-01", "America/Sao_Paulo")
    for attempt in (
        lambda: clock.shift(clock.now, -3000, "year"),
        lambda: clock.shift(clock.now, 10**9, "week"),
        lambda: clock.shift(date(2026, 1, 1), 10**9, "day"),
        lambda: clock.shift(date(9999, 12, 31), 1, "day"),
        lambda: clock.local(datetime(1, 1, 1, tzinfo=UTC)),
        lambda: clock.unit_start("year", 8000, as_date=True),
        lambda: Clock(datetime(9999, 12, 31, 23, tzinfo=UTC), clock.settings).e,
        lambda: at("2026-01-01", "Asia/Kathmandu").day_start(date(1, 1, 1)),
    ):
        with pytest.raises(OutOfRangeError, match="years 1 to 9999"):
            attempt()


def test_as_of_needs_an_offset():
    with pytest.raises(ValueError, match="offset"):
        _ = Clock(datetime(2026, 1, 1), nodes.Settings()).now


# --- anniversaries --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "start", "end", "holds"),
    [
        (date(1990, 1, 2), date(2025, 12, 30), date(2026, 1, 3), True),
        (date(1990, 1, 3), date(2025, 12, 30), date(2026, 1, 3), False),
        (date(2000, 2, 29), date(2026, 2, 28), date(2026, 3, 1), True),
        (date(2000, 2, 29), date(2028, 2, 28), date(2028, 2, 29), False),
        (date(2000, 2, 29), date(2028, 2, 29), date(2028, 3, 1), True),
        (date(1990, 6, 1), date(2020, 1, 1), date(2026, 1, 1), True),
        (date(1990, 6, 1), date(2025, 7, 1), date(2026, 6, 1), False),
        (date(1990, 6, 1), date(2026, 7, 1), date(2026, 6, 1), False),
    ],
)
def test_anniversaries(day: date, start: date, end: date, holds: bool):
    assert clocks.has_anniversary(day, start, end) is holds


def test_an_open_end_holds_every_anniversary_and_after_excludes_its_day():
    assert clocks.has_anniversary(date(1990, 6, 1), None, date(1980, 1, 1))
    assert clocks.has_anniversary(date(1990, 6, 1), date(2026, 6, 1), date(2026, 6, 2))
    assert not clocks.has_anniversary(
        date(1990, 6, 1), date(2026, 6, 1), date(2026, 6, 2), after=True
    )


@given(dates, dates, dates)
def test_anniversaries_by_their_definition(day: date, one: date, other: date):
    start, end = sorted((one, other))
    anniversaries = [
        clocks.calendar_shift(day, year - day.year, "year") for year in range(1903, 2098)
    ]
    expected = any(start <= anniversary < end for anniversary in anniversaries)
    assert clocks.has_anniversary(day, start, end) is expected


# --- constants ------------------------------------------------------------------------------------


def const(value: object, type_=INT) -> nodes.Const:
    return nodes.Const(type_, HERE, value)


def test_constants_are_folded():
    clock = at("2026-11-21T12:00", "Europe/Warsaw")
    now, today = nodes.Now(TIMESTAMP, HERE), nodes.Today(DATE, HERE)
    e = nodes.Now(DATE, HERE)
    born = const(date(2000, 2, 29), DATE)
    cases: list[tuple[nodes.Value, object]] = [
        (now, utc("2026-11-21T11:00")),
        (today, date(2026, 11, 21)),
        (e, date(2026, 11, 22)),
        (nodes.Shift(DATE, HERE, e, -90, "day"), date(2026, 8, 24)),
        (nodes.UnitStart(DATE, HERE, "month", -1), date(2026, 10, 1)),
        (nodes.UnitStart(TIMESTAMP, HERE, "month", -1), utc("2026-09-30T22:00")),
        (nodes.DayStart(TIMESTAMP, HERE, today), utc("2026-11-20T23:00")),
        (nodes.Elapsed(INT, HERE, "year", born, today), 26),
        (nodes.Difference(DURATION, HERE, today, born), timedelta(days=9762)),
        (nodes.LocalDate(DATE, HERE, now), date(2026, 11, 21)),
        (nodes.DatePart(INT, HERE, "weekday", now), 6),
        (nodes.DatePart(INT, HERE, "hour", now), 12),
        (nodes.DatePart(INT, HERE, "year", today), 2026),
        (nodes.Arithmetic(INT, HERE, "+", const(2), const(3)), 5),
        (nodes.Arithmetic(QUOTIENT, HERE, "/", const(2), const(3)), Decimal("0.666667")),
        (nodes.Arithmetic(QUOTIENT, HERE, "/", const(2), const(0)), None),
        (nodes.Negative(INT, HERE, const(2)), -2),
        (
            nodes.Function(
                decimal(38, 1), HERE, "round", (const(Decimal("-2.25"), decimal(3, 2)), const(1))
            ),
            Decimal("-2.3"),
        ),
        (nodes.Function(INT, HERE, "coalesce", (const(None), const(7))), 7),
    ]
    for value, expected in cases:
        assert clock.constant(value) == expected, value


def test_what_a_row_decides_is_not_constant():
    clock = at("2026-11-21")
    source = nodes.Entity("customer", HERE)
    attribute = nodes.Attribute("birth_date", DATE, True, nodes.Column(("birth_date",)), HERE)
    born = nodes.Attr(DATE, HERE, nodes.Row(0, source), attribute)
    truth = nodes.Holds(BOOL, HERE, nodes.IsKnown(HERE, born))
    for value in (
        born,
        truth,
        nodes.Shift(DATE, HERE, born, 1, "day"),
        nodes.Function(DATE, HERE, "coalesce", (const(date(2000, 1, 1), DATE), born)),
        nodes.Named(DATE, HERE, "born", nodes.Row(0, source), born),
    ):
        assert clock.constant(value) is NOT_CONSTANT


def test_the_zone_is_found_once():
    assert at("2026-01-01", "Europe/Warsaw").zone is ZoneInfo("Europe/Warsaw")


@given(instants, st.integers(1, 12))
def test_e_counts_back_in_whole_days(instant: datetime, days: int):
    clock = Clock(instant, nodes.Settings("Europe/Warsaw"))
    assume(clock.e > date(1991, 1, 1))
    ago = nodes.Shift(DATE, HERE, nodes.Now(DATE, HERE), -days, "day")
    assert clock.constant(ago) == clock.e - timedelta(days=days)
