"""Columns are read as they are declared: from files of each kind, and what a database holds instead is said."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import segql
from segql.errors import EngineError

TOML = '[project]\nname = "p"\ntimezone = "Europe/Warsaw"\n\n[targets.local]\nengine = "duckdb"\nfiles = "data/*"\n'
MODEL = """entity person {
  table people
  key   id: text
  code: enum("1e5", "1.10", "007")?
  n:    int?
  paid: decimal(12, 2)?
  born: date?
  at:   timestamp?
  met:  timestamp in "Europe/Warsaw"?
  ok:   bool?
  tags: list of text?
}
"""


def project(folder, condition, model=MODEL, toml=TOML):
    (folder / "segql.toml").write_text(toml, encoding="utf-8")
    text = f"{model}\nsegment asked of person {{\n  where {{\n    {condition}\n  }}\n}}\n"
    (folder / "all.seg").write_text(text, encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    return segql.load(folder, cache=False)


def members(folder, condition, model=MODEL, **options):
    loaded = project(folder, condition, model, **options)
    assert not [item.message for item in loaded.diagnostics if item.is_error]
    with loaded.member_stream("asked", as_of="2027-01-01") as stream:
        return [row[0] for batch in stream.batches for row in batch]


COLUMNS = ("id", "code", "n", "paid", "born", "at", "met", "ok", "tags")
ROWS = [
    ("01", "1e5", "1", "0.10", "2026-01-01", "2026-01-01", "2026-01-01", "true", "[a, b]"),
    ("02", "1.10", "2", "1.1", "", "2026-01-01 12:00", "2026-07-01 12:00", "false", "[]"),
    ("3", "", "", "", "", "2026-01-01 12:00:00+02:00", "2026-07-01T12:00:00Z", "", ""),
]


def write_csv(folder, rows=ROWS, name="people.csv"):
    (folder / "data").mkdir(exist_ok=True)
    lines = [COLUMNS, *rows]
    text = "\n".join(
        ",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in lines
    )
    (folder / "data" / name).write_text(text + "\n", encoding="utf-8")


def write_json(folder, rows=ROWS):
    import json

    objects = []
    for row in rows:
        item = {name: cell or None for name, cell in zip(COLUMNS, row, strict=True)}
        item["n"] = int(item["n"]) if item["n"] else None
        item["paid"] = float(item["paid"]) if item["paid"] else None
        item["tags"] = item["tags"].strip("[]").split(", ") if item["tags"] else None
        objects.append(item)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "people.json").write_text(json.dumps(objects), encoding="utf-8")


@pytest.mark.parametrize("write", [write_csv, write_json])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('code = "1e5"', ["01"]),
        ('code = "1.10"', ["02"]),
        ('id in ("01", "3")', ["01", "3"]),
        ("n >= 2", ["02"]),
        ("paid = 1.1", ["02"]),
        ("born = 2026-01-01", ["01"]),
        ("at before 2026-01-01T13:00", ["01", "3"]),  # local: 12:00 UTC; the third is 10:00 UTC
        ("at before 2026-01-01T10:59:00Z", ["01", "3"]),
        ("met before 2026-07-01T10:00:01Z", ["01", "02"]),  # noon in Warsaw
        ("met >= 2026-07-01T12:00:00Z", ["3"]),
        ("ok", ["01"]),
        ('tags has "a"', ["01"]),
    ],
)
def test_what_is_declared_is_read_as_declared(tmp_path, write, condition, expected):
    write(tmp_path)
    assert members(tmp_path, condition) == expected


@pytest.mark.parametrize(
    ("column", "value", "declared", "condition"),
    [
        ("n", "many", "int", "n > 0"),
        ("n", "1.5", "int", "n > 0"),
        ("paid", "1_5,0", "decimal(12, 2)", "paid > 0"),
        ("born", "31/01/2026", "date", "born before 2026-01-01"),
        ("born", "2026-01-31 10:00", "date", "born before 2026-01-01"),
        ("at", "1700000000", "timestamp", "at before 2026-01-01"),
        ("met", "noon", 'timestamp in "Europe/Warsaw"', "met before 2026-01-01"),
        ("ok", "perhaps", "bool", "ok"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, column, value, declared, condition):
    row = list(ROWS[0])
    row[COLUMNS.index(column)] = value
    write_csv(tmp_path, [*ROWS, tuple(row)])
    with pytest.raises(EngineError) as caught:
        members(tmp_path, condition)
    said = f"`data/people.csv`: the value `{value}` of the column `{column}` cannot be read as `{declared}`"
    assert str(caught.value) == f"target `local`: {said}"
    assert members(tmp_path, 'code = "1.10"') == ["02"]


def test_a_file_of_texts_alone_has_its_header(tmp_path):
    (tmp_path / "data").mkdir()
    model = "entity person {\n  table people\n  key id: text\n  code: text\n}\n"
    (tmp_path / "data" / "people.csv").write_text("id,code\nx,001\n", encoding="utf-8")
    assert members(tmp_path, 'code = "001"', model) == ["x"]
    (tmp_path / "data" / "people.csv").write_text("id,code\n", encoding="utf-8")
    assert members(tmp_path, 'code = "001"', model) == []


def test_a_broken_csv_names_file_and_line(tmp_path):
    (tmp_path / "data").mkdir()
    model = "entity person {\n  table people\n  key id: text\n  n: int\n}\n"
    (tmp_path / "data" / "people.csv").write_text("id,n\n1,2\n2,3,4,5\n3,4\n", encoding="utf-8")
    with pytest.raises(EngineError) as caught:
        members(tmp_path, "n > 0", model)
    assert "cannot read the file `people.csv`: line 3: expected 2 columns, found" in str(
        caught.value
    )


@pytest.mark.parametrize("line", [b"\xff\xfe", b"\x0b\x0c\x1c \xff, \x85"])
def test_a_csv_that_is_no_text(tmp_path, line):
    (tmp_path / "data").mkdir()
    model = "entity person {\n  table people\n  key id: text\n  n: int\n}\n"
    (tmp_path / "data" / "people.csv").write_bytes(b"id,n\n" + line + b",1\n")
    with pytest.raises(EngineError, match=r"people\.csv`: line 2: it is not encoded in UTF-8$"):
        members(tmp_path, "n > 0", model)


def test_a_csv_that_nothing_can_be_told_from_names_the_line_too(tmp_path):
    (tmp_path / "data").mkdir()
    model = "entity person {\n  table people\n  key id: text\n  n: int\n}\n"
    lines = ["id,n,born", *(f"{n},{n},1990-01-01" for n in range(20_000)), "1,2", "a,b,c,d,e"]
    (tmp_path / "data" / "people.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(
        EngineError, match=r"`people\.csv`: line 20002: expected 3 columns, found 2"
    ):
        members(tmp_path, "n > 0", model)


@pytest.mark.parametrize("physical", ["DATE '2026-01-01'", "'2026-01-01'"])
def test_parquet_with_a_day_declared_as_an_instant(tmp_path, physical):
    (tmp_path / "data").mkdir()
    duckdb.sql(f"SELECT '1' AS id, {physical} AS at, {physical} AS met").write_parquet(
        str(tmp_path / "data" / "people.parquet")
    )
    assert members(tmp_path, "at before 2026-01-01T12:00:00Z") == ["1"]
    assert members(tmp_path, "at before 2026-01-01T00:00:00Z") == []
    assert members(tmp_path, "met before 2026-01-01T00:00:00Z") == ["1"]


def test_columns_are_named_as_they_are_declared(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute('CREATE TABLE people AS SELECT 1 AS "ID", 2 AS "N"')
    loaded = project(
        tmp_path, "n = 2", "entity person {\n  table people\n  key id: int\n  n: int\n}\n", DATABASE
    )
    with loaded.member_stream("asked") as stream:
        assert stream.columns == ("id",)
    assert loaded.members("asked").column_names == ["id"]
    assert loaded.preview("asked")[0].sample_columns == ("id", "n")


DATABASE = TOML.replace('files = "data/*"', 'database = "shop.duckdb"')


def test_a_database_with_a_day_declared_as_an_instant(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people AS SELECT '1' AS id, DATE '2026-01-01' AS at")
    model = "entity person {\n  table people\n  key id: text\n  at: timestamp\n}\n"
    with pytest.raises(EngineError) as caught:
        members(tmp_path, "at before 2026-01-01T12:00:00Z", model, toml=DATABASE)
    said = (
        "the column `at` of the table `people` is declared `timestamp`, but is of the type `date`"
    )
    assert str(caught.value) == f"target `local`: {said}"


ZONED = """entity person {
  table SCHEMA.people
  key id: text
  at: timestamp in "Europe/Warsaw"
  met: timestamp
  local: timestamp in "Europe/Warsaw"
}
"""
PEOPLE = """CREATE TABLE people AS SELECT '1' AS id, TIMESTAMPTZ '2026-01-01 12:00:00+00' AS at,
  TIMESTAMPTZ '2026-01-01 12:00:00+00' AS met, TIMESTAMP '2026-01-01 13:00:00' AS local"""
TWICE = 'is declared `timestamp in "Europe/Warsaw"`, but is of the type `timestamp with time zone`'
RIGHT = "met between 2026-01-01T12:00:00Z and 2026-01-01T12:00:01Z and local = met"


def test_a_database_with_a_zone_declared_over_a_zone(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(PEOPLE)
    model = ZONED.replace("SCHEMA", "main")
    with pytest.raises(EngineError) as caught:
        members(tmp_path, "at before 2026-01-01T12:00:00Z", model, toml=DATABASE)
    assert TWICE in str(caught.value)
    assert caught.value.hint.startswith("declare it `timestamp`")
    model = model.replace('at: timestamp in "Europe/Warsaw"', "at: timestamp")
    assert members(tmp_path, RIGHT, model, toml=DATABASE) == ["1"]


def test_postgres_with_a_zone_declared_over_a_zone(tmp_path, postgres, monkeypatch):
    name = postgres.create_database("zoned")
    with postgres.connect(name) as connection:
        connection.execute(PEOPLE)
    monkeypatch.setenv("SEGQL_TEST_CONNECTION", postgres.url(name))
    toml = TOML.replace("duckdb", "postgres").replace(
        'files = "data/*"', 'connection = "${SEGQL_TEST_CONNECTION}"'
    )
    model = ZONED.replace("SCHEMA", "public")
    with pytest.raises(EngineError) as caught:
        members(tmp_path, "at before 2026-01-01T12:00:00Z", model, toml=toml)
    assert TWICE in str(caught.value)
    model = model.replace('at: timestamp in "Europe/Warsaw"', "at: timestamp")
    assert members(tmp_path, RIGHT, model, toml=toml) == ["1"]


def test_postgres_with_a_day_declared_as_an_instant(tmp_path, postgres, monkeypatch):
    name = postgres.create_database("promises")
    with postgres.connect(name) as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT '1' AS id, DATE '2026-01-01' AS at, 'x'::TEXT AS t"
        )
    monkeypatch.setenv("SEGQL_TEST_CONNECTION", postgres.url(name))
    toml = TOML.replace("duckdb", "postgres").replace(
        'files = "data/*"', 'connection = "${SEGQL_TEST_CONNECTION}"'
    )
    model = (
        "entity person {\n  table public.people\n  key id: text\n  at: date\n  t: timestamp\n}\n"
    )
    with pytest.raises(EngineError, match="of the type `text`"):
        members(tmp_path, "at before 2026-01-02", model, toml=toml)
    model = model.replace("  t: timestamp\n", "  tt: text\n")
    assert members(tmp_path, "at before 2026-01-02", model, toml=toml) == ["1"]
    with pytest.raises(EngineError) as caught:
        members(tmp_path, 'tt = "x"', model, toml=toml)
    assert "there is no column `tt` in the table `public.people`" in str(caught.value)
    assert caught.value.hint.startswith(
        "`person.tt` is declared over it in all.seg:5; did you mean"
    )


def test_postgres_with_texts_that_are_equal_without_being_the_same(tmp_path, postgres, monkeypatch):
    """The wheel has no ICU, whose collations alone can be nondeterministic: the catalogue is told that one is."""
    name = postgres.create_database("loose")
    with postgres.connect(name) as connection:
        connection.execute("CREATE COLLATION loose (provider = libc, locale = 'C')")
        connection.execute(
            "UPDATE pg_collation SET collisdeterministic = FALSE WHERE collname = 'loose'"
        )
        connection.execute(
            "CREATE TABLE people (id INT, name TEXT COLLATE loose, tags TEXT[] COLLATE loose, city TEXT)"
        )
        connection.execute("INSERT INTO people VALUES (1, 'x', '{x}', 'x')")
        connection.execute('CREATE VIEW strict AS SELECT id, name COLLATE "C" AS name FROM people')
    monkeypatch.setenv("SEGQL_TEST_CONNECTION", postgres.url(name))
    toml = TOML.replace("duckdb", "postgres").replace(
        'files = "data/*"', 'connection = "${SEGQL_TEST_CONNECTION}"'
    )
    model = "entity person {{\n  table {}\n  key id: int\n  {}\n}}\n"
    for attribute in (
        "name: text",
        'name: enum("x")',
        "tags: list of text",
        "at: text column name",
    ):
        with pytest.raises(EngineError) as caught:
            members(tmp_path, "id = 1", model.format("people", attribute), toml=toml)
        column = "tags" if "tags" in attribute else "name"
        assert (
            f"the column `{column}` of the table `people` has a collation in which different texts are equal"
            in str(caught.value)
        )
        assert "deterministic" in caught.value.hint
    for table, attribute in (("people", "city: text"), ("strict", "name: text")):
        test = f'{attribute.partition(":")[0]} = "x"'
        assert members(tmp_path, test, model.format(table, attribute), toml=toml) == [1]


def test_a_missing_column_names_table_and_declaration(tmp_path):
    write_csv(tmp_path)
    model = MODEL.replace("paid:", "payd:")
    with pytest.raises(EngineError) as caught:
        members(tmp_path, "payd > 1", model)
    assert str(caught.value) == "target `local`: there is no column `payd` in the table `people`"
    said = "`person.payd` is declared over it in all.seg:6; did you mean `paid`?"
    assert caught.value.hint == said


def test_a_folder_is_no_glob(tmp_path):
    write_csv(tmp_path)
    with pytest.raises(EngineError) as caught:
        members(tmp_path, "n > 1", toml=TOML.replace("data/*", "data"))
    assert caught.value.hint == "`data` is a folder: name its files, `data/*.parquet`"


def test_the_folder_of_data_is_read_from_anywhere(tmp_path, monkeypatch):
    write_csv(tmp_path)
    loaded = project(tmp_path, "n >= 1")
    monkeypatch.chdir(Path("/"))
    assert loaded.members("asked", as_of="2027-01-01").num_rows == 2
