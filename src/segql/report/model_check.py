"""What `segql model check` found: as text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from segql.diagnostics import Diagnostic
from segql.report.diagnostics import Sources, diagnostic_json, render_text, summary
from segql.report.text import PLAIN, Style, plural, shown


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the database does not hold as the model says."""

    diagnostic: Diagnostic
    source: str
    """The entity, event, rows or list, by name."""
    count: int
    """Of rows; of a table, column or type that is not as declared: 1."""
    samples: tuple[tuple[str, int], ...] = ()
    """Keys or values as text, and the number of rows of each."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a table holds, without a judgement."""

    name: str
    kind: str
    """`entity`, `event` or `rows`."""
    table: str
    rows: int
    unknown: tuple[tuple[str, int], ...] = ()
    """The attributes that may be unknown, and in how many rows they are."""
    newest: datetime | date | None = None
    """Of an event: its last time before `as of`."""
    age: timedelta | None = None
    """From there to `as of`; a date counts to its end."""
    gaps: int | None = None
    """Of a table of versions: how often none holds between two of them."""


@dataclass(frozen=True, slots=True)
class ModelCheck:
    target: str
    engine: str
    as_of: datetime
    sources: tuple[SourceFacts, ...]
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """The findings as diagnostics, in their order."""
        return [finding.diagnostic for finding in self.findings]


# --- text -----------------------------------------------------------------------------------------


def text(check: ModelCheck, sources: Sources, *, prefix: str = "", style: Style = PLAIN) -> str:
    """The findings with their excerpts, a line for each table, a summary."""
    found = render_text(check.diagnostics, sources, prefix=prefix, style=style)
    width = max((len(item.name) for item in check.sources), default=0)
    lines = [_line(item, width, style) for item in check.sources]
    said = summary(check.diagnostics) if check.findings else "no findings"
    tables = plural(len(check.sources), "table")
    end = f"{said} in {tables} of the target `{check.target}`, as of {_moment(check.as_of)}"
    return found + "".join(f"{line}\n" for line in [*lines, "", end])


def _line(item: SourceFacts, width: int, style: Style) -> str:
    parts = [f"{item.rows:,} rows" if item.rows != 1 else "1 row"]
    if item.newest is not None and item.age is not None:
        parts.append(f"newest {_moment(item.newest)}, {length(item.age)} ago")
    if item.gaps:
        parts.append(f"{plural(item.gaps, 'gap')} between versions")
    unknown = [
        f"{name} {percent(count, item.rows)}" for name, count in item.unknown if count and item.rows
    ]
    if unknown:
        parts.append(f"unknown: {', '.join(unknown)}")
    return f"{style.bold(item.name)}{' ' * (width - len(item.name))}  {shown('; '.join(parts))}"


def percent(part: int, whole: int) -> str:
    """A share of rows: what is not nothing is never 0%, what is not all never 100%."""
    share = Decimal(100 * part) / whole
    if 0 < share < 1:
        return "<1%"
    if 99 < share < 100:
        return ">99%"
    return f"{share:.0f}%"


def length(span: timedelta) -> str:
    """A length of time in its largest unit: `3 days`, `1 hour`, `90 minutes`."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes == size or minutes >= 2 * size:
            return plural(minutes // size, unit)
    return plural(minutes, "minute")


def _moment(value: datetime | date) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()


# --- JSON -----------------------------------------------------------------------------------------


def document(check: ModelCheck, sources: Sources, *, prefix: str = "") -> str:
    """`findings` are diagnostics as `segql check --format json` has them, with `source`, `count` and `samples`;
    `sources` are the facts: `rows`, `unknown` by attribute, and of an event `newest` and `age_seconds`."""
    errors = sum(item.is_error for item in check.diagnostics)
    made = {
        "target": check.target,
        "engine": check.engine,
        "as_of": _moment(check.as_of),
        "findings": [_finding(item, sources, prefix) for item in check.findings],
        "sources": [_facts(item) for item in check.sources],
        "summary": {"errors": errors, "warnings": len(check.findings) - errors},
        "seconds": round(check.seconds, 3),
    }
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def _finding(item: Finding, sources: Sources, prefix: str) -> dict[str, Any]:
    return {
        **diagnostic_json(item.diagnostic, sources, prefix),
        "source": item.source,
        "count": item.count,
        "samples": [{"text": text, "rows": rows} for text, rows in item.samples],
    }


def _facts(item: SourceFacts) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": item.name,
        "kind": item.kind,
        "table": item.table,
        "rows": item.rows,
        "unknown": dict(item.unknown),
    }
    if item.kind == "event":
        made["newest"] = _moment(item.newest) if item.newest is not None else None
        made["age_seconds"] = int(item.age.total_seconds()) if item.age is not None else None
    if item.gaps is not None:
        made["gaps"] = item.gaps
    return made


def listed(samples: Sequence[tuple[str, int]], rows: bool = True) -> str:
    """Samples for a note: `"void" (10 rows), "?" (1 row)`."""
    return ", ".join(f"{text} ({plural(n, 'row')})" if rows else text for text, n in samples)
