"""Rollups of rows in their order: sequences, regular units, bursts, streaks and gaps, each in CTEs of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segql.model.nodes import Condition, Value
from segql.model.running import before_now
from segql.model.types import TIMESTAMP, Type, is_number, scale_of
from segql.plan.nodes import NOWHERE, Aggregation, Existence, Selection
from segql.plan.plan import Column, Rollup, Scope
from segql.plan.regularity import BURSTS, GAPS, MATCHING_UNITS, STREAKS
from segql.plan.sequences import SEQUENCES, Absence, PlannedStep, Steps
from segql.plan.ties import key_names

if TYPE_CHECKING:
    from segql.plan.scope import Planner


def group_of(node: Aggregation | Existence) -> tuple[object, ...] | None:
    """What nodes that share a rollup of this kind have in common; None for others."""
    if not isinstance(node, Aggregation):
        return None
    if node.function in GAPS:
        return (node.selection, "gaps")
    if node.function == SEQUENCES:
        return (SEQUENCES, node.detail)
    if node.function in STREAKS or node.function in (MATCHING_UNITS, BURSTS):
        return (node.selection, node.function, node.detail)
    return None


def planned(planner: Planner, group: Sequence[Aggregation | Existence]) -> Rollup | None:
    """The rollup of nodes of one group; None for others."""
    if group_of(group[0]) is None:
        return None
    found = [node for node in group if isinstance(node, Aggregation)]
    return sequence(planner, found[0]) if found[0].function == SEQUENCES else run(planner, found)


# --- sequences ------------------------------------------------------------------------------------


@dataclass(slots=True)
class AbsenceScope:
    """The rows of a `no` step."""

    absence: Absence
    scope: Scope


@dataclass(slots=True)
class StepScope:
    """The rows that a step can be, and the name of the CTE of those that end a chain there."""

    name: str
    step: PlannedStep
    scope: Scope
    absences: list[AbsenceScope]


@dataclass(slots=True)
class SequenceRollup(Rollup):
    """One row for each anchor with a sequence: how many rows end one."""

    steps: tuple[StepScope, ...] = ()
    by_type: Type | None = None
    """The type of the values of `by`."""
    time: Type = TIMESTAMP
    """The type of the steps' times."""
    as_of: Value | None = None
    """The moment of that type before which all rows are, and by which a deadline must have passed."""


def sequence(planner: Planner, node: Aggregation) -> SequenceRollup:
    """The plan of a sequence."""
    assert isinstance(node.detail, Steps)
    labels = [step.selection.label for step in node.detail.steps]
    name = planner.names.unique("_then_".join(labels))
    steps = []
    for index, step in enumerate(node.detail.steps):
        values: list[Value | Condition] = [*_row_values(step.selection, step.by)]
        if step.asked is not None:
            values += step.asked
        scope = planner.inner(step.selection, None, values)
        absences = [
            AbsenceScope(
                item, planner.inner(item.selection, None, _row_values(item.selection, item.by))
            )
            for item in step.absences
        ]
        last = index == len(labels) - 1
        title = name if last else planner.names.unique(_step_name(labels, index))
        steps.append(StepScope(title, step, scope, absences))
    first = node.detail.steps[0]
    clock = planner.normalizer.clock
    assert first.selection.time is not None
    type_ = first.selection.time.type
    column = Column(_column_name(first.selection), node, ())
    return SequenceRollup(
        name,
        first.selection,
        steps[-1].scope,
        [column],
        steps=tuple(steps),
        by_type=_by_type(node.detail),
        time=type_,
        as_of=before_now(type_, clock, NOWHERE),
    )


def _row_values(selection: Selection, by: Value | None) -> list[Value | Condition]:
    return [value for value in (selection.time, by) if value is not None]


def _step_name(labels: list[str], index: int) -> str:
    return f"{labels[index]}_first" if index == 0 else f"{labels[index]}_after_{labels[index - 1]}"


def _column_name(selection: Selection) -> str:
    return SEQUENCES if SEQUENCES not in key_names(selection) else f"{SEQUENCES}_found"


def _by_type(steps: Steps) -> Type | None:
    """The widest type of `by`: decimals beside ints."""
    values: list[Value | None] = []
    for step in steps.steps:
        values += [step.by, *(absence.by for absence in step.absences)]
    types = [value.type for value in values if value is not None]
    if not types:
        return None
    return max(types, key=lambda type_: scale_of(type_) if is_number(type_) else 0)


# --- units, bursts, streaks, gaps -----------------------------------------------------------------


@dataclass(slots=True)
class RunRollup(Rollup):
    """One row for each anchor, from its rows in the order of their times; all columns ask the same of them."""


def run(planner: Planner, group: list[Aggregation]) -> RunRollup:
    first = group[0]
    selection: Selection = first.selection
    titles = planner.normalizer.names
    name = planner.names.unique(titles.get(first) or f"{_said(first)}_of_{selection.label}")
    taken = set(key_names(selection))
    columns = []
    for node in dict.fromkeys(group):
        title = node.function
        while title in taken:
            title += "_found"
        taken.add(title)
        columns.append(Column(title, node, ()))
    values: list[Value | Condition] = [] if selection.time is None else [selection.time]
    scope = planner.inner(selection, None, values)
    return RunRollup(name, selection, scope, columns)


def _said(node: Aggregation) -> str:
    return "gaps" if node.function in GAPS else node.function
