"""Grouped events and tied searches as SQL: their shape, and agreement with the reference on random rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlglot
from sqlglot import exp

from segql import reference
from segql.model import nodes
from tests.reference.support import model_of
from tests.support import evaluate
from tests.support.tables import PLAIN

AS_OF = datetime(2025, 6, 1, 9, tzinfo=UTC)
MODEL = """
entity customer {
  table customers
  key   id: int
  limit: int?
}
event hit of customer {
  table hits
  key   id: int
  on    customer_id
  at    happened: timestamp
  session: text?
  page:    text?
  price:   int?
}
event visit of customer groups hit by session {
  pages = count(hit)
  spent = sum(hit.price)
  exit  = last(hit.page)
  sold  = count(hit where { page = "a" }) > 1
}
event hit_day of customer groups hit by day {
  hits = count(hit)
}
event buy of customer {
  table buys
  key   id: int
  on    customer_id
  at    bought: timestamp
  page:   text?
  amount: int?
}
event thing of customer is hit or buy
"""
LINES = [
    "did visit where { pages >= 2 and sold }",
    "did visit in last 20 days where { spent > 4 }",
    "sum(visit.pages) > 4",
    'last(visit.exit) = "a"',
    "count(visit.hit where { price > 2 }) >= 2",
    "did hit_day at least 2 times where { hits >= 2 }",
    "did visit where { did buy after visit.at where { amount = visit.spent } }",
    "did buy where { did hit where { page = buy.page } }",
    "did buy where { did not hit where { page = buy.page } }",
    "did not buy where { did hit where { page = buy.page } }",
    "did buy where { count(hit where { page = buy.page }) = 2 }",
    "did buy where { sum(hit.price where { page = buy.page and price > buy.amount }) > 3 }",
    "did buy where { any { did hit before buy.at where { page = buy.page }\n amount = 1 } }",
    "did buy where { count(hit between buy.at - 5 days and buy.at) >= 2 }",
    "count(buy where { did not hit after buy.at }) >= 2",
    "did buy as one where { did buy as two where { page = one.page and two.at > one.at } }",
    "did buy where { count(hit where { page = buy.page or unknown }) > 3 }",
    "did buy where { count(hit where { not (page = buy.page if known) }) > 3 }",
    "did thing as one where { count(buy after one.at) = 1 }",
    "did buy where { did hit where { at < buy.at and did visit where { at < hit.at and pages = buy.amount } } }",
    "did buy where { count(hit where { page = buy.page and count(visit where { exit = buy.page and at < hit.at }) = 1 }) >= 1 }",
    "did buy where { median(hit.price where { at > buy.at }) > amount }",
    "did buy where { max_gap(hit before buy.at) > 3 days }",
    "did buy where { favourite(hit.page before buy.at) = page }",
]


def model(*lines: str, more: str = "") -> nodes.Model:
    segments = (
        f"segment s{n} of customer {{ where {{\n{line}\n}} }}" for n, line in enumerate(lines)
    )
    return model_of("\n".join((MODEL, more, *segments)))


def sql_of(line: str, dialect: str = "duckdb", more: str = "") -> str:
    return evaluate.members_sql(model(line, more=more), "s0", AS_OF, dialect)


def tables(sql: str, name: str) -> int:
    parsed = sqlglot.parse_one(sql, dialect="duckdb")
    return sum(1 for table in parsed.find_all(exp.Table) if table.name == name)


def database(seed: int) -> dict[str, list[dict[str, object]]]:
    chance = random.Random(seed)
    people = range(1, 8)

    def moment() -> datetime:
        return AS_OF - timedelta(days=chance.randint(-2, 40), hours=chance.choice((0, 0, 7)))

    return {
        "customers": [{"id": n, "limit": chance.choice((None, 2, 5))} for n in people],
        "hits": [
            {
                "id": n,
                "customer_id": chance.choice((*people, 99)),
                "happened": moment(),
                "session": chance.choice(("x", "y", "z", "X", None)),
                "page": chance.choice(("a", "b", "A", None)),
                "price": chance.choice((None, 1, 2, 3, 4)),
            }
            for n in range(50)
        ],
        "buys": [
            {
                "id": n,
                "customer_id": chance.choice(people),
                "bought": moment(),
                "page": chance.choice(("a", "b", "A", None)),
                "amount": chance.choice((None, 1, 2, 3)),
            }
            for n in range(25)
        ],
    }


def test_random_rows_agree_with_the_reference() -> None:
    asked = model(*LINES)
    for seed in range(6):
        engine = evaluate.DuckDB()
        rows = database(seed)
        engine.load(asked, rows, PLAIN)
        for number, line in enumerate(LINES):
            expected = reference.members(asked, f"s{number}", rows, AS_OF)
            found = engine.members(asked, f"s{number}", AS_OF)
            assert sorted(found) == sorted(expected), (seed, line)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_every_dialect_has_a_form(dialect: str) -> None:
    for line in LINES:
        assert sql_of(line, dialect).startswith("/* segment s0 of customer")


# --- groups ---------------------------------------------------------------------------------------


def test_a_grouped_event_is_one_scan_whatever_is_asked_of_it() -> None:
    sql = sql_of("did visit where { pages > 1 and sold } and sum(visit.spent) > 3 and did visit")
    assert tables(sql, "hits") == 1
    assert sql.count("visit_by_session AS (") == 1


def test_only_the_measures_that_are_asked_for_are_made() -> None:
    sql = sql_of("did visit where { pages > 1 }")
    assert " AS pages" in sql
    assert "spent" not in sql


def test_going_down_from_a_group_needs_no_group() -> None:
    assert tables(sql_of("count(visit.hit) > 1"), "hits") == 1
    assert "visit_by_session" not in sql_of("count(visit.hit) > 1")


def test_a_group_whose_rows_ask_the_group_has_a_second_table() -> None:
    more = """
event odd of customer groups hit by page {
  top = max(hit.price)
  n   = count(hit where { price < odd.top })
}
"""
    sql = sql_of("did odd where { n > 1 }", more=more)
    first, second = sql.index("odd_by_page_second AS ("), sql.index("odd_by_page AS (")
    assert first < second
    assert " AS top" in sql[first:second]
    assert " AS n" in sql[second:]


# --- ties -----------------------------------------------------------------------------------------


def test_an_equality_needs_no_pairs() -> None:
    sql = sql_of("did buy where { count(hit where { page = buy.page }) = 2 }")
    (rollup,) = (
        cte
        for cte in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.CTE)
        if cte.alias.startswith("hit")
    )
    assert [table.name for table in rollup.find_all(exp.Table)] == ["hits"]
    assert len(rollup.this.args["group"].expressions) == 2


def test_an_existence_alone_is_a_semi_join_with_the_tie() -> None:
    sql = sql_of("did buy where { did hit where { page = buy.page and at < buy.at } }")
    assert sql.count("EXISTS") == 2
    assert "WITH" not in sql


def test_pairs_are_joined_by_the_key_that_they_share() -> None:
    sql = sql_of("did buy where { count(hit before buy.at) = 2 }")
    joins = list(sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Join))
    assert joins
    assert all(list(join.args["on"].find_all(exp.EQ)) for join in joins)
    assert tables(sql, "hits") == 1
