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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeAlias, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Part: TypeAlias = "tuple[int, list[Any]]"
"""The results from so many on."""

_MOST = 8
"""With more processes, all would wait for the one that puts the results together."""
_WORTH = 100_000
"""So many characters take each pass longer than it takes to make a process."""
_TURNS = 256
"""So many times somebody takes what to do next; their numbers fit into the smallest pipe there is."""
_HEAD = 8
"""So many bytes say how long a part is."""
_PIPE = 65536


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

    def parts() -> Iterator[tuple[int, list[Result]]]:
        for turn in turns:
            start = turn * size
            yield start, [work(item) for item in items[start : start + size]]

    helpers: list[_Helper] = []
    try:
        with suppress(OSError):  # no more processes
            while len(helpers) < processes - 1:
                helpers.append(_Helper(parts))

        def results() -> list[Result]:
            found: dict[int, Result] = {}

            def take(start: int, made: Iterable[Result | None]) -> None:
                found.update((n, item) for n, item in enumerate(made, start) if item is not None)

            for start, made in parts():
                found.update(enumerate(made, start))
                for helper in helpers:
                    for part in helper.answers(wait=False):
                        take(*part)
            for helper in helpers:
                for part in helper.answers(wait=True):
                    take(*part)
            return [
                found[place] if place in found else work(item) for place, item in enumerate(items)
            ]

        yield results
    finally:
        turns.close()
        for helper in helpers:
            helper.end()


@contextmanager
def beside(work: Callable[[], None], processes: int) -> Iterator[None]:
    """Let a copy do the work meanwhile, and wait for it at the end; with one process it is done here, at once."""
    process = 0
    if processes > 1:
        with suppress(OSError):  # no more processes
            process = os.fork()
            if process == 0:
                _live(work)
    if not process:
        work()
        yield
        return
    try:
        yield
        os.waitpid(process, 0)
    except BaseException:
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        raise


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
    """A copy of this process that does its parts of the work, and sends each as soon as it is done."""

    def __init__(self, parts: Callable[[], Iterable[Part]]) -> None:
        self._pipe, sending = os.pipe()
        self._come = bytearray()
        try:
            self._process = os.fork()
        except OSError:
            os.close(self._pipe)
            os.close(sending)
            raise
        if self._process == 0:
            _live(partial(_send, parts, sending))
        os.close(sending)

    def answers(self, *, wait: bool) -> Iterator[Part]:
        """The parts that have come; with `wait` all that will come, fewer where it ended before."""
        os.set_blocking(self._pipe, wait)
        with suppress(BlockingIOError):
            while some := os.read(self._pipe, _PIPE):
                self._come += some
        while len(self._come) >= _HEAD:
            end = _HEAD + int.from_bytes(self._come[:_HEAD], "big")
            if len(self._come) < end:
                return
            part: Part = pickle.loads(self._come[_HEAD:end])
            del self._come[:end]
            yield part

    def end(self) -> None:
        """Stop it, if it still works."""
        os.close(self._pipe)
        with suppress(OSError):
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _send(parts: Callable[[], Iterable[Part]], pipe: int) -> None:
    """Send each part as far as it can be without waiting for the reader, and at the end all."""
    os.set_blocking(pipe, False)
    left = bytearray()
    for part in parts():
        content = pickle.dumps(part, protocol=5)
        left += len(content).to_bytes(_HEAD, "big") + content
        with suppress(BlockingIOError):
            del left[: os.write(pipe, left)]
    os.set_blocking(pipe, True)
    while left:
        del left[: os.write(pipe, left)]


def _live(work: Callable[[], None]) -> None:
    """The life of a copy: it never returns, and whatever happens it says nothing and cleans nothing up."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM):  # to answer them is the original's task
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        work()
    finally:
        os._exit(0)
