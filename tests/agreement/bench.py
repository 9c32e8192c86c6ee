"""The three engines side by side: what each says about a definition, and the smallest case where they differ."""

from __future__ import annotations

from segql.model import nodes
from segql.model.chance import SIZE, split_part
from segql.model.clock import Clock
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from segql.plan.segmentations import plan_segmentations
from segql.sql.segmentations import levels
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


class Bench:
    """The three engines, loaded together."""

    def __init__(self, server: PostgresServer, name: str = "agreement") -> None:
        self.engines: dict[str, evaluate.Engine] = {
            "reference": evaluate.Reference(),
            "duckdb": evaluate.DuckDB(),
            "postgres": evaluate.Postgres(server, name),
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
                found[name] = self._ask(name, world, model, definition)
            except (NumberTooLargeError, OutOfRangeError):
                return {}
            except Exception as error:  # any failure of an engine is a finding
                found[name] = f"{type(error).__name__}: {error}"
        return found

    def _ask(self, name: str, world: World, model: nodes.Model, definition: Definition) -> object:
        engine = self.engines[name]
        match definition.kind:
            case "segment":
                return engine.members(model, definition.name, world.as_of)
            case "trait":
                type_ = model.traits[definition.name].value.type
                values = engine.values(model, definition.name, world.as_of)
                return {
                    key: evaluate.comparable(value, type_) for key, value in sorted(values.items())
                }
            case _:
                whole = model.segmentations[definition.name]
                if isinstance(engine, evaluate.Reference):
                    found = {
                        level.name: engine.members(model, level.segment.name, world.as_of)
                        for level in whole.levels
                    }
                    check_levels(world, model, whole, found, engine)
                    return found
                return asked_levels(model, whole, world, name, engine)


def asked_levels(
    model: nodes.Model, whole: nodes.Segmentation, world: World, name: str, engine: evaluate.Engine
) -> dict[str, list[evaluate.Key]]:
    """The members of each level by the one statement of the segmentation; of the last, by its own as well."""
    assert isinstance(engine, evaluate.DuckDB | evaluate.Postgres)
    clock = Clock(world.as_of, model.settings)
    asked, waterfalls = plan_segmentations(model, [whole.name], clock)
    waterfall = waterfalls[whole.name]
    width = len(whole.entity.key)
    found: dict[str, list[evaluate.Key]] = {level.name: [] for level in whole.levels}
    for row in engine.run(levels(asked, waterfall, name, ordered=True)):
        found[row[width]].append(tuple(row[:width]))
    last = whole.levels[-1]
    alone = [row[:width] for row in engine.members(model, last.segment.name, world.as_of)]
    assert alone == found[last.name], f"{last.segment.name} by itself: {alone}, in all: {found}"
    return found


def check_levels(
    world: World,
    model: nodes.Model,
    whole: nodes.Segmentation,
    found: dict[str, list[evaluate.Key]],
    engine: evaluate.Reference,
) -> None:
    """Nobody is in two levels; with `otherwise` everybody is in one; parts are as `split_part` says."""
    together = [key for keys in found.values() for key in keys]
    assert len(together) == len(set(together)), "a member of two levels"
    if whole.is_split:
        for level in whole.levels:
            for part in _parts(level.segment.lines):
                for key in found[level.name]:
                    assert all(isinstance(item, int | str) for item in key)
                    number = split_part(part.seed, key)  # type: ignore[arg-type]
                    assert part.low <= number < part.high <= SIZE
    elif any(level.own is None for level in whole.levels):
        everybody = {
            tuple(row[key.storage.parts[0]] for key in whole.entity.key)  # type: ignore[union-attr]
            for row in engine.database[str(whole.entity.table)]
        }
        entity = whole.entity
        plain = entity.created is None and entity.history is None and entity.only is None
        if whole.base is None and plain:
            assert set(together) == everybody, "somebody is in no level"


def _parts(conditions: tuple[nodes.Condition, ...]) -> list[nodes.InPart]:
    found = []
    for condition in conditions:
        if isinstance(condition, nodes.InPart):
            found.append(condition)
        elif isinstance(condition, nodes.All):
            found += _parts(condition.items)
    return found


def differ(found: dict[str, object]) -> bool:
    return len({repr(result) for result in found.values()}) > 1 or any(
        isinstance(result, str) for result in found.values()
    )


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
