"""Diagnostics as text: several files, several labels, long lines, wide characters, tabs, spans of several lines."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segql.diagnostics import Code, Diagnostic, Edit, Fix, Label, Severity
from segql.project.kept import Findings, dump, load
from segql.report.diagnostics import render_concise, render_json, render_text, summary
from segql.report.excerpt import LINE_WIDTH
from segql.report.text import Style, cut, number, percent, plural, shown, width
from segql.source import SourceFile, Span

ERROR = Code("SEG201", "unknown-name", Severity.ERROR, "names are declared")
WARNING = Code("SEG501", "careful", Severity.WARNING, "take care")


def at(source, text, length=None):
    start = source.text.index(text)
    return Span(source.name, start, start + (len(text) if length is None else length))


def rendered(*labels, sources, code=ERROR, message="wrong", **more):
    item = Diagnostic(code, message, tuple(Label(span, text) for span, text in labels), **more)
    known = {source.name: source for source in sources}
    text = render_text([item], known.get)
    assert not any(line != line.rstrip() for line in text.split("\n"))
    return text


def page(text):
    return dedent(text).lstrip("\n")


def test_the_example_of_the_design():
    growth = SourceFile("segments/growth.seg", "#\n" * 13 + '    countri = "DE"\n')
    customer = SourceFile(
        "model/customer.seg", '#\n#\nentity customer "Someone with an account" {\n'
    )
    place = at(growth, "countri")
    assert rendered(
        (place, "not declared"),
        (at(customer, "customer"), "its attributes are declared here"),
        sources=[growth, customer],
        message="unknown attribute `countri` of `customer`",
        helps=(Fix("did you mean `country`?", (Edit(place, "country"),), safe=True),),
    ) == page(
        """
        error[SEG201]: unknown attribute `countri` of `customer`
          --> segments/growth.seg:14:5
           |
        14 |     countri = "DE"
           |     ^^^^^^^ not declared
           |
          ::: model/customer.seg:3:8
           |
         3 | entity customer "Someone with an account" {
           |        -------- its attributes are declared here
           |
           = help: did you mean `country`?   [safe fix]

        """
    )


def test_labels_on_one_line_and_far_apart():
    source = SourceFile("a.seg", "one two three\n" + "\n" * 120 + "last\n")
    assert rendered(
        (at(source, "two"), "the fault"),
        (at(source, "one"), "first"),
        (at(source, "three"), "third"),
        (at(source, "last"), "far"),
        sources=[source],
        notes=("a note\nin two lines",),
        helps=(Fix("do this"), Fix("or that", (Edit(at(source, "two"), ""),))),
        code=WARNING,
    ) == page(
        """
        warning[SEG501]: wrong
           --> a.seg:1:5
            |
          1 | one two three
            | --- ^^^ ----- third
            | |   |
            | |   the fault
            | |
            | first
        ...
        122 | last
            | ---- far
            |
            = note: a note
                    in two lines
            = help: do this
            = help: or that   [unsafe fix]

        """
    )


def test_marks_end_where_a_long_line_is_cut():
    source = SourceFile("a.seg", "x = " + "9" * 5000 + "\n")
    text = rendered((at(source, "9" * 5000), "too long"), sources=[source])
    line, below = text.splitlines()[3:5]
    assert line.endswith("9…")
    assert below.endswith("^ too long")
    assert len(below.removesuffix(" too long")) == len(line)


def test_several_lines():
    source = SourceFile("a.seg", "where {\n  a\n  b\n}\nend\n")
    assert rendered((at(source, "where", 17), "all of it"), sources=[source]) == page(
        """
        error[SEG201]: wrong
          --> a.seg:1:1
           |
         1 |   where {
           |  _^
         2 | |   a
         3 | |   b
         4 | | }
           | |_^ all of it

        """
    )
    many = SourceFile("a.seg", "  where {\n" + "  a\n" * 50 + "}\n")
    assert rendered((at(many, "where", 209), "long"), sources=[many]) == page(
        """
        error[SEG201]: wrong
          --> a.seg:1:3
           |
         1 |     where {
           |  ___^
        ...
        52 | | }
           | |_^ long

        """
    )


def test_wide_characters_and_tabs():
    source = SourceFile("a.seg", '\tx = "日本語😀e\u0301"  bad\n')
    assert rendered(
        (at(source, "bad"), "here"), (at(source, '"日'), "quote"), sources=[source]
    ) == (
        "error[SEG201]: wrong\n"
        "  --> a.seg:1:16\n"
        "   |\n"
        ' 1 |     x = "日本語😀e\u0301"  bad\n'
        "   |         ---          ^^^ here\n"
        "   |         |\n"
        "   |         quote\n"
        "\n"
    )


def test_a_long_line_is_cut_around_the_place():
    source = SourceFile("a.seg", "x" * 5000 + " BAD " + "y" * 5000)
    lines = rendered((at(source, "BAD"), "here"), sources=[source]).split("\n")
    assert len(lines[3]) <= LINE_WIDTH + 6
    assert lines[3].startswith(" 1 | …x")
    assert lines[3].endswith("y…")
    assert lines[3].index("BAD") == lines[4].index("^^^")
    early = SourceFile("a.seg", "BAD" + "y" * 5000)
    lines = rendered((at(early, "BAD"), "here"), sources=[early]).split("\n")
    assert lines[3].startswith(" 1 | BADyy")


def test_the_end_of_a_file_and_an_empty_one():
    source = SourceFile("a.seg", "a {\n")
    assert " 2 |\n   | ^ not closed" in rendered(
        (Span("a.seg", 4, 4), "not closed"), sources=[source]
    )
    empty = SourceFile("b.seg", "")
    assert rendered((Span("b.seg", 0, 0), "nothing"), sources=[empty]) == page(
        """
        error[SEG201]: wrong
          --> b.seg:1:1
           | nothing

        """
    )
    assert "--> gone.seg\n" in rendered((Span("gone.seg", 0, 0), ""), sources=[])


def test_windows_line_ends():
    source = SourceFile("a.seg", "a = 1\r\nb\r\n")
    text = rendered((Span("a.seg", 0, 7), "line"), (at(source, "b"), "next"), sources=[source])
    assert "\r" not in text
    assert "1 | a = 1\n   | ^^^^^ line\n 2 | b\n   | - next\n" in text


def test_nothing_of_a_source_steers_the_terminal():
    source = SourceFile("a.seg", "a \x1b[31mred\x07 \u202ebidi\n")
    text = rendered((at(source, "red"), "in \x1b[0m"), sources=[source], message="it is \x1b[1m")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_colours():
    source = SourceFile("a.seg", "a bad\n")
    item = Diagnostic(ERROR, "wrong", (Label(at(source, "bad"), "here"),), helps=(Fix("try"),))
    text = render_text([item], {"a.seg": source}.get, style=Style(colour=True))
    assert "\x1b[1;31mbad" not in text
    assert "\x1b[1;31m^^^\x1b[0m \x1b[1;31mhere\x1b[0m" in text


def test_concise_and_json():
    source = SourceFile("a.seg", "one\n  two\n")
    item = Diagnostic(
        WARNING,
        "wrong",
        (Label(at(source, "two"), "here"),),
        ("note",),
        (Fix("try", (Edit(at(source, "one"), "1"),), safe=True),),
    )
    sources = {"a.seg": source}.get
    assert (
        render_concise([item], sources, prefix="shop/")
        == "shop/a.seg:2:3: warning[SEG501]: wrong\n"
    )
    made = json.loads(render_json([item], sources, prefix="shop/"))
    (shape,) = made["diagnostics"]
    assert made["summary"] == {"errors": 0, "warnings": 1}
    assert (shape["file"], shape["line"], shape["column"]) == ("shop/a.seg", 2, 3)
    assert (shape["end_line"], shape["end_column"]) == (2, 6)
    assert shape["helps"][0]["edits"][0]["text"] == "1"
    assert render_json([], sources) == (
        '{\n  "diagnostics": [],\n  "summary": {\n    "errors": 0,\n    "warnings": 0\n  }\n}\n'
    )


def test_summary():
    error, warning = Diagnostic(ERROR, "a", ()), Diagnostic(WARNING, "b", ())
    assert summary([]) == "no faults"
    assert summary([error]) == "1 error"
    assert summary([error, error, warning]) == "2 errors and 1 warning"


@given(
    st.text(max_size=300),
    st.lists(
        st.tuples(st.integers(0, 310), st.integers(0, 310), st.text(max_size=20)),
        max_size=5,
        min_size=1,
    ),
)
def test_any_place_in_any_text_can_be_shown(text, places):
    source = SourceFile("a.seg", text)
    labels = tuple(Label(Span("a.seg", min(a, b), max(a, b)), words) for a, b, words in places)
    item = Diagnostic(ERROR, "wrong", labels)
    made = render_text([item], {"a.seg": source}.get)
    assert made.startswith("error[SEG201]: wrong\n")
    assert not set(made) & {"\x1b", "\r", "\x00"}
    render_text([item], {"a.seg": source}.get, style=Style(colour=True))
    json.loads(render_json([item], {"a.seg": source}.get))
    assert load(dump(Findings((item,), ("a",)))) == Findings((item,), ("a",))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[[1], []]", b"\xff", b"[[[1,2,3]],[]]"])
def test_what_is_no_kept_finding_is_none(body):
    assert load(body) is None


def test_widths_and_numbers():
    assert width("日本") == 4
    assert width("e\u0301\u200d") == 1
    assert cut("日本語", 5) == "日本…"
    assert cut("abc", 3) == "abc"
    assert shown("a\tb\x00\x7f") == "a    b\u2400\u2421"
    assert number(1234567) == "1,234,567"
    assert plural(1, "error") == "1 error"
    assert plural(1200, "entry", "entries") == "1,200 entries"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"),
        (0, 10, "0.0%"),
        (10, 10, "100.0%"),
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (1, 100_000, "<0.1%"),
        (99_999, 100_000, ">99.9%"),
        (1, 2000, "0.1%"),
    ],
)
def test_percent(part, whole, text):
    assert percent(part, whole) == text
