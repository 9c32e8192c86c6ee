"""`segql check --fix`: fixes until none is left, written only if the result is no worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segql.cli import output
from segql.cli.checking import is_in
from segql.errors import UsageError
from segql.lint.fixes import apply_fixes

if TYPE_CHECKING:
    from segql.api import Project
    from segql.diagnostics import Diagnostic

ROUNDS = 50
"""A fix can make room for another; more rounds than nested conditions are a sign that two fixes undo each other."""


@dataclass(frozen=True)
class Result:
    """The project with its fixes, the contents of the changed files, and how many findings were fixed."""

    project: Project
    contents: Mapping[str, tuple[str, str, bytes]]
    """By file: the old text, the new one, and its bytes."""
    count: int

    def write(self) -> None:
        """Write the changed files, each whole or not at all. Raises `UsageError`."""
        from segql.project.writing import replace_file

        for name, (_, _, content) in self.contents.items():
            try:
                replace_file(self.project.root / name, content)
            except OSError as error:
                reason = (error.strerror or "unknown reason").lower()
                raise UsageError(f"cannot write `{name}`: {reason}") from None


def fix(project: Project, wanted: list[str], *, unsafe: bool) -> Result:
    """Apply fixes in the wanted files to a fixed point. Where the result has new errors, nothing is changed."""
    before, count = project, 0
    for _ in range(ROUNDS):
        texts = {source.name: source.text for source in project.sources.files}
        found = [item for item in project.diagnostics if is_in(item, wanted)]
        fixed = apply_fixes(texts, found, unsafe=unsafe)
        if not fixed.applied:
            break
        count += len(fixed.applied)
        project = project.with_texts(fixed.texts)
    else:
        raise UsageError("the fixes have no end; nothing was written")
    new = _errors(project) - _errors(before)
    if new:
        code, message = next(iter(new))
        raise UsageError(
            "with the fixes the project would have new errors; nothing was written",
            f"the first: {code}, {message}",
        )
    return Result(project, _contents(before, project), count)


def _errors(project: Project) -> Counter[tuple[str, str]]:
    return Counter((i.code.code, i.message) for i in project.diagnostics if i.is_error)


def _contents(before: Project, after: Project) -> dict[str, tuple[str, str, bytes]]:
    raw = dict(after.sources.raw)
    return {
        old.name: (old.text, new.text, raw[old.name])
        for old, new in zip(before.sources.files, after.sources.files, strict=True)
        if old.text != new.text
    }


def show_fixes(project: Project, result: Result) -> str:
    """What the fixes would change, as a difference."""
    from segql.report.difference import unified

    prefix = output.prefix(project.root)
    return "".join(
        unified(f"{prefix}{name}", old, new) for name, (old, new, _) in result.contents.items()
    )


def tell_fixes(result: Result, left: Sequence[Diagnostic]) -> None:
    """How many findings the fixes would mend, and how many would be left."""
    from segql.report.diagnostics import summary
    from segql.report.text import plural

    would = f"would fix {plural(result.count, 'finding')}" if result.count else "nothing to fix"
    output.tell(f"{would}; {summary(left)} left" if left else would)
