"""Each case of each page, on each engine: the members and values are those that the page says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from segql.model import clock, nodes
from tests.support import evaluate
from tests.support.pages import (
    Entry,
    Section,
    cached_pages,
    coerce,
    database_of,
    instant,
    key_of,
)
from tests.support.postgres import PostgresServer

ENGINES: tuple[evaluate.EngineName, ...] = ("reference", "duckdb", "postgres")
SECTIONS = cached_pages(Path(__file__).parent)


def _cases(kinds: tuple[str, ...]) -> Iterator[tuple[Section, Entry]]:
    for section in SECTIONS:
        for entry in section.entries:
            if entry.kind in kinds:
                yield section, entry


def _parameters() -> Iterator[object]:
    for engine in ENGINES:
        for section, entry in _cases(("members", "values")):
            reasons = [
                f"{kind}: {marks[name]}"
                for kind, marks in section.marks.items()
                for name in (engine, "all")
                if name in marks
            ]
            marks = [pytest.mark.xfail(strict=True, reason=reason) for reason in reasons]
            name = f"{section.page}:{section.line}-{entry.text}-{engine}"
            yield pytest.param(engine, section, entry, marks=marks, id=name.replace("\n", " "))


class Bench:
    """The engines, each with the section that it holds, in each physical form."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.engines: dict[tuple[str, int], evaluate.Engine] = {}
        self.held: dict[tuple[str, int], Section] = {}

    def loaded(
        self, name: str, number: int, section: Section, model: nodes.Model
    ) -> evaluate.Engine:
        place = (name, number)
        if place not in self.engines:
            self.engines[place] = self._make(name, number)
        engine = self.engines[place]
        if self.held.get(place) is not section:
            self.held.pop(place, None)
            physical = evaluate.VARIANTS[name][number]
            physical = replace(physical, overrides=section.settings.get("types") or {})
            engine.load(model, database_of(section, model), physical)
            self.held[place] = section
        return engine

    def _make(self, name: str, number: int) -> evaluate.Engine:
        if name == "reference":
            return evaluate.Reference()
        if name == "duckdb":
            return evaluate.DuckDB()
        return evaluate.Postgres(self.server, f"conformance_{number}")


@pytest.fixture(scope="session")
def bench(postgres: PostgresServer) -> Bench:
    return Bench(postgres)


@lru_cache(maxsize=4)
def _together(section: Section) -> evaluate.Checked:
    return evaluate.check(section.source(_evaluated(section)), section.project)


@lru_cache(maxsize=4)
def _alone(section: Section, entry: Entry) -> evaluate.Checked:
    return evaluate.check(section.source((entry,)), section.project)


def _evaluated(section: Section) -> tuple[Entry, ...]:
    return tuple(entry for entry in section.entries if entry.kind in ("members", "values"))


def _model(section: Section, entry: Entry) -> nodes.Model:
    """All cases of a section in one model, so that they meet; each alone where one has a fault."""
    together = _together(section)
    if not together.errors:
        return together.model
    alone = _alone(section, entry)
    assert not alone.errors, evaluate.spoken(alone.errors, section.source((entry,)))
    return alone.model


@pytest.mark.parametrize(("engine", "section", "entry"), list(_parameters()))
def test_case(engine: evaluate.EngineName, section: Section, entry: Entry, bench: Bench) -> None:
    model = _model(section, entry)
    as_of = instant(section, clock)
    for number in range(len(evaluate.VARIANTS[engine])):
        loaded = bench.loaded(engine, number, section, model)
        if entry.kind == "members":
            types = tuple(part.type for part in model.segments[entry.name].entity.key)
            expected = sorted(key_of(key, types) for key in entry.expected or ())
            assert sorted(loaded.members(model, entry.name, as_of)) == expected
        else:
            _compare_values(
                loaded.values(model, entry.name, as_of), model.traits[entry.name], entry
            )


def _compare_values(found: dict[evaluate.Key, object], trait: nodes.Trait, entry: Entry) -> None:
    type_ = trait.value.type
    types = tuple(part.type for part in trait.source.key)
    expected = {key_of(key, types): coerce(value, type_) for key, value in entry.expected.items()}
    assert {
        key: evaluate.comparable(value, type_) for key, value in found.items() if key in expected
    } == {key: evaluate.comparable(value, type_) for key, value in expected.items()}


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        pytest.param(section, entry, id=f"{section.page}:{section.line}-{entry.kind}-{entry.text}")
        for section, entry in _cases(("refused", "warned", "clean"))
    ],
)
def test_check(section: Section, entry: Entry) -> None:
    source = section.source((entry,))
    checked = evaluate.check(source, section.project)
    if entry.kind == "refused":
        assert checked.errors, "accepted"
        return
    start = len(section.declarations)
    here = [found for found in checked.diagnostics if found.span and found.span.start >= start]
    assert not checked.errors, evaluate.spoken(checked.errors, source)
    assert bool(here) is (entry.kind == "warned"), evaluate.spoken(here, source) or "no warning"
