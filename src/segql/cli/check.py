"""`segql check`: all faults of all files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segql.cli.checking import run_check
from segql.cli.options import NoCacheOption, ProjectOption, common, one_of

FORMATS = ("text", "concise", "json")


def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Only faults in these files or folders."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as findings.")] = False,
    format: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to tell them.")
    ] = "text",
    project: ProjectOption = None,
    no_cache: NoCacheOption = False,
) -> int:
    """Report all faults of all files of the project, in one run."""
    chosen = one_of("--format", format, FORMATS)
    options = common(context, project, no_cache=no_cache)
    return run_check(
        paths or [], options.project, format=chosen, strict=strict, cache=not options.no_cache
    )
