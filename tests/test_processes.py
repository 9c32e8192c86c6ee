"""Work shared with copies of the process: the same results in the same order, whatever becomes of the copies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import segql
from segql.project import processes
from segql.project.cache import Cache, content_key
from segql.project.packs import Packs
from segql.project.processes import beside, processors, sharing, worth
from tests.support.commands import run_command

ORIGINAL = os.getpid()
TOML = '[project]\nname = "many"\ntimezone = "UTC"\n[lint]\nselect = ["all"]\n'
MODEL = """\
entity customer {
  table customers
  key customer_id: int
  country: text?
  score: int
}
"""
SEGMENT = """\
segment some_{number} of customer {{
  title: "Some {number}"
  where {{
    country = "{number}"
    country != "{number}"
    score >= {number}
    score >= 0{fault}
  }}
}}
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no copies elsewhere")


def children() -> set[int]:
    text = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    return {int(number) for number in text.split()}


@pytest.fixture(autouse=True)
def nothing_is_left():
    files, before = set(os.listdir("/proc/self/fd")), children()
    yield
    assert children() == before
    assert set(os.listdir("/proc/self/fd")) == files


def slowly(number: int) -> tuple[int, bool]:
    time.sleep(0.001)
    return number * number, os.getpid() == ORIGINAL


def test_results_are_in_order_and_come_from_all():
    numbers = list(range(1000))
    with sharing(numbers, slowly, 3) as results:
        time.sleep(0.1)  # the copies begin at once
        found = results()
    assert [square for square, _ in found] == [number * number for number in numbers]
    assert {here for _, here in found} == {True, False}


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 600])
def test_nothing_is_left_out(count):
    with sharing(range(count), slowly, 2) as results:
        assert [square for square, _ in results()] == [n * n for n in range(count)]


def test_one_process_does_all():
    with sharing(range(10), slowly, 1) as results:
        assert all(here for _, here in results())


def raise_elsewhere() -> None:
    raise ValueError("not said to anybody")


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda: os.kill(os.getpid(), signal.SIGKILL), id="killed"),
        pytest.param(lambda: os._exit(0), id="ended"),
        pytest.param(raise_elsewhere, id="raised"),
        pytest.param(lambda: sys.exit(3), id="exit"),
    ],
)
def test_what_a_copy_does_not_deliver_is_done_here(end, capfd):
    def work(number: int) -> int:
        if os.getpid() != ORIGINAL and number > 20:
            end()
        return -number

    with sharing(range(500), work, 3) as results:
        time.sleep(0.05)
        assert results() == [-number for number in range(500)]
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_pickled_or_is_none_is_done_here():
    def work(number: int) -> object:
        return (lambda: number) if os.getpid() != ORIGINAL else number

    def nothing(number: int) -> int | None:
        return None if os.getpid() != ORIGINAL else number

    for task in (work, nothing):
        with sharing(range(100), task, 2) as results:
            time.sleep(0.02)
            assert results() == list(range(100))


def test_a_fault_here_ends_the_copies():
    def work(number: int) -> int:
        if os.getpid() == ORIGINAL:
            raise KeyboardInterrupt
        time.sleep(30)
        return number

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), sharing(range(100), work, 3) as results:
        results()
    assert time.monotonic() - start < 10


def test_results_that_no_pipe_holds():
    """A copy goes on while this process is not yet asked for the results, and loses none of them."""
    with sharing(range(300), lambda number: bytes([number % 256]) * 100_000, 2) as results:
        time.sleep(0.3)
        assert [item[0] for item in results()] == [number % 256 for number in range(300)]


def test_work_beside(tmp_path):
    def work() -> None:
        time.sleep(0.2)
        (tmp_path / "done").write_text(str(os.getpid()))

    with beside(work, 2):
        assert not (tmp_path / "done").exists()
    assert (tmp_path / "done").read_text() != str(ORIGINAL)
    with beside(work, 1):
        assert (tmp_path / "done").read_text() == str(ORIGINAL)


def test_a_fault_ends_the_work_beside(tmp_path):
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), beside(lambda: time.sleep(30), 2):
        raise KeyboardInterrupt
    assert time.monotonic() - start < 10


def test_what_goes_wrong_beside_is_not_said(capfd):
    with beside(raise_elsewhere, 2):
        pass
    assert capfd.readouterr() == ("", "")


def test_no_process_can_be_made(monkeypatch):
    def refuse() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refuse)
    with sharing(range(10), slowly, 4) as results:
        assert all(here for _, here in results())
    done: list[int] = []
    with beside(lambda: done.append(os.getpid()), 4):
        assert done == [ORIGINAL]


def test_there_are_no_copies_of_threads_nor_elsewhere(monkeypatch):
    assert processors() >= 1
    done = threading.Event()
    waiting = threading.Thread(target=done.wait)
    waiting.start()
    assert processors() == 1
    done.set()
    waiting.join()
    for system in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", system)
        assert processors() == 1


def test_small_projects_are_not_shared():
    assert worth(50_000) == 0
    assert worth(1_000_000) > 2


# --- check ----------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A project of 60 files, each with advice, some with faults, that is worth three processes."""
    monkeypatch.setattr(processes, "_WORTH", 2000)
    (tmp_path / "segql.toml").write_text(TOML)
    (tmp_path / "model.seg").write_text(MODEL)
    for number in range(60):
        fault = {7: "\n    nothing = 1", 31: "\n    score =", 44: " 5"}.get(number, "")
        text = SEGMENT.format(number=number, fault=fault)
        (tmp_path / f"some_{number:02}.seg").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("faults", [True, False])
def test_a_shared_check_finds_the_same(many, monkeypatch, faults):
    if not faults:
        for number in (7, 31, 44):
            (many / f"some_{number:02}.seg").unlink()
    made = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: made.append(0) or fork())
    alone = segql.load(many, cache=False)
    assert len(alone.diagnostics) > 150
    assert any(item.is_error for item in alone.diagnostics) == faults
    assert not made
    shared = segql.load(many, processes=3)
    assert shared.diagnostics == alone.diagnostics
    assert len(made) == 5  # two for each pass, and one for the cache
    trees = Packs(Cache(many), "trees")
    keys = [content_key((source.name, source.text)) for source in shared.sources.files]
    assert all(trees.get(key) is not None for key in keys)
    assert shared.declarations() == alone.declarations()
    (many / "new.seg").write_text(SEGMENT.format(number=99, fault=""))
    again = segql.load(many, processes=3)  # of the cache that the copies wrote
    assert again.diagnostics == segql.load(many, cache=False).diagnostics
    assert len(made) == 7


def test_what_was_parsed_is_not_parsed_again(many):
    project = segql.load(many, processes=3)
    before = project.declarations()
    assert project.diagnostics
    assert all(project.declarations()[name] is found for name, found in before.items())


def test_the_command_says_the_same(many, monkeypatch, capfd):
    monkeypatch.setattr(processes, "processors", lambda: 1)
    alone = run_command("--no-cache", "check", capfd=capfd)
    monkeypatch.setattr(processes, "processors", lambda: 3)
    assert run_command("check", capfd=capfd) == alone
    assert alone.code == 1


def test_an_interrupt_ends_a_shared_check(many):
    """Ctrl-C reaches all processes of a terminal: no traceback, nobody stays."""
    code = (
        "import os, sys, time\n"
        "from segql.project import processes, trees\n"
        "processes._WORTH = 1000\n"
        "processes.processors = lambda: 3\n"
        "def parse(source):\n"
        "    os.write(1, b'parsing\\n')\n"
        "    time.sleep(60)\n"
        "trees._parse = parse\n"
        "sys.argv = ['segql', 'check']\n"
        "from segql.cli import main\n"
        "main()\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    for _ in range(3):
        assert running.stdout.readline() == "parsing\n"
    os.killpg(running.pid, signal.SIGINT)
    out, errors = running.communicate(timeout=30)
    assert (running.returncode, out, errors) == (130, "", "")
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
