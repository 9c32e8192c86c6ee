"""The model beside the catalogue: tables, columns and types; and what of each source can be asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from segql.database import codes
from segql.diagnostics import Code, Diagnostic, Fix, Label, suggest
from segql.engines.catalogue import (
    Kind,
    PhysicalColumn,
    PhysicalTable,
    find_table,
    holds_anything,
    is_unlimited,
)
from segql.engines.promises import stored_columns
from segql.model.nodes import (
    Attribute,
    Column,
    Entity,
    Event,
    InTable,
    Link,
    Model,
    Rows,
    Segment,
    Source,
    Table,
)
from segql.model.types import DecimalType, ListType, Type, is_number, is_text, is_time, scale_of
from segql.report.model_check import Finding
from segql.source import Span


@dataclass(slots=True)
class Sound:
    """A source whose table is there; `attributes` are those whose columns are there, of their type."""

    source: Source
    physical: PhysicalTable
    attributes: list[Attribute] = field(default_factory=list)
    has_history: bool = True
    """Start and end of its versions are there, where it has some."""
    complete: bool = True
    """Nothing is missing: also conditions and raw SQL over its rows can be asked."""

    @property
    def has_keys(self) -> bool:
        """Its keys are there."""
        return bool(self.source.key) and all(key in self.attributes for key in self.source.key)

    def has(self, *columns: str) -> bool:
        """Its table has all these columns, and they may be read."""
        found = map(self.physical.column, columns)
        return all(column is not None and column.readable for column in found)


class Shape:
    """Compares when it is made."""

    def __init__(
        self,
        model: Model,
        catalogue: Sequence[PhysicalTable],
        others: Sequence[str] = (),
        broken: Mapping[Table, str] | None = None,
        *,
        json_in_texts: bool = True,
    ) -> None:
        """`others` are names of tables that are there too, without a need to look at them; `broken`, why those
        cannot be read. `json_in_texts`: the dialect reads JSON that a text holds."""
        self._json_in_texts = json_in_texts
        self._catalogue = catalogue
        self._others = others
        self._broken = broken or {}
        self.findings: list[Finding] = []
        self.sound: dict[str, Sound] = {}
        self._missing: set[Table] = set()
        self._told: set[tuple[Table, str, str]] = set()
        self._wrong_keys = {
            key
            for source in model.sources.values()
            for key in source.key
            if not self._is_key_right(source, key)
        }
        """Keys of another type: what refers to them is of theirs, and not told once more."""
        for source in model.sources.values():
            if source.table is not None:
                self._source(source)
        for segment in model.segments.values():
            self._lists(segment)

    def _unused(self) -> list[str]:
        """The other tables, but for those that the model has under a longer name."""
        used = {item.table.parts[-1].casefold() for item in self._catalogue}
        return [name for name in self._others if name.rpartition(".")[2].casefold() not in used]

    def has(self, table: Table, column: str) -> bool:
        """There is such a column, and it may be read."""
        physical = find_table(self._catalogue, table)
        found = physical.column(column) if physical is not None else None
        return found is not None and found.readable

    # --- sources ----------------------------------------------------------------------------------

    def _source(self, source: Source) -> None:
        assert source.table is not None
        physical = self._table(source.table, source.name, source.span)
        if physical is None:
            return
        sound = self.sound[source.name] = Sound(source, physical)
        if isinstance(source, Entity):
            for attribute in (source.created, *(source.history or ())):
                if attribute is not None and not self._attribute(source, attribute):
                    sound.complete = False
                    sound.has_history &= attribute not in (source.history or ())
        for attribute in dict.fromkeys(source.attributes.values()):
            if self._attribute(source, attribute):
                sound.attributes.append(attribute)
            else:
                sound.complete = False
        for link in _links(source):
            self._link(link)

    def _is_key_right(self, source: Source, key: Attribute) -> bool:
        physical = find_table(self._catalogue, source.table) if source.table is not None else None
        if physical is None or not isinstance(key.storage, Column):
            return True
        column = physical.column(key.storage.parts[0])
        return column is None or self._fits(column, key.type)

    def _attribute(self, source: Source, attribute: Attribute) -> bool:
        good = True
        stored = list(stored_columns(source, attribute))
        way_out, parent = "", _key_of(source, attribute)
        if parent is not None:
            name, key = parent
            if key in self._wrong_keys and all(self.has(item[0], item[1]) for item in stored):
                return False
            way_out = f"the key `{key.name}` of `{name}` is `{key.type}`: ask a view that converts the column"
        for table, column, type_, zone in stored:
            physical = self._table(table, source.name, attribute.span)
            if physical is None:
                good = False
            elif column:
                declared = f'{type_} in "{zone}"' if zone else str(type_)
                place = source, attribute.span
                good &= self._column(physical, column, type_, declared, *place, way_out=way_out)
        return good

    def _link(self, link: Link) -> None:
        table = link.child.table
        physical = find_table(self._catalogue, table) if table is not None else None
        if physical is None or not physical.readable:
            return
        for column, key in zip(link.columns, link.parent.key, strict=False):
            if column not in link.child.attributes and key not in self._wrong_keys:
                self._column(physical, column, key.type, str(key.type), link.child, link.span)

    def _lists(self, segment: Segment) -> None:
        for line in segment.lines:
            if isinstance(line, InTable):
                physical = self._table(line.table, segment.name, segment.span)
                if physical is not None and physical.column(line.column) is None:
                    self._no_column(physical, line.column, segment.name, segment.span)

    def _holds_json(self, kind: Kind) -> bool:
        return kind == "json" or (self._json_in_texts and _is_text(kind))

    # --- findings ---------------------------------------------------------------------------------

    def _table(self, table: Table, source: str, span: Span) -> PhysicalTable | None:
        physical = find_table(self._catalogue, table)
        if physical is None and table not in self._missing:
            self._missing.add(table)
            if table in self._broken:
                helps = ["write the file again, or leave it out of `files`"]
                self._add(codes.NOT_ANSWERED, self._broken[table], source, span, "", helps)
                return None
            names = sorted({*(str(item.table) for item in self._catalogue), *self._unused()})
            near = suggest(str(table), names)
            helps = [f"did you mean `{name}`?" for name in near]
            if not near:
                some = ", ".join(f"`{name}`" for name in names[:12])
                helps = [f"the tables are {some}" if some else "there are no tables"]
            self._add(codes.MISSING_TABLE, f"there is no table `{table}`", source, span, "", helps)
        if physical is not None and not physical.readable:
            self._forbidden(table, f"the table `{table}`", source, span)
            return None
        return physical

    def _forbidden(self, table: Table, what: str, source: str, span: Span) -> None:
        if (table, what, "") not in self._told:
            self._told.add((table, what, ""))
            message = f"the user of the connection may not read {what}"
            helps = ["ask for the right to `SELECT` it, or choose a connection that has it"]
            self._add(codes.NO_PERMISSION, message, source, span, "", helps)

    def _column(
        self,
        physical: PhysicalTable,
        name: str,
        type_: Type | None,
        declared: str,
        source: Source,
        span: Span,
        *,
        way_out: str = "",
    ) -> bool:
        """Whether the column is there and fits. `type_` None: JSON, a struct, or a text with JSON in it."""
        column = physical.column(name)
        if column is None:
            self._no_column(physical, name, source.name, span)
            return False
        if not column.readable:
            what = f"the column `{name}` of the table `{physical.table}`"
            self._forbidden(physical.table, what, source.name, span)
            return False
        fits = self._holds_json(column.kind) if type_ is None else self._fits(column, type_)
        if not fits and (physical.table, name.casefold(), declared) not in self._told:
            self._told.add((physical.table, name.casefold(), declared))
            wanted = "JSON" if type_ is None else f"`{declared}`"
            self._add(
                codes.WRONG_TYPE,
                f"the column `{name}` of the table `{physical.table}` is not {wanted}",
                source.name,
                span,
                f"expected {wanted}, it is `{column.type.lower()}`",
                [way_out] if way_out else _ways_out(name, type_, column.kind),
            )
        return fits

    @staticmethod
    def _fits(column: PhysicalColumn, type_: Type) -> bool:
        any_number = is_unlimited(column.type) and type_.name in ("int", "decimal")
        any_list = holds_anything(column.type) and isinstance(type_, ListType)
        return any_number or any_list or _fits(type_, column.kind)

    def _no_column(self, physical: PhysicalTable, name: str, source: str, span: Span) -> None:
        if (physical.table, name.casefold(), "") in self._told:
            return
        self._told.add((physical.table, name.casefold(), ""))
        names = [column.name for column in physical.columns]
        near = suggest(name, names)
        some = ", ".join(f"`{item}`" for item in names[:12]) + (", …" if len(names) > 12 else "")
        helps = [f"did you mean `{item}`?" for item in near] or [f"the columns are {some}"]
        message = f"there is no column `{name}` in the table `{physical.table}`"
        self._add(codes.MISSING_COLUMN, message, source, span, "", helps)

    def _add(
        self,
        code: Code,
        message: str,
        source: str,
        span: Span,
        label: str = "",
        helps: Sequence[str] = (),
    ) -> None:
        fault = Diagnostic(code, message, (Label(span, label),), helps=tuple(map(Fix, helps)))
        self.findings.append(Finding(fault, source, 1))


def _key_of(source: Source, attribute: Attribute) -> tuple[str, Attribute] | None:
    """The source, and its key, that the column of an attribute refers to."""
    owner = source.owner if isinstance(source, Event | Rows) else None
    for link in (*([owner] if owner else []), *_links(source)):
        if link.child.name == source.name and link.parent.name != source.name:
            for column, key in zip(link.columns, link.parent.key, strict=False):
                if source.attributes.get(column) == attribute:
                    return link.parent.name, key
    return None


def _links(source: Source) -> Iterator[Link]:
    yield from source.one.values()
    yield from source.many.values()


def _ways_out(name: str, declared: Type | None, kind: Kind) -> list[str]:
    """What to do about a column `name` that is not as declared."""
    if declared is None:
        return ["ask a view that makes a VARIANT of it: `PARSE_JSON`"] if _is_text(kind) else []
    if kind is None:
        return [f"segql has no such type: ask a view that makes a `{declared}` of it"]
    if not isinstance(kind, Type):
        return [f"say what in it is meant: `column {name}.…`"]
    if is_time(declared) and not is_time(kind):
        return [f"declare it `{kind}`, or ask a view that makes a `{declared.name}` of it"]
    return [f"declare it `{kind}`"]


def _is_text(kind: Kind) -> bool:
    return isinstance(kind, Type) and is_text(kind)


def _fits(declared: Type, kind: Kind) -> bool:
    """Whether reading a column as declared loses nothing and needs no guess (3.4: widening casts)."""
    if not isinstance(kind, Type):
        return False
    if isinstance(declared, ListType):
        return isinstance(kind, ListType) and _fits(declared.item, kind.item)
    if is_text(declared):
        return is_text(kind)
    if declared.name == "float":
        return is_number(kind)
    if isinstance(declared, DecimalType):
        return kind.name == "int" or (
            isinstance(kind, DecimalType) and scale_of(kind) <= scale_of(declared)
        )
    return declared.name == kind.name
