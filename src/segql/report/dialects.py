"""What each dialect does with each operation -> text, JSON, Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap

from segql.dialects import DIALECTS
from segql.sql.capabilities import CHAPTERS, Capability, table_of

WIDTH = 96
_NAME = 18
_STATE = 11


def render_text(dialects: Sequence[str]) -> str:
    """Of one dialect each operation with its reason and page; of several the states side by side."""
    lines = _one(dialects[0]) if len(dialects) == 1 else _several(dialects)
    return "\n".join(lines) + "\n"


def _several(dialects: Sequence[str]) -> Iterator[str]:
    head = " " * _NAME + "".join(f"{name:<{_STATE}}" for name in dialects)
    yield head.rstrip()
    left = _NAME + _STATE * len(dialects)
    for chapter, operations in CHAPTERS.items():
        yield ""
        yield chapter
        for operation, words in operations.items():
            states = "".join(f"{table_of(name)[operation].state:<{_STATE}}" for name in dialects)
            said = wrap(words, max(WIDTH - left, 24))
            yield f"  {operation:<{_NAME - 2}}{states}{said[0]}"
            for more in said[1:]:
                yield " " * left + more
    yield ""
    yield "native: one construct of the dialect; lowered: made of others; refused: an error of `segql check`"
    yield "`segql dialects NAME` gives the reasons and the vendor's pages"


def _one(dialect: str) -> Iterator[str]:
    table = table_of(dialect)
    yield DIALECTS[dialect]
    for chapter, operations in CHAPTERS.items():
        yield ""
        yield chapter
        for operation, words in operations.items():
            entry = table[operation]
            yield f"  {operation:<{_NAME - 2}}{entry.state:<{_STATE}}{words}"
            for line in wrap(entry.why, WIDTH - _NAME - _STATE):
                yield " " * (_NAME + _STATE) + line
            yield " " * (_NAME + _STATE) + entry.page


def render_json(dialects: Sequence[str]) -> str:
    """A list of operations, each with its entry for every dialect."""
    listed = [
        {
            "operation": operation,
            "chapter": chapter,
            "says": words,
            "dialects": {name: _entry(table_of(name)[operation]) for name in dialects},
        }
        for chapter, operations in CHAPTERS.items()
        for operation, words in operations.items()
    ]
    return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"


def _entry(entry: Capability) -> dict[str, str]:
    made = {"state": entry.state, "page": entry.page}
    return {**made, "why": entry.why} if entry.why else made


def render_markdown(dialects: Sequence[str]) -> str:
    """A table for each chapter; the state is a link to the vendor's page, the reasons stand below it."""
    parts: list[str] = []
    for chapter, operations in CHAPTERS.items():
        heads = [DIALECTS[name] for name in dialects]
        rows = [f"| {' | '.join(('operation', '', *heads))} |", "|---" * (len(heads) + 2) + "|"]
        for operation, words in operations.items():
            cells = [_cell(table_of(name)[operation]) for name in dialects]
            rows.append(f"| {' | '.join((f'`{operation}`', _escaped(words), *cells))} |")
        parts.append("\n".join([f"### {chapter}", "", *rows]))
    return "\n\n".join(parts) + "\n"


def _cell(entry: Capability) -> str:
    link = f"[{entry.state}]({entry.page})"
    return f"{link}: {_escaped(entry.why)}" if entry.why else link


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
