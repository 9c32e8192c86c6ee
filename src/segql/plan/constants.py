"""Constants that do not exist: moments outside of the years 1 to 9999 (3.3), numbers of more than 38 digits (3.7).

They are told when a definition is checked. What only another `as of` makes impossible is told when it is planned.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeAlias

from segql.diagnostics import Diagnostic, Diagnostics, declare
from segql.model import nodes
from segql.model.clock import Clock, OutOfRangeError
from segql.model.scalars import NumberTooLargeError
from segql.model.walk import Parts
from segql.plan.regularity import units_of
from segql.source import Span
from segql.syntax.tree import Unit

CANNOT_PLAN = declare("SEG601", "cannot-plan", "a definition can be said in SQL")

_PARTS = Parts(
    nodes.Value,
    nodes.Condition,
    nodes.Search,
    nodes.Window,
    nodes.Measure,
    nodes.Step,
    nodes.Among,
    nodes.Population,
)
_OPERATIONS = (
    nodes.Shift,
    nodes.Arithmetic,
    nodes.Negative,
    nodes.DayStart,
    nodes.LocalDate,
    nodes.Elapsed,
    nodes.Difference,
    nodes.UnitStart,
    nodes.Function,
)

_ABLE = (nodes.Regular, nodes.Burst, nodes.Step, *_OPERATIONS)
"""What can ask for something that does not exist."""

_Told: TypeAlias = "nodes.Value | nodes.Condition | nodes.Step"


def impossible(
    definitions: Iterable[nodes.Segment | nodes.Trait], clock: Clock
) -> tuple[Diagnostic, ...]:
    """The constants of the definitions that do not exist as of the clock's instant, each once at its place."""
    walk = _Walk(clock)
    for definition in definitions:
        walk.visit(definition.lines if isinstance(definition, nodes.Segment) else definition.value)
    return walk.found.sorted()


class _Walk:
    def __init__(self, clock: Clock) -> None:
        self.found = Diagnostics()
        self._clock = clock
        self._seen: dict[int, bool] = {}
        self._places: set[Span] = set()

    def visit(self, node: object) -> bool:
        """Whether something impossible lies in a node; what definitions share is entered once."""
        if type(node) is tuple:
            return sum(map(self.visit, node)) > 0  # all of them are visited
        names = _PARTS[type(node)]
        if names is None:
            return False
        known = self._seen.get(id(node))
        if known is None:
            inside = sum([self.visit(getattr(node, name)) for name in names]) > 0
            known = self._seen[id(node)] = inside or self._fails(node)
        return known

    def _fails(self, node: object) -> bool:
        if not isinstance(node, _ABLE):
            return False
        try:
            match node:
                case nodes.Regular():
                    units_of(node, self._clock)
                case nodes.Burst():
                    self._later(node.length // timedelta(microseconds=1_000_000), "second")
                case nodes.Step():
                    for limit in filter(None, (node.within, node.after)):
                        self._later(*limit)
                case _:
                    self._clock.constant(node)
        except OutOfRangeError as error:
            self._report(str(error), node, "write a moment between the years 1 and 9999")
            return True
        except NumberTooLargeError as error:
            self._report(str(error), node, "write a number of at most 38 digits")
            return True
        return False

    def _later(self, count: int, unit: Unit) -> None:
        """A length of time behind an event, which lies before `as of`. Raises `OutOfRangeError`."""
        self._clock.shift(self._clock.now, count, unit)

    def _report(self, message: str, node: _Told, way_out: str) -> None:
        span = node.search.span if isinstance(node, nodes.Step) else node.span
        if span not in self._places:
            self._places.add(span)
            self.found.report(CANNOT_PLAN, message, span, helps=[way_out])
