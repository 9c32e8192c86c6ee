"""What a database says of itself: its tables, their columns, and the keys that are declared there.

Each engine answers one or two plain `SELECT`s over its own catalogue. A DuckDB over files has views only: names and
types, no keys. Snowflake keeps the columns of its keys out of `INFORMATION_SCHEMA`
(https://docs.snowflake.com/en/sql-reference/info-schema/table_constraints), so none are declared there; its statement
follows the documentation and has not been run on Snowflake itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from segql.engines.base import Engine, Row, failed
from segql.model.nodes import Table
from segql.model.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    MAX_PRECISION,
    TEXT,
    TIMESTAMP,
    EnumType,
    Type,
    decimal,
    enum,
    list_of,
)

if TYPE_CHECKING:
    from segql.project.config import TargetTable

Kind: TypeAlias = "Type | Literal['json'] | None"
"""The type of the language that a physical one is, JSON (or a struct), or none of them."""


@dataclass(frozen=True, slots=True)
class PhysicalColumn:
    """A column by its name as it is written in `.seg`; `type` is the database's own word."""

    name: str
    type: str
    nullable: bool
    """As far as the catalogue knows; a view says True of each."""
    kind: Kind
    readable: bool = True
    """The connection's user may read it."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    table: Table
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhysicalTable:
    """A table or view, its columns in order, and what is declared of keys."""

    table: Table
    schema: str
    columns: tuple[PhysicalColumn, ...]
    primary: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign: tuple[ForeignKey, ...] = ()

    @property
    def readable(self) -> bool:
        """Some column may be read, or it has none."""
        return not self.columns or any(column.readable for column in self.columns)

    def column(self, name: str) -> PhysicalColumn | None:
        """The column of that name; where none is spelled so, in any case."""
        wanted = name.casefold()
        found = [item for item in self.columns if item.name.casefold() == wanted]
        return next((item for item in found if item.name == name), found[0] if found else None)


@dataclass(slots=True)
class _Found:
    schema: str
    columns: list[PhysicalColumn] = field(default_factory=list)
    primary: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list)
    foreign: list[ForeignKey] = field(default_factory=list)


def read_catalogue(
    engine: Engine, dialect: str, schemas: Sequence[str] = ()
) -> list[PhysicalTable]:
    """The tables and views, in the order of their names, those of the default schema first; with `schemas`, of those
    only. Of what the user of the connection may not read Postgres tells the names; others tell nothing.

    A table outside of the default schema has its schema before its name. Raises `EngineError`.
    """
    columns, keys, path = _QUERIES[dialect]
    found: dict[Table, _Found] = {}
    wanted = {name.casefold() for name in schemas}
    searched = [name.casefold() for name in _texts(engine.run(path).rows[0][0])]

    def named(schema: object, name: object) -> Table:
        parts = (_written(str(schema), dialect), _written(str(name), dialect))
        return Table(parts[1:] if str(schema).casefold() in searched else parts)

    for schema, name, column, type_, nullable, labels, readable in engine.run(columns).rows:
        own = str(schema).casefold()
        if wanted and own not in wanted:
            continue
        table = named(schema, name)
        if _is_hidden(found.get(table), own, searched):
            continue
        if table not in found or found[table].schema != own:
            found[table] = _Found(own)
        text, words = str(type_), _texts(labels)
        kind = kind_of(text, enum(*words) if words else None)
        written = _written(str(column), dialect)
        made = PhysicalColumn(written, text, bool(nullable), kind, readable is not False)
        found[table].columns.append(made)
    for row in engine.run(keys).rows if keys else ():
        item = found.get(named(row[0], row[1]))
        if item is not None and item.schema == str(row[0]).casefold():
            _add_key(item, row, named, dialect)
    return [
        PhysicalTable(
            *(table, item.schema, tuple(item.columns), item.primary),
            *(tuple(item.unique), tuple(item.foreign)),
        )
        for table, item in sorted(
            found.items(), key=lambda pair: (len(pair[0].parts), pair[0].parts)
        )
    ]


def _is_hidden(known: _Found | None, schema: str, searched: Sequence[str]) -> bool:
    """A table of an earlier schema of the search path has this name."""
    if known is None or known.schema == schema:
        return False
    return searched.index(known.schema) < searched.index(schema)


def _add_key(
    item: _Found, row: Row, named: Callable[[object, object], Table], dialect: str
) -> None:
    _, _, kind, columns, other_schema, other, references = row
    names = tuple(_written(name, dialect) for name in _texts(columns))
    match kind:
        case "PRIMARY KEY":
            item.primary = names
        case "UNIQUE":
            item.unique.append(names)
        case "FOREIGN KEY":
            there = tuple(_written(name, dialect) for name in _texts(references))
            item.foreign.append(ForeignKey(names, named(other_schema, other), there))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


_UPPER = re.compile(r"[A-Z_][A-Z0-9_]*")
_LOWER = re.compile(r"[a-z_][a-z0-9_]*")


def _written(name: str, dialect: str) -> str:
    """A physical name as `.seg` has it: Snowflake's own case is upper, and what is plain is written lower; what really
    is lower stands in double quotes."""
    if dialect != "snowflake":
        return name
    if _UPPER.fullmatch(name):
        return name.lower()
    return f'"{name}"' if _LOWER.fullmatch(name) else name


# --- files ----------------------------------------------------------------------------------------


def tables_of_files(name: str, target: TargetTable, root: Path) -> list[Table]:
    """The tables that the data files of a target are: named after the file, and where two are called alike after their
    folders too.

    Raises `EngineError` where there is no file, or no two names tell two files apart.
    """
    from segql.engines.duckdb_files import find_files, relative, table_name

    by_name: dict[str, list[Path]] = {}
    for path in find_files(name, target.patterns, root):
        by_name.setdefault((table_name(path) or "").casefold(), []).append(path)
    tables: dict[Table, Path] = {}
    for paths in by_name.values():
        for path in paths:
            parts = tuple((table_name(path) or "").split(".")[-3:])
            table = Table(parts if len(paths) == 1 else (path.parent.name, parts[-1]))
            if table in tables:
                both = f"`{relative(tables[table], root)}` and `{relative(path, root)}`"
                raise failed(name, f"two files are the table `{table}`: {both}")
            tables[table] = path
    return list(tables)


# --- types ----------------------------------------------------------------------------------------

_WORDS: dict[Type, str] = {
    BOOL: "boolean|bool",
    INT: "tinyint|smallint|integer|bigint|hugeint|utinyint|usmallint|uinteger|ubigint|uhugeint|int|int2|int4|int8"
    "|byteint",
    FLOAT: "double|float|real|double precision|float4|float8",
    TEXT: 'varchar|text|string|char|character|character varying|bpchar|"char"|name|citext|uuid',
    DATE: "date",
    TIMESTAMP: "timestamp|datetime|timestamptz|timestamp_ntz|timestamp_ltz|timestamp_tz|timestamp_s|timestamp_ms"
    "|timestamp_ns|timestamp without time zone|timestamp with time zone",
    DURATION: "interval",
}
_KINDS = {word: type_ for type_, words in _WORDS.items() for word in words.split("|")}
_DOCUMENTS = frozenset(["json", "jsonb", "variant", "object", "struct"])


def kind_of(physical: str, labelled: EnumType | None = None) -> Kind:
    """What a database's type is in the language: `numeric(12,2)` a decimal, `text[]` a list.

    `labelled` is the enum that the type is, or that its items are, where only its name is said.
    """
    text = physical.strip()
    if text.endswith("[]"):
        item = kind_of(text[:-2], labelled)
        is_item = isinstance(item, Type) and item.name not in ("list", "duration")
        return list_of(item) if is_item and isinstance(item, Type) else None
    if text.upper().startswith("ENUM("):
        values = re.findall(r"'((?:[^']|'')*)'", text)
        return enum(*(value.replace("''", "'") for value in values))
    if labelled is not None:
        return labelled
    found = re.fullmatch(
        r"([\w \"]+?)\s*(\(.*\))?((?: with(?:out)?) time zone)?", text, re.I | re.S
    )
    if found is None:
        return None
    name = (found[1] + (found[3] or "")).lower()
    if name in ("decimal", "numeric", "number"):
        return _number(found[2])
    if name in _DOCUMENTS:
        return "json"
    if holds_anything(name):
        return list_of(TEXT)
    return _KINDS.get(name)


def _number(limits: str | None) -> Type:
    sizes = [int(size) for size in re.findall(r"-?\d+", limits or "")]
    precision, scale = (*sizes, 0)[:2] if sizes else (MAX_PRECISION, -1)
    if scale < 0 and not sizes:  # any number: the scale of the language's own default
        return decimal(MAX_PRECISION, decimal().scale)
    if scale <= 0:
        return INT
    return decimal(min(precision, MAX_PRECISION), min(scale, MAX_PRECISION))


def is_unlimited(physical: str) -> bool:
    """A number whose type does not say how many places it has."""
    return physical.strip().lower() in ("numeric", "decimal")


def holds_anything(physical: str) -> bool:
    """A list that does not say of what: an ARRAY of Snowflake."""
    return physical.strip().lower() == "array"


# --- what each engine is asked ---------------------------------------------------------------------

# https://duckdb.org/docs/stable/sql/meta/duckdb_table_functions
_DUCKDB = """
SELECT schema_name, table_name, column_name, data_type, is_nullable, NULL, TRUE
FROM duckdb_columns()
WHERE NOT internal
ORDER BY schema_name, table_name, column_index
"""
_DUCKDB_KEYS = """
SELECT schema_name, table_name, constraint_type, constraint_column_names, schema_name, referenced_table,
  referenced_column_names
FROM duckdb_constraints()
WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')
ORDER BY schema_name, table_name, constraint_index
"""
# https://www.postgresql.org/docs/current/catalogs.html; a domain is shown as what it is made of, in arrays too
_POSTGRES = """
WITH RECURSIVE made (oid, base, modifier) AS (
  SELECT t.oid, t.oid, NULL::INT FROM pg_type AS t WHERE t.typtype <> 'd'
  UNION ALL
  SELECT d.oid, m.base, COALESCE(m.modifier, NULLIF(d.typtypmod, -1))
  FROM pg_type AS d
  JOIN made AS m ON m.oid = d.typbasetype
  WHERE d.typtype = 'd'
)
SELECT n.nspname, c.relname, a.attname,
  CASE WHEN item.oid IS NULL THEN FORMAT_TYPE(t.oid, COALESCE(own.modifier, a.atttypmod))
    ELSE FORMAT_TYPE(item.base, COALESCE(item.modifier, own.modifier, a.atttypmod))
      || REPEAT('[]', GREATEST(a.attndims, 1))
  END,
  NOT a.attnotnull,
  (SELECT ARRAY_AGG(e.enumlabel::TEXT ORDER BY e.enumsortorder)
    FROM pg_enum AS e WHERE e.enumtypid = COALESCE(item.base, t.oid)),
  HAS_SCHEMA_PRIVILEGE(n.oid, 'USAGE') AND HAS_COLUMN_PRIVILEGE(c.oid, a.attnum, 'SELECT')
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN made AS own ON own.oid = a.atttypid
JOIN pg_type AS t ON t.oid = own.base
LEFT JOIN made AS item ON item.oid = t.typelem AND t.typcategory = 'A'
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname, a.attnum
"""
_POSTGRES_KEYS = """
SELECT n.nspname, c.relname,
  CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE 'FOREIGN KEY' END,
  (SELECT ARRAY_AGG(a.attname::TEXT ORDER BY x.place) FROM UNNEST(k.conkey) WITH ORDINALITY AS x(number, place)
    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.number),
  fn.nspname, f.relname,
  (SELECT ARRAY_AGG(a.attname::TEXT ORDER BY x.place) FROM UNNEST(k.confkey) WITH ORDINALITY AS x(number, place)
    JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = x.number)
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS f ON f.oid = k.confrelid
LEFT JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
WHERE k.contype IN ('p', 'u', 'f') AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname, k.conname
"""
# https://docs.snowflake.com/en/sql-reference/info-schema/columns
_SNOWFLAKE = """
SELECT table_schema, table_name, column_name,
  CASE WHEN data_type = 'NUMBER' THEN 'NUMBER(' || numeric_precision || ',' || numeric_scale || ')' ELSE data_type END,
  is_nullable = 'YES', NULL, TRUE
FROM information_schema.columns
WHERE table_schema <> 'INFORMATION_SCHEMA'
ORDER BY table_schema, table_name, ordinal_position
"""

_QUERIES: dict[str, tuple[str, str, str]] = {
    "duckdb": (_DUCKDB, _DUCKDB_KEYS, "SELECT [current_schema()]"),
    "postgres": (_POSTGRES, _POSTGRES_KEYS, "SELECT CURRENT_SCHEMAS(FALSE)::TEXT[]"),
    "snowflake": (_SNOWFLAKE, "", "SELECT CURRENT_SCHEMA()"),
}
"""For each dialect: its columns, its keys, the schemas that names without one are looked for in."""


def find_table(tables: Iterable[PhysicalTable], wanted: Table) -> PhysicalTable | None:
    """The table that a name of the model means: its last part, and its schema where one is written; where none is
    spelled so, in any case."""
    parts = [part.casefold() for part in wanted.parts[-2:]]
    found = None
    for item in tables:
        own = [part.casefold() for part in item.table.parts]
        if own[-1] == parts[-1] and (item.schema == parts[0] if len(parts) == 2 else len(own) == 1):
            if item.table.parts[-1] == wanted.parts[-1]:
                return item
            found = found or item
    return found
