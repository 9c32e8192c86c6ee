"""Events that group rows (2.2): in normal form, and in the plan.

A grouped event is like a table of its own: a `GroupTable`, one CTE with one row for each owner and known value, the
time of its first row, and a column for each measure that anybody asks for. Its rows come from one scan of the base
rows, which answers all measures over just those; what goes further down is joined to it as to any other row.

The key of a group is that of its owner and its value, and so is what its rows belong to it by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard, cast

from segql.model.nodes import (
    Attr,
    Attribute,
    Condition,
    Event,
    Grouping,
    GroupMeasure,
    IsKnown,
    Link,
    Row,
    RowRef,
    Source,
    Up,
    Value,
)
from segql.model.types import Type
from segql.model.walk import map_children
from segql.plan.nodes import (
    NOWHERE,
    Aggregation,
    Existence,
    Selection,
    source_time,
)
from segql.plan.simplify import may_be_unknown, tighten

if TYPE_CHECKING:
    from segql.plan.normalize import Normalizer
    from segql.plan.plan import Rollup, Scope
    from segql.plan.scope import Planner

AT = "at"
"""The column of a group's time."""


def grouping(source: Source) -> Grouping | None:
    return source.groups if isinstance(source, Event) else None


def leads_to_group(row: RowRef) -> TypeGuard[Up]:
    """Whether a row is the group that the row below it belongs to."""
    return isinstance(row, Up) and not row.link.columns and grouping(row.link.parent) is not None


def identity(source: Source) -> list[tuple[str, Type]]:
    """What tells the rows of a source apart: the columns' names and types."""
    own = [(key.name, key.type) for key in source.key]
    if grouping(source) is None:
        return own
    return [*owner_columns(source), *(part for part in own if part not in owner_columns(source))]


def owner_columns(source: Source) -> list[tuple[str, Type]]:
    """The columns of an event that hold its owner's key."""
    owner = source.owner if isinstance(source, Event) else None
    if owner is None:
        return []
    return [(name, key.type) for name, key in zip(owner.columns, owner.parent.key, strict=True)]


def holder(row: Up, sure: frozenset[RowRef]) -> RowRef:
    """The row whose columns hold the key of `row`: the one below it; below a group that is sure to be there its
    rows do as well, as they have its owner."""
    below = row.row
    while leads_to_group(below) and below in sure:
        owner = below.link.parent.owner if isinstance(below.link.parent, Event) else None
        if row.link is not owner:
            break
        below = below.row
        if not leads_to_group(below):
            break
    return below


def column_of(source: Source, attribute: Attribute) -> str:
    """The column of a group table that holds a value of the group."""
    groups = grouping(source)
    if groups is not None and groups.day and attribute.name == AT:
        return source.key[0].name
    return attribute.name


# --- normal form ----------------------------------------------------------------------------------


def group_value(normalizer: Normalizer, link: Link, row: RowRef) -> Value:
    """The value by which `row` belongs to the group that `link` leads up to."""
    groups = grouping(link.parent)
    assert groups is not None
    return normalizer.over(row).value(groups.by)


def belonging(normalizer: Normalizer, link: Link, row: RowRef) -> list[Condition]:
    """What makes `row` belong to a group: a known value."""
    if link.columns or grouping(link.parent) is None:
        return []
    value = group_value(normalizer, link, row)
    return [IsKnown(NOWHERE, value)] if may_be_unknown(value) else []


# --- the plan -------------------------------------------------------------------------------------


@dataclass(slots=True)
class GroupTable:
    """The rows of a grouped event, with the measures that are asked for."""

    name: str
    source: Event
    measures: dict[Attribute, Value] = field(default_factory=dict)
    """In normal form over `Row(0, source)`."""
    scope: Scope | None = None
    """Planned once all that is asked is known; its rows are those of `rows`."""
    rows: Rollup | None = None
    planned: int = -1
    """How many measures the scope was planned for."""

    @property
    def row(self) -> Row:
        return Row(0, self.source)


class Groups:
    """The group tables of one statement as of one moment.

    An event has one table, and another one for each depth at which its measures rest on others of the same event.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._tables: dict[Source, list[GroupTable]] = {}

    def table(self, source: Source) -> GroupTable | None:
        """The table of a grouped event, as it can be asked here; None for other sources."""
        if not isinstance(source, Event) or source.groups is None:
            return None
        needs, tables = self._planner.needs, self._tables.setdefault(source, [])
        found = needs.usable(tables)
        if found is None:
            name = self._planner.names.unique(f"{source.name}_by_{source.key[0].name}")
            found = GroupTable(name, source)
            tables.append(found)
        needs.use(found)
        return found

    def ask(self, measures: Iterable[tuple[Source, Attribute]]) -> None:
        """Have the tables hold measures."""
        for source, attribute in measures:
            table = self.table(source)
            assert table is not None
            if attribute not in table.measures:
                table.measures[attribute] = self._measure(table.row, attribute)

    def _measure(self, row: Row, attribute: Attribute) -> Value:
        """The value in normal form, other measures of the row written out."""
        storage = attribute.storage
        assert isinstance(storage, GroupMeasure)
        normalizer = self._planner.normalizer
        value = normalizer.over(row).value(storage.value)
        if isinstance(value, Aggregation):
            normalizer.names.setdefault(value, attribute.name)

        def visit(item: object) -> object:
            if isinstance(item, Attr) and item.row == row:
                other = item.attribute
                return self._measure(row, other) if type(other.storage) is GroupMeasure else item
            if isinstance(item, Row | Up | Aggregation | Existence):
                return item
            return map_children(item, visit)

        return cast(Value, visit(value))

    def finish(self) -> bool:
        """Plan the tables whose measures are not planned yet. Whether there were any."""
        found = False
        tables = self._tables.values()
        while waiting := [t for some in tables for t in some if t.planned != len(t.measures)]:
            # groups of groups first: they ask the others
            table = max(waiting, key=lambda item: _depth(item.source))
            self._plan(table)
            found = True
        return found

    def _plan(self, table: GroupTable) -> None:
        planner = self._planner
        table.planned = len(table.measures)
        groups = table.source.groups
        assert groups is not None
        selection = _rows_of(planner.normalizer, groups, table.row)
        first: Aggregation | Existence = Existence(NOWHERE, selection)
        if not groups.day and selection.time is not None:
            first = Aggregation(selection.time.type, NOWHERE, "min", selection, selection.time)
            planner.normalizer.names.setdefault(first, AT)
        values = list(table.measures.values())
        with planner.needs.planning(table):
            table.rows, table.scope = planner.grouped(table.row, first, values, table.rows)


def _depth(source: Source) -> int:
    groups = grouping(source)
    base: Source | None = groups.base if groups is not None else None
    depth = 0
    while isinstance(base, Event):
        if base.groups is not None:
            depth += 1
            base = base.groups.base
        elif base.parts:
            return depth + 1 + max(map(_depth, base.parts))
        else:
            base = base.base
    return depth


def _rows_of(normalizer: Normalizer, groups: Grouping, row: Row) -> Selection:
    """All rows of all groups, as a search below a group."""
    link = normalizer.link(groups.link)
    base = link.child
    below = Row(1, base)
    conditions = (
        *normalizer.existing(groups.base, below),
        *belonging(normalizer, link, below),
    )
    time = source_time(base, below)
    span = groups.link.span
    label = groups.base.name
    return Selection(row, (link,), base, 1, tighten(conditions, span), time, label, None, span)
