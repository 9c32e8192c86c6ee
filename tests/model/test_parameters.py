"""Traits with parameters (2.2): each call is the body with its arguments, and a wrong one is reported at the call."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segql import reference
from segql.diagnostics import Diagnostic
from segql.model import nodes
from tests.support.evaluate import Checked, check, spoken

MODEL = """
entity account {
  table accounts
  key   account_id: int
  size: int?
}

entity customer {
  table customers
  key   customer_id: int
  country:   text?
  plan:      enum("free", "pro")?
  points:    int?
  interests: list of text
  joined:    timestamp?
  account:   one account on account_id
}

event purchase of customer {
  table purchases
  key   purchase_id: int
  on    customer_id
  at    ordered_at: timestamp
  amount: decimal(8, 2)
  status: text
  lines:  many line on purchase_id
}

event refund of customer {
  table refunds
  key   refund_id: int
  on    customer_id
  at    refunded_at: timestamp
  amount: decimal(8, 2)
}

entity line {
  table lines
  key   line_id: int
  quantity: int
}

trait spend_in(period: window) of customer = sum(purchase.amount in period where { status = "paid" })
trait spend_with(wanted: text, least: decimal = 0) of customer =
  sum(purchase.amount where { status = wanted and amount >= least })
trait times(what: event, n: int = 1) of customer = count(what) >= n
trait in_countries(countries: list) of customer = country in (countries)
trait out_of(countries: list) of customer = country not in (countries) if known
trait likes(wanted: list) of customer = interests has any wanted
trait likes_all(wanted: list) of customer = interests has all (wanted)
trait likes_none(wanted: list) of customer = interests has none wanted
trait on_plan(plans: list) of customer = plan in (plans)
trait has_points(wanted: list) of customer = points in (wanted, 99)
trait waited(long: duration) of customer = now - joined > long
trait bigger(than: int = 10) of account = size > than
trait recent(period: window = last 30 days) of customer = spend_in(period)
trait line_count(period: window) of customer = sum(purchase.lines.quantity in period)
trait twice(of_points: int) of customer = of_points * 2
"""

DATABASE: reference.Database = {
    "accounts": [{"account_id": 1, "size": 20}, {"account_id": 2, "size": 5}],
    "customers": [
        {
            "customer_id": 1,
            "country": "PL",
            "plan": "pro",
            "points": 7,
            "interests": ["spa", "tea"],
            "joined": datetime(2025, 1, 1, tzinfo=UTC),
            "account_id": 1,
        },
        {
            "customer_id": 2,
            "country": "DE",
            "plan": "free",
            "points": 99,
            "interests": ["tea"],
            "joined": datetime(2025, 12, 31, tzinfo=UTC),
            "account_id": 2,
        },
        {"customer_id": 3, "country": None, "plan": None, "points": None, "interests": []},
    ],
    "purchases": [
        {
            "purchase_id": number,
            "customer_id": customer,
            "ordered_at": datetime(2025, month, 15, tzinfo=UTC),
            "amount": amount,
            "status": status,
        }
        for number, customer, month, amount, status in (
            (1, 1, 1, 100, "paid"),
            (2, 1, 12, 10, "paid"),
            (3, 1, 12, 5, "open"),
            (4, 2, 6, 50, "paid"),
        )
    ],
    "refunds": [
        {
            "refund_id": 1,
            "customer_id": 2,
            "refunded_at": datetime(2025, 7, 1, tzinfo=UTC),
            "amount": 50,
        }
    ],
    "lines": [{"line_id": 1, "quantity": 3, "purchase_id": 2}],
}

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def checked(condition: str) -> tuple[Checked, str]:
    text = f"{MODEL}\nsegment asked of customer {{\n  where {{\n    {condition}\n  }}\n}}\n"
    return check(text, nodes.Settings()), text


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        ("spend_in(last 90 days) >= 10", [1]),
        ("spend_in(between 2025-01-01 and 2025-03-31) = 100", [1]),
        ("spend_in(since joined) >= 100", [1]),
        ("recent() = 10", [1]),
        ("recent(last 365 days) >= 50", [1, 2]),
        ('spend_with("open") = 5', [1]),
        ('spend_with("paid", 60) = 100', [1]),
        ("times(refund)", [2]),
        ("times(purchase, 2)", [1]),
        ('in_countries(("PL", "DE"))', [1, 2]),
        ('in_countries(("PL", "FR", "ES"))', [1]),
        ('in_countries("DE")', [2]),
        ('not in_countries(("PL", "DE"))', [3]),
        ('out_of(("PL", "FR"))', [2]),
        ('likes(("spa", "gym"))', [1]),
        ('likes_all(("tea", "spa"))', [1]),
        ('likes_none(("spa", "gym"))', [2, 3]),
        ('on_plan(("pro", "free"))', [1, 2]),
        ("has_points((7, 8))", [1, 2]),
        ("has_points((1, 2))", [2]),
        ("waited(10 days)", [1]),
        ("account.bigger()", [1]),
        ("account.bigger(4)", [1, 2]),
        ("line_count(last 30 days) = 3", [1]),
        ("twice(points) = 14", [1]),
    ],
)
def test_a_call_is_the_body_with_its_arguments(condition: str, members: list[int]) -> None:
    found, text = checked(condition)
    assert not found.errors, spoken(found.errors, text)
    assert reference.members(found.model, "asked", DATABASE, AS_OF) == [(key,) for key in members]


def only_error(condition: str) -> tuple[Diagnostic, str]:
    found, text = checked(condition)
    assert len(found.errors) == 1, spoken(found.errors, text)
    return found.errors[0], text


@pytest.mark.parametrize(
    ("condition", "message", "at", "declared"),
    [
        ("spend_in(5) > 1", "`period` takes a window", "5", "period: window"),
        ("spend_in(5 days) > 1", "`period` takes a window", "5 days", "period: window"),
        ("waited(last 5 days)", "`long` takes a duration", "last 5 days", "long: duration"),
        ("spend_with(5) > 1", "`wanted` takes a text", "5", "wanted: text"),
        ('spend_with("a", "b") > 1', "`least` takes a decimal", '"b"', "least: decimal = 0"),
        ("times(customer)", "`what` takes an event", "customer", "what: event"),
        ("times(purchase, 1.5)", "`n` takes an int", "1.5", "n: int = 1"),
        ("spend_in() > 1", "`spend_in` needs `period`", "spend_in()", "period: window"),
        (
            "recent(last 1 day, 5) > 1",
            "`recent` takes 1 argument, got 2",
            "5",
            "recent",
        ),
    ],
)
def test_a_wrong_argument_is_reported_at_the_call(
    condition: str, message: str, at: str, declared: str
) -> None:
    error, text = only_error(condition)
    assert error.message == message
    shown = [text[label.span.start : label.span.end] for label in error.labels]
    assert shown == [at, declared]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('in_countries(("PL", 5))', "a list of arguments holds literals of one type"),
        ("in_countries((country, country))", "a list of arguments holds literals of one type"),
        ("in_countries((5, 6))", "text is not comparable with int"),
    ],
)
def test_a_wrong_list_is_reported(condition: str, message: str) -> None:
    error, _ = only_error(condition)
    assert error.message == message


def test_a_value_of_no_plan_is_told_with_a_list() -> None:
    error, _ = only_error('on_plan(("pro", "team"))')
    assert "team" in error.message


def test_recursion_is_an_error() -> None:
    text = MODEL + "trait again(n: int) of customer = again(n) + 1\n"
    found = check(text, nodes.Settings())
    assert [error.message for error in found.errors] == ["`again` rests on itself"]
    text = MODEL + (
        "trait one(n: int) of customer = other(n)\ntrait other(n: int) of customer = one(n)\n"
    )
    found = check(text, nodes.Settings())
    assert any("rests on itself" in error.message for error in found.errors)


def test_the_body_of_a_trait_is_checked_without_a_call() -> None:
    text = MODEL + "trait wrong(n: int) of customer = nothing + n\n"
    found = check(text, nodes.Settings())
    assert [text[e.span.start : e.span.end] for e in found.errors if e.span] == ["nothing"]
