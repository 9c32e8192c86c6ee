"""`segql preview`: how many, why, who."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    ExplainCostOption,
    NamesArgument,
    NoCacheOption,
    ProjectOption,
    TargetOption,
    TimeoutOption,
    among,
    common,
    one_of,
    time_limit,
)
from segql.errors import UsageError

FORMATS = ("text", "json")


def preview(
    context: typer.Context,
    names: NamesArgument,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to show it.",
        ),
    ] = "text",
    limit: Annotated[
        str, typer.Option("--limit", metavar="N", help="Members in the sample.")
    ] = "10",
    explain_cost: ExplainCostOption = False,
    timeout: TimeoutOption = None,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Show how many are in, what each condition does, and a sample."""
    chosen, count, length = one_of("--format", format, FORMATS), _count(limit), time_limit(timeout)
    options = common(context, project, target, as_of, no_cache)
    loaded = options.load()
    names = list(dict.fromkeys(names))
    if explain_cost:
        costs = loaded.cost(names, options.target, options.as_of, of="counts", timeout=length)
        output.write_costs(costs, chosen)
        output.tell_others(loaded, names)
        return
    found = loaded.preview(names, options.target, options.as_of, count, length)
    from segql.report.preview import render_json, render_text

    if chosen == "json":
        output.write(render_json(found))
    else:
        output.write(render_text(found, output.style(sys.stdout)))
    output.tell_others(loaded, names)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise UsageError(f"`--limit {text}` is no number of members", "for example `--limit 20`")
    return int(text)
