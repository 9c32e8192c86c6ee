"""How long `segql model draft` and `segql model check` take on 200,000 customers with 4 million orders in DuckDB.

    python -m benchmarks.model [ORDERS]

Prints the seconds of each; ends with 1 where the check takes longer than `BOUND`, or finds what is not there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb

import segql

ORDERS = 4_000_000
BOUND = 60.0  # seconds for the check; a laptop needs a few
TABLES = (
    """create table customers as
    select i::int as customer_id, timestamp '2020-01-01' + to_seconds(i * 600) as created_at,
      ['PL', 'DE', 'FR'][i % 3 + 1] as country, ['free', 'pro', 'team'][i % 3 + 1] as plan, i % 2 = 0 as opt_in
    from range(200000) t(i)""",
    """create table stores as select i::int as store_id, 'S' || i as name from range(500) t(i)""",
    """create table orders as
    select i::int as order_id, (i * 7919 % 200000)::int as customer_id,
      timestamp '2024-01-01' + to_seconds(i * 104729 % 60000000) as ordered_at,
      (i * 31 % 100000 / 100)::decimal(12, 2) as amount,
      ['paid', 'open', 'refunded'][i % 3 + 1] as status, ['web', 'app', 'store'][i // 7 % 3 + 1] as channel,
      (i % 500)::int as store_id, case when i % 4 = 0 then 'V' || (i % 1000) end as voucher
    from range($orders) t(i)""",
)
TOML = """\
[project]
name = "big"
timezone = "UTC"
[targets.main]
engine = "duckdb"
database = "big.duckdb"
"""


def main(orders: int = ORDERS) -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "segql.toml").write_text(TOML, encoding="utf-8")
        with duckdb.connect(str(root / "big.duckdb")) as db:
            for table in TABLES:
                db.execute(table, {"orders": orders} if "$orders" in table else None)
        started = time.perf_counter()
        text = segql.load(root, cache=False).draft_model()
        drafted = time.perf_counter() - started
        (root / "model.seg").write_text(text, encoding="utf-8")
        started = time.perf_counter()
        found = segql.load(root, cache=False).check_model(as_of="2027-01-01")
        checked = time.perf_counter() - started
    rows = sum(source.rows for source in found.sources)
    print(f"draft  {drafted:6.1f} s")
    print(f"check  {checked:6.1f} s  {rows:,} rows, {len(found.findings)} findings")
    return 0 if checked <= BOUND and not found.findings else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
