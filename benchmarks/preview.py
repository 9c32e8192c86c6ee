"""How long DuckDB works for one preview of each segment, segmentation and split of an example, with its own data.

`python -m benchmarks.preview [PROJECT]` prints engine times, medians of 3 on one connection that has read the files
before, with their mean and maximum. Ends with 1 if a preview takes more than half a second.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import segql
from segql.api.statements import plan_of
from segql.engines.base import Engine
from segql.previewing import Previewer
from segql.report.uses import uses_of

BOUND = 0.5
RUNS = 3
SAMPLE = 10
AS_OF = "2026-01-01"


@dataclass
class Timed:
    """An engine whose statements are timed: `seconds` is their sum."""

    inner: Engine
    seconds: float = 0.0

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def run(self, sql: str) -> object:
        started = time.perf_counter()
        try:
            return self.inner.run(sql)
        finally:
            self.seconds += time.perf_counter() - started


def measure(project: segql.Project) -> dict[str, float]:
    """Seconds of engine time of a single preview of each segment, segmentation and split."""
    names = [name for name in project.segments if "." not in name]
    names += project.model.segmentations
    target = project.target()
    with project.engine(target, names) as engine:
        one_preview(project, names[0], target, engine)  # the first one opens the files
        return {
            name: statistics.median(one_preview(project, name, target, engine) for _ in range(RUNS))
            for name in names
        }


def one_preview(project: segql.Project, name: str, target: str, engine: Engine) -> float:
    """The seconds that the engine works for `segql preview NAME`: counts and sample, or the levels."""
    model, clock = project.model, project.clock(AS_OF)
    dialect = project.config.targets[target].engine
    segments = [model.segments[name]] if name in model.segments else []
    traits = [item for one in segments for item in uses_of(one) if item in model.traits]
    plan = plan_of(project, [name], clock, dialect, traits)
    timed = Timed(engine)
    previewer = Previewer(plan, clock, timed, target, dialect, project.source)
    if segments:
        previewer.previews(segments, SAMPLE)
    else:
        previewer.levels(model.segmentations[name])
    return timed.seconds


def main() -> int:
    project = segql.load(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/shop"))
    found = measure(project)
    for name, seconds in found.items():
        print(f"{name:32} {seconds:8.3f} s")
    print(f"{'mean':32} {statistics.mean(found.values()):8.3f} s")
    print(f"{'maximum':32} {max(found.values()):8.3f} s   at most {BOUND:g}")
    return 0 if max(found.values()) <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
