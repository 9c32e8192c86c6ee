"""One segment at a time in DuckDB: the SQL that segql writes beside what an expert writes by hand.

    python -m benchmarks.single [--customers N] [--orders N] [--repeat N] [--database FILE] [--only NAME] [--plain]

Both sides run in one process, taking turns; the members must be the same; the last column is the ratio of the medians.
The exit code is 1 where a result differs or a ratio is above `--limit` (1.15).
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.single_cases import CASES, MODEL
from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Model, Settings
from segql.plan import plan
from segql.source import SourceFile
from segql.sql.compile import members
from segql.syntax.parser import parse

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

CUSTOMERS = """
CREATE TABLE customers AS
SELECT
    i::INTEGER AS customer_id,
    TIMESTAMP '2018-01-01' + to_seconds((hash(i, 1) % 252000000)::BIGINT) AS created_ts,
    CASE WHEN hash(i, 2) % 10 < 9
         THEN (['PL', 'PL', 'PL', 'DE', 'DE', 'CZ', 'FR', 'IT'])[1 + (hash(i, 3) % 8)::INTEGER] END AS country,
    CASE WHEN hash(i, 4) % 10 < 8
         THEN DATE '1945-01-01' + (hash(i, 5) % 23000)::INTEGER END AS birth_date,
    hash(i, 6) % 3 > 0 AS email_opt_in,
    (['free', 'free', 'free', 'pro', 'team'])[1 + (hash(i, 7) % 5)::INTEGER] AS plan,
    list_transform(range((hash(i, 8) % 4)::BIGINT),
        lambda x: (['spa', 'skincare', 'garden', 'yoga', 'books', 'dogs', 'travel'])[1 + (hash(i, 9, x) % 7)::INTEGER])
        AS interests,
    'user' || i || CASE WHEN hash(i, 10) % 50 = 0 THEN '@Mila.example' ELSE '@mail.example' END AS email
FROM range($customers) AS t(i)
"""

ORDERS = """
CREATE TABLE orders AS
SELECT
    i AS order_id,
    -- squared: some customers order much, many little, some never
    (pow((hash(i, 1) % 1000000) / 1000000.0, 2) * $customers * 0.98)::INTEGER AS customer_id,
    TIMESTAMP '2020-01-01' + to_microseconds((i * (189388800000000 / $orders))::BIGINT) AS ordered_at,
    ((hash(i, 2) % 20000) / 100.0 + 5)::DECIMAL(12, 2) AS amount,
    (['paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'open', 'refunded'])[1 + (hash(i, 3) % 9)::INTEGER]
        AS status,
    (['web', 'web', 'app', 'store'])[1 + (hash(i, 4) % 4)::INTEGER] AS channel,
    (hash(i, 5) % 200)::INTEGER AS store_id
FROM range($orders) AS t(i)
"""

STORES = """
CREATE TABLE stores AS
SELECT i::INTEGER AS store_id, (['Warsaw', 'Lodz', 'Berlin', 'Paris', 'Prague'])[1 + (i % 5)::INTEGER] AS city
FROM range(200) AS t(i)
"""


def build(path: Path, customers: int, orders: int) -> None:
    """Fill a database file, if it is not there."""
    if path.exists():
        return
    with duckdb.connect(str(path)) as connection:
        connection.execute(CUSTOMERS.replace("$customers", str(customers)))
        connection.execute(
            ORDERS.replace("$customers", str(customers)).replace("$orders", str(orders))
        )
        connection.execute(STORES)


def model() -> Model:
    file = SourceFile("single.seg", MODEL)
    parsed = parse(file)
    resolved = resolve([parsed.file], Settings("Europe/Warsaw"))
    faults = [d.message for d in (*parsed.diagnostics, *resolved.diagnostics) if d.is_error]
    if faults:
        raise SystemExit("\n".join(faults))
    return resolved


def timed(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    start = time.perf_counter()
    connection.sql(sql).to_arrow_table()
    return time.perf_counter() - start


def same(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> tuple[int, int]:
    """The number of members, and of those that only one side has."""
    size = f"SELECT COUNT(*) FROM ({one})"
    differ = f"SELECT COUNT(*) FROM (({one}) EXCEPT ALL ({other}) UNION ALL (({other}) EXCEPT ALL ({one})))"
    return (
        connection.execute(size).fetchall()[0][0],
        connection.execute(differ).fetchall()[0][0],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=20_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--database", type=Path, help="kept there, and built where it is missing")
    parser.add_argument("--only", help="one segment")
    parser.add_argument("--show", action="store_true", help="print the SQL")
    parser.add_argument("--limit", type=float, default=1.15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.database or Path(folder) / "single.duckdb"
        build(path, asked.customers, asked.orders)
        with duckdb.connect(str(path), read_only=True) as connection:
            return run(connection, asked)


def run(connection: duckdb.DuckDBPyConnection, asked: argparse.Namespace) -> int:
    resolved = model()
    clock = Clock(AS_OF, resolved.settings)
    print(f"{'segment':28} {'members':>9} {'expert':>9} {'segql':>9} {'ratio':>6}")
    bad = 0
    for name, expert in CASES.items():
        if asked.only and name != asked.only:
            continue
        ours = members(plan(resolved, [name], clock), name, "duckdb")
        if asked.show:
            print(ours)
        size, differ = same(connection, ours, expert)
        timings: tuple[list[float], list[float]] = ([], [])
        gc.collect()
        for turn in range(asked.repeat + 1):
            for side, sql in enumerate((expert, ours) if turn % 2 else (ours, expert)):
                took = timed(connection, sql)
                if turn:  # the first is for warming up
                    timings[side if turn % 2 else 1 - side].append(took)
        by_hand, by_us = map(statistics.median, timings)
        ratio = by_us / by_hand
        mark = f" {differ} DIFFER" if differ else "" if ratio <= asked.limit else " SLOW"
        bad += bool(mark)
        print(
            f"{name:28} {size:9,} {by_hand * 1000:7.1f}ms {by_us * 1000:7.1f}ms {ratio:6.2f}{mark}",
            flush=True,
        )
    print(f"{bad} of {len(CASES)} differ or are slow" if bad else "all equal and fast enough")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
