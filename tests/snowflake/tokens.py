"""The words of a Snowflake statement, read by the rules of the vendor's pages and by no SQL library.

https://docs.snowflake.com/en/sql-reference/identifiers-syntax
https://docs.snowflake.com/en/sql-reference/data-types-text
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["word", "name", "text", "number", "sign"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|/\*.*?\*/|--[^\n]*)
  | (?P<text>'(?:[^'\\]|''|\\.)*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<number>[0-9]+(?:\.[0-9]+)?|:[0-9]+)
  | (?P<bare>[A-Za-z_][A-Za-z0-9_$]*)
  | (?P<sign>->|<>|<=|>=|\|\||[-+*/%=<>(),.])
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """`word`: a bare word in upper case, which is ours; `name`: any other identifier, which is the user's."""

    kind: Kind
    text: str


def tokens(text: str) -> Iterator[Token]:
    """The tokens without comments. ValueError for a character that begins none."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValueError(f"no token of Snowflake: {text[place : place + 40]!r}")
        place = found.end()
        match found.lastgroup:
            case "text" | "number" | "sign":
                yield Token(found.lastgroup, found.group())  # type: ignore[arg-type]
            case "quoted":
                yield Token("name", found.group())
            case "bare":
                bare = found.group()
                yield Token("word" if bare == bare.upper() and len(bare) > 1 else "name", bare)


def shape(text: str) -> tuple[str, ...]:
    """The tokens, one like the other where only a name, a text or a number differs."""
    return tuple(
        token.text if token.kind in ("word", "sign") else token.kind for token in tokens(text)
    )
