"""The cache: removed by `segql clean`, right whatever stands in it, and shared by many processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.commands import run_command

FAULTY = Path(__file__).parent / "projects" / "faulty"


@pytest.fixture
def room(tmp_path, monkeypatch):
    shutil.copytree(FAULTY, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


def entries(room: Path) -> list[Path]:
    return sorted(
        path for path in (room / "project" / ".segql" / "cache").rglob("*") if path.is_file()
    )


def test_clean_removes_the_cache_and_nothing_else(room, capfd):
    run_command("check", capfd=capfd)
    count = len(entries(room))
    assert count
    (room / "project" / ".segql" / "other").mkdir()
    ended = run_command("clean", capfd=capfd)
    assert ended.code == 0
    assert ended.stdout == f"removed {room}/project/.segql/cache: {count} files\n"
    kept = {path.name for path in (room / "project" / ".segql").iterdir()}
    assert kept == {".gitignore", "other"}
    again = run_command("clean", capfd=capfd)
    assert (again.code, again.stdout, again.stderr) == (0, "", "nothing was kept\n")


def test_clean_leaves_a_link_alone(room, capfd):
    (room / "precious").mkdir()
    (room / "precious" / "file").write_text("x")
    (room / "project" / ".segql").mkdir()
    (room / "project" / ".segql" / "cache").symlink_to(room / "precious")
    ended = run_command("clean", capfd=capfd)
    assert ended.code == 1
    assert "cannot remove all of" in ended.stderr
    assert (room / "precious" / "file").exists()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: b"", id="empty"),
        pytest.param(lambda content: content[: len(content) // 2], id="truncated"),
        pytest.param(lambda content: content[:-1] + bytes([content[-1] ^ 1]), id="one bit"),
        pytest.param(lambda content: os.urandom(len(content)), id="random"),
        pytest.param(lambda content: content[:16] + b"x" * 100, id="another body"),
    ],
)
def test_a_damaged_entry_is_a_miss(room, capfd, damage):
    expected = run_command("check", capfd=capfd)
    assert entries(room)
    for path in entries(room):
        path.write_bytes(damage(path.read_bytes()))
    assert run_command("check", capfd=capfd) == expected
    assert run_command("check", capfd=capfd) == expected


def test_an_entry_that_is_a_folder_is_a_miss(room, capfd):
    expected = run_command("check", capfd=capfd)
    for path in entries(room):
        path.unlink()
        path.mkdir()
    assert run_command("check", capfd=capfd) == expected


def test_many_processes_share_it(room):
    """Some check, some clean, and one damages entries: what the checks say is always the same."""
    command = [sys.executable, "-m", "segql", "check", "--format", "concise"]
    alone = subprocess.run([*command, "--no-cache"], capture_output=True, text=True)
    assert alone.returncode == 1

    def work(number: int) -> tuple[int, str]:
        if number % 4 == 3:
            for path in (room / "project" / ".segql").rglob("*"):
                if number % 8 == 3 and path.is_file():
                    try:
                        path.write_bytes(b"damaged")
                    except OSError:
                        continue  # it was removed in between
            if number % 8 == 7:
                cleaned = subprocess.run([*command[:3], "clean"], capture_output=True, text=True)
                assert "Traceback" not in cleaned.stderr
        done = subprocess.run(command, capture_output=True, text=True)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(work, range(8)))
    assert found == {(1, alone.stdout)}
