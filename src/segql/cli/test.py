"""`segql test`: the tests and claims of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

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

FORMATS = ("text", "json", "junit")


def test(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Only tests in these files or folders."),
    ] = None,
    expression: Annotated[
        str,
        typer.Option(
            "-k",
            metavar="EXPR",
            help="Only tests whose file or name fits: words with and, or, not.",
        ),
    ] = "",
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to tell the results.",
        ),
    ] = "text",
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Which conditions were seen both true and false.")
    ] = False,
    fail_under: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            "--fail-under",
            metavar="PERCENT",
            min=0,
            max=100,
            help="Exit with 1 where the coverage is lower.",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Run again whenever a file of the project changes.")
    ] = False,
    timeout: TimeoutOption = None,
    project: ProjectOption = None,
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--target",
            metavar="NAME",
            autocompletion=target_names,
            help="Decide claims on the data of this target.",
        ),
    ] = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> int:
    """Run the `test` blocks; with --target the `assert` blocks too.

    Tests bring their own rows. What `assert` blocks claim is decided on the data of a target.
    """
    from segql.cli.testing import run_tests, watch_tests

    chosen = one_of("--format", format, FORMATS)
    options = common(context, project, target, as_of, no_cache)
    run = watch_tests if watch else run_tests
    return run(
        options,
        paths or [],
        expression,
        format=chosen,
        coverage=coverage or fail_under is not None,
        fail_under=fail_under,
        timeout=time_limit(timeout),
    )
