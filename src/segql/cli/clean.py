"""`segql clean`: the caches."""

from __future__ import annotations

import typer

from segql.cli import output
from segql.cli.options import ProjectOption, common
from segql.report.text import plural


def clean(context: typer.Context, project: ProjectOption = None) -> int:
    """Remove what segql has kept to be quicker: the cache of the project, and your own of the grammar."""
    from segql.project.cache import Cache, Removed

    options = common(context, project)
    removed: list[Removed] = Cache(options.load().root).clean()
    for item in removed:
        if item.reason:
            output.tell(f"cannot remove all of `{item.folder}`: {item.reason}")
        else:
            output.write(f"removed {item.folder}: {plural(item.files, 'file')}\n")
    if not removed:
        output.tell("nothing was kept")
    return int(any(item.reason for item in removed))
