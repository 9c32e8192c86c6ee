"""Histories as SQL: their shape, and that DuckDB finds what the reference evaluator finds in random logs."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlglot
from sqlglot import exp

from segql import reference
from segql.model import nodes
from segql.model.types import DATE, TIMESTAMP
from tests.reference.support import model_of
from tests.support import evaluate
from tests.support.tables import PLAIN

AS_OF = datetime(2025, 6, 1, 9, tzinfo=UTC)
MODEL = """
entity customer {
  table   customers
  key     id: int
  created made_at
  plan:    text? history from plans.plan on customer_id at changed_at
  level:   int? history from levels.level on customer_id at set_on
  account: one account on account_id
}
entity account {
  table   accounts
  key     id: int
  history valid_from, valid_to
  valid_from: date
  valid_to:   date?
  tier:  text?
  users: many customer on account_id
}
event buy of customer {
  table buys
  key   id: int
  on    customer_id
  at    bought_at: timestamp
}
event level_change of customer {
  table levels
  key   id: int
  on    customer_id
  at    set_on: date
}
segment pro of customer {
  where { plan = "pro" }
}
segment gold of account {
  where { tier = "gold" }
}
segment buyers of customer {
  where { did buy in last 30 days }
}
"""
LINES = [
    'plan = "pro"',
    "plan is unknown",
    'plan != "pro" or unknown',
    'plan has been "pro" for at least 20 days',
    'plan has been "pro" for at least 20 days or unknown',
    'not (plan has been "pro" for at least 5 days if known)',
    "level has been 1 for at least 10 days",
    "level = 2 and level has been 2 for at least 3 days",
    'account.tier = "gold"',
    'account.tier has been "gold" for at least 30 days',
    "member of pro as of 2025-05-01",
    "not member of pro as of 2025-05-01",
    "member of pro as of 2025-05-01 and member of pro as of 2025-04-01",
    "member of buyers as of 20 days ago or member of buyers",
    "account member of gold as of 2025-05-01",
    "account not member of gold as of 2025-05-01",
    'did buy where { customer.plan = "pro" }',
    'count(account.users where { plan = "pro" }) >= 1',
    "has_gold_then",
]
TRAIT = """
trait has_gold_then of customer = account member of gold as of 40 days ago
"""


def model(*lines: str) -> nodes.Model:
    segments = (
        f"segment s{n} of customer {{ where {{\n{line}\n}} }}" for n, line in enumerate(lines)
    )
    return model_of("\n".join((MODEL, TRAIT, *segments)), "Europe/Warsaw")


def sql_of(line: str, dialect: str = "duckdb") -> str:
    return evaluate.members_sql(model(line), "s0", AS_OF, dialect)


def tables(sql: str, name: str) -> int:
    parsed = sqlglot.parse_one(sql, dialect="duckdb")
    return sum(1 for table in parsed.find_all(exp.Table) if table.name == name)


def database(seed: int) -> dict[str, list[dict[str, object]]]:
    chance = random.Random(seed)

    def moment() -> datetime:
        return AS_OF - timedelta(days=chance.randint(-3, 80), hours=chance.choice((0, 0, 5)))

    versions: list[dict[str, object]] = []
    for account in range(1, 5):
        day = AS_OF.date() - timedelta(days=chance.randint(1, 90))
        for _ in range(chance.randint(1, 4)):
            end = day + timedelta(days=chance.randint(1, 40))
            tier = chance.choice(("gold", "gold", "basic", None))
            versions.append({"id": account, "tier": tier, "valid_from": day, "valid_to": end})
            day = end + timedelta(days=chance.choice((0, 0, 0, 3)))
        if chance.random() < 0.5:
            versions[-1]["valid_to"] = None
    people = range(1, 9)
    return {
        "customers": [
            {
                "id": n,
                "account_id": chance.choice((1, 2, 3, 4, 7, None)),
                "made_at": chance.choice((None, moment())),
            }
            for n in people
        ],
        "plans": [
            {
                "customer_id": chance.choice(people),
                "plan": chance.choice(("pro", "pro", "free", None)),
                "changed_at": chance.choice((moment(), moment(), AS_OF)),
            }
            for _ in range(40)
        ],
        "levels": [
            {
                "id": n,
                "customer_id": chance.choice(people),
                "level": chance.choice((1, 2, None)),
                "set_on": moment().date(),
            }
            for n in range(30)
        ],
        "buys": [
            {"id": n, "customer_id": chance.choice(people), "bought_at": moment()}
            for n in range(20)
        ],
        "accounts": versions,
    }


def test_random_histories_agree_with_the_reference() -> None:
    asked = model(*LINES)
    for seed in range(6):
        engine = evaluate.DuckDB()
        rows = database(seed)
        engine.load(asked, rows, PLAIN)
        for number, line in enumerate(LINES):
            expected = reference.members(asked, f"s{number}", rows, AS_OF)
            found = engine.members(asked, f"s{number}", AS_OF)
            assert sorted(found) == sorted(expected), (seed, line)


def test_a_log_is_read_once_for_its_value_and_for_how_long_it_held() -> None:
    sql = sql_of('plan = "pro" and plan has been "pro" for at least 5 days and plan is known')
    assert tables(sql, "plans") == 1
    assert tables(sql_of('plan = "pro"'), "plans") == 1


def test_a_segment_of_another_moment_is_a_semi_join() -> None:
    sql = sql_of("member of buyers as of 2025-05-01")
    assert "EXISTS" in sql
    assert "2025-04-30 22:00:00+00" in sql  # local midnight
    assert "WITH" not in sql


def test_the_same_moment_written_twice_is_asked_once() -> None:
    line = "any { member of pro as of 2025-05-01\n member of pro as of 2025-05-01T00:00 }"
    assert tables(sql_of(line), "plans") == 1


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_every_dialect_has_a_form(dialect: str) -> None:
    for line in LINES:
        assert sql_of(line, dialect).startswith("/* segment s0 of customer")


# --- declared types -------------------------------------------------------------------------------


def test_times_of_histories_are_of_the_types_declared_over_their_columns() -> None:
    found = model()
    account, customer = found.sources["account"], found.sources["customer"]
    assert isinstance(account, nodes.Entity)
    assert account.history is not None
    assert [bound.type for bound in account.history] == [DATE, DATE]
    plan, level = customer.attributes["plan"].storage, customer.attributes["level"].storage
    assert isinstance(plan, nodes.ChangeLog)
    assert isinstance(level, nodes.ChangeLog)
    assert plan.at_type == TIMESTAMP
    assert level.at_type == DATE


def test_a_zone_is_declared_by_any_source_over_the_table() -> None:
    text = MODEL.replace("set_on: date", 'set_on: timestamp in "America/New_York"')
    log = model_of(text).sources["customer"].attributes["level"].storage
    assert isinstance(log, nodes.ChangeLog)
    assert log.at.zone == "America/New_York"
    rows: dict[str, list[dict[str, object]]] = {
        "customers": [{"id": 1}],
        "levels": [{"customer_id": 1, "level": 1, "set_on": datetime(2025, 6, 1, 5, 30)}],
    }
    asked = model_of(f"{text}\nsegment s of customer {{ where {{ level = 1 }} }}")
    assert reference.members(asked, "s", rows, AS_OF) == []  # 05:30 there is 09:30 in UTC
    assert reference.members(asked, "s", rows, AS_OF + timedelta(hours=1)) == [(1,)]


def test_a_date_stands_for_the_start_of_its_local_day() -> None:
    rows: dict[str, list[dict[str, object]]] = {
        "accounts": [
            {"id": 1, "tier": "gold", "valid_from": date(2025, 6, 1), "valid_to": None},
            {"id": 2, "tier": "gold", "valid_from": date(2025, 1, 1), "valid_to": date(2025, 6, 1)},
        ]
    }
    asked = model_of(MODEL, "Europe/Warsaw")
    for hour, expected in ((-12, [(2,)]), (-11, [(1,)]), (0, [(1,)])):
        moment = AS_OF + timedelta(hours=hour)
        assert reference.members(asked, "gold", rows, moment) == expected
