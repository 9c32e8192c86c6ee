"""`segql explain`: a definition in plain English, or on its way to SQL."""

from __future__ import annotations

from typing import Annotated

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    NameArgument,
    NoCacheOption,
    ProjectOption,
    among,
    common,
    one_of,
)
from segql.report.text import shown

STAGES = ("english", "tree", "model", "plan", "sql")


def explain(
    context: typer.Context,
    name: NameArgument,
    stage: Annotated[
        str,
        typer.Option(
            "--stage",
            metavar="|".join(STAGES),
            autocompletion=among(STAGES),
            help="How far on its way.",
        ),
    ] = "english",
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Say in plain English what a segment means.

    Every choice is written out: windows as dates, unknown values, ties.
    """
    chosen = one_of("--stage", stage, STAGES)
    options = common(context, project, None, as_of, no_cache)
    loaded = options.load()
    text = loaded.explain(name, chosen, options.as_of).rstrip("\n")
    if chosen != "sql":  # a statement holds no control character, and must stay as it is
        text = "\n".join(map(shown, text.split("\n")))
    output.write(text + "\n")
    output.tell_others(loaded, [name])
