"""An `as of` that is known only when the statement runs (3.3): the engine's clock, or a bind parameter.

Where the instant is known, the plan folds what it decides into constants. Where it is not, these values stand in their
place, and the same arithmetic is left to the engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal, NoReturn, TypeAlias

from segql.model.clock import NOT_CONSTANT, Clock
from segql.model.nodes import (
    Const,
    DayStart,
    LocalDate,
    Now,
    Settings,
    Shift,
    Today,
    UnitStart,
    Value,
)
from segql.model.types import DATE, TIMESTAMP, Type
from segql.source import Span
from segql.syntax.tree import Unit

AsOfKind: TypeAlias = Literal["live", "parameter", "template"]
"""The engine's clock, a bind parameter, or a place that a template fills (see `TEMPLATE`)."""

RUNNING: Final[dict[str, AsOfKind]] = {"live": "live", "parameter": "parameter"}
"""The words of `--as-of` that are no instants."""

TEMPLATE: Final = "\x1fas_of\x1f"
"""What stands in a statement for an `as of` of the kind `template`: no SQL says it, whatever texts it holds.

Its tables are to be filled in too: `template_table` of their parts."""

PART: Final = "\x1e"


def template_table(parts: Iterable[str]) -> str:
    """What stands for a table in a statement of the kind `template`."""
    return f"\x1ftable {PART.join(parts)}\x1f"


AS_OF_KINDS: Final[dict[str, AsOfKind]] = {**RUNNING, "template": "template"}

_UNKNOWN: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AsOf(Value):
    """The instant that a statement is run as of (timestamp)."""

    kind: AsOfKind


@dataclass(frozen=True, slots=True)
class FirstDay(Value):
    """E of 3.3 (date): the first local date that starts at or after an instant."""

    instant: Value


@dataclass(frozen=True, slots=True)
class UnitDay(Value):
    """The first date of the calendar unit (week to year) that a date lies in."""

    day: Value
    unit: Unit


@dataclass(frozen=True)
class RunningClock(Clock):
    """The clock of an instant that only the engine knows, `base`. What `as of` decides is no constant."""

    base: Value

    @property
    def now(self) -> NoReturn:
        raise TypeError("`as of` is not known before the statement runs")

    today = e = now

    @property
    def identity(self) -> Value:
        return self.base

    def constant(self, value: Value) -> object:
        if isinstance(value, Now | Today | UnitStart):
            return NOT_CONSTANT
        return super().constant(value)


def running_clock(base: AsOfKind | Value, settings: Settings) -> RunningClock:
    """The clock of the statement's own `as of`, or of a moment counted from it."""
    if not isinstance(base, Value):
        base = AsOf(TIMESTAMP, Span("", 0, 0), base)
    return RunningClock(_UNKNOWN, settings, base)


def moment(value: Now | Today | UnitStart, clock: Clock) -> Value:
    """What `as of` decides: a constant, or where only the engine knows it, the way to it."""
    if not isinstance(clock, RunningClock):
        return Const(value.type, value.span, clock.moment(value))
    span = value.span
    if isinstance(value, Now):
        return FirstDay(DATE, span, clock.base) if value.type == DATE else clock.base
    day: Value = LocalDate(DATE, span, clock.base)
    if isinstance(value, UnitStart):
        if value.unit != "day":
            day = UnitDay(DATE, span, day, value.unit)
        if value.offset:
            day = Shift(DATE, span, day, value.offset, value.unit)
        if value.type != DATE:
            return DayStart(TIMESTAMP, span, day)
    return day


def before_now(type_: Type, clock: Clock, span: Span) -> Value:
    """What a time of that type lies before if it has come: `as of`, or E."""
    return moment(Now(type_, span), clock)


def shifted(value: Value, count: int, unit: Unit, clock: Clock) -> Value:
    """A moment plus units; none later is the moment itself."""
    if isinstance(value, Const):
        start: date = value.value  # type: ignore[assignment]  # a moment is a time
        return Const(value.type, value.span, clock.shift(start, count, unit))
    return Shift(value.type, value.span, value, count, unit) if count else value


def is_running(value: Value) -> bool:
    """Whether a value rests on nothing but the statement's `as of`."""
    match value:
        case AsOf():
            return True
        case FirstDay():
            return is_running(value.instant)
        case UnitDay() | DayStart():
            return is_running(value.day)
        case Shift() | LocalDate():
            return is_running(value.value)
        case _:
            return False
