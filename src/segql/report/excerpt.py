"""Lines of source with labels under them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from segql.diagnostics import Label
from segql.report.text import Style, shown, width
from segql.source import SourceFile

LINE_WIDTH = 100
"""Columns of source that are shown; a longer line is cut around what is marked."""

_BEFORE = 20
_MANY_LINES = 4
"""A span of more lines shows only its first and its last."""


@dataclass(frozen=True)
class Mark:
    """A label on one line: columns in characters from 1, `end` behind the last; `tail` of a span of several lines."""

    line: int
    start: int
    end: int
    text: str
    primary: bool
    tail: bool = False


def excerpt(
    source: SourceFile, labels: Sequence[tuple[Label, bool]], gutter: int, style: Style
) -> list[str]:
    """The marked lines of one file; each label comes with whether it is the place of the fault."""
    marks, bar = _marks(source, labels)
    by_line: dict[int, list[Mark]] = {}
    for mark in marks:
        by_line.setdefault(mark.line, []).append(mark)
    numbers = sorted(set(by_line) | set(_inner(bar)))
    lines = [_edge(gutter, style)]
    before = numbers[0] - 1 if numbers else 0
    for number in numbers:
        if number > before + 1:
            lines.append(style.blue("..."))
        lines += _line(source, number, by_line.get(number, []), bar, gutter, style)
        before = number
    lines.append(_edge(gutter, style))
    return lines


def _marks(
    source: SourceFile, labels: Sequence[tuple[Label, bool]]
) -> tuple[list[Mark], tuple[int, int] | None]:
    """Each label as a mark of one line; the first and last line of the one that gets a bar at its side."""
    marks: list[Mark] = []
    bar: tuple[int, int] | None = None
    for label, primary in labels:
        start = source.position(label.span.start)
        end = source.position(max(label.span.start, label.span.end))
        if end.column == 1 and end.line > start.line:  # a line break belongs to its line
            end_line = end.line - 1
            end_column = len(source.line(end_line)) + 1
        else:
            end_line, end_column = end.line, end.column
        if end_line == start.line:
            stop = max(end_column, start.column + 1)
            marks.append(Mark(start.line, start.column, stop, label.text, primary))
        elif primary and bar is None:
            bar = (start.line, end_line)
            marks.append(Mark(start.line, start.column, start.column + 1, "", True, tail=True))
            last = max(1, end_column - 1)
            marks.append(Mark(end_line, last, last + 1, label.text, True, tail=True))
        else:
            stop = max(len(source.line(start.line)) + 1, start.column + 1)
            marks.append(Mark(start.line, start.column, stop, label.text, primary))
    return marks, bar


def _inner(bar: tuple[int, int] | None) -> Iterator[int]:
    """The lines of a span with a bar that are shown, though nothing is marked in them."""
    if bar and bar[1] - bar[0] < _MANY_LINES:
        yield from range(bar[0], bar[1] + 1)


def _edge(gutter: int, style: Style) -> str:
    return " " * gutter + " " + style.blue("|")


def _line(
    source: SourceFile,
    number: int,
    marks: Sequence[Mark],
    bar: tuple[int, int] | None,
    gutter: int,
    style: Style,
) -> list[str]:
    """One line of source and the lines of marks below it."""
    text, shift = _window(source.line(number), marks)
    inside = bar is not None and bar[0] < number <= bar[1]
    side = "" if bar is None else style.red("| ") if inside else "  "
    head = style.blue(f"{number:>{gutter}} |")
    lines = [f"{head} {side}{shown(text)}".rstrip()]
    edge = _edge(gutter, style)
    ends = [mark for mark in marks if mark.tail]
    for below in _below([mark for mark in marks if not mark.tail], text, shift, style):
        lines.append(f"{edge} {side}{below}")
    for mark in ends:
        column = _column(text, mark.start - shift)
        if bar is not None and number == bar[0]:
            lines.append(f"{edge} {style.red(' ' + '_' * (column + 1) + '^')}")
        else:
            label = f" {shown(mark.text)}" if mark.text else ""
            lines.append(f"{edge} {style.red('|' + '_' * (column + 1) + '^' + label)}")
    return lines


def _below(marks: Sequence[Mark], text: str, shift: int, style: Style) -> list[str]:
    """The markers, and the texts: the rightmost behind its marker, the others on lines of their own."""
    if not marks:
        return []
    ordered = sorted(marks, key=lambda mark: (mark.start, mark.primary))
    cells: list[str] = []
    for mark in sorted(marks, key=lambda mark: mark.primary):
        start = _column(text, mark.start - shift)
        end = _column(text, min(mark.end - shift, len(text) + 1))  # the line may be cut
        cells += [" "] * (max(end, start + 1) - len(cells))
        cells[start : max(end, start + 1)] = _marker(mark) * max(end - start, 1)
    last = ordered[-1]
    same_end = all(mark.end <= last.end for mark in ordered)
    line = _painted(cells, style)
    waiting = [mark for mark in ordered if mark.text]
    if same_end and last.text:
        line += " " + _text(last, style)
        waiting.remove(last)
    lines = [line]
    while waiting:
        mark = waiting.pop()
        stems = _stems(waiting, text, shift)
        column = _column(text, mark.start - shift)
        lines.append(style.dim(_stems([*waiting, mark], text, shift)))
        lines.append(stems.ljust(column)[:column] + _text(mark, style))
    return lines


def _text(mark: Mark, style: Style) -> str:
    text = shown(mark.text)
    return style.red(text) if mark.primary else style.blue(text)


def _marker(mark: Mark) -> str:
    return "^" if mark.primary else "-"


def _painted(cells: Sequence[str], style: Style) -> str:
    text = "".join(cells)
    if not style.colour:
        return text
    runs = (("".join(run), kind) for kind, run in groupby(cells))
    return "".join(
        style.red(run) if kind == "^" else style.blue(run) if kind == "-" else run
        for run, kind in runs
    )


def _stems(marks: Sequence[Mark], text: str, shift: int) -> str:
    cells: list[str] = []
    for mark in marks:
        column = _column(text, mark.start - shift)
        cells += [" "] * (column + 1 - len(cells))
        cells[column] = "|"
    return "".join(cells)


def _column(text: str, column: int) -> int:
    """The display column (from 0) of a character column (from 1)."""
    before = text[: max(0, column - 1)]
    return width(shown(before)) + max(0, column - 1 - len(before))


def _window(line: str, marks: Sequence[Mark]) -> tuple[str, int]:
    """The part of a line that is shown, and how many characters its columns moved to the left."""
    if width(shown(line)) <= LINE_WIDTH:
        return line, 0
    primary = [mark for mark in marks if mark.primary] or list(marks)
    focus = min((mark.start for mark in primary), default=1) - 1
    start = max(0, focus - _BEFORE) if focus > LINE_WIDTH - _BEFORE else 0
    text, used = ("…" if start else ""), 1 if start else 0
    for character in line[start:]:
        used += width(shown(character))
        if used > LINE_WIDTH - 1:
            text += "…"
            break
        text += character
    return text, start - (1 if start else 0)
