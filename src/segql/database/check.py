"""`segql model check`: is the model accurate, up to date and representative of what the database holds?

First the shape (tables, columns, types), then, of what is there as declared, the rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeVar

from segql.database import codes
from segql.database.beside import Beside
from segql.database.content import Content, Probe
from segql.database.probes import links_of, probes_of, read_here, unknown
from segql.database.profile import reason
from segql.database.shape import Shape, Sound
from segql.database.versions import Versions
from segql.diagnostics import Code, Diagnostic, Fix, Label
from segql.engines.base import Engine
from segql.engines.catalogue import PhysicalTable
from segql.engines.promises import NOT_AS_DECLARED
from segql.errors import StatementError
from segql.model.clock import Clock
from segql.model.nodes import (
    Attribute,
    Column,
    Entity,
    Event,
    Link,
    Model,
    Rows,
    Segment,
    Source,
    Table,
)
from segql.report.model_check import Finding, ModelCheck, SourceFacts, length, listed
from segql.report.text import plural
from segql.source import Span
from segql.sql.dialect import dialect as dialect_of

T = TypeVar("T")
_WITH_ROWS = (codes.STRANGER, codes.NO_SUCH_ROW, codes.NOT_UNIQUE, codes.REPEATED)
"""Findings whose examples are told with their number of rows."""


class Checker:
    """Checks the sources of a model on one engine."""

    def __init__(
        self,
        model: Model,
        engine: Engine,
        dialect: str,
        clock: Clock,
        catalogue: Sequence[PhysicalTable],
        *,
        limit: int = 3,
        fresh_within: timedelta | None = None,
        converts: bool = False,
        others: Sequence[str] = (),
        broken: Mapping[Table, str] | None = None,
    ) -> None:
        """`limit`: examples of a finding. `converts`: the engine reads values of files as declared, and one that it
        cannot read so is a finding. `others`: names of tables that are not in the catalogue. `broken`: tables whose
        file cannot be read, and why."""
        self._model = model
        self._clock = clock
        self._fresh_within = fresh_within
        self._converts = converts
        self._shape = Shape(
            model,
            catalogue,
            others,
            broken or {},
            json_in_texts=dialect_of(dialect, model.settings).reads_json_in_texts,
        )
        self._content = Content(model, engine, dialect, clock, limit)
        self._engine = dialect
        self._findings = list(self._shape.findings)
        self._refused: set[str] = set()
        """Sources of which the target did not answer something."""

    def check(self, target: str) -> ModelCheck:
        """Ask everything. Raises `EngineError`."""
        started = time.perf_counter()
        sound = list(self._shape.sound.values())
        if self._converts:
            sound = [self._readable(item) for item in sound]
        for item in sound:
            self._asking(item.source, partial(self._keys, item))
        facts = [self._asking(item.source, partial(self._rows, item)) for item in sound]
        beside = Beside(self._content, self._shape)
        for item in sound:
            for ask in (beside.change_logs, beside.child_lists):
                self._findings += self._asking(item.source, partial(ask, item)) or ()
        for segment in self._model.segments.values():
            self._findings += self._asking(segment, partial(beside.members, segment, sound)) or ()
        order = {name: place for place, name in enumerate(self._model.sources)}
        self._findings.sort(key=lambda finding: order.get(finding.source, len(order)))
        return ModelCheck(
            target=target,
            engine=self._engine,
            as_of=self._clock.now,
            sources=tuple(item for item in facts if item is not None),
            findings=tuple(self._findings),
            seconds=time.perf_counter() - started,
        )

    def _asking(self, source: Source | Segment, ask: Callable[[], T]) -> T | None:
        """What is answered. A refusal is a finding, told once for each source, and the others are asked."""
        try:
            return ask()
        except StatementError as error:
            self._content.ambiguous.add(source.name)
            if source.name not in self._refused:
                self._refused.add(source.name)
                message = f"not all of `{source.name}` can be asked: {reason(error)}"
                self._add(codes.NOT_ANSWERED, message, source, source.span, "")
            return None

    # --- values that cannot be read ---------------------------------------------------------------

    def _readable(self, sound: Sound) -> Sound:
        """The source with the attributes all of whose values can be read; the others are told."""
        if not sound.attributes or self._can_read(sound) is None:
            return sound
        kept = []
        for attribute in sound.attributes:
            alone = replace(sound, attributes=[attribute], complete=False)
            error = self._can_read(alone)
            if error is None:
                kept.append(attribute)
                continue
            self._add(
                codes.UNREADABLE_VALUE, reason(error), sound.source, attribute.span, "declared here"
            )
        return replace(sound, attributes=kept, complete=False)

    def _can_read(self, sound: Sound) -> StatementError | None:
        """The failure of an engine that met a value which is not as declared; what else a statement fails at is told
        where its rows are asked for."""
        probes = [unknown(attribute) for attribute in read_here(sound)]
        try:
            self._content.rows_and_counts(sound, probes, ())
        except StatementError as error:
            return error if NOT_AS_DECLARED in str(error) else None
        return None

    # --- keys -------------------------------------------------------------------------------------

    def _keys(self, sound: Sound) -> None:
        source = sound.source
        if not source.key or any(key not in sound.attributes for key in source.key):
            if source.key:
                self._content.ambiguous.add(source.name)
            return
        if isinstance(source, Entity) and source.history is not None:
            self._content.ambiguous.add(source.name)
        if self._is_declared_unique(sound):
            return
        count, samples = self._content.repeated_keys(sound)
        if not count:
            return
        self._content.ambiguous.add(source.name)
        self._add(
            codes.NOT_UNIQUE,
            f"{_rows(count)} of `{source.name}` share {_their(count)} key with another row",
            source,
            source.key[0].span,
            "expected a key of its own for each row",
            count=count,
            samples=samples,
        )

    @staticmethod
    def _is_declared_unique(sound: Sound) -> bool:
        physical = sound.physical
        columns = []
        for key in sound.source.key:
            if not isinstance(key.storage, Column):
                return False
            columns.append(key.storage.parts[0].casefold())
        if isinstance(sound.source, Entity) and sound.source.history is not None:
            return False
        declared = (physical.primary, *physical.unique)
        return any(
            names and {name.casefold() for name in names} <= set(columns) for names in declared
        )

    # --- rows -------------------------------------------------------------------------------------

    def _rows(self, sound: Sound) -> SourceFacts:
        source = sound.source
        links = [
            link
            for link in links_of(self._shape, sound)
            if link.parent.name == source.name or link.parent.name not in self._refused
        ]
        probes = list(probes_of(self._content, self._shape, sound, links))
        rows, counts, newest = self._content.rows_and_counts(sound, probes, links)
        for probe, count in zip(probes, counts, strict=True):
            told = probe.kind != "unknown" or (probe.attribute and not probe.attribute.nullable)
            if count and told:
                self._found(sound, probe, count, rows, links)
        gaps = None
        if isinstance(source, Entity) and source.history and sound.has_keys and sound.has_history:
            versions = Versions(self._content, sound)
            self._findings += versions.findings()
            gaps = versions.gaps
        if not rows:
            label = "expected rows in its table"
            self._add(
                codes.EMPTY, f"the table of `{source.name}` is empty", source, source.span, label
            )
        if isinstance(source, Event) and rows and source.at in sound.attributes:
            self._repetitions(sound)
        unknown = tuple(
            (probe.attribute.name, count)
            for probe, count in zip(probes, counts, strict=True)
            if probe.kind == "unknown" and probe.attribute and probe.attribute.nullable
        )
        age = self._age(newest)
        if isinstance(source, Event) and source.at in sound.attributes:
            self._freshness(source, rows, age)
        kind = {Entity: "entity", Event: "event", Rows: "rows"}[type(source)]
        instant = newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else newest
        return SourceFacts(source.name, kind, str(source.table), rows, unknown, instant, age, gaps)

    def _found(
        self, sound: Sound, probe: Probe, count: int, rows: int, links: Sequence[Link]
    ) -> None:
        source, of = sound.source, f"{count:,} of {_rows(rows)}"
        if probe.kind == "item" and probe.attribute is not None:
            samples = self._content.strange_items(sound, probe.attribute)
        else:
            samples = self._content.samples(sound, probe, links)
        attribute, link = probe.attribute, probe.link
        add = self._adder(source, count, samples)
        if probe.kind == "unknown" and attribute is not None:
            add(
                *(codes.NO_VALUE, f"`{attribute.name}` has no value in {of}", attribute.span),
                *("declared without `?`", "write `?` behind its type, or repair the rows"),
            )
        elif probe.kind in ("stranger", "item") and attribute is not None:
            what = "a value" if probe.kind == "stranger" else "an item"
            add(
                *(codes.STRANGER, f"`{attribute.name}` has {what} that its enum does not list"),
                *(attribute.span, f"in {of}", "add the values to the enum, or repair the rows"),
            )
        elif probe.kind == "value" and attribute is not None:
            said = f"`{attribute.name}` cannot be read as `{attribute.type}`"
            add(
                *(codes.NOT_CONVERTED, said, attribute.span, f"in {of}; unknown there"),
                *(f"declare it as what it is, or repair the {_documents(count)}",),
            )
        elif probe.kind == "document" and attribute is not None:
            column = _column(attribute)
            said = (
                f"the column `{column}` of the table `{source.table}` holds texts that are not JSON"
            )
            label = f"in {of}; what is in them is unknown"
            add(codes.NOT_CONVERTED, said, attribute.span, label)
        elif probe.kind == "orphan" and link is not None:
            name = link.name if link.name != source.name else link.parent.name
            message = f"`{name}` of `{source.name}` is not among the rows of `{link.parent.name}`"
            add(codes.NO_SUCH_ROW, message, link.span, f"in {of}")
        elif probe.kind == "late" and attribute is not None:
            verb = "happens" if count == 1 else "happen"
            message = f"{_rows(count)} of `{source.name}` {verb} at or after `as of`"
            add(codes.TOO_LATE, message, attribute.span, f"of {_rows(rows)}")
        elif probe.kind == "early" and attribute is not None and link is not None:
            message = f"{_rows(count)} of `{source.name}` happened before the `{link.parent.name}` was created"
            add(codes.TOO_EARLY, message, attribute.span, f"of {_rows(rows)}")

    def _repetitions(self, sound: Sound) -> None:
        source = sound.source
        count, samples = self._content.repeated_rows(sound)
        if count:
            self._add(
                codes.REPEATED,
                f"{_rows(count)} of `{source.name}` repeat another one",
                source,
                source.span,
                "the same subject, time and values under another key",
                count=count,
                samples=samples,
            )

    # --- freshness --------------------------------------------------------------------------------

    def _age(self, newest: datetime | date | None) -> timedelta | None:
        if newest is None:
            return None
        if isinstance(newest, datetime):
            return self._clock.now - newest.replace(tzinfo=UTC)
        end = self._clock.day_start(newest + timedelta(days=1)).replace(tzinfo=UTC)
        return max(self._clock.now - end, timedelta())

    def _freshness(self, source: Event, rows: int, age: timedelta | None) -> None:
        limit = self._fresh_within
        if limit is None or source.at is None or not rows or (age is not None and age <= limit):
            return
        if age is None:
            message = f"there is no `{source.name}` before `as of`"
        else:
            message = f"the newest `{source.name}` is {length(age)} old"
        label = f"expected one within {length(limit)}"
        self._add(codes.STALE, message, source, source.at.span, label, count=rows)

    # --- findings ---------------------------------------------------------------------------------

    def _adder(
        self, source: Source, count: int, samples: Sequence[tuple[str, int]]
    ) -> Callable[..., None]:
        def add(code: Code, message: str, span: Span, label: str, help: str = "") -> None:
            self._add(code, message, source, span, label, help, count=count, samples=samples)

        return add

    def _add(
        self,
        code: Code,
        message: str,
        source: Source | Segment,
        span: Span,
        label: str,
        help: str = "",
        *,
        count: int = 1,
        samples: Sequence[tuple[str, int]] = (),
    ) -> None:
        many = code in _WITH_ROWS or any(rows > 1 for _, rows in samples)
        notes = (f"for example {listed(samples, many)}",) if samples else ()
        helps = (Fix(help),) if help else ()
        fault = Diagnostic(code, message, (Label(span, label),), notes, helps)
        self._findings.append(Finding(fault, source.name, count, tuple(samples)))


def _column(attribute: Attribute) -> str:
    assert isinstance(attribute.storage, Column)
    return attribute.storage.parts[0]


def _documents(count: int) -> str:
    return "document" if count == 1 else "documents"


def _rows(count: int) -> str:
    return plural(count, "row")


def _their(count: int) -> str:
    return "its" if count == 1 else "their"
