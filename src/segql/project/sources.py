"""The files of a project: found, read, decoded."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from segql.diagnostics import Diagnostic, Diagnostics, Severity, declare
from segql.source import SourceFile, Span

CONFIG = "segql.toml"
MAX_BYTES = 16_000_000
"""A larger file is refused unread; the same as `segql.syntax.decoding.MAX_BYTES`, which costs an import."""

SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
"""Folders without definitions, beside the hidden ones (`.git`, `.venv`, `.segql`)."""

UNREADABLE = declare("SEG003", "unreadable-file", "every file of the project can be read")
NO_SOURCES = declare(
    "SEG004", "no-sources", "a project has `.seg` files below `segql.toml`", Severity.WARNING
)


@dataclass(frozen=True)
class Sources:
    """What stands on disk: the configuration's text and each `.seg` file, by name (with `/`) in order."""

    root: Path
    config: SourceFile
    files: tuple[SourceFile, ...]
    raw: tuple[tuple[str, bytes], ...]
    """Name and bytes of each file, `segql.toml` first: what a cache key is made of."""
    diagnostics: tuple[Diagnostic, ...]

    def source(self, name: str) -> SourceFile | None:
        """The file of that name, `segql.toml` too."""
        return self._by_name.get(name)

    def with_texts(self, texts: Mapping[str, str]) -> Sources:
        """The same with other texts in some of the `.seg` files, encoded as those were."""
        files = tuple(SourceFile(file.name, texts.get(file.name, file.text)) for file in self.files)
        raw = tuple(
            (name, _encoded(texts[name], content) if name in texts else content)
            for name, content in self.raw
        )
        return Sources(self.root, self.config, files, raw, self.diagnostics)

    @property
    def _by_name(self) -> dict[str, SourceFile]:
        found: dict[str, SourceFile] | None = self.__dict__.get("_names")
        if found is None:
            found = {file.name: file for file in (self.config, *self.files)}
            self.__dict__["_names"] = found
        return found


def _encoded(text: str, before: bytes) -> bytes:
    mark = b"\xef\xbb\xbf"
    return (mark if before.startswith(mark) else b"") + text.encode()


def find_root(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that has a `segql.toml`."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    return None


def read_sources(root: Path) -> Sources:
    """Read the project at `root` (a folder with `segql.toml`)."""
    found = Diagnostics()
    raw: list[tuple[str, bytes]] = []
    files: list[SourceFile] = []
    config = SourceFile(CONFIG, "")
    for name in (CONFIG, *seg_names(root, found)):
        content = read_bytes(root / name, name, found)
        raw.append((name, content or b""))
        text = _decode(content, name, found) if content is not None else None
        if name == CONFIG:
            config = SourceFile(name, text or "")
        elif text is not None:
            files.append(SourceFile(name, text))
    if len(raw) == 1:
        found.report(
            NO_SOURCES,
            "the project has no `.seg` file",
            Span(CONFIG, 0, 0),
            "none in this folder or below",
        )
    return Sources(root, config, tuple(files), tuple(raw), tuple(found))


def seg_names(root: Path, found: Diagnostics, *, nested: bool = False) -> list[str]:
    """The `.seg` files below `root`, relative, with `/`, in order; those of projects inside if `nested`."""
    names: list[str] = []

    def unreadable(error: OSError) -> None:
        name = os.path.relpath(error.filename or root, root).replace(os.sep, "/")
        reason = (error.strerror or "unknown reason").lower()
        found.report(UNREADABLE, f"cannot read the folder `{name}`: {reason}", Span(name, 0, 0))

    for folder, folders, files in os.walk(root, onerror=unreadable):
        if not nested and CONFIG in files and folder != str(root):  # a project of its own
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED]
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if inside == "." else inside + "/"
        names.extend(
            prefix + name for name in files if name.endswith(".seg") and not name.startswith(".")
        )
    return sorted(name for name in names if _is_text(name, found))


def _is_text(name: str, found: Diagnostics) -> bool:
    """Whether a name can be told and kept; else it is reported, with a mark for each byte that is no text."""
    told = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if told != name:
        found.report(UNREADABLE, f"cannot read `{told}`: its name is not UTF-8", Span(told, 0, 0))
    return told == name


def read_bytes(path: Path, name: str, found: Diagnostics) -> bytes | None:
    """The content of a regular file of a bearable size; None where it cannot be read, which is reported."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or device may never end
            found.report(UNREADABLE, f"cannot read `{name}`: not a regular file", Span(name, 0, 0))
            return None
        with open(path, "rb", buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            content = _read(stream, size) if size <= MAX_BYTES else b""
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        found.report(UNREADABLE, f"cannot read `{name}`: {reason}", Span(name, 0, 0))
        return None
    if max(size, len(content)) > MAX_BYTES:
        from segql.syntax.decoding import too_large

        found.add(too_large(name, max(size, len(content))))
        return None
    return content


def _read(stream: FileIO, size: int) -> bytes:
    """The content of a file that had so many bytes a moment ago; it stops where that has become too many."""
    content = b""
    while len(content) <= MAX_BYTES and (part := stream.read(size + 1)):
        content += part
    return content


def _decode(content: bytes, name: str, found: Diagnostics) -> str | None:
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        from segql.syntax.decoding import decode  # only to tell what is wrong: most files are right

        _, faults = decode(content, name)
        found.extend(faults)
        return None
