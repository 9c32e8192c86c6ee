"""Texts and lists (3.8), and what stored JSON is converted by: shared between the dialects."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import ClassVar, Literal

from segql.model import casing, regex
from segql.model.types import TEXT, ListType, Type
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.cases import lower_pairs, upper_pairs
from segql.sql.times import Times

TRIMMED = " \t\n\r\f\v"


class Texts(Times):
    # --- texts ------------------------------------------------------------------------------------

    functions: ClassVar[Mapping[str, str]]
    """What the dialect calls `trim length contains starts ends`."""

    def trim(self, value: Expr) -> Expr:
        return b.call(self.functions["trim"], value, self.text(TRIMMED))

    def length(self, value: Expr) -> Expr:
        return b.call(self.functions["length"], value)

    def contains(self, value: Expr, pattern: Expr) -> Expr:
        return self.searched("contains", value, pattern)

    def starts(self, value: Expr, pattern: Expr) -> Expr:
        return self.searched("starts", value, pattern)

    def ends(self, value: Expr, pattern: Expr) -> Expr:
        return self.searched("ends", value, pattern)

    def searched(self, test: str, value: Expr, pattern: Expr) -> Expr:
        """One of `functions`, blind to collations."""
        texts = self.by_code_point(value), self._comparable(pattern, TEXT)
        return b.call(self.functions[test], *texts)

    # --- lists ------------------------------------------------------------------------------------

    @abstractmethod
    def overlaps(self, value: Expr, other: Expr, item: Type) -> Expr:
        """Some known element is in both."""

    @abstractmethod
    def covers(self, value: Expr, other: Expr, item: Type) -> Expr:
        """Each known element of `other` is in `value`."""

    @abstractmethod
    def has(self, value: Expr, element: Expr, item: Type) -> Expr:
        """One element equals `element`, which is known; false, not NULL, for a list with NULLs without it."""

    def list_any(self, value: Expr, items: Sequence[Expr], item: Type) -> Expr:
        if len(items) == 1:
            test = self.has(value, items[0], item)
        else:
            test = self.overlaps(value, self.list_of(items, item), item)
        return self.unless_null(self._loose(items), test)

    def list_all(self, value: Expr, items: Sequence[Expr], item: Type) -> Expr:
        if len(items) == 1:
            return self.list_any(value, items, item)
        test = self.covers(value, self.list_of(items, item), item)
        return self.unless_null(self._loose(items), test)

    def list_none(self, value: Expr, items: Sequence[Expr], item: Type) -> Expr:
        if len(items) == 1:
            test = self.has(value, items[0], item)
        else:
            test = self.overlaps(value, self.list_of(items, item), item)
        return self.unless_null(self._loose(items), b.not_(test))

    def list_test(
        self, test: Literal["any", "all", "none"], value: Expr, other: Expr, item: Type
    ) -> Expr:
        if test == "all":
            return self.covers(value, other, item)
        found = self.overlaps(value, other, item)
        return b.not_(found) if test == "none" else found

    def _loose(self, items: Sequence[Expr]) -> list[Expr]:
        from segql.sql.base import is_constant

        return [item for item in items if not is_constant(item)]


def list_item(type_: Type) -> Type:
    if not isinstance(type_, ListType):
        raise TypeError(f"no list: {type_}")
    return type_.item


@lru_cache(maxsize=4096)
def mentioned(pattern: str) -> tuple[str, ...]:
    """The characters that a checked pattern tells from others."""
    parsed = regex.parse(pattern)
    assert isinstance(parsed, regex.Pattern)
    return tuple(sorted(regex.mentioned(parsed)))


@lru_cache(maxsize=4096)
def pattern_for(pattern: str, family: regex.Family) -> str:
    """A normalised pattern as a family of engines spells it."""
    parsed = regex.parse(pattern)
    if isinstance(parsed, regex.BadPattern):
        raise ValueError(f"not a checked pattern: {parsed.message}")
    return regex.write(parsed, family)


@lru_cache(maxsize=4096)
def unmapped_pattern(
    pattern: str, mapping: Literal["lower", "upper"], family: regex.Family
) -> str | None:
    """A normalised pattern for texts in lower or upper case, as one for the texts before the mapping; None where it
    names a character that is not left then."""
    parsed = regex.parse(pattern)
    assert isinstance(parsed, regex.Pattern)
    of = lower_pairs if mapping == "lower" else upper_pairs
    mapped = casing.lower if mapping == "lower" else casing.upper
    sources: dict[str, frozenset[str]] = {}
    for character in regex.mentioned(parsed):
        pairs = zip(*of(character), strict=True)
        candidates = {character, character.lower(), character.upper(), *(one for one, _ in pairs)}
        sources[character] = frozenset(
            one for one in candidates if len(one) == 1 and mapped(one) == character
        )
    if not all(sources.values()):
        return None
    return regex.write(regex.widen(parsed, sources), family)
