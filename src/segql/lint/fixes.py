"""Fixes -> changed texts: each whole or not at all, and none into what another one changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segql.diagnostics import Diagnostic, Edit, Fix


@dataclass(frozen=True, slots=True)
class Fixed:
    """The changed texts by file, and the diagnostics whose fixes were applied."""

    texts: Mapping[str, str]
    applied: tuple[Diagnostic, ...]


def fix_of(item: Diagnostic, *, unsafe: bool = False) -> Fix | None:
    """The fix to apply: the only safe one, or else, if asked for, the only one. Of several none can be chosen."""
    fixes = [fix for fix in item.helps if fix.edits]
    safe = [fix for fix in fixes if fix.safe]
    if len(safe) == 1:
        return safe[0]
    return fixes[0] if unsafe and len(fixes) == 1 else None


def apply_fixes(
    texts: Mapping[str, str], diagnostics: Iterable[Diagnostic], *, unsafe: bool = False
) -> Fixed:
    """Apply fixes in the order of the diagnostics; `texts` are those that they were found in, by file."""
    edits: dict[str, list[Edit]] = {}
    applied: list[Diagnostic] = []
    for item in diagnostics:
        fix = fix_of(item, unsafe=unsafe)
        if fix is None or not all(edit.span.file in texts for edit in fix.edits):
            continue
        if any(_meets(edit, edits.get(edit.span.file, ())) for edit in fix.edits):
            continue
        applied.append(item)
        for edit in fix.edits:
            edits.setdefault(edit.span.file, []).append(edit)
    return Fixed(
        {name: _edited(texts[name], items) for name, items in edits.items()}, tuple(applied)
    )


def _meets(edit: Edit, others: Iterable[Edit]) -> bool:
    """Whether an edit touches what another one changes; at one place nothing tells which comes first."""
    return any(
        edit.span.start <= other.span.end and other.span.start <= edit.span.end for other in others
    )


def _edited(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
