"""Simple case mapping: one character to one character, whatever stands beside it."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segql.model import casing

ALL = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]

# From UnicodeData.txt: every character whose full mapping is longer than one character, with its simple one.
LONGER_UPPER = {
    **{c: c for c in "ßŉǰΐΰևẖẗẘẙẚὐὒὔὖᾲᾴᾶᾷῂῄῆῇῒΐῖῗῢΰῤῦῧῲῴῶῷﬀﬁﬂﬃﬄﬅﬆﬓﬔﬕﬖﬗ"},
    **{c: c for c in "\u0390\u03b0\u1fd3\u1fe3"},  # ΐ, ΰ, each encoded twice
    **dict(zip("ᾀᾁᾂᾃᾄᾅᾆᾇ", "ᾈᾉᾊᾋᾌᾍᾎᾏ", strict=True)),
    **dict(zip("ᾐᾑᾒᾓᾔᾕᾖᾗ", "ᾘᾙᾚᾛᾜᾝᾞᾟ", strict=True)),
    **dict(zip("ᾠᾡᾢᾣᾤᾥᾦᾧ", "ᾨᾩᾪᾫᾬᾭᾮᾯ", strict=True)),
    **{c: c for c in "ᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾼῌῼ"},
    **dict(zip("ᾳῃῳ", "ᾼῌῼ", strict=True)),
}


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("Straße", "straße", "STRAßE"),
        ("İstanbul", "istanbul", "İSTANBUL"),
        ("ıI", "ıi", "II"),
        ("ΟΔΟΣ", "οδοσ", "ΟΔΟΣ"),
        ("οδος", "οδος", "ΟΔΟΣ"),
        ("ﬁŉ", "ﬁŉ", "ﬁŉ"),
        ("Zażółć", "zażółć", "ZAŻÓŁĆ"),
        ("ẞ", "ß", "ẞ"),
        ("Ǆǅǆ", "ǆǆǆ", "ǄǄǄ"),
        ("\u212a", "k", "\u212a"),
        ("", "", ""),
    ],
)
def test_simple_mapping(text: str, lower: str, upper: str):
    assert casing.lower(text) == casing.fold(text) == lower
    assert casing.upper(text) == upper


def test_every_character_becomes_one_character():
    assert all(len(casing.lower(c)) == len(casing.upper(c)) == 1 for c in ALL)


def test_where_the_full_mapping_is_one_character_it_is_the_simple_one():
    assert all(casing.lower(c) == c.lower() for c in ALL if c != "İ")
    longer = {c for c in ALL if len(c.upper()) > 1}
    assert longer == set(LONGER_UPPER)
    assert all(casing.upper(c) == c.upper() for c in ALL if c not in longer)
    assert all(casing.upper(c) == mapped for c, mapped in LONGER_UPPER.items())


@given(st.text(), st.text())
def test_no_character_depends_on_its_neighbours(one: str, other: str):
    assert casing.lower(one + other) == casing.lower(one) + casing.lower(other)
    assert casing.upper(one + other) == casing.upper(one) + casing.upper(other)


def test_only_letters_and_their_like_change():
    changed = {unicodedata.category(c) for c in ALL if casing.lower(c) != c}
    assert changed <= {"Lu", "Lt", "Nl", "So"}
