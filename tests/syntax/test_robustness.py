"""No text raises or hangs; a broken declaration hides no other."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segql.source import SourceFile
from segql.syntax.decoding import MAX_BYTES, decode
from segql.syntax.parser import parse, parse_expression
from segql.syntax.scanner import MAX_CHARACTERS, MAX_NESTING, MAX_OPERATORS
from tests.syntax.trees import corpus, pairs, read, walk

TEXTS = corpus() + [code for _, code, _ in pairs("mistakes.md", "seg")]
SETTINGS = settings(max_examples=300, deadline=None)
NOISE = st.sampled_from(
    [
        '"""',
        '"',
        "`",
        "'",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\n",
        "\r\n",
        "\r",
        "\x00",
        "\ufeff",
        "#",
        ".",
        "..",
        ",",
        ":",
        "=",
        "==",
        "-",
        "--",
        "%",
        "5",
        "5days",
        "10%",
        "2026-01-31",
        "2026-13-01",
        " and ",
        " or ",
        " not ",
        " in ",
        " where ",
        " did ",
        " has ",
        "or unknown",
        "last",
        "full",
        "é",
        "“",
        "”",
        "\\",
        "segment a of b {",
        "trait",
    ]
)


def check(text: str) -> None:
    """Faults have a place in the text; without any, the text is a tree."""
    parsed = parse(SourceFile("a.seg", text))
    for item in parsed.diagnostics:
        assert item.span is not None
        assert 0 <= item.span.start <= item.span.end <= len(text)
        assert item.message
    assert parsed.diagnostics or parsed.file.declarations
    for node in walk(parsed.file):
        assert 0 <= node.span.start <= node.span.end <= len(text)
    parse_expression(SourceFile("a.seg", text))


@SETTINGS
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    source, diagnostics = decode(data, "a.seg")
    assert (source is None) == bool(diagnostics)
    if source is not None:
        check(source.text)


@SETTINGS
@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    check(text)


@SETTINGS
@given(st.lists(NOISE | st.text(max_size=3), max_size=40))
def test_random_tokens(parts: list[str]) -> None:
    check("".join(parts))


@SETTINGS
@given(st.data())
def test_mutations(data: st.DataObject) -> None:
    """Cuts, repetitions and insertions in good and bad texts."""
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(at, min(len(text), at + 30)))
        text = text[:at] + data.draw(NOISE | st.just(text[at:end] * 2)) + text[end:]
    check(text)


def test_every_truncation_of_the_first_page() -> None:
    text = TEXTS[1]
    for end in range(0, len(text), 7):
        check(text[:end])


# --- limits -----------------------------------------------------------------------------------------


def codes_of(text: str) -> list[str]:
    return [item.code.name for item in read(text).diagnostics]


@pytest.mark.parametrize(
    "bracket", ["(", "{", "[", "f(", "all {", "did a where {", "not ", "-", "5 + "]
)
def test_ten_thousand_of_them(bracket: str) -> None:
    started = time.perf_counter()
    found = codes_of(f"segment a of b {{ where {{ {bracket * 10_000}")
    assert found
    assert time.perf_counter() - started < 5


def test_the_deepest_that_is_allowed_can_be_handled() -> None:
    """Trees at the limit are walked, compared, printed and pickled without a deep stack."""
    import pickle

    from segql.syntax.printer import to_text

    inner = MAX_NESTING - 2
    for body in ("(" * inner + "a" + ")" * inner, "all { " * inner + "a" + " }" * inner):
        parsed = read(f"segment a of b {{\n  where {{ {body} }}\n}}")
        assert not parsed.diagnostics
        assert read(to_text(parsed.file)).file.declarations
        assert pickle.loads(pickle.dumps(parsed.file)) == parsed.file
    for body in ("not " * MAX_OPERATORS + "a", "1 + " * MAX_OPERATORS + "1 > 2"):
        parsed = read(f"segment a of b {{\n  where {{ {body} }}\n}}")
        assert not parsed.diagnostics
        assert read(to_text(parsed.file)).file.declarations
        assert pickle.loads(pickle.dumps(parsed.file)) == parsed.file


def test_one_more_than_the_limit() -> None:
    inner = MAX_NESTING - 1
    body = "(" * inner + "a" + ")" * inner
    assert codes_of(f"segment a of b {{\n  where {{ {body} }}\n}}") == ["nested-too-deep"]


def test_a_file_that_is_too_large() -> None:
    assert codes_of("#" * (MAX_CHARACTERS + 1)) == ["file-too-large"]
    source, diagnostics = decode(b" " * (MAX_BYTES + 1), "a.seg")
    assert source is None
    assert [item.code.name for item in diagnostics] == ["file-too-large"]


def test_five_thousand_broken_declarations() -> None:
    started = time.perf_counter()
    text = "".join(f"segment s{i} of customer {{\n  where {{ a = }}\n}}\n" for i in range(5_000))
    found = codes_of(text)
    assert found == ["unexpected-text"] * 5_000
    assert time.perf_counter() - started < 20


def test_broken_declarations_hide_no_other() -> None:
    good = "segment good of customer {\n  where { a }\n}\n"
    for broken in (
        "segment bad of customer {\n  where { a = }\n}\n",
        "segment bad of customer {\n  where { a = 1\n",
        "segment bad of customer {\n  where { a = (1\n  }\n}\n",
        'segment bad of customer {\n  where { a = "1 }\n}\n',
        "segment bad of customer {\n  where a = 1\n}\n",
        "segment bad of customer { } }\n",
        "segmnt bad of customer { where { a } }\n",
        "what is this\n",
        "}\n",
        "trait bad of customer =\n",
        "ﬁ € “\n",
    ):
        parsed = read(good + broken + good.replace("good", "better"))
        names = [item.name.text for item in parsed.file.declarations if item.name]
        assert names == ["good", "better"], broken
        assert parsed.diagnostics, broken


# --- encodings and ends of lines --------------------------------------------------------------------


def test_a_byte_order_mark_is_taken_off() -> None:
    source, diagnostics = decode(b"\xef\xbb\xbftrait a of b = 1", "a.seg")
    assert source is not None
    assert not diagnostics
    assert not parse(source).diagnostics


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_other_encodings(encoding: str) -> None:
    source, diagnostics = decode("trait ä of b = 1".encode(encoding), "a.seg")
    assert source is None
    assert [item.code.name for item in diagnostics] == ["not-utf-8"]


def test_crlf_is_an_end_of_line() -> None:
    for text in corpus():
        one, other = read(text), read(text.replace("\n", "\r\n"))
        assert not other.diagnostics
        assert len(one.file.declarations) == len(other.file.declarations)


def test_a_lone_carriage_return_is_none() -> None:
    assert codes_of("trait a of b = 1\rtrait c of d = 2") == ["stray-character"]


def test_nul() -> None:
    assert codes_of("trait a of b = 1\0") == ["stray-character"]
    assert codes_of('trait a of b = c = "1\0\0"') == ["stray-character"]
    assert codes_of("trait a of b = 1 # \0") == ["stray-character"]
    assert codes_of("event a of b {\n table `x\0`\n key k: int\n on k\n at t: date\n}") == [
        "stray-character"
    ]
