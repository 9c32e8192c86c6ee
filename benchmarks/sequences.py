"""Sequences in DuckDB: how their cost grows with the number of events, and with one customer who owns a million.

    python benchmarks/sequences.py [--sizes 1 4 16] [--heavy 1] [--repeat N] [--limit 1.6] [--show] [--threads N]

Sizes are in millions of events. For each sequence: the seconds (the median of the repeats), nanoseconds for each event
and binary digit of their number (constant where the cost grows as n log n), and the growth from the size before,
divided by that of n log n. `heavy` puts its events on one customer. The exit code is 1 where that quotient is above
the limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime
from math import log2

import duckdb

from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Model, Settings
from segql.plan import plan
from segql.source import SourceFile
from segql.sql.compile import members
from segql.syntax.parser import parse

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
MILLION = 1_000_000

MODEL = """
entity customer {
  table customers
  key   customer_id: int
}
event visit of customer {
  table events
  key   event_id: int
  on    customer_id
  at    happened: timestamp
  only { kind = "visit" }
  kind:       text
  product_id: int
}
event cart_add of customer {
  table events
  key   event_id: int
  on    customer_id
  at    happened: timestamp
  only { kind = "cart_add" }
  kind:       text
  product_id: int
}
event purchase of customer {
  table events
  key   event_id: int
  on    customer_id
  at    happened: timestamp
  only { kind = "purchase" }
  kind:       text
  product_id: int
}
event touch of customer {
  table events
  key   event_id: int
  on    customer_id
  at    happened: timestamp
  product_id: int
}
segment funnel of customer {
  where { sequence {
    visit
    then cart_add within 10 days
    then purchase within 30 days
  } }
}
segment abandoned of customer {
  where { sequence by product_id {
    latest cart_add
    then no purchase within 14 days
  } }
}
segment everything of customer {
  where { sequence by product_id in last 180 days {
    visit
    then cart_add within 30 days
    no purchase
    then cart_add after 1 hour within 60 days of start
    then purchase within 3 months
    then no visit within 3 days
  } }
}
segment same_event of customer {
  where { sequence {
    touch
    then next touch within 5 days
    then next touch within 5 days
    then next touch within 5 days
    then touch after 20 hours within 20 days of start
  } }
}
"""

EVENTS = """
CREATE OR REPLACE TABLE events AS
SELECT
    i AS event_id,
    (hash(i, 1) % $customers)::INTEGER AS customer_id,
    TIMESTAMP '2025-01-01' + to_microseconds((hash(i, 2) % 31535999000000)::BIGINT) AS happened,
    (['visit', 'visit', 'visit', 'visit', 'cart_add', 'cart_add', 'purchase'])[1 + (hash(i, 3) % 7)::INTEGER] AS kind,
    (hash(i, 4) % 5)::INTEGER AS product_id
FROM range($events) AS t(i)
"""
CUSTOMERS = "CREATE OR REPLACE TABLE customers AS SELECT i::INTEGER AS customer_id FROM range($customers) AS t(i)"


def build(connection: duckdb.DuckDBPyConnection, events: int, customers: int) -> None:
    for sql in (EVENTS, CUSTOMERS):
        connection.execute(
            sql.replace("$events", str(events)).replace("$customers", str(customers))
        )


def model() -> Model:
    parsed = parse(SourceFile("sequences.seg", MODEL))
    resolved = resolve([parsed.file], Settings("Europe/Warsaw"))
    faults = [d.message for d in (*parsed.diagnostics, *resolved.diagnostics) if d.is_error]
    if faults:
        raise SystemExit("\n".join(faults))
    return resolved


def measure(connection: duckdb.DuckDBPyConnection, sql: str, repeat: int) -> tuple[float, int]:
    """The median of the seconds, and the number of members."""
    timings = []
    for _ in range(repeat):
        start = time.perf_counter()
        found = connection.sql(sql).to_arrow_table().num_rows
        timings.append(time.perf_counter() - start)
    return statistics.median(timings), found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 4, 16])
    parser.add_argument("--heavy", type=float, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--limit", type=float, default=1.6)
    parser.add_argument("--only", help="one segment")
    parser.add_argument("--show", action="store_true", help="print the SQL")
    asked = parser.parse_args()
    resolved = model()
    clock = Clock(AS_OF, resolved.settings)
    names = [asked.only] if asked.only else list(resolved.segments)
    queries = {name: members(plan(resolved, [name], clock), name, "duckdb") for name in names}
    if asked.show:
        print("\n\n".join(queries.values()))
    before: dict[str, tuple[float, float]] = {}
    worst = 0.0
    print(
        f"{'events':>11} {'customers':>9} {'sequence':12} {'members':>8} {'seconds':>8}"
        f" {'ns/(n log n)':>12} {'growth / n log n':>16}"
    )
    with duckdb.connect() as connection:
        if asked.threads:
            connection.execute(f"SET threads = {asked.threads}")
        runs = [(round(size * MILLION), False) for size in sorted(asked.sizes)]
        for events, heavy in [*runs, (round(asked.heavy * MILLION), True)]:
            customers = 1 if heavy else max(1, events // 20)
            build(connection, events, customers)
            for name, sql in queries.items():
                seconds, found = measure(connection, sql, asked.repeat)
                work = events * log2(events)
                shown = ""
                if name in before and not heavy:
                    growth = seconds / before[name][0] / (work / before[name][1])
                    worst = max(worst, growth)
                    shown = f"{growth:.2f}"
                if not heavy:
                    before[name] = (seconds, work)
                print(
                    f"{events:11,} {customers:9,} {name:12} {found:8,} {seconds:8.2f}"
                    f" {seconds / work * 1e9:12.2f} {shown:>16}",
                    flush=True,
                )
    print(f"largest growth: {worst:.2f} of n log n (limit {asked.limit})")
    return 1 if worst > asked.limit else 0


if __name__ == "__main__":
    sys.exit(main())
