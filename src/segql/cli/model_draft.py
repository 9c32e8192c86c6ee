"""`segql model draft`: a first model from the database itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from segql.cli import output
from segql.cli.options import ProjectOption, TargetOption, TimeoutOption, common, time_limit
from segql.errors import UsageError


def draft(
    context: typer.Context,
    file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write there, a new file. Default: stdout."
        ),
    ] = None,
    schema: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--schema", metavar="NAME", help="Only its tables; may be given again."),
    ] = None,
    timeout: TimeoutOption = None,
    project: ProjectOption = None,
    target: TargetOption = None,
) -> None:
    """Write a first model from a target's own catalogue and rows."""
    if file is not None and file.exists():
        raise UsageError(f"`{file}` is there already", "name a file that does not exist yet")
    length = time_limit(timeout)
    options = common(context, project, target, no_cache=True)
    text = options.load().draft_model(options.target, schema or (), length)
    if file is None:
        output.write(text)
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot write `{file}`: {reason}") from None
    output.tell(f"wrote {file}")
