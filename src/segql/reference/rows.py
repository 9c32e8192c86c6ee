"""Which rows exist (3.3, 3.4), what is in them, and which belong to which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from segql.model import scalars
from segql.model.clock import Clock
from segql.model.nodes import (
    Attribute,
    ChangeLog,
    ChildTable,
    Column,
    Condition,
    Derived,
    Entity,
    Event,
    FromParts,
    Grouping,
    GroupMeasure,
    GroupValue,
    Link,
    PointColumns,
    Source,
    SplitText,
    SqlText,
    Table,
    Value,
)
from segql.model.types import TEXT, ListType, Type
from segql.reference import histories, physical
from segql.reference.histories import Span
from segql.reference.physical import Database, EvaluateSql, PhysicalRow

FLOAT = Type("float")


@dataclass(eq=False, slots=True)
class Record:
    """A row of a source; told apart by identity.

    A row of a subset is the row of its base. A row of a union has an `inner` row, of the part with number `part`.
    A row of an event that groups has the `rows` that it is made of, by time and key.
    """

    source: Source
    row: PhysicalRow
    number: int
    inner: Record | None = None
    part: int = 0
    rows: tuple[Record, ...] = ()


@dataclass(eq=False)
class Rows:
    """All rows of a database at one `as of`. `holds` decides a condition over `Row(0, …)`, `value` a value."""

    clock: Clock
    database: Database
    evaluate_sql: EvaluateSql | None
    holds: Callable[[Condition, Record], bool]
    value: Callable[[Value, Record], object]
    _existing: dict[Source, list[Record] | None] = field(default_factory=dict)
    _sets: dict[Source, set[Record]] = field(default_factory=dict)
    _by_key: dict[Source, dict[object, Record]] = field(default_factory=dict)
    _lists: dict[tuple[Source, ChildTable], dict[object, tuple[object, ...]]] = field(
        default_factory=dict
    )
    _logs: dict[tuple[Source, ChangeLog], Mapping[tuple[object, ...], list[Span]]] = field(
        default_factory=dict
    )
    _columns: dict[tuple[Table, str, Type], list[object]] = field(default_factory=dict)
    _children: dict[Link, dict[object, list[Record]]] = field(default_factory=dict)
    _groups: dict[Link, dict[Record, Record]] = field(default_factory=dict)
    _read: dict[tuple[Record, Attribute], object] = field(default_factory=dict)

    # --- existence --------------------------------------------------------------------------------

    def existing(self, source: Source) -> list[Record]:
        """The rows of a source that exist."""
        if source not in self._existing:
            self._existing[source] = None  # in hand
            self._existing[source] = list(self._find(source))
        found = self._existing[source]
        if found is None:
            raise ValueError(f"whether a row of `{source.name}` exists rests on itself")
        return found

    def is_of(self, record: Record, source: Source) -> bool:
        """Whether a row is one of `source`, which may be a subset of the row's own."""
        if source not in self._sets:
            self._sets[source] = set(self.existing(source))
        return record in self._sets[source]

    def _find(self, source: Source) -> Iterator[Record]:
        if isinstance(source, Event) and source.base is not None:
            # 2.2: a subset (of a subset too)
            for record in self.existing(source.base):
                if source.where is None or self.holds(source.where, record):
                    yield record
        elif isinstance(source, Event) and source.parts:
            yield from self._united(source)
        elif isinstance(source, Event) and source.groups is not None:
            yield from self._grouped(source, source.groups)
        else:
            for number, row in enumerate(self.database.get(str(source.table), ())):
                record = Record(source, row, number)
                if self._exists(record):
                    yield record

    def _united(self, union: Event) -> Iterator[Record]:
        """2.2: a union; a base row counts once, in the first part that holds it."""
        seen: set[int] = set()
        for part, event in enumerate(union.parts):
            for inner in self.existing(event):
                base = base_of(inner)
                if id(base) not in seen:
                    seen.add(id(base))
                    yield Record(union, base.row, base.number, inner, part)

    def _grouped(self, source: Event, grouping: Grouping) -> Iterator[Record]:
        """2.2: one row for each subject and value, built before any window; unknown values make no row."""
        at, owner = grouping.base.at, grouping.base.owner
        if at is None or owner is None:
            raise TypeError(f"`{grouping.base.name}` has no time or owner")
        groups: dict[tuple[Record, object], list[Record]] = {}
        for row in self.existing(grouping.base):
            subject = self.parent(row, owner)
            value = self.value(grouping.by, row)
            if subject is not None and value is not None:
                groups.setdefault((subject, value), []).append(row)
        group_of = self._groups.setdefault(grouping.link, {})
        for number, rows in enumerate(groups.values()):
            ordered = sorted(rows, key=lambda row: (self.read(row, at), self.order(row)))
            stored = stored_of(ordered[0])
            group = Record(source, stored.row, number, rows=tuple(ordered))
            group_of.update(dict.fromkeys(rows, group))
            yield group

    def _exists(self, record: Record) -> bool:
        source = record.source
        if isinstance(source, Event) and source.at is not None:
            # 3.3: events at or after `as of` or without a time do not exist; for dates, `as of` is E
            at = self.read(record, source.at)
            as_of = self.clock.e if source.at.type.name == "date" else self.clock.now
            if at is None or at >= as_of:  # type: ignore[operator]
                return False
        if isinstance(source, Entity) and source.created is not None:
            # 3.3: entities created at or after `as of` do not exist; unknown: they do
            created = self.read(record, source.created)
            as_of = self.clock.e if source.created.type.name == "date" else self.clock.now
            if created is not None and created >= as_of:  # type: ignore[operator]
                return False
        if isinstance(source, Entity) and source.history is not None:
            # 3.4: the row with `valid_from <= as of < valid_to`
            version = histories.version_span(record.row, source.history, self.clock)
            if version is None or not histories.holds_at(version, self.clock.now):
                return False
        # 2.2: `only { condition }` (other rows do not exist)
        return source.only is None or self.holds(source.only, record)

    # --- belonging --------------------------------------------------------------------------------

    def parent(self, record: Record, link: Link) -> Record | None:
        """The row that `record` belongs to. A key that is null or finds no row relates to nothing (3.2)."""
        if _leads_to_groups(link):
            self.existing(link.parent)
            return self._groups[link].get(record)
        key = self._foreign_key(record, link)
        return None if key is None else self.with_key(link.parent, key)

    def with_key(self, source: Source, key: tuple[object, ...]) -> Record | None:
        """The row of a source that has the key, if it exists."""
        if source not in self._by_key:
            self._by_key[source] = {self.key(row): row for row in self.existing(source)}
        return self._by_key[source].get(key)

    def children(self, record: Record, link: Link) -> list[Record]:
        """The rows that belong to `record`."""
        if _leads_to_groups(link):
            return list(record.rows)
        if link not in self._children:
            found: dict[object, list[Record]] = {}
            for child in self.existing(link.child):
                key = self._foreign_key(child, link)
                if key is not None:
                    found.setdefault(key, []).append(child)
            self._children[link] = found
        return self._children[link].get(self.key(record), [])

    def _foreign_key(self, record: Record, link: Link) -> tuple[object, ...] | None:
        """The key of the row that `record` belongs to, None if a column is null."""
        stored = stored_of(record)
        if isinstance(link.child, Event) and link is link.child.owner:
            # subsets have the owner of their base, each part of a union its own, groups that of their rows
            own = stored.source.owner if isinstance(stored.source, Event) else None
            link = own or link
        key = tuple(
            physical.convert(stored.row.get(column), attribute.type)
            for column, attribute in zip(link.columns, link.parent.key, strict=True)
        )
        return None if None in key else key

    # --- contents ---------------------------------------------------------------------------------

    def key(self, record: Record) -> tuple[object, ...]:
        """The values of a row's key. Of a union: the position of its part, then the key there."""
        if record.inner is not None:
            return (record.part, self.key(record.inner))
        return tuple(self.read(record, attribute) for attribute in record.source.key)

    def order(self, record: Record) -> tuple[object, ...]:
        """What rows are ordered by where they are ordered by key (3.5)."""
        if record.inner is not None:
            return (record.part, self.order(record.inner))
        own = tuple(
            scalars.sort_key(self.read(record, attribute), attribute.type)
            for attribute in record.source.key
        )
        if not record.rows:
            return own
        # the key of a group is its value; groups of one value are those of different subjects
        owner = record.source.owner if isinstance(record.source, Event) else None
        subject = self.parent(record, owner) if owner is not None else None
        return own if subject is None else (*own, *self.order(subject))

    def read(self, record: Record, attribute: Attribute) -> object:
        """The value of a stored attribute, None if it is unknown."""
        storage, type_ = attribute.storage, attribute.type
        if record.rows and not isinstance(storage, GroupMeasure | GroupValue):
            return self.read(record.rows[0], attribute)  # its owner's key, the same in all its rows
        match storage:
            case GroupMeasure():
                place = (record, attribute)
                if place not in self._read:
                    self._read[place] = self.value(storage.value, record)
                return self._read[place]
            case GroupValue():
                return self.value(storage.value, record.rows[0])
            case ChangeLog():
                spans = self.spans(record, attribute)
                now = [span for span in spans if histories.holds_at(span, self.clock.now)]
                return now[0].value if now else None
            case Derived():  # of a part of a union
                return self.value(storage.value, record)
            case Column():
                return physical.read_column(record.row, storage, type_)
            case FromParts():
                if record.inner is None:
                    raise TypeError(f"`{attribute.name}` is of a union, the row is not")
                part = storage.attributes[record.part]
                return physical.convert(self.read(record.inner, part), type_)
            case PointColumns():
                pair = tuple(
                    physical.read_column(record.row, column, FLOAT)
                    for column in (storage.latitude, storage.longitude)
                )
                return None if None in pair else pair
            case SplitText():
                item = type_.item if isinstance(type_, ListType) else TEXT
                return physical.read_split(record.row, storage, item)
            case ChildTable():
                return self._child_values(record, storage, type_)
            case SqlText():
                return physical.convert(self.sql(record, storage), type_)
            case _:
                raise TypeError(f"`{attribute.name}` is not stored")

    def _child_values(self, record: Record, storage: ChildTable, type_: Type) -> object:
        """2.2: a list in a child table; no child row is the empty list."""
        place = (record.source, storage)
        if place not in self._lists:
            types = [attribute.type for attribute in record.source.key]
            item = type_.item if isinstance(type_, ListType) else TEXT
            lists: dict[object, tuple[object, ...]] = {}
            for row in self.database.get(str(storage.table), ()):
                key = tuple(
                    physical.convert(row.get(column), part)
                    for column, part in zip(storage.on, types, strict=True)
                )
                lists[key] = (*lists.get(key, ()), physical.convert(row.get(storage.column), item))
            self._lists[place] = lists
        return self._lists[place].get(self.key(record), ())

    def spans(self, record: Record, attribute: Attribute) -> list[Span]:
        """What an attribute with a history was, and when."""
        source, storage = record.source, attribute.storage
        if isinstance(storage, ChangeLog):
            place = (source, storage)
            if place not in self._logs:
                rows = self.database.get(str(storage.table), ())
                types = [key.type for key in source.key]
                self._logs[place] = histories.logged(
                    rows, storage, attribute.type, types, self.clock
                )
            return self._logs[place].get(self.key(record), [])
        if not isinstance(source, Entity) or source.history is None:
            raise TypeError(f"`{attribute.name}` has no history")
        found: list[Span] = []
        for number, row in enumerate(self.database.get(str(source.table), ())):
            version = Record(source, row, number)
            if self.key(version) == self.key(record):
                value = self.read(version, attribute)
                span = histories.version_span(row, source.history, self.clock, value)
                if span is not None:
                    found.append(span)
        return found

    def column(self, table: Table, column: str, type_: Type) -> list[object]:
        """The known values in a column of a table, as values of `type_`."""
        place = (table, column, type_)
        if place not in self._columns:
            values = [
                physical.convert(row.get(column), type_)
                for row in self.database.get(str(table), ())
            ]
            self._columns[place] = [value for value in values if value is not None]
        return self._columns[place]

    def sql(self, record: Record, sql: SqlText) -> object:
        """What raw SQL gives over the physical columns of a row."""
        if self.evaluate_sql is None:
            raise ValueError("raw SQL needs `evaluate_sql`")
        return self.evaluate_sql(sql.text, record.row)


def base_of(record: Record) -> Record:
    """The row behind a row of unions: of a table, or a group."""
    while record.inner is not None:
        record = record.inner
    return record


def stored_of(record: Record) -> Record:
    """The row of a table behind a row: of a group its first."""
    record = base_of(record)
    while record.rows:
        record = base_of(record.rows[0])
    return record


def _leads_to_groups(link: Link) -> bool:
    """Whether a link leads from the rows of a group up to it."""
    groups = link.parent.groups if isinstance(link.parent, Event) else None
    return groups is not None and groups.link is link
