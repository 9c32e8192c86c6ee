"""`mistakes.md`: each fault with the diagnostics it draws, and what its safe fixes do."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from segql.diagnostics import CODES, Diagnostic, Edit
from segql.source import SourceFile
from segql.syntax.parser import parse

PAGE = Path(__file__).with_name("mistakes.md")
BLOCK = re.compile(r"```(seg|condition)\n(.*?)```\n+```text\n(.*?)```", re.DOTALL)
HEAD = "segment s of customer {\n  where {\n"
TAIL = "  }\n}\n"


@dataclass(frozen=True)
class Case:
    kind: str
    code: str
    snapshot: str

    @property
    def source(self) -> SourceFile:
        text = self.code if self.kind == "seg" else HEAD + self.code + TAIL
        return SourceFile("case.seg", text)

    def place(self, offset: int) -> str:
        position = self.source.position(offset)
        skipped = 0 if self.kind == "seg" else HEAD.count("\n")
        return f"{position.line - skipped}:{position.column}"


def _title(case: Case) -> str:
    return (case.code.strip() or "empty").splitlines()[0][:40]


def cases() -> list[Case]:
    return [Case(*match.groups()) for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def render(case: Case) -> str:
    """`code place message; label | help | help`, one line for each diagnostic."""
    lines = []
    for item in parse(case.source).diagnostics:
        assert item.span is not None
        where = f"{case.place(item.span.start)}-{case.place(item.span.end)}"
        label = f"; {item.labels[0].text}" if item.labels[0].text else ""
        helps = [f" | {fix.text}{' [safe]' if fix.safe else ''}" for fix in item.helps]
        lines.append(f"{item.code.code} {where} {item.message}{label}{''.join(helps)}\n")
    return "".join(lines)


def apply(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end), reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def update() -> None:
    def replace(match: re.Match[str]) -> str:
        case = Case(*match.groups())
        return f"```{case.kind}\n{case.code}```\n\n```text\n{render(case)}```"

    text = BLOCK.sub(replace, PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")


if os.environ.get("SEGQL_UPDATE"):
    update()


@pytest.mark.parametrize("case", cases(), ids=_title)
def test_message(case: Case) -> None:
    assert render(case) == case.snapshot
    assert case.snapshot, "a mistake draws a diagnostic"


def _same(left: Diagnostic, right: Diagnostic) -> bool:
    return (left.code, left.message) == (right.code, right.message)


@pytest.mark.parametrize("case", cases(), ids=_title)
def test_fixes_take_their_fault_away(case: Case) -> None:
    """Each fix with edits, alone: one diagnostic of its kind less, and none of another kind more."""
    before = parse(case.source).diagnostics
    for item in before:
        for fix in item.helps:
            if not fix.edits:
                continue
            text = apply(case.source.text, fix.edits)
            after = parse(SourceFile("case.seg", text)).diagnostics
            count = sum(_same(item, other) for other in before)
            assert sum(_same(item, other) for other in after) < count, (fix.text, text)
            assert {other.code.code for other in after} <= {other.code.code for other in before}


def test_messages_are_in_the_house_style() -> None:
    """Lower case, no full stop, nothing of the grammar's own names."""
    found = [item for case in cases() for item in parse(case.source).diagnostics]
    texts = [item.message for item in found]
    texts += [label.text for item in found for label in item.labels]
    texts += [fix.text for item in found for fix in item.helps]
    assert len(texts) > 100
    for text in texts:
        assert not text.endswith("."), text
        assert not re.match(r"[A-Z]", text), text
        bare = re.sub(r"`[^`]*`", "", text)
        assert not re.search(r"\b(NAME|NUMBER|LBRACE|RBRACE|_NL|STRING|__ANON|UTF8)\b", bare), text


def test_every_code_has_a_case() -> None:
    drawn = {item.code.code for case in cases() for item in parse(case.source).diagnostics}
    declared = {code for code in CODES if code.startswith("SEG1")}
    # the size and the encoding of a file: test_robustness.py; SEG139: test_formatter.py
    elsewhere = {"SEG108", "SEG109", "SEG139"}
    assert declared - drawn == elsewhere


@pytest.mark.parametrize(
    "condition",
    [
        "did purchase where { amount > 3 }\n    household > 3",
        "did purchase where { amount > 3 } and household < 5",
        "did purchase at least 2 times between 2026-01-01 and 2026-02-01 where { amount > 3 }",
        "not (did purchase in each of last 3 full months)",
        "did not purchase at least 2 times within any 3 days",
        "sequence by store_id in last 30 days {\n purchase within 2 days where { a }\n }",
        "days until birth_date < 3",
    ],
)
def test_what_comes_close_is_right(condition: str) -> None:
    assert render(Case("condition", f"    {condition}\n", "")) == ""
