"""Which names a fault stops: its own, and those that rest on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segql.api import Project, load
from segql.errors import FaultsError

MODEL = """\
entity customer {
  table customers
  key id: int
  country: text?
}
"""


@pytest.fixture
def project(tmp_path: Path):
    (tmp_path / "segql.toml").write_text(
        '[project]\nname = "p"\nlanguage = 1\ntimezone = "UTC"\nweek_starts = "monday"\n'
    )

    def make(**files: str) -> Project:
        for name, text in {"model": MODEL, **files}.items():
            (tmp_path / f"{name}.seg").write_text(text)
        return load(tmp_path)

    return make


def stops(project: Project, name: str) -> list[str]:
    """The codes of the faults that a command about the name ends with."""
    with pytest.raises(FaultsError) as ended:
        project.sql(name)
    with pytest.raises(FaultsError):
        project.explain(name)
    return [fault.code.code for fault in ended.value.diagnostics]


def test_a_name_declared_twice_stops_every_command_about_it(project) -> None:
    made = project(
        a="segment z of customer {\n  where { id = 1 }\n}\n",
        b="segment z of customer {\n  where { id = 2 }\n}\n"
        "segment over of customer {\n  where { member of z }\n}\n"
        "segment beside of customer {\n  where { id = 3 }\n}\n",
    )
    assert stops(made, "z") == ["SEG201"]
    assert stops(made, "over") == ["SEG201"]
    assert "SELECT" in made.sql("beside")


@pytest.mark.parametrize("again", ["trait z of customer = id", "list z of customer by id { 1 }"])
def test_declared_again_as_something_else(project, again: str) -> None:
    made = project(
        a="segment z of customer {\n  where { id = 1 }\n}\n",
        b=again + "\n",
    )
    assert stops(made, "z") == ["SEG201"]


def test_an_entity_declared_twice(project) -> None:
    made = project(
        a="segment z of customer {\n  where { id = 1 }\n}\n",
        b=MODEL.replace("customers", "others"),
    )
    assert stops(made, "z") == ["SEG201"]


ENTITY = "entity customer {\n  table customers\n  key id: int\n}\n"
EVENT = (
    "event buy of customer {\n  table buys\n  key n: int\n  on customer_id\n  at t: timestamp\n}\n"
)
BROKEN = {
    "segment": ("segment z of customer {\n  where { id == }\n}\n", "member of z"),
    "list": ("list z of customer by id {\n  1 ( 2\n}\n", "member of z"),
    "segmentation": ("segmentation z of customer {\n  level a: id >\n}\n", "member of z.a"),
    "split": ("split z of customer {\n  part a 50%\n}\n", "member of z.a"),
    "trait": ("trait z of customer = id +\n", "z > 1"),
    "trait with arguments": ("trait z(n: int) of customer = id +\n", "z(3) > 1"),
    "event": ("event z of customer {\n  table t\n  key n: int\n  on customer_id at\n}\n", "did z"),
    "aggregate": (
        "event z of customer {\n  table t\n  key n: int\n  on customer_id at\n}\n",
        "sum(z.x) > 1",
    ),
    "rows": ("rows z of customer {\n  tabel t\n}\n", "has z"),
    "subset": (EVENT + "event z of customer is buy where { a b }\n", "did z"),
}


@pytest.mark.parametrize(("declared", "line"), BROKEN.values(), ids=BROKEN)
def test_what_mentions_an_unreadable_declaration_is_not_reported_again(
    project, declared: str, line: str
) -> None:
    made = project(
        a=declared,
        b=f"segment over of customer {{\n  where {{ {line} }}\n}}\n"
        "segment beside of customer {\n  where { id = 3 }\n}\n",
    )
    assert {fault.span.file for fault in made.diagnostics if fault.span} == {"a.seg"}
    assert set(stops(made, "over")) == {fault.code.code for fault in made.diagnostics}
    assert "SELECT" in made.sql("beside")


@pytest.mark.parametrize("kind", ["segment", "list", "segmentation", "split"])
def test_a_command_about_an_unreadable_declaration_says_so(project, kind: str) -> None:
    made = project(a=BROKEN[kind][0])
    assert stops(made, "z") == [fault.code.code for fault in made.diagnostics]
    if kind in ("segmentation", "split"):
        assert stops(made, "z.a") == stops(made, "z")


RESTS = {
    "event": (
        "event z of other {\n  table t\n  key n: int\n  on other_id\n  at t: timestamp\n}\n",
        "segment over of other {\n  where { did z }\n}\n",
    ),
    "subset": (
        "event z of other {\n  table t\n  key n: int\n  on other_id\n  at t: timestamp\n}\n"
        "event z2 of other is z where { a > 1 }\n",
        "segment over of other {\n  where { did z2 }\n}\n",
    ),
    "union": (
        EVENT + "event z of other is buy or gone\nevent gone of customer {\n  tabel\n}\n",
        "segment over of customer {\n  where { did z }\n}\n",
    ),
    "relation": (
        EVENT.replace("at t", "of: one other on other_id\n  at t"),
        "segment over of customer {\n  where { did buy where { of.size > 1 } }\n}\n",
    ),
    "the relation alone": (
        EVENT.replace("at t", "of: one other on other_id\n  at t"),
        "segment over of customer {\n  where { did buy where { of = 1 } }\n}\n",
    ),
    "members over a relation": (
        EVENT.replace("at t", "of: one other on other_id\n  at t"),
        "segment over of customer {\n  where { did buy where { of member of beside } }\n}\n",
    ),
    "rows": (
        "rows z of other {\n  table t\n  key n: int\n  on other_id\n}\n",
        "segment over of other {\n  where { has z }\n}\n",
    ),
    "population": (
        "",
        "segment over of customer {\n  where { id > avg(id among other) }\n}\n",
    ),
    "groups": (
        "event z of other groups y by day\nevent y of other {\n  table t\n  key n: int\n  on x\n  at t: date\n}\n",
        "segment over of other {\n  where { did z }\n}\n",
    ),
}


@pytest.mark.parametrize(("between", "over"), RESTS.values(), ids=RESTS)
def test_what_rests_on_an_unreadable_entity(project, between: str, over: str) -> None:
    made = project(
        a="entity other {\n  table others\n  key id int\n  size: int\n}\n",
        b=between,
        c=over + "segment beside of customer {\n  where { id = 3 }\n}\n",
    )
    unread = [fault for fault in made.diagnostics if fault.code.code.startswith("SEG1")]
    assert list(made.diagnostics) == unread, [fault.message for fault in made.diagnostics]
    assert stops(made, "over")
    assert "SELECT" in made.sql("beside")


def test_a_name_that_is_declared_and_unreadable_too(project) -> None:
    made = project(a="segment z of customer {\n  where { id = 1 }\n}\n", b=BROKEN["segment"][0])
    assert stops(made, "z") == [fault.code.code for fault in made.diagnostics]


def test_the_cache_keeps_what_could_not_be_read(project) -> None:
    for _ in range(2):
        made = project(a=BROKEN["segment"][0])
        assert stops(made, "z") == ["SEG111", "SEG101"]


def test_a_relation_that_leads_nowhere_is_reported_once(project) -> None:
    made = project(
        a="event z of customer {\n  table t\n  key n: int\n  on customer_id\n  at t: timestamp\n"
        "  of: one othr on x\n}\n"
        "event lost of custmer {\n  table t\n  key n: int\n  on customer_id\n  at t: timestamp\n}\n",
        b="segment s of customer {\n  where { did z where { of.size = 1 } }\n}\n"
        "segment t of customer {\n  where { did lost }\n}\n",
    )
    assert [fault.span.file for fault in made.diagnostics if fault.span] == ["a.seg", "a.seg"]
    assert stops(made, "s") == stops(made, "t") == ["SEG202"]
