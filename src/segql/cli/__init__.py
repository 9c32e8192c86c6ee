"""The command line: one command, one file.

app.py      the application, the global options, how a command ends
options.py  the options that several commands have
init.py check.py compile.py preview.py export.py explain.py
"""

from __future__ import annotations

import sys

from segql.version import __version__


def main() -> None:
    """`segql …`: the console script."""
    if sys.argv[1:] in (
        ["--version"],
        ["-V"],
    ):  # asked by scripts, often: without building the application
        print(f"segql {__version__}")
        return
    from segql.cli.app import run

    run()
