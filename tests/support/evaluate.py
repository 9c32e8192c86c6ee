"""The pipeline as the tests of meaning use it: from text to the members, on each of three engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias

import duckdb
import psycopg

from segql import reference
from segql.diagnostics import Diagnostic
from segql.model import nodes, resolve
from segql.model.clock import Clock
from segql.model.types import ListType, Type
from segql.plan import plan
from segql.source import SourceFile
from segql.sql import compile as compiler
from segql.syntax.parser import parse
from tests.support.postgres import PostgresServer
from tests.support.tables import AWKWARD, PLAIN, Database, Physical, create

Key: TypeAlias = tuple[object, ...]
EngineName: TypeAlias = Literal["reference", "duckdb", "postgres"]

# Settings that a session can have, and that must not matter.
DUCKDB_SESSION = (
    "SET TimeZone = 'America/New_York'",
    "SET default_collation = 'NOCASE'",
    "SET default_null_order = 'NULLS_FIRST'",
    "SET default_order = 'DESC'",
    "SET integer_division = true",
    "SET ieee_floating_point_ops = false",
    "SET old_implicit_casting = true",
)
POSTGRES_SESSION = (
    "SET TimeZone = 'America/New_York'",
    "SET DateStyle = 'SQL, DMY'",
    "SET IntervalStyle = 'sql_standard'",
    "SET extra_float_digits = -15",
    "SET transform_null_equals = on",
    "SET array_nulls = off",
    "SET backslash_quote = off",
    "SET standard_conforming_strings = off",
    "SET escape_string_warning = off",
)


@dataclass(frozen=True)
class Checked:
    """A model, and every diagnostic of parser and resolver."""

    model: nodes.Model
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> list[Diagnostic]:
        return [found for found in self.diagnostics if found.is_error]


def check(
    text: str,
    settings: nodes.Settings,
    name: str = "case.seg",
    lists: Mapping[tuple[str, str], tuple[str, ...] | str] = MappingProxyType({}),
) -> Checked:
    """`lists`: the columns of the files that lists name."""
    parsed = parse(SourceFile(name, text))
    model = resolve([parsed.file], settings, lists=lists)
    return Checked(model, (*parsed.diagnostics, *model.diagnostics))


def spoken(diagnostics: Iterable[Diagnostic], text: str) -> str:
    """Diagnostics for the message of a failed test."""
    return "\n".join(
        f"{found.code.code} {found.message}: "
        + (repr(text[found.span.start : found.span.end]) if found.span else "")
        for found in diagnostics
    )


class Engine(Protocol):
    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None: ...

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[Key]: ...

    def values(self, model: nodes.Model, trait: str, as_of: datetime) -> dict[Key, object]: ...


class Reference:
    """`segql.reference` over the rows themselves."""

    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None:
        self.database = database

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[Key]:
        return reference.members(model, segment, self.database, as_of, evaluate_sql=evaluate_sql)

    def values(self, model: nodes.Model, trait: str, as_of: datetime) -> dict[Key, object]:
        return reference.value(model, trait, self.database, as_of, evaluate_sql=evaluate_sql)


class DuckDB:
    """A database in memory, read under strange settings of the session."""

    def __init__(self) -> None:
        self.connection: duckdb.DuckDBPyConnection | None = None

    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None:
        if self.connection is not None:
            self.connection.close()
        connection = self.connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        create(connection.execute, "duckdb", model, database, physical)
        for setting in DUCKDB_SESSION:
            connection.execute(setting)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        assert self.connection is not None
        return self.connection.execute(sql).fetchall()

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[Key]:
        return self.run(members_sql(model, segment, as_of, "duckdb"))

    def values(self, model: nodes.Model, trait: str, as_of: datetime) -> dict[Key, object]:
        return keyed(model, trait, self.run(values_sql(model, trait, as_of, "duckdb")))


class Postgres:
    """A database of its own, where every load is a transaction that is never committed."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        options = "ENCODING UTF8"
        if server.major >= 17:
            options += " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'"
        server.create_database(name, options)
        self.connection = psycopg.connect(server.url(name))
        for setting in POSTGRES_SESSION:
            with suppress(psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue):
                self.connection.execute(setting.encode())
                self.connection.commit()
            self.connection.rollback()

    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None:
        self.connection.rollback()

        def execute(sql: str, parameters: Sequence[object]) -> None:
            self.connection.execute(sql.encode(), parameters or None)

        execute("SET LOCAL array_nulls = on", ())
        create(execute, "postgres", model, database, physical)
        execute("SET LOCAL array_nulls = off", ())

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.transaction():
            return self.connection.execute(sql.encode()).fetchall()

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[Key]:
        return self.run(members_sql(model, segment, as_of, "postgres"))

    def values(self, model: nodes.Model, trait: str, as_of: datetime) -> dict[Key, object]:
        return keyed(model, trait, self.run(values_sql(model, trait, as_of, "postgres")))


def members_sql(model: nodes.Model, segment: str, as_of: datetime, dialect: str) -> str:
    return compiler.members(
        plan(model, [segment], Clock(as_of, model.settings)), segment, dialect, ordered=True
    )


def values_sql(model: nodes.Model, trait: str, as_of: datetime, dialect: str) -> str:
    return compiler.traits(model, [trait], Clock(as_of, model.settings), dialect)


def keyed(model: nodes.Model, trait: str, rows: list[tuple[Any, ...]]) -> dict[Key, object]:
    width = len(model.traits[trait].source.key)
    found = {tuple(row[:width]): row[width] for row in rows}
    assert len(found) == len(rows), "a subject stands in two rows"
    return found


def evaluate_sql(text: str, row: Mapping[str, object]) -> object:
    """Raw SQL of a row for the reference evaluator, by DuckDB."""
    names = [name.replace('"', '""') for name in row]
    columns = ", ".join(f'? AS "{name}"' for name in names)
    found = _scratch().execute(f"SELECT {text} FROM (SELECT {columns})", list(row.values()))
    return next(iter(found.fetchall()))[0]


@lru_cache(maxsize=1)
def _scratch() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def comparable(value: object, type_: Type) -> object:
    """One form for a value of the language, whichever engine it came from."""
    if value is None:
        return None
    if isinstance(type_, ListType) and isinstance(value, list | tuple):
        return [comparable(item, type_.item) for item in value]
    match type_.name:
        case "int" | "decimal":
            return Decimal(str(value)).normalize() + 0
        case "float":
            return float(str(value))
        case "timestamp":
            assert isinstance(value, datetime)
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        case "duration":
            if isinstance(value, timedelta):
                return value // timedelta(microseconds=1)
            return int(str(value))
        case _:
            return value


VARIANTS = {"reference": (PLAIN,), "duckdb": (PLAIN, AWKWARD), "postgres": (PLAIN, AWKWARD)}
