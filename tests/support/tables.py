"""Physical tables for a model, made from plain rows, on DuckDB and Postgres.

`Database` is what the reference evaluator reads: table name as written in `.seg` -> rows by physical column.
The types of the columns follow from the declared attributes. What the declarations leave open can be
overridden, and `AWKWARD` makes other choices than `PLAIN` everywhere: the SQL may depend on neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from segql.model import nodes
from segql.model.types import DecimalType, ListType, Type
from segql.testing.tables import JSON, Column
from segql.testing.tables import tables_of as stored_tables

Database: TypeAlias = Mapping[str, Sequence[Mapping[str, object]]]
Dialect: TypeAlias = Literal["duckdb", "postgres"]
Execute: TypeAlias = Callable[[str, Sequence[object]], object]


@dataclass(frozen=True)
class Physical:
    """How columns are stored where the declaration leaves it open.

    `overrides`: `table.column` -> a type of the database, for both dialects or by dialect.
    """

    aware: bool = False
    """Timestamps with zone instead of without (in UTC)."""
    narrow: bool = False
    """Integers of 32 bits where all values fit, instead of 64."""
    caseless: bool = False
    """Text columns with a collation that ignores case (DuckDB)."""
    overrides: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)

    def override(self, table: str, column: str, dialect: str) -> str | None:
        found = self.overrides.get(f"{table}.{column}")
        return found if found is None or isinstance(found, str) else found.get(dialect)


PLAIN = Physical()
AWKWARD = Physical(aware=True, narrow=True, caseless=True)


def tables_of(model: nodes.Model, database: Database = {}) -> dict[str, dict[str, Column]]:  # noqa: B006
    """Every physical table that the model reads or the database holds, with its columns."""
    tables = stored_tables(model)
    for table, rows in database.items():
        known = tables.setdefault(table, {})
        for row in rows:
            for column in row:
                known.setdefault(column, Column())
    return {table: columns for table, columns in tables.items() if columns}


def lists_of(model: nodes.Model) -> list[tuple[str, str, Type]]:
    """The tables of the model's lists, with the column of the items and their type."""
    return [
        (str(line.table), line.column, line.value.type)
        for segment in model.segments.values()
        for line in segment.lines
        if isinstance(line, nodes.InTable)
    ]


def create(
    execute: Execute,
    dialect: Dialect,
    model: nodes.Model,
    database: Database,
    physical: Physical = PLAIN,
) -> None:
    """Create and fill every table of the model; tables without rows are empty, missing values null.

    `execute(sql, parameters)` runs one statement. DuckDB must have `TimeZone` UTC meanwhile.
    """
    schemas: set[str] = set()
    for table, columns in sorted(tables_of(model, database).items()):
        parts = table.split(".")
        for schema in parts[:-1]:
            if schema not in schemas:
                execute(f"CREATE SCHEMA IF NOT EXISTS {_quote(schema)}", ())
                schemas.add(schema)
        rows = database.get(table, ())
        declared = {
            name: _declare(dialect, table, name, column, [row.get(name) for row in rows], physical)
            for name, column in columns.items()
        }
        name = ".".join(_quote(part) for part in parts)
        body = ", ".join(f"{_quote(column)} {text}" for column, text in declared.items())
        execute(f"CREATE TABLE {name} ({body})", ())
        _insert(execute, dialect, name, columns, declared, rows)


def _insert(
    execute: Execute,
    dialect: Dialect,
    table: str,
    columns: Mapping[str, Column],
    declared: Mapping[str, str],
    rows: Sequence[Mapping[str, object]],
) -> None:
    mark = "?" if dialect == "duckdb" else "%s"
    marks = ", ".join(f"CAST({mark} AS {_bare(text)})" for text in declared.values())
    size = max(1, 5000 // max(1, len(declared)))
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        values = [
            _physical_value(row.get(name), column, declared[name])
            for row in chunk
            for name, column in columns.items()
        ]
        execute(f"INSERT INTO {table} VALUES " + ", ".join([f"({marks})"] * len(chunk)), values)


def _declare(
    dialect: Dialect,
    table: str,
    name: str,
    column: Column,
    values: Sequence[object],
    physical: Physical,
) -> str:
    override = physical.override(table, name, dialect)
    if override is not None:
        return override
    column = column if column.type is not None else replace(column, type=guess(values))
    assert column.type is not None
    aware = any(isinstance(value, datetime) and value.tzinfo is not None for value in values)
    if column.type.name == "timestamp":
        zoned = column.zone is None and (aware or physical.aware)
        return "TIMESTAMPTZ" if zoned else "TIMESTAMP"
    if column.type.name == "int" and physical.narrow and _fits_32_bits(values):
        return "INTEGER"
    if column.type.name == "int" and not _fits(values, 63):
        return "HUGEINT" if dialect == "duckdb" else "NUMERIC(38, 0)"
    if column.type.name == "text" and physical.caseless and dialect == "duckdb":
        return "VARCHAR COLLATE NOCASE"
    return _type_name(column.type, dialect)


def _fits(values: Sequence[object], bits: int) -> bool:
    return all(not isinstance(value, int) or -(2**bits) <= value < 2**bits for value in values)


def _fits_32_bits(values: Sequence[object]) -> bool:
    return _fits(values, 31)


def guess(values: Sequence[object]) -> Type:
    for value in values:
        match value:
            case None:
                continue
            case bool():
                return Type("bool")
            case int():
                return Type("int")
            case Decimal():
                return DecimalType("decimal", 38, 6)
            case float():
                return Type("float")
            case datetime():
                return Type("timestamp")
            case date():
                return Type("date")
            case dict():
                return JSON
            case list() | tuple():
                return ListType("list", guess(value))
            case _:
                break
    return Type("text")


def _type_name(type_: Type, dialect: Dialect) -> str:
    if isinstance(type_, ListType):
        return f"{_type_name(type_.item, dialect)}[]"
    if isinstance(type_, DecimalType):
        return f"DECIMAL({type_.precision}, {type_.scale})"
    match type_.name:
        case "float":
            return "DOUBLE PRECISION" if dialect == "postgres" else "DOUBLE"
        case "json":
            return "JSONB" if dialect == "postgres" else "JSON"
        case "text" | "enum":
            return "VARCHAR"
        case "duration":
            return "INTERVAL"
        case name:
            return {
                "bool": "BOOLEAN",
                "int": "BIGINT",
                "date": "DATE",
                "timestamp": "TIMESTAMP",
            }[name]


def _bare(declared: str) -> str:
    """The type for a cast: a collation is no part of it."""
    return declared.split(" COLLATE ")[0]


def _physical_value(value: object, column: Column, declared: str) -> Any:
    if value is None or isinstance(value, timedelta):
        return value
    if isinstance(value, datetime):
        if declared == "TIMESTAMPTZ":
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        if declared == "TIMESTAMP" and value.tzinfo is not None:
            return value.astimezone(UTC).replace(tzinfo=None)
        return value
    holds_json = isinstance(value, dict) or column.type == JSON
    if holds_json and declared.upper() in ("JSON", "JSONB", "VARCHAR", "TEXT"):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    if isinstance(value, tuple):
        return list(value)
    return value


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"no JSON for {value!r}")


def _quote(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
