"""The application: its global options and its commands."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated, ParamSpec

import typer

from segql.cli import output
from segql.cli.ending import ended
from segql.cli.options import AsOfOption, Common, NoCacheOption, ProjectOption, TargetOption
from segql.version import __version__

P = ParamSpec("P")


def _version(asked: bool) -> None:
    if asked:
        output.write(f"segql {__version__}\n")
        raise typer.Exit


def options(
    context: typer.Context,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Customer segments as code: one definition, the same members on every warehouse."""
    context.obj = Common(project, target, as_of, no_cache)


def ending(command: Callable[P, int | None]) -> Callable[P, None]:
    """The command for Typer, which takes exit codes as exceptions."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(ended(functools.partial(command, *args, **kwargs)))

    return wrapped


COMMANDS = {
    "init": "init",
    "check": "check",
    "fmt": "fmt",
    "compile": "compile_",
    "preview": "preview",
    "export": "export",
    "explain": "explain",
}
"""The function of each command, in the module of its name."""


def build(words: Iterable[str]) -> typer.Typer:
    """The application, with the commands among `words`, or else with all: building one takes its time."""
    app = typer.Typer(
        name="segql",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(options)
    named = set(words) & set(COMMANDS) or set(COMMANDS)
    for name, function in COMMANDS.items():
        if name in named:
            module = import_module(f"segql.cli.{name}")
            app.command(name)(ending(getattr(module, function)))
    return app


def run() -> None:
    """Run the command of `sys.argv`; never returns."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins takes its time
    build(sys.argv[1:])()
