"""Simple Unicode case mapping (3.8): one character to one character, whatever the locale or the context.

Python's own `str.lower` and `str.upper` are *full* mappings: they may give several characters (`ß` -> `SS`)
and look at the context (final sigma). Character by character they are the simple mappings, but for the
characters below.

Source of the table: fields 12 and 13 (Simple_Uppercase_Mapping, Simple_Lowercase_Mapping) of UnicodeData.txt
of the Unicode Character Database, https://www.unicode.org/Public/UCD/latest/ucd/UnicodeData.txt; the
characters whose full mapping is longer are those of SpecialCasing.txt in the same place.
"""

from __future__ import annotations

from functools import lru_cache

_LOWER = {"\u0130": "i"}
"""The only character whose full lower case is longer: İ."""

_UPPER = {
    chr(code): chr(code + 8)
    for start in (0x1F80, 0x1F90, 0x1FA0)  # Greek with iota subscript: ᾀ -> ᾈ
    for code in range(start, start + 8)
} | {chr(code): chr(code + 9) for code in (0x1FB3, 0x1FC3, 0x1FF3)}  # ᾳ -> ᾼ, ῃ -> ῌ, ῳ -> ῼ
"""Characters with a longer full upper case that have a simple one too; the others (ß, ŉ, ﬁ …) stay."""


@lru_cache(maxsize=4096)
def lower_character(character: str) -> str:
    mapped = character.lower()
    return mapped if len(mapped) == 1 else _LOWER.get(character, character)


@lru_cache(maxsize=4096)
def upper_character(character: str) -> str:
    mapped = character.upper()
    return mapped if len(mapped) == 1 else _UPPER.get(character, character)


def lower(text: str) -> str:
    """`text` with each character in its simple lower case: İ is i, Σ is σ wherever it stands."""
    return text.lower() if text.isascii() else "".join(map(lower_character, text))


def upper(text: str) -> str:
    """`text` with each character in its simple upper case: ß stays."""
    return text.upper() if text.isascii() else "".join(map(upper_character, text))


def fold(text: str) -> str:
    """What `ignoring case` compares: the simple lower case."""
    return lower(text)
