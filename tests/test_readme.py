"""The README shows what really happens, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.commands import run_command

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def console(page):
    """The commands and outputs of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"```console\n\$ segql ([^\n]*)\n(.*?)```", text, re.DOTALL)


def without_time(text):
    return re.sub(r"\d+ ms\n|\d+\.\d s\n", "… ms\n", text)


def test_the_preview(capfd, monkeypatch):
    monkeypatch.chdir(ROOT)
    command, shown = console("README.md")[0]
    made = run_command(*shlex.split(command), "--no-cache", capfd=capfd)
    assert (made.code, made.stderr) == (0, "")
    assert without_time(made.stdout) == without_time(shown)


def test_the_check(tmp_path, capfd, monkeypatch):
    shutil.copytree(ROOT / "tests" / "cli" / "projects" / "faulty", tmp_path / "faulty")
    monkeypatch.chdir(tmp_path / "faulty")
    command, shown = console("README.md")[1]
    made = run_command(*shlex.split(command), capfd=capfd)
    assert (made.code, made.stdout, made.stderr) == (1, shown, "")


def test_the_segment_is_that_of_the_example():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    segment = re.search(r"```seg\n(.*?)```", text, re.DOTALL)[1]
    example = (ROOT / "examples/shop/segments/lifecycle.seg").read_text(encoding="utf-8")
    conditions = segment[segment.index("  where {") :]
    assert conditions in example


@pytest.mark.parametrize("page", PAGES)
def test_links_and_paths(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / link).exists(), link
    named = re.findall(r"`((?:src|tests|docs|examples|benchmarks|grammar)/[\w./-]+)`", text)
    for path in named:
        assert "NAME" in path or (ROOT / path).exists(), path
