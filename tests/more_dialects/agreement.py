"""Random definitions (`tests.agreement`) on one more dialect, beside the reference evaluator."""

from __future__ import annotations

import time
from collections import Counter

from segql.model import nodes
from segql.model.clock import Clock
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from segql.plan.segmentations import plan_segmentations
from segql.sql.refusals import refusals
from segql.sql.segmentations import levels
from tests.agreement.world import Definition, World
from tests.more_dialects.dialects import Dialect
from tests.support import evaluate
from tests.support.tables import AWKWARD, PLAIN

BATCH = 10
SECONDS = 30
"""Between two lines of progress."""


def run(engine: Dialect, wanted: int, seed: int) -> int:
    """How many of the definitions differ; each is printed."""
    reference = evaluate.Reference()
    counted: Counter[str] = Counter()
    started = said = time.monotonic()
    while counted["tried"] < wanted:
        world = World(seed, BATCH)
        reference.load(world.base, world.database, PLAIN)
        engine.load(world.base, world.database, PLAIN if seed % 2 else AWKWARD)
        for definition in world.accepted:
            counted["tried"] += 1
            counted[_outcome(engine, reference, world, definition)] += 1
        seed += 1
        if time.monotonic() - said > SECONDS:
            said = time.monotonic()
            print(f"{_said(counted, started)}, next seed {seed}", flush=True)
    engine.close()
    print(f"{_said(counted, started)}, seeds to {seed - 1}", flush=True)
    return counted["differ"]


def _said(counted: Counter[str], started: float) -> str:
    words = ", ".join(f"{counted[one]} {one}" for one in ("tried", "differ", "refused"))
    left = f"{counted['left']} left the bounds of numbers"
    return f"{words}, {left} in {time.monotonic() - started:.0f} s"


def _outcome(
    engine: Dialect, reference: evaluate.Reference, world: World, definition: Definition
) -> str:
    """`same`, `refused`, `left` (the bounds of numbers) or `differ`, which is printed."""
    if _refused(world.model, definition, engine.dialect):
        return "refused"
    try:
        expected = _asked(reference, world, definition)
    except (NumberTooLargeError, OutOfRangeError):
        return "left"
    try:
        found = _asked(engine, world, definition)
    except Exception as error:  # any failure of an engine is a finding
        found = f"{type(error).__name__}: {str(error)[:1000]}"
    if found == expected:
        return "same"
    print(f"seed {world.seed}, {definition.name}\n{definition.source}", flush=True)
    print(f"reference: {expected}\n{engine.dialect}: {found}\n", flush=True)
    return "differ"


def _refused(model: nodes.Model, definition: Definition, dialect: str) -> bool:
    match definition.kind:
        case "segment":
            asked = [model.segments[definition.name]]
        case "trait":
            return bool(refusals([model.traits[definition.name]], [dialect]))
        case _:
            asked = [level.segment for level in model.segmentations[definition.name].levels]
    return bool(refusals(asked, [dialect]))


def _asked(engine: evaluate.Reference | Dialect, world: World, definition: Definition) -> object:
    model, name = world.model, definition.name
    match definition.kind:
        case "segment":
            return engine.members(model, name, world.as_of)
        case "trait":
            type_ = model.traits[name].value.type
            values = engine.values(model, name, world.as_of)
            return {key: evaluate.comparable(value, type_) for key, value in sorted(values.items())}
    whole = model.segmentations[name]
    if isinstance(engine, evaluate.Reference):
        return {
            level.name: engine.members(model, level.segment.name, world.as_of)
            for level in whole.levels
        }
    clock = Clock(world.as_of, model.settings)
    asked, waterfalls = plan_segmentations(model, [name], clock)
    width = len(whole.entity.key)
    found: dict[str, list[evaluate.Key]] = {level.name: [] for level in whole.levels}
    for row in engine.rows(levels(asked, waterfalls[name], engine.dialect, ordered=True)):
        found[row[width]].append(tuple(row[:width]))
    return found
