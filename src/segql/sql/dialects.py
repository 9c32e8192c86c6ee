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
}
"""By the name of `--dialect`, which is sqlglot's too: what people call it."""


def listed(last: str = "or") -> str:
    """The names for a sentence: `duckdb, postgres or snowflake`."""
    *most, final = DIALECTS
    return f"{', '.join(most)} {last} {final}"
