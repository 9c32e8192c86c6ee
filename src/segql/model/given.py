"""The rows of a `test` block: what is given (2.2, 3.11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from segql.diagnostics import Label, suggest
from segql.model import codes, comparisons, scalars
from segql.model.clock import NOT_CONSTANT, Clock, OutOfRangeError
from segql.model.nodes import (
    Attribute,
    CaseRow,
    ChangeLog,
    ChildTable,
    Column,
    Const,
    DayStart,
    Event,
    Link,
    PointColumns,
    Row,
    Rows,
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
class Given:
    """A row as it is written, once its names are known."""

    node: tree.TestRow
    source: Source
    values: dict[str, object] = field(default_factory=dict)
    parents: dict[Link, str] = field(default_factory=dict)
    copied: set[Link | str] = field(default_factory=set)
    """What `like` gave and the row does not say itself."""

    def as_case(self) -> CaseRow:
        node = self.node
        name = node.name.text if node.name is not None else ""
        values, parents = tuple(self.values.items()), tuple(self.parents.items())
        return CaseRow(self.source, name, values, parents, node.times, node.span)


class RowReader:
    """Reads the rows of one test, which may name one another."""

    def __init__(self, r: Resolver, clock: Clock) -> None:
        self.r = r
        self.clock = clock
        self._named: dict[str, Given] = {}

    # --- rows ---------------------------------------------------------------------------------------

    def row(self, node: tree.TestRow) -> Given | None:
        source = self._source(node)
        if source is None:
            return None
        given = Given(node, source)
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

    def _copy(self, like: tree.Name, given: Given) -> None:
        """`like`: the attributes of another row, but for its key (3.11)."""
        other = self.named(like)
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

    def _owner(self, given: Given) -> None:
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
        parent = self.named(node.of)
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

    def _settle(self, given: Given) -> None:
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

    def _name(self, name: tree.Name, given: Given) -> None:
        first = self._named.setdefault(name.text, given)
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

    def named(self, name: tree.Name) -> Given | None:
        found = self._named.get(name.text)
        if found is None:
            self.r.report(
                codes.UNKNOWN_ROW,
                f"no row above is named `{name.text}`",
                name.span,
                "not named in this test",
                helps=self.r.did_you_mean(name.text, name.span, self._named),
            )
        return found

    # --- fields -------------------------------------------------------------------------------------

    def _field(self, given: Given, item: tree.Field) -> None:
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

    def _relation(self, given: Given, link: Link, item: tree.Field) -> None:
        node = item.values[0]
        if not isinstance(node, tree.Path) or len(node.parts) > 1 or item.is_list:
            self.r.report(
                codes.UNKNOWN_ROW,
                f"`{link.name}` is a relation to `{link.parent.name}`",
                node.span,
                "expected the name of a row of this test",
            )
            return
        parent = self.named(node.parts[0])
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
        value = self.r.value(nowhere(), node)
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


def nowhere() -> Scope:
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
