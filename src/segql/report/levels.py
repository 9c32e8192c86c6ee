"""A preview of a segmentation or a split: every level with its size, its share, and what the levels above took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segql.report.english import ResolvedWindow
from segql.report.text import Style, cut, left, number, percent, right, shown, width

COLUMN = 30


@dataclass(frozen=True, slots=True)
class LevelSize:
    """A level or part: how many it has, how many of the base it asks for alone, and its data."""

    name: str
    file: str
    line: int
    members: int
    alone: int
    data: tuple[tuple[str, object], ...]

    @property
    def lost(self) -> int:
        """How many it asks for that the levels above have taken."""
        return self.alone - self.members


@dataclass(frozen=True, slots=True)
class LevelsPreview:
    """What `segql preview` tells of a segmentation or split; `base` is how many the levels share."""

    segmentation: str
    title: str
    description: str
    entity: str
    is_split: bool
    target: str
    engine: str
    timezone: str
    as_of: datetime
    population: int
    base: int
    levels: tuple[LevelSize, ...]
    windows: tuple[ResolvedWindow, ...]
    seconds: float

    @property
    def members(self) -> int:
        """How many are in some level."""
        return sum(level.members for level in self.levels)


def text_lines(item: LevelsPreview, style: Style) -> list[str]:
    """The heading and the table of levels; the foot is that of every preview."""
    return [*_heading(item, style), "", *_table(item, style)]


def _heading(item: LevelsPreview, style: Style) -> list[str]:
    from segql.report.preview import WIDTH

    lines = [style.bold(item.segmentation) + (f"  {shown(item.title)}" if item.title else "")]
    lines += [style.dim(cut(shown(line), WIDTH)) for line in item.description.split("\n") if line]
    what = "parts" if item.is_split else "levels"
    whole = f"{number(len(item.levels))} {what} of {number(item.population)} {item.entity} rows"
    if item.base != item.population:
        whole += f", {number(item.base)} of them in the base"
    return [*lines, "", f"  {whole}"]


def _table(item: LevelsPreview, style: Style) -> list[str]:
    from segql.report.preview import BAR, WIDTH, bar

    head = ["part" if item.is_split else "level", "members", "share"]
    rows = [
        [shown(level.name), number(level.members), percent(level.members, item.base)]
        for level in item.levels
    ]
    if not item.is_split:  # the parts of a split take nothing from one another
        head += ["alone", "lost above"]
        for row, level in zip(rows, item.levels, strict=True):
            row += [number(level.alone), number(level.lost) if level.lost else ""]
    outside = item.base - item.members
    if outside:
        rest = ["in none", number(outside), percent(outside, item.base)]
        rows = [*rows, rest + [""] * (len(head) - len(rest))]
    columns = [
        min(COLUMN, max(width(row[place]) for row in (head, *rows))) for place in range(len(head))
    ]

    def line(row: list[str]) -> str:
        cells = [left(cut(row[0], columns[0]), columns[0])]
        cells += [right(cell, size) for cell, size in zip(row[1:], columns[1:], strict=True)]
        return "  " + "  ".join(cells)

    lines = [style.dim(line(head).rstrip())]
    for place, row in enumerate(rows):
        count = item.levels[place].members if place < len(item.levels) else outside
        drawn = f"{line(row)}  {bar(count, item.base, style)}".rstrip()
        lines.append(drawn)
        if place < len(item.levels) and item.levels[place].data:
            told = ", ".join(f"{key}: {_said(value)}" for key, value in item.levels[place].data)
            lines.append(style.dim(cut(f"    with {shown(told)}", WIDTH - BAR)))
    return lines


def _said(value: object) -> str:
    from segql.report.preview import json_value

    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(json_value(value))


def as_json(item: LevelsPreview) -> dict[str, Any]:
    """One object; instants in UTC with `Z`."""
    from segql.report.preview import json_value, json_windows

    return {
        "segmentation": item.segmentation,
        "kind": "split" if item.is_split else "segmentation",
        "title": item.title,
        "description": item.description,
        "entity": item.entity,
        "target": item.target,
        "engine": item.engine,
        "as_of": json_value(item.as_of),
        "timezone": item.timezone,
        "population": item.population,
        "base": item.base,
        "members": item.members,
        "levels": [
            {
                "name": level.name,
                "file": level.file,
                "line": level.line,
                "members": level.members,
                "share": round(level.members / item.base, 6) if item.base else 0.0,
                "alone": level.alone,
                "lost": level.lost,
                "data": {key: json_value(value) for key, value in level.data},
            }
            for level in item.levels
        ],
        "windows": json_windows(item.windows),
        "seconds": round(item.seconds, 3),
    }
