"""The rows of a `test` block as they would be stored (3.11).

A row without a key gets a fresh one; a row's foreign keys are the keys of the rows that it belongs to. What is not set
is null; a list that is not set has no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from segql.model.clock import local_in
from segql.model.nodes import (
    Attribute,
    Case,
    CaseRow,
    ChangeLog,
    ChildTable,
    Column,
    Entity,
    Event,
    PointColumns,
    Source,
    SplitText,
)
from segql.model.types import TIMESTAMP, ListType, Type

Key = tuple[object, ...]
_EARLY = datetime(1900, 1, 1, tzinfo=UTC)
"""When versions and logged values begin that a test says nothing about."""


@dataclass
class Stored:
    """Physical rows by table, and the key of each named row."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)


def stored(case: Case) -> Stored:
    """The rows of a case by table, as the reference evaluator reads them."""
    result = Stored()
    fresh = _Fresh(case.rows)
    for row in case.rows:
        for _ in range(row.times):
            _store(row, result, fresh)
    return result


def _store(row: CaseRow, result: Stored, fresh: _Fresh) -> None:
    source = row.source
    physical: dict[str, Any] = {}
    for link, label in row.parents:
        if link.child is not source:  # a relation that leads down from the parent
            continue
        for column, value in zip(link.columns, result.keys[label], strict=True):
            physical[column] = value
    values = dict(row.values)
    for key in source.key:
        column = _column(key)
        if key.name not in values and column not in physical:
            values[key.name] = fresh.key(source, key, row.label)
    for attribute in source.attributes.values():
        if isinstance(attribute.type, ListType):
            values.setdefault(attribute.name, ())  # 3.11: an unset list is empty
    for name, value in values.items():
        attribute = source.attributes.get(name) or _named(source, name)
        _put(physical, attribute, value)
    _begin(source, physical)
    result.tables.setdefault(str(source.table), []).append(physical)
    identity = tuple(physical.get(_column(key)) for key in source.key)
    if row.label:
        result.keys[row.label] = identity
    for name, value in values.items():
        _beside(source.attributes.get(name), value, identity, result)


def _named(source: Source, name: str) -> Attribute:
    at = source.at if isinstance(source, Event) else None
    found = next((key for key in source.key if key.name == name), at)
    assert found is not None
    return found


def _column(attribute: Attribute) -> str:
    assert isinstance(attribute.storage, Column)
    return attribute.storage.parts[0]


def _put(physical: dict[str, Any], attribute: Attribute, value: Any) -> None:  # noqa: ANN401
    """Write a value of the language into the columns where it is stored."""
    match attribute.storage:
        case Column(parts=(name,), zone=zone):
            physical[name] = _local(value, zone)
        case Column(parts=(name, *path, last), zone=zone):
            inside = physical.setdefault(name, {})
            for part in path:
                inside = inside.setdefault(part, {})
            inside[last] = _in_json(_local(value, zone))
        case PointColumns(latitude, longitude):
            low, high = value
            physical[latitude.parts[0]], physical[longitude.parts[0]] = float(low), float(high)
        case SplitText(column, separator):
            physical[column.parts[0]] = separator.join(map(str, value))
        case _:
            pass


def _local(value: Any, zone: str | None) -> Any:  # noqa: ANN401
    if zone is None or not isinstance(value, datetime):
        return value
    return local_in(ZoneInfo(zone), value)


def _in_json(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _begin(source: Source, physical: dict[str, Any]) -> None:
    """A version that a test says nothing about began long ago and has no end."""
    if isinstance(source, Entity) and source.history is not None:
        begin = source.history[0]
        early = _EARLY if begin.type == TIMESTAMP else _EARLY.date()
        physical.setdefault(_column(begin), early)


def _beside(attribute: Attribute | None, value: Any, key: Key, result: Stored) -> None:  # noqa: ANN401
    """The rows of an attribute that is kept in a table of its own."""
    storage = attribute.storage if attribute is not None else None
    if isinstance(storage, ChildTable):
        table = result.tables.setdefault(str(storage.table), [])
        for item in value:
            table.append({**dict(zip(storage.on, key, strict=True)), storage.column: item})
    elif isinstance(storage, ChangeLog):
        early = _EARLY if storage.at_type == TIMESTAMP else _EARLY.date()
        row = {storage.at.parts[0]: early, storage.column.parts[0]: value}
        table = result.tables.setdefault(str(storage.table), [])
        table.append({**dict(zip(storage.on, key, strict=True)), **row})


class _Fresh:
    """Keys that no row of the test sets itself."""

    def __init__(self, rows: Iterable[CaseRow]) -> None:
        self._taken: dict[tuple[int, str], set[object]] = {}
        self._next: dict[tuple[int, str], int] = {}
        for row in rows:
            for key in row.source.key:
                value = dict(row.values).get(key.name)
                self._taken.setdefault((id(row.source), key.name), set()).add(value)

    def key(self, source: Source, key: Attribute, label: str) -> object:
        place = (id(source), key.name)
        taken = self._taken.setdefault(place, set())
        if label and key.type.name == "text" and label not in taken:
            taken.add(label)
            return label
        make = _maker(key.type, source.name)
        number = self._next.get(place, 0) + 1
        while make(number) in taken:
            number += 1
        self._next[place] = number
        taken.add(make(number))
        return make(number)


def _maker(type_: Type, name: str) -> Callable[[int], object]:
    match type_.name:
        case "int":
            return lambda number: number
        case "decimal":
            return Decimal
        case "float":
            return float
        case "date":
            return lambda number: date(2000, 1, 1) + timedelta(days=number)
        case "timestamp":
            return lambda number: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number)
        case _:
            return lambda number: f"{name}-{number}"
