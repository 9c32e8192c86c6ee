"""How often each code was found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from segql.diagnostics import Diagnostic
from segql.lint.fixes import fix_of
from segql.report.text import number, table


@dataclass(frozen=True)
class _Count:
    code: str
    name: str
    severity: str
    count: int
    fixable: int
    """How many of them `--fix` mends."""


def render_statistics(diagnostics: Sequence[Diagnostic]) -> str:
    """A line for each code, the most frequent first."""
    rows = [
        (number(item.count), item.code, item.name, item.severity, _kind(item))
        for item in _counted(diagnostics)
    ]
    return "".join(f"{line}\n" for line in table(rows, (True, False, False, False, False)))


def render_statistics_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A list of objects in the same order."""
    documents = [asdict(item) for item in _counted(diagnostics)]
    return json.dumps(documents, ensure_ascii=False, indent=2) + "\n"


def _kind(item: _Count) -> str:
    if item.fixable == 0:
        return ""
    return "fixable" if item.fixable == item.count else f"{number(item.fixable)} fixable"


def _counted(diagnostics: Sequence[Diagnostic]) -> list[_Count]:
    counts: Counter[tuple[str, str, str]] = Counter()
    fixable: Counter[tuple[str, str, str]] = Counter()
    for item in diagnostics:
        key = (item.code.code, item.code.name, str(item.level))
        counts[key] += 1
        fixable[key] += fix_of(item) is not None
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [_Count(*key, count, fixable[key]) for key, count in ordered]
