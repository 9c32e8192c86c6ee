"""How regularly rows happened: in so many of the last units, or many within one stretch (2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from segql.model import nodes
from segql.model.clock import Clock

Moment = date | datetime


def is_regular(condition: nodes.Regular, times: Sequence[Moment], clock: Clock) -> bool:
    """Whether enough of the units hold as many rows as asked."""
    hits = 0
    for start, end in units(condition, clock):
        count = len([time for time in times if start <= time < end])
        if condition.low <= count and (condition.high is None or count <= condition.high):
            hits += 1
    return hits >= condition.hits


def units(condition: nodes.Regular, clock: Clock) -> list[tuple[Moment, Moment]]:
    """The units, newest first, each `[start, end)`."""
    time = condition.search.time
    if time is None:
        raise TypeError("regularity needs rows with a time")
    dates = time.type.name == "date"
    ends: list[Moment]
    if condition.periods:
        # 2.3: periods of any length run back from `as of`; 3.3: for dates from E
        now: Moment = clock.e if dates else clock.now
        ends = [
            clock.shift(now, -number * condition.length, condition.unit)
            for number in range(condition.count + 1)
        ]
    else:
        # 2.5: complete calendar units before the current one
        ends = [
            clock.unit_start(condition.unit, -number, dates)
            for number in range(condition.count + 1)
        ]
    return [(start, end) for end, start in pairwise(ends)]


def has_burst(condition: nodes.Burst, times: Sequence[Any]) -> bool:
    """Whether some stretch `[t, t + D)` holds enough rows: one that begins with a row is the fullest."""
    return any(
        len([time for time in times if first <= time and time - first < condition.length])
        >= condition.low
        for first in times
    )
