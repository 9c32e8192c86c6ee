"""A long run: `python -m tests.agreement 20000` tries so many definitions and tells every difference.

`--from SEED` starts elsewhere, `--shrink` looks for the smallest case of each difference. `--blocks` tries as many
`test` blocks instead, as `segql test` runs them.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.agreement.bench import Bench, differ, shrunk
from tests.agreement.blocks import tried
from tests.agreement.world import World
from tests.support.postgres import DEFAULT_MAJOR, start_server

BATCH = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.agreement", description=__doc__)
    parser.add_argument("definitions", type=int, help="how many definitions are tried")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first seed")
    parser.add_argument("--shrink", action="store_true", help="print the smallest case that fails")
    parser.add_argument("--postgres-major", type=int, default=DEFAULT_MAJOR)
    parser.add_argument("--blocks", action="store_true", help="try `test` blocks")
    options = parser.parse_args()
    if options.blocks:
        return 1 if _run_blocks(options.definitions, options.start) else 0
    server = start_server(options.postgres_major)
    try:
        return 1 if _run(Bench(server), options.definitions, options.start, options.shrink) else 0
    finally:
        server.stop()


def _run(bench: Bench, wanted: int, seed: int, shrink: bool) -> int:
    """The number of differences found."""
    tried = found = left = 0
    began = time.monotonic()
    while tried < wanted:
        world = World(seed, BATCH)
        bench.load(world, world.database)
        for definition in world.accepted:
            results = bench.results(world, world.model, definition)
            left += not results
            if differ(results):
                found += 1
                said = shrunk(bench, world, definition) if shrink else _short(definition, results)
                print(f"seed {seed}, {definition.name}\n{said}\n", flush=True)
        tried += len(world.accepted)
        seed += 1
        if seed % 10 == 0:
            spent = time.monotonic() - began
            print(f"{tried} tried, {found} differ, {left} left the bounds of numbers, next seed {seed}, {spent:.0f} s", flush=True)  # fmt: skip
    print(f"{tried} tried, {found} differ, {left} left the bounds of numbers", flush=True)
    return found


def _run_blocks(wanted: int, seed: int) -> int:
    """The number of faults found."""
    ran = explained = faults = 0
    while ran < wanted:
        found = tried(World(seed, BATCH))
        ran, explained = ran + found.blocks, explained + found.explained
        faults += len(found.faults)
        for fault in found.faults:
            print(f"seed {seed}\n{fault}\n", flush=True)
        seed += 1
    print(
        f"{ran} blocks, {explained} answers explained, {faults} faults, next seed {seed}",
        flush=True,
    )
    return faults


def _short(definition: object, results: dict[str, object]) -> str:
    source = getattr(definition, "source", "")
    return source + "\n".join(f"{engine}: {result}" for engine, result in results.items())


if __name__ == "__main__":
    sys.exit(main())
