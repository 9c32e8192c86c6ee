"""Snowflake through the official connector (`snowflake-connector-python` 5).

Each statement is submitted without waiting for it, so that its query id is known while it runs and it can be cancelled
on the server; then its status is asked until it is over. The session settings that results or safety rest on are fixed,
whatever the account, the user or the role has: see `_SESSION`.
"""

from __future__ import annotations

import json
import math
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from segql.dialects import SECRETS
from segql.engines.base import (
    BATCH,
    ArrowStream,
    Estimate,
    Result,
    Row,
    Stream,
    failed,
    import_pyarrow,
    is_query,
    refused,
    short,
)
from segql.engines.limits import Limit, interruptible
from segql.engines.promises import Promise, told_missing
from segql.engines.snowflake_login import named_connection, parameters, require_key
from segql.errors import EngineError
from segql.version import __version__

if TYPE_CHECKING:
    import pyarrow
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.cursor import SnowflakeCursor

    from segql.project.config import TargetTable

T = TypeVar("T")
LOGIN_TIMEOUT = 30  # seconds, where the URL does not say it
_SESSION: dict[str, str | int] = {
    "QUERY_TAG": f"segql {__version__}",
    "TIMEZONE": "UTC",
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "ROWS_PER_RESULTSET": 0,
    "JSON_INDENT": 0,
    "STRICT_JSON_OUTPUT": True,
    "MULTI_STATEMENT_COUNT": 1,
    "ABORT_DETACHED_QUERY": True,
}
"""What no text of a statement can prevent, and how lists are shown. `docs/dialects.md` goes through all parameters of
https://docs.snowflake.com/en/sql-reference/parameters."""
_ARRAY = 10
"""https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api#type-codes"""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between two looks at a running statement
_PATIENCE = 30
"""So many looks in a row at a statement of which the server says nothing yet."""


def open_snowflake(
    name: str,
    target: TargetTable,
    root: Path,
    environ: Mapping[str, str],
    promises: Sequence[Promise] = (),
    timeout: timedelta | None = None,
) -> Snowflake:
    """Connect as the target says: see `segql.engines.snowflake_login`."""
    given = parameters(name, target, root, environ)
    try:
        from snowflake import connector
    except ImportError:
        raise failed(
            name,
            "Snowflake needs the package `snowflake-connector-python`",
            "install it with `pip install 'segql[snowflake]'`",
        ) from None
    profile = _profile(name, given.get("connection_name"))
    own = {**profile, **given}
    secrets = tuple(str(own[key]) for key in SECRETS if own.get(key))
    if "private_key_file" in own:
        require_key(name, str(own["private_key_file"]))
    with _told(name, secrets, partial(_not_connected, "private_key_file" in own)):
        connect = partial(
            connector.connect,
            **({} if "login_timeout" in own else {"login_timeout": LOGIN_TIMEOUT}),
            **given,
            application="segql",
            session_parameters=session_parameters(timeout),
            validate_default_parameters=True,
            arrow_number_to_decimal=True,
            enable_server_session_keep_alive_auto_detection=False,
            server_session_keep_alive=False,
        )
        connection = interruptible(connect, lambda: None)
    return Snowflake(name, connection, secrets, promises, timeout)


def _profile(name: str, connection: str | int | None) -> Mapping[str, Any]:
    """What `connections.toml` says of a connection; the connector itself reads it again."""
    if connection is None:
        return {}
    from snowflake.connector.config_manager import CONFIG_MANAGER
    from snowflake.connector.errors import Error

    try:
        known: Any = CONFIG_MANAGER["connections"]
    except Error:
        hint = 'it is TOML: `[NAME]`, and below it lines like `account = "acme-shop"`'
        raise failed(name, "`connections.toml` cannot be read", hint) from None
    return named_connection(name, str(connection), known)


def session_parameters(timeout: timedelta | None) -> dict[str, str | int]:
    """What is set on the session. Should this process vanish, the server stops two seconds behind `timeout`."""
    if timeout is None:
        return dict(_SESSION)
    return _SESSION | {"STATEMENT_TIMEOUT_IN_SECONDS": math.ceil(timeout.total_seconds()) + 2}


class Snowflake:
    """`Engine` over an open connection. Snowflake knows no read-only session: only a single `SELECT` is let through."""

    def __init__(
        self,
        name: str,
        connection: SnowflakeConnection,
        secrets: tuple[str, ...] = (),
        promises: Sequence[Promise] = (),
        timeout: timedelta | None = None,
    ) -> None:
        self._name = name
        self._connection = connection
        self._secrets = secrets
        self._promises = promises
        self._limit = Limit(name, timeout, self._cancel)
        self._running: str | None = None

    def run(self, sql: str) -> Result:
        def work() -> Result:
            cursor = self._answer(sql)
            return Result(_columns(cursor), _with_lists(cursor, cursor.fetchall()))

        return self._ask(work)

    def stream(self, sql: str) -> Stream:
        cursor = self._ask(lambda: self._answer(sql))

        def fetch() -> list[Row] | None:
            return _with_lists(cursor, cursor.fetchmany(BATCH)) or None

        return Stream(_columns(cursor), self._batches(fetch))

    def arrow(self, sql: str) -> pyarrow.Table:
        import_pyarrow(self._name)
        from segql.engines.snowflake_arrow import schema_of

        def work() -> pyarrow.Table:
            cursor = self._answer(sql)
            table: Any = cursor.fetch_arrow_all(force_return_table=True)
            schema = schema_of(cursor.description)
            return table.cast(schema).rename_columns(list(_columns(cursor)))

        return self._ask(work)

    def arrow_stream(self, sql: str) -> ArrowStream:
        import_pyarrow(self._name)
        from segql.engines.snowflake_arrow import schema_of

        cursor = self._ask(lambda: self._answer(sql))
        schema, names = schema_of(cursor.description), list(_columns(cursor))
        tables = cursor.fetch_arrow_batches()
        whole = self._batches(lambda: next(tables, None))
        parts = (table.cast(schema).rename_columns(names).to_batches(BATCH) for table in whole)
        named = schema.empty_table().rename_columns(names).schema
        return ArrowStream(named, (batch for part in parts for batch in part))

    def estimate(self, sql: str) -> Estimate:
        """`EXPLAIN` compiles the statement and needs no warehouse.

        https://docs.snowflake.com/en/sql-reference/sql/explain
        """
        query = self._select(sql)

        def work() -> Estimate:
            with self._connection.cursor() as cursor:
                lines = cursor.execute(f"EXPLAIN USING TEXT {query}").fetchall()
                [[machine]] = cursor.execute(f"EXPLAIN USING JSON {query}").fetchall()
            figures = json.loads(machine).get("GlobalStats", {})
            text = "\n".join(str(line) for (line,) in lines)
            return Estimate(text.rstrip("\n"), bytes=figures.get("bytesAssigned"))

        return self._ask(work)

    def close(self) -> None:
        with suppress(Exception):  # there is nothing left to be lost
            self._connection.close()

    def _select(self, sql: str) -> str:
        if not is_query(sql):
            raise failed(self._name, "only a single `SELECT` may run")
        return sql

    def _answer(self, sql: str) -> SnowflakeCursor:
        """A cursor at the beginning of the rows. However this ends, no statement goes on running."""
        cursor = self._connection.cursor()
        self._running = cursor.execute_async(self._select(sql))["queryId"]
        if self._running is None:
            raise failed(self._name, "the server gave no id for the statement")
        try:
            self._wait(self._running)
            cursor.query_result(self._running)
        except BaseException:
            with suppress(Exception):  # what is told is why it ended
                self._cancel()
            raise
        finally:
            self._running = None
        return cursor

    def _wait(self, query: str) -> None:
        """Until the statement is over; raises the connector's error where it failed, or is not known any more."""
        pause, unknown = _FIRST_PAUSE, 0
        while unknown < _PATIENCE:
            status = self._connection.get_query_status_throw_if_error(query)
            if not self._connection.is_still_running(status):
                return
            unknown = unknown + 1 if status.name == "NO_DATA" else 0
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise failed(self._name, "the server knows nothing of the statement that it was given")

    def _cancel(self) -> None:
        query = self._running
        if query is not None:
            self._connection.cursor().abort_query(query)

    def _batches(self, fetch: Callable[[], T | None]) -> Iterator[T]:
        while True:
            batch = self._ask(fetch)
            if batch is None:
                return
            yield batch

    def _ask(self, work: Callable[[], T]) -> T:
        with _told(self._name, self._secrets, self._explain), self._limit.holding():
            return interruptible(work, self._cancel)

    def _explain(self, text: str, error: Any) -> tuple[str, str]:  # noqa: ANN401
        if found := _COLUMN.search(text):
            *aliases, column = (_plain(part) for part in found[1].split("."))
            alias = aliases[-1] if aliases else None
            return told_missing(self._promises, column, alias, lambda table: ())
        return _explained(text, error)


def _columns(cursor: SnowflakeCursor) -> tuple[str, ...]:
    return tuple(_plain(column.name) for column in cursor.description or ())


def _with_lists(cursor: SnowflakeCursor, rows: Sequence[Any]) -> list[Row]:
    """The rows with lists where an ARRAY came as JSON."""
    arrays = {at for at, one in enumerate(cursor.description or ()) if one.type_code == _ARRAY}
    if not arrays:
        return [tuple(row) for row in rows]
    return [
        tuple(
            json.loads(value) if at in arrays and isinstance(value, str) else value
            for at, value in enumerate(row)
        )
        for row in rows
    ]


# --- failures -------------------------------------------------------------------------------------


_COLUMN = re.compile(r"invalid identifier '(.+?)'")
_TABLE = re.compile(
    r"(?:Object|Table|View|Schema|Database) '(.+?)' does not exist or not authorized"
)
_INCOMPLETE = re.compile(r"issue\(s\)\): (\w+): (Missing|Invalid)")
CANCELLED, TOO_LONG, NO_WAREHOUSE = 604, 630, 606


@contextmanager
def _told(
    target: str,
    secrets: tuple[str, ...],
    explain: Callable[[str, Any], tuple[str, str]],
) -> Iterator[None]:
    """A failure of the connector or the server becomes one sentence; its warnings are not for users."""
    from snowflake.connector.errors import Error, ProgrammingError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except EngineError:
        raise
    except Error as error:
        text = short(_cause(error), secrets)
        is_statement = isinstance(error, ProgrammingError) and getattr(error, "sfqid", None)
        raise (refused if is_statement else failed)(target, *explain(text, error)) from None


def _cause(error: Any) -> str:  # noqa: ANN401  # the connector's error
    """The server's message as one line, without numbers and places in a text that nobody wrote."""
    text = " ".join(str(getattr(error, "raw_msg", None) or error.msg or error).split())
    text = re.sub(r"^(?:\d{6} \(\w{5}\): )?(?:SQL (?:compilation|execution) error: ?)?", "", text)
    return re.sub(r"^error line \d+ at position \d+ ?", "", text)


def _not_connected(with_key: bool, text: str, error: Any) -> tuple[str, str]:  # noqa: ANN401
    if found := _INCOMPLETE.search(text):
        told = "lacks" if found[2] == "Missing" else "has no good"
        way_out = "write the identifier alone, like `acme-shop`: what stands before `.snowflakecomputing.com`"
        return f"the connection {told} `{found[1]}`", way_out if found[1] == "account" else ""
    low = text.lower()
    if "incorrect username or password" in low:
        return "the server refused the user or the password", ""
    if "jwt token is invalid" in low:
        return "the server refused the private key of the user", ""
    if "private_key_file" in low or (with_key and ("unspecified" in low or "pem" in low)):
        return "the private key cannot be read: it is damaged, or has another passphrase", ""
    if "token" in low and ("invalid" in low or "expired" in low):
        return "the server refused the token: it is not valid, or not any more", ""
    if "timeout" in low or "timed out" in low or "deadline" in low:
        return "the server did not answer in time", ""
    if "dns" in low or "lookup" in low or "resolve" in low or "404" in low:
        return "there is no such account, or its server is not known", ""
    return f"cannot connect: {text}", ""


def _explained(text: str, error: Any) -> tuple[str, str]:  # noqa: ANN401
    if found := _TABLE.search(text):
        return f"there is no table `{_plain(found[1])}`, or the role may not read it", ""
    number = getattr(error, "errno", None)
    if number == NO_WAREHOUSE or "No active warehouse" in text:
        return "no warehouse is chosen", "add `warehouse=NAME` to the URL of the connection"
    if number in (CANCELLED, TOO_LONG):
        return f"the server stopped the statement: {text}", ""
    if "Insufficient privileges" in text:
        return f"the role of the connection may not do this: {text}", ""
    if "out of representable range" in text or "Numeric value" in text:
        return f"a number is too large, or a text is none: {text}", ""
    return f"the server refused the statement: {text}", ""


def _plain(name: str) -> str:
    """A name as it is declared: Snowflake tells what was written without quotes in capital letters."""
    bare = name.replace('"', "")
    return bare.lower() if bare.isupper() else bare
