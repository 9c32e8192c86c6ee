"""Which conditions of the project's segments its tests have seen both true and false."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segql.model.nodes import Condition, InSet, InTable, Model, Segment
from segql.source import Span
from segql.testing.reasons import leaves
from segql.testing.running import Run


@dataclass(frozen=True)
class Seen:
    """A condition of a segment and the answers that the tests have seen."""

    segment: str
    span: Span
    true: bool
    false: bool

    @property
    def both(self) -> bool:
        return self.true and self.false


@dataclass
class Coverage:
    """Collects answers run by run."""

    _answers: dict[Span, set[bool]] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        """Ask every condition of what the case is about for every row of its entity."""
        for segment in _tested(run.model, run.case.name):
            for record in run.evaluator.subjects(segment.entity):
                for condition in _conditions(run.model, segment):
                    answer = run.evaluator.holds(condition, {0: record})
                    self._answers.setdefault(condition.span, set()).add(answer)

    def seen(self, model: Model) -> list[Seen]:
        """Every condition of every segment, in the order of the segments' places."""
        found = []
        for segment in sorted(_declared(model), key=lambda item: (item.span.file, item.span.start)):
            for condition in _conditions(model, segment):
                answers = self._answers.get(condition.span, set())
                found.append(Seen(segment.name, condition.span, True in answers, False in answers))
        return found


def share(seen: Iterable[Seen]) -> float:
    """Per cent of the conditions that were seen both true and false; 100 where there are none."""
    listed = list(seen)
    return 100 * sum(item.both for item in listed) / len(listed) if listed else 100.0


def _tested(model: Model, name: str) -> list[Segment]:
    whole = model.segmentations.get(name)
    return [level.segment for level in whole.levels] if whole else [model.segments[name]]


def _declared(model: Model) -> Iterator[Segment]:
    """Segments and levels; parts and lists have no conditions to cover."""
    parts = {
        level.segment.name
        for whole in model.segmentations.values()
        if whole.is_split
        for level in whole.levels
    }
    for segment in model.segments.values():
        if segment.name not in parts and not _is_list(segment):
            yield segment


def _is_list(segment: Segment) -> bool:
    """Whether the one condition is the declaration's own: the values of a list, told at its name."""
    line = segment.lines[0] if len(segment.lines) == 1 else None
    return isinstance(line, InSet | InTable) and not line.span.contains(line.value.span)


def _conditions(model: Model, segment: Segment) -> list[Condition]:
    """The conditions that stand in the segment's own text: of a level what it asks before those above it."""
    whole = model.segmentations.get(segment.name.partition(".")[0])
    lines = segment.lines
    if whole is not None and "." in segment.name:
        own = next(level.own for level in whole.levels if level.segment is segment)
        lines = (own,) if own is not None else ()
    return [leaf for line in lines for leaf in leaves(line)]
