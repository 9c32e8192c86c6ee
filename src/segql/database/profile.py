"""What is counted in the tables for a draft: one statement a table, and a small one for each column that looks like an
enum, a key or a foreign key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from segql.engines.base import Engine, Row
from segql.engines.catalogue import PhysicalColumn, PhysicalTable, is_unlimited
from segql.errors import StatementError
from segql.model.nodes import Column, Settings, Table
from segql.model.types import FLOAT, TEXT, DecimalType, Type
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect
from segql.sql.dialect import dialect as dialect_of
from segql.sql.parts import named, subquery

SAMPLE = 1000
"""Documents, and texts that may be lists, are told from so many rows."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a column: how many rows have a value, and how many different ones there are (None: not counted)."""

    known: int
    distinct: int | None = None
    scale: int | None = None
    """The most places behind the point, of a number whose type does not say."""


@dataclass(slots=True)
class Profile:
    """A table, the number of its rows, and the counts of its columns by name."""

    physical: PhysicalTable
    rows: int
    counts: dict[str, Counts] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return self.physical.table

    def is_full(self, column: str) -> bool:
        """Every row has a value, by the catalogue or by the rows there are."""
        found = self.physical.column(column)
        declared = found is not None and not found.nullable
        return declared or (self.rows > 0 and self.counts[column].known == self.rows)


class Prober:
    """Asks the tables. What a target refuses to say of one is noted, and nothing is guessed from it; every method
    raises `EngineError` where the target answers nothing any more."""

    def __init__(self, engine: Engine, dialect: str, settings: Settings) -> None:
        self._engine = engine
        self._d: Dialect = dialect_of(dialect, settings)
        self.refused: dict[Table, str] = {}
        """Tables, and why a question about their rows was not answered."""

    @property
    def reads_json_in_texts(self) -> bool:
        """Of the dialect."""
        return self._d.reads_json_in_texts

    def profile(self, table: PhysicalTable) -> Profile:
        """Rows, and for each column the known and, where they tell something, the different values.

        Raises `StatementError` where the rows cannot be read.
        """
        made: list[Expr] = [exp.Count(this=exp.Star())]
        columns = [
            column for column in table.columns if column.kind is not None and column.readable
        ]
        for column in columns:
            value = self._d.field(None, column.name)
            is_float = isinstance(column.kind, Type) and column.kind.name == "float"
            known = self._d.read(None, Column((column.name,)), FLOAT) if is_float else value
            made.append(exp.Count(this=known))  # of floats the finite ones
            if _is_counted(column):
                made.append(exp.Count(this=exp.Distinct(expressions=[value])))
            if _is_open_number(column):
                made.append(b.call("MAX", b.call("SCALE", value)))
        numbers = iter(_numbers(self._run(self._select(table.table, made))[0]))
        found = Profile(table, next(numbers))
        for column in columns:
            n_known = next(numbers)
            distinct = next(numbers) if _is_counted(column) else None
            scale = next(numbers) if _is_open_number(column) else None
            found.counts[column.name] = Counts(n_known, distinct, scale)
        return found

    def is_unique(self, table: Table, columns: Sequence[str]) -> bool:
        """No two rows have the same values."""
        fields = [self._d.field(None, column) for column in columns]
        inner = self._select(table, [named(self._d, f, f"c{i}") for i, f in enumerate(fields)])
        inner.set("distinct", exp.Distinct())
        outer = exp.Select(
            expressions=[exp.Count(this=exp.Star())],
            from_=exp.From(this=subquery(self._d, inner, "keys")),
        )
        rows = self._asked(table, self._select(table, [exp.Count(this=exp.Star())]))
        return bool(rows) and self._asked(table, outer) == rows

    def values(self, table: Table, column: str, most: int) -> list[str]:
        """The different texts of a column, the most frequent first; at most `most`."""
        text = self._d.read(None, Column((column,)), TEXT)
        count = exp.Count(this=exp.Star())
        query = self._select(table, [text], b.not_null(self._d.field(None, column)))
        query.set("group", exp.Group(expressions=[text]))
        order = [exp.Ordered(this=count, desc=True), exp.Ordered(this=text)]
        query.set("order", exp.Order(expressions=order))
        query.set("limit", exp.Limit(expression=b.number(most)))
        return [str(row[0]) for row in self._asked(table, query)]

    def contained(
        self, table: Table, column: str, parent: Table, key: str, *, several: bool = False
    ) -> tuple[int, int]:
        """The different values of a column, and how many of them are keys of `parent`; `several` of its rows may have
        one key."""
        value = self._d.field(None, column)
        inner = self._select(table, [named(self._d, value, "value")], b.not_null(value))
        inner.set("distinct", exp.Distinct())
        on = b.eq(self._d.field("parent", key), self._d.field("child", "value"))
        keys: exp.Expr = self._d.table(parent.parts, "parent")
        if several:
            query = self._select(parent, [self._d.field(None, key)])
            query.set("distinct", exp.Distinct())
            keys = subquery(self._d, query, "parent")
        joined = exp.Join(this=keys, on=on, side="LEFT")
        outer = exp.Select(
            expressions=[exp.Count(this=exp.Star()), exp.Count(this=self._d.field("parent", key))],
            from_=exp.From(this=subquery(self._d, inner, "child")),
            joins=[joined],
        )
        rows = self._asked(table, outer)
        known, found = _numbers(rows[0]) if rows else (0, 0)
        return known, found

    def sample(self, table: Table, column: str, key: Sequence[str]) -> list[object]:
        """The first known values by the key, as the driver gives them: the same ones each time."""
        value = self._d.field(None, column)
        query = self._select(table, [value], b.not_null(value))
        if key:
            order = [exp.Ordered(this=self._d.field(None, name)) for name in key]
            query.set("order", exp.Order(expressions=order))
        query.set("limit", exp.Limit(expression=b.number(SAMPLE)))
        return [row[0] for row in self._asked(table, query)]

    def _asked(self, table: Table, query: exp.Select) -> list[Row]:
        """The rows of an answer; none where it is refused."""
        try:
            return self._run(query)
        except StatementError as error:
            self.refused.setdefault(table, reason(error))
            return []

    def _run(self, query: exp.Select) -> list[Row]:
        return self._engine.run(self._d.print(query)).rows

    def _select(self, table: Table, made: Iterable[Expr], where: Expr | None = None) -> exp.Select:
        query = exp.Select(expressions=list(made), from_=exp.From(this=self._d.table(table.parts)))
        if where is not None:
            query.set("where", exp.Where(this=where))
        return query


def reason(error: StatementError) -> str:
    """What an engine says, without the name of the target."""
    return str(error).partition(": ")[2]


def _numbers(row: Row) -> list[int]:
    return [item if isinstance(item, int) else 0 for item in row]


def _is_counted(column: PhysicalColumn) -> bool:
    """Whether different values tell of a key or an enum."""
    return isinstance(column.kind, Type) and column.kind.name in ("int", "text")


def _is_open_number(column: PhysicalColumn) -> bool:
    return isinstance(column.kind, DecimalType) and is_unlimited(column.type)
