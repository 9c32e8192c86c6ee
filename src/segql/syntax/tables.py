"""The parser's tables, which Lark computes from `grammar/segql.lark`.

They are kept beside the grammar as JSON (`python -m grammar.generate_tables` writes them), so that nothing of Lark is
needed to run segql.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Rule: TypeAlias = "tuple[str, int, str, tuple[tuple[int, bool], ...] | None, bool]"


@dataclass(frozen=True, slots=True)
class Tables:
    """What the scanner and the parser need of the grammar.

    `actions[state][terminal]` is `n >= 0` for "shift, go to n" and `n < 0` for "reduce by rule
    `-n - 1`"; `actions[state][rule]` is the state after that rule. A rule is
    `(origin, length, builder method, children, expand)`: `children` lists `(index, flatten)`, with
    index -1 for a missing optional part, or is None where all are handed over as they are; `expand`
    means that a single child stands for the rule.
    """

    actions: list[dict[str, int]]
    rules: list[Rule]
    start: dict[str, int]
    end: dict[str, int]
    patterns: dict[str, str]
    punctuation: dict[str, str]
    words: dict[str, tuple[str, ...]]


def load_tables() -> Tables:
    """The tables: inside the installed package, or beside `src` in a checkout."""
    here = Path(__file__).resolve()
    try:
        content = (here.parents[1] / "grammar" / "tables.json").read_bytes()
    except FileNotFoundError:
        content = (here.parents[3] / "grammar" / "tables.json").read_bytes()
    parts = json.loads(content)
    parts["rules"] = [
        (origin, size, name, None if children is None else tuple(map(tuple, children)), expand)
        for origin, size, name, children, expand in parts["rules"]
    ]
    parts["words"] = {word: tuple(terminals) for word, terminals in parts["words"].items()}
    return Tables(**parts)
