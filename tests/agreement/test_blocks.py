"""`segql test` on random definitions and rows: DuckDB and the reference agree, and what is said to decide does."""

from __future__ import annotations

from tests.agreement.blocks import Block, tried
from tests.agreement.world import World

WORLDS = 2


def test_blocks(agreement_examples: int) -> None:
    found = [tried(World(seed, 10)) for seed in range(WORLDS * max(1, agreement_examples // 300))]
    assert not [fault for world in found for fault in world.faults]
    assert sum(world.blocks for world in found) >= 8 * len(found)
    assert sum(world.explained for world in found) >= 12 * len(found)


def test_the_rows_say_all_that_a_test_can() -> None:
    """Every kind of value, rows of rows, copies and many at once: otherwise passing says little."""
    worlds = [World(seed, 1) for seed in range(12)]
    text = "\n".join(Block(world, world.definitions[0], 0).text("") for world in worlds)
    wanted = (
        " like ", " times\n", "order_line", " of order_line_", "store: store_", "referrer: customer_", "point(", ": true", ": (", '("',
        "moods", "answers", "stay", "\\n", '\\"', "gender: ", "height: -", "phase: ", "level: ",
    )  # fmt: skip
    assert not [word for word in wanted if word not in text]
