"""`segql model check`: whether the database holds what the model says."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated, Optional

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    ProjectOption,
    TargetOption,
    TimeoutOption,
    among,
    common,
    one_of,
    time_limit,
)
from segql.errors import UsageError
from segql.project.config import length_of

FORMATS = ("text", "json")


def check(
    context: typer.Context,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to tell it.",
        ),
    ] = "text",
    limit: Annotated[
        str, typer.Option("--limit", metavar="N", help="Examples of each finding.")
    ] = "3",
    fresh_within: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--fresh-within",
            metavar="LENGTH",
            help='How old the newest row of each event may be, like "2 days". Default: the target\'s.',
        ),
    ] = None,
    timeout: TimeoutOption = None,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
) -> int:
    """Compare the model with a target: tables, types, keys, values.

    And how old the events are, and where they have gaps.
    """
    chosen, count = one_of("--format", format, FORMATS), _count(limit)
    fresh, length = _length(fresh_within), time_limit(timeout)
    options = common(context, project, target, as_of, no_cache=True)
    loaded = options.load()
    found = loaded.check_model(options.target, options.as_of, count, fresh, length)
    from segql.report import model_check as report

    prefix = output.prefix(loaded.root)
    if chosen == "json":
        output.write(report.document(found, loaded.source, prefix=prefix))
    else:
        style = output.style(sys.stdout)
        output.write(report.text(found, loaded.source, prefix=prefix, style=style))
    return 1 if found.findings else 0


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text)):
        raise UsageError(f"`--limit {text}` is no number of examples", "from 1 to 999")
    return int(text)


def _length(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = length_of(text)
    if found is None:
        raise UsageError(
            f"`--fresh-within {text}` is no length of time",
            'minutes, hours, days or weeks, for example `--fresh-within "2 days"`',
        )
    return found
