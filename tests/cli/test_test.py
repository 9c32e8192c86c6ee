"""`segql test`: what golden files cannot show."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from junitparser import JUnitXml

from segql.project.writing import replace_file
from tests.support.commands import run_command

PROJECTS = Path(__file__).parent / "projects"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(PROJECTS / "tested", tmp_path / "p")
    shutil.rmtree(tmp_path / "p" / "broken")
    monkeypatch.chdir(tmp_path / "p")
    return tmp_path / "p"


def test_junit_is_read_by_others(folder, capfd):
    ended = run_command("test", "--format", "junit", capfd=capfd)
    assert ended.code == 1
    (suite,) = JUnitXml.fromstring(ended.stdout.encode())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 3, 0, 1)
    assert next(iter(suite)).name == "vips as of 2026-01-01 (line 1)"


def test_a_test_with_faults_is_in_the_report(folder, capfd):
    bad = folder / "segments" / "bad.seg"
    bad.write_text(
        "test vips as of 2026-01-01 {\n  customer anna\n  expect ann in\n}\n", encoding="utf-8"
    )
    ended = run_command("test", "segments/bad.seg", "--format", "junit", capfd=capfd)
    assert ended.code == 1
    (suite,) = JUnitXml.fromstring(ended.stdout.encode())
    assert (suite.tests, suite.errors, suite.failures) == (1, 1, 0)
    told = run_command("test", "segments/bad.seg", "--format", "json", capfd=capfd).stdout
    (found,) = json.loads(told)["tests"]
    assert (found["line"], found["status"]) == (3, "broken")
    assert found["failures"][0]["actual"] == "no row above is named `ann`"


def test_a_broken_test_is_named_by_the_block_that_it_stands_in(folder, capfd):
    (folder / "segments" / "bad.test.seg").write_text(
        "test vips as of 2026-01-01{\n  customer anna\n  expect ann in\n}\n"
        'assert "a { is no block" {\n  size of nobody at most many\n}\n'
        "segment faulty of customer {\n  where {\n    )\n  }\n}\n",
        encoding="utf-8",
    )
    told = run_command("test", "segments/bad.test.seg", "--format", "json", capfd=capfd).stdout
    assert [item["name"] for item in json.loads(told)["tests"]] == [
        "vips as of 2026-01-01: error[SEG423]",
        "a { is no block: error[SEG101]",
        "error[SEG104]",
    ]


def test_what_cannot_be_resolved_is_never_passed_over(folder, capfd):
    (folder / "segments" / "bad.seg").write_text(
        "segment unread of customer {\n  where {\n    email_opt_in ==== true\n  }\n}\n"
        "segment unresolved of nobody {\n  tags: unsure\n  where {\n    x = 1\n  }\n}\n"
        "segment sure of customer {\n  tags: unsure\n  where {\n    email_opt_in\n  }\n}\n",
        encoding="utf-8",
    )
    names = ("unread", "unresolved")
    (folder / "segments" / "all.test.seg").write_text(
        "".join(f"test {name} as of 2026-01-01 {{\n  expect count 0\n}}\n" for name in names)
        + "".join(f'assert "{name}" {{\n  {name} inside {name}\n}}\n' for name in names)
        + 'assert "tagged" {\n  every segment tagged unsure inside sure\n}\n',
        encoding="utf-8",
    )
    ended = run_command("test", "segments/all.test.seg", "--format", "json", capfd=capfd)
    assert ended.code == 1
    found = json.loads(ended.stdout)["tests"]
    assert [(item["status"], item["reason"]) for item in found] == [
        ("failed", "what `unread` rests on has 1 error"),
        ("failed", "what `unresolved` rests on has 1 error"),
        ("failed", "what `unread` rests on has errors"),
        ("failed", "what `unresolved` rests on has errors"),
        ("failed", "what `unresolved` rests on has errors"),
    ]


def test_what_passes_ends_with_0(folder, capfd):
    path = folder / "segments" / "all.test.seg"
    path.write_text(
        "test vips as of 2026-01-01 {\n  customer anna { email_opt_in: false }\n  expect anna out\n}\n",
        encoding="utf-8",
    )
    ended = run_command("test", capfd=capfd)
    assert ended.code == 0
    assert ended.stdout.startswith("segments/all.test.seg\n  ok vips as of 2026-01-01 (line 1)\n")
    assert ended.stderr == ""


def test_a_project_without_tests(folder, capfd):
    (folder / "segments" / "all.test.seg").unlink()
    ended = run_command("test", capfd=capfd)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.startswith("no tests in ")


def test_words_choose_tests(folder, capfd):
    def chosen(expression: str) -> list[str]:
        lines = run_command("test", "-k", expression, capfd=capfd).stdout.splitlines()
        heads = [line for line in lines if line.startswith("  ") and "(line " in line]
        return [
            word
            for line in heads
            for word in ("vips", "stage", "misspelt", "claims")
            if word in line.partition("(line")[0]
        ]

    assert chosen("vips or stage") == ["vips", "stage"]
    assert chosen("not vips and not claims") == ["stage", "misspelt"]
    assert chosen("VIPS") == ["vips"]
    assert chosen("all.test and stage") == ["stage"]
    assert chosen("stage or not vips and not claims") == ["stage", "misspelt"]


@pytest.mark.parametrize(
    "expression", ["and", "a or or b", "a and and b", "not", "a not b", "not not a", "(a or b)"]
)
def test_words_that_choose_nothing_clear(folder, capfd, expression):
    ended = run_command("test", "-k", expression, capfd=capfd)
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: `-k {expression}` ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-k", "nothing"), "no test fits `-k nothing`"),
        (("model", "-k", "vips"), "no test in `model` fits `-k vips`"),
        (("model",), "there is no test in `model`"),
        (("--target", "nope"), "there is no target `nope`"),
        (("--target", ""), "there is no target ``"),
        (("--as-of", "soon"), "`soon` is no instant"),
        (("--as-of", ""), "`` is no instant"),
    ],
)
def test_what_there_is_not(folder, capfd, arguments, message):
    ended = run_command("test", *arguments, capfd=capfd)
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: {message}"), ended.stderr


def test_watching_runs_again_when_a_file_changes(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "segql", "test", "-k", "stage", "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert "1 failed" in _until(process, "watching")
        path = folder / "segments" / "all.test.seg"
        text = path.read_text(encoding="utf-8").replace(
            "expect anna in fresh", "expect anna in rest"
        )
        replace_file(path, text.encode())  # in one step: half of a file would be a run of its own
        assert "1 passed" in _until(process, "watching")
        toml = folder / "segql.toml"
        right = toml.read_text(encoding="utf-8")
        replace_file(toml, right.replace("timezone", "timezne").encode())
        assert "error[SEG012]" in _until(process, "watching")
        replace_file(toml, right.encode())
        assert "1 passed" in _until(process, "watching")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def _until(process: subprocess.Popen[bytes], word: str) -> str:
    """What the process prints up to a word; fails after a minute."""
    assert process.stdout is not None
    told = b""
    end = time.monotonic() + 60
    while word.encode() not in told:
        ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
        assert ready, f"no `{word}` in {told!r}"
        told += os.read(process.stdout.fileno(), 4096)
    return told.decode()
