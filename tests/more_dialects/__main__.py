"""Runs the conformance suite on a dialect that is no part of `make test`, and counts.

    python -m tests.more_dialects clickhouse [-k WORD]          # after `pip install 'segql[clickhouse]'`
    python -m tests.more_dialects clickhouse --random 2000      # random definitions beside the reference evaluator
    python -m tests.more_dialects spark                         # after `pip install 'segql[spark]'`, with Java 17

A case passes, is refused when it is checked (SEG602), or fails. Ends with 1 where a case fails, where one that is marked
`notyet` or `never` for the dialect passes, or where the refused ones are not those of `refused-DIALECT.txt`, which `--update`
writes anew.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from segql.model import clock, nodes
from segql.sql.refusals import refusals
from tests.conformance.test_pages import _compare_values, _model
from tests.more_dialects import agreement
from tests.more_dialects.dialects import DIALECTS
from tests.support import evaluate
from tests.support.pages import Entry, Section, cached_pages, database_of, instant, key_of
from tests.support.tables import AWKWARD, PLAIN, Physical


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.more_dialects")
    parser.add_argument("dialect", choices=DIALECTS)
    parser.add_argument("-k", metavar="WORD", default="", help="only cases whose name has it")
    parser.add_argument("--update", action="store_true", help="write the list of refused cases")
    parser.add_argument("--one", action="store_true", help="in one physical form of two")
    parser.add_argument("--random", type=int, metavar="N", help="so many random definitions")
    parser.add_argument("--from", dest="start", type=int, default=0, help="their first seed")
    options = parser.parse_args()
    if options.random:
        return 1 if agreement.run(DIALECTS[options.dialect](), options.random, options.start) else 0
    started = time.monotonic()
    outcomes: dict[str, str] = {}
    refused: list[str] = []
    forms = (AWKWARD,) if options.one else (PLAIN, AWKWARD)
    for name, outcome, words in run(options.dialect, options.k, forms):
        if outcomes.get(name) != "failed":
            outcomes[name] = outcome
        if outcome == "failed":
            print(f"FAILED {name}: {words}", flush=True)
        elif outcome == "refused":
            refused.append(f"{re.sub(':[0-9]+', '', name, count=1)}: {words}")
    counted = Counter(outcomes.values())
    took = time.monotonic() - started
    print(", ".join(f"{number} {word}" for word, number in counted.items()) + f" in {took:.0f} s")
    refused = list(dict.fromkeys(refused))
    listed = Path(__file__).parent / f"refused-{options.dialect}.txt"
    if options.update:
        listed.write_text("\n".join(refused) + "\n", encoding="utf-8")
    return 1 if counted["failed"] or differs(refused, listed, options.k) else 0


def differs(refused: list[str], listed: Path, word: str) -> bool:
    """Whether other cases are refused than are listed; says which."""
    expected = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    expected = [line for line in expected if word in line.partition(": ")[0]]
    for line in refused:
        if line not in expected:
            print(f"REFUSED, and not listed: {line}")
    for line in expected:
        if line not in refused:
            print(f"LISTED, and not refused: {line}")
    return set(refused) != set(expected)


def run(
    dialect: str, word: str, forms: Sequence[Physical] = (PLAIN, AWKWARD)
) -> Iterator[tuple[str, str, str]]:
    """For each case its name, its outcome (`passed`, `refused`, `marked`, `failed`), and why."""
    engine = DIALECTS[dialect]()
    for section in cached_pages(Path(__file__).parent.parent / "conformance"):
        entries = [
            entry
            for entry in section.entries
            if entry.kind in ("members", "values") and word in case_name(section, entry)
        ]
        for physical in forms if entries else ():
            held: nodes.Model | None = None
            for entry in entries:
                model = _model(section, entry)
                if held is not model:
                    overrides = section.settings.get("types") or {}
                    form = replace(physical, overrides=overrides)
                    engine.load(model, database_of(section, model), form)
                    held = model
                outcome, words = tried(engine, dialect, section, entry, model)
                yield case_name(section, entry), *marked(section, dialect, outcome, words)


def case_name(section: Section, entry: Entry) -> str:
    return f"{section.page}:{section.line} {' '.join(entry.text.split())}"


def tried(
    engine: evaluate.Engine, dialect: str, section: Section, entry: Entry, model: nodes.Model
) -> tuple[str, str]:
    definition = model.segments[entry.name] if entry.kind == "members" else model.traits[entry.name]
    refused = refusals([definition], [dialect])
    if refused:
        return "refused", refused[0].message
    as_of = instant(section, clock)
    try:
        if entry.kind == "values":
            found = engine.values(model, entry.name, as_of)
            try:
                _compare_values(found, model.traits[entry.name], entry)
            except AssertionError:
                return "failed", f"values {found}, expected {entry.expected}"
            return "passed", ""
        types = tuple(part.type for part in model.segments[entry.name].entity.key)
        expected = sorted(key_of(key, types) for key in entry.expected or ())
        found = sorted(engine.members(model, entry.name, as_of))
        same = found == expected
        return ("passed", "") if same else ("failed", f"members {found}, expected {expected}")
    except Exception as error:
        return "failed", f"{type(error).__name__}: {str(error)[:400]}"


def marked(section: Section, dialect: str, outcome: str, words: str) -> tuple[str, str]:
    """A marked section must fail."""
    reasons = [marks[dialect] for marks in section.marks.values() if dialect in marks]
    if not reasons:
        return outcome, words
    if outcome == "failed":
        return "marked", reasons[0]
    return "failed", f"marked ({reasons[0]}), but {outcome}"


if __name__ == "__main__":
    sys.exit(main())
