"""Sets of values as stretches of an order: what a condition admits, without asking any row.

A cut lies between two values: `(1, v, 0)` just before `v`, `(1, v, 1)` just behind it; `LOWEST` and `HIGHEST` lie
beyond all.
A set is a tuple of stretches from a cut to a later one, in order, none touching the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from segql.model import nodes
from segql.model.nodes import Value
from segql.model.types import EnumType, Type

Cut: TypeAlias = "tuple[int] | tuple[int, Any, int]"
Places: TypeAlias = "tuple[tuple[Cut, Cut], ...]"

LOWEST: Cut = (0,)
HIGHEST: Cut = (2,)
NOTHING: Places = ()
EVERYTHING: Places = ((LOWEST, HIGHEST),)


def before(value: object) -> Cut:
    return (1, value, 0)


def behind(value: object) -> Cut:
    return (1, value, 1)


def stretch(low: Cut, high: Cut) -> Places:
    """From one cut to another; nothing if they are the wrong way round."""
    return ((low, high),) if low < high else NOTHING


def points(values: Iterable[object]) -> Places:
    """Just these values."""
    return union(*(stretch(before(value), behind(value)) for value in values))


def union(*sets: Places) -> Places:
    stretches = [item for places in sets for item in places]
    if len(stretches) < 2:
        return tuple(stretches)
    found: list[tuple[Cut, Cut]] = []
    for low, high in sorted(stretches):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def complement(places: Places) -> Places:
    cuts = [LOWEST, *(cut for item in places for cut in item), HIGHEST]
    return union(*(stretch(low, high) for low, high in zip(cuts[::2], cuts[1::2], strict=True)))


def intersection(left: Places, right: Places) -> Places:
    if len(left) == len(right) == 1:
        (a, b), (c, d) = left[0], right[0]
        return stretch(max(a, c), min(b, d))
    return union(
        *(stretch(max(a, c), min(b, d)) for a, b in left for c, d in right if max(a, c) < min(b, d))
    )


def is_within(inner: Places, outer: Places) -> bool:
    return all(any(c <= a and b <= d for c, d in outer) for a, b in inner)


def touch(left: Places, right: Places) -> bool:
    """Whether nothing lies between two sets, the first of which begins first."""
    return bool(left and right) and right[0][0] <= left[-1][1]


def only_point(places: Places) -> object:
    """The value that a set of one value holds; None for other sets."""
    if len(places) != 1:
        return None
    low, high = places[0]
    if len(low) == 1 or len(high) == 1:
        return None
    if high == behind(low[1]) or (isinstance(low[1], int) and high == before(low[1] + 1)):
        return low[1]
    return None


# --- what a value can be --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Domain:
    """All that a value can be; `whole`: only whole numbers, or days, so that nothing lies between neighbours."""

    places: Places
    whole: bool

    def within(self, places: Places) -> Places:
        """A set of such values, each written in one way."""
        places = _stepped(places) if self.whole else places
        return places if self.places == EVERYTHING else intersection(places, self.places)


def _stepped(places: Places) -> Places:
    return union(*(stretch(_step(low), _step(high)) for low, high in places))


def _step(cut: Cut) -> Cut:
    """The cut just before the first whole value behind it."""
    if len(cut) == 1:
        return cut
    _, value, side = cut
    if isinstance(value, date):
        return before(value + timedelta(days=side)) if value < date.max else HIGHEST
    first = math.ceil(value)
    return before(first + 1 if side and first == value else first)


def is_small(domain: Domain) -> bool:
    """Whether there are few such values."""
    low, high = domain.places[0][0], domain.places[-1][1]
    return domain.whole and len(low) == 3 and len(high) == 3 and isinstance(low[1], int)


def _from(low: int, high: int | None = None) -> Places:
    return stretch(before(low), HIGHEST if high is None else behind(high))


_PARTS = {
    "year": (1, 9999),
    "quarter": (1, 4),
    "month": (1, 12),
    "day": (1, 31),
    "weekday": (1, 7),
    "hour": (0, 23),
    "minute": (0, 59),
}


def domain(value: Value) -> Domain:
    """What a value can be, of all rows that keep the model's promises."""
    value = unnamed(value)
    whole = value.type.name in ("int", "date")
    if isinstance(value, nodes.Attr) or value.type.name in ("bool", "enum"):
        return _of_type(value.type)
    if isinstance(value, nodes.Aggregate):
        return _of_aggregate(value.function, whole)
    return _domain(_range(value), whole)


def _domain(places: Places, whole: bool) -> Domain:
    return Domain(_stepped(places) if whole else places, whole)


@cache
def _of_aggregate(function: str, whole: bool) -> Domain:
    if function in ("share", "favourite_share"):
        return _domain(_from(0, 1), whole)
    if function in ("stddev", "count", "count_distinct"):
        return _domain(_from(0), whole)
    if function.startswith(("active_", "streak_")):
        return _domain(_from(0), whole)
    if function.endswith("_gap"):
        return _domain(stretch(before(timedelta(0)), HIGHEST), whole)
    return _domain(EVERYTHING, whole)


@cache
def _of_type(type_: Type) -> Domain:
    """What an attribute of a type can be."""
    whole = type_.name in ("int", "bool", "enum", "date")
    places = EVERYTHING
    if isinstance(type_, EnumType):
        places = _stepped(_from(0, len(type_.values) - 1))
    elif type_.name == "bool":
        places = _stepped(_from(0, 1))
    return Domain(places, whole)


def _range(value: Value) -> Places:
    match value:
        case nodes.DatePart():
            return _from(*_PARTS[value.part])
        case nodes.Function(name="length" | "list_count" | "abs"):
            return _from(0)
        case nodes.Function(name="known"):
            return _from(0, len(value.arguments))
        case nodes.Standing(function="rank"):
            return _from(1)
        case nodes.Standing():
            return _from(1, value.n)
        case nodes.OverPopulation(function="count"):
            return _from(0)
        case _:
            return EVERYTHING


def place_of(value: Value, constant: object) -> object:
    """A constant as it stands in the order of a value: the place of an enum's text among its values."""
    if isinstance(value.type, EnumType):
        values = value.type.values
        return values.index(constant) if constant in values else None
    if isinstance(constant, bool):
        return int(constant)
    if value.type.name == "date" and isinstance(constant, datetime):
        return None
    return constant


def unnamed(value: Value) -> Value:
    """The value itself, whatever it is called."""
    while isinstance(value, nodes.Named):
        value = value.value
    return value
