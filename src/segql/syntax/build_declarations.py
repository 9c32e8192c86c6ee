"""The tree out of the parser: declarations, members and types."""

from __future__ import annotations

from typing import Any, Final

from segql.diagnostics import Edit, Fix, suggest
from segql.syntax import codes, tree
from segql.syntax.build_events import EventBuilder
from segql.syntax.builder import Children
from segql.syntax.words import RESERVED, words

SCALAR_TYPES: Final = words("bool int decimal float text date timestamp duration")
PARAMETER_TYPES: Final = SCALAR_TYPES | {"window", "list", "event"}
#: Names of types elsewhere, and what they are called here.
OTHER_TYPES: Final = {
    "integer": "int", "bigint": "int", "smallint": "int", "long": "int", "number": "decimal",
    "numeric": "decimal", "money": "decimal", "double": "float", "real": "float",
    "string": "text", "str": "text", "varchar": "text", "char": "text", "boolean": "bool",
    "datetime": "timestamp", "timestamptz": "timestamp", "time": "timestamp",
    "interval": "duration", "array": "list of text", "json": "text column name.path",
}  # fmt: skip


class DeclarationBuilder(EventBuilder):
    """Methods for the rules under "declarations" down to types and traits."""

    def declared(self, name: tree.Name) -> tree.Name:
        """A name that is declared here: no reserved word."""
        if name.text in RESERVED and not name.quoted:
            self.report(
                codes.RESERVED_NAME,
                f"`{name.text}` is a reserved word",
                name.span,
                "cannot be declared as a name",
                f"choose another name, for instance `{name.text}_`; for a column of that name "
                f"write `{name.text}_: … column {name.text}`",
            )
        return name

    # --- entities, events, rows -----------------------------------------------------------------

    def members(self, c: Children, start: int, end: int) -> tuple[tree.Member, ...]:
        once: dict[type[tree.Member], tree.Member] = {}
        for member in c:
            kind = type(member)
            if kind in _ONCE and kind in once:
                self.diagnostics.report(
                    codes.MISSING_PART,
                    f"`{_ONCE[kind]}` stands twice",
                    member.span,
                    "the second one",
                )
            once[kind] = member
        return tuple(c)

    def entity(self, c: Children, start: int, end: int) -> tree.EntityDecl:
        name, doc, members = c
        self._require(name, "entity", members, tree.TableMember, tree.KeyMember)
        self._refuse(members, "an entity", tree.OnMember, tree.AtMember)
        return tree.EntityDecl(
            span=self.span(start, end), name=self.declared(name), doc=doc, members=members
        )

    def event(self, c: Children, start: int, end: int) -> tree.EventDecl:
        name, entity, doc, members = c
        self._require(
            name, "event", members, tree.TableMember, tree.KeyMember, tree.OnMember, tree.AtMember
        )
        self._refuse(members, "an event", tree.CreatedMember, tree.HistoryMember)
        return tree.EventDecl(
            span=self.span(start, end),
            name=self.declared(name),
            entity=entity,
            doc=doc,
            members=members,
        )

    def rows(self, c: Children, start: int, end: int) -> tree.RowsDecl:
        name, entity, doc, members = c
        self._require(name, "rows", members, tree.TableMember, tree.OnMember)
        self._refuse(
            members, "`rows`", tree.KeyMember, tree.AtMember, tree.CreatedMember, tree.HistoryMember
        )
        return tree.RowsDecl(
            span=self.span(start, end),
            name=self.declared(name),
            entity=entity,
            doc=doc,
            members=members,
        )

    def _require(
        self,
        name: tree.Name,
        kind: str,
        members: tuple[tree.Member, ...],
        *needed: type[tree.Member],
    ) -> None:
        found = {type(member) for member in members}
        missing = [f"`{_ONCE[need]}`" for need in needed if need not in found]
        if missing:
            self.report(
                codes.MISSING_PART,
                f"{kind} `{name.text}` has no {' and no '.join(missing)}",
                name.span,
                "declared here",
                *(f"add {_EXAMPLES[need]}" for need in needed if need not in found),
            )

    def _refuse(
        self, members: tuple[tree.Member, ...], kind: str, *refused: type[tree.Member]
    ) -> None:
        for member in members:
            if isinstance(member, refused):
                self.report(
                    codes.MISSING_PART,
                    f"{kind} has no `{_ONCE[type(member)]}`",
                    member.span,
                    "does not belong here",
                )

    def event_subset(self, c: Children, start: int, end: int) -> tree.EventSubset:
        name, entity, base, where = c
        return tree.EventSubset(
            span=self.span(start, end),
            name=self.declared(name),
            entity=entity,
            base=base,
            where=where,
        )

    def event_union(self, c: Children, start: int, end: int) -> tree.EventUnion:
        name, entity, *parts = c
        return tree.EventUnion(
            span=self.span(start, end),
            name=self.declared(name),
            entity=entity,
            parts=tuple(parts),
        )

    def event_groups(self, c: Children, start: int, end: int) -> tree.EventGroups:
        name, entity, base, by, members = c
        self._refuse(members or (), "a group", *(kind for kind in _ONCE))
        for member in members or ():
            if not isinstance(member, tree.DerivedMember) and type(member) not in _ONCE:
                self.report(
                    codes.MISSING_PART,
                    "a group has derived attributes only, `name = value`",
                    member.span,
                    "has no value",
                )
        return tree.EventGroups(
            span=self.span(start, end),
            name=self.declared(name),
            entity=entity,
            base=base,
            by=by.parts,
            members=tuple(m for m in members or () if isinstance(m, tree.DerivedMember)),
        )

    # --- members --------------------------------------------------------------------------------

    def dotted(self, c: Children, start: int, end: int) -> tuple[tree.Name, ...]:
        return tuple(c)

    def columns(self, c: Children, start: int, end: int) -> tuple[tree.Name, ...]:
        return tuple(c)

    def _table(self, parts: tuple[tree.Name, ...]) -> tree.TableName:
        span = parts[0].span.to(parts[-1].span)
        if len(parts) > 3:
            self.report(
                codes.UNEXPECTED,
                "a table has at most a catalogue, a schema and a name",
                span,
                f"has {len(parts)} parts",
            )
        return tree.TableName(span=span, parts=parts)

    def _column(self, parts: tuple[tree.Name, ...]) -> tree.ColumnPath:
        return tree.ColumnPath(span=parts[0].span.to(parts[-1].span), parts=parts)

    def _table_column(self, parts: tuple[tree.Name, ...]) -> tuple[tree.TableName, tree.Name]:
        if len(parts) == 1:
            self.report(
                codes.UNEXPECTED,
                "a column of another table is written `table.column`",
                parts[0].span,
                "no table",
            )
            return self._table(parts), parts[0]
        return self._table(parts[:-1]), parts[-1]

    def table_member(self, c: Children, start: int, end: int) -> tree.TableMember:
        return tree.TableMember(span=self.span(start, end), table=self._table(c[0]))

    def key_single(self, c: Children, start: int, end: int) -> tree.KeyMember:
        return tree.KeyMember(span=self.span(start, end), columns=(c[0],))

    def key_composite(self, c: Children, start: int, end: int) -> tree.KeyMember:
        return tree.KeyMember(span=self.span(start, end), columns=tuple(c), composite=True)

    def key_column(self, c: Children, start: int, end: int) -> tree.AttributeMember:
        name, kind, column = c
        return tree.AttributeMember(
            span=self.span(start, end),
            name=self.declared(name),
            type=self._attribute_type(kind),
            column=None if column is None else self._column(column),
        )

    def on_member(self, c: Children, start: int, end: int) -> tree.OnMember:
        return tree.OnMember(span=self.span(start, end), columns=c[0])

    def at_member(self, c: Children, start: int, end: int) -> tree.AtMember:
        column, kind = c
        return tree.AtMember(
            span=self.span(start, end),
            column=self._column(column),
            type=self._attribute_type(kind),
        )

    def created_member(self, c: Children, start: int, end: int) -> tree.CreatedMember:
        return tree.CreatedMember(span=self.span(start, end), column=self._column(c[0]))

    def history_member(self, c: Children, start: int, end: int) -> tree.HistoryMember:
        return tree.HistoryMember(span=self.span(start, end), valid_from=c[0], valid_to=c[1])

    def only_member(self, c: Children, start: int, end: int) -> tree.OnlyMember:
        return tree.OnlyMember(span=self.span(start, end), where=c[0])

    def attribute(self, c: Children, start: int, end: int) -> tree.AttributeMember:
        name, kind, column, sql, history = c
        return tree.AttributeMember(
            span=self.span(start, end),
            name=self.declared(name),
            type=self._attribute_type(kind),
            column=None if column is None else self._column(column),
            sql=sql,
            history=history,
        )

    def change_log(self, c: Children, start: int, end: int) -> tree.ChangeLog:
        path, on, at = c
        table, column = self._table_column(path)
        return tree.ChangeLog(span=self.span(start, end), table=table, column=column, on=on, at=at)

    def relation_one(self, c: Children, start: int, end: int) -> tree.RelationMember:
        return self._relation(c, start, end, many=False)

    def relation_many(self, c: Children, start: int, end: int) -> tree.RelationMember:
        return self._relation(c, start, end, many=True)

    def _relation(self, c: Children, start: int, end: int, *, many: bool) -> tree.RelationMember:
        name, target, columns = c
        return tree.RelationMember(
            span=self.span(start, end),
            name=self.declared(name),
            many=many,
            target=target,
            columns=columns,
        )

    def derived(self, c: Children, start: int, end: int) -> tree.DerivedMember:
        return tree.DerivedMember(span=self.span(start, end), name=self.declared(c[0]), value=c[1])

    # --- types ----------------------------------------------------------------------------------

    def scalar_type(self, c: Children, start: int, end: int) -> tree.TypeNode:
        kind, optional = c
        fields = {**kind, "optional": optional is not None}
        del fields["place"]
        return tree.TypeNode(span=self.span(start, end), **fields)

    def _list(
        self, c: Children, start: int, end: int, source: dict[str, Any] | None = None
    ) -> tree.TypeNode:
        item = dict(c[0])
        place = item.pop("place")
        if item["name"] in ("window", "event", "list"):
            self._unknown_type(tree.Name(span=self.span(*place), text=item["name"]))
        return tree.TypeNode(
            span=self.span(start, end),
            name="list",
            optional=c[1] is not None,
            item=tree.TypeNode(span=self.span(*place), **item),
            **(source or {}),
        )

    def list_type(self, c: Children, start: int, end: int) -> tree.TypeNode:
        return self._list(c, start, end)

    def list_from(self, c: Children, start: int, end: int) -> tree.TypeNode:
        table, column = self._table_column(c[2])
        source = {"child_table": table, "child_column": column, "child_on": c[3]}
        return self._list(c, start, end, source)

    def list_split(self, c: Children, start: int, end: int) -> tree.TypeNode:
        return self._list(c, start, end, {"split": c[2]})

    def simple_type(self, c: Children, start: int, end: int) -> dict[str, Any]:
        name: tree.Name = c[0]
        if name.text not in PARAMETER_TYPES:
            self._unknown_type(name)
            return {"name": "text", "place": (start, end)}
        return {"name": name.text, "place": (start, end)}

    def _unknown_type(self, name: tree.Name) -> None:
        other = OTHER_TYPES.get(name.text)
        near = (other,) if other else suggest(name.text, PARAMETER_TYPES | {"enum", "point"})
        helps: list[Fix | str] = [
            Fix(f"did you mean `{item}`?", (Edit(name.span, item),)) for item in near
        ]
        types = "bool int decimal float text date timestamp duration enum point list"
        self.report(
            codes.UNKNOWN_TYPE,
            f"`{name.text}` is not a type",
            name.span,
            "expected a type",
            *(helps or [f"the types are `{'`, `'.join(types.split())}`"]),
        )

    def sized_type(self, c: Children, start: int, end: int) -> dict[str, Any]:
        name, precision, scale = c
        if name.text != "decimal":
            self.report(
                codes.UNKNOWN_TYPE,
                f"`{name.text}` has no size",
                self.span(start, end),
                "only `decimal(p, s)` has one",
                *([f"write `{OTHER_TYPES[name.text]}`"] if name.text in OTHER_TYPES else []),
            )
            return {"name": "text", "place": (start, end)}
        digits = self.whole(precision, 1, "precision")
        places = 0 if scale is None else self.whole(scale, 0, "scale")
        if digits > 38 or places > digits:
            self.report(
                codes.UNKNOWN_TYPE,
                "a decimal has at most 38 digits, and at most that many behind the point",
                self.span(start, end),
                f"has {digits} digits, {places} behind the point",
            )
            digits, places = 38, min(places, 38)
        return {"name": "decimal", "precision": digits, "scale": places, "place": (start, end)}

    def zoned_type(self, c: Children, start: int, end: int) -> dict[str, Any]:
        name, zone = c
        if name.text != "timestamp":
            self.report(
                codes.UNKNOWN_TYPE,
                f"`{name.text}` has no time zone",
                self.span(start, end),
                'only `timestamp in "Zone"` has one',
            )
        return {"name": "timestamp", "zone": zone, "place": (start, end)}

    def enum_type(self, c: Children, start: int, end: int) -> dict[str, Any]:
        return {"name": "enum", "values": tuple(c), "place": (start, end)}

    def ordered_type(self, c: Children, start: int, end: int) -> dict[str, Any]:
        return {"name": "enum", "values": tuple(c), "ordered": True, "place": (start, end)}

    def point_type(self, c: Children, start: int, end: int) -> dict[str, Any]:
        columns = (self._column(c[0]), self._column(c[1]))
        return {"name": "point", "columns": columns, "place": (start, end)}

    def _attribute_type(self, kind: tree.TypeNode) -> tree.TypeNode:
        """Types that only parameters have are refused for attributes."""
        if kind.name in ("window", "event") or (kind.name == "list" and kind.item is None):
            what = "`list of` some type" if kind.name == "list" else "a type of parameters only"
            self.report(
                codes.UNKNOWN_TYPE,
                f"`{kind.name}` is not a type of attributes",
                kind.span,
                f"needs to be {what}" if kind.name == "list" else what,
            )
        return kind

    # --- traits ---------------------------------------------------------------------------------

    def trait(self, c: Children, start: int, end: int) -> tree.TraitDecl:
        name, parameters, entity, doc, body = c
        return tree.TraitDecl(
            span=self.span(start, end),
            name=self.declared(name),
            parameters=parameters or (),
            entity=entity,
            doc=doc,
            body=body,
        )

    def parameters(self, c: Children, start: int, end: int) -> tuple[tree.Parameter, ...]:
        return tuple(c)

    def parameter(self, c: Children, start: int, end: int) -> tree.Parameter:
        name, kind, default = c
        if default is not None and not isinstance(default, tree.Window):
            default = self.value(default)
        return tree.Parameter(
            span=self.span(start, end), name=self.declared(name), type=kind, default=default
        )


_ONCE: dict[type[tree.Member], str] = {
    tree.TableMember: "table",
    tree.KeyMember: "key",
    tree.OnMember: "on",
    tree.AtMember: "at",
    tree.CreatedMember: "created",
    tree.HistoryMember: "history",
    tree.OnlyMember: "only",
}
_EXAMPLES: dict[type[tree.Member], str] = {
    tree.TableMember: "`table schema.name`",
    tree.KeyMember: "`key name_id: int`, the column that tells the rows apart",
    tree.OnMember: "`on column`, the column that names the entity's key",
    tree.AtMember: "`at column: timestamp`, the column that says when",
}
