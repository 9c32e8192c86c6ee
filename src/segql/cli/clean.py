"""`segql clean`: the cache."""

from __future__ import annotations

import typer

from segql.cli import output
from segql.cli.options import ProjectOption, common
from segql.report.text import plural


def clean(context: typer.Context, project: ProjectOption = None) -> int:
    """Remove what segql has kept of the project to be quicker."""
    from segql.project.cache import Cache

    options = common(context, project)
    removed = Cache(options.load().root).clean()
    if removed is None:
        output.tell("nothing was kept")
        return 0
    if removed.reason:
        output.tell(f"cannot remove all of `{removed.folder}`: {removed.reason}")
        return 1
    output.write(f"removed {removed.folder}: {plural(removed.files, 'file')}\n")
    return 0
