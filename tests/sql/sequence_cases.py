"""Random sequences with small streams of events, and an evaluator of their own that tries every choice of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

from segql.model.clock import Clock

EVENTS = ("a", "b", "c")
Limit = tuple[int, str]


@dataclass(frozen=True)
class Row:
    """A row of event `event`: `by` may be unknown, `v` is what `where` asks."""

    event: str
    id: int
    at: Any
    by: int | None
    v: int


@dataclass(frozen=True)
class Step:
    event: str
    absent: bool = False
    latest: bool = False
    following: bool = False
    least: int = 0
    """`where { v >= least }`, where it is above 0."""
    within: Limit | None = None
    of_start: bool = False
    after: Limit | None = None

    def text(self, first: bool, last: bool) -> str:
        words = [] if first or (self.absent and not last) else ["then"]
        words += ["no"] if self.absent else []
        words += ["latest"] if self.latest else ["next"] if self.following else []
        words.append(self.event)
        if self.after:
            words.append(f"after {self.after[0]} {self.after[1]}")
        if self.within:
            words.append(f"within {self.within[0]} {self.within[1]}")
        if self.of_start:
            words.append("of start")
        if self.least:
            words.append(f"where {{ v >= {self.least} }}")
        return " ".join(words)


@dataclass(frozen=True)
class Case:
    """A sequence: its steps, whether by the same value, and `since`, the start of its window."""

    steps: tuple[Step, ...]
    by: bool
    since: Any

    def text(self) -> str:
        head = "sequence" + (" by k" if self.by else "")
        if self.since is not None:
            moment = self.since.isoformat()
            head += f" since {moment.replace('+00:00', 'Z')}"
        last = len(self.steps) - 1
        lines = [step.text(index == 0, index == last) for index, step in enumerate(self.steps)]
        return "\n    ".join([f"{head} {{", *(f"  {line}" for line in lines), "}"])


@dataclass(frozen=True)
class World:
    """What times there are, and what limits fit them."""

    name: str
    times: tuple[Any, ...]
    limits: tuple[Limit, ...]
    as_of: datetime
    dates: bool = False
    mixed: bool = True
    """Whether limits of different kinds may meet (not where clocks are changed and limits are months)."""

    def __str__(self) -> str:
        return self.name


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


HOURS = World(
    "hours",
    tuple(at("2025-12-01T08:00") + timedelta(minutes=30 * n) for n in range(9)),
    ((30, "minutes"), (1, "hours"), (90, "minutes"), (2, "hours"), (1, "days")),
    at("2025-12-01T12:00"),
)
MONTHS = World(
    "months",
    tuple(
        at(text)
        for text in (
            "2025-01-30T10:00",
            "2025-01-31T10:00",
            "2025-02-01T10:00",
            "2025-02-28T09:00",
            "2025-02-28T10:00",
            "2025-03-28T10:00",
            "2025-03-31T09:00",
            "2025-04-30T09:00",
            "2025-05-31T09:00",
        )
    ),
    ((1, "months"), (2, "months"), (1, "quarters"), (27, "days"), (1, "days")),
    at("2025-06-30T09:00"),
)
DATES = World(
    "dates",
    tuple(date(2025, 1, 28) + timedelta(days=n) for n in range(5))
    + tuple(date(2025, 2, 26) + timedelta(days=n) for n in range(5)),
    ((1, "days"), (2, "days"), (1, "weeks"), (1, "months"), (29, "days")),
    at("2025-03-31T09:00"),
    dates=True,
)
CLOCKS = World(
    "clocks",
    # Clocks are set back on 2025-10-26 at 01:00 and forward on 2025-03-30 at 01:00, both UTC.
    tuple(at("2025-09-26T00:10") + timedelta(minutes=25 * n) for n in range(4))
    + tuple(at("2025-10-26T00:10") + timedelta(minutes=25 * n) for n in range(4)),
    ((1, "months"), (40, "minutes")),
    at("2025-11-26T01:20"),
    mixed=False,
)
WORLDS = (HOURS, MONTHS, DATES, CLOCKS)


# --- chance ---------------------------------------------------------------------------------------


def random_case(chance: Random, world: World) -> Case:
    steps: list[Step] = []
    positive = chance.choice((1, 2, 2, 2, 3, 3, 4))
    for index in range(positive):
        if index and chance.random() < 0.35:
            for _ in range(chance.choice((1, 1, 2))):
                steps.append(Step(chance.choice(EVENTS), absent=True, least=_least(chance)))
        steps.append(_positive(chance, world, index))
    if chance.random() < 0.4:
        within = chance.choice((None, chance.choice(world.limits)))
        steps.append(Step(chance.choice(EVENTS), absent=True, least=_least(chance), within=within))
    since = None
    if chance.random() < 0.25:
        since = chance.choice(world.times)
    return Case(tuple(steps), chance.random() < 0.4, since)


def _positive(chance: Random, world: World, index: int) -> Step:
    within = after = None
    of_start = False
    if index and chance.random() < 0.6:
        within = chance.choice(world.limits)
        of_start = index > 1 and world.mixed and chance.random() < 0.5
    if index and (world.mixed or within is None) and chance.random() < 0.3:
        after = chance.choice(world.limits)
    kind = chance.random()
    return Step(
        chance.choice(EVENTS),
        latest=kind < 0.15,
        following=index > 0 and world.mixed and kind > 0.8,
        least=_least(chance),
        within=within,
        of_start=of_start,
        after=after,
    )


def _least(chance: Random) -> int:
    return chance.choice((0, 0, 0, 1, 2))


def random_rows(chance: Random, world: World, first: int) -> list[Row]:
    """The rows of one customer, with ids from `first`."""
    ids = list(range(first, first + chance.randint(1, 9)))
    chance.shuffle(ids)
    return [
        Row(
            chance.choice(EVENTS),
            id_,
            chance.choice(world.times),
            chance.choice((1, 1, 1, 2, 2, None)),
            chance.randint(0, 2),
        )
        for id_ in ids
    ]


# --- every choice of rows -------------------------------------------------------------------------


def holds(case: Case, rows: list[Row], clock: Clock, world: World) -> bool:
    """Whether some choice of rows keeps every limit, by 3.6, sentence by sentence."""
    end = clock.e if world.dates else clock.now
    rows = [row for row in rows if row.at < end]
    if case.by:
        values = {row.by for row in rows if row.by is not None}
        return any(_holds(case, [r for r in rows if r.by == v], clock, end) for v in values)
    return _holds(case, rows, clock, end)


def _holds(case: Case, rows: list[Row], clock: Clock, end: Any) -> bool:
    positive = [step for step in case.steps if not step.absent]
    choices = []
    for step in positive:
        found = [row for row in _of(step, rows) if case.since is None or row.at >= case.since]
        if step.latest:
            found = sorted(found, key=lambda row: (row.at, row.id))[-1:]
        choices.append(found)
    return any(_fits(case, chosen, rows, clock, end) for chosen in product(*choices))


def _of(step: Step, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.event == step.event and row.v >= step.least]


def _fits(case: Case, chosen: tuple[Row, ...], rows: list[Row], clock: Clock, end: Any) -> bool:
    place = -1
    for index, step in enumerate(case.steps):
        if not step.absent:
            place += 1
            if place and not _follows(
                step, chosen[0], chosen[place - 1], chosen[place], rows, clock
            ):
                return False
            continue
        others = [row.at for row in _of(step, rows)]
        before = chosen[place].at
        if index < len(case.steps) - 1:
            if any(before < other < chosen[place + 1].at for other in others):
                return False
        elif step.within is None:
            if any(before < other for other in others):
                return False
        else:
            deadline = _shift(clock, before, step.within)
            if deadline >= end or any(before < other <= deadline for other in others):
                return False
    return True


def _follows(step: Step, start: Row, before: Row, row: Row, rows: list[Row], clock: Clock) -> bool:
    if row.at <= before.at:
        return False
    if step.within and row.at > _shift(clock, (start if step.of_start else before).at, step.within):
        return False
    if step.after and row.at < _shift(clock, before.at, step.after):
        return False
    if step.following:
        later = [other for other in rows if other.event == step.event and other.at > before.at]
        return row == min(later, key=lambda other: (other.at, other.id))
    return True


def _shift(clock: Clock, moment: Any, limit: Limit) -> Any:
    return clock.shift(moment, limit[0], limit[1].rstrip("s"))  # type: ignore[arg-type]


# --- as a project ---------------------------------------------------------------------------------


def model_text(world: World, cases: list[Case]) -> str:
    """Declarations, and a segment `case_N` for each sequence."""
    parts = ["entity customer {\n  table customers\n  key customer_id: int\n}\n"]
    type_ = "date" if world.dates else "timestamp"
    parts += [
        f"event {name} of customer {{\n  table {name}_rows\n  key id: int\n  on customer_id\n"
        f"  at happened: {type_}\n  k: int?\n  v: int\n}}\n"
        for name in EVENTS
    ]
    for number, case in enumerate(cases):
        parts.append(
            f"segment case_{number} of customer {{\n  where {{\n    {case.text()}\n  }}\n}}\n"
        )
    return "\n".join(parts)


def database(streams: dict[int, list[Row]]) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {f"{name}_rows": [] for name in EVENTS}
    tables["customers"] = [{"customer_id": customer} for customer in streams]
    for customer, rows in streams.items():
        for row in rows:
            tables[f"{row.event}_rows"].append(
                {
                    "id": row.id,
                    "customer_id": customer,
                    "happened": row.at,
                    "k": row.by,
                    "v": row.v,
                }
            )
    return tables


def batch(
    seed: int, world: World, cases: int, customers: int
) -> tuple[list[Case], dict[int, list[Row]]]:
    chance = Random(f"{world.name} {seed}")
    streams = {
        customer: random_rows(chance, world, customer * 100) for customer in range(customers)
    }
    return [random_case(chance, world) for _ in range(cases)], streams


def batches(seeds: range) -> list[tuple[int, World]]:
    return [(seed, world) for seed in seeds for world in WORLDS]
