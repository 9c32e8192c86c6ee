"""The data files of a DuckDB target: found by globs, named, and made views that hold what the model promises.

A file of text has no types, and guessing them is not asking: `1e5` may be a code, `2026-01-01` a text. What is declared
is read as declared; only other columns, which raw SQL may mention, are typed by their values. A value that cannot be
read as declared is an error once its column is asked for: it never becomes unknown, and never something else.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from segql.engines.base import failed, short
from segql.engines.promises import NOT_AS_DECLARED, Promise, of_table
from segql.model.types import DecimalType, ListType, Type, is_text

if TYPE_CHECKING:
    from segql.model.nodes import Table

_TEXT = {"csv": "read_csv", "tsv": "read_csv"}
_JSON = {"json": "read_json", "jsonl": "read_json", "ndjson": "read_json"}
READERS = {"parquet": "read_parquet", **_TEXT, **_JSON}
"""The table function for each ending of a file."""

_PACKED = ("gz", "zst")

TOLD = "[segql] "
"""Before the messages of our own that a statement raises."""


def find_files(name: str, patterns: Sequence[str], root: Path) -> list[Path]:
    """The data files that the globs match, in order; globs without any file are an error."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        for path in glob_files(root, pattern):
            if path.is_file() and table_name(path) is not None:
                found.setdefault(path)
    if not found:
        globs = " or ".join(f"`{pattern}`" for pattern in patterns)
        folders = [item for item in patterns if (root / item).is_dir()]
        hint = (
            f"`{folders[0]}` is a folder: name its files, `{folders[0].rstrip('/')}/*.parquet`"
            if folders
            else ""
        )
        raise failed(name, f"no data file matches {globs} in `{root}`", hint)
    return list(found)


def glob_files(root: Path, pattern: str) -> list[Path]:
    """`Path.glob` for patterns that may be absolute."""
    path = Path(pattern)
    if path.is_absolute():
        root, pattern = Path(path.anchor), str(path.relative_to(path.anchor))
    return sorted(item.absolute() for item in root.glob(pattern))


def table_name(path: Path) -> str | None:
    """The name of the table in a file, or None if it is no data file."""
    stem, _, ending = path.name.rpartition(".")
    if ending.lower() in _PACKED:
        stem, _, ending = stem.rpartition(".")
        return stem or None if ending.lower() in {**_TEXT, **_JSON} else None
    return stem or None if ending.lower() in READERS else None


def _reader(path: Path) -> str:
    endings = path.name.lower().split(".")
    return READERS[endings[-2] if endings[-1] in _PACKED else endings[-1]]


def files_of(table: Table, files: Sequence[Path]) -> list[Path]:
    """The files that serve a table: by its whole name, by folder and name, by its last name."""
    parts = [part.casefold() for part in table.parts]

    def matching(depth: int, last: str) -> list[Path]:
        return [
            path
            for path in files
            if (table_name(path) or "").casefold() == last
            and [item.casefold() for item in path.parent.parts[len(path.parent.parts) - depth :]]
            == parts[:depth]
        ]

    for count in range(len(parts), 0, -1):
        if found := matching(0, ".".join(parts[-count:])):
            return found
        if count > 1 and (found := matching(count - 1, parts[-1])):
            return found
    return []


def make_views(
    name: str,
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    tables: Sequence[Table],
    root: Path,
    promises: Sequence[Promise] = (),
    broken: dict[Table, str] | None = None,
) -> list[Path]:
    """A view for each table; the files behind them. Files that cannot be read are entered in `broken`, if it is given,
    and raise otherwise."""
    used: dict[Path, None] = {}
    for table in dict.fromkeys(tables):
        served = files_of(table, files)
        if not served:
            raise failed(
                name,
                f"there is no table `{table}`",
                f"none of its files is named after it; the tables are {_some(files)}",
            )
        if len(served) > 1:
            several = " and ".join(f"`{relative(path, root)}`" for path in served[:2])
            raise failed(name, f"two files are the table `{table}`: {several}")
        path = served[0]
        shown = relative(path, root)
        try:
            create_view(connection, table, path, shown, of_table(promises, table))
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            why = f"cannot read the file `{shown}`: {reason(error)}"
            if broken is None:
                raise failed(name, why) from None
            broken[table] = why
        else:
            used.setdefault(path)
    return list(used)


def reason(error: duckdb.Error) -> str:
    """What is wrong with a file, in one sentence."""
    text = str(error)
    if "SELECT clause without selection list" in text:  # what DuckDB makes of a file of no bytes
        return "it is empty; the first line names the columns"
    if line := re.search(r"CSV Error on Line: (\d+)", text):
        if counts := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text):
            return f"line {line[1]}: expected {counts[1]} columns, found {counts[2]}"
        if "not utf-8 encoded" in text:
            return f"line {line[1]}: it is not encoded in UTF-8"
        words = [part.strip() for part in text.split("\n") if part.strip()]
        place = next((i for i, part in enumerate(words) if "CSV Error on Line" in part), 0)
        said = [part for part in words[place + 1 :] if not part.startswith("Original Line")]
        return f"line {line[1]}: {short(said[0]) if said else 'no CSV'}"
    if "No magic bytes found" in text or "too small to be a Parquet file" in text:
        return "it is no Parquet file, or its end is missing"
    if "sniffing file" in text or "CSV parsing dialect" in text:
        return "it is no table of comma-separated values"
    return short(error)


def create_view(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    path: Path,
    shown: str,
    promises: Mapping[str, Promise],
) -> None:
    """The view `table` over one file. Raises what DuckDB raises."""
    parts = [quoted(part) for part in table.parts]
    if len(parts) == 3:
        connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {parts[0]}")
    if len(parts) >= 2:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {'.'.join(parts[:-1])}")
    connection.execute(
        f"CREATE OR REPLACE VIEW {'.'.join(parts)} AS {_select(connection, path, shown, promises)}"
    )


def _select(
    connection: duckdb.DuckDBPyConnection, path: Path, shown: str, promises: Mapping[str, Promise]
) -> str:
    reader = _reader(path)
    if reader == "read_csv" and promises:
        read = _csv(connection, path, promises)
    else:
        options = "" if reader == "read_parquet" else ", sample_size = -1"
        source = f"{reader}({literal(str(path))}{options})"
        rows = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        read = _Read(source, {str(row[0]): str(row[1]) for row in rows})
        if reader == "read_json" and any(name.casefold() in promises for name in read.types):
            read = _json(path, read.types, promises)
    columns = []
    for name, type_ in read.types.items():
        promise = promises.get(name.casefold())
        value = as_declared(quoted(name), type_, promise, shown) if promise else None
        columns.append(f"{value} AS {quoted(name)}" if value else quoted(name))
    return f"SELECT {', '.join(columns)} FROM {read.source}"


@dataclass(frozen=True)
class _Read:
    """A call of a table function, and the type of each column that it gives."""

    source: str
    types: dict[str, str]


_NATIVE = {"int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}
"""What a column that has only such values is read as, without a text in between."""


def _csv(
    connection: duckdb.DuckDBPyConnection, path: Path, promises: Mapping[str, Promise]
) -> _Read:
    """The sniffer's word for the separator, quotes and header, but not for the types of what is declared."""
    try:
        found = _sniffed(connection, path, "")
    except duckdb.InvalidInputException:
        found = _Read("", {})
    if not promises.keys() & {name.casefold() for name in found.types}:
        separator = "\t" if ".tsv" in path.name.lower() else ","
        try:
            found = _sniffed(connection, path, f", delim = {literal(separator)}, header = true")
        except duckdb.InvalidInputException:  # some line is not like the others; reading says which
            found = _plain(connection, path, separator)
    types = {}
    for name, type_ in found.types.items():
        promise = promises.get(name.casefold())
        native = promise is not None and promise.type is not None
        kept = native and promise is not None and _NATIVE.get(str(promise.type)) == type_
        types[name] = type_ if promise is None or kept else "VARCHAR"
    return _Read(
        f"read_csv({literal(str(path))}, auto_detect = false, {found.source}, columns = {_struct(types)})",
        types,
    )


def _plain(connection: duckdb.DuckDBPyConnection, path: Path, separator: str) -> _Read:
    """A header and texts behind it, as RFC 4180 has them."""
    said = "quote = '\"', escape = '\"', comment = '', skip = 0"
    row = connection.execute(
        f"SELECT line FROM read_csv({literal(str(path))}, auto_detect = false, header = false, delim = chr(1),"
        " quote = '', escape = '', columns = {'line': 'VARCHAR'}) LIMIT 1"
    ).fetchone()
    header = next(csv.reader([str(row[0])], delimiter=separator)) if row else []
    options = f"delim = {literal(separator)}, {said}, header = true"
    return _Read(options, dict.fromkeys(header, "VARCHAR"))


def _sniffed(connection: duckdb.DuckDBPyConnection, path: Path, options: str) -> _Read:
    """The options that a file is written with, and the types of its values."""
    row = connection.execute(
        "SELECT Delimiter, Quote, Escape, Comment, SkipRows, HasHeader, DateFormat, TimestampFormat, Columns, Prompt"
        f" FROM sniff_csv({literal(str(path))}, sample_size = -1{options})"
    ).fetchone()
    assert row is not None
    names = ("delim", "quote", "escape", "comment")
    said = [
        f"{name} = {literal('' if value in (None, '(empty)') else str(value))}"
        for name, value in zip(names, row[:4], strict=True)
    ]
    said += [f"skip = {int(row[4])}", f"header = {'true' if row[5] else 'false'}"]
    for name, value in zip(("dateformat", "timestampformat"), row[6:8], strict=True):
        if value:
            said.append(f"{name} = {literal(str(value))}")
    if "strict_mode=false" in str(row[9]):
        said.append("strict_mode = false")
    return _Read(", ".join(said), {item["name"]: item["type"] for item in row[8]})


def _json(path: Path, found: Mapping[str, str], promises: Mapping[str, Promise]) -> _Read:
    types = {}
    for name, type_ in found.items():
        promise = promises.get(name.casefold())
        types[name] = type_
        if promise is not None and promise.type is not None:
            is_list = isinstance(promise.type, ListType)
            types[name] = _kind(promise.type) if is_list else "VARCHAR"
    source = f"read_json({literal(str(path))}, columns = {_struct(types)})"
    return _Read(source, types)


def _struct(types: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{literal(n)}: {literal(t)}" for n, t in types.items()) + "}"


# --- a column as it is declared -------------------------------------------------------------------

_KINDS = {
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "float": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "duration": "INTERVAL",
}


def _kind(type_: Type) -> str:
    """The type of a column that is declared like that."""
    if isinstance(type_, ListType):
        return f"{_kind(type_.item)}[]"
    if isinstance(type_, DecimalType):
        return f"DECIMAL({type_.precision}, {type_.scale})"
    return _KINDS.get(type_.name, "VARCHAR")


_WHOLE = r"\s*[+-]?\d+(\.0*)?\s*"
_DAY = r"\d{4,}-\d{1,2}-\d{1,2}"
_LOCAL = rf"\s*{_DAY}([ T]\d{{1,2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?)?\s*"
"""Without a zone: the cast to TIMESTAMP would overlook one."""


def as_declared(raw: str, physical: str, promise: Promise, shown: str) -> str | None:
    """The SQL of a column's value as its declared type; None where the column is that already."""
    assert promise.type is not None
    value = _value(raw, physical, promise.type, promise.zone)
    if value is None:
        return None
    before = f"`{shown}`: the value `"
    behind = f"` of the column `{promise.column}` {NOT_AS_DECLARED} `{promise.declared}`"
    told = f"{literal(TOLD + before)} || left(CAST({raw} AS VARCHAR), 60) || {literal(behind)}"
    return f"CASE WHEN {raw} IS NOT NULL THEN COALESCE({value}, error({told})) END"


def _value(raw: str, physical: str, type_: Type, zone: str | None) -> str | None:
    """The value, NULL where it cannot be read; None where nothing is to do."""
    if physical == "VARCHAR":
        return None if is_text(type_) else _from_text(raw, type_, zone)
    zoned = physical == "TIMESTAMP WITH TIME ZONE"
    if type_.name == "timestamp":
        if physical == "DATE":
            return f"CAST({raw} AS TIMESTAMP)"
        return _local(raw, zone) if zoned and zone is not None else None
    if type_.name == "date" and physical.startswith("TIMESTAMP"):
        return _day(f"CAST({raw} AS TIMESTAMP)")
    return None


def _from_text(raw: str, type_: Type, zone: str | None) -> str:
    match type_.name:
        case "int":
            return f"CASE WHEN regexp_full_match({raw}, {literal(_WHOLE)}) THEN TRY_CAST({raw} AS BIGINT) END"
        case "date":
            has_no_zone = f"regexp_full_match({raw}, {literal(_LOCAL)})"
            return f"CASE WHEN {has_no_zone} THEN {_day(f'TRY_CAST({raw} AS TIMESTAMP)')} END"
        case "timestamp":
            instant = f"TRY_CAST({raw} AS TIMESTAMPTZ)"
            other = f"timezone('UTC', {instant})" if zone is None else _local(instant, zone)
            return (
                f"CASE WHEN regexp_full_match({raw}, {literal(_LOCAL)})"
                f" THEN TRY_CAST({raw} AS TIMESTAMP) ELSE {other} END"
            )
    return f"TRY_CAST({raw} AS {_kind(type_)})"


def _day(moment: str) -> str:
    """The day that begins at a moment; another moment is no day."""
    return f"CASE WHEN date_trunc('day', {moment}) = {moment} THEN CAST({moment} AS DATE) END"


def _local(instant: str, zone: str) -> str:
    """An instant as the local time that is declared; in the hour that comes twice only what leads back to it."""
    name = literal(zone)
    local = f"timezone({name}, {instant})"
    return f"CASE WHEN timezone({name}, {local}) = {instant} THEN {local} END"


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def relative(path: Path, root: Path) -> str:
    """A file as a message names it."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _some(files: Sequence[Path], most: int = 12) -> str:
    names = sorted({table_name(path) or "" for path in files})
    listed = ", ".join(f"`{item}`" for item in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed
