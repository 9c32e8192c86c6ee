"""Sequences (3.6) in normal form, and how they are answered: a CTE for each step (`plan.runs` plans them).

A sequence is the number of rows that can be its last step; it holds where there is one. The steps are answered one
after the other, forwards. What a row of a step must know of the rows before it is little:

* A row `p` of the step before can be followed at `t` if `open(p) <= t <= until(p)`: `open` is strictly later than `p`,
  and not sooner than `p + after`; `until` is the earlier of `p + within` and of the first row of a `no` between
  behind `p` (at that instant itself it is not yet between). So `t` is good if the largest `until` of the rows
  with `open <= t` is at least `t`: a running maximum, exact for every kind of limit.
* `next E`: no other row of E lies between: `p` is not before the last row of E that is earlier than `t`.
* `of start`: the latest start is best. With limits that are lengths, the latest `p` that is open at `t` is best in
  everything: by induction the best start never falls from one row of a step to the next, so the running maximum
  of the deadlines `start + within` belongs to it as well. (With months the deadlines of two starts can be in
  the other order, by less than an hour, where clocks are changed; that is the one case in which maxima of
  different rows may meet.)
* Rows of one instant and value of `by` are alike, so `latest` asks for the largest time only.

So every step is one sort: of its own rows, of those of the step before that are left, and of those of the `no` steps
behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from segql.model import nodes
from segql.model.nodes import Compare, Condition, Const, IsKnown, Value
from segql.model.types import INT
from segql.plan.nodes import NOWHERE, Aggregation, Always, Conditions, Selection
from segql.plan.simplify import conjuncts, may_be_unknown, tighten
from segql.syntax.tree import Unit

if TYPE_CHECKING:
    from segql.plan.normalize import Pass

Node = TypeVar("Node")

SEQUENCES = "sequences"
"""The function of an aggregation that counts the ends of a sequence."""

Length = tuple[int, Unit]


@dataclass(frozen=True, slots=True)
class Absence:
    """Rows that must not come behind a step: until the next one, or at the end until `within` is over (None: ever)."""

    selection: Selection
    by: Value | None
    within: Length | None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A positive step, and the `no` steps behind it.

    `asked` is what a row of `then next` must meet once it is known to be the next one (None for other steps: it
    is among the selection's conditions).
    """

    selection: Selection
    by: Value | None
    latest: bool
    asked: Conditions | None
    within: Length | None
    of_start: bool
    after: Length | None
    absences: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """All of a sequence that tells it from another."""

    steps: tuple[PlannedStep, ...]


class Change(Protocol):
    """Something done to an expression, which stays of its kind."""

    def __call__(self, part: Node, /) -> Node: ...


def with_steps(
    node: Aggregation,
    on_selection: Callable[[Selection], Selection],
    on_part: Change,
) -> Aggregation:
    """A sequence with something done to each search in it, and to what else its steps ask of their rows."""
    assert isinstance(node.detail, Steps)

    def absence(item: Absence) -> Absence:
        by = None if item.by is None else on_part(item.by)
        return replace(item, selection=on_selection(item.selection), by=by)

    def moved(step: PlannedStep) -> PlannedStep:
        return replace(
            step,
            selection=on_selection(step.selection),
            by=None if step.by is None else on_part(step.by),
            asked=None if step.asked is None else tuple(map(on_part, step.asked)),
            absences=tuple(map(absence, step.absences)),
        )

    steps = tuple(map(moved, node.detail.steps))
    return replace(node, selection=steps[0].selection, detail=Steps(steps))


# --- normal form ----------------------------------------------------------------------------------


def normalized(over: Pass, sequence: nodes.Sequence) -> Condition:
    """The sequence as `sequences >= 1`, or never where a step has no rows."""
    span = sequence.span
    steps: list[PlannedStep] = []
    for step in sequence.steps:
        by = None if step.by is None else over.value(step.by)
        if step.absent:
            selection = _behind(steps[0].selection, _selection(over, step.search, by))
            absence = Absence(selection, by, step.within)
            if step.within is not None or not _is_empty(absence.selection):
                steps[-1] = replace(steps[-1], absences=(*steps[-1].absences, absence))
            continue
        search = step.search
        asked: Conditions | None = None
        if step.following and steps:
            asked = ()
            if search.where is not None:
                asked = conjuncts(over.condition(search.where))
                search = replace(search, where=None)
        selection = _selection(over, search, by)
        if _is_empty(selection) or any(_never(item) for item in asked or ()):
            return Always(span, False)
        first = not steps
        steps.append(
            PlannedStep(
                selection,
                by,
                step.latest,
                asked,
                None if first else step.within,
                step.of_start and not first,
                None if first else step.after,
                (),
            )
        )
    ends = Aggregation(INT, span, SEQUENCES, steps[0].selection, detail=Steps(tuple(steps)))
    return Compare(span, ">=", ends, Const(INT, span, 1))


def _selection(over: Pass, search: nodes.Search, by: Value | None) -> Selection:
    selection = over.selection(search)
    if by is None or not may_be_unknown(by):
        return selection
    known = IsKnown(NOWHERE, by)
    return replace(selection, conditions=tighten((*selection.conditions, known), selection.span))


def _behind(first: Selection, absent: Selection) -> Selection:
    """What must not come behind a step: not before the window of the first one, where that starts at a constant."""
    time = absent.time
    for item in first.conditions:
        if (
            isinstance(item, Compare)
            and item.operator in (">", ">=")
            and item.left == first.time
            and isinstance(item.right, Const)
            and time is not None
            and time.type == item.left.type
        ):
            bound = Compare(item.span, ">=", time, item.right)
            return replace(absent, conditions=tighten((*absent.conditions, bound), absent.span))
    return absent


def _is_empty(selection: Selection) -> bool:
    return any(_never(item) for item in selection.conditions)


def _never(item: Condition) -> bool:
    return type(item) is Always and not item.value
