"""Runs the conformance suite on a dialect that is no part of `make test`, and counts.

    python -m tests.more_dialects clickhouse [-k WORD]        # after `pip install 'segql[clickhouse]'`
    python -m tests.more_dialects spark --resume spark.jsonl  # after `pip install 'segql[spark]'`, with Java 17
    python -m tests.more_dialects spark --random 300          # random definitions beside the reference evaluator
    python -m tests.more_dialects spark --update              # the list of refused cases, without the engine

A case passes, is refused when it is checked (SEG602), or fails, in two physical forms of its tables. The run tells how far
it is each half minute, and at its end what it found. With `--resume` it writes each finished section to a file, and goes on
there when it is started again with the same code; cases that failed are tried again.

Ends with 1 where a case fails, where one that is marked `notyet` or `never` for the dialect passes, or where the refused ones
are not those of `refused-DIALECT.txt`.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from tests.more_dialects import agreement
from tests.more_dialects.cases import (
    FORMS,
    Outcome,
    Result,
    Unit,
    list_of_refused,
    refused_cases,
    units,
)
from tests.more_dialects.dialects import DIALECTS, Dialect
from tests.more_dialects.journal import Journal

SECONDS = 30
"""Between two lines of progress."""


def main() -> int:
    options = _options()
    if options.update:
        text = "\n".join(refused_cases(options.dialect)) + "\n"
        list_of_refused(options.dialect).write_text(text, encoding="utf-8")
        return 0
    if options.random:
        return 1 if agreement.run(DIALECTS[options.dialect](), options.random, options.start) else 0
    forms = ("awkward",) if options.one else tuple(FORMS)
    journal = None
    if options.resume is not None:
        journal = Journal(options.resume, f"{options.dialect} {options.k!r} {forms}")
    outcomes = _tried(options.dialect, units(options.k, forms), journal)
    failed = "failed" in outcomes.values()
    return 1 if _differs(options.dialect, options.k) or failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.more_dialects")
    parser.add_argument("dialect", choices=DIALECTS)
    parser.add_argument("-k", metavar="WORD", default="", help="only cases whose name has it")
    parser.add_argument("--one", action="store_true", help="in one physical form of two")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep the results in FILE, and go on from there"
    )
    parser.add_argument("--update", action="store_true", help="write the list of refused cases")
    parser.add_argument("--random", type=int, metavar="N", help="so many random definitions")
    parser.add_argument("--from", dest="start", type=int, default=0, help="their first seed")
    return parser.parse_args()


def _tried(dialect: str, asked: list[Unit], journal: Journal | None) -> dict[str, Outcome]:
    """The outcome of each case, the worse of its two forms; prints what fails, and how far it is."""
    outcomes: dict[str, Outcome] = {}
    engine: Dialect | None = None
    started = said = time.monotonic()
    for number, unit in enumerate(asked, 1):
        results = None if journal is None else journal.results(unit)
        if results is None:
            engine = engine or DIALECTS[dialect]()
            results = list(unit.run(engine))
            if journal is not None:
                journal.add(unit, results)
        for one in results:
            _entered(one, unit, outcomes)
        if time.monotonic() - said > SECONDS:
            said = time.monotonic()
            print(f"{number} of {len(asked)} sections: {_said(outcomes, started)}", flush=True)
    if engine is not None:
        engine.close()
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(kind).ru_maxrss for kind in kinds) // 1024
    print(f"{len(outcomes)} cases: {_said(outcomes, started)}, {peak} MB at most", flush=True)
    return outcomes


def _entered(result: Result, unit: Unit, outcomes: dict[str, Outcome]) -> None:
    if outcomes.get(result.case) != "failed":
        outcomes[result.case] = result.outcome
    if result.outcome == "failed":
        print(f"FAILED {result.case} ({unit.form}): {result.words}", flush=True)


def _said(outcomes: dict[str, Outcome], started: float) -> str:
    counted = Counter(outcomes.values())
    words = ", ".join(f"{counted[word]} {word}" for word in ("passed", "refused", "failed"))
    marked = f", {counted['marked']} marked" if counted["marked"] else ""
    return f"{words}{marked} in {time.monotonic() - started:.0f} s"


def _differs(dialect: str, word: str) -> bool:
    """Whether other cases are refused than are listed; says which."""
    listed = list_of_refused(dialect)
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    expected = {line for line in lines if word in line.partition(": ")[0]}
    refused = set(refused_cases(dialect, word))
    for line in sorted(refused - expected):
        print(f"REFUSED, and not listed: {line}")
    for line in sorted(expected - refused):
        print(f"LISTED, and not refused: {line}")
    return refused != expected


if __name__ == "__main__":
    sys.exit(main())
