"""The project that `segql.load` gives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from segql.api.arguments import (
    AsOf,
    Timeout,
    clock_of,
    clock_of_statement,
    dialect_of,
    target_of,
)
from segql.api.contents import Contents
from segql.diagnostics import Diagnostic
from segql.errors import UsageError
from segql.project.cache import Cache, content_key
from segql.project.kept import Findings, dump
from segql.project.kept import load as load_findings
from segql.project.sources import CONFIG, find_root, read_sources

if TYPE_CHECKING:
    import pyarrow

    from segql.engines.base import ArrowStream, Engine, Stream
    from segql.model.clock import Clock
    from segql.project.config import TargetTable
    from segql.report.cost import Cost, StatementKind
    from segql.report.levels import LevelsPreview
    from segql.report.model_check import ModelCheck
    from segql.report.preview import Preview
    from segql.source import Span

_CHECK = "check"


def load(path: str | os.PathLike[str] = ".", *, cache: bool = True, processes: int = 1) -> Project:
    """The project that `path` (a folder or a file) belongs to.

    Raises `UsageError` where there is no `segql.toml` in that folder or above it. Faults of the project are no
    exceptions: they are in `Project.diagnostics`. With `cache` False nothing is read from or written to `.segql/cache`.
    `processes`: so many may share the first check of a large project (`segql.project.processes`).
    """
    start = Path(path)
    if not start.exists():
        raise UsageError(f"there is no folder `{path}`")
    root = find_root(start if start.is_dir() else start.parent)
    if root is None:
        raise UsageError(
            f"there is no `{CONFIG}` in `{path}` or in a folder above it",
            "`segql init` makes a project",
        )
    return Project(root, cache=cache, processes=processes)


class Project(Contents):
    """A folder with a `segql.toml`, and the answers to what may be asked of it; make it with `load`."""

    def __init__(self, root: Path, *, cache: bool = True, processes: int = 1) -> None:
        super().__init__(root, Cache(root if cache else None))
        self._processes = processes

    def with_texts(self, texts: Mapping[str, str]) -> Project:
        """The project as it would be with other texts in some of its files; nothing is written."""
        other = Project(self.root, cache=False)
        other._cache = self._cache
        other.sources = self.sources.with_texts(texts)
        return other

    def with_definitions(self, folder: Path) -> Project:
        """The project with the definitions of another folder, over the data of this one's targets."""
        from segql.project.lists import read_lists

        other = Project(self.root, cache=False)
        other.sources = read_sources(folder)
        other.lists = read_lists(folder, other.parsed.files)
        return other

    def with_config_of(self, other: Project) -> Project:
        """The project with the `segql.toml` of another one."""
        made = Project(self.root, cache=False)
        made.sources = replace(self.sources, config=other.sources.config)
        made.lists = self.lists
        return made

    # --- what is wrong with it ---

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All faults of all files, in the order of file and place."""
        return self._findings.diagnostics

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of all segments that could be resolved, in alphabetical order."""
        return self._findings.segments

    def other_errors(self, names: Iterable[str]) -> int:
        """How many errors of the project do not stop a command about these names."""
        mine = {fault for name in names for fault in self.faults_of(name)}
        return sum(item.is_error and item not in mine for item in self.diagnostics)

    @cached_property
    def _findings(self) -> Findings:
        key = content_key(part for pair in self.sources.raw for part in pair)
        body = self._cache.get(_CHECK, key)
        kept = load_findings(body) if body is not None else None
        if kept is not None and self._are_current(kept):
            return kept
        findings = self._check()
        if not self.sources.diagnostics:  # what could not be read may be readable next time
            self._cache.put(_CHECK, key, dump(findings))
            self._cache.prune(_CHECK, {key}, slack=16)
        return findings

    def _are_current(self, kept: Findings) -> bool:
        if not kept.lists:
            return True
        from segql.project.lists import are_current

        return are_current(self.root, kept.lists)

    def _check(self) -> Findings:
        with self.parsing(self._processes) as parse:
            from segql.api.check import check  # meanwhile: it takes some time

            parse()
            return check(self, self._processes)

    # --- what a question names ---

    def clock(self, as_of: AsOf = None) -> Clock:
        """The instant that everything is evaluated as of. Raises `UsageError` for a text that is no instant."""
        return clock_of(as_of, self.settings)

    def target(self, name: str | None = None) -> str:
        """The name of the target: the given one, or the first of `segql.toml`. Raises `UsageError`."""
        return target_of(name, self.config)

    def dialect(self, name: str | None = None) -> str:
        """The name of a dialect: the given one, or that of the first target. Raises `UsageError`."""
        return dialect_of(name, self.config)

    def engine(
        self,
        target: str,
        names: Sequence[str],
        timeout: Timeout = None,
        table: TargetTable | None = None,
    ) -> AbstractContextManager[Engine]:
        """A connection to a target for questions about these names; `table`: where it is, if another project says it.

        Raises `EngineError`.
        """
        from segql.api.answers import connection

        return connection(self, target, names, timeout, table)

    # --- one segment ---

    def sql(self, name: str, dialect: str | None = None, as_of: AsOf = None) -> str:
        """The `SELECT` that gives the keys of the members, one row a member; without `ORDER BY`.

        `dialect` is a key of `segql.dialects.DIALECTS`; by default that of the first target. Raises `UsageError` for an
        unknown name or dialect, `FaultsError` where what the segment rests on has faults.

        Here, `as_of` may also be `live` (the engine's clock, for views) or `parameter` (a bind parameter).
        """
        return self.sql_of([name], dialect, as_of)[name]

    def sql_of(
        self, names: Sequence[str], dialect: str | None = None, as_of: AsOf = None
    ) -> dict[str, str]:
        """`sql` for several segments, which are planned together."""
        from segql.api.statements import members_of

        chosen = self.dialect(dialect)
        return members_of(self, names, clock_of_statement(as_of, self.settings), chosen)

    def statement(self, name: str, dialect: str, as_of: AsOf = None) -> str:
        """The members' statement in key order, as `members` runs it. Raises what `sql` raises."""
        from segql.api.statements import statement_of

        return statement_of(self, name, self.clock(as_of), dialect, "members")

    def lines_met(
        self, name: str, dialect: str, as_of: AsOf, firsts: Sequence[object]
    ) -> tuple[str, list[Span]]:
        """A statement, and where the lines of a segment are: for each row whose first key attribute is one of `firsts`,
        the key, then for each line whether it holds."""
        from segql.api.statements import lines_met_of

        return lines_met_of(self, name, self.clock(as_of), dialect, firsts)

    def members(
        self,
        name: str,
        target: str | None = None,
        as_of: AsOf = None,
        timeout: Timeout = None,
    ) -> pyarrow.Table:
        """The keys of all members in key order, as an Arrow table (extra `segql[arrow]`).

        Raises what `sql` raises, and `EngineError` where the target does not answer, or not in time.
        """
        from segql.api.answers import members

        return members(self, name, self.target(target), self.clock(as_of), timeout)

    def member_stream(
        self,
        name: str,
        target: str | None = None,
        as_of: AsOf = None,
        timeout: Timeout = None,
    ) -> AbstractContextManager[Stream]:
        """`members` batch by batch as Python values, for as many as there are."""
        from segql.api.answers import member_stream

        return member_stream(self, name, self.target(target), self.clock(as_of), timeout)

    def member_batches(
        self,
        name: str,
        target: str | None = None,
        as_of: AsOf = None,
        timeout: Timeout = None,
    ) -> AbstractContextManager[ArrowStream]:
        """`members` batch by batch as Arrow, for as many as there are."""
        from segql.api.answers import member_batches

        return member_batches(self, name, self.target(target), self.clock(as_of), timeout)

    def cost(
        self,
        names: str | Sequence[str],
        target: str | None = None,
        as_of: AsOf = None,
        *,
        of: StatementKind = "members",
        timeout: Timeout = None,
    ) -> list[Cost]:
        """The engine's plan and estimate for each segment; nothing is run.

        `of`: the statement of `members`, or the `counts` of a preview. Raises what `members` raises.
        """
        from segql.api.answers import costs

        chosen, clock = self.target(target), self.clock(as_of)
        return costs(self, _listed(names), chosen, clock, of, timeout)

    def preview(
        self,
        names: str | Sequence[str],
        target: str | None = None,
        as_of: AsOf = None,
        limit: int = 10,
        timeout: Timeout = None,
    ) -> list[Preview | LevelsPreview]:
        """For each segment: population, members, what each condition does, and a sample of `limit` members; for a
        segmentation or a split the size of each level.
        """
        from segql.api.answers import previews

        chosen, clock = self.target(target), self.clock(as_of)
        return previews(self, _listed(names), chosen, clock, limit, timeout)

    def explain(self, name: str, stage: str = "english", as_of: AsOf = None) -> str:
        """The definition in plain English, or a stage of its way: `tree`, `model`, `plan`, `sql`."""
        if stage == "sql":
            return self.sql(name, as_of=as_of)
        from segql.api.stages import stage_of

        return stage_of(self, name, stage, as_of)

    # --- the model and the database ---

    def draft_model(
        self, target: str | None = None, schemas: Sequence[str] = (), timeout: Timeout = None
    ) -> str:
        """A first model, the text of a `.seg` file, from the target's own catalogue and what its rows look like.

        `schemas`: only the tables of these. Raises `UsageError` for an unknown target or where there is no table, and
        `EngineError` where the target does not answer, or not in time.
        """
        from segql.api.database import draft_model

        return draft_model(self, self.target(target), schemas, timeout)

    def check_model(
        self,
        target: str | None = None,
        as_of: AsOf = None,
        limit: int = 3,
        fresh_within: timedelta | None = None,
        timeout: Timeout = None,
    ) -> ModelCheck:
        """Whether the target holds what the model says: tables, columns, types, keys, values; how old and how complete.

        `limit`: examples of a finding. `fresh_within`: the age that the newest row of each event may have; by default
        what the target says in `segql.toml`. Raises `FaultsError` where the model has faults, `UsageError` where there
        is none, and `EngineError` where the target does not answer.
        """
        from segql.api.database import check_model

        chosen, clock = self.target(target), self.clock(as_of)
        return check_model(self, self.diagnostics, chosen, clock, limit, fresh_within, timeout)


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
