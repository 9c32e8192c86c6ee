"""Which rows exist (3.3, 3.4), what is in them, and which belong to which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from segql.model import scalars
from segql.model.clock import Clock
from segql.model.nodes import (
    Attribute,
    ChildTable,
    Column,
    Condition,
    Entity,
    Event,
    FromParts,
    Link,
    PointColumns,
    Source,
    SplitText,
    SqlText,
)
from segql.model.types import TEXT, ListType, Type
from segql.reference import physical
from segql.reference.physical import Database, EvaluateSql, PhysicalRow

FLOAT = Type("float")


@dataclass(eq=False, slots=True)
class Record:
    """A row of a source; told apart by identity.

    A row of a subset is the row of its base. A row of a union has an `inner` row, of the part with number `part`.
    """

    source: Source
    row: PhysicalRow
    number: int
    inner: Record | None = None
    part: int = 0


@dataclass(eq=False)
class Rows:
    """All rows of a database at one `as of`. `holds` decides a condition over `Row(0, …)`."""

    clock: Clock
    database: Database
    evaluate_sql: EvaluateSql | None
    holds: Callable[[Condition, Record], bool]
    _existing: dict[Source, list[Record] | None] = field(default_factory=dict)
    _sets: dict[Source, set[Record]] = field(default_factory=dict)
    _by_key: dict[Source, dict[object, Record]] = field(default_factory=dict)
    _lists: dict[tuple[Source, ChildTable], dict[object, tuple[object, ...]]] = field(
        default_factory=dict
    )
    _children: dict[Link, dict[object, list[Record]]] = field(default_factory=dict)

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
        # 2.2: `only { condition }` (other rows do not exist)
        return source.only is None or self.holds(source.only, record)

    # --- belonging --------------------------------------------------------------------------------

    def parent(self, record: Record, link: Link) -> Record | None:
        """The row that `record` belongs to. A key that is null or finds no row relates to nothing (3.2)."""
        key = self._foreign_key(record, link)
        if key is None:
            return None
        if link.parent not in self._by_key:
            rows = self.existing(link.parent)
            self._by_key[link.parent] = {self.key(row): row for row in rows}
        return self._by_key[link.parent].get(key)

    def children(self, record: Record, link: Link) -> list[Record]:
        """The rows that belong to `record`."""
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
        base = base_of(record)
        if isinstance(link.child, Event) and link is link.child.owner:
            # subsets have the owner of their base, and each part of a union its own
            own = base.source.owner if isinstance(base.source, Event) else None
            link = own or link
        key = tuple(
            physical.convert(base.row.get(column), attribute.type)
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
        return tuple(
            scalars.sort_key(self.read(record, attribute), attribute.type)
            for attribute in record.source.key
        )

    def read(self, record: Record, attribute: Attribute) -> object:
        """The value of a stored attribute, None if it is unknown."""
        storage, type_ = attribute.storage, attribute.type
        match storage:
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
                return physical.read_split(record.row, storage)
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

    def sql(self, record: Record, sql: SqlText) -> object:
        """What raw SQL gives over the physical columns of a row."""
        if self.evaluate_sql is None:
            raise ValueError("raw SQL needs `evaluate_sql`")
        return self.evaluate_sql(sql.text, record.row)


def base_of(record: Record) -> Record:
    """The row of a table behind a row of unions."""
    while record.inner is not None:
        record = record.inner
    return record
