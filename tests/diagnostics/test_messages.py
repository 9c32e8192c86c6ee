"""The messages of the model, page by page: each `seg` block is a case, the `text` block behind it what `check` prints.

A page's first `seg` block is the model that its cases add to. A case that finds nothing has the text `clean`.
`SEGQL_WRITE_PAGES=1` writes the texts anew, to be read before they are committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from segql.diagnostics import CODES, Diagnostic
from segql.model import codes, resolve
from segql.model.nodes import Settings
from segql.report.diagnostics import render_text
from segql.source import SourceFile
from segql.syntax.parser import parse

HERE = Path(__file__).parent
PAGES = sorted(HERE.glob("*.md"))
CASE = re.compile(
    r"^### (?P<title>.+?)$.*?^```seg\n(?P<seg>.*?)^```\n\n^```text\n(?P<text>.*?)^```$", re.M | re.S
)
MODEL = re.compile(r"^```seg\n(.*?)^```$", re.M | re.S)


def cases(page: Path) -> list[tuple[str, str, str]]:
    return [(m["title"], m["seg"], m["text"]) for m in CASE.finditer(page.read_text())]


def diagnose(page: Path, seg: str) -> tuple[list[Diagnostic], dict[str, SourceFile]]:
    model = MODEL.search(page.read_text())
    assert model is not None
    sources = {
        name: SourceFile(name, text)
        for name, text in {"model.seg": model[1], "case.seg": seg}.items()
    }
    parsed = [parse(source) for source in sources.values()]
    syntax = [item for one in parsed for item in one.diagnostics]
    found = resolve((one.file for one in parsed), Settings("Europe/Warsaw"))
    return [*syntax, *found.diagnostics], sources


def rendered(page: Path, seg: str) -> str:
    diagnostics, sources = diagnose(page, seg)
    return render_text(diagnostics, sources.get).strip() + "\n" if diagnostics else "clean\n"


ALL = [(page, *case) for page in PAGES for case in cases(page)]


@pytest.mark.parametrize(
    ("page", "seg", "text"),
    [pytest.param(page, seg, text, id=f"{page.stem}: {title}") for page, title, seg, text in ALL],
)
def test_message(page: Path, seg: str, text: str) -> None:
    found = rendered(page, seg)
    if os.environ.get("SEGQL_WRITE_PAGES"):
        content = page.read_text()
        old = f"```seg\n{seg}```\n\n```text\n{text}```"
        assert content.count(old) == 1, "two cases are the same"
        page.write_text(content.replace(old, f"```seg\n{seg}```\n\n```text\n{found}```"))
        return
    assert found == text


@pytest.mark.parametrize(
    ("page", "seg"), [pytest.param(page, seg, id=f"{page.stem}: {t}") for page, t, seg, _ in ALL]
)
def test_every_fix_mends_its_fault(page: Path, seg: str) -> None:
    for diagnostic in diagnose(page, seg)[0]:
        for fix in diagnostic.helps:
            if not fix.edits:
                continue
            mended = seg
            for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
                assert edit.span.file == "case.seg"
                mended = mended[: edit.span.start] + edit.text + mended[edit.span.end :]
            after = diagnose(page, mended)[0]
            assert len(after) < len(diagnose(page, seg)[0]), (fix, mended, after)


def test_every_case_is_read() -> None:
    for page in PAGES:
        assert len(cases(page)) == page.read_text().count("\n### "), page.name


def test_every_code_of_the_model_has_a_case() -> None:
    declared = {code.code for code in vars(codes).values() if code in CODES.values()}
    shown = {code for page in PAGES for code in re.findall(r"\[(SEG\d+)\]", page.read_text())}
    assert declared - shown == set()
