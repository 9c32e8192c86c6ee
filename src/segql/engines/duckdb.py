"""An embedded DuckDB: over a database file, opened read-only, or over data files.

**Files.** Each file that the globs of `files` match is a table, named after the file without its ending
(`.parquet .csv .tsv .json .jsonl .ndjson`, the texts also with `.gz` or `.zst`). A table `shop.customers` is served by
the first of `shop.customers.parquet`, `shop/customers.parquet` and `customers.parquet` that is there; case does not
matter.
The files of the tables that are asked become views; others are not touched.

**Locked.** Once the views stand, the engine may open no other file, load no extension and change no setting, and only
a single `SELECT` is let through. So raw SQL in a project reads the project's tables and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from segql.engines.base import (
    BATCH,
    ArrowStream,
    Estimate,
    Result,
    Row,
    Stream,
    failed,
    from_environment,
    import_pyarrow,
    is_query,
    refused,
    short,
)
from segql.engines.duckdb_files import TOLD, find_files, literal, make_views, quoted, reason
from segql.engines.limits import Limit, interruptible
from segql.engines.promises import Promise, told_missing, unlike
from segql.errors import EngineError

if TYPE_CHECKING:
    import pyarrow

    from segql.model.nodes import Table
    from segql.project.config import TargetTable

T = TypeVar("T")


def open_duckdb(
    name: str,
    target: TargetTable,
    root: Path,
    tables: Sequence[Table],
    environ: Mapping[str, str],
    promises: Sequence[Promise] = (),
    timeout: timedelta | None = None,
    broken: dict[Table, str] | None = None,
) -> DuckDB:
    """Open the target's database file, or make the views of its files, and lock the door behind it."""
    if target.database is not None:
        path = root / from_environment(name, target.database, environ)
        connection = _open_database(name, path, tables)
        wrong = unlike(promises, lambda table: _types(connection, table))
        if wrong is not None:
            connection.close()
            raise failed(name, *wrong)
        return DuckDB(name, connection, [], promises, timeout)
    files = find_files(name, target.patterns, root)
    connection = _connect()
    try:
        views = make_views(name, connection, files, tables, root, promises, broken)
    except BaseException:
        connection.close()
        raise
    return DuckDB(name, connection, views, promises, timeout)


class DuckDB:
    """`Engine` over an open connection, which it locks and then owns."""

    def __init__(
        self,
        name: str,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[Path],
        promises: Sequence[Promise] = (),
        timeout: timedelta | None = None,
    ) -> None:
        self._name = name
        self._promises = promises
        self._connection = connection
        self._limit = Limit(name, timeout, connection.interrupt)
        paths = [str(path) for path in files]
        with _told(name):
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET Calendar = 'gregorian'")
            if paths:
                connection.execute("SET allowed_paths = $paths", {"paths": paths})
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")

    def run(self, sql: str) -> Result:
        with self._told():
            return self._interruptible(lambda: self._result(sql))

    def stream(self, sql: str) -> Stream:
        with self._told():
            cursor = self._interruptible(lambda: self._execute(sql))
            return Stream(_columns(cursor), self._batches(cursor))

    def arrow(self, sql: str) -> pyarrow.Table:
        import_pyarrow(self._name)
        with self._told():
            return self._interruptible(
                lambda: self._connection.sql(self._select(sql)).to_arrow_table()
            )

    def arrow_stream(self, sql: str) -> ArrowStream:
        import_pyarrow(self._name)
        with self._told():
            reader = self._interruptible(
                lambda: self._connection.sql(self._select(sql)).to_arrow_reader(BATCH)
            )
            return ArrowStream(reader.schema, self._arrow_batches(reader))

    def estimate(self, sql: str) -> Estimate:
        with self._told():
            query = self._select(sql).query
            text, machine = (
                self._connection.execute(f"EXPLAIN {how}{query}").fetchall()[0][1]
                for how in ("", "(FORMAT JSON) ")
            )
            return Estimate(text.rstrip("\n"), rows=_expected_rows(json.loads(machine)[0]))

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        columns = partial(_types, self._connection)
        with (
            _told(self._name, self._promises, lambda table: list(columns(table))),
            self._limit.holding(),
        ):
            yield

    def _result(self, sql: str) -> Result:
        cursor = self._execute(sql)
        return Result(_columns(cursor), cursor.fetchall())

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(self._select(sql))

    def _select(self, sql: str) -> duckdb.Statement:
        statements = self._connection.extract_statements(sql)
        is_select = len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT
        # DuckDB 1.5 counts `PRAGMA`, and every version `DESCRIBE` and `SHOW`, among the SELECT statements
        if not is_select or not is_query(sql):
            raise failed(self._name, "only a single `SELECT` may run")
        return statements[0]

    def _interruptible(self, work: Callable[[], T]) -> T:
        return interruptible(work, self._connection.interrupt)

    def _batches(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[list[Row]]:
        while True:
            with self._told():
                rows = self._interruptible(lambda: cursor.fetchmany(BATCH))
            if not rows:
                return
            yield rows

    def _arrow_batches(self, reader: pyarrow.RecordBatchReader) -> Iterator[pyarrow.RecordBatch]:
        while True:
            with self._told():
                batch = self._interruptible(lambda: next(reader, None))
            if batch is None:
                return
            yield batch


def _expected_rows(node: Mapping[str, Any]) -> int | None:
    """Of the topmost part of a plan that says it."""
    said = node["extra_info"].get("Estimated Cardinality")
    if said is not None:
        return int(said)
    children = node["children"]
    return _expected_rows(children[0]) if len(children) == 1 else None


def _columns(cursor: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    return tuple(column[0] for column in cursor.description or ())


# --- a database ----------------------------------------------------------------------------------------


def _open_database(name: str, path: Path, tables: Sequence[Table]) -> duckdb.DuckDBPyConnection:
    """The file attached read-only under a name that no schema has.

    Opened by itself, `shop.duckdb` would be the catalogue `shop`,
    and `shop.customers` ambiguous beside a schema `shop`.
    """
    if not path.is_file():
        raise failed(name, f"there is no database file `{path.name}` in `{path.parent}`")
    catalogs = [table.parts[0] for table in tables if len(table.parts) == 3]
    alias = quoted(catalogs[0] if catalogs else "segql database")
    connection = _connect()
    try:
        connection.execute(f"ATTACH {literal(str(path))} AS {alias} (READ_ONLY)")
        connection.execute(f"USE {alias}")
    except duckdb.Error as error:
        connection.close()
        raise failed(name, _cannot_open(path, error)) from None
    return connection


def _types(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """The columns of a table and their types; nothing where there is no such table."""
    name = ".".join(quoted(part) for part in table.parts)
    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {name}").fetchall()
    except duckdb.Error:
        return {}
    return {str(row[0]).casefold(): str(row[1]) for row in rows}


def _connect() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})


def _cannot_open(path: Path, error: duckdb.Error) -> str:
    text = str(error)
    if "not a valid DuckDB database" in text:
        return f"`{path.name}` is not a DuckDB database"
    if "lock" in text:
        return f"the database `{path.name}` is in use: another program has it open for writing"
    return f"cannot open the database `{path.name}`: {short(error)}"


# --- failures -------------------------------------------------------------------------------------


@contextmanager
def _told(
    target: str,
    promises: Sequence[Promise] = (),
    columns: Callable[[Table], Sequence[str]] = lambda table: (),
) -> Iterator[None]:
    """A failure of DuckDB becomes one sentence; an interrupt stays what it is."""
    try:
        yield
    except EngineError:
        raise
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        if isinstance(error, duckdb.BinderException) and (missing := _missing(error)):
            raise refused(target, *told_missing(promises, *missing, columns)) from None
        is_fatal = isinstance(error, duckdb.FatalException | duckdb.ConnectionException)
        raise (failed if is_fatal else refused)(target, _explained(error)) from None
    except RuntimeError as error:  # how an interrupt reaches Python while rows are fetched
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from None
        raise


def _missing(error: duckdb.BinderException) -> tuple[str, str | None] | None:
    """The column that is not there, and the alias it was looked for under."""
    text = str(error)
    if found := re.search(r'Referenced column "(.+?)" not found', text):
        return found[1], None
    if found := re.search(r'"(.+?)" does not have a column named "(.+?)"', text):
        return found[2], found[1]
    return None


def _explained(error: duckdb.Error) -> str:
    text = str(error)
    if TOLD in text:  # the value that was read stands in it
        return " ".join(text.partition(TOLD)[2].split())
    if isinstance(error, duckdb.CatalogException) and (
        found := re.search(r"Table with name (.+?) does not exist", text)
    ):
        return f"there is no table `{found[1]}`"
    if "CSV Error on Line" in text:
        file = re.search(r"^\s*file\s*=\s*(.+)$", text, re.MULTILINE)
        name = f"the file `{Path(file[1].strip()).name}`" if file else "a file"
        return f"cannot read {name}: {reason(error)}"
    if isinstance(error, duckdb.PermissionException):
        return f"the statement asks for what is locked: {short(error)}"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "the engine ran out of memory"
    if isinstance(error, duckdb.IOException):
        return f"the data cannot be read: {short(error)}"
    if isinstance(error, duckdb.OutOfRangeException):
        return f"a number is too large: {short(error)}"
    if isinstance(error, duckdb.ConversionException):
        return f"a value is not of the type that it is used as: {short(error)}"
    return f"the engine refused the statement: {short(error)}"
