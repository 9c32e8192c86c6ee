"""`test` blocks on DuckDB and the reference evaluator: what is stored, what comes out, why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from segql.model import resolve
from segql.model.nodes import Model, Settings
from segql.report.tests import Outcome
from segql.source import SourceFile
from segql.syntax.parser import parse
from segql.testing import running, tester
from segql.testing.coverage import Coverage, share
from segql.testing.rows import stored
from segql.testing.running import Run

MODEL = (Path(__file__).parent / "model.seg").read_text(encoding="utf-8")


def model_of(text: str) -> tuple[Model, dict[str, SourceFile]]:
    sources = {
        name: SourceFile(name, body) for name, body in (("model.seg", MODEL), ("a.seg", text))
    }
    parsed = [parse(source) for source in sources.values()]
    assert not [item for one in parsed for item in one.diagnostics], text
    model = resolve([one.file for one in parsed], Settings("Europe/Warsaw"))
    assert not [item for item in model.diagnostics if item.is_error], model.diagnostics
    return model, sources


def outcomes(text: str, coverage: Coverage | None = None) -> list[Outcome]:
    model, sources = model_of(text)
    asked = tester.Tester(model, sources.get, lambda name: 0, coverage)
    return [asked.test(case) for case in model.cases]


def case_of(body: str, name: str = "vips", as_of: str = "2026-01-01") -> str:
    return f"test {name} as of {as_of} {{\n{body}\n}}\n"


PASSING = {
    "rows need no key, and N times makes N": """
        customer anna { email_opt_in: true }
        customer ben { email_opt_in: true }
        purchase of anna { at: 2025-06-01, amount: 50 } 2 times
        purchase of ben { at: 2025-06-01, amount: 50 }
        expect anna in
        expect ben out
        expect count 1""",
    "like copies attributes, not events and not the key": """
        customer anna { customer_id: 7, email_opt_in: true }
        purchase of anna { at: 2025-06-01, amount: 100 }
        customer ben like anna
        customer carl like anna
        purchase of carl { at: 2025-06-01, amount: 100 }
        expect anna in
        expect ben out
        expect carl in
        expect count 2""",
    "events at or after as of do not exist": """
        customer anna { email_opt_in: true }
        purchase of anna { at: 2026-01-01, amount: 100 }
        customer ben { email_opt_in: true }
        purchase of ben { at: 1 second ago, amount: 100 }
        customer carl { email_opt_in: true }
        purchase of carl { at: now, amount: 100 }
        expect anna out
        expect ben in
        expect carl out""",
    "a row created at or after as of does not exist, an unset created lies before": """
        customer anna { email_opt_in: true, signed_up: 2026-01-01 }
        purchase of anna { at: 2025-06-01, amount: 100 }
        customer ben { email_opt_in: true }
        purchase of ben { at: 2025-06-01, amount: 100 }
        expect anna out
        expect ben in""",
    "a whole number for a decimal, and moments for dates": """
        customer anna { email_opt_in: true, birth_date: today }
        purchase of anna { at: yesterday, amount: 100 }
        expect anna in""",
}


@pytest.mark.parametrize("body", PASSING.values(), ids=PASSING)
def test_what_passes(body: str) -> None:
    (outcome,) = outcomes(case_of(body))
    assert outcome.status == "passed", outcome


ATTRIBUTES = """
segment all_of_them of customer {
  where {
    birth_date = 2000-02-29
    interests has all ("spa", "tea")
    topics has "news"
    home within 1 km of point(52.23, 21.01)
    nickname = "Ania"
    tier = "gold"
    left_at on 2025-12-24
    tags_of has "vip"
    has note where { kind = "call" }
    status = "active"
  }
}
segment nobody_knows of customer {
  where {
    birth_date is unknown
    count(interests) = 0
    count(tags_of) = 0
    home is unknown
    nickname is unknown
    status is unknown
    has no note
  }
}
"""


def test_every_way_to_store_an_attribute() -> None:
    """Columns, JSON, points, texts to split, child tables, change logs, local time, child rows; and nothing of each."""
    anna = """
      customer anna {
        email_opt_in: false
        birth_date: 2000-02-29
        interests: ("spa", "tea")
        topics: ("news", "offers")
        home: point(52.23, 21.01)
        nickname: "Ania"
        tier: "gold"
        left_at: 2025-12-24T23:30
        tags_of: ("vip")
        status: "active"
      }
      note of anna { kind: "call" }
      customer ben { email_opt_in: false, tier: "basic", left_at: 2025-12-24 }
    """
    text = ATTRIBUTES
    text += case_of(anna + "expect anna in\nexpect ben out", "all_of_them")
    text += case_of(anna + "expect anna out\nexpect ben in", "nobody_knows")
    for outcome in outcomes(text):
        assert outcome.status == "passed", outcome


def test_rows_belong_to_named_rows() -> None:
    text = """
    segment spa_buyers of customer {
      where { did purchase where { has lines where { product.category = "spa" } } }
    }
    segment in_warsaw of customer { where { did purchase where { store.city = "Warszawa" } } }
    """
    rows = """
      store warsaw { city: "Warszawa" }
      store lodz { city: "Łódź" }
      product soap { category: "spa" }
      product tea { category: "food" }
      customer anna
      customer ben
      purchase first of anna { at: 2025-01-01, amount: 1, store: warsaw }
      purchase second of ben { at: 2025-01-01, amount: 1, store: lodz }
      line of first { product: soap, quantity: 1 } 2 times
      line of second { product: tea, quantity: 1 }
    """
    text += case_of(rows + "expect anna in\nexpect ben out", "spa_buyers")
    text += case_of(rows + "expect anna in\nexpect ben out\nexpect count 1", "in_warsaw")
    for outcome in outcomes(text):
        assert outcome.status == "passed", outcome


def test_what_a_copy_says_gives_way() -> None:
    """A relation that a row names, or its foreign key, stands for the copied one; raw SQL sees what is not set as null."""
    text = """
    entity person {
      table people
      key   person_id: int
      boss: one person on boss_id
      boss_id: int?
      height:  float?
      weight:  float?
    }
    segment tall of person { where { boss.height > 1.8
      sql "weight IS NULL" } }
    """
    rows = """
      person { person_id: 9, height: 1.5 }
      person tall { height: 1.85 }
      person short { height: -0.5 }
      person anna { boss: tall, height: 1 }
      person ben like anna { boss: short }
      person carl like ben { boss_id: 9 }
      person dora like carl { boss: tall }
      expect anna in
      expect ben out
      expect carl out
      expect dora in
      expect count 2
    """
    for outcome in outcomes(text + case_of(rows, "tall")):
        assert outcome.status == "passed", outcome


def test_keys_are_fresh_and_foreign_keys_follow() -> None:
    rows = """
      customer { customer_id: 1 }
      customer anna
      customer { customer_id: 2 }
      purchase first of anna { at: 2025-01-01, amount: 1 }
      line of first { quantity: 1 } 2 times
      expect count 0"""
    model, _ = model_of(
        "segment s of customer { where { did purchase where { amount > 5 } } }\n"
        + case_of(rows, "s")
    )
    found = stored(model.cases[0])
    assert [row["customer_id"] for row in found.tables["shop.customers"]] == [1, 3, 2]
    assert found.keys == {"anna": (3,), "first": (1,)}
    assert found.tables["shop.orders"][0]["customer_id"] == 3
    assert [(row["order_id"], row["line_no"]) for row in found.tables["shop.lines"]] == [
        (1, 1),
        (1, 2),
    ]


LEVELS = """
segmentation stage of customer {
  level new: first(purchase.at) in last 30 days
  level old: did purchase
  level never: otherwise
}
split half of vips {
  seed: "winter"
  part a: 50%
  part b: 50%
}
"""


def test_levels_and_parts() -> None:
    text = LEVELS + case_of(
        """
        customer anna
        customer ben
        customer carl
        purchase of anna { at: 3 days ago, amount: 1 }
        purchase of ben { at: 300 days ago, amount: 1 }
        expect anna in new
        expect ben in stage.old
        expect carl in never
        expect carl in
        expect count 3""",
        "stage",
    )
    text += case_of("customer anna\nexpect anna in\nexpect count 1", "stage.never")
    rows = "customer anna { customer_id: 1, email_opt_in: true }\npurchase of anna { at: 2025-01-01, amount: 900 }\n"
    text += case_of(rows + "expect anna in a\nexpect count 1", "half")
    for outcome in outcomes(text)[:2]:
        assert outcome.status == "passed", outcome
    (last,) = outcomes(text)[2:]
    # the first 32 bits of MD5("winter:1") are 0x7cdbbb01 or not: half.a exactly if below 2^31
    import hashlib

    chance = int(hashlib.md5(b"winter:1").hexdigest()[:8], 16)
    assert last.status == ("passed" if chance < 2**31 else "failed")


def test_a_part_of_a_level_is_explained_by_the_name_of_the_level() -> None:
    text = LEVELS.replace("half of vips", "half of stage.never")
    text += case_of("customer anna { customer_id: 1 }\nexpect anna in a\nexpect anna in b", "half")
    (outcome,) = outcomes(text)
    (failure,) = outcome.failures
    whole, part = failure.conditions
    assert (whole.text, whole.holds) == ("stage.never", True)
    assert part.text.startswith("part ")


def test_who_is_in_no_level_is_explained_by_all_of_them() -> None:
    text = """
    segmentation stage of customer {
      among vips
      level new: first(purchase.at) in last 30 days
      level old: { did purchase at least 3 times
        birth_date is known }
    }
    """
    rows = """
      customer anna { email_opt_in: true }
      purchase of anna { at: 2025-06-01, amount: 100 }
      customer ben { email_opt_in: false }
      expect anna in
      expect anna in stage
      expect ben in
      expect anna out
    """
    (outcome,) = outcomes(text + case_of(rows, "stage"))
    first, again, ben = outcome.failures
    assert first.deciding == ("first(purchase.at) in last 30 days", "did purchase at least 3 times")
    assert again.deciding == first.deciding
    assert ben.deciding == ("email_opt_in",)


def test_many_rows_at_once() -> None:
    """More than a statement writes out: of every type, with and without values."""
    fields = "at: 2025-06-01T00:00:00.000001Z, amount: 1234567890.05, store: s"
    rows = f"""
      store s {{ city: "a" }}
      customer anna {{ email_opt_in: true, interests: ("spa", "tea"), topics: ("a"), nickname: "n", home: point(1.5, 2) }}
      customer like anna 250 times
      customer ben {{ email_opt_in: false }}
      purchase first of anna {{ {fields} }}
      purchase of anna {{ {fields} }} 300 times
      expect anna in
      expect ben out
      expect count 1
    """
    text = """
    segment spenders of customer { where {
      sum(purchase.amount) = 371604934957.05 + 0
      max(purchase.at) = 2025-06-01T00:00:00.000001Z
      interests has all ("spa", "tea")
      nickname = "n"
    } }
    """
    (outcome,) = outcomes(
        text.replace("371604934957.05", str(Decimal("1234567890.05") * 301))
        + case_of(rows, "spenders")
    )
    assert outcome.status == "passed", outcome


def test_a_failure_explains_itself() -> None:
    text = case_of(
        """
        customer anna { email_opt_in: true }
        purchase of anna { at: 2025-06-01, amount: 60.50 }
        expect anna in"""
    )
    (outcome,) = outcomes(text)
    (failure,) = outcome.failures
    assert outcome.status == "failed"
    assert failure.place == "a.seg:5"
    assert (failure.expected, failure.actual) == ("expected `anna` in", "is out")
    assert [(item.text, item.holds, item.values) for item in failure.conditions] == [
        ("email_opt_in", True, (("email_opt_in", "true"),)),
        ("spent >= 100", False, (("spent", "60.50"),)),
    ]
    assert failure.deciding == ("spent >= 100",)


DECIDED = """
segment s of customer {
  where {
    any {
      email_opt_in
      all {
        birth_date is known
        nickname is known
      }
    }
    at least 2 of {
      email_opt_in
      birth_date is known
      nickname is known
    }
    none {
      did purchase
      tier = "gold"
    }
    did not purchase where { amount > 5 }
    member of vips
  }
}
"""


def test_the_smallest_set_that_decides() -> None:
    rows = 'customer anna { email_opt_in: true, tier: "basic", nickname: "A" }\n'
    (outcome,) = outcomes(DECIDED + case_of(rows + "expect anna in", "s"))
    (failure,) = outcome.failures
    assert failure.deciding == ("spent >= 100",)  # inside `vips`
    rows = 'customer anna { email_opt_in: false, tier: "gold" }\n'
    (outcome,) = outcomes(DECIDED + case_of(rows + "expect anna in", "s"))
    (failure,) = outcome.failures
    assert failure.deciding == (
        'tier = "gold"',
    )  # one is enough, where `any` needs two and `at least 2` too
    shown = {item.text: item for item in failure.conditions}
    assert not shown["member of vips"].holds
    assert shown["did not purchase where { amount > 5 }"].values == (("rows", "0"),)
    assert [part.text for part in next(iter(shown.values())).parts] == [
        "email_opt_in",
        "all { birth_date is known nickname is known }",
    ]


def test_somebody_who_does_not_exist() -> None:
    (outcome,) = outcomes(
        case_of("customer anna { email_opt_in: true, signed_up: 2026-02-01 }\nexpect anna in")
    )
    assert outcome.failures[0].actual == "`anna` does not exist as of 2026-01-01"


def test_a_wrong_count_names_the_members() -> None:
    rows = (
        "customer anna { email_opt_in: true }\npurchase of anna { at: 2025-01-01, amount: 100 }\n"
    )
    (outcome,) = outcomes(case_of(rows + "expect count 2"))
    (failure,) = outcome.failures
    assert (failure.expected, failure.actual, failure.notes) == (
        "expected 2",
        "found 1 member",
        ("members: anna",),
    )


def test_a_difference_of_the_evaluators_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.reference, "members", lambda *_, **__: [(99,)])
    rows = (
        "customer anna { email_opt_in: true }\npurchase of anna { at: 2025-01-01, amount: 100 }\n"
    )
    (outcome,) = outcomes(case_of(rows + "expect anna in"))
    assert outcome.status == "broken"
    assert outcome.failures[0].actual == "only DuckDB: 1; only the reference: 99"


def test_overflow_fails_the_test_and_not_the_program() -> None:
    big = "9" * 38
    text = "segment s of customer { where { sum(purchase.lines.quantity) > 0 } }\n" + case_of(
        f"""customer anna
        purchase p of anna {{ at: 2025-01-01, amount: 1 }}
        line of p {{ quantity: {big} }} 2 times
        expect anna in""",
        "s",
    )
    (outcome,) = outcomes(text)
    assert outcome.status == "failed"
    assert outcome.reason


def test_what_duckdb_cannot_do_is_told() -> None:
    text = """entity thing { table things
      key thing_id: int
      wide: decimal(38, 20)
    }
    segment s of thing { where { wide * wide > 3 } }
    """
    (outcome,) = outcomes(text + case_of("thing one { wide: 2 }\nexpect one in", "s"))
    assert outcome.status == "failed"
    product = "a product of decimal(38, 20) and decimal(38, 20)"
    assert outcome.reason == f"{product} is not possible on duckdb"


def test_raw_sql_in_a_test() -> None:
    text = 'segment s of customer { where { sql "tier = upper(tier)" } }\n' + case_of(
        'customer anna { tier: "gold" }\nexpect anna out', "s"
    )
    (outcome,) = outcomes(text)
    assert outcome.status == "passed", outcome


def test_raw_sql_over_a_column_that_no_attribute_has() -> None:
    text = 'segment s of customer { where { sql "shoe_size > 40" } }\n'
    (outcome,) = outcomes(text + case_of("customer anna\nexpect anna out", "s"))
    assert outcome.status == "failed"
    assert "shoe_size" in outcome.reason


def test_coverage() -> None:
    coverage = Coverage()
    text = case_of(
        """customer anna { email_opt_in: true }
        customer ben { email_opt_in: false }
        expect anna out
        expect ben out"""
    )
    outcomes(text, coverage)
    model, _ = model_of(text)
    seen = coverage.seen(model)
    assert [(item.segment, item.true, item.false) for item in seen] == [
        ("vips", True, True),
        ("vips", False, True),
    ]
    assert share(seen) == 50


def test_the_values_of_a_list_are_no_condition() -> None:
    text = """
    list named of customer by customer_id { 1, 2 }
    list stored_ of customer by customer_id { table shop.testers column id }
    segment first_ten of customer { where { customer_id in (1, 2) } }
    """
    model, _ = model_of(text)
    assert [item.segment for item in Coverage().seen(model)] == ["first_ten", "vips", "vips"]


def test_coverage_of_a_negative_condition() -> None:
    coverage = Coverage()
    text = "segment idle of customer {\n  where {\n    did not purchase\n    email_opt_in\n  }\n}\n"
    text += case_of("customer anna { email_opt_in: false }\nexpect anna out", "idle")
    outcomes(text, coverage)
    model, _ = model_of(text)
    seen = [item for item in coverage.seen(model) if item.segment == "idle"]
    assert [(item.true, item.false) for item in seen] == [(True, False), (False, True)]


def test_a_warning_elsewhere_drops_no_test_and_no_claim() -> None:
    """Files are resolved in their order: what a test asks about may be resolved for its sake."""
    text = case_of("customer anna { email_opt_in: true }\nexpect anna out", "named")
    text += 'assert "nobody is left out" {\n  every segment tagged x inside named\n}\n'
    text += 'segment others of customer {\n  tags: x\n  where {\n    nickname != "a"\n  }\n}\n'
    text += 'segment named of customer {\n  where {\n    nickname != ""\n  }\n}\n'
    model, _ = model_of(text)
    assert [item.code.code for item in model.diagnostics] == ["SEG401", "SEG401"]
    assert [case.name for case in model.cases] == ["named"]
    assert [claim.segments for claim in model.assertions[0].claims] == [("others", "named")]


def test_runs_are_closed_and_independent() -> None:
    model, _ = model_of(case_of("customer anna { email_opt_in: true }\nexpect anna out"))
    for _ in range(3):
        with Run(model, model.cases[0]) as run:
            assert [verdict.passed for verdict in run.verdicts()] == [True]
            assert list(run.differences()) == []


def every_outcome() -> Iterator[Outcome]:
    yield from outcomes(LEVELS + case_of("customer anna\nexpect anna in", "stage"))


def test_outcomes_are_plain_data() -> None:
    for outcome in every_outcome():
        assert replace(outcome, seconds=0) == replace(outcome, seconds=0)
        assert Decimal(outcome.seconds) > 0
