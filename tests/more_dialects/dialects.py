"""The dialects that are run here, and what each must be able to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from segql.model import nodes
from tests.support import evaluate
from tests.support.tables import Database, Physical


class Dialect(Protocol):
    """An engine that statements of a dialect are run on."""

    dialect: str

    def load(self, model: nodes.Model, database: Database, physical: Physical) -> None: ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def members(self, model: nodes.Model, segment: str, as_of: datetime) -> list[evaluate.Key]: ...

    def values(
        self, model: nodes.Model, trait: str, as_of: datetime
    ) -> dict[evaluate.Key, object]: ...

    def close(self) -> None:
        """Ends the engine, and its processes."""


def _clickhouse() -> Dialect:
    from tests.more_dialects.clickhouse import ClickHouse

    return ClickHouse()


def _spark() -> Dialect:
    from tests.more_dialects.spark import Spark

    return Spark()


DIALECTS: dict[str, Callable[[], Dialect]] = {"clickhouse": _clickhouse, "spark": _spark}
