"""Regular expressions as data, and what they mean: spelled for each family of engines, folded, searched.

`model.regex` makes them of text; what is allowed is told there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from segql.model import casing

Family: TypeAlias = Literal["re2", "postgres", "snowflake", "python", "java"]
"""How a pattern is spelled: RE2 (DuckDB), Postgres' ARE, RE2 in POSIX syntax (Snowflake), Python's `re`, Java's."""

_END: Final = {"python": "\\Z", "java": "\\z"}
"""Where `$` is also found before a newline at the end."""

CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
"""Control characters by the letter behind their backslash."""


# --- patterns -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Char:
    """One character, itself."""

    value: str


@dataclass(frozen=True, slots=True)
class AnyChar:
    """`.`: any character but a newline."""


@dataclass(frozen=True, slots=True)
class CharClass:
    """One of `members` (ASCII characters); negated: any other character."""

    members: frozenset[str]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several (two or more)."""

    options: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`item` at least `low`, at most `high` times (None: any number)."""

    item: Item
    low: int
    high: int | None


Item: TypeAlias = "Char | AnyChar | CharClass | Sequence | Choice | Repeat"


@dataclass(frozen=True, slots=True)
class Alternative:
    """What stands between two outermost `|`; `start`: behind `^`, `end`: before `$`."""

    item: Item
    start: bool = False
    end: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A whole pattern: found where one of its alternatives is."""

    alternatives: tuple[Alternative, ...]


def nested_count(item: Item) -> int:
    """The largest product of counts inside each other, as RE2 counts it."""
    match item:
        case Repeat(item=inner, low=low, high=high):
            return max(1, low if high is None else high) * nested_count(inner)
        case Sequence(items=items) | Choice(options=items):
            return max(map(nested_count, items), default=1)
        case _:
            return 1


def max_size(pattern: Pattern) -> int:
    """How many characters and classes the pattern comes to when its counts are written out."""
    return sum(_size(alternative.item) for alternative in pattern.alternatives)


def _size(item: Item) -> int:
    match item:
        case Repeat(item=inner, low=low, high=high):
            return max(1, low if high is None else high) * _size(inner)
        case Sequence(items=items) | Choice(options=items):
            return sum(map(_size, items))
        case _:
            return 1


def mentioned(pattern: Pattern) -> frozenset[str]:
    """The characters that the pattern names: it cannot tell any two others apart."""
    return frozenset().union(*(_mentioned(one.item) for one in pattern.alternatives))


def _mentioned(item: Item) -> frozenset[str]:
    match item:
        case Char(value=value):
            return frozenset(value)
        case CharClass(members=members):
            return members
        case Sequence(items=items) | Choice(options=items):
            return frozenset().union(*map(_mentioned, items))
        case Repeat(item=inner):
            return _mentioned(inner)
        case AnyChar():
            return frozenset("\n")


# --- ignoring case --------------------------------------------------------------------------------


def fold(pattern: Pattern) -> Pattern:
    """The pattern for texts that went through `casing.fold`: a character stands for all that fold to the same."""
    return Pattern(
        tuple(
            Alternative(_fold(alternative.item), alternative.start, alternative.end)
            for alternative in pattern.alternatives
        )
    )


def _fold(item: Item) -> Item:
    match item:
        case Char(value=value):
            return Char(casing.fold(value))
        case CharClass(members=members, negated=negated):
            return CharClass(frozenset(map(casing.fold, members)), negated)
        case Sequence(items=items):
            return Sequence(tuple(map(_fold, items)))
        case Choice(options=options):
            return Choice(tuple(map(_fold, options)))
        case Repeat(item=inner, low=low, high=high):
            return Repeat(_fold(inner), low, high)
        case _:
            return item


def widen(pattern: Pattern, sources: Mapping[str, frozenset[str]]) -> Pattern:
    """The pattern in which each character stands for its sources, none of which is one of another."""
    return Pattern(
        tuple(
            Alternative(_widen(alternative.item, sources), alternative.start, alternative.end)
            for alternative in pattern.alternatives
        )
    )


def _widen(item: Item, sources: Mapping[str, frozenset[str]]) -> Item:
    match item:
        case Char(value=value):
            return item if sources[value] == {value} else CharClass(sources[value])
        case CharClass(members=members, negated=negated):
            return CharClass(frozenset().union(*(sources[one] for one in members)), negated)
        case Sequence(items=items):
            return Sequence(tuple(_widen(one, sources) for one in items))
        case Choice(options=options):
            return Choice(tuple(_widen(one, sources) for one in options))
        case Repeat(item=inner, low=low, high=high):
            return Repeat(_widen(inner, sources), low, high)
        case _:
            return item


# --- pattern -> text ------------------------------------------------------------------------------

_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")
_SPECIAL_IN_CLASS: Final = frozenset("\\^-[]")
_ESCAPED: Final = {character: f"\\{letter}" for letter, character in CONTROLS.items()}


def write(pattern: Pattern, family: Family) -> str:
    """The pattern as `family` spells it, to be searched anywhere in a text, without any option."""
    return "|".join(_write_alternative(alternative, family) for alternative in pattern.alternatives)


def none_of(characters: str, family: Family) -> str:
    """A pattern for any one other character."""
    return _write(CharClass(frozenset(characters), negated=True), family)


def _write_alternative(alternative: Alternative, family: Family) -> str:
    item, start, end = alternative.item, alternative.start, alternative.end
    grouped = isinstance(item, Choice) and (start or end)
    text = _grouped(item, family) if grouped else _write(item, family)
    return ("^" if start else "") + text + (_END.get(family, "$") if end else "")


def _write(item: Item, family: Family) -> str:
    match item:
        case Char(value=value):
            return _ESCAPED.get(value) or (f"\\{value}" if value in _SPECIAL else value)
        case AnyChar():
            return "[^\\n]" if family == "postgres" else "."  # there `.` is any character
        case CharClass():
            return _write_class(item)
        case Sequence(items=items):
            return "".join(
                _grouped(part, family) if isinstance(part, Choice) else _write(part, family)
                for part in items
            )
        case Choice(options=options):
            return "|".join(_write(option, family) for option in options)
        case Repeat(item=inner):
            return _grouped(inner, family) + _write_bounds(item)


def _grouped(item: Item, family: Family) -> str:
    text = _write(item, family)
    if isinstance(item, Char | AnyChar | CharClass):
        return text
    # RE2 in POSIX syntax knows only plain groups
    return f"({text})" if family == "snowflake" else f"(?:{text})"


def _write_bounds(repeat: Repeat) -> str:
    match (repeat.low, repeat.high):
        case (0, None):
            return "*"
        case (1, None):
            return "+"
        case (0, 1):
            return "?"
        case (low, None):
            return f"{{{low},}}"
        case (low, high):
            return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _write_class(item: CharClass) -> str:
    codes = sorted(map(ord, item.members))
    parts: list[str] = []
    start = 0
    while start < len(codes):
        end = start
        while end + 1 < len(codes) and codes[end + 1] == codes[end] + 1:
            end += 1
        first, last = _class_char(codes[start]), _class_char(codes[end])
        if end - start < 2:
            parts += map(_class_char, codes[start : end + 1])
        else:
            parts.append(f"{first}-{last}")
        start = end + 1
    return f"[{'^' if item.negated else ''}{''.join(parts)}]"


def _class_char(code: int) -> str:
    character = chr(code)
    return _ESCAPED.get(character) or (
        f"\\{character}" if character in _SPECIAL_IN_CLASS else character
    )


# --- meaning --------------------------------------------------------------------------------------


def search(pattern: Pattern, text: str) -> bool:
    """Whether the pattern is found in `text`. Never slower than a polynomial of both lengths."""
    everywhere = frozenset(range(len(text) + 1))
    for alternative in pattern.alternatives:
        ends = _ends(alternative.item, text, frozenset({0}) if alternative.start else everywhere)
        if len(text) in ends if alternative.end else ends:
            return True
    return False


def _ends(item: Item, text: str, starts: frozenset[int]) -> frozenset[int]:
    """The places where `item` can end that begins at one of `starts`."""
    match item:
        case Sequence(items=items):
            for part in items:
                starts = _ends(part, text, starts)
            return starts
        case Choice(options=options):
            return frozenset().union(*(_ends(option, text, starts) for option in options))
        case Repeat():
            return _repeat_ends(item, text, starts)
        case _:
            return frozenset(
                place + 1 for place in starts if place < len(text) and _is(item, text[place])
            )


def _repeat_ends(repeat: Repeat, text: str, starts: frozenset[int]) -> frozenset[int]:
    for _ in range(repeat.low):
        starts = _ends(repeat.item, text, starts)
    reached, count = starts, repeat.low
    while starts and (repeat.high is None or count < repeat.high):
        starts = _ends(repeat.item, text, starts) - reached  # only places not seen before
        reached |= starts
        count += 1
    return reached


def _is(item: Char | AnyChar | CharClass, character: str) -> bool:
    match item:
        case Char(value=value):
            return character == value
        case AnyChar():
            return character != "\n"
        case CharClass(members=members, negated=negated):
            return (character in members) != negated
