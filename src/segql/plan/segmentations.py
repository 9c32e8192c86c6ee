"""Segmentations and splits in normal form: what each level asks for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segql.model.clock import Clock
from segql.model.nodes import Condition, Level, Model, Row, Segmentation
from segql.plan.nodes import Always, Conditions
from segql.plan.normalize import Normalizer
from segql.plan.plan import Plan, plan
from segql.plan.simplify import conjuncts


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A segmentation: who is in `base` is in the first of the levels whose condition holds."""

    segmentation: Segmentation
    base: Conditions
    levels: tuple[tuple[Level, Condition], ...]

    @property
    def row(self) -> Row:
        return Row(0, self.segmentation.entity)

    @property
    def total(self) -> bool:
        """Whether some level takes all that are left."""
        return any(type(own) is Always and own.value for _, own in self.levels)


def waterfall(model: Model, name: str, normalizer: Normalizer) -> Waterfall:
    """The segmentation or split of that name. KeyError for another name, `PlanError` for what cannot be planned."""
    found = model.segmentations[name]
    subject = normalizer.subject(found.entity)
    base = () if found.base is None else conjuncts(subject.condition(found.base))
    levels = []
    for level in found.levels:
        own = level.own
        if found.is_split:
            own = level.segment.lines[-1]
        condition = Always(level.segment.span, True) if own is None else subject.condition(own)
        levels.append((level, condition))
    return Waterfall(found, base, tuple(levels))


def plan_segmentations(
    model: Model, names: Sequence[str], clock: Clock
) -> tuple[Plan, dict[str, Waterfall]]:
    """Segmentations in one plan, which holds no segment of its own."""
    asked = plan(model, (), clock)
    return asked, {name: waterfall(model, name, asked.normalizer) for name in names}
