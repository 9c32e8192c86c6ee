"""All faults of all files: the work of `segql check`, without the library of the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segql.cli import output
from segql.cli.ending import outlive
from segql.diagnostics import Diagnostic
from segql.errors import UsageError
from segql.project.sources import CONFIG

if TYPE_CHECKING:
    from segql.api import Project


FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")


@dataclass(frozen=True)
class Asked:
    """What the options of `check` say."""

    format: str = "text"
    strict: bool = False
    statistics: bool = False
    output_file: Path | None = None
    fix: bool = False
    unsafe: bool = False
    diff: bool = False


def run_check(
    paths: Sequence[Path],
    project: Path | None = None,
    asked: Asked = Asked(),  # frozen
    *,
    cache: bool = True,
) -> int:
    """Report the faults in `paths` (none: all) on stdout; the exit code. Raises `UsageError`."""
    if asked.statistics and asked.format not in ("text", "json"):
        raise UsageError(f"there are no statistics as {asked.format}", "choose text or json")
    if asked.diff and (asked.statistics or asked.format != "text"):
        other = "--statistics" if asked.statistics else f"--format {asked.format}"
        raise UsageError(
            f"`--diff` shows what fixes would change, `{other}` what was found",
            "ask for one of them",
        )
    if asked.output_file is not None:
        output.refuse_source(asked.output_file)
    checked, wanted = chosen_files(paths, project, cache)
    outlive(checked)
    fixed = 0
    if asked.fix:
        from segql.cli.fixing import fix, show_fixes, tell_fixes

        result = fix(checked, wanted, unsafe=asked.unsafe)
        if asked.diff:
            text = show_fixes(checked, result)
            _write(text, asked.output_file)
            left = [item for item in result.project.diagnostics if is_in(item, wanted)]
            tell_fixes(result, left)
            return 1 if text else _ending(left, asked)
        checked, fixed = result.project, result.count
        result.write()
    found = [item for item in checked.diagnostics if is_in(item, wanted)]
    _write(_render(found, checked, wanted, asked, fixed), asked.output_file)
    if asked.format in ("text", "concise"):
        tell_fixable(found)
    return _ending(found, asked)


def tell_fixable(found: Sequence[Diagnostic]) -> None:
    """A hint, to people only, at the option that mends some of what was found."""
    from segql.lint.fixes import fix_of
    from segql.report.text import number

    count = sum(fix_of(item) is not None for item in found)
    if count:
        output.hint(f"`segql check --fix` mends {number(count)} of them, `--diff` shows how")


def _ending(found: Sequence[Diagnostic], asked: Asked) -> int:
    """The exit code."""
    errors = [item for item in found if item.is_error]
    if any(_is_of_configuration(item) for item in errors):
        return 2
    return 1 if errors or (asked.strict and found) else 0


def _is_of_configuration(item: Diagnostic) -> bool:
    return item.span is not None and item.span.file == CONFIG


def _write(text: str, path: Path | None) -> None:
    if path is None:
        output.write(text)
        return
    from segql.project.writing import replace_file

    try:
        replace_file(path, text.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot write `{path}`: {reason}") from None


def _render(
    found: list[Diagnostic], project: Project, wanted: list[str], asked: Asked, fixed: int
) -> str:
    prefix = output.prefix(project.root)
    if asked.statistics:
        from segql.report import statistics

        if asked.format == "json":
            return statistics.render_statistics_json(found)
        lines = statistics.render_statistics(found)
        return lines + ("\n" if lines else "") + _summary(found, project, wanted, fixed)
    if asked.format != "text":
        from segql.report.formats import renderer

        return renderer(asked.format)(found, project.source, prefix=prefix)
    from segql.report.diagnostics import render_text
    from segql.report.text import PLAIN

    style = output.style(sys.stdout) if asked.output_file is None else PLAIN
    text = render_text(found, project.source, prefix=prefix, style=style)
    return text + _summary(found, project, wanted, fixed)


def _summary(found: list[Diagnostic], project: Project, wanted: list[str], fixed: int) -> str:
    from segql.report.diagnostics import summary
    from segql.report.text import number, plural

    files = sum(is_below(name, wanted) for name, _ in project.sources.raw[1:])
    mended = f", {number(fixed)} fixed" if fixed else ""
    return f"{summary(found)} in {plural(files, 'file')}{mended}\n"


def chosen_files(
    paths: Sequence[Path], folder: Path | None, cache: bool
) -> tuple[Project, list[str]]:
    """The project, and the names (relative, with `/`) of what to report about; none is all."""
    from segql.api import load
    from segql.project.processes import processors

    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no file or folder `{path}`")
    start = folder or (paths[0] if paths else ".")
    project = load(start, cache=cache, processes=processors())
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
        if not _holds(project, relative):
            raise UsageError(
                f"there is no `.seg` file in `{path}`"
                if path.is_dir()
                else f"`{path}` is no `.seg` file of the project"
            )
        wanted.append(relative)
    return project, wanted


def _holds(project: Project, name: str) -> bool:
    """Whether something of the project, or a fault of reading it, is at `name` or below."""
    sources = project.sources
    files = [file for file, _ in sources.raw]
    files += [item.span.file for item in sources.diagnostics if item.span is not None]
    return any(is_below(file, [name]) for file in files)


def is_in(item: Diagnostic, wanted: list[str]) -> bool:
    """Whether a diagnostic is about what was asked for."""
    return item.span is None or is_below(item.span.file, wanted)


def is_below(name: str, wanted: list[str]) -> bool:
    return not wanted or any(name == path or name.startswith(path + "/") for path in wanted)
