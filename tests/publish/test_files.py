"""`segql compile --all`: what is written, what is removed, what stays, and what `--check` says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

import segql
from segql.errors import UsageError
from segql.publish.files import MANIFEST, look
from tests.support.commands import run_command

SHOP = Path(__file__).parents[1] / "cli" / "projects" / "shop"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    shutil.copytree(SHOP, tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def run(capfd, *arguments: str) -> tuple[int, list[str]]:
    code, out, _ = run_command("compile", "--all", "--out", "sql", *arguments, capfd=capfd)
    return code, out.splitlines()


def test_one_file_a_segment_and_the_same_bytes_again(shop, capfd):
    code, said = run(capfd)
    assert code == 0
    names = {path.stem for path in (shop / "sql").glob("*.sql")}
    loaded = segql.load(shop)
    levels = {name for name in loaded.segments if "." in name}
    assert names == {*loaded.segments, *loaded.model.segmentations} - levels
    assert said == [f"wrote sql/{name}.sql" for name in sorted(names)]
    before = {path: path.stat().st_mtime_ns for path in (shop / "sql").iterdir()}
    assert run(capfd) == (0, [])
    assert {path: path.stat().st_mtime_ns for path in (shop / "sql").iterdir()} == before
    assert run(capfd, "--check") == (0, [])


def test_a_folder_for_each_dialect(shop, capfd):
    run(capfd, "--dialect", "postgres,snowflake")
    assert {path.parent.name for path in (shop / "sql").rglob("*.sql")} == {"postgres", "snowflake"}
    run(capfd, "--dialect", "postgres")
    assert not (shop / "sql" / "snowflake").exists()
    assert not (shop / "sql" / "postgres").exists()


def test_stale_missing_and_left_over(shop, capfd):
    run(capfd)
    source = shop / "segments" / "more.seg"
    source.write_text("segment more of customer {\n  where { member of big_spenders }\n}\n")
    assert run(capfd, "--check") == (1, ["missing: sql/more.sql"])
    assert run(capfd) == (0, ["wrote sql/more.sql"])
    (shop / "sql" / "more.sql").write_text("-- by hand\n")
    assert run(capfd, "--check") == (1, ["stale: sql/more.sql"])
    assert run(capfd) == (0, ["wrote sql/more.sql"])
    source.unlink()
    assert run(capfd, "--check") == (1, ["left over: sql/more.sql"])
    assert run(capfd) == (0, ["removed sql/more.sql"])
    assert not (shop / "sql" / "more.sql").exists()


def test_what_others_wrote_stays(shop, capfd):
    (shop / "sql").mkdir()
    (shop / "sql" / "own.sql").write_text("select 1")
    run(capfd)
    assert (shop / "sql" / "own.sql").read_text() == "select 1"
    name = next(path.stem for path in sorted((shop / "sql").glob("*.sql")) if path.stem != "own")
    (shop / "sql" / MANIFEST).unlink()
    (shop / "sql" / f"{name}.sql").write_text("mine")
    code, _ = run(capfd)
    assert code == 2
    assert (shop / "sql" / f"{name}.sql").read_text() == "mine"


def test_a_file_that_was_changed_by_hand_is_not_removed(tmp_path):
    look(tmp_path / "out", {"a.sql": b"a", "deep/b.sql": b"b"}).write()
    (tmp_path / "out" / "a.sql").write_text("changed")
    folder = look(tmp_path / "out", {})
    assert folder.kept == ("a.sql",)
    folder.write()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.sql", MANIFEST]


def test_a_manifest_leads_nowhere_else(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "victim").write_text("a")
    hashed = json.loads(_manifest_of(tmp_path / "other", {"victim": b"a"}))["files"]["victim"]
    listed = {"version": 1, "files": {"../victim": hashed, str(tmp_path / "victim"): hashed}}
    (out / MANIFEST).write_text(json.dumps(listed))
    look(out, {}).write()
    assert (tmp_path / "victim").exists()


def _manifest_of(folder: Path, wanted: dict[str, bytes]) -> str:
    look(folder, wanted).write()
    return (folder / MANIFEST).read_text()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', "\x00"])
def test_a_damaged_manifest_is_told(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(UsageError, match="is damaged"):
        look(tmp_path, {"a.sql": b""})


def test_a_run_that_is_cut_short_leaves_nothing_that_is_nobodys(tmp_path):
    (tmp_path / "b.sql").mkdir()  # in the way
    with pytest.raises(UsageError, match="not a regular file"):
        look(tmp_path, {"a.sql": b"a", "b.sql": b"b"})
    (tmp_path / "b.sql").rmdir()
    folder = look(tmp_path, {"a.sql": b"a", "b.sql": b"b"})
    (tmp_path / "b.sql").mkdir()
    with pytest.raises(UsageError, match="cannot write"):
        folder.write()
    (tmp_path / "b.sql").rmdir()
    look(tmp_path, {"b.sql": b"b"}).write()
    assert not (tmp_path / "a.sql").exists()


def test_faults_stop_all(shop, capfd):
    (shop / "segments" / "bad.seg").write_text(
        "segment bad of customer {\n  where { nothing }\n}\n"
    )
    assert run(capfd)[0] == 1
    assert not (shop / "sql").exists()


@pytest.mark.parametrize("as_of", ["live", "parameter", "2026-01-01"])
def test_the_files_select_the_members(shop, capfd, as_of):
    run(capfd, "--as-of", as_of)
    loaded = segql.load(shop)
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA shop")
    for path in (shop / "data").glob("*.csv"):
        connection.execute(f"CREATE TABLE shop.{path.stem} AS FROM '{path}'")
    for name in ("big_spenders", "nobody"):
        moment = None if as_of == "live" else "2026-01-01"
        expected = loaded.members(name, as_of=moment).to_pydict()
        sql = (shop / "sql" / f"{name}.sql").read_text()
        given = {"as_of": "2026-01-01T00:00:00+01:00"} if as_of == "parameter" else None
        found = connection.execute(sql, given).fetchall()
        assert sorted(found) == sorted(zip(*expected.values(), strict=True)), name
