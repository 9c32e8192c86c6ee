"""The table of capabilities is complete, and Snowflake's text is read by sqlglot's own parser."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from segql.dialects import DIALECTS
from segql.model.nodes import Column, Settings, SplitText
from segql.model.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    QUOTIENT,
    TEXT,
    TIMESTAMP,
    Type,
    decimal,
    enum,
    list_of,
)
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.capabilities import (
    OPERATIONS,
    PARTS,
    Lowered,
    Native,
    refusal,
    table_of,
)
from segql.sql.dialect import Dialect, dialect
from segql.sql.windows import Frame

SETTINGS = Settings(timezone="Europe/Warsaw", week_starts="sunday")
MONEY = decimal(12, 2)
PLAN = enum("free", "it's", ordered=True)
NOT_OPERATIONS = {
    *("print", "data_type", "keeps_order", "near", "among", "unestimated", "roomy"),
    *("gap", "of_gaps"),  # made of `over`, `difference` and aggregates
}
PREFIXES = {
    "duckdb": "https://duckdb.org/docs/",
    "postgres": "https://www.postgresql.org/docs/",
    "snowflake": "https://docs.snowflake.com/",
    "clickhouse": "https://clickhouse.com/docs/",
    "spark": "https://spark.apache.org/docs/latest/",
}


def methods() -> set[str]:
    found = inspect.getmembers(Dialect, inspect.isfunction)
    return {name for name, _ in found if not name.startswith("_")} - NOT_OPERATIONS


SILENT = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Star, exp.Paren),
    *(exp.DataType, exp.Alias, exp.Order, exp.Ordered, exp.Where, exp.If, exp.Distinct),
    *(exp.Interval, exp.WindowSpec, exp.Select, exp.From, exp.Table, exp.TableAlias),
)
"""Nodes that are no constructs of their own: they belong to what they stand in, or say nothing."""


def constructs(made: Expr) -> list[str]:
    """The functions, operators and casts of an expression; FILTER and OVER belong to the call that they follow."""
    if isinstance(made, exp.Filter | exp.Window):
        return constructs(made.this)
    found = []
    if isinstance(made, exp.Anonymous):
        found.append(made.name)
    elif isinstance(made, exp.Var):
        found += [str(made.this)] if "(" in str(made.this) or "->" in str(made.this) else []
    elif not isinstance(made, SILENT):
        found.append(type(made).__name__)
    return found + [one for part in made.iter_expressions() for one in constructs(part)]


SPELLED = {
    ("duckdb", "literal"): "E'a''b\\\\c\\nd'",
    ("duckdb", "sort_key"): "x COLLATE C",
    ("postgres", "sort_key"): 'x COLLATE "C"',
    ("snowflake", "identifier"): '"ORDER"',
    ("snowflake", "literal"): "TO_DATE('2026-01-01', 'YYYY-MM-DD')",
    ("snowflake", "key_part"): "COLLATE(x, 'utf8')",
    ("snowflake", "sort_key"): "COLLATE(x, 'utf8')",
    ("snowflake", "exists"): None,
    ("clickhouse", "key_part"): "toString(x)",
    ("clickhouse", "sort_key"): None,
    ("clickhouse", "exists"): None,
    ("clickhouse", "rank"): None,
    ("spark", "key_part"): "COLLATE(x, 'UTF8_BINARY')",
    ("spark", "sort_key"): "COLLATE(x, 'UTF8_BINARY')",
    ("spark", "exists"): None,
    ("spark", "lower"): "TRANSLATE(x, 'EIKNİẞ\u212a', 'eiknißk')",
    ("spark", "upper"): "TRANSLATE(x, 'eikn', 'EIKN')",
    ("spark", "fold"): "TRANSLATE(x, 'EIKNİẞ\u212a', 'eiknißk')",
}
"""Lowered by one construct, or none: what is written where the plain form would do another thing. `exists` is lowered
in the shape of the query: `tests/snowflake` has its tests."""


@pytest.mark.parametrize("name", DIALECTS)
def test_entries_say_what_is_emitted(name: str) -> None:
    """Native is one construct of the dialect for each use; lowered is made of several, or spelled in a special way."""
    d = dialect(name, SETTINGS)
    most: dict[str, int] = {}
    texts: dict[str, list[str]] = {}
    for operation, made in samples(d):
        most[operation] = max(most.get(operation, 0), len(constructs(made)))
        texts.setdefault(operation, []).append(made.sql(name))
    for operation, entry in table_of(name).items():
        if operation in PARTS:
            continue
        if isinstance(entry, Native):
            assert most[operation] <= 1, (operation, texts[operation])
        elif (name, operation) in SPELLED:
            assert most[operation] <= 1, f"{operation} needs no special mention"
            spelled = SPELLED[name, operation]
            assert spelled is None or spelled in texts[operation], (operation, texts[operation])
        else:
            assert isinstance(entry, Lowered), f"{operation} is refused, and emitted"
            assert most[operation] > 1, (operation, texts[operation])


@pytest.mark.parametrize("name", DIALECTS)
def test_every_operation_has_an_entry(name: str) -> None:
    assert list(table_of(name)) == list(OPERATIONS)
    assert set(OPERATIONS) - PARTS == methods()


@pytest.mark.parametrize("name", DIALECTS)
def test_every_entry_cites_a_page_of_the_vendor_and_a_reason(name: str) -> None:
    for operation, entry in table_of(name).items():
        assert entry.page.startswith(PREFIXES[name]), operation
        assert bool(entry.why) is not isinstance(entry, Native), operation


def test_refusals() -> None:
    assert refusal("sum", "postgres") is None
    with pytest.raises(KeyError):
        refusal("nonsense", "postgres")
    for name in ("duckdb", "snowflake"):
        found = refusal("wide_product", name)
        assert found is not None
        assert found.why


def test_a_refused_product_is_an_error_of_the_engine() -> None:
    import duckdb

    with pytest.raises(duckdb.Error):
        duckdb.connect().execute("SELECT CAST(1 AS DECIMAL(38, 20)) * CAST(1 AS DECIMAL(38, 20))")


def samples(d: Dialect) -> Iterator[tuple[str, Expr]]:
    """Each operation at least once, by name."""
    x, y, when = b.name("x"), b.name("y"), b.gt(b.name("z"), b.number(1))
    column, deep = Column(("c",)), Column(("c", "a", 'it\'s "b"'))
    local = Column(("c",), "Asia/Tokyo")
    constants: list[tuple[Type, object]] = [
        (BOOL, True),
        (INT, -5),
        (MONEY, Decimal("1.50")),
        (FLOAT, 1.5),
        (TEXT, "a'b\\c\nd"),
        (PLAN, "free"),
        (DATE, date(2026, 1, 1)),
        (TIMESTAMP, datetime(2026, 1, 1, 0, 0, 0, 5)),
        (DURATION, timedelta(days=1)),
        (list_of(TEXT), ("a", "b")),
    ]
    for type_, value in constants:
        yield "literal", d.literal(value, type_)
        yield "null", d.null(type_)
        for one in (column, deep):
            yield "read", d.read("order", one, type_)
            yield "bare", d.bare("order", one, type_)
            yield "canonical", d.canonical(d.raw("order", one), one, type_)
        if type_.name != "list":
            yield "compare_stored", d.compare_stored("=", "o", column, type_, value)
            yield "compare", d.compare("=", x, d.literal(value, type_), type_, type_)
            yield "in_set", d.in_set(x, [d.literal(value, type_), y], type_)
            yield "nth", d.nth(x, type_, 2, [(y, True)], when)
            yield "nth", d.nth(x, type_, 1, [(y, False)])
            yield "coalesce", d.coalesce([x, y], [type_, type_], type_)
            yield "count_distinct", d.count_distinct(x, type_, when)
    yield "identifier", d.identifier("order")
    for function in ("identifier", "field", "raw", "table"):
        yield (
            function,
            {
                "identifier": lambda: d.identifier("Odd"),
                "field": lambda: d.field("order", "select"),
                "raw": lambda: d.raw("o", deep),
                "table": lambda: exp.select("*").from_(d.table(["a", "b"], "c")),
            }[function](),
        )
    yield "read", d.read("o", local, TIMESTAMP)
    yield "split", d.split("o", SplitText(column, ","), list_of(TEXT))
    yield "split", d.split("o", SplitText(deep, "'"), list_of(INT))
    yield "key_part", d.key_part(x, TEXT)
    yield "key_part", d.key_part(x, INT)
    yield "absent", d.absent(x)
    yield "join_equal", d.join_equal(x, y)
    yield "same", d.same(x, y)
    yield "exists", d.exists(exp.select(b.number(1)).from_(d.table(["t"], "o")))
    yield "hash_digits", d.hash_digits([d.literal("a:", TEXT), x], 8)
    yield "haversine", d.haversine((x, y), (b.number("52.5"), b.number("13.4")))
    yield "in_range", d.in_range(x, d.literal(1, INT), y, INT, negated=True)
    yield "count_of", d.count_of([b.is_null(x), b.not_null(y), when])
    yield "rank", d.rank(x, PLAN)
    yield "sort_key", d.sort_key(x, TEXT)
    yield "compare", d.compare("<", x, d.literal("it's", PLAN), PLAN, PLAN)
    yield "convert", d.convert(x, FLOAT, MONEY)
    operators: list[Any] = ["+", "-", "*", "/"]
    for operator in operators:
        for left, right in ((INT, INT), (MONEY, INT), (MONEY, FLOAT)):
            yield (
                "arithmetic",
                d.arithmetic(operator, x, y, left, right, FLOAT if right == FLOAT else QUOTIENT),
            )
        if operator in "*/":
            yield "arithmetic", d.arithmetic(operator, x, y, DURATION, MONEY, DURATION)
    for type_ in (INT, MONEY, FLOAT):
        yield "negative", d.negative(x, type_)
        yield "absolute", d.absolute(x, type_)
        yield "round", d.round(x, type_, 1, MONEY)
        yield "mean", d.mean([x, y], [type_, INT], QUOTIENT)
        yield "ratio", d.ratio(x, y, type_)
        yield "whole_quotient", d.whole_quotient(x, y)
        for aggregate in ("sum", "min", "max", "avg", "median", "stddev"):
            yield aggregate, getattr(d, aggregate)(x, type_, when)
            yield aggregate, getattr(d, aggregate)(x, type_)
    yield "min", d.min(x, PLAN, when)
    yield "max", d.max(x, TEXT, when)
    yield "ceiling", d.ceiling(x)
    yield "least", d.least([x, y], [TEXT, TEXT], TEXT)
    yield "greatest", d.greatest([x, y], [PLAN, PLAN], PLAN)
    yield "known", d.known([x, y])
    yield from texts(d, x, y)
    yield from times(d, x, y, when)
    yield "count_rows", d.count_rows()
    yield "count_rows", d.count_rows(when)
    yield "share", d.share(when, b.not_null(x))
    yield "holding", d.holding(when, b.not_null(x))
    yield "average_length", d.average_length(x)
    yield "median_length", d.median_length(x)
    frames: list[Frame] = ["", "before", "behind"]
    for frame in frames:
        yield "over", d.over(b.call("MAX", x), [x, y], [(y, False)], frame)
    yield "collect", d.collect(x, TEXT, when)


def texts(d: Dialect, x: Expr, y: Expr) -> Iterator[tuple[str, Expr]]:
    for name in ("lower", "upper", "fold"):
        yield name, getattr(d, name)(x)
        yield name, getattr(d, name)(x, ["nike", "ß"])
    yield "trim", d.trim(x)
    yield "length", d.length(x)
    for name in ("contains", "starts", "ends"):
        yield name, getattr(d, name)(x, d.literal("'%_", TEXT))
    yield "matches", d.matches(x, r"a\.b(c|d)")
    items = [d.literal("a", TEXT), y]
    yield "list_of", d.list_of(items, TEXT)
    for name in ("list_any", "list_all", "list_none"):
        yield name, getattr(d, name)(x, items, TEXT)
        yield name, getattr(d, name)(x, items[:1], TEXT)
    tests: list[Any] = ["any", "all", "none"]
    for test in tests:
        yield "list_test", d.list_test(test, x, y, TEXT)
    yield "list_count", d.list_count(x)
    yield "fold_list", d.fold_list(x)


def times(d: Dialect, x: Expr, y: Expr, when: Expr) -> Iterator[tuple[str, Expr]]:
    units: list[Any] = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
    for unit in units:
        yield "shift", d.shift(x, TIMESTAMP, -3, unit)
        yield "elapsed", d.elapsed(unit, x, y, TIMESTAMP)
        if unit in units[3:]:
            yield "shift", d.shift(x, DATE, 3, unit)
            yield "elapsed", d.elapsed(unit, x, y, DATE)
    parts: list[Any] = ["year", "quarter", "month", "day", "weekday", "hour", "minute"]
    for part in parts:
        yield "date_part", d.date_part(part, x, TIMESTAMP)
        yield "date_part", d.date_part(part, x, DATE)
    yield "earliest", d.earliest([x, y])
    yield "local_date", d.local_date(x)
    yield "day_start", d.day_start(x)
    yield "anniversary", d.anniversary(x, date(2025, 12, 20), date(2026, 1, 5))
    yield "as_of", d.as_of("parameter")
    yield "first_day", d.first_day(x)
    for unit in units[4:]:
        yield "unit_day", d.unit_day(unit, x)
    yield "anniversaries", d.anniversaries(x, y, d.literal(date(2026, 1, 5), DATE))
    actives: list[Any] = ["day", "week", "month"]
    for type_ in (DATE, TIMESTAMP):
        yield "difference", d.difference(x, y, type_)
        yield "whole_lengths", d.whole_lengths(d.difference(x, y, type_), timedelta(days=3))
        for one in actives:
            yield "active", d.active(one, x, type_, when)
            yield "unit_number", d.unit_number(one, x, type_)
            yield "unit_of", d.unit_of(one, x, type_)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_operation_is_built_and_parsed(name: str) -> None:
    """sqlglot's parser knows the whole of what is emitted; Snowflake's can be tried on nothing else here."""
    d = dialect(name, SETTINGS)
    seen = set()
    for operation, expression in samples(d):
        seen.add(operation)
        text = expression.sql(name, copy=False)
        statement = text if text.startswith("SELECT") else f"SELECT {text} AS a FROM t"
        parsed = sqlglot.parse_one(statement, read=name)
        assert isinstance(parsed, exp.Select), (operation, text)
    assert seen == methods()


def test_building_takes_no_setting_and_prints_the_same_bytes() -> None:
    for name in DIALECTS:
        first = [one.sql(name) for _, one in samples(dialect(name, SETTINGS))]
        assert first == [one.sql(name) for _, one in samples(dialect(name, SETTINGS))]


FORBIDDEN = ("::", "CURRENT_", "NOW(", "GETDATE", "SYSDATE", "AGE(", "TO_CHAR(")


@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_that_follows_the_session_is_emitted(name: str) -> None:
    for _, expression in samples(dialect(name, SETTINGS)):
        text = expression.sql(name)
        assert not any(one in text for one in FORBIDDEN), text
        if name == "snowflake":
            # the meaning of these follows parameters
            assert " TIMESTAMP)" not in text
            assert "TO_TIMESTAMP(" not in text
            assert "DAYOFWEEK(" not in text
            assert "WEEK(" not in text
            assert "DATE '" not in text
            assert "TIMESTAMP '" not in text


def measure(action: Callable[[], object]) -> float:
    best = 1e9
    for _ in range(3):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def test_building_an_operation_takes_microseconds() -> None:
    """12,000 conditions are built and printed in some seconds: a tenth of a millisecond each, with room to spare."""
    d = dialect("duckdb", SETTINGS)
    column = Column(("amount",))

    def build() -> None:
        for n in range(1000):
            test = d.compare_stored(">=", "o", column, MONEY, Decimal(n))
            b.all_(
                [
                    test,
                    d.in_set(
                        d.bare("o", Column(("country",)), TEXT), [d.literal("PL", TEXT)], TEXT
                    ),
                ]
            ).sql("duckdb", copy=False)

    assert measure(build) < 1.0
