"""Rows for a model: few, and nasty (ties, nulls, days of 23 and 25 hours, 29 February, look-alike texts)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from segql.model import nodes
from segql.model.clock import Clock, calendar_shift
from segql.model.types import DecimalType, EnumType, ListType, Type
from tests.support.tables import Database, lists_of, tables_of

TEXTS = (
    "a",
    "b",
    "A",
    "B",
    "",
    " a ",
    "ab",
    "%",
    "_",
    "a%b",
    "é",
    "E\u0301",
    "Σας",
    "İ",
    "ß",
    "ż",
    "10",
    "9",
    "'",
    "\\",
    "😀",
    "\uffff",
    "a\nb",
)
ZONES = (
    "Europe/Warsaw", "Europe/Warsaw", "UTC", "America/New_York", "Asia/Kolkata",
    "Australia/Lord_Howe", "America/Havana", "America/Santiago", "Pacific/Apia",
)  # fmt: skip
PLACES: tuple[tuple[float | None, float | None], ...] = (
    (0.0, 0.0), (52.23, 21.01), (52.2301, 21.0102), (52.23, 21.0), (90.0, 0.0), (90.0, 135.0), (-90.0, -45.0), (89.9999, 180.0),
    (0.0, 180.0), (0.0, -180.0), (0.0001, 179.9999), (-0.0001, -179.9999), (-33.5, -70.25), (1.0, 0.0),
)  # fmt: skip
AS_OFS = (
    "2025-03-30T00:00", "2025-03-30T01:00Z", "2025-03-30T03:30", "2025-03-31T12:00", "2025-10-26T02:30", "2025-10-26T01:00Z",
    "2025-10-27", "2024-02-29", "2024-02-29T13:00", "2025-02-28T23:59:59.999999", "2025-03-01", "2024-12-31T18:00",
    "2026-01-01", "2026-01-01T00:00:00.000001", "2025-07-31T08:15:30.5", "2025-11-02", "2025-09-07T12:00", "2025-05-31",
)  # fmt: skip


def settings_of(random: Random) -> nodes.Settings:
    return nodes.Settings(
        timezone=random.choice(ZONES),
        week_starts=random.choice(("monday", "monday", "sunday", "saturday", "wednesday")),
    )


class Rows:
    """Makes the rows of every table of a model from a seed."""

    def __init__(self, model: nodes.Model, clock: Clock, random: Random, size: int = 6) -> None:
        self.model = model
        self.random = random
        self.size = size
        self.instants = _instants(clock)
        self.dates = _dates(clock)

    def database(self) -> Database:
        columns = tables_of(self.model)
        rows: dict[str, list[dict[str, object]]] = {table: [] for table in columns}
        keys = {source.name: self.keys(source) for source in self._tables()}
        for source in self._tables():
            for key in keys[source.name]:
                for version in self._versions(source):
                    row = dict(zip((_column(part) for part in source.key), key, strict=True))
                    row.update(version)
                    self._fill(source, row, keys)
                    rows[str(source.table)].append(row)
            for attribute in source.attributes.values():
                log = attribute.storage
                if isinstance(log, nodes.ChangeLog) and not rows[str(log.table)]:
                    rows[str(log.table)] += self._changes(attribute, log, keys[source.name])
                if isinstance(attribute.storage, nodes.ChildTable):
                    rows[str(attribute.storage.table)] += self._children(
                        attribute, keys[source.name]
                    )
        for table, column, type_ in lists_of(self.model):
            count = self.random.randint(0, 4)
            rows[table] = [{column: self.value(type_, True)} for _ in range(count)]
        for made in rows.values():
            self.random.shuffle(made)
        return rows

    def _versions(self, source: nodes.Source) -> list[dict[str, object]]:
        """When each version of a row held: one after another, mostly without a gap."""
        history = getattr(source, "history", None)
        if history is None:
            return [{}]
        start, end = history
        count = self.random.randint(1, 3)
        points = self.dates if start.type.name == "date" else self.instants
        times = sorted({self.random.choice(points) for _ in range(count + 1)})
        ends: list[object] = [*times[1:], None if self.random.random() < 0.7 else times[-1]]
        return [
            {_column(start): first, _column(end): last}
            for first, last in zip(times, ends, strict=True)
            if first != last and (self.random.random() < 0.85 or last is None)
        ]

    def _changes(
        self, attribute: nodes.Attribute, log: nodes.ChangeLog, keys: list[tuple[object, ...]]
    ) -> list[dict[str, object]]:
        points = self.dates if log.at_type.name == "date" else self.instants
        found = []
        for _ in range(self.random.randint(0, 3 * self.size)):
            key = self.random.choice(keys) if keys else (None,) * len(log.on)
            row: dict[str, object] = dict(zip(log.on, key, strict=True))
            row[log.at.parts[0]] = (
                None if self.random.random() < 0.1 else self.random.choice(points)
            )
            row[log.column.parts[0]] = self.value(attribute.type, True)
            found.append(row)
        return found

    def _tables(self) -> list[nodes.Source]:
        return [source for source in self.model.sources.values() if source.table is not None]

    def keys(self, source: nodes.Source) -> list[tuple[object, ...]]:
        """Unique keys; rows without a key get empty ones."""
        many = isinstance(source, nodes.Event | nodes.Rows) or "line" in source.name
        most = self.size * (3 if many else 1)
        count = max(self.random.randint(0, most), self.random.randint(0, most))
        if not source.key:
            return [()] * count
        found: dict[tuple[object, ...], None] = {}
        for _ in range(count):
            found.setdefault(tuple(self._key_part(part.type) for part in source.key))
        return list(found)

    def _key_part(self, type_: Type) -> object:
        if type_.name == "int":
            return self.random.randint(1, 3 * self.size)
        return self.random.choice(("a", "b", "A", "B", "10", "9", "é"))

    def _fill(
        self,
        source: nodes.Source,
        row: dict[str, object],
        keys: dict[str, list[tuple[object, ...]]],
    ) -> None:
        for link in self._links(source):
            parents = keys[link.parent.name]
            parent = (
                self.random.choice(parents) if parents and self.random.random() < 0.85 else None
            )
            if parent is None:
                parent = tuple(
                    None if self.random.random() < 0.5 else self._key_part(part.type)
                    for part in link.parent.key
                )
            for name, value in zip(link.columns, parent, strict=True):
                row.setdefault(name, value)
        for attribute in [*source.attributes.values(), *_extra(source)]:
            self._store(row, attribute)

    def _links(self, source: nodes.Source) -> list[nodes.Link]:
        owner = getattr(source, "owner", None)
        below = [
            link
            for other in self.model.sources.values()
            for link in other.many.values()
            if link.child is source
        ]
        links = [*source.one.values(), *([owner] if owner else []), *below]
        return [link for link in links if link.columns]  # a group's rows have no column for it

    def _store(self, row: dict[str, object], attribute: nodes.Attribute) -> None:
        nullable = attribute.nullable or attribute.name in (
            "created_at",
            "at_time",
            "ordered_at",
            "day",
        )
        match attribute.storage:
            case nodes.Column(parts=(name,)):
                if name not in row:
                    row[name] = self.value(attribute.type, nullable)
            case nodes.Column(parts=(name, *path)):
                holder = row.setdefault(name, {} if self.random.random() < 0.9 else None)
                for step in path[:-1]:
                    holder = holder.setdefault(step, {}) if isinstance(holder, dict) else None
                if isinstance(holder, dict) and self.random.random() < 0.8:
                    holder[path[-1]] = self._json(attribute.type)
            case nodes.PointColumns(latitude, longitude):
                place = self.random.choice(PLACES)
                if nullable and self.random.random() < 0.25:
                    place = self.random.choice(((None, None), (place[0], None), (None, place[1])))
                row[latitude.parts[0]], row[longitude.parts[0]] = place
            case nodes.SplitText(column, separator):
                items = [self.random.choice(TEXTS) for _ in range(self.random.randint(0, 3))]
                unknown = attribute.nullable and self.random.random() < 0.3
                row[column.parts[0]] = None if unknown else separator.join(items)
            case _:
                pass

    def _json(self, type_: Type) -> object:
        if self.random.random() < 0.3:
            return self.random.choice((None, "x", "", 5, True, [1], {"a": 1}, "7"))
        return self.value(type_, False)

    def _children(
        self, attribute: nodes.Attribute, keys: list[tuple[object, ...]]
    ) -> list[dict[str, object]]:
        child = attribute.storage
        assert isinstance(child, nodes.ChildTable)
        assert isinstance(attribute.type, ListType)
        rows = []
        for _ in range(self.random.randint(0, self.size)):
            key = self.random.choice(keys) if keys else (None,) * len(child.on)
            row: dict[str, object] = dict(zip(child.on, key, strict=True))
            row[child.column] = self.value(attribute.type.item, True)
            rows.append(row)
        return rows

    def value(self, type_: Type, nullable: bool) -> object:
        if nullable and self.random.random() < 0.25:
            return None
        if isinstance(type_, ListType):
            return [self.value(type_.item, True) for _ in range(self.random.randint(0, 3))]
        if isinstance(type_, EnumType):
            return self.random.choice(type_.values)
        if isinstance(type_, DecimalType):
            return self._decimal(type_)
        return self._makers()[type_.name]()

    def _makers(self) -> dict[str, Callable[[], Any]]:
        return {
            "int": lambda: self.random.choice((0, 1, 2, 3, 5, 7, 10, -1, -3, 100)),
            "float": self._float,
            "text": lambda: self.random.choice(TEXTS),
            "bool": lambda: self.random.random() < 0.5,
            "date": lambda: self.random.choice(self.dates),
            "timestamp": lambda: self.random.choice(self.instants),
        }

    def _float(self) -> float:
        return self.random.choice(
            (0.0, -0.0, 0.5, 1.25, -2.5, 0.1, 100.0, float("nan"), float("inf"), float("-inf"))
        )

    def _decimal(self, type_: DecimalType) -> Decimal:
        unit = Decimal(1).scaleb(-type_.scale)
        return (
            self.random.choice((0, 1, -1, 5, 25, 100, 333, -250, 12345))
            * unit
            * self.random.choice((1, 1, 10))
        )


def _column(attribute: nodes.Attribute) -> str:
    assert isinstance(attribute.storage, nodes.Column)
    return attribute.storage.parts[0]


def _extra(source: nodes.Source) -> list[nodes.Attribute]:
    found = [getattr(source, "created", None), getattr(source, "at", None)]
    return [attribute for attribute in found if attribute is not None]


def _instants(clock: Clock) -> list[datetime]:
    """Naive UTC times at and around every bound that a window may have."""
    now = clock.now
    points = [now, now + timedelta(days=1), now + timedelta(days=40)]
    points += [now - timedelta(days=days) for days in (1, 2, 7, 30, 90, 365)]
    points += [clock.shift(now, -months, "month") for months in (1, 3, 12)]
    for unit in ("day", "week", "month", "quarter", "year"):
        points += [clock.day_start(clock.unit_date(unit, offset)) for offset in (-1, 0, 1)]
    points += [
        datetime(2025, 3, 30, 1, tzinfo=UTC),
        datetime(2025, 10, 26, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ]
    steps = (
        timedelta(0),
        timedelta(microseconds=-1),
        timedelta(microseconds=1),
        timedelta(hours=-1),
    )
    return [(point + step).replace(tzinfo=None) for point in points for step in steps]


def _dates(clock: Clock) -> list[date]:
    points = [clock.today, clock.e, date(2024, 2, 29), date(2000, 2, 29), date(1999, 12, 31)]
    points += [calendar_shift(clock.e, -days, "day") for days in (1, 2, 7, 30, 90)]
    points += [calendar_shift(clock.today, days, "day") for days in (-1, 1, 6, 7, 30)]
    points += [calendar_shift(clock.e, -months, "month") for months in (1, 3, 12, 240)]
    return points + [clock.unit_date(unit, 0) for unit in ("week", "month", "quarter", "year")]
