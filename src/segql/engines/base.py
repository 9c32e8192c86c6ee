"""The protocol of an engine, its results, and how a failure is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from segql.errors import EngineError, StatementError

if TYPE_CHECKING:
    import pyarrow

Row: TypeAlias = tuple[object, ...]
BATCH = 10_000
"""Rows of one batch of a stream: large enough to be quick, small beside any memory."""
NUMERIC = (38, 9)
"""Digits, and those behind the point, of a number in an Arrow stream of which the engine does not say them."""

CAUSE_LENGTH = 200


@dataclass(frozen=True)
class Result:
    """All rows of a statement: the names of its columns, and its rows as Python values."""

    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True)
class Stream:
    """The rows of a statement batch by batch, each read when it is asked for."""

    columns: tuple[str, ...]
    batches: Iterator[list[Row]]


@dataclass(frozen=True)
class ArrowStream:
    """The same as Arrow batches, each of some ten thousand rows."""

    schema: pyarrow.Schema
    batches: Iterator[pyarrow.RecordBatch]


@dataclass(frozen=True)
class Estimate:
    """What an engine expects of a statement that it has not run; None where it does not say."""

    plan: str
    """The engine's own text."""
    rows: int | None = None
    """How many rows the statement gives."""
    cost: float | None = None
    """In the engine's own unit: of Postgres the reading of one page is 1."""
    bytes: int | None = None
    """How many are read at most."""


def named_as(columns: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """The columns of a result under their declared names: an engine may tell the case in which a table has them."""
    declared = {name.casefold(): name for name in names}
    return tuple(declared.get(column.casefold(), column) for column in columns)


class Engine(Protocol):
    """A connection to a target's data that runs one `SELECT` after another, and nothing else.

    Each method raises `segql.errors.EngineError`: one sentence that names the target; a `StatementError` where the next
    statement may well be answered. A `KeyboardInterrupt` cancels what runs on the target and goes on; so does the end
    of the time limit, as an `EngineError`.
    """

    def run(self, sql: str) -> Result:
        """All rows of one `SELECT`."""

    def stream(self, sql: str) -> Stream:
        """The rows of one `SELECT`, without holding all of them at once."""

    def arrow(self, sql: str) -> pyarrow.Table:
        """All rows of one `SELECT` as an Arrow table (extra `segql[arrow]`)."""

    def arrow_stream(self, sql: str) -> ArrowStream:
        """The rows of one `SELECT` as Arrow batches (extra `segql[arrow]`), without holding all of them at once."""

    def estimate(self, sql: str) -> Estimate:
        """How the engine would run one `SELECT`, and what it expects; the statement is not run."""

    def close(self) -> None:
        """Leave; nothing was changed."""


_VARIABLE = re.compile(r"\$\{(\w+)\}")


def from_environment(target: str, text: str, environ: Mapping[str, str]) -> str:
    """`text` with each `${NAME}` replaced; a variable that is not set or empty is an `EngineError`."""

    def value(found: re.Match[str]) -> str:
        if not environ.get(found[1]):
            raise failed(
                target,
                f"the environment variable `{found[1]}` is not set",
                f"set `{found[1]}`, or choose another target with `--target`",
            )
        return environ[found[1]]

    return _VARIABLE.sub(value, text)


def failed(target: str, what: str, hint: str = "") -> EngineError:
    """The one message of a failure."""
    return EngineError(f"target `{target}`: {what}", hint)


def refused(target: str, what: str, hint: str = "") -> StatementError:
    """The one message of a failure that is the statement's alone."""
    return StatementError(f"target `{target}`: {what}", hint)


def short(cause: object, secrets: Iterable[str] = ()) -> str:
    """The first sentence of a driver's message, cut, without what must not be shown."""
    lines = str(cause).strip().splitlines() or [""]
    text = re.sub(r"^[A-Z][A-Za-z ]*(?:Error|Exception): ", "", lines[0].strip())
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, "***")
    text = text.rstrip("!. ")
    return text if len(text) <= CAUSE_LENGTH else text[: CAUSE_LENGTH - 1] + "…"


_QUERY = re.compile(r"(?:\s|/\*.*?\*/|--[^\n]*\n|\()*(?:WITH|SELECT)\b", re.IGNORECASE | re.DOTALL)


def is_query(sql: str) -> bool:
    """Whether a statement begins as a question does, behind comments. That it is one only the engine knows."""
    return _QUERY.match(sql) is not None


def import_pyarrow(target: str) -> None:
    """Says clearly that pyarrow is missing, before any work is done."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise failed(
            target,
            "Arrow and Parquet need the package `pyarrow`",
            "install it with `pip install 'segql[arrow]'`",
        ) from None
