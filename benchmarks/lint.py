"""1,000 files of one segment each: `segql check` with all rules and `segql fmt --check`, beside other tools.

`python -m benchmarks.lint [--segments 1000] [--sqlfluff 20] [--sqlmesh-python PATH]` (extra `segql[bench]`) makes all
of it from one seed and prints, for each task, its time, the ratio, and the bound; it ends with 1 where a bound is
not held.

- `prqlc` compiles 1,000 queries of like content in one process, imports not counted; ours are processes of their own,
  everything counted: `check` with every rule selected, with an empty cache and again; `fmt --check` again.
- `sqlfluff lint` reads the SQL that is compiled from the same segments, in one process, imports not counted. It needs
  a second or more for each statement, so it gets the first few, and its time is scaled up to all of them.
- `sqlmesh lint` reads a project of as many models with the same SQL, with all its rules. It cannot be installed beside
  segql (it asks for another version of sqlglot): `--sqlmesh-python` is the Python of an environment that has it;
  without it, one is made in a temporary folder.

Cold is the first run of a command after the project was written: neither segql's `.segql/cache` nor sqlmesh's `.cache`
is there. Warm is the second run, with what the first has kept. Of five runs of each of ours the median counts; cold
checks take turns with three cold runs of sqlmesh, so that a slow minute of the machine meets both. Both sides are
processes of their own, everything counted, as their users start them: on Linux both share the work with
copies of the process, segql with one for each other processor (`segql.project.processes`), sqlmesh with
`MAX_FORK_WORKERS`, as many as processors by default. The byte code of Python and the files of the system are warm for
both.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from benchmarks.compile import MODEL, TOML, conditions, query, segment, time_prqlc

AS_OF = "2026-01-01"
FASTER = 20.0
"""How many times faster than sqlfluff and sqlmesh."""
REPEATS = 5
"""Of each command of ours, of which the median counts."""
TURNS = 3
"""Cold runs of sqlmesh, of which the median counts, with as many pairs of cold checks between them."""

SQLMESH = """
gateways:
  local:
    connection:
      type: duckdb
model_defaults:
  dialect: duckdb
linter:
  enabled: true
  rules: ALL
"""


def make(folder: Path, count: int) -> list[str]:
    """Write a project of one segment a file; the PRQL queries."""
    import random

    rng = random.Random(12)
    made = [conditions(rng) for _ in range(count)]
    (folder / "segql.toml").write_text(TOML, encoding="utf-8")
    (folder / "model.seg").write_text(MODEL.lstrip(), encoding="utf-8")
    for number, items in enumerate(made):
        path = folder / f"audience_{number:04}.seg"
        path.write_text(segment(number, items), encoding="utf-8")
    return [query(items) for items in made]


def segql(folder: Path, *arguments: str, fine: tuple[int, ...]) -> float:
    """Seconds of one command, start of Python included."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "segql", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    seconds = time.perf_counter() - start
    if done.returncode not in fine:
        raise RuntimeError(f"{arguments}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return seconds


def check_cold(folder: Path) -> float:
    """Seconds of a check that finds nothing kept."""
    shutil.rmtree(folder / ".segql", ignore_errors=True)
    return segql(folder, "check", fine=(0, 1))


def repeated(folder: Path, *arguments: str, fine: tuple[int, ...]) -> float:
    """The median of the seconds of a command."""
    return statistics.median(segql(folder, *arguments, fine=fine) for _ in range(REPEATS))


def statements(folder: Path, count: int) -> list[str]:
    """The compiled SQL of each segment."""
    import segql as package

    project = package.load(folder)
    names = [f"audience_{number}" for number in range(count)]
    return list(project.sql_of(names, "duckdb", AS_OF).values())


def time_sqlfluff(texts: list[str], count: int) -> float:
    """Seconds that sqlfluff would need for all statements."""
    from sqlfluff.core import FluffConfig, Linter

    linter = Linter(config=FluffConfig(overrides={"dialect": "duckdb"}))
    linter.lint_string(texts[0])
    start = time.perf_counter()
    for text in texts[:count]:
        linter.lint_string(text)
    return (time.perf_counter() - start) * len(texts) / count


def make_sqlmesh(folder: Path, texts: list[str]) -> None:
    """Write a project of sqlmesh with one model a statement."""
    models = folder / "models"
    models.mkdir(parents=True)
    (folder / "config.yaml").write_text(SQLMESH, encoding="utf-8")
    for number, text in enumerate(texts):
        head = f"MODEL (name made.audience_{number:04}, kind VIEW, owner 'x', description 'x');\n"
        (models / f"audience_{number:04}.sql").write_text(head + text + ";\n", encoding="utf-8")


def time_sqlmesh(folder: Path, python: str) -> float:
    """Seconds of `sqlmesh lint`."""
    start = time.perf_counter()
    done = subprocess.run(
        [str(Path(python).with_name("sqlmesh")), "-p", str(folder), "lint"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    seconds = time.perf_counter() - start
    told = done.stdout + done.stderr
    if "audience_0000" not in told and done.returncode not in (0, 1):
        raise RuntimeError(f"sqlmesh did not lint: {told[-800:]}")
    return seconds


def cold_in_turns(ours: Path, theirs: Path, python: str) -> tuple[float, float]:
    """Medians of the seconds of cold runs: `check`, `sqlmesh lint`."""
    checks, lints = [], []
    for _ in range(TURNS):
        checks += [check_cold(ours), check_cold(ours)]
        shutil.rmtree(theirs / ".cache", ignore_errors=True)
        lints.append(time_sqlmesh(theirs, python))
    return statistics.median(checks), statistics.median(lints)


def environment_of_sqlmesh(folder: Path) -> str:
    """The Python of a new environment with sqlmesh."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "sqlmesh"], check=True)
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--segments", type=int, default=1000)
    parser.add_argument("--sqlfluff", type=int, default=20, metavar="N")
    parser.add_argument("--sqlmesh-python", metavar="PATH")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        folder.mkdir()
        queries = make(folder, asked.segments)
        prqlc = time_prqlc(queries)
        check_cold(folder)
        again = repeated(folder, "check", fine=(0, 1))
        segql(folder, "fmt", "--check", fine=(0,))
        fmt = repeated(folder, "fmt", "--check", fine=(0,))
        prqlc = min(prqlc, time_prqlc(queries))
        texts = statements(folder, asked.segments)
        sqlfluff = time_sqlfluff(texts, min(asked.sqlfluff, len(texts)))
        python = asked.sqlmesh_python or environment_of_sqlmesh(Path(name) / "venv")
        make_sqlmesh(Path(name) / "sqlmesh", texts)
        cold, sqlmesh = cold_in_turns(folder, Path(name) / "sqlmesh", python)
        sqlmesh_again = time_sqlmesh(Path(name) / "sqlmesh", python)
    print(f"{'prqlc, ' + str(asked.segments) + ' queries':28} {prqlc:8.2f} s")
    held = True
    for task, seconds, bound in (
        ("check, all rules, cold", cold, 1.2),
        ("check, all rules, warm", again, 1 / 6),
        ("fmt --check, warm", fmt, 1 / 6),
    ):
        held &= seconds / prqlc <= bound
        print(f"{task:28} {seconds:8.2f} s {seconds / prqlc:7.2f} x of prqlc, at most {bound:.2f}")
    for task, seconds, beside, ours in (
        ("sqlfluff lint", sqlfluff, "cold", cold),
        ("sqlmesh lint, cold", sqlmesh, "cold", cold),
        ("sqlmesh lint, warm", sqlmesh_again, "warm", again),
    ):
        held &= seconds / ours >= FASTER
        times = f"{seconds / ours:7.1f} x of check, {beside}; at least {FASTER:.0f}"
        print(f"{task:28} {seconds:8.2f} s {times}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
