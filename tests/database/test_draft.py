"""What is drafted of small databases: declared keys, odd names, odd types, nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

import segql
from segql.database.columns import in_order
from segql.database.draft import draft
from segql.database.names import free, of_column, of_table, plural, singular, snake, written
from segql.diagnostics import Diagnostic
from segql.engines.base import Result
from segql.engines.catalogue import kind_of, read_catalogue
from segql.errors import EngineError, UsageError
from segql.model.nodes import Settings
from segql.source import SourceFile
from segql.syntax.formatter import format_source
from segql.syntax.words import RESERVED
from tests.support.postgres import PostgresServer

TOML = '[project]\nname = "t"\ntimezone = "UTC"\n[targets.main]\n'


def project(root: Path, target: str, text: str = "") -> segql.Project:
    (root / "segql.toml").write_text(TOML + target + "\n", encoding="utf-8")
    if text:
        (root / "draft.seg").write_text(text, encoding="utf-8")
    return segql.load(root, cache=False)


def drafted(root: Path, target: str, schemas: tuple[str, ...] = ()) -> str:
    """The draft, which has no fault, is laid out, and whose segments run: each source can be asked. Its columns are
    moved together, so that a line is the same whatever stands around it."""
    text = project(root, target).draft_model(schemas=schemas)
    asked = ""
    for kind, name in re.findall(r"^(entity|event) (\w+)", text, re.MULTILINE):
        owner = re.search(rf"^event {name} of (\w+)", text, re.MULTILINE)
        did = f"did {name}" if owner else f"count(among {name}) > 0"
        asked += (
            f"segment s_{kind}_{name} of {owner[1] if owner else name} {{ where {{ {did} }} }}\n"
        )
    found = project(root, target, f"{text}\n{asked}")
    assert [item.message for item in found.diagnostics if not is_advice(item)] == []
    for preview in found.preview(found.segments):
        assert preview.population >= 0
    (root / "draft.seg").unlink()
    assert format_source(SourceFile("draft.seg", text)).text == text
    return re.sub(r"(?<=\S) {2,}", " ", text)


def is_advice(item: Diagnostic) -> bool:
    """Of lint: no segment of the draft's own project uses what is drafted."""
    return item.code.code.startswith("SEG5") and not item.is_error


def on_duckdb(root: Path, *statements: str, schemas: tuple[str, ...] = ()) -> str:
    with duckdb.connect(str(root / "t.duckdb")) as db:
        for statement in statements:
            db.execute(statement)
    return drafted(root, 'engine = "duckdb"\ndatabase = "t.duckdb"', schemas)


@contextmanager
def on_postgres(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch, *statements: str
) -> Iterator[str]:
    server.create_database("drafted")
    with server.connect("drafted") as connection:
        for statement in statements:
            connection.execute(statement.encode())
    monkeypatch.setenv("SEGQL_TEST_DRAFT", server.url("drafted"))
    yield 'engine = "postgres"\nconnection = "${SEGQL_TEST_DRAFT}"'


DECLARED = (
    "CREATE TABLE clients (number INT PRIMARY KEY, born DATE, vip BOOLEAN NOT NULL)",
    "CREATE TABLE parcels (id INT PRIMARY KEY, receiver INT NOT NULL REFERENCES clients (number),"
    " sent TIMESTAMP NOT NULL, price DECIMAL(8, 2))",
    "CREATE TABLE stops (parcel INT REFERENCES parcels (id), stop INT, place TEXT, PRIMARY KEY (parcel, stop))",
)


def test_declared_keys_are_taken_without_a_word(tmp_path: Path) -> None:
    assert "guessed" not in on_duckdb(tmp_path, *DECLARED).split("\n\n", 1)[1]


def test_declared_keys_of_postgres_are_taken_too(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_postgres(postgres, monkeypatch, *DECLARED) as target:
        text = drafted(tmp_path, target)
    assert text == on_duckdb(tmp_path, *DECLARED)
    body = text.split("\n\n", 1)[1]
    assert (
        body
        == """\
entity client {
  table clients
  key number: int

  born: date?
  vip: bool
}

entity stop {
  table stops
  key (parcel: int, stop: int)

  place: text?
}

event parcel of client {
  table parcels
  key id: int
  on receiver
  at sent: timestamp

  price: decimal(8, 2)?

  stops: many stop on parcel
}
"""
    )


ODD = (
    'CREATE TABLE "Group Members" ("MemberID" INTEGER, "order" TEXT, "Größe (cm)" FLOAT, "month" INT, "at" DATE,'
    ' "from" TEXT, "select" INT, "2nd" TEXT, "`" INT, "日本" TEXT, "table" TEXT, "day" DATE)',
    "INSERT INTO \"Group Members\" VALUES (1, 'a', 1.5, 2, DATE '2020-01-01', 'x', 1, 'y', 1, 'z', 't', NULL)",
    'CREATE TABLE "days" (id INTEGER, "MemberID" INTEGER, "on" TIMESTAMP)',
    "INSERT INTO \"days\" VALUES (1, 1, TIMESTAMP '2020-01-01 00:00:00')",
    'CREATE TABLE "all" (x INTEGER, t BYTEA)',
    'CREATE TABLE "segment" (segment_id INTEGER, "key" TEXT, "entity" TEXT, "created" TIMESTAMP)',
)


def test_odd_names_are_quoted_and_reserved_ones_changed(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = on_duckdb(tmp_path, *ODD)
    assert "table `Group Members`" in text
    assert "key member_id: int column `MemberID`" in text
    assert "  grosse_cm: float column `Größe (cm)`" in text
    assert "group_member_month: int column `month`" in text
    assert "  # left out: ```, its name cannot be written" in text
    assert "event day_row of group_member {" in text
    assert "left out: all: no column tells its rows apart" in text
    with on_postgres(postgres, monkeypatch, *ODD) as target:
        assert "  grosse_cm: float column `Größe (cm)`" in drafted(tmp_path, target)


def test_every_word_can_be_a_table_and_a_column(tmp_path: Path) -> None:
    words = sorted(RESERVED | {"table", "event", "entity", "rows", "where"})
    statements = [
        statement
        for word in words
        for statement in (
            f'CREATE TABLE "{word}" ("{word}" INTEGER PRIMARY KEY, "{word}_2" TEXT)',
            f"CREATE TABLE used_{word} (id INTEGER PRIMARY KEY,"
            f' "{word}" INTEGER REFERENCES "{word}" ("{word}"), "at" TIMESTAMP)',
        )
    ]
    text = on_duckdb(tmp_path, *statements)
    for word in words:
        assert f"table `{word}`" in text
        assert f"on `{word}`" in text


TYPES = (
    "CREATE TYPE mood AS ENUM ('sad', 'happy')",
    "CREATE DOMAIN amount AS NUMERIC(10, 2)",
    "CREATE TABLE things (id UUID PRIMARY KEY, mood mood, paid amount, free NUMERIC, whole NUMERIC(10, 0), tags TEXT[],"
    " numbers INT[], area POLYGON, doc JSONB, zoned TIMESTAMPTZ(3), lasted INTERVAL, name CITEXT, code CHAR(3),"
    " moods mood[], data BYTEA)",
    "INSERT INTO things VALUES (gen_random_uuid(), 'sad', 1.5, 1.125, 3, '{a}', '{1}', NULL,"
    """ '{"a": {"b": 1}, "list": ["x"], "Odd Key": true}', NOW(), '1 day', 'N', 'abc', '{sad}', NULL),"""
    """ (gen_random_uuid(), 'sad', 1.5, 1.125, 3, '{a}', '{1}', NULL,"""
    """ '{"a": {"b": 2}, "list": ["y"], "Odd Key": true}', NOW(), '1 day', 'N', 'abc', '{sad}', NULL)""",
    "CREATE TABLE uses (id INT PRIMARY KEY, thing UUID NOT NULL REFERENCES things, at TIMESTAMPTZ NOT NULL)",
    "CREATE SCHEMA hidden CREATE TABLE secrets (id INT PRIMARY KEY)",
)


def test_the_types_of_postgres(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = [item.replace("CITEXT", "TEXT") for item in TYPES]
    with on_postgres(postgres, monkeypatch, *statements) as target:
        text = drafted(tmp_path, target)
        only = drafted(tmp_path, target, ("hidden",))
    for line in (
        "key id: text",
        'mood: enum("sad", "happy")',
        "paid: decimal(10, 2)",
        "free: decimal(38, 3) # the column has no scale: guessed from its values",
        "whole: int",
        "tags: list of text",
        "numbers: list of int",
        "zoned: timestamp",
        "lasted: duration",
        "a_b: int? column doc.a.b # in 2 of 2 documents",
        "list: list of text? column doc.`list`",
        "odd_key: bool? column doc.`Odd Key`",
        'moods: list of enum("sad", "happy")',
        "# left out: `area`, of the type polygon",
        "# left out: `data`, of the type bytea",
        "table hidden.secrets",
        "event use of thing",
    ):
        assert f"  {line}" in text or line in text, line
    assert "things" not in only
    assert "table hidden.secrets" in only


DOMAINS = (
    "CREATE TYPE mood AS ENUM ('sad', 'happy')",
    "CREATE DOMAIN feeling AS mood",
    "CREATE DOMAIN feelings AS mood[]",
    "CREATE DOMAIN amount AS NUMERIC(10, 2)",
    "CREATE DOMAIN price AS amount",
    "CREATE TABLE things (id INT PRIMARY KEY, feeling feeling, feelings feelings, price price, prices price[],"
    " matrix INT[][], part FLOAT, note TEXT)",
    "INSERT INTO things VALUES (1, 'sad', '{sad}', 1.5, '{1.5}', '{{1}}', 'NaN', '{\"a\": 1}'),"
    " (2, 'sad', '{sad}', 1.5, '{1.5}', '{{1}}', 1, '{\"a\": 2}')",
)


def test_types_that_are_made_of_others(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_postgres(postgres, monkeypatch, *DOMAINS) as target:
        text = drafted(tmp_path, target)
    lines = (
        'feeling: enum("sad", "happy")',
        'feelings: list of enum("sad", "happy")',
        "price: decimal(10, 2)",
        "prices: list of decimal(10, 2)",
        "part: float?",
        "a: int? column note.a # in 2 of 2 documents, JSON in a text",
        "# left out: `matrix`, of the type integer[][]",
    )
    for line in lines:
        assert f"  {line}\n" in text, line


def test_what_may_not_or_cannot_be_read_is_left_out(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = (
        "CREATE TABLE people (id INT PRIMARY KEY, name TEXT, secret TEXT)",
        "CREATE TABLE secrets (id INT PRIMARY KEY)",
        "CREATE VIEW broken AS SELECT 1 / (id - id) AS x FROM people",
        "INSERT INTO people VALUES (1, 'a', 'b')",
        "REVOKE pg_read_all_data FROM segql",
        "GRANT SELECT (id, name) ON people TO segql",
        "GRANT SELECT ON broken TO segql",
    )
    with on_postgres(postgres, monkeypatch, *statements) as target:
        monkeypatch.setenv("SEGQL_TEST_DRAFT", postgres.tcp_url("drafted"))
        try:
            text = drafted(tmp_path, target)
        finally:
            with postgres.connect() as connection:
                connection.execute("GRANT pg_read_all_data TO segql")
    assert "  name: text\n" in text
    assert "  # left out: `secret`, the user of the connection may not read it" in text
    assert "# left out: secrets: the user of the connection may not read it" in text
    assert "# left out: broken: its rows cannot be read: the server refused the statement:" in text


def test_files_of_text_and_folders(tmp_path: Path) -> None:
    for folder in ("eu", "us"):
        (tmp_path / folder).mkdir()
        rows = "".join(
            f"{n},{'web' if n % 2 else 'app'},2026-01-0{n % 9 + 1}\n" for n in range(1, 61)
        )
        (tmp_path / folder / "users.csv").write_text("id,channel,joined_on\n" + rows)
    text = drafted(tmp_path, 'engine = "duckdb"\nfiles = "*/*.csv"')
    assert "entity user {\n  table eu.users" in text
    assert "entity us_user {\n  table us.users" in text
    assert '  channel: enum("app", "web") # guessed: 2 values in 60 rows' in text
    assert "  created joined_on" in text


def test_a_table_of_versions_has_a_history(tmp_path: Path) -> None:
    text = on_duckdb(
        tmp_path,
        "CREATE TABLE customers (customer_id INT, plan TEXT, valid_from DATE, valid_to DATE)",
        "INSERT INTO customers VALUES (1, 'a', '2024-01-01', '2025-01-01'), (1, 'b', '2025-01-01', NULL),"
        " (2, 'a', '2024-01-01', NULL)",
        "CREATE TABLE prices (product_id INT, price INT, effective_from TIMESTAMP, effective_to TIMESTAMP,"
        " PRIMARY KEY (product_id, effective_from))",
        "CREATE TABLE contracts (id INT PRIMARY KEY, valid_from DATE NOT NULL, valid_to DATE)",
        "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT, ordered_at TIMESTAMP)",
        "INSERT INTO orders VALUES (1, 1, '2025-01-01'), (2, 2, '2025-01-01'), (3, 2, '2025-01-01')",
    )
    assert (
        "  key customer_id: int # guessed: with valid_from different in all 3 rows\n"
        "  history valid_from, valid_to\n" in text
    )
    assert "  key product_id: int\n  history effective_from, effective_to\n" in text
    assert "history" not in text.partition("table contracts")[2].partition("}")[0]
    assert "event order of customer {" in text
    assert "  on customer_id # guessed: all values are keys of customers\n" in text


VERSIONS = (
    "CREATE TABLE dim_customer (customer_sk INT PRIMARY KEY, customer_id TEXT, plan TEXT, valid_from TIMESTAMP NOT NULL,"
    " valid_to TIMESTAMP, is_current BOOLEAN)",
    "INSERT INTO dim_customer VALUES (1, 'a', 'x', '2024-01-01', '2025-01-01', false),"
    " (2, 'a', 'y', '2025-01-01', NULL, true), (3, 'b', 'x', '2024-01-01', NULL, true)",
)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_versions_with_keys_of_their_own_have_a_history(
    engine: str, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = (
        *VERSIONS,
        "CREATE TABLE orders (id INT PRIMARY KEY, customer_id TEXT, ordered_at TIMESTAMP)",
        "INSERT INTO orders VALUES (1, 'a', '2025-01-01'), (2, 'b', '2025-01-01'), (3, 'b', '2025-01-01')",
        "CREATE TABLE plans_snapshot (id INT, price INT, dbt_scd_id TEXT, dbt_updated_at TIMESTAMP,"
        " dbt_valid_from TIMESTAMP, dbt_valid_to TIMESTAMP)",
        "INSERT INTO plans_snapshot VALUES (1, 5, 'f0', '2024-01-01', '2024-01-01', '2025-01-01'),"
        " (1, 6, 'f1', '2025-01-01', '2025-01-01', NULL), (2, 7, 'f2', '2024-01-01', '2024-01-01', NULL)",
    )
    if engine == "duckdb":
        text = on_duckdb(tmp_path, *statements)
    else:
        with on_postgres(postgres, monkeypatch, *statements) as target:
            text = drafted(tmp_path, target)
    assert (
        "  key customer_id: text # guessed: it comes with several valid_from, customer_sk is the key of a version\n"
        "  history valid_from, valid_to\n" in text
    )
    assert "  customer_sk: int\n" in text
    assert "event order of customer {" in text
    assert "dbt_scd_id is the key of a version\n  history dbt_valid_from, dbt_valid_to\n" in text


@pytest.mark.parametrize(
    ("table", "key"),
    [
        # others refer to the versions
        ("CREATE TABLE visits (id INT PRIMARY KEY, customer_sk INT, at_time TIMESTAMP)", "customer_sk"),
        ("CREATE TABLE visits (id INT PRIMARY KEY, version INT REFERENCES dim_customer)", "customer_sk"),
        # contracts of a customer are no versions of one, and one row each is no history
        ("ALTER TABLE dim_customer RENAME TO contracts", "customer_sk"),
        ("DELETE FROM dim_customer WHERE customer_sk = 1", "customer_sk"),
        ("UPDATE dim_customer SET valid_from = '2024-01-01'", "customer_sk"),
    ],
)  # fmt: skip
def test_what_only_looks_like_versions_has_no_history(table: str, key: str, tmp_path: Path) -> None:
    text = on_duckdb(tmp_path, *VERSIONS, table)
    assert f"  key {key}: int\n" in text
    assert "  history " not in text


def test_a_broken_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("user_id,name\n1,Anna\n2,Ben\n")
    (tmp_path / "orders.parquet").write_bytes(b"PAR1 and no more")
    text = drafted(tmp_path, 'engine = "duckdb"\nfiles = "*.*"')
    assert "entity user {" in text
    assert text.endswith(
        "# left out: orders: cannot read the file `orders.parquet`: it is no Parquet file, or its end is missing\n"
    )
    (tmp_path / "users.csv").unlink()
    with pytest.raises(EngineError, match=r"cannot read the file `orders\.parquet`"):
        drafted(tmp_path, 'engine = "duckdb"\nfiles = "*.*"')


def test_nothing_to_draft_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the target `main` has no table"):
        on_duckdb(tmp_path, "CREATE SCHEMA empty")
    with pytest.raises(UsageError, match="in the schema `empty`"):
        on_duckdb(tmp_path, "CREATE TABLE x (y INT)", schemas=("empty",))
    with pytest.raises(EngineError, match="no data file matches"):
        drafted(tmp_path, 'engine = "duckdb"\nfiles = "none/*.csv"')


def test_a_table_without_rows_is_drafted_from_its_names(tmp_path: Path) -> None:
    text = on_duckdb(
        tmp_path,
        "CREATE TABLE users (user_id INT, email TEXT)",
        "CREATE TABLE logins (login_id INT, user_id INT, logged_in_at TIMESTAMP)",
    )
    assert "event login of user {" in text
    assert "guessed by the name: the table is empty" in text


@pytest.mark.parametrize(
    ("many", "one"),
    [
        *[("customers", "customer"), ("purchases", "purchase"), ("addresses", "address")],
        *[("boxes", "box"), ("companies", "company"), ("people", "person"), ("statuses", "status")],
        *[
            ("houses", "house"),
            ("order_lines", "order_line"),
            ("news", "news"),
            ("status", "status"),
        ],
        *[("analysis", "analysis"), ("branches", "branch"), ("sizes", "size"), ("bus", "bus")],
    ],
)
def test_names_of_rows_are_singular(many: str, one: str) -> None:
    assert singular(many) == one


def test_names() -> None:
    assert [
        snake(name) for name in ("CustomerID", "HTTPStatus", "Größe (cm)", "2nd", "日本", "a__b")
    ] == [
        *("customer_id", "http_status", "grosse_cm", "n_2nd", "", "a_b"),
    ]
    assert of_table("dim_Customers") == "customer"
    assert of_table("days") == "day_row"
    assert (free("a" * 70, ()), free("a" * 70, {"a" * 56})) == ("a" * 56, "a" * 56 + "_2")
    assert of_column("month", "bill") == "bill_month"
    assert [plural(name) for name in ("line", "box", "company", "day", "person")] == [
        *("lines", "boxes", "companies", "days", "people"),
    ]
    assert [written(name) for name in ("a_1", "A", "in", "1a")] == ["a_1", "`A`", "`in`", "`1a`"]


def test_scales_have_an_order() -> None:
    assert in_order(["urgent", "low", "normal"]) == ("low", "normal", "urgent")
    assert in_order(["Pro", "Free", "Team"]) == ("Free", "Pro", "Team")
    assert in_order(["web", "app"]) == ()


@pytest.mark.parametrize(
    ("physical", "kind"),
    [
        *[("DECIMAL(12,2)", "decimal(12, 2)"), ("numeric", "decimal(38, 4)"), ("NUMBER(38,0)", "int")],
        *[("VARCHAR[]", "list of text"), ("VARCHAR[][]", "None"), ("ENUM('a', 'it''s')", 'enum("a", "it\'s")')],
        *[("timestamp(3) with time zone", "timestamp"), ("character varying(10)", "text")],
        *[("STRUCT(a INTEGER, b VARCHAR)", "json"), ("MAP(VARCHAR, INTEGER)", "None"), ("BLOB", "None")],
        *[("TIMESTAMP_NTZ", "timestamp"), ("TIME", "None"), ("INTEGER[3]", "None"), ("hugeint", "int")],
        *[("NUMBER(38,2)", "decimal(38, 2)"), ("TIMESTAMP_LTZ", "timestamp"), ("TIMESTAMP_TZ", "timestamp")],
        *[("ARRAY", "list of text"), ("VARIANT", "json"), ("OBJECT", "json"), ("GEOGRAPHY", "None"), ("BINARY", "None")],
    ],
)  # fmt: skip
def test_kinds_of_physical_types(physical: str, kind: str) -> None:
    assert str(kind_of(physical)) == kind


def test_the_types_of_duckdb(tmp_path: Path) -> None:
    text = on_duckdb(
        tmp_path,
        "CREATE TABLE things (id HUGEINT PRIMARY KEY, mood ENUM('sad', 'it''s'), doc STRUCT(a INT, b STRUCT(c TEXT)),"
        " tags TEXT[], three INT[3], pairs MAP(TEXT, INT), zoned TIMESTAMPTZ, nanos TIMESTAMP_NS, day TIME, d DATE)",
        "INSERT INTO things VALUES (1, 'sad', {'a': 1, 'b': {'c': 'x'}}, ['a'], [1, 2, 3], MAP {'a': 1}, now(), NULL,"
        " NULL, today()), (2, 'sad', {'a': 1, 'b': {'c': 'x'}}, ['a'], NULL, NULL, now(), NULL, NULL, today())",
    )
    for line in (
        "key id: int",
        'mood: enum("sad", "it\'s")',
        "doc_a: int? column doc.a # in 2 of 2 documents",
        "doc_b_c: text? column doc.b.c",
        "tags: list of text",
        "zoned: timestamp",
        "nanos: timestamp?",
        "d: date",
        "# left out: `three`, of the type INTEGER[3]",
        "# left out: `pairs`, of the type MAP(VARCHAR, INTEGER)",
        "# left out: `day`, of the type TIME",
    ):
        assert f"  {line}" in text or line.replace("doc_", "") in text, line


def test_names_that_meet_are_told_apart(tmp_path: Path) -> None:
    text = on_duckdb(
        tmp_path,
        "CREATE SCHEMA old",
        'CREATE TABLE users (id INT PRIMARY KEY, login TEXT, "log in" TEXT, note TEXT, age INT, dob DATE)',
        "CREATE TABLE old.users (id INT PRIMARY KEY)",
        "CREATE TABLE logins (id INT PRIMARY KEY, user_id INT REFERENCES users (id), logged_in TIMESTAMP)",
        "CREATE TABLE notes (user_id INT REFERENCES users (id), note TEXT, stars INT)",
        'CREATE TABLE "line\nend" (id INT PRIMARY KEY)',
    )
    assert "entity old_user {\n  table old.users" in text
    assert "  login_2: text? column login" in text
    assert "  age: int?" in text
    assert "years since" not in text
    assert "rows notes of user {" in text
    assert "# left out: line end: its name cannot be written" in text


class Recorded:
    """An engine that knows a catalogue of Snowflake and counts nothing but zeros."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def run(self, sql: str) -> Result:
        self.statements.append(sql)
        if "information_schema" in sql:
            columns = [
                ("PUBLIC", "CUSTOMERS", "CUSTOMER_ID", "NUMBER(38,0)", False, None),
                ("PUBLIC", "CUSTOMERS", "Country", "TEXT", True, None),
                ("PUBLIC", "ORDERS", "ORDER_ID", "NUMBER(38,0)", False, None),
                ("PUBLIC", "ORDERS", "CUSTOMER_ID", "NUMBER(38,0)", False, None),
                ("PUBLIC", "ORDERS", "ORDERED_AT", "TIMESTAMP_NTZ", False, None),
                ("PUBLIC", "ORDERS", "AMOUNT", "NUMBER(12,2)", False, None),
                ("CRM", "NOTES", "NOTE", "VARIANT", True, None),
            ]
            return Result((), [(*column, True) for column in columns])
        if "CURRENT_SCHEMA" in sql:
            return Result((), [("PUBLIC",)])
        (statement,) = sqlglot.parse(sql, read="snowflake")
        assert isinstance(statement, exp.Select)
        return Result((), [(0,) * len(statement.expressions)])


def test_the_statements_for_snowflake() -> None:
    """What would be sent, and what is made of an answer: it has not been tried on Snowflake itself."""
    engine = Recorded()
    catalogue = read_catalogue(engine, "snowflake")  # type: ignore[arg-type]
    text = draft(engine, "snowflake", Settings(), catalogue, "prod")  # type: ignore[arg-type]
    body = re.sub(r"(?<=\S) {2,}", " ", text.split("\n\n", 1)[1])
    assert "  table customers\n  key customer_id: int # guessed: the table is empty" in body
    assert "  country: text? column `Country`" in body
    assert "event order of customer {" in body
    assert "  amount: decimal(12, 2)" in body
    assert "# left out: crm.notes: no column tells its rows apart" in body
    counted = [sql for sql in engine.statements if "CUSTOMERS" in sql.upper() and "COUNT" in sql]
    assert any('COUNT("Country")' in sql for sql in counted), counted
