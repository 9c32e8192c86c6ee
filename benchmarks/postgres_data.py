"""The shop example many times over in a Postgres: 200,000 customers with 4 million orders, and all else in proportion.

The rows of `examples/shop/data` are copied once by `COPY`; the server multiplies them. Each copy of the shop has
customers, products and stores of its own; the orders of a customer come one to five times, at other times and for
other amounts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import duckdb
import psycopg

SHOP = Path(__file__).parent.parent / "examples" / "shop"
COPIES = 40
"""5,000 customers and 33,637 orders each."""
ORDER_COPIES = 5

TYPES = {
    "INTEGER": "integer",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamptz",
    "DATE": "date",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "VARCHAR[]": "text[]",
    "JSON": "jsonb",
}

KEYS = {
    "accounts": ("account_id",),
    "customers": ("customer_id",),
    "email_events": ("event_id",),
    "households": ("household_id",),
    "newsletter_topics": (),
    "order_lines": ("order_id", "line_no"),
    "orders": ("order_id",),
    "products": ("product_id",),
    "store_visits": ("visit_id",),
    "stores": ("store_id",),
    "subscriptions": ("subscription_id",),
    "survey_answers": (),
    "tickets": ("ticket_id",),
    "web_events": ("event_id",),
}

INDEXES = (
    "customers (household_id)",
    "customers (account_id)",
    "email_events (customer_id, happened_at)",
    "newsletter_topics (customer_id)",
    "order_lines (product_id)",
    "orders (customer_id, ordered_at)",
    "orders (store_id)",
    "store_visits (customer_id, visited_on)",
    "store_visits (store_id)",
    "subscriptions (customer_id)",
    "survey_answers (customer_id)",
    "tickets (customer_id, opened_at)",
    "web_events (customer_id, happened_at)",
    "web_events (product_id)",
)

TIMES = {
    "email_events": "happened_at",
    "orders": "ordered_at",
    "store_visits": "visited_on",
    "tickets": "opened_at",
    "web_events": "happened_at",
}
"""Events are stored in the order of their time, as they come."""


def fill(connection: psycopg.Connection[Any], copies: int = COPIES) -> None:
    """Make and fill the tables, with their indexes and statistics. The connection commits each statement."""
    columns: dict[str, dict[str, str]] = {}
    for table in KEYS:
        columns[table] = _copy(connection, table)
    for table in KEYS:
        _run(connection, _multiplied(table, columns[table], copies))
        if KEYS[table]:
            _run(connection, f"ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(KEYS[table])})")
    for index in INDEXES:
        _run(connection, f"CREATE INDEX ON {index}")
    _run(connection, "DROP SCHEMA one CASCADE")
    _run(connection, "VACUUM ANALYZE")


def _run(connection: psycopg.Connection[Any], sql: str) -> None:
    connection.execute(sql.encode())


def _copy(connection: psycopg.Connection[Any], table: str) -> dict[str, str]:
    """The rows of the example as `one.TABLE`; its columns and their types."""
    with duckdb.connect() as db:
        db.execute(
            f"SET TimeZone = 'UTC'; CREATE TABLE t AS FROM '{SHOP / 'data' / table}.parquet'"
        )
        described = db.execute("DESCRIBE t").fetchall()
        types = {row[0]: TYPES.get(row[1], cast(str, row[1])) for row in described}
        stamps = [name for name, type_ in types.items() if type_ == "timestamptz"]
        replaced = ", ".join(f"{name}::VARCHAR || '+00' AS {name}" for name in stamps)
        rows = db.execute(f"SELECT * {f'REPLACE ({replaced})' if stamps else ''} FROM t").fetchall()
    _run(connection, "CREATE SCHEMA IF NOT EXISTS one")
    _run(
        connection, f"CREATE UNLOGGED TABLE one.{table} ({', '.join(map(' '.join, types.items()))})"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY one.{table} FROM STDIN".encode()) as copy,
    ):
        for row in rows:
            copy.write_row(row)
    return types


def _multiplied(table: str, columns: dict[str, str], copies: int) -> str:
    """`CREATE TABLE … AS`: each copy with ids of its own."""
    by_order = "order_id" in columns
    values = [f"{_value(table, name, type_)} AS {name}" for name, type_ in columns.items()]
    source = f"one.{table} AS t CROSS JOIN generate_series(0, {copies - 1}) AS c"
    if by_order:
        owner = "t" if table == "orders" else "o"
        source += "" if table == "orders" else " JOIN one.orders AS o USING (order_id)"
        times = f"generate_series(0, ({owner}.customer_id + c) % {ORDER_COPIES})"
        source += f" CROSS JOIN LATERAL {times} AS k"
    order = TIMES.get(table) or ", ".join(KEYS[table]) or "1"
    return f"CREATE TABLE {table} AS SELECT {', '.join(values)} FROM {source} ORDER BY {order}"


def _value(table: str, name: str, type_: str) -> str:
    if name == "order_id":
        return f"t.{name} + (c * {ORDER_COPIES} + k) * (SELECT max({name}) + 1 FROM one.orders)"
    if name.endswith("_id"):
        owner = next((owner for owner, keys in KEYS.items() if keys == (name,)), table)
        owner = table if name == "event_id" else owner
        return f"t.{name} + c * (SELECT max({name}) + 1 FROM one.{owner})"
    if table == "orders" and type_ == "timestamptz":
        return f"t.{name} - k * (11 + t.order_id % 50) * interval '1 day'"
    if table == "orders" and name == "amount":
        return f"round(t.{name} * (80 + (t.order_id * 7 + c * 13 + k * 5) % 41) / 100, 2)::{type_}"
    return f"t.{name}"
