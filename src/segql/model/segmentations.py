"""Segmentations as waterfalls, splits, lists: each level, part and list is a segment of its own."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from segql.diagnostics import Label
from segql.model import codes
from segql.model.nodes import (
    All,
    Any,
    Condition,
    Const,
    DataValue,
    Entity,
    InPart,
    InSet,
    InTable,
    Level,
    MemberOf,
    Not,
    Row,
    Segment,
    Segmentation,
    Value,
)
from segql.model.scope import subject_scope
from segql.model.types import UNKNOWN, Type
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

HASH_SIZE = 2**32
"""A part is decided by the first 32 bits of MD5 (3.9)."""


# --- segmentations ----------------------------------------------------------------------------------


def segmentation(r: Resolver, declaration: tree.SegmentationDecl) -> Segmentation | None:
    from segql.model import declarations as d

    name = declaration.name
    assert name is not None
    entity = d.entity_of(r, declaration.entity, name.text)
    metadata = d.metadata(r, declaration.metadata)
    if entity is None:
        return None
    r.uses(entity.name)
    base = _base(r, declaration.among, entity)
    scope = subject_scope(entity)
    _check_levels(r, declaration)
    levels: list[Level] = []
    taken: list[Condition] = []
    for level in declaration.levels:
        own = None
        if level.block is not None:
            own = r.block(scope, level.block)
        lines: list[Condition] = [base] if base is not None else []
        if own is not None:
            lines.append(own)
        if taken:
            span = level.name.span
            above = taken[0] if len(taken) == 1 else Any(span, tuple(taken))
            lines.append(Not(span, above))
        if own is not None:
            taken.append(own)
        segment = _segment(
            f"{name.text}.{level.name.text}", entity, tuple(lines), metadata, level.span
        )
        levels.append(Level(level.name.text, segment, own, _data(r, level.data)))
    if (declaration.among is not None and base is None) or not levels:
        return None
    columns = _columns(
        r,
        entity,
        [(level.data, item) for level, item in zip(declaration.levels, levels, strict=True)],
    )
    return Segmentation(
        name.text,
        entity,
        base,
        tuple(levels),
        columns,
        False,
        d.first(metadata, "title"),
        d.first(metadata, "description"),
        d.first(metadata, "owner"),
        metadata.get("tags", ()),
        declaration.span,
    )


def _base(r: Resolver, among: tree.Name | None, entity: Entity) -> Condition | None:
    if among is None:
        return None
    segment = r.segment_named((among,))
    if segment is None:
        return None
    if segment.entity is not entity:
        r.report(
            codes.WRONG_ENTITY,
            f"`{among.text}` is a segment of `{segment.entity.name}`, not of `{entity.name}`",
            among.span,
            "of another entity",
        )
        return None
    row = Row(0, entity)
    return MemberOf(among.span, row, segment.name, All(among.span, segment.lines))


def _check_levels(r: Resolver, declaration: tree.SegmentationDecl) -> None:
    seen: dict[str, tree.Name] = {}
    for level in declaration.levels:
        _unique(r, level.name, seen)


def _unique(r: Resolver, name: tree.Name, seen: dict[str, tree.Name]) -> None:
    first = seen.setdefault(name.text, name)
    if first is not name:
        r.report(
            codes.DUPLICATE_MEMBER,
            f"`{name.text}` stands twice",
            name.span,
            "again here",
            more=[Label(first.span, "first here")],
        )


def _segment(
    name: str,
    entity: Entity,
    lines: tuple[Condition, ...],
    metadata: dict[str, tuple[str, ...]],
    span: Span,
) -> Segment:
    """A level or part, with the owner and tags of the whole, and its title before its own name."""
    from segql.model import declarations as d

    title = d.first(metadata, "title")
    title = f"{title}: {name.partition('.')[2]}" if title else ""
    owner, tags = d.first(metadata, "owner"), metadata.get("tags", ())
    return Segment(name, entity, lines, title, "", owner, tags, (), span)


# --- data -----------------------------------------------------------------------------------------


def _data(r: Resolver, data: tree.Data | None) -> tuple[tuple[str, DataValue], ...]:
    if data is None:
        return ()
    found: dict[str, DataValue] = {}
    for entry in data.entries:
        value = entry.values[0] if len(entry.values) == 1 else None
        constant = _constant(r, value)
        if value is None or constant is None:
            r.report(
                codes.WRONG_ARGUMENT,
                f"`{entry.key.text}` takes one literal",
                entry.span,
                helps=['such as `channel: "email"`'],
            )
        elif entry.key.text in found:
            r.report(
                codes.DUPLICATE_MEMBER, f"`{entry.key.text}` stands twice", entry.key.span, "again"
            )
        else:
            assert isinstance(constant.value, bool | int | Decimal | str | date | datetime)
            found[entry.key.text] = constant.value
    return tuple(found.items())


def _constant(r: Resolver, value: tree.Value | tree.Name | None) -> Const | None:
    if isinstance(value, tree.Text | tree.Number | tree.Bool | tree.Date | tree.Timestamp):
        from segql.model import values

        resolved: Value = values.literal(r, value)
        if isinstance(resolved, Const) and resolved.type != UNKNOWN:
            return resolved
    return None


def _columns(
    r: Resolver, entity: Entity, levels: list[tuple[tree.Data | None, Level]]
) -> tuple[tuple[str, Type], ...]:
    """The names and types of the data; a type must be the same in every level that has the name."""
    from segql.model.functions import common_type

    found: dict[str, tuple[Type, Span]] = {}
    taken = {"level", "part", *(key.name for key in entity.key)}
    for data, _ in levels:
        for entry in data.entries if data is not None else ():
            constant = _constant(r, entry.values[0] if len(entry.values) == 1 else None)
            if constant is None:
                continue
            if entry.key.text in taken:
                r.report(
                    codes.DUPLICATE_MEMBER,
                    f"`{entry.key.text}` is a column of every output already",
                    entry.key.span,
                    "data need a name of their own",
                )
                continue
            before = found.get(entry.key.text)
            type_ = constant.type if before is None else common_type([before[0], constant.type])
            if type_ is None:
                assert before is not None
                r.report(
                    codes.TYPE_MISMATCH,
                    f"`{entry.key.text}` is of another type here",
                    entry.span,
                    f"is {constant.type}",
                    more=[Label(before[1], f"is {before[0]}")],
                )
            else:
                found[entry.key.text] = (type_, entry.span)
    return tuple((name, type_) for name, (type_, _) in found.items())


# --- splits ---------------------------------------------------------------------------------------


def split(r: Resolver, declaration: tree.SplitDecl) -> Segmentation | None:
    from segql.model import declarations as d

    name = declaration.name
    assert name is not None
    base = r.segment_named(declaration.segment)
    metadata = d.metadata(r, declaration.metadata)
    seed = _seed(r, declaration)
    if base is None or seed is None:
        return None
    entity = base.entity
    for key in entity.key:
        if key.type.name not in ("int", "text", "enum"):
            r.report(
                codes.WRONG_ARGUMENT,
                f"a split needs keys of int or text, `{key.name}` is {key.type}",
                name.span,
            )
            return None
    row = Row(0, entity)
    written = declaration.segment[0].span.to(declaration.segment[-1].span)
    member = MemberOf(written, row, base.name, All(name.span, base.lines))
    levels: list[Level] = []
    seen: dict[str, tree.Name] = {}
    running = Fraction(0)
    for part in declaration.parts:
        _unique(r, part.name, seen)
        low = math.ceil(running * HASH_SIZE)
        running += Fraction(part.share.value) / 100
        high = math.ceil(running * HASH_SIZE)
        lines = (member, InPart(part.span, row, seed, low, high))
        segment = _segment(f"{name.text}.{part.name.text}", entity, lines, metadata, part.span)
        levels.append(Level(part.name.text, segment, None, _data(r, part.data)))
    columns = _columns(
        r,
        entity,
        [(part.data, level) for part, level in zip(declaration.parts, levels, strict=True)],
    )
    return Segmentation(
        name.text,
        entity,
        member,
        tuple(levels),
        columns,
        True,
        d.first(metadata, "title"),
        d.first(metadata, "description"),
        d.first(metadata, "owner"),
        metadata.get("tags", ()),
        declaration.span,
    )


def _seed(r: Resolver, declaration: tree.SplitDecl) -> str | None:
    """The seed, which no other split has: the same seed divides people the same way."""
    if declaration.seed is None:  # the parser has said so
        return None
    seed = declaration.seed
    first = r.seeds.setdefault(seed.value, seed)
    if first.span != seed.span:
        r.report(
            codes.DUPLICATE_NAME,
            f'the seed "{seed.value}" is used twice',
            seed.span,
            "would divide people as the other split does",
            more=[Label(first.span, "first used here")],
        )
    return seed.value


# --- lists ----------------------------------------------------------------------------------------


def members_list(r: Resolver, declaration: tree.ListDecl) -> Segment | None:
    from segql.model import declarations as d
    from segql.model import values
    from segql.model.catalog import table_of
    from segql.model.comparisons import list_item

    name = declaration.name
    assert name is not None
    entity = d.entity_of(r, declaration.entity, name.text)
    if entity is None:
        return None
    r.uses(entity.name)
    scope = subject_scope(entity)
    value = r.value(scope, tree.Path(span=declaration.by.span, parts=(declaration.by,)))
    if value.type == UNKNOWN:
        return None
    line: Condition
    if declaration.table is not None and declaration.column is not None:
        line = InTable(name.span, value, table_of(declaration.table), declaration.column.text)
    else:
        items: list[Value] = []
        if declaration.file is not None:
            texts = r.list_file(declaration)
            if texts is None:
                return None
            items = [
                item
                for text in texts
                if (item := values.from_text(r, text, value.type, declaration.file.span))
                is not None
            ]
        else:
            for node in declaration.items:
                checked = list_item(r, node.span, value, r.value(scope, node))
                if checked is None:
                    return None
                items.append(checked)
        line = InSet(name.span, value, tuple(items))
    return Segment(name.text, entity, (line,), "", "", "", (), (), declaration.span)
