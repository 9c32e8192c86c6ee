"""The grammar itself: no conflict, a method for each rule, the words."""

from __future__ import annotations

import logging

import lark
import pytest

from grammar.generate_tables import GRAMMAR, START_RULES, TABLES, compute_tables, page
from segql.diagnostics import Diagnostics
from segql.syntax.build_sets import Builder
from segql.syntax.tables import load_tables
from segql.syntax.words import DECLARATION_WORDS, RESERVED
from tests.syntax.trees import condition, read, short


def debug_log(grammar: str, start: list[str], caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.DEBUG, logger="lark"):
        lark.logger.addHandler(caplog.handler)
        try:
            lark.Lark(grammar, parser="lalr", start=start, debug=True)
        finally:
            lark.logger.removeHandler(caplog.handler)
    return caplog.text


def test_no_conflict_is_resolved_silently(caplog: pytest.LogCaptureFixture) -> None:
    assert (
        "conflict"
        not in debug_log(GRAMMAR.read_text(encoding="utf-8"), list(START_RULES), caplog).lower()
    )


def test_the_log_would_show_one(caplog: pytest.LogCaptureFixture) -> None:
    ambiguous = 'start: "a" | "a" start | start "b"'
    assert "conflict" in debug_log(ambiguous, ["start"], caplog).lower()


def test_every_rule_has_its_method() -> None:
    builder = Builder("a", Diagnostics())
    for _, _, name, _, expand in compute_tables(GRAMMAR.read_text(encoding="utf-8")).rules:
        assert not name or expand or callable(getattr(builder, name, None)), name


def test_the_tables_are_those_of_the_grammar() -> None:
    made = page(compute_tables(GRAMMAR.read_text(encoding="utf-8")))
    assert TABLES.read_text(encoding="utf-8") == made, "run `python -m grammar.generate_tables`"
    assert load_tables() == compute_tables(GRAMMAR.read_text(encoding="utf-8"))


def keywords() -> list[str]:
    return sorted(load_tables().words)


def test_reserved_words_are_few() -> None:
    assert sorted(RESERVED) == [
        "all", "and", "any", "day", "days", "did", "false", "has", "hour", "hours", "in", "is",
        "known", "minute", "minutes", "month", "months", "none", "not", "now", "or", "quarter",
        "quarters", "second", "seconds", "sequence", "today", "true", "unknown", "week", "weeks", "year",
        "years", "yesterday",
    ]  # fmt: skip


@pytest.mark.parametrize("word", sorted(RESERVED - {"and", "or"}))  # these join lines
def test_a_reserved_word_cannot_be_declared(word: str) -> None:
    parsed = read(f"entity e {{\n  table t\n  key id: int\n  {word}: text\n}}")
    assert [item.code.name for item in parsed.diagnostics] == ["reserved-name"]


@pytest.mark.parametrize("word", keywords())
def test_any_other_keyword_is_a_name_too(word: str) -> None:
    """Declared, compared, tested and behind a dot; alone it may read as its phrase's beginning."""
    assert short(condition(f"a.{word} = 1")) == f"Compare(operator==, left=a.{word}, right=1)"
    if word in RESERVED:
        return
    parsed = read(f"entity e {{\n  table t\n  key id: int\n  {word}: text\n  x = {word}.y\n}}")
    assert not parsed.diagnostics
    for rest in ("= 1", "> 1", "in (1)", "is known", "contains 1", "+ 1 > 2", "before now"):
        node = condition(f"{word} {rest}")
        assert node.__dict__.get("value", node.__dict__.get("left")) is not None
        assert f"{word}" in short(node)
    assert short(condition(f"count({word})")) == f"Aggregate(function=count, argument={word})"
    assert short(condition(word)) == word


@pytest.mark.parametrize("word", sorted(DECLARATION_WORDS))
def test_declaration_words_are_names_inside_of_blocks(word: str) -> None:
    parsed = read(
        f"entity e {{\n  table t\n  key id: int\n  {word}: text\n}}\n\nevent f of e is a or b"
    )
    assert not parsed.diagnostics
    assert len(parsed.file.declarations) == 2
