"""What an engine expects of a statement, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from segql.engines.base import Estimate
from segql.report.preview import json_value
from segql.report.text import Style, plural, shown

StatementKind: TypeAlias = Literal["members", "counts"]


@dataclass(frozen=True)
class Cost:
    """The engine's plan and estimate for one statement about a segment, which was not run."""

    segment: str
    statement: StatementKind
    target: str
    engine: str
    as_of: datetime
    estimate: Estimate


def render_text(costs: Sequence[Cost], style: Style) -> str:
    return "\n".join(line for cost in costs for line in _lines(cost, style))


def render_json(costs: Sequence[Cost]) -> str:
    """A list of objects, also for one segment; null where the engine does not say."""
    return json.dumps([_json(cost) for cost in costs], ensure_ascii=False, indent=2) + "\n"


def _lines(cost: Cost, style: Style) -> Iterator[str]:
    yield f"{style.bold(cost.segment)}  {_of(cost)}"
    yield ""
    yield from (shown(line) for line in cost.estimate.plan.split("\n"))
    yield ""


def _of(cost: Cost) -> str:
    found = cost.estimate
    said = []
    if found.rows is not None:
        said.append(f"about {plural(found.rows, 'row')}")
    if found.cost is not None:
        said.append(f"cost {found.cost:,.2f}")
    if found.bytes is not None:
        said.append(f"reads at most {plural(found.bytes, 'byte')}")
    told = ", ".join(said) or "no estimate"
    return f"{told}; the {cost.statement} on target {cost.target} ({cost.engine}), not run"


def _json(cost: Cost) -> dict[str, object]:
    found = cost.estimate
    return {
        "segment": cost.segment,
        "statement": cost.statement,
        "target": cost.target,
        "engine": cost.engine,
        "as_of": json_value(cost.as_of),
        "rows": found.rows,
        "cost": found.cost,
        "bytes": found.bytes,
        "plan": found.plan.split("\n"),
    }
