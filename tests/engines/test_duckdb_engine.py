"""DuckDB over files and over a database: what it reads, what it locks, how it fails."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from segql.engines import open_engine
from segql.engines.base import BATCH, short
from segql.engines.duckdb import DuckDB
from segql.errors import EngineError
from segql.model.nodes import Table
from segql.project.config import TargetTable


def files_target(*globs):
    return TargetTable(engine="duckdb", files=list(globs))


def opened(folder, tables, *globs):
    return open_engine("local", files_target(*(globs or ("**/*",))), folder, tables, {})


def table(name):
    return Table(tuple(name.split(".")))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "customers.csv").write_text("id,name\n1,Łucja\n2,\n", encoding="utf-8")
    (tmp_path / "orders.json").write_text('[{"id": 1, "x": {"y": 2}}]', encoding="utf-8")
    (tmp_path / "lines.jsonl").write_text('{"id": 1}\n{"id": 2}\n{"id": 3}\n', encoding="utf-8")
    (tmp_path / "crm").mkdir()
    duckdb.sql("SELECT 7 AS id, 12.50::DECIMAL(10, 2) AS amount").write_parquet(
        str(tmp_path / "crm" / "bills.parquet")
    )
    (tmp_path / "web.visits.csv").write_text("id\n4\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no table", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("customers", 2),
        ("CUSTOMERS", 2),
        ("shop.customers", 2),
        ("db.shop.customers", 2),
        ("orders", 1),
        ("lines", 3),
        ("bills", 1),
        ("crm.bills", 1),
        ("web.visits", 1),
    ],
)
def test_a_file_is_a_table(folder, name, count):
    engine = opened(folder, [table(name)])
    assert engine.run(f"SELECT COUNT(*) AS n FROM {name}").rows == [(count,)]
    engine.close()


def test_the_nearest_name_serves_a_table(folder):
    (folder / "shop.customers.csv").write_text("id\n9\n", encoding="utf-8")
    engine = opened(folder, [table("shop.customers"), table("customers")])
    assert engine.run("SELECT id FROM shop.customers").rows == [(9,)]
    assert engine.run("SELECT COUNT(*) FROM customers").rows == [(2,)]


def test_odd_names(tmp_path):
    (tmp_path / 'it\'s [a] "table".csv').write_text("id\n1\n", encoding="utf-8")
    engine = opened(tmp_path, [Table(('it\'s [a] "table"',))], "*.csv")
    assert engine.run('SELECT id FROM "it\'s [a] ""table"""').rows == [(1,)]


def test_results(folder):
    engine = opened(folder, [table("customers"), table("bills")])
    result = engine.run("SELECT id, name FROM customers ORDER BY id")
    assert result.columns == ("id", "name")
    assert result.rows == [(1, "Łucja"), (2, None)]
    arrow = engine.arrow("SELECT id, amount FROM bills")
    assert arrow.column_names == ["id", "amount"]
    assert str(arrow.schema.field("amount").type) == "decimal128(10, 2)"


def test_a_stream_comes_in_batches(folder):
    engine = opened(folder, [table("lines")])
    stream = engine.stream(f"SELECT unnest(range({BATCH + 5})) AS n")
    assert stream.columns == ("n",)
    assert [len(batch) for batch in stream.batches] == [BATCH, 5]


def test_instants_do_not_depend_on_the_session(folder, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    engine = opened(folder, [table("lines")])
    assert engine.run("SELECT CAST(TIMESTAMPTZ '2026-01-01 00:00:00+00' AS TEXT)").rows == [
        ("2026-01-01 00:00:00+00",)
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{other}.copy'",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO lines VALUES (1)",
        "DROP VIEW lines",
        "ATTACH '{other}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "PRAGMA database_list",
        "/* a comment */ PRAGMA database_list",
        "DESCRIBE lines",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_locked(folder, tmp_path_factory, sql):
    other = tmp_path_factory.mktemp("other") / "secret.csv"
    other.write_text("geheim\n1\n", encoding="utf-8")
    engine = opened(folder, [table("lines")])
    with pytest.raises(EngineError, match="target `local`"):
        engine.run(sql.format(other=other))
    assert [path.name for path in other.parent.iterdir()] == ["secret.csv"]
    assert engine.run("SELECT COUNT(*) FROM lines").rows == [(3,)]


def test_other_tables_of_the_folder_are_not_opened(folder):
    engine = opened(folder, [table("lines")])
    with pytest.raises(EngineError, match="there is no table `customers`"):
        engine.run("SELECT * FROM customers")
    with pytest.raises(EngineError):
        engine.run(f"SELECT * FROM read_csv('{folder / 'customers.csv'}')")


def message(caught):
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT nothing FROM lines", "there is no column `nothing`"),
        ("SELECT l.nothing FROM lines AS l", "there is no column `nothing` in `l`"),
        ("SELECT * FROM nothing", "there is no table `nothing`"),
        ("SELECT 9223372036854775807 + 1", "a number is too large"),
        ("SELECT nothing(1)", "the engine refused the statement"),
        ("SELECT (", "the engine refused the statement"),
    ],
)
def test_a_failing_statement(folder, sql, words):
    engine = opened(folder, [table("lines")])
    with pytest.raises(EngineError) as caught:
        engine.run(sql)
    assert message(caught).startswith(f"target `local`: {words}")


def test_missing_and_double_tables(folder):
    with pytest.raises(EngineError) as caught:
        opened(folder, [table("shop.clients")])
    assert message(caught) == "target `local`: there is no table `shop.clients`"
    assert "`customers`" in caught.value.hint
    (folder / "customers.parquet").write_bytes(b"")
    with pytest.raises(EngineError) as caught:
        opened(folder, [table("customers")])
    assert "two files are the table `customers`" in message(caught)
    with pytest.raises(EngineError, match="no data file matches"):
        opened(folder, [], "*.txt", "*.nothing")


def test_a_file_that_is_no_parquet(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 or not")
    with pytest.raises(EngineError) as caught:
        opened(tmp_path, [table("broken")])
    assert message(caught).startswith("target `local`: cannot read the file `broken.parquet`: ")


def test_a_file_that_vanishes(folder):
    engine = opened(folder, [table("bills")])
    (folder / "crm" / "bills.parquet").unlink()
    with pytest.raises(EngineError) as caught:
        engine.run("SELECT * FROM bills")
    assert message(caught).startswith("target `local`: ")


# --- a database file ------------------------------------------------------------------------------


def database(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE SCHEMA shop.shop; CREATE TABLE shop.shop.customers AS SELECT 1 AS id"
        )
    return path


def database_target(name="shop.duckdb"):
    return TargetTable(engine="duckdb", database=name)


def test_a_database_is_read_and_not_written(tmp_path):
    before = database(tmp_path / "shop.duckdb").read_bytes()
    engine = open_engine("db", database_target(), tmp_path, [], {})
    assert engine.run("SELECT id FROM shop.customers").rows == [(1,)]
    for sql in (
        "INSERT INTO shop.customers VALUES (2)",
        "SELECT * FROM read_text('/etc/hostname')",
    ):
        with pytest.raises(EngineError):
            engine.run(sql)
    engine.close()
    assert (tmp_path / "shop.duckdb").read_bytes() == before


def test_a_schema_may_have_the_name_of_the_file(tmp_path):
    database(tmp_path / "shop.duckdb")
    engine = open_engine("db", database_target(), tmp_path, [table("db.shop.customers")], {})
    assert engine.run("SELECT id FROM db.shop.customers").rows == [(1,)]
    assert engine.run("SELECT id FROM shop.customers").rows == [(1,)]


def test_a_database_from_the_environment(tmp_path):
    path = database(tmp_path / "shop.duckdb")
    engine = open_engine("db", database_target("${SHOP_DB}"), tmp_path, [], {"SHOP_DB": str(path)})
    assert engine.run("SELECT COUNT(*) FROM shop.customers").rows == [(1,)]
    with pytest.raises(EngineError, match="environment variable `SHOP_DB` is not set"):
        open_engine("db", database_target("${SHOP_DB}"), tmp_path, [], {"SHOP_DB": ""})


def test_databases_that_cannot_be_opened(tmp_path):
    with pytest.raises(EngineError) as caught:
        open_engine("db", database_target(), tmp_path, [], {})
    assert (
        message(caught) == f"target `db`: there is no database file `shop.duckdb` in `{tmp_path}`"
    )
    (tmp_path / "shop.duckdb").write_text("something else " * 1000, encoding="utf-8")
    with pytest.raises(EngineError) as caught:
        open_engine("db", database_target(), tmp_path, [], {})
    assert message(caught) == "target `db`: `shop.duckdb` is not a DuckDB database"


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def test_a_database_in_use(tmp_path):
    path = database(tmp_path / "shop.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(EngineError) as caught:
            open_engine("db", database_target(), tmp_path, [], {})
        other.stdin.close()
    assert "is in use" in message(caught)


def test_an_engine_that_only_compiles(tmp_path):
    target = TargetTable(engine="clickhouse", connection="${X}")
    with pytest.raises(EngineError, match="segql does not run statements on ClickHouse") as caught:
        open_engine("house", target, tmp_path, [], {"X": "y"})
    assert "--dialect clickhouse" in caught.value.hint


def test_short_causes():
    assert short("Parser Error: it is so!\n\nLINE 1: …") == "it is so"
    assert short("the password is 'geheim'", ["geheim"]) == "the password is '***'"
    assert len(short("x" * 1000)) == 200


def test_the_folder_of_the_project_is_the_base(folder, monkeypatch):
    monkeypatch.chdir(Path("/"))
    assert opened(folder, [table("customers")], "*.csv").run("SELECT 1 FROM customers").rows
    absolute = str(folder / "*.csv")
    assert opened(Path("/"), [table("customers")], absolute).run("SELECT 1 FROM customers").rows


LONG = """
import sys
from pathlib import Path
from segql.engines import open_engine
from segql.project.config import TargetTable
target = TargetTable(engine="duckdb", files="*.csv")
engine = open_engine("local", target, Path(sys.argv[1]), [], {})
source = "FROM range(10000000) AS a, range(10000000) AS b"
print("running", flush=True)
import signal
from segql.cli import _terminate
signal.signal(signal.SIGTERM, _terminate)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background may have it ignored
try:
    if sys.argv[2] == "run":
        engine.run(f"SELECT SUM(a.range * b.range % 7) {source}")
    else:
        sql = f"SELECT a.range {source} WHERE a.range * b.range % 1000003 = -1"
        list(engine.stream(sql).batches) if sys.argv[2] == "stream" else engine.arrow(sql)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["run", "stream", "arrow"])
def test_an_interrupt_stops_the_statement(folder, how, sent):
    run = [sys.executable, "-c", LONG, str(folder), how]
    with subprocess.Popen(run, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout.readline() == b"running\n"
            time.sleep(1)
            child.send_signal(sent)
            assert child.communicate(timeout=30)[0] == b"interrupted\n"
        finally:
            child.kill()


def test_time_is_gregorian_whatever_the_connection_said():
    connection = duckdb.connect()
    connection.execute("SET Calendar = 'buddhist'")
    engine = DuckDB("local", connection, [])
    asked = "SELECT date_part('year', TIMESTAMPTZ '2026-01-31 12:00:00+00') AS year"
    assert engine.run(asked).rows == [(2026,)]
    engine.close()
