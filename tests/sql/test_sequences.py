"""Sequences in SQL against every choice of rows tried one by one, on random sequences and streams.

`SEGQL_SEQUENCES=200 python -m pytest tests/sql/test_sequences.py` runs more of them.
"""

from __future__ import annotations

import os

import pytest
import sqlglot
from sqlglot import exp

from segql.model import nodes
from segql.model.clock import Clock
from tests.sql import sequence_cases as cases
from tests.sql.sequence_cases import World
from tests.support import evaluate
from tests.support.postgres import PostgresServer
from tests.support.tables import PLAIN

SETTINGS = nodes.Settings("Europe/Warsaw")
SEEDS = range(int(os.environ.get("SEGQL_SEQUENCES", "2")))


def agree(engine: evaluate.Engine, seed: int, world: World, count: int, customers: int) -> int:
    """Run one batch; the number of members found in all."""
    sequences, streams = cases.batch(seed, world, count, customers)
    text = cases.model_text(world, sequences)
    checked = evaluate.check(text, SETTINGS)
    broken = {error.span.start for error in checked.errors if error.span}
    assert not any(text.rfind("segment case_", 0, start) < 0 for start in broken)
    engine.load(checked.model, cases.database(streams), PLAIN)
    clock = Clock(world.as_of, SETTINGS)
    total = 0
    for number, case in enumerate(sequences):
        name = f"case_{number}"
        if checked.model.faults.get(name):
            continue  # such as an `after` behind its `within`
        found = sorted(key[0] for key in engine.members(checked.model, name, world.as_of))
        expected = [
            customer for customer, rows in streams.items() if cases.holds(case, rows, clock, world)
        ]
        assert found == expected, f"{case.text()}\n{_difference(found, expected, streams)}"
        total += len(found)
    return total


def _difference(found: list[object], expected: list[int], streams: object) -> str:
    odd = next(iter(set(found) ^ set(expected)))
    rows = sorted(streams[odd], key=lambda row: (row.at, row.event))  # type: ignore[index]
    listed = "\n".join(map(str, rows))
    return f"customer {odd} is {'in' if odd in found else 'out'}, against the language\n{listed}"


@pytest.mark.parametrize(("seed", "world"), cases.batches(SEEDS), ids=str)
def test_duckdb(seed: int, world: World) -> None:
    assert agree(evaluate.DuckDB(), seed, world, 40, 60) > 0


@pytest.fixture(scope="module")
def on_postgres(postgres: PostgresServer) -> evaluate.Engine:
    return evaluate.Postgres(postgres, "sequences")


@pytest.mark.parametrize(("seed", "world"), cases.batches(SEEDS), ids=str)
def test_postgres(on_postgres: evaluate.Engine, seed: int, world: World) -> None:
    assert agree(on_postgres, seed, world, 40, 60) > 0


@pytest.mark.parametrize(("seed", "world"), cases.batches(range(1)), ids=str)
def test_reference(seed: int, world: World) -> None:
    assert agree(evaluate.Reference(), seed, world, 20, 20) > 0


# --- the text -------------------------------------------------------------------------------------

EVERYTHING = """
segment doubtful of customer {
  where {
    sequence by k {
      latest a where { v > 1 }
      then b within 2 hours
      no c
      then next c after 1 hour within 2 days of start where { v > 1 }
      then no a within 1 month
    }
  }
}
"""


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_text(dialect: str) -> None:
    """No event is joined with another, each is read once for each mention, and all frames are of the plainest kind."""
    text = cases.model_text(cases.HOURS, []) + EVERYTHING
    checked = evaluate.check(text, SETTINGS)
    assert not checked.errors
    sql = evaluate.members_sql(checked.model, "doubtful", cases.HOURS.as_of, dialect)
    statement = sqlglot.parse_one(sql, read=dialect)
    joins = list(statement.find_all(exp.Join))
    assert [join.this.name for join in joins] == ["a_then_b_then_c"]
    read = sorted(table.name for table in statement.find_all(exp.Table))
    assert [name for name in read if name.endswith("_rows")] == [
        *("a_rows", "a_rows"),
        "b_rows",
        *("c_rows", "c_rows"),
    ]
    frames = {str(spec.sql()) for spec in statement.find_all(exp.WindowSpec)}
    assert frames == {"RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"}


def test_equal_sequences_are_asked_once() -> None:
    text = cases.model_text(cases.HOURS, []) + EVERYTHING
    text += EVERYTHING.replace("segment doubtful", "segment other")
    text += "segment both of customer {\n  where {\n    member of doubtful\n    member of other\n  }\n}\n"
    checked = evaluate.check(text, SETTINGS)
    assert not checked.errors
    sql = evaluate.members_sql(checked.model, "both", cases.HOURS.as_of, "duckdb")
    assert sql.count("FROM b_rows") == 1
