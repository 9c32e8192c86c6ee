"""A small model for the tests of the plan and of the shape of queries."""

from __future__ import annotations

from datetime import UTC, datetime

from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Model, Settings
from segql.plan import Plan, plan
from segql.source import SourceFile
from segql.syntax.parser import parse

AS_OF = datetime(2026, 1, 1, 12, tzinfo=UTC)

SOURCES = """
entity account {
  table accounts
  key account_id: int
  created opened_ts
  industry: text?
}
entity customer {
  table customers
  key customer_id: int
  created created_ts
  country: text?
  opt_in: bool
  birth_date: date?
  limit: decimal(12, 2)
  account: one account on account_id
  age = years since birth_date
}
entity order_line {
  table order_lines
  key (order_id: int, line_no: int)
  product_id: int
  quantity: int
}
event purchase of customer {
  table orders
  key order_id: int
  on customer_id
  at ordered_at: timestamp
  amount: decimal(12, 2)
  status: enum("paid", "open", "refunded")
  lines: many order_line on order_id
}
event paid_purchase of customer is purchase where { status = "paid" }
event email_open of customer {
  table email_opens
  key open_id: text
  on person
  at opened_at: timestamp
  campaign: text
}
event email_click of customer {
  table email_clicks
  key click_id: int
  on customer_id
  at clicked_at: timestamp
  campaign: text
}
event engagement of customer is email_open or email_click
event settled of customer is paid_purchase or purchase
trait paid_spend of customer = sum(paid_purchase.amount)
"""


def model_of(text: str) -> Model:
    """The model of the sources above and `text`; fails on any error."""
    parsed = parse(SourceFile("test.seg", SOURCES + text))
    model = resolve([parsed.file], Settings("Europe/Warsaw"))
    faults = [d.message for d in (*parsed.diagnostics, *model.diagnostics) if d.is_error]
    assert not faults, faults
    return model


def planned(*lines: str, traits: str = "") -> Plan:
    """A plan with one segment, `asked`, of those lines."""
    body = "\n    ".join(lines)
    model = model_of(f"{traits}\nsegment asked of customer {{\n  where {{\n    {body}\n  }}\n}}\n")
    return plan(model, ["asked"], Clock(AS_OF, model.settings))
