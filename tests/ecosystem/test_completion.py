"""Completion as bash asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = Path(__file__).parents[1] / "cli" / "projects" / "shop"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("segql comp", {"compile", "completion"}),
        ("segql compile big", {"big_spenders"}),
        ("segql explain no", {"nobody"}),
        ("segql model dr", {"draft"}),
        ("segql fmt --ch", {"--check"}),
        ("segql check --format g", {"github", "gitlab"}),
        ("segql rule never", {"never-holds"}),
        ("segql rule SEG59", {"SEG590", "SEG591", "SEG592"}),
        ("segql compile --dialect s", {"snowflake", "spark"}),
        ("segql --target l", {"local"}),
    ],
)
def test_bash(tmp_path, words, expected):
    shutil.copytree(SHOP, tmp_path / "shop")
    tool = tmp_path / "segql"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segql "$@"\n')
    tool.chmod(0o755)
    script = f"""
        source <(segql completion bash)
        COMP_WORDS=({words})
        COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _segql_completion segql
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],
        cwd=tmp_path / "shop",
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == expected, done.stderr


def test_names_where_there_is_no_project(tmp_path, monkeypatch):
    from segql.cli.options import segment_names, target_names

    monkeypatch.chdir(tmp_path)
    assert segment_names("") == []
    assert target_names("") == []
