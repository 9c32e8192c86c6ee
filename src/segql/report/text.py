"""What all reports share: display widths, cutting, colours, numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

TAB = 4
"""Columns that a tab takes in an excerpt."""

_ZERO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_HIDDEN = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064"
)
"""Characters that turn the direction of text around, or that cannot be seen: shown as a mark, so that text looks as it
is."""


@dataclass(frozen=True, slots=True)
class Style:
    """Colours, or none. `paint` leaves a text as it is where there are none."""

    colour: bool = False

    def paint(self, text: str, *codes: int) -> str:
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m"

    def bold(self, text: str) -> str:
        return self.paint(text, 1)

    def dim(self, text: str) -> str:
        return self.paint(text, 2)

    def red(self, text: str) -> str:
        return self.paint(text, 1, 31)

    def yellow(self, text: str) -> str:
        return self.paint(text, 1, 33)

    def green(self, text: str) -> str:
        return self.paint(text, 32)

    def blue(self, text: str) -> str:
        return self.paint(text, 1, 34)

    def cyan(self, text: str) -> str:
        return self.paint(text, 36)


PLAIN = Style()


def shown(text: str) -> str:
    """`text` as it may go to a terminal: control characters as pictures, tabs as spaces."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return " " * TAB
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x80 <= code < 0xA0 or character in _HIDDEN or character in "\u2028\u2029\ufeff":
        return "\ufffd"
    return character


def width(text: str) -> int:
    """The columns that a text takes on a terminal (wide East Asian and emoji: 2, combining: 0)."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` columns, with `…` at the end where it was cut."""
    if width(text) <= limit:
        return text
    taken, used = [], 0
    for character in text:
        used += _width(character)
        if used > limit - 1:
            break
        taken.append(character)
    return "".join(taken).rstrip() + "…"


def left(text: str, columns: int) -> str:
    """Padded on the right."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """Padded on the left."""
    return " " * (columns - width(text)) + text


def number(value: int) -> str:
    """`23570` -> `23,570`."""
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """The share with one place behind the point; a little is not shown as nothing, nearly all not as all."""
    if whole == 0:
        return "–"
    thousandths = (2000 * part + whole) // (2 * whole)
    if part and not thousandths:
        return "<0.1%"
    if part < whole and thousandths == 1000:
        return ">99.9%"
    return f"{thousandths // 10}.{thousandths % 10}%"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 error`, `2 errors`, `1,200 errors`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def table(rows: Sequence[Sequence[str]], rights: Sequence[bool], gap: str = "  ") -> list[str]:
    """Rows as aligned lines; `rights` tells which columns are aligned at their right."""
    if not rows:
        return []
    widths = [max(width(row[place]) for row in rows) for place in range(len(rights))]
    lines = []
    for row in rows:
        cells = [
            right(cell, widths[place]) if rights[place] else left(cell, widths[place])
            for place, cell in enumerate(row)
        ]
        lines.append(gap.join(cells).rstrip())
    return lines
