"""Physical tables for a model, made from plain rows, in an embedded DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from segql.model import nodes
from segql.model.types import INT, DecimalType, ListType, Type
from segql.reference.physical import Database

if TYPE_CHECKING:
    import duckdb

JSON = Type("json")


@dataclass(frozen=True)
class Column:
    """A physical column: `type` of the attribute in it (None: not known); `zone` as in `nodes.Column`."""

    type: Type | None = None
    zone: str | None = None


def tables_of(model: nodes.Model) -> dict[str, dict[str, Column]]:
    """Every physical table that the model reads, with its columns, by name as written."""
    tables: dict[str, dict[str, Column]] = {}
    for source in model.sources.values():
        for table, column, found in _columns(source):
            known = tables.setdefault(table, {})
            if known.get(column, Column()).type is None:
                known[column] = found
    for segment in model.segments.values():
        for line in segment.lines:
            if isinstance(line, nodes.InTable):
                known = tables.setdefault(str(line.table), {})
                known.setdefault(line.column, Column(line.value.type))
    return tables


def _columns(source: nodes.Source) -> Iterator[tuple[str, str, Column]]:
    if source.table is not None:
        table = str(source.table)
        for attribute in (*source.key, *source.attributes.values(), *_times(source)):
            for name, column in _stored(attribute):
                yield table, name, column
            yield from _beside(source, attribute)
    for link in _links(source):
        if link.child.table is not None and link.columns:
            for name, key in zip(link.columns, link.parent.key, strict=True):
                yield str(link.child.table), name, Column(key.type)


def _beside(source: nodes.Source, attribute: nodes.Attribute) -> Iterator[tuple[str, str, Column]]:
    """The columns of an attribute that is kept in a table of its own."""
    stored = attribute.storage
    if isinstance(stored, nodes.ChildTable):
        assert isinstance(attribute.type, ListType)
        yield str(stored.table), stored.column, Column(attribute.type.item)
    elif isinstance(stored, nodes.ChangeLog):
        yield str(stored.table), stored.at.parts[0], Column(stored.at_type, stored.at.zone)
        yield str(stored.table), stored.column.parts[0], Column(attribute.type, stored.column.zone)
    else:
        return
    for name, key in zip(stored.on, source.key, strict=True):
        yield str(stored.table), name, Column(key.type)


def _times(source: nodes.Source) -> Iterator[nodes.Attribute]:
    """What decides when a row exists, which need not be among its attributes."""
    for name in ("created", "at"):
        attribute = getattr(source, name, None)
        if attribute is not None:
            yield attribute
    yield from getattr(source, "history", None) or ()


def _links(source: nodes.Source) -> Iterator[nodes.Link]:
    yield from source.one.values()
    yield from source.many.values()
    owner = getattr(source, "owner", None)
    if owner is not None:
        yield owner


def _stored(attribute: nodes.Attribute) -> Iterator[tuple[str, Column]]:
    match attribute.storage:
        case nodes.Column(parts=(name,), zone=zone):
            yield name, Column(attribute.type, zone)
        case nodes.Column(parts=(name, *_)):
            yield name, Column(JSON)
        case nodes.PointColumns(latitude, longitude):
            yield latitude.parts[0], Column(Type("float"))
            yield longitude.parts[0], Column(Type("float"))
        case nodes.SplitText(column, _):
            yield column.parts[0], Column(Type("text"))
        case nodes.SqlText() as raw:
            for name in _raw_columns(raw):
                yield name, Column()
        case _:
            pass


def _raw_columns(raw: nodes.SqlText) -> Iterable[str]:
    """The columns that raw SQL names: a test cannot set them, and they may not be missing."""
    import sqlglot
    from sqlglot import exp

    parsed = sqlglot.parse_one(raw.text, dialect=raw.dialect)
    return dict.fromkeys(column.name for column in parsed.find_all(exp.Column))


# --- in DuckDB --------------------------------------------------------------------------------------

_FEW = 200
"""So many rows are written out in a statement: the time to plan one grows faster than its length."""


def fill(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Mapping[str, Column]],
    database: Database,
) -> None:
    """Create the tables and fill them; those without rows are empty, missing values null. `TimeZone` has to be UTC."""
    schemas: set[str] = set()
    for table, columns in tables.items():
        parts = table.split(".")
        for schema in parts[:-1]:
            if schema not in schemas:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
                schemas.add(schema)
        name = ".".join(map(quoted, parts))
        types = {column: _declared(found.type) for column, found in columns.items()}
        body = ", ".join(f"{quoted(column)} {text}" for column, text in types.items())
        connection.execute(f"CREATE TABLE {name} ({body})")
        rows = database.get(table, ())
        if len(rows) > _FEW:
            marks = ", ".join(f"unnest(CAST(? AS {text}[]))" for text in types.values())
            lists = [_column(found, column, rows) for column, found in columns.items()]
            connection.execute(f"INSERT INTO {name} SELECT {marks}", lists)
        elif rows:
            marks = ", ".join(f"CAST(? AS {text})" for text in types.values())
            values = [
                _physical(row.get(column), found)
                for row in rows
                for column, found in columns.items()
            ]
            places = ", ".join([f"({marks})"] * len(rows))
            connection.execute(f"INSERT INTO {name} VALUES {places}", values)


def _column(column: Column, name: str, rows: Sequence[Mapping[str, object]]) -> list[object]:
    """The values of a column. Numbers are texts: those of a list would be made alike before they are cast."""
    values = [_physical(row.get(name), column) for row in rows]
    exact = isinstance(column.type, DecimalType) or column.type == INT
    return [str(value) if exact and value is not None else value for value in values]


def one_row(columns: Mapping[str, Column], row: Mapping[str, object]) -> tuple[str, list[object]]:
    """A query of one row with the columns of its table, and its parameters."""
    parts = [
        f"CAST(? AS {_declared(found.type)}) AS {quoted(name)}" for name, found in columns.items()
    ]
    return f"SELECT {', '.join(parts)}", [
        _physical(row.get(n), found) for n, found in columns.items()
    ]


def _declared(type_: Type | None) -> str:
    if type_ is None:
        return "VARCHAR"
    if isinstance(type_, ListType):
        return f"{_declared(type_.item)}[]"
    if isinstance(type_, DecimalType):
        return f"DECIMAL({type_.precision}, {type_.scale})"
    return {
        "bool": "BOOLEAN",
        "int": "HUGEINT",
        "float": "DOUBLE",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "duration": "INTERVAL",
        "json": "JSON",
    }.get(type_.name, "VARCHAR")


def _physical(value: object, column: Column) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    if column.type == JSON and value is not None:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return list(value) if isinstance(value, tuple) else value


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON for {value!r}")


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
