"""`test` blocks: rows of the model's own shape, and who of them is expected where (2.2, 3.11)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from segql.diagnostics import Label
from segql.model import codes
from segql.model.clock import Clock
from segql.model.given import Given, RowReader, nowhere
from segql.model.nodes import (
    Attribute,
    Case,
    CaseRow,
    Column,
    Const,
    Entity,
    Event,
    Expectation,
    Segment,
)
from segql.model.reads import Reads
from segql.model.types import ListType
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def resolve(r: Resolver, declaration: tree.TestDecl) -> None:
    """Check a test and keep it, if it has no fault of its own."""
    before = len(r.diagnostics)
    reader = RowReader(r, Clock(_as_of(r, declaration.as_of), r.settings))
    targets = _targets(r, declaration.segment)
    name = ".".join(part.text for part in declaration.segment)
    given: tuple[CaseRow, ...] = ()
    expected: tuple[Expectation, ...] = ()
    if targets:
        rows = [row for node in declaration.rows if (row := reader.row(node)) is not None]
        found = [_expectation(reader, node, targets) for node in declaration.expects]
        if len(r.diagnostics) == before:
            _check_unset(r, rows, targets)
            _check_keys(r, rows)
        given = tuple(row.as_case() for row in rows)
        expected = tuple(item for item in found if item is not None)
    if len(r.diagnostics) == before:
        r.cases.append(Case(name, reader.clock.now, given, expected, declaration.span))


def _as_of(r: Resolver, node: tree.Value) -> datetime:
    clock = r.probe
    value = r.value(nowhere(), node)
    found = value.value if isinstance(value, Const) else None
    if isinstance(found, datetime):
        return found
    return clock.day_start(found) if isinstance(found, date) else clock.now


def _targets(r: Resolver, names: tuple[tree.Name, ...]) -> tuple[Segment, ...]:
    """The segments that a test is about: one, or all levels of a segmentation; none after a diagnostic."""
    first = names[0]
    declared = r.catalog.declarations.get(first.text)
    if len(names) == 1 and isinstance(declared, tree.SegmentationDecl | tree.SplitDecl):
        whole = r.segmentation(first.text, first.span)
        return tuple(level.segment for level in whole.levels) if whole is not None else ()
    found = r.segment_named(names)
    return () if found is None else (found,)


def _expectation(
    reader: RowReader, node: tree.Expect, targets: tuple[Segment, ...]
) -> Expectation | None:
    names = tuple(target.name for target in targets)
    if node.within == "count":
        return Expectation("count", "", names, node.count or 0, node.span)
    assert node.subject is not None
    row = reader.named(node.subject)
    if row is None:
        return None
    entity = targets[0].entity
    if row.source is not entity:
        reader.r.report(
            codes.WRONG_ENTITY,
            f"`{node.subject.text}` is a row of `{row.source.name}`, the members are of `{entity.name}`",
            node.subject.span,
            "of another kind",
        )
        return None
    if node.level:
        names = _level(reader.r, node.level, names)
        if not names:
            return None
    return Expectation(node.within, node.subject.text, names, 0, node.span)


def _level(r: Resolver, names: tuple[tree.Name, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """`new` or `lifecycle.new`: a level of what is tested; `lifecycle`: any of them. Empty after a diagnostic."""
    text = ".".join(name.text for name in names)
    short = {name.rpartition(".")[2]: name for name in known if "." in name}
    if text in known or text in short:
        return (short.get(text, text),)
    if known[0].startswith(f"{text}."):  # the name of what is tested
        return known
    span = names[0].span.to(names[-1].span)
    r.report(
        codes.UNKNOWN_SEGMENT,
        f"`{text}` is no level of what is tested" if short else f"`{text}` is not what is tested",
        span,
        helps=r.did_you_mean(text, span, [*short, *known])
        or [f"write `expect NAME in {next(iter(short))}`" if short else "leave it out"],
    )
    return ()


# --- what has to be set -------------------------------------------------------------------------------


def _check_keys(r: Resolver, rows: list[Given]) -> None:
    """Keys are unique (3.4); a table of versions has several rows of one."""
    first: dict[tuple[object, ...], Given] = {}
    for row in rows:
        source = row.source
        if isinstance(source, Entity) and source.history is not None:
            continue
        key = tuple(row.values.get(attribute.name) for attribute in source.key)
        if not key or None in key:
            continue
        other = first.setdefault((source.name, *key), row)
        if other is not row or row.node.times > 1:
            more = [Label(other.node.span, "the first")] if other is not row else []
            label = "again" if more else f"{row.node.times:,} rows"
            help_ = f"leave `{source.key[0].name}` out: rows get keys of their own"
            r.report(
                codes.REPEATED_KEY,
                f"two rows of `{source.name}` have one key",
                row.node.span,
                label,
                more=more,
                helps=[help_],
            )


def _check_unset(r: Resolver, rows: list[Given], targets: tuple[Segment, ...]) -> None:
    """3.11: an attribute without `?` that the segment reads is set, in each row."""
    reads = Reads()
    for target in targets:
        reads.source(target.entity)
        for line in target.lines:
            reads.enter(line)
    name = targets[0].name if len(targets) == 1 else targets[0].name.partition(".")[0]
    for row in rows:
        source = row.source
        linked = {column for link in row.parents for column in link.columns}
        keys = {id(key) for key in source.key}
        at = source.at if isinstance(source, Event) else None
        for attribute in dict.fromkeys(
            [*([at] if at is not None else []), *source.attributes.values()]
        ):
            if attribute.name in row.values or (attribute is at and "at" in row.values):
                continue
            if attribute.nullable or id(attribute) in keys or isinstance(attribute.type, ListType):
                continue
            if attribute is not at and id(attribute) not in reads.attributes:
                continue
            stored = attribute.storage
            if isinstance(stored, Column) and stored.parts[0] in linked:
                continue
            _report_unset(r, row, attribute, at, name)


def _report_unset(
    r: Resolver, row: Given, attribute: Attribute, at: Attribute | None, name: str
) -> None:
    node = row.node
    who = f" of `{node.name.text}`" if node.name is not None else ""
    shown = "at" if attribute is at else attribute.name
    r.report(
        codes.UNSET,
        f"`{shown}`{who} is not set, and `{name}` reads it",
        node.source.span if node.name is None else node.name.span,
        f"a row of `{row.source.name}` without `{shown}`",
        more=[Label(attribute.span, "declared here, without `?`")],
        helps=[f"add `{shown}: …`; unset attributes are unknown only where their type has a `?`"],
    )
