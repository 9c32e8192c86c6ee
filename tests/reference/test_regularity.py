"""2.3 and 3.2: regular events, bursts, streaks, gaps, the favourite's share. Worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from segql.model import nodes, resolve
from segql.source import SourceFile
from segql.syntax.parser import parse
from tests.reference.support import AS_OF, members, values

MODEL = """
entity customer {
  table customers
  key   id: int
}
event buy of customer {
  table buys
  key   id: int
  on    customer_id
  at    happened: timestamp
  kind:   text?
  amount: decimal(8, 2)?
}
event visit of customer {
  table visits
  key   id: int
  on    customer_id
  at    day: date
}
"""


def buys(*times: str, kinds: str = "", amounts: tuple[str | None, ...] = ()):
    return {
        "customers": [{"id": 1}],
        "buys": [
            {
                "id": number,
                "customer_id": 1,
                "happened": datetime.fromisoformat(time),
                "kind": kinds[number] if number < len(kinds) and kinds[number] != "-" else None,
                "amount": None
                if number >= len(amounts) or amounts[number] is None
                else Decimal(str(amounts[number])),
            }
            for number, time in enumerate(times)
        ],
    }


def visits(*days: str):
    return {
        "customers": [{"id": 1}],
        "visits": [
            {"id": number, "customer_id": 1, "day": date.fromisoformat(day)}
            for number, day in enumerate(days)
        ],
    }


def holds(condition: str, database, as_of: datetime = AS_OF, zone: str = "UTC") -> bool:
    return members(MODEL, condition, database, as_of, zone) == [1]


def value(text: str, database, as_of: datetime = AS_OF, zone: str = "UTC"):
    return values(MODEL, text, database, as_of, zone)[1]


# --- full units -----------------------------------------------------------------------------------

MONTHS = ("2025-10-05", "2025-11-30T23:59", "2025-12-01")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("did buy in at least 3 of last 3 full months", True),
        ("did buy in each of last 3 full months", True),
        ("did buy in each of last 4 full months", False),
        ("did buy in at least 3 of last 12 full months", True),
        ("did buy in at least 4 of last 12 full months", False),
        ("did buy at least 2 times in at least 1 of last 3 full months", False),
        ("did buy exactly 1 time in each of last 3 full months", True),
        ("did buy in at least 2 of last 2 full quarters", False),
        ("did buy at least 3 times in each of last 1 full quarter", True),
        ("did buy 1 to 2 times in each of last 1 full quarter", False),
        ("not (did buy in each of last 4 full months)", True),
    ],
)
def test_the_last_full_units(condition: str, expected: bool):
    assert holds(condition, buys(*MONTHS)) is expected


def test_the_current_unit_is_not_full():
    condition = "did buy in each of last 1 full month"
    assert not holds(condition, buys("2026-01-02"), datetime(2026, 1, 31, tzinfo=UTC))
    assert holds(condition, buys("2025-12-31T23:59"), datetime(2026, 1, 31, tzinfo=UTC))


def test_units_are_local():
    # 23:30 UTC of 30 November is December in Warsaw
    condition = "did buy in each of last 1 full month"
    assert not holds(condition, buys("2025-11-30T23:30"))
    late = AS_OF - timedelta(hours=1)  # January in Warsaw
    assert holds(condition, buys("2025-11-30T23:30"), late, "Europe/Warsaw")
    assert not holds(condition, buys("2025-12-31T22:59:59"), late - timedelta(seconds=1))


def test_weeks_start_as_the_project_says():
    # as of Thursday 1 January: the last full week is Monday 22 to Sunday 28 December
    condition = "did buy in each of last 1 full week"
    assert holds(condition, buys("2025-12-28T12:00"))
    assert not holds(condition, buys("2025-12-29T12:00"))
    assert not holds(condition, buys("2025-12-21T12:00"))


def test_the_condition_of_the_rows():
    condition = 'did buy in each of last 2 full months where { kind = "a" }'
    assert holds(condition, buys("2025-11-05", "2025-12-05", kinds="aa"))
    assert not holds(condition, buys("2025-11-05", "2025-12-05", kinds="ab"))


def test_dates_in_full_units():
    condition = "did visit in each of last 2 full months"
    assert holds(condition, visits("2025-11-30", "2025-12-01"))
    assert not holds(condition, visits("2025-11-30", "2025-10-01"))


# --- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # [26, 29), [29, 1 January)
        (("2025-12-29", "2025-12-28T23:59"), True),
        (("2025-12-29", "2025-12-25T23:59"), False),
        (("2025-12-31", "2025-12-29"), False),
        (("2025-12-31", "2025-12-26"), True),
    ],
)
def test_periods_run_back_from_as_of(times, expected):
    assert holds("did buy in each of last 2 periods of 3 days", buys(*times)) is expected


def test_periods_do_not_end_at_midnight():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    condition = "did buy in each of last 2 periods of 1 day"
    assert holds(condition, buys("2025-12-31T13:00", "2025-12-31T11:00"), noon)
    assert not holds(condition, buys("2025-12-31T13:00", "2026-01-01T11:00"), noon)


def test_periods_of_months_are_calendar_arithmetic_from_as_of():
    end = datetime(2025, 3, 31, tzinfo=UTC)
    # back from 31 March: 28 February, 31 January
    condition = "did buy in each of last 2 periods of 1 month"
    assert holds(condition, buys("2025-02-28", "2025-02-27T23:59"), end)
    assert holds(condition, buys("2025-03-30", "2025-01-31"), end)
    assert not holds(condition, buys("2025-03-30", "2025-01-30"), end)


def test_periods_of_dates_run_back_from_e():
    condition = "did visit in each of last 2 periods of 2 days"
    assert holds(condition, visits("2025-12-30", "2025-12-29"))
    noon = AS_OF + timedelta(hours=12)  # E is 2 January: [29, 31), [31, 2)
    assert not holds(condition, visits("2025-12-30", "2025-12-29"), noon)
    assert holds(condition, visits("2025-12-30", "2025-12-31"), noon)


# --- within any -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("2025-12-01", "2025-12-05", "2025-12-07T23:59"), True),
        (("2025-12-01", "2025-12-05", "2025-12-08"), False),  # [t, t + 7 days)
        (("2025-12-01", "2025-12-01", "2025-12-01"), True),
        (("2025-12-01", "2025-12-02"), False),
        (("2025-11-01", "2025-12-01", "2025-12-02", "2025-12-03"), True),
    ],
)
def test_a_stretch_holds_enough(times, expected):
    assert holds("did buy at least 3 times within any 7 days", buys(*times)) is expected


def test_a_stretch_lies_in_the_window_with_all_its_rows():
    condition = "did buy at least 2 times within any 1 hour on 2025-12-05"
    assert holds(condition, buys("2025-12-05T10:00", "2025-12-05T10:30"))
    assert not holds(condition, buys("2025-12-04T23:50", "2025-12-05T00:10"))


def test_a_stretch_of_dates_is_whole_days():
    condition = "did visit at least 2 times within any 2 days"
    assert holds(condition, visits("2025-12-01", "2025-12-02"))
    assert not holds(condition, visits("2025-12-01", "2025-12-03"))
    assert holds("did visit at least 2 times within any 1 day", visits("2025-12-01", "2025-12-01"))


# --- streaks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "times", "expected"),
    [
        ("streak_days(buy)", (), 0),
        ("streak_days(buy)", ("2025-12-01",), 1),
        ("streak_days(buy)", ("2025-12-01", "2025-12-01T10:00"), 1),
        ("streak_days(buy)", ("2025-12-05", "2025-12-01", "2025-12-03", "2025-12-02"), 3),
        ("streak_days(buy since 2025-12-02)", ("2025-12-01", "2025-12-02", "2025-12-03"), 2),
        ("streak_weeks(buy)", ("2025-12-07", "2025-12-08", "2025-12-21"), 3),
        ("streak_weeks(buy)", ("2025-12-01", "2025-12-15"), 1),
        ("streak_months(buy)", ("2025-10-31", "2025-11-01", "2025-12-31", "2025-08-01"), 3),
        ("streak_months(buy)", ("2024-12-31", "2025-01-01"), 2),
    ],
)
def test_the_longest_run_of_consecutive_units(text, times, expected):
    assert value(text, buys(*times)) == expected


def test_streaks_are_local():
    times = ("2025-12-01T22:30", "2025-12-01T23:30")
    assert value("streak_days(buy)", buys(*times)) == 1
    assert value("streak_days(buy)", buys(*times), zone="Europe/Warsaw") == 2
    assert value("streak_days(visit)", visits("2025-12-31", "2025-12-30", "2025-12-28")) == 2


# --- gaps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min_gap(buy)", timedelta(days=1)),
        ("max_gap(buy)", timedelta(days=5)),
        ("avg_gap(buy)", timedelta(days=8) / 3),
        ("median_gap(buy)", timedelta(days=2)),
        ("max_gap(buy before 2025-12-05)", timedelta(days=2)),
        ("max_gap(buy before 2025-12-02)", None),  # fewer than two
        ("max_gap(buy before 2025-11-02)", None),
    ],
)
def test_gaps_are_durations_between_neighbours_in_time(text, expected):
    database = buys("2025-12-09", "2025-12-01", "2025-12-02", "2025-12-04")
    assert value(text, database) == expected


def test_gaps_are_rounded_to_microseconds_half_away():
    moments = ("2025-12-01", "2025-12-01T00:00:00.000001", "2025-12-01T00:00:00.000001")
    assert value("min_gap(buy)", buys(*moments)) == timedelta(0)
    assert value("avg_gap(buy)", buys(*moments)) == timedelta(microseconds=1)
    assert value("median_gap(buy)", buys(*moments)) == timedelta(microseconds=1)


def test_gaps_of_dates_count_dates():
    database = visits("2025-12-01", "2025-12-04", "2025-12-04")
    assert value("max_gap(visit)", database) == timedelta(days=3)
    assert value("avg_gap(visit)", database) == timedelta(days=1, hours=12)
    assert holds("max_gap(visit) > 2 days", database)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max_gap(buy) + 1 day", timedelta(days=3)),
        ("max_gap(buy) - 3 days", timedelta(days=-1)),
        ("max_gap(buy) * 1.5", timedelta(days=3)),
        ("2 * max_gap(buy)", timedelta(days=4)),
        ("max_gap(buy) / 4", timedelta(hours=12)),
        ("max_gap(buy) / 0", None),
        ("min_gap(buy before 2025-12-02) + 1 day", None),
    ],
)
def test_duration_arithmetic(text, expected):
    assert value(text, buys("2025-12-01", "2025-12-03")) == expected


# --- the favourite's share ------------------------------------------------------------------------


def test_the_share_of_the_favourite():
    database = buys(
        *("2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"),
        kinds="abb-",
        amounts=("7", "1", "2", "100"),
    )
    # two of the three known values; 7 of the 10 that they cost
    assert value("favourite_share(buy.kind)", database) == Decimal("0.666667")
    assert value("favourite_share(buy.kind by sum(buy.amount))", database) == Decimal("0.7")
    assert value("favourite(buy.kind by sum(buy.amount))", database) == "a"


def test_the_share_of_no_favourite_is_unknown():
    assert value("favourite_share(buy.kind)", buys()) is None
    assert value("favourite_share(buy.kind)", buys("2025-12-01", kinds="-")) is None
    zero = buys("2025-12-01", kinds="a", amounts=("0",))
    assert value("favourite_share(buy.kind by sum(buy.amount))", zero) is None


@pytest.mark.parametrize("by", ["last(buy.at)", "max_gap(buy)"])
def test_the_share_is_of_a_number(by):
    parsed = parse(
        SourceFile("t.seg", f"{MODEL}trait t of customer = favourite_share(buy.kind by {by})")
    )
    model = resolve([parsed.file], nodes.Settings())
    assert [found.message for found in model.diagnostics] == [
        "`favourite_share` is the part of a number: its first `by` must be one"
    ]
