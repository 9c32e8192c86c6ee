"""`forms.md`: every form of the language with its tree."""

from __future__ import annotations

import os
import re

import pytest

from segql.syntax.printer import to_text
from tests.syntax.trees import HERE, bare, condition, pairs, read, short

PAGE = HERE / "forms.md"
BLOCK = re.compile(r"```(seg|condition)\n(.*?)```\n+```text\n(.*?)```", re.DOTALL)


def render(kind: str, code: str) -> str:
    if kind == "condition":
        return "".join(f"{short(condition(line))}\n" for line in code.splitlines())
    parsed = read(code)
    assert not parsed.diagnostics, parsed.diagnostics
    return "".join(f"{short(item)}\n" for item in parsed.file.declarations)


def update() -> None:
    def replace(match: re.Match[str]) -> str:
        kind, code, _ = match.groups()
        return f"```{kind}\n{code}```\n\n```text\n{render(kind, code)}```"

    PAGE.write_text(BLOCK.sub(replace, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if os.environ.get("SEGQL_UPDATE"):
    update()

CASES = pairs("forms.md", "seg|condition")


@pytest.mark.parametrize(("kind", "code", "snapshot"), CASES, ids=[c[1][:40] for c in CASES])
def test_form(kind: str, code: str, snapshot: str) -> None:
    assert render(kind, code) == snapshot


@pytest.mark.parametrize(("kind", "code", "snapshot"), CASES, ids=[c[1][:40] for c in CASES])
def test_text_tree_text_tree(kind: str, code: str, snapshot: str) -> None:
    """The printed text has the same tree, and prints to the same text."""
    if kind == "condition":
        for line in code.splitlines():
            node = condition(line)
            text = to_text(node)
            assert bare(condition(text)) == bare(node), text
            assert to_text(condition(text)) == text
        return
    file = read(code).file
    text = to_text(file)
    again = read(text)
    assert not again.diagnostics, (text, again.diagnostics)
    assert bare(again.file) == bare(file), text
    assert to_text(again.file) == text
