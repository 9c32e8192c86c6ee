"""The application: its global options, its commands, and how a command ends."""

from __future__ import annotations

import functools
import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated, ParamSpec

import typer

from segql.cli import output
from segql.cli.options import AsOfOption, Common, NoCacheOption, ProjectOption, TargetOption
from segql.errors import FaultsError, SegqlError
from segql.version import __version__

P = ParamSpec("P")
INTERRUPTED = 130
BUG = 70
"""`EX_SOFTWARE`: apart from what a command finds (1), refuses (2) or cannot reach (3)."""


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


def ending(command: Callable[P, None]) -> Callable[P, None]:
    """A command that ends as the interface says: faults and failures on stderr, and their exit codes."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except SegqlError as error:
            _tell(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader has seen enough
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the end
            raise typer.Exit(0) from None
        except typer.Exit:
            raise
        except Exception:
            traceback.print_exc()
            output.fail("this is a fault of segql itself", "please report the lines above")
            raise typer.Exit(BUG) from None

    return wrapped


def _tell(error: SegqlError) -> None:
    if isinstance(error, FaultsError):
        output.tell_faults(error)
    output.fail(str(error), error.hint)


COMMANDS = {
    "init": "init",
    "check": "check",
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
    gc.disable()  # a command is short; what it makes is needed until its end
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins takes its time
    output.prepare()
    build(sys.argv[1:])()
