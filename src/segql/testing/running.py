"""A test on an embedded DuckDB and on the reference evaluator, which must agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb

from segql import reference
from segql.model.clock import Clock
from segql.model.nodes import Case, Expectation, Model
from segql.plan import plan
from segql.reference.evaluator import Evaluator
from segql.reference.physical import PhysicalRow
from segql.reference.rows import Record
from segql.sql.compile import members
from segql.testing.rows import Key, Stored, stored
from segql.testing.tables import fill, one_row, tables_of


@dataclass(frozen=True)
class Verdict:
    """An expectation and what came out: `actual` is whether the row is a member, or the number of members.

    `level` is the level of a segmentation that the row is in, or empty.
    """

    expectation: Expectation
    actual: bool | int
    level: str = ""

    @property
    def passed(self) -> bool:
        kind = self.expectation.kind
        return self.actual == (self.expectation.count if kind == "count" else kind == "in")


@dataclass(frozen=True)
class Difference:
    """DuckDB and the reference evaluator disagree about a segment: a fault of segql."""

    segment: str
    duckdb: tuple[Key, ...]
    reference: tuple[Key, ...]


class Run:
    """One case with its rows in DuckDB and at the reference evaluator; close it by leaving it."""

    def __init__(self, model: Model, case: Case) -> None:
        self.model = model
        self.case = case
        self.rows: Stored = stored(case)
        self.clock = Clock(case.as_of, model.settings)
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        tables = tables_of(model)
        fill(self._connection, tables, self.rows.tables)
        self._columns = {
            id(row): tables[name] for name, rows in self.rows.tables.items() for row in rows
        }

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @cached_property
    def evaluator(self) -> Evaluator:
        """The reference evaluator over the rows of the case."""
        return Evaluator(self.clock, self.rows.tables, self._evaluate_sql)

    @cached_property
    def members(self) -> Mapping[str, frozenset[Key]]:
        """The keys of the members of each segment that is expected something of, by DuckDB."""
        names = dict.fromkeys(name for item in self.case.expectations for name in item.segments)
        return {name: frozenset(self._by_duckdb(name)) for name in names}

    def differences(self) -> Iterator[Difference]:
        """Where the reference evaluator says something else."""
        for name, found in self.members.items():
            other = frozenset(
                reference.members(
                    self.model,
                    name,
                    self.rows.tables,
                    self.case.as_of,
                    evaluate_sql=self._evaluate_sql,
                )
            )
            if other != found:
                yield Difference(name, _listed(found - other), _listed(other - found))

    def verdicts(self) -> list[Verdict]:
        """Each expectation with what came out."""
        return [self._verdict(item) for item in self.case.expectations]

    def record(self, label: str) -> Record | None:
        """The named row, if it exists as of the case's instant."""
        source = next(row.source for row in self.case.rows if row.label == label)
        return self.evaluator.rows.with_key(source, self.rows.keys[label])

    def _verdict(self, item: Expectation) -> Verdict:
        if item.kind == "count":
            return Verdict(item, len(frozenset().union(*(self.members[n] for n in item.segments))))
        key = self.rows.keys[item.subject]
        inside = [name for name in item.segments if key in self.members[name]]
        level = inside[0] if inside else self._level(item.subject)
        return Verdict(item, bool(inside), level if "." in level else "")

    def _level(self, label: str) -> str:
        """The level of the tested segmentation that a row is in."""
        whole = self.model.segmentations.get(self.case.name.partition(".")[0])
        if whole is None or "." in self.case.name:
            return ""
        key = self.rows.keys[label]
        names = [level.segment.name for level in whole.levels]
        return next((name for name in names if key in frozenset(self._by_duckdb(name))), "")

    def _by_duckdb(self, name: str) -> list[Key]:
        sql = members(plan(self.model, [name], self.clock), name, "duckdb")
        width = len(self.model.segments[name].entity.key)
        return [tuple(row[:width]) for row in self._connection.execute(sql).fetchall()]

    def _evaluate_sql(self, text: str, row: PhysicalRow) -> object:
        """Raw SQL over the columns of one row, for the reference evaluator."""
        sql, values = one_row(self._columns[id(row)], row)
        return self._connection.execute(f"SELECT {text} FROM ({sql})", values).fetchall()[0][0]


def _listed(keys: frozenset[Key]) -> tuple[Key, ...]:
    return tuple(sorted(keys, key=repr))
