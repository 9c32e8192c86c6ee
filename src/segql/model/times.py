"""Dates beside timestamps (3.3): one of the two is made to fit the other, never silently by the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from segql.model import codes
from segql.model.clock import LENGTHS
from segql.model.nodes import Const, DayStart, LocalDate, Named, Now, Shift, Value
from segql.model.types import DATE, TIMESTAMP, UNKNOWN
from segql.source import Span
from segql.syntax.tree import CompareOp, Unit

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

__all__ = ["LENGTHS", "SUB_DAY"]

SUB_DAY = ("second", "minute", "hour")


def sub_day(r: Resolver, unit: str, span: Span) -> None:
    r.report(
        codes.SUB_DAY_UNIT,
        f"a date has no {unit}s",
        span,
        "dates are counted in days or longer units",
        helps=["write days, or ask a timestamp"],
    )


def shifted(r: Resolver, value: Value, count: int, unit: Unit, span: Span) -> Value:
    """`value` and `count` units, of the same type."""
    if value.type == DATE and unit in SUB_DAY:
        sub_day(r, unit, span)
        return Const(UNKNOWN, span, None)
    if abs(count) > 10**9:
        r.report(codes.BAD_TYPE, "the length of time is too large", span)
        return Const(UNKNOWN, span, None)
    return Shift(value.type, span, value, count, unit)


def next_day(value: Value) -> Value:
    """The date after a date."""
    if isinstance(value, Const) and isinstance(value.value, date) and value.value < date.max:
        return Const(DATE, value.span, value.value + timedelta(days=1))
    return Shift(DATE, value.span, value, 1, "day")


def is_relative(value: Value) -> bool:
    """Whether a moment is `as of`, or a length before or after it: then a date can be asked about it."""
    if isinstance(value, Named):
        return is_relative(value.value)
    if isinstance(value, Shift):
        return is_relative(value.value)
    return isinstance(value, Now)


def as_date(r: Resolver, value: Value) -> Value:
    """A timestamp as what dates are compared with: `as of` as E, lengths in calendar units.

    Any other timestamp becomes its local date.
    """
    if not is_relative(value):
        return LocalDate(DATE, value.span, value)
    return _relative_date(r, value)


def _relative_date(r: Resolver, value: Value) -> Value:
    if isinstance(value, Named):
        return _relative_date(r, value.value)
    if isinstance(value, Shift):
        inner = _relative_date(r, value.value)
        if value.unit in SUB_DAY:
            sub_day(r, value.unit, value.span)
            return Const(UNKNOWN, value.span, None)
        return Shift(DATE, value.span, inner, value.count, value.unit)
    return replace(value, type=DATE)


def day_start(value: Value) -> Value:
    """The first instant of a date."""
    return DayStart(TIMESTAMP, value.span, value)


FLIP: dict[CompareOp, CompareOp] = {
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "=": "=",
    "!=": "!=",
}


def align(
    r: Resolver, op: CompareOp, left: Value, right: Value, span: Span
) -> tuple[CompareOp, Value, Value] | None:
    """A comparison of a date with a timestamp, as one of two timestamps or two dates; None after a diagnostic."""
    if left.type == right.type:
        return op, left, right
    if left.type == DATE:
        if is_relative(right):
            return op, left, as_date(r, right)
        return align(r, FLIP[op], right, left, span)
    if is_relative(left):
        return op, as_date(r, left), right
    if op in ("=", "!="):
        r.report(
            codes.TIMESTAMP_EQUALS_DATE,
            f"a timestamp is an instant and never `{op}` a date",
            span,
            "an instant on the left, a whole day on the right",
            helps=[
                f"`on DAY` asks for the local day{'' if op == '=' else '; negate it with `not ( … )`'}"
            ],
        )
        return None
    if op in (">", "<="):  # after the day; up to its end
        return (">=" if op == ">" else "<"), left, day_start(next_day(right))
    return op, left, day_start(right)
