"""What `model check` finds in a database that does not hold what the model says; the same on DuckDB and Postgres."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import duckdb
import pytest
import sqlglot
from sqlglot import exp

import segql
from segql.database.check import Checker
from segql.engines.base import Result
from segql.engines.catalogue import PhysicalColumn, PhysicalTable, kind_of
from segql.errors import EngineError, FaultsError, UsageError
from segql.model.nodes import Table
from segql.report import model_check as report
from segql.report.model_check import Finding, ModelCheck
from tests.snowflake.parsers import sqloxide_fault
from tests.support.postgres import PostgresServer

MODEL = """
entity customer {
  table   crm.customers
  key     customer_id: int
  created created_at
  only { not erased }
  erased:  bool
  country: text
  plan:    enum("free", "pro")?
  home:    point(lat, lon)?
  city:    text? column doc.city
  topics:  list of text from topics.topic on customer_id
  status:  text? history from changes.status on customer_id at changed_at
  friend:  one customer on friend_id
}

event purchase of customer {
  table orders
  key   order_id: int
  on    customer_id
  at    ordered_at: timestamp
  amount: decimal(8, 2)
  note:   text?
}

event visit of customer {
  table visits
  key   visit_id: int
  on    customer_id
  at    visited_on: date
}

rows answers of customer {
  table answers
  on    customer_id
  score: int
}

list staff of customer by customer_id { table staff column member }
"""

TABLES = (
    "CREATE SCHEMA crm",
    "CREATE TABLE crm.customers (customer_id INT, created_at TIMESTAMP, erased BOOLEAN, country TEXT, plan TEXT,"
    " lat DOUBLE PRECISION, lon DOUBLE PRECISION, doc JSON, friend_id INT)",
    "CREATE TABLE topics (customer_id INT, topic TEXT)",
    "CREATE TABLE changes (customer_id INT, status TEXT, changed_at TIMESTAMP)",
    "CREATE TABLE orders (order_id INT, customer_id INT, ordered_at TIMESTAMP, amount DECIMAL(8, 2), note TEXT)",
    "CREATE TABLE visits (visit_id INT, customer_id INT, visited_on DATE)",
    "CREATE TABLE answers (customer_id INT, score INT)",
    "CREATE TABLE staff (member INT)",
)
ROWS = (
    """INSERT INTO crm.customers VALUES
      (1, '2025-01-01 00:00:00', FALSE, 'PL', 'free', 52, 21, '{"city": "x"}', 2),
      (2, '2025-02-01 00:00:00', FALSE, 'DE', 'pro', NULL, 21, '{}', NULL),
      (3, '2025-03-01 00:00:00', FALSE, 'DE', NULL, NULL, NULL, NULL, 1)""",
    "INSERT INTO topics VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO changes VALUES (1, 'new', '2025-01-01 00:00:00'), (1, 'old', '2025-02-01 00:00:00')",
    """INSERT INTO orders VALUES
      (1, 1, '2025-05-01 10:00:00', 1.5, NULL), (2, 2, '2025-06-01 10:00:00', 2.5, 'x')""",
    "INSERT INTO visits VALUES (1, 1, '2025-06-01')",
    "INSERT INTO answers VALUES (1, 5), (1, 5)",
    "INSERT INTO staff VALUES (3)",
)
AS_OF = "2025-06-10"
Check: TypeAlias = "Callable[..., ModelCheck]"


@pytest.fixture(params=["duckdb", "postgres"])
def checked(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Check:
    """Checks a model against the tables and rows above and what `more` statements make of them."""

    def run(*more: str, model: str = MODEL, extra: str = "", **options: object) -> ModelCheck:
        statements = [*TABLES, *ROWS, *more]
        if request.param == "duckdb":
            target = 'engine = "duckdb"\ndatabase = "t.duckdb"'
            with duckdb.connect(str(tmp_path / "t.duckdb")) as db:
                for statement in statements:
                    db.execute(statement)
        else:
            target = 'engine = "postgres"\nconnection = "${SEGQL_TEST_CHECK}"'
            postgres.create_database("checked")
            monkeypatch.setenv("SEGQL_TEST_CHECK", postgres.url("checked"))
            with postgres.connect("checked") as connection:
                for statement in statements:
                    connection.execute(statement.encode())
        return project(tmp_path, target + extra, model).check_model(as_of=AS_OF, **options)  # type: ignore[arg-type]

    return run


def project(root: Path, target: str, model: str) -> segql.Project:
    (root / "segql.toml").write_text(
        f'[project]\nname = "t"\ntimezone = "Europe/Warsaw"\n[targets.main]\n{target}\n'
    )
    (root / "model.seg").write_text(model, encoding="utf-8")
    return segql.load(root, cache=False)


def told(findings: Sequence[Finding]) -> list[tuple[str, str, int, tuple[tuple[str, int], ...]]]:
    return [(item.diagnostic.code.name, item.source, item.count, item.samples) for item in findings]


def test_nothing_is_found_where_all_is_well(checked: Check) -> None:
    found = checked()
    assert told(found.findings) == []
    facts = {item.name: item for item in found.sources}
    assert {name: item.rows for name, item in facts.items()} == {
        "customer": 3,
        "purchase": 2,
        "visit": 1,
        "answers": 2,
    }
    assert dict(facts["customer"].unknown) == {
        "plan": 1,
        "home": 2,
        "city": 2,
        "friend_id": 1,
    }
    assert str(facts["purchase"].newest) == "2025-06-01 10:00:00+00:00"
    assert facts["purchase"].age == timedelta(days=8, hours=12)
    assert facts["visit"].age == timedelta(days=8)  # to the end of the day in Warsaw


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("INSERT INTO crm.customers VALUES (3, NULL, FALSE, 'X', NULL, NULL, NULL, NULL, NULL)",
         ("key-not-unique", "customer", 2, (("customer_id 3", 2),))),
        ("INSERT INTO orders VALUES (2, 1, '2025-05-02 10:00:00', 1, NULL)",
         ("key-not-unique", "purchase", 2, (("order_id 2", 2),))),
        ("UPDATE crm.customers SET country = NULL WHERE customer_id > 1",
         ("no-value", "customer", 2, (("customer_id 2", 1), ("customer_id 3", 1)))),
        ("INSERT INTO orders VALUES (3, 2, NULL, 1, NULL)",
         ("no-value", "purchase", 1, (("order_id 3", 1),))),
        ("INSERT INTO answers VALUES (1, NULL)", ("no-value", "answers", 1, ())),
        ("INSERT INTO visits VALUES (NULL, 1, '2025-05-01'), (NULL, 2, '2025-05-01')",
         ("no-value", "visit", 2, (("visit_id unknown", 1), ("visit_id unknown", 1)))),
        ("UPDATE crm.customers SET plan = 'team' WHERE customer_id <> 1",
         ("enum-stranger", "customer", 2, (('"team"', 2),))),
        ("INSERT INTO orders VALUES (3, 9, '2025-05-02 10:00:00', 1, NULL)",
         ("no-such-row", "purchase", 1, (("9", 1),))),
        ("UPDATE crm.customers SET friend_id = 7 WHERE customer_id <> 1",
         ("no-such-row", "customer", 2, (("7", 2),))),
        ("INSERT INTO answers VALUES (8, 1), (8, 2)", ("no-such-row", "answers", 2, (("8", 2),))),
        ("INSERT INTO topics VALUES (4, 'a')", ("no-such-row", "customer", 1, (("4", 1),))),
        ("INSERT INTO staff VALUES (1), (NULL), (5)", ("no-such-row", "staff", 1, (("5", 1),))),
        ("INSERT INTO orders VALUES (3, 2, '2025-06-01 10:00:00', 2.5, 'x')",
         ("repeated-event", "purchase", 1, (("(customer_id 2, ordered_at 2025-06-01 10:00:00)", 2),))),
        ("INSERT INTO orders VALUES (3, 2, '2025-01-31 23:00:00', 2.5, 'x')",
         ("event-before-created", "purchase", 1, (("order_id 3", 1),))),
        ("INSERT INTO visits VALUES (3, 3, '2025-02-28')",
         ("event-before-created", "visit", 1, (("visit_id 3", 1),))),
        ("INSERT INTO orders VALUES (3, 2, '2025-06-09 22:00:00', 2.5, 'x')",
         ("event-in-future", "purchase", 1, (("order_id 3", 1),))),
        ("INSERT INTO visits VALUES (3, 3, '2025-06-10')",
         ("event-in-future", "visit", 1, (("visit_id 3", 1),))),
        ("DELETE FROM answers", ("empty-table", "answers", 1, ())),
        ("INSERT INTO changes VALUES (1, 'new', '2025-02-01 00:00:00')",
         ("ambiguous-change", "customer", 1, (("(customer_id 1, changed_at 2025-02-01 00:00:00)", 2),))),
        ("INSERT INTO changes VALUES (1, NULL, '2025-02-01 00:00:00')",
         ("ambiguous-change", "customer", 1, (("(customer_id 1, changed_at 2025-02-01 00:00:00)", 2),))),
        ("INSERT INTO changes VALUES (9, 'new', '2025-02-01 00:00:00')",
         ("no-such-row", "customer", 1, (("9", 1),))),
        ("DROP TABLE visits", ("missing-table", "visit", 1, ())),
        ("ALTER TABLE orders DROP COLUMN note", ("missing-column", "purchase", 1, ())),
        ("ALTER TABLE orders ALTER COLUMN note TYPE DATE USING NULL",
         ("wrong-type", "purchase", 1, ())),
        ("ALTER TABLE topics DROP COLUMN topic", ("missing-column", "customer", 1, ())),
    ],
)  # fmt: skip
def test_a_finding(checked: Check, statement: str, finding: tuple[object, ...]) -> None:
    assert told(checked(statement).findings) == [finding]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO crm.customers VALUES (1, NULL, TRUE, NULL, 'x', NULL, NULL, NULL, 99)",
        "INSERT INTO orders VALUES (3, 2, '2025-06-09 21:59:59', 2.5, 'x')",
        "INSERT INTO orders VALUES (3, 2, '2025-06-01 10:00:00', 2.5, NULL)",
        "INSERT INTO visits VALUES (3, 3, '2025-03-01')",
        "INSERT INTO changes VALUES (2, 'new', '2025-02-01 00:00:00')",
        "UPDATE crm.customers SET created_at = NULL",
        "INSERT INTO visits VALUES (2, 1, '2025-06-02')",
        "ALTER TABLE orders ALTER COLUMN amount TYPE DECIMAL(7, 1)",
    ],
)
def test_no_finding(checked: Check, statement: str) -> None:
    """Rows that `only` leaves out, the last second before `as of`, another value, the day of the creation…"""
    assert told(checked(statement).findings) == []


def test_all_that_is_wrong_is_found_at_once(checked: Check) -> None:
    found = checked(
        "INSERT INTO crm.customers VALUES (3, '2025-03-02 00:00:00', FALSE, NULL, 'x', 1, 1, NULL, 9)",
        "INSERT INTO orders VALUES (3, 3, '2025-03-01 10:00:00', 1, NULL)",
        "ALTER TABLE answers DROP COLUMN score",
    )
    assert [(item.diagnostic.code.name, item.count) for item in found.findings] == [
        ("key-not-unique", 2),
        ("no-value", 1),
        ("enum-stranger", 1),
        ("no-such-row", 1),
        ("missing-column", 1),
    ]
    assert {item.name: item.rows for item in found.sources}["purchase"] == 3


def test_freshness(checked: Check) -> None:
    found = checked(fresh_within=timedelta(days=8, hours=6))
    assert told(found.findings) == [("stale-event", "purchase", 2, ())]
    assert "the newest `purchase` is 8 days old" in found.findings[0].diagnostic.message


def test_the_target_can_say_how_fresh(checked: Check) -> None:
    assert told(checked(extra='\nfresh_within = "1 week"').findings) == [
        ("stale-event", "purchase", 2, ()),
        ("stale-event", "visit", 1, ()),
    ]


def test_no_event_at_all_is_not_fresh(checked: Check) -> None:
    found = checked("UPDATE visits SET visited_on = '2026-01-01'", fresh_within=timedelta(days=30))
    assert [item.diagnostic.code.name for item in found.findings] == [
        "event-in-future",
        "stale-event",
    ]


def test_a_key_that_is_declared_unique_is_not_counted(checked: Check) -> None:
    assert told(checked("ALTER TABLE orders ADD PRIMARY KEY (order_id)").findings) == []


def test_examples_are_limited(checked: Check) -> None:
    found = checked("UPDATE crm.customers SET country = NULL", limit=2)
    assert found.findings[0].samples == (("customer_id 1", 1), ("customer_id 2", 1))


EVENTS = """
entity customer {
  table customers
  key   id: int
}
event hit of customer {
  table hits
  key   hit_id: int
  on    id
  at    happened_at: timestamp
  page:  text? column doc.page
  place: point(lat, lon)?
  tags:  list of text split by ","
}
"""


@pytest.mark.parametrize(
    ("more", "repeated"),
    [
        ("""(2, 1, '2025-01-02 00:00:00', '{"page": "a"}', 1, 1, 'x,y')""", 1),
        ("""(2, 1, '2025-01-02 00:00:00', '{"page": "b"}', 1, 1, 'x,y')""", 0),
        ("""(2, 1, '2025-01-02 00:00:00', '{"page": "a"}', 1, 2, 'x,y')""", 0),
        ("""(2, 1, '2025-01-02 00:00:00', '{"page": "a"}', 1, 1, 'x,z')""", 0),
    ],
)
def test_events_are_repeated_in_all_their_values(checked: Check, more: str, repeated: int) -> None:
    found = checked(
        "CREATE TABLE customers (id INT)",
        "CREATE TABLE hits (hit_id INT, id INT, happened_at TIMESTAMP, doc JSON, lat DOUBLE PRECISION,"
        " lon DOUBLE PRECISION, tags TEXT)",
        "INSERT INTO customers VALUES (1)",
        """INSERT INTO hits VALUES (1, 1, '2025-01-02 00:00:00', '{"page": "a"}', 1, 1, 'x,y')""",
        f"INSERT INTO hits VALUES {more}",
        model=EVENTS,
    )
    assert sum(item.count for item in found.findings) == repeated


VERSIONS = """
entity customer {
  table customers
  key   customer_id: text
  history valid_from, valid_to
}
event login of customer {
  table logins
  key   id: int
  on    customer_id
  at    `at`: timestamp
}
"""
VERSIONED = (
    "CREATE TABLE customers (customer_id TEXT, valid_from TIMESTAMP, valid_to TIMESTAMP)",
    'CREATE TABLE logins (id INT, customer_id TEXT, "at" TIMESTAMP)',
    "INSERT INTO customers VALUES ('a', '2025-01-01 00:00:00', '2025-02-01 00:00:00'),"
    " ('a', '2025-02-01 00:00:00', NULL), ('b', '2025-01-01 00:00:00', NULL)",
    "INSERT INTO logins VALUES (1, 'a', '2025-03-01 00:00:00')",
)


def test_versions_and_keys_of_text(checked: Check) -> None:
    more = "INSERT INTO logins VALUES (2, 'A', '2025-03-01 00:00:00')"
    found = checked(*VERSIONED, more, model=VERSIONS)
    assert told(found.findings) == [("no-such-row", "login", 1, (('"A"', 1),))]
    assert [item.gaps for item in found.sources] == [0, None]


@pytest.mark.parametrize(
    ("version", "findings", "gaps"),
    [
        ("('a', '2025-01-10 00:00:00', '2025-01-20 00:00:00')",
         [("overlapping-versions", "customer", 1, (('(customer_id "a", valid_from 2025-01-01 00:00:00)', 1),))], 1),
        ("('b', '2025-03-01 00:00:00', '2025-04-01 00:00:00')",
         [("overlapping-versions", "customer", 1, (('(customer_id "b", valid_from 2025-01-01 00:00:00)', 1),))], 0),
        ("('a', '2024-01-01 00:00:00', '2024-02-01 00:00:00')", [], 1),
        ("('a', '2024-01-01 00:00:00', '2025-01-01 00:00:00')", [], 0),
        ("('c', '2025-01-01 00:00:00', '2024-01-01 00:00:00')",
         [("version-never-holds", "customer", 1, (('(customer_id "c", valid_from 2025-01-01 00:00:00)', 1),))], 0),
        ("('a', NULL, '2024-01-01 00:00:00')",
         [("version-never-holds", "customer", 1, (('(customer_id "a", valid_from unknown)', 1),))], 0),
        ("('a', '2025-02-01 00:00:00', NULL)",
         [("key-not-unique", "customer", 2, (('(customer_id "a", valid_from 2025-02-01 00:00:00)', 2),))], 0),
    ],
)  # fmt: skip
def test_versions(checked: Check, version: str, findings: list[object], gaps: int) -> None:
    found = checked(*VERSIONED, f"INSERT INTO customers VALUES {version}", model=VERSIONS)
    assert told(found.findings) == findings
    assert found.sources[0].gaps == gaps


INSIDE = """
entity customer {
  table customers
  key   id: int
  city:   text? column doc.city
  age:    int? column doc.age
  kinds:  list of enum("x", "y")? column doc.kinds
  moods:  list of enum("sad", "happy")?
  topics: list of enum("a", "b") from topics.topic on customer_id
  status: enum("new", "old")? history from changes.status on customer_id at changed_at
}
"""
DOCUMENTS = (
    "CREATE TYPE mood AS ENUM ('sad', 'happy', 'odd')",
    "CREATE TABLE customers (id INT, doc TEXT, moods mood[])",
    """INSERT INTO customers VALUES (1, '{"city": "x", "age": 3, "kinds": ["x", null]}', CAST(ARRAY['sad'] AS mood[])),
      (2, '{"city": "x", "age": null, "kinds": []}', CAST(ARRAY['happy', NULL] AS mood[])), (3, NULL, NULL)""",
)


@pytest.mark.parametrize(
    ("statement", "findings"),
    [
        ("INSERT INTO topics VALUES (1, 'b')", []),
        ("UPDATE customers SET moods = CAST(ARRAY['odd', 'sad', 'odd'] AS mood[]) WHERE id < 3",
         [("enum-stranger", "customer", 2, (('"odd"', 2),))]),
        ("UPDATE customers SET doc = '{\"kinds\": [\"x\", \"q\", \"r\"]}' WHERE id = 1",
         [("enum-stranger", "customer", 1, (('"q"', 1), ('"r"', 1)))]),
        ("UPDATE customers SET doc = 'oops' WHERE id = 1",
         [("unreadable-inside", "customer", 1, (("id 1", 1),))]),
        ("UPDATE customers SET doc = '{\"age\": \"many\"}' WHERE id < 3",
         [("unreadable-inside", "customer", 2, (('"many"', 2),))]),
        ("INSERT INTO topics VALUES (1, 'z')", [("enum-stranger", "customer", 1, (('"z"', 1),))]),
        ("INSERT INTO changes VALUES (2, 'gone', '2025-01-01 00:00:00')",
         [("enum-stranger", "customer", 1, (('"gone"', 1),))]),
    ],
)  # fmt: skip
def test_lists_and_documents(checked: Check, statement: str, findings: list[object]) -> None:
    found = checked(*DOCUMENTS, statement, model=INSIDE)
    assert told(found.findings) == findings


def test_a_text_that_is_no_json_holds_nothing(checked: Check) -> None:
    """The members are the same on both engines, whatever stands in other rows."""
    found = checked(*DOCUMENTS, "INSERT INTO customers VALUES (4, 'oops', NULL)", model=INSIDE)
    assert dict(found.sources[0].unknown)["city"] == 2


def test_a_table_that_fails_stops_no_other(checked: Check) -> None:
    found = checked(
        "CREATE TABLE texts AS SELECT 'x' AS id",
        "CREATE VIEW customers AS SELECT CAST(id AS INT) AS id FROM texts",
        "CREATE TABLE hits (hit_id INT, id INT, happened_at TIMESTAMP, doc JSON, lat DOUBLE PRECISION,"
        " lon DOUBLE PRECISION, tags TEXT)",
        "INSERT INTO hits VALUES (1, 1, NULL, NULL, NULL, NULL, '')",
        model=EVENTS,
    )
    assert [item.diagnostic.code.name for item in found.findings] == ["not-answered", "no-value"]
    assert "not all of `customer` can be asked: " in found.findings[0].diagnostic.message
    assert [item.name for item in found.sources] == ["hit"]


def test_one_fault_is_told_once(checked: Check) -> None:
    """A key of another type says nothing of the columns that refer to it, a time of another type nothing of its age."""
    found = checked(
        "CREATE TABLE customers (id INT)",
        "CREATE TABLE hits (hit_id INT, id INT, happened_at DATE, doc JSON, lat DOUBLE PRECISION,"
        " lon DOUBLE PRECISION, tags TEXT)",
        "INSERT INTO customers VALUES (1)",
        "INSERT INTO hits VALUES (1, 1, '2020-01-01', NULL, NULL, NULL, '')",
        model=EVENTS.replace("id: int", "id: text", 1),
        fresh_within=timedelta(days=1),
    )
    assert [item.diagnostic.message for item in found.findings] == [
        "the column `id` of the table `customers` is not `text`",
        "the column `happened_at` of the table `hits` is not `timestamp`",
    ]


def test_a_column_that_is_not_there_is_told_beside_its_wrong_key(checked: Check) -> None:
    found = checked(
        "CREATE TABLE customers (id INT)",
        "CREATE TABLE hits (hit_id INT, happened_at TIMESTAMP, doc JSON, lat DOUBLE PRECISION,"
        " lon DOUBLE PRECISION, tags TEXT)",
        model=EVENTS.replace("id: int", "id: text", 1),
    )
    assert [item.diagnostic.message for item in found.findings if item.diagnostic.is_error] == [
        "the column `id` of the table `customers` is not `text`",
        "there is no column `id` in the table `hits`",
    ]


def test_a_foreign_key_of_another_type_than_the_key(checked: Check) -> None:
    found = checked(
        "CREATE TABLE customers (id INT)",
        "CREATE TABLE hits (hit_id INT, id TEXT, happened_at TIMESTAMP, doc JSON, lat DOUBLE PRECISION,"
        " lon DOUBLE PRECISION, tags TEXT)",
        model=EVENTS,
    )
    (wrong,) = [item.diagnostic for item in found.findings if item.diagnostic.is_error]
    assert wrong.message == "the column `id` of the table `hits` is not `int`"
    assert [item.text for item in wrong.helps] == [
        "the key `id` of `customer` is `int`: ask a view that converts the column"
    ]


def test_what_another_target_cannot_do_is_no_fault_here(tmp_path: Path) -> None:
    targets = "\n".join(
        f'[targets.{engine}]\nengine = "{engine}"\n' for engine in ("clickhouse", "spark")
    )
    (tmp_path / "segql.toml").write_text(
        '[project]\nname = "t"\ntimezone = "UTC"\n'
        f'[targets.main]\nengine = "duckdb"\ndatabase = "t.duckdb"\n{targets}'
    )
    (tmp_path / "model.seg").write_text(
        "entity customer {\n  table customers\n  key id: int\n  tags: list of text?\n}\n"
        'segment tagged of customer {\n  where {\n    tags has "a" if known\n  }\n}\n'
    )
    with duckdb.connect(str(tmp_path / "t.duckdb")) as db:
        db.execute("CREATE TABLE customers AS SELECT 1 AS id, ['a'] AS tags")
    project = segql.load(tmp_path, cache=False)
    assert [item.code.name for item in project.diagnostics if item.is_error] == ["not-in-dialect"]
    assert project.check_model("main").findings == ()
    with pytest.raises(FaultsError, match="is not possible on clickhouse"):
        project.check_model("clickhouse")
    with pytest.raises(EngineError, match="segql does not run statements on Spark"):
        project.check_model("spark")


def test_a_broken_file_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "segql.toml").write_text(
        '[project]\nname = "t"\ntimezone = "UTC"\n[targets.main]\nengine = "duckdb"\nfiles = "data/*"\n'
    )
    (tmp_path / "model.seg").write_text(EVENTS)
    data = tmp_path / "data"
    data.mkdir()
    (data / "customers.parquet").write_bytes(b"PAR1 and no more")
    (data / "hits.csv").write_text("hit_id,id,happened_at,doc,lat,lon,tags\n1,1,,,,,\n")
    found = segql.load(tmp_path, cache=False).check_model()
    broken, *others = found.findings
    assert broken.diagnostic.code.name == "not-answered"
    assert broken.diagnostic.message == (
        "cannot read the file `data/customers.parquet`: it is no Parquet file, or its end is missing"
    )
    assert broken.source == "customer"
    assert [item.text for item in broken.diagnostic.helps] == [
        "write the file again, or leave it out of `files`"
    ]
    assert {(item.source, item.diagnostic.code.name) for item in others} == {("hit", "no-value")}
    assert [item.name for item in found.sources] == ["hit"]


def test_names_that_differ_in_case_only(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.create_database("checked")
    with postgres.connect("checked") as connection:
        for statement in (
            'CREATE TABLE "Things" ("Id" INT)',
            'CREATE TABLE things ("ID" DATE, "Id" TEXT, id INT)',
            "INSERT INTO things VALUES ('2025-01-01', 'a', 1)",
        ):
            connection.execute(statement.encode())
    monkeypatch.setenv("SEGQL_TEST_CHECK", postgres.url("checked"))
    target = 'engine = "postgres"\nconnection = "${SEGQL_TEST_CHECK}"'
    model = "entity thing {\n  table things\n  key id: int\n  a: text column `Id`\n  b: date column `ID`\n}\n"
    found = project(tmp_path, target, model).check_model()
    assert told(found.findings) == []
    assert [item.rows for item in found.sources] == [1]


class Recorded:
    """An engine that finds the same number of everything, so that examples are asked for too."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def run(self, sql: str) -> Result:
        self.statements.append(sql)
        (statement,) = sqlglot.parse(sql, read="snowflake")
        assert isinstance(statement, exp.Select)
        row = tuple('["q"]' if item.alias == "items" else 2 for item in statement.expressions)
        return Result((), [row])


def test_the_statements_for_snowflake(tmp_path: Path) -> None:
    """What would be sent, read by a parser that knows Snowflake: it has not been tried on Snowflake itself."""
    columns = {
        "customers": "id NUMBER(38,0); doc VARIANT; moods TEXT; customer_id NUMBER(38,0); valid_from TIMESTAMP_NTZ;"
        " valid_to TIMESTAMP_NTZ",
        "topics": "customer_id NUMBER(38,0); topic TEXT",
        "changes": "customer_id NUMBER(38,0); status TEXT; changed_at TIMESTAMP_NTZ",
        "logins": "id NUMBER(38,0); customer_id NUMBER(38,0); at TIMESTAMP_NTZ",
    }
    catalogue = [
        PhysicalTable(
            *(Table((name,)), "public"),
            tuple(
                PhysicalColumn(column, type_, True, kind_of(type_))
                for column, type_ in (item.split() for item in said.split(";"))
            ),
        )
        for name, said in columns.items()
    ]
    versions = VERSIONS.replace("customer_id: text", "customer_id: int")
    for model in (INSIDE.replace('happy")?', 'happy")? split by ","'), versions):
        loaded = project(tmp_path, 'engine = "duckdb"\ndatabase = "x"', model)
        engine = Recorded()
        clock = loaded.clock(AS_OF)
        Checker(loaded.model, engine, "snowflake", clock, catalogue).check("main")  # type: ignore[arg-type]
        assert [sqloxide_fault(sql) for sql in engine.statements if sqloxide_fault(sql)] == []
        assert any(
            ("ARRAY_EXCEPT" if model != versions else "LEAD") in s for s in engine.statements
        )


def test_what_may_not_be_read_is_told(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.create_database("checked")
    with postgres.connect("checked") as connection:
        for statement in (
            "CREATE TABLE customers (id INT, since DATE, name TEXT)",
            "CREATE TABLE products (id INT)",
            "INSERT INTO customers VALUES (1, '2025-01-01', 'a')",
            "REVOKE pg_read_all_data FROM segql",
            "GRANT SELECT (id, since) ON customers TO segql",
        ):
            connection.execute(statement.encode())
        monkeypatch.setenv("SEGQL_TEST_CHECK", postgres.tcp_url("checked"))
        target = 'engine = "postgres"\nconnection = "${SEGQL_TEST_CHECK}"'
        try:
            found = project(tmp_path, target, FILES).check_model()
        finally:
            connection.execute("GRANT pg_read_all_data TO segql")
    assert [(item.diagnostic.code.name, item.diagnostic.message) for item in found.findings] == [
        (
            "no-permission",
            "the user of the connection may not read the column `name` of the table `customers`",
        ),
        ("no-permission", "the user of the connection may not read the table `products`"),
    ]
    assert [(item.name, item.rows) for item in found.sources] == [("customer", 1)]


FILES = """
entity customer {
  table customers
  key   id: int
  since: date
  name:  text
}
entity product {
  table products
  key   id: int
}
"""


def test_files_of_text_are_read_as_declared(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,since,name\n1,2025-01-01,a\n2,x,b\n2,2025-01-01,\n")
    found = project(tmp_path, 'engine = "duckdb"\nfiles = "*.csv"', FILES).check_model()
    assert told(found.findings) == [
        ("unreadable-value", "customer", 1, ()),
        ("key-not-unique", "customer", 2, (("id 2", 2),)),
        ("no-value", "customer", 1, (("id 2", 1),)),
        ("missing-table", "product", 1, ()),
    ]
    assert (
        "the value `x` of the column `since` cannot be read as `date`"
        in found.findings[0].diagnostic.message
    )


def test_what_cannot_be_checked(tmp_path: Path) -> None:
    files = 'engine = "duckdb"\nfiles = "*.csv"'
    (tmp_path / "customers.csv").write_text("id,since,name\n1,2025-01-01,a\n")
    with pytest.raises(FaultsError, match="the model has faults"):
        project(tmp_path, files, FILES.replace("date", "dat")).check_model()
    with pytest.raises(UsageError, match="declares no entity"):
        project(tmp_path, files, "segment a of b {\n  where { c = 1 }\n}\n").check_model()
    with pytest.raises(EngineError, match="no data file matches"):
        project(tmp_path, 'engine = "duckdb"\nfiles = "*.parquet"', FILES).check_model()


def test_json(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,since,name\n1,2025-01-01,a\n2,2025-01-01,\n")
    opened = project(
        tmp_path, 'engine = "duckdb"\nfiles = "*.csv"', FILES.partition("entity product")[0]
    )
    made = json.loads(report.document(opened.check_model(as_of=AS_OF), opened.source))
    assert made["as_of"] == "2025-06-09T22:00:00Z"
    assert made["sources"] == [
        {"name": "customer", "kind": "entity", "table": "customers", "rows": 2, "unknown": {}}
    ]
    assert made["summary"] == {"errors": 1, "warnings": 0}
    (finding,) = made["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == ("SEG705", "model.seg", 6)
    assert (finding["source"], finding["count"]) == ("customer", 1)
    assert finding["samples"] == [{"text": "id 2", "rows": 1}]


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 5, "0%"), (1, 1000, "<1%"), (999, 1000, ">99%"), (1, 3, "33%"), (5, 5, "100%")],
)
def test_shares(part: int, whole: int, said: str) -> None:
    assert report.percent(part, whole) == said


def test_lengths() -> None:
    spans = [
        timedelta(),
        timedelta(minutes=119),
        timedelta(hours=2),
        timedelta(hours=47),
        timedelta(days=9),
    ]
    assert list(map(report.length, spans)) == [
        *("0 minutes", "119 minutes", "2 hours", "47 hours", "9 days"),
    ]
