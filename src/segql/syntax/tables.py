"""The parser's tables, computed by Lark from `grammar/segql.lark`.

Lark turns the grammar into LALR(1) tables; they are kept here as plain dictionaries and lists, so that
they can be cached in a file (marshal, some milliseconds to load) and a run that finds them there does
not import Lark at all.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

START_RULES = ("declaration", "expression")
_Lark: TypeAlias = Any  # rules and terminals of Lark, which ships without types for them
_FORMAT = 1
_WORDS = re.compile(r"(?:\(\?:)?([a-z]+(?:\|[a-z]+)*)\)?")


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
    rules: list[tuple[str, int, str, tuple[tuple[int, bool], ...] | None, bool]]
    start: dict[str, int]
    end: dict[str, int]
    patterns: list[tuple[str, str]]
    punctuation: dict[str, str]
    words: dict[str, tuple[str, ...]]


def grammar_text() -> str:
    """The text of `segql.lark`: inside the installed package, or beside `src` in a checkout."""
    packaged = resources.files("segql").joinpath("grammar", "segql.lark")
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    checkout = Path(__file__).resolve().parents[3] / "grammar" / "segql.lark"
    return checkout.read_text(encoding="utf-8")


def load_tables(cache: Path | None = None) -> Tables:
    """The tables, from `cache` (a folder) where they are kept there for this very grammar.

    A cache that cannot be read or written is ignored: it never changes a result.
    """
    grammar = grammar_text()
    if cache is None:
        return compute_tables(grammar)
    key = hashlib.sha256(f"{_FORMAT} {sys.version_info[:2]} {grammar}".encode()).hexdigest()
    path = cache / f"grammar-{key[:24]}.bin"
    try:
        return Tables(*marshal.loads(path.read_bytes()))
    except (OSError, ValueError, EOFError, TypeError):
        pass
    tables = compute_tables(grammar)
    _write(path, marshal.dumps(astuple(tables)))
    return tables


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step, or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def compute_tables(grammar: str) -> Tables:
    """Let Lark compute the tables; a conflict in the grammar raises `lark.GrammarError`."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    parser = Lark(grammar, parser="lalr", start=list(START_RULES), maybe_placeholders=True)
    table = parser.parser.parser._parse_table
    numbers = {rule: number for number, rule in enumerate(parser.rules)}
    for row in table.states.values():  # the augmented start rules
        for action, argument in row.values():
            if action is not Shift:
                numbers.setdefault(argument, len(numbers))
    states = {state: number for number, state in enumerate(table.states)}
    actions = [
        {
            symbol: states[argument] if action is Shift else -numbers[argument] - 1
            for symbol, (action, argument) in row.items()
        }
        for row in table.states.values()
    ]
    patterns, punctuation, words = _terminals(parser.terminals)
    return Tables(
        actions,
        [_shape(rule) for rule in numbers],
        {name: states[state] for name, state in table.start_states.items()},
        {name: states[state] for name, state in table.end_states.items()},
        patterns,
        punctuation,
        words,
    )


def _shape(rule: _Lark) -> tuple[str, int, str, tuple[tuple[int, bool], ...] | None, bool]:
    """What to do with the children of a rule (see `Tables`)."""
    options = rule.options
    missing = _missing(options.empty_indices, len(rule.expansion))
    children: list[tuple[int, bool]] = []
    for index, symbol in enumerate(rule.expansion):
        children += [(-1, False)] * missing[index]
        if not (symbol.is_term and symbol.filter_out):
            children.append((index, not symbol.is_term and symbol.name.startswith("_")))
    children += [(-1, False)] * missing[-1]
    plain = [(index, False) for index in range(len(rule.expansion))]
    name = rule.alias or str(rule.origin.name)
    return (
        str(rule.origin.name),
        len(rule.expansion),
        "" if name.startswith(("_", "$")) else str(name),
        None if children == plain else tuple(children),
        bool(options.expand1 and not rule.alias),
    )


def _missing(empty: tuple[bool, ...] | list[bool], length: int) -> list[int]:
    """How many optional parts are missing before each symbol, and behind the last."""
    counts = [0]
    for is_missing in empty:
        if is_missing:
            counts[-1] += 1
        else:
            counts.append(0)
    return counts if empty else [0] * (length + 1)


def _terminals(
    terminals: Iterable[_Lark],
) -> tuple[list[tuple[str, str]], dict[str, str], dict[str, tuple[str, ...]]]:
    """Regular expressions, punctuation (the longest first), and words with their terminals."""
    patterns: list[tuple[str, str]] = []
    punctuation: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    for terminal in terminals:
        pattern = terminal.pattern
        match = _WORDS.fullmatch(pattern.value)
        if match:
            for word in match[1].split("|"):
                words[word] = (*words.get(word, ()), terminal.name)
        elif pattern.type == "str":
            punctuation[pattern.value] = terminal.name
        else:
            patterns.append((terminal.name, pattern.value))
    longest = sorted(punctuation, key=lambda text: (-len(text), text))
    return sorted(patterns), {text: punctuation[text] for text in longest}, words
