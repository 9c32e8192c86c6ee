"""From declarations to sources: tables, keys, attributes and links; expressions stay for the resolver.

Everything here needs no expression to be resolved, so that any definition can then mention any source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from segql.diagnostics import Diagnostics, Label, suggest
from segql.model import codes
from segql.model.nodes import (
    Attribute,
    ChangeLog,
    ChildTable,
    Column,
    Entity,
    Event,
    Link,
    PointColumns,
    Rows,
    Settings,
    Source,
    SplitText,
    SqlText,
    Storage,
    Table,
)
from segql.model.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    MAX_PRECISION,
    POINT,
    TEXT,
    TIMESTAMP,
    UNKNOWN,
    Type,
    decimal,
    enum,
    is_time,
    list_of,
)
from segql.source import Span
from segql.syntax import tree

LONGEST_NAME = 63

SIMPLE = {
    "bool": BOOL,
    "int": INT,
    "float": FLOAT,
    "text": TEXT,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "duration": DURATION,
    "point": POINT,
}

SourceDecl = tree.EntityDecl | tree.EventDecl | tree.EventSubset | tree.EventUnion | tree.RowsDecl


Combined = tree.EventSubset | tree.EventUnion | tree.EventGroups


@dataclass(frozen=True, slots=True)
class Late:
    """An event that groups rows, or a subset or union of such: filled once expressions can be resolved."""

    source: Event
    parts: tuple[Event, ...]
    declaration: Combined


class Catalog:
    """All sources of a project, built in two steps: `declare` all, then `link` them.

    What is wrong goes to `diagnostics`; a source with faults still stands, as far as it is known.
    """

    def __init__(
        self, settings: Settings, diagnostics: Diagnostics, broken: Iterable[str] = ()
    ) -> None:
        self.settings = settings
        self.diagnostics = diagnostics
        self.sources: dict[str, Source] = {}
        self.declarations: dict[str, tree.Declaration] = {}
        self.late: list[Late] = []
        """Events that group rows, with their base: the resolver gives them attributes."""
        self.broken = set(broken)
        """Names reported where they are declared: unread, or without the entity or event they rest on."""
        self.unlinked: dict[str, str] = {}
        """Relations, as `source.relation`, that were reported or lead to what was: their targets."""

    # --- declare --------------------------------------------------------------------------------

    def declare(self, declarations: Iterable[tree.Declaration]) -> list[tree.Declaration]:
        """Take every declaration's name; returns those that stand (the first of each name)."""
        standing: list[tree.Declaration] = []
        for declaration in declarations:
            name = declaration.name
            if name is None:
                standing.append(declaration)
                continue
            self._check_lengths(declaration)
            first = self.declarations.get(name.text)
            if first is not None:
                assert first.name is not None
                self.diagnostics.report(
                    codes.DUPLICATE_NAME,
                    f"`{name.text}` is declared twice",
                    name.span,
                    "declared again",
                    more=[Label(first.name.span, "first declared here")],
                    helps=["names are shared by all files of a project: rename one of them"],
                )
                continue
            self.declarations[name.text] = declaration
            standing.append(declaration)
            source = self._empty(declaration)
            if source is not None:
                self.sources[name.text] = source
        return standing

    def _check_lengths(self, declaration: tree.Declaration) -> None:
        """Postgres cuts what is longer, so that two names could become one."""
        groups = (getattr(declaration, label, ()) for label in ("members", "levels", "parts"))
        for node in (declaration, *(part for group in groups for part in group)):
            name = getattr(node, "name", None)
            if isinstance(name, tree.Name) and len(name.text) > LONGEST_NAME:
                column = isinstance(node, tree.AttributeMember)
                self.diagnostics.report(
                    codes.LONG_NAME,
                    f"a name has at most {LONGEST_NAME} characters",
                    name.span,
                    f"this one has {len(name.text):_}",
                    helps=["write a shorter one, and the column behind its type"] if column else [],
                )

    @staticmethod
    def _empty(declaration: tree.Declaration) -> Source | None:
        match declaration:
            case tree.EntityDecl(name=tree.Name() as name):
                return Entity(name.text, name.span, _text(declaration.doc))
            case tree.EventDecl(name=tree.Name() as name):
                return Event(name.text, name.span, _text(declaration.doc))
            case tree.EventSubset(name=tree.Name() as name):
                return Event(name.text, name.span)
            case (
                tree.EventUnion(name=tree.Name() as name)
                | tree.EventGroups(name=tree.Name() as name)
            ):
                return Event(name.text, name.span)
            case tree.RowsDecl(name=tree.Name() as name):
                return Rows(name.text, name.span, _text(declaration.doc))
        return None

    # --- link -----------------------------------------------------------------------------------

    def link(self) -> None:
        """Fill every source: own members first (keys must be known), then links, subsets and unions."""
        for name, source in self.sources.items():
            declaration = self.declarations[name]
            if isinstance(declaration, tree.EntityDecl | tree.EventDecl | tree.RowsDecl):
                self._own_members(source, declaration)
        self._type_logs()
        for name, source in self.sources.items():
            declaration = self.declarations[name]
            if isinstance(declaration, tree.EventDecl | tree.RowsDecl):
                assert isinstance(source, Event | Rows)
                self._owner(source, declaration)
        for name, source in self.sources.items():
            declaration = self.declarations[name]
            if isinstance(declaration, tree.EntityDecl | tree.EventDecl | tree.RowsDecl):
                self._relations(source, declaration)
        done: set[str] = set()
        for name in self.sources:
            self._combined(name, done, ())

    # --- members --------------------------------------------------------------------------------

    def _own_members(
        self, source: Source, declaration: tree.EntityDecl | tree.EventDecl | tree.RowsDecl
    ) -> None:
        # the parser has seen to it that each member stands where it may, and once
        for member in declaration.members:
            self._member(source, member)
        if isinstance(source, Entity):
            for attribute in (source.created, *(source.history or ())):
                if attribute is not None:
                    _type_as_declared(source, attribute)

    def _type_logs(self) -> None:
        """The time of a change log is of the type that any source over its table declares for the column."""
        declared: dict[tuple[Table, tuple[str, ...]], Attribute] = {}
        for source in self.sources.values():
            for attribute in source.attributes.values():
                if (
                    source.table is not None
                    and isinstance(attribute.storage, Column)
                    and is_time(attribute.type)
                ):
                    declared.setdefault((source.table, attribute.storage.parts), attribute)
        for source in self.sources.values():
            for attribute in source.attributes.values():
                log = attribute.storage
                if isinstance(log, ChangeLog):
                    time = declared.get((log.table, log.at.parts))
                    if time is not None and isinstance(time.storage, Column):
                        attribute.storage = replace(log, at=time.storage, at_type=time.type)

    def _member(self, source: Source, member: tree.Member) -> None:
        match member:
            case tree.TableMember():
                source.table = table_of(member.table)
            case tree.KeyMember():
                key = tuple(
                    attribute
                    for column in member.columns
                    if (attribute := self._attribute(source, column)) is not None
                )
                for attribute in key:
                    if attribute.type.name in ("list", "point", "float"):
                        self.diagnostics.report(
                            codes.BAD_TYPE,
                            f"a key cannot be a {attribute.type.name}",
                            attribute.span,
                            "must be told apart exactly",
                        )
                source.key = key
            case tree.AtMember() if isinstance(source, Event):
                self._at(source, member)
            case tree.CreatedMember() if isinstance(source, Entity):
                source.created = Attribute(
                    "created", TIMESTAMP, True, self._column(member.column), member.span
                )
            case tree.AttributeMember():
                self._attribute(source, member)
            case tree.HistoryMember() if isinstance(source, Entity):
                valid_from, valid_to = (
                    Attribute(name, TIMESTAMP, True, Column((column.text,)), column.span)
                    for name, column in (
                        ("valid_from", member.valid_from),
                        ("valid_to", member.valid_to),
                    )
                )
                source.history = (valid_from, valid_to)
            case tree.DerivedMember():
                self._name_is_free(source, member.name)
                # its value is the resolver's
            case _:
                pass  # on, only and relations need the other sources

    def _at(self, source: Event, member: tree.AtMember) -> None:
        type_, _ = self.type_of(member.type)
        if not is_time(type_):
            if type_ != UNKNOWN:
                self.diagnostics.report(
                    codes.NOT_A_TIME,
                    f"the time of event `{source.name}` must be a timestamp or a date",
                    member.type.span,
                    f"is {type_}",
                )
            type_ = TIMESTAMP
        column = self._column(member.column, member.type)
        attribute = Attribute("at", type_, False, column, member.span)
        source.at = attribute
        source.attributes["at"] = attribute
        name = column.parts[-1]
        if name.isidentifier():
            source.attributes.setdefault(name, attribute)

    def _attribute(self, source: Source, member: tree.AttributeMember) -> Attribute | None:
        if not self._name_is_free(source, member.name):
            return None
        type_, nullable = self.type_of(member.type)
        storage = self._storage(member)
        attribute = Attribute(member.name.text, type_, nullable, storage, member.name.span)
        source.attributes[member.name.text] = attribute
        return attribute

    def _name_is_free(self, source: Source, name: tree.Name) -> bool:
        other = source.attributes.get(name.text)
        if other is None or other is getattr(source, "at", None):
            return True
        self.diagnostics.report(
            codes.DUPLICATE_MEMBER,
            f"`{name.text}` is declared twice in `{source.name}`",
            name.span,
            "declared again",
            more=[Label(other.span, "first declared here")],
        )
        return False

    # --- storage and types ------------------------------------------------------------------------

    def _storage(self, member: tree.AttributeMember) -> Storage:
        type_ = member.type
        if member.history is not None:
            log = member.history
            on = tuple(name.text for name in log.on)
            column = Column((log.column.text,), _zone(type_))
            return ChangeLog(table_of(log.table), column, on, Column((log.at.text,)))
        if member.sql is not None:
            return SqlText(member.sql.value, self.settings.sql_dialect)
        if type_.child_table is not None and type_.child_column is not None:
            on = tuple(name.text for name in type_.child_on)
            return ChildTable(table_of(type_.child_table), type_.child_column.text, on)
        if type_.name == "point" and len(type_.columns) == 2:
            latitude, longitude = (self._column(path) for path in type_.columns)
            return PointColumns(latitude, longitude)
        column = (
            self._column(member.column, type_)
            if member.column is not None
            else Column((member.name.text,), _zone(type_))
        )
        if type_.split is not None:
            return SplitText(column, type_.split.value)
        return column

    def _column(self, path: tree.ColumnPath, type_: tree.TypeNode | None = None) -> Column:
        return Column(tuple(part.text for part in path.parts), _zone(type_) if type_ else None)

    def type_of(self, node: tree.TypeNode) -> tuple[Type, bool]:
        """The type that is written, and whether a row may have no value."""
        return self._type(node), node.optional

    def _type(self, node: tree.TypeNode) -> Type:
        if node.zone is not None:
            self._check_zone(node.zone)
        if node.name == "decimal":
            return self._decimal(node)
        if node.name == "enum":
            return self._enum(node)
        if node.name == "list":
            item = self._type(node.item) if node.item is not None else TEXT
            if item.name in ("list", "point"):
                self._bad_type(node.span, f"a list of {item.name}s is not a type")
                return UNKNOWN
            return list_of(item)
        simple = SIMPLE.get(node.name)
        if simple is None:
            # the parser has reported it; `window` and `event` are types of parameters only
            if node.name in ("window", "event"):
                self._bad_type(node.span, f"`{node.name}` is a type of parameters only")
            return UNKNOWN
        return simple

    def _decimal(self, node: tree.TypeNode) -> Type:
        precision = 18 if node.precision is None else node.precision
        scale = (4 if node.precision is None else 0) if node.scale is None else node.scale
        if not (1 <= precision <= MAX_PRECISION and 0 <= scale <= precision):
            self._bad_type(
                node.span,
                f"decimal({precision}, {scale}) does not exist: 1 to 38 digits, of which the scale is a part",
            )
            return UNKNOWN
        return decimal(precision, scale)

    def _enum(self, node: tree.TypeNode) -> Type:
        values: dict[str, tree.Text] = {}
        for text in node.values:
            if text.value in values:
                self._bad_type(text.span, f'"{text.value}" stands twice in the enum')
            values[text.value] = text
        return enum(*values, ordered=node.ordered)

    def _bad_type(self, span: Span, message: str) -> None:
        self.diagnostics.report(codes.BAD_TYPE, message, span)

    def _check_zone(self, zone: tree.Text) -> None:
        try:
            ZoneInfo(zone.value)
        except (KeyError, ValueError, OSError):
            self.diagnostics.report(
                codes.BAD_TYPE,
                f"unknown time zone `{zone.value}`",
                zone.span,
                "not in the time zone database",
                helps=['write a name such as "Europe/Warsaw"'],
            )

    # --- links ----------------------------------------------------------------------------------

    def entity(self, name: tree.Name, user: str) -> Entity | None:
        """The entity of that name, or a diagnostic and None."""
        found = self.sources.get(name.text)
        if isinstance(found, Entity):
            return found
        if name.text in self.broken:
            return None
        names = [key for key, source in self.sources.items() if isinstance(source, Entity)]
        label = "declared, but not an entity" if name.text in self.declarations else "not declared"
        self.diagnostics.report(
            codes.UNKNOWN_ENTITY,
            f"`{user}` refers to an unknown entity `{name.text}`",
            name.span,
            label,
            helps=[f"did you mean `{near}`?" for near in suggest(name.text, names)],
        )
        return None

    def _owner(self, source: Event | Rows, declaration: tree.EventDecl | tree.RowsDecl) -> None:
        entity = self.entity(declaration.entity, source.name)
        columns = next((m for m in declaration.members if isinstance(m, tree.OnMember)), None)
        if entity is None or columns is None:
            self.broken.add(source.name)
            return
        names = tuple(column.text for column in columns.columns)
        if not self._fits_key(source.name, names, entity, columns.span):
            self.broken.add(source.name)
            return
        source.owner = Link(source.name, source, names, entity, columns.span)
        entity.many[source.name] = source.owner
        self._key_attributes(source, names, entity, columns.columns, nullable=False)

    def _key_attributes(
        self,
        source: Source,
        columns: tuple[str, ...],
        parent: Source,
        names: tuple[tree.Name, ...],
        *,
        nullable: bool,
    ) -> None:
        """`on` columns are attributes too, of the type of the key that they refer to."""
        for column, key, name in zip(columns, parent.key, names, strict=False):
            if column not in source.attributes and column.isidentifier():
                source.attributes[column] = Attribute(
                    column, key.type, nullable, Column((column,)), name.span
                )

    def _fits_key(self, name: str, columns: tuple[str, ...], parent: Source, span: Span) -> bool:
        if not parent.key or len(columns) == len(parent.key):
            return bool(parent.key)
        key = ", ".join(attribute.name for attribute in parent.key)
        self.diagnostics.report(
            codes.BAD_KEY,
            f"`{name}` names {len(columns)} of the {len(parent.key)} key columns of `{parent.name}`",
            span,
            f"the key is ({key})",
            more=[Label(parent.span, "declared here")],
        )
        return False

    def _relations(
        self, source: Source, declaration: tree.EntityDecl | tree.EventDecl | tree.RowsDecl
    ) -> None:
        for member in declaration.members:
            if not isinstance(member, tree.RelationMember):
                continue
            name = member.name.text
            if name in source.one or name in source.many or name in source.attributes:
                self.diagnostics.report(
                    codes.DUPLICATE_MEMBER,
                    f"`{name}` is declared twice in `{source.name}`",
                    member.name.span,
                    "declared again",
                )
                continue
            columns = tuple(column.text for column in member.columns)
            if member.many:
                self._many(source, member, columns)
            else:
                self._one(source, member, columns)
            if name not in source.one and name not in source.many:
                self.unlinked[f"{source.name}.{name}"] = member.target.text

    def _one(self, source: Source, member: tree.RelationMember, columns: tuple[str, ...]) -> None:
        target = self.entity(member.target, source.name)
        if target is None or not self._fits_key(member.name.text, columns, target, member.span):
            return
        source.one[member.name.text] = Link(
            member.name.text, source, columns, target, member.name.span
        )
        self._key_attributes(source, columns, target, member.columns, nullable=True)

    def _many(self, source: Source, member: tree.RelationMember, columns: tuple[str, ...]) -> None:
        target = self.sources.get(member.target.text)
        if target is None and member.target.text in self.broken:
            return
        if target is None:
            self.diagnostics.report(
                codes.UNKNOWN_ENTITY,
                f"`{source.name}` refers to unknown `{member.target.text}`",
                member.target.span,
                "not declared",
                helps=[
                    f"did you mean `{near}`?" for near in suggest(member.target.text, self.sources)
                ],
            )
            return
        if not self._fits_key(member.name.text, columns, source, member.span):
            return
        source.many[member.name.text] = Link(
            member.name.text, target, columns, source, member.name.span
        )

    # --- subsets and unions -----------------------------------------------------------------------

    def _combined(self, name: str, done: set[str], path: tuple[str, ...]) -> None:
        """Fill a subset or union after the events that it is made of."""
        declaration = self.declarations[name]
        if name in done or not isinstance(declaration, Combined):
            return
        parts = (
            declaration.parts if isinstance(declaration, tree.EventUnion) else (declaration.base,)
        )
        if name in path:
            chain = " -> ".join([*path[path.index(name) :], name])
            self.diagnostics.report(
                codes.CYCLE, f"event `{name}` is made of itself", parts[0].span, chain
            )
            done.add(name)
            self.broken.add(name)
            return
        events: list[Event] = []
        for part in parts:
            event = self.sources.get(part.text)
            if isinstance(event, Event):
                self._combined(part.text, done, (*path, name))
                events.append(event)
                continue
            if part.text in self.broken:
                continue
            names = [key for key, item in self.sources.items() if isinstance(item, Event)]
            self.diagnostics.report(
                codes.UNKNOWN_EVENT,
                f"`{name}` is made of an unknown event `{part.text}`",
                part.span,
                "not an event",
                helps=[f"did you mean `{near}`?" for near in suggest(part.text, names)],
            )
        done.add(name)
        source = self.sources[name]
        entity = self.entity(declaration.entity, name)
        assert isinstance(source, Event)
        if entity is None or len(events) != len(parts) or any(e.owner is None for e in events):
            self.broken.add(name)
            return
        for part, event in zip(parts, events, strict=True):
            assert event.owner is not None
            if event.owner.parent is not entity:
                self.diagnostics.report(
                    codes.WRONG_ENTITY,
                    f"`{name}` is an event of `{entity.name}`, `{part.text}` of `{event.owner.parent.name}`",
                    part.span,
                    "of another entity",
                )
                self.broken.add(name)
                return
        if isinstance(declaration, tree.EventGroups):
            first = events[0].owner
            assert first is not None
            source.owner = entity.many[name] = Link(
                name, source, first.columns, entity, source.span
            )
            self.late.append(Late(source, tuple(events), declaration))
            return
        late = Late(source, tuple(events), declaration)
        waits = any(event is other.source for event in events for other in self.late)
        if waits:
            self.late.append(late)
        else:
            self.fill(late)
        if (source.at is None and not waits) or events[0].owner is None:
            self.broken.add(name)
            return
        columns = events[0].owner.columns
        link = Link(name, source, columns, entity, source.span)
        source.owner = entity.many[name] = link

    def fill(self, late: Late) -> None:
        """Give a subset or union what it has of its parts, which are filled."""
        if isinstance(late.declaration, tree.EventUnion):
            self._union(late.source, late.parts, late.declaration.parts)
        else:
            self._subset(late.source, late.parts[0])

    @staticmethod
    def refill(late: Late) -> None:
        """The same once the attributes of the parts are complete."""
        from segql.model.unions import shared_attributes

        source = late.source
        if source.parts:
            for name, attribute in shared_attributes(source.parts, source.span).items():
                source.attributes.setdefault(name, attribute)
        elif source.base is not None:
            source.attributes.update(source.base.attributes)

    @staticmethod
    def _subset(source: Event, base: Event) -> None:
        source.base = base
        source.at = base.at
        source.key = base.key
        source.attributes = dict(base.attributes)
        source.one = base.one
        source.many = base.many

    def _union(self, source: Event, parts: tuple[Event, ...], names: tuple[tree.Name, ...]) -> None:
        from segql.model.unions import shared_attributes

        types = {event.at.type for event in parts if event.at is not None}
        if len(types) > 1:
            self.diagnostics.report(
                codes.TYPE_MISMATCH,
                f"`{source.name}` unites events with dates and events with timestamps",
                names[0].span,
                "times must be of one type",
            )
            return
        source.parts = parts
        source.attributes = shared_attributes(parts, source.span)
        source.at = source.attributes.get("at")


def _type_as_declared(source: Entity, time: Attribute) -> None:
    """`created` and `history` name columns only: their types, and zones, are those of attributes over them."""
    assert isinstance(time.storage, Column)
    for attribute in source.attributes.values():
        storage = attribute.storage
        if isinstance(storage, Column) and storage.parts == time.storage.parts:
            if is_time(attribute.type):
                time.type, time.storage = attribute.type, storage
            return


def _zone(node: tree.TypeNode) -> str | None:
    return node.zone.value if node.zone is not None else None


def _text(node: tree.Text | None) -> str:
    return node.value if node is not None else ""


def table_of(node: tree.TableName) -> Table:
    return Table(tuple(part.text for part in node.parts))
