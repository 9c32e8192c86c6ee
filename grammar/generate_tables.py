"""Writes `tables.json`, the parser's tables: Lark turns `segql.lark` into LALR(1) tables.

Run `python -m grammar.generate_tables` when the grammar was changed; a test compares them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from lark import Lark
from lark.parsers.lalr_analysis import Shift

from segql.syntax.tables import Rule, Tables

GRAMMAR = Path(__file__).with_name("segql.lark")
TABLES = Path(__file__).with_name("tables.json")
START_RULES = ("declaration", "expression")
_Lark: TypeAlias = Any  # rules and terminals of Lark, which ships without types for them
_WORDS = re.compile(r"(?:\(\?:)?([a-z]+(?:\|[a-z]+)*)\)?")


def page(tables: Tables) -> str:
    """The tables as JSON, a line for each state and rule."""
    parts = asdict(tables)
    lines = {
        name: "[\n" + ",\n".join(map(json.dumps, parts.pop(name))) + "\n]"
        for name in ("actions", "rules")
    }
    lines |= {name: json.dumps(part) for name, part in parts.items()}
    return "{\n" + ",\n".join(f'"{name}": {line}' for name, line in lines.items()) + "\n}\n"


def compute_tables(grammar: str) -> Tables:
    """Let Lark compute the tables; a conflict in the grammar raises `lark.GrammarError`."""
    parser = Lark(grammar, parser="lalr", start=list(START_RULES), maybe_placeholders=True)
    table = parser.parser.parser._parse_table
    numbers = {rule: number for number, rule in enumerate(parser.rules)}
    for row in table.states.values():  # the augmented start rules
        for action, argument in row.values():
            if action is not Shift:
                numbers.setdefault(argument, len(numbers))
    order = _order(table)
    actions = [
        {
            symbol: order[argument] if action is Shift else -numbers[argument] - 1
            for symbol, (action, argument) in sorted(table.states[state].items())
        }
        for state in order
    ]
    patterns, punctuation, words = _terminals(parser.terminals)
    return Tables(
        actions,
        [_shape(rule) for rule in numbers],
        {name: order[table.start_states[name]] for name in START_RULES},
        {name: order[table.end_states[name]] for name in START_RULES},
        patterns,
        punctuation,
        words,
    )


def _order(table: _Lark) -> dict[int, int]:
    """A number for each state, the same in each run: as they are reached, by the names of what leads there."""
    found = dict.fromkeys(table.start_states[name] for name in START_RULES)
    todo = list(found)
    while todo:
        row = table.states[todo.pop(0)]
        for _, (action, argument) in sorted(row.items(), key=lambda item: str(item[0])):
            if action is Shift and argument not in found:
                found[argument] = None
                todo.append(argument)
    return {state: number for number, state in enumerate(found)}


def _shape(rule: _Lark) -> Rule:
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
) -> tuple[dict[str, str], dict[str, str], dict[str, tuple[str, ...]]]:
    """Regular expressions, punctuation (the longest first), and words with their terminals."""
    patterns: dict[str, str] = {}
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
            patterns[terminal.name] = pattern.value
    longest = sorted(punctuation, key=lambda text: (-len(text), text))
    return (
        dict(sorted(patterns.items())),
        {text: punctuation[text] for text in longest},
        dict(sorted(words.items())),
    )


if __name__ == "__main__":
    text = page(compute_tables(GRAMMAR.read_text(encoding="utf-8")))
    TABLES.write_text(text, encoding="utf-8", newline="\n")
