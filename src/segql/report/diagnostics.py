"""Diagnostics as text for people, as concise lines and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from segql.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from segql.report.excerpt import excerpt
from segql.report.text import PLAIN, Style, plural, shown
from segql.source import SourceFile, Span

Sources: TypeAlias = Callable[[str], SourceFile | None]
"""A file by its name, or None where its text is not known."""


def render_text(
    diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "", style: Style = PLAIN
) -> str:
    """Each diagnostic with its excerpts, an empty line behind each. `prefix` stands before file names."""
    return "".join(_text(item, sources, prefix, style) + "\n" for item in diagnostics)


def render_concise(diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "") -> str:
    """One line each: `segments/growth.seg:14:5: error[SEG201]: unknown attribute …`."""
    lines = []
    for item in diagnostics:
        place = _place(item.span, sources, prefix) + ": " if item.span else ""
        lines.append(f"{place}{item.level}[{item.code.code}]: {shown(item.message)}\n")
    return "".join(lines)


def render_json(diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "") -> str:
    """An object with `diagnostics` (lines and columns from 1, the end behind the last character) and `summary`."""
    errors = sum(item.is_error for item in diagnostics)
    document = {
        "diagnostics": [diagnostic_json(item, sources, prefix) for item in diagnostics],
        "summary": {"errors": errors, "warnings": len(diagnostics) - errors},
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors and 1 warning`."""
    errors = sum(item.is_error for item in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [plural(errors, "error")] if errors else []
    parts += [plural(warnings, "warning")] if warnings else []
    return " and ".join(parts) or "no faults"


# --- text -----------------------------------------------------------------------------------------


def _text(item: Diagnostic, sources: Sources, prefix: str, style: Style) -> str:
    paint = style.red if item.level is Severity.ERROR else style.yellow
    lines = [
        f"{paint(f'{item.level}[{item.code.code}]')}{style.bold(': ' + shown(item.message))}",
    ]
    gutter = _gutter(item, sources)
    source: SourceFile | None = None
    for place, (file, labels) in enumerate(_by_file(item)):
        arrow = "-->" if place == 0 else ":::"
        where = _place(labels[0][0].span, sources, prefix)
        lines.append(f"{' ' * gutter}{style.blue(arrow)} {where}")
        source = sources(file)
        if source is not None and source.text:
            lines += excerpt(source, labels, gutter, style)
        else:
            lines += [
                f"{' ' * gutter} {style.blue('|')} {shown(label.text)}" for label, _ in labels
            ]
    if not item.notes and not item.helps and source is not None and source.text:
        lines.pop()  # the edge below an excerpt leads to what follows
    lines += [_tail(gutter, "note", note, "", style) for note in item.notes]
    lines += [_tail(gutter, "help", fix.text, _kind(fix, style), style) for fix in item.helps]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _by_file(item: Diagnostic) -> list[tuple[str, list[tuple[Label, bool]]]]:
    """The labels of each file, the fault's own file first; each with whether it is the place of the fault."""
    files: dict[str, list[tuple[Label, bool]]] = {}
    for place, label in enumerate(item.labels):
        files.setdefault(label.span.file, []).append((label, place == 0))
    return list(files.items())


def _gutter(item: Diagnostic, sources: Sources) -> int:
    """The columns of the largest line number that is shown, at least 2."""
    largest = 1
    for label in item.labels:
        source = sources(label.span.file)
        if source is not None:
            largest = max(largest, source.position(label.span.end).line)
    return max(2, len(str(largest)))


def _tail(gutter: int, word: str, text: str, suffix: str, style: Style) -> str:
    head = f"{' ' * gutter} {style.blue('=')} {style.bold(word)}: "
    indent = "\n" + " " * (gutter + 5 + len(word))
    return head + indent.join(shown(line) for line in text.split("\n")) + suffix


def _kind(fix: Fix, style: Style) -> str:
    if not fix.edits:
        return ""
    return "   " + style.dim("[safe fix]" if fix.safe else "[unsafe fix]")


def _place(span: Span | None, sources: Sources, prefix: str) -> str:
    if span is None:
        return ""
    source, name = sources(span.file), shown(f"{prefix}{span.file}")
    if source is None:
        return name
    at = source.position(span.start)
    return f"{name}:{at.line}:{at.column}"


# --- JSON -----------------------------------------------------------------------------------------


def diagnostic_json(item: Diagnostic, sources: Sources, prefix: str) -> dict[str, Any]:
    return {
        "code": item.code.code,
        "name": item.code.name,
        "severity": str(item.level),
        "message": item.message,
        **(_json_span(item.span, sources, prefix) if item.span else {"file": None}),
        "labels": [
            {**_json_span(label.span, sources, prefix), "text": label.text} for label in item.labels
        ],
        "notes": list(item.notes),
        "helps": [
            {
                "text": fix.text,
                "safe": fix.safe,
                "edits": [_json_edit(edit, sources, prefix) for edit in fix.edits],
            }
            for fix in item.helps
        ],
    }


def _json_edit(edit: Edit, sources: Sources, prefix: str) -> dict[str, Any]:
    return {**_json_span(edit.span, sources, prefix), "text": edit.text}


def _json_span(span: Span, sources: Sources, prefix: str) -> dict[str, Any]:
    place: dict[str, Any] = {"file": f"{prefix}{span.file}"}
    source = sources(span.file)
    if source is not None:
        start, end = source.position(span.start), source.position(span.end)
        place |= {"line": start.line, "column": start.column}
        place |= {"end_line": end.line, "end_column": end.column}
    return place
