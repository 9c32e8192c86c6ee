"""A long run: `python -m tests.snowflake 5000` reads the whole conformance suite and so many random definitions.

Every statement goes through both parsers and the list of what may be emitted; none is left out. What is found is told
at once, and at the end by its cause. `--from SEED` starts elsewhere and `--without-suite` leaves the suite out: together
they go on with a run that was stopped. `--parser sqloxide` leaves out the slow one; `pip install sqlfluffrs` makes that
four times as fast.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count, islice
from typing import NamedTuple, TypeVar

from tests.snowflake.allowed import unlisted
from tests.snowflake.parsers import PARSERS, faults
from tests.snowflake.statements import Statement, of_suite, of_worlds
from tests.snowflake.tokens import tokens

T = TypeVar("T")
SEEDS, STATEMENTS = 8, 120
"""So many of them are read between two lines of progress; a seed has about 16 definitions."""


class Found(NamedTuple):
    """What was read, and what is wrong with it: causes and places."""

    statements: int
    tokens: int
    faults: list[tuple[str, str]]


class Run:
    """Counts what was found, and tells it while it goes on."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.statements = self.tokens = 0
        self.by_cause: dict[str, list[str]] = {}

    def add(self, what: str, parts: Iterable[Found]) -> int:
        """The number of statements in `parts`."""
        read = list(parts)
        statements = sum(one.statements for one in read)
        self.statements += statements
        self.tokens += sum(one.tokens for one in read)
        for cause, place in (fault for one in read for fault in one.faults):
            self.by_cause.setdefault(cause, []).append(place)
            print(f"  {place}: {cause}", flush=True)
        print(f"{what}: {self.figures()}", flush=True)
        return statements

    def figures(self) -> str:
        found = sum(map(len, self.by_cause.values()))
        seconds = time.monotonic() - self.began
        return (
            f"{self.statements} statements of {self.tokens} tokens, {found} faults, {seconds:.0f} s"
        )

    def end(self) -> int:
        for cause, places in sorted(self.by_cause.items(), key=lambda item: -len(item[1])):
            print(f"{len(places):5}  {cause}\n       first in {places[0]}")
        return 1 if self.by_cause else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.snowflake", description=__doc__)
    parser.add_argument("definitions", type=int, help="how many random definitions are read")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first seed")
    parser.add_argument("--without-suite", action="store_true", help="random definitions only")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--parser", action="append", choices=PARSERS, help="only this one")
    options = parser.parse_args()
    parsers = tuple(options.parser or PARSERS)
    run = Run()
    with ProcessPoolExecutor(options.processes) as pool:
        if not options.without_suite:
            for some in _parts(of_suite(), STATEMENTS):
                parts = _parts(some, 1)
                run.add("the conformance suite", pool.map(partial(read, parsers), parts))
        tried = 0
        for seeds in _parts(count(options.start), SEEDS):
            if tried >= options.definitions:
                break
            found = pool.map(partial(_read_world, parsers), seeds)
            tried += run.add(f"seeds {seeds[0]} to {seeds[-1]}", found)
    print(f"read by {' and '.join(parsers)}, {tried} random definitions: {run.figures()}")
    return run.end()


def _parts(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    left = iter(items)
    while part := tuple(islice(left, size)):
        yield part


def _read_world(parsers: Sequence[str], seed: int) -> Found:
    return read(parsers, list(of_worlds([seed])))


def read(parsers: Sequence[str], statements: Sequence[Statement]) -> Found:
    """The statements through the parsers and the list."""
    found = [(f"the list: {fault}", one.place) for one in statements for fault in unlisted(one)]
    for name in parsers:
        found += [(f"{name}: {cause(fault)}", place) for place, fault in faults(name, statements)]
    size = sum(len(list(tokens(one.text))) for one in statements)
    return Found(len(statements), size, found)


def cause(fault: str) -> str:
    """A parser's words without the place of its complaint."""
    return re.sub(r" at Line: \d+, Column: \d+", "", fault)


if __name__ == "__main__":
    sys.exit(main())
