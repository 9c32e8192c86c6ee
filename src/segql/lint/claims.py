"""What a condition says of one value: where it lies, or that it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from segql.lint import places as p
from segql.lint.places import Places, unnamed
from segql.model import nodes
from segql.model.clock import NOT_CONSTANT, Clock
from segql.model.nodes import Condition, Value
from segql.model.types import INT
from segql.model.unknowns import nullable
from segql.syntax.tree import CompareOp

_MANY = 200
"""A set of more values is data."""

_MIRRORED: dict[CompareOp, CompareOp] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a condition says of one value: it lies in `places`, or, if `unknown`, has none."""

    value: Value
    places: Places
    unknown: bool

    @property
    def is_empty(self) -> bool:
        return not self.places and not self.unknown

    def implies(self, other: Claim) -> bool:
        return p.is_within(self.places, other.places) and (other.unknown or not self.unknown)


class Claims:
    """What conditions say of values as of one instant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.asked_clock = False
        """Where it stays unset, any other instant gives the same answer."""
        self._claims: dict[int, tuple[Condition, Claim | None, bool]] = {}
        """By identity; the condition is kept, so that its identity stays its own. Whether the clock was asked."""

    @property
    def clock(self) -> Clock:
        self.asked_clock = True
        return self._clock

    def claim(self, condition: Condition) -> Claim | None:
        """What a leaf, or the complement of one, says of one value; None for other conditions."""
        known = self._claims.get(id(condition))
        if known is None:
            asked, self.asked_clock = self.asked_clock, False
            claim = self._claimed(condition)
            known = self._claims[id(condition)] = (condition, claim, self.asked_clock)
            self.asked_clock |= asked
        elif known[2]:
            self.asked_clock = True
        return known[1]

    def _claimed(self, condition: Condition) -> Claim | None:
        match condition:
            case nodes.Compare():
                return self._compare(condition)
            case nodes.InSet() if len(condition.items) <= _MANY:
                found = [self._place(condition.value, item) for item in condition.items]
                return self._claim(condition.value, found, p.points, condition.negated)
            case nodes.InRange():
                ends = [
                    self._place(condition.value, end) for end in (condition.low, condition.high)
                ]
                return self._claim(condition.value, ends, _between, condition.negated)
            case nodes.Truth():
                return Claim(
                    unnamed(condition.value), p.domain(condition.value).within(p.points([1])), False
                )
            case nodes.IsKnown():
                everything = p.domain(condition.value).places
                negated = condition.negated
                return Claim(unnamed(condition.value), () if negated else everything, negated)
            case nodes.InWindow():
                within = self.window(condition.window)
                if within is None:
                    return None
                return self._known(condition.value, within, condition.negated)
            case nodes.Exists():
                return self._exists(condition)
            case nodes.IfKnown():
                return self.claim(condition.leaf)
            case nodes.OrUnknown():
                claim = self.claim(condition.leaf)
                return claim and Claim(claim.value, claim.places, True)
            case nodes.Not():
                claim = self.claim(condition.item)
                return claim and self._complement(claim)
            case _:
                return None

    def _complement(self, claim: Claim) -> Claim:
        places = p.domain(claim.value).within(p.complement(claim.places))
        return Claim(claim.value, places, not claim.unknown and nullable(claim.value))

    def _known(self, value: Value, places: Places, negated: bool = False) -> Claim:
        domain = p.domain(value)
        places = domain.within(places)
        return Claim(
            unnamed(value), domain.within(p.complement(places)) if negated else places, False
        )

    def _claim(
        self,
        value: Value,
        constants: list[object],
        made: Callable[[list[object]], Places],
        negated: bool = False,
    ) -> Claim | None:
        if any(constant is None for constant in constants):
            return None
        return self._known(value, made(constants), negated)

    def _compare(self, leaf: nodes.Compare) -> Claim | None:
        value, constant, operator = leaf.left, leaf.right, leaf.operator
        place = self._place(value, constant)
        if place is None:
            value, constant = constant, value
            operator = _MIRRORED.get(operator, operator)
            place = self._place(value, constant)
            if place is None:
                return None
        if operator == "!=":
            return self._known(value, p.points([place]), negated=True)
        low = {"=": p.before, ">=": p.before, ">": p.behind}.get(operator)
        high = {"=": p.behind, "<=": p.behind, "<": p.before}.get(operator)
        return self._known(
            value, p.stretch(low(place) if low else p.LOWEST, high(place) if high else p.HIGHEST)
        )

    def _place(self, value: Value, constant: Value) -> object:
        """Where a constant stands in the order of a value that is none; None where it has no place."""
        found = self.constant(constant)
        if found is NOT_CONSTANT or found is None or not _is_ordered(value, found):
            return None
        if self.constant(value) is not NOT_CONSTANT:
            return None
        return p.place_of(value, found)

    def _exists(self, condition: nodes.Exists) -> Claim:
        count = nodes.Aggregate(INT, condition.span, "count", condition.search)
        high = p.HIGHEST if condition.high is None else p.behind(condition.high)
        return self._known(count, p.stretch(p.before(condition.low), high))

    def constant(self, value: Value) -> object:
        """The value that no row has a part in, or `NOT_CONSTANT`."""
        kind = type(value)
        if kind is nodes.Const:
            return value.value  # type: ignore[attr-defined]
        if kind is nodes.Attr or kind is nodes.Aggregate:
            return NOT_CONSTANT
        return self.clock.constant(value)

    def window(self, window: nodes.Window | None) -> Places | None:
        """The instants or dates in a window; None where a row decides."""
        if window is None:
            return p.EVERYTHING
        bounds = [
            self.clock.constant(bound) if bound is not None else None
            for bound in (window.start, window.end)
        ]
        if any(bound is NOT_CONSTANT for bound in bounds):
            return None
        start, end = bounds
        low = p.LOWEST if start is None else p.behind(start) if window.after else p.before(start)
        return p.stretch(low, p.HIGHEST if end is None else p.before(end))

    def begins_before(self, window: nodes.Window, other: nodes.Window) -> bool:
        mine, theirs = self.window(window), self.window(other)
        if not mine or not theirs:
            return False
        first, second = mine[0][0], theirs[0][0]
        if len(first) == 1 or len(second) == 1 or type(first[1]) is not type(second[1]):
            return False
        return first < second


def _between(ends: list[object]) -> Places:
    return p.stretch(p.before(ends[0]), p.behind(ends[1]))


def _is_ordered(value: Value, constant: object) -> bool:
    """Whether a constant can be placed among the values of a type."""
    kind = value.type.name
    match constant:
        case bool():
            return kind == "bool"
        case int() | Decimal():
            return kind in ("int", "decimal")
        case str():
            return kind in ("text", "enum")
        case datetime():
            return kind == "timestamp"
        case timedelta():
            return kind == "duration"
        case _:
            return kind == "date"
