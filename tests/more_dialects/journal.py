"""What a run has found so far, in a file, so that one that was ended goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.more_dialects.cases import Result, Unit

ROOT = Path(__file__).parent.parent.parent
CODE = ("src", "grammar", "tests/conformance", "tests/more_dialects", "tests/support")


class Journal:
    """The results of finished units: a line of JSON each, below a line that says what they were found with."""

    def __init__(self, path: Path, asked: str) -> None:
        """`asked`: the options that the results depend on. Results of other code or options are dropped."""
        self._path = path
        self._found: dict[str, list[Result]] = {}
        head = json.dumps({"code": _digest(), "asked": asked})
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if lines[:1] != [head]:
            path.write_text(head + "\n", encoding="utf-8")
            return
        for line in lines[1:]:
            unit, results = json.loads(line)
            self._found[unit] = [Result(**one) for one in results]

    def results(self, unit: Unit) -> list[Result] | None:
        """None where the unit is not finished, or a case of it failed."""
        found = self._found.get(unit.name)
        failed = found is None or any(one.outcome == "failed" for one in found)
        return None if failed else found

    def add(self, unit: Unit, results: Sequence[Result]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([unit.name, [asdict(one) for one in results]]) + "\n")


def _digest() -> str:
    """Of the code, the cases and the runs."""
    digest = hashlib.sha256()
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix in (".py", ".md", ".lark"):
                digest.update(path.read_bytes())
    return digest.hexdigest()
