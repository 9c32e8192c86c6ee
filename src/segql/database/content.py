"""The statements of `segql model check`: what the rows of one source hold.

Two or three statements a source: its keys, everything that can be counted in one pass over its rows (what they refer to
is joined), and for an event its repetitions. Rows that `only` leaves out do not exist and are not looked at. Examples
are asked for where something was found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlglot import exp

from segql.database.shape import Sound
from segql.engines.base import Engine, Row
from segql.model.clock import Clock
from segql.model.nodes import (
    Attr,
    Attribute,
    Column,
    Entity,
    Event,
    Link,
    Model,
    PointColumns,
    SplitText,
    SqlText,
)
from segql.model.nodes import Row as RowOf
from segql.model.types import TEXT, EnumType, ListType
from segql.plan import Plan, plan
from segql.plan.nodes import Conditions
from segql.plan.simplify import conjuncts
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.compile import Compiler
from segql.sql.dialect import Dialect
from segql.sql.dialect import dialect as dialect_of
from segql.sql.parts import key_column, named, subquery
from segql.sql.query import ScopeQuery

LISTS = 1000
"""Strange items are looked for in so many lists."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A table that the rows refer to, joined under `alias`; `created` of a subject is asked too."""

    alias: str
    link: Link
    grouped: bool
    """Its keys are not unique: they are brought together first, or rows would be counted twice."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Something to count: rows for which the condition holds; and what to show of them."""

    kind: str
    condition: Callable[[Asked], Expr]
    attribute: Attribute | None = None
    link: Link | None = None
    shown: Callable[[Asked], Sequence[Expr]] | None = None
    """Values that are shown with their number of rows; None: the keys of the rows."""


@dataclass(slots=True)
class Asked:
    """A statement over the rows of a source that is being made."""

    compiler: Compiler
    query: ScopeQuery
    parents: dict[Link, Parent] = field(default_factory=dict)

    @property
    def row(self) -> RowOf:
        return self.query.scope.row

    @property
    def alias(self) -> str:
        return self.query.alias(self.row)

    def value(self, attribute: Attribute) -> Expr:
        return self.query.value(Attr(attribute.type, attribute.span, self.row, attribute))

    def stored(self, attribute: Attribute) -> list[Expr]:
        """What tells two values of an attribute apart, as it is stored where that can be compared."""
        d, storage = self.compiler.dialect, attribute.storage
        match storage:
            case PointColumns(latitude, longitude):
                return [d.raw(self.alias, latitude), d.raw(self.alias, longitude)]
            case SplitText(column):
                return [d.raw(self.alias, column)]
            case Column(parts) if len(parts) == 1:
                return [d.raw(self.alias, storage)]
            case Column():
                return [self.value(attribute)]
        return []

    def missing(self, attribute: Attribute) -> Expr:
        """Where the attribute is unknown."""
        storage = attribute.storage
        d = self.compiler.dialect
        if isinstance(storage, PointColumns):
            both = self.query.point(self.row, attribute)
            return b.any_([b.is_null(item) for item in both])
        if (
            isinstance(storage, Column)
            and len(storage.parts) == 1
            and attribute.type.name != "float"
        ):
            return b.is_null(d.raw(self.alias, storage))
        return b.is_null(self.value(attribute))


class Content:
    """Asks one engine about one model."""

    def __init__(
        self, model: Model, engine: Engine, dialect: str, clock: Clock, limit: int
    ) -> None:
        self._plan: Plan = plan(model, (), clock)
        self._engine = engine
        self._dialect = dialect
        self._clock = clock
        self.limit = limit
        self.dialect: Dialect = dialect_of(dialect, model.settings)
        self.ambiguous: set[str] = set()
        """Sources whose keys were found twice."""

    def run(self, sql: str) -> list[Row]:
        """The rows of a statement."""
        return self._engine.run(sql).rows

    # --- statements -------------------------------------------------------------------------------

    def rows_and_counts(
        self, sound: Sound, probes: Sequence[Probe], parents: Sequence[Link]
    ) -> tuple[int, list[int], datetime | date | None]:
        """The number of rows, of those that each probe means, and an event's newest time before `as of`."""
        asked = self.asked(sound, parents)
        d = asked.compiler.dialect
        made = [named(d, d.count_rows(), "n_rows")]
        for number, probe in enumerate(probes, 1):
            made.append(named(d, d.count_rows(probe.condition(asked)), f"n_{number}"))
        source = sound.source
        if isinstance(source, Event) and source.at is not None and source.at in sound.attributes:
            at = source.at
            past = b.not_(self.is_late(asked, at))
            newest = d.max(asked.value(at), at.type, past)
            made.append(named(d, newest, "newest"))
        row = self._run(asked, made)[0]
        newest_value = row[len(probes) + 1] if len(row) > len(probes) + 1 else None
        counts = [count_of(item) for item in row[: len(probes) + 1]]
        return counts[0], counts[1:], newest_value if isinstance(newest_value, date) else None

    def repeated_keys(self, sound: Sound) -> tuple[int, list[tuple[str, int]]]:
        """The rows that share their key with another one; examples."""
        source = sound.source
        columns = [(key.name, key_column(key)) for key in source.key]
        if isinstance(source, Entity) and source.history is not None:
            start = source.history[0].storage
            assert isinstance(start, Column)
            columns.append((start.parts[-1], start))

        def values(asked: Asked) -> list[Expr]:
            return [asked.compiler.dialect.raw(asked.alias, column) for _, column in columns]

        rows, _, samples = self._repeated(sound, values, [name for name, _ in columns])
        return rows, samples

    def repeated_rows(self, sound: Sound) -> tuple[int, list[tuple[str, int]]]:
        """The rows of an event that have subject, time and all values in common with one before them; examples."""
        source = sound.source
        assert isinstance(source, Event)
        assert source.owner is not None
        assert source.at is not None
        owner, at, time = source.owner.columns, source.at, source.at.storage
        assert isinstance(time, Column)
        others = [item for item in sound.attributes if item not in source.key and item is not at]

        def values(asked: Asked) -> list[Expr]:
            d = asked.compiler.dialect
            first = [d.field(asked.alias, column) for column in owner]
            stored = [part for item in others for part in asked.stored(item)]
            return [*first, d.raw(asked.alias, time), *stored]

        names = [*owner, time.parts[0]]
        rows, groups, samples = self._repeated(sound, values, names, len(names))
        return rows - groups, samples

    def samples(
        self, sound: Sound, probe: Probe, parents: Sequence[Link]
    ) -> tuple[tuple[str, int], ...]:
        """Examples of what a probe counted: values with their number of rows, or keys."""
        asked = self.asked(sound, parents)
        d = asked.compiler.dialect
        condition = probe.condition(asked)
        if probe.shown is None:
            keys = [d.raw(asked.alias, key_column(key)) for key in sound.source.key]
            if not keys:
                return ()
            made = [named(d, item, f"key_{n}") for n, item in enumerate(keys, 1)]
            select = asked.query.select(made, tie=[condition], order=keys, limit=self.limit)
            names = [key.name for key in sound.source.key]
            return tuple((keyed(names, row), 1) for row in self.run(_text(asked, select)))
        values = list(probe.shown(asked))
        count = d.count_rows()
        made = [named(d, item, f"value_{n}") for n, item in enumerate(values, 1)]
        select = asked.query.select(
            [*made, named(d, count, "n_rows")], tie=[condition], group=values
        )
        order = [exp.Ordered(this=count, desc=True), *(exp.Ordered(this=item) for item in values)]
        select.set("order", exp.Order(expressions=order))
        select.set("limit", exp.Limit(expression=b.number(self.limit)))
        found = self.run(_text(asked, select))
        return tuple((keyed([], row[:-1]), count_of(row[-1])) for row in found)

    def _repeated(
        self,
        sound: Sound,
        values: Callable[[Asked], Sequence[Expr]],
        names: Sequence[str],
        shown: int | None = None,
    ) -> tuple[int, int, list[tuple[str, int]]]:
        """The rows that have these values in common with another one, how many such values there are, and examples.

        The first `shown` are what examples show, and known.
        """
        asked = self.asked(sound)
        d = asked.compiler.dialect
        group = list(values(asked))
        known = [b.not_null(item) for item in group[:shown]]
        count = d.count_rows()
        several = exp.Having(this=b.gt(count, b.number(1)))
        inner = asked.query.select([named(d, count, "n_rows")], tie=known, group=group)
        inner.set("having", several)
        total = exp.Sum(this=d.field(None, "n_rows"))
        outer = exp.Select(
            expressions=[exp.Count(this=exp.Star()), total],
            from_=exp.From(this=subquery(d, inner, "repeated")),
        )
        groups, rows = self.run(_text(asked, outer))[0]
        if not count_of(groups):
            return 0, 0, []
        asked = self.asked(sound)
        group = list(values(asked))
        known = [b.not_null(item) for item in group[:shown]]
        made = [named(d, item, f"value_{n}") for n, item in enumerate(group[:shown], 1)]
        made.append(named(d, count, "n_rows"))
        select = asked.query.select(made, tie=known, group=group, order=group[:shown])
        select.set("having", several)
        select.set("limit", exp.Limit(expression=b.number(self.limit)))
        found = self.run(_text(asked, select))
        samples = [(keyed(names, row[:-1]), count_of(row[-1])) for row in found]
        return count_of(rows), count_of(groups), samples

    def strange_items(self, sound: Sound, attribute: Attribute) -> tuple[tuple[str, int], ...]:
        """Items of lists that their enum does not list, and in how many rows they are: the likeliest first, looked for
        in a thousand lists."""
        type_ = attribute.type
        assert isinstance(type_, ListType)
        assert isinstance(type_.item, EnumType)
        asked = self.asked(sound)
        d = asked.compiler.dialect
        keys = [d.raw(asked.alias, key_column(key)) for key in sound.source.key]
        strange = self.has_stranger(asked, attribute)
        made = [named(d, asked.value(attribute), "items")]
        select = asked.query.select(made, tie=[strange], order=keys, limit=LISTS)
        seen = Counter(
            str(item)
            for (items,) in self.run(_text(asked, select))
            for item in {*_items(items)} - {None, *type_.item.values}
        )
        likely = sorted(seen, key=lambda item: (-seen[item], item))[: self.limit]
        if not likely:
            return ()
        asked = self.asked(sound)
        value = asked.value(attribute)
        counts = [
            d.count_rows(d.list_any(value, [d.literal(item, TEXT)], type_.item)) for item in likely
        ]
        names = [f"n_{number}" for number in range(1, len(counts) + 1)]
        made = [named(d, count, name) for count, name in zip(counts, names, strict=True)]
        (row,) = self._run(asked, made)
        return tuple((keyed([], [item]), count_of(n)) for item, n in zip(likely, row, strict=True))

    # --- conditions -------------------------------------------------------------------------------

    def is_late(self, asked: Asked, at: Attribute) -> Expr:
        """At or after `as of`; unknown for an unknown time."""
        assert isinstance(at.storage, Column)
        now = self._clock.e if at.type.name == "date" else self._clock.now
        d = asked.compiler.dialect
        return d.compare_stored(">=", asked.alias, at.storage, at.type, now)

    def is_early(self, asked: Asked, link: Link, at: Attribute, created: Attribute) -> Expr:
        """Before the subject was created; a date is compared with the local day of an instant."""
        d = asked.compiler.dialect
        parent = asked.parents[link]
        assert isinstance(created.storage, Column)
        if parent.grouped:
            since: Expr = d.field(parent.alias, "created_at")
        else:
            since = d.read(parent.alias, created.storage, created.type)
        when = asked.value(at)
        if at.type.name != created.type.name:
            is_date = at.type.name == "date"
            when, since = (when, d.local_date(since)) if is_date else (d.local_date(when), since)
        return b.lt(when, since)

    def is_orphan(self, asked: Asked, link: Link) -> Expr:
        """The foreign key has a value that is no key of the other table."""
        d = asked.compiler.dialect
        parent = asked.parents[link]
        known = [b.not_null(d.field(asked.alias, column)) for column in link.columns]
        first = "key_1" if parent.grouped else key_column(link.parent.key[0]).parts[0]
        return b.all_([*known, d.absent(d.field(parent.alias, first))])

    def is_stranger(self, asked: Asked, attribute: Attribute) -> Expr:
        """A value that the enum does not list."""
        type_ = attribute.type
        assert isinstance(type_, EnumType)
        d = asked.compiler.dialect
        items = [d.literal(value, type_) for value in type_.values]
        return d.in_set(asked.value(attribute), items, type_, negated=True)

    def has_stranger(self, asked: Asked, attribute: Attribute) -> Expr:
        """An item that the enum of the items does not list; unknown for an unknown list."""
        type_ = attribute.type
        assert isinstance(type_, ListType)
        assert isinstance(type_.item, EnumType)
        d = asked.compiler.dialect
        listed = d.list_of([d.literal(item, type_.item) for item in type_.item.values], type_.item)
        return b.not_(d.list_test("all", listed, asked.value(attribute), type_.item))

    # --- the rows -----------------------------------------------------------------------------------

    def asked(self, sound: Sound, parents: Sequence[Link] = ()) -> Asked:
        """A statement over the rows of a source, `parents` joined."""
        compiler = Compiler(self._plan, self._dialect)
        row = RowOf(0, sound.source)
        values = [
            Attr(item.type, item.span, row, item)
            for item in sound.attributes
            if isinstance(item.storage, Column | SplitText | SqlText)
        ]
        only: Conditions = ()
        if sound.source.only is not None and sound.complete:
            normal = self._plan.normalizer.subject(sound.source)
            only = tuple(dict.fromkeys(conjuncts(normal.condition(sound.source.only))))
        scope = compiler.planner.scope(row, only, values)
        compiler.planner.finish()
        asked = Asked(compiler, ScopeQuery(compiler.statement, scope))
        for link in parents:
            self._join(asked, link)
        return asked

    def _join(self, asked: Asked, link: Link) -> None:
        d = asked.compiler.dialect
        target = link.parent
        assert target.table is not None
        alias = asked.query.names.unique(
            f"its_{link.name if link.name != link.child.name else target.name}"
        )
        parent = Parent(alias, link, target.name in self.ambiguous)
        asked.parents[link] = parent
        columns = [key_column(key) for key in target.key]
        table: Expr = d.table(target.table.parts, alias)
        names = [column.parts[0] for column in columns]
        if parent.grouped:
            keys = [d.raw(None, column) for column in columns]
            names = [f"key_{n}" for n in range(1, len(keys) + 1)]
            made = [named(d, key, name) for key, name in zip(keys, names, strict=True)]
            created = target.created if isinstance(target, Entity) else None
            if created is not None and isinstance(created.storage, Column):
                first = d.min(d.read(None, created.storage, created.type), created.type)
                made.append(named(d, first, "created_at"))
            inner = exp.Select(
                expressions=made,
                from_=exp.From(this=d.table(target.table.parts)),
                group=exp.Group(expressions=keys),
            )
            table = subquery(d, inner, alias)
        on = [
            d.join_equal(
                d.key_part(d.field(alias, name), key.type),
                d.key_part(d.field(asked.alias, column), key.type),
            )
            for name, key, column in zip(names, target.key, link.columns, strict=True)
        ]
        asked.query.joins.append(exp.Join(this=table, on=b.all_(on), side="LEFT"))

    def _run(self, asked: Asked, made: Sequence[Expr]) -> list[Row]:
        return self.run(_text(asked, asked.query.select(made)))


def _text(asked: Asked, select: exp.Select) -> str:
    return asked.compiler.print(select, f"check of {asked.row.source.name}")


def _items(value: object) -> Sequence[object]:
    """Of a list as a driver gives it: Snowflake's is the text of one."""
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, list | tuple) else ()


def count_of(value: object) -> int:
    return int(value) if value is not None else 0  # type: ignore[call-overload]


def keyed(names: Sequence[str], row: Sequence[object]) -> str:
    """`customer_id 12`, `(order_id 1, line_no 2)`; without names the values alone."""
    values = [_shown(item) for item in row]
    told = [f"{name} {value}" for name, value in zip(names, values, strict=False)] or values
    return told[0] if len(told) == 1 else f"({', '.join(told)})"


def _shown(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return f'"{value}"' if isinstance(value, str) else str(value)
