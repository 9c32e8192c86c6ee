"""The Snowflake text of everything that is tested elsewhere: of the conformance suite, and of random definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tests.conformance
from segql.model import clock, nodes
from segql.model.clock import Clock
from segql.model.running import running_clock
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from segql.plan import plan
from segql.plan.segmentations import plan_segmentations
from segql.sql.compile import members
from segql.sql.segmentations import levels
from tests.agreement.world import Definition, World
from tests.support import evaluate
from tests.support.pages import Entry, Section, cached_pages, instant

PAGES = Path(tests.conformance.__file__).parent
BATCH = 10


class Statement(NamedTuple):
    """A statement and what it was made of."""

    place: str
    text: str
    raw: bool = False
    """Whether it may hold SQL that a user wrote (`sql "…"`)."""


@lru_cache(maxsize=1)
def of_suite() -> tuple[Statement, ...]:
    """All of the conformance suite."""
    return (*of_pages(), *of_running())


def of_pages() -> Iterator[Statement]:
    """A statement for each case of each page."""
    for section in cached_pages(PAGES):
        entries = tuple(one for one in section.entries if one.kind in ("members", "values"))
        together = evaluate.check(section.source(entries), section.project)
        as_of = instant(section, clock)
        for entry in entries:
            model = together.model if not together.errors else _alone(section, entry)
            make = evaluate.members_sql if entry.kind == "members" else evaluate.values_sql
            yield Statement(
                f"{section.page}:{section.line} {entry.text}",
                make(model, entry.name, as_of, "snowflake"),
                'sql "' in section.source((entry,)),
            )


def of_running() -> Iterator[Statement]:
    """Statements whose `as of` is the engine's clock, or a parameter."""
    for section in cached_pages(PAGES):
        if not section.page.startswith(("2.5", "3.3", "histories", "regularity")):
            continue
        for number, entry in enumerate(one for one in section.entries if one.kind == "members"):
            model = _alone(section, entry)
            clock_ = running_clock("live" if number % 2 else "parameter", model.settings)
            text = members(plan(model, [entry.name], clock_), entry.name, "snowflake")
            yield Statement(f"running {section.page}:{section.line} {entry.text}", text)


def _alone(section: Section, entry: Entry) -> nodes.Model:
    return evaluate.check(section.source((entry,)), section.project).model


def of_worlds(seeds: Iterable[int]) -> Iterator[Statement]:
    """A statement for each definition of the random worlds of `tests.agreement`; numbers out of bounds make none."""
    for seed in seeds:
        world = World(seed, BATCH)
        for definition in world.accepted:
            try:
                text = _random(world, definition)
                yield Statement(f"seed {seed}, {definition.name}", text, raw=True)
            except (NumberTooLargeError, OutOfRangeError):
                continue


def _random(world: World, definition: Definition) -> str:
    match definition.kind:
        case "segment":
            return evaluate.members_sql(world.model, definition.name, world.as_of, "snowflake")
        case "trait":
            return evaluate.values_sql(world.model, definition.name, world.as_of, "snowflake")
        case _:
            asked, waterfalls = plan_segmentations(
                world.model, [definition.name], Clock(world.as_of, world.model.settings)
            )
            return levels(asked, waterfalls[definition.name], "snowflake", ordered=True)
