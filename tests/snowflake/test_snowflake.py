"""No Snowflake is at hand, so its text is held against what others say of it: two parsers, and the vendor's pages.

sqlfluff takes more than a tenth of a second for a statement. Here it reads those statements of the conformance suite in
which every pair of tokens of the suite stands; `python -m tests.snowflake 5000` reads all of them, and random ones.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.snowflake import allowed
from tests.snowflake.allowed import misplaced, strangers, unlisted
from tests.snowflake.parsers import GAPS, PARSERS, covering, faults
from tests.snowflake.statements import Statement, of_suite, of_worlds
from tests.snowflake.tokens import shape

WORLDS = range(12)


@pytest.fixture(scope="module")
def statements() -> list[Statement]:
    return [*of_suite(), *of_worlds(WORLDS)]


def test_every_statement_is_read_by_sqloxide(statements: list[Statement]) -> None:
    assert len(statements) > 2000
    assert not faults("sqloxide", statements)


def test_every_pair_of_tokens_is_read_by_sqlfluff(statements: list[Statement]) -> None:
    pages = [one for one in statements if not one.place.startswith("seed")]
    chosen = covering(pages, 2)
    pairs = {pair for one in pages for pair in _pairs(one)}
    assert {pair for one in chosen for pair in _pairs(one)} == pairs
    assert not faults("sqlfluff", chosen, processes=2)


def _pairs(statement: Statement) -> set[tuple[str, str]]:
    return set(pairwise(shape(statement.text)))


def test_gaps_of_the_parsers_are_still_there() -> None:
    for gap in GAPS:
        assert PARSERS[gap.parser](gap.example), f"{gap.parser} reads it now: {gap.example}"
        assert gap.holds(gap.example)
        assert gap.page.startswith(allowed.PAGES)


@pytest.mark.parametrize("parser", PARSERS)
def test_a_parser_finds_faults(parser: str) -> None:
    for text in ("SELECT a FROM", "SELECT CASE WHEN a THEN b FROM t", "SELECT a b c FROM t"):
        assert faults(parser, [Statement("here", text)])


def test_nothing_is_emitted_that_is_not_listed(statements: list[Statement]) -> None:
    found = {f"{one.place}: {fault}" for one in statements for fault in unlisted(one)}
    assert not found


def test_what_is_not_listed_is_found() -> None:
    text = "SELECT ILIKE(a, 'x'), b % 2, CAST(c AS TIMESTAMP), lower(d) FROM t QUALIFY e > 0"
    with pytest.raises(ValueError, match="no token"):
        strangers("SELECT a::DATE FROM t")
    assert strangers(text) == ["ILIKE(", "%", "TIMESTAMP", "lower(", "QUALIFY"]


def test_exists_in_the_wrong_place_is_found() -> None:
    inner = "EXISTS(SELECT 1 FROM u WHERE u.a = t.a)"
    assert not misplaced(f"SELECT a FROM t WHERE b AND NOT ({inner})")
    assert misplaced(f"SELECT a FROM t WHERE b OR {inner}")
    assert misplaced(f"SELECT CASE WHEN {inner} THEN 1 END FROM t")


def test_each_listed_thing_is_emitted(statements: list[Statement]) -> None:
    """The list holds nothing that was left behind."""
    words = {token for one in statements for token in shape(one.text)}
    listed = {*allowed.FUNCTIONS, *allowed.SIGNS}
    assert not listed - words


def test_each_entry_has_a_page_and_a_meaning() -> None:
    for table in (allowed.FUNCTIONS, allowed.TYPES, allowed.SIGNS):
        for name, (page, words) in table.items():
            assert page, name
            assert words, name
