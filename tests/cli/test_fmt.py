"""`segql fmt` on files: what is written, what is left alone."""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.commands import run_command

PROJECTS = Path(__file__).parent / "projects"
MESSY = "trait a of b = 1+2 # why"
TIDY = "trait a of b = 1 + 2 # why\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(PROJECTS / "unformatted", tmp_path / "p")
    monkeypatch.chdir(tmp_path / "p")
    return tmp_path / "p"


def test_files_are_written_and_then_stay(folder, capfd):
    first = run_command("fmt", capfd=capfd)
    assert first == (
        0,
        "",
        "reformatted segments/messy.seg\n1 file reformatted, 1 file already formatted\n",
    )
    text = (folder / "segments/messy.seg").read_text(encoding="utf-8")
    assert text.startswith('segment poles of customer {\n  title: "Poles" # people from Poland\n\n')
    again = run_command("fmt", "--check", capfd=capfd)
    assert again == (0, "", "2 files already formatted\n")
    assert run_command("fmt", "--no-cache", "--check", capfd=capfd) == again


def test_what_is_laid_out_is_known_by_its_content(folder, capfd, monkeypatch):
    """Each project has its own file of it, and a changed definition adds one."""
    inner = folder / "inner"
    shutil.copytree(PROJECTS / "unformatted", inner)
    assert run_command("fmt", str(folder), capfd=capfd).code == 0
    kept = [root / ".segql" / "cache" / "fmt" for root in (folder, inner)]
    assert [len(list(place.iterdir())) for place in kept] == [1, 1]
    (folder / "segments/messy.seg").write_text(TIDY, encoding="utf-8")
    assert run_command("fmt", "--check", "segments/messy.seg", capfd=capfd).code == 0
    assert [len(list(place.iterdir())) for place in kept] == [2, 1]
    monkeypatch.setattr("segql.cli.formatting._formatted", lambda *_: pytest.fail("laid out again"))
    assert run_command("fmt", "--check", str(folder), capfd=capfd).code == 0


@pytest.mark.parametrize(
    ("text", "laid_out"),
    [
        ("", ""),
        (" \n\n", ""),
        ("# later", "# later\n"),
        ("\r\n#a\r\n\r\n\r\n  # b ", "#a\n\n# b\n"),
        (
            "# segment a of b {\n#   where { c }\n# }\n",
            "# segment a of b {\n#   where { c }\n# }\n",
        ),
    ],
)
def test_a_file_without_declarations(folder, capfd, text, laid_out):
    path = folder / "parked.seg"
    path.write_bytes(text.encode())
    assert run_command("fmt", "parked.seg", capfd=capfd).code == 0
    assert path.read_bytes() == laid_out.encode()
    assert run_command("fmt", "--check", "parked.seg", capfd=capfd).code == 0
    for options, code in (((), 0), (("--strict",), 1)):
        told = run_command("check", "parked.seg", *options, capfd=capfd)
        assert told.code == code
        what = "holds only comments" if text.strip() else "is empty"
        assert told.stdout.startswith(f"warning[SEG106]: the file {what}\n")


def test_check_and_diff_write_nothing(folder, capfd):
    before = (folder / "segments/messy.seg").read_bytes()
    assert run_command("fmt", "--check", capfd=capfd).code == 1
    assert run_command("fmt", "--diff", capfd=capfd).code == 1
    assert (folder / "segments/messy.seg").read_bytes() == before


def test_a_file_with_faults_stays_and_the_others_are_written(folder, capfd):
    bad = folder / "segments" / "bad.seg"
    bad.write_text("segment x of customer {\n  where{", encoding="utf-8")
    ended = run_command("fmt", capfd=capfd)
    assert ended.code == 1
    assert "error[SEG103]" in ended.stderr
    assert "1 file with faults left as found" in ended.stderr
    assert bad.read_text(encoding="utf-8") == "segment x of customer {\n  where{"
    assert "country = " in (folder / "segments/messy.seg").read_text(encoding="utf-8")


def test_bytes_that_are_no_text(folder, capfd):
    (folder / "segments" / "bad.seg").write_bytes(b"trait \xff")
    ended = run_command("fmt", capfd=capfd)
    assert ended.code == 1
    assert "error[SEG109]" in ended.stderr


def test_permissions_and_links_stay(folder, capfd):
    target = folder / "real.seg"
    target.write_text(MESSY, encoding="utf-8")
    target.chmod(0o640)
    link = folder / "link.seg"
    link.symlink_to(target)
    assert run_command("fmt", "link.seg", capfd=capfd).code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == TIDY
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(os.listdir(folder)) == [
        ".segql",
        "link.seg",
        "real.seg",
        "segments",
        "segql.toml",
    ]


def test_a_mark_of_the_byte_order_goes_and_ends_of_lines_are_one(folder, capfd):
    path = folder / "a.seg"
    path.write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())
    assert "+trait a" in run_command("fmt", "--diff", "a.seg", capfd=capfd).stdout
    assert run_command("fmt", "a.seg", capfd=capfd).code == 0
    assert path.read_bytes() == TIDY.encode()
    path.write_bytes(b"\xef\xbb\xbf" + TIDY.encode())
    shown = run_command("fmt", "--diff", "a.seg", capfd=capfd).stdout
    assert "-\ufefftrait a" in shown


def test_stdin(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def given(text):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    given(MESSY)
    assert run_command("fmt", "-", capfd=capfd) == (0, TIDY, "")
    given(MESSY)
    assert run_command("fmt", "--check", "-", capfd=capfd) == (1, "", "would reformat stdin\n")
    given(TIDY)
    assert run_command("fmt", "--check", "-", capfd=capfd) == (0, "", "")
    given("\ufeff" + TIDY)
    assert run_command("fmt", "--check", "-", capfd=capfd) == (1, "", "would reformat stdin\n")
    given("trait a of b = ")
    ended = run_command("fmt", "-", capfd=capfd)
    assert (ended.code, ended.stdout) == (1, "")
    assert "--> stdin:1:" in ended.stderr


def test_folders_of_several_projects(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        shutil.copytree(PROJECTS / "unformatted", tmp_path / "all" / name)
    ended = run_command("fmt", "all", capfd=capfd)
    assert ended.stderr.endswith("2 files reformatted, 2 files already formatted\n")
    assert run_command("fmt", capfd=capfd).code == 2


def test_a_file_that_may_not_be_written_keeps_no_other_one(folder, monkeypatch, capfd):
    from segql.project import writing

    replace = writing.replace_file

    def refuse(path, content):
        if path.name == "messy.seg":
            raise PermissionError(13, "Permission denied")
        replace(path, content)

    monkeypatch.setattr(writing, "replace_file", refuse)
    (folder / "segments" / "z.seg").write_text(MESSY, encoding="utf-8")
    ended = run_command("fmt", capfd=capfd)
    assert ended == (
        2,
        "",
        "error: cannot write `segments/messy.seg`: permission denied\nreformatted segments/z.seg\n"
        "1 file reformatted, 1 file already formatted, 1 file out of reach\n",
    )
    assert (folder / "segments" / "z.seg").read_text(encoding="utf-8") == TIDY


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_name_that_is_no_text_keeps_no_other_file(folder, capfd):
    (folder / "segments" / "z.seg").write_text(MESSY, encoding="utf-8")
    with open(os.fsencode(folder / "segments") + b"/\xff.seg", "wb") as stream:
        stream.write(MESSY.encode())
    ended = run_command("fmt", capfd=capfd)
    assert ended.code == 2
    assert "its name is not UTF-8" in ended.stderr
    assert (folder / "segments" / "z.seg").read_text(encoding="utf-8") == TIDY
