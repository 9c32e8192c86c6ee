"""What was true when (2.2, 3.3): change logs of one attribute, and tables of versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from segql.model import nodes, scalars
from segql.model.clock import Clock
from segql.model.types import Type
from segql.reference import physical
from segql.reference.physical import PhysicalRow

FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A value, unknown too, that held in `[start, end)`; None: it still does."""

    start: datetime
    end: datetime | None
    value: object


def holds_at(span: Span, moment: datetime) -> bool:
    return span.start <= moment and (span.end is None or moment < span.end)


def logged(
    rows: Sequence[PhysicalRow],
    log: nodes.ChangeLog,
    type_: Type,
    key_types: Sequence[Type],
    clock: Clock,
) -> Mapping[tuple[object, ...], list[Span]]:
    """The spans of a change log by the owner's key: each value holds from its row on until the next."""
    entries: dict[tuple[object, ...], list[tuple[datetime, object]]] = {}
    for row in rows:
        at = _instant(physical.read_column(row, log.at, log.at_type), clock)
        key = tuple(
            physical.convert(row.get(column), key_type)
            for column, key_type in zip(log.on, key_types, strict=True)
        )
        if at is not None and None not in key:
            value = physical.read_column(row, log.column, type_)
            entries.setdefault(key, []).append((at, value))
    return {key: _spans(found, type_) for key, found in entries.items()}


def _spans(entries: list[tuple[datetime, object]], type_: Type) -> list[Span]:
    def order(entry: tuple[datetime, object]) -> tuple[object, ...]:
        # of rows of one instant the unknown values count first, then the others in their order
        at, value = entry
        return (at, False) if value is None else (at, True, scalars.sort_key(value, type_))

    ordered = sorted(entries, key=order)
    ends: list[datetime | None] = [*(at for at, _ in ordered[1:]), None]
    spans = [Span(at, end, value) for (at, value), end in zip(ordered, ends, strict=True)]
    # what held for no time did not hold
    return [span for span in spans if span.end is None or span.start < span.end]


def _instant(time: object, clock: Clock) -> datetime | None:
    """A time as an instant: a date is the start of that local day (3.3)."""
    if isinstance(time, datetime):
        return time
    return clock.day_start(time) if isinstance(time, date) else None


def version_span(
    row: PhysicalRow,
    history: tuple[nodes.Attribute, nodes.Attribute],
    clock: Clock,
    value: object = None,
) -> Span | None:
    """When a version holds: `valid_from <= t < valid_to`, an unknown end is open; None: never."""
    start, end = (_instant(_read(row, bound), clock) for bound in history)
    if start is None or (end is not None and end <= start):
        return None
    return Span(start, end, value)


def _read(row: PhysicalRow, attribute: nodes.Attribute) -> object:
    assert isinstance(attribute.storage, nodes.Column)
    return physical.read_column(row, attribute.storage, attribute.type)


def run_start(spans: Sequence[Span], moment: datetime) -> datetime | None:
    """Since when the value at `moment` has held without a break: equal neighbours are one run.

    None if nothing holds then. A gap between two versions breaks the run: nobody was there.
    """
    until = sorted((span for span in spans if span.start <= moment), key=lambda span: span.start)
    if not until or not holds_at(until[-1], moment):
        return None
    run = until.pop()
    while until and until[-1].end == run.start and until[-1].value == run.value:
        run = until.pop()
    return run.start
