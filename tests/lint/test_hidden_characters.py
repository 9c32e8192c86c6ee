"""Characters that cannot be seen or turn text round: which are found, what the fix makes of them."""

from __future__ import annotations

import unicodedata

import pytest

from segql.lint.fixes import apply_fixes
from segql.source import SourceFile
from segql.syntax import tree
from segql.syntax.parser import parse
from tests.lint.support import check_example

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u200b\u2060\u00ad\ufeff\u3164\x1b\x08\x85\u2028\U000e0041"
SEGMENT = 'segment s of customer {{\n  title: "{0}"\n  where {{\n    points > 3 # {1}\n  }}\n}}\n'


def found(text: str):
    told = check_example(text)
    assert not [item for item in told if item.is_error], told
    return [item for item in told if item.code.name == "hidden-characters"]


def titles(text: str) -> list[str]:
    parsed = parse(SourceFile("case.seg", text))
    assert not parsed.diagnostics
    [segment] = parsed.file.declarations
    assert isinstance(segment, tree.SegmentDecl)
    return [value.value for value in segment.metadata[0].values if isinstance(value, tree.Text)]


@pytest.mark.parametrize("character", TURNING + UNSEEN, ids=lambda c: f"U+{ord(c):04X}")
def test_in_a_text_and_in_a_comment(character):
    text = SEGMENT.format(f"a{character}b", f"c{character}d")
    in_text, in_comment = found(text)
    does = "is shown in another order than it has" if character in TURNING else "holds what cannot"
    assert in_text.message.startswith(f"this text {does}")
    assert in_comment.message.startswith(f"this comment {does}")
    name = unicodedata.name(character, "a control character").lower()
    assert in_text.labels[0].text == f"U+{ord(character):04X} {name}"
    fixed = apply_fixes({"case.seg": text}, [in_text, in_comment]).texts["case.seg"]
    assert fixed == SEGMENT.format(f"a\\u{{{ord(character):x}}}b", "cd")
    assert titles(fixed) == titles(text) == [f"a{character}b"]
    assert found(fixed) == []


@pytest.mark.parametrize(
    "text",
    [
        "Würzburg, Łódź, Αθήνα, 北京",
        "two\ttabs",
        "👩‍💻 ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "می‌خواهم",
        "שלום\u200f, \u200eShop",
        "non-breaking\u00a0space",
    ],
)
def test_what_belongs_there(text):
    assert found(SEGMENT.format(text, text)) == []


@pytest.mark.parametrize(
    "text", ["Shop\u200e", "a\u200db", "\u200d👩", "flag \U000e0067\U000e0062"]
)
def test_marks_and_joiners_without_anything_to_join(text):
    assert len(found(SEGMENT.format(text, "x"))) == 1


def test_one_finding_for_a_text_with_many():
    text = SEGMENT.format("a\u202eb\u2066\u200bc\u2069", "x")
    [item] = found(text)
    assert item.labels[0].text == (
        "U+202E right-to-left override, U+2066 left-to-right isolate and 2 more"
    )
    fixed = apply_fixes({"case.seg": text}, [item]).texts["case.seg"]
    assert fixed == SEGMENT.format(r"a\u{202e}b\u{2066}\u{200b}c\u{2069}", "x")


def test_a_name_in_back_quotes_is_left_as_it_is():
    text = "entity shop {\n  table `sh\u200bops`\n  key shop_id: int\n}\n"
    [item] = found(text)
    assert item.message == "this name holds what cannot be seen"
    assert not apply_fixes({"case.seg": text}, [item]).texts


def test_long_texts_and_windows_line_ends():
    text = 'segment s of customer {\n  title: """a\nb\u202e"""\n  where { points > 3 }\n}\n'
    for written in (text, text.replace("\n", "\r\n")):
        [item] = found(written)
        fixed = apply_fixes({"case.seg": written}, [item]).texts["case.seg"]
        assert fixed == written.replace("\u202e", r"\u{202e}")


def test_a_comment_ignores_it():
    text = SEGMENT.format("x", "\u202e")
    text = text.replace("    points", "    # segql: ignore[SEG580] quoted from a mail\n    points")
    assert found(text) == []
