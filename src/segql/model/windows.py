"""Windows (2.5): every form becomes `[start, end)` with bounds of the type of the time that is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes, times
from segql.model.clock import NOT_CONSTANT
from segql.model.nodes import (
    LocalDate,
    Now,
    Today,
    UnitStart,
    Value,
    Window,
    Wording,
)
from segql.model.scope import Scope
from segql.model.types import DATE, TIMESTAMP, UNKNOWN, Type, is_time
from segql.model.walk import map_children
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
CALENDAR_UNITS = ("day", "week", "month", "quarter", "year")


def resolve(r: Resolver, scope: Scope, node: tree.Window, type_: Type) -> Window | None:
    """The window for times of `type_` (date or timestamp); None after a diagnostic."""
    window = _resolve(r, scope, node, type_)
    if window is not None and not _holds_something(r, window):
        r.report(
            codes.EMPTY_WINDOW,
            "the window is empty",
            node.span,
            "it ends where it begins, or before",
            helps=["the earlier moment comes first: `between 90 days ago and 30 days ago`"],
        )
        return None
    return window


def _resolve(r: Resolver, scope: Scope, node: tree.Window, type_: Type) -> Window | None:
    match node:
        case tree.Rolling():
            return _rolling(r, node, type_)
        case tree.Calendar():
            return _calendar(r, node, type_)
        case tree.OnDay():
            return _on_day(r, scope, node, type_)
        case tree.Between():
            start = _bound(r, scope, node.start, type_, "start")
            end = _bound(r, scope, node.end, type_, "through")
            return _window(start, end, Wording("between"), node.span)
        case tree.Since():
            start = _bound(r, scope, node.start, type_, "start")
            return _window(start, _now(type_, node.span), Wording("since"), node.span)
        case tree.Before():
            end = _bound(r, scope, node.end, type_, "start")
            if end is None:
                return None
            return Window(None, end, wording=Wording("before"), span=node.span)
        case tree.After():
            return _after(r, scope, node, type_)
        case tree.WindowName():
            return _parameter(r, scope, node, type_)
    return None


def _parameter(r: Resolver, scope: Scope, node: tree.WindowName, type_: Type) -> Window | None:
    """The window that a parameter stands for, read where the trait was called."""
    binding = scope.bindings.get(node.name.text)
    if binding is None or binding.window is None or binding.scope is None:
        names = [name for name, item in scope.bindings.items() if item.window is not None]
        r.report(
            codes.UNKNOWN_NAME,
            f"unknown window `{node.name.text}`",
            node.span,
            "not a window parameter",
            helps=[
                *r.did_you_mean(node.name.text, node.name.span, names),
                f"months are numbers: `where {{ month(at) = {_MONTHS.index(node.name.text) + 1} }}`"
                if node.name.text in _MONTHS
                else "write a window such as `in last 30 days`",
            ],
        )
        return None
    window = resolve(r, binding.scope, binding.window, type_)
    if window is None or scope.level == binding.level:
        return window
    if all(bound is None or is_constant(r, bound) for bound in (window.start, window.end)):
        return window
    r.report(
        codes.WRONG_ARGUMENT,
        "inside `where` the window of a parameter is the same for everybody",
        binding.window.span,
        "depends on the row",
    )
    return None


def _window(start: Value | None, end: Value | None, wording: Wording, span: Span) -> Window | None:
    if start is None or end is None:
        return None
    return Window(start, end, wording=wording, span=span)


def _now(type_: Type, span: Span) -> Value:
    return Now(type_, span)


def _rolling(r: Resolver, node: tree.Rolling, type_: Type) -> Window | None:
    wording = Wording("rolling", node.direction, node.count, node.unit)
    if node.count < 1:
        r.report(codes.EMPTY_WINDOW, "a window is at least one unit long", node.span)
        return None
    if node.direction == "last":
        now = _now(type_, node.span)
        start = times.shifted(r, now, -node.count, node.unit, node.span)
        return (
            None if start.type == UNKNOWN else Window(start, now, wording=wording, span=node.span)
        )
    first: Value = Today(DATE, node.span) if type_ == DATE else Now(TIMESTAMP, node.span)
    end = times.shifted(r, first, node.count, node.unit, node.span)
    return None if end.type == UNKNOWN else Window(first, end, wording=wording, span=node.span)


def _calendar(r: Resolver, node: tree.Calendar, type_: Type) -> Window | None:
    if node.unit not in CALENDAR_UNITS:
        r.report(
            codes.BAD_UNIT,
            f"`{node.unit}` is not a calendar unit",
            node.span,
            "day, week, month, quarter or year",
            helps=[f"a rolling window has no `full`: `in last {node.count} {node.unit}s`"],
        )
        return None
    if node.count < 1:
        r.report(codes.EMPTY_WINDOW, "a window is at least one unit long", node.span)
        return None
    first, last = {"this": (0, 1), "last": (-node.count, 0), "next": (1, 1 + node.count)}[
        node.which
    ]
    start, end = (UnitStart(type_, node.span, node.unit, offset) for offset in (first, last))
    wording = Wording("calendar", node.which, node.count, node.unit)
    return Window(start, end, wording=wording, span=node.span)


def day_of(r: Resolver, scope: Scope, node: tree.Value) -> Value | None:
    """A DAY: a date, or the local day of a moment."""
    value = r.value(scope, node)
    if value.type == TIMESTAMP:
        return LocalDate(DATE, value.span, value)
    if value.type == DATE:
        return value
    if value.type != UNKNOWN:
        _not_a_time(r, value, node.span)
    return None


def _on_day(r: Resolver, scope: Scope, node: tree.OnDay, type_: Type) -> Window | None:
    day = day_of(r, scope, node.day)
    if day is None:
        return None
    start, end = day, times.next_day(day)
    if type_ == TIMESTAMP:
        start, end = times.day_start(start), times.day_start(end)
    return Window(start, end, wording=Wording("day"), span=node.span)


def _after(r: Resolver, scope: Scope, node: tree.After, type_: Type) -> Window | None:
    value = r.value(scope, node.start)
    if not is_time(value.type):
        if value.type != UNKNOWN:
            _not_a_time(r, value, node.start.span)
        return None
    wording = Wording("after")
    if value.type == DATE and type_ == TIMESTAMP:
        start = times.day_start(times.next_day(value))
        return Window(start, None, wording=wording, span=node.span)
    if value.type == TIMESTAMP and type_ == DATE:
        value = times.as_date(r, value)
    if value.type == UNKNOWN:
        return None
    return Window(value, None, after=True, wording=wording, span=node.span)


def _bound(r: Resolver, scope: Scope, node: tree.Value, type_: Type, side: str) -> Value | None:
    """A moment as a bound; `through`: a day counts to its end."""
    value = r.value(scope, node)
    if not is_time(value.type):
        if value.type != UNKNOWN:
            _not_a_time(r, value, node.span)
        return None
    through = side == "through" and value.type == DATE
    if value.type == TIMESTAMP and type_ == DATE:
        through = side == "through" and not times.is_relative(value)
        value = times.as_date(r, value)
        if value.type == UNKNOWN:
            return None
    if through:
        value = times.next_day(value)
    if value.type == DATE and type_ == TIMESTAMP:
        value = times.day_start(value)
    return value


def _not_a_time(r: Resolver, value: Value, span: Span) -> None:
    r.report(codes.NOT_A_TIME, "a window needs a date or a timestamp", span, f"is {value.type}")


def _holds_something(r: Resolver, window: Window) -> bool:
    """False for bounds that move together (or not at all) and hold nothing, whatever `as of` is."""
    if window.start is None or window.end is None:
        return True
    if _relative(window.start) != _relative(window.end):
        return True
    try:
        start, end = r.probe.constant(window.start), r.probe.constant(window.end)
    except (ValueError, OverflowError):
        return True
    if NOT_CONSTANT in (start, end) or start is None or end is None:
        return True
    return bool(start < end)  # type: ignore[operator]


def is_constant(r: Resolver, value: Value) -> bool:
    """Whether a value depends on `as of` at most, on no row."""
    try:
        return r.probe.constant(value) is not NOT_CONSTANT
    except (ValueError, OverflowError):
        return True


def _relative(value: Value) -> bool:
    found = False

    def visit(item: object) -> object:
        nonlocal found
        if isinstance(item, Now | Today | UnitStart):
            found = True
        elif isinstance(item, Value):
            map_children(item, visit)
        return item

    visit(value)
    return found
