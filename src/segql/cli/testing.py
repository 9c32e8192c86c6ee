"""The work of `segql test`: which tests, on what, told how."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from segql.cli import output
from segql.cli.options import Common
from segql.diagnostics import Diagnostic
from segql.errors import UsageError

if TYPE_CHECKING:
    from segql.api import Project
    from segql.engines.base import Engine
    from segql.model.clock import Clock
    from segql.model.nodes import Assertion
    from segql.report.tests import Outcome, Tested
    from segql.testing.tester import Tester

_PAUSE = 0.3
"""Seconds between two looks at the files."""


def run_tests(
    options: Common,
    paths: Sequence[Path],
    expression: str = "",
    *,
    format: str = "text",
    coverage: bool = False,
    fail_under: float | None = None,
    timeout: timedelta | None = None,
) -> int:
    """Run the tests once and tell; the exit code. Raises `UsageError`."""
    from segql.cli.checking import chosen_files, is_below
    from segql.report.tests import Tested
    from segql.testing.coverage import Coverage
    from segql.testing.tester import Tester

    started = time.perf_counter()
    project, wanted = chosen_files(paths, options.project, not options.no_cache)
    project.config  # noqa: B018  # a broken configuration stops every command
    if options.target is not None:
        project.target(options.target)
    project.clock(options.as_of)
    fits = _chooser(expression)
    tester = Tester(
        project.model,
        project.source,
        lambda name: len(project.faults_of(name)),
        Coverage() if coverage else None,
    )
    faults = _faults_of_tests(project, wanted)
    results = list(_results(project, tester, options, wanted, fits, timeout))
    results += map(tester.faulty, faults)
    if not results and (wanted or expression):
        raise _none_fits(paths, expression)
    lines = tester.covered(lambda file: is_below(file, wanted)) if coverage else None
    tested = Tested(tuple(results), lines, time.perf_counter() - started)
    output.write(_render(tested, format))
    if not results:
        output.hint("tests are `test` blocks in `.seg` files; `segql init` shows a first one")
    code = _ended(project, tested, faults, fail_under)
    if tester.unanswered is None:
        return code
    output.fail(str(tester.unanswered), tester.unanswered.hint)
    return tester.unanswered.exit_code


def _none_fits(paths: Sequence[Path], expression: str) -> UsageError:
    where = f" in {', '.join(f'`{path}`' for path in paths)}" if paths else ""
    if expression:
        hint = (
            "the words are looked for in the file, and in what is tested or the text of the claim"
        )
        return UsageError(f"no test{where} fits `-k {expression}`", hint)
    return UsageError(
        f"there is no test{where}", "tests are `test` and `assert` blocks in `.seg` files"
    )


def _render(tested: Tested, format: str) -> str:
    from segql.report.tests import render_json, render_junit, render_text

    if format == "json":
        return render_json(tested)
    if format == "junit":
        return render_junit(tested)
    return render_text(tested, style=output.style(sys.stdout))


def _ended(
    project: Project, tested: Tested, faults: Sequence[Diagnostic], fail_under: float | None
) -> int:
    from segql.errors import FaultsError

    code = 1 if tested.count("failed") or tested.count("broken") else 0
    if faults:
        output.tell_faults(FaultsError("", faults, project.source, project.root))
        code = 1
    if fail_under is not None and tested.covered < fail_under:
        output.fail(f"the coverage is {tested.covered:.1f}%, less than {fail_under:g}%")
        code = 1
    return code


def _results(
    project: Project,
    tester: Tester,
    options: Common,
    wanted: list[str],
    fits: Callable[[str], bool],
    timeout: timedelta | None,
) -> Iterator[Outcome]:
    """The results in the order of files and places."""
    from segql.cli.checking import is_below
    from segql.model.nodes import Case

    model = project.model
    blocks: list[Case | Assertion] = sorted(
        (*model.cases, *model.assertions), key=lambda item: (item.span.file, item.span.start)
    )
    clock = project.clock(options.as_of)

    @contextmanager
    def ask(names: list[str]) -> Iterator[tuple[Engine, Clock, str]]:
        chosen = project.target(options.target)
        with project.engine(chosen, names, timeout) as engine:
            yield engine, clock, project.config.targets[chosen].engine

    for block in blocks:
        name = block.name if isinstance(block, Case) else block.why
        if not is_below(block.span.file, wanted) or not fits(f"{block.span.file} {name}"):
            continue
        if isinstance(block, Case):
            yield tester.test(block)
        else:
            yield tester.claims(block, ask if options.target is not None else None)


def _faults_of_tests(project: Project, wanted: list[str]) -> list[Diagnostic]:
    """The errors inside tests and claims, and where nothing could be read, so that a test may be missing."""
    from segql.cli.checking import is_below

    others = project.definition_places()

    def hides_a_test(found: Diagnostic) -> bool:
        if found.span is None:
            return not wanted
        if not is_below(found.span.file, wanted):
            return False
        of_test = found.span.file.endswith(".test.seg")
        return of_test or not any(place.contains(found.span) for place in others)

    return [item for item in project.diagnostics if item.is_error and hides_a_test(item)]


# --- which ------------------------------------------------------------------------------------------


def _chooser(expression: str) -> Callable[[str], bool]:
    """`-k`: words that the file or the name contains, with `and`, `or`, `not`. Raises `UsageError`."""
    groups = [
        [part.split() for part in re.split(r"(?<!\S)and(?!\S)", group)]
        for group in re.split(r"(?<!\S)or(?!\S)", expression)
    ]
    parts = [part for group in groups for part in group]
    hint = "write `-k vip` or `-k 'vip and not new'`"
    if "(" in expression or ")" in expression:
        raise UsageError(f"`-k {expression}` has parentheses: it has `and`, `or` and `not`", hint)
    if expression.strip() and not all(_is_part(part) for part in parts):
        raise UsageError(f"`-k {expression}` is incomplete", hint)

    def fits(text: str) -> bool:
        return not expression.strip() or any(
            all(_word(part, text) for part in group) for group in groups
        )

    return fits


def _is_part(part: Sequence[str]) -> bool:
    """Whether it is words, with one `not` before them or none."""
    return bool(part) and part[-1] != "not" and "not" not in part[1:]


def _word(part: Sequence[str], text: str) -> bool:
    negated = part[0] == "not"
    return (" ".join(part[negated:]).lower() in text.lower()) != negated


# --- watching ---------------------------------------------------------------------------------------


def watch_tests(
    options: Common,
    paths: Sequence[Path],
    expression: str = "",
    *,
    format: str = "text",
    coverage: bool = False,
    fail_under: float | None = None,
    timeout: timedelta | None = None,
) -> int:
    """Run the tests, and again whenever a file of the project changes, until it is interrupted."""
    from segql.api import load
    from segql.cli import INTERRUPTED, TERMINATED
    from segql.cli.ending import ended

    run = partial(
        run_tests,
        options,
        paths,
        expression,
        format=format,
        coverage=coverage,
        fail_under=fail_under,
        timeout=timeout,
    )
    root = load(options.project or (paths[0] if paths else "."), cache=False).root
    while True:
        lists = tuple(load(root, cache=not options.no_cache).list_files)
        before = _stamps(root, lists)
        code = ended(run)
        if code in (INTERRUPTED, TERMINATED):
            return code
        try:
            output.tell("watching for changes; Ctrl-C ends")
            while _stamps(root, lists) == before:
                time.sleep(_PAUSE)
        except KeyboardInterrupt:
            return code


def _stamps(root: Path, lists: Sequence[str]) -> dict[str, tuple[int, int]]:
    """When each file of the project was written, and its size; `lists`: the files that lists name."""
    from segql.diagnostics import Diagnostics
    from segql.project.sources import CONFIG, seg_names

    found: dict[str, tuple[int, int]] = {}
    for name in (CONFIG, *seg_names(root, Diagnostics()), *lists):
        try:
            status = os.stat(root / name)
        except OSError:
            continue
        found[name] = (status.st_mtime_ns, status.st_size)
    return found
