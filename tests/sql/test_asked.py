"""What the nodes of the model ask is what the emitter calls, and what a dialect refuses is told at its place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, product
from pathlib import Path
from types import MappingProxyType

import pytest

import tests.conformance
from segql.dialects import DIALECTS
from segql.model import clock, nodes
from segql.model.running import running_clock
from segql.plan import plan
from segql.sql import capabilities
from segql.sql import compile as compiler
from segql.sql.asked import ALWAYS, NODES, operations
from segql.sql.capabilities import OPERATIONS, Refused, table_of
from segql.sql.dialect import Dialect, dialect
from segql.sql.refusals import asking, refusals
from tests.more_dialects.cases import case_name, list_of_refused, refused_cases
from tests.more_dialects.dialects import DIALECTS as MORE
from tests.sql.test_operations_capabilities import PREFIXES, methods
from tests.support import evaluate
from tests.support.pages import Entry, Section, cached_pages, instant

INSIDE = {"list_of", "rank"}
"""What operations are made of: the shape of a query never asks it by itself."""

REWRITTEN = {"fold"}
"""What is asked where another form of it is written."""


def cases() -> Iterator[tuple[Section, Entry, nodes.Model, nodes.Segment | nodes.Trait]]:
    """Every case of the conformance suite."""
    for section in cached_pages(Path(tests.conformance.__file__).parent):
        entries = tuple(one for one in section.entries if one.kind in ("members", "values"))
        together = evaluate.check(section.source(entries), section.project)
        for entry in entries:
            model = together.model
            if together.errors:
                model = evaluate.check(section.source((entry,)), section.project).model
            found = model.segments if entry.kind == "members" else model.traits
            yield section, entry, model, found[entry.name]


class Traced:
    """Dialects whose operations are written down when the shape of a query calls them."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self._depth = 0

    def dialect(self, name: str, settings: nodes.Settings) -> Dialect:
        made = MAKE(name, settings)
        for operation in methods():
            setattr(made, operation, self._traced(operation, getattr(made, operation)))
        return made

    def _traced(self, operation, call):  # type: ignore[no-untyped-def]
        def traced(*given, **named):  # type: ignore[no-untyped-def]
            if not self._depth:
                self.called.add(operation)
            self._depth += 1
            try:
                return call(*given, **named)
            finally:
                self._depth -= 1

        return traced


MAKE = dialect


def test_what_is_called_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case on one dialect, as of a known or of a running instant, in turn."""
    traced = Traced()
    monkeypatch.setattr(compiler, "dialect", traced.dialect)
    seen: set[str] = set()
    ways = cycle(product((False, True), DIALECTS))
    for (section, entry, model, definition), (running, name) in zip(cases(), ways, strict=False):
        if refusals([definition], [name], running=running):
            continue
        when = clock.Clock(instant(section, clock), model.settings)
        if running:
            when = running_clock("live", model.settings)
        traced.called.clear()
        if entry.kind == "members":
            compiler.members(plan(model, [entry.name], when), entry.name, name, ordered=True)
        else:
            compiler.traits(model, [entry.name], when, name)
        found = asking([definition])
        asked = {one for node, _ in found for one in operations(node, running=running)}
        assert traced.called <= asked | ALWAYS, (name, running, case_name(section, entry))
        seen |= traced.called
    assert methods() - seen == INSIDE | REWRITTEN


def test_each_node_of_the_model_says_what_it_asks() -> None:
    bases = (nodes.Value, nodes.Condition)
    kinds = [
        one for one in vars(nodes).values() if isinstance(one, type) and issubclass(one, bases)
    ]
    assert {*kinds} - {*bases} <= set(NODES)
    assert len(kinds) > 40


@pytest.mark.parametrize("name", DIALECTS)
def test_no_dialect_refuses_what_every_statement_needs(name: str) -> None:
    refused = {one for one, entry in table_of(name).items() if isinstance(entry, Refused)}
    assert not refused & (ALWAYS | INSIDE)


# --- what is refused is told ----------------------------------------------------------------------


@pytest.mark.parametrize("name", MORE)
def test_what_more_dialects_refuse_is_told_at_its_place(name: str) -> None:
    """The cases that its run counts as refused, without the engine."""
    for section, _, _, definition in cases():
        for fault in refusals([definition], [name]):
            text = section.source(tuple(section.entries))
            assert fault.span is not None
            assert 0 <= fault.span.start < fault.span.end <= len(text)
            assert fault.labels[0].text
            assert fault.helps
            raw = fault.message.startswith("raw SQL")
            assert raw or any(PREFIXES[name] in note for note in fault.notes)


@pytest.mark.parametrize("name", MORE)
def test_the_list_of_what_more_dialects_refuse_is_up_to_date(name: str) -> None:
    """Where it is not: `python -m tests.more_dialects DIALECT --update`."""
    listed = list_of_refused(name).read_text(encoding="utf-8").splitlines()
    assert listed == refused_cases(name)


MODEL = """entity shop {
  table shops
  key   shop_id: int
  place: point(lat, lon)
}

entity customer {
  table customers
  key   customer_id: int
  shop: one shop on shop_id
  name:   text?
  nick:   text
  born:   date
  since:  timestamp
  points: int
  wide:   decimal(38, 20)
  thin:   decimal(38, 38)
  tags:   list of text?
  dates:  list of date
  words:  list of text split by ","
  kinds:  list of text from kinds.kind on customer_id
  state:  text history from states.state on customer_id at changed_at
  home:   point(lat, lon)
}

event buy of customer {
  table buys
  key   buy_id: int
  on    customer_id
  at    bought_at: timestamp
  amount: int
  what:   text
}

event signing of customer {
  table signings
  key   signing_id: int
  on    customer_id
  at    signed_on: date
}

event big of customer is buy where { round(amount / 3, 1) > 5 }
event visit of customer groups buy by what { pages = stddev(buy.amount) }
event rounds of customer is big or visit

segment all_of_them of customer { where { points > 0 } }
split halves of all_of_them { seed: "s"
  part one: 50%
}
trait median_amount of customer = median(buy.amount)
"""

TOLD = {
    "split": ('words has "a"', "words"),
    "unknown_list": ('tags has "a"', "tags"),
    "times_in_list": ("dates has 2026-01-01", "dates"),
    "collect": ('kinds has "a"', "kinds"),
    "nth": ("nth(buy.amount, 2) = 1", "nth(buy.amount, 2)"),
    "in_set": ('nick in ("a", "b")', None),
    "in_range": ("points in 1..5", None),
    "count_of": ('at least 2 of {\n  nick = "a"\n  name is unknown\n  points = 1\n}', None),
    "arithmetic": ("points + 1 > 5", "points + 1"),
    "wide_product": ("wide * wide > 1", "wide * wide"),
    "wide_quotient": ("points / thin > 1", "points / thin"),
    "negative": ("-points < 1", "-points"),
    "absolute": ("abs(points) < 1", "abs(points)"),
    "round": ("did big", "round(amount / 3, 1)"),
    "ceiling": ("top 10% among all_of_them by points", None),
    "least": ("least(points, 3) = 1", "least(points, 3)"),
    "greatest": ("greatest(points, 3) = 1", "greatest(points, 3)"),
    "mean": ("mean(points, 3) = 1", "mean(points, 3)"),
    "known": ("known(name, nick) = 1", "known(name, nick)"),
    "coalesce": ('coalesce(name, "x") = "y"', 'coalesce(name, "x")'),
    "ratio": ("favourite_share(buy.what) > 50%", "favourite_share(buy.what)"),
    "whole_quotient": (
        "quantile_group(5, points among all_of_them) = 1",
        "quantile_group(5, points among all_of_them)",
    ),
    "lower": ('nick = "a" ignoring case', "nick"),
    "upper": ('upper(nick) = "A"', "upper(nick)"),
    "fold": ('nick = "a" ignoring case', "nick"),
    "fold_list": ('kinds has "a" ignoring case', "kinds"),
    "trim": ('trim(nick) = "a"', "trim(nick)"),
    "length": ("length(nick) = 1", "length(nick)"),
    "contains": ('nick contains "a"', None),
    "starts": ('nick starts with "a"', None),
    "ends": ('nick ends with "a"', None),
    "matches": ('nick matches "a"', None),
    "list_any": ('kinds has "a"', None),
    "list_all": ('kinds has all ("a", "b")', None),
    "list_none": ('kinds has none ("a")', None),
    "list_test": ("kinds has any words", None),
    "list_count": ("count(kinds) > 1", "count(kinds)"),
    "shift": ("since + 1 day > now", "since + 1 day"),
    "elapsed": ("years since born > 1", "years since born"),
    "earliest": (
        "sequence { buy\n  then buy within 2 days\n  no big\n  then buy within 3 days }",
        None,
    ),
    "difference": ("now - since > 1 day", "now - since"),
    "whole_lengths": ("did buy in each of last 2 periods of 3 days", None),
    "local_date": ("date(since) = 2026-01-01", "date(since)"),
    "day_start": ("since < date(last(buy.at))", "date(last(buy.at))"),
    "date_part": ("weekday(born) = 1", "weekday(born)"),
    "anniversary": ("anniversary(born) in next 7 days", None),
    "unit_of": ("did buy in each of last 2 full days", None),
    "unit_number": ("streak_days(buy) > 1", "streak_days(buy)"),
    "count_distinct": ("count_distinct(buy.what) > 1", "count_distinct(buy.what)"),
    "sum": ("sum(buy.amount) > 1", "sum(buy.amount)"),
    "min": ("min(buy.amount) > 1", "min(buy.amount)"),
    "max": ("max(buy.amount) > 1", "max(buy.amount)"),
    "avg": ("avg(buy.amount) > 1", "avg(buy.amount)"),
    "median": ("median_amount > 1", "median(buy.amount)"),
    "stddev": ("sum(visit.pages) > 1", "stddev(buy.amount)"),
    "average_length": ("avg_gap(buy) > 1 day", "avg_gap(buy)"),
    "median_length": ("median_gap(buy) > 1 day", "median_gap(buy)"),
    "share": ("share(buy where { amount > 1 }) > 50%", "share(buy where { amount > 1 })"),
    "holding": ("share(buy where { amount > 1 }) > 50%", "share(buy where { amount > 1 })"),
    "active": ("active_days(buy) > 1", "active_days(buy)"),
    "over": ("top 10 among all_of_them by points", None),
    "hash_digits": ("member of halves.one", "part one: 50%"),
    "first_day": ("did signing", "signing"),
    "unit_day": ("since in this month", "this month"),
    "anniversaries": ("anniversary(born) in next 7 days", None),
    "haversine": ("home within 5 km of shop.place", None),
}
"""A condition that asks an operation, and what of the text is told; None: the condition itself."""


def test_each_operation_has_a_case() -> None:
    assert set(TOLD) == set(OPERATIONS) - ALWAYS - INSIDE


@pytest.mark.parametrize("operation", TOLD)
def test_what_is_refused_is_told_at_its_place(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a dialect refused, the diagnostic would stand where it is asked."""
    condition, told = TOLD[operation]
    text = f"{MODEL}segment asked of customer {{\n  where {{\n    {condition}\n  }}\n}}\n"
    checked = evaluate.check(text, nodes.Settings(timezone="UTC"))
    assert not checked.errors, evaluate.spoken(checked.errors, text)
    table = dict(table_of("postgres"))
    table[operation] = Refused("https://example.com/page", "it has no such thing")
    monkeypatch.setattr(capabilities, "table_of", lambda dialect: MappingProxyType(table))
    running = operation in ("first_day", "unit_day", "anniversaries")
    found = refusals([checked.model.segments["asked"]], ["postgres"], running=running)
    places = [text[f.span.start : f.span.end] for f in found if f.span is not None]
    assert (told or condition) in places
    for fault in found:
        assert fault.labels[0].text == "it has no such thing"
        assert "see https://example.com/page" in fault.notes
        assert fault.helps
