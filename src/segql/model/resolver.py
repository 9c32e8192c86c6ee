"""From the tree to the model: every definition resolved when it is first needed, each only once.

`Resolver` holds what the passes over expressions share: the catalogue, the diagnostics, and which
definition is in hand, so that a definition that rests on itself is found and reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias

from segql.diagnostics import Code, Diagnostic, Diagnostics, Fix, Label, suggest
from segql.model import (
    assertions,
    cases,
    codes,
    conditions,
    declarations,
    groups,
    segmentations,
    values,
    windows,
)
from segql.model.catalog import Catalog
from segql.model.clock import Clock
from segql.model.nodes import (
    Assertion,
    Attribute,
    Case,
    Condition,
    Derived,
    Event,
    Model,
    RowRef,
    Segment,
    Segmentation,
    Settings,
    Source,
    Trait,
    Value,
    Window,
)
from segql.model.scope import Scope, subject_scope
from segql.model.types import UNKNOWN, Type
from segql.model.unions import shared_attribute
from segql.source import Span
from segql.syntax import tree

LARGEST = 20_000
"""Nodes that a definition may have once the definitions it rests on are written out."""


ListFile: TypeAlias = "tuple[str, ...] | str"
"""The texts of a column of a list's file, or a sentence that says why they could not be read."""


class Resolver:
    """One run over a project's declarations."""

    def __init__(
        self,
        settings: Settings,
        broken: Mapping[str, tuple[Diagnostic, ...]],
        files: Mapping[tuple[str, str], ListFile],
    ) -> None:
        self.settings = settings
        self.files = files
        self.diagnostics = Diagnostics()
        self.unread = broken
        self.catalog = Catalog(settings, self.diagnostics, broken)
        self.traits: dict[str, Trait | None] = {}
        self.segments: dict[str, Segment | None] = {}
        self.segmentations: dict[str, Segmentation | None] = {}
        self.seeds: dict[str, tree.Text] = {}
        self.derived: dict[tuple[str, str], Attribute | None] = {}
        self.derived_members: dict[tuple[str, str], tree.DerivedMember] = {}
        self.owner_traits: dict[str, set[str]] = {}
        self.needs: dict[str, set[str]] = {}
        self.sizes: dict[str, int] = {}
        self.cases: list[Case] = []
        self.assertions: list[Assertion] = []
        self.stack: list[str] = []
        # any instant serves: only windows whose bounds move together are compared with it
        self.probe = Clock(datetime(2026, 1, 15, 12, tzinfo=UTC), settings)

    # --- the run --------------------------------------------------------------------------------

    def run(self, declared: Iterable[tree.Declaration]) -> Model:
        declared = list(declared)
        standing = self.catalog.declare(declared)
        self.catalog.link()
        for label, target in self.catalog.unlinked.items():
            self.needs.setdefault(label, set()).add(target)
        for declaration in standing:
            declarations.note(self, declaration)
        self._late_events()
        for declaration in standing:
            declarations.resolve(self, declaration)
        for (
            declaration
        ) in standing:  # after all that they ask about: what is reported now is theirs
            if isinstance(declaration, tree.TestDecl):
                cases.resolve(self, declaration)
            elif isinstance(declaration, tree.AssertDecl):
                assertions.resolve(self, declaration)
        diagnostics = self.diagnostics.sorted()
        return Model(
            self.settings,
            self.catalog.sources,
            {name: trait for name, trait in self.traits.items() if trait is not None},
            {name: segment for name, segment in self.segments.items() if segment is not None},
            {name: found for name, found in self.segmentations.items() if found is not None},
            diagnostics,
            {name: frozenset(needed) for name, needed in self.needs.items()},
            declarations.faults(declared, diagnostics, self.unread),
            tuple(self.cases),
            tuple(self.assertions),
        )

    def _late_events(self) -> None:
        """Events that group rows, with the subsets and unions of them: after what they are made of."""
        for late in self.catalog.late:
            if isinstance(late.declaration, tree.EventGroups):
                with self.defining(late.source.name, late.source.span):
                    groups.prepare(self, late.source, late.parts[0], late.declaration)
            else:
                self.catalog.fill(late)
        for late in self.catalog.late:
            if isinstance(late.declaration, tree.EventGroups):
                with self.defining(late.source.name, late.source.span):
                    self.uses(late.declaration.base.text)
                    self.uses(late.declaration.entity.text)
                    groups.resolve(self, late.source, late.declaration)
            else:
                self.catalog.refill(late)

    # --- expressions (the passes call each other through here) -------------------------------------

    def value(self, scope: Scope, node: tree.Value) -> Value:
        return values.resolve(self, scope, node)

    def condition(self, scope: Scope, node: tree.Condition, *, negative: bool = False) -> Condition:
        return conditions.resolve(self, scope, node, negative)

    def window(self, scope: Scope, node: tree.Window, type_: Type) -> Window | None:
        return windows.resolve(self, scope, node, type_)

    def block(self, scope: Scope, block: tree.Block) -> Condition:
        return conditions.block(self, scope, block, negative=False)

    # --- definitions, on demand -----------------------------------------------------------------

    @contextmanager
    def defining(self, name: str, span: Span) -> Iterator[bool]:
        """While the definition `name` is resolved; gives False, with a diagnostic, if it already is."""
        if name in self.stack:
            chain = " -> ".join([*self.stack[self.stack.index(name) :], name])
            self.report(codes.CYCLE, f"`{name}` rests on itself", span, chain)
            yield False
            return
        self.stack.append(name)
        self.needs.setdefault(name, set())
        self.sizes.setdefault(name, 0)
        try:
            yield True
        finally:
            self.stack.pop()

    def uses(self, name: str) -> None:
        """The definition in hand mentions `name`."""
        if self.stack and self.stack[-1] != name:
            self.needs[self.stack[-1]].add(name)

    def is_broken(self, name: str) -> bool:
        """Whether what `name` stands for was reported where it is declared, so that a mention of it is not."""
        if name not in self.catalog.broken:
            return False
        self.uses(name)
        return True

    def is_unlinked(self, row: RowRef, name: str) -> bool:
        """The same of a relation of a row that leads nowhere for a fault."""
        label = f"{row.source.name}.{name}"
        if label not in self.catalog.unlinked:
            return False
        self.uses(label)
        return True

    def grow(self, by: int, span: Span) -> bool:
        """Count nodes of the definition in hand; False, with a diagnostic, when they are too many."""
        if not self.stack:
            return True
        name = self.stack[-1]
        before = self.sizes[name]
        self.sizes[name] = before + by
        if self.sizes[name] <= LARGEST:
            return True
        if before <= LARGEST:
            self.report(
                codes.TOO_LARGE,
                f"`{name}` has more than {LARGEST:,} parts once what it rests on is written out",
                span,
                "here the limit is passed",
            )
        return False

    def trait(self, name: str, span: Span) -> Trait | None:
        """The trait of that name, resolved; None (reported where it is declared) if it has faults."""
        self.uses(name)
        if name not in self.traits:
            declaration = self.catalog.declarations.get(name)
            assert isinstance(declaration, tree.TraitDecl)
            with self.defining(name, span) as fresh:
                if not fresh:
                    return None
                self.traits[name] = declarations.trait(self, declaration)
        return self.traits[name]

    def segment(self, name: str, span: Span) -> Segment | None:
        """The segment or list of that name."""
        self.uses(name)
        if name not in self.segments:
            declaration = self.catalog.declarations.get(name)
            with self.defining(name, span) as fresh:
                if not fresh:
                    return None
                if isinstance(declaration, tree.ListDecl):
                    self.segments[name] = segmentations.members_list(self, declaration)
                else:
                    assert isinstance(declaration, tree.SegmentDecl)
                    self.segments[name] = declarations.segment(self, declaration)
        return self.segments[name]

    def segmentation(self, name: str, span: Span) -> Segmentation | None:
        """The segmentation or split of that name; its levels become segments."""
        self.uses(name)
        if name not in self.segmentations:
            declaration = self.catalog.declarations.get(name)
            with self.defining(name, span) as fresh:
                if not fresh:
                    return None
                if isinstance(declaration, tree.SplitDecl):
                    found = segmentations.split(self, declaration)
                else:
                    assert isinstance(declaration, tree.SegmentationDecl)
                    found = segmentations.segmentation(self, declaration)
                self.segmentations[name] = found
            for level in found.levels if found is not None else ():
                self.segments[level.segment.name] = level.segment
                self.needs[level.segment.name] = {name}
                self.sizes[level.segment.name] = self.sizes[name]
        return self.segmentations[name]

    def segment_named(self, names: tuple[tree.Name, ...]) -> Segment | None:
        """A segment, list, level or part; None after a diagnostic."""
        if len(names) == 1 and "." in names[0].text:  # `among stage.new` is one name in the tree
            whole = names[0]
            parts = whole.text.split(".")
            names = tuple(tree.Name(span=whole.span, text=text) for text in parts)
        first = names[0]
        declaration = self.catalog.declarations.get(first.text)
        if isinstance(declaration, tree.SegmentDecl | tree.ListDecl) and len(names) == 1:
            return self.segment(first.text, first.span)
        if isinstance(declaration, tree.SegmentationDecl | tree.SplitDecl):
            return self._level(names)
        self._no_segment(names, declaration)
        return None

    def _level(self, names: tuple[tree.Name, ...]) -> Segment | None:
        found = self.segmentation(names[0].text, names[0].span)
        if found is None:
            return None
        levels = {level.name: level.segment for level in found.levels}
        if len(names) == 2 and names[1].text in levels:
            return levels[names[1].text]
        kind, item = ("split", "part") if found.is_split else ("segmentation", "level")
        if len(names) == 1:
            helps: list[Fix | str] = [f"name one, such as `{found.name}.{next(iter(levels))}`"]
            message = f"`{found.name}` is a {kind}, not one of its {item}s"
        else:
            helps = self.did_you_mean(names[1].text, names[1].span, levels)
            message = f"`{found.name}` has no {item} `{names[1].text}`"
        self.report(codes.UNKNOWN_SEGMENT, message, names[-1].span, helps=helps)
        return None

    def _no_segment(
        self, names: tuple[tree.Name, ...], declaration: tree.Declaration | None
    ) -> None:
        name = names[0]
        if self.is_broken(name.text):
            return
        if isinstance(declaration, tree.SegmentDecl | tree.ListDecl):
            self.report(
                codes.UNKNOWN_SEGMENT,
                f"segment `{name.text}` has no levels",
                names[1].span,
                "only a segmentation or a split has them",
            )
            return
        kinds = tree.SegmentDecl | tree.ListDecl | tree.SegmentationDecl | tree.SplitDecl
        known = [key for key, item in self.catalog.declarations.items() if isinstance(item, kinds)]
        label = "declared, but not a segment" if declaration is not None else "not declared"
        self.report(
            codes.UNKNOWN_SEGMENT,
            f"unknown segment `{name.text}`",
            name.span,
            label,
            helps=self.did_you_mean(name.text, name.span, known),
        )

    def list_file(self, declaration: tree.ListDecl) -> tuple[str, ...] | None:
        """The texts of a list's file, which the project has read; None after a diagnostic."""
        assert declaration.file is not None
        assert declaration.column is not None
        key = (declaration.file.value, declaration.column.text)
        found = self.files.get(key, f"`{key[0]}` was not read")
        if isinstance(found, str):
            self.report(codes.BAD_LIST_FILE, found, declaration.file.span, "named here")
            return None
        return found

    def attribute(self, source: Source, name: str, span: Span) -> Attribute | None:
        """A stored or derived attribute, or None (not declared, or with faults: then it is reported)."""
        self.uses(source.name)
        home: Source = source
        while isinstance(home, Event) and home.base is not None:
            home = home.base
            self.uses(home.name)
        key = (home.name, name)
        if key in self.derived_members:
            self.uses(f"{home.name}.{name}")
            return self._derived(home, key, span)
        if name in source.attributes:
            self.uses(f"{home.name}.{name}")
        elif isinstance(home, Event) and home.parts:
            return self._shared(home, name, span)
        return source.attributes.get(name)

    def _shared(self, union: Event, name: str, span: Span) -> Attribute | None:
        """A derived attribute that every part of a union has."""
        key = (union.name, name)
        if key not in self.derived:
            found = tuple(
                attribute
                for part in union.parts
                if self._has(part, name) and (attribute := self.attribute(part, name, span))
            )
            complete = len(found) == len(union.parts)
            self.derived[key] = shared_attribute(name, found, union.span) if complete else None
        return self.derived[key]

    def _has(self, source: Source, name: str) -> bool:
        """Whether a source, or each part of a union, has an attribute."""
        if name in source.attributes or self.is_derived(source, name):
            return True
        while isinstance(source, Event) and source.base is not None:
            source = source.base
        parts = source.parts if isinstance(source, Event) else ()
        return bool(parts) and all(self._has(part, name) for part in parts)

    def is_derived(self, source: Source, name: str) -> bool:
        while isinstance(source, Event) and source.base is not None:
            source = source.base
        return (source.name, name) in self.derived_members

    def _derived(self, source: Source, key: tuple[str, str], span: Span) -> Attribute | None:
        if key not in self.derived:
            member = self.derived_members[key]
            label = f"{source.name}.{member.name.text}"
            with self.defining(label, span) as fresh:
                if not fresh:
                    return None
                value = declarations.body(self, subject_scope(source), member.value)
                attribute = None
                if value.type != UNKNOWN:
                    attribute = Attribute(
                        member.name.text,
                        value.type,
                        values.nullable(value),
                        Derived(value),
                        member.name.span,
                    )
                self.derived[key] = attribute
        return self.derived[key]

    def trait_names(self, source: Source) -> set[str]:
        """The traits declared for rows of `source`."""
        return self.owner_traits.get(source.name, set())

    # --- reporting --------------------------------------------------------------------------------

    def report(
        self,
        code: Code,
        message: str,
        span: Span,
        label: str = "",
        *,
        more: Iterable[Label] = (),
        notes: Iterable[str] = (),
        helps: Iterable[Fix | str] = (),
    ) -> None:
        self.diagnostics.report(code, message, span, label, more=more, notes=notes, helps=helps)

    def names_of(self, row: RowRef) -> list[str]:
        """The values that a row has: for suggestions."""
        source = row.source
        derived = [name for owner, name in self.derived_members if owner == source.name]
        return [*source.attributes, *derived, *sorted(self.trait_names(source))]

    @staticmethod
    def did_you_mean(name: str, span: Span, candidates: Iterable[str]) -> list[Fix | str]:
        from segql.diagnostics import Edit

        near = suggest(name, candidates)
        safe = len(near) == 1
        return [Fix(f"did you mean `{other}`?", (Edit(span, other),), safe) for other in near]


def resolve(
    files: Iterable[tree.File],
    settings: Settings,
    broken: Mapping[str, tuple[Diagnostic, ...]] = MappingProxyType({}),
    lists: Mapping[tuple[str, str], ListFile] = MappingProxyType({}),
) -> Model:
    """Resolve and check all declarations of a project.

    `broken` names declarations that the parser could not read, each with its errors: what mentions
    them is not reported again, and rests on those errors. `lists` holds the columns of the files that
    lists name, by (file, column). Never raises for anything that is written in the files; faults are
    in `Model.diagnostics`.
    """
    resolver = Resolver(settings, broken, lists)
    return resolver.run(item for file in files for item in file.declarations)
