"""Makes the data of the shop example: `python generate.py [FOLDER]`.

The same rows in every run: only `random.Random(SEED).random()` is drawn from, whose sequence
Python guarantees, and no clock is read. Needs DuckDB and nothing else. All times are UTC.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import duckdb
from generator.chance import Chance, Row
from generator.contact import (
    make_email_events,
    make_survey_answers,
    make_tickets,
    make_web_events,
)
from generator.names import STORES
from generator.people import (
    Person,
    make_accounts,
    make_customer,
    make_households,
    make_subscriptions,
    make_topics,
)
from generator.schema import COLUMNS
from generator.shopping import make_orders, make_products, make_store_visits

SEED = 20260101
CUSTOMERS = 5_000


def make_tables() -> dict[str, list[Row]]:
    """All rows of all tables, by table."""
    c = Chance(SEED)
    products = make_products(c)
    people = [Person(c, number) for number in range(1, CUSTOMERS + 1)]
    customers = [make_customer(c, person) for person in people]
    orders, lines = make_orders(c, people, products)
    names = ("store_id", "name", "city", "country", "opened_on")
    stores = [dict(zip(names, (i, *store), strict=True)) for i, store in enumerate(STORES, 1)]
    return {
        "accounts": make_accounts(c),
        "households": make_households(c, customers),
        "customers": customers,
        "products": products,
        "stores": stores,
        "orders": orders,
        "order_lines": lines,
        "web_events": make_web_events(c, people, orders, products),
        "email_events": make_email_events(c, people),
        "tickets": make_tickets(c, orders, people),
        "survey_answers": make_survey_answers(c, people),
        "subscriptions": make_subscriptions(c, people),
        "store_visits": make_store_visits(c, people),
        "newsletter_topics": make_topics(c, customers),
    }


def write(tables: dict[str, list[Row]], folder: Path) -> None:
    """One Parquet file a table, through a JSON file that DuckDB reads with declared types."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as db:
        for name, rows in tables.items():
            lines = Path(scratch) / f"{name}.jsonl"
            with lines.open("w", encoding="utf-8") as out:
                out.writelines(
                    json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rows
                )
            db.execute(f"create table {name} ({COLUMNS[name]})")
            db.execute(f"copy {name} from '{lines}' (format json)")
            file = (folder / f"{name}.parquet").as_posix().replace("'", "''")
            db.execute(
                f"copy {name} to '{file}' (format parquet, compression zstd,"
                " compression_level 19, parquet_version v2)"
            )
            print(f"{name:18} {len(rows):7} rows", file=sys.stderr)


if __name__ == "__main__":
    default = Path(__file__).parent / "data"
    write(make_tables(), Path(sys.argv[1]) if len(sys.argv) > 1 else default)
