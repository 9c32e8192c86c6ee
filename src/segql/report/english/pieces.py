"""Pieces of a definition for other reports: one condition, one window, the list of resolved windows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from segql.model.clock import Clock
from segql.model.nodes import (
    Condition,
    MemberOf,
    Model,
    OverPopulation,
    Row,
    Source,
    Standing,
    Top,
    Value,
    Window,
)
from segql.model.walk import map_children
from segql.report.english.conditions import Clauses
from segql.report.english.notes import Notes
from segql.report.english.times import written, written_moment
from segql.source import Span


class ResolvedWindow(NamedTuple):
    """A window of a definition: as written, and the instants (UTC) or local dates it stands for.

    `start` is in the window (not so for `after`), `end` is not; None: open. A text stands instead of a bound
    where each row has its own: the value, as written. `span`: the place of the window.
    """

    text: str
    start: datetime | date | str | None
    end: datetime | date | str | None
    span: Span


def english_condition(condition: Condition, clock: Clock, subject: Source | None = None) -> str:
    """A condition in one line, without notes, about a row of `subject`."""
    notes = Notes()
    clauses = Clauses(clock, notes, subject or _subject(condition))
    return clauses.short(condition)


def english_window(window: Window, clock: Clock) -> str:
    """A window in one phrase: `in the 24 hours before 1 January 2026 00:00 UTC (from …)`."""
    return Clauses(clock, Notes(), _NOTHING).window(window)


def windows(model: Model, segment: str, clock: Clock) -> list[ResolvedWindow]:
    """The windows that a segment (or all levels of a segmentation) rests on, as they are met, each once."""
    found: dict[tuple[object, ...], ResolvedWindow] = {}
    whole = model.segmentations.get(segment)
    segments = [model.segments[segment]] if whole is None else [i.segment for i in whole.levels]
    for definition in segments:
        clauses = Clauses(clock, Notes(), definition.entity)
        for window, then in _windows(definition.lines, clauses):
            with clauses.at_moment(then):
                start, end = _bound(clauses, window.start), _bound(clauses, window.end)
            item = ResolvedWindow(written(window), start, end, window.span)
            found.setdefault(item[:3], item)
    return list(found.values())


def _bound(clauses: Clauses, value: Value | None) -> datetime | date | str | None:
    if value is None:
        return None
    found = clauses.constant(value)
    return found if isinstance(found, date) else written_moment(value)


def _windows(nodes: Iterable[object], clauses: Clauses) -> list[tuple[Window, Clock]]:
    """All windows below some nodes, outer ones first, with their `as of`; shared nodes are visited once."""
    found: list[tuple[Window, Clock]] = []
    done: set[tuple[int, datetime]] = set()

    def visit(node: object) -> object:
        clock = clauses.clock
        if (id(node), clock.now) in done:
            return node
        done.add((id(node), clock.now))
        if isinstance(node, Window):
            found.append((node, clock))
        then = clauses.then(node) if isinstance(node, MemberOf) else None
        with clauses.at_moment(then or clock):
            if not isinstance(node, Row):
                map_children(node, visit)
            for inner in _of_population(node):
                visit(inner)
        return node

    for node in nodes:
        visit(node)
    return found


def _of_population(node: object) -> list[object]:
    """What a population is made of and compared by."""
    if not isinstance(node, OverPopulation | Standing | Top):
        return []
    among = node.among
    return [
        part for part in (among.population.condition, among.value, among.per) if part is not None
    ]


def _subject(condition: Condition) -> Source:
    """The source of the row of level 0 that a condition is about."""
    rows: list[Source] = []

    def visit(node: object) -> object:
        if isinstance(node, Row):
            if node.level == 0:
                rows.append(node.source)
        elif not rows:
            map_children(node, visit)
        return node

    visit(condition)
    return rows[0] if rows else _NOTHING


_NOTHING = Source("row", Span("", 0, 0))
