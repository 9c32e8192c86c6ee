"""What a project holds: its files, its configuration, the trees, the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from segql.api.arguments import some_of
from segql.diagnostics import Diagnostic
from segql.errors import ConfigurationError, FaultsError, UsageError
from segql.project.cache import Cache
from segql.project.sources import CONFIG, Sources, read_sources
from segql.source import SourceFile, Span

if TYPE_CHECKING:
    from segql.model.nodes import Model, Segment, Settings, Trait
    from segql.project.config import Config
    from segql.project.lists import ListFiles
    from segql.project.trees import Parsed
    from segql.syntax import tree


class Contents:
    """What stands in a folder with a `segql.toml`. Each part is read or made when it is first asked for, and kept."""

    def __init__(self, root: Path, cache: Cache) -> None:
        self.root = root
        self._cache = cache

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

    def place(self, span: Span) -> str:
        """Where something is declared, for a sentence."""
        source = self.sources.source(span.file)
        return f"{span.file}:{source.position(span.start).line}" if source else span.file

    # --- segql.toml ---

    @cached_property
    def config(self) -> Config:
        """`segql.toml`. Raises `ConfigurationError` where it has faults."""
        config, faults = self.config_read
        if config is None:
            raise ConfigurationError(f"`{CONFIG}` has faults", faults, self.source, self.root)
        return config

    @property
    def is_configured(self) -> bool:
        """Whether `segql.toml` has no faults."""
        return self.config_read[0] is not None

    @cached_property
    def config_read(self) -> tuple[Config | None, tuple[Diagnostic, ...]]:
        """`segql.toml`, None where it has faults, and what is wrong with it."""
        from segql.project.config import read_config

        unread = tuple(
            item
            for item in self.sources.diagnostics
            if item.is_error and item.span is not None and item.span.file == CONFIG
        )
        return (None, unread) if unread else read_config(self.sources.config)

    @cached_property
    def settings(self) -> Settings:
        """What the project fixes for every window and date."""
        from segql.model.nodes import Settings

        config, _ = self.config_read
        if config is None:
            return Settings()
        project = config.project
        return Settings(project.timezone, project.week_starts, project.sql_dialect)

    # --- declarations ---

    @cached_property
    def parsed(self) -> Parsed:
        """Its files as trees, and what was wrong with their syntax."""
        from segql.project.trees import parse_sources

        return parse_sources(self.sources, self._cache)

    @contextmanager
    def parsing(self, processes: int) -> Iterator[Callable[[], None]]:
        """What is called inside makes the files `parsed`; so many processes may share that, and begin at once.

        What was parsed is put into the cache until the end of the context, while this process goes on.
        """
        if "parsed" in self.__dict__:
            yield lambda: None
            return
        from segql.project.trees import parsing

        with parsing(self.sources, self._cache, processes) as parsed:

            def parse() -> None:
                self.parsed = parsed()

            yield parse

    @property
    def unread(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        """The names of declarations that could not be read, each with its errors."""
        return self.parsed.broken

    @property
    def lost(self) -> tuple[Diagnostic, ...]:
        """The errors outside of what has a name: of files, and of text that could be any declaration."""
        named = {fault for faults in self.unread.values() for fault in faults}
        places = self.definition_places()
        return tuple(
            item
            for item in (*self.sources.diagnostics, *self.parsed.diagnostics)
            if item.is_error and item not in named and item.span is not None
            if not any(place.contains(item.span) for place in places)
        )

    def declarations(self) -> dict[str, tree.Declaration]:
        """Everything that is declared, by name; of two with one name the first."""
        found: dict[str, tree.Declaration] = {}
        for file in self.parsed.files:
            for declaration in file.declarations:
                if declaration.name is not None:
                    found.setdefault(declaration.name.text, declaration)
        return found

    def definition_places(self) -> list[Span]:
        """Where declarations stand that could be read and are no `test` or `assert` block."""
        from segql.syntax import tree

        blocks = tree.TestDecl | tree.AssertDecl
        return [
            declaration.span
            for file in self.parsed.files
            for declaration in file.declarations
            if not isinstance(declaration, blocks)
        ]

    @cached_property
    def lists(self) -> ListFiles:
        """What stands in the files that lists name."""
        from segql.project.lists import read_lists

        return read_lists(self.root, self.parsed.files)

    @property
    def list_files(self) -> Mapping[str, str]:
        """The files that lists name, each with a hash of its content."""
        return dict(self.lists.hashes)

    # --- the model ---

    @cached_property
    def model(self) -> Model:
        """All declarations, resolved; with faults, what could be resolved."""
        from segql.model import resolve

        parsed = self.parsed
        return resolve(parsed.files, self.settings, parsed.broken, self.lists.columns)

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

    def refused(
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

    def _declared(self, name: str) -> str:
        """The name that is declared: for a level that could not be resolved, that of its segmentation."""
        return name if name in self.model.needs else name.partition(".")[0]

    def _unknown(self, name: str) -> UsageError:
        segments = [*self.model.segments, *self.model.segmentations]
        hint = some_of(name, segments, "the segments are")
        return UsageError(f"there is no segment `{name}`", hint)
