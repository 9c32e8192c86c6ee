"""`segql dialects`: what each dialect does with each operation."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from segql.cli import output
from segql.cli.options import (
    among,
    one_of,
)
from segql.diagnostics import suggest
from segql.dialects import DIALECTS, listed
from segql.errors import UsageError

FORMATS = ("text", "json")


def dialects(
    names: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="DIALECT", autocompletion=among(DIALECTS), help=f"{listed()}. Default: all."
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to tell it.",
        ),
    ] = "text",
) -> None:
    """Print what each dialect does with each operation.

    It has it, makes it of others, or refuses it.
    """
    from segql.report.dialects import render_json, render_text

    chosen = one_of("--format", format, FORMATS)
    asked = list(dict.fromkeys(names or DIALECTS))
    for name in asked:
        if name not in DIALECTS:
            near = suggest(name, DIALECTS)
            hint = f"did you mean `{near[0]}`?" if near else f"the dialects are {listed('and')}"
            raise UsageError(f"there is no dialect `{name}`", hint)
    output.write(render_json(asked) if chosen == "json" else render_text(asked))
