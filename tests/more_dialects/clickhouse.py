"""ClickHouse inside this process (`pip install chdb`), read under strange settings of the session."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from chdb import session

from segql.model import nodes
from segql.model.types import DecimalType, ListType, Type
from tests.more_dialects.texts import text_of
from tests.support import evaluate
from tests.support.tables import JSON, Column, Database, Physical, guess, tables_of

SESSION: Mapping[str, object] = {
    "session_timezone": "'America/New_York'",
    "transform_null_in": 1,
    "cast_keep_nullable": 1,
    "aggregate_functions_null_for_empty": 1,
    "decimal_check_overflow": 0,
    "data_type_default_nullable": 1,
    "short_circuit_function_evaluation": "'disable'",
    "date_time_overflow_behavior": "'saturate'",
    "cast_string_to_dynamic_use_inference": 1,
    "use_variant_as_common_type": 1,
    "count_distinct_implementation": "'uniq'",
    "empty_result_for_aggregation_by_empty_set": 1,
    "output_format_json_named_tuples_as_objects": 0,
    "limit": 1,
    "join_default_strictness": "'ANY'",
    "union_default_mode": "'DISTINCT'",
    "group_by_use_nulls": 1,
    "prefer_column_name_to_alias": 0,
}
"""Settings that a session can have, and that must not matter."""


class ClickHouse:
    """Tables in memory; every load makes them anew."""

    dialect = "clickhouse"

    def __init__(self) -> None:
        self.session = session.Session()
        self.made: list[str] = []

    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None:
        self._run("SET session_timezone = 'UTC', data_type_default_nullable = 0, limit = 0")
        for table in self.made:
            self._run(f"DROP TABLE {table}")
        self.made = []
        for table, columns in sorted(tables_of(model, database).items()):
            *schema, _ = parts = [f"`{part}`" for part in table.split(".")]
            if schema:
                self._run(f"CREATE DATABASE IF NOT EXISTS {'_'.join(schema)}")
            self._create(".".join(parts), columns, database.get(table, ()), physical)
        self._run("SET " + ", ".join(f"{name} = {value}" for name, value in SESSION.items()))

    def _create(
        self,
        table: str,
        columns: Mapping[str, Column],
        rows: Sequence[Mapping[str, object]],
        physical: Physical,
    ) -> None:
        types = {
            name: _declare(column, [row.get(name) for row in rows], physical)
            for name, column in columns.items()
        }
        body = ", ".join(f"`{name}` {type_}" for name, type_ in types.items())
        self._run(f"CREATE TABLE {table} ({body}) ENGINE = Memory")
        self.made.append(table)
        if rows:
            values = ", ".join(
                "(" + ", ".join(_literal(row.get(name), types[name]) for name in columns) + ")"
                for row in rows
            )
            self._run(f"INSERT INTO {table} SELECT * FROM VALUES ('{_structure(types)}', {values})")

    def _run(self, sql: str) -> None:
        self.session.query(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        text = str(self.session.query(sql, "JSONCompactEachRowWithNamesAndTypes"))
        if not text.strip():
            return []
        _, types, *rows = (json.loads(line, parse_float=Decimal) for line in text.splitlines())
        return [tuple(map(_value, row, types)) for row in rows]

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[evaluate.Key]:
        return self.rows(evaluate.members_sql(model, segment, as_of, self.dialect))

    def values(self, model: nodes.Model, trait: str, as_of: datetime) -> dict[evaluate.Key, object]:
        rows = self.rows(evaluate.values_sql(model, trait, as_of, self.dialect))
        return evaluate.keyed(model, trait, rows)

    def close(self) -> None:
        self.session.close()


# --- columns --------------------------------------------------------------------------------------


def _declare(column: Column, values: Sequence[object], physical: Physical) -> str:
    type_ = column.type or guess(values)
    if isinstance(type_, ListType):
        items = [item for value in values if isinstance(value, list | tuple) for item in value]
        return f"Array(Nullable({_name(type_.item, items, physical, column.zone)}))"
    name = _name(type_, values, physical, column.zone)
    if name == "String" and physical.caseless and type_ != JSON:
        return "LowCardinality(Nullable(String))"
    return f"Nullable({name})"


def _name(type_: Type, values: Sequence[object], physical: Physical, zone: str | None) -> str:
    if isinstance(type_, DecimalType):
        return f"Decimal({type_.precision}, {type_.scale})"
    if type_.name == "int":
        whole = [value for value in values if isinstance(value, int)]
        largest = max(map(abs, whole), default=0)
        if largest >= 2**63:
            return "Decimal(38, 0)"
        sign = "U" if physical.narrow and min(whole, default=0) >= 0 else ""
        return f"{sign}Int{32 if physical.narrow and largest < 2**31 else 64}"
    if type_.name == "timestamp":
        aware = physical.aware and zone is None
        return "DateTime64(6, 'America/New_York')" if aware else "DateTime64(6)"
    return {
        "bool": "Bool",
        "float": "Float64",
        "text": "String",
        "enum": "String",
        "date": "Date32",
        "duration": "Int64",
        "json": "String",
    }[type_.name]


def _structure(types: Mapping[str, str]) -> str:
    plain = ", ".join(f"`{name}` {type_}" for name, type_ in types.items())
    return _escaped(plain.replace("America/New_York", "UTC"))


def _literal(value: object, type_: str) -> str:
    if type_.startswith("Array") and isinstance(value, list | tuple):
        item = type_.removeprefix("Array(Nullable(").removesuffix("))")
        return "[" + ", ".join(_literal(one, item) for one in value) + "]"
    if value is None:
        return "[]" if type_.startswith("Array") else "NULL"
    return f"'{_escaped(text_of(value))}'"


def _escaped(text: str) -> str:
    return "".join(f"\\x{ord(c):02x}" if ord(c) < 32 or c in "'\\" else c for c in text)


# --- results --------------------------------------------------------------------------------------


def _value(value: Any, type_: str) -> Any:
    """A value as JSON has it, as Python has it."""
    while type_.startswith(("Nullable(", "LowCardinality(")):
        type_ = type_.partition("(")[2][:-1]
    if value is None:
        return None
    if type_.startswith("Tuple(Array("):
        item = type_.removeprefix("Tuple(Array(").removesuffix("))")
        return [_value(one, item) for one in value[0]]
    if type_.startswith("DateTime64"):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if type_.startswith("Date"):
        return date.fromisoformat(value)
    if type_.startswith(("Decimal", "Int", "UInt")):
        return Decimal(str(value)) if not str(value).lstrip("-").isdigit() else int(value)
    return value
