"""The regular expressions of 3.8: what is allowed, what is refused and where, and that all engines agree."""

from __future__ import annotations

import re
import time

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segql.model import casing, regex
from segql.model.regex import BadPattern, Pattern
from tests.support.postgres import PostgresServer


def pattern_of(text: str) -> Pattern:
    pattern = regex.parse(text)
    assert isinstance(pattern, Pattern), pattern
    return pattern


# --- allowed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("c$", "abc", True),
        ("c$", "abc\n", False),
        ("^abc$", "abc", True),
        ("^$", "", True),
        ("^$", "\n", False),
        ("^a|c$", "xc", True),
        ("^(a|c)$", "xc", False),
        ("a.c", "abc", True),
        ("a.c", "a\nc", False),
        ("a.c", "aąc", True),
        ("a[^b]c", "a\nc", True),
        ("a[^b]c", "ałc", True),
        ("a[^b]c", "abc", False),
        (r"^\d+$", "0123", True),
        (r"^\d$", "٣", False),  # an Arabic digit
        (r"^\w$", "ł", False),
        (r"^\w+$", "aZ_9", True),
        (r"^\s+$", " \t\n\r\f\v", True),
        (r"^\s$", "\u00a0", False),  # a no-break space
        (r"[\d.-]", "-", True),
        ("[a-]", "-", True),
        (r"[\]]", "]", True),
        (r"^[!-/]$", "#", True),
        (r"\.", "a", False),
        (r"\\", "\\", True),
        ("a{2}", "aa", True),
        ("^a{2}$", "aaa", False),
        ("^a{2,}$", "aaa", True),
        ("^a{2,3}$", "aaaa", False),
        ("^(ab)+$", "abab", True),
        ("^(?:ab)+$", "aba", False),
        ("^ab+$", "abab", False),
        ("(a*)*b", "aaab", True),
        ("^(a|bc)?d$", "bcd", True),
        ("zażółć", "ZAŻÓŁĆ zażółć", True),
        ("}", "}", True),
        ("]", "]", True),
    ],
)
def test_what_patterns_find(pattern: str, text: str, found: bool):
    parsed = pattern_of(pattern)
    assert regex.search(parsed, text) is found
    assert bool(re.search(regex.write(parsed, "python"), text)) is found


@pytest.mark.parametrize(
    ("pattern", "written", "postgres", "snowflake"),
    [
        ("a.c", "a.c", "a[^\\n]c", "a.c"),
        ("(ab)+", "(?:ab)+", "(?:ab)+", "(ab)+"),
        ("(?:a)b", "ab", "ab", "ab"),
        ("(a|b)", "a|b", "a|b", "a|b"),
        ("^(a|b)", "^(?:a|b)", "^(?:a|b)", "^(a|b)"),
        ("a{1,}b{0,}c{0,1}d{1}", "a+b*c?d", "a+b*c?d", "a+b*c?d"),
        (r"\d\w", "[0-9][0-9A-Z_a-z]", "[0-9][0-9A-Z_a-z]", "[0-9][0-9A-Z_a-z]"),
        (r"[\]\\^-]", r"[\-\\-\^]", r"[\-\\-\^]", r"[\-\\-\^]"),
    ],
)
def test_how_patterns_are_written(pattern: str, written: str, postgres: str, snowflake: str):
    parsed = pattern_of(pattern)
    assert regex.write(parsed, "re2") == regex.normalise(pattern) == written
    assert regex.write(parsed, "postgres") == postgres
    assert regex.write(parsed, "snowflake") == snowflake
    assert regex.write(pattern_of("a$"), "python") == "a\\Z"


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "meant", "reason"),
    [
        ("a(?=b)", "(?=", "looking ahead or behind"),
        ("a(?!b)", "(?!", "looking ahead or behind"),
        ("(?<=a)b", "(?<", "looking ahead or behind"),
        ("(?P<x>a)", "(?P", "named groups"),
        ("(?i)abc", "(?i", "ignoring case"),
        ("(?#x)", "(?#", "this kind of group"),
        (r"(a)\1", r"\1", "references back"),
        ("ab*?", "*?", "lazy"),
        ("a{2,3}?", "{2,3}?", "lazy"),
        ("ab*+", "*+", "possessive"),
        ("a**", "**", "cannot follow another"),
        ("a{2}{3}", "{2}{", "cannot follow another"),
        (r"\bword", r"\b", "word boundaries"),
        (r"\D", r"\D", "[^0-9]"),
        (r"\pL", r"\p", "Unicode classes"),
        (r"\Aab", r"\A", "`^` for the start"),
        (r"\x41", r"\x", "the character itself"),
        (r"\q", r"\q", "is not supported"),
        (r"ab\ą", r"\ą", "is not supported"),
        ("ab\\", "\\", "escapes nothing"),
        ("a^b", "^", "only at the start"),
        ("a$b", "$", "only at the end"),
        ("(^a)", "^", "not in a group"),
        ("(a$)", "$", "not in a group"),
        ("^*", "*", "nothing to repeat"),
        ("*a", "*", "nothing to repeat"),
        ("a|+", "+", "nothing to repeat"),
        ("a{x}", "{", "expected `{m}`"),
        ("a{,3}", "{", "expected `{m}`"),
        ("a{2", "{", "expected `{m}`"),
        ("a{256}", "{256}", "at most 255"),
        ("a{0,999999999999}", "{", "expected `{m}`"),
        ("a{3,2}", "{3,2}", "larger than the second"),
        ("a{0}", "{0}", "zero times"),
        ("((a{20}){20}){20}", "((a{20}){20}){20}", "multiply to more than 1000"),
        (".{255}" * 8, ".{255}" * 8, "comes to 2040 characters"),
        ("(ab", "(", "not closed"),
        ("ab)", ")", "closes no group"),
        ("(?", "(?", "this kind of group"),
        ("(?:", "", "nothing to match"),
        ("[ab", "[", "not closed"),
        ("[]", "[]", "an empty class"),
        ("[]a]", "[]", "an empty class"),
        ("[z-a]", "z-a", "ends before it starts"),
        (r"[\d-z]", r"\d-z", "from one character to another"),
        ("[[:alpha:]]", "[:", "named classes"),
        ("[a[b]", "[", r"written `\[`"),
        ("[ąę]", "ą", "ASCII characters only"),
        ("", "", "empty pattern"),
        ("a||b", "", "nothing to match"),
        ("()", "", "nothing to match"),
        ("^", "^", "nothing to match"),
        ("(" * 60 + "a" + ")" * 60, "(", "more than 50 groups"),
    ],
)
def test_what_is_refused_and_where(pattern: str, meant: str, reason: str):
    bad = regex.parse(pattern)
    assert isinstance(bad, BadPattern)
    assert reason in bad.message
    assert pattern[bad.start : bad.end] == meant


@given(st.text(max_size=30) | st.text(alphabet=r"ab09()[]{}|*+?^$\.,-:=dwsbn", max_size=30))
@settings(max_examples=200)
def test_no_text_raises(text: str):
    match regex.parse(text):
        case BadPattern(start=start, end=end):
            assert 0 <= start <= end <= len(text)
        case pattern:
            written = regex.write(pattern, "re2")
            assert regex.write(pattern_of(written), "re2") == written


def test_ten_thousand_brackets():
    assert isinstance(regex.parse("(" * 10_000), BadPattern)
    assert isinstance(regex.parse("[" * 10_000), BadPattern)


# --- meaning --------------------------------------------------------------------------------------


def test_patterns_that_ruin_a_backtracking_search_are_quick():
    start = time.perf_counter()
    for pattern in ("(a*)*b", "(a|a)*b", "(a+)+$", "(.*)*x", "(a?){200}a{200}b"):
        assert not regex.search(pattern_of(pattern), "a" * 200 + "!")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("ŻÓŁĆ", "żółć", True),
        ("[A-C]", "B", True),
        ("^[^a-c]$", "B", False),
        ("k", "\u212a", True),  # the Kelvin sign
        ("^i$", "İ", True),
        ("σ", "ς", False),
        ("Σ$", "ΟΔΟΣ", True),
        ("^[Z-a]$", "z", True),
        ("straße", "STRASSE", False),
    ],
)
def test_ignoring_case(pattern: str, text: str, found: bool):
    folded = regex.normalise(pattern, ignoring_case=True)
    assert isinstance(folded, str)
    assert regex.search(pattern_of(folded), casing.fold(text)) is found


CHARACTERS = st.sampled_from("abA0_ .-\n\t]\\ł")
ATOMS = st.one_of(
    st.sampled_from("abA0_ -ł"),
    st.sampled_from([r"\d", r"\w", r"\s", ".", r"\.", r"\\", r"\]", r"\n", r"\-", r"\t", r"\{"]),
    st.sampled_from(
        [
            "[ab]",
            "[^ab]",
            "[a-z0-9]",
            r"[^\w]",
            r"[\s.]",
            r"[\]\\^-]",
            "[^-]",
            r"[^\]\[]",
            "[!-~]",
            r"[^\s]",
        ]
    ),
)
BOUNDS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"])


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = inner.map("({})".format)
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.tuples(group | ATOMS, BOUNDS).map("".join),
        group,
    )


BODIES = st.recursive(ATOMS, _combined, max_leaves=8)
PATTERNS = st.tuples(st.sampled_from(["", "^"]), BODIES, st.sampled_from(["", "$"])).map("".join)
TEXTS = st.lists(CHARACTERS, max_size=6).map("".join)
CASES = st.tuples(PATTERNS, st.lists(TEXTS, min_size=1, max_size=20))


@given(CASES)
@settings(max_examples=100, deadline=None)
def test_the_search_is_that_of_python(case: tuple[str, list[str]]):
    pattern, texts = pattern_of(case[0]), case[1]
    python = re.compile(regex.write(pattern, "python"))
    for text in texts:
        assert regex.search(pattern, text) is bool(python.search(text))


@given(CASES)
@settings(max_examples=100, deadline=None)
def test_duckdb_finds_the_same(case: tuple[str, list[str]]):
    pattern, texts = pattern_of(case[0]), case[1]
    for family in ("re2", "snowflake"):
        written = regex.write(pattern, family).replace("'", "''")
        sql = f"SELECT t, regexp_matches(t, '{written}') FROM (SELECT unnest(?::VARCHAR[]) AS t)"
        for text, found in duckdb.execute(sql, [texts]).fetchall():
            assert regex.search(pattern, text) is found


@given(CASES)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_postgres_finds_the_same(postgres_connection, case: tuple[str, list[str]]):
    pattern, texts = pattern_of(case[0]), case[1]
    sql = "SELECT t, t ~ %s::text FROM unnest(%s::text[]) AS t"
    written = regex.write(pattern, "postgres")
    for text, found in postgres_connection.execute(sql, [written, texts]).fetchall():
        assert regex.search(pattern, text) is found


@pytest.fixture(scope="module")
def postgres_connection(postgres: PostgresServer):
    with postgres.connect() as connection:
        yield connection


LARGEST = [
    "a{255}",
    "(.{255}){3}",
    "([^a]{31}){32}",
    ".{255}" * 7,
    "(a|b){255}(c|d){255}(e|f){255}",
]


@pytest.mark.parametrize("text", LARGEST)
def test_the_largest_patterns_run_everywhere(text: str, postgres_connection):
    pattern = pattern_of(text)
    subject = "b" * 5000
    expected = regex.search(pattern, subject)
    found = duckdb.execute(
        f"SELECT regexp_matches(t, '{regex.write(pattern, 're2')}') FROM (SELECT ?::VARCHAR AS t)",
        [subject],
    ).fetchall()
    assert found == [(expected,)]
    sql = "SELECT %s::text ~ %s::text"
    written = regex.write(pattern, "postgres")
    assert postgres_connection.execute(sql, [subject, written]).fetchone() == (expected,)
