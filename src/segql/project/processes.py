"""Work shared with copies of this process, where it gives the same whoever does it.

A copy is made by `fork`, at the cost of some milliseconds, and finds everything that is already loaded. It is made only
where that is safe: on Linux (libraries of macOS do not bear it, Windows has none), and while there is one thread. What
a copy does not deliver, for whatever reason, is done here.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST = 8
"""With more processes, all would wait for the one that puts the results together."""
_WORTH = 100_000
"""So many characters take each pass longer than it takes to make a process."""
_TURNS = 256
"""So many times somebody takes what to do next; their numbers fit into the smallest pipe there is."""


def processors() -> int:
    """How many processes can work at the same time, this one counted: 1 where it cannot be copied."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST)


def worth(size: int) -> int:
    """How many processes are worth making for definitions of so many characters."""
    return size // _WORTH


@contextmanager
def sharing(
    items: Sequence[Item], work: Callable[[Item], Result], processes: int
) -> Iterator[Callable[[], list[Result]]]:
    """The results of `work` in the order of `items`, done by so many processes.

    The copies begin at once, this process takes its part when the results are asked for. A result that comes from a
    copy was pickled; one that is None there counts as not delivered.
    """
    size = -(-len(items) // _TURNS)
    turns = _Turns(-(-len(items) // size) if size else 0)

    def part() -> dict[int, Result]:
        found: dict[int, Result] = {}
        for turn in turns:
            for place in range(turn * size, min((turn + 1) * size, len(items))):
                found[place] = work(items[place])
        return found

    helpers: list[_Helper] = []
    try:
        with suppress(OSError):  # no more processes
            while len(helpers) < processes - 1:
                helpers.append(_Helper(part))

        def results() -> list[Result]:
            found = part()
            for helper in helpers:
                delivered = helper.answer().items()
                found.update((place, result) for place, result in delivered if result is not None)
            return [
                found[place] if place in found else work(item) for place, item in enumerate(items)
            ]

        yield results
    finally:
        turns.close()
        for helper in helpers:
            helper.end()


class _Turns:
    """Numbers from 0, each of which one process takes."""

    def __init__(self, count: int) -> None:
        self._pipe, filling = os.pipe()
        os.write(filling, b"".join(number.to_bytes(2, "big") for number in range(count)))
        os.close(filling)

    def __iter__(self) -> Iterator[int]:
        while taken := os.read(self._pipe, 2):
            yield int.from_bytes(taken, "big")

    def close(self) -> None:
        os.close(self._pipe)


class _Helper:
    """A copy of this process that does one thing, and sends what it found."""

    def __init__(self, work: Callable[[], dict[int, Any]]) -> None:
        self._pipe, sending = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            os.close(self._pipe)
            os.close(sending)
            raise
        if self._process == 0:
            _live(work, sending)
        os.close(sending)

    def answer(self) -> dict[int, Any]:
        """What it found, as soon as it has; nothing where it ended before."""
        with open(self._pipe, "rb", closefd=False) as stream:
            content = stream.read()
        try:
            found: dict[int, Any] = pickle.loads(content)
        except (pickle.UnpicklingError, EOFError):
            return {}
        return found

    def end(self) -> None:
        """Stop it, if it still works."""
        os.close(self._pipe)
        with suppress(OSError):
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _live(work: Callable[[], dict[int, Any]], sending: int) -> None:
    """The life of a copy: it never returns, and whatever happens it says nothing and cleans nothing up."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM):  # to answer them is the original's task
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        content = pickle.dumps(work(), protocol=5)
        with open(sending, "wb") as stream:
            stream.write(content)
    finally:
        os._exit(0)
