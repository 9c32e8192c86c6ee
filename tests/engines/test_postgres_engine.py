"""Postgres: what it reads, that it cannot write, how it fails. A real server, started by the fixture."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from segql.engines import open_engine
from segql.engines.base import BATCH
from segql.errors import EngineError, StatementError
from segql.project.config import TargetTable

TARGET = TargetTable(engine="postgres", connection="${SHOP}")


def opened(url):
    return open_engine("prod", TARGET, None, [], {"SHOP": url})


@pytest.fixture(scope="module")
def url(postgres):
    name = postgres.create_database("engine_test")
    with postgres.connect(name) as connection:
        connection.execute("CREATE TABLE things (id int PRIMARY KEY, price numeric(10, 2))")
        connection.execute("INSERT INTO things VALUES (1, 12.50), (2, NULL)")
        connection.execute("CREATE TABLE closed (id int)")
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'geheim'")
        connection.execute("GRANT SELECT ON things TO reader")
    return postgres.url(name)


def test_results(url):
    engine = opened(url)
    result = engine.run("SELECT id, price FROM things ORDER BY id")
    assert result.columns == ("id", "price")
    assert result.rows == [(1, Decimal("12.50")), (2, None)]
    instant = engine.run("SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00'").rows[0][0]
    assert instant == datetime(2026, 1, 1, tzinfo=UTC)
    assert engine.run("SHOW TimeZone").rows == [("UTC",)]
    engine.close()


def test_percent_signs_are_text(url):
    assert opened(url).run("SELECT '100%s %%' AS t WHERE 'ab' LIKE 'a%'").rows == [("100%s %%",)]


def test_a_stream_comes_in_batches(url):
    stream = opened(url).stream(f"SELECT n FROM generate_series(1, {BATCH + 5}) AS n")
    assert stream.columns == ("n",)
    assert [len(batch) for batch in stream.batches] == [BATCH, 5]


def test_arrow_types_come_from_the_server(url):
    engine = opened(url)
    made = engine.arrow(
        "SELECT 1::int AS a, 2::bigint AS b, 'x'::text AS c, 1.50::numeric AS d, DATE '2026-01-01' AS e,"
        " NULL::text AS f, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS g, 1 AS a"
    )
    assert [str(field.type) for field in made.schema] == [
        *("int32", "int64", "string", "decimal128(38, 2)", "date32[day]", "string"),
        *("timestamp[us, tz=UTC]", "int32"),
    ]
    empty = engine.arrow("SELECT id, price FROM things WHERE false")
    assert [str(field.type) for field in empty.schema] == ["int32", "decimal128(38, 0)"]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO things VALUES (3, 1)",
        "CREATE TABLE t (id int)",
        "WITH gone AS (DELETE FROM things RETURNING id) SELECT * FROM gone",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT 1; SELECT 2",
        "COMMIT; INSERT INTO things VALUES (3, 1)",
    ],
)
@pytest.mark.parametrize("how", ["run", "stream", "arrow"])
def test_nothing_is_written(url, sql, how):
    engine = opened(url)
    with pytest.raises(EngineError, match="target `prod`"):
        _all_of(engine, how, sql)
    engine.close()
    assert opened(url).run("SELECT COUNT(*) FROM things").rows == [(2,)]


def _all_of(engine, how, sql):
    made = getattr(engine, how)(sql)
    if how == "stream":  # which runs as it is read
        list(made.batches)


def message(caught):
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value) + caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM nothing", "there is no table `nothing`"),
        ("SELECT nothing FROM things", "there is no column `nothing`"),
        ("SELECT t.nothing FROM things AS t", "there is no column `nothing` in `t`"),
        ("SELECT 2147483647::int + 1::int", "a number is too large: integer out of range"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "the connection was lost"),
        ("SET statement_timeout = 1", None),
        ("SELECT (", "the server refused the statement"),
        ("SELECT 'infinity'::timestamp", "a value cannot be read"),
    ],
)
def test_a_failing_statement(url, sql, words):
    engine = opened(url)
    if words is None:
        engine.run("SELECT set_config('statement_timeout', '1', false)")
        sql, words = "SELECT pg_sleep(5)", "the server stopped the statement"
    with pytest.raises(EngineError) as caught:
        engine.run(sql)
    assert message(caught).startswith(f"target `prod`: {words}")
    answers_others = "connection" not in words
    assert isinstance(caught.value, StatementError) == answers_others
    if answers_others:
        assert engine.run("SELECT 1").rows == [(1,)]


def test_no_right_to_a_table(postgres, url):
    tcp = f"postgresql://reader:geheim@{postgres.host}:{postgres.port}/engine_test"
    engine = opened(tcp)
    assert engine.run("SELECT COUNT(*) FROM things").rows == [(2,)]
    with pytest.raises(EngineError) as caught:
        engine.run("SELECT * FROM closed")
    assert message(caught).startswith("target `prod`: the user of the connection may not do this")


def test_a_server_that_is_too_old(url, monkeypatch):
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 150008)
    with pytest.raises(EngineError) as caught:
        opened(url)
    assert message(caught).startswith("target `prod`: the server is, or claims to be, Postgres 15:")


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN2"])
def test_a_database_of_another_encoding(postgres, encoding):
    name = postgres.create_database("encoded", f"ENCODING '{encoding}' LOCALE 'C'")
    with pytest.raises(EngineError) as caught:
        opened(postgres.url(name))
    assert message(caught).startswith(f"target `prod`: the database is encoded in {encoding}, ")
    assert caught.value.hint == "choose one that is encoded in UTF8"


def test_killed_in_between(postgres, url):
    engine = opened(url)
    engine.run("SELECT 1")
    (pid,) = engine.run("SELECT pg_backend_pid()").rows[0]
    killer = threading.Timer(0.3, _terminate, (postgres, pid))
    killer.start()
    with pytest.raises(EngineError) as caught:
        engine.run("SELECT pg_sleep(20)")
    killer.join()
    assert message(caught).startswith("target `prod`: the connection was lost")


def _terminate(postgres, pid):
    with postgres.connect("engine_test") as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (pid,))


def connections(postgres):
    base = f"{postgres.host}:{postgres.port}"
    return [
        (f"postgresql://reader:wrong-geheim@{base}/engine_test", "the server refused the user or"),
        (f"postgresql://reader:geheim@{base}/absent", "the server has no database `absent`"),
        ("postgresql://reader:geheim@127.0.0.1:1/x", "no server answers"),
        ("postgresql://reader:geheim@no.such.host.invalid/x", "the host of the connection is not"),
        ("password=geheim oops", "`${SHOP}` does not hold a Postgres connection string"),
        ("mysql://me:geheim@db/shop", "`${SHOP}` does not hold a Postgres connection string"),
    ]


@pytest.mark.parametrize("place", range(6))
def test_no_connection(postgres, url, place):
    text, words = connections(postgres)[place]
    with pytest.raises(EngineError) as caught:
        opened(text)
    assert message(caught).startswith(f"target `prod`: {words}")
    assert "`${SHOP}`" in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(("more", "timeout"), [("", 1), ("?connect_timeout=2", None)])
def test_a_server_that_never_answers(more, timeout):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = f"postgresql://reader:geheim@127.0.0.1:{silent.getsockname()[1]}/x{more}"
        limit = timedelta(seconds=timeout) if timeout else None
        with pytest.raises(EngineError) as caught:
            open_engine("prod", TARGET, None, [], {"SHOP": text}, timeout=limit)
    assert message(caught) == "target `prod`: the server did not answer in time"


def test_no_variable():
    with pytest.raises(EngineError, match="environment variable `SHOP` is not set"):
        open_engine("prod", TARGET, None, [], {})


def test_no_driver(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(EngineError, match="needs the package `psycopg`") as caught:
        opened("postgresql://x")
    assert "segql[postgres]" in caught.value.hint


SLEEP = """
import sys
from segql.engines import open_engine
from segql.project.config import TargetTable
target = TargetTable(engine="postgres", connection="${SHOP}")
engine = open_engine("prod", target, None, [], {"SHOP": sys.argv[1]})
print("running", flush=True)
try:
    engine.run("SELECT pg_sleep(60), 'a marked statement'")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_stops_the_statement_on_the_server(postgres, url):
    with subprocess.Popen([sys.executable, "-c", SLEEP, url], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"running\n"
        _wait_for(postgres, 1)
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == b"interrupted\n"
    _wait_for(postgres, 0)


def _wait_for(postgres, count):
    """Until so many of the marked statements run on the server."""
    query = "SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s"
    for _ in range(100):
        with postgres.connect("engine_test") as connection:
            row = connection.execute(query, ("SELECT pg_sleep(60)%",)).fetchone()
        if row == (count,):
            return
        time.sleep(0.05)
    pytest.fail(f"the statement ran {row[0]} times, expected {count}")
