"""Snowflake: its SQL is compiled, running it is not supported yet."""

from __future__ import annotations

from segql.engines.base import Engine, failed


def open_snowflake(name: str) -> Engine:
    """Always an `EngineError`."""
    raise failed(
        name,
        "segql does not run statements on Snowflake yet",
        "`segql compile NAME --dialect snowflake` prints the statement",
    )
