"""`segql completion`: what a shell needs to complete the words of segql."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from segql.cli import output
from segql.cli.options import (
    among,
    one_of,
)

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_SEGQL_COMPLETE"
"""In the environment of the calls that a shell makes while somebody types."""


def completion(
    shell: Annotated[
        str,
        typer.Argument(metavar="|".join(SHELLS), autocompletion=among(SHELLS), help="The shell."),
    ],
) -> None:
    """Print the completion script of a shell.

    For this shell: `source <(segql completion bash)`.
    """
    from segql.cli.app import build

    os.environ[VARIABLE] = f"source_{one_of('completion', shell, SHELLS)}"
    try:
        build((), completes=True)([], prog_name="segql")
    except OSError as error:
        output.unwritten(error)
