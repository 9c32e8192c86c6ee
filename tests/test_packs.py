"""Entries in packs: found again or made again, whatever happened to the files, and whoever writes at the same time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import segql
from segql.project.cache import Cache, content_key
from segql.project.packs import Packs

KIND = "some"
TOML = '[project]\nname = "many"\ntimezone = "UTC"\n'
MODEL = "entity customer {\n  table customers\n  key customer_id: int\n  country: text?\n}\n"
SEGMENT = 'segment {} of customer {{\n  where {{\n    country = "PL"\n  }}\n}}\n'


def key(number: int) -> str:
    return content_key([str(number)])


def body(number: int) -> bytes:
    return b"%d\n" % number * (number % 7)


def some(*numbers: int) -> dict[str, bytes]:
    return {key(number): body(number) for number in numbers}


def keep(root: Path, *numbers: int, used: range = range(0), slack: int = 1000) -> None:
    """As one run does it."""
    Packs(Cache(root), KIND).keep(some(*numbers), {key(number) for number in used}, slack)


def kept(root: Path, upto: int = 100) -> set[int]:
    """The entries that another run finds; each is what it was."""
    packs = Packs(Cache(root), KIND)
    found = {number: packs.get(key(number)) for number in range(upto)}
    assert all(entry is None or entry == body(number) for number, entry in found.items())
    return {number for number, entry in found.items() if entry is not None}


def files(root: Path) -> list[Path]:
    folder = root / ".segql" / "cache" / KIND
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_run_adds_one_file_and_leaves_the_others(tmp_path):
    keep(tmp_path, *range(50))
    (first,) = files(tmp_path)
    before = first.stat()
    keep(tmp_path, 50)
    assert kept(tmp_path) == {*range(51)}
    (small,) = set(files(tmp_path)) - {first}
    assert small.stat().st_size < 100
    assert (first.stat().st_ino, first.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    keep(tmp_path)
    assert len(files(tmp_path)) == 2


def test_many_packs_become_one(tmp_path):
    for number in range(40):
        keep(tmp_path, number)
        assert len(files(tmp_path)) <= 16
        assert kept(tmp_path) == {*range(number + 1)}


def test_what_nobody_uses_is_dropped_once_it_is_much(tmp_path):
    keep(tmp_path, *range(20))
    keep(tmp_path, 20, used=range(10, 21), slack=10)
    assert kept(tmp_path) == {*range(21)}
    keep(tmp_path, used=range(15, 21), slack=10)
    assert kept(tmp_path) == {*range(15, 21)}
    assert len(files(tmp_path)) == 1


def test_a_pack_cut_anywhere_is_a_miss_and_is_made_again(tmp_path):
    keep(tmp_path, 1, 2, 3)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    assert len(whole) < 300
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert kept(tmp_path) == set()
    path.write_bytes(whole + b"x")
    assert kept(tmp_path) == set()
    keep(tmp_path, 4)
    assert kept(tmp_path) == {4}
    assert path not in files(tmp_path)
    keep(tmp_path, 1, 2, 3)
    assert kept(tmp_path) == {1, 2, 3, 4}


def test_each_changed_byte_is_noticed(tmp_path):
    keep(tmp_path, 1, 2, 3)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert kept(tmp_path) == set()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"[]\n",
        b'{"a": -1, "b": 4}\nabc',
        b'{"a": 1.0}\na',
        b'{"a": true}\na',
        b'{"a": "1"}\na',
        b'{"a": 2}\na',
        b'{"a": 1}',
        b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
    ],
)
def test_a_whole_entry_that_is_no_pack(tmp_path, content):
    """As a stranger may have made one: with its checksum."""
    cache = Cache(tmp_path)
    cache.put(KIND, key(0), content)
    assert Packs(cache, KIND).get("a") is None
    keep(tmp_path, 7)
    assert kept(tmp_path) == {7}
    assert len(files(tmp_path)) == 1


def test_nothing_is_kept_without_a_cache():
    packs = Packs(Cache(None), KIND)
    packs.keep(some(1), set(), 0)
    assert not packs.can_keep
    assert packs.get(key(1)) is None


# --- others at the same time ------------------------------------------------------------------------


def test_a_pack_that_another_run_has_put_into_one_is_a_miss(tmp_path):
    keep(tmp_path, 1)
    slow = Packs(Cache(tmp_path), KIND)
    names = Cache(tmp_path).keys(KIND)
    assert len(names) == 1
    for number in range(2, 30):
        keep(tmp_path, number)
    slow.keep(some(50), set(), 1000)
    assert kept(tmp_path) == {*range(1, 30), 50}


def test_what_another_run_is_writing_is_left(tmp_path):
    keep(tmp_path, 1)
    unfinished = files(tmp_path)[0].with_name(f"{key(5)}.123.new")
    unfinished.write_bytes(b"half")
    keep(tmp_path, 2)
    assert unfinished in files(tmp_path)
    for number in range(3, 20):  # nobody writes that long
        keep(tmp_path, number)
    assert unfinished not in files(tmp_path)
    assert kept(tmp_path) == {*range(1, 20)}


WRITER = """
import sys
from pathlib import Path
from tests.test_packs import keep, kept
root, start = Path(sys.argv[1]), int(sys.argv[2])
for number in range(start, start + 150):
    keep(root, number)
    kept(root, 800)
"""


def test_processes_that_write_at_once(tmp_path):
    """What is found is always right; the last word of each process is there."""
    run = [sys.executable, "-c", WRITER, str(tmp_path)]
    running = [
        subprocess.Popen([*run, str(start)], cwd=Path(__file__).parents[1], stderr=subprocess.PIPE)
        for start in (0, 200, 400)
    ]
    for process in running:
        assert process.communicate()[1] == b""
        assert process.returncode == 0
    found = kept(tmp_path, 800)
    assert len(found) > 150
    assert max(found) == 549
    assert not [path for path in files(tmp_path) if path.suffix == ".new"]
    assert len(files(tmp_path)) <= 18


# --- places that do not take it ---------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT])
def test_a_folder_that_takes_nothing(tmp_path, monkeypatch, code):
    keep(tmp_path, 1)
    before = files(tmp_path)

    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "write" if code in (errno.ENOSPC, errno.EDQUOT) else "open", refuse)
    keep(tmp_path, 2)
    keep(tmp_path, used=range(5, 6), slack=0)  # would drop what there is
    monkeypatch.undo()
    assert files(tmp_path) == before
    assert kept(tmp_path) == {1}


def test_a_write_that_ends_halfway(tmp_path):
    """No file may become larger than 60 bytes: part of each pack is written, then none."""
    (tmp_path / "segql.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "model.seg").write_text(MODEL, encoding="utf-8")
    (tmp_path / "a.seg").write_text(SEGMENT.format("poles_" * 9 + "here"), encoding="utf-8")
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))\n"
        "import sys; sys.argv = ['segql', 'check']\n"
        "from segql.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"no faults in 2 files\n", b"")
    cache = tmp_path / ".segql" / "cache"
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert segql.load(tmp_path).diagnostics == ()
    assert len([path for path in cache.rglob("*") if path.is_file()]) == 2
