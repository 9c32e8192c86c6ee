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
    "snowflake": ("connection", "connection_name", "account"),
}
"""What a target of each engine says of the place of its data: exactly one of these keys. Where statements are compiled
only, a target may have a `connection`."""

NEEDED: Final = frozenset({"duckdb", "postgres"})
"""The engines whose targets must say it; another may be there only for its dialect."""

LOGIN: Final[dict[str, tuple[str, ...]]] = {
    "snowflake": (
        *("user", "password", "token", "private_key_file", "private_key_file_pwd", "authenticator"),
        *("role", "warehouse", "database", "schema"),
        *("host", "port", "protocol", "login_timeout", "request_timeout"),
    )
}
"""What a target may say beside an `account` or a `connection_name`: the names are those of the connector."""

SECRETS: Final = ("password", "token", "private_key_file_pwd")
"""Those of them that come from the environment only."""


def listed(last: str = "or", quote: str = "") -> str:
    """The names for a sentence: `duckdb, postgres or snowflake`."""
    *most, final = (f"{quote}{name}{quote}" for name in DIALECTS)
    return f"{', '.join(most)} {last} {final}"
