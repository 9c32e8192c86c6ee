"""What rests on what among the things of a statement that several places share, so that none comes to rest on itself.

A definition never rests on itself, but what is shared could: a measure of a group that counts rows by another measure
of the same group needs a second table of it. Whoever shares things asks first whether they can be used here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Thing = TypeVar("Thing")


class Needs:
    """The things being planned, the innermost last, and what each that was planned rests on. Things by identity."""

    def __init__(self) -> None:
        self._planned: list[object] = []
        self._uses: dict[int, dict[int, object]] = {}

    @contextmanager
    def planning(self, thing: object) -> Iterator[None]:
        """While `thing` is planned, it rests on all that is used."""
        self._planned.append(thing)
        try:
            yield
        finally:
            self._planned.pop()

    def usable(self, things: Iterable[Thing]) -> Thing | None:
        """The first of the things that rests on nothing that is being planned; None where all do."""
        around = set(map(id, self._planned))
        return next((thing for thing in things if not self._rests_on(thing, around)), None)

    def use(self, thing: object) -> None:
        """What is being planned rests on `thing`."""
        if self._planned:
            self._uses.setdefault(id(self._planned[-1]), {})[id(thing)] = thing

    def _rests_on(self, thing: object, others: set[int]) -> bool:
        seen: set[int] = set()
        waiting = [id(thing)] if others else []
        while waiting:
            at = waiting.pop()
            if at in others:
                return True
            if at not in seen:
                seen.add(at)
                waiting += self._uses.get(at, ())
        return False
