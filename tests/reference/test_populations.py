"""2.4 and 3.5: values over a population, standings, `top` and `bottom`."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.reference.support import members, values

MODEL = """
entity customer {
  table customers
  key   id: int
  score:  int?
  amount: decimal(8, 2)?
  weight: float?
  city:   text?
  born:   date?
  active: bool
  shop:   one shop on shop_id
}
entity shop {
  table shops
  key   id: int
  size: int?
  staff: many customer on shop_id
}
event buy of customer {
  table buys
  key   id: int
  on    customer_id
  at    day: date
}
segment active of customer {
  where { active }
}
"""


def scores(*values: object, **columns: list[object]):
    return {
        "customers": [
            {
                "id": number,
                "score": value,
                "active": True,
                **{name: column[number - 1] for name, column in columns.items()},
            }
            for number, value in enumerate(values, 1)
        ]
    }


def one(text: str, database) -> object:
    """The value that everybody has."""
    found = set(values(MODEL, text, database).values())
    assert len(found) == 1
    return found.pop()


# --- one value for everybody ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(among customer)", 6),
        ("count(among active)", 5),
        ("sum(score among active)", 20),
        ("sum(score among customer)", 120),
        ("avg(score among active)", Decimal(5)),  # unknown values are skipped
        ("median(score among active)", Decimal("4.5")),
        ("stddev(score among active)", Decimal("3.741657")),  # the root of 42 / 3
        ("percentile(score, 50% among active)", 4),  # nearest rank: place ceil(0.5 x 4)
        ("percentile(score, 51% among active)", 5),
        ("percentile(score, 100% among active)", 10),
        ("percentile(score, 1% among active)", 1),
        ("percentile(score, 25% among active)", 1),
    ],
)
def test_one_value_for_everybody(text, expected):
    active = [True, True, True, True, True, False]
    database = scores(10, 1, None, 5, 4, 100, active=active)
    assert one(text, database) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(among active)", 0),
        ("sum(score among active)", 0),
        ("avg(score among active)", None),
        ("median(score among active)", None),
        ("stddev(score among active)", None),
        ("percentile(score, 50% among active)", None),
    ],
)
def test_of_nothing(text, expected):
    assert one(text, scores(1, active=[False])) == expected


def test_dates_have_percentiles():
    database = scores(1, 2, 3, born=[date(2000, 1, 1), date(1990, 1, 1), None])
    assert one("percentile(born, 50% among customer)", database) == date(1990, 1, 1)


def test_a_value_is_compared_with_its_population():
    database = scores(1, 2, 9, None)
    assert members(MODEL, "score > avg(score among customer)", database) == [3]
    assert members(MODEL, "score < 2 * avg(score among customer)", database) == [1, 2]


# --- standings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # scores 30 10 20 20 None 40; customer 6 is not active
        ("rank(score among active)", [1, 4, 2, 2, None, None]),
        ("rank(score among customer)", [2, 5, 3, 3, None, 1]),
        ("ntile(2, score among active)", [2, 1, 1, 2, None, None]),  # ties by key
        ("ntile(3, score among active)", [3, 1, 1, 2, None, None]),  # the first ones are larger
        ("ntile(9, score among active)", [4, 1, 2, 3, None, None]),
        ("quantile_group(2, score among active)", [2, 1, 1, 1, None, None]),
        ("quantile_group(4, score among active)", [4, 1, 2, 2, None, None]),
        ("quantile_group(1, score among active)", [1, 1, 1, 1, None, None]),
        ("quantile_group(9, score among active)", [7, 1, 3, 3, None, None]),
    ],
)
def test_where_a_row_stands(text, expected):
    active = [True, True, True, True, True, False]
    database = scores(30, 10, 20, 20, None, 40, active=active)
    assert list(values(MODEL, text, database).values()) == expected


def test_a_standing_over_a_relation():
    database = {
        **scores(1, 2, shop_id=[7, None]),
        "shops": [{"id": 7, "size": 5}, {"id": 8, "size": 9}],
    }
    model = f"{MODEL}\ntrait place of shop = rank(size among shop)"
    assert list(values(model, "shop.place", database).values()) == [2, None]


# --- top ------------------------------------------------------------------------------------------

TIED = (50, 40, 40, 30, None, 20)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("top 1 among customer by score", [1]),
        ("top 2 among customer by score", [1, 2, 3]),  # ties with the last are in
        ("top exactly 2 among customer by score", [1, 2]),  # by key ascending
        ("top 4 among customer by score", [1, 2, 3, 4]),
        ("top 100 among customer by score", [1, 2, 3, 4, 6]),  # only known values
        ("bottom 1 among customer by score", [6]),
        ("bottom 3 among customer by score", [2, 3, 4, 6]),
        ("bottom exactly 3 among customer by score", [2, 4, 6]),
        ("top 20% among customer by score", [1]),  # ceil(5 x 0.2)
        ("top 21% among customer by score", [1, 2, 3]),  # 2 and the tie
        ("top exactly 21% among customer by score", [1, 2]),
        ("top 1% among customer by score", [1]),
        ("top 100% among customer by score", [1, 2, 3, 4, 6]),
        ("bottom 40% among customer by score", [4, 6]),
        ("not (top 100% among customer by score)", [5]),
    ],
)
def test_the_first_of_a_population(condition, expected):
    assert members(MODEL, condition, scores(*TIED)) == expected


@pytest.mark.parametrize(
    ("values_", "condition", "expected"),
    [
        # of a sum of 100: 50, 80, 90…
        ((50, 30, 10, 5, 5), "top share 80% among customer by score", [1, 2]),
        ((50, 30, 10, 5, 5), "top share 81% among customer by score", [1, 2, 3]),
        ((50, 30, 10, 5, 5), "top share 10% among customer by score", [1]),
        ((50, 30, 10, 5, 5), "top share 91% among customer by score", [1, 2, 3, 4, 5]),  # the tie
        ((50, 30, 10, 5, 5), "top share 100% among customer by score", [1, 2, 3, 4, 5]),
        # only V > 0, in what is taken and in the sum
        ((50, 50, 0, -100, None), "top share 50% among customer by score", [1, 2]),
        ((60, 40, 0, -100, None), "top share 60% among customer by score", [1]),
        ((60, 40, 0, -100, None), "top share 100% among customer by score", [1, 2]),
        ((0, -1, None), "top share 50% among customer by score", []),
        # the smallest that together make the part
        ((50, 30, 10, 5, 5), "bottom share 10% among customer by score", [4, 5]),
        ((50, 30, 10, 5, 5), "bottom share 11% among customer by score", [3, 4, 5]),
    ],
)
def test_the_share_of_the_sum(values_, condition, expected):
    assert members(MODEL, condition, scores(*values_)) == expected


def test_the_share_of_decimals_and_floats():
    amounts = [Decimal("0.10"), Decimal("0.20"), Decimal("0.70")]
    database = scores(1, 1, 1, amount=amounts, weight=[0.1, 0.2, 0.7])
    assert members(MODEL, "top share 90% among customer by amount", database) == [2, 3]
    assert members(MODEL, "top share 90% among customer by weight", database) == [2, 3]


def test_per_groups_by_an_attribute():
    cities = ["a", "a", "b", "b", None, "c"]
    database = scores(5, 9, 1, 1, 100, None, city=cities)
    assert members(MODEL, "top 1 among customer by score per city", database) == [2, 3, 4]
    assert members(MODEL, "top exactly 1 among customer by score per city", database) == [2, 3]
    assert members(MODEL, "top 50% among customer by score per city", database) == [2, 3, 4]
    assert members(MODEL, "bottom 1 among customer by score per city", database) == [1, 3, 4]


def test_the_base_is_those_who_hold_now():
    database = scores(5, 9, 7, active=[True, False, True])
    assert members(MODEL, "top 1 among active by score", database) == [3]
    assert members(MODEL, "active\ntop 1 among customer by score", database) == []


def test_a_ranking_by_what_they_did():
    day = date(2025, 12, 1)
    database = {
        **scores(0, 0, 0),
        "buys": [
            {"id": n, "customer_id": who, "day": day + timedelta(days=n)}
            for n, who in enumerate([1, 2, 2, 3, 3])
        ],
    }
    assert members(MODEL, "top 1 among customer by count(buy)", database) == [2, 3]
    assert members(MODEL, "top 1 among customer by last(buy.at)", database) == [3]


def test_a_ranking_asked_of_a_related_row():
    database = {
        **scores(1, 2, 3, shop_id=[7, 8, 8]),
        "shops": [{"id": 7, "size": 5}, {"id": 8, "size": 9}],
    }
    model = f"{MODEL}\nsegment largest of shop {{\n where {{ top 1 among shop by size }}\n}}"
    assert members(model, "shop member of largest", database) == [2, 3]
    model = f"{MODEL}\nsegment best of customer {{\n where {{ top 1 among customer by score }}\n}}"
    assert members(model, "has staff where { member of best }", database, of="shop") == [8]


def test_a_moment_can_rest_on_a_population():
    database = {
        **scores(1, 2, 3, born=[date(2025, 12, 1), date(2025, 12, 5), date(2025, 12, 9)]),
        "buys": [
            {"id": n, "customer_id": n, "day": date(2025, 12, 4) + timedelta(days=n)}
            for n in (1, 2, 3)
        ],
    }
    condition = "did buy after percentile(born, 50% among customer)"
    assert members(MODEL, condition, database) == [2, 3]


def test_a_population_of_a_population():
    # the mean of the best two of 1, 2, 6 is 4
    model = f"{MODEL}\nsegment best of customer {{\n where {{ top 2 among customer by score }}\n}}"
    assert members(model, "score > avg(score among best)", scores(1, 2, 6)) == [3]
    assert values(model, "rank(score among best)", scores(1, 2, 6)) == {1: None, 2: 2, 3: 1}


def test_a_standing_inside_of_a_search():
    database = {**scores(1, 5, 3, shop_id=[7, 7, 8]), "shops": [{"id": 7}, {"id": 8}]}
    condition = "has staff where { rank(score among customer) <= 2 }"
    assert members(MODEL, condition, database, of="shop") == [7, 8]
    condition = "has no staff where { top exactly 1 among customer by score }"
    assert members(MODEL, condition, database, of="shop") == [8]
