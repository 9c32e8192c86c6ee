"""Reads the conformance pages: Markdown whose code blocks are cases.

A page starts with the model that its cases share (a `seg` block) and its settings (a `yaml` block). Each
`## section` quotes a sentence of the language and has a `yaml` block with rows and what they must give:

    rows:      {table: [[column, …], [value, …], …]} or a list of mappings; over the page's, by table
    as_of, timezone, week_starts, subject, types: over the page's
    members:   {condition or name of a segment: keys of its members}
    values:    {value or name of a trait: {key: value}}
    refused:   conditions (or `= value`) that `check` reports an error for
    warned:    conditions that are accepted with a warning
    clean:     conditions that are accepted without a warning
    notyet, never: {engine: reason}, a strict mark for all cases of the section

A section's `seg` block adds declarations; with `seg model` it replaces the page's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from segql.model import nodes
from segql.model.types import ListType, Type
from tests.support.tables import JSON, Database, tables_of

KINDS = ("members", "values", "refused", "warned", "clean")


@dataclass(frozen=True, eq=False)
class Entry:
    """One case: `text` is a condition or a value (or the name of a segment or trait)."""

    kind: str
    text: str
    expected: Any
    name: str
    """The definition that holds it in the section's source."""


@dataclass(frozen=True, eq=False)
class Section:
    page: str
    title: str
    line: int
    declarations: str
    settings: Mapping[str, Any]
    entries: tuple[Entry, ...]
    marks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def project(self) -> nodes.Settings:
        return nodes.Settings(
            timezone=self.settings.get("timezone", "Europe/Warsaw"),
            week_starts=self.settings.get("week_starts", "monday"),
        )

    def definition(self, entry: Entry) -> str:
        """The source of an entry; empty where it names a definition of the section."""
        subject = self.settings.get("subject", "customer")
        if entry.name == entry.text:
            return ""
        if entry.kind == "values" or entry.text.startswith("= "):
            return f"trait {entry.name} of {subject} = {entry.text.removeprefix('= ')}\n"
        return f"segment {entry.name} of {subject} {{\n  where {{\n{entry.text}\n  }}\n}}\n"

    def source(self, entries: tuple[Entry, ...]) -> str:
        return self.declarations + "\n" + "\n".join(self.definition(entry) for entry in entries)


def load_pages(folder: Path) -> list[Section]:
    return [section for page in sorted(folder.glob("*.md")) for section in load_page(page)]


def load_page(page: Path) -> list[Section]:
    """The sections of one page that have a `yaml` block with cases."""
    if page.name == "README.md":
        return []
    text = page.read_text(encoding="utf-8")
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    shared = "\n".join(body for info, body in _blocks(head) if info.startswith("seg"))
    settings = _merge({}, head)
    line = 1 + head.count("\n")
    found = []
    for section in sections:
        found.append(_section(page, section, line, shared, settings))
        line += section.count("\n")
    return [section for section in found if section.entries]


def _section(page: Path, text: str, line: int, shared: str, defaults: Mapping[str, Any]) -> Section:
    title = text.splitlines()[0].removeprefix("## ").strip()
    declarations = shared
    for info, body in _blocks(text):
        if info.startswith("seg"):
            declarations = body if "model" in info else f"{declarations}\n{body}"
    settings = _merge(defaults, text)
    marks = {kind: settings.get(kind, {}) for kind in ("notyet", "never")}
    entries = tuple(_entries(settings, declarations))
    return Section(page.stem, title, line, declarations, settings, entries, marks)


def _merge(defaults: Mapping[str, Any], text: str) -> dict[str, Any]:
    settings = {key: value for key, value in defaults.items() if key not in KINDS}
    for info, body in _blocks(text):
        if info == "yaml":
            for key, value in (yaml.load(body, _Loader) or {}).items():
                together = key in ("rows", "types") and key in settings
                settings[key] = {**settings[key], **value} if together else value
    return settings


def _entries(settings: Mapping[str, Any], declarations: str) -> Iterator[Entry]:
    number = 0
    for kind in KINDS:
        cases = settings.get(kind) or {}
        pairs = cases.items() if isinstance(cases, dict) else ((text, None) for text in cases)
        for text, expected in pairs:
            number += 1
            text = str(text).strip()
            word = "trait" if kind == "values" else "segment"
            named = re.search(rf"^{word} {re.escape(text)} of", declarations, re.MULTILINE)
            yield Entry(kind, text, expected, text if named else f"case_{number}")


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"^```(.*)\n([\s\S]*?)^```$", text, re.MULTILINE):
        yield found[1].strip(), found[2]


class _Loader(yaml.SafeLoader):
    """Numbers with a point are exact; dates stay text until the column's type is known."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal | float:
    text = str(loader.construct_scalar(node))
    return float(text.replace(".", "")) if re.search("nan|inf", text.lower()) else Decimal(text)


_Loader.add_constructor("tag:yaml.org,2002:float", _number)


# --- rows -----------------------------------------------------------------------------------------


def database_of(section: Section, model: nodes.Model) -> Database:
    """The section's rows as Python values of the types that the model declares."""
    tables = tables_of(model)
    database: dict[str, list[dict[str, object]]] = {table: [] for table in tables}
    for table, rows in (section.settings.get("rows") or {}).items():
        columns = tables.get(table, {})
        database[table] = [
            {
                name: coerce(value, columns[name].type if name in columns else None)
                for name, value in row.items()
            }
            for row in _as_mappings(rows)
        ]
    return database


def _as_mappings(rows: list[Any] | None) -> list[dict[str, Any]]:
    if not rows:
        return []
    if isinstance(rows[0], dict):
        return rows
    header, *lines = rows
    return [dict(zip(header, line, strict=True)) for line in lines]


def coerce(value: Any, type_: Type | None) -> object:
    """A value of a page as the Python value of a column or attribute of that type."""
    if value is None or type_ is None:
        return value
    if isinstance(type_, ListType) and isinstance(value, list):
        return [coerce(item, type_.item) for item in value]
    if type_ == JSON:
        return _json(value)
    match type_.name:
        case "decimal":
            return Decimal(value)
        case "float":
            return float(value)
        case "date":
            return date.fromisoformat(value)
        case "timestamp":
            found = datetime.fromisoformat(value)
            return found if found.tzinfo is None else found.astimezone(UTC)
        case "duration":
            return duration(value)
        case _:
            return value


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def duration(text: str) -> timedelta:
    """`90 days`, `1 hour 30 minutes`, `-5 minutes`, `0.5 seconds`."""
    total = timedelta()
    for number, unit in re.findall(r"(-?[\d.]+) (second|minute|hour|day|week)s?", text):
        total += timedelta(**{f"{unit}s": float(number)})
    return total


def instant(section: Section, clock: Any) -> datetime:
    """The section's `as_of`, read by the project's own rule."""
    found = clock.parse_as_of(str(section.settings["as_of"]), section.project)
    assert isinstance(found, datetime), found
    return found


def key_of(value: Any, types: tuple[Type, ...]) -> tuple[object, ...]:
    """A key: one value, a list, or (as the key of a mapping) `1/2` for a composite one."""
    if isinstance(value, str) and len(types) > 1:
        value = [int(part) if part.isdigit() else part for part in value.split("/")]
    parts = value if isinstance(value, list | tuple) else [value]
    return tuple(coerce(part, type_) for part, type_ in zip(parts, types, strict=True))


cached_pages = lru_cache(load_pages)
