"""Keys and foreign keys: those that are declared, else those that names and values speak for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from segql.database.names import of_table, one_line, snake
from segql.database.profile import Prober, Profile
from segql.engines.catalogue import PhysicalTable
from segql.model.nodes import Table
from segql.model.types import Type, is_time

MOSTLY = 0.9
"""So many of the values of a guessed foreign key must be keys of the other table: real data have orphans."""

_ID = re.compile(r"(?:.*_)?(?:id|uuid|guid|key|no|nr|num|number|code|sku)")
_PLACE = re.compile(
    r"(?:.*_)?(?:id|no|nr|num|number|line|pos|position|seq|sequence|idx|index|row|item)"
)
_VALID_FROM = re.compile(r"(?:dbt_)?(?:valid|effective)_(?:from|start|since)(?:_.*)?")
_VALID_TO = re.compile(r"(?:dbt_)?(?:valid|effective)_(?:to|until|end|through)(?:_.*)?")
_OF_VERSIONS = re.compile(r"_(?:history|hist|version|scd|scd2|scd_2|snapshot)")
"""Ends the name of a table that has the versions of something."""
_OWN_KEYS = ("id", "key", "code", "no", "number", "uuid", "guid", "nk", "bk")
_REFERENCE = re.compile(r"(?:(?P<role>.*)_)?(?P<word>id|uuid|guid|key|no|number)")


@dataclass(frozen=True, slots=True)
class Key:
    """The columns that tell rows apart; `why` is empty where the catalogue says so."""

    columns: tuple[str, ...]
    why: str = ""
    history: tuple[str, str] | None = None
    """Of a table of versions: the columns of their start, which tells versions of one key apart, and of their end."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`columns` of a table are the key of `target`, in its order."""

    columns: tuple[str, ...]
    target: Table
    why: str = ""


# --- keys -----------------------------------------------------------------------------------------


def find_key(profile: Profile, prober: Prober, others: Iterable[PhysicalTable]) -> Key | None:
    """The declared primary key, a declared unique one without unknowns, or else columns that tell all rows apart; of
    versions with a key of their own, to which none of the `others` refers, that of what they are versions of."""
    key = _first_key(profile, prober)
    if key is None or key.history is not None or len(key.columns) != 1:
        return key
    history = _history(profile)
    own = _OF_VERSIONS.sub("", of_table(profile.table.parts[-1]))
    if history is None or _is_referred_to(profile.table, key.columns[0], own, others):
        return key
    called = {*_OWN_KEYS, "business_key", "natural_key", *(f"{own}_{word}" for word in _OWN_KEYS)}
    foreign = {column for item in profile.physical.foreign for column in item.columns}
    for column in _identities(profile):
        several = (profile.counts[column].distinct or profile.rows) < profile.rows
        mine = snake(column) in called and column not in (*key.columns, *foreign)
        if mine and several and prober.is_unique(profile.table, (column, history[0])):
            version = f"{one_line(key.columns[0])} is the key of a version"
            return Key(
                (column,), f"guessed: it comes with several {history[0]}, {version}", history
            )
    return key


def _is_referred_to(table: Table, column: str, own: str, others: Iterable[PhysicalTable]) -> bool:
    """By a foreign key, or by a column of the same name, which speaks of what the rows are (`own`)."""
    is_told = snake(column).startswith(f"{own}_")
    return any(
        any(item.table == table and column in item.references for item in other.foreign)
        or (is_told and other.column(column) is not None)
        for other in others
        if other.table != table
    )


def _first_key(profile: Profile, prober: Prober) -> Key | None:
    physical = profile.physical
    history = _history(profile)
    if history is not None and history[0] in physical.primary:
        rest = tuple(column for column in physical.primary if column != history[0])
        if _can_be_key(profile, rest):
            return Key(rest, history=history)
    if physical.primary and _can_be_key(profile, physical.primary):
        return Key(physical.primary)
    for columns in physical.unique:
        if _can_be_key(profile, columns) and all(profile.is_full(column) for column in columns):
            return Key(columns)
    for column in _candidates(profile):
        counts = profile.counts[column]
        if counts.known == profile.rows == counts.distinct:
            why = "the table is empty" if not profile.rows else f"all {profile.rows} are different"
            return Key((column,), f"guessed: {why}")
    if history is not None and profile.rows:
        for column in _identities(profile):
            if prober.is_unique(profile.table, (column, history[0])):
                why = f"guessed: with {history[0]} different in all {profile.rows} rows"
                return Key((column,), why, history)
    for pair in combinations(_identities(profile, _PLACE)[:4], 2):
        if profile.rows and prober.is_unique(profile.table, pair):
            return Key(pair, f"guessed: together they are different in all {profile.rows} rows")
    return None


def _history(profile: Profile) -> tuple[str, str] | None:
    """The columns that say from when to when a row holds."""
    times = {
        snake(column.name): column.name
        for column in profile.physical.columns
        if column.readable and isinstance(column.kind, Type) and is_time(column.kind)
    }
    start = next((column for name, column in times.items() if _VALID_FROM.fullmatch(name)), None)
    end = next((column for name, column in times.items() if _VALID_TO.fullmatch(name)), None)
    return (start, end) if start and end and profile.is_full(start) else None


def _identities(profile: Profile, called: re.Pattern[str] = _ID) -> list[str]:
    """Columns called like a key that every row has, whether or not their values are different."""
    return [
        column.name
        for column in profile.physical.columns
        if called.fullmatch(snake(column.name))
        and _can_be_key(profile, (column.name,))
        and profile.is_full(column.name)
    ]


def _candidates(profile: Profile) -> list[str]:
    """Columns called like a key, the likeliest first: `id`, the table's own, others by their place."""
    own = of_table(profile.table.parts[-1])
    ranked = []
    for place, column in enumerate(profile.physical.columns):
        name = snake(column.name)
        if not _ID.fullmatch(name) or not _can_be_key(profile, (column.name,)):
            continue
        rank = 0 if name in ("id", f"{own}_id") else 1 if place == 0 else 2
        if rank and not profile.rows:  # nothing speaks for it but its name
            continue
        ranked.append((rank, place, column.name))
    return [name for _, _, name in sorted(ranked)]


def _can_be_key(profile: Profile, columns: Sequence[str]) -> bool:
    for name in columns:
        column = profile.physical.column(name)
        kind = column.kind if column is not None and column.readable else None
        if not isinstance(kind, Type) or kind.name not in ("int", "text", "enum", "date", "bool"):
            return False
    return bool(columns)


# --- foreign keys ----------------------------------------------------------------------------------


def find_references(
    profile: Profile, profiles: Mapping[Table, Profile], keys: Mapping[Table, Key], prober: Prober
) -> list[Reference]:
    """What the columns of a table refer to, in their order; each column once."""
    found = list(_declared(profile, keys))
    used = {column for reference in found for column in reference.columns}
    own = keys.get(profile.table)
    for column in profile.physical.columns:
        if column.name in used or not _can_be_key(profile, (column.name,)):
            continue
        is_key = own is not None and own.columns == (column.name,)
        for target in _targets(column.name, profile, profiles, keys, is_key):
            (key,) = keys[target].columns
            if not _comparable(profile, column.name, profiles[target], key):
                continue
            if not profile.rows:
                why = "guessed by the name: the table is empty"
                found.append(Reference((column.name,), target, why))
                break
            several = keys[target].history is not None
            where = (profile.table, column.name, target, key)
            values, matched = prober.contained(*where, several=several)
            if values and matched >= MOSTLY * values:
                lost = values - matched
                said = f"{lost} of {values} values are no" if lost else "all values are"
                why = f"guessed: {said} keys of {target}"
                found.append(Reference((column.name,), target, why))
                break
    return found


def _declared(profile: Profile, keys: Mapping[Table, Key]) -> Iterator[Reference]:
    for foreign in profile.physical.foreign:
        key = keys.get(foreign.table)
        if not all(_can_be_key(profile, (column,)) for column in foreign.columns):
            continue
        if key is not None and sorted(key.columns) == sorted(foreign.references):
            pairs = dict(zip(foreign.references, foreign.columns, strict=True))
            yield Reference(tuple(pairs[column] for column in key.columns), foreign.table)


def _targets(
    column: str,
    profile: Profile,
    profiles: Mapping[Table, Profile],
    keys: Mapping[Table, Key],
    is_key: bool,
) -> list[Table]:
    """The tables that a column may refer to by its name, the likeliest first."""
    name = snake(column)
    parts = _REFERENCE.fullmatch(name)
    found: list[tuple[int, Table]] = []
    for target, key in keys.items():
        if (target == profile.table and is_key) or len(key.columns) != 1:
            continue
        entity = of_table(target.parts[-1])
        role = parts["role"] if parts is not None else name
        other = snake(key.columns[0])
        if role == entity and not (is_key and of_table(profile.table.parts[-1]) == entity):
            found.append((0, target))
        elif is_key:
            continue
        elif role is not None and role.endswith(f"_{entity}"):
            found.append((1, target))
        elif name == other and other != "id" and target != profile.table:
            found.append((2, target))
        elif role is not None and len(role) > 3 and entity.endswith(f"_{role}"):
            found.append((3, target))
    return [target for _, target in sorted(found, key=lambda pair: (pair[0], pair[1].parts))]


def _comparable(profile: Profile, column: str, other: Profile, key: str) -> bool:
    one, two = profile.physical.column(column), other.physical.column(key)
    if one is None or two is None or one.kind is None or two.kind is None:
        return False
    exact = one.type.lower() == two.type.lower()
    uuids = {"uuid"} & {one.type.lower(), two.type.lower()}
    return exact or (str(one.kind) == str(two.kind) and not uuids)
