"""Raw SQL of DuckDB on Postgres: what is carried over runs there and says the same, the rest is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import segql
from segql.model.nodes import SqlText
from segql.sql.carry import carried, not_carried
from tests.sql.operations import Engine

ROW = """FROM (SELECT 7 AS a, 2.5 AS b, 'Ab-Cd' AS t, CAST(NULL AS TEXT) AS u, DATE '2024-02-29' AS d,
  TIMESTAMP '2024-02-29 13:45:10' AS m, CAST('{"x": "p-q", "y": {"z": [1, true, null]}}' AS JSON) AS j,
  '{"x": "in text"}' AS s) AS r"""
CARRIED = {
    "split_part(json_extract_string(j, '$.x'), '-', 1)": "p",
    "json_extract_string(j, '$.y.z[0]')": "1",
    "j ->> 'x'": "p-q",
    "j ->> '$.y.z[1]' = 'true'": True,
    "json_extract_string(j, '$.y.z[2]')": None,
    "json_extract_string(j, '$.nothing.there')": None,
    "cast(json_extract_string(j, '$.y.z[0]') AS integer) + 1": 2,
    "json_extract_string(s, '$.x')": "in text",
    "j::json ->> 'x'": "p-q",
    "b / 2 > 1.2 and b / 2 < 1.3": True,
    "a % 4": 3,
    "extract(minute FROM m)": 45,
    "minute(m) + hour(m)": 58,
    "year(d) * 100 + month(d)": 202402,
    "date_trunc('month', m) = timestamp '2024-02-01'": True,
    "d + interval 1 day > date '2024-02-29'": True,
    "lower(t) || upper(t)": "ab-cdAB-CD",
    "concat(t, u, '!')": "Ab-Cd!",
    "t || u": None,
    "left(t, 2) = 'Ab' and right(t, 2) = 'Cd'": True,
    "substring(t, 2, 3)": "b-C",
    "strpos(t, '-')": 3,
    "position('-' in t)": 3,
    "starts_with(t, 'Ab')": True,
    "replace(trim(' x '), 'x', 'y')": "y",
    "t like 'A%' and t not like '%z' and t ilike 'ab%'": True,
    "coalesce(u, t) in ('Ab-Cd', 'x')": True,
    "u is distinct from t": True,
    "case when a between 1 and 7 then 'low' else 'high' end": "low",
    "greatest(a, 3) - least(a, 3)": 4,
    "abs(-a) + floor(b) + ceil(b)": 12,
    "cast(a AS varchar)": "7",
    "nullif(length(t), 5)": None,
}
REFUSED = [
    "round(b, 1)", "try_cast(t AS integer)", "a / b", "a % a", "a // 2", "regexp_matches(t, 'A')", "list_contains([1], a)",
    "prefix(t, 'A')", "contains(t, 'A')", "strftime(m, '%Y')", "substring(t, -2, 1)", "left(t, a)", "j -> '$.x'",
    "json_extract_string(j, '$.y.*')", "json_extract_string(j, '$.y.z[-1]')", "t like 'a\\_'", "trim(t, 'A')", "foo(a)",
    "cast(t AS timestamptz)", "dayofweek(d)", "datediff('day', d, m)", "a::hugeint", "date_part('month', d)", "second(m)",
    "t[1]", "second(m) + a",
]  # fmt: skip


@pytest.mark.parametrize("text", CARRIED)
def test_what_is_carried_says_the_same(engine: Engine, text: str) -> None:
    sql = SqlText(text, "duckdb")
    assert not_carried(sql, engine.name) == ""
    value = engine.value(carried(sql, engine.name), ROW)
    assert value == CARRIED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_certain_counterpart_is_refused(text: str) -> None:
    assert not_carried(SqlText(text, "duckdb"), "postgres")
    assert not not_carried(SqlText(text, "duckdb"), "duckdb")


def test_json_and_whole_divisions_stay_where_they_are() -> None:
    assert not_carried(SqlText("j ->> '$.x'", "duckdb"), "snowflake") == "j ->> '$.x'"
    assert not_carried(SqlText("a / 2", "postgres"), "duckdb") == "a / 2"


SEG = """entity thing {
  table t
  key id: int
  only { sql "round(id, 0) > 0" }
  x: int = sql "try_cast(b AS integer)"
}
event act of thing { table acts
  key act_id: int
  on thing_id
  at happened: timestamp }
segment by_attribute of thing { where { x > 1 } }
segment by_condition of thing { where { did act where { sql "prefix(a, 'b')" } } }
"""


def test_the_fault_is_told_where_a_target_has_it(tmp_path: Path) -> None:
    (tmp_path / "segql.toml").write_text(
        '[project]\nname = "p"\nlanguage = 1\ntimezone = "UTC"\n[targets.a]\nengine = "duckdb"\nfiles = "*.csv"\n'
    )
    (tmp_path / "a.seg").write_text(SEG)
    loaded = segql.load(tmp_path)
    assert not any(fault.is_error for fault in loaded.diagnostics)
    for name, where in {
        "by_attribute": {'sql "round(id, 0) > 0"', "x"},
        "by_condition": {'sql "round(id, 0) > 0"', "sql \"prefix(a, 'b')\""},
    }.items():
        with pytest.raises(segql.FaultsError) as caught:
            loaded.sql(name, dialect="postgres")
        found = caught.value.diagnostics
        assert {fault.code.code for fault in found} == {"SEG602"}
        assert {SEG[f.span.start : f.span.end] for f in found if f.span} == where
