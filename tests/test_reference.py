"""The oracle against values worked out by hand. The conformance pages hold the rest, sentence by sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from segql import reference
from segql.model import nodes, resolve
from segql.model.scalars import NumberTooLargeError
from segql.model.types import BOOL, DATE, INT, TEXT, TIMESTAMP, decimal
from segql.reference import aggregates, physical
from segql.source import SourceFile, Span
from segql.syntax.parser import parse

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
HERE = Span("test.seg", 0, 0)

SHOP = """
entity customer {
  table shop.customers
  key   id: int
  created created_at
  only { deleted = false or unknown }
  deleted: bool?
  country: text?
  account: one account on account_id
  home:    point(lat, lon)?
  tags:    list of text split by ","
  topics:  list of text? from shop.topics.topic on customer_id
  score:   int? column extra.numbers.score
}
entity account {
  table shop.accounts
  key   (region: text, number: int)
  only { open }
  open: bool
  industry: text?
  users: many customer on (account_id, account_id)
}
event purchase of customer {
  table shop.orders
  key   id: int
  on    customer_id
  at    at_: timestamp
  amount: decimal(12, 2)?
  store:  text?
  lines:  many line on order_id
}
entity line {
  table shop.lines
  key   (order_id: int, line_no: int)
  quantity: int
}
event visit of customer {
  table shop.visits
  key   id: int
  on    person
  at    day: date
}
event big of customer is purchase where { amount >= 100 }
event click of customer {
  table shop.clicks
  key   id: int
  on    who
  at    at_: timestamp in "Europe/Warsaw"
  store: text?
}
event touch of customer is big or purchase or click
"""
SHOP = SHOP.replace("on (account_id, account_id)", "on (account_region, account_number)").replace(
    "one account on account_id", "one account on (account_region, account_number)"
)

Database = Mapping[str, Sequence[Mapping[str, object]]]


def model_of(text: str, zone: str = "UTC") -> nodes.Model:
    parsed = parse(SourceFile("test.seg", text))
    assert not parsed.diagnostics, parsed.diagnostics
    model = resolve([parsed.file], nodes.Settings(zone))
    assert not [found for found in model.diagnostics if found.is_error], model.diagnostics
    return model


def members(condition: str, database: Database, as_of: datetime = AS_OF, zone: str = "UTC"):
    model = model_of(f"{SHOP}\nsegment s of customer {{ where {{ {condition} }} }}", zone)
    return [key for (key,) in reference.members(model, "s", database, as_of)]


def value(text: str, database: Database, as_of: datetime = AS_OF, zone: str = "UTC"):
    """The value for customer 1."""
    model = model_of(f"{SHOP}\ntrait t of customer = {text}", zone)
    return reference.value(model, "t", database, as_of)[(1,)]


def customers(*ids: int, **columns: object) -> Database:
    return {"shop.customers": [{"id": id_, **columns} for id_ in ids]}


def orders(*rows: tuple[object, ...]) -> Database:
    """(day of December 2025, amount, store) of customer 1, with ids from 1."""
    return {
        **customers(1),
        "shop.orders": [
            {
                "id": number,
                "customer_id": 1,
                "at_": datetime(2025, 12, int(str(row[0]))),
                "amount": row[1],
                "store": row[2] if len(row) > 2 else None,
            }
            for number, row in enumerate(rows, 1)
        ],
    }


# --- existence ------------------------------------------------------------------------------------


def test_rows_that_do_not_exist():
    database = {
        "shop.customers": [
            {"id": 10, "created_at": AS_OF - timedelta(microseconds=1)},
            {"id": 9, "created_at": None},
            {"id": 3, "created_at": AS_OF},
            {"id": 4, "deleted": True},
            {"id": 5, "deleted": False},
        ]
    }
    assert members("id > 0", database) == [5, 9, 10]


def test_events_at_or_after_as_of_or_without_time_do_not_exist():
    rows = [AS_OF - timedelta(microseconds=1), AS_OF, None, AS_OF + timedelta(days=1)]
    database = {
        **customers(1),
        "shop.orders": [{"id": n, "customer_id": 1, "at_": at} for n, at in enumerate(rows)],
    }
    assert value("count(purchase)", database) == 1


def test_date_events_exist_before_e():
    visits = [
        {"id": n, "person": 1, "day": date(2025, 12, 30) + timedelta(days=n)} for n in range(5)
    ]
    database = {**customers(1), "shop.visits": visits}
    assert value("count(visit)", database) == 2
    assert value("count(visit)", database, AS_OF + timedelta(seconds=1)) == 3
    assert value("count(visit in last 1 day)", database) == 1
    # 2026-01-01T00:00Z is in the first hour of that day in Warsaw: E is the next day
    assert value("last(visit.at)", database, zone="Europe/Warsaw") == date(2026, 1, 1)


def test_a_union_counts_a_base_row_once_in_its_first_part():
    at = datetime(2025, 12, 1)
    database = {
        **customers(1),
        "shop.orders": [
            {"id": 1, "customer_id": 1, "at_": at, "amount": Decimal(150), "store": "big"},
            {"id": 2, "customer_id": 1, "at_": at, "amount": Decimal(5), "store": "small"},
        ],
        "shop.clicks": [{"id": 1, "who": 1, "at_": at, "store": "click"}],
    }
    assert value("count(touch)", database) == 3
    assert value("count(big)", database) == 1
    # the click is an hour earlier: its column holds Warsaw time
    assert value("first(touch.store)", database) == "click"
    # of two at one time, the part that is named first
    assert value("nth(touch.store, 2)", database) == "big"
    assert value("last(touch.store)", database) == "small"


def test_only_that_rests_on_itself_is_an_error():
    entity = nodes.Entity("customer", HERE, table=nodes.Table(("customers",)))
    key = nodes.Attribute("id", INT, False, nodes.Column(("id",)), HERE)
    entity.key, entity.attributes = (key,), {"id": key}
    link = nodes.Link("friend", entity, ("friend_id",), entity, HERE)
    friend = nodes.Up(nodes.Row(0, entity), link)
    entity.only = nodes.IsKnown(HERE, nodes.Attr(INT, HERE, friend, key))
    segment = nodes.Segment("s", entity, (), "", "", "", (), (), HERE)
    model = nodes.Model(nodes.Settings(), {}, {}, {"s": segment}, {}, (), {}, {})
    with pytest.raises(ValueError, match="rests on itself"):
        reference.members(model, "s", {"customers": [{"id": 1, "friend_id": 1}]}, AS_OF)


# --- belonging ------------------------------------------------------------------------------------

ACCOUNTS = {
    "shop.accounts": [
        {"region": "eu", "number": 1, "open": True, "industry": "spa"},
        {"region": "eu", "number": 2, "open": False, "industry": "gym"},
    ]
}


@pytest.mark.parametrize(
    ("region", "number", "industry"),
    [("eu", 1, "spa"), ("eu", 2, None), ("us", 1, None), ("eu", None, None), (None, 1, None)],
)
def test_a_key_that_is_null_or_finds_no_row_relates_to_nothing(region, number, industry):
    database = {**customers(1, account_region=region, account_number=number), **ACCOUNTS}
    assert value("account.industry", database) == industry
    assert members("account.industry is unknown", database) == ([] if industry else [1])


def test_rows_two_steps_down_take_the_window_of_the_event():
    database = {
        **orders((1, None), (20, None)),
        "shop.lines": [
            {"order_id": 1, "line_no": 1, "quantity": 100},
            {"order_id": 2, "line_no": 1, "quantity": 3},
            {"order_id": 2, "line_no": 2, "quantity": 4},
            {"order_id": 99, "line_no": 1, "quantity": 1000},
        ],
    }
    assert value("sum(purchase.lines.quantity in last 14 days)", database) == 7
    assert value("sum(purchase.lines.quantity)", database) == 107


def test_keys_are_in_order_numbers_by_size_text_by_code_point():
    assert members("id > -5", customers(10, 9, -1, 100)) == [-1, 9, 10, 100]
    text = 'entity tag {\ntable tags\nkey name: text\n}\nsegment s of tag { where { name != "" } }'
    names = ["b", "a", "B", "ą", "é", "Z", "\U0001f600", "\uffee"]
    found = reference.members(
        model_of(text), "s", {"tags": [{"name": name} for name in names]}, AS_OF
    )
    assert [key for (key,) in found] == ["B", "Z", "a", "b", "é", "ą", "\uffee", "\U0001f600"]


# --- aggregates -----------------------------------------------------------------------------------

D = Decimal


@pytest.mark.parametrize(
    ("text", "of_nothing", "of_unknown"),
    [
        ("count(purchase)", 0, 1),
        ("sum(purchase.amount)", D("0.00"), D("0.00")),
        ("count_distinct(purchase.amount)", 0, 0),
        ("active_days(purchase)", 0, 1),
        ("avg(purchase.amount)", None, None),
        ("min(purchase.amount)", None, None),
        ("max(purchase.amount)", None, None),
        ("median(purchase.amount)", None, None),
        ("stddev(purchase.amount)", None, None),
        ("first(purchase.amount)", None, None),
        ("nth(purchase.amount, 2)", None, None),
        ("favourite(purchase.store)", None, None),
        ("share(purchase where { amount > 1 })", None, D(0)),
    ],
)
def test_of_nothing_and_of_unknowns(text, of_nothing, of_unknown):
    assert value(text, customers(1)) == of_nothing
    assert value(text, orders((5, None))) == of_unknown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(purchase.amount)", "10.01"),
        ("avg(purchase.amount)", "3.336667"),
        ("median(purchase.amount)", "3.000000"),
        ("min(purchase.amount)", "1.00"),
        ("max(purchase.amount)", "6.01"),
        ("stddev(purchase.amount)", "2.521911"),
        ("share(purchase where { amount >= 3 })", "0.500000"),
        ("median(purchase.amount before 2025-12-03)", "2.000000"),
        ("avg(purchase.amount * -1)", "-3.336667"),
    ],
)
def test_numbers(text: str, expected: str):
    found = value(text, orders((1, D("1.00")), (2, D("3.00")), (3, D("6.01")), (4, None)))
    assert str(found) == expected


def test_the_mean_is_rounded_half_away_from_zero():
    assert aggregates.scalars.mean([D("0.000001"), D("0.000002")]) == D("0.000002")
    assert aggregates.scalars.mean([D("-0.000001"), D("-0.000002")]) == D("-0.000002")
    assert aggregates.median([1, 2, 4, D("4.0000001")]) == 3
    assert aggregates.deviation([5]) is None
    assert aggregates.deviation([5, 5]) == 0
    # 15 significant digits, then four places, half away
    assert aggregates.total([0.1, 0.2, 0.00005]) == D("0.3001")
    assert aggregates.total([2.00005, -2.00015]) == D("2.0001") - D("2.0002")


def test_the_deviation_of_a_large_sample_is_exact():
    values = [D(10) ** 15 + n for n in range(4)]
    assert aggregates.deviation(values) == D("1.290994")


def test_order_by_time_then_key():
    database = {
        **customers(1),
        "shop.orders": [
            {"id": id_, "customer_id": 1, "at_": datetime(2025, 12, day), "store": store}
            for id_, day, store in [(10, 1, "ten"), (9, 1, "nine"), (8, 2, None), (1, 2, "one")]
        ],
    }
    assert value("first(purchase.store)", database) == "nine"
    assert value("nth(purchase.store, 2)", database) == "ten"
    assert value("nth_last(purchase.store, 2)", database) == "one"
    assert value("last(purchase.store)", database) is None
    assert value("nth(purchase.store, 5)", database) is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 1, "b"), (2, 1, "a"), (3, 1, "b")], "b"),  # count
        ([(1, 1, "b"), (2, 1, "a")], "a"),  # most recent
        ([(1, 1, "b"), (1, 1, "a")], "a"),  # smallest
        ([(1, 1, None), (2, 1, None), (1, 1, "z")], "z"),  # unknowns are no value
        ([(1, 1, "a"), (1, 1, "B")], "B"),  # by code point
    ],
)
def test_the_favourite(rows, expected):
    assert value("favourite(purchase.store)", orders(*rows)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 5, "b"), (2, 2, "a"), (3, 2, "a")], "b"),
        ([(1, 4, "b"), (2, 2, "c"), (3, 2, "c")], "c"),  # then the count
        ([(1, 4, "b"), (1, 4, "a")], "a"),  # then the smallest
        ([(1, None, "b"), (1, None, "a"), (2, -1, "c")], "a"),  # the sum of unknowns is 0
    ],
)
def test_the_favourite_by_measures(rows, expected):
    text = "favourite(purchase.store by sum(purchase.amount), count(purchase))"
    assert value(text, orders(*rows)) == expected


def test_an_unknown_measure_is_behind_every_known_one():
    text = "favourite(purchase.store by avg(purchase.amount))"
    assert value(text, orders((1, None, "a"), (2, -5, "b"))) == "b"


def test_active_units_are_local():
    database = orders(
        (7, 1), (8, 1), (31, 1)
    )  # midnight in UTC, 19:00 of the day before in New York
    assert value("active_days(purchase)", database) == 3
    assert value("active_weeks(purchase)", database) == 3
    assert value("active_weeks(purchase)", database, zone="America/New_York") == 2
    assert value("active_months(purchase)", orders((1, 1), (2, 1)), zone="America/New_York") == 2


def test_numbers_beyond_38_digits_are_an_error():
    database = {
        **orders((1, None)),
        "shop.lines": [{"order_id": 1, "line_no": n, "quantity": 10**38 - 1} for n in range(2)],
    }
    assert value("max(purchase.lines.quantity)", database) == 10**38 - 1
    with pytest.raises(NumberTooLargeError, match="38 digits"):
        value("sum(purchase.lines.quantity)", database)


# --- conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ('country = "PL"', [1]),
        ('country != "PL" if known', [2]),
        ('country != "PL" or unknown', [2, 3]),
        ('not (country = "PL")', [2, 3]),
        ('not (country != "PL" if known)', [1, 3]),
        ('country in ("PL", country)', [1, 2]),
        ("country is unknown", [3]),
        ('at least 2 of {\n country = "PL"\n id < 3\n country is unknown\n}', [1]),
        ('exactly 1 of {\n country = "PL"\n id < 3\n country is unknown\n}', [2, 3]),
    ],
)
def test_three_values_inside_of_leaves_two_outside(condition: str, keys: list[int]):
    rows = [{"id": 1, "country": "PL"}, {"id": 2, "country": "DE"}, {"id": 3, "country": None}]
    assert members(condition, {"shop.customers": rows}) == keys


def test_a_set_with_an_unknown_item_is_met_as_unknown():
    assert members('"PL" in ("PL", country)', customers(1)) == []
    assert members('"PL" in ("PL", country) or unknown', customers(1)) == [1]


def test_a_window_with_an_unknown_bound_holds_nothing():
    database = orders((1, 1))
    assert members("did purchase since last(visit.at)", database) == []
    assert members("did not purchase since last(visit.at)", database) == [1]
    assert members("last(purchase.at) after last(visit.at) or unknown", database) == [1]


def test_the_waterfall_takes_each_line_alone():
    model = model_of(f"{SHOP}\nsegment s of customer {{ where {{\n id > 1\n id < 3\n}} }}")
    database = customers(1, 2, 3)
    assert reference.holds(model, "s", 0, database, AS_OF) == [(2,), (3,)]
    assert reference.holds(model, "s", 1, database, AS_OF) == [(1,), (2,)]
    assert reference.members(model, "s", database, AS_OF) == [(2,)]


def test_raw_sql_asks_the_hook():
    entity = nodes.Entity("customer", HERE, table=nodes.Table(("customers",)))
    key = nodes.Attribute("id", INT, False, nodes.Column(("id",)), HERE)
    sql = nodes.Attribute("double", INT, True, nodes.SqlText("id * 2", "duckdb"), HERE)
    entity.key, entity.attributes = (key,), {"id": key, "double": sql}
    row = nodes.Row(0, entity)
    lines = (
        nodes.RawSql(HERE, row, nodes.SqlText("id > 1", "duckdb")),
        nodes.Compare(HERE, "<", nodes.Attr(INT, HERE, row, sql), nodes.Const(INT, HERE, 60)),
    )
    segment = nodes.Segment("s", entity, lines, "", "", "", (), (), HERE)
    model = nodes.Model(nodes.Settings(), {}, {}, {"s": segment}, {}, (), {}, {})
    database = {"customers": [{"id": number} for number in (1, 2, 3)]}

    def evaluate(sql: str, row: Mapping[str, object]) -> object:
        number = row["id"]
        return {"id > 1": number > 1 if number != 3 else None, "id * 2": number * 2}[sql]

    assert reference.members(model, "s", database, AS_OF, evaluate_sql=evaluate) == [(2,)]
    with pytest.raises(ValueError, match="evaluate_sql"):
        reference.members(model, "s", database, AS_OF)


# --- storage --------------------------------------------------------------------------------------


def test_lists():
    database = {
        **customers(1, tags=" a, ,b,", topics=None),
        "shop.topics": [
            {"customer_id": 1, "topic": "x"},
            {"customer_id": 1, "topic": None},
            {"customer_id": 2, "topic": "y"},
        ],
    }
    assert value("tags", database) == ("a", "b")
    assert value("topics", database) == ("x", None)
    assert value("count(topics)", database) == 1
    assert value("topics", customers(1)) == ()
    assert value("tags", customers(1, tags="")) == ()
    assert value("tags", customers(1, tags=None)) is None


def test_a_point_has_both_or_is_unknown():
    assert value("home", customers(1, lat=52.5, lon=21)) == (52.5, 21.0)
    assert value("home", customers(1, lat=52.5, lon=None)) is None


@pytest.mark.parametrize(
    ("extra", "score"),
    [
        ({"numbers": {"score": 5}}, 5),
        ('{"numbers": {"score": "-7"}}', -7),
        ('{"numbers": {"score": 5.0}}', None),
        ({"numbers": {"score": None}}, None),
        ({"numbers": {"score": [5]}}, None),
        ({"numbers": 5}, None),
        ({}, None),
        (None, None),
        ({"numbers": {"score": "5 "}}, None),
        ({"numbers": {"score": "٥"}}, None),
        ({"numbers": {"score": True}}, None),
    ],
)
def test_json_paths(extra: object, score: int | None):
    assert value("score", customers(1, extra=extra)) == score


@pytest.mark.parametrize(
    ("found", "type_", "expected"),
    [
        ("true", BOOL, True),
        (False, BOOL, False),
        ("yes", BOOL, None),
        (1, BOOL, None),
        ("1.005", decimal(5, 2), D("1.01")),
        (-1.005, decimal(5, 2), D("-1.01")),
        ("999.995", decimal(5, 2), None),
        ("1e3", decimal(5, 2), None),
        (True, TEXT, "true"),
        (12, TEXT, "12"),
        ("2025-02-28", DATE, date(2025, 2, 28)),
        ("2025-02-30", DATE, None),
        ("2025-02-28T10:00", TIMESTAMP, datetime(2025, 2, 28, 10, tzinfo=UTC)),
        ("2025-02-28 10:00:00.5Z", TIMESTAMP, datetime(2025, 2, 28, 10, 0, 0, 500000, UTC)),
        ("2025-02-28T10:00+02:00", TIMESTAMP, datetime(2025, 2, 28, 8, tzinfo=UTC)),
        ("2025-02-28T10:00-02:00", TIMESTAMP, datetime(2025, 2, 28, 12, tzinfo=UTC)),
        ("2025-02-28T24:00", TIMESTAMP, None),
        ("2025-02-28", TIMESTAMP, None),
    ],
)
def test_json_scalars(found, type_, expected):
    assert physical.from_json(found, type_) == expected


def test_timestamps_with_a_zone_without_and_in_local_time():
    aware = datetime.fromisoformat("2025-07-01T12:00+02:00")
    naive = datetime(2025, 7, 1, 12)
    assert physical.convert(aware, TIMESTAMP) == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert physical.convert(naive, TIMESTAMP) == datetime(2025, 7, 1, 12, tzinfo=UTC)
    assert physical.convert(naive, TIMESTAMP, "Europe/Warsaw") == datetime(
        2025, 7, 1, 10, tzinfo=UTC
    )
    assert physical.convert(float("nan"), nodes.Type("float")) is None
    assert physical.convert(float("inf"), nodes.Type("float")) is None
    assert physical.convert(7, decimal(5, 2)) == D("7.00")
