"""The conformance suite on an emulator: `python -m tests.snowflake.emulator` in an environment with `fakesnow`.

fakesnow is sqlglot and DuckDB behind Snowflake's connector. What agrees with the suite shows that a statement hangs
together and that its lowered forms compute what they should; it does not show what Snowflake does, since sqlglot reads
our text as it has printed it. What fakesnow cannot do is counted, not judged. The code is 1 where a member differs.

    python -m venv VENV
    VENV/bin/pip install fakesnow 'snowflake-connector-python<5' lark pydantic pyyaml psycopg[binary] pytest hypothesis
    PYTHONPATH=src VENV/bin/python -m tests.snowflake.emulator
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fakesnow  # type: ignore[import-not-found]

import tests.conformance
from segql.model import clock, nodes
from segql.model.types import DecimalType, ListType, Type
from tests.support import evaluate
from tests.support.pages import Section, cached_pages, database_of, instant, key_of
from tests.support.tables import Column, Database, tables_of

TYPES = {
    "bool": "BOOLEAN",
    "int": "NUMBER(38, 0)",
    "float": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP_NTZ",
    "duration": "NUMBER(38, 0)",
    "json": "VARIANT",
}
ITS_OWN = {
    "TYPEOF(": "TYPEOF is that of DuckDB",
    "OBJECT_CONSTRUCT_KEEP_NULL(": "a text in a VARIANT keeps its quotes when it is cast",
    "TRIM(": "TRIM takes blanks only, whatever characters are listed",
    "18446744073709551613": "NUMBER(38, 0) has 64 bits",
}
"""What fakesnow does otherwise than the vendor's pages say: where a statement holds it, a difference is not judged."""


def main() -> int:
    warnings.simplefilter("ignore")
    found: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for section in cached_pages(Path(tests.conformance.__file__).parent):
        _section(section, found, reasons)
    for reason, count in reasons.most_common(12):
        print(f"{count:5}  {reason}")
    print(", ".join(f"{count} {what}" for what, count in found.most_common()))
    return 1 if found["differ"] else 0


def _section(section: Section, found: Counter[str], reasons: Counter[str]) -> None:
    entries = tuple(one for one in section.entries if one.kind == "members")
    checked = evaluate.check(section.source(entries), section.project)
    if checked.errors or not entries:
        found["not tried"] += len(entries)
        return
    as_of = instant(section, clock)
    with fakesnow.patch():
        import snowflake.connector  # type: ignore[import-not-found]

        cursor = snowflake.connector.connect(database="d", schema="s").cursor()
        try:
            _create(cursor, checked.model, database_of(section, checked.model))
        except Exception as error:
            found["tables not made"] += len(entries)
            reasons[_short(error)] += len(entries)
            return
        for entry in entries:
            text = evaluate.members_sql(checked.model, entry.name, as_of, "snowflake")
            try:
                rows = cursor.execute(without_collations(text)).fetchall()
            except Exception as error:
                found["not understood"] += 1
                reasons[_short(error)] += 1
                continue
            types = tuple(part.type for part in checked.model.segments[entry.name].entity.key)
            wanted = sorted(key_of(key, types) for key in entry.expected or ())
            if sorted(tuple(row) for row in rows) == wanted:
                found["agree"] += 1
                continue
            own = next((reason for part, reason in ITS_OWN.items() if part in text), "")
            found["not judged" if own else "differ"] += 1
            if own:
                reasons[own] += 1
            else:
                print(f"{section.page}:{section.line} {entry.text}\n  {sorted(rows)}, not {wanted}")


def without_collations(text: str) -> str:
    """The text without COLLATE, which DuckDB has no such collations for; it compares by code point anyway."""
    while (at := text.find("COLLATE(")) >= 0:
        depth, place, comma = 1, at + len("COLLATE("), 0
        while depth:
            character = text[place]
            if character == "'":
                place = text.index("'", place + 1)
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == "," and depth == 1:
                comma = place
            place += 1
        text = f"{text[:at]}({text[at + len('COLLATE(') : comma]}){text[place:]}"
    return text


def _short(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error))[:100]


def _create(cursor: Any, model: nodes.Model, database: Database) -> None:
    for table, columns in tables_of(model, database).items():
        parts = table.split(".")
        for schema in parts[:-1]:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {_name(schema)}")
        name = ".".join(_name(part) for part in parts)
        rows = database.get(table, ())
        body = ", ".join(f"{_name(key)} {_type(column.type)}" for key, column in columns.items())
        cursor.execute(f"CREATE TABLE {name} ({body})")
        for row in rows:
            values = ", ".join(_value(row.get(key), column) for key, column in columns.items())
            cursor.execute(f"INSERT INTO {name} SELECT {values}")


def _name(name: str) -> str:
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) is not None
    return f'"{name.upper() if plain else name}"'


def _type(type_: Type | None) -> str:
    if isinstance(type_, ListType):
        return "ARRAY"
    if isinstance(type_, DecimalType):
        return f"NUMBER({type_.precision}, {type_.scale})"
    return TYPES.get(type_.name, "VARCHAR") if type_ is not None else "VARCHAR"


def _value(value: object, column: Column) -> str:
    match value:
        case None:
            return "NULL"
        case bool() | int() | Decimal():
            return str(value)
        case float():
            return f"CAST('{value}' AS DOUBLE)"
        case datetime():
            naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return f"CAST('{naive.isoformat(' ')}' AS TIMESTAMP_NTZ)"
        case date():
            return f"CAST('{value.isoformat()}' AS DATE)"
        case list() | tuple():
            item = column.type.item if isinstance(column.type, ListType) else None
            return f"ARRAY_CONSTRUCT({', '.join(_value(one, Column(item)) for one in value)})"
        case dict():
            return f"PARSE_JSON('{_text(json.dumps(value, default=float))}')"
        case _:
            return f"'{_text(str(value))}'"


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")


if __name__ == "__main__":
    sys.exit(main())
