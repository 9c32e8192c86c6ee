"""Segmentations, splits and lists: as statements, through the Python API and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

import segql
from segql import reference
from segql.errors import FaultsError, UsageError
from segql.model import nodes
from segql.model.clock import Clock
from segql.plan import plan
from segql.plan.segmentations import plan_segmentations
from segql.sql import compile as compiler
from segql.sql import segmentations
from tests.support.evaluate import DuckDB, Postgres, check, members_sql, spoken
from tests.support.postgres import PostgresServer
from tests.support.tables import AWKWARD, PLAIN

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

MODEL = """
entity customer {
  table customers
  key   customer_id: int
  country: text?
  points:  int?
}

event purchase of customer {
  table purchases
  key   purchase_id: int
  on    customer_id
  at    ordered_at: timestamp
}

segment polish of customer { where { country = "PL" } }

segmentation lifecycle of customer {
  title: "Lifecycle stage"
  tags: crm
  level new:      first(purchase.at) in last 30 days with { channel: "mail", worth: 5, since: 2026-01-01 }
  level rich:     points > 10
  level active: { did purchase in last 90 days } with { worth: 7.25, vip: true }
  level churned:  did purchase
  level prospect: otherwise with { channel: "it's" }
}

segmentation polish_points of customer {
  among polish
  level some: points > 5
  level none_at_all: points = 0
  level top_of_all: top 1 among customer by points
}

split halves of polish {
  seed: "halves"
  part left: 50% with { offer: "A" }
  part right: 30%
}

segment over of customer { where { member of lifecycle.rich or member of halves.left } }
"""

DATABASE: reference.Database = {
    "customers": [
        {"customer_id": number, "country": country, "points": points}
        for number, country, points in (
            (1, "PL", 20),
            (2, "PL", 0),
            (3, "PL", None),
            (4, "DE", 11),
            (5, None, 0),
            (6, "PL", 7),
            (7, "PL", 3),
        )
    ],
    "purchases": [
        {
            "purchase_id": number,
            "customer_id": customer,
            "ordered_at": datetime(2025, month, 20, tzinfo=UTC),
        }
        for number, customer, month in ((1, 1, 12), (2, 2, 1), (3, 2, 12), (4, 3, 3), (5, 4, 11))
    ],
}


def model(more: str = "") -> nodes.Model:
    text = MODEL + more
    found = check(text, nodes.Settings())
    assert not found.errors, spoken(found.errors, text)
    return found.model


def columns_of(sql: str, dialect: str = "duckdb") -> list[str]:
    """The names of a statement's columns."""
    (statement,) = sqlglot.parse(sql, dialect=dialect)
    assert isinstance(statement, exp.Select)
    return [name.lower() for name in statement.named_selects]


def levels_sql(found: nodes.Model, name: str, dialect: str) -> str:
    asked, planned = plan_segmentations(found, [name], Clock(AS_OF, found.settings))
    return segmentations.levels(asked, planned[name], dialect, ordered=True)


def sizes_sql(found: nodes.Model, name: str, dialect: str) -> str:
    asked, planned = plan_segmentations(found, [name], Clock(AS_OF, found.settings))
    return segmentations.sizes(asked, planned[name], dialect)


# --- statements -----------------------------------------------------------------------------------


def test_a_row_for_each_person_in_a_level_with_its_data(postgres: PostgresServer) -> None:
    found = model()
    expected = [
        (1, "new", "mail", Decimal("5.00"), datetime(2026, 1, 1).date(), None),
        (2, "active", None, Decimal("7.25"), None, True),
        (3, "churned", None, None, None, None),
        (4, "rich", None, None, None, None),
        (5, "prospect", "it's", None, None, None),
        (6, "prospect", "it's", None, None, None),
        (7, "prospect", "it's", None, None, None),
    ]
    for engine in (DuckDB(), Postgres(postgres, "levels")):
        for physical in (PLAIN, AWKWARD):
            engine.load(found, DATABASE, physical)
            dialect = "duckdb" if isinstance(engine, DuckDB) else "postgres"
            assert engine.run(levels_sql(found, "lifecycle", dialect)) == expected
    levels = reference.levels(found, "lifecycle", DATABASE, AS_OF)
    assert levels == {(row[0],): row[1] for row in expected}


@pytest.mark.parametrize("name", ["lifecycle", "polish_points", "halves"])
def test_levels_are_the_same_as_the_segments_of_their_names(
    name: str, postgres: PostgresServer
) -> None:
    found = model()
    expected = reference.levels(found, name, DATABASE, AS_OF)
    for engine in (DuckDB(), Postgres(postgres, f"levels_{name}")):
        engine.load(found, DATABASE, PLAIN)
        dialect = "duckdb" if isinstance(engine, DuckDB) else "postgres"
        rows = engine.run(levels_sql(found, name, dialect))
        assert {(row[0],): row[1] for row in rows} == expected
        assert len(rows) == len(expected), "somebody is in two levels"
        for level in found.segmentations[name].levels:
            keys = [(row[0],) for row in rows if row[1] == level.name]
            members = engine.members(found, level.segment.name, AS_OF)
            assert [row[:1] for row in members] == keys
            assert reference.members(found, level.segment.name, DATABASE, AS_OF) == keys


def test_without_otherwise_the_rest_is_in_no_level() -> None:
    levels = reference.levels(model(), "polish_points", DATABASE, AS_OF)
    assert levels == {(1,): "some", (2,): "none_at_all", (6,): "some"}


def test_sizes_and_what_was_lost_above(postgres: PostgresServer) -> None:
    found = model()
    for engine in (DuckDB(), Postgres(postgres, "sizes")):
        engine.load(found, DATABASE, PLAIN)
        dialect = "duckdb" if isinstance(engine, DuckDB) else "postgres"
        (row,) = engine.run(sizes_sql(found, "lifecycle", dialect))
        # population, base, then alone and members of each
        assert row == (7, 7, 1, 1, 2, 1, 3, 1, 4, 1, 7, 3)
        (row,) = engine.run(sizes_sql(found, "polish_points", dialect))
        assert row == (7, 5, 2, 2, 1, 1, 1, 0)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
@pytest.mark.parametrize("name", ["lifecycle", "polish_points", "halves"])
def test_one_statement_for_every_dialect(dialect: str, name: str) -> None:
    column = "part" if name == "halves" else "level"
    columns = columns_of(levels_sql(model(), name, dialect), dialect)
    assert columns[:2] == ["customer_id", column]
    assert len(sqlglot.parse(sizes_sql(model(), name, dialect), dialect=dialect)) == 1


def test_the_data_of_a_level_stand_behind_its_keys() -> None:
    found = model()
    sql = members_sql(found, "lifecycle.active", AS_OF, "duckdb")
    assert columns_of(sql) == ["customer_id", "channel", "worth", "since", "vip"]
    engine = DuckDB()
    engine.load(found, DATABASE, PLAIN)
    assert engine.members(found, "lifecycle.active", AS_OF) == [
        (2, None, Decimal("7.25"), None, True)
    ]
    asked = plan(found, ["halves.left"], Clock(AS_OF, found.settings))
    sample = compiler.sample(asked, "halves.left", "duckdb", 5, ["points"])
    assert columns_of(sample) == ["customer_id", "offer", "points"]


def test_a_segment_that_names_levels_has_no_data_of_theirs() -> None:
    assert columns_of(members_sql(model(), "over", AS_OF, "duckdb")) == ["customer_id"]


# --- a project ------------------------------------------------------------------------------------

CONFIG = '[project]\nname = "t"\nlanguage = 1\ntimezone = "UTC"\n[targets.local]\nengine = "duckdb"\ndatabase = "t.duckdb"\n[lint]\nselect = []\n'

LISTS = """
list testers of customer by customer_id { file "lists/testers.csv" column customer_id }
list staff of customer by country { table staff column land }
segment no_tester of customer { where { not member of testers } }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "segql.toml").write_text(CONFIG)
    (tmp_path / "all.seg").write_text(MODEL + LISTS)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "testers.csv").write_text(
        'customer_id,note\n1,"a, b"\n3,\n3,again\n99,\n', encoding="utf-8-sig"
    )
    connection = duckdb.connect(str(tmp_path / "t.duckdb"))
    connection.execute("CREATE TABLE staff (land TEXT)")
    connection.execute("INSERT INTO staff VALUES ('DE'), (NULL), ('DE')")
    connection.execute("CREATE TABLE customers (customer_id INT, country TEXT, points INT)")
    connection.execute(
        "CREATE TABLE purchases (purchase_id INT, customer_id INT, ordered_at TIMESTAMP)"
    )
    for row in DATABASE["customers"]:
        connection.execute("INSERT INTO customers VALUES (?, ?, ?)", list(row.values()))
    for row in DATABASE["purchases"]:
        values = [v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in row.values()]
        connection.execute("INSERT INTO purchases VALUES (?, ?, ?)", values)
    connection.close()
    return tmp_path


def keys(found: segql.Project, name: str) -> list[Any]:
    return list(found.members(name, as_of=AS_OF).column("customer_id").to_pylist())


def test_members_of_segmentations_levels_and_lists(project: Path) -> None:
    found = segql.load(project)
    assert found.diagnostics == ()
    table = found.members("lifecycle", as_of=AS_OF)
    assert table.column_names == ["customer_id", "level", "channel", "worth", "since", "vip"]
    assert Counter(table.column("level").to_pylist()) == {
        "prospect": 3,
        "new": 1,
        "rich": 1,
        "active": 1,
        "churned": 1,
    }
    assert keys(found, "lifecycle.prospect") == [5, 6, 7]
    assert keys(found, "testers") == [1, 3]
    assert keys(found, "no_tester") == [2, 4, 5, 6, 7]
    assert keys(found, "staff") == [4]


def test_a_preview_of_levels(project: Path) -> None:
    found = segql.load(project)
    (levels,) = found.preview("lifecycle", as_of=AS_OF)
    assert not isinstance(levels, segql.Preview)
    assert [(item.name, item.members, item.alone, item.lost) for item in levels.levels] == [
        ("new", 1, 1, 0),
        ("rich", 1, 2, 1),
        ("active", 1, 3, 2),
        ("churned", 1, 4, 3),
        ("prospect", 3, 7, 4),
    ]
    assert (levels.population, levels.base, levels.members) == (7, 7, 7)
    (level,) = found.preview("lifecycle.rich", as_of=AS_OF)
    assert isinstance(level, segql.Preview)
    assert [step.text for step in level.steps] == ["points > 10", "in no level above: new"]
    assert (level.members, level.sample_columns[:2]) == (1, ("customer_id", "channel"))


def test_unknown_names_suggest_segmentations_and_levels(project: Path) -> None:
    found = segql.load(project)
    for name, near in (("lifecycl", "`lifecycle`"), ("lifecycle.nw", "`lifecycle.new`")):
        with pytest.raises(UsageError) as caught:
            found.sql(name)
        assert near in (caught.value.hint or "")


def test_a_broken_segmentation_says_what_is_wrong(project: Path) -> None:
    (project / "more.seg").write_text("segmentation bad of customer {\n  level a: nothing > 1\n}\n")
    found = segql.load(project)
    for name in ("bad", "bad.a"):
        with pytest.raises(FaultsError):
            found.sql(name)
    assert found.sql("lifecycle")


def test_the_content_of_a_list_file_is_part_of_what_is_kept(project: Path) -> None:
    assert segql.load(project).diagnostics == ()
    path = project / "lists" / "testers.csv"
    path.write_text("id\n1\n")
    (fault,) = segql.load(project).diagnostics
    assert fault.code.code == "SEG413"
    assert fault.message == "`lists/testers.csv` has no column `customer_id`: it has `id`"
    path.write_text("customer_id\n7\n")
    found = segql.load(project)
    assert found.diagnostics == ()
    assert keys(found, "testers") == [7]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read `lists/testers.csv`: no such file or directory"),
        (b"\xff\xfe", "`lists/testers.csv` is not UTF-8"),
        (
            b"customer_id\n\0\n",
            "`lists/testers.csv` holds a NUL character, which stands in no text file",
        ),
        (b"", "`lists/testers.csv` has no column `customer_id`: it is empty"),
        (b'customer_id\n"1\n', "`lists/testers.csv` is no CSV: unexpected end of data"),
        (b"customer_id\nanna\n", "`anna` in the file is no int"),
    ],
)
def test_a_list_file_with_a_fault(project: Path, content: bytes | None, message: str) -> None:
    path = project / "lists" / "testers.csv"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    faults = segql.load(project).diagnostics
    assert [(item.code.code, item.message) for item in faults] == [("SEG413", message)]


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "lists/../../secret.csv"])
def test_only_files_of_the_project_are_read(project: Path, name: str) -> None:
    (project.parent / "secret.csv").write_text("customer_id\n1\n")
    text = LISTS.replace("lists/testers.csv", name)
    (project / "all.seg").write_text(MODEL + text)
    (fault,) = segql.load(project).diagnostics
    assert fault.message == f"`{name}` lies outside of the project"


# --- the command line -----------------------------------------------------------------------------


def run(project: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "segql", *arguments, "--project", str(project)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_compile_and_export(project: Path, tmp_path: Path) -> None:
    sql = run(project, "compile", "lifecycle", "halves.left", "--as-of", "2026-01-01")
    assert sql.count(";\n") == 2
    assert "END AS level" in sql
    assert "CAST('A' AS TEXT) AS offer" in sql
    text = run(project, "export", "lifecycle", "--as-of", "2026-01-01")
    assert text.splitlines()[:3] == [
        "customer_id,level,channel,worth,since,vip",
        "1,new,mail,5.00,2026-01-01,",
        "2,active,,7.25,,true",
    ]
    text = run(project, "export", "lifecycle.active", "--format", "jsonl", "--as-of", "2026-01-01")
    assert json.loads(text) == {
        "customer_id": 2,
        "channel": None,
        "worth": "7.25",
        "since": None,
        "vip": True,
    }
    out = tmp_path / "out.parquet"
    run(project, "export", "halves", "-o", str(out), "--as-of", "2026-01-01")
    with duckdb.connect() as connection:
        cursor = connection.execute(f"SELECT * FROM '{out}'")
        assert [column[0] for column in cursor.description] == ["customer_id", "part", "offer"]
        assert {row[1:] for row in cursor.fetchall()} <= {("left", "A"), ("right", None)}


def test_preview_as_text_and_json(project: Path) -> None:
    text = run(project, "preview", "lifecycle", "--as-of", "2026-01-01")
    assert "5 levels of 7 customer rows" in text
    assert "  rich            1  14.3%      2           1  " in text
    assert '    with channel: "mail", worth: 5, since: 2026-01-01' in text
    text = run(project, "preview", "polish_points", "--as-of", "2026-01-01")
    assert "3 levels of 7 customer rows, 5 of them in the base" in text
    assert "in none" in text
    (found,) = json.loads(
        run(project, "preview", "lifecycle", "--format", "json", "--as-of", "2026-01-01")
    )
    assert found["segmentation"] == "lifecycle"
    assert found["levels"][1] | {"line": 0} == {
        "name": "rich",
        "file": "all.seg",
        "line": 0,
        "members": 1,
        "share": 0.142857,
        "alone": 2,
        "lost": 1,
        "data": {},
    }


@pytest.mark.parametrize("stage", ["tree", "model", "plan", "sql"])
@pytest.mark.parametrize("name", ["lifecycle", "lifecycle.new", "halves", "halves.left", "testers"])
def test_explain_has_every_stage(project: Path, name: str, stage: str) -> None:
    found = segql.load(project)
    assert found.explain(name, stage, AS_OF).strip()
