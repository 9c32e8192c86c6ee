"""The work of `segql compile --all`: files written, or held against the project."""

from __future__ import annotations

from pathlib import Path

from segql.cli import output
from segql.cli.compile import dialects_of
from segql.cli.options import Common
from segql.errors import UsageError
from segql.publish.files import Folder, look
from segql.report.text import plural

SAID = {"new": "missing", "changed": "stale", "gone": "left over"}


def publish(
    options: Common, dialect: str | None, out: Path, kind: str, *, check: bool = False
) -> int:
    """Make the folder what the project says; with `check` only say where it is not: 1 then."""
    loaded = options.load()
    dialects = dialects_of(loaded, options, dialect)
    if kind == "dbt":
        from segql.publish.dbt import dbt_files

        if len(dialects) > 1:
            raise UsageError("a dbt project is of one dialect", "name one with `--dialect`")
        if options.as_of is not None:
            raise UsageError(
                "dbt says itself as of when a model is built: `--as-of` is not for `--format dbt`",
                "give dbt `--vars 'segql_as_of: 2026-01-01T00:00:00Z'`; without it, it is live",
            )
        files = dbt_files(loaded, dialects[0])
    else:
        from segql.publish.sql import sql_files

        files = sql_files(loaded, dialects, options.as_of or "live")
    folder = look(out, files)
    return _check(folder) if check else _write(folder)


def _check(folder: Folder) -> int:
    for change in folder.changes:
        output.write(f"{SAID[change.kind]}: {_shown(folder, change.name)}\n")
    stale = len(folder.changes)
    if stale:
        output.tell(f"{plural(stale, 'file')} not up to date; run this without `--check`")
    else:
        output.tell(f"{plural(len(folder.wanted), 'file')} up to date")
    return int(stale > 0)


def _write(folder: Folder) -> int:
    folder.write()
    for change in folder.changes:
        word = "removed" if change.kind == "gone" else "wrote"
        output.write(f"{word} {_shown(folder, change.name)}\n")
    for name in folder.kept:
        output.tell(f"`{_shown(folder, name)}` was changed by hand and stays; its segment is gone")
    same = len(folder.wanted) - sum(change.kind != "gone" for change in folder.changes)
    if same:
        output.tell(f"{plural(same, 'file')} up to date")
    return 0


def _shown(folder: Folder, name: str) -> str:
    return (folder.root / name).as_posix()
