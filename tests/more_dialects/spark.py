"""Spark inside this process (`pip install pyspark`, Java 17), read under strange settings of the session."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from pyspark.sql import SparkSession

from segql.model import nodes
from segql.model.types import DecimalType, ListType, Type
from tests.more_dialects.texts import text_of
from tests.support import evaluate
from tests.support.tables import Column, Database, Physical, guess, tables_of

ENGINE: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.ui.showConsoleProgress": "false",
}
"""For many small statements in a row, on one core: nothing is compiled that is run once."""

SESSION: Mapping[str, str] = {
    "spark.sql.session.timeZone": "America/New_York",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.caseSensitive": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.legacy.sizeOfNull": "true",
}
"""Settings that a session can have, and that must not matter."""


class Spark:
    """Views over constants; every load makes them anew."""

    dialect = "spark"

    def __init__(self) -> None:
        builder = SparkSession.builder.master("local[1]")
        self.folder = mkdtemp(prefix="segql-spark-")
        for name, value in {**ENGINE, "spark.sql.warehouse.dir": self.folder}.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.schemas: dict[str, str] = {}
        self.session.sparkContext.setLogLevel("OFF")
        for name, value in SESSION.items():
            self.session.conf.set(name, value)

    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None:
        for table, columns in sorted(tables_of(model, database).items()):
            rows = database.get(table, ())
            types = {
                name: _declare(column, [row.get(name) for row in rows], physical)
                for name, column in columns.items()
            }
            names = ", ".join(f"`{name}`" for name in types)
            lines = [
                "("
                + ", ".join(_literal(row.get(name), type_) for name, type_ in types.items())
                + ")"
                for row in rows
            ]
            none = ", ".join(f"CAST(NULL AS {type_})" for type_ in types.values())
            values = f"SELECT * FROM VALUES {', '.join(lines) or f'({none})'} AS t({names})"
            self._view(table, names, values if rows else f"{values} WHERE FALSE")

    def _view(self, table: str, names: str, body: str) -> None:
        *schema, name = table.split(".")
        if not schema:
            self.session.sql(f"CREATE OR REPLACE TEMPORARY VIEW `{name}` ({names}) AS {body}")
            return
        place = self._schema(schema[-1])
        self.session.sql(f"CREATE DATABASE IF NOT EXISTS `{place}`")
        self.session.sql(f"CREATE OR REPLACE VIEW `{place}`.`{name}` ({names}) AS {body}")

    def _schema(self, name: str) -> str:
        """Spark's own catalog takes letters, digits and `_` only."""
        self.schemas[name] = re.sub(r"\W", "_", name)
        return self.schemas[name]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        for name, plain in self.schemas.items():
            sql = sql.replace(f"`{name}`.", f"`{plain}`.")
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[evaluate.Key]:
        return self.rows(evaluate.members_sql(model, segment, as_of, self.dialect))

    def values(self, model: nodes.Model, trait: str, as_of: datetime) -> dict[evaluate.Key, object]:
        rows = self.rows(evaluate.values_sql(model, trait, as_of, self.dialect))
        return evaluate.keyed(model, trait, rows)

    def close(self) -> None:
        """Java ends with its standard input."""
        gateway = self.session.sparkContext._gateway
        self.session.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()
        rmtree(self.folder, ignore_errors=True)


def _declare(column: Column, values: Sequence[object], physical: Physical) -> str:
    type_ = column.type or guess(values)
    if isinstance(type_, ListType):
        return f"ARRAY<{_name(type_.item, values, physical, column.zone)}>"
    return _name(type_, values, physical, column.zone)


def _name(type_: Type, values: Sequence[object], physical: Physical, zone: str | None) -> str:
    if isinstance(type_, DecimalType):
        return f"DECIMAL({type_.precision}, {type_.scale})"
    if type_.name == "int":
        largest = max((abs(value) for value in values if isinstance(value, int)), default=0)
        narrow = physical.narrow and largest < 2**31
        return "INT" if narrow else "BIGINT" if largest < 2**63 else "DECIMAL(38, 0)"
    if type_.name == "timestamp":
        return "TIMESTAMP_LTZ" if physical.aware and zone is None else "TIMESTAMP_NTZ"
    return {
        "bool": "BOOLEAN",
        "float": "DOUBLE",
        "text": "STRING",
        "enum": "STRING",
        "date": "DATE",
        "duration": "INTERVAL DAY TO SECOND",
        "json": "STRING",
    }[type_.name]


def _literal(value: object, type_: str) -> str:
    if type_.startswith("ARRAY<") and isinstance(value, list | tuple):
        item = type_.removeprefix("ARRAY<").removesuffix(">")
        return f"CAST(array({', '.join(_literal(one, item) for one in value)}) AS {type_})"
    if value is None:
        return f"CAST(NULL AS {type_})"
    if isinstance(value, timedelta):
        seconds = Decimal(value // timedelta(microseconds=1)) / 1_000_000
        return f"make_dt_interval(0, 0, 0, CAST('{seconds:f}' AS DECIMAL(18, 6)))"
    text = text_of(value)
    if type_ == "TIMESTAMP_LTZ":
        text += "+00:00"
    return f"CAST(CAST(X'{text.encode().hex()}' AS STRING) AS {type_})"
