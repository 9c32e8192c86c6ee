"""Tables of simple case mapping for engines whose own functions depend on a locale (3.8)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Literal

from segql.model import casing


@lru_cache(maxsize=1)
def _lower_table() -> dict[str, str]:
    return _table(casing.lower_character)


@lru_cache(maxsize=1)
def _upper_table() -> dict[str, str]:
    return _table(casing.upper_character)


def _table(mapped: Callable[[str], str]) -> dict[str, str]:
    """Every character beyond ASCII that changes. Those beyond the first two planes have no case."""
    found = {}
    for code in range(128, min(0x20000, sys.maxunicode)):
        if not 0xD800 <= code < 0xE000:
            character = chr(code)
            if (to := mapped(character)) != character:
                found[character] = to
    return found


def lower_pairs(against: Sequence[str] | None, *, ascii_too: bool = False) -> tuple[str, str]:
    """Two texts for `translate`: characters beyond ASCII, and their lower case. `against`: only what becomes a
    character of these texts, or is one, which is enough to tell whether the result is, has, starts or ends with one of
    them."""
    return _pairs("lower", _characters(against), ascii_too)


def upper_pairs(against: Sequence[str] | None, *, ascii_too: bool = False) -> tuple[str, str]:
    return _pairs("upper", _characters(against), ascii_too)


def _characters(texts: Sequence[str] | None) -> str | None:
    """Those that matter, sorted."""
    return None if texts is None else "".join(sorted(set("".join(texts))))


@lru_cache(maxsize=2048)
def _pairs(
    mapping: Literal["lower", "upper"], against: str | None, ascii_too: bool
) -> tuple[str, str]:
    table = _lower_table() if mapping == "lower" else _upper_table()
    if ascii_too:
        ends = ascii_uppercase, ascii_lowercase
        table = {**dict(zip(*(ends if mapping == "lower" else ends[::-1]), strict=True)), **table}
    items = [
        (one, to) for one, to in table.items() if against is None or to in against or one in against
    ]
    return "".join(one for one, _ in items), "".join(to for _, to in items)
