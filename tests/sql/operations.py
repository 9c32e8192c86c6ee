"""Runs single operations of a dialect on a real engine whose session is as hostile as it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import psycopg

from segql.model.nodes import Settings
from segql.model.types import Type
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect, dialect

DUCKDB_HOSTILE = (
    "SET TimeZone = 'America/New_York'",
    "SET default_collation = 'NOCASE'",
    "SET default_order = 'DESC'",
    "SET default_null_order = 'NULLS_FIRST'",
    "SET integer_division = true",
    "SET ieee_floating_point_ops = false",
)
POSTGRES_HOSTILE = (
    "SET TimeZone = 'America/New_York'",
    "SET DateStyle = 'SQL, DMY'",
    "SET IntervalStyle = 'sql_standard'",
    "SET extra_float_digits = -2",
    "SET standard_conforming_strings = off",
    "SET escape_string_warning = off",
    "SET lc_numeric = 'C'",
    "SET array_nulls = on",
)


class Engine:
    """A session and the dialect for it."""

    def __init__(self, name: str, execute: Callable[[str], Any]) -> None:
        self.name = name
        self._execute = execute

    def dialect(self, timezone: str = "Europe/Warsaw", week_starts: Any = "monday") -> Dialect:
        return dialect(self.name, Settings(timezone=timezone, week_starts=week_starts))

    def run(self, sql: str) -> None:
        self._execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._execute(sql).fetchall()]

    def each(self, expressions: Sequence[Expr], source: str = "") -> list[Any]:
        """The values of several expressions, in one statement."""
        printed = ", ".join(self.print(one) for one in expressions)
        (row,) = self.rows(f"SELECT {printed} {source}")
        return [plain(one) for one in row]

    def value(self, expression: Expr, source: str = "") -> Any:
        return self.each([expression], source)[0]

    def column(self, expression: Expr, source: str) -> list[Any]:
        return [plain(row[0]) for row in self.rows(f"SELECT {self.print(expression)} {source}")]

    def print(self, expression: Expr) -> str:
        return expression.sql(self.name, copy=False)

    def values(self, d: Dialect, rows: Sequence[Sequence[object]], types: Sequence[Type]) -> str:
        """`FROM (VALUES …) AS t(a, b, …)` of canonical values."""
        names = "abcdefgh"[: len(types)]
        text = ", ".join(
            "("
            + ", ".join(
                self.print(b.cast(d.literal(one, type_), d.data_type(type_)))
                for one, type_ in zip(row, types, strict=True)
            )
            + ")"
            for row in rows
        )
        return f"FROM (VALUES {text}) AS t({', '.join(names)})"


def plain(value: Any) -> Any:
    """Decimals that are whole as they are compared anyway; lists as lists."""
    return list(value) if isinstance(value, tuple) else value


@contextmanager
def duckdb_engine() -> Iterator[Engine]:
    with duckdb.connect() as connection:
        for statement in DUCKDB_HOSTILE:
            connection.execute(statement)
        yield Engine("duckdb", connection.execute)


@contextmanager
def postgres_engine(url: str) -> Iterator[Engine]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in POSTGRES_HOSTILE:
            connection.execute(statement.encode())
        yield Engine("postgres", lambda sql: connection.execute(sql.encode()))


def name(text: str) -> Expr:
    return b.name(text)


__all__ = [
    "Decimal",
    "Engine",
    "date",
    "datetime",
    "duckdb_engine",
    "name",
    "postgres_engine",
    "timedelta",
]
