"""Claims of `assert` blocks, decided on the data of a target: who contradicts them, or how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from segql.engines.base import Engine
from segql.model.clock import Clock
from segql.model.nodes import All, Any, Claim, Condition, MemberOf, Model, Not, Row, Segment
from segql.plan import Plan, plan
from segql.sql.compile import sample, waterfall

SAMPLE = 5
_NAME = "claim"


@dataclass(frozen=True)
class Finding:
    """What a claim came to: who contradicts it (some keys), or the size or share that was measured.

    `against`: how many rows are where they should not be, and where. `among`: of how many `count` is a share.
    """

    claim: Claim
    held: bool
    count: int
    against: tuple[tuple[int, str], ...] = ()
    sample: tuple[tuple[object, ...], ...] = ()
    among: int | None = None


def _between(claim: Claim, value: Decimal) -> bool:
    above = claim.high is not None and value > claim.high
    below = claim.low is not None and value < claim.low
    return not above and not below


class Claims:
    """Asks a target about claims."""

    def __init__(self, model: Model, clock: Clock, engine: Engine, dialect: str) -> None:
        self._model = model
        self._clock = clock
        self._engine = engine
        self._dialect = dialect

    def finding(self, claim: Claim) -> Finding:
        """What the data say. Raises `EngineError`, `PlanError`."""
        match claim.kind:
            case "size":
                count = self._count(claim, [self._in(claim, claim.segments[0])])
                return Finding(claim, _between(claim, Decimal(count)), count)
            case "share":
                return self._share(claim)
            case _:
                return self._contradicted(claim)

    def _share(self, claim: Claim) -> Finding:
        first, whole = claim.segments
        base = [self._in(claim, whole)] if whole is not None else []
        count = self._count(claim, [self._in(claim, first), *base])
        among = self._count(claim, base)
        value = Decimal(count) / among if among else Decimal(0)
        return Finding(claim, _between(claim, value), count, among=among)

    def _contradicted(self, claim: Claim) -> Finding:
        told: list[tuple[int, str]] = []
        sample: tuple[tuple[object, ...], ...] = ()
        for what, lines in self._against(claim):
            count = self._count(claim, lines)
            if count:
                told.append((count, what))
                sample = sample or self._sample(claim, lines)
        return Finding(claim, not told, sum(count for count, _ in told), tuple(told), sample)

    def _against(self, claim: Claim) -> list[tuple[str, list[Condition]]]:
        """Who would contradict the claim, in words and as conditions that all hold."""
        names = claim.segments
        inside = [self._in(claim, name) for name in names]
        match claim.kind:
            case "inside":
                return [self._outside(claim, names[0], names[1])]
            case "same":
                return [
                    self._outside(claim, names[0], names[1]),
                    self._outside(claim, names[1], names[0]),
                ]
            case "disjoint":
                pairs = combinations(zip(names, inside, strict=True), 2)
                return [
                    (f"in `{one}` and in `{other}`", [first, second])
                    for (one, first), (other, second) in pairs
                ]
            case _:  # covers
                covered = [] if names[-1] is None else [inside[-1]]
                nowhere = Not(claim.span, Any(claim.span, tuple(inside[:-1])))
                base = names[-1] or claim.entity.name
                return [(f"of `{base}` in none of them", [*covered, nowhere])]

    def _outside(
        self, claim: Claim, one: str | None, other: str | None
    ) -> tuple[str, list[Condition]]:
        lines = [self._in(claim, one), Not(claim.span, self._in(claim, other))]
        return f"in `{one}` and not in `{other}`", lines

    def _in(self, claim: Claim, name: str | None) -> Condition:
        if name is None:
            return All(claim.span, ())
        segment = self._model.segments[name]
        row = Row(0, claim.entity)
        return MemberOf(claim.span, row, name, All(segment.span, segment.lines))

    # --- asking -------------------------------------------------------------------------------------

    def _plan(self, claim: Claim, lines: Sequence[Condition]) -> Plan:
        """The plan of the segment for which all lines hold."""
        made = Segment(_NAME, claim.entity, tuple(lines), "", "", "", (), (), claim.span)
        model = replace(self._model, segments={**self._model.segments, _NAME: made})
        return plan(model, [_NAME], self._clock)

    def _count(self, claim: Claim, lines: Sequence[Condition]) -> int:
        """How many rows of the entity all lines hold for."""
        statement = waterfall(self._plan(claim, lines), _NAME, self._dialect)
        return int(str(self._engine.run(statement).rows[0][-1]))

    def _sample(self, claim: Claim, lines: Sequence[Condition]) -> tuple[tuple[object, ...], ...]:
        statement = sample(self._plan(claim, lines), _NAME, self._dialect, SAMPLE)
        return tuple(self._engine.run(statement).rows)
