"""The definitions themselves: sources' own expressions, traits, segments with their metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segql.diagnostics import Diagnostic
from segql.model import codes, parameters
from segql.model.nodes import (
    All,
    Condition,
    Entity,
    Event,
    Holds,
    Segment,
    Source,
    SqlText,
    Trait,
    Value,
)
from segql.model.rawsql import check_sql
from segql.model.scope import Scope, subject_scope
from segql.model.types import UNKNOWN
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

KNOWN_METADATA = ("title", "description", "owner", "tags")


def note(r: Resolver, declaration: tree.Declaration) -> None:
    """Remember what other definitions may ask for before it is resolved: derived attributes, traits."""
    match declaration:
        case (
            tree.EntityDecl(name=tree.Name() as name)
            | tree.EventDecl(name=tree.Name() as name)
            | tree.RowsDecl(name=tree.Name() as name)
        ):
            for member in declaration.members:
                if isinstance(member, tree.DerivedMember):
                    key = (name.text, member.name.text)
                    if key not in r.derived_members:
                        r.derived_members[key] = member
        case tree.TraitDecl(name=tree.Name() as name):
            r.owner_traits.setdefault(declaration.entity.text, set()).add(name.text)


def resolve(r: Resolver, declaration: tree.Declaration) -> None:
    """Resolve what has a name: all but tests and claims."""
    name = declaration.name
    if name is None:
        return
    match declaration:
        case tree.EntityDecl() | tree.EventDecl() | tree.RowsDecl():
            _source(r, name, declaration)
        case tree.EventSubset():
            _subset(r, name, declaration)
        case tree.EventGroups() if name.text in r.catalog.broken:
            with r.defining(name.text, name.span):
                r.uses(declaration.base.text)
                r.uses(declaration.entity.text)
        case tree.EventUnion():
            with r.defining(name.text, name.span):
                for part in declaration.parts:
                    r.uses(part.text)
                r.uses(declaration.entity.text)
        case tree.TraitDecl():
            r.trait(name.text, name.span)
        case tree.SegmentDecl() | tree.ListDecl():
            r.segment(name.text, name.span)
        case tree.SegmentationDecl() | tree.SplitDecl():
            r.segmentation(name.text, name.span)


def _source(
    r: Resolver, name: tree.Name, declaration: tree.EntityDecl | tree.EventDecl | tree.RowsDecl
) -> None:
    source = r.catalog.sources[name.text]
    with r.defining(name.text, name.span):
        if not isinstance(declaration, tree.EntityDecl):
            r.uses(declaration.entity.text)
        for link in source.one.values():
            r.needs.setdefault(f"{name.text}.{link.name}", set()).add(link.parent.name)
        only: list[Condition] = []
        for member in declaration.members:
            if isinstance(member, tree.OnlyMember):
                only.append(r.block(subject_scope(source), member.where))
            elif isinstance(member, tree.AttributeMember) and member.sql is not None:
                check_sql(r, SqlText(member.sql.value, r.settings.sql_dialect), member.sql)
        if only:
            source.only = only[0] if len(only) == 1 else All(only[0].span, tuple(only))
    for member in declaration.members:
        if isinstance(member, tree.DerivedMember):
            r.attribute(source, member.name.text, member.name.span)


def _subset(r: Resolver, name: tree.Name, declaration: tree.EventSubset) -> None:
    source = r.catalog.sources[name.text]
    assert isinstance(source, Event)
    with r.defining(name.text, name.span):
        r.uses(declaration.base.text)
        r.uses(declaration.entity.text)
        if source.base is not None:
            source.where = r.block(subject_scope(source), declaration.where)


# --- traits and segments ----------------------------------------------------------------------------


def body(r: Resolver, scope: Scope, node: tree.Value | tree.Condition) -> Value:
    """The body of a trait or derived attribute: a value, or a condition as one."""
    if isinstance(node, tree.Truth):
        node = node.value
    if isinstance(node, tree.Value):
        return r.value(scope, node)
    condition = r.condition(scope, node)
    from segql.model.types import BOOL

    return Holds(BOOL, node.span, condition)


def subject(r: Resolver, name: tree.Name, user: str) -> Source | None:
    """What a definition is about: an entity, or for traits an event or rows."""
    source = r.catalog.sources.get(name.text)
    if source is None:
        r.uses(name.text)
        return r.catalog.entity(name, user)
    return source


def trait(r: Resolver, declaration: tree.TraitDecl) -> Trait | None:
    assert declaration.name is not None
    name = declaration.name
    source = subject(r, declaration.entity, name.text)
    if source is None:
        return None
    r.uses(source.name)
    if name.text in source.attributes or name.text in source.one or name.text in source.many:
        r.report(
            codes.DUPLICATE_MEMBER,
            f"`{source.name}` already has `{name.text}`",
            name.span,
            "a trait needs a name of its own",
        )
        return None
    scope = subject_scope(source)
    if declaration.parameters:
        _check_parameters(r, declaration, source)
        return None
    value = body(r, scope, declaration.body)
    if value.type == UNKNOWN:
        return None
    return Trait(name.text, source, value, name.span)


def _check_parameters(r: Resolver, declaration: tree.TraitDecl, source: Source) -> None:
    """Check the body of a trait with parameters once, with arguments made up for those without default."""
    bindings = parameters.samples(r, declaration, source)
    if bindings is not None:
        row = subject_scope(source).row
        body(r, Scope(row, 0, {(source.name,): row}, bindings), declaration.body)


def entity_of(r: Resolver, name: tree.Name, user: str) -> Entity | None:
    """The entity that a definition is of; None, reported unless its own declaration is broken."""
    r.uses(name.text)
    return r.catalog.entity(name, user)


def segment(r: Resolver, declaration: tree.SegmentDecl) -> Segment | None:
    assert declaration.name is not None
    entity = entity_of(r, declaration.entity, declaration.name.text)
    known = metadata(r, declaration.metadata)
    if entity is None:
        return None
    r.uses(entity.name)
    scope = subject_scope(entity)
    lines = tuple(r.condition(scope, item) for item in declaration.where.items)
    return Segment(
        declaration.name.text,
        entity,
        lines,
        first(known, "title"),
        first(known, "description"),
        first(known, "owner"),
        known.get("tags", ()),
        tuple((entry.key.text, _texts(entry)) for entry in declaration.metadata if entry.custom),
        declaration.span,
    )


def metadata(r: Resolver, entries: tuple[tree.Meta, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        key = entry.key.text
        if entry.custom:
            continue
        if key not in KNOWN_METADATA:
            r.report(
                codes.UNKNOWN_METADATA,
                f"unknown metadata `{key}`",
                entry.key.span,
                "not one of title, description, owner, tags",
                helps=[
                    *r.did_you_mean(key, entry.key.span, KNOWN_METADATA),
                    f"put entries of your own inside `meta {{ {key}: … }}`",
                ],
            )
        elif key in found:
            r.report(codes.DUPLICATE_MEMBER, f"`{key}` stands twice", entry.key.span, "again here")
        else:
            found[key] = _texts(entry)
    return found


def _texts(entry: tree.Meta) -> tuple[str, ...]:
    texts: list[str] = []
    for value in entry.values:
        match value:
            case tree.Text():
                texts.append(value.value)
            case tree.Name() | tree.Number() | tree.Date() | tree.Timestamp():
                texts.append(value.text)
            case tree.Bool():
                texts.append("true" if value.value else "false")
            case tree.Path():
                texts.append(".".join(part.text for part in value.parts))
            case tree.Percent():
                texts.append(value.text)
            case _:
                pass
    return tuple(texts)


def first(metadata: dict[str, tuple[str, ...]], key: str) -> str:
    values = metadata.get(key, ())
    return values[0] if values else ""


# --- faults ---------------------------------------------------------------------------------------


def faults(
    declarations: list[tree.Declaration],
    diagnostics: tuple[Diagnostic, ...],
    unread: Mapping[str, tuple[Diagnostic, ...]],
) -> dict[str, tuple[Diagnostic, ...]]:
    """The errors inside each declaration, those inside an attribute under `source.attribute`.

    A name that is declared again has the errors of all its declarations, `unread` those that the
    parser found.
    """
    places: dict[str, list[tuple[int, int, str]]] = {}
    for declaration in declarations:
        if declaration.name is None:
            continue
        name = declaration.name.text
        span = declaration.span
        places.setdefault(span.file, []).append((span.start, span.end, name))
        for member in getattr(declaration, "members", ()):
            if isinstance(member, tree.DerivedMember | tree.AttributeMember | tree.RelationMember):
                label = f"{name}.{member.name.text}"
                places[span.file].append((member.span.start, member.span.end, label))
    found = {name: list(errors) for name, errors in unread.items()}
    for diagnostic in diagnostics:
        span_ = diagnostic.span
        if span_ is None or not diagnostic.is_error:
            continue
        inside = [
            (end - start, name)
            for start, end, name in places.get(span_.file, ())
            if start <= span_.start and span_.end <= end
        ]
        if inside:
            found.setdefault(min(inside)[1], []).append(diagnostic)
    return {name: tuple(items) for name, items in found.items()}
