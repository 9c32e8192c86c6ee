"""`segql compile`: the SQL of segments, printed or kept in files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from segql.cli import output
from segql.cli.options import (
    Common,
    NoCacheOption,
    ProjectOption,
    TargetOption,
    among,
    common,
    one_of,
    segment_names,
)
from segql.dialects import DIALECTS, listed
from segql.errors import UsageError

if TYPE_CHECKING:
    from segql.api import Project

FORMATS = ("sql", "dbt")


def compile_(
    context: typer.Context,
    names: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="NAME", help="Segments.", autocompletion=segment_names),
    ] = None,
    dialect: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--dialect",
            metavar="NAME",
            autocompletion=among(DIALECTS),
            help=f"{listed()}; several with commas. Default: the target's.",
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="All segments, segmentations and splits, each in a file.")
    ] = False,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", metavar="DIR", help="The folder of the files of --all."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit with 1 where a file of --all is stale."),
    ] = False,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="What --all writes.",
        ),
    ] = "sql",
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--as-of",
            metavar="INSTANT|live|parameter",
            help="An instant as for other commands, `live` for the engine's clock, or `parameter` for a bind "
            "parameter. Default: now; with --all live.",
        ),
    ] = None,
    no_cache: NoCacheOption = False,
) -> int:
    """Print the SQL that selects the members of each segment.

    With --all it is kept in files, one for each segment, for dbt as well.
    """
    options = common(context, project, target, as_of, no_cache)
    kind = one_of("--format", format, FORMATS)
    if all_:
        if names:
            raise UsageError("`--all` takes no names", "give the names, or `--all`")
        if out is None:
            raise UsageError("`--all` writes files", "say where with `--out DIR`")
        from segql.cli.publishing import publish

        return publish(options, dialect, out, kind, check=check)
    if out is not None or check or kind != "sql":
        raise UsageError("`--out`, `--check` and `--format` belong to `--all`", "add `--all`")
    if not names:
        raise UsageError("nothing to compile", "name a segment, or use `--all --out DIR`")
    return _print(options, list(dict.fromkeys(names)), dialect)


def _print(options: Common, names: list[str], dialect: str | None) -> int:
    from segql.model.running import RUNNING

    loaded = options.load()
    given = options.as_of
    as_of = given if given in RUNNING else loaded.clock(given).now
    statements = []
    for chosen in dialects_of(loaded, options, dialect):
        found = loaded.sql_of(names, chosen, as_of)
        for name in names:
            statements.append(f"-- dialect: {chosen}\n{found[name].rstrip().rstrip(';')};\n")
    output.write("\n".join(statements))
    output.tell_others(loaded, names)
    return 0


def dialects_of(loaded: Project, options: Common, dialect: str | None) -> list[str]:
    """The dialects that were named, or that of the target. Raises `UsageError`."""
    if dialect is None and options.target is not None:
        dialect = loaded.config.targets[loaded.target(options.target)].engine
    if dialect is None:
        return [loaded.dialect()]
    named = list(dict.fromkeys(part.strip() for part in dialect.split(",")))
    if "" in named:
        raise UsageError("`--dialect` names a dialect", "for example `--dialect postgres`")
    return [loaded.dialect(name) for name in named]
