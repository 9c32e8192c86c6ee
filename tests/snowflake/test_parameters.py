"""The table of parameters in `docs/dialects.md`: complete, and true of each statement and of the engine's session."""

from __future__ import annotations

import pytest

from segql.engines import snowflake
from tests.snowflake.parameters import HELD_BY, dependent
from tests.snowflake.statements import of_suite
from tests.test_docs import DOCS

HEADING = "| parameter | what it changes | held by | how |"


def table() -> list[tuple[list[str], str]]:
    """Parameters and what holds them, row by row."""
    _, _, behind = (DOCS / "dialects.md").read_text(encoding="utf-8").partition(HEADING)
    lines = behind.strip().split("\n\n")[0].splitlines()[1:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(names.split(", "), holder) for names, _, holder, _ in rows]


def test_each_parameter_is_told_once() -> None:
    told = [(name, holder) for names, holder in table() for name in names]
    known = [(name, holder) for holder, names in HELD_BY.items() for name in names.split()]
    assert len(known) >= 70
    assert sorted(told) == sorted(known)


def test_the_session_is_set_as_told() -> None:
    held = set(HELD_BY["segql"].split())
    assert held == {*snowflake.session_parameters(None), "STATEMENT_TIMEOUT_IN_SECONDS"}


def test_no_statement_depends_on_a_parameter() -> None:
    found = {
        f"{one.place}: {fault}"
        for one in of_suite()
        if not one.raw
        for fault in dependent(one.text)
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("TO_DATE(a.b)", "TO_DATE without a format"),
        ("TO_DATE(a.b, 'DD.MM.YY')", "TO_DATE with the format 'DD.MM.YY'"),
        ("TO_TIMESTAMP_TZ(:1, 'YYYY-MM-DD')", "TO_TIMESTAMP_TZ with the format 'YYYY-MM-DD'"),
        ("CAST('2026-01-01' AS DATE)", "a cast of '2026-01-01' to DATE"),
        ("CAST(LEFT(a.b, 10) AS DATE)", "a cast of LEFT to DATE"),
        ("CAST(CAST(a.b AS VARCHAR) AS TIMESTAMP_NTZ)", "a cast of CAST to TIMESTAMP_NTZ"),
        ("CAST(CASE WHEN a.c THEN 'x' END AS DATE)", "a cast of CASE to DATE"),
        ("CAST(DATEADD(DAY, 1, a.b) AS VARCHAR)", "a cast of DATEADD to VARCHAR"),
        ("CURRENT_TIMESTAMP(6)", "CURRENT_TIMESTAMP outside of CONVERT_TIMEZONE"),
        ("DATEADD(DAY, 1, AS_TIMESTAMP_TZ(a.b))", "AS_TIMESTAMP_TZ outside of CONVERT_TIMEZONE"),
        ("CONVERT_TIMEZONE('Europe/Warsaw', a.b)", "CONVERT_TIMEZONE from or to the zone of the session"),
        ("CAST(CONVERT_TIMEZONE('UTC', a.b) AS TIMESTAMP_NTZ)", "CONVERT_TIMEZONE from or to the zone of the session"),
        ("DATEDIFF(WEEK, a.b, a.c)", "DATEDIFF of WEEK"),
        ("DATE_TRUNC('week', a.b)", "DATE_TRUNC of 'week'"),
        ("a.b = 'x'", "b = 'x' in the collation of the column"),
        ("a.b IN ('x', 'y')", "b IN 'x' in the collation of the column"),
    ],
)  # fmt: skip
def test_what_depends_is_found(text: str, fault: str) -> None:
    assert fault in dependent(f"SELECT {text} AS x FROM t AS a")
