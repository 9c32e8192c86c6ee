"""What people ask of audience builders, said in segql: each case on each engine gives what it gives by hand."""

from __future__ import annotations

from functools import cache
from typing import get_args

import pytest

from segql.model import clock, nodes
from tests.expressiveness.pages import Case, Result, load, shared
from tests.support import evaluate
from tests.support.pages import coerce, database_of, instant, key_of
from tests.support.postgres import PostgresServer

ENGINES: tuple[evaluate.EngineName, ...] = get_args(evaluate.EngineName)
CASES = load()


def _parameters() -> list[object]:
    return [
        pytest.param(engine, case, id=f"{case.page}:{case.line}-{engine}-{case.title[:60]}")
        for engine in ENGINES
        for case in CASES
        if engine == "reference" or not (case.reference_only or case.results[0].kind == "Refused")
    ]


class Bench:
    """The engines, each with the shared rows, in each physical form; made once."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.engines: dict[tuple[str, int], evaluate.Engine] = {}

    def engine(self, name: str, number: int) -> evaluate.Engine:
        if (name, number) not in self.engines:
            text, section = shared()
            model = evaluate.check(text, section.project).model
            engine = self._make(name, number)
            engine.load(model, database_of(section, model), evaluate.VARIANTS[name][number])
            self.engines[name, number] = engine
        return self.engines[name, number]

    def _make(self, name: str, number: int) -> evaluate.Engine:
        if name == "reference":
            return evaluate.Reference()
        if name == "duckdb":
            return evaluate.DuckDB()
        return evaluate.Postgres(self.server, f"expressiveness_{number}")


@pytest.fixture(scope="session")
def bench(postgres: PostgresServer) -> Bench:
    return Bench(postgres)


@cache
def _checked(case: Case) -> evaluate.Checked:
    text, section = shared()
    return evaluate.check(f"{text}\n{case.source}", section.project)


def test_the_pages_are_many() -> None:
    assert len(CASES) >= 150
    assert len({case.source for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("engine", "case"), _parameters())
def test_case(engine: evaluate.EngineName, case: Case, bench: Bench) -> None:
    checked = _checked(case)
    refused = [result.expected for result in case.results if result.kind == "Refused"]
    if refused:
        assert sorted({found.code.code for found in checked.errors}) == sorted(refused)
        return
    assert not checked.errors, evaluate.spoken(checked.errors, f"{shared()[0]}\n{case.source}")
    for number in range(len(evaluate.VARIANTS[engine])):
        for result in case.results:
            _compare(bench.engine(engine, number), checked.model, result)


def _compare(engine: evaluate.Engine, model: nodes.Model, result: Result) -> None:
    as_of = instant(shared()[1], clock)
    if result.kind == "Members":
        types = tuple(part.type for part in model.segments[result.name].entity.key)
        expected = sorted(key_of(key, types) for key in result.expected)
        found = engine.members(model, result.name, as_of)  # data of levels may follow the key
        assert sorted(row[: len(types)] for row in found) == expected
        return
    trait = model.traits[result.name]
    values = engine.values(model, result.name, as_of)
    types = tuple(part.type for part in trait.source.key)
    for key, value in result.expected.items():
        value_found = evaluate.comparable(values[key_of(key, types)], trait.value.type)
        assert value_found == evaluate.comparable(
            coerce(value, trait.value.type), trait.value.type
        ), key
