"""A real dbt builds the models of the shop, and the models have the segments' members.

dbt has a virtual environment of its own, `.venv-dbt`: `make test` makes it from the package index.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
import yaml

import segql
from segql.publish.dbt import dbt_files
from segql.publish.files import look

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"
DBT = Path(os.environ.get("SEGQL_DBT", ROOT / ".venv-dbt" / "bin" / "dbt"))
AS_OF = "2026-01-01T00:00:00+01:00"

ODD = """
segment odd of customer {
  title: "It's {{ odd }}: {% raw %} \\"quoted\\" \\u{2028}, {# and #}"
  owner: "The odd team"
  tags: odd

  where {
    not (country = "{{ var('x') }}")
    not (country = "{% if x %}" or unknown)
    not (country = "a\\\\{#")
  }
}

segment big_lines of order_line {
  where { quantity >= 2 }
}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> segql.Project:
    room = tmp_path_factory.mktemp("shop")
    for name in ("model", "segments", "data", "segql.toml"):
        copy = shutil.copytree if (SHOP / name).is_dir() else shutil.copy
        copy(SHOP / name, room / name)
    (room / "segments" / "odd.seg").write_text(ODD)
    return segql.load(room)


@pytest.fixture(scope="module")
def room(project, tmp_path_factory) -> Path:
    """A dbt project with the shop's data in a database file, its models built once."""
    if not DBT.exists():
        pytest.skip("there is no .venv-dbt: `make .venv-dbt/.ready`")
    room = tmp_path_factory.mktemp("dbt")
    with duckdb.connect(str(room / "shop.duckdb")) as connection:
        for path in (SHOP / "data").glob("*.parquet"):
            connection.execute(f"CREATE TABLE {path.stem} AS FROM '{path}'")
    (room / "dbt_project.yml").write_text(
        "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\nmacro-paths: [macros]\n"
    )
    output = {"type": "duckdb", "path": str(room / "shop.duckdb"), "threads": 2}
    profile = {"shop": {"target": "dev", "outputs": {"dev": output}}}
    (room / "profiles.yml").write_text(json.dumps(profile))
    look(room, dbt_files(project, "duckdb")).write()
    done = dbt(room, "build", "--vars", json.dumps({"segql_as_of": AS_OF}))
    assert done.returncode == 0, done.stdout[-3000:]
    return room


def dbt(room: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1", "PYTHONPATH": ""}
    return subprocess.run(
        [str(DBT), "--no-version-check", *arguments, "--profiles-dir", "."],
        cwd=room,
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_every_model_is_built_and_tested(room, project):
    results = json.loads((room / "target" / "run_results.json").read_text())["results"]
    kinds: dict[str, list[str]] = {}
    for result in results:
        kinds.setdefault(result["unique_id"].split(".")[0], []).append(result["status"])
    models = [path.stem for path in (room / "models" / "segql").glob("*.sql")]
    assert kinds["model"] == ["success"] * len(models)
    assert set(kinds["test"]) == {"pass"}
    assert len(kinds["test"]) == 2 * (len(models) - 1) + 3  # `big_lines` has a key of two columns


@pytest.mark.parametrize(
    "name",
    [
        "lapsed_vips",
        "odd",
        "best_fifth_not_gold",
        "young_men",
        "big_lines",
        "lifecycle",
        "winback_test",
    ],
)
def test_a_model_has_the_members(room, project, name):
    expected = project.members(name, as_of=AS_OF).to_pydict()
    columns = ", ".join(f'"{column}"' for column in expected)
    with duckdb.connect(str(room / "shop.duckdb"), read_only=True) as connection:
        found = connection.execute(f"SELECT {columns} FROM {name}").fetchall()
    assert found
    assert sorted(found, key=repr) == sorted(zip(*expected.values(), strict=True), key=repr)


def test_owner_description_and_texts_arrive(room):
    manifest = json.loads((room / "target" / "manifest.json").read_text())
    node = manifest["nodes"]["model.shop.odd"]
    assert node["description"] == 'It\'s {{ odd }}: {% raw %} "quoted" \u2028, {# and #}'
    assert node["config"]["meta"]["owner"] == "The odd team"
    assert node["config"]["tags"] == ["odd"]
    exposure = manifest["exposures"]["exposure.shop.segql_odd"]
    assert exposure["owner"]["name"] == "The odd team"
    assert exposure["depends_on"]["nodes"] == ["model.shop.odd"]
    assert "exposure.shop.segql_big_lines" not in manifest["exposures"]
    compiled = (room / "target" / "run" / "shop" / "models" / "segql" / "odd.sql").read_text()
    for text in ("{{ var(''x'') }}", "{% if x %}", "{#"):
        assert text in compiled


def test_the_instant_is_live_by_default_and_needs_its_offset(room):
    done = dbt(room, "compile", "--select", "young_men", "--target-path", "live")
    assert done.returncode == 0, done.stdout
    path = room / "live" / "compiled" / "shop" / "models" / "segql" / "young_men.sql"
    assert "TIMEZONE('UTC', NOW())" in path.read_text()
    wrong = dbt(room, "compile", "--select", "young_men", "--vars", "segql_as_of: 2026-01-01")
    assert wrong.returncode != 0
    assert "segql_as_of is an instant with its offset" in wrong.stdout


def test_properties_are_yaml_whatever_the_texts_hold(project):
    content = yaml.safe_load(dbt_files(project, "snowflake")["models/segql/segql.yml"])
    names = [model["name"] for model in content["models"]]
    assert names == sorted(names)
    odd = next(model for model in content["models"] if model["name"] == "odd")
    title = odd["config"]["meta"]["title"]
    assert title.startswith(
        "It's {{ '{{' }} odd }}: {{ '{%' }} raw %} \"quoted\" \u2028, {{ '{#' }} and"
    )
    lines = next(model for model in content["models"] if model["name"] == "big_lines")
    assert [column["name"] for column in lines["columns"]] == ["order_id", "line_no"]
    assert [source["name"] for source in content["sources"]] == ["segql"]
