"""`segql explain`: a definition in plain English, or on its way to SQL."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from segql.cli import output
from segql.cli.options import AsOfOption, NameArgument, NoCacheOption, ProjectOption, common


class Stage(StrEnum):
    ENGLISH = "english"
    TREE = "tree"
    MODEL = "model"
    PLAN = "plan"
    SQL = "sql"


def explain(
    context: typer.Context,
    name: NameArgument,
    stage: Annotated[Stage, typer.Option("--stage", help="How far on its way.")] = Stage.ENGLISH,
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Say what a segment means, in plain English and with every choice written out."""
    options = common(context, project, None, as_of, no_cache)
    loaded = options.load()
    text = loaded.explain(name, stage.value, options.as_of)
    output.write(text.rstrip("\n") + "\n")
    output.tell_others(loaded, [name])
