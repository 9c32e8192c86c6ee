"""What a segment uses: the windows it asks, resolved, and the attributes of its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime

from segql.model import nodes
from segql.model.clock import NOT_CONSTANT, Clock
from segql.source import SourceFile

Bound = date | datetime | None


@dataclass(frozen=True, slots=True)
class ResolvedWindow:
    """A window as written, and its bounds where they do not depend on a row; instants are UTC.

    A bound is None where the window is open, or depends on a row (then `start_varies`, `end_varies`).
    """

    text: str
    start: Bound
    end: Bound
    start_varies: bool = False
    end_varies: bool = False
    after: bool = False


def walk(node: object) -> Iterator[object]:
    """A condition or value and all below it, in the order in which they stand; sources of rows are not entered."""
    if isinstance(node, tuple):
        for item in node:
            yield from walk(item)
    elif is_dataclass(node) and isinstance(node, _ENTERED):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))


_ENTERED = (nodes.Value, nodes.Condition, nodes.Search, nodes.Window, nodes.Measure)


def windows_of(
    segment: nodes.Segment, clock: Clock, sources: Callable[[str], SourceFile | None]
) -> tuple[ResolvedWindow, ...]:
    """The windows of a segment, each once, in the order in which they stand."""
    found: dict[ResolvedWindow, None] = {}
    for node in walk(segment.lines):
        if isinstance(node, nodes.Window):
            found.setdefault(_resolved(node, clock, sources))
    return tuple(found)


def _resolved(
    window: nodes.Window, clock: Clock, sources: Callable[[str], SourceFile | None]
) -> ResolvedWindow:
    start, start_varies = _bound(window.start, clock)
    end, end_varies = _bound(window.end, clock)
    source = sources(window.span.file)
    text = source.text[window.span.start : window.span.end] if source else ""
    return ResolvedWindow(
        " ".join(text.split()), start, end, start_varies, end_varies, window.after
    )


def _bound(value: nodes.Value | None, clock: Clock) -> tuple[Bound, bool]:
    if value is None:
        return None, False
    constant = clock.constant(value)
    if constant is NOT_CONSTANT:
        return None, True
    return (constant, False) if isinstance(constant, date) else (None, False)


def attributes_of(segment: nodes.Segment) -> tuple[str, ...]:
    """The attributes and traits of the subject itself that the lines mention, in order; the key is not among them."""
    names: dict[str, None] = {}
    for line in segment.lines:
        _subject_names(line, segment.entity, names)
    keys = {attribute.name for attribute in segment.entity.key}
    return tuple(name for name in names if name not in keys)


def _subject_names(node: object, entity: nodes.Entity, names: dict[str, None]) -> None:
    """Collects names; what a named value is made of is not entered."""
    if isinstance(node, tuple):
        for item in node:
            _subject_names(item, entity, names)
        return
    if not is_dataclass(node) or not isinstance(node, _ENTERED):
        return
    if isinstance(node, nodes.Attr | nodes.Named) and node.row == nodes.Row(0, entity):
        names.setdefault(node.name if isinstance(node, nodes.Named) else node.attribute.name)
        return
    for field in fields(node):
        _subject_names(getattr(node, field.name), entity, names)
