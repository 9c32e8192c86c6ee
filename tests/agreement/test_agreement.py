"""Random worlds: the reference, DuckDB and Postgres agree on the members of every segment and the value of every trait.

`--agreement-examples N` (or `SEGQL_AGREEMENT`) sets how many definitions are tried, 300 by default. A difference is
shrunk and printed as a section for a conformance page.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from segql.model import nodes
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from tests.agreement.world import (
    ENGINES,
    Definition,
    World,
    as_page,
    fewest_rows,
    simplest_choices,
)
from tests.support import evaluate
from tests.support.postgres import PostgresServer
from tests.support.tables import AWKWARD, PLAIN, Database

BATCH = 10
DEFAULT = 300


class Bench:
    """The three engines, loaded together."""

    def __init__(self, server: PostgresServer) -> None:
        self.engines: dict[str, evaluate.Engine] = {
            "reference": evaluate.Reference(),
            "duckdb": evaluate.DuckDB(),
            "postgres": evaluate.Postgres(server, "agreement"),
        }

    def load(self, world: World, database: Database) -> None:
        physical = PLAIN if world.seed % 2 else AWKWARD
        for engine in self.engines.values():
            engine.load(world.base, database, physical)

    def results(
        self, world: World, model: nodes.Model, definition: Definition
    ) -> dict[str, object]:
        """What each engine says; an error's text where it fails. Empty where the numbers leave their bounds."""
        found: dict[str, object] = {}
        for name in ENGINES:
            try:
                found[name] = self._ask(self.engines[name], world, model, definition)
            except (NumberTooLargeError, OutOfRangeError):
                return {}
            except Exception as error:  # any failure of an engine is a finding
                found[name] = f"{type(error).__name__}: {error}"
        return found

    def _ask(
        self, engine: evaluate.Engine, world: World, model: nodes.Model, definition: Definition
    ) -> object:
        if definition.kind == "segment":
            return engine.members(model, definition.name, world.as_of)
        type_ = model.traits[definition.name].value.type
        values = engine.values(model, definition.name, world.as_of)
        return {key: evaluate.comparable(value, type_) for key, value in sorted(values.items())}


def differ(found: dict[str, object]) -> bool:
    return len({repr(result) for result in found.values()}) > 1 or any(
        isinstance(result, str) for result in found.values()
    )


@pytest.fixture(scope="session")
def bench(postgres: PostgresServer) -> Bench:
    return Bench(postgres)


def test_engines_agree(bench: Bench, agreement_examples: int) -> None:
    @settings(
        max_examples=max(1, agreement_examples // BATCH),
        deadline=None,
        database=None,
        derandomize=agreement_examples <= DEFAULT,  # the same in every run of CI; long runs explore
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**48))
    def tried(seed: int) -> None:
        world = World(seed, BATCH)
        bench.load(world, world.database)
        for definition in world.accepted:
            found = bench.results(world, world.model, definition)
            assert not differ(found), shrunk(bench, world, definition)

    tried()


def shrunk(bench: Bench, world: World, definition: Definition) -> str:
    """The smallest definition and rows found on which the engines still differ, as a conformance section."""

    def fails(one: Definition) -> bool:
        checked = world.check([one])
        return not checked.errors and differ(bench.results(world, checked.model, one))

    def made(choices: bytes) -> Definition:
        return world.define(definition.kind, definition.name, choices)

    smallest = made(simplest_choices(definition.choices, lambda choices: fails(made(choices))))
    if not fails(smallest):
        smallest = definition

    def fails_on(database: Database) -> bool:
        bench.load(world, database)
        return fails(smallest)

    database = fewest_rows(world.database, fails_on)
    bench.load(world, database)
    model = world.check([smallest]).model
    page = as_page(world, smallest, database, bench.results(world, model, smallest))
    bench.load(world, world.database)
    return page


def test_the_generator_writes_what_check_accepts() -> None:
    """Nearly all definitions are accepted, and they are not all alike: otherwise agreement says little."""
    worlds = [World(seed, BATCH) for seed in range(8)]
    written = [item for world in worlds for item in world.definitions]
    accepted = [item for world in worlds for item in world.accepted]
    assert len(accepted) >= 0.85 * len(written)
    assert len({item.text for item in accepted}) >= 0.9 * len(accepted)
    more = [item.text for seed in range(8, 60) for item in World(seed, BATCH).definitions]
    together = "\n".join([*(item.text for item in accepted), *more])
    wanted: tuple[str, ...] = (
        "did ", "did not ", "has ", "has no ", "member of ", "anniversary(", "or unknown", "if known", "where {", "none {",
        "exactly", "at least", "in last", "between ", "ignoring case", "matches", "is unknown", "sum(", "avg(", "count(",
        "first(", "favourite(", " since ", "share(",
    )  # fmt: skip
    missing = [word for word in wanted if word not in together]
    assert not missing
