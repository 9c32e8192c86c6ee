"""The work of `segql test`: which tests, on what, told how."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
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
    """Run the tests once and tell; the exit code. Raises `UsageError`, `EngineError`."""
    from segql.cli.checking import chosen_files, is_below
    from segql.report.tests import Tested
    from segql.testing.coverage import Coverage
    from segql.testing.tester import Tester

    started = time.perf_counter()
    project, wanted = chosen_files(paths, options.project, not options.no_cache)
    project.config  # noqa: B018  # a broken configuration stops every command
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
        raise UsageError("no test fits", "tests are `test` and `assert` blocks in `.seg` files")
    lines = tester.covered(lambda file: is_below(file, wanted)) if coverage else None
    tested = Tested(tuple(results), lines, time.perf_counter() - started)
    output.write(_render(tested, format))
    return _ended(project, tested, faults, fail_under)


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
    with ExitStack() as open_:
        ask = _asker(project, options, open_, timeout)
        for block in blocks:
            name = block.name if isinstance(block, Case) else block.why
            if not is_below(block.span.file, wanted) or not fits(f"{block.span.file} {name}"):
                continue
            yield tester.test(block) if isinstance(block, Case) else tester.claims(block, ask)


def _asker(
    project: Project, options: Common, open_: ExitStack, timeout: timedelta | None
) -> Callable[[list[str]], tuple[Engine, Clock, str] | None]:
    """Opens the target when the first claim asks it; without a target there is nothing to ask."""

    def ask(names: list[str]) -> tuple[Engine, Clock, str] | None:
        if options.target is None:
            return None
        chosen = project.target(options.target)
        engine = open_.enter_context(project.engine(chosen, names, timeout))
        return engine, project.clock(options.as_of), project.config.targets[chosen].engine

    return ask


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
    words = expression.split()
    if words and (words[0] in ("and", "or") or words[-1] in ("and", "or", "not")):
        raise UsageError(
            f"`-k {expression}` is incomplete", "write `-k vip` or `-k 'vip and not new'`"
        )

    def fits(text: str) -> bool:
        if not words:
            return True
        return any(all(_word(part, text) for part in group) for group in _split(words, "or"))

    return fits


def _split(words: Sequence[str], word: str) -> Iterator[list[list[str]]]:
    """The parts between `or`, each as its parts between `and`."""
    group: list[str] = []
    for item in [*words, word]:
        if item == word:
            yield [part.split() for part in " ".join(group).split(" and ")]
            group = []
        else:
            group.append(item)


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

    root = load(options.project or (paths[0] if paths else "."), cache=False).root
    code = 0
    try:
        while True:
            before = _stamps(root)
            try:
                code = run_tests(
                    options,
                    paths,
                    expression,
                    format=format,
                    coverage=coverage,
                    fail_under=fail_under,
                    timeout=timeout,
                )
            except UsageError as error:
                output.fail(str(error), error.hint)
                code = error.exit_code
            output.tell("watching for changes; Ctrl-C ends")
            while _stamps(root) == before:
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        return code


def _stamps(root: Path) -> dict[str, tuple[int, int]]:
    """When each file of the project was written, and its size."""
    from segql.diagnostics import Diagnostics
    from segql.project.sources import CONFIG, seg_names

    found: dict[str, tuple[int, int]] = {}
    for name in (CONFIG, *seg_names(root, Diagnostics())):
        try:
            status = os.stat(root / name)
        except OSError:
            continue
        found[name] = (status.st_mtime_ns, status.st_size)
    return found
