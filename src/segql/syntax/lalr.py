"""Runs the LALR(1) tables over the tokens of one declaration.

The same loop as Lark's own, with three differences: a word becomes a keyword or a name according to
the state (and, where both are possible, to the next token); each value carries its place, so that
every node gets a span without keeping punctuation; and values go straight to the builder's methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from segql.syntax.scanner import Chunk
from segql.syntax.tables import Tables
from segql.syntax.words import is_keyword

#: What the builder makes of a rule: a node, or a part of one.
Built: TypeAlias = Any
Reduce: TypeAlias = Callable[[Any, list[Built], int, int], Built]
Shift: TypeAlias = Callable[[Any, str, int, int], Any]


@dataclass(slots=True)
class Failure:
    """No rule goes on here: the token's index (the length of the chunk at its end), the states."""

    index: int
    terminal: str
    states: list[int]


_BEHIND_NAMES = frozenset({"COLON", "EQUAL", "DOT"})


class Machine:
    """The tables with the methods of a class of builders: those of its `TERMINALS`, and one for each rule."""

    def __init__(self, tables: Tables, builder: type) -> None:
        self._tables = tables
        self._terminals: dict[str, Shift] = {
            name: getattr(builder, name)
            for name in builder.TERMINALS  # type: ignore[attr-defined]
        }
        self._words = tables.words
        self._rules = [
            (origin, size, _method(builder, name, expand), children, expand)
            for origin, size, name, children, expand in tables.rules
        ]
        self._ends = {*tables.end.values()}
        self._hops: dict[tuple[int, int, str], int] = {}

    def run(self, builder: object, chunk: Chunk, start: str) -> Built | Failure:
        """The value of the start rule for all tokens of `chunk`, or where that ended."""
        actions, rules, words = self._tables.actions, self._rules, self._words
        terminals, hops = self._terminals, self._hops
        kinds, texts, begins, ends = chunk.kinds, chunk.texts, chunk.starts, chunk.ends
        states = [self._tables.start[start]]
        row = actions[states[0]]
        values: list[Any] = []
        firsts: list[int] = []
        lasts: list[int] = []
        final = self._tables.end[start]
        count = len(kinds)
        for index in range(count + 1):
            if index == count:
                kind = "$END"
            else:
                kind = kinds[index]
                if kind == "NAME" and texts[index] in words:
                    kind = self._classify(chunk, index, row)
            while True:
                action = row.get(kind)
                if action is None:
                    return Failure(index, kind, states)
                if action >= 0:
                    states.append(action)
                    row = actions[action]
                    shift = terminals.get(kind)
                    text, first, last = texts[index], begins[index], ends[index]
                    values.append(text if shift is None else shift(builder, text, first, last))
                    firsts.append(first)
                    lasts.append(last)
                    break
                origin, size, method, children, expand = rules[~action]
                if size == 1 and expand:
                    hop = (states[-2], action, kind)
                    if hop not in hops:
                        hops[hop] = self._hop(*hop)
                    state = states[-1] = hops[hop]
                elif size == 1:
                    args = values[-1:]
                    if children is not None:
                        args = _children(args, children)
                    if method is not None:
                        args = method(builder, args, firsts[-1], lasts[-1])
                    values[-1] = args
                    state = states[-1] = actions[states[-2]][origin]
                else:
                    args = values[-size:]
                    first, last = firsts[-size], lasts[-1]
                    del states[-size:], values[-size:], firsts[-size:], lasts[-size:]
                    if children is not None:
                        args = _children(args, children)
                    if expand and len(args) == 1:
                        values.append(args[0])
                    elif method is None:
                        values.append(args)
                    else:
                        values.append(method(builder, args, first, last))
                    firsts.append(first)
                    lasts.append(last)
                    state = actions[states[-1]][origin]
                    states.append(state)
                if index == count and state == final:
                    return values[-1]
                row = actions[state]
        raise AssertionError("the end of the text is always shifted or refused")

    def _hop(self, below: int, action: int, kind: str) -> int:
        """The state after the rules that only hand on their one child, of which `action` is the first.

        A plain value becomes a product, a sum, a comparison, a conjunction: more than half of all rules are of this
        kind, and which of them follow each other is always the same for two states and a token.
        """
        actions, rules = self._tables.actions, self._rules
        while True:
            state = actions[below][rules[~action][0]]
            following = actions[state].get(kind)
            if following is None or following >= 0 or state in self._ends:
                return state
            _, size, _, _, expand = rules[~following]
            if size != 1 or not expand:
                return state
            action = following

    def _classify(self, chunk: Chunk, index: int, row: dict[str, int]) -> str:
        """The terminal of a word that is a keyword somewhere: that keyword's here, or NAME."""
        text = chunk.texts[index]
        for terminal in self._words[text]:
            if terminal in row:
                break
        else:
            return "NAME"
        if "NAME" not in row:
            return terminal
        after = index + 1
        if after == len(chunk.kinds):
            following, next_text = "$END", ""
        else:
            following, next_text = chunk.kinds[after], chunk.texts[after]
        if "TABLE" in row or "META" in row:  # the lines of a declaration: `name: …`, `name = …`
            return "NAME" if following in _BEHIND_NAMES else terminal
        return terminal if is_keyword(text, following, next_text) else "NAME"


def _children(values: list[Any], children: tuple[tuple[int, bool], ...]) -> list[Any]:
    result: list[Any] = []
    for index, flatten in children:
        if index < 0:
            result.append(None)
        elif flatten:
            result += values[index]
        else:
            result.append(values[index])
    return result


def _method(builder: type, name: str, expand: bool) -> Reduce | None:
    """The builder's method.

    None where the values are what is built: of a rule that begins with `_`, they go into the rule that uses it, and a
    rule that only hands on its child has no more than that.
    """
    if not name or (expand and not hasattr(builder, name)):
        return None
    method: Reduce = getattr(builder, name)
    return method
