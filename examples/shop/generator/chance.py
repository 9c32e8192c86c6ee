"""Seeded choices, and the wall clock of Warsaw without a time zone database."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

OPENING = datetime(2021, 1, 1)
END = datetime(2026, 1, 1)

T = TypeVar("T")
Row = dict[str, Any]


class Chance:
    """Random choices built on `random()` alone, so that they outlive changes of the library."""

    def __init__(self, seed: int) -> None:
        self._random: Callable[[], float] = random.Random(seed).random

    def under(self, probability: float) -> bool:
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[tuple[T, float]]) -> T:
        left = self._random() * sum(weight for _, weight in items)
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        return items[-1][0]

    def some(self, items: Sequence[T], probability: float) -> list[T]:
        return [item for item in items if self.under(probability)]

    def maybe(self, value: T, missing: float) -> T | None:
        return None if self.under(missing) else value


def last_sunday(year: int, month: int) -> datetime:
    day = datetime(year, month, 31)
    return day - timedelta(days=day.isoweekday() % 7)


def to_utc(local: datetime) -> datetime:
    """Warsaw wall clock to UTC, by the rule of the European Union (switch at 01:00 UTC)."""
    summer = last_sunday(local.year, 3) + timedelta(hours=2)
    winter = last_sunday(local.year, 10) + timedelta(hours=3)
    return local - timedelta(hours=2 if summer <= local < winter else 1)
