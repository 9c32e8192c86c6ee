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
    "rule": "rule",
    "fmt": "fmt",
    "test": "test",
    "compile": "compile_",
    "preview": "preview",
    "export": "export",
    "explain": "explain",
    "diff": "diff",
    "completion": "completion",
    "clean": "clean",
    "dialects": "dialects",
}
"""The function of each command, in the module of its name."""

GROUPS = {
    "model": (
        "Draft the model from a database, or compare the two.",
        ("draft", "check"),
    )
}
"""Commands of two words: the help of the first, and the second ones; `draft` is `draft` in `model_draft`."""


def build(words: Iterable[str], *, completes: bool = False) -> typer.Typer:
    """The application, with the commands among `words`, or else with all: building one takes its time.

    `completes`: it answers the calls that a shell makes while somebody types.
    """
    app = typer.Typer(
        name="segql",
        no_args_is_help=True,
        add_completion=completes,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(options)
    known = {*COMMANDS, *GROUPS}
    named = set(words) & known or known
    for name, function in COMMANDS.items():
        if name in named:
            module = import_module(f"segql.cli.{name}")
            app.command(name)(ending(getattr(module, function)))
    for name, (told, seconds) in GROUPS.items():
        if name in named:
            group = typer.Typer(help=told, no_args_is_help=True, rich_markup_mode=None)
            for second in seconds:
                module = import_module(f"segql.cli.{name}_{second}")
                group.command(second)(ending(getattr(module, second)))
            app.add_typer(group, name=name)
    return app


def run() -> None:
    """Run the command of `sys.argv`; never returns."""
    build(sys.argv[1:], completes="_SEGQL_COMPLETE" in os.environ)(prog_name="segql")
