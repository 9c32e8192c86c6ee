"""Physical names as names of the language: lower case, singular, not reserved."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from segql.syntax.words import DECLARATION_WORDS, RESERVED, words

NOT_NAMES = RESERVED | {"where", "otherwise"}
"""Reserved words, and those that read badly as names."""

_LONGEST = 56
"""With a number behind it a name of the language still."""

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = (
    RESERVED
    | DECLARATION_WORDS
    | words(
        "table key on at created history only column one many of from split by sql enum ordered point where groups with"
    )
)
_PREFIXES = re.compile(r"(?:dim|fact|fct|tbl|stg|raw|src|mart|vw)_(?=.)")
"""What warehouses put before the names of tables."""

_SINGULARS = (
    "people person children child men man women woman indices index movies movie cookies cookie media media data data"
    " news news series series species species analyses analysis leaves leave"
)
_IRREGULAR = dict(zip(_SINGULARS.split()[::2], _SINGULARS.split()[1::2], strict=True))
_ENDINGS = (
    (re.compile(r"(?<=[^aeiou])ies$"), "y"),
    (re.compile(r"(?<=ss|ch|sh)es$"), ""),
    (re.compile(r"(?<=[xz])es$"), ""),
    (re.compile(r"(?<=[tpbrnc]us)es$"), ""),
    (re.compile(r"(?<=[^sui])s$"), ""),
)
_KEEPS_E = words("sizes prizes axes")


def written(name: str) -> str:
    """A physical name as it stands in `.seg`: plain, or in back-quotes."""
    return name if _NAME.fullmatch(name) and name not in _KEYWORDS else f"`{name}`"


def can_be_written(name: str) -> bool:
    """Back-quotes hold everything but themselves and line ends."""
    return bool(name) and "`" not in name and "\n" not in name and "\r" not in name


def snake(name: str) -> str:
    """Any text as a name: `CustomerID` customer_id, `Größe (cm)` grosse_cm; empty where no letter is left."""
    text = unicodedata.normalize(
        "NFKD", name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L")
    )
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = re.sub(r"[^a-z0-9]+", "_", text).strip("_")
    return f"n_{text}" if text[:1].isdigit() else text


def singular(name: str) -> str:
    """The last word of a name in the singular: `order_lines` order_line, `purchases` purchase."""
    head, mark, last = name.rpartition("_")
    return head + mark + _singular(last)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _KEEPS_E:
        return word[:-1]
    for ending, instead in _ENDINGS:
        if len(word) > 3 and ending.search(word):
            return ending.sub(instead, word)
    return word


def plural(name: str) -> str:
    """The last word of a name in the plural."""
    head, mark, last = name.rpartition("_")
    for many, one in _IRREGULAR.items():
        if one == last:
            return head + mark + many
    if re.search(r"[^aeiou]y$", last):
        return f"{head}{mark}{last[:-1]}ies"
    return head + mark + last + ("es" if re.search(r"(s|x|ch|sh|z)$", last) else "s")


def of_table(physical: str) -> str:
    """The name of what a row of the table is."""
    name = singular(_PREFIXES.sub("", snake(physical)))
    return f"{name}_row" if name in NOT_NAMES or not name else name


def of_column(physical: str, owner: str) -> str:
    """The name of an attribute of `owner`."""
    name = snake(physical)
    return f"{owner}_{name or 'column'}" if name in NOT_NAMES or name in ("", "at") else name


def free(name: str, taken: Container[str]) -> str:
    """`name`, cut where it is too long for one, or with the first number behind it that is not taken."""
    name = name[:_LONGEST].rstrip("_")
    number, found = 2, name
    while found in taken:
        found = f"{name}_{number}"
        number += 1
    return found


def one_line(text: str) -> str:
    """Any text as it may stand in a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
