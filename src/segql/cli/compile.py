"""`segql compile`: the SQL of segments."""

from __future__ import annotations

from typing import Annotated, Optional

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
from segql.dialects import listed
from segql.errors import UsageError


def compile_(
    context: typer.Context,
    names: NamesArgument,
    dialect: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--dialect",
            metavar="NAME",
            help=f"{listed()}; several with commas. Default: the target's.",
        ),
    ] = None,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Print the SQL that selects the members of each segment."""
    options = common(context, project, target, as_of, no_cache)
    loaded = options.load()
    names = list(dict.fromkeys(names))
    if dialect is None and options.target is not None:
        dialect = loaded.config.targets[loaded.target(options.target)].engine
    dialects = [part.strip() for part in dialect.split(",")] if dialect is not None else [None]
    if "" in dialects:
        raise UsageError("`--dialect` names a dialect", "for example `--dialect postgres`")
    clock = loaded.clock(options.as_of)
    statements = []
    for chosen in dialects:
        found = loaded.sql_of(names, chosen, clock.now)
        used = chosen or loaded.dialect()
        for name in names:
            statements.append(f"-- dialect: {used}\n{found[name].rstrip().rstrip(';')};\n")
    output.write("\n".join(statements))
    output.tell_others(loaded, names)
