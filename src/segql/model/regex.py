r"""The regular expressions of `matches` (3.8): a small part of the usual syntax, the same on every engine.

Allowed: characters, `.` (anything but a newline), classes of ASCII characters (`[a-z_]`, `[^0-9]`; a negated
one matches newlines and everything beyond ASCII), `\d \w \s` (ASCII; `\s` is space, `\t \n \r \f \v`), groups,
`|`, `* + ? {m} {m,} {m,n}`, and `^ $` at the ends of the whole pattern or of its outermost alternatives. A
pattern is searched anywhere in a text. All else is refused, with the place.

`parse` gives a `Pattern`, `write` spells it for a family of engines, `search` is what it means.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Final

from segql.model.patterns import (
    CONTROLS,
    Alternative,
    AnyChar,
    Char,
    CharClass,
    Choice,
    Family,
    Item,
    Pattern,
    Repeat,
    Sequence,
    fold,
    max_size,
    mentioned,
    nested_count,
    none_of,
    search,
    widen,
    write,
)

__all__ = [
    "BadPattern",
    "Family",
    "Pattern",
    "fold",
    "mentioned",
    "none_of",
    "normalise",
    "parse",
    "search",
    "widen",
    "write",
]

MAX_COUNT = 255
"""The largest `{n}`: Postgres' limit (https://www.postgresql.org/docs/current/functions-matching.html)."""

MAX_NESTED_COUNT = 1000
"""The largest product of counts inside each other: RE2's limit (https://github.com/google/re2/wiki/Syntax)."""

MAX_SIZE = 2000
"""The most characters and classes that a pattern may come to when its counts are written out."""

MAX_DEPTH = 50
"""The most groups inside each other."""


@dataclass(frozen=True, slots=True)
class BadPattern:
    """A pattern that is refused: why, and the characters `[start, end)` of it that are meant."""

    message: str
    start: int
    end: int


DIGITS: Final = frozenset(string.digits)
WORD: Final = frozenset(string.ascii_letters + string.digits + "_")
SPACE: Final = frozenset(" \t\n\r\f\v")

_CLASSES: Final = {"d": DIGITS, "w": WORD, "s": SPACE}
_QUANTIFIERS: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}


# --- text -> pattern ------------------------------------------------------------------------------


def parse(text: str) -> Pattern | BadPattern:
    """The pattern that `text` spells, or why it is refused."""
    try:
        return _Parser(text).pattern()
    except _RefusedError as refused:
        return BadPattern(refused.message, refused.start, refused.end)


def normalise(text: str, ignoring_case: bool = False) -> str | BadPattern:
    """The pattern of a `nodes.TextTest`: `text` in its one spelling (that of RE2, which `parse` reads too).

    `ignoring_case`: for texts that went through `casing.fold`.
    """
    pattern = parse(text)
    if isinstance(pattern, BadPattern):
        return pattern
    return write(fold(pattern) if ignoring_case else pattern, "re2")


class _RefusedError(Exception):
    """Ends the parse; never leaves this module."""

    def __init__(self, message: str, start: int, end: int) -> None:
        self.message, self.start, self.end = message, start, end


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, expected: str) -> bool:
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def refuse(self, message: str, start: int, end: int | None = None) -> _RefusedError:
        return _RefusedError(message, start, min(self.at if end is None else end, len(self.text)))

    # --- structure ---

    def pattern(self) -> Pattern:
        if not self.text:
            raise self.refuse("an empty pattern is found in every text", 0, 0)
        alternatives = self.alternative()
        while self.take("|"):
            alternatives += self.alternative()
        if self.peek():  # only `)` ends the alternatives early
            raise self.refuse("this `)` closes no group", self.at, self.at + 1)
        pattern = Pattern(tuple(alternatives))
        size = max_size(pattern)
        if size > MAX_SIZE:
            message = f"the pattern comes to {size} characters when its counts are written out"
            raise self.refuse(f"{message}, more than {MAX_SIZE}", 0, len(self.text))
        return pattern

    def alternative(self) -> list[Alternative]:
        begin = self.at
        start = self.take("^")
        items = self.items()
        end = self.take("$")
        if end and self.peek() not in ("", "|"):
            raise self.refuse("`$` stands only at the end of a pattern", self.at - 1)
        if not items and not (start and end):
            raise self.refuse("there is nothing to match here", begin)
        item = _sequence(items)
        if isinstance(item, Choice) and not (start or end):  # `(a|b)` is `a|b`
            return [Alternative(option) for option in item.options]
        return [Alternative(item, start, end)]

    def items(self) -> list[Item]:
        """Quantified items up to a `|`, a `)`, a `$` or the end."""
        items: list[Item] = []
        while self.peek() not in ("", "|", ")", "$"):
            begin = self.at
            item = self.quantified(self.atom(), begin)
            # `(?:ab)c` is `abc`: one spelling for one meaning
            items.extend(item.items if isinstance(item, Sequence) else (item,))
        return items

    def atom(self) -> Item:
        begin = self.at
        character = self.text[begin]
        self.at += 1
        match character:
            case ".":
                return AnyChar()
            case "[":
                return self.char_class(begin)
            case "(":
                return self.group(begin)
            case "\\":
                return self.escape(begin)
            case "^":
                raise self.refuse("`^` stands only at the start of a pattern", begin)
            case "*" | "+" | "?" | "{":
                quantifier = "a `{`" if character == "{" else f"`{character}`"
                message = f"{quantifier} has nothing to repeat here; the character itself is"
                raise self.refuse(f"{message} `\\{character}`", begin)
            case _:
                return Char(character)

    def group(self, begin: int) -> Item:
        if self.peek() == "?" and not self.take("?:"):
            raise self._special_group(begin)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refuse(f"more than {MAX_DEPTH} groups inside each other", begin)
        options = self.option()
        while self.take("|"):
            options += self.option()
        if self.peek() == "$":
            raise self.refuse(
                "`$` stands only at the end of a pattern, not in a group", self.at, self.at + 1
            )
        if not self.take(")"):
            raise self.refuse("this group is not closed", begin, begin + 1)
        self.depth -= 1
        return options[0] if len(options) == 1 else Choice(options)

    def option(self) -> tuple[Item, ...]:
        begin = self.at
        if self.peek() == "^":
            message = "`^` stands only at the start of a pattern, not in a group"
            raise self.refuse(message, begin, begin + 1)
        items = self.items()
        if not items and self.peek() != "$":
            raise self.refuse("there is nothing to match here", begin)
        item = _sequence(items)
        return item.options if isinstance(item, Choice) else (item,)

    def _special_group(self, begin: int) -> _RefusedError:
        behind = self.text[self.at + 1 : self.at + 3]
        if behind[:1] in ("=", "!") or behind in ("<=", "<!"):
            return self.refuse("looking ahead or behind is not supported", begin, self.at + 2)
        if behind[:1] in ("P", "<", "'"):
            return self.refuse("named groups are not supported", begin, self.at + 2)
        if behind[:1].isalpha() or behind[:1] == "-":
            message = "options are not supported; for `(?i)` write `ignoring case` behind the text"
            return self.refuse(message, begin, self.at + 2)
        return self.refuse("this kind of group is not supported", begin, self.at + 2)

    # --- quantifiers ---

    def quantified(self, item: Item, begin: int) -> Item:
        quantifier = self.at
        bounds = self.bounds()
        if bounds is None:
            return item
        match self.peek():
            case "?":
                message = "a lazy quantifier finds the same texts; leave out the `?`"
                raise self.refuse(message, quantifier, self.at + 1)
            case "+" if self.text[quantifier] != "{":
                message = "possessive quantifiers are not supported"
                raise self.refuse(message, quantifier, self.at + 1)
            case "*" | "+" | "{":
                message = "a quantifier cannot follow another one; put the first in a group"
                raise self.refuse(message, quantifier, self.at + 1)
        low, high = bounds
        repeat = Repeat(item, low, high)
        if nested_count(repeat) > MAX_NESTED_COUNT:
            message = f"counts inside each other multiply to more than {MAX_NESTED_COUNT}"
            raise self.refuse(message, begin)
        return item if bounds == (1, 1) else repeat

    def bounds(self) -> tuple[int, int | None] | None:
        character = self.peek()
        if character in _QUANTIFIERS:
            self.at += 1
            return _QUANTIFIERS[character]
        if character != "{":
            return None
        begin = self.at
        close = self.text.find("}", begin)
        inner = self.text[begin + 1 : close] if close > 0 else ""
        first, comma, second = inner.partition(",")
        if not _is_count(first) or (second and not _is_count(second)):
            message = "expected `{m}`, `{m,}` or `{m,n}`; the character itself is `\\{`"
            raise self.refuse(message, begin, begin + 1)
        self.at = close + 1
        low = int(first)
        high = int(second) if second else None if comma else low
        if max(low, high or 0) > MAX_COUNT:
            raise self.refuse(f"a count is at most {MAX_COUNT}", begin)
        if high is not None and high < low:
            raise self.refuse("the first count is larger than the second", begin)
        if high == 0:
            raise self.refuse("zero times is never there", begin)
        return low, high

    # --- escapes and classes ---

    def escape(self, begin: int) -> Char | CharClass:
        character = self.peek()
        self.at += 1
        if character in _CLASSES:
            return CharClass(_CLASSES[character])
        if character in CONTROLS:
            return Char(CONTROLS[character])
        if character and (character in string.punctuation or character == " "):
            return Char(character)
        raise self.refuse(_why_no_escape(character), begin, min(self.at, len(self.text)))

    def char_class(self, begin: int) -> CharClass:
        negated = self.take("^")
        members: set[str] = set()
        first = True
        while first or self.peek() != "]":
            if not self.peek():
                raise self.refuse("this class is not closed", begin, begin + 1)
            if first and self.peek() == "]":
                message = "an empty class; the character itself is `\\]`"
                raise self.refuse(message, begin, self.at + 1)
            members |= self.class_part()
            first = False
        self.at += 1
        return CharClass(frozenset(members), negated)

    def class_part(self) -> frozenset[str]:
        """One character, a range, or `\\d \\w \\s` inside of a class."""
        begin = self.at
        low = self.class_member()
        is_range = self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]")
        if not is_range:
            return low.members if isinstance(low, CharClass) else frozenset(low.value)
        self.at += 1
        high = self.class_member()
        if isinstance(low, CharClass) or isinstance(high, CharClass):
            raise self.refuse("a range goes from one character to another", begin)
        if high.value < low.value:
            raise self.refuse("the range ends before it starts", begin)
        return frozenset(map(chr, range(ord(low.value), ord(high.value) + 1)))

    def class_member(self) -> Char | CharClass:
        begin = self.at
        character = self.text[begin]
        self.at += 1
        if character == "\\":
            return self.escape(begin)
        if character == "[":
            if self.peek() in (":", ".", "="):
                message = "named classes are not supported; write `[a-z]`, `\\d`, `\\w` or `\\s`"
                raise self.refuse(message, begin, self.at + 1)
            message = "a `[` inside of a class is written `\\[`"
            raise self.refuse(message, begin)
        if not character.isascii():
            message = "classes hold ASCII characters only; write others as `(ą|ę)`"
            raise self.refuse(message, begin)
        return Char(character)


def _why_no_escape(character: str) -> str:
    if character == "":
        return "a `\\` at the end escapes nothing; the character itself is `\\\\`"
    if character in "bB":
        return "word boundaries are not supported"
    if character.isdigit() or character == "k":
        return "references back to a group are not supported"
    if character in "DWS":
        kind = {"D": "[^0-9]", "W": "[^A-Za-z0-9_]", "S": "[^ \\t\\n\\r\\f\\v]"}[character]
        return f"`\\{character}` is not supported; write `{kind}`"
    if character in "pPX":
        return "Unicode classes are not supported"
    if character in "AzZ":
        return "write `^` for the start and `$` for the end"
    if character in "xuUcN0":
        return "write the character itself"
    return f"`\\{character}` is not supported"


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _sequence(items: list[Item]) -> Item:
    return items[0] if len(items) == 1 else Sequence(tuple(items))
