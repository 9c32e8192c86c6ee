"""The long run of the formatter: `python -m tests.syntax.formatter_run 100000 [--from SEED]`.

That many random declarations in random layouts, and every mutation of the examples by one token: nothing is lost, and what is
laid out once stays so. Goes on after a failure; the exit code is 1 where there was one.
"""

from __future__ import annotations

import argparse
import random
import time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from segql.syntax import tree
from segql.syntax.printer import to_text
from tests.syntax import strategies
from tests.syntax.layouts import disarranged, mutations
from tests.syntax.test_formatter import EXAMPLES, bare, formatted, stands

BATCH = 1000


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Random declarations and mutated examples, laid out."
    )
    parser.add_argument("count", type=int)
    parser.add_argument("--from", dest="start", type=int, default=0)
    asked = parser.parse_args()
    began = time.monotonic()
    failures = done = 0
    for number in range(asked.start, asked.start + -(-asked.count // BATCH)):
        tried, failed = batch(number, min(BATCH, asked.count - done))
        done, failures = done + tried, failures + failed
    print(f"{done:,} random declarations, {failures} failures, {time.monotonic() - began:.0f} s")
    tried = good = 0
    for path in EXAMPLES:
        for text in mutations(path):
            tried += 1
            try:
                good += stands(text)
            except AssertionError as error:
                failures += 1
                print(error)
    print(
        f"{tried:,} mutations of the examples, {good:,} without faults, {failures} failures in all"
    )
    return 1 if failures else 0


def batch(number: int, count: int) -> tuple[int, int]:
    """How many declarations were tried, and how many failed."""
    tried = 0
    failed: list[str] = []

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.declarations, st.integers(0, 10**9))
    def run(node: tree.Declaration, layout: int) -> None:
        nonlocal tried
        tried += 1
        wild = disarranged(to_text(node), random.Random(layout))
        try:
            assert bare(formatted(wild)) == bare(wild), wild
        except AssertionError as error:
            failed.append(str(error))

    run()
    for text in failed[:3]:
        print(text)
    return tried, len(failed)


if __name__ == "__main__":
    raise SystemExit(main())
