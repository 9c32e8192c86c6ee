"""What is lowered for Snowflake, tried by emulation.

Nothing here is Snowflake: the documented functions that the lowered forms use are defined as macros in DuckDB, or
taken from Postgres where they are the same, so that the lowering itself (not the warehouse) is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

import duckdb
import psycopg
import pytest

from segql.model import scalars
from segql.model.clock import Clock
from segql.model.nodes import Settings
from segql.model.types import DATE, INT, QUOTIENT, TIMESTAMP, Type, decimal
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect, dialect
from tests.sql.test_operations_numbers import DECIMALS, FINE, INTS, MONEY, groups, sample_stddev
from tests.sql.test_operations_times import DATES, TIMES, UNITS, ZONES, naive
from tests.support.postgres import PostgresServer

MACROS = (
    "CONVERT_TIMEZONE(a, z, x) AS timezone(z, timezone(a, x))",
    "DATEDIFF_MICROSECOND(a, z) AS epoch_us(z) - epoch_us(a)",
    "DATEDIFF_DAY(a, z) AS CAST(z AS DATE) - CAST(a AS DATE)",
    "DATEADD_MICROSECOND(n, x) AS x + to_microseconds(CAST(n AS BIGINT))",
    "DAYOFWEEKISO(x) AS isodow(x)",
    "TO_DATE(x, f) AS CAST(x AS DATE)",
    *(f"DATEADD_{unit.upper()}(n, x) AS x + to_{unit}s(CAST(n AS INTEGER))" for unit in UNITS),
)


def snowflake(zone: str = "UTC") -> Dialect:
    return dialect("snowflake", Settings(timezone=zone))


@pytest.fixture(scope="module")
def emulator() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for macro in MACROS:
            connection.execute(f"CREATE MACRO {macro}")
        yield connection


def run(
    emulator: duckdb.DuckDBPyConnection, expression: Expr, kind: str, rows: Sequence[Any]
) -> list[Any]:
    """The expression over columns x, y of the rows."""
    text = expression.sql("snowflake", copy=False).replace("TIMESTAMP_NTZ)", "TIMESTAMP)")
    text = re.sub(r"(DATEADD|DATEDIFF)\(([A-Z]+), ", r"\1_\2(", text)
    values = ", ".join("(" + ", ".join(f"{kind} '{one}'" for one in row) + ")" for row in rows)
    names = "x, y" if len(rows[0]) == 2 else "x"
    found = emulator.execute(f"SELECT {text} FROM (VALUES {values}) AS t({names})").fetchall()
    return [row[0] for row in found]


@pytest.mark.parametrize("zone", ZONES)
def test_times(emulator: duckdb.DuckDBPyConnection, zone: str) -> None:
    d = snowflake(zone)
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), Settings(timezone=zone))
    x, y = b.name("x"), b.name("y")
    pairs = list(product(TIMES, TIMES))
    for unit in UNITS:
        found = run(emulator, d.elapsed(unit, x, y, TIMESTAMP), "TIMESTAMP", pairs)
        right = [
            clock.elapsed(unit, one.replace(tzinfo=UTC), other.replace(tzinfo=UTC))
            for one, other in pairs
        ]
        assert found == right
        for count in (-13, -1, 5):
            found = run(
                emulator, d.shift(x, TIMESTAMP, count, unit), "TIMESTAMP", [(one,) for one in TIMES]
            )
            assert found == [
                naive(clock.shift(one.replace(tzinfo=UTC), count, unit)) for one in TIMES
            ]
    days = DATES[1:]
    found = run(emulator, d.day_start(x), "DATE", [(one,) for one in days])
    assert found == [naive(clock.day_start(one)) for one in days]


def test_dates(emulator: duckdb.DuckDBPyConnection) -> None:
    d = snowflake()
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), Settings())
    pairs = list(product(DATES[:-1], DATES[:-1]))
    for unit in UNITS[3:]:
        found = run(emulator, d.elapsed(unit, b.name("x"), b.name("y"), DATE), "DATE", pairs)
        assert found == [clock.elapsed(unit, one, other) for one, other in pairs]


@pytest.fixture(scope="module")
def numeric(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with postgres.connect() as connection:
        yield connection


def select(numeric: psycopg.Connection[Any], text: str, source: str = "") -> Any:
    rows = numeric.execute(f"SELECT {text} {source}".encode()).fetchall()
    return rows[0][0]


def test_quotients(numeric: psycopg.Connection[Any]) -> None:
    d = snowflake()
    values: dict[Type, Sequence[Any]] = {INT: INTS, FINE: [None, *DECIMALS]}
    for left, right in product(values, values):
        for one, other in product(values[left], values[right]):
            operands = [
                b.raw(f"CAST({'NULL' if value is None else value} AS DECIMAL)")
                for value in (one, other)
            ]
            quotient = d.arithmetic("/", *operands, left, right, QUOTIENT)  # type: ignore[arg-type]
            unknown = one is None or other is None
            expected = None if unknown else scalars.arithmetic("/", one, other, QUOTIENT)
            assert select(numeric, quotient.sql("snowflake")) == expected


def test_averages_and_deviations(numeric: psycopg.Connection[Any]) -> None:
    d = snowflake()
    x = b.name("x")
    for group in groups():
        known = [one for one in group if one is not None]
        values = ", ".join(f"({'NULL' if one is None else one})" for one in [*group, None])
        source = f"FROM (SELECT CAST(x AS DECIMAL(12, 2)) AS x FROM (VALUES {values}) AS v(x)) AS t"
        assert select(numeric, d.avg(x, MONEY).sql("snowflake"), source) == scalars.mean(known)
        variance, root = parts(d.stddev(x, MONEY).sql("snowflake"))
        found = select(
            numeric, f"({root}) * 0.000001", f"FROM (SELECT {variance} AS v {source}) AS w"
        )
        assert found == sample_stddev(known)
    assert sample_stddev([Decimal(1), Decimal(3)]) == Decimal("1.414214")


def parts(stddev: str) -> tuple[str, str]:
    """The variance, and its root as an expression over `v`, taken out of the array function."""
    form = r"CAST\(GET\(TRANSFORM\(ARRAY_CONSTRUCT\((.*)\), v -> (.*)\), 0\) AS DECIMAL\(38, 0\)\) \* 0\.000001"
    found = re.fullmatch(form, stddev)
    assert found is not None
    whole = "CAST(v AS DECIMAL(38, 0))"
    root = found[2].replace(f"SQRT({whole})", "SQRT(CAST(v AS DOUBLE PRECISION))")
    return found[1], root


def test_products_of_many_places(numeric: psycopg.Connection[Any]) -> None:
    """Snowflake cuts products at 12 places; here they are rounded half away, once."""
    d = snowflake()
    kinds = decimal(18, 8), decimal(18, 6)
    values = [Decimal(one) for one in ("0.00000050", "-1.00000150", "2.5", "-0.33333333")]
    for one, other in product(values, values):
        other = other.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        operands = [b.raw(f"CAST({value} AS DECIMAL)") for value in (one, other)]
        made = d.arithmetic("*", *operands, *kinds, decimal(38, 12))  # type: ignore[arg-type]
        expected = (one * other).quantize(Decimal("1e-12"), ROUND_HALF_UP)
        assert select(numeric, made.sql("snowflake")) == expected
