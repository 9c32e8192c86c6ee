"""The shop example: its data comes out of its generator, and each of its segments finds somebody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

import segql
from segql import reference
from segql.reference import Database
from tests.example_shop_sql import HAND_WRITTEN, VIEWS
from tests.support.postgres import PostgresServer

SHOP = Path(__file__).parent.parent / "examples" / "shop"
AS_OF = "2026-01-01"
PROJECT = segql.load(SHOP, cache=False)
SEGMENTS = PROJECT.segments

# --- the data -------------------------------------------------------------------------------------


def rows_of(folder: Path, table: str) -> str:
    return f"from read_parquet('{(folder / f'{table}.parquet').as_posix()}')"


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    subprocess.run(
        [sys.executable, "-B", str(SHOP / "generate.py"), str(folder)],
        check=True,
        capture_output=True,
    )
    return folder


def test_the_generator_makes_the_committed_rows(made_again: Path) -> None:
    tables = {file.stem for file in (SHOP / "data").iterdir()}
    assert tables == {file.stem for file in made_again.iterdir()}
    assert len(tables) == 14
    with duckdb.connect() as db:
        for table in sorted(tables):
            committed = db.execute(rows_of(SHOP / "data", table)).fetchall()
            again = db.execute(rows_of(made_again, table)).fetchall()
            assert committed, table
            assert again == committed, table


def test_the_committed_data_is_small() -> None:
    assert sum(file.stat().st_size for file in (SHOP / "data").iterdir()) < 3_000_000


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("customers", "month(birth_date) = 2 and day(birth_date) = 29"),
        ("customers", "city = 'Łódź'"),
        ("customers", "birth_date is null"),
        ("customers", "deleted_at is not null"),
        ("customers", "customer_id not in (select customer_id from orders)"),
        ("customers", "account_id not in (select account_id from accounts)"),
        ("orders", "ordered_at = '2025-10-26 00:30:00'"),  # 02:30 in Warsaw, first
        ("orders", "ordered_at = '2025-10-26 01:30:00'"),  # 02:30 in Warsaw, again
        ("orders", "ordered_at = '2025-11-30 23:00:00'"),  # midnight in Warsaw
        ("orders", "ordered_at >= '2025-12-31 23:00:00'"),  # 2026 in Warsaw
        ("orders", "(customer_id, ordered_at) in (select customer_id, ordered_at from orders"
         " group by all having count(*) > 1)"),  # ties
        ("survey_answers", "score is null and answer is null"),
        ("order_lines", "product_id not in (select product_id from products)"),
    ],
)  # fmt: skip
def test_the_data_is_as_untidy_as_the_readme_says(table: str, condition: str) -> None:
    with duckdb.connect() as db:
        for file in (SHOP / "data").iterdir():
            db.execute(f"create view {file.stem} as {rows_of(SHOP / 'data', file.stem)}")
        found = db.execute(f"select count(*) from {table} where {condition}").fetchone()
    assert found is not None
    assert found[0] > 0


# --- the segments ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """The Parquet files as tables, and the views of the hand-written queries."""
    with duckdb.connect() as db:
        for file in (SHOP / "data").iterdir():
            db.execute(f"create view {file.stem} as {rows_of(SHOP / 'data', file.stem)}")
        db.execute(VIEWS)
        yield db


def members(db: duckdb.DuckDBPyConnection, sql: str) -> set[tuple[Any, ...]]:
    rows = db.execute(sql).fetchall()
    assert len(set(rows)) == len(rows), "a member comes twice"
    return set(rows)


def test_the_project_has_no_faults_and_enough_segments() -> None:
    assert PROJECT.diagnostics == ()
    assert len(SEGMENTS) == 82
    assert sorted(PROJECT.model.segmentations) == ["lifecycle", "winback_test"]


@pytest.mark.parametrize("name", SEGMENTS)
def test_each_segment_says_what_it_is_for(name: str) -> None:
    whole = PROJECT.model.segmentations.get(name.partition(".")[0])
    segment = whole or PROJECT.model.segments[name]
    assert segment.title
    assert segment.description.endswith((".", "?"))
    assert "@" in segment.owner
    assert segment.tags


@pytest.mark.parametrize("name", SEGMENTS)
@pytest.mark.parametrize("stage", ["tree", "model", "plan"])
def test_each_stage_can_be_read(name: str, stage: str) -> None:
    shown = PROJECT.explain(name, stage, AS_OF)
    assert "Span(" not in shown
    assert max(map(len, shown.splitlines())) <= 200


@pytest.mark.parametrize("name", SEGMENTS)
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_each_segment_compiles(name: str, dialect: str) -> None:
    sql = PROJECT.sql(name, dialect=dialect, as_of=AS_OF)
    assert f"segment {name} of" in sql
    assert sql == PROJECT.sql(name, dialect=dialect, as_of=AS_OF)


@pytest.mark.parametrize("name", ["lifecycle", "winback_test"])
def test_the_levels_divide_their_base(name: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Everybody of the base in exactly one level, with the level's data."""
    whole = PROJECT.model.segmentations[name]
    rows = warehouse.execute(PROJECT.sql(name, as_of=AS_OF)).fetchall()
    everyone = "select customer_id from customers where deleted_at is null"
    base = PROJECT.sql("lapsed_vips", as_of=AS_OF) if whole.is_split else everyone
    expected = members(warehouse, base)
    assert len(rows) == len(expected)
    assert {(key,) for key, *_ in rows} == expected
    for level in whole.levels:
        data = dict(level.data)
        mine = {tuple(row) for row in rows if row[1] == level.name}
        assert {row[2:] for row in mine} == {tuple(data.get(key) for key, _ in whole.columns)}
        assert {(row[0], *row[2:]) for row in mine} == members(
            warehouse, PROJECT.sql(level.segment.name, as_of=AS_OF)
        )


@pytest.mark.parametrize("name", SEGMENTS)
def test_each_segment_finds_somebody_and_not_everybody(
    name: str, warehouse: duckdb.DuckDBPyConnection
) -> None:
    (preview,) = PROJECT.preview(name, as_of=AS_OF, limit=5)
    assert 1 <= preview.members <= preview.population - 1
    assert preview.population == {"product": 206, "account": 60, "customer": 4_896}[preview.entity]
    assert preview.steps[-1].left == preview.members
    assert all(step.alone >= preview.members for step in preview.steps)
    assert len(preview.sample) == min(5, preview.members)
    assert len(members(warehouse, PROJECT.sql(name, as_of=AS_OF))) == preview.members


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_the_members_are_those_of_a_query_written_by_hand(
    name: str, warehouse: duckdb.DuckDBPyConnection
) -> None:
    compiled = members(warehouse, PROJECT.sql(name, as_of=AS_OF))
    assert compiled == members(warehouse, HAND_WRITTEN[name])


def test_members_come_as_arrow_in_key_order() -> None:
    pytest.importorskip("pyarrow")
    keys = PROJECT.members("lapsed_vips", as_of=AS_OF).to_pydict()["customer_id"]
    assert len(keys) == 122
    assert keys == sorted(keys)


# --- the same people on Postgres ------------------------------------------------------------------

POSTGRES_TYPES = {"DOUBLE": "double precision", "JSON": "jsonb"}


def copy_table(
    db: duckdb.DuckDBPyConnection, connection: psycopg.Connection[Any], file: Path
) -> None:
    described = db.execute(f"describe {file.stem}").fetchall()
    columns = ", ".join(f"{row[0]} {POSTGRES_TYPES.get(row[1], row[1])}" for row in described)
    with connection.cursor() as cursor:
        cursor.execute(f"create table {file.stem} ({columns})".encode())
        with cursor.copy(f"copy {file.stem} from stdin".encode()) as copy:
            for row in db.execute(f"from {file.stem}").fetchall():
                copy.write_row(row)
        cursor.execute(f"analyze {file.stem}".encode())


@pytest.fixture(scope="module")
def server(
    postgres: PostgresServer, warehouse: duckdb.DuckDBPyConnection
) -> Iterator[psycopg.Connection[Any]]:
    postgres.create_database("shop")
    with postgres.connect("shop") as connection:
        for file in sorted((SHOP / "data").iterdir()):
            copy_table(warehouse, connection, file)
        yield connection


@pytest.mark.parametrize("name", SEGMENTS)
def test_postgres_finds_the_same_people(
    name: str, warehouse: duckdb.DuckDBPyConnection, server: psycopg.Connection[Any]
) -> None:
    rows = server.execute(PROJECT.sql(name, dialect="postgres", as_of=AS_OF).encode()).fetchall()
    assert len(set(rows)) == len(rows)
    assert set(rows) == members(warehouse, PROJECT.sql(name, as_of=AS_OF))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_the_zone_of_the_session_does_not_matter(
    zone: str, server: psycopg.Connection[Any], warehouse: duckdb.DuckDBPyConnection
) -> None:
    for name in ("regulars", "night_owls", "birthday_next_7_days", "welcome_kit"):
        server.execute(f"set timezone = '{zone}'".encode())
        rows = server.execute(PROJECT.sql(name, "postgres", date(2026, 1, 1)).encode()).fetchall()
        warehouse.execute(f"set timezone = '{zone}'")
        assert set(rows) == members(warehouse, PROJECT.sql(name, as_of=AS_OF))
    warehouse.execute("set timezone = 'UTC'")


# --- the same people by the reference evaluator ---------------------------------------------------

SAMPLE = "customer_id % 23 = 7"  # 218 customers with all they did; two of them are staff


@pytest.fixture(scope="module")
def sampled() -> Iterator[tuple[duckdb.DuckDBPyConnection, Database]]:
    """A part of the data, in DuckDB and as plain rows."""
    database: dict[str, list[dict[str, Any]]] = {}
    with duckdb.connect() as db:
        for file in sorted((SHOP / "data").iterdir()):
            made = db.execute(f"create table {file.stem} as {rows_of(SHOP / 'data', file.stem)}")
            columns = [row[0] for row in made.execute(f"describe {file.stem}").fetchall()]
            if "customer_id" in columns:
                db.execute(f"delete from {file.stem} where not ({SAMPLE})")
        db.execute("delete from order_lines where order_id not in (select order_id from orders)")
        for file in sorted((SHOP / "data").iterdir()):
            rows = db.execute(f"from {file.stem}")
            names = [column[0] for column in rows.description or ()]
            database[file.stem] = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        assert len(database["customers"]) == 218
        yield db, database


def email_domain(sql: str, row: Mapping[str, object]) -> object:
    """What the only attribute in raw SQL says."""
    assert sql == "lower(split_part(email, '@', 2))"
    email = row["email"]
    return None if email is None else [*str(email).split("@"), ""][1].lower()


@pytest.mark.parametrize("name", SEGMENTS)
def test_the_reference_finds_the_same_people(
    name: str, sampled: tuple[duckdb.DuckDBPyConnection, Database]
) -> None:
    db, database = sampled
    now = PROJECT.clock(AS_OF).now
    expected = reference.members(PROJECT.model, name, database, now, evaluate_sql=email_domain)
    rows = members(db, PROJECT.sql(name, as_of=AS_OF))
    keys = len(PROJECT.model.segments[name].entity.key)  # behind the key stand a level's data
    assert {row[:keys] for row in rows} == set(expected)
