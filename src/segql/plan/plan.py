"""The logical plan: which rows are read, joined, counted and kept, for any SQL dialect.

A `Scope` is one SELECT over the rows of a source (a subject, or the rows of a search). Whatever it asks of rows
below is a `Rollup` (one row for each anchor, one scan for all that share it) or a `Semi` join; whatever it asks of
rows above is a `Parent` join on a unique key. So rows never multiply, and every level is planned in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from segql.model.clock import Clock
from segql.model.nodes import (
    Attr,
    Attribute,
    Condition,
    Derived,
    Event,
    Model,
    Named,
    Row,
    RowRef,
    Source,
    Up,
    Value,
)
from segql.model.rebase import rebase
from segql.model.walk import map_children
from segql.plan.groups import GroupTable
from segql.plan.histories import HistoryJoin
from segql.plan.implied import simplified
from segql.plan.nodes import Aggregation, Conditions, Existence, Selection
from segql.plan.normalize import Normalizer
from segql.plan.populations import Asked, PlacesJoin, TotalsJoin
from segql.plan.simplify import conjuncts
from segql.plan.ties import TieJoin
from segql.source import Span


@dataclass(slots=True)
class Parent:
    """The row above, joined on its key. `conditions`: what makes it exist; required: rows without it are dropped."""

    row: Up
    conditions: Conditions
    required: bool = False
    inner: Scope | None = None
    """Where its existence asks for more than its own columns: the rows that exist, as a query."""
    table: GroupTable | None = None
    """For an event that groups rows."""


@dataclass(slots=True)
class ChildList:
    """The elements of a list attribute kept in a child table, collected for each owner."""

    row: RowRef
    attribute: Attribute
    name: str


@dataclass(slots=True)
class Column:
    """One column of a rollup: an aggregation over those of its rows that meet `filters` too."""

    name: str
    aggregation: Aggregation
    filters: Conditions
    presence: bool = False
    """All that is asked is whether there are rows: the row of the rollup says it, without a column."""


@dataclass(slots=True)
class Rollup:
    """One row for each anchor that has rows in `scope`, in a CTE of its own.

    For `favourite` (and its share) the rows are first grouped by the value; all columns are then over the same one.
    """

    name: str
    selection: Selection
    """One of those that share it: tells the links and the level."""
    scope: Scope
    columns: list[Column]
    favourite: bool = False
    beside: dict[int, Rollup] = field(default_factory=dict)
    """For a favourite: the measures that need the rows of a value in their order, by place; a row for each value."""


@dataclass(slots=True)
class RollupJoin:
    """A rollup at an anchor row of the scope. Required: rows without one are dropped."""

    rollup: Rollup
    anchor: RowRef
    required: bool = False
    alias: str = ""
    """Its name in the scope: the rollup's, unless that stands there twice."""


@dataclass(slots=True)
class Semi:
    """Rows (do not) exist below an anchor: a semi- or an anti-join."""

    anchor: RowRef
    selection: Selection
    scope: Scope
    negated: bool


@dataclass(slots=True)
class UnionPart:
    """A leaf of a union of events: its rows, its place, and how to come from the union's attributes to its own."""

    position: int
    path: tuple[int, ...]
    event: Event
    scope: Scope
    values: dict[Attribute, Value] = field(default_factory=dict)
    """What the union's attributes are here, as far as they are asked for."""


Join: TypeAlias = (
    "Parent | ChildList | RollupJoin | PlacesJoin | TotalsJoin | HistoryJoin | TieJoin"
)


@dataclass(slots=True)
class Scope:
    """The rows of `row.source` with what hangs on them. Rows that do not meet `filters` are dropped."""

    row: Row
    sure: frozenset[RowRef]
    """Rows above that exist wherever `row` counts: the steps of the search, and its anchor."""
    joins: list[Join] = field(default_factory=list)
    semis: list[Semi] = field(default_factory=list)
    filters: list[Condition] = field(default_factory=list)
    places: dict[Aggregation, tuple[RollupJoin, Column]] = field(default_factory=dict)
    standings: dict[Asked, tuple[PlacesJoin | TotalsJoin, str]] = field(default_factory=dict)
    """The join and the column that answer for what is asked of a crowd."""
    ranked: PlacesJoin | None = None
    """One of the joins, where its rows stand for the rows of the source: nothing else is asked of those."""
    parts: list[UnionPart] = field(default_factory=list)
    """The leaves, if the source is a union of events."""
    table: GroupTable | None = None
    """The rows, if the source is an event that groups rows."""
    rows: Rollup | None = None
    """For the scope that makes such a table: the scan that its rows come from."""
    group_values: dict[RowRef, Value] = field(default_factory=dict)
    """For the groups above: the value by which the row below belongs to it."""

    @property
    def source(self) -> Source:
        return self.row.source

    def place(self, node: Aggregation | Existence) -> tuple[RollupJoin, Column]:
        """The rollup and the column that answer for a node."""
        return self.places[node if type(node) is Aggregation else counting_of(node)]


def counting_of(node: Existence | Aggregation) -> Aggregation:
    """The aggregation that answers for a node: for an existence the count."""
    from segql.plan.nodes import counting

    return node if isinstance(node, Aggregation) else counting(node.selection)


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment in normal form: a condition for each of its lines."""

    name: str
    source: Source
    lines: tuple[Condition, ...]
    spans: tuple[Span, ...]

    @property
    def row(self) -> Row:
        return Row(0, self.source)

    @property
    def conditions(self) -> Conditions:
        """All lines as one list of conjuncts, without what follows from the others."""
        items: dict[Condition, None] = {}
        for line in self.lines:
            items.update(dict.fromkeys(conjuncts(line)))
        return simplified(tuple(items))


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments and traits in normal form as of one instant; equal aggregations are equal, whoever asks for them."""

    model: Model
    clock: Clock
    normalizer: Normalizer
    segments: dict[str, Definition]
    traits: dict[str, tuple[Source, Value]]
    taken: frozenset[str]
    """Names that a statement must not give to anything else: sources, relations, tables without a schema."""

    def existing(self, row: Row) -> Conditions:
        """What makes a subject's row exist."""
        return self.normalizer.existing(row.source, row)

    def attribute(self, source: Source, name: str) -> Value:
        """An attribute, derived value or trait of the subject in normal form. KeyError for another name."""
        attribute = source.attributes.get(name)
        found: Value
        if attribute is not None:
            found = value_of(attribute, Row(0, source))
        elif name in self.model.traits:
            found = self.model.traits[name].value
        else:
            lines = (self.model.segments[segment].lines for segment in self.segments)
            found = _named(lines, name, Row(0, source))
        return self.normalizer.subject(source).value(found)


def _named(lines: Iterable[tuple[Condition, ...]], name: str, row: Row) -> Value:
    """A derived value of a row that some line mentions; KeyError where none does."""
    found: list[Value] = []

    def visit(item: object) -> object:
        if isinstance(item, Named) and item.name == name and item.row == row:
            found.append(item)
        elif not found:
            map_children(item, visit)
        return item

    for line in (line for group in lines for line in group):
        visit(line)
        if found:
            return found[0]
    raise KeyError(name)


def value_of(attribute: Attribute, row: RowRef) -> Value:
    """The value of an attribute of a row, whether it is stored or derived."""
    if isinstance(attribute.storage, Derived):
        return rebase(attribute.storage.value, Row(0, row.source), row, 0, 0)
    return Attr(attribute.type, attribute.span, row, attribute)


def plan(model: Model, segments: Sequence[str], clock: Clock, traits: Sequence[str] = ()) -> Plan:
    """Bring definitions into normal form. KeyError for unknown names, `PlanError` for what cannot be planned."""
    normalizer = Normalizer(clock)
    definitions: dict[str, Definition] = {}
    for name in segments:
        segment = model.segments[name]
        subject = normalizer.subject(segment.entity)
        definitions[name] = Definition(
            name,
            segment.entity,
            tuple(map(subject.condition, segment.lines)),
            tuple(line.span for line in segment.lines),
        )
    values: dict[str, tuple[Source, Value]] = {}
    for name in traits:
        trait = model.traits[name]
        values[name] = (trait.source, normalizer.subject(trait.source).value(trait.value))
    return Plan(model, clock, normalizer, definitions, values, frozenset(_taken(model)))


def _taken(model: Model) -> Iterator[str]:
    for source in model.sources.values():
        yield source.name
        yield from source.one
        yield from source.many
        if source.table is not None and len(source.table.parts) == 1:
            yield source.table.parts[0]
