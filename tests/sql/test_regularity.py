"""Regular units, bursts, gaps and streaks in SQL against the same worked out row by row, on random rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import pytest

from segql.model import nodes
from segql.model.clock import Clock, calendar_shift, unit_start_of
from segql.model.types import DURATION, INT
from segql.syntax.tree import Unit
from tests.support import evaluate
from tests.support.postgres import PostgresServer
from tests.support.tables import AWKWARD, PLAIN, Physical

SETTINGS = nodes.Settings("Europe/Warsaw", "sunday")
AS_OF = datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
CLOCK = Clock(AS_OF, SETTINGS)
SEEDS = range(int(os.environ.get("SEGQL_REGULARITY", "3")))
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
LENGTHS: tuple[Unit, ...] = ("hour", "day", "week", "month", "quarter")
Found = Callable[[list[Any]], object]

MODEL = """
entity customer {
  table customers
  key   customer_id: int
}
event order of customer {
  table orders
  key   order_id: int
  on    customer_id
  at    ordered_at: timestamp
}
event stay of customer {
  table stays
  key   stay_id: int
  on    customer_id
  at    day: date
}
"""


# --- what is asked, and what is right -------------------------------------------------------------


def random_regular(chance: Random, event: str) -> tuple[str, Found]:
    dates = event == "stay"
    count = chance.choice((1, 2, 3, 5, 12))
    hits = chance.randint(1, count)
    low = chance.randint(1, 3)
    high = chance.choice((None, low, low + 1))
    times = (
        f"at least {low} times"
        if high is None
        else f"exactly {low} times"
        if high == low
        else f"{low} to {high} times"
    )
    start: Any
    if chance.random() < 0.5:
        unit = chance.choice(UNITS)
        said = f"full {unit}s"
        edges = [CLOCK.unit_start(unit, -n, dates) for n in range(count + 1)]
    else:
        unit = chance.choice(LENGTHS[1:] if dates else LENGTHS)
        length = chance.randint(1, 3)
        said = f"periods of {length} {unit}s"
        start = CLOCK.e if dates else CLOCK.now
        edges = [CLOCK.shift(start, -n * length, unit) for n in range(count + 1)]
    where = f"in each of last {count}" if hits == count else f"in at least {hits} of last {count}"

    def holds(rows: list[Any]) -> bool:
        found = 0
        for end, first in pairwise(edges):
            number = sum(first <= row < end for row in rows)
            found += low <= number and (high is None or number <= high)
        return found >= hits

    return f"did {event} {times} {where} {said}", holds


def random_burst(chance: Random, event: str) -> tuple[str, Found]:
    low = chance.randint(1, 4)
    count = chance.randint(1, 5)
    unit = chance.choice(("day", "week") if event == "stay" else ("minute", "hour", "day", "week"))
    length = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}[unit] * count
    stretch = timedelta(seconds=length)

    def holds(rows: list[Any]) -> bool:
        return any(sum(first <= row < first + stretch for row in rows) >= low for first in rows)

    return f"did {event} at least {low} times within any {count} {unit}s", holds


def gap(function: str) -> Found:
    def value(rows: list[Any]) -> object:
        ordered = sorted(rows)
        micros = [
            (later - earlier) // timedelta(microseconds=1) for earlier, later in pairwise(ordered)
        ]
        if not micros:
            return None
        found = {
            "min_gap": lambda: Decimal(min(micros)),
            "max_gap": lambda: Decimal(max(micros)),
            "avg_gap": lambda: Decimal(sum(micros)) / len(micros),
            "median_gap": lambda: median(map(Decimal, micros)),
        }[function]()
        return int(found.quantize(Decimal(1), ROUND_HALF_UP))

    return value


def streak(unit: Unit) -> Found:
    def value(rows: list[Any]) -> object:
        days = (row if type(row) is date else CLOCK.local_date(row) for row in rows)
        starts = {unit_start_of(day, unit, SETTINGS.week_starts) for day in days}
        longest = 0
        for first in starts:
            run = 0
            while calendar_shift(first, run, unit) in starts:
                run += 1
            longest = max(longest, run)
        return longest

    return value


VALUES: dict[str, Found] = {
    **{name: gap(name) for name in ("min_gap", "max_gap", "avg_gap", "median_gap")},
    "streak_days": streak("day"),
    "streak_weeks": streak("week"),
    "streak_months": streak("month"),
}


# --- rows -----------------------------------------------------------------------------------------


def random_rows(chance: Random, customers: int) -> dict[str, dict[int, list[Any]]]:
    """The times of each customer's orders and stays: dense around `as of`, sparse further back; some at edges."""
    orders: dict[int, list[Any]] = {}
    stays: dict[int, list[Any]] = {}
    edges = [CLOCK.unit_start(unit, -n, False) for unit in UNITS for n in range(3)]
    for customer in range(customers):
        spread = chance.choice((2, 20, 200, 900))
        orders[customer] = [
            chance.choice(edges)
            if chance.random() < 0.1
            else AS_OF - timedelta(seconds=chance.randint(1, spread * 24 * 60) * 60)
            for _ in range(chance.randint(0, 14))
        ]
        stays[customer] = [
            CLOCK.e - timedelta(days=chance.randint(1, spread))
            for _ in range(chance.randint(0, 14))
        ]
    return {"order": orders, "stay": stays}


def tables(rows: dict[str, dict[int, list[Any]]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {
        "customers": [{"customer_id": customer} for customer in rows["order"]]
    }
    for event, table, at in (("order", "orders", "ordered_at"), ("stay", "stays", "day")):
        found[table] = [
            {f"{event}_id": number, "customer_id": customer, at: time}
            for number, (customer, time) in enumerate(
                (customer, time) for customer, times in rows[event].items() for time in times
            )
        ]
    return found


def agree(engine: evaluate.Engine, seed: int, physical: Physical, customers: int = 80) -> None:
    chance = Random(seed)
    rows = random_rows(chance, customers)
    conditions = [
        (event, *make(chance, event))
        for event in ("order", "stay")
        for make in (random_regular, random_burst)
        for _ in range(12)
    ]
    text = MODEL
    for number, (_, condition, _) in enumerate(conditions):
        text += f"segment case_{number} of customer {{\n  where {{ {condition} }}\n}}\n"
    for event in rows:
        for name in VALUES:
            text += f"trait {event}_{name} of customer = {name}({event})\n"
    checked = evaluate.check(text, SETTINGS)
    assert not checked.errors, evaluate.spoken(checked.errors, text)
    engine.load(checked.model, tables(rows), physical)
    sizes: Counter[int] = Counter()
    for number, (event, condition, holds) in enumerate(conditions):
        found = sorted(key[0] for key in engine.members(checked.model, f"case_{number}", AS_OF))
        expected = [customer for customer, times in rows[event].items() if holds(times)]
        assert found == expected, condition
        sizes[len(found)] += 1
    assert len(sizes) > 10
    for event, by_customer in rows.items():
        for name, value in VALUES.items():
            type_ = INT if name.startswith("streak") else DURATION
            values = engine.values(checked.model, f"{event}_{name}", AS_OF)
            assert {
                customer: evaluate.comparable(values[customer,], type_) for customer in by_customer
            } == {customer: value(times) for customer, times in by_customer.items()}, name


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("physical", [PLAIN, AWKWARD], ids=["plain", "awkward"])
def test_duckdb(seed: int, physical: Physical) -> None:
    agree(evaluate.DuckDB(), seed, physical)


@pytest.fixture(scope="module")
def on_postgres(postgres: PostgresServer) -> evaluate.Engine:
    return evaluate.Postgres(postgres, "regularity")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("physical", [PLAIN, AWKWARD], ids=["plain", "awkward"])
def test_postgres(on_postgres: evaluate.Engine, seed: int, physical: Physical) -> None:
    agree(on_postgres, seed, physical)


@pytest.mark.parametrize("seed", SEEDS)
def test_reference(seed: int) -> None:
    agree(evaluate.Reference(), seed, PLAIN, 30)
