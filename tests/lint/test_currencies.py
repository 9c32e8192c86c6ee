"""Amounts in several currencies: what tells a currency, and what is done with two of them."""

from __future__ import annotations

import pytest

from tests.lint.support import check

MODEL = """\
entity customer {
  table customers
  key   customer_id: int

  currency:     enum("EUR", "PLN")
  credit_limit: decimal(12, 2)
  bonus_pln:    int
  bonus_eur:    int
  spend_all:    int
  tax_rate:     decimal(5, 2)
  country:      text
}

event purchase of customer {
  table purchases
  key   purchase_id: int
  on    customer_id
  at    bought_at: timestamp

  amount:         decimal(12, 2)
  discount:       decimal(12, 2)
  fee:            decimal(12, 2)
  fee_currency:   enum("EUR", "PLN")
  amount_eur:     decimal(12, 2)
  rate_to_eur:    decimal(12, 6)
  currency:       enum("EUR", "PLN")
}

event transfer of customer {
  table transfers
  key   transfer_id: int
  on    customer_id
  at    sent_at: timestamp

  amount:   decimal(12, 2)
  currency: enum("USD")
}

event polish_purchase of customer is purchase where { currency = "PLN" }

trait spent_eur of customer = sum(purchase.amount_eur)
trait spent of customer = sum(purchase.amount where { currency = "PLN" })
"""

FOUND = {
    # two names with codes
    "bonus_pln > bonus_eur": "compared",
    "bonus_pln in 0..bonus_eur": "compared",
    "bonus_pln + bonus_eur > 3": "added",
    "bonus_pln - bonus_eur > 3": "subtracted",
    "least(bonus_pln, bonus_eur) > 3": "compared",
    "mean(bonus_pln, bonus_eur) > 3": "added",
    "coalesce(bonus_pln, bonus_eur) > 3": "taken for each other",
    "2 * bonus_pln > bonus_eur / 3": "compared",
    "spent_eur > bonus_pln": "compared",
    "spent > bonus_eur": "compared",
    "spent_eur - spent > 0": "subtracted",
    # codes that conditions choose
    'sum(purchase.amount where { currency = "EUR" }) > spent': "compared",
    'sum(purchase.amount where { currency in ("EUR") }) > bonus_pln': "compared",
    "sum(polish_purchase.amount) > bonus_eur": "compared",
    "sum(transfer.amount) > sum(polish_purchase.amount)": "compared",
    # attributes that say the currency
    "credit_limit > bonus_eur": "compared",
    "sum(transfer.amount) > credit_limit": "compared",
    "last(purchase.amount) > first(purchase.amount) if known": "compared",
    "did purchase where { amount > fee }": "compared",
    "did purchase where { amount > customer.credit_limit }": "compared",
    "did purchase where { amount - fee > 10 }": "subtracted",
    "did purchase where { amount > amount_eur }": "compared",
    'any { currency = "EUR"; credit_limit > bonus_eur }': "compared",
}
RANKED = (
    "top 10% among customer by credit_limit",
    "rank(credit_limit among customer) <= 5",
    "avg(credit_limit among customer) > 5",
    "sum(purchase.amount) > 5",
    "favourite(purchase.fee_currency by sum(purchase.amount)) is known",
)
LEFT_ALONE = (
    "bonus_pln > 100",
    "bonus_pln > spend_all",
    "credit_limit > 100",
    "credit_limit * tax_rate > 100",
    "bonus_pln / bonus_eur > 4.5",
    "spent > bonus_pln",
    "spent_eur > 2 * bonus_eur",
    "sum(polish_purchase.amount) > spent",
    "avg(polish_purchase.amount) > avg(polish_purchase.amount in last 90 days) if known",
    "did purchase where { amount > discount }",
    "did purchase where { amount > 100 }",
    'did purchase where { currency = "EUR"; amount > amount_eur }',
    "did purchase where { currency = fee_currency; amount > fee }",
    "did purchase where { currency = customer.currency; amount > customer.credit_limit }",
    'all { currency = "EUR"; credit_limit > bonus_eur }',
    "sum(purchase.amount where { currency = customer.currency }) > credit_limit",
    "sum(purchase.amount * purchase.rate_to_eur) > bonus_eur",
    "sum(purchase.amount_eur) > bonus_eur",
    "top 10% among customer by credit_limit per currency",
    "top 10% among customer by spent",
    "count(purchase) > bonus_eur",
)


def found(*lines: str) -> list[str]:
    body = "\n".join(lines).replace("; ", "\n").replace("{ ", "{\n").replace(" }", "\n}")
    text = f"segment s of customer {{ where {{\n{body}\n}} }}\n"
    told = check({"model.seg": MODEL, "case.seg": text}, '[lint]\nselect = ["mixed-currencies"]\n')
    assert not [item for item in told if item.is_error], told
    return [item.message for item in told if item.code.name == "mixed-currencies"]


@pytest.mark.parametrize(("condition", "done"), FOUND.items())
def test_two_currencies(condition, done):
    assert found(condition) == [f"amounts in different currencies are {done}"]


@pytest.mark.parametrize("condition", RANKED)
def test_many_rows_of_several_currencies(condition):
    [message] = found(condition)
    assert message.endswith("is in different currencies")


@pytest.mark.parametrize("condition", LEFT_ALONE)
def test_left_alone(condition):
    assert found(condition) == []


def test_another_line_chooses_the_currency():
    assert found('currency = "EUR"', "credit_limit > bonus_eur") == []
    assert len(found('currency = "PLN"', "credit_limit > bonus_eur")) == 1


def test_the_labels_and_the_way_out():
    text = "segment s of customer {\n  where {\n    credit_limit > bonus_eur\n  }\n}\n"
    lint = '[lint]\nselect = ["mixed-currencies"]\n'
    [item] = check({"model.seg": MODEL, "case.seg": text}, lint)
    assert [label.text for label in item.labels] == [
        "in EUR",
        "in the `currency` of the `customer`",
    ]
    assert [fix.text for fix in item.helps] == ['choose one: `where { currency = "EUR" }`']


def test_definitions_that_share_values_many_times_are_read_once():
    doubled = "".join(
        f"trait t{number} of customer = t{number - 1} + t{number - 1}\n" for number in range(1, 30)
    )
    text = f"trait t0 of customer = bonus_eur + 1\n{doubled}"
    text += "segment s of customer { where { t9 > bonus_pln } }\n"
    told = check({"model.seg": MODEL, "case.seg": text}, '[lint]\nselect = ["mixed-currencies"]\n')
    assert "mixed-currencies" in {item.code.name for item in told}
