"""`segql preview`: how many, why, who."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    NamesArgument,
    NoCacheOption,
    ProjectOption,
    TargetOption,
    common,
)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def preview(
    context: typer.Context,
    names: NamesArgument,
    format: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help="Members in the sample.")
    ] = 10,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Show the members' number and share, what each condition does, and a sample of members."""
    options = common(context, project, target, as_of, no_cache)
    loaded = options.load()
    names = list(dict.fromkeys(names))
    found = loaded.preview(names, options.target, options.as_of, limit)
    from segql.report.preview import render_json, render_text

    if format is Format.JSON:
        output.write(render_json(found))
    else:
        output.write(render_text(found, output.style(sys.stdout)))
    output.tell_others(loaded, names)
