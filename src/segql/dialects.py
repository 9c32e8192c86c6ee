"""The SQL dialects there are: the one list that a new dialect is entered in.

A dialect NAME is a class `DIALECT` in `segql.sql.NAME` and a table `TABLE` in `segql.sql.capabilities.NAME`. Importing
this costs nothing.
"""

from __future__ import annotations

from typing import Final

DIALECTS: Final[dict[str, str]] = {
    "duckdb": "DuckDB",
    "postgres": "Postgres",
    "snowflake": "Snowflake",
    "clickhouse": "ClickHouse",
    "spark": "Spark",
}
"""By the name of `--dialect`, which is sqlglot's too: what people call it."""

WAYS: Final[dict[str, tuple[str, ...]]] = {
    "duckdb": ("files", "database"),
    "postgres": ("connection",),
}
"""What a target of each engine says of the place of its data: exactly one of these keys. Where statements are compiled
only, a target may have a `connection`, and need not."""


def listed(last: str = "or", quote: str = "") -> str:
    """The names for a sentence: `duckdb, postgres or snowflake`."""
    *most, final = (f"{quote}{name}{quote}" for name in DIALECTS)
    return f"{', '.join(most)} {last} {final}"
