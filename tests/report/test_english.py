"""The English of a definition, from models made by hand: every kind of value, window and condition."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import (
    Aggregate,
    All,
    Anniversary,
    Any,
    Arithmetic,
    Attr,
    Attribute,
    Column,
    Compare,
    Condition,
    Const,
    CountOf,
    DatePart,
    DayStart,
    Difference,
    Elapsed,
    Entity,
    Event,
    Exists,
    Function,
    Holds,
    IfKnown,
    InRange,
    InSet,
    InWindow,
    IsKnown,
    Link,
    ListTest,
    LocalDate,
    Measure,
    MemberOf,
    Model,
    Named,
    Not,
    Now,
    OrUnknown,
    RawSql,
    Row,
    Search,
    Segment,
    Settings,
    Shift,
    SqlText,
    Table,
    TextTest,
    Today,
    Truth,
    UnitStart,
    Up,
    Value,
    Window,
    Wording,
)
from segql.model.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    QUOTIENT,
    TEXT,
    TIMESTAMP,
    Type,
    decimal,
    enum,
    list_of,
)
from segql.report.english import english_condition, english_window, explain, windows, words
from segql.source import SourceFile, Span
from segql.syntax.parser import parse

AT = Span("made.seg", 0, 0)
CLOCK = Clock(datetime(2025, 12, 31, 23, tzinfo=UTC), Settings("Europe/Warsaw"))
"""1 January 2026 00:00 in Warsaw."""
MORNING = Clock(datetime(2026, 1, 1, 7, tzinfo=UTC), Settings("Europe/Warsaw"))

TIER = enum("basic", "silver", "gold", ordered=True)
MONEY = decimal(12, 2)


def _attributes(**types: tuple[Type, bool]) -> dict[str, Attribute]:
    return {
        name: Attribute(name, type_, nullable, Column((name,)), AT)
        for name, (type_, nullable) in types.items()
    }


STORE = Entity("store", AT, attributes=_attributes(city=(TEXT, False)), table=Table(("stores",)))
CUSTOMER = Entity(
    "customer",
    AT,
    doc="Someone with an account",
    attributes=_attributes(
        customer_id=(INT, False),
        created_ts=(TIMESTAMP, True),
        country=(TEXT, True),
        city=(TEXT, False),
        tier=(TIER, False),
        email_opt_in=(BOOL, False),
        push_opt_in=(BOOL, True),
        birth_date=(DATE, True),
        signed_up_at=(TIMESTAMP, False),
        interests=(list_of(TEXT), False),
        concerns=(list_of(TEXT), False),
        deleted_at=(TIMESTAMP, True),
        points=(INT, False),
    ),
    table=Table(("shop", "customers")),
)
CUSTOMER.created = CUSTOMER.attributes["created_ts"]
PURCHASE = Event(
    "purchase",
    AT,
    attributes=_attributes(
        order_id=(INT, False),
        ordered_at=(TIMESTAMP, False),
        amount=(MONEY, False),
        voucher=(TEXT, True),
        status=(enum("paid", "open"), False),
        store_id=(INT, True),
    ),
    table=Table(("shop", "orders")),
)
PURCHASE.at = PURCHASE.attributes["ordered_at"]
BOUGHT = Link("customer", PURCHASE, ("customer_id",), CUSTOMER, AT)
PURCHASE.owner = BOUGHT
CUSTOMER.many["purchase"] = BOUGHT
IN_STORE = Link("store", PURCHASE, ("store_id",), STORE, AT)
PURCHASE.one["store"] = IN_STORE
LINE = Entity(
    "order_line",
    AT,
    attributes=_attributes(quantity=(INT, False), price=(MONEY, False)),
    table=Table(("shop", "lines")),
)
LINES = Link("lines", LINE, ("order_id",), PURCHASE, AT)
PURCHASE.many["lines"] = LINES
PAID = Event(
    "paid_purchase",
    AT,
    attributes=PURCHASE.attributes,
    one=PURCHASE.one,
    many=PURCHASE.many,
    owner=BOUGHT,
    at=PURCHASE.at,
    base=PURCHASE,
)
VISIT = Event(
    "store_visit", AT, attributes=_attributes(day=(DATE, False)), table=Table(("visits",))
)
VISIT.at = VISIT.attributes["day"]
VISIT.owner = Link("customer", VISIT, ("customer_id",), CUSTOMER, AT)

ME = Row(0, CUSTOMER)
BUY = Row(1, PURCHASE)


def attr(name: str, row: Row | Up = ME) -> Attr:
    attribute = row.source.attributes[name]
    return Attr(attribute.type, AT, row, attribute)


def const(value: object, type_: Type | None = None) -> Const:
    kinds = {bool: BOOL, int: INT, str: TEXT, date: DATE, datetime: TIMESTAMP, timedelta: DURATION}
    return Const(type_ or kinds.get(type(value), MONEY), AT, value)


def compare(operator: str, left: Value, right: Value) -> Compare:
    return Compare(AT, operator, left, right)  # type: ignore[arg-type]


def ago(count: int, unit: str, type_: Type = TIMESTAMP) -> Shift:
    return Shift(type_, AT, Now(type_, AT), -count, unit)  # type: ignore[arg-type]


def last(count: int, unit: str, type_: Type = TIMESTAMP) -> Window:
    wording = Wording("rolling", "last", count, unit)  # type: ignore[arg-type]
    return Window(ago(count, unit, type_), Now(type_, AT), wording=wording)


def calendar(unit: str, first: int, end: int, type_: Type = TIMESTAMP) -> Window:
    wording = Wording("calendar", "last", end - first, unit)  # type: ignore[arg-type]
    bounds = [UnitStart(type_, AT, unit, offset) for offset in (first, end)]  # type: ignore[arg-type]
    return Window(bounds[0], bounds[1], wording=wording)


def purchases(
    window: Window | None = None, where: Condition | None = None, source: Event = PURCHASE
) -> Search:
    time = attr("ordered_at", Row(1, source))
    return Search(ME, (BOUGHT,), source, 1, time, window, where, AT)


def count(search: Search) -> Aggregate:
    return Aggregate(INT, AT, "count", search)


STATUS_PAID = compare("=", attr("status", BUY), const("paid", PURCHASE.attributes["status"].type))
PAID.where = compare("=", attr("status", Row(0, PAID)), const("paid"))


def said(condition: Condition, clock: Clock = CLOCK) -> str:
    return english_condition(condition, clock, CUSTOMER)


def model(*lines: Condition, **more: object) -> Model:
    segment = Segment(
        "made",
        CUSTOMER,
        lines,
        "Made by hand",
        "For a test.",
        "crm@example.com",
        ("a", "b"),
        (),
        AT,
    )
    segments = {"made": segment, **more}
    return Model(CLOCK.settings, {}, {}, segments, {}, (), {}, {})  # type: ignore[arg-type]


# --- conditions in one line -----------------------------------------------------------------------

COUNTRY = attr("country")
QUANTITY = attr("quantity", Row(2, LINE))
BIG_LINES = Search(
    BUY,
    (LINES,),
    LINE,
    2,
    attr("ordered_at", Up(Row(2, LINE), LINES)),
    None,
    compare(">", QUANTITY, const(2)),
    AT,
)
RECENTLY = (
    "in the 90 x 24 hours before 1 January 2026 00:00 Warsaw time (from 3 October 2025 01:00)"
)

ONE_LINE: list[tuple[Condition, str]] = [
    (Truth(AT, attr("email_opt_in")), "email_opt_in is true"),
    (Not(AT, Truth(AT, attr("push_opt_in"))), "push_opt_in is not true"),
    (compare("=", COUNTRY, const("PL")), 'country is "PL"'),
    (compare("!=", COUNTRY, const('a "b"\n')), 'country is not "a \\"b\\"\\n"'),
    (compare("<", COUNTRY, const("M")), 'country is before "M"'),
    (compare(">=", attr("points"), const(1000)), "points are at least 1,000"),
    (compare("<", attr("points"), const(Decimal("-0.50"))), "points are less than -0.5"),
    (compare(">=", attr("tier"), const("gold", TIER)), 'tier is at least "gold"'),
    (
        compare("<=", attr("birth_date"), const(date(2000, 2, 29))),
        "birth_date is on or before 29 February 2000",
    ),
    (
        compare(">", attr("signed_up_at"), const(datetime(2025, 7, 1, 10, 30, tzinfo=UTC))),
        "signed_up_at is after 1 July 2025 12:30",
    ),
    (
        compare(">=", attr("signed_up_at"), ago(5, "day")),
        "signed_up_at is at or after 5 x 24 hours before 1 January 2026 00:00 Warsaw time "
        "(27 December 2025 00:00)",
    ),
    (
        compare(
            "=",
            Function(TEXT, AT, "fold", (attr("city"),)),
            Function(TEXT, AT, "fold", (const("łódź"),)),
        ),
        'city is "łódź" (ignoring case)',
    ),
    (InSet(AT, COUNTRY, (const("PL"), const("DE"))), 'country is "PL" or "DE"'),
    (InSet(AT, COUNTRY, (const("PL"), const("DE")), True), 'country is neither "PL" nor "DE"'),
    (
        InSet(AT, COUNTRY, (const("PL"), const("DE"), const("CZ")), True),
        'country is none of "PL", "DE" and "CZ"',
    ),
    (InSet(AT, COUNTRY, (const("PL"),), True), 'country is not "PL"'),
    (
        InRange(AT, attr("points"), const(18), const(35)),
        "points are from 18 to 35 (both ends included)",
    ),
    (InRange(AT, attr("points"), const(18), const(35), True), "points are below 18 or above 35"),
    (IsKnown(AT, COUNTRY), "country is known"),
    (IsKnown(AT, COUNTRY, True), "country is unknown"),
    (Not(AT, IsKnown(AT, COUNTRY)), "country is unknown"),
    (TextTest(AT, "contains", COUNTRY, const("x"), True), 'country does not contain "x"'),
    (TextTest(AT, "starts", attr("interests"), const("x")), 'interests start with "x"'),
    (TextTest(AT, "matches", COUNTRY, const("^a")), 'country matches the pattern "^a"'),
    (ListTest(AT, "any", attr("interests"), (const("spa"),)), 'interests have the item "spa"'),
    (
        ListTest(AT, "none", attr("interests"), (const("spa"),)),
        'interests do not have the item "spa"',
    ),
    (
        ListTest(AT, "all", attr("interests"), (const("spa"), const("gin"))),
        'interests have all of "spa" and "gin"',
    ),
    (
        ListTest(AT, "none", attr("interests"), other=attr("concerns")),
        "interests have no item in common with concerns",
    ),
    (
        Anniversary(
            AT, attr("birth_date"), Window(const(date(2026, 1, 1)), const(date(2026, 1, 8)))
        ),
        "the anniversary of birth_date falls on a day from 1 to 7 January 2026 (both days included)",
    ),
    (Exists(AT, purchases()), "has at least one purchase"),
    (Exists(AT, purchases(), 3), "has at least 3 purchases"),
    (Exists(AT, purchases(), 1, 1), "has exactly one purchase"),
    (Exists(AT, purchases(), 3, 5), "has 3 to 5 purchases"),
    (Not(AT, Exists(AT, purchases())), "has no purchase"),
    (Not(AT, Exists(AT, purchases(), 3)), "has fewer than 3 purchases"),
    (Not(AT, Exists(AT, purchases(), 3, 5)), "does not have 3 to 5 purchases"),
    (Exists(AT, purchases(last(90, "day"))), f"has at least one purchase {RECENTLY}"),
    (
        Exists(AT, purchases(None, All(AT, (STATUS_PAID, Exists(AT, BIG_LINES, 2))))),
        'has at least one purchase where status is "paid" and there are at least 2 lines where '
        "quantity is more than 2",
    ),
    (
        Exists(
            AT,
            purchases(
                None, compare("=", attr("city", Up(BUY, IN_STORE)), attr("city", Up(BUY, BOUGHT)))
            ),
        ),
        "has at least one purchase where city of the store is city of the customer",
    ),
    (MemberOf(AT, ME, "vips", Truth(AT, attr("email_opt_in"))), "is in the segment vips"),
    (
        Not(AT, MemberOf(AT, ME, "vips", Truth(AT, attr("email_opt_in")))),
        "is not in the segment vips",
    ),
    (RawSql(AT, ME, SqlText("a > 'b'", "duckdb")), "the SQL condition \"a > 'b'\" is true"),
    (
        OrUnknown(AT, compare("!=", COUNTRY, const("PL"))),
        'country is not "PL", or country is unknown',
    ),
    (IfKnown(AT, compare("!=", COUNTRY, const("PL"))), 'country is not "PL"'),
    (Not(AT, compare("=", COUNTRY, const("PL"))), 'it is not true that country is "PL"'),
    (
        Any(
            AT,
            (
                Truth(AT, attr("email_opt_in")),
                All(AT, (IsKnown(AT, COUNTRY), IsKnown(AT, attr("city")))),
            ),
        ),
        "email_opt_in is true or (country is known and city is known)",
    ),
    (
        CountOf(AT, (Truth(AT, attr("email_opt_in")), IsKnown(AT, COUNTRY)), 1, 1),
        "exactly 1 of these 2 holds (email_opt_in is true; country is known)",
    ),
]


@pytest.mark.parametrize(("condition", "expected"), ONE_LINE, ids=[text for _, text in ONE_LINE])
def test_a_condition_in_one_line(condition: Condition, expected: str) -> None:
    assert said(condition) == expected


# --- values ---------------------------------------------------------------------------------------

AMOUNT = attr("amount", BUY)


def aggregate(function: str, argument: Value | None = AMOUNT, **more: object) -> Aggregate:
    type_ = argument.type if argument is not None else INT
    return Aggregate(type_, AT, function, purchases(), argument, **more)  # type: ignore[arg-type]


VALUES: list[tuple[Value, str]] = [
    (count(purchases()), "the number of purchases"),
    (aggregate("sum"), "the sum of amount over purchases"),
    (aggregate("avg"), "the average of amount over purchases"),
    (aggregate("min"), "the smallest amount over purchases"),
    (aggregate("max", attr("ordered_at", BUY)), "the latest time over purchases"),
    (aggregate("count_distinct"), "the number of different values of amount over purchases"),
    (aggregate("first"), "amount of the first purchase"),
    (aggregate("last", attr("ordered_at", BUY)), "the time of the last purchase"),
    (aggregate("nth", n=2), "amount of the second purchase"),
    (aggregate("nth_last", n=4), "amount of the 4th to last purchase"),
    (aggregate("favourite"), "the most frequent amount among purchases"),
    (
        aggregate("favourite", by=(Measure("count", None), Measure("sum", AMOUNT))),
        "the amount with the largest number of rows, then the largest sum of amount among purchases",
    ),
    (aggregate("active_weeks", attr("ordered_at", BUY)), "the number of weeks with a purchase"),
    (
        aggregate("share", Holds(BOOL, AT, STATUS_PAID)),
        'the share of those where status is "paid" among purchases',
    ),
    (
        Aggregate(
            INT,
            AT,
            "sum",
            Search(ME, (BOUGHT, LINES), LINE, 1, None, None, None, AT),
            Arithmetic(MONEY, AT, "*", attr("quantity", Row(1, LINE)), attr("price", Row(1, LINE))),
        ),
        "the sum of (quantity x price) over lines of purchases",
    ),
    (
        Elapsed(INT, AT, "year", attr("birth_date"), Today(DATE, AT)),
        "the full years since birth_date",
    ),
    (
        Elapsed(INT, AT, "day", Now(TIMESTAMP, AT), attr("signed_up_at")),
        "the full days until signed_up_at",
    ),
    (
        Difference(DURATION, AT, Now(TIMESTAMP, AT), attr("signed_up_at")),
        "the time from signed_up_at to 1 January 2026 00:00 Warsaw time",
    ),
    (DatePart(INT, AT, "weekday", attr("signed_up_at")), "the weekday of signed_up_at"),
    (LocalDate(DATE, AT, attr("signed_up_at")), "the day of signed_up_at"),
    (Shift(TIMESTAMP, AT, attr("signed_up_at"), 7, "day"), "signed_up_at plus 7 x 24 hours"),
    (Shift(DATE, AT, attr("birth_date"), -1, "month"), "birth_date minus 1 month"),
    (Function(TEXT, AT, "lower", (attr("city"),)), "city in lower case"),
    (Function(TEXT, AT, "trim", (attr("city"),)), "city without white space at its ends"),
    (Function(TEXT, AT, "coalesce", (COUNTRY, const("??"))), 'country (where unknown: "??")'),
    (Function(INT, AT, "round", (attr("points"), const(2))), "points rounded to 2 decimal places"),
    (
        Function(INT, AT, "abs", (Arithmetic(INT, AT, "-", attr("points"), const(100)),)),
        "the absolute value of (points - 100)",
    ),
    (Function(INT, AT, "least", (attr("points"), const(2))), "the smallest of points and 2"),
    (Function(INT, AT, "list_count", (attr("interests"),)), "the number of items in interests"),
    (
        Arithmetic(
            INT, AT, "*", Arithmetic(INT, AT, "-", attr("points"), const(1)), count(purchases())
        ),
        "(points - 1) x (the number of purchases)",
    ),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=[text for _, text in VALUES])
def test_a_value_is_a_noun_phrase(value: Value, expected: str) -> None:
    assert said(IsKnown(AT, value, True)) in (f"{expected} is unknown", f"{expected} are unknown")


def test_a_share_is_compared_in_percent() -> None:
    share = aggregate("share", Holds(BOOL, AT, STATUS_PAID))
    named = Named(QUOTIENT, AT, "paid_share", ME, share)
    assert said(compare(">=", named, const(Decimal("0.75")))) == "paid_share is at least 75%"


def test_a_duration_is_short_or_long() -> None:
    waited = Difference(DURATION, AT, attr("signed_up_at"), attr("created_ts"))
    longer = compare(">", waited, const(timedelta(days=7)))
    assert said(longer) == "the time from created_ts to signed_up_at is longer than 7 x 24 hours"


# --- windows --------------------------------------------------------------------------------------


def day_window(day: date) -> Window:
    start, end = (DayStart(TIMESTAMP, AT, const(d)) for d in (day, day + timedelta(days=1)))
    return Window(start, end, wording=Wording("day"))


WINDOWS: list[tuple[Window, str]] = [
    (last(90, "day"), RECENTLY),
    (
        last(1, "day"),
        "in the 24 hours before 1 January 2026 00:00 Warsaw time (from 31 December 2025 00:00)",
    ),
    (
        last(2, "week"),
        "in the 2 x 7 x 24 hours before 1 January 2026 00:00 Warsaw time (from 18 December 2025 00:00)",
    ),
    (
        last(1, "month"),
        "in the month before 1 January 2026 00:00 Warsaw time (from 1 December 2025 00:00)",
    ),
    (last(90, "day", DATE), "from 3 October to 31 December 2025 (both days included)"),
    (calendar("month", -1, 0), "in the calendar month of December 2025 (local time Europe/Warsaw)"),
    (
        calendar("month", -3, 0),
        "in the 3 calendar months October to December 2025 (local time Europe/Warsaw)",
    ),
    (calendar("quarter", 0, 1, DATE), "in the calendar quarter January to March 2026"),
    (calendar("year", -2, 0, DATE), "in the 2 calendar years 2024 to 2025"),
    (
        calendar("week", -1, 0, DATE),
        "in the calendar week from Monday 22 December 2025 to Sunday 28 December 2025",
    ),
    (day_window(date(2025, 11, 28)), "on 28 November 2025"),
    (
        Window(
            const(datetime(2025, 1, 1, 7, tzinfo=UTC)), Now(TIMESTAMP, AT), wording=Wording("since")
        ),
        "from 1 January 2025 08:00 until 1 January 2026 00:00 Warsaw time",
    ),
    (
        Window(None, ago(90, "day"), wording=Wording("before")),
        "earlier than 90 x 24 hours before 1 January 2026 00:00 Warsaw time (3 October 2025 01:00)",
    ),
    (Window(attr("signed_up_at"), None, True, Wording("after")), "later than signed_up_at"),
    (
        Window(ago(2, "year"), ago(90, "day"), wording=Wording("between")),
        "from 2 years to 90 x 24 hours before 1 January 2026 00:00 Warsaw time "
        "(1 January 2024 00:00 to 3 October 2025 01:00)",
    ),
    (
        Window(attr("signed_up_at"), Shift(TIMESTAMP, AT, attr("signed_up_at"), 7, "day")),
        "from signed_up_at until signed_up_at plus 7 x 24 hours",
    ),
]


@pytest.mark.parametrize(("window", "expected"), WINDOWS, ids=[text for _, text in WINDOWS])
def test_a_window_is_resolved(window: Window, expected: str) -> None:
    said_by_row = Any(AT, (InWindow(AT, attr("signed_up_at"), window),))
    if any(
        isinstance(bound, Attr | Shift) and _has_row(bound) for bound in (window.start, window.end)
    ):
        assert said(said_by_row) == f"signed_up_at is {expected}"
    else:
        assert english_window(window, CLOCK) == expected


def _has_row(value: Value) -> bool:
    return isinstance(value, Attr) or (isinstance(value, Shift) and isinstance(value.value, Attr))


def test_a_local_time_that_exists_twice_says_its_offset() -> None:
    autumn = Clock(datetime(2025, 10, 26, 0, 30, tzinfo=UTC), Settings("Europe/Warsaw"))
    window = last(1, "hour")
    assert english_window(window, autumn) == (
        "in the hour before 26 October 2025 02:30 (UTC+02:00) Warsaw time (from 26 October 2025 01:30)"
    )


def test_an_as_of_with_seconds_is_said_once_in_full() -> None:
    clock = Clock(datetime(2026, 1, 1, 7, 30, 15, 250_000, UTC), Settings("Europe/Warsaw"))
    text = explain(model(Exists(AT, purchases(last(1, "day")))), "made", clock)
    assert "As of 1 January 2026 08:30:15.25 Warsaw time (below: now), a customer" in text
    assert "in the 24 hours before now (from 31 December 2025 08:30:15)" in text
    assert text.count("08:30:15.25") == 1


def test_dates_are_counted_from_the_next_day_that_starts() -> None:
    window = InWindow(AT, attr("birth_date"), last(7, "day", DATE))
    text = explain(model(window), "made", MORNING)
    assert "birth_date is from 26 December 2025 to 1 January 2026 (both days included" in text
    assert "Days without a time of day are counted from 2 January 2026" in " ".join(text.split())


def test_windows_lists_each_once_with_its_bounds() -> None:
    own = Window(attr("signed_up_at"), Now(TIMESTAMP, AT), wording=Wording("since"))
    lines = [
        Exists(AT, purchases(last(90, "day"))),
        Not(AT, Exists(AT, purchases(last(90, "day"), STATUS_PAID))),
        InWindow(AT, attr("birth_date"), calendar("month", -1, 0, DATE)),
        InWindow(AT, attr("signed_up_at"), own),
    ]
    now = datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert [item[:3] for item in windows(model(*lines), "made", CLOCK)] == [
        ("in last 90 days", datetime(2025, 10, 2, 23, tzinfo=UTC), now),
        ("in last full month", date(2025, 12, 1), date(2026, 1, 1)),
        ("since signed_up_at", "signed_up_at", now),
    ]


# --- the page -------------------------------------------------------------------------------------


def one_paragraph(text: str) -> str:
    return " ".join(text.split())


def test_the_page() -> None:
    spend = Aggregate(MONEY, AT, "sum", purchases(source=PAID), attr("amount", Row(1, PAID)))
    lines = (
        Truth(AT, attr("email_opt_in")),
        compare(">=", Named(MONEY, AT, "paid_spend", ME, spend), const(1000)),
        Not(AT, Exists(AT, purchases(last(90, "day")))),
        Any(AT, (InSet(AT, COUNTRY, (const("PL"), const("DE"))), Truth(AT, attr("push_opt_in")))),
    )
    assert (
        explain(model(*lines), "made", CLOCK)
        == """\
Made by hand
For a test.
segment made of customer; owner crm@example.com; tags a, b

As of 1 January 2026 00:00 Warsaw time, a customer is a member if all of these lines hold:

  1. email_opt_in is true
  2. paid_spend is at least 1,000
  3. has no purchase in the 90 x 24 hours before 1 January 2026 00:00 Warsaw time (from 3
     October 2025 01:00) [1]
  4. at least one of these holds:
     - country is "PL" or "DE" [2] (does not hold where country is unknown)
     - push_opt_in is true (does not hold where push_opt_in is unknown)

What the names mean

  - paid_spend of a customer: the sum of amount over paid purchases [3]
  - customer, "Someone with an account": a row of the table shop.customers. One whose created_ts
    is 1 January 2026 00:00 Warsaw time or later does not exist yet; one whose created_ts is
    unknown does exist
  - purchase: a row of the table shop.orders that belongs to a customer; its time is ordered_at
  - paid purchase (paid_purchase): a purchase where status is "paid"

Notes

  - All times are local times in Europe/Warsaw.
  - A stretch of time includes its first instant and ends just before its last.
  - Events at or after 1 January 2026 00:00 Warsaw time, and events without a time, do not
    exist.
  [1] Customers without any purchase at all are included.
  [2] Texts are compared character by character: upper and lower case differ, and order is that
      of code points.
  [3] A sum skips unknown values; the sum of nothing is 0.
"""
    )


def test_a_remark_stands_at_its_place_and_a_repeated_one_at_the_end() -> None:
    once = explain(model(compare("=", COUNTRY, const("PL"))), "made", CLOCK)
    assert "(customers whose country is unknown are left out)" in one_paragraph(once)
    two = [compare("!=", COUNTRY, const(code)) for code in ("PL", "DE")]
    twice = one_paragraph(explain(model(*two), "made", CLOCK))
    assert twice.count("ustomers whose country is unknown are left out") == 1
    assert "Customers whose country is unknown are left out." in twice


@pytest.mark.parametrize(
    ("condition", "remark"),
    [
        (compare("!=", COUNTRY, const("PL")), "customers whose country is unknown are left out"),
        (Not(AT, compare("=", COUNTRY, const("PL"))), "customers whose country is unknown stay in"),
        (
            Exists(AT, purchases(None, compare("=", attr("voucher", BUY), const("X")))),
            "purchases whose voucher is unknown do not count",
        ),
        (
            compare("=", attr("city", Up(BUY, IN_STORE)), const("Gdynia")),
            "where city of the store is unknown, purchases do not count",
        ),
        (
            compare(">", aggregate("avg"), const(5)),
            "where it is unknown, customers are left out",
        ),
    ],
)
def test_what_happens_to_unknown_values_is_said(condition: Condition, remark: str) -> None:
    if "store" in remark:
        condition = Exists(AT, purchases(None, condition))
    assert remark in one_paragraph(explain(model(condition), "made", CLOCK))


def test_a_complex_where_is_a_list() -> None:
    where = All(AT, (STATUS_PAID, Exists(AT, BIG_LINES), IsKnown(AT, attr("voucher", BUY))))
    text = explain(model(Exists(AT, purchases(last(90, "day"), where))), "made", CLOCK)
    assert (
        "(from 3 October 2025 01:00) for which all of this holds:\n"
        '     - status is "paid"\n'
        "     - there is at least one line where quantity is more than 2\n"
        "     - voucher is known\n"
    ) in text


def test_a_segment_that_is_named_is_explained_once() -> None:
    vip_line = compare(">=", attr("points"), const(500))
    vips = Segment("vips", CUSTOMER, (vip_line,), "Our best", "", "", (), (), AT)
    member = MemberOf(AT, ME, "vips", vip_line)
    text = explain(model(member, Any(AT, (member, IsKnown(AT, COUNTRY))), vips=vips), "made", CLOCK)
    assert '1. is in the segment vips ("Our best")' in text
    assert text.count('vips ("Our best"): a customer is a member if points are at least 500') == 1


def test_the_text_is_the_same_each_time() -> None:
    lines = (Exists(AT, purchases(last(90, "day"))), compare("!=", COUNTRY, const("PL")))
    assert explain(model(*lines), "made", CLOCK) == explain(model(*lines), "made", CLOCK)


# --- through the parser and the resolver -----------------------------------------------------------

SHOP = Path(__file__).parents[2] / "examples" / "shop"


@pytest.fixture(scope="module")
def shop() -> Model:
    files = [
        parse(SourceFile(str(path.relative_to(SHOP)), path.read_text(encoding="utf-8"))).file
        for path in sorted(SHOP.glob("*/*.seg"))
    ]
    return resolve(files, CLOCK.settings)


def test_every_segment_of_the_shop_has_its_english(shop: Model) -> None:
    assert len(shop.segments) > 20
    for name, segment in shop.segments.items():
        text = explain(shop, name, CLOCK)
        whole = shop.segmentations.get(name.partition(".")[0])
        if whole is None:
            assert text.startswith(f"{segment.title}\n{segment.description.split()[0]}")
            assert f"a {segment.entity.name} is a member if" in text or "an account is" in text
            for number in range(1, len(segment.lines) + 1):
                assert f"\n{number:>3}. " in text
        else:
            assert text.startswith(f"{whole.title}: {name.partition('.')[2]}\n")
        assert max(map(len, text.splitlines())) <= 96
        assert all(one.span.file for one in windows(shop, name, CLOCK))


def test_if_known_on_a_window_says_that_its_bound_is_known(shop: Model) -> None:
    text = one_paragraph(explain(shop, "cart_abandoners", CLOCK))
    assert "has no checkout from the time of the last cart add of the customer" in text
    assert "the time of the last cart add [1] is known" in text


def test_a_derived_value_and_a_trait_are_explained(shop: Model) -> None:
    young = one_paragraph(explain(shop, "young_men", CLOCK))
    assert "age of a customer: the full years since birth_date" in young
    lovers = one_paragraph(explain(shop, "skincare_lovers", CLOCK))
    assert (
        "favourite_category of a customer: the category of the product with the largest sum of "
        "quantity among lines of paid purchases in the 365 x 24 hours before"
    ) in lovers


def test_a_union_of_events_is_explained(shop: Model) -> None:
    text = one_paragraph(explain(shop, "sunset_subscribers", CLOCK))
    assert "engagement: an email open or an email click; each row counts once" in text
    assert 'email open (email_open): an email event where kind is "open"' in text


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("purchase", "purchases"),
        ("activity", "activities"),
        ("day", "days"),
        ("survey answers", "survey answers"),
        ("address", "addresses"),
        ("status", "statuses"),
        ("match", "matches"),
        ("box", "boxes"),
    ],
)
def test_plurals(noun: str, plural: str) -> None:
    assert words.plural(noun) == plural
    assert words.plural(plural) == plural


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("lines", "line"), ("activities", "activity"), ("boxes", "box"), ("status", "status")],
)
def test_singulars(plural: str, singular: str) -> None:
    assert words.singular(plural) == singular


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(days=1), "24 hours"),
        (timedelta(days=90), "90 x 24 hours"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(minutes=-1), "minus 1 minute"),
        (timedelta(milliseconds=1500), "1.5 seconds"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_durations(value: timedelta, text: str) -> None:
    assert words.duration(value) == text
