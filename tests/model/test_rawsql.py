"""Raw SQL: what is refused because it gives another answer for the same rows, and what is not."""

from __future__ import annotations

import pytest

from segql.model import resolve
from segql.model.nodes import Settings
from segql.source import SourceFile
from segql.syntax.parser import parse

DIALECTS = ("duckdb", "postgres", "snowflake")


def messages(sql: str, dialect: str) -> list[str]:
    escaped = sql.replace('"', '\\"')
    text = f'entity thing {{\n  table t\n  key id: int\n  a: int? = sql "{escaped}"\n}}\n'
    parsed = parse(SourceFile("a.seg", text))
    assert not parsed.diagnostics
    found = resolve([parsed.file], Settings("UTC", "monday", dialect))
    assert {item.code.code for item in found.diagnostics} <= {"SEG408"}
    return [item.message for item in found.diagnostics]


CLOCK = [
    "now()", "pg_catalog.now()", '"now"()', "current_date", "x < CURRENT_TIMESTAMP", "current_time", "localtimestamp",
    "localtime", "today()", "sysdate()", "getdate()", "age(x)", "date 'today'", "' Now'::timestamp",
    "clock_timestamp()", "transaction_timestamp()", "statement_timestamp()", "get_current_timestamp()",
    "current_localtimestamp()", "timeofday()", "coalesce(x, current_timestamp(3))", "cast('tomorrow' as date)",
]  # fmt: skip
CHANCE = [
    "random()", "x + rand()", "uuid()", "gen_random_uuid()", "uuid_generate_v4()", "uuidv7()", "uuid_string()",
    "randstr(5, random())", "setseed(0.1)",
]  # fmt: skip
STATE = [
    "nextval('s')", "setval('s', 1)", "currval('s')", "s.nextval", "current_user", "session_user", "current_role",
    "current_setting('a')", "set_config('a', 'b', false)", "getvariable('a')", "getenv('HOME')", "version()",
    "current_database()", "txid_current()",
]  # fmt: skip
SERVER = [
    "pg_sleep(1)", "pg_read_file('a')", "pg_terminate_backend(x)", "lo_import('a')", "read_text('a')",
    "read_csv_auto('a')", "query_to_xml('select 1', true, true, '')", "dblink('a', 'b')", "system$wait(1)",
    "inet_client_addr()",
]  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        *((sql, "reads the clock") for sql in CLOCK),
        *((sql, "gives another value each time") for sql in CHANCE),
        *((sql, "the state of the session") for sql in STATE),
        *((sql, "reads files or asks the server") for sql in SERVER),
    ],
)
def test_refused(sql: str, reason: str, dialect: str) -> None:
    found = messages(sql, dialect)
    assert len(found) == 1, found
    assert reason in found[0], found


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "sql",
    [
        "lower(x)", "age(x, y)", "date_trunc('day', x)", "x || 'now'", "x = 'today'", "date '2026-01-01' < x",
        "my_own_function(x)", "udfs.score(x, 2)", "x AND y OR NOT z", "regexp_replace(x, 'a', 'b')", "now", "random",
        "md5(x)", "normalize(x)", "cast(x as date)", "version", "reading(x)", "currently(x)", "pgp_sym_decrypt(x, y)", '"current_user"', "x::text",
        "CASE WHEN x > 1 THEN 'now' ELSE 'today' END", "query", "t.current_user",
    ],
)  # fmt: skip
def test_allowed(sql: str, dialect: str) -> None:
    assert messages(sql, dialect) == []
