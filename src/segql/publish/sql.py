"""One file of SQL for each segment, segmentation and split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segql.errors import FaultsError, UsageError

if TYPE_CHECKING:
    from segql.api import AsOf, Project


def published(project: Project) -> list[str]:
    """The names of all segments, lists, segmentations and splits; levels and parts are in the file of the whole.

    Raises `FaultsError` where the project has any fault, and `UsageError` where it has none of these.
    """
    project.config  # noqa: B018  # a broken configuration stops every command
    faults = [item for item in project.diagnostics if item.is_error]
    if faults:
        raise FaultsError(faults[0].message, faults, project.source, project.root)
    model = project.model
    levels = {
        level.segment.name for whole in model.segmentations.values() for level in whole.levels
    }
    names = sorted({*model.segments, *model.segmentations} - levels)
    if not names:
        raise UsageError("the project has no segment")
    return names


def sql_files(project: Project, dialects: Sequence[str], as_of: AsOf) -> dict[str, bytes]:
    """`NAME.sql`, or with several dialects `DIALECT/NAME.sql`. Raises what `published` and `Project.sql` raise."""
    names = published(project)
    files: dict[str, bytes] = {}
    for dialect in dialects:
        folder = f"{dialect}/" if len(dialects) > 1 else ""
        for name, text in project.sql_of(names, dialect, as_of).items():
            place = place_of(project, name)
            head = f"-- Made by segql from {place} for {dialect}. Change that, not this.\n"
            files[f"{folder}{name}.sql"] = f"{head}{text.rstrip().rstrip(';')};\n".encode()
    return files


def place_of(project: Project, name: str) -> str:
    """The file that declares a segment, relative to the project."""
    model = project.model
    found = model.segmentations.get(name) or model.segments[name]
    return found.span.file
