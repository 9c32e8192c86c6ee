"""What is asked of each row of a source: one condition for each thing that can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sqlglot import exp

from segql.database.content import Asked, Content, Probe
from segql.database.shape import Shape, Sound
from segql.model.nodes import (
    Attribute,
    Column,
    Entity,
    Event,
    Link,
    PointColumns,
    Rows,
    SplitText,
    SqlText,
)
from segql.model.types import TEXT, EnumType, ListType, Type, is_text
from segql.sql import build as b
from segql.sql.build import Expr

READ = (Column, SplitText, SqlText, PointColumns)


def probes_of(
    content: Content, shape: Shape, sound: Sound, links: Sequence[Link]
) -> Iterator[Probe]:
    """Of one source: its attributes, what it refers to, its times."""
    attributes = read_here(sound)
    yield from map(unknown, attributes)
    for attribute in attributes:
        if isinstance(attribute.type, EnumType):
            yield _stranger(content, attribute)
        elif isinstance(attribute.type, ListType) and isinstance(attribute.type.item, EnumType):
            yield Probe("item", partial(content.has_stranger, attribute=attribute), attribute)
    yield from _documents(sound, attributes)
    for link in links:
        yield _orphan(content, link)
    yield from _times(content, shape, sound, links)


def read_here(sound: Sound) -> list[Attribute]:
    """The attributes that are stored in the source's own table, each once (an event's time has two names)."""
    kept = dict.fromkeys(sound.attributes)
    return [
        item
        for item in kept
        if isinstance(item.storage, READ)
        and (sound.complete or not isinstance(item.storage, SqlText))
    ]


def links_of(shape: Shape, sound: Sound) -> list[Link]:
    """What the rows refer to, as far as both sides are there."""
    source = sound.source
    found = dict.fromkeys(source.one.values())
    if isinstance(source, Event | Rows) and source.owner is not None:
        found = {source.owner: None, **found}
    return [
        link
        for link in found
        if sound.has(*link.columns)
        and (target := shape.sound.get(link.parent.name)) is not None
        and all(key in target.attributes for key in link.parent.key)
        and all(_is_read(sound, column) for column in link.columns)
    ]


def _is_read(sound: Sound, column: str) -> bool:
    """No attribute over the column was found faulty."""
    over = [
        attribute
        for attribute in sound.source.attributes.values()
        if isinstance(attribute.storage, Column) and attribute.storage.parts[0] == column
    ]
    return all(attribute in sound.attributes for attribute in over)


def unknown(attribute: Attribute) -> Probe:
    """Without a value."""
    return Probe("unknown", lambda asked: asked.missing(attribute), attribute)


def _stranger(content: Content, attribute: Attribute) -> Probe:
    return Probe(
        "stranger",
        lambda asked: content.is_stranger(asked, attribute),
        attribute,
        shown=lambda asked: [asked.value(attribute)],
    )


def _orphan(content: Content, link: Link) -> Probe:
    return Probe(
        "orphan",
        lambda asked: content.is_orphan(asked, link),
        link=link,
        shown=lambda asked: [
            asked.compiler.dialect.field(asked.alias, column) for column in link.columns
        ],
    )


# --- JSON -----------------------------------------------------------------------------------------


def _documents(sound: Sound, attributes: Sequence[Attribute]) -> Iterator[Probe]:
    """Texts that should hold JSON and do not, once for each column; values in JSON that are not of their type."""
    columns: dict[str, Attribute] = {}
    for attribute in attributes:
        storage = attribute.storage
        if not isinstance(storage, Column) or len(storage.parts) == 1:
            continue
        physical = sound.physical.column(storage.parts[0])
        if physical is not None and isinstance(physical.kind, Type):
            columns.setdefault(storage.parts[0].casefold(), attribute)
        if not isinstance(attribute.type, ListType) and not is_text(attribute.type):
            yield _not_converted(attribute, storage)
    for attribute in columns.values():
        yield Probe("document", partial(_is_no_json, attribute=attribute), attribute)


def _not_converted(attribute: Attribute, storage: Column) -> Probe:
    def text(asked: Asked) -> Expr:
        return asked.compiler.dialect.read(asked.alias, Column(storage.parts), TEXT)

    def condition(asked: Asked) -> Expr:
        return b.all_([b.not_null(text(asked)), b.is_null(asked.value(attribute))])

    return Probe("value", condition, attribute, shown=lambda asked: [text(asked)])


_IS_JSON: dict[str, Callable[[Expr], Expr]] = {
    "duckdb": lambda text: b.call("JSON_VALID", text),
    "postgres": lambda text: b.call(
        "PG_INPUT_IS_VALID", text, exp.Literal(this="jsonb", is_string=True)
    ),
}
"""Of the dialects that read JSON in texts."""


def _is_no_json(asked: Asked, attribute: Attribute) -> Expr:
    assert isinstance(attribute.storage, Column)
    d = asked.compiler.dialect
    text = d.field(asked.alias, attribute.storage.parts[0])
    return b.all_([b.not_null(text), b.not_(_IS_JSON[d.name](b.cast(text, "TEXT")))])


# --- times ----------------------------------------------------------------------------------------


def _times(content: Content, shape: Shape, sound: Sound, links: Sequence[Link]) -> Iterator[Probe]:
    """Events after `as of`, and before their subject exists."""
    source = sound.source
    if not isinstance(source, Event) or source.at is None or source.at not in sound.attributes:
        return
    at, owner = source.at, source.owner
    yield Probe("late", lambda asked: content.is_late(asked, at), at)
    parent = owner.parent if owner is not None and owner in links else None
    if isinstance(parent, Entity) and parent.created is not None and owner is not None:
        created, target = parent.created, shape.sound[parent.name]
        if isinstance(created.storage, Column) and target.has(created.storage.parts[0]):
            early = partial(content.is_early, link=owner, at=at, created=created)
            yield Probe("early", early, at, owner)
