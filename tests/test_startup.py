"""Start-up is part of the interface: what a command imports, and how long it takes beside Python itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.startup import measure

SHOP = Path(__file__).parent.parent / "examples" / "shop"
SLACK = 1.6
"""The bounds hold on a quiet computer (benchmarks/startup.py); tests share theirs."""


def imported_by(code, *arguments):
    run = [
        sys.executable,
        "-c",
        f"{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)",
        *arguments,
    ]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_import_segql_imports_nothing_else():
    heavy = {"lark", "sqlglot", "duckdb", "pydantic", "typer", "pyarrow"}
    assert not imported_by("import sys, segql; segql.__version__") & heavy


def test_the_version_is_printed_without_the_application():
    code = "import sys; sys.argv = ['segql', '--version']; import segql.cli; segql.cli.main()"
    assert not imported_by(code) & {"typer", "pydantic", "lark", "sqlglot", "duckdb"}


def test_a_second_check_imports_no_library(tmp_path):
    shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns(".segql"))
    code = (
        "import sys; sys.argv = ['segql', 'check', sys.argv[1]]\nfrom segql.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert "sqlglot" in imported_by(code, str(tmp_path / "shop"))
    assert not imported_by(code, str(tmp_path / "shop")) & {
        *("lark", "sqlglot", "duckdb", "pydantic", "typer", "rich")
    }


def test_time_beside_python(tmp_path):
    shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns(".segql"))
    ratios = measure(tmp_path / "shop", runs=7)
    assert ratios["segql --version"] <= 6 * SLACK
    assert ratios["segql check (second run)"] <= 18 * SLACK
