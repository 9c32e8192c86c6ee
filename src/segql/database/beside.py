"""Tables beside the sources: change logs, lists of an attribute, lists of members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from segql.database import codes
from segql.database.content import Content, count_of, keyed
from segql.database.shape import Shape, Sound
from segql.diagnostics import Code, Diagnostic, Fix, Label
from segql.model.nodes import (
    Attr,
    Attribute,
    ChangeLog,
    ChildTable,
    Column,
    InTable,
    Segment,
    Table,
)
from segql.model.types import EnumType, ListType, Type
from segql.report.model_check import Finding, listed
from segql.report.text import plural
from segql.source import Span
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.parts import named, subquery


class Beside:
    """Asks what `Content` asks, of tables that are no source of their own; raises `EngineError`."""

    def __init__(self, content: Content, shape: Shape) -> None:
        self._content = content
        self._shape = shape

    def change_logs(self, sound: Sound) -> list[Finding]:
        """Attributes with several values for one instant, with a value that their enum does not list, of nobody."""
        found: list[Finding] = []
        for attribute in sound.attributes:
            log = attribute.storage
            if isinstance(log, ChangeLog):
                found += self._ambiguous_changes(sound, attribute, log)
                found += self._strangers(sound, attribute, log.table, log.column, attribute.type)
                if sound.has_keys:
                    found += self._nobodys(sound, attribute, log.table, log.on)
        return found

    def child_lists(self, sound: Sound) -> list[Finding]:
        """Items of a list attribute that belong to nobody, or that their enum does not list."""
        found: list[Finding] = []
        for attribute in sound.attributes:
            rows = attribute.storage
            if isinstance(rows, ChildTable) and isinstance(attribute.type, ListType):
                column, item = Column((rows.column,)), attribute.type.item
                found += self._strangers(sound, attribute, rows.table, column, item)
                if sound.has_keys:
                    found += self._nobodys(sound, attribute, rows.table, rows.on)
        return found

    def _nobodys(
        self, sound: Sound, attribute: Attribute, table: Table, on: Sequence[str]
    ) -> Iterator[Finding]:
        source = sound.source
        name = f"{source.name}.{attribute.name}"
        return self._outside(name, attribute.span, table, on, sound, source.key)

    def members(self, segment: Segment, sources: Sequence[Sound]) -> list[Finding]:
        """Members of a list in a table that are nobody."""
        owner = next((item for item in sources if item.source == segment.entity), None)
        found: list[Finding] = []
        for line in segment.lines:
            if owner is None or not isinstance(line, InTable) or not isinstance(line.value, Attr):
                continue
            attribute = line.value.attribute
            if self._shape.has(line.table, line.column) and attribute in owner.attributes:
                where = (line.table, (line.column,), owner, (attribute,))
                found += self._outside(segment.name, segment.span, *where)
        return found

    # --- statements -------------------------------------------------------------------------------

    def _outside(
        self,
        name: str,
        span: Span,
        table: Table,
        columns: Sequence[str],
        sound: Sound,
        values: Sequence[Attribute],
    ) -> Iterator[Finding]:
        """The rows of a table whose columns are not `values` of any row of a source."""
        d = self._content.dialect
        source = sound.source
        stored = [item.storage for item in values if isinstance(item.storage, Column)]
        if source.table is None or len(stored) != len(values):
            return
        names = [f"value_{number}" for number in range(1, len(stored) + 1)]
        types = [item.type for item in values]
        theirs = [d.key_part(d.raw(None, c), t) for c, t in zip(stored, types, strict=True)]
        inner = exp.Select(
            expressions=[named(d, item, name) for item, name in zip(theirs, names, strict=True)],
            from_=exp.From(this=d.table(source.table.parts)),
            group=exp.Group(expressions=theirs),
        )
        fields = [d.field("listed", column) for column in columns]
        mine = [d.key_part(item, type_) for item, type_ in zip(fields, types, strict=True)]
        on = [
            d.join_equal(d.field("found", name), item)
            for name, item in zip(names, mine, strict=True)
        ]
        known = [b.not_null(item) for item in fields]
        lost = b.all_([*known, d.absent(d.field("found", names[0]))])

        def select(made: Sequence[Expr]) -> exp.Select:
            join = exp.Join(this=subquery(d, inner, "found"), on=b.all_(on), side="LEFT")
            listed = exp.From(this=d.table(table.parts, "listed"))
            return exp.Select(expressions=list(made), from_=listed, joins=[join])

        counts = select(
            [named(d, d.count_rows(), "n_rows"), named(d, d.count_rows(lost), "n_lost")]
        )
        rows, outside = map(count_of, self._content.run(d.print(counts))[0])
        if not outside:
            return
        examples = select([*fields, named(d, d.count_rows(), "n_rows")])
        examples.set("where", exp.Where(this=lost))
        examples.set("group", exp.Group(expressions=fields))
        self._limited(examples, fields, frequent=True)
        found = self._content.run(d.print(examples))
        samples = [(keyed([], row[:-1]), count_of(row[-1])) for row in found]
        said = f"`{name}` has rows that belong to no `{source.name}`"
        label = f"{outside:,} of {plural(rows, 'row')}"
        yield _finding(
            codes.NO_SUCH_ROW, said, name.partition(".")[0], span, label, outside, samples
        )

    def _ambiguous_changes(
        self, sound: Sound, attribute: Attribute, log: ChangeLog
    ) -> Iterator[Finding]:
        """The instants of a change log for which it has several values of one subject; unknown is one too."""
        d = self._content.dialect
        names = (*log.on, log.at.parts[0])
        fields = [d.field(None, name) for name in names]
        value = d.field(None, log.column.parts[0])
        distinct = exp.Count(this=exp.Distinct(expressions=[value]))
        unknown = exp.Max(this=b.case([(b.is_null(value), b.number(1))], b.number(0)))
        several = exp.Having(this=b.gt(b.add(distinct, unknown), b.number(1)))

        def grouped(made: Sequence[Expr]) -> exp.Select:
            return exp.Select(
                expressions=list(made),
                from_=exp.From(this=d.table(log.table.parts)),
                group=exp.Group(expressions=fields),
                having=several,
            )

        inner = subquery(d, grouped([named(d, b.number(1), "one")]), "instants")
        outer = exp.Select(expressions=[exp.Count(this=exp.Star())], from_=exp.From(this=inner))
        count = count_of(self._content.run(d.print(outer))[0][0])
        if not count:
            return
        examples = grouped([*fields, named(d, d.count_rows(), "n_rows")])
        self._limited(examples, fields)
        found = self._content.run(d.print(examples))
        samples = [(keyed(names, row[:-1]), count_of(row[-1])) for row in found]
        said = f"`{attribute.name}` changes more than once at {plural(count, 'instant')}"
        label = "expected one value for an instant"
        source = sound.source.name
        yield _finding(codes.AMBIGUOUS, said, source, attribute.span, label, count, samples)

    def _strangers(
        self, sound: Sound, attribute: Attribute, table: Table, column: Column, type_: Type
    ) -> Iterator[Finding]:
        """The rows of a table whose value an enum does not list."""
        if not isinstance(type_, EnumType):
            return
        d = self._content.dialect
        value = d.read(None, column, type_)
        listed = [d.literal(item, type_) for item in type_.values]
        strange = d.in_set(value, listed, type_, negated=True)
        counts = exp.Select(
            expressions=[
                named(d, d.count_rows(), "n_rows"),
                named(d, d.count_rows(strange), "n_strange"),
            ],
            from_=exp.From(this=d.table(table.parts)),
        )
        rows, count = map(count_of, self._content.run(d.print(counts))[0])
        if not count:
            return
        examples = exp.Select(
            expressions=[value, named(d, d.count_rows(), "n_rows")],
            from_=exp.From(this=d.table(table.parts)),
            where=exp.Where(this=strange),
            group=exp.Group(expressions=[value]),
        )
        self._limited(examples, [value], frequent=True)
        found = self._content.run(d.print(examples))
        samples = [(keyed([], row[:-1]), count_of(row[-1])) for row in found]
        said = f"`{attribute.name}` has a value that its enum does not list"
        label = f"in {count:,} of {plural(rows, 'row')} of `{table}`"
        yield _finding(
            *(codes.STRANGER, said, sound.source.name, attribute.span, label, count, samples),
            help="add the values to the enum, or repair the rows",
        )

    def _limited(
        self, examples: exp.Select, values: Sequence[Expr], *, frequent: bool = False
    ) -> None:
        """A few rows of groups in a stable order; the most frequent first."""
        most = [(self._content.dialect.count_rows(), True)] if frequent else []
        examples.set("order", b.order_by([*most, *((item, False) for item in values)]))
        examples.set("limit", exp.Limit(expression=b.number(self._content.limit)))


def _finding(
    code: Code,
    message: str,
    source: str,
    span: Span,
    label: str,
    count: int,
    samples: Sequence[tuple[str, int]] = (),
    *,
    help: str = "",
) -> Finding:
    notes = (f"for example {listed(samples)}",) if samples else ()
    helps = (Fix(help),) if help else ()
    fault = Diagnostic(code, message, (Label(span, label),), notes, helps)
    return Finding(fault, source, count, tuple(samples))
