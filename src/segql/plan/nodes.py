"""What the normal form has beside the nodes of the model: searches with everything said as conditions.

A `Selection` is what a `nodes.Search` comes to: its source is over a table (or a union), never a subset; its
conditions hold the window, what makes the rows exist, and what was written, as one flat list. Selections and what is
made of them are compared and looked up often, so they keep their hash.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from segql.model.nodes import (
    Attr,
    Condition,
    Event,
    Link,
    Measure,
    Row,
    RowRef,
    Source,
    Up,
    Value,
    Wording,
)
from segql.model.types import INT
from segql.source import Span

if TYPE_CHECKING:
    from segql.plan.ties import Tie

Conditions: TypeAlias = "tuple[Condition, ...]"

NOWHERE = Span("", 0, 0)


class PlanError(Exception):
    """A definition that cannot be planned; `message` as in a diagnostic, `span` its place."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Rows below `anchor`, down `links`; the row in hand is `Row(level, source)`; all `conditions` hold for it.

    The rows of the steps between exist too: their conditions are among them, over `Up`.
    """

    anchor: RowRef
    links: tuple[Link, ...]
    source: Source
    level: int
    conditions: Conditions
    time: Value | None
    label: str
    """The name of the event or relation as it was written; does not count for equality."""
    wording: Wording | None
    """How the window was written; does not count for equality."""
    span: Span
    moment: Hashable = None
    """The `as of` of its rows (`Clock.identity`), if it is another one: the anchor itself, found then (no
    links)."""
    tie: Tie | None = None
    """The outer values that it rests on, once the plan has replaced them in its conditions."""
    key: tuple[object, ...] = field(init=False)
    hashed: int = field(init=False)

    def __post_init__(self) -> None:
        key = (*self.path, frozenset(self.conditions))
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "hashed", hash(key))

    def __hash__(self) -> int:
        return self.hashed

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Selection) or self.hashed != other.hashed:
            return False
        return self.key == other.key

    @property
    def row(self) -> Row:
        return Row(self.level, self.source)

    @property
    def path(self) -> tuple[RowRef, tuple[Link, ...], Source, int, Hashable, Tie | None]:
        """Selections that share it can be answered by one scan."""
        return (self.anchor, self.links, self.source, self.level, self.moment, self.tie)

    @property
    def top(self) -> Source:
        """The source of the anchor: what its rows are grouped by."""
        return self.links[0].parent if self.links else self.source

    @property
    def steps(self) -> tuple[RowRef, ...]:
        """The row in hand, the rows of the steps upwards, and last the anchor as it is reached from below."""
        rows: list[RowRef] = [self.row]
        for link in reversed(self.links):
            rows.append(Up(rows[-1], link))
        return tuple(rows)


@dataclass(frozen=True, slots=True)
class Aggregation(Value):
    """`nodes.Aggregate` over a selection. `first` and `last` of the time itself have become `min` and `max`.

    Also `total`, the sum that is unknown where nothing is known, `known_count`, how many values are known, and
    `holding`, for how many rows the argument holds (unknown where there is no row).
    """

    function: str
    selection: Selection
    argument: Value | None = None
    by: tuple[Measure, ...] = ()
    n: int = 1
    detail: Hashable = None
    """What else tells a count of units, bursts or sequences from another."""


@dataclass(frozen=True, slots=True)
class Existence(Condition):
    """At least `low` (from 1) and at most `high` rows of the selection. Never meets an unknown."""

    selection: Selection
    low: int = 1
    high: int | None = None


@dataclass(frozen=True, slots=True)
class RowExists(Condition):
    """A row reached by links is there. Never meets an unknown."""

    row: RowRef


@dataclass(frozen=True, slots=True)
class Always(Condition):
    """True, or false, for every row."""

    value: bool


@dataclass(frozen=True, slots=True)
class Degrees(Value):
    """The latitude or longitude of a stored point, a float."""

    part: Literal["latitude", "longitude"]
    point: Attr


@dataclass(frozen=True, slots=True)
class PointOf(Value):
    """A point that is made of its degrees, where the row that stores it is not at hand."""

    latitude: Value
    longitude: Value


def counting(selection: Selection) -> Aggregation:
    """`count` of a selection."""
    return Aggregation(INT, selection.span, "count", selection)


def source_time(source: Source, row: RowRef) -> Attr | None:
    """The time of an event's row."""
    if isinstance(source, Event) and source.at is not None:
        return Attr(source.at.type, NOWHERE, row, source.at)
    return None
