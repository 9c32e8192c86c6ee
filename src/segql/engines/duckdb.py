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

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

from segql.engines.base import (
    BATCH,
    Result,
    Row,
    Stream,
    failed,
    from_environment,
    import_pyarrow,
    short,
)
from segql.errors import EngineError

if TYPE_CHECKING:
    import pyarrow

    from segql.model.nodes import Table
    from segql.project.config import TargetTable

T = TypeVar("T")

_TEXT = {"csv": "read_csv", "tsv": "read_csv"}
_JSON = {"json": "read_json", "jsonl": "read_json", "ndjson": "read_json"}
READERS = {"parquet": "read_parquet", **_TEXT, **_JSON}
"""The table function for each ending of a file."""

_PACKED = ("gz", "zst")


def open_duckdb(
    name: str,
    target: TargetTable,
    root: Path,
    tables: Sequence[Table],
    environ: Mapping[str, str],
) -> DuckDB:
    """Open the target's database file, or make the views of its files, and lock the door behind it."""
    if target.database is not None:
        path = root / from_environment(name, target.database, environ)
        return DuckDB(name, _open_database(name, path, tables), [])
    files = _files(name, target.patterns, root)
    connection = _connect()
    try:
        views = _make_views(name, connection, files, tables, root)
    except BaseException:
        connection.close()
        raise
    return DuckDB(name, connection, views)


class DuckDB:
    """`Engine` over an open connection, which it locks and then owns."""

    def __init__(
        self, name: str, connection: duckdb.DuckDBPyConnection, files: Sequence[Path]
    ) -> None:
        self._name = name
        self._connection = connection
        paths = [str(path) for path in files]
        with _told(name):
            connection.execute("SET TimeZone = 'UTC'")
            if paths:
                connection.execute("SET allowed_paths = $paths", {"paths": paths})
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")

    def run(self, sql: str) -> Result:
        with _told(self._name):
            return self._interruptible(lambda: self._result(sql))

    def stream(self, sql: str) -> Stream:
        with _told(self._name):
            cursor = self._interruptible(lambda: self._execute(sql))
            return Stream(_columns(cursor), self._batches(cursor))

    def arrow(self, sql: str) -> pyarrow.Table:
        import_pyarrow(self._name)
        with _told(self._name):
            return self._interruptible(
                lambda: self._connection.sql(self._select(sql)).to_arrow_table()
            )

    def close(self) -> None:
        self._connection.close()

    def _result(self, sql: str) -> Result:
        cursor = self._execute(sql)
        return Result(_columns(cursor), cursor.fetchall())

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(self._select(sql))

    def _select(self, sql: str) -> duckdb.Statement:
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise failed(self._name, "only a single `SELECT` may run")
        return statements[0]

    def _interruptible(self, work: Callable[[], T]) -> T:
        """Work in a thread, so that an interrupt is seen at once: DuckDB itself does not always look for one."""
        with ThreadPoolExecutor(max_workers=1) as threads:
            future = threads.submit(work)
            try:
                return future.result()
            except KeyboardInterrupt:
                self._connection.interrupt()
                raise

    def _batches(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[list[Row]]:
        while True:
            with _told(self._name):
                rows = self._interruptible(lambda: cursor.fetchmany(BATCH))
            if not rows:
                return
            yield rows


def _columns(cursor: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    return tuple(column[0] for column in cursor.description or ())


# --- files ----------------------------------------------------------------------------------------


def _open_database(name: str, path: Path, tables: Sequence[Table]) -> duckdb.DuckDBPyConnection:
    """The file attached read-only under a name that no schema has.

    Opened by itself, `shop.duckdb` would be the catalogue `shop`,
    and `shop.customers` ambiguous beside a schema `shop`.
    """
    if not path.is_file():
        raise failed(name, f"there is no database file `{path.name}` in `{path.parent}`")
    catalogs = [table.parts[0] for table in tables if len(table.parts) == 3]
    alias = _quoted(catalogs[0] if catalogs else "segql database")
    source = "'" + str(path).replace("'", "''") + "'"
    connection = _connect()
    try:
        connection.execute(f"ATTACH {source} AS {alias} (READ_ONLY)")
        connection.execute(f"USE {alias}")
    except duckdb.Error as error:
        connection.close()
        raise failed(name, _cannot_open(path, error)) from None
    return connection


def _connect() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})


def _cannot_open(path: Path, error: duckdb.Error) -> str:
    text = str(error)
    if "not a valid DuckDB database" in text:
        return f"`{path.name}` is not a DuckDB database"
    if "lock" in text:
        return f"the database `{path.name}` is in use: another program has it open for writing"
    return f"cannot open the database `{path.name}`: {short(error)}"


def _files(name: str, patterns: Sequence[str], root: Path) -> list[Path]:
    """The data files that the globs match, in order; globs without any file are an error."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        for path in _glob(root, pattern):
            if path.is_file() and _table_name(path) is not None:
                found.setdefault(path)
    if not found:
        globs = " or ".join(f"`{pattern}`" for pattern in patterns)
        raise failed(name, f"no data file matches {globs} in `{root}`")
    return list(found)


def _glob(root: Path, pattern: str) -> list[Path]:
    """`Path.glob` for patterns that may be absolute."""
    path = Path(pattern)
    if path.is_absolute():
        root, pattern = Path(path.anchor), str(path.relative_to(path.anchor))
    return sorted(item.absolute() for item in root.glob(pattern))


def _table_name(path: Path) -> str | None:
    """The name of the table in a file, or None if it is no data file."""
    stem, _, ending = path.name.rpartition(".")
    if ending.lower() in _PACKED:
        stem, _, ending = stem.rpartition(".")
        return stem or None if ending.lower() in {**_TEXT, **_JSON} else None
    return stem or None if ending.lower() in READERS else None


def _reader(path: Path) -> str:
    endings = path.name.lower().split(".")
    return READERS[endings[-2] if endings[-1] in _PACKED else endings[-1]]


def _file_of(table: Table, files: Sequence[Path]) -> list[Path]:
    """The files that serve a table: by its whole name, by folder and name, by its last name."""
    parts = [part.casefold() for part in table.parts]

    def matching(depth: int, last: str) -> list[Path]:
        return [
            path
            for path in files
            if (_table_name(path) or "").casefold() == last
            and [item.casefold() for item in path.parent.parts[len(path.parent.parts) - depth :]]
            == parts[:depth]
        ]

    for count in range(len(parts), 0, -1):
        if found := matching(0, ".".join(parts[-count:])):
            return found
        if count > 1 and (found := matching(count - 1, parts[-1])):
            return found
    return []


def _make_views(
    name: str,
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    tables: Sequence[Table],
    root: Path,
) -> list[Path]:
    """A view for each table; the files behind them."""
    used: dict[Path, None] = {}
    for table in dict.fromkeys(tables):
        served = _file_of(table, files)
        if not served:
            raise failed(
                name,
                f"there is no table `{table}`",
                f"none of its files is named after it; the tables are {_some(files)}",
            )
        if len(served) > 1:
            several = " and ".join(f"`{_relative(path, root)}`" for path in served[:2])
            raise failed(name, f"two files are the table `{table}`: {several}")
        path = served[0]
        used.setdefault(path)
        with _told(name, f"cannot read the file `{_relative(path, root)}`"):
            _create_view(connection, table, path)
    return list(used)


def _create_view(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    parts = [_quoted(part) for part in table.parts]
    if len(parts) == 3:
        connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {parts[0]}")
    if len(parts) >= 2:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {'.'.join(parts[:-1])}")
    reader = _reader(path)
    options = ", sample_size = -1" if reader != "read_parquet" else ""
    source = "'" + str(path).replace("'", "''") + "'"
    connection.execute(
        f"CREATE OR REPLACE VIEW {'.'.join(parts)} AS SELECT * FROM {reader}({source}{options})"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _some(files: Sequence[Path], most: int = 12) -> str:
    names = sorted({_table_name(path) or "" for path in files})
    listed = ", ".join(f"`{item}`" for item in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


# --- failures -------------------------------------------------------------------------------------


@contextmanager
def _told(target: str, doing: str = "") -> Iterator[None]:
    """A failure of DuckDB becomes one sentence; an interrupt stays what it is."""
    try:
        yield
    except EngineError:
        raise
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        raise failed(target, f"{doing}: {short(error)}" if doing else _explained(error)) from None
    except RuntimeError as error:  # how an interrupt reaches Python while rows are fetched
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from None
        raise


def _explained(error: duckdb.Error) -> str:
    text = str(error)
    if isinstance(error, duckdb.CatalogException) and (
        found := re.search(r"Table with name (.+?) does not exist", text)
    ):
        return f"there is no table `{found[1]}`"
    if isinstance(error, duckdb.BinderException):
        if found := re.search(r'Referenced column "(.+?)" not found', text):
            return f"there is no column `{found[1]}`"
        if found := re.search(r'"(.+?)" does not have a column named "(.+?)"', text):
            return f"there is no column `{found[2]}` in `{found[1]}`"
    if isinstance(error, duckdb.PermissionException):
        return f"the statement asks for what is locked: {short(error)}"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "the engine ran out of memory"
    if isinstance(error, duckdb.IOException):
        return f"the data cannot be read: {short(error)}"
    if isinstance(error, duckdb.OutOfRangeException):
        return f"a number is too large: {short(error)}"
    return f"the engine refused the statement: {short(error)}"
