"""2.2: events that group rows, subsets and unions over them. 3.4: searches tied to an outer row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.reference.support import AS_OF, members, rows, values

MODEL = """
entity customer {
  table customers
  key   id: int
  country: text?
}
event hit of customer {
  table hits
  key   id: int
  on    customer_id
  at    happened: timestamp
  session: text?
  page:    text?
  price:   decimal(8, 2)?
}
event visit of customer groups hit by session {
  pages = count(hit)
  cost  = sum(hit.price)
  first_page = first(hit.page)
  last_page  = last(hit.page)
  bought = count(hit where { page = "buy" }) > 0
}
event hit_day of customer groups hit by day {
  hits = count(hit)
}
event long_visit of customer is visit where { pages >= 2 }
event buy_visit of customer is visit where { bought }
event good_visit of customer is buy_visit or long_visit
event long_day of customer groups visit by day {
  visits = count(visit)
  pages  = sum(visit.pages)
}
event checked of customer is hit where { price is known }
event checked_visit of customer groups checked by session {
  pages = count(checked)
}
"""
START = datetime(2025, 12, 1, tzinfo=UTC)


def hits(*lines: tuple[object, ...]):
    """(hour of December, session, page, price[, customer])."""
    return {
        "customers": [{"id": 1}, {"id": 2}],
        "hits": [
            {
                "id": number,
                "customer_id": line[4] if len(line) > 4 else 1,
                "happened": START + timedelta(hours=float(str(line[0]))),
                "session": line[1],
                "page": line[2],
                "price": None if line[3] is None else Decimal(str(line[3])),
            }
            for number, line in enumerate(lines, 1)
        ],
    }


HITS = hits(
    (1, "a", "home", None),
    (3, "b", "buy", 5),
    (2, "a", "buy", 7),
    (4, None, "lost", 100),
    (40, "b", "bye", None),
    (50, "c", "home", 1),
    (50, "a", "other", 2, 2),
    (51, "z", "nobody", 2, 99),
)


def value(text: str, database=HITS, zone: str = "UTC", as_of: datetime = AS_OF):
    return values(MODEL, text, database, as_of, zone)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(visit)", 3),  # unknown values make no row
        ("sum(visit.pages)", 5),
        ("max(visit.cost)", Decimal(7)),
        ("first(visit.first_page)", "home"),
        ("first(visit.last_page)", "buy"),
        ("first(visit.session)", "a"),  # a group's `by` value
        ("nth(visit.session, 2)", "b"),
        ("last(visit.at)", START + timedelta(hours=50)),  # its first row's time
        ("nth(visit.at, 2)", START + timedelta(hours=3)),
        ("count(visit where { customer_id = 1 })", 3),  # the owner's key too
        ("count(visit where { pages = 2 })", 2),
        ("count(visit where { bought })", 2),
        ('count(visit.hit where { page = "buy" })', 2),
        ("sum(visit.hit.price)", Decimal(13)),
        ("count(long_visit)", 2),
        ("count(buy_visit)", 2),
        ("count(good_visit)", 2),
        ("favourite(visit.first_page)", "home"),
        ("active_days(visit)", 2),
    ],
)
def test_a_row_for_each_value(text, expected):
    assert value(text) == expected


def test_groups_are_of_each_subject():
    assert values(MODEL, "count(visit)", HITS) == {1: 3, 2: 1}
    assert values(MODEL, "max(visit.pages)", HITS) == {1: 2, 2: 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # session b begins in hour 3 and goes on in hour 40
        ("sum(visit.pages before 2025-12-02)", 4),
        ("count(visit since 2025-12-02)", 1),
        ("count(visit between 2025-12-01T02:00 and 2025-12-01T04:00)", 1),
        ("sum(visit.pages in last 30 days)", 1),
    ],
)
def test_a_window_selects_whole_groups_by_their_first_time(text, expected):
    assert value(text, as_of=datetime(2026, 1, 1, tzinfo=UTC)) == expected


def test_rows_of_a_group_exist_as_base_rows_do():
    early = START + timedelta(hours=40)
    assert value("sum(visit.pages)", as_of=early) == 3
    assert value("count(visit)", as_of=START + timedelta(hours=3)) == 1


def test_by_day_is_a_date_event_of_local_days():
    database = hits((1, None, None, None), (22.5, None, None, None), (47.5, None, None, None))
    assert value("count(hit_day)", database) == 2
    assert value("max(hit_day.hits)", database) == 2
    assert value("first(hit_day.at)", database) == date(2025, 12, 1)
    # 23:30 and 00:30 of two days later in Warsaw
    assert value("count(hit_day)", database, zone="Europe/Warsaw") == 2
    assert value("last(hit_day.at)", database, zone="Europe/Warsaw") == date(2025, 12, 3)
    # gaps count dates
    assert value("max_gap(hit_day)", database, zone="Europe/Warsaw") == timedelta(days=2)
    assert value("max_gap(hit_day)", database) == timedelta(days=1)
    assert value("count(hit_day on 2025-12-02)", database) == 1
    assert value("last(hit_day.day)", database) == date(2025, 12, 2)


def test_the_day_of_as_of_exists_from_its_first_row_on():
    database = hits((1, None, None, None))
    assert value("count(hit_day)", database, as_of=START + timedelta(hours=2)) == 1
    assert value("count(hit_day)", database, as_of=START + timedelta(hours=1)) == 0


def test_groups_of_groups_and_of_subsets():
    # visits a and b begin on 1 December, c on 3 December
    assert value("count(long_day)") == 2
    assert value("first(long_day.visits)") == 2
    assert value("first(long_day.pages)") == 4
    assert value("sum(long_day.visit.pages)") == 5
    assert value("sum(long_day.visit.hit.price)") == Decimal(13)
    assert value("count(checked_visit)") == 3
    assert value("sum(checked_visit.pages)") == 3


def test_a_union_counts_a_group_once():
    model = f"{MODEL}\nevent touch of customer is long_visit or visit or hit"
    # three groups, and six rows in no group of the union
    assert values(model, "count(touch)", HITS)[1] == 3 + 6
    model = f"{MODEL}\nevent both of customer is visit or checked_visit"
    assert values(model, "count(both)", HITS)[1] == 3 + 3


def test_sequences_and_regularity_of_groups():
    condition = "sequence {\nvisit where { bought }\nthen next visit where { pages = 2 }\n}"
    assert members(MODEL, condition, HITS) == [1]
    assert members(MODEL, "did visit at least 2 times within any 3 hours", HITS) == [1]
    assert members(MODEL, "did long_visit in each of last 1 full month", HITS) == [1]


def test_the_outer_row_of_a_group():
    condition = "did visit where { did hit where { price = visit.cost } }"
    assert members(MODEL, condition, HITS) == [1, 2]
    assert members(MODEL, 'did visit where { has hit where { page = "other" } }', HITS) == [2]


# --- ties to outer rows ---------------------------------------------------------------------------

TIED = """
entity customer {
  table customers
  key   id: int
  country: text?
}
event buy of customer {
  table buys
  key   id: int
  on    customer_id
  at    happened: timestamp
  product: int?
  amount:  int?
  lines:   many line on buy_id
}
event refund of customer {
  table refunds
  key   id: int
  on    customer_id
  at    happened: timestamp
  product: int?
}
entity line {
  table lines
  key   id: int
  product: int?
}
"""


def tied(buys: list[tuple[object, ...]], refunds: list[tuple[object, ...]], lines=()):
    return {
        "customers": [{"id": 1, "country": "PL"}],
        "buys": rows("id customer_id happened product amount", *buys),
        "refunds": rows("id customer_id happened product", *refunds),
        "lines": rows("id buy_id product", *lines),
    }


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.mark.parametrize(
    ("refund", "expected"),
    [((1, 1, hour(2), 7), True), ((1, 1, hour(2), 8), False), ((1, 1, hour(2), None), False)],
)
def test_an_equality_ties_a_search_to_the_row(refund, expected):
    database = tied([(1, 1, hour(1), 7, 5)], [refund])
    condition = "did buy where { did refund where { product = buy.product } }"
    assert members(TIED, condition, database) == ([1] if expected else [])


def test_a_time_of_the_outer_row_ties_a_search():
    database = tied([(1, 1, hour(1), 7, 5), (2, 1, hour(9), 8, 5)], [(1, 1, hour(5), 7)])
    after = "count(buy where { did refund after buy.at })"
    assert values(TIED, after, database)[1] == 1
    before = "count(buy where { did refund where { at < buy.at } })"
    assert values(TIED, before, database)[1] == 1
    none = "count(buy where { did not refund where { product = buy.product } })"
    assert values(TIED, none, database)[1] == 1


def test_the_same_event_twice_by_names():
    condition = "did buy as one where { did buy as two where { product = one.product and two.at > one.at } }"
    again = [(1, 1, hour(1), 7, 5), (2, 1, hour(2), 8, 5), (3, 1, hour(3), 7, 5)]
    assert members(TIED, condition, tied(again, [])) == [1]
    assert members(TIED, condition, tied(again[:2], [])) == []


def test_a_tie_over_two_levels():
    condition = """did buy where {
  has lines where { did refund where { product = line.product and at > buy.at } }
}"""
    database = tied([(1, 1, hour(1), None, 5)], [(1, 1, hour(2), 7)], [(1, 1, 7)])
    assert members(TIED, condition, database) == [1]
    database = tied([(1, 1, hour(3), None, 5)], [(1, 1, hour(2), 7)], [(1, 1, 7)])
    assert members(TIED, condition, database) == []


def test_an_aggregate_tied_to_the_row():
    # purchases larger than all of the same product before them
    condition = "did buy as r where { amount > max(buy.amount where { product = r.product and at < r.at }) }"
    assert members(TIED, condition, tied([(1, 1, hour(1), 7, 5), (2, 1, hour(2), 7, 6)], [])) == [1]
    assert members(TIED, condition, tied([(1, 1, hour(1), 7, 5), (2, 1, hour(2), 8, 6)], [])) == []
