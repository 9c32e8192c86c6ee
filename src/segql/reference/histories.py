"""What was true when (2.2, 3.3): change logs of one attribute, and tables of versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from segql.model import nodes
from segql.model.types import TIMESTAMP, Type
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
    rows: Sequence[PhysicalRow], log: nodes.ChangeLog, type_: Type, key_types: Sequence[Type]
) -> Mapping[tuple[object, ...], list[Span]]:
    """The spans of a change log by the owner's key: each value holds from its row on until the next."""
    entries: dict[tuple[object, ...], list[tuple[datetime, object]]] = {}
    for row in rows:
        at = physical.convert(row.get(log.at), TIMESTAMP)
        key = tuple(
            physical.convert(row.get(column), key_type)
            for column, key_type in zip(log.on, key_types, strict=True)
        )
        if isinstance(at, datetime) and None not in key:
            value = physical.convert(row.get(log.column), type_)
            entries.setdefault(key, []).append((at, value))
    return {key: _spans(found) for key, found in entries.items()}


def _spans(entries: list[tuple[datetime, object]]) -> list[Span]:
    # rows of one instant count in the order in which the value's text compares, unknown first
    ordered = sorted(entries, key=lambda entry: (entry[0], entry[1] is not None, _text(entry[1])))
    ends: list[datetime | None] = [*(at for at, _ in ordered[1:]), None]
    spans = [Span(at, end, value) for (at, value), end in zip(ordered, ends, strict=True)]
    # what held for no time did not hold
    return [span for span in spans if span.end is None or span.start < span.end]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def version_span(
    row: PhysicalRow, history: tuple[nodes.Column, nodes.Column], value: object = None
) -> Span | None:
    """When a version holds: `valid_from <= t < valid_to`, an unknown end is open; None: never."""
    start, end = (physical.read_column(row, column, TIMESTAMP) for column in history)
    if not isinstance(start, datetime):
        return None
    return Span(start, end if isinstance(end, datetime) else None, value)


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
