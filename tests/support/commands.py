"""Runs a command of segql inside the test's process."""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from segql.cli.app import build


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    stdout: str
    stderr: str


def run_command(*arguments: str, capfd: pytest.CaptureFixture[str]) -> Ended:
    """`segql ARGUMENTS` in the current folder."""
    before = sys.stdout
    capfd.readouterr()
    try:
        build(arguments)(list(arguments), prog_name="segql")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout = before
    written = capfd.readouterr()
    return Ended(code, written.out, written.err)
