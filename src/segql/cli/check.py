"""`segql check`: all faults of all files, and advice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from segql.cli.checking import FORMATS, Asked, run_check
from segql.cli.options import (
    NoCacheOption,
    ProjectOption,
    among,
    common,
    one_of,
)


def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Only faults in these files or folders."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as findings.")] = False,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to tell them.",
        ),
    ] = "text",
    output_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output-file", "-o", metavar="FILE", help="Write there, not to stdout."),
    ] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="How often each code was found, as text or json.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the safe fixes.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Apply the unsafe fixes too.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what fixes would change; write nothing.")
    ] = False,
    project: ProjectOption = None,
    no_cache: NoCacheOption = False,
) -> int:
    """Report all faults of the project, and what could be better."""
    options = common(context, project, no_cache=no_cache)
    asked = Asked(
        one_of("--format", format, FORMATS),
        strict=strict,
        statistics=statistics,
        output_file=output_file,
        fix=fix or unsafe_fixes or diff,
        unsafe=unsafe_fixes,
        diff=diff,
    )
    return run_check(paths or [], options.project, asked, cache=not options.no_cache)
