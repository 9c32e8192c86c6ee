"""What a check found, as JSON: read again without the libraries that found it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from segql.diagnostics import Code, Diagnostic, Edit, Fix, Label, Severity
from segql.source import Span


@dataclass(frozen=True)
class Findings:
    """The diagnostics of a whole project in order, and what it declares."""

    diagnostics: tuple[Diagnostic, ...]
    segments: tuple[str, ...]
    lists: tuple[tuple[str, str], ...] = ()
    """Each file that a list names, with a hash of its content: the findings rest on it too."""


def dump(findings: Findings) -> bytes:
    """As bytes; `load` gives it back."""
    return json.dumps(
        [[_dump(item) for item in findings.diagnostics], findings.segments, findings.lists],
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def load(body: bytes) -> Findings | None:
    """What `dump` wrote, or None if it is not that."""
    try:
        diagnostics, segments, lists = json.loads(body)
        return Findings(
            tuple(_load(item) for item in diagnostics),
            tuple(str(name) for name in segments),
            tuple((str(name), str(known)) for name, known in lists),
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None


def _dump(item: Diagnostic) -> list[Any]:
    code = item.code
    return [
        [code.code, code.name, str(code.severity), code.rule],
        item.message,
        [[_dump_span(label.span), label.text] for label in item.labels],
        item.notes,
        [
            [fix.text, [[_dump_span(edit.span), edit.text] for edit in fix.edits], fix.safe]
            for fix in item.helps
        ],
        None if item.severity is None else str(item.severity),
    ]


def _dump_span(span: Span) -> list[Any]:
    return [span.file, span.start, span.end]


def _load(item: list[Any]) -> Diagnostic:
    code, message, labels, notes, helps, severity = item
    return Diagnostic(
        Code(code[0], code[1], Severity(code[2]), code[3]),
        message,
        tuple(Label(Span(*span), text) for span, text in labels),
        tuple(notes),
        tuple(
            Fix(text, tuple(Edit(Span(*span), new) for span, new in edits), safe)
            for text, edits, safe in helps
        ),
        None if severity is None else Severity(severity),
    )
