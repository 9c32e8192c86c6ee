"""`segql export` of a million and of ten million keys: seconds and peak memory, on DuckDB and Postgres, in each format.

    python -m benchmarks.export [KEYS ...]

The rows are made in SQL by the engines themselves. Each export is a process of its own, whose peak of resident memory
is measured. Ends with 1 where one needs more than `BOUND`, or writes another number of keys.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow.parquet

from tests.support.postgres import start_server

KEYS = (1_000_000, 10_000_000)
BOUND = 500
"""Megabytes. Ten million keys as Python values alone would be more."""
TOML = """\
[project]
name = "many"
timezone = "UTC"
[targets.duckdb]
engine = "duckdb"
database = "many.duckdb"
[targets.postgres]
engine = "postgres"
connection = "${SEGQL_MANY}"
"""
SEG = """\
entity person {
  table people
  key person_id: int
}

segment everyone of person {
  where { person_id > 0 }
}
"""
MEASURED = """\
import resource, sys
from segql.cli import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak // (1024 if sys.platform == "linux" else 1024 * 1024), file=sys.stderr)
"""


def main(keys: tuple[int, ...]) -> int:
    server = start_server()
    held = True
    try:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "segql.toml").write_text(TOML, encoding="utf-8")
            (root / "many.seg").write_text(SEG, encoding="utf-8")
            for count in keys:
                with duckdb.connect(str(root / "many.duckdb")) as database:
                    database.execute(
                        f"CREATE OR REPLACE TABLE people AS SELECT 1 + (range * 7919 % {count})::INT AS person_id"
                        f" FROM range({count})"
                    )
                with server.connect() as connection:
                    connection.execute("DROP TABLE IF EXISTS people")
                    connection.execute(
                        f"CREATE TABLE people AS SELECT 1 + (n * 7919::bigint % {count})::int AS person_id"
                        f" FROM generate_series(0, {count - 1}) AS n".encode()
                    )
                for target in ("duckdb", "postgres"):
                    for ending in ("csv", "jsonl", "parquet"):
                        held &= _measure(root, server.url(), target, ending, count)
    finally:
        server.stop()
    return 0 if held else 1


def _measure(root: Path, url: str, target: str, ending: str, count: int) -> bool:
    name = f"members.{ending}"
    started = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, "export", "everyone", "--target", target, "-o", name],
        cwd=root,
        env={**os.environ, "SEGQL_MANY": url},
        capture_output=True,
        text=True,
        check=True,
    )
    took = time.perf_counter() - started
    peak = int(run.stderr.split()[-1])
    written = _rows(root / name)
    print(f"{count:>12,} keys  {target:8} {ending:8} {took:7.1f} s {peak:6,} MB", flush=True)
    if written != count:
        print(f"  {written:,} were written")
    return peak <= BOUND and written == count


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pyarrow.parquet.ParquetFile(path).metadata.num_rows)
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    return lines - (path.suffix == ".csv")


if __name__ == "__main__":
    sys.exit(main(tuple(int(word) for word in sys.argv[1:]) or KEYS))
