"""Stored columns on the engines: canonical whatever their physical type, collation and the session's settings."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from segql.model.nodes import Column, SplitText
from segql.model.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    TEXT,
    TIMESTAMP,
    Type,
    decimal,
    enum,
    list_of,
)
from segql.reference.physical import from_json
from segql.sql import build as b
from tests.sql.operations import Engine

TIMES = [
    None,
    datetime(1969, 12, 31, 23, 59, 59, 999999),
    datetime(2024, 3, 31, 0, 59, 59),
    datetime(2024, 3, 31, 1),
    datetime(2024, 3, 31, 2, 30),
    datetime(2024, 10, 27, 0, 30),
    datetime(2024, 10, 27, 1, 30),
    datetime(2024, 7, 1, 12, 0, 0, 123456),
]
OPERATORS: dict[Any, Any] = {
    "=": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


def store(engine: Engine, table: str, kind: str, values: list[str | None]) -> str:
    """A table with a row for each value, as SQL text; `FROM …` in the order of `n`."""
    engine.run(f"DROP TABLE IF EXISTS {table}")
    engine.run(f"CREATE TEMPORARY TABLE {table} (n INTEGER, x {kind})")
    for n, value in enumerate(values):
        engine.run(f"INSERT INTO {table} VALUES ({n}, {'NULL' if value is None else value})")
    return f"FROM {table}"


def read(engine: Engine, expression: Any, source: str) -> list[Any]:
    return [row[1] for row in sorted(engine.rows(f"SELECT n, {engine.print(expression)} {source}"))]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"])
def test_timestamps_with_and_without_zone(engine: Engine, kind: str) -> None:
    d = engine.dialect()
    zone = "+00" if "ZONE" in kind else ""
    values = [None if one is None else f"'{one.isoformat(' ')}{zone}'" for one in TIMES]
    source = store(engine, "times", kind, values)
    column = Column(("x",))
    assert read(engine, d.read("times", column, TIMESTAMP), source) == TIMES
    for constant in TIMES[1:]:
        assert constant is not None
        for operator, of in OPERATORS.items():
            for one in (constant, constant.replace(tzinfo=UTC)):
                test = d.compare_stored(operator, "times", column, TIMESTAMP, one)
                right = [None if time is None else of(time, constant) for time in TIMES]
                assert read(engine, test, source) == right
    latest = d.canonical(d.max(d.raw("times", column), TIMESTAMP), column, TIMESTAMP)
    assert engine.value(latest, source) == datetime(2024, 10, 27, 1, 30)


def test_comparison_of_stored_times_is_plain(engine: Engine) -> None:
    """What an index or a zone map can use."""
    d = engine.dialect()
    test = d.compare_stored(">=", "o", Column(("ordered_at",)), TIMESTAMP, datetime(2026, 1, 1))
    assert engine.print(test) == "o.ordered_at >= '2026-01-01 00:00:00+00'"


def test_local_timestamps(engine: Engine) -> None:
    from zoneinfo import ZoneInfo

    from segql.model.clock import instant_in

    d = engine.dialect()
    locals_ = [
        *TIMES,
        datetime(2024, 3, 31, 2, 59),
        datetime(2024, 3, 31, 3),
        datetime(2024, 10, 27, 2),
    ]
    values = [None if one is None else f"'{one.isoformat(' ')}'" for one in locals_]
    source = store(engine, "locals", "TIMESTAMP", values)
    for zone in ("Europe/Warsaw", "America/New_York", "Australia/Lord_Howe"):
        column = Column(("x",), zone)
        info = ZoneInfo(zone)
        right = [
            None if one is None else instant_in(info, one).astimezone(UTC).replace(tzinfo=None)
            for one in locals_
        ]
        assert read(engine, d.read("locals", column, TIMESTAMP), source) == right
        constants = [one for one in right if one] + [
            datetime(2024, 3, 31, hour, minute) for hour in range(4) for minute in (0, 30)
        ]
        for constant in [*constants, datetime(2024, 10, 27, 0, 45), datetime(2024, 4, 6, 15, 20)]:
            for operator, of in OPERATORS.items():
                test = d.compare_stored(operator, "locals", column, TIMESTAMP, constant)
                assert read(engine, test, source) == [
                    None if one is None else of(one, constant) for one in right
                ]


def test_collations_and_kinds_of_text(engine: Engine) -> None:
    d = engine.dialect()
    texts = ["b", "B", "a", None, "A"]
    kinds = ["TEXT", "VARCHAR(20)"]
    if engine.name == "duckdb":
        kinds += ["VARCHAR COLLATE NOCASE", "VARCHAR COLLATE NOACCENT", "feeling"]
        engine.run("CREATE OR REPLACE TYPE feeling AS ENUM ('b', 'B', 'a', 'A')")
    else:
        kinds += (
            ['TEXT COLLATE "unicode"', "feeling", "CHAR(1)"]
            if icu(engine)
            else ["feeling", "CHAR(1)"]
        )
        engine.run("DROP TYPE IF EXISTS feeling CASCADE")
        engine.run("CREATE TYPE feeling AS ENUM ('b', 'B', 'a', 'A')")
    for kind in kinds:
        source = store(
            engine, "texts", kind, [None if one is None else f"'{one}'" for one in texts]
        )
        for type_ in (TEXT, enum("b", "B", "a", "A")):
            x = d.read("texts", Column(("x",)), type_)
            assert read(engine, x, source) == texts
            assert engine.each(
                [d.min(x, type_), d.max(x, type_), d.count_distinct(x, type_)], source
            ) == ["A", "b", 4]
            test = d.compare_stored("=", "texts", Column(("x",)), type_, "a")
            assert read(engine, test, source) == [
                None if one is None else one == "a" for one in texts
            ]
            assert (
                engine.rows(
                    f"SELECT COUNT(*) FROM (SELECT {engine.print(x)} AS y {source}) AS t GROUP BY y"
                )
                == [(1,)] * 5
            )
            same = d.join_equal(
                d.read("texts", Column(("x",)), type_), d.read("others", Column(("x",)), type_)
            )
            rows = engine.rows(
                f"SELECT COUNT(*) FROM texts JOIN texts AS others ON {engine.print(same)}"
            )
            assert rows == [(4,)]
        found = read(engine, d.compare_stored("<", "texts", Column(("x",)), TEXT, "a"), source)
        assert found == [False, True, False, None, True]


def icu(engine: Engine) -> bool:
    try:
        engine.rows("SELECT 'a' COLLATE \"unicode\" < 'b'")
    except Exception:
        return False
    return True


def test_keys_of_other_kinds_as_text(engine: Engine) -> None:
    d = engine.dialect()
    key = "00000000-0000-0000-0000-00000000000a"
    source = store(engine, "ids", "UUID", [f"'{key}'", None])
    test = d.compare_stored("=", "ids", Column(("x",)), TEXT, key)
    assert read(engine, test, source) == [True, None]
    assert read(engine, d.compare_stored("=", "ids", Column(("x",)), TEXT, "zz"), source) == [
        False,
        None,
    ]


def test_numbers(engine: Engine) -> None:
    d = engine.dialect()
    source = store(
        engine,
        "reals",
        "DOUBLE PRECISION",
        ["0.1", "'NaN'", "'Infinity'", "'-Infinity'", "-2.5", None],
    )
    x = Column(("x",))
    assert read(engine, d.read("reals", x, FLOAT), source) == [0.1, None, None, None, -2.5, None]
    test = d.compare_stored(">", "reals", x, FLOAT, 0.0)
    assert read(engine, test, source) == [True, None, None, None, False, None]
    source = store(engine, "reals", "REAL", ["0.5", "1", None])
    assert read(engine, d.read("reals", x, FLOAT), source) == [0.5, 1.0, None]
    money = decimal(12, 2)
    for kind in ("DOUBLE PRECISION", "INTEGER", "DECIMAL(12, 2)", "DECIMAL(10, 1)"):
        source = store(engine, "amounts", kind, ["1", "3", None])
        assert read(engine, d.read("amounts", x, money), source) == [1, 3, None]
        assert engine.value(d.sum(d.read("amounts", x, money), money), source) == Decimal("4.00")
        for constant in (Decimal("1.5"), 2, Decimal("12345678901234.123")):
            test = d.compare_stored("<", "amounts", x, money, constant)
            assert read(engine, test, source) == [True, constant > 3, None]
    for kind in ("SMALLINT", "INTEGER", "BIGINT"):
        source = store(engine, "counts", kind, ["1", "-3", None])
        assert read(engine, d.read("counts", x, INT), source) == [1, -3, None]
        assert read(engine, d.compare_stored("=", "counts", x, INT, 10**20), source) == [
            False,
            False,
            None,
        ]


def test_bools_dates_durations(engine: Engine) -> None:
    d = engine.dialect()
    x = Column(("x",))
    source = store(engine, "flags", "BOOLEAN", ["true", "false", None])
    assert read(engine, d.read("flags", x, BOOL), source) == [True, False, None]
    assert read(engine, d.compare_stored("=", "flags", x, BOOL, False), source) == [
        False,
        True,
        None,
    ]
    source = store(engine, "days", "DATE", ["'2024-02-29'", None])
    assert read(engine, d.read("days", x, DATE), source) == [date(2024, 2, 29), None]
    assert read(engine, d.compare_stored("<", "days", x, DATE, date(2024, 3, 1)), source) == [
        True,
        None,
    ]
    source = store(
        engine, "spans", "INTERVAL", ["'90 days'", "'-1 hour'", "'0.000001 seconds'", None]
    )
    assert read(engine, d.read("spans", x, DURATION), source) == [
        90 * 86_400_000_000,
        -3_600_000_000,
        1,
        None,
    ]
    test = d.compare_stored(">", "spans", x, DURATION, timedelta(days=1))
    assert read(engine, test, source) == [True, False, False, None]


DOCUMENTS: list[object] = [
    *(
        "text",
        "",
        "a'b\\c\"d",
        "żółw",
        "true",
        "false",
        "5",
        "-12",
        "5.0",
        "1e2",
        "1.005",
        "-1.005",
        "123456789012.5",
    ),
    *(
        "9" * 38,
        "9" * 39,
        "0.1",
        "2024-02-29",
        "2023-02-29",
        "2024-2-1",
        "0000-01-01",
        "9999-12-31",
        "12-12-2024",
    ),
    *(
        "2024-02-29T08:00",
        "2024-02-29 08:00:30.5",
        "2024-02-29T24:00",
        "2024-02-30T08:00",
        "2024-02-29T08:00Z",
    ),
    *(
        "2024-02-29T08:00:00+02:00",
        "2024-02-29T08:00:00.123456-05:30",
        "2024-03-31 02:30",
        "2024-02-29T08:00+2",
    ),
    *(
        "today",
        "infinity",
        "epoch",
        "NaN",
        "Infinity",
        " 5",
        "5 ",
        "+5",
        "1_000",
        "0x10",
        ".5",
        "5.",
        "1,5",
    ),
    *(True, False, None, 5, -7, 0, 10**15, 0.5, -2.25, {"a": 1}, {}, [1, 2], ["x"], []),
]
JSON_TYPES: list[Type] = [
    BOOL,
    INT,
    decimal(12, 2),
    decimal(4, 1),
    FLOAT,
    TEXT,
    enum("text", "5"),
    DATE,
    TIMESTAMP,
]


@pytest.mark.parametrize("kind", ["JSON", "JSONB", "TEXT"])
def test_json(engine: Engine, kind: str) -> None:
    if kind == ("JSONB" if engine.name == "duckdb" else "TEXT"):
        return
    d = engine.dialect()
    texts = [json.dumps({"a": {"b c": one}}) for one in DOCUMENTS]
    odd = ["{}", '{"a": null}', '{"a": 5}', '{"a": []}', "[]", "null", None]
    literals = [
        None if one is None else engine.print(d.literal(one, TEXT)) for one in [*texts, *odd]
    ]
    source = store(engine, "docs", kind, literals)
    for type_ in JSON_TYPES:
        for zone in (None, "Europe/Warsaw") if type_ == TIMESTAMP else (None,):
            column = Column(("x", "a", "b c"), zone)
            right = [from_json(one, type_, zone) for one in DOCUMENTS] + [None] * len(odd)
            right = [
                one.astimezone(UTC).replace(tzinfo=None) if isinstance(one, datetime) else one
                for one in right
            ]
            found = read(engine, d.read("docs", column, type_), source)
            assert [
                one for one in zip([*texts, *odd], found, right, strict=True) if one[1] != one[2]
            ] == []


def test_json_among_constants(engine: Engine) -> None:
    d = engine.dialect()
    values = ["x", "5", 5, True, None, "{}", "[]", {}, [], {"a": "x"}, ["x"], "null", "Ł"]
    texts = [json.dumps({"a": one}) for one in values]
    literals = [engine.print(d.literal(one, TEXT)) for one in texts]
    source = store(engine, "docs", "JSON" if engine.name == "duckdb" else "JSONB", literals)
    column = Column(("x", "a"))
    canonical = read(engine, d.read("docs", column, TEXT), source)
    for constants in (["x"], ["5", "true"], ["{}"], ["[]", "x"], ["null"], ["Ł", "[x"]):
        items = [d.literal(one, TEXT) for one in constants]
        found = read(
            engine, d.in_set(d.among("docs", column, TEXT, constants), items, TEXT), source
        )
        assert [one is True for one in found] == [one in constants for one in canonical]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMPTZ"])
def test_local_months_and_days_of_stored_times(engine: Engine, kind: str) -> None:
    """A stored instant and a stored time in UTC fall into the same local days, weeks and months."""
    d = engine.dialect()
    local = {  # in Warsaw
        "2025-06-30 21:59:59.999999": ("2025-06-30", 6),
        "2025-06-30 22:00:00": ("2025-07-01", 7),
        "2025-12-31 22:59:59": ("2025-12-31", 12),
        "2025-12-31 23:00:00": ("2026-01-01", 1),
    }
    zone = "+00" if kind == "TIMESTAMPTZ" else ""
    literals = [f"CAST('{one}{zone}' AS {kind})" for one in local]
    source = store(engine, "times", kind, literals)
    at = d.read("times", Column(("x",)), TIMESTAMP)
    days = [date.fromisoformat(day) for day, _ in local.values()]
    assert read(engine, d.local_date(at), source) == days
    assert read(engine, d.date_part("month", at, TIMESTAMP), source) == [
        month for _, month in local.values()
    ]
    for unit, told in (("day", 4), ("week", 2), ("month", 4)):
        found = read(engine, d.unit_of(cast(Any, unit), at, TIMESTAMP), source)
        assert len(set(found)) == told


def test_structs(engine: Engine) -> None:
    d = engine.dialect()
    if engine.name == "duckdb":
        kind, value = (
            "STRUCT(city VARCHAR, n INTEGER, d DATE, l VARCHAR[])",
            "{'city': 'Łódź', 'n': 5, 'd': DATE '2024-02-29', 'l': ['x']}",
        )
    else:
        engine.run("DROP TYPE IF EXISTS address CASCADE")
        engine.run("CREATE TYPE address AS (city TEXT, n INTEGER, d DATE, l TEXT[])")
        kind, value = "address", "ROW('Łódź', 5, DATE '2024-02-29', ARRAY['x'])::address"
    source = store(engine, "structs", kind, [value, None])
    for part, type_, right in (
        ("city", TEXT, "Łódź"),
        ("n", INT, 5),
        ("d", DATE, date(2024, 2, 29)),
        ("l", TEXT, None),
    ):
        assert read(engine, d.read("structs", Column(("x", part)), type_), source) == [right, None]


def test_lists(engine: Engine) -> None:
    d = engine.dialect()
    x = Column(("x",))
    literal = engine.print(d.literal(["a", None, "B"], list_of(TEXT)))
    source = store(engine, "lists", "VARCHAR[]", [literal, None])
    tags = d.read("lists", x, list_of(TEXT))
    assert read(engine, tags, source) == [["a", None, "B"], None]
    assert read(engine, d.list_any(tags, [d.literal("A", TEXT)], TEXT), source) == [False, None]
    assert read(
        engine, d.list_any(tags, [d.literal("B", TEXT), d.literal("c", TEXT)], TEXT), source
    ) == [True, None]
    literal = engine.print(d.literal([1, 2], list_of(INT)))
    source = store(engine, "lists", "INTEGER[]", [f"CAST({literal} AS INTEGER[])", None])
    numbers = d.read("lists", x, list_of(INT))
    assert read(
        engine, d.list_all(numbers, [d.literal(1, INT), d.literal(2, INT)], INT), source
    ) == [True, None]
    source = store(
        engine,
        "lists",
        "TIMESTAMP WITH TIME ZONE[]",
        [array(engine, "'2024-01-01 00:00:00+01'"), None],
    )
    times = d.read("lists", x, list_of(TIMESTAMP))
    assert read(engine, times, source) == [[datetime(2023, 12, 31, 23)], None]
    source = store(engine, "lists", "DOUBLE PRECISION[]", [array(engine, "0.1, 0.2"), None])
    money = decimal(12, 2)
    assert read(engine, d.read("lists", x, list_of(money)), source) == [
        [Decimal("0.10"), Decimal("0.20")],
        None,
    ]


def array(engine: Engine, items: str) -> str:
    return (
        f"[{items}]"
        if engine.name == "duckdb"
        else f"ARRAY[{items}]::TEXT[]::{'DOUBLE PRECISION' if '.' in items else 'TIMESTAMPTZ'}[]"
    )


def test_split_texts(engine: Engine) -> None:
    d = engine.dialect()
    texts = ["a, b,,\t c ", "", " , ,", "solo", None, "it's;x"]
    literals = [None if one is None else engine.print(d.literal(one, TEXT)) for one in texts]
    source = store(engine, "tags", "TEXT", literals)
    for separator in (",", ";", "'", ", "):
        split = d.split("tags", SplitText(Column(("x",)), separator), list_of(TEXT))
        right = [
            None
            if one is None
            else [
                part.strip(" \t\n\r\f\v")
                for part in one.split(separator)
                if part.strip(" \t\n\r\f\v")
            ]
            for one in texts
        ]
        assert read(engine, split, source) == right
        for item in ("a", "c", "a, b", "it's", "solo", " ", ""):
            held = d.list_any(split, [d.literal(item, TEXT)], TEXT)
            assert read(engine, held, source) == [
                None if one is None else item in one for one in right
            ]
    source = store(engine, "tags", "TEXT", ["'1, 2,x'", None])
    numbers = d.split("tags", SplitText(Column(("x",)), ","), list_of(INT))
    assert read(engine, numbers, source) == [[1, 2, None], None]


def test_bare_columns(engine: Engine) -> None:
    d = engine.dialect()
    column = Column(("amount",))
    assert engine.print(d.bare("o", column, decimal(12, 2))) == "o.amount"
    assert engine.print(d.bare("o", column, INT)) == "o.amount"
    assert d.keeps_order(column, TIMESTAMP)
    assert not d.keeps_order(column, TEXT)
    assert not d.keeps_order(Column(("at",), "Europe/Warsaw"), TIMESTAMP)
    assert isinstance(d.raw("o", column), type(b.name("x"))) is False
