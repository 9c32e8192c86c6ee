"""A preview of a segment: how many, why, who. As text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from segql.report.english import ResolvedWindow
from segql.report.levels import LevelsPreview, as_json, text_lines
from segql.report.text import (
    PLAIN,
    Style,
    cut,
    left,
    number,
    percent,
    plural,
    right,
    shown,
    width,
)

Bound: TypeAlias = "datetime | date | str | None"

WIDTH = 100
"""Columns that a preview as text takes at most."""

BAR = 12
CELL = 28
MAX_LINES = 12
"""Lines of one condition that are shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a segment: its text, its place, how many it matches alone and how many are left after it."""

    text: str
    file: str
    line: int
    alone: int
    left: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What `segql preview` tells of a segment. Instants are UTC, `seconds` is the time of the engine."""

    segment: str
    title: str
    description: str
    entity: str
    target: str
    engine: str
    timezone: str
    as_of: datetime
    population: int
    members: int
    steps: tuple[Step, ...]
    windows: tuple[ResolvedWindow, ...]
    sample_columns: tuple[str, ...]
    sample: tuple[tuple[object, ...], ...]
    seconds: float

    @property
    def share(self) -> float:
        """The members' part of the population; 0 where there is nobody."""
        return self.members / self.population if self.population else 0.0


def render_text(previews: Sequence[Preview | LevelsPreview], style: Style = PLAIN) -> str:
    """Each preview, an empty line between them."""
    return "\n".join("\n".join(_text(item, style)) + "\n" for item in previews)


def render_json(previews: Sequence[Preview | LevelsPreview]) -> str:
    """A list of objects, also for one segment; instants in UTC with `Z`, exact numbers as text."""
    objects = [
        as_json(item) if isinstance(item, LevelsPreview) else _json(item) for item in previews
    ]
    return json.dumps(objects, ensure_ascii=False, indent=2) + "\n"


# --- text -----------------------------------------------------------------------------------------


def _text(item: Preview | LevelsPreview, style: Style) -> list[str]:
    if isinstance(item, LevelsPreview):
        return [*text_lines(item, style), "", *_foot(item, style)]
    return [
        *_heading(item, style),
        "",
        *_waterfall(item, style),
        "",
        *_sample(item, style),
        "",
        *_foot(item, style),
    ]


def _heading(item: Preview, style: Style) -> list[str]:
    lines = [style.bold(item.segment) + (f"  {shown(item.title)}" if item.title else "")]
    lines += [style.dim(cut(shown(line), WIDTH)) for line in item.description.split("\n") if line]
    share = percent(item.members, item.population)
    of = f"of {plural(item.population, f'{item.entity} row')}"
    word = "member" if item.members == 1 else "members"
    lines += ["", f"  {style.green(number(item.members))} {word} {of}, {share}"]
    return lines


def _waterfall(item: Preview, style: Style) -> list[str]:
    """A line for each condition: its text, how many match it alone, how many are left, as a bar."""
    counts = [item.population, *(step.alone for step in item.steps)]
    digits = max(5, *(len(number(count)) for count in counts))
    room = WIDTH - 2 - 2 * (digits + 2) - BAR - 2
    texts = [_condition(step.text, room) for step in item.steps]
    everyone = f"every {item.entity}"
    columns = max(len("condition"), width(everyone), *(width(t) for text in texts for t in text), 0)

    def row(text: str, alone: str, after: str, bar: str) -> str:
        return f"  {left(text, columns)}  {right(alone, digits)}  {right(after, digits)}  {bar}"

    lines = [style.dim(row("condition", "alone", "left", "").rstrip())]
    lines.append(row(everyone, "", number(item.population), bar(1, 1, style)).rstrip())
    for step, text in zip(item.steps, texts, strict=True):
        drawn = bar(step.left, item.population, style)
        lines.append(row(text[0], number(step.alone), number(step.left), drawn).rstrip())
        lines += [f"  {line}".rstrip() for line in text[1:]]
    return lines


def _condition(text: str, room: int) -> list[str]:
    """The source of a condition, its lines moved left together and cut."""
    lines = [shown(line).rstrip() for line in text.expandtabs(4).split("\n")]
    rest = [line for line in lines[1:] if line]
    indent = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    lines = [lines[0].strip(), *(line[indent:] for line in rest)]
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 2], "  …", lines[-1]]
    return [part for line in lines for part in _wrapped(line, room)]


def _wrapped(line: str, room: int) -> list[str]:
    """A line as lines of at most `room` columns, broken between words."""
    words = line.split()
    if width(line) <= room or not words:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    lines, at = [], indent + words[0]
    for word in words[1:]:
        if width(at) + 1 + width(word) > room:
            lines.append(at)
            at = f"{indent}    {word}"
        else:
            at = f"{at} {word}"
    return [cut(part, room) for part in (*lines, at)]


def bar(part: int, whole: int, style: Style) -> str:
    """A bar of eighths of a character; something is never shown as nothing."""
    if not whole or not part:
        return ""
    eighths = max(1, part * BAR * 8 // whole)
    blocks = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
    return style.cyan(blocks)


def _sample(item: Preview, style: Style) -> list[str]:
    if not item.sample:
        return ["  nobody is a member" if not item.members else "  no sample asked for"]
    zone = ZoneInfo(item.timezone)
    cells = [[_cell(value, zone) for value in row] for row in item.sample]
    shown_columns, dropped = _fitting(item.sample_columns, cells)
    head = f"  {plural(len(item.sample), 'member')} of {number(item.members)}"
    if dropped:
        head += f", without {', '.join(dropped)}"
    rights = [_is_number([row[place] for row in item.sample]) for place in shown_columns]
    rows = [[item.sample_columns[place] for place in shown_columns]]
    rows += [[row[place] for place in shown_columns] for row in cells]
    lines = _aligned(rows, rights)
    return [style.dim(cut(head, WIDTH)), style.bold(lines[0]), *lines[1:]]


def _aligned(rows: Sequence[Sequence[str]], rights: Sequence[bool]) -> list[str]:
    widths = [max(width(row[place]) for row in rows) for place in range(len(rights))]
    lines = []
    for row in rows:
        cells = [
            right(cell, widths[place]) if rights[place] else left(cell, widths[place])
            for place, cell in enumerate(row)
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return lines


def _fitting(
    columns: Sequence[str], cells: Sequence[Sequence[str]]
) -> tuple[list[int], tuple[str, ...]]:
    """The places of the columns that have room beside each other, and the names of the others."""
    used = 0
    places: list[int] = []
    for place, name in enumerate(columns):
        columns_wide = max(width(name), *(width(row[place]) for row in cells)) + 2
        if used + columns_wide > WIDTH and places:
            break
        used += columns_wide
        places.append(place)
    return places, tuple(columns[len(places) :])


def _is_number(values: Sequence[object]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def _cell(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, list | tuple):
        return cut(", ".join(_cell(part, zone) for part in value) or "[]", CELL)
    return cut(shown(_scalar(value, zone)), CELL)


def _scalar(value: object, zone: ZoneInfo) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return _local(value, zone)
        case int():
            return str(value)
        case Decimal():
            return _decimal(value)
        case timedelta():
            return str(value)
        case _:
            return str(value)


def _decimal(value: Decimal) -> str:
    """Without zeros that say nothing, but with two places where there are some: `12.50`, `3.00`, `0.123`."""
    text = f"{value:f}"
    if "." not in text:
        return text
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0'):0<2}"


def _local(value: datetime, zone: ZoneInfo, most: str = "seconds") -> str:
    """An instant as local time, as exact as it is, to `most`; one without zone is UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo("UTC"))
    local = aware.astimezone(zone).replace(tzinfo=None)
    if not (local.second or local.microsecond):
        return local.isoformat(" ", "minutes")
    return local.isoformat(" ", most if local.microsecond else "seconds")


def _foot(item: Preview | LevelsPreview, style: Style) -> list[str]:
    zone = ZoneInfo(item.timezone)
    lines = [f"  as of    {_local(item.as_of, zone, 'microseconds')}  {item.timezone}"]
    rows = [(window.text or "window", _interval(window, zone)) for window in item.windows]
    room = WIDTH - 13 - max((width(interval) for _, interval in rows), default=0)
    wide = min(max((width(text) for text, _ in rows), default=0), max(room, 20))
    for place, (text, interval) in enumerate(rows):
        head = "windows  " if place == 0 else "         "
        lines.append(f"  {head}{left(cut(text, wide), wide)}  {interval}")
    lines.append(f"  target   {item.target} ({item.engine}), {_duration(item.seconds)}")
    return [style.dim(line) for line in lines]


def _interval(window: ResolvedWindow, zone: ZoneInfo) -> str:
    start, end = _moment(window.start, zone), _moment(window.end, zone)
    if start and end:
        return f"{start} until before {end}"
    if start:
        return f"from {start}"
    return f"until before {end}" if end else "all time"


def _moment(bound: Bound, zone: ZoneInfo) -> str:
    """A bound in local time; where each row has its own, what was written."""
    if isinstance(bound, datetime):
        return _local(bound, zone)
    return shown(bound) if isinstance(bound, str) else bound.isoformat() if bound else ""


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


# --- JSON -----------------------------------------------------------------------------------------


def _json(item: Preview) -> dict[str, Any]:
    return {
        "segment": item.segment,
        "title": item.title,
        "description": item.description,
        "entity": item.entity,
        "target": item.target,
        "engine": item.engine,
        "as_of": json_value(item.as_of),
        "timezone": item.timezone,
        "population": item.population,
        "members": item.members,
        "share": round(item.share, 6),
        "conditions": [
            {
                "text": step.text,
                "file": step.file,
                "line": step.line,
                "alone": step.alone,
                "left": step.left,
            }
            for step in item.steps
        ],
        "windows": json_windows(item.windows),
        "sample": [
            dict(zip(item.sample_columns, map(json_value, row), strict=True)) for row in item.sample
        ],
        "seconds": round(item.seconds, 3),
    }


def json_windows(windows: Sequence[ResolvedWindow]) -> list[dict[str, Any]]:
    return [
        {
            "text": window.text,
            "start": json_value(window.start),
            "end": json_value(window.end),
        }
        for window in windows
    ]


def json_value(value: object) -> object:
    """A value as JSON has it: times as ISO 8601 (instants in UTC with `Z`), decimals as text, lists as lists."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if value == value and abs(value) != float("inf") else None
        case Decimal():
            return f"{value:f}"
        case datetime():
            instant = value.astimezone(ZoneInfo("UTC")) if value.tzinfo else value
            return instant.replace(tzinfo=None).isoformat() + "Z"
        case date():
            return value.isoformat()
        case list() | tuple():
            return [json_value(part) for part in value]
        case dict():
            return {str(key): json_value(part) for key, part in value.items()}
        case _:
            return str(value)
