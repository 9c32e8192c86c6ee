"""Load a project and ask it: its faults, a segment's SQL, its members, a preview, an explanation.

What the command line does, it does with this. Everything is worked out when it is first asked for, and kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from segql.diagnostics import Diagnostic, Diagnostics, Fix, Label, suggest
from segql.dialects import DIALECTS
from segql.errors import ConfigurationError, FaultsError, UsageError
from segql.project.cache import Cache, content_key
from segql.project.kept import Findings, dump
from segql.project.kept import load as load_findings
from segql.project.sources import CONFIG, Sources, find_root, read_sources
from segql.source import SourceFile, Span

if TYPE_CHECKING:
    import pyarrow

    from segql.engines.base import ArrowStream, Engine, Stream
    from segql.lint.subject import Subject
    from segql.model.clock import Clock
    from segql.model.nodes import InTable, Model, Segment, Settings, Table, Trait
    from segql.plan.plan import Plan, Scope
    from segql.project.config import Config, TargetTable
    from segql.project.lists import ListFiles
    from segql.project.trees import Parsed
    from segql.report.cost import Cost, StatementKind
    from segql.report.levels import LevelsPreview
    from segql.report.model_check import ModelCheck
    from segql.report.preview import Preview
    from segql.syntax import tree

AsOf: TypeAlias = "datetime | date | str | None"
"""An instant: as text like `--as-of`, a datetime (naive: local time of the project), a date (its start), or now."""

Timeout: TypeAlias = "timedelta | float | None"
"""How long the answers of a target may take in all: a length of time, or seconds; None is without end."""

_Work: TypeAlias = Callable[[], tuple[Diagnostic, ...]]

_CHECKED_AS_OF = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant as of which constants are folded for a check, so that what it finds does not change with the day."""
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


class Project:
    """A folder with a `segql.toml`; make it with `load`."""

    def __init__(self, root: Path, *, cache: bool = True, processes: int = 1) -> None:
        self.root = root
        self._processes = processes
        self._cache = Cache(root if cache else None)

    # --- what it is and what is wrong with it ---

    @cached_property
    def sources(self) -> Sources:
        """Its files as they stand on disk."""
        return read_sources(self.root)

    def source(self, name: str) -> SourceFile | None:
        """One of its files as it may be shown, by the name that spans say."""
        if name != CONFIG:
            return self.sources.source(name)
        from segql.project.config import masked

        return masked(self.sources.config)

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
        other._lists = read_lists(folder, other._parsed.files)
        return other

    def with_config_of(self, other: Project) -> Project:
        """The project with the `segql.toml` of another one."""
        made = Project(self.root, cache=False)
        made.sources = replace(self.sources, config=other.sources.config)
        made._lists = self._lists
        return made

    @property
    def unread(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        """The names of declarations that could not be read, each with its errors."""
        return self._parsed.broken

    @property
    def lost(self) -> tuple[Diagnostic, ...]:
        """The errors outside of what has a name: of files, and of text that could be any declaration."""
        named = {fault for faults in self.unread.values() for fault in faults}
        places = self.definition_places()
        return tuple(
            item
            for item in (*self.sources.diagnostics, *self._parsed.diagnostics)
            if item.is_error and item not in named and item.span is not None
            if not any(place.contains(item.span) for place in places)
        )

    def declarations(self) -> dict[str, tree.Declaration]:
        """Everything that is declared, by name; of two with one name the first."""
        found: dict[str, tree.Declaration] = {}
        for file in self._parsed.files:
            for declaration in file.declarations:
                if declaration.name is not None:
                    found.setdefault(declaration.name.text, declaration)
        return found

    @property
    def list_files(self) -> Mapping[str, str]:
        """The files that lists name, each with a hash of its content."""
        return dict(self._lists.hashes)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All faults of all files, in the order of file and place."""
        return self._findings.diagnostics

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of all segments that could be resolved, in alphabetical order."""
        return self._findings.segments

    @cached_property
    def config(self) -> Config:
        """`segql.toml`. Raises `ConfigurationError` where it has faults."""
        config, faults = self._config
        if config is None:
            raise ConfigurationError(f"`{CONFIG}` has faults", faults, self.source, self.root)
        return config

    @property
    def is_configured(self) -> bool:
        """Whether `segql.toml` has no faults."""
        return self._config[0] is not None

    @cached_property
    def settings(self) -> Settings:
        """What the project fixes for every window and date."""
        from segql.model.nodes import Settings

        config, _ = self._config
        if config is None:
            return Settings()
        project = config.project
        return Settings(project.timezone, project.week_starts, project.sql_dialect)

    @cached_property
    def model(self) -> Model:
        """All declarations, resolved; with faults, what could be resolved."""
        from segql.model import resolve

        parsed = self._parsed
        return resolve(parsed.files, self.settings, parsed.broken, self._lists.columns)

    @cached_property
    def _config(self) -> tuple[Config | None, tuple[Diagnostic, ...]]:
        from segql.project.config import read_config

        unread = tuple(
            item
            for item in self.sources.diagnostics
            if item.is_error and item.span is not None and item.span.file == CONFIG
        )
        return (None, unread) if unread else read_config(self.sources.config)

    @cached_property
    def _parsed(self) -> Parsed:
        from segql.project.trees import parse_sources

        return parse_sources(self.sources, self._cache)

    @cached_property
    def _lists(self) -> ListFiles:
        from segql.project.lists import read_lists

        return read_lists(self.root, self._parsed.files)

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
        from segql.project.trees import parsing

        if "_parsed" not in self.__dict__:
            with parsing(self.sources, self._cache, self._processes) as parsed:
                _import_passes()  # meanwhile
                self._parsed = parsed()
        found = Diagnostics(self.sources.diagnostics)
        found.extend(item for item in self._config[1] if item not in self.sources.diagnostics)
        found.extend(self._parsed.diagnostics)
        found.extend(self.model.diagnostics)
        if config := self._config[0]:
            found = Diagnostics(self._judged(found, config))
        return Findings(found.sorted(), tuple(sorted(self.model.segments)), self._lists.hashes)

    def _judged(self, found: Diagnostics, config: Config) -> Iterator[Diagnostic]:
        """What was `found`, what the targets cannot do and the advice of the rules with it, as `[lint]` and comments
        leave it."""
        from segql.lint.judge import advice, judge, unknown_in
        from segql.project.processes import sharing, worth

        subject = self._subject(config, whole=not found.has_errors)
        engines = [target.engine for target in config.targets.values()]
        refused = partial(self._refused, self.model.segments, engines, self.model.traits)
        works: list[_Work] = [refused, self._impossible, *advice(subject)]
        size = sum(len(source.text) for source in self.sources.files)
        with sharing(works, _done, min(self._processes, worth(size))) as results:
            refusals, impossible, *advised = results()
        found.extend((*refusals, *impossible))
        if found.has_errors and subject.whole:  # what rests on the whole project comes too early
            subject = self._subject(config, whole=False)
            advised = [work() for work in advice(subject)]
        yield from unknown_in(config.lint, self.model, self.sources.config)
        yield from judge(subject, found, (item for items in advised for item in items))

    def _subject(self, config: Config, *, whole: bool) -> Subject:
        from segql.lint.judge import options_of
        from segql.lint.subject import Subject

        texts = {source.name: source for source in self.sources.files}
        options = options_of(config.lint)
        return Subject(self._parsed.files, texts, self.model, options, whole=whole)

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
        from segql.model.running import AS_OF_KINDS, running_clock
        from segql.sql.compile import members

        chosen = self.dialect(dialect)
        kind = AS_OF_KINDS.get(as_of) if isinstance(as_of, str) else None
        clock = running_clock(kind, self.settings) if kind is not None else self.clock(as_of)
        plan = self._plan(names, clock, chosen)
        with self._refusals():
            return {
                name: self._levels(name, clock, chosen)
                if name in self.model.segmentations
                else members(plan, name, chosen)
                for name in names
            }

    def _levels(self, name: str, clock: Clock, dialect: str, *, ordered: bool = False) -> str:
        """The statement of a whole segmentation or split."""
        from segql.plan.segmentations import plan_segmentations
        from segql.sql.segmentations import levels

        asked, found = plan_segmentations(self.model, [name], clock)
        return levels(asked, found[name], dialect, ordered=ordered)

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
        from segql.engines.base import named_as

        with self._member_query(name, target, as_of, timeout) as (engine, sql):
            found = engine.arrow(sql)
            return found.rename_columns(list(named_as(found.column_names, self._keys(name))))

    @contextmanager
    def member_stream(
        self,
        name: str,
        target: str | None = None,
        as_of: AsOf = None,
        timeout: Timeout = None,
    ) -> Iterator[Stream]:
        """`members` batch by batch as Python values, for as many as there are."""
        from segql.engines.base import Stream, named_as

        with self._member_query(name, target, as_of, timeout) as (engine, sql):
            found = engine.stream(sql)
            yield Stream(named_as(found.columns, self._keys(name)), found.batches)

    @contextmanager
    def member_batches(
        self,
        name: str,
        target: str | None = None,
        as_of: AsOf = None,
        timeout: Timeout = None,
    ) -> Iterator[ArrowStream]:
        """`members` batch by batch as Arrow, for as many as there are."""
        from segql.engines.base import ArrowStream, named_as

        with self._member_query(name, target, as_of, timeout) as (engine, sql):
            found = engine.arrow_stream(sql)
            names = list(named_as(found.schema.names, self._keys(name)))
            batches = (batch.rename_columns(names) for batch in found.batches)
            schema = found.schema.empty_table().rename_columns(names).schema
            yield ArrowStream(schema, batches)

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
        from segql.report.cost import Cost

        names = [names] if isinstance(names, str) else list(names)
        chosen, clock = self.target(target), self.clock(as_of)
        dialect = self.config.targets[chosen].engine
        statements = {name: self._statement(name, clock, dialect, of) for name in names}
        with self.engine(chosen, names, timeout) as engine:
            return [
                Cost(name, of, chosen, dialect, clock.now, engine.estimate(sql))
                for name, sql in statements.items()
            ]

    def statement(self, name: str, dialect: str, as_of: AsOf = None) -> str:
        """The members' statement in key order, as `members` runs it. Raises what `sql` raises."""
        return self._statement(name, self.clock(as_of), dialect, "members")

    def lines_met(
        self, name: str, dialect: str, as_of: AsOf, firsts: Sequence[object]
    ) -> tuple[str, list[Span]]:
        """A statement, and where the lines of a segment are: for each row whose first key attribute is one of `firsts`,
        the key, then for each line whether it holds."""
        from segql.sql.compile import lines_met

        plan = self._plan([name], self.clock(as_of), dialect)
        with self._refusals():
            return lines_met(plan, name, dialect, firsts), list(plan.segments[name].spans)

    def _statement(self, name: str, clock: Clock, dialect: str, kind: StatementKind) -> str:
        """What is asked of a target about a segment, a segmentation or a split."""
        from segql.plan.segmentations import plan_segmentations
        from segql.sql.compile import members, waterfall
        from segql.sql.segmentations import sizes

        plan = self._plan([name], clock, dialect)
        with self._refusals():
            if name not in self.model.segmentations:
                if kind == "counts":
                    return waterfall(plan, name, dialect)
                return members(plan, name, dialect, ordered=True)
            if kind == "members":
                return self._levels(name, clock, dialect, ordered=True)
            asked, found = plan_segmentations(self.model, [name], clock)
            return sizes(asked, found[name], dialect)

    def _keys(self, name: str) -> list[str]:
        """The key of a segment's entity, as it is declared."""
        found = self.model.segmentations.get(name) or self.model.segments[name]
        return [key.name for key in found.entity.key]

    @contextmanager
    def _member_query(
        self, name: str, target: str | None, as_of: AsOf, timeout: Timeout
    ) -> Iterator[tuple[Engine, str]]:
        chosen = self.target(target)
        dialect = self.config.targets[chosen].engine
        sql = self._statement(name, self.clock(as_of), dialect, "members")
        with self.engine(chosen, [name], timeout) as engine:
            yield engine, sql

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
        from segql.previewing import Previewer
        from segql.report.uses import uses_of

        names = [names] if isinstance(names, str) else list(names)
        chosen = self.target(target)
        clock = self.clock(as_of)
        self.require(names)
        segments = [self.model.segments[name] for name in names if name in self.model.segments]
        used = {item: None for segment in segments for item in uses_of(segment)}
        traits = [item for item in used if item in self.model.traits]
        dialect = self.config.targets[chosen].engine
        plan = self._plan(names, clock, dialect, traits)
        with self.engine(chosen, names, timeout) as engine, self._refusals():
            previewer = Previewer(plan, clock, engine, chosen, dialect, self.source)
            shown = previewer.previews(segments, limit)
            return [
                previewer.levels(self.model.segmentations[name])
                if name in self.model.segmentations
                else shown[name]
                for name in names
            ]

    def explain(self, name: str, stage: str = "english", as_of: AsOf = None) -> str:
        """The definition in plain English, or a stage of its way: `tree`, `model`, `plan`, `sql`."""
        from segql.report.dump import outline

        if stage == "sql":
            return self.sql(name, as_of=as_of)
        self.require([name])
        if stage == "tree":
            return outline(self._declaration(name))
        whole = self.model.segmentations.get(name)
        if stage == "model":
            return outline(whole if whole is not None else self.model.segments[name])
        clock = self.clock(as_of)
        if whole is not None and stage == "plan":
            parts = [level.segment.name for level in whole.levels]
            return "\n".join(self.explain(part, stage, clock.now) for part in parts)
        if stage == "plan":
            return outline(self._scope(name, clock))
        if stage != "english":
            raise UsageError(f"there is no stage `{stage}`")
        from segql.report.english import explain

        return explain(self.model, name, clock)

    def _scope(self, name: str, clock: Clock) -> Scope:
        """The plan of a segment's members: what is read, joined, counted and kept."""
        from segql.plan.naming import Names
        from segql.plan.scope import Planner

        plan = self._plan([name], clock)
        definition = plan.segments[name]
        conditions = dict.fromkeys((*plan.existing(definition.row), *definition.conditions))
        with self._refusals():
            planner = Planner(plan.normalizer, Names(set()))
            scope = planner.scope(definition.row, tuple(conditions), ())
            planner.finish()
            return scope

    # --- the model and the database ---

    def draft_model(
        self, target: str | None = None, schemas: Sequence[str] = (), timeout: Timeout = None
    ) -> str:
        """A first model, the text of a `.seg` file, from the target's own catalogue and what its rows look like.

        `schemas`: only the tables of these. Raises `UsageError` for an unknown target or where there is no table, and
        `EngineError` where the target does not answer, or not in time.
        """
        from segql.database.draft import draft
        from segql.engines import open_engine
        from segql.engines.catalogue import read_catalogue, tables_of_files

        chosen = self.target(target)
        table = self.config.targets[chosen]
        files = table.files is not None
        tables = tables_of_files(chosen, table, self.root) if files else []
        engine = open_engine(chosen, table, self.root, tables, os.environ, timeout=_length(timeout))
        try:
            found = read_catalogue(engine, table.engine, schemas)
            if not any(item.readable for item in found):
                raise _no_tables(chosen, schemas)
            return draft(engine, table.engine, self.settings, found, chosen)
        finally:
            engine.close()

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
        from segql.database.check import Checker
        from segql.engines import open_engine
        from segql.engines.catalogue import read_catalogue, tables_of_files
        from segql.engines.duckdb_files import files_of, find_files
        from segql.engines.promises import promises_of

        chosen = self.target(target)
        table, clock = self.config.targets[chosen], self.clock(as_of)
        names = [*self._faultless_sources(), *self.model.segments]
        tables, others = self._tables(names), []
        if table.files is not None:
            files = find_files(chosen, table.patterns, self.root)
            tables = [item for item in tables if files_of(item, files)]
            others = [str(item) for item in tables_of_files(chosen, table, self.root)]
        promises = promises_of(self.model, names, self._place) if table.files is not None else ()
        engine = open_engine(
            *(chosen, table, self.root, tables, os.environ, promises), _length(timeout)
        )
        try:
            return Checker(
                *(self.model, engine, table.engine, clock, read_catalogue(engine, table.engine)),
                limit=limit,
                fresh_within=fresh_within or table.freshness,
                converts=table.files is not None,
                others=others,
            ).check(chosen)
        finally:
            engine.close()

    def _faultless_sources(self) -> list[str]:
        """The names of the model's sources. Raises `FaultsError`, `UsageError`."""
        self.config  # noqa: B018  # a broken configuration stops every command
        sources = self.model.sources
        others = {
            fault
            for name in self.model.needs.keys() - sources.keys()
            for fault in self.model.faults.get(name, ())
        }
        files = {source.span.file for source in sources.values()}
        faults = [
            fault
            for fault in self.diagnostics
            if fault.is_error and fault not in others
            if not files or (fault.span is not None and fault.span.file in files)
        ]
        if faults:
            message = f"the model has faults: {faults[0].message}"
            raise FaultsError(message, faults, self.source, self.root)
        if not sources:
            raise UsageError(
                "the project declares no entity, event or rows", "`segql model draft` writes some"
            )
        return list(sources)

    # --- what a question rests on ---

    def require(self, names: Iterable[str]) -> None:
        """Raises `UsageError` for a name that is no segment, and `FaultsError` for faults of what the names rest on."""
        self.config  # noqa: B018  # a broken configuration stops every command
        faults: dict[Diagnostic, None] = {}
        for name in names:
            faults.update(dict.fromkeys(self.faults_of(name)))
            if not faults and name not in self.model.segments | self.model.segmentations:
                raise self._unknown(name)
        if faults:
            listed = ", ".join(f"`{name}`" for name in names)
            first = next(iter(faults)).message
            message = f"{listed} cannot be compiled: {first}"
            raise FaultsError(message, tuple(faults), self.source, self.root)

    def faults_of(self, name: str) -> tuple[Diagnostic, ...]:
        """The errors inside the declarations that `name` rests on."""
        found: dict[Diagnostic, None] = {}
        for part in self.model.depends_on(self._declared(name)):
            found.update(
                (fault, None) for fault in self.model.faults.get(part, ()) if fault.is_error
            )
        return tuple(found)

    def other_errors(self, names: Iterable[str]) -> int:
        """How many errors of the project do not stop a command about these names."""
        mine = {fault for name in names for fault in self.faults_of(name)}
        return sum(item.is_error and item not in mine for item in self.diagnostics)

    def clock(self, as_of: AsOf = None) -> Clock:
        """The instant that everything is evaluated as of. Raises `UsageError` for a text that is no instant."""
        from segql.model.clock import BadInstant, Clock, parse_as_of
        from segql.model.running import RUNNING

        if as_of in RUNNING:
            raise UsageError(
                f"`--as-of {as_of}` is for SQL that runs later: `segql compile` takes it",
                "expected an instant, such as `--as-of 2026-01-31`",
            )

        if as_of is None:
            return Clock(datetime.now(UTC), self.settings)
        if isinstance(as_of, datetime) and as_of.tzinfo is not None:
            return Clock(as_of.astimezone(UTC), self.settings)
        text = as_of if isinstance(as_of, str) else as_of.isoformat()
        instant = parse_as_of(text, self.settings)
        if isinstance(instant, BadInstant):
            raise UsageError(instant.message)
        return Clock(instant, self.settings)

    def target(self, name: str | None = None) -> str:
        """The name of the target: the given one, or the first of `segql.toml`. Raises `UsageError`."""
        targets = self.config.targets
        if name is None:
            if not targets:
                raise UsageError(
                    f"`{CONFIG}` has no target to ask",
                    'add `[targets.local]` with `engine = "duckdb"` and `files = "data/*.parquet"`',
                )
            return next(iter(targets))
        if name not in targets:
            raise UsageError(
                f"there is no target `{name}`", _known(name, targets, "the targets are")
            )
        return name

    def dialect(self, name: str | None = None) -> str:
        """The name of a dialect: the given one, or that of the first target. Raises `UsageError`."""
        if name is None:
            targets: Mapping[str, TargetTable] = self.config.targets
            return next((target.engine for target in targets.values()), "duckdb")
        if name not in DIALECTS:
            raise UsageError(
                f"there is no dialect `{name}`", _known(name, DIALECTS, "the dialects are")
            )
        return name

    def definition_places(self) -> list[Span]:
        """Where declarations stand that could be read and are no `test` or `assert` block."""
        from segql.syntax import tree

        blocks = tree.TestDecl | tree.AssertDecl
        return [
            declaration.span
            for file in self._parsed.files
            for declaration in file.declarations
            if not isinstance(declaration, blocks)
        ]

    def _declared(self, name: str) -> str:
        """The name that is declared: for a level that could not be resolved, that of its segmentation."""
        return name if name in self.model.needs else name.partition(".")[0]

    def _unknown(self, name: str) -> UsageError:
        segments = [*self.model.segments, *self.model.segmentations]
        hint = _known(name, segments, "the segments are")
        return UsageError(f"there is no segment `{name}`", hint)

    def _plan(
        self,
        names: Sequence[str],
        clock: Clock,
        dialect: str | None = None,
        traits: Sequence[str] = (),
    ) -> Plan:
        """The plan of segments without faults, which the dialect can do."""
        from segql.model.running import RunningClock
        from segql.plan import plan

        self.require(names)
        running = isinstance(clock, RunningClock)
        refused = self._refused(names, [dialect] if dialect else (), traits, running)
        if refused:
            raise FaultsError(refused[0].message, refused, self.source, self.root)
        with self._refusals():
            segments = [name for name in names if name in self.model.segments]
            return plan(self.model, segments, clock, traits)

    def _impossible(self) -> tuple[Diagnostic, ...]:
        """Constants that do not exist, of all segments and traits."""
        from segql.model.clock import Clock
        from segql.plan.constants import impossible

        model = self.model
        definitions: list[Segment | Trait] = [*model.segments.values(), *model.traits.values()]
        return impossible(definitions, Clock(_CHECKED_AS_OF, self.settings))

    def _refused(
        self,
        names: Iterable[str],
        dialects: Iterable[str],
        traits: Iterable[str],
        running: bool = False,
    ) -> tuple[Diagnostic, ...]:
        """What segments and traits ask that one of the dialects cannot do; `running`: with an `as of` of the engine."""
        from segql.sql.refusals import refusals

        found: list[Segment | Trait] = [self.model.traits[name] for name in traits]
        for name in names:
            whole = self.model.segmentations.get(name)
            parts = [level.segment for level in whole.levels] if whole is not None else []
            found += parts or [self.model.segments[name]]
        return refusals(found, dialects, running=running)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """What cannot be planned or said in a dialect is a fault of the project, at its place."""
        from segql.plan import PlanError
        from segql.plan.constants import CANNOT_PLAN

        try:
            yield
        except PlanError as error:
            helps = (Fix("the same definition may exist as of another instant: see `--as-of`"),)
            fault = Diagnostic(CANNOT_PLAN, error.message, (Label(error.span),), helps=helps)
            raise FaultsError(error.message, [fault], self.source, self.root) from None

    @contextmanager
    def engine(
        self,
        target: str,
        names: Sequence[str],
        timeout: Timeout = None,
        table: TargetTable | None = None,
    ) -> Iterator[Engine]:
        """A connection to a target for questions about these names; `table`: where it is, if another project says it.

        Raises `EngineError`.
        """
        from segql.engines import open_engine
        from segql.engines.promises import promises_of

        engine = open_engine(
            target,
            table or self.config.targets[target],
            self.root,
            self._tables(names),
            os.environ,
            promises_of(self.model, names, self._place),
            _length(timeout),
        )
        try:
            yield engine
        finally:
            engine.close()

    def _place(self, span: Span) -> str:
        """Where something is declared, for a sentence."""
        source = self.sources.source(span.file)
        return f"{span.file}:{source.position(span.start).line}" if source else span.file

    def _tables(self, names: Iterable[str]) -> list[Table]:
        """The physical tables that the segments rest on."""
        from segql.model.nodes import ChangeLog, ChildTable

        tables: dict[Table, None] = {}
        for part in {part for name in names for part in self.model.depends_on(name)}:
            for line in self._list_lines(part):
                tables.setdefault(line.table)
            source = self.model.sources.get(part)
            if source is None:
                continue
            if source.table is not None:
                tables.setdefault(source.table)
            for attribute in source.attributes.values():
                if isinstance(attribute.storage, ChildTable | ChangeLog):
                    tables.setdefault(attribute.storage.table)
        return list(tables)

    def _list_lines(self, name: str) -> list[InTable]:
        """What a list that is kept in a table asks."""
        from segql.model.nodes import InTable

        segment = self.model.segments.get(name)
        return [line for line in segment.lines if isinstance(line, InTable)] if segment else []

    def _declaration(self, name: str) -> tree.Declaration:
        name = name.partition(".")[0]
        for file in self._parsed.files:
            for declaration in file.declarations:
                if declaration.name is not None and declaration.name.text == name:
                    return declaration
        raise self._unknown(name)


def _done(work: _Work) -> tuple[Diagnostic, ...]:
    return work()


def _import_passes() -> None:
    """What a check needs beside the parser."""
    import segql.lint.judge
    import segql.model.resolver
    import segql.plan.constants
    import segql.sql.refusals  # noqa: F401


def _length(timeout: Timeout) -> timedelta | None:
    return timedelta(seconds=timeout) if isinstance(timeout, int | float) else timeout


def _no_tables(target: str, schemas: Sequence[str]) -> UsageError:
    where = f" in {' or '.join(f'the schema `{name}`' for name in schemas)}" if schemas else ""
    return UsageError(
        f"the target `{target}` has no table{where} that its user may read",
        "another schema is chosen with `--schema NAME`" if schemas else "",
    )


def _known(name: str, names: Iterable[str], words: str) -> str:
    """A hint: names spelled alike, or else some of the names there are."""
    listed = sorted(names)
    near = suggest(name, listed)
    if near:
        return f"did you mean {' or '.join(f'`{item}`' for item in near)}?"
    if not listed:
        return "there are none"
    some = ", ".join(f"`{item}`" for item in listed[:12])
    return f"{words} {some}" + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
