"""What the model promises of the columns of the tables that are asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segql.diagnostics import suggest
from segql.model.nodes import (
    ChangeLog,
    ChildTable,
    Column,
    InTable,
    PointColumns,
    Source,
    SplitText,
    SqlText,
    Table,
)
from segql.model.types import FLOAT, TEXT, ListType, Type, is_number, is_text, scale_of, wider

if TYPE_CHECKING:
    from segql.model.nodes import Attribute, Model
    from segql.source import Span


@dataclass(frozen=True, slots=True)
class Promise:
    """A physical column as it is declared. `type` None: raw SQL or JSON in it, of which nothing is known."""

    table: Table
    column: str
    type: Type | None
    zone: str | None
    source: str
    attribute: str
    """The declared name; empty for a relation, whose column need not be declared."""
    place: str
    """Where it is declared, for people: `model/shop.seg:12`."""

    @property
    def declared(self) -> str:
        """The type as it is written."""
        return f'{self.type} in "{self.zone}"' if self.zone else str(self.type)


def promises_of(
    model: Model, names: Iterable[str], place: Callable[[Span], str]
) -> tuple[Promise, ...]:
    """The promises of all that `names` rest on, in the order of the declarations."""
    parts = {part for name in names for part in model.depends_on(name)}
    found: dict[Promise, None] = {}
    for name, source in model.sources.items():
        if name in parts:
            found.update(dict.fromkeys(_of_source(source, place)))
    for name in sorted(parts & model.segments.keys()):
        segment = model.segments[name]
        for line in segment.lines:
            if isinstance(line, InTable):
                promise = Promise(
                    line.table, line.column, line.value.type, None, name, "", place(segment.span)
                )
                found.setdefault(promise)
    return tuple(found)


def _of_source(source: Source, place: Callable[[Span], str]) -> Iterator[Promise]:
    for attribute in source.attributes.values():
        for table, column, type_, zone in stored_columns(source, attribute):
            where = place(attribute.span)
            yield Promise(table, column, type_, zone, source.name, attribute.name, where)
    for link in (*source.one.values(), *source.many.values()):
        if link.child.table is None:
            continue
        for column, key in zip(link.columns, link.parent.key, strict=False):
            if column not in link.child.attributes:
                yield Promise(
                    *(link.child.table, column, key.type, _zone(key)),
                    *(link.child.name, "", place(link.span)),
                )


def _zone(attribute: Attribute) -> str | None:
    return attribute.storage.zone if isinstance(attribute.storage, Column) else None


def stored_columns(
    source: Source, attribute: Attribute
) -> Iterator[tuple[Table, str, Type | None, str | None]]:
    """Table, column, type and zone of what an attribute is stored in. Type None: JSON, or no column at all, raw SQL."""
    storage, table = attribute.storage, source.table
    if isinstance(storage, ChildTable):
        item = attribute.type.item if isinstance(attribute.type, ListType) else attribute.type
        yield storage.table, storage.column, item, None
    elif isinstance(storage, ChangeLog):
        yield storage.table, *_column(storage.column, attribute.type)
        yield storage.table, *_column(storage.at, storage.at_type)
    if isinstance(storage, ChildTable | ChangeLog):
        for name, key in zip(storage.on, source.key, strict=False):
            yield storage.table, name, key.type, _zone(key)
    if table is None:
        return
    if isinstance(storage, Column):
        yield table, *_column(storage, attribute.type)
    elif isinstance(storage, SplitText):
        yield table, *_column(storage.column, TEXT)
    elif isinstance(storage, PointColumns):
        for column in (storage.latitude, storage.longitude):
            yield table, *_column(column, FLOAT)
    elif isinstance(storage, SqlText):
        yield table, "", None, None


def _column(column: Column, type_: Type) -> tuple[str, Type | None, str | None]:
    if len(column.parts) > 1:
        return column.parts[0], None, None
    return column.parts[0], type_, column.zone


# --- asked by the engines -------------------------------------------------------------------------


def of_table(promises: Iterable[Promise], table: Table) -> dict[str, Promise]:
    """The promises of one table by the column's name in lower case; no column whose declarations contradict."""
    found: dict[str, Promise] = {}
    broken: set[str] = set()
    for promise in promises:
        if promise.table != table or promise.type is None:
            continue
        name = promise.column.casefold()
        known = found.setdefault(name, promise)
        if not known.attribute and promise.attribute:
            found[name] = promise
        elif known != promise and promise.attribute:
            if (merged := _merged(known, promise)) is None:
                broken.add(name)
            else:
                found[name] = merged
    return {name: promise for name, promise in found.items() if name not in broken}


def _merged(one: Promise, other: Promise) -> Promise | None:
    """One reading of a column that serves both, or None."""
    assert one.type is not None
    assert other.type is not None
    if one.zone != other.zone:
        return None
    if one.type == other.type or (is_text(one.type) and is_text(other.type)):
        return one
    if is_number(one.type) and is_number(other.type):
        both = wider(one.type, other.type)
        exact = scale_of(one.type) > scale_of(other.type)
        return one if both == one.type or (both != other.type and exact) else other
    return None


def missing_column(
    promises: Sequence[Promise], column: str, alias: str | None
) -> tuple[Promise, ...]:
    """The promises that a missing column breaks: those of the table that `alias` stands for in a statement, or of the
    only table that has it."""
    same = [item for item in promises if item.column.casefold() == column.casefold()]
    if alias is not None:
        name = re.sub(r"_\d+$", "", alias)
        of_alias = [item for item in same if item.source in (alias, name)]
        of_alias = of_alias or [item for item in same if item.table.parts[-1] in (alias, name)]
        same = of_alias or same
    return tuple(same) if len({item.table for item in same}) == 1 else ()


def told_missing(
    promises: Sequence[Promise],
    column: str,
    alias: str | None,
    columns: Callable[[Table], Sequence[str]],
) -> tuple[str, str]:
    """The sentence for a column that is not there, and a hint: its declaration, and columns spelled alike."""
    broken = missing_column(promises, column, alias)
    if not broken:
        return f"there is no column `{column}`" + (f" in `{alias}`" if alias else ""), ""
    table = broken[0].table
    has = list(columns(table))
    near = suggest(column, has)
    words = []
    if len({item.place for item in broken}) == 1:
        first = broken[0]
        name = f"{first.source}.{first.attribute}" if first.attribute else first.source
        words.append(f"`{name}` is declared over it in {first.place}")
    if near:
        words.append(f"did you mean {' or '.join(f'`{item}`' for item in near)}?")
    elif has:
        some = ", ".join(f"`{item}`" for item in has[:12])
        words.append(f"the columns are {some}" + (", …" if len(has) > 12 else ""))
    return f"there is no column `{column}` in the table `{table}`", "; ".join(words)


DAY_OR_TEXT = re.compile(r"date|text|character|character varying|varchar|bpchar|char", re.I)
"""Physical types that no instant can be told from; they compare with one all the same, wrongly."""

WITH_ZONE = re.compile(r"timestamp(\(\d\))? with time zone|timestamptz", re.I)

NOT_AS_DECLARED = "cannot be read as"
"""In the message about a value of a file; see `engines.duckdb_files`."""

NOT_AN_INSTANT = 'declare it as what it is: `date`, or `= sql "…"` with the cast'


OWN_ZONE = "declare it `timestamp`: a column with a time zone tells its instants by itself"


ONE_COLLATION = (
    'give it a deterministic collation, or ask a view that does: `name COLLATE "C" AS name`'
)


def holds_text(type_: Type) -> bool:
    """Whether the values are texts or lists of them."""
    return is_text(type_.item if isinstance(type_, ListType) else type_)


def equal_texts(
    promises: Iterable[Promise], loose: Collection[tuple[Table, str]]
) -> tuple[str, str] | None:
    """The first text in one of the columns `loose`, in whose collation different texts are equal: a sentence, and what
    to do."""
    names = {(table, column.casefold()) for table, column in loose}
    for item in promises:
        if (item.table, item.column.casefold()) in names:
            return (
                f"the column `{item.column}` of the table `{item.table}` has a collation in which different texts "
                "are equal",
                ONE_COLLATION,
            )
    return None


def unlike(
    promises: Iterable[Promise], found: Callable[[Table], dict[str, str]]
) -> tuple[str, str] | None:
    """The first declared `timestamp` over a column of another kind: one sentence, and what to do.

    `found` gives the types of a table's columns, by name in lower case.
    """
    timestamps = [
        item for item in promises if item.type is not None and item.type.name == "timestamp"
    ]
    for table in dict.fromkeys(item.table for item in timestamps):
        types = found(table)
        for item in timestamps:
            type_ = types.get(item.column.casefold(), "")
            if item.table != table:
                continue
            days = DAY_OR_TEXT.fullmatch(type_.partition("(")[0].strip())
            if days or (item.zone is not None and WITH_ZONE.fullmatch(type_)):
                return (
                    f"the column `{item.column}` of the table `{table}` is declared `{item.declared}`, "
                    f"but is of the type `{type_.lower()}`",
                    NOT_AN_INSTANT if days else OWN_ZONE,
                )
    return None
