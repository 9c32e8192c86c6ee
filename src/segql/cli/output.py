"""What goes to stdout and stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from segql.errors import FaultsError, UsageError
from segql.project.sources import CONFIG
from segql.report.diagnostics import render_text
from segql.report.text import Style, plural

if TYPE_CHECKING:
    from segql.api import Project
    from segql.report.cost import Cost


def prepare() -> None:
    """UTF-8 whatever the locale says; a character that cannot be written is no reason to fail. What goes to a stream
    that was closed (`>&-`) goes nowhere, and into no file that is opened under its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115  # until the end
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def style(stream: TextIO) -> Style:
    """Colours on a terminal, unless `NO_COLOR` is set or the terminal is `dumb`."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Style(colour=stream.isatty() and not plain)


def write(text: str) -> None:
    """What was asked for. Raises `UsageError` where it cannot be written."""
    with _writable():
        sys.stdout.write(text)


def write_costs(costs: Sequence[Cost], format: str) -> None:
    """What engines expect of statements, as `text` or `json`."""
    from segql.report.cost import render_json, render_text

    write(render_json(costs) if format == "json" else render_text(costs, style(sys.stdout)))


def write_bytes(data: bytes | memoryview) -> None:
    """What was asked for, where it is no text. Raises `UsageError`."""
    with _writable():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


def refuse_source(path: Path) -> None:
    """Raises `UsageError` where a result would take the place of what people have written."""
    if path.suffix == ".seg" or path.name == CONFIG:
        raise UsageError(f"`{path}` is a source, not a place for results", "name another file")


def flush() -> None:
    """What was written is out. Raises `UsageError`."""
    with _writable():
        sys.stdout.flush()


@contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        unwritten(error)


def unwritten(error: OSError) -> NoReturn:
    """A full disk is one sentence; after it nothing more is written, not at the end of the program either."""
    if isinstance(error, BrokenPipeError):
        raise error
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the end
    reason = (error.strerror or "unknown reason").lower()
    raise UsageError(f"cannot write to stdout: {reason}") from None


def tell(text: str) -> None:
    """A line beside what was asked for."""
    flush()
    sys.stderr.write(text + "\n")


def hint(text: str) -> None:
    """A line for people: only on a terminal."""
    if sys.stderr.isatty():
        tell(text)


def fail(message: str, hint: str = "") -> None:
    """A failure of the command, and a way out."""
    paint = style(sys.stderr)
    tell(f"{paint.red('error')}{paint.bold(': ' + message)}")
    if hint:
        tell(f"  {paint.blue('=')} {paint.bold('help')}: {hint}")


def tell_faults(error: FaultsError) -> None:
    """The faults that stop a command."""
    text = render_text(
        error.diagnostics, error.source, prefix=prefix(error.root), style=style(sys.stderr)
    )
    tell(text.rstrip("\n") + "\n")


def tell_others(project: Project, names: Iterable[str]) -> None:
    """Faults of the project that do not stop a command about these names: counted."""
    count = project.other_errors(names)
    if count:
        errors = plural(count, "other error")
        tell(f"{errors} in the project; run `segql check`")


def prefix(root: Path) -> str:
    """What stands before a file's name so that it leads there from the current folder; from far away all of it."""
    here = Path.cwd()
    try:
        relative = os.path.relpath(root, here).replace(os.sep, "/")
    except ValueError:  # another drive
        return root.as_posix() + "/"
    if relative.startswith("../../.."):
        return root.as_posix() + "/"
    return "" if relative == "." else relative + "/"
