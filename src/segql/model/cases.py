"""`test` blocks: rows of the model's own shape, and who of them is expected where (2.2, 3.11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from segql.diagnostics import Label, suggest
from segql.model import codes, comparisons, scalars
from segql.model.clock import NOT_CONSTANT, Clock, OutOfRangeError
from segql.model.nodes import (
    Attribute,
    Case,
    CaseRow,
    ChangeLog,
    ChildTable,
    Column,
    Const,
    DayStart,
    Entity,
    Event,
    Expectation,
    FromParts,
    GroupMeasure,
    Link,
    PointColumns,
    Row,
    Rows,
    Segment,
    Source,
    SplitText,
)
from segql.model.scalars import NumberTooLargeError
from segql.model.scope import Scope
from segql.model.types import DATE, TIMESTAMP, UNKNOWN, DecimalType, ListType, Type, is_number
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

SETTABLE = Column | PointColumns | SplitText | ChildTable | ChangeLog
"""How an attribute is stored that a test can set."""


@dataclass
class _Given:
    """A row as it is written, once its names are known."""

    node: tree.TestRow
    source: Source
    values: dict[str, object] = field(default_factory=dict)
    parents: dict[Link, str] = field(default_factory=dict)
    copied: set[Link | str] = field(default_factory=set)
    """What `like` gave and the row does not say itself."""


def resolve(r: Resolver, declaration: tree.TestDecl) -> None:
    """Check a test and keep it, if it has no fault of its own."""
    before = len(r.diagnostics)
    reader = _Reader(r, declaration)
    targets = _targets(r, declaration.segment)
    name = ".".join(part.text for part in declaration.segment)
    if not targets:
        if len(r.diagnostics) == before:
            r.cases.append(Case(name, reader.clock.now, (), (), declaration.span))
        return
    rows = [row for node in declaration.rows if (row := reader.row(node)) is not None]
    expectations = [reader.expectation(node, targets) for node in declaration.expects]
    if len(r.diagnostics) == before:
        _check_unset(r, rows, targets)
        _check_keys(r, rows)
    if len(r.diagnostics) == before:
        r.cases.append(
            Case(
                name,
                reader.clock.now,
                tuple(
                    CaseRow(
                        row.source,
                        row.node.name.text if row.node.name is not None else "",
                        tuple(row.values.items()),
                        tuple(row.parents.items()),
                        row.node.times,
                        row.node.span,
                    )
                    for row in rows
                ),
                tuple(item for item in expectations if item is not None),
                declaration.span,
            )
        )


def _targets(r: Resolver, names: tuple[tree.Name, ...]) -> tuple[Segment, ...]:
    """The segments that a test is about: one, or all levels of a segmentation; none after a diagnostic."""
    first = names[0]
    declared = r.catalog.declarations.get(first.text)
    if len(names) == 1 and isinstance(declared, tree.SegmentationDecl | tree.SplitDecl):
        whole = r.segmentation(first.text, first.span)
        return tuple(level.segment for level in whole.levels) if whole is not None else ()
    found = r.segment_named(names)
    return () if found is None else (found,)


class _Reader:
    """Reads the rows and expectations of one test."""

    def __init__(self, r: Resolver, declaration: tree.TestDecl) -> None:
        self.r = r
        self.clock = Clock(self._as_of(declaration.as_of), r.settings)
        self.named: dict[str, _Given] = {}

    def _as_of(self, node: tree.Value) -> datetime:
        clock = self.r.probe
        value = self.r.value(_nowhere(), node)
        found = value.value if isinstance(value, Const) else None
        if isinstance(found, datetime):
            return found
        return clock.day_start(found) if isinstance(found, date) else clock.now

    # --- rows ---------------------------------------------------------------------------------------

    def row(self, node: tree.TestRow) -> _Given | None:
        source = self._source(node)
        if source is None:
            return None
        given = _Given(node, source)
        if node.like is not None:
            self._copy(node.like, given)
        self._owner(given)
        for item in node.fields:
            self._field(given, item)
        self._settle(given)
        if node.name is not None:
            self._name(node.name, given)
        return given

    def _source(self, node: tree.TestRow) -> Source | None:
        name = node.source
        sources = self.r.catalog.sources
        source = sources.get(name.text)
        if source is not None and source.table is not None:
            return source
        if self.r.is_broken(name.text):
            return None
        helps: list[str] = []
        label = "not declared"
        if source is not None:
            label = "made of other events"
            made_of = _made_of(source)
            helps = [f"write a row of {' or '.join(f'`{item}`' for item in made_of)}"]
        known = [item.name for item in sources.values() if item.table is not None]
        self.r.report(
            codes.BAD_TEST_ROW,
            f"a test has no rows of `{name.text}`",
            name.span,
            label,
            helps=helps or self.r.did_you_mean(name.text, name.span, known),
        )
        return None

    def _copy(self, like: tree.Name, given: _Given) -> None:
        """`like`: the attributes of another row, but for its key (3.11)."""
        other = self._row_named(like)
        if other is None:
            return
        if other.source is not given.source:
            self.r.report(
                codes.WRONG_ENTITY,
                f"`{like.text}` is a row of `{other.source.name}`, not of `{given.source.name}`",
                like.span,
                "of another kind",
            )
            return
        keys = {key.name for key in given.source.key}
        given.values.update((k, v) for k, v in other.values.items() if k not in keys)
        given.parents.update(other.parents)
        given.copied = {*given.values, *given.parents}

    def _owner(self, given: _Given) -> None:
        """`purchase of anna`: the row that this one belongs to."""
        node, source = given.node, given.source
        owner = source.owner if isinstance(source, Event | Rows) else None
        if node.of is None:
            if owner is not None and owner not in given.parents:
                entity = owner.parent.name
                self.r.report(
                    codes.BAD_TEST_ROW,
                    f"a row of `{source.name}` says whose it is",
                    node.source.span,
                    f"belongs to a `{entity}`",
                    helps=[f"write `{source.name} of NAME`, the name of a row of `{entity}`"],
                )
            return
        parent = self._row_named(node.of)
        if parent is None:
            return
        links = [owner] if owner is not None else _links_down(parent.source, source)
        if len(links) == 1 and links[0].parent is parent.source:
            given.parents[links[0]] = node.of.text
            return
        wanted = f"`{owner.parent.name}`" if owner is not None else "a row that relates to it"
        self.r.report(
            codes.BAD_TEST_ROW,
            f"a row of `{source.name}` does not belong to one of `{parent.source.name}`",
            node.of.span,
            f"expected {wanted}" if len(links) < 2 else "over several relations",
            helps=[f"name the row inside: `{{ {name}: … }}`" for name in list(source.one)[:1]],
        )

    def _settle(self, given: _Given) -> None:
        """A row that it belongs to and a foreign key say the same thing: one of them, and no copy beside it."""
        node = given.node
        said = {item.name.text: item.name for item in node.fields}
        for link, label in list(given.parents.items()):
            for name in [name for name in given.values if _foreign(given.source, name, link)]:
                if name not in said:
                    del given.values[name]
                elif link in given.copied and link.name not in said and node.of is None:
                    given.parents.pop(link, None)
                else:
                    self.r.report(
                        codes.BAD_TEST_ROW,
                        f"`{name}` is the key of `{label}`, to which the row belongs",
                        said[name].span,
                        "said twice",
                        helps=[f"leave `{name}` out"],
                    )

    def _name(self, name: tree.Name, given: _Given) -> None:
        first = self.named.setdefault(name.text, given)
        if first is not given:
            assert first.node.name is not None
            self.r.report(
                codes.DUPLICATE_NAME,
                f"`{name.text}` is the name of another row of this test",
                name.span,
                "again here",
                more=[Label(first.node.name.span, "first here")],
            )
        elif given.node.times > 1:
            self.r.report(
                codes.BAD_TEST_ROW,
                f"`{name.text}` cannot name {given.node.times} rows",
                name.span,
                "one name for several rows",
                helps=["leave the name out, or write each row by itself"],
            )

    def _row_named(self, name: tree.Name) -> _Given | None:
        found = self.named.get(name.text)
        if found is None:
            self.r.report(
                codes.UNKNOWN_ROW,
                f"no row above is named `{name.text}`",
                name.span,
                "not named in this test" if name.text not in self.named else "",
                helps=self.r.did_you_mean(name.text, name.span, self.named),
            )
        return found

    # --- fields -------------------------------------------------------------------------------------

    def _field(self, given: _Given, item: tree.Field) -> None:
        source, name = given.source, item.name.text
        link = source.one.get(name)
        attribute = source.attributes.get(name) or _special(source, name)
        if link is not None and attribute is None:
            self._relation(given, link, item)
        elif attribute is not None and isinstance(attribute.storage, SETTABLE):
            value = self._value(attribute, item)
            if value is not NOT_CONSTANT:
                given.values[name] = value
        elif attribute is not None or self.r.is_derived(source, name):
            self.r.report(
                codes.BAD_TEST_ROW,
                f"`{name}` is worked out from other attributes",
                item.name.span,
                "nothing to set",
                helps=["set what it is made of"],
            )
        elif not self.r.is_broken(source.name):
            known = [*(k for k, a in source.attributes.items() if isinstance(a.storage, SETTABLE))]
            near = suggest(name, [*known, *source.one])
            self.r.report(
                codes.UNKNOWN_NAME,
                f"unknown attribute `{name}` of `{source.name}`",
                item.name.span,
                "not declared",
                more=[Label(source.span, "its attributes are declared here")],
                helps=self.r.did_you_mean(name, item.name.span, near),
            )

    def _relation(self, given: _Given, link: Link, item: tree.Field) -> None:
        node = item.values[0]
        if not isinstance(node, tree.Path) or len(node.parts) > 1 or item.is_list:
            self.r.report(
                codes.UNKNOWN_ROW,
                f"`{link.name}` is a relation to `{link.parent.name}`",
                node.span,
                "expected the name of a row of this test",
            )
            return
        parent = self._row_named(node.parts[0])
        if parent is not None and parent.source is link.parent:
            given.parents[link] = node.parts[0].text
        elif parent is not None:
            self.r.report(
                codes.WRONG_ENTITY,
                f"`{link.name}` is a `{link.parent.name}`, not a `{parent.source.name}`",
                node.span,
                "a row of another kind",
            )

    def _value(self, attribute: Attribute, item: tree.Field) -> object:
        """The value of a field as the attribute's type has it; `NOT_CONSTANT` after a diagnostic."""
        type_ = attribute.type
        if isinstance(type_, ListType):
            parts = [self._item(attribute.name, type_.item, node) for node in item.values]
            return NOT_CONSTANT if NOT_CONSTANT in parts else tuple(parts)
        if item.is_list:
            self.r.report(
                codes.TYPE_MISMATCH,
                f"`{attribute.name}` is {type_}, not a list",
                item.span,
                "a list",
            )
            return NOT_CONSTANT
        return self._item(attribute.name, type_, item.values[0])

    def _item(self, name: str, type_: Type, node: tree.Value) -> object:
        try:
            return self._read_item(name, type_, node)
        except (OutOfRangeError, NumberTooLargeError) as error:
            self.r.report(codes.TYPE_MISMATCH, str(error), node.span, "there is no such value")
            return NOT_CONSTANT

    def _read_item(self, name: str, type_: Type, node: tree.Value) -> object:
        """Raises `OutOfRangeError`, `NumberTooLargeError`."""
        node = _moment(node)
        if isinstance(node, tree.Path):
            text = ".".join(part.text for part in node.parts)
            self.r.report(
                codes.TYPE_MISMATCH,
                f"`{name}` is {type_}; `{text}` is a name",
                node.span,
                "not a value",
                helps=[f'write `"{text}"` if it is a text'] if type_.name != "bool" else [],
            )
            return NOT_CONSTANT
        if isinstance(node, tree.Aggregate | tree.Call | tree.Population):
            return self._not_constant(name, node)
        value = self.r.value(_nowhere(), node)
        if value.type == UNKNOWN:
            return NOT_CONSTANT
        if type_ == TIMESTAMP and value.type == DATE:
            value = DayStart(TIMESTAMP, value.span, value)
        elif type_ == DATE and value.type == TIMESTAMP and isinstance(node, tree.Ago):
            return self.clock.local_date(_instant(self.clock.constant(value)))
        if not comparisons.comparable(type_, value.type):
            self.r.report(codes.TYPE_MISMATCH, f"`{name}` is {type_}, not {value.type}", node.span)
            return NOT_CONSTANT
        shape = Const(type_, node.span, None)
        fits = type_ == value.type or (is_number(type_) and is_number(value.type))
        checked = value if fits else comparisons.list_item(self.r, node.span, shape, value)
        if checked is None:
            return NOT_CONSTANT
        found = self.clock.constant(checked)
        if found is NOT_CONSTANT:
            return self._not_constant(name, node)
        return self._as_type(name, type_, found, node.span)

    def _not_constant(self, name: str, node: tree.Value) -> object:
        self.r.report(
            codes.TYPE_MISMATCH, f"`{name}` is set to a constant", node.span, "not a constant"
        )
        return NOT_CONSTANT

    def _as_type(self, name: str, type_: Type, found: object, span: Span) -> object:
        if is_number(type_) and found is not None:
            converted = scalars.convert(found, type_)
            whole = type_.precision - type_.scale if isinstance(type_, DecimalType) else 38
            if type_.name != "float" and (
                scalars.exact(converted) != scalars.exact(found)
                or scalars.exact(converted).copy_abs() >= 10**whole
            ):
                self.r.report(
                    codes.TYPE_MISMATCH, f"`{name}` is {type_}", span, f"`{found}` does not fit"
                )
                return NOT_CONSTANT
            return converted
        return found

    # --- expectations -------------------------------------------------------------------------------

    def expectation(self, node: tree.Expect, targets: tuple[Segment, ...]) -> Expectation | None:
        names = tuple(target.name for target in targets)
        if node.within == "count":
            return Expectation("count", "", names, node.count or 0, node.span)
        assert node.subject is not None
        row = self._row_named(node.subject)
        if row is None or not targets:
            return None
        entity = targets[0].entity
        if row.source is not entity:
            self.r.report(
                codes.WRONG_ENTITY,
                f"`{node.subject.text}` is a row of `{row.source.name}`, the members are of `{entity.name}`",
                node.subject.span,
                "of another kind",
            )
            return None
        if node.level:
            names = self._level(node.level, names)
            if not names:
                return None
        return Expectation(node.within, node.subject.text, names, 0, node.span)

    def _level(self, names: tuple[tree.Name, ...], known: tuple[str, ...]) -> tuple[str, ...]:
        """`new` or `lifecycle.new`: a level of what is tested; `lifecycle`: any of them. Empty after a diagnostic."""
        text = ".".join(name.text for name in names)
        short = {name.rpartition(".")[2]: name for name in known if "." in name}
        if text in known or text in short:
            return (short.get(text, text),)
        if known[0].startswith(f"{text}."):  # the name of what is tested
            return known
        span = names[0].span.to(names[-1].span)
        self.r.report(
            codes.UNKNOWN_SEGMENT,
            f"`{text}` is no level of what is tested"
            if short
            else f"`{text}` is not what is tested",
            span,
            helps=self.r.did_you_mean(text, span, [*short, *known])
            or [f"write `expect {'NAME'} in {next(iter(short))}`" if short else "leave it out"],
        )
        return ()


def _moment(node: tree.Value) -> tree.Value:
    """`today`, `yesterday`, `now`: names to the grammar of fields, moments to people."""
    if isinstance(node, tree.Path) and len(node.parts) == 1:
        match node.parts[0].text:
            case "today":
                return tree.Today(span=node.span)
            case "yesterday":
                return tree.Yesterday(span=node.span)
            case "now":
                return tree.Now(span=node.span)
    return node


def _instant(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


def _nowhere() -> Scope:
    """The scope of a constant: no row whose attributes it could mention."""
    nothing = Row(0, Source("", Span("", 0, 0)))
    return Scope(nothing, 0, {})


def _foreign(source: Source, name: str, link: Link) -> bool:
    """Whether an attribute of a row is a column by which it belongs to another."""
    attribute = source.attributes.get(name)
    stored = attribute.storage if attribute is not None and link.child is source else None
    return isinstance(stored, Column) and len(stored.parts) == 1 and stored.parts[0] in link.columns


def _special(source: Source, name: str) -> Attribute | None:
    """The time of an event under `at`, whatever its column is called."""
    return source.at if isinstance(source, Event) and name == "at" else None


def _made_of(source: Source) -> list[str]:
    """The events with a table behind a subset, a union or groups."""
    if not isinstance(source, Event) or source.table is not None:
        return [source.name]
    below: Iterable[Source] = source.parts
    if source.base is not None:
        below = [source.base]
    elif source.groups is not None:
        below = [source.groups.base]
    return list(dict.fromkeys(name for item in below for name in _made_of(item)))


def _links_down(parent: Source, child: Source) -> list[Link]:
    """The relations that lead from a row of `parent` to rows of `child`, or up from those."""
    down = [link for link in parent.many.values() if link.child is child]
    return down or [link for link in child.one.values() if link.parent is parent]


# --- what has to be set -------------------------------------------------------------------------------


def _check_keys(r: Resolver, rows: list[_Given]) -> None:
    """Keys are unique (3.4); a table of versions has several rows of one."""
    first: dict[tuple[object, ...], _Given] = {}
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


def _check_unset(r: Resolver, rows: list[_Given], targets: tuple[Segment, ...]) -> None:
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
    r: Resolver, row: _Given, attribute: Attribute, at: Attribute | None, name: str
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


class Reads:
    """The stored attributes that conditions read, with what decides which rows exist."""

    def __init__(self) -> None:
        self.attributes: set[int] = set()
        self._entered: set[int] = set()
        self._kept: list[object] = []

    def enter(self, node: object) -> None:
        if isinstance(node, tuple):
            for item in node:
                self.enter(item)
            return
        if isinstance(node, Attribute):
            self._attribute(node)
        elif isinstance(node, Source):
            self.source(node)
        elif isinstance(node, Link):
            self.source(node.child)
            self.source(node.parent)
        elif is_dataclass(node) and id(node) not in self._entered:
            self._entered.add(id(node))
            self._kept.append(node)
            for item in fields(node):
                self.enter(getattr(node, item.name))

    def _attribute(self, attribute: Attribute) -> None:
        if id(attribute) in self.attributes:
            return
        self.attributes.add(id(attribute))
        stored = attribute.storage
        if isinstance(stored, FromParts | GroupMeasure) or hasattr(stored, "value"):
            self.enter(stored)

    def source(self, source: Source) -> None:
        """A source whose rows are asked: what its `only`, `where`, parts and groups read."""
        if id(source) in self._entered:
            return
        self._entered.add(id(source))
        self.enter(source.only)
        if isinstance(source, Event):
            self.enter(source.where)
            for part in (*source.parts, *([source.base] if source.base is not None else [])):
                self.source(part)
            if source.groups is not None:
                self.source(source.groups.base)
                self.enter(source.groups.by)
