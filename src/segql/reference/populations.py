"""Values and rankings over a population (2.4, 3.5). Everything here is of the population alone, not of who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from segql.model import nodes, scalars
from segql.model.types import Type
from segql.reference.aggregates import deviation, length, median, total
from segql.reference.rows import Record


@dataclass(frozen=True, slots=True)
class Member:
    """A row of a population: its value, its group (`per`), and what its key orders by."""

    record: Record
    key: tuple[Any, ...]
    value: Any
    per: object


@dataclass(frozen=True, slots=True)
class Place:
    """A member whose value is known, with what that value compares by."""

    member: Member
    order: Any


def ranked(members: Sequence[Member], type_: Type) -> list[Place]:
    """The members with a known value, smallest first, ties by key ascending."""
    places = [
        Place(member, scalars.sort_key(member.value, type_))
        for member in members
        if member.value is not None
    ]
    return sorted(places, key=lambda place: (place.order, place.member.key))


# --- one value for everybody ----------------------------------------------------------------------


def summary(value: nodes.OverPopulation, members: Sequence[Member]) -> object:
    """`count avg median sum stddev percentile` over a population; unknown values are skipped."""
    argument = value.among.value
    if value.function == "count" or argument is None:
        return len(members)
    known = [member.value for member in members if member.value is not None]
    result: object
    if argument.type.name == "duration" and value.function != "percentile":
        return length(value.function, known)
    match value.function:
        case "sum":
            result = total(known)
        case _ if not known:
            return None
        case "avg":
            result = scalars.mean(known)
        case "median":
            result = median(known)
        case "stddev":
            result = deviation(known)
        case "percentile":
            # 3.5: nearest rank
            place = ceil(Fraction(value.share or 0) * len(known))
            result = ranked(members, argument.type)[place - 1].member.value
    return scalars.convert(result, value.type)


def summaries(value: nodes.OverPopulation, members: Sequence[Member]) -> Callable[[object], object]:
    """What the group of a value gives; without `per`, what all give."""
    if value.among.per is None:
        for_all = summary(value, members)
        return lambda own: for_all
    found = {own: summary(value, group) for own, group in grouped(members).items()}
    nothing = summary(value, [])
    return lambda own: None if own is None else found.get(own, nothing)


def grouped(members: Sequence[Member]) -> dict[object, list[Member]]:
    """3.5: `per attribute`: groups by it, unknown is no group."""
    groups: dict[object, list[Member]] = {}
    for member in members:
        if member.per is not None:
            groups.setdefault(member.per, []).append(member)
    return groups


# --- where a row stands ---------------------------------------------------------------------------


def standings(value: nodes.Standing, members: Sequence[Member]) -> dict[Record, int]:
    """The place of each member whose value is known; all others have none."""
    if value.among.per is None:
        return _standings(value, members)
    return {
        record: place
        for group in grouped(members).values()
        for record, place in _standings(value, group).items()
    }


def _standings(value: nodes.Standing, members: Sequence[Member]) -> dict[Record, int]:
    argument = value.among.value
    if argument is None:
        raise TypeError("a standing is by a value")
    places = ranked(members, argument.type)
    match value.function:
        case "rank":
            return _ranks(places)
        case "ntile":
            return _ntiles(places, value.n)
        case "quantile_group":
            return _quantile_groups(places, value.n)


def _ranks(places: Sequence[Place]) -> dict[Record, int]:
    """1 + the number of larger values."""
    orders = [place.order for place in places]
    larger = {
        order: len(orders) - last for last, order in enumerate(orders, 1)
    }  # the last of equal ones stands
    return {place.member.record: 1 + larger[place.order] for place in places}


def _ntiles(places: Sequence[Place], n: int) -> dict[Record, int]:
    """As in SQL: n groups, lowest first, the first ones larger by one where they cannot be equal."""
    size, larger = divmod(len(places), n)
    groups = [
        number for number in range(1, n + 1) for _ in range(size + (1 if number <= larger else 0))
    ]
    return {place.member.record: group for place, group in zip(places, groups, strict=True)}


def _quantile_groups(places: Sequence[Place], n: int) -> dict[Record, int]:
    """The least k with V <= the nearest-rank k/n quantile."""
    if not places:
        return {}
    quantiles = [places[ceil(Fraction(k * len(places), n)) - 1].order for k in range(1, n + 1)]
    return {
        place.member.record: next(
            k for k, quantile in enumerate(quantiles, 1) if place.order <= quantile
        )
        for place in places
    }


# --- the first of a population --------------------------------------------------------------------


def chosen(condition: nodes.Top, members: Sequence[Member]) -> set[Record]:
    """The rows that `top` or `bottom` keeps."""
    argument = condition.among.value
    if argument is None:
        raise TypeError("a ranking is by a value")
    if condition.among.per is None:
        return _first_of(condition, members, argument.type)
    return {
        record
        for group in grouped(members).values()
        for record in _first_of(condition, group, argument.type)
    }


def _first_of(condition: nodes.Top, members: Sequence[Member], type_: Type) -> set[Record]:
    if condition.kind == "share":
        # 3.5: only V > 0
        members = [member for member in members if member.value is not None and member.value > 0]
    places = ranked(members, type_)
    if condition.direction == "top":
        places = sorted(places, key=lambda place: place.order, reverse=True)  # ties stay by key
    count = min(_count(condition, places), len(places))
    if count == 0:
        return set()
    first = places[:count]
    if not condition.exactly:
        # ties with the last are in
        first = [*first, *(place for place in places[count:] if place.order == first[-1].order)]
    return {place.member.record for place in first}


def _count(condition: nodes.Top, places: Sequence[Place]) -> int:
    """How many come first, before ties with the last."""
    match condition.kind:
        case "count":
            return int(condition.amount)
        case "percent":
            return ceil(Fraction(condition.amount) * len(places))
        case "share":
            # until their sum reaches the part of the sum of all, the one that crosses it included;
            # `bottom share`: the smallest that together make the part
            goal = Fraction(condition.amount) * Fraction(total([p.member.value for p in places]))
            sum_ = Decimal(0)
            for count, place in enumerate(places, 1):
                sum_ = scalars.EXACT.add(sum_, scalars.exact(place.member.value))
                if Fraction(sum_) >= goal:
                    return count
            return len(places)
