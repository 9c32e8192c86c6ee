"""What is checked without an error compiles: all that the plan refuses, the check tells at its place."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

import segql.plan
from segql.model.clock import Clock
from segql.model.nodes import Settings
from segql.plan import PlanError, plan
from segql.plan.constants import impossible
from tests.support import evaluate

CLOCK = Clock(datetime(2000, 1, 1, tzinfo=UTC), Settings())
MODEL = """
entity customer {
  table customers
  key   customer_id: int
  points: int
  born:   date?
  seen:   timestamp?
}

event visit of customer {
  table visits
  key   visit_id: int
  on    customer_id
  at    at_time: timestamp
}

segment asked of customer {
  where { %s }
}
"""

REFUSED = {
    # the function that raises, and for each condition what the check marks
    ("normalize.py", "value"): {
        "points > 99999999999999999999999999999999999999 * 10": "99999999999999999999999999999999999999 * 10",
        "seen > now - 9000 years": "now - 9000 years",
        "seen in last 9000 years": "9000 years",
        "seen > 9000 years ago or unknown": "9000 years ago",
        "did visit in last 3000 years": "3000 years",
        "born < 0001-01-01 - 7 days if known": "0001-01-01 - 7 days",
        "not (born on 9999-12-31 + 1 day)": "9999-12-31 + 1 day",
        "years since (9999-12-31 + 1 day) > 3": "9999-12-31 + 1 day",
        "anniversary(born) in last 9000 years": "9000 years",
        "count(visit as v where { did visit before 9000 years ago where { visit_id = v.visit_id } }) > 1": "9000 years ago",
        "top 3 among customer by days since (9999-12-31 + 1 day)": "9999-12-31 + 1 day",
    },
    ("regularity.py", "regular"): {
        "did visit in at least 1 of last 20 periods of 200 years": "did visit in at least 1 of last 20 periods of 200 years",
    },
}  # fmt: skip
CASES = [(condition, place) for cases in REFUSED.values() for condition, place in cases.items()]


@pytest.mark.parametrize(("condition", "place"), CASES, ids=[case[0] for case in CASES])
def test_the_check_tells_what_the_plan_refuses(condition: str, place: str) -> None:
    text = MODEL % condition
    checked = evaluate.check(text, CLOCK.settings)
    assert not checked.errors, checked.errors
    with pytest.raises(PlanError) as raised:
        evaluate.members_sql(checked.model, "asked", CLOCK.now, "duckdb")
    (told,) = impossible(checked.model.segments.values(), CLOCK)
    assert told.is_error
    assert told.message == raised.value.message
    assert told.span is not None
    assert place in text[told.span.start : told.span.end]
    assert told.helps


@pytest.mark.parametrize(
    "condition",
    [
        "sequence { visit\n then visit within 999999999 days\n }",
        "sequence { visit\n then visit after 9000 years\n }",
        "sequence { visit\n then no visit within 9000 years\n }",
        "did visit at least 2 times within any 99999999 weeks",
    ],
)
def test_a_limit_behind_an_event_that_no_calendar_has(condition: str) -> None:
    checked = evaluate.check(MODEL % condition, CLOCK.settings)
    assert not checked.errors, checked.errors
    (told,) = impossible(checked.model.segments.values(), CLOCK)
    assert told.message == "the time is outside of the years 1 to 9999"
    assert told.helps


@pytest.mark.parametrize(
    "condition",
    [
        "points > 9999999999999999999999999999999999999 * 10",
        "seen > now - 1999 years",
        "born < 0001-01-08 - 7 days if known",
        "did visit in at least 1 of last 9 periods of 200 years",
    ],
)
def test_what_exists_is_not_refused(condition: str) -> None:
    model = evaluate.check(MODEL % condition, CLOCK.settings).model
    assert not impossible(model.segments.values(), CLOCK)
    plan(model, ["asked"], CLOCK)


def test_nothing_else_is_refused() -> None:
    """Each place in the plan that refuses something has its cases above."""
    found = set()
    for path in sorted(Path(segql.plan.__file__).parent.glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                raised = [ast.dump(n) for n in ast.walk(function) if isinstance(n, ast.Raise)]
                if any("'PlanError'" in text for text in raised):
                    found.add((path.name, function.name))
    assert found == set(REFUSED)
