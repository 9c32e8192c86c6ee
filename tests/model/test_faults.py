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
