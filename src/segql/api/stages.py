"""A definition on its way: as it was read, resolved, planned; and in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.api.arguments import AsOf, clock_of
from segql.api.statements import plan_of, telling_refusals
from segql.errors import UsageError
from segql.plan.naming import Names
from segql.plan.scope import Planner
from segql.report.dump import outline
from segql.report.english import explain

if TYPE_CHECKING:
    from segql.api.contents import Contents
    from segql.model.clock import Clock
    from segql.plan.plan import Scope


def stage_of(contents: Contents, name: str, stage: str, as_of: AsOf) -> str:
    """`english`, `tree`, `model` or `plan` of a segment, a segmentation or a split, as text. Raises `UsageError`."""
    contents.require([name])
    whole = contents.model.segmentations.get(name)
    match stage:
        case "english":
            return explain(contents.model, name, clock_of(as_of, contents.settings))
        case "tree":
            return outline(contents.declarations()[name.partition(".")[0]])
        case "model":
            return outline(whole if whole is not None else contents.model.segments[name])
        case "plan":
            clock = clock_of(as_of, contents.settings)
            parts = [name] if whole is None else [level.segment.name for level in whole.levels]
            return "\n".join(outline(_scope(contents, part, clock)) for part in parts)
    raise UsageError(f"there is no stage `{stage}`")


def _scope(contents: Contents, name: str, clock: Clock) -> Scope:
    """The plan of a segment's members: what is read, joined, counted and kept."""
    plan = plan_of(contents, [name], clock)
    definition = plan.segments[name]
    conditions = dict.fromkeys((*plan.existing(definition.row), *definition.conditions))
    with telling_refusals(contents):
        planner = Planner(plan.normalizer, Names(set()))
        scope = planner.scope(definition.row, tuple(conditions), ())
        planner.finish()
        return scope
