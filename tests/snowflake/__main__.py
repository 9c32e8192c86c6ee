"""A long run: `python -m tests.snowflake 5000` reads the whole conformance suite and so many random definitions.

Every statement goes through both parsers and the list of what may be emitted. `--from SEED` starts elsewhere, `--parser
sqloxide` leaves out the slow one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator

from tests.snowflake.allowed import unlisted
from tests.snowflake.parsers import PARSERS, faults
from tests.snowflake.statements import Statement, of_pages, of_worlds

CHUNK = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.snowflake", description=__doc__)
    parser.add_argument("definitions", type=int, help="how many random definitions are read")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--parser", action="append", choices=PARSERS, help="only this one")
    options = parser.parse_args()
    parsers = options.parser or list(PARSERS)
    found = _read("the conformance suite", list(of_pages()), parsers, options.processes)
    tried, seed, began = 0, options.start, time.monotonic()
    while tried < options.definitions:
        statements = list(of_worlds(range(seed, seed + CHUNK)))
        found += _read(
            f"seeds {seed} to {seed + CHUNK - 1}", statements, parsers, options.processes
        )
        tried += len(statements)
        seed += CHUNK
        print(f"{tried} random definitions, {found} faults, {time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    return 1 if found else 0


def _read(what: str, statements: list[Statement], parsers: list[str], processes: int) -> int:
    """The number of faults, each told."""
    found = list(_faults(statements, parsers, processes))
    print(f"{what}: {len(statements)} statements, {len(found)} faults", flush=True)
    for fault in found:
        print(f"  {fault}", flush=True)
    return len(found)


def _faults(statements: list[Statement], parsers: list[str], processes: int) -> Iterator[str]:
    for one in statements:
        for fault in unlisted(one):
            yield f"{one.place}: {fault}"
    for parser in parsers:
        for fault in faults(parser, statements, processes):
            yield f"{parser}, {fault}"


if __name__ == "__main__":
    sys.exit(main())
