"""Which words are keywords, and where: the part of the scanner that looks one token ahead.

The parser accepts a keyword only in the states where the grammar has it; everywhere else the word is
a name. In the states that accept both, the tables below decide by the token that follows.
"""

from __future__ import annotations

from typing import Final


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


UNIT_WORDS: Final = words(
    "second seconds minute minutes hour hours day days week weeks "
    "month months quarter quarters year years"
)

#: Words that cannot be declared as names; a column that is called so is renamed:
#: `` billing_month: int column `month` ``. Behind a dot every word is a name.
RESERVED: Final = (
    words(
        "and or not true false today yesterday now did has all any none known unknown is in "
        "sequence"
    )
    | UNIT_WORDS
)

DECLARATION_WORDS: Final = words(
    "entity event rows trait segment segmentation split list assert test"
)

#: Words that stand behind a name: a word before one of them is a name itself, not a keyword.
_BEHIND_NAMES: Final = words(
    "as by in on between since before after within where among and or if with per like of"
)

#: Keywords that stand alone or before anything.
_STANDALONE: Final = words(
    "true false today yesterday now not did has all any none otherwise and or where been"
)
_NUMBERS: Final = frozenset({"NUMBER", "PERCENT"})
_PAREN: Final = frozenset({"("})
_OF: Final = frozenset({"of"})

#: Keywords with one certain follower: a token's text or its terminal.
_FOLLOWERS: Final[dict[str, frozenset[str]]] = {
    "exactly": _NUMBERS,
    "member": _OF,
    "at": words("least most"),
    "more": words("than"),
    "each": _OF,
    "size": _OF,
    "share": _OF,
    "list": _OF,
    "top": _NUMBERS | {"share", "exactly"},
    "bottom": _NUMBERS | {"share", "exactly"},
    "sql": frozenset({"STRING", "LONG_STRING"}),
    "file": frozenset({"STRING", "LONG_STRING"}),
    "anniversary": _PAREN,
    "point": _PAREN,
    "points": frozenset({"{"}),
    "enum": _PAREN,
    "ordered": frozenset({"enum"}),
    "every": frozenset({"segment"}),
    "this": UNIT_WORDS,
    "last": _NUMBERS | UNIT_WORDS | {"full"},
    "sequence": frozenset(
        {"by", "{", "in", "between", "since", "before", "after", "on", "today", "yesterday"}
    ),
    **{unit: frozenset({"since", "until"}) for unit in UNIT_WORDS},
}
#: Terminals that can begin what stands behind any other keyword.
_OPENERS: Final = words(
    "NUMBER PERCENT STRING LONG_STRING DATE TIMESTAMP QUOTED_NAME LPAR LBRACE MINUS"
)
#: Behind these a word is a name, whatever it is.
_NAME_BEFORE: Final = frozenset({"DOT", "COLON"})
_COMPARISONS: Final = frozenset({"EQUAL", "ORDER"})


def is_keyword(word: str, next_kind: str, next_text: str) -> bool:
    """Whether `word` is a keyword where the grammar would accept a name as well.

    `next_kind` is the terminal of the token behind it (`NAME` for every word), `next_text` its text.
    """
    if next_kind in _NAME_BEFORE:
        return False
    if word in _STANDALONE:
        return next_kind != "EQUAL" or word not in ("did", "has", "all", "any", "none", "where")
    followers = _FOLLOWERS.get(word)
    if followers is not None:
        return next_text in followers or next_kind in followers
    if next_kind == "NAME":
        return next_text not in _BEHIND_NAMES
    return next_kind in _OPENERS
