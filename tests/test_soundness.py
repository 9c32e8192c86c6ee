"""What was checked without an error compiles for every dialect, or is refused there with a diagnostic, and runs without an error.

Members, waterfall, sample, levels, sizes and traits of random definitions: on DuckDB and Postgres they run; Snowflake's
text is one statement that parses again.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlglot

from segql.model import nodes
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from segql.plan import plan
from segql.plan.segmentations import plan_segmentations
from segql.sql import compile as compiler
from segql.sql.refusals import refusals
from segql.sql.segmentations import levels, sizes
from tests.agreement.world import Definition, World
from tests.support import evaluate
from tests.support.postgres import PostgresServer
from tests.support.tables import PLAIN

DIALECTS = ("duckdb", "postgres", "snowflake")
SEEDS = range(1000, 1012)


def statements(world: World, definition: Definition, dialect: str) -> dict[str, str]:
    """Every statement that there is of a definition."""
    model, name = world.model, definition.name
    if definition.kind == "trait":
        return {"traits": compiler.traits(model, [name], world.clock, dialect)}
    if definition.kind in ("segmentation", "split"):
        asked, found = plan_segmentations(model, [name], world.clock)
        return {
            "levels": levels(asked, found[name], dialect, ordered=True),
            "sizes": sizes(asked, found[name], dialect),
        }
    asked = plan(model, [name], world.clock)
    attributes = model.segments[name].entity.attributes.values()
    shown = [item.name for item in attributes if item.type.name != "point"]
    return {
        "members": compiler.members(asked, name, dialect),
        "ordered": compiler.members(asked, name, dialect, ordered=True),
        "waterfall": compiler.waterfall(asked, name, dialect),
        "sample": compiler.sample(asked, name, dialect, 5, shown),
    }


@pytest.fixture(scope="module")
def runners(postgres: PostgresServer) -> dict[str, evaluate.DuckDB | evaluate.Postgres]:
    return {"duckdb": evaluate.DuckDB(), "postgres": evaluate.Postgres(postgres, "soundness")}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_checked_compiles_and_runs(
    seed: int, runners: dict[str, evaluate.DuckDB | evaluate.Postgres]
) -> None:
    world = World(seed, 12)
    for runner in runners.values():
        runner.load(world.base, world.database, PLAIN)
    oracle = evaluate.Reference()
    oracle.load(world.base, world.database, PLAIN)
    for definition in world.accepted:
        if _leaves_the_bounds(world, definition, oracle):
            continue  # an engine may fail there, as the reference does
        for dialect in DIALECTS:
            if refusals(_definitions(world.model, definition), [dialect]):
                continue  # told when it is checked
            made = statements(world, definition, dialect)
            for what, sql in made.items():
                if dialect in runners:
                    _run(runners[dialect], sql, f"{what} of {definition.source}")
                else:
                    assert len(sqlglot.parse(sql, dialect=dialect)) == 1, sql


def _definitions(model: nodes.Model, definition: Definition) -> list[nodes.Segment | nodes.Trait]:
    match definition.kind:
        case "segment":
            return [model.segments[definition.name]]
        case "trait":
            return [model.traits[definition.name]]
        case _:
            return [level.segment for level in model.segmentations[definition.name].levels]


def _run(runner: evaluate.DuckDB | evaluate.Postgres, sql: str, what: str) -> None:
    try:
        runner.run(sql)
    except Exception as error:
        pytest.fail(f"{what}\n{sql}\n{type(error).__name__}: {error}")


def _leaves_the_bounds(world: World, definition: Definition, oracle: evaluate.Reference) -> bool:
    trait = definition.kind == "trait"
    ask: Callable[..., object] = oracle.values if trait else oracle.members
    try:
        for one in _definitions(world.model, definition):
            ask(world.model, one.name, world.as_of)
    except (NumberTooLargeError, OutOfRangeError):
        return True
    return False


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_a_plan_of_many_segments_gives_each_its_members(
    seed: int, runners: dict[str, evaluate.DuckDB | evaluate.Postgres]
) -> None:
    """Planned together with others, a segment has the members that it has alone."""
    world = World(seed, 12)
    runner = runners["duckdb"]
    runner.load(world.base, world.database, PLAIN)
    names = [item.name for item in world.accepted if item.kind == "segment"]
    together = plan(world.model, names, world.clock)
    for name in names:
        alone = plan(world.model, [name], world.clock)
        assert runner.run(compiler.members(together, name, "duckdb", ordered=True)) == runner.run(
            compiler.members(alone, name, "duckdb", ordered=True)
        )


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_the_waterfall_ends_with_the_members(
    seed: int, runners: dict[str, evaluate.DuckDB | evaluate.Postgres]
) -> None:
    """`population`, then for each line how many it matches alone and how many are left after it."""
    world = World(seed, 12)
    runner = runners["duckdb"]
    runner.load(world.base, world.database, PLAIN)
    oracle = evaluate.Reference()
    oracle.load(world.base, world.database, PLAIN)
    for item in world.accepted:
        if item.kind != "segment":
            continue
        asked = plan(world.model, [item.name], world.clock)
        row = runner.run(compiler.waterfall(asked, item.name, "duckdb"))[0]
        assert row[-1] == len(oracle.members(world.model, item.name, world.as_of)), item.source
        assert row[0] >= row[2] >= row[-1]
