"""The options that several commands have; each may stand before the command's name too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from segql.diagnostics import suggest
from segql.errors import UsageError

if TYPE_CHECKING:
    from segql.api import Project


def among(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """For a shell: those of the choices that begin so."""
    return lambda incomplete: [choice for choice in choices if choice.startswith(incomplete)]


def target_names(incomplete: str) -> list[str]:
    """The targets of `segql.toml` that begin so, for a shell; none where there is no project."""
    from segql.api import load
    from segql.errors import SegqlError

    try:
        return [name for name in load(".").config.targets if name.startswith(incomplete)]
    except SegqlError:
        return []


# `Optional[…]`: Typer reads these annotations when the program runs
ProjectOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--project",
        metavar="DIR",
        help="The project's folder. Default: the nearest one upwards with a segql.toml.",
    ),
]
TargetOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--target",
        metavar="NAME",
        autocompletion=target_names,
        help="A target of segql.toml. Default: the first one.",
    ),
]
AsOfOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--as-of",
        metavar="INSTANT",
        help="Evaluate as of 2026-01-31, 2026-01-31T08:00 (project time zone) or …Z. Default: now.",
    ),
]
TimeoutOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--timeout",
        metavar="LENGTH",
        help='Stop what runs on the target after so many seconds, or after "5 minutes".',
    ),
]
ExplainCostOption = Annotated[
    bool,
    typer.Option(
        "--explain-cost", help="Only show the engine's own plan and estimate; nothing is run."
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Neither read nor write the folder .segql/cache.")
]


def segment_names(incomplete: str) -> list[str]:
    """The names of segments that begin so, for a shell; none where there is no project."""
    from segql.api import load
    from segql.errors import SegqlError

    try:
        project = load(".")
        names = {*project.segments, *project.model.segmentations}
    except SegqlError:
        return []
    return sorted(name for name in names if name.startswith(incomplete))


NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A segment.", autocompletion=segment_names)
]
NamesArgument = Annotated[
    list[str], typer.Argument(metavar="NAME", help="Segments.", autocompletion=segment_names)
]


@dataclass(frozen=True)
class Common:
    """What was said of project, target and instant, before or behind the command's name."""

    project: Path | None = None
    target: str | None = None
    as_of: str | None = None
    no_cache: bool = False

    def load(self) -> Project:
        """The project. Raises `UsageError`."""
        from segql.api import load

        return load(self.project or ".", cache=not self.no_cache)


def common(
    context: typer.Context,
    project: Path | None = None,
    target: str | None = None,
    as_of: str | None = None,
    no_cache: bool = False,
) -> Common:
    """The options of a command, or else those before its name."""
    before = context.obj if isinstance(context.obj, Common) else Common()
    return Common(
        project or before.project,
        before.target if target is None else target,
        before.as_of if as_of is None else as_of,  # an empty text is no instant, not the default
        no_cache or before.no_cache,
    )


_TIMEOUT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(?: (second|minute|hour)s?)?")


def time_limit(text: str | None) -> timedelta | None:
    """The length of `--timeout`. Raises `UsageError`."""
    if text is None:
        return None
    found = _TIMEOUT.fullmatch(text.strip())
    length = timedelta(**{f"{found[2] or 'second'}s": float(found[1])}) if found else timedelta()
    if not length:
        raise UsageError(
            f"`--timeout {text}` is no length of time",
            'seconds, minutes or hours, for example `--timeout 30` or `--timeout "5 minutes"`',
        )
    return length


def one_of(option: str, given: str, choices: Sequence[str]) -> str:
    """The given word, if it is one of the choices. Raises `UsageError`."""
    if given not in choices:
        near = suggest(given, choices)
        listed = ", ".join(f"`{choice}`" for choice in choices)
        hint = f"did you mean `{near[0]}`?" if near else f"expected one of {listed}"
        raise UsageError(f"there is no `{option} {given}`", hint)
    return given
