"""`segql check`: all faults of all files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segql.cli import output
from segql.cli.options import NoCacheOption, ProjectOption, common, one_of
from segql.diagnostics import Diagnostic
from segql.errors import UsageError

if TYPE_CHECKING:
    from segql.api import Project


FORMATS = ("text", "concise", "json")


def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Only faults in these files or folders."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as findings.")] = False,
    format: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to tell them.")
    ] = "text",
    project: ProjectOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Report all faults of all files of the project, in one run."""
    chosen = one_of("--format", format, FORMATS)
    options = common(context, project, no_cache=no_cache)
    checked, wanted = _project(paths or [], options.project, not options.no_cache)
    found = [item for item in checked.diagnostics if _is_in(item, wanted)]
    output.write(_render(found, checked, wanted, chosen))
    errors = any(item.is_error for item in found)
    if any(item.is_error and item.code.code.startswith("SEG01") for item in found):
        raise typer.Exit(2)
    if errors or (strict and found):
        raise typer.Exit(1)


def _render(found: list[Diagnostic], project: Project, wanted: list[str], format: str) -> str:
    from segql.report import diagnostics as report

    prefix = output.prefix(project.root)
    if format == "json":
        return report.render_json(found, project.source, prefix=prefix)
    if format == "concise":
        return report.render_concise(found, project.source, prefix=prefix)
    import sys

    from segql.report.text import plural

    style = output.style(sys.stdout)
    text = report.render_text(found, project.source, prefix=prefix, style=style)
    files = sum(_is_below(name, wanted) for name, _ in project.sources.raw[1:])
    return f"{text}{report.summary(found)} in {plural(files, 'file')}\n"


def _project(paths: list[Path], folder: Path | None, cache: bool) -> tuple[Project, list[str]]:
    """The project, and the names (relative, with `/`) of what to report about; none is all."""
    from segql.api import load

    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no file or folder `{path}`")
    project = load(folder or (paths[0] if paths else "."), cache=cache)
    wanted = []
    for path in paths:
        relative = os.path.relpath(path.resolve(), project.root.resolve()).replace(os.sep, "/")
        if relative == ".":
            return project, []
        if relative.startswith("../"):
            raise UsageError(
                f"`{path}` does not belong to the project `{project.root}`",
                "check one project at a time",
            )
        wanted.append(relative)
    return project, wanted


def _is_in(item: Diagnostic, wanted: list[str]) -> bool:
    return item.span is None or _is_below(item.span.file, wanted)


def _is_below(name: str, wanted: list[str]) -> bool:
    return not wanted or any(name == path or name.startswith(path + "/") for path in wanted)
