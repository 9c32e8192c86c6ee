"""`segql diff`: what changed in the segments, by what they mean."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    NoCacheOption,
    ProjectOption,
    TimeoutOption,
    among,
    common,
    one_of,
    target_names,
    time_limit,
)
from segql.dialects import DIALECTS, listed
from segql.errors import UsageError
from segql.project.sources import CONFIG

if TYPE_CHECKING:
    from datetime import timedelta

    from segql.api import Project
    from segql.cli.options import Common
    from segql.report.changes import Changes

FORMATS = ("text", "json", "markdown")


def diff(
    context: typer.Context,
    revision: Annotated[
        str,
        typer.Argument(metavar="REV", help="What to compare with: a revision of git, or OLD..NEW."),
    ] = "HEAD",
    staged: Annotated[
        bool, typer.Option("--staged", help="Compare what is staged, not the work tree.")
    ] = False,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to tell the changes.",
        ),
    ] = "text",
    dialect: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--dialect",
            metavar="NAME",
            autocompletion=among(DIALECTS),
            help=f"{listed()}: whose SQL. Default: the target's.",
        ),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where a segment changed.")
    ] = False,
    project: ProjectOption = None,
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--target",
            metavar="NAME",
            autocompletion=target_names,
            help="Also ask this target who enters and who leaves.",
        ),
    ] = None,
    as_of: AsOfOption = None,
    timeout: TimeoutOption = None,
    no_cache: NoCacheOption = False,
) -> int:
    """Tell which segments changed against a revision of git.

    And through what, in which SQL and, with --target, for whom.
    """
    from segql.report.changes import render_json, render_markdown, render_text

    options = common(context, project, target, as_of, no_cache)
    chosen, length = one_of("--format", format, FORMATS), time_limit(timeout)
    loaded = options.load()
    old, _, new = revision.partition("..")
    if new.startswith("."):
        raise UsageError(
            f"`{revision}` has three dots; two stand between revisions",
            f"from where they parted: `$(git merge-base {old or 'HEAD'} {new[1:] or 'HEAD'})..{new[1:]}`",
        )
    if new and staged:
        raise UsageError("`--staged` is the second side already", "give one revision with it")
    with tempfile.TemporaryDirectory(prefix="segql-") as room:
        changes = _changes(
            loaded,
            (old, ":staged" if staged else new),
            Path(room),
            dialect,
            options,
            length,
        )
    match chosen:
        case "json":
            output.write(render_json(changes))
        case "markdown":
            output.write(render_markdown(changes))
        case _:
            import sys

            output.write(render_text(changes, output.style(sys.stdout)))
    return int(exit_code and bool(changes.changes or changes.notes))


def _changes(
    loaded: Project,
    sides: tuple[str, str],
    room: Path,
    dialect: str | None,
    options: Common,
    timeout: timedelta | None,
) -> Changes:
    from segql.changes.compare import Comparison
    from segql.project import git
    from segql.report.changes import Changes

    old_name, new_name = sides
    root = loaded.root
    old = _at(loaded, old_name, room / "old")
    new = _at(loaded, new_name, room / "new") if new_name else loaded
    if new is None:
        raise UsageError(f"there was no project at `{new_name}`")
    new.config  # noqa: B018  # a broken configuration stops every command
    chosen = new.target(options.target) if options.target is not None else ""
    spoken = dialect or (new.config.targets[chosen].engine if chosen else None)
    notes: tuple[str, ...] = ()
    if old is not None and not old.is_configured:
        old = old.with_config_of(new)
        notes = (f"`{CONFIG}` has faults before; for both sides it is that of now",)
    compared = Comparison(old, new).compare(new.dialect(spoken), options.as_of or "live")
    changes, now = compared.changes, ""
    if chosen:
        from segql.changes.people import Asker

        clock = new.clock(options.as_of)
        now = clock.local(clock.now).isoformat(" ", "minutes")
        changes = Asker(old, new, chosen, clock.now, timeout).told(changes)
    return Changes(
        git.said(root, old_name),
        git.said(root, new_name) if new_name else "work tree",
        new.dialect(spoken),
        chosen,
        now,
        changes,
        compared.unchanged,
        notes + compared.notes,
    )


def _at(loaded: Project, revision: str, folder: Path) -> Project | None:
    """The project as a revision has it; None where it had none."""
    from segql.project import git

    folder.mkdir()
    found = git.extract(loaded.root, revision, folder)
    return loaded.with_definitions(folder) if found else None
