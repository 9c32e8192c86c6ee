"""Files laid out: the work of `segql fmt`, without the library of the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING

from segql.cli import output
from segql.diagnostics import Diagnostic, Diagnostics
from segql.errors import UsageError
from segql.project.cache import Cache, content_key
from segql.project.packs import Packs
from segql.project.sources import find_root, read_bytes, seg_names
from segql.source import SourceFile

if TYPE_CHECKING:
    from segql.syntax.formatter import Formatted

_KIND = "fmt"
_OLD = 10_000
"""So many contents that no file has now are remembered: other branches have them."""
_STDIN = "-"


@dataclass
class Outcome:
    """What happened to the files of one run."""

    changed: list[str] = field(default_factory=list)
    kept: int = 0
    faulty: int = 0
    untouched: int = 0
    """Files that could not be reached or written."""


def run_format(
    paths: Sequence[Path],
    project: Path | None = None,
    *,
    check: bool = False,
    diff: bool = False,
    cache: bool = True,
) -> int:
    """Lay out the files in `paths` (none: all of the project); the exit code. Raises `UsageError`."""
    if [str(path) for path in paths] == [_STDIN]:
        return _format_stdin(check=check, diff=diff)
    outcome = Outcome()
    with _remembering(cache) as known_in:
        for path in _files(paths, project, outcome):
            known = known_in(path.parent)
            _format_file(path, outcome, known, write=not check and not diff, diff=diff)
    _tell(outcome, would=check or diff)
    if outcome.untouched:
        return 2
    failed = outcome.faulty or (outcome.changed and (check or diff))
    return 1 if failed else 0


def _files(paths: Sequence[Path], project: Path | None, outcome: Outcome) -> list[Path]:
    """The `.seg` files meant, each once, in order."""
    if not paths:
        start = project or Path()
        root = find_root(start) if start.is_dir() else None
        if root is None:
            raise UsageError(
                f"there is no `segql.toml` in `{start}` or in a folder above it",
                "name the files or folders to format",
            )
        paths = [root]
    found: dict[Path, None] = {}
    for path in paths:
        if str(path) == _STDIN:
            raise UsageError("`-` stands alone: it formats stdin to stdout")
        if not path.exists():
            raise UsageError(f"there is no file or folder `{path}`")
        inside = _below(path, outcome) if path.is_dir() else [path]
        if not path.is_dir() and path.suffix != ".seg":
            raise UsageError(f"`{path}` is no `.seg` file")
        if not inside:
            raise UsageError(f"there is no `.seg` file in `{path}`")
        found.update(dict.fromkeys(inside))
    return list(found)


def _below(folder: Path, outcome: Outcome) -> list[Path]:
    found = Diagnostics()
    names = seg_names(folder, found, nested=True)
    for fault in found:
        output.fail(fault.message)
        outcome.untouched += 1
    return [folder / name for name in names]


class _Known:
    """The contents of a project's files that are known to be laid out."""

    def __init__(self, root: Path | None) -> None:
        self._packs = Packs(Cache(root), _KIND)
        self._met: set[str] = set()
        self._made: dict[str, bytes] = {}

    def holds(self, content: bytes) -> bool:
        key = content_key((_KIND, content))
        self._met.add(key)
        return self._packs.get(key) is not None

    def add(self, content: bytes) -> None:
        self._made[content_key((_KIND, content))] = b""

    def keep(self) -> None:
        self._packs.keep(self._made, self._met, slack=_OLD)


@contextmanager
def _remembering(cache: bool) -> Iterator[Callable[[Path], _Known]]:
    """What is known in a folder; at the end it is kept."""
    projects: dict[Path | None, _Known] = {}

    @once
    def known_in(folder: Path) -> _Known:
        root = find_root(folder) if cache else None
        return projects.setdefault(root, _Known(root))

    try:
        yield known_in
    finally:
        for known in projects.values():
            known.keep()


def _format_file(path: Path, outcome: Outcome, known: _Known, *, write: bool, diff: bool) -> None:
    name = _shown(path)
    found = Diagnostics()
    content = read_bytes(path, name, found)
    if content is not None and known.holds(content):
        outcome.kept += 1
        return
    source, result = _formatted(content, name, found)
    if content is None or result.text is None:
        _tell_faults(result.diagnostics, source, outcome)
        return
    made = result.text.encode("utf-8")
    known.add(made)
    if made == content:
        outcome.kept += 1
        return
    if write and not _replace(path, made):
        outcome.untouched += 1
        return
    outcome.changed.append(name)
    if diff:
        output.write(_difference(name, content.decode("utf-8"), result.text))


def _formatted(
    content: bytes | None, name: str, found: Diagnostics
) -> tuple[SourceFile, Formatted]:
    """The text of a file, and the same laid out, or what is wrong with it."""
    from segql.syntax.decoding import decode
    from segql.syntax.formatter import Formatted, format_source

    source, faults = decode(content, name) if content is not None else (None, tuple(found))
    if source is None:
        return SourceFile(name, ""), Formatted(None, faults)
    return source, format_source(source)


def _format_stdin(*, check: bool, diff: bool) -> int:
    outcome = Outcome()
    content = sys.stdin.buffer.read()
    source, result = _formatted(content, "stdin", Diagnostics())
    if result.text is None:
        _tell_faults(result.diagnostics, source, outcome)
        return 1
    given = content.decode("utf-8")  # with a mark of the byte order, which the text does not have
    changed = result.text != given
    if diff and changed:
        output.write(_difference("stdin", given, result.text))
    elif not check and not diff:
        output.write(result.text)
    if not changed or not (check or diff):
        return 0
    output.tell("would reformat stdin")
    return 1


def _replace(path: Path, content: bytes) -> bool:
    """The file has the new content, or, which is told, all of the old; its permissions stay."""
    from segql.project.writing import replace_file

    try:
        replace_file(path, content)
    except OSError as error:
        output.fail(
            f"cannot write `{_shown(path)}`: {(error.strerror or 'unknown reason').lower()}"
        )
        return False
    return True


def _difference(name: str, old: str, new: str) -> str:
    from segql.report.difference import unified

    return unified(name, old, new)


def _tell_faults(found: Iterable[Diagnostic], source: SourceFile, outcome: Outcome) -> None:
    from segql.report.diagnostics import render_text

    lookup: Callable[[str], SourceFile] = lambda _: source  # noqa: E731
    text = render_text(tuple(found), lookup, style=output.style(sys.stderr))
    output.tell(text.rstrip("\n") + "\n")
    outcome.faulty += 1


def _shown(path: Path) -> str:
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path.as_posix()
    return (path.as_posix() if relative.startswith("../../..") else relative).replace(os.sep, "/")


def _tell(outcome: Outcome, *, would: bool) -> None:
    from segql.report.text import plural

    for name in outcome.changed:
        output.tell(f"{'would reformat' if would else 'reformatted'} {name}")
    done = plural(len(outcome.changed), "file")
    parts = []
    if outcome.changed:
        parts.append(f"{done} would change" if would else f"{done} reformatted")
    if outcome.kept:
        parts.append(f"{plural(outcome.kept, 'file')} already formatted")
    if outcome.faulty:
        parts.append(f"{plural(outcome.faulty, 'file')} with faults left as found")
    if outcome.untouched:
        parts.append(f"{plural(outcome.untouched, 'file')} out of reach")
    output.tell(", ".join(parts))
