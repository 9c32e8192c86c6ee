"""A time limit for what a target is asked, and how it stops what runs there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from typing import TypeVar

from segql.engines.base import failed

T = TypeVar("T")
AGAIN = 0.2
"""Seconds between two attempts to cancel."""


class Limit:
    """How long the answers of one connection may take in all, from when it is made; None is without end.

    Once the time is over `cancel` is called in a thread of its own, again and again since a statement may only be about
    to begin, until the driver fails in the other one.
    """

    def __init__(self, target: str, length: timedelta | None, cancel: Callable[[], object]) -> None:
        self._target = target
        self._length = length
        self._cancel = cancel
        self._end = time.monotonic() + (length.total_seconds() if length is not None else 0)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Around a question: what fails after the end of the time, failed by it. Raises `EngineError`."""
        if self._length is None:
            yield
            return
        self._refuse_when_over()
        answered = Event()
        guard = Thread(target=self._guard, args=(answered,), daemon=True)
        guard.start()
        try:
            yield
        except Exception:
            self._refuse_when_over()
            raise
        finally:
            answered.set()
            guard.join()

    def _guard(self, answered: Event) -> None:
        pause = self._end - time.monotonic()
        while not answered.wait(pause):
            with suppress(Exception):  # the other thread tells what is wrong with the connection
                self._cancel()
            pause = AGAIN

    def _refuse_when_over(self) -> None:
        if self._length is None or time.monotonic() < self._end:
            return
        told = f"the time limit of {length_text(self._length)} is over; what ran was cancelled"
        raise failed(self._target, told, "`--timeout` sets it") from None


def interruptible(work: Callable[[], T], cancel: Callable[[], object]) -> T:
    """Do the work in a thread of its own, so that an interrupt is heard at once wherever a driver is.

    DuckDB does not always look for one; the core of Snowflake's connector loses one that comes while it logs. An
    interrupt cancels the work, again and again since it may only be about to begin, and goes on when it has ended.
    """
    with ThreadPoolExecutor(max_workers=1) as threads:
        future = threads.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            while not future.done():
                with suppress(Exception):  # what is told is the interrupt
                    cancel()
                wait([future], AGAIN)
            raise


def length_text(length: timedelta) -> str:
    """`5 seconds`, `2 minutes`: the longest unit that leaves a whole number."""
    seconds = length.total_seconds()
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds:g} seconds"
