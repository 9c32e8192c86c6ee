"""`docs/dialects.md`: the conditions of each difference give the SQL that stands below them."""

from __future__ import annotations

import re
import runpy
from itertools import pairwise

import pytest

from segql.dialects import DIALECTS
from segql.report.dialects import render_markdown
from tests.support import evaluate
from tests.test_docs import CLOCK, DOCS, SETTINGS, Block, blocks, declarations

PAGE = DOCS / "dialects.md"
ALL = list(blocks(PAGE))
PAIRS = [
    (one, other)
    for one, other in pairwise(ALL)
    if (one.words.startswith("conditions"), other.language) == (True, "sql")
]


def flat(text: str) -> str:
    """On one line, without blanks that only make it readable."""
    return re.sub(r"\s+", " ", text).replace("( ", "(").replace(" )", ")")


@pytest.mark.parametrize(("conditions", "sql"), PAIRS, ids=lambda one: f"line {one.line}")
def test_a_difference_is_emitted(conditions: Block, sql: Block) -> None:
    assert sql.words == "snowflake"
    checked = evaluate.check(conditions.model + declarations(conditions), SETTINGS)
    assert not checked.errors
    text = flat(evaluate.members_sql(checked.model, "example", CLOCK.now, "snowflake"))
    for line in sql.text.strip().splitlines():
        assert flat(line) in text, text


def test_there_are_differences() -> None:
    assert len(PAIRS) >= 18


def test_the_tables_are_current() -> None:
    script = runpy.run_path(str(DOCS / "generate_dialects.py"))
    text = PAGE.read_text(encoding="utf-8")
    assert script["page"](text) == text
    assert render_markdown(list(DIALECTS)) in text


@pytest.mark.parametrize("word", ["TIMEZONE", "WEEK_START", "_INPUT_FORMAT", "TYPE_MAPPING"])
def test_parameters_are_told(word: str) -> None:
    assert word in PAGE.read_text(encoding="utf-8")
