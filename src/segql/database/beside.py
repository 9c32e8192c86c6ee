"""Tables beside the sources: change logs, lists of an attribute, lists of members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from segql.database import codes
from segql.database.content import Content, count_of, keyed
from segql.database.shape import Shape, Sound
from segql.diagnostics import Code, Diagnostic, Label
from segql.model.nodes import Attr, Attribute, ChangeLog, ChildTable, Column, InTable, Model, Table
from segql.report.model_check import Finding, listed
from segql.report.text import plural
from segql.source import Span
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.query import named, subquery


class Beside:
    """Asks what `Content` asks, of tables that are no source of their own; raises `EngineError`."""

    def __init__(self, content: Content, shape: Shape) -> None:
        self._content = content
        self._shape = shape

    def change_logs(self, sound: Sound) -> Iterator[Finding]:
        """Attributes with several values for one instant."""
        for attribute in sound.attributes:
            if isinstance(attribute.storage, ChangeLog):
                count = self._ambiguous_changes(attribute.storage)
                if count:
                    said = (
                        f"`{attribute.name}` changes more than once at {plural(count, 'instant')}"
                    )
                    label = "expected one value for an instant"
                    yield _finding(
                        codes.AMBIGUOUS, said, sound.source.name, attribute.span, label, count
                    )

    def child_lists(self, sound: Sound) -> Iterator[Finding]:
        """Items of a list attribute that belong to nobody."""
        source = sound.source
        for attribute in sound.attributes:
            storage = attribute.storage
            if isinstance(storage, ChildTable) and all(k in sound.attributes for k in source.key):
                name = f"{source.name}.{attribute.name}"
                yield from self._outside(
                    name, attribute.span, storage.table, storage.on, sound, source.key
                )

    def lists(self, model: Model, sources: Sequence[Sound]) -> Iterator[Finding]:
        """Members of a list in a table that are nobody."""
        sound = {item.source.name: item for item in sources}
        for segment in model.segments.values():
            for line in segment.lines:
                if not isinstance(line, InTable) or not isinstance(line.value, Attr):
                    continue
                owner, attribute = sound.get(segment.entity.name), line.value.attribute
                has_column = self._shape.has(line.table, line.column)
                if owner is not None and has_column and attribute in owner.attributes:
                    columns, values = (line.column,), (attribute,)
                    yield from self._outside(
                        segment.name, segment.span, line.table, columns, owner, values
                    )

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
        order = [
            exp.Ordered(this=d.count_rows(), desc=True),
            *(exp.Ordered(this=item) for item in fields),
        ]
        examples.set("order", exp.Order(expressions=order))
        examples.set("limit", exp.Limit(expression=b.number(self._content.limit)))
        found = self._content.run(d.print(examples))
        samples = [(keyed([], row[:-1]), count_of(row[-1])) for row in found]
        said = f"`{name}` has rows that belong to no `{source.name}`"
        label = f"{outside:,} of {plural(rows, 'row')}"
        yield _finding(
            codes.NO_SUCH_ROW, said, name.partition(".")[0], span, label, outside, samples
        )

    def _ambiguous_changes(self, log: ChangeLog) -> int:
        """The instants of a change log for which it has several values of one subject."""
        d = self._content.dialect
        fields = [d.field(None, name) for name in (*log.on, log.at.parts[0])]
        value = d.field(None, log.column.parts[0])
        distinct = exp.Count(this=exp.Distinct(expressions=[value]))
        inner = exp.Select(
            expressions=[named(d, b.number(1), "one")],
            from_=exp.From(this=d.table(log.table.parts)),
            group=exp.Group(expressions=fields),
            having=exp.Having(this=b.gt(distinct, b.number(1))),
        )
        outer = exp.Select(
            expressions=[exp.Count(this=exp.Star())],
            from_=exp.From(this=subquery(d, inner, "instants")),
        )
        return count_of(self._content.run(d.print(outer))[0][0])


def _finding(
    code: Code,
    message: str,
    source: str,
    span: Span,
    label: str,
    count: int,
    samples: Sequence[tuple[str, int]] = (),
) -> Finding:
    notes = (f"for example {listed(samples)}",) if samples else ()
    fault = Diagnostic(code, message, (Label(span, label),), notes)
    return Finding(fault, source, count, tuple(samples))
