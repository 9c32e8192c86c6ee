"""A preview as text: aligned, within 100 columns, with every value shown in a way that people read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from segql.report.english import ResolvedWindow
from segql.report.preview import WIDTH, Preview, Step, json_value, render_json, render_text
from segql.report.text import Style, width
from segql.source import Span

NOW = datetime(2026, 1, 1, 7, 30, 15, 250_000, tzinfo=UTC)


def preview(**changes):
    fields = {
        "segment": "vips",
        "title": "VIPs",
        "description": "The best.",
        "entity": "customer",
        "target": "local",
        "engine": "duckdb",
        "timezone": "Europe/Warsaw",
        "as_of": NOW,
        "population": 23_570,
        "members": 1_234,
        "steps": (
            Step("email_opt_in", "a.seg", 3, 20_000, 20_000),
            Step("any {\n      a = 1\n\n      b = 2\n    }", "a.seg", 4, 2_000, 1_234),
        ),
        "windows": (
            ResolvedWindow("in last 30 days", NOW - timedelta(days=30), NOW, Span("", 0, 0)),
            ResolvedWindow("since signed_up_at", "signed_up_at", None, Span("", 0, 0)),
            ResolvedWindow("before 2026-01-01", None, date(2026, 1, 1), Span("", 0, 0)),
        ),
        "sample_columns": ("customer_id", "name", "spend"),
        "sample": ((1, "Łucja", Decimal("10.500000")), (20, "李小龙", None)),
        "seconds": 0.0421,
    }
    return Preview(**{**fields, **changes})


def test_the_whole():
    assert render_text([preview()]) == (
        "vips  VIPs\n"
        "The best.\n"
        "\n"
        "  1,234 members of 23,570 customer rows, 5.2%\n"
        "\n"
        "  condition        alone    left\n"
        "  every customer          23,570  ████████████\n"
        "  email_opt_in    20,000  20,000  ██████████▏\n"
        "  any {            2,000   1,234  ▋\n"
        "    a = 1\n"
        "    b = 2\n"
        "  }\n"
        "\n"
        "  2 members of 1,234\n"
        "  customer_id  name    spend\n"
        "            1  Łucja   10.50\n"
        "           20  李小龙      –\n"
        "\n"
        "  as of    2026-01-01 08:30:15.250000  Europe/Warsaw\n"
        "  windows  in last 30 days     2025-12-02 08:30:15 until before 2026-01-01 08:30:15\n"
        "           since signed_up_at  from signed_up_at\n"
        "           before 2026-01-01   until before 2026-01-01\n"
        "  target   local (duckdb), 42 ms\n"
    )


def test_nothing_is_wider_than_the_page():
    long = "country in (" + ", ".join(f'"{n:04}"' for n in range(60)) + ")"
    made = render_text(
        [
            preview(
                steps=(Step(long, "a.seg", 1, 10**9, 10**9), Step("x" * 300, "a.seg", 2, 0, 0)),
                population=10**10,
                description="d" * 300,
                sample_columns=tuple(f"attribute_{n}" for n in range(30)),
                sample=(tuple("value" * 20 for _ in range(30)),),
                windows=(ResolvedWindow("w" * 200, NOW, NOW, Span("", 0, 0)),),
            )
        ]
    )
    assert max(width(line) for line in made.split("\n")) <= WIDTH
    assert '"0000"' in made
    assert '"0059")' in made
    assert ", without attribute_3," in made


def test_values():
    made = render_text(
        [
            preview(
                sample_columns=tuple("abcdefgh"),
                sample=(
                    (
                        None,
                        True,
                        date(2026, 1, 31),
                        datetime(2026, 7, 1, 6, 0),
                        ["x", None],
                        [],
                        "a\tb\x1b[1m",
                        0.5,
                    ),
                ),
            )
        ]
    )
    assert "  –  yes  2026-01-31  2026-07-01 08:00  x, –  []  a    b␛[1m  0.5\n" in made


def test_nobody_and_nothing():
    made = render_text([preview(population=0, members=0, steps=(), sample=(), windows=())])
    assert "0 members of 0 customer rows, –" in made
    assert "nobody is a member" in made
    assert "no sample asked for" in render_text([preview(sample=())])


def test_one_is_one():
    made = render_text([preview(population=1, members=1)])
    assert "  1 member of 1 customer row, 100.0%" in made


def test_several_and_colours():
    assert render_text([preview(), preview(title="")]).count("\n\nvips\n") == 1
    assert "\x1b[" in render_text([preview()], Style(colour=True))


def test_json():
    (made,) = json.loads(render_json([preview()]))
    assert made["as_of"] == "2026-01-01T07:30:15.250000Z"
    assert made["share"] == 0.052355
    assert made["conditions"][1] == {
        "text": "any {\n      a = 1\n\n      b = 2\n    }",
        "file": "a.seg",
        "line": 4,
        "alone": 2000,
        "left": 1234,
    }
    assert made["windows"][1] == {
        "text": "since signed_up_at",
        "start": "signed_up_at",
        "end": None,
    }
    assert made["sample"][0] == {"customer_id": 1, "name": "Łucja", "spend": "10.500000"}


def test_json_values():
    assert json_value(float("nan")) is None
    assert json_value([Decimal("1.0"), None, date(2026, 1, 1)]) == ["1.0", None, "2026-01-01"]
    assert json_value(timedelta(days=1)) == "1 day, 0:00:00"
    assert json_value({"a": True}) == {"a": True}
    assert json_value(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
