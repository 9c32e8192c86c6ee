"""Lists that are kept in tables, as Snowflake gets them (joined, since EXISTS may not stand under OR), run on DuckDB."""

from __future__ import annotations

import re

import pytest

from segql.model import clock
from segql.sql.duckdb import DuckDB
from tests.conformance.test_pages import SECTIONS
from tests.support import evaluate
from tests.support.pages import Section, database_of, instant, key_of
from tests.support.tables import PLAIN

LIST = re.compile(r"\blist \w+ of \w+ by \w+ \{[^}]*\btable ")
LISTED = [one for one in SECTIONS if LIST.search(one.declarations)]


@pytest.mark.parametrize("section", LISTED, ids=lambda section: f"{section.page}:{section.line}")
def test_joined_lists_have_the_same_members(
    section: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DuckDB, "exists_anywhere", False)
    entries = tuple(one for one in section.entries if one.kind == "members")
    checked = evaluate.check(section.source(entries), section.project)
    assert not checked.errors
    engine = evaluate.DuckDB()
    engine.load(checked.model, database_of(section, checked.model), PLAIN)
    as_of = instant(section, clock)
    texts = [evaluate.members_sql(checked.model, one.name, as_of, "duckdb") for one in entries]
    assert any("SELECT DISTINCT" in text.replace("\n", "").replace("  ", " ") for text in texts)
    for entry in entries:
        types = tuple(part.type for part in checked.model.segments[entry.name].entity.key)
        found = engine.members(checked.model, entry.name, as_of)
        assert sorted(found) == sorted(key_of(key, types) for key in entry.expected or ())
