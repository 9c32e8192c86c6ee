"""The time limit of answers, the engine's own estimate, Arrow batches: what all engines do alike."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest

from segql.engines import open_engine
from segql.engines.base import BATCH, ArrowStream, Stream
from segql.engines.limits import length_text
from segql.errors import EngineError
from segql.project.config import TargetTable

SLOW = {
    "duckdb": "SELECT COUNT(*) FROM range(10000000) AS a, range(10000000) AS b WHERE a.range * b.range % 7 = 8",
    "postgres": "SELECT pg_sleep(60)",
}
ROWS = {"duckdb": "range({})", "postgres": "generate_series(0, {} - 1) AS g(range)"}


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request):
    """Its name, and what opens it."""
    return request.param


@pytest.fixture
def opened(engine, tmp_path, request):
    made = []

    def opener(timeout=None):
        if engine == "duckdb":
            if not made:
                duckdb.connect(str(tmp_path / "a.duckdb")).close()
            target, environ = TargetTable(engine="duckdb", database="a.duckdb"), {}
        else:
            postgres = request.getfixturevalue("postgres")
            target = TargetTable(engine="postgres", connection="${SHOP}")
            environ = {"SHOP": postgres.url()}
        made.append(open_engine("prod", target, tmp_path, [], environ, timeout=timeout))
        return made[-1]

    yield opener
    for one in made:
        one.close()


def read(answer):
    if isinstance(answer, Stream | ArrowStream):
        list(answer.batches)


@pytest.mark.parametrize("how", ["run", "stream", "arrow", "arrow_stream"])
def test_the_limit_ends_a_statement(engine, opened, how):
    made = opened(timedelta(seconds=0.3))
    with pytest.raises(EngineError, match=r"the time limit of 0.3 seconds is over") as caught:
        read(getattr(made, how)(SLOW[engine]))
    assert caught.value.exit_code == 3
    with pytest.raises(EngineError, match="the time limit"):  # it is one limit for all questions
        made.run("SELECT 1")


def test_within_the_limit_nothing_changes(engine, opened):
    made = opened(timedelta(minutes=5))
    assert made.run("SELECT 1").rows == [(1,)]
    with pytest.raises(EngineError, match="there is no table `nothing`"):
        made.run("SELECT * FROM nothing")


def test_arrow_batches(engine, opened):
    source = ROWS[engine].format(2 * BATCH + 5)
    sql = f"SELECT CAST(range AS BIGINT) AS n, CAST(range AS DECIMAL(9, 2)) AS d, CAST(range AS VARCHAR) AS t FROM {source} ORDER BY n"
    stream = opened().arrow_stream(sql)
    assert [str(field.type) for field in stream.schema] == ["int64", "decimal128(9, 2)", "string"]
    batches = list(stream.batches)
    assert len(batches) > 1
    assert sum(batch.num_rows for batch in batches) == 2 * BATCH + 5
    assert batches[-1].to_pylist()[-1] == {"n": 20004, "d": Decimal("20004.00"), "t": "20004"}
    assert list(opened().arrow_stream(f"{sql} LIMIT 0").batches) == []


def test_a_number_of_postgres_without_digits(postgres):
    """Its places cannot be known before the last row: 9 of them, or a clear sentence."""
    target = TargetTable(engine="postgres", connection="${SHOP}")
    made = open_engine("prod", target, None, [], {"SHOP": postgres.url()})
    stream = made.arrow_stream("SELECT 1.5::numeric AS n")
    assert str(stream.schema.field("n").type) == "decimal128(38, 9)"
    assert next(stream.batches).to_pylist() == [{"n": Decimal("1.500000000")}]
    made = open_engine("prod", target, None, [], {"SHOP": postgres.url()})
    with pytest.raises(EngineError, match="more than 29 digits or 9 decimal places"):
        list(made.arrow_stream("SELECT 0.0000000001::numeric AS n").batches)


def test_estimates(engine, opened):
    made = opened()
    found = made.estimate(f"/* of many */ SELECT * FROM {ROWS[engine].format(1000)}")
    assert found.rows == 1000
    assert found.bytes is None
    assert (found.cost is None) == (engine == "duckdb")
    assert "range" in found.plan.lower() or "function scan" in found.plan.lower()
    with pytest.raises(EngineError, match="target `prod`"):
        made.estimate("SELECT 1; SELECT 2")


def test_an_estimate_runs_nothing(engine, opened):
    opened(timedelta(seconds=30)).estimate(SLOW[engine])


def test_lengths():
    seconds = (0.5, 1, 90, 120, 3600, 7200)
    assert [length_text(timedelta(seconds=count)) for count in seconds] == [
        *("0.5 seconds", "1 second", "90 seconds", "2 minutes", "1 hour", "2 hours"),
    ]
