"""Start-up is part of the interface: what a command imports, and how long it takes beside Python itself."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

from benchmarks.startup import measure
from segql.cli.ending import outlive

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


def test_what_outlives_a_command_is_left_to_the_garbage_collector():
    class Large:
        pass

    large = Large()
    known = weakref.ref(large)
    gc.disable()
    try:
        outlive(large)
        del large
        assert known() is not None
    finally:
        gc.enable()
    gc.collect()
    assert known() is None


def test_what_runs_a_check_may_tell_something_at_the_end(tmp_path):
    """A profiler, a measurement of coverage: the process ends as others do."""
    shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns(".segql"))
    run = [sys.executable, "-m", "cProfile", "-m", "segql", "check", str(tmp_path / "shop")]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0
    assert "no faults" in done.stdout
    assert "function calls" in done.stdout


def test_time_beside_python(tmp_path):
    shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns(".segql"))
    ratios = measure(tmp_path / "shop", runs=7)
    assert ratios["segql --version"] <= 6 * SLACK
    assert ratios["segql check (second run)"] <= 18 * SLACK
