"""The files that lists name: CSV with a header, UTF-8, read for the column that is asked for."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from segql.project.sources import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segql.syntax import tree

Texts: TypeAlias = "tuple[str, ...] | str"
"""The texts of a column, or a sentence that says why they could not be read."""


@dataclass(frozen=True)
class ListFiles:
    """The columns of the files, by (file, column), and a hash of each file's bytes (none: not readable)."""

    columns: Mapping[tuple[str, str], Texts]
    hashes: tuple[tuple[str, str], ...]


NO_LISTS = ListFiles(MappingProxyType({}), ())


def read_lists(root: Path, files: Iterable[tree.File]) -> ListFiles:
    """Read what the lists of the project name; paths are relative to the project's folder."""
    from segql.syntax import tree

    wanted: dict[tuple[str, str], None] = {}
    for file in files:
        for item in file.declarations:
            if isinstance(item, tree.ListDecl) and item.file is not None and item.column:
                wanted[item.file.value, item.column.text] = None
    if not wanted:
        return NO_LISTS
    contents = {name: _read(root, name) for name in sorted({name for name, _ in wanted})}
    columns = {(name, column): _column(name, contents[name], column) for name, column in wanted}
    hashes = tuple((name, _hash(content)) for name, content in contents.items())
    return ListFiles(columns, hashes)


def are_current(root: Path, hashes: Iterable[tuple[str, str]]) -> bool:
    """Whether the files still hold what they held."""
    return all(_hash(_read(root, name)) == known for name, known in hashes)


def _hash(content: bytes | str) -> str:
    return (
        hashlib.blake2b(content, digest_size=16).hexdigest() if isinstance(content, bytes) else ""
    )


def _read(root: Path, name: str) -> bytes | str:
    """The bytes, or why there are none. Only files of the project are read."""
    path = (root / name).resolve()
    if Path(name).is_absolute() or not path.is_relative_to(root.resolve()):
        return f"`{name}` lies outside of the project"
    try:
        if path.exists() and not path.is_file():
            return f"cannot read `{name}`: not a regular file"
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file name"
        return f"cannot read `{name}`: {reason.lower()}"
    if len(content) > MAX_BYTES:
        return f"`{name}` is larger than {MAX_BYTES // 1_000_000} MB; keep such a list in a table"
    return content


def _column(name: str, content: bytes | str, column: str) -> Texts:
    if isinstance(content, str):
        return content
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return f"`{name}` is not UTF-8"
    if "\0" in text:
        return f"`{name}` holds a NUL character, which stands in no text file"
    try:
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(rows, [])
        if column not in header:
            known = ", ".join(f"`{item}`" for item in header[:8])
            has = f"it has {known}" if known else "it is empty"
            return f"`{name}` has no column `{column}`: {has}"
        place = header.index(column)
        cells = (row[place] for row in rows if len(row) > place)
        return tuple(dict.fromkeys(cell for cell in cells if cell))
    except csv.Error as error:
        return f"`{name}` is no CSV: {str(error).lower()}"
