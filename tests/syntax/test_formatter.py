"""The formatter: one layout for every text with the same tokens; nothing is lost; what is laid out stays so."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segql.source import SourceFile
from segql.syntax import formatter, tree
from segql.syntax.formatter import comments, format_source, layout
from segql.syntax.printer import to_text
from tests.syntax import strategies
from tests.syntax.layouts import disarranged, mutations
from tests.syntax.trees import corpus

SETTINGS = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted([*ROOT.glob("examples/**/*.seg"), *ROOT.glob("src/segql/templates/**/*.seg")])


def formatted(text: str) -> str:
    """The text in the one layout; fails where the formatter refuses, or where a second time changes it."""
    result = format_source(SourceFile("test.seg", text))
    assert result.text is not None, (text, result.diagnostics)
    again = format_source(SourceFile("test.seg", result.text))
    assert again.text == result.text, text
    return result.text


def stands(text: str) -> bool:
    """Whether the text has no faults; if so it is laid out for good, else left as it is."""
    result = format_source(SourceFile("test.seg", text))
    if result.text is not None:
        formatted(text)
        return True
    assert not {item.code.code for item in result.diagnostics} & {"SEG139"}, text
    return False


def bare(text: str) -> list[str]:
    return comments(SourceFile("test.seg", text))


@SETTINGS
@given(st.lists(strategies.declarations, min_size=1, max_size=2), st.integers(0, 10**9))
def test_random_declarations(nodes: list[tree.Declaration], seed: int) -> None:
    text = "\n".join(map(to_text, nodes)) + "\n"
    wild = disarranged(text, random.Random(seed))
    result = formatted(wild)
    assert bare(result) == bare(wild)
    assert all(line == line.rstrip() for line in layout(SourceFile("a", text)).split("\n"))


@pytest.mark.parametrize("seed", range(3))
def test_every_form_in_any_layout(seed: int) -> None:
    source = random.Random(seed)
    for text in corpus():
        wild = disarranged(text, source, 0.3)
        assert bare(formatted(wild)) == bare(wild)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_stand_in_the_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_only_spaces_and_line_ends_do_not_matter(path: Path) -> None:
    """A text whose spaces and line ends were changed, with no comment or blank line added, comes back."""
    text = path.read_text(encoding="utf-8")
    squeezed = "\n".join(f"    {line.strip()}   " if line else "" for line in text.split("\n"))
    assert formatted(squeezed) == text


PAGE = (Path(__file__).parent / "layout.md").read_text(encoding="utf-8")
CASES = re.findall(r"## (.*?)\n\n```seg\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("title", "written", "made"), CASES, ids=[case[0][:30] for case in CASES])
def test_layout(title: str, written: str, made: str) -> None:
    assert formatted(written) == made


def test_one_layout_for_every_text_of_the_same_tokens() -> None:
    """However the lines of a page without comments and blank lines are indented, one text comes out."""
    source = random.Random(7)
    for text in corpus():
        if "#" in text or '"""' in text:
            continue
        lines = [line for line in layout(SourceFile("a", text)).split("\n") if line]
        wild = "".join(f"{' ' * source.randint(2, 9)}{line.strip()}\n" for line in lines[1:])
        assert formatted(lines[0] + "\n" + wild) == formatted("\n".join(lines) + "\n")


def test_a_file_with_faults_is_not_touched() -> None:
    result = format_source(SourceFile("a.seg", "segment a of b {\n  where {\n"))
    assert result.text is None
    assert [item.code.code for item in result.diagnostics] == ["SEG103"]


def test_a_layout_that_changes_the_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SourceFile("a.seg", "trait a of b = 1 # why\n")
    for wrong in ("trait a of b = 2 # why\n", "trait a of b = 1\n", "trait a of b =\n"):
        monkeypatch.setattr(formatter, "layout", lambda *_, text=wrong: text)
        result = format_source(source)
        assert result.text is None
        assert [item.code.code for item in result.diagnostics] == ["SEG139"]


def test_mutations_of_the_examples() -> None:
    """A token more or less: a fault, or a text that is laid out for good."""
    source = random.Random(11)
    made = 0
    for path in EXAMPLES:
        for text in source.sample(mutations(path), 3):
            made += stands(text)
    assert made
