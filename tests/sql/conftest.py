"""The engines that operations are tried on: DuckDB, and Postgres of the chosen major."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sql.operations import Engine, duckdb_engine, postgres_engine


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "duckdb":
        with duckdb_engine() as found:
            yield found
    else:
        with postgres_engine(request.getfixturevalue("postgres").url()) as found:
            yield found
