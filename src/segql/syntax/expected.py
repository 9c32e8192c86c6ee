"""What could stand at a place, from the state of the parser, in the language's own words."""

from __future__ import annotations

from segql.syntax.tables import Tables
from segql.syntax.words import words

_CONDITION = words(
    "DID HAS NOT SEQUENCE MEMBER DIRECTION QUANTIFIER AT EXACTLY SQL ANNIVERSARY NO MORE"
)
_VALUE = words(
    "NAME QUOTED_NAME NUMBER PERCENT STRING LONG_STRING BOOLEAN DATE TIMESTAMP UNIT MINUS LPAR POINT "
    "POINTS TODAY NOW YESTERDAY"
)
_LITERAL = words("NUMBER PERCENT STRING LONG_STRING BOOLEAN DATE TIMESTAMP MINUS")
_COMPARISON = words(
    "EQUAL ORDER IN IS CONTAINS DOES STARTS ENDS MATCHES HAS WITHIN NOT MEMBER TODAY YESTERDAY ON "
    "BETWEEN SINCE BEFORE AFTER"
)
_WINDOW = words("IN TODAY YESTERDAY ON BETWEEN SINCE BEFORE AFTER")
_SPANS = words("ON BETWEEN SINCE BEFORE AFTER LAST NEXT THIS")
_TIMES = words("AT MORE EXACTLY NUMBER")
_OPERATOR = words("PLUS MINUS STAR SLASH")
_DECLARATION = words("ENTITY EVENT ROWS TRAIT SEGMENT SEGMENTATION SPLIT LIST ASSERT TEST")
_JOIN = words("OR_UNKNOWN IF AND OR")

#: Terminals in words; all others are shown as they are written.
_NAMES = {
    "NAME": "a name",
    "QUOTED_NAME": "a name",
    "NUMBER": "a number",
    "PERCENT": "a percentage",
    "STRING": "a text in quotes",
    "LONG_STRING": "a text in quotes",
    "BOOLEAN": "`true` or `false`",
    "DATE": "a date",
    "TIMESTAMP": "a timestamp",
    "UNIT": "a unit of time",
    "TIMES": "`times`",
    "DISTANCE": "`km` or `miles`",
    "DIRECTION": "`top` or `bottom`",
    "QUANTIFIER": "`any`, `all` or `none`",
    "STEP_CHOICE": "`latest` or `next`",
    "OR_UNKNOWN": "`or unknown`",
    "IGNORING": "`ignoring case`",
    "ORDER": "a comparison",
    "_NL": "the end of the line",
    "$END": "the end of the declaration",
}
#: The sets that have a common name: where at least so many of them could stand, that name is said.
_GROUPS: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (words("DID NAME"), _CONDITION | _VALUE, "a condition"),
    (words("NAME NUMBER LPAR"), _VALUE | _SPANS, "a value"),
    (words("STRING NUMBER DATE"), _LITERAL | {"NAME", "QUOTED_NAME", "POINT", "LPAR"}, "a value"),
    (words("EQUAL ORDER IS"), _COMPARISON | _OPERATOR, "a comparison"),
    (words("AT MORE EXACTLY NUMBER"), _TIMES, "a number of times"),
    (words("IN SINCE BEFORE"), _WINDOW, "a window of time"),
    (words("ON SINCE BEFORE"), _SPANS, "a window of time"),
    (words("PLUS"), _OPERATOR, "an operator"),
    (words("ENTITY SEGMENT"), _DECLARATION, "a declaration"),
    (words("AND OR"), _JOIN, "`and` or `or`"),
)
_MOST = 6


class Expectations:
    """Reads the tables backwards: from a state to what it accepts."""

    def __init__(self, tables: Tables) -> None:
        self._actions = tables.actions
        self._rules = tables.rules
        self._texts: dict[str, str] = {}
        for text, terminal in tables.punctuation.items():
            self._texts[terminal] = f"`{text}`"
        for word, terminals in tables.words.items():
            for terminal in terminals:
                self._texts.setdefault(terminal, f"`{word}`")
        self._texts.update(_NAMES)
        self.keywords = {
            word: terminals[-1]
            for word, terminals in tables.words.items()
            if len(terminals) == 1 or terminals[0] != "UNIT"
        }

    def terminals(self, states: list[int]) -> frozenset[str]:
        """The terminals that can stand behind what has been read."""
        row = self._actions[states[-1]]
        found = (symbol for symbol in row if symbol == "_NL" or symbol[0] == "$" or _upper(symbol))
        return frozenset(symbol for symbol in found if self._accepts(states, symbol))

    def _accepts(self, states: list[int], terminal: str) -> bool:
        """Whether the terminal is shifted in the end (a reduction alone says little)."""
        stack: list[int] = []  # states pushed while trying
        depth = len(states)  # how much of `states` is left below them
        while True:
            top = stack[-1] if stack else states[depth - 1]
            action = self._actions[top].get(terminal)
            if action is None:
                return False
            if action >= 0:
                return True
            origin, size = self._rules[-action - 1][:2]
            if origin.startswith("$"):
                return True
            pop = min(size, len(stack))
            del stack[len(stack) - pop :]
            depth -= size - pop
            top = stack[-1] if stack else states[depth - 1]
            goto = self._actions[top].get(origin)
            if goto is None:
                return terminal == "$END"
            stack.append(goto)
            if terminal == "$END" and depth == 1 and len(stack) == 1:
                return True

    def describe(self, terminals: frozenset[str]) -> str:
        """`a value, a condition or `}``; at most some six kinds."""
        left = set(terminals)
        found: list[str] = []
        for needed, group, name in _GROUPS:
            if needed <= left:
                left -= group
                found.append(name)
        others = sorted({self._texts.get(item, f"`{item.lower()}`") for item in left}, key=_order)
        found += others
        found = list(dict.fromkeys(found))
        if (
            len(found) > _MOST
        ):  # the rest is what stands between values: dots, brackets, small words
            return f"for instance {', '.join(found[: _MOST - 2])} or {found[_MOST - 2]}"
        if len(found) < 2:
            return "".join(found) or "nothing more"
        return f"{', '.join(found[:-1])} or {found[-1]}"


def _upper(symbol: str) -> bool:
    return symbol.isupper()


def _order(text: str) -> tuple[bool, str]:
    """Kinds first, then what is written literally."""
    return (text.startswith("`"), text)
