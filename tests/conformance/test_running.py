"""Where only the engine knows `as of` (a parameter, its clock), the members are those of the literal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from segql.model import clock, nodes
from segql.model.running import AsOfKind, running_clock
from segql.plan import plan
from segql.sql import compile as compiler
from tests.conformance.test_pages import SECTIONS, Bench, _model, bench
from tests.support import evaluate
from tests.support.pages import Entry, Section, instant, key_of

__all__ = ["bench"]

TIMES = ("2.5", "3.3", "3.6", "histories", "regularity", "groups", "found")
"""The pages whose cases rest on `as of` in more than the existence of rows."""


def _sections(pages: tuple[str, ...]) -> Iterator[object]:
    for engine in ("duckdb", "postgres"):
        for section in SECTIONS:
            entries = [entry for entry in section.entries if entry.kind == "members"]
            if entries and section.page.startswith(pages) and not any(section.marks.values()):
                name = f"{section.page}:{section.line}-{engine}"
                yield pytest.param(engine, section, entries, id=name)


@pytest.mark.parametrize(("engine", "section", "entries"), list(_sections(TIMES)))
def test_a_parameter_means_what_the_literal_means(
    engine: evaluate.EngineName, section: Section, entries: list[Entry], bench: Bench
) -> None:
    as_of = instant(section, clock)
    for entry in entries:
        model = _model(section, entry)
        loaded = bench.loaded(engine, 0, section, model)
        types = tuple(part.type for part in model.segments[entry.name].entity.key)
        expected = sorted(key_of(key, types) for key in entry.expected or ())
        sql = running_sql(model, entry.name, "parameter", engine)
        assert sorted(run(loaded, sql, as_of)) == expected, sql


@pytest.mark.parametrize(("engine", "section", "entries"), list(_sections(("2.5",))))
def test_the_clock_of_the_engine_means_what_the_literal_means(
    engine: evaluate.EngineName, section: Section, entries: list[Entry], bench: Bench
) -> None:
    for entry in entries:
        model = _model(section, entry)
        loaded = bench.loaded(engine, 0, section, model)
        sql = running_sql(model, entry.name, "live", engine)
        before, found, after = (
            loaded.members(model, entry.name, datetime.now(UTC)),
            run(loaded, sql),
            loaded.members(model, entry.name, datetime.now(UTC)),
        )
        assert found in (before, after), sql


def running_sql(model: nodes.Model, segment: str, kind: AsOfKind, dialect: str) -> str:
    asked = plan(model, [segment], running_clock(kind, model.settings))
    return compiler.members(asked, segment, dialect, ordered=True)


def run(engine: evaluate.Engine, sql: str, as_of: datetime | None = None) -> list[tuple[Any, ...]]:
    """Run a statement, with its parameter as the clients of the engine bind it."""
    if isinstance(engine, evaluate.DuckDB):
        assert engine.connection is not None
        given = {"as_of": as_of} if "$as_of" in sql else None
        return engine.connection.execute(sql, given).fetchall()
    assert isinstance(engine, evaluate.Postgres)
    cursor = psycopg.RawCursor(engine.connection)
    with engine.connection.transaction():
        cursor.execute(sql.encode(), [as_of] if "$1" in sql else None)
        return cursor.fetchall()
