"""Postgres through psycopg 3.

Why psycopg and not ADBC: it gives `NUMERIC` as exact decimals (ADBC as text), opens a transaction that is read-only,
cancels the running statement on the server when the user interrupts, tells what failed by SQLSTATE, and reads large
results from a named cursor batch by batch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from segql.engines.base import (
    BATCH,
    NUMERIC,
    ArrowStream,
    Estimate,
    Result,
    Row,
    Stream,
    failed,
    from_environment,
    import_pyarrow,
    refused,
    short,
)
from segql.engines.limits import Limit
from segql.engines.promises import Promise, equal_texts, holds_text, told_missing, unlike
from segql.errors import EngineError
from segql.model.types import TIMESTAMP

if TYPE_CHECKING:
    import psycopg
    import pyarrow

    from segql.engines.postgres_arrow import Converter
    from segql.model.nodes import Table
    from segql.project.config import TargetTable

OLDEST = 16
"""The first major version whose functions the statements may use."""
CONNECT_TIMEOUT = 30
"""Seconds to wait for the first answer of a server, where nothing is said of it."""


def open_postgres(
    name: str,
    target: TargetTable,
    environ: Mapping[str, str],
    promises: Sequence[Promise] = (),
    timeout: timedelta | None = None,
) -> Postgres:
    """Connect with the connection string in the environment variable that the target names."""
    try:
        import psycopg
    except ImportError:
        raise failed(
            name,
            "Postgres needs the package `psycopg`",
            "install it with `pip install 'segql[postgres]'`",
        ) from None
    variable = target.connection or ""
    text = from_environment(name, variable, environ)
    secrets = _secrets(text)
    if secrets is None:
        raise failed(
            name,
            f"`{variable}` does not hold a Postgres connection string",
            "expected `postgresql://user:password@host:5432/database`",
        )
    with _told(name, secrets, variable):
        connection = psycopg.connect(
            text, options=_options(text, timeout), connect_timeout=_patience(text, environ, timeout)
        )
    engine = Postgres(name, connection, secrets, promises, timeout)
    try:
        _require(name, connection.info)
        engine.check_promises()
    except BaseException:
        engine.close()
        raise
    return engine


def _require(name: str, info: psycopg.ConnectionInfo) -> None:
    """A server that has what the statements use, and a database whose `C` collation orders by code point.

    https://www.postgresql.org/docs/current/multibyte.html, https://www.postgresql.org/docs/current/collation.html
    """
    major = info.server_version // 10_000
    if major < OLDEST:
        raise failed(
            name,
            f"the server is, or claims to be, Postgres {major}: statements are for Postgres {OLDEST} and later",
        )
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise failed(
            name,
            f"the database is encoded in {encoding}, where texts have another order and length",
            "choose one that is encoded in UTF8",
        )


class Postgres:
    """`Engine` over an open connection in one read-only transaction, which sees one state of the data."""

    def __init__(
        self,
        name: str,
        connection: psycopg.Connection[Any],
        secrets: tuple[str, ...],
        promises: Sequence[Promise] = (),
        timeout: timedelta | None = None,
    ) -> None:
        from psycopg import IsolationLevel

        self._name = name
        self._connection = connection
        self._secrets = secrets
        self._promises = promises
        self._limit = Limit(name, timeout, connection.cancel_safe)
        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ

    def run(self, sql: str) -> Result:
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(_select(sql), prepare=True)
            return Result(_columns(cursor), cursor.fetchall())

    def stream(self, sql: str) -> Stream:
        with self._told():
            cursor = self._open(sql)
            return Stream(_columns(cursor), self._batches(cursor))

    def arrow(self, sql: str) -> pyarrow.Table:
        import_pyarrow(self._name)
        from segql.engines.postgres_arrow import arrow_table

        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(_select(sql), prepare=True)
            types = [(column.name, column.type_code) for column in cursor.description or ()]
            return arrow_table(types, cursor.fetchall())

    def arrow_stream(self, sql: str) -> ArrowStream:
        import_pyarrow(self._name)
        from segql.engines.postgres_arrow import Converter

        with self._told():
            cursor = self._open(sql)
            converter = Converter(cursor.description or ())
        return ArrowStream(converter.schema, map(self._converted(converter), self._batches(cursor)))

    def estimate(self, sql: str) -> Estimate:
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(b"EXPLAIN " + _select(sql), prepare=True)
            lines = [line for (line,) in cursor.fetchall()]
            cursor.execute(b"EXPLAIN (FORMAT JSON) " + _select(sql), prepare=True)
            plan = cursor.fetchall()[0][0][0]["Plan"]
            return Estimate("\n".join(lines), rows=plan["Plan Rows"], cost=plan["Total Cost"])

    def check_promises(self) -> None:
        """Raises `EngineError` for a `timestamp` declared over a day or a text, or in a zone over one with its own, and
        for a text in whose collation different texts are equal."""
        self._check(
            [item for item in self._promises if item.type == TIMESTAMP],
            lambda found, tables: unlike(found, self._types(tables).__getitem__),
        )
        self._check(
            [item for item in self._promises if item.type is not None and holds_text(item.type)],
            lambda found, tables: equal_texts(found, self._loose(tables)),
        )

    def _check(
        self,
        promises: Sequence[Promise],
        check: Callable[[Sequence[Promise], Sequence[Table]], tuple[str, str] | None],
    ) -> None:
        if not promises:
            return
        with self._told():
            wrong = check(promises, list(dict.fromkeys(item.table for item in promises)))
        if wrong is not None:
            raise failed(self._name, *wrong)

    def close(self) -> None:
        self._connection.close()

    def _types(self, tables: Sequence[Table]) -> dict[Table, dict[str, str]]:
        """The columns of tables and their types: one question."""
        found: dict[Table, dict[str, str]] = {table: {} for table in tables}
        for table, column, type_ in self._ask(_COLUMNS, tables):
            found[table][column] = type_
        return found

    def _loose(self, tables: Sequence[Table]) -> set[tuple[Table, str]]:
        """The columns of tables with a collation that is not deterministic."""
        return {(table, column) for table, column, _ in self._ask(_LOOSE, tables)}

    def _ask(self, question: bytes, tables: Sequence[Table]) -> list[tuple[Table, str, str]]:
        """Of the columns of tables, what the catalogue says."""
        from psycopg.sql import Identifier

        names = [Identifier(*table.parts[-2:]).as_string(self._connection) for table in tables]
        with self._connection.cursor() as cursor:
            cursor.execute(question, (names,))
            return [(tables[place - 1], column, said) for place, column, said in cursor.fetchall()]

    def _columns(self, table: Table) -> list[str]:
        """The columns of a table, after a failure."""
        import psycopg

        try:
            return list(self._types([table])[table])
        except psycopg.Error:
            return []

    @contextmanager
    def _told(self) -> Iterator[None]:
        import psycopg
        from psycopg import errors

        with _told(self._name, self._secrets), self._limit.holding():
            try:
                yield
            except psycopg.Error as error:
                self._begin_again()
                is_column = isinstance(error, errors.UndefinedColumn)
                found = _MISSING.search(error.diag.message_primary or "") if is_column else None
                if found is None:
                    raise
                alias, column = found["alias"], found["column"].strip('"')
                said = told_missing(self._promises, column, alias, self._columns)
                raise refused(self._name, *said) from None

    def _begin_again(self) -> None:
        """After a failure: the server answers nothing more in the transaction of a statement that it refused."""
        import psycopg

        with suppress(psycopg.Error):  # the first failure is the one to be told
            self._connection.rollback()

    def _open(self, sql: str) -> psycopg.ServerCursor[Any]:
        """A cursor on the server; its name stays free for the next one where this one was read to its end."""
        cursor = self._connection.cursor(name="segql")
        cursor.execute(_select(sql))
        return cursor

    def _converted(self, converter: Converter) -> Callable[[list[Row]], pyarrow.RecordBatch]:
        import pyarrow

        def convert(rows: list[Row]) -> pyarrow.RecordBatch:
            try:
                return converter.batch(rows)
            except pyarrow.ArrowInvalid:
                digits, places = NUMERIC
                told = f"a number has more than {digits - places} digits or {places} decimal places"
                raise failed(self._name, told, "declare the column as NUMERIC(p, s)") from None

        return convert

    def _batches(self, cursor: psycopg.ServerCursor[Any]) -> Iterator[list[Row]]:
        try:
            while True:
                with self._told():
                    rows = cursor.fetchmany(BATCH)
                if not rows:
                    return
                yield rows
        finally:
            if not self._connection.closed:
                cursor.close()


_COLUMNS = b"""
SELECT asked.place, a.attname, format_type(a.atttypid, NULL)
FROM UNNEST(%s::TEXT[]) WITH ORDINALITY AS asked(name, place)
JOIN pg_attribute AS a ON a.attrelid = TO_REGCLASS(asked.name) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY asked.place, a.attnum
"""
_LOOSE = b"""
SELECT asked.place, a.attname, c.collname
FROM UNNEST(%s::TEXT[]) WITH ORDINALITY AS asked(name, place)
JOIN pg_attribute AS a ON a.attrelid = TO_REGCLASS(asked.name) AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_collation AS c ON c.oid = a.attcollation AND NOT c.collisdeterministic
"""
_MISSING = re.compile(r'column (?:(?P<alias>\w+)\.)?(?P<column>"?.+?"?) does not exist')


def _select(sql: str) -> bytes:
    """The statement for the driver, which takes a `str` only where it is a literal of the program.

    It is always run through the extended protocol (`prepare=True`, or a named cursor), which takes one statement only.
    """
    return sql.encode()


def _columns(cursor: psycopg.Cursor[Any] | psycopg.ServerCursor[Any]) -> tuple[str, ...]:
    return tuple(column.name for column in cursor.description or ())


def _secrets(text: str) -> tuple[str, ...] | None:
    """What of a connection string must never be shown; None if it is none."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(text)
    except psycopg.Error:  # its message quotes the string
        return None
    return tuple(str(parts[key]) for key in ("password", "sslpassword") if parts.get(key))


def _options(text: str, timeout: timedelta | None) -> str:
    """Session settings that the statements rest on, besides those of the connection string.

    A cursor is read to its end, so its plan is to be quick for all rows and not for the first tenth. Should this
    process vanish, the server still stops a statement after the time limit (rounded up).
    https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-CURSOR-TUPLE-FRACTION
    """
    from psycopg.conninfo import conninfo_to_dict

    settings = {
        "TimeZone": "UTC",
        "DateStyle": "ISO",
        "default_transaction_read_only": "on",
        "cursor_tuple_fraction": "1",
    }
    if timeout is not None:
        settings["statement_timeout"] = str(1000 * (int(timeout.total_seconds()) + 2))
    given = str(conninfo_to_dict(text).get("options") or "")
    return " ".join([given, *(f"-c {key}={value}" for key, value in settings.items())]).strip()


def _patience(text: str, environ: Mapping[str, str], timeout: timedelta | None) -> int:
    """Seconds to wait for the server's first answer: what is said, else `CONNECT_TIMEOUT`; never longer than the limit.

    libpq itself waits for ever, psycopg for two minutes.
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT
    """
    from psycopg.conninfo import conninfo_to_dict

    said = conninfo_to_dict(text).get("connect_timeout") or environ.get("PGCONNECT_TIMEOUT") or ""
    digits = str(said)
    wait = int(digits) if digits.isdecimal() and int(digits) else CONNECT_TIMEOUT
    return wait if timeout is None else min(wait, math.ceil(timeout.total_seconds()))


@contextmanager
def _told(target: str, secrets: tuple[str, ...], connecting: str = "") -> Iterator[None]:
    """A failure of the driver or the server becomes one sentence. `connecting`: where the connection string is."""
    import psycopg

    try:
        yield
    except EngineError:
        raise
    except psycopg.Error as error:
        if connecting:
            raise failed(target, *_not_connected(error, secrets, connecting)) from None
        if _is_lost(error):
            told = f"the connection was lost while the statement ran: {_cause(error, secrets)}"
            raise failed(target, told, "nothing was changed: run the command again") from None
        raise refused(target, _explained(error, secrets)) from None


def _is_lost(error: psycopg.Error) -> bool:
    """The connection, not only the statement. Class 57P are shutdowns; without a code it is libpq that speaks.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    import psycopg

    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError)
    return state.startswith(("08", "57P")) or state in ("25P03", "25P04")


def _cause(error: psycopg.Error, secrets: tuple[str, ...]) -> str:
    text = short(error.diag.message_primary or error, secrets)
    return text.removeprefix("consuming input failed: ")


def _not_connected(
    error: psycopg.Error, secrets: tuple[str, ...], variable: str
) -> tuple[str, str]:
    text = str(error)
    place = f"the host and port in `{variable}`, and whether the server may be reached from here"
    if "authentication failed" in text or "no password supplied" in text:
        return "the server refused the user or the password", f"see both in `{variable}`"
    if found := re.search(r'database "(.+?)" does not exist', text):
        return f"the server has no database `{found[1]}`", f"see the name in `{variable}`"
    if found := re.search(r'role "(.+?)" does not exist', text):
        return f"the server has no user `{found[1]}`", f"see the name in `{variable}`"
    if "Connection refused" in text or "No such file" in text:
        return "no server answers at the host and port of the connection", f"see {place}"
    if "resolve host" in text or "Name or service not known" in text:
        return "the host of the connection is not known", f"see the name in `{variable}`"
    if "timeout" in text:
        more = "`connect_timeout=SECONDS` in it sets how long to wait"
        return "the server did not answer in time", f"see {place}; {more}"
    return f"cannot connect: {short(error, secrets)}", ""


def _explained(error: psycopg.Error, secrets: tuple[str, ...]) -> str:
    from psycopg import errors

    cause = _cause(error, secrets)
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn):
        return _missing(cause)
    if isinstance(error, errors.InsufficientPrivilege):
        return f"the user of the connection may not do this: {cause}"
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return f"the statement would write: {cause}"
    if isinstance(error, errors.NumericValueOutOfRange):
        return f"a number is too large: {cause}"
    if isinstance(error, errors.QueryCanceled):
        return f"the server stopped the statement: {cause}"
    if error.sqlstate is None:
        return f"a value cannot be read: {cause}"
    return f"the server refused the statement: {cause}"


def _missing(cause: str) -> str:
    if found := re.search(r'relation "(.+?)" does not exist', cause):
        return f"there is no table `{found[1]}`"
    if found := re.search(r'column "?(.+?)"? does not exist', cause):
        return f"there is no column `{found[1]}`"
    return cause
