"""Tables of simple case mapping for engines whose own functions depend on a locale (3.8)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache

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


@lru_cache(maxsize=1024)
def lower_pairs(against: str | None) -> tuple[str, str]:
    """Two texts for `translate`: characters beyond ASCII, and their lower case. `against`: only what becomes
    one of these characters, or is one, which is enough to tell whether the result is, has, starts or ends with a text
    of them."""
    return _pairs(_lower_table(), against)


@lru_cache(maxsize=1024)
def upper_pairs(against: str | None) -> tuple[str, str]:
    return _pairs(_upper_table(), against)


def _pairs(table: dict[str, str], against: str | None) -> tuple[str, str]:
    items = [
        (one, to) for one, to in table.items() if against is None or to in against or one in against
    ]
    return "".join(one for one, _ in items), "".join(to for _, to in items)
