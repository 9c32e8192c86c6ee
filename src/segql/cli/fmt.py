"""`segql fmt`: the one layout of `.seg` files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segql.cli.formatting import run_format
from segql.cli.options import NoCacheOption, ProjectOption, common


def fmt(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH|-",
            help="Files or folders; - formats stdin to stdout. Default: the files of the project.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 where a file would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change; exit likewise.")
    ] = False,
    project: ProjectOption = None,
    no_cache: NoCacheOption = False,
) -> int:
    """Lay out `.seg` files: one style, no options.

    Comments and blank lines are kept.
    """
    options = common(context, project, no_cache=no_cache)
    return run_format(
        paths or [], options.project, check=check, diff=diff, cache=not options.no_cache
    )
