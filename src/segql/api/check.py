"""All faults of a project: in its files, what its targets cannot do, and the advice of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import segql.model.resolver  # what `Contents` needs for it is imported here too, while others parse
import segql.sql.refusals  # noqa: F401
from segql.diagnostics import Diagnostic, Diagnostics
from segql.lint.judge import advice, judge, options_of, unknown_in
from segql.lint.subject import Subject
from segql.model.clock import Clock
from segql.plan.constants import impossible
from segql.project.kept import Findings
from segql.project.processes import sharing, worth

if TYPE_CHECKING:
    from segql.api.contents import Contents
    from segql.model.nodes import Segment, Trait
    from segql.project.config import Config

_Work: TypeAlias = Callable[[], tuple[Diagnostic, ...]]

_AS_OF = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant as of which constants are folded, so that what is found does not change with the day."""


def check(contents: Contents, processes: int) -> Findings:
    """What is wrong; so many processes may share the work."""
    config, faults = contents.config_read
    found = Diagnostics(contents.sources.diagnostics)
    found.extend(item for item in faults if item not in contents.sources.diagnostics)
    found.extend(contents.parsed.diagnostics)
    found.extend(contents.model.diagnostics)
    if config is not None:
        found = Diagnostics(_judged(contents, config, found, processes))
    return Findings(found.sorted(), tuple(sorted(contents.model.segments)), contents.lists.hashes)


def _judged(
    contents: Contents, config: Config, found: Diagnostics, processes: int
) -> Iterator[Diagnostic]:
    """What was `found`, what the targets cannot do and the advice of the rules with it, as `[lint]` and comments
    leave it."""
    subject = _subject(contents, config, whole=not found.has_errors)
    engines = [target.engine for target in config.targets.values()]
    model = contents.model
    refused = partial(contents.refused, model.segments, engines, model.traits)
    works: list[_Work] = [refused, partial(_impossible, contents), *advice(subject)]
    size = sum(len(source.text) for source in contents.sources.files)
    with sharing(works, _done, min(processes, worth(size))) as results:
        refusals, impossibles, *advised = results()
    found.extend((*refusals, *impossibles))
    if found.has_errors and subject.whole:  # what rests on the whole project comes too early
        subject = _subject(contents, config, whole=False)
        advised = [work() for work in advice(subject)]
    yield from unknown_in(config.lint, model, contents.sources.config)
    yield from judge(subject, found, (item for items in advised for item in items))


def _subject(contents: Contents, config: Config, *, whole: bool) -> Subject:
    texts = {source.name: source for source in contents.sources.files}
    options = options_of(config.lint)
    return Subject(contents.parsed.files, texts, contents.model, options, whole=whole)


def _impossible(contents: Contents) -> tuple[Diagnostic, ...]:
    """Constants that do not exist, of all segments and traits."""
    model = contents.model
    definitions: list[Segment | Trait] = [*model.segments.values(), *model.traits.values()]
    return impossible(definitions, Clock(_AS_OF, contents.settings))


def _done(work: _Work) -> tuple[Diagnostic, ...]:
    return work()
