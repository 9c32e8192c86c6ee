"""Runs the statements of a preview and puts their results together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segql.engines.base import Engine, Result, named_as
from segql.model.clock import Clock
from segql.model.nodes import MemberOf, Segment, Segmentation
from segql.plan import Plan
from segql.plan.segmentations import plan_segmentations
from segql.report.english import ResolvedWindow, windows
from segql.report.levels import LevelSize, LevelsPreview
from segql.report.preview import Preview, Step
from segql.report.uses import uses_of
from segql.source import SourceFile
from segql.sql.compile import sample, waterfall, waterfalls
from segql.sql.segmentations import level_of, sizes

TOGETHER = 8
"""So many segments are counted in one statement at most, which keeps it readable and quick to plan."""


@dataclass(frozen=True)
class Previewer:
    """What the previews of several segments share: one plan, one connection, one instant."""

    plan: Plan
    clock: Clock
    engine: Engine
    target: str
    dialect: str
    sources: Callable[[str], SourceFile | None]

    def previews(self, segments: Sequence[Segment], limit: int) -> dict[str, Preview]:
        """The previews by name. Segments of one entity are counted together: what they share is read once."""
        found: dict[str, Preview] = {}
        for entity in dict.fromkeys(segment.entity for segment in segments):
            same = [segment for segment in segments if segment.entity is entity]
            for start in range(0, len(same), TOGETHER):
                group = same[start : start + TOGETHER]
                started = time.perf_counter()
                counts = self._counts(group)
                took = time.perf_counter() - started
                for segment, numbers in zip(group, counts, strict=True):
                    found[segment.name] = self._preview(segment, numbers, took, limit)
        return found

    def _counts(self, group: Sequence[Segment]) -> list[dict[str, int]]:
        """`population`, and `alone_N`, `left_N` for each line, of each segment: one statement."""
        names = [segment.name for segment in group]
        if len(names) == 1:
            statement = waterfall(self.plan, names[0], self.dialect)
        else:
            statement = waterfalls(self.plan, names, self.dialect)
        result = self.engine.run(statement)
        numbers = dict(zip(result.columns, map(_count, result.rows[0]), strict=True))
        if len(names) == 1:
            return [numbers]
        return [_of(numbers, place) for place in range(1, len(names) + 1)]

    def _preview(
        self, segment: Segment, numbers: dict[str, int], counted: float, limit: int
    ) -> Preview:
        """With a sample, a statement of its own. `counted`: the seconds that its counts took (with its group's)."""
        started = time.perf_counter() - counted
        steps = self._steps(segment, numbers)
        population = numbers["population"]
        members = steps[-1].left if steps else population
        drawn = Result((), [])
        if limit and members:
            drawn = self._sample(segment, limit)
        return Preview(
            segment=segment.name,
            title=segment.title,
            description=segment.description,
            entity=segment.entity.name,
            target=self.target,
            engine=self.dialect,
            timezone=self.clock.settings.timezone,
            as_of=self.clock.now,
            population=population,
            members=members,
            steps=steps,
            windows=tuple(windows(self.plan.model, segment.name, self.clock)),
            sample_columns=drawn.columns,
            sample=tuple(drawn.rows),
            seconds=time.perf_counter() - started,
        )

    def levels(self, found: Segmentation) -> LevelsPreview:
        """One statement: the sizes of all levels. Raises `EngineError`."""
        started = time.perf_counter()
        asked, planned = plan_segmentations(self.plan.model, [found.name], self.clock)
        counts = self.engine.run(sizes(asked, planned[found.name], self.dialect))
        numbers = dict(zip(counts.columns, map(_count, counts.rows[0]), strict=True))
        windows_of: dict[ResolvedWindow, None] = {}
        sizes_of = []
        for place, level in enumerate(found.levels, 1):
            windows_of |= dict.fromkeys(windows(self.plan.model, level.segment.name, self.clock))
            span = level.segment.span
            source = self.sources(span.file)
            sizes_of.append(
                LevelSize(
                    name=level.name,
                    file=span.file,
                    line=source.position(span.start).line if source else 0,
                    members=numbers[f"members_{place}"],
                    alone=numbers[f"alone_{place}"],
                    data=level.data,
                )
            )
        return LevelsPreview(
            segmentation=found.name,
            title=found.title,
            description=found.description,
            entity=found.entity.name,
            is_split=found.is_split,
            target=self.target,
            engine=self.dialect,
            timezone=self.clock.settings.timezone,
            as_of=self.clock.now,
            population=numbers["population"],
            base=numbers["base"],
            levels=tuple(sizes_of),
            windows=tuple(windows_of),
            seconds=time.perf_counter() - started,
        )

    def _steps(self, segment: Segment, numbers: dict[str, int]) -> tuple[Step, ...]:
        steps = []
        told = self._told(segment)
        for place, line in enumerate(segment.lines, 1):
            source = self.sources(line.span.file)
            text = source.text[line.span.start : line.span.end] if source else ""
            text = told.get(place, text)
            steps.append(
                Step(
                    text=text,
                    file=line.span.file,
                    line=source.position(line.span.start).line if source else 0,
                    alone=numbers[f"alone_{place}"],
                    left=numbers[f"left_{place}"],
                )
            )
        return tuple(steps)

    def _told(self, segment: Segment) -> dict[int, str]:
        """What the lines of a level or part say that are not written there: its base, and the levels above it."""
        level = level_of(self.plan.model, segment.name)
        if level is None:
            return {}
        whole = self.plan.model.segmentations[segment.name.partition(".")[0]]
        told = {}
        if isinstance(whole.base, MemberOf):
            told[1] = f"member of {whole.base.segment}"
        names = [item.name for item in whole.levels]
        above = names[: names.index(level.name)]
        if above and not whole.is_split:
            told[len(segment.lines)] = f"in no level above: {', '.join(above)}"
        return told

    def _sample(self, segment: Segment, limit: int) -> Result:
        shown = uses_of(segment)
        attributes = [name for name in shown if self._can_show(segment, name)]
        found = self.engine.run(sample(self.plan, segment.name, self.dialect, limit, attributes))
        names = [*(key.name for key in segment.entity.key), *attributes]
        return Result(named_as(found.columns, names), found.rows)

    def _can_show(self, segment: Segment, name: str) -> bool:
        """A `point` has two columns and no value of its own."""
        attribute = segment.entity.attributes.get(name)
        if attribute is not None:
            return attribute.type.name != "point"
        return name in self.plan.traits


def _of(numbers: dict[str, int], place: int) -> dict[str, int]:
    """The counts of one segment of several: `alone_2_1` of the second becomes `alone_1`."""
    own = {"population": numbers["population"]}
    for kind in ("alone", "left"):
        start = f"{kind}_{place}_"
        for name, count in numbers.items():
            if name.startswith(start):
                own[f"{kind}_{name.removeprefix(start)}"] = count
    return own


def _count(value: object) -> int:
    return int(value) if isinstance(value, int) else 0
