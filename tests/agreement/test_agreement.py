"""Random worlds: the reference, DuckDB and Postgres agree on the members of every segment and the value of every trait.

`--agreement-examples N` (or `SEGQL_AGREEMENT`) sets how many definitions are tried, 300 by default. A difference is
shrunk and printed as a section for a conformance page.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.agreement.bench import Bench, differ, shrunk
from tests.agreement.world import World
from tests.support.postgres import PostgresServer

BATCH = 10
DEFAULT = 300


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
        "first(", "favourite(", " since ", "share(", "sequence {", "sequence by ", "latest ", "then next ", " of start", " after ", "then no ",
        "\nno ", " full ", " periods of ", "in each of", "within any", "streak_", "_gap(", "favourite_share(", "top ", "bottom ", "top share",
        "exactly ", " per ", "ntile(", "quantile_group(", "rank(", "percentile(", "count(among", "avg(", "stddev(", "otherwise", " with {",
        "part p", "member of stage.", "member of halves.", "member of named", "member of scored", " km of ", "has been ", " as of ",
        " as r0", " as r1", "member of filed", "customer member of", "did referrer.", "has store.", "by streak_", "by max_gap(",
        "brand_of", "day_of", "store_of", "size_of", "alike", "placed", "raw_a", "odd", "often", "looked", 'sql "', "spend_in(", "lately(", "branded(", "idle(", "quiet(", "passes(", "sold(",
    )  # fmt: skip
    missing = [word for word in wanted if word not in together]
    assert not missing
