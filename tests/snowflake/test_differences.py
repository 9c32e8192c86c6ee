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


NAMED = (
    "Case and quotes", "Three kinds of timestamps", "The session's time zone", "Weeks", "Days of the week", "DATEDIFF counts boundaries",
    "Division", "Products", "REGEXP_LIKE is anchored", "Arrays", "The place of NULLs", "MD5", "RANGE frames with intervals",
    "Collations", "Month ends",
)  # fmt: skip
"""What each team that moves to Snowflake meets."""


def paragraphs() -> dict[str, str]:
    """What stands behind each bold beginning, its examples included."""
    _, _, text = PAGE.read_text(encoding="utf-8").partition("### Differences")
    parts = re.split(r"^\*\*", text.partition("### What a session")[0], flags=re.MULTILINE)[1:]
    return {part.partition("**")[0].rstrip("."): part for part in parts}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_difference_has_its_page_and_its_sql(name: str) -> None:
    text = paragraphs()[name]
    assert "https://docs.snowflake.com/en/sql-reference/" in text
    assert "```sql snowflake" in text


def test_each_difference_has_its_page() -> None:
    told = paragraphs()
    assert len(told) >= 20
    assert len(PAIRS) >= len(told)
    for name, text in told.items():
        assert "https://docs.snowflake.com/en/" in text, name


def test_the_tables_are_current() -> None:
    script = runpy.run_path(str(DOCS / "generate_dialects.py"))
    text = PAGE.read_text(encoding="utf-8")
    assert script["page"](text) == text
    assert render_markdown(list(DIALECTS)) in text
