"""The cases of the conformance suite, and what becomes of each on one more dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import tests.conformance
from segql.model import clock, nodes
from segql.sql.refusals import refusals
from tests.conformance.test_pages import _compare_values, _model
from tests.more_dialects.dialects import Dialect
from tests.support.pages import Entry, Section, cached_pages, database_of, instant, key_of
from tests.support.tables import AWKWARD, PLAIN, Physical

Outcome = Literal["passed", "refused", "marked", "failed"]
FORMS = {"plain": PLAIN, "awkward": AWKWARD}


@dataclass(frozen=True)
class Result:
    """What became of one case in one physical form, and why."""

    case: str
    outcome: Outcome
    words: str = ""


@dataclass(frozen=True)
class Unit:
    """The cases of one section in one physical form: they share their tables."""

    section: Section
    form: str
    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return f"{self.section.page}:{self.section.line} {self.form}"

    def run(self, engine: Dialect) -> Iterator[Result]:
        held: nodes.Model | None = None
        for entry in self.entries:
            model = _model(self.section, entry)
            name, definition = case_name(self.section, entry), defined(model, entry)
            told = refusals([definition], [engine.dialect])
            if told:
                yield Result(name, "refused", told[0].message)
                continue
            try:
                if held is not model:
                    held = None
                    engine.load(model, database_of(self.section, model), self._physical())
                    held = model
                wrong = _difference(engine, self.section, entry, model)
            except Exception as error:  # any failure of an engine is a finding
                wrong = f"{type(error).__name__}: {str(error)[:400]}"
            yield _marked(self.section, engine.dialect, name, wrong)

    def _physical(self) -> Physical:
        return replace(FORMS[self.form], overrides=self.section.settings.get("types") or {})


def units(word: str, forms: tuple[str, ...]) -> list[Unit]:
    """The whole suite, or the cases whose name has `word`."""
    found = []
    for section in sections():
        entries = tuple(
            one for one in section.entries if _is_run(one) and word in case_name(section, one)
        )
        found += [Unit(section, form, entries) for form in forms if entries]
    return found


def refused_cases(dialect: str, word: str = "") -> list[str]:
    """What `check` refuses, as the list of the dialect has it: without the line of the page, which moves."""
    found: dict[str, None] = {}
    for section in sections():
        for entry in filter(_is_run, section.entries):
            name = case_name(section, entry)
            told = (
                refusals([defined(_model(section, entry), entry)], [dialect])
                if word in name
                else ()
            )
            if told:
                found[f"{re.sub(':[0-9]+', '', name, count=1)}: {told[0].message}"] = None
    return list(found)


def list_of_refused(dialect: str) -> Path:
    return Path(__file__).with_name(f"refused-{dialect}.txt")


def sections() -> list[Section]:
    return cached_pages(Path(tests.conformance.__file__).parent)


def case_name(section: Section, entry: Entry) -> str:
    return f"{section.page}:{section.line} {' '.join(entry.text.split())}"


def defined(model: nodes.Model, entry: Entry) -> nodes.Segment | nodes.Trait:
    return model.segments[entry.name] if entry.kind == "members" else model.traits[entry.name]


def _is_run(entry: Entry) -> bool:
    return entry.kind in ("members", "values")


def _difference(engine: Dialect, section: Section, entry: Entry, model: nodes.Model) -> str:
    """What is found beside what is expected; empty where both are the same."""
    as_of = instant(section, clock)
    if entry.kind == "values":
        values = engine.values(model, entry.name, as_of)
        try:
            _compare_values(values, model.traits[entry.name], entry)
        except AssertionError:
            return f"values {values}, expected {entry.expected}"
        return ""
    types = tuple(part.type for part in model.segments[entry.name].entity.key)
    expected = sorted(key_of(key, types) for key in entry.expected or ())
    found = sorted(engine.members(model, entry.name, as_of))
    return "" if found == expected else f"members {found}, expected {expected}"


def _marked(section: Section, dialect: str, name: str, wrong: str) -> Result:
    """A case of a marked section must fail."""
    reasons = [marks[dialect] for marks in section.marks.values() if dialect in marks]
    if not reasons:
        return Result(name, "failed" if wrong else "passed", wrong)
    if wrong:
        return Result(name, "marked", reasons[0])
    return Result(name, "failed", f"marked ({reasons[0]}), but passed")
