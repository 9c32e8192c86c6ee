"""Which row a name belongs to (3.4), inside searches over several links."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Settings
from segql.plan import plan
from segql.source import SourceFile
from segql.sql.compile import members
from segql.syntax.parser import parse

CLOCK = Clock(datetime(2026, 1, 1, tzinfo=UTC), Settings())
SOURCES = """
entity account {
  table accounts
  key account_id: int
  name: text
  users: many customer on account_id
  parent: one account on parent_id
  children: many account on parent_id
}
entity customer {
  table customers
  key customer_id: int
  level: int
  referrals: many customer on referred_by
}
event login of customer {
  table logins
  key login_id: int
  on customer_id
  at at: timestamp
  device: text
  pages: many page on login_id
}
entity page {
  table pages
  key page_id: int
  level: int
}
"""


def statement(entity: str, line: str) -> str:
    text = f"{SOURCES}segment s of {entity} {{\n  where {{ {line} }}\n}}\n"
    parsed = parse(SourceFile("a.seg", text))
    assert not parsed.diagnostics, parsed.diagnostics
    model = resolve([parsed.file], CLOCK.settings)
    assert not model.diagnostics, [item.message for item in model.diagnostics]
    return " ".join(members(plan(model, ["s"], CLOCK), "s", "duckdb").split())


@pytest.mark.parametrize(
    ("entity", "by_source", "by_relation"),
    [
        (
            "account",
            "count(users.login where { customer.level = 1 }) > 2",
            "count(users.login where { users.level = 1 }) > 2",
        ),
        (
            "account",
            "did users.login where { customer.level > 1 }",
            "did users.login where { users.level > 1 }",
        ),
        (
            "account",
            'has users.login.pages where { level > customer.level and login.device = "a" }',
            'has users.login.pages where { level > users.level and users.login.device = "a" }',
        ),
        (  # the account of the segment
            "account",
            'has children.users where { account.name = "a" and users.level = 1 }',
            'has children.users where { account.name = "a" and level = 1 }',
        ),
    ],
)
def test_a_row_on_the_way_is_known_by_its_source(
    entity: str, by_source: str, by_relation: str
) -> None:
    assert statement(entity, by_source) == statement(entity, by_relation)


def test_what_stands_around_comes_before_the_way() -> None:
    asked = statement("customer", "did referrals.login where { customer.level > 1 }")
    of_referral = statement("customer", "did referrals.login where { referrals.level > 1 }")
    assert "customer_third ON customer_third.customer_id = customer_second.referred_by" in asked
    assert "customer_third.level > 1" in asked
    assert "customer_second.level > 1" in of_referral
