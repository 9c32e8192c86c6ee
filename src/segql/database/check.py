"""`segql model check`: is the model accurate, up to date and representative of what the database holds?

First the shape (tables, columns, types), then, of what is there as declared, the rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from segql.database import codes
from segql.database.beside import Beside
from segql.database.content import Asked, Content, Probe
from segql.database.shape import Shape, Sound
from segql.diagnostics import Code, Diagnostic, Fix, Label
from segql.engines.base import Engine
from segql.engines.catalogue import PhysicalTable
from segql.engines.promises import NOT_AS_DECLARED
from segql.errors import EngineError
from segql.model.clock import Clock
from segql.model.nodes import (
    Attribute,
    Column,
    Entity,
    Event,
    Link,
    Model,
    PointColumns,
    Rows,
    Source,
    SplitText,
    SqlText,
)
from segql.model.types import EnumType
from segql.report.model_check import Finding, ModelCheck, SourceFacts, length, listed
from segql.report.text import plural
from segql.source import Span
from segql.sql.build import Expr

READ = (Column, SplitText, SqlText, PointColumns)


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
    ) -> None:
        """`limit`: examples of a finding. `converts`: the engine reads values of files as declared, and one that it
        cannot read so is a finding. `others`: names of tables that are not in the catalogue."""
        self._model = model
        self._clock = clock
        self._fresh_within = fresh_within
        self._converts = converts
        self._shape = Shape(model, catalogue, others)
        self._content = Content(model, engine, dialect, clock, limit)
        self._engine = dialect
        self._findings = list(self._shape.findings)

    def check(self, target: str) -> ModelCheck:
        """Ask everything. Raises `EngineError`."""
        started = time.perf_counter()
        sound = list(self._shape.sound.values())
        if self._converts:
            sound = [self._readable(item) for item in sound]
        for item in sound:
            self._keys(item)
        facts = [self._rows(item) for item in sound]
        beside = Beside(self._content, self._shape)
        for item in sound:
            self._findings += [*beside.change_logs(item), *beside.child_lists(item)]
        self._findings += beside.lists(self._model, sound)
        order = {name: place for place, name in enumerate(self._model.sources)}
        self._findings.sort(key=lambda finding: order.get(finding.source, len(order)))
        return ModelCheck(
            target=target,
            engine=self._engine,
            as_of=self._clock.now,
            sources=tuple(facts),
            findings=tuple(self._findings),
            seconds=time.perf_counter() - started,
        )

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
            message = str(error).partition(": ")[2] or str(error)
            self._add(
                codes.UNREADABLE_VALUE, message, sound.source, attribute.span, "declared here"
            )
        return replace(sound, attributes=kept, complete=False)

    def _can_read(self, sound: Sound) -> EngineError | None:
        """The failure of an engine that met a value which is not as declared; others are raised."""
        probes = [_unknown(attribute) for attribute in _read_here(sound)]
        try:
            self._content.rows_and_counts(sound, probes, ())
        except EngineError as error:
            if NOT_AS_DECLARED in str(error):
                return error
            raise
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
        attributes = _read_here(sound)
        links = self._links(sound)
        probes = [_unknown(attribute) for attribute in attributes]
        probes += [
            self._stranger(attribute)
            for attribute in attributes
            if isinstance(attribute.type, EnumType)
        ]
        probes += [self._orphan(link) for link in links]
        probes += self._times(sound, links)
        rows, counts, newest = self._content.rows_and_counts(sound, probes, links)
        for probe, count in zip(probes, counts, strict=True):
            told = probe.kind != "unknown" or (probe.attribute and not probe.attribute.nullable)
            if count and told:
                self._found(sound, probe, count, rows, links)
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
        if isinstance(source, Event):
            self._freshness(source, rows, age)
        kind = {Entity: "entity", Event: "event", Rows: "rows"}[type(source)]
        instant = newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else newest
        return SourceFacts(source.name, kind, str(source.table), rows, unknown, instant, age)

    def _links(self, sound: Sound) -> list[Link]:
        """What the rows refer to, as far as both sides are there."""
        source = sound.source
        found = dict.fromkeys(source.one.values())
        if isinstance(source, Event | Rows) and source.owner is not None:
            found = {source.owner: None, **found}
        return [
            link
            for link in found
            if sound.has(*link.columns)
            and (target := self._shape.sound.get(link.parent.name)) is not None
            and all(key in target.attributes for key in link.parent.key)
            and all(self._is_read(sound, column) for column in link.columns)
        ]

    @staticmethod
    def _is_read(sound: Sound, column: str) -> bool:
        """No attribute over the column was found faulty."""
        over = [
            attribute
            for attribute in sound.source.attributes.values()
            if isinstance(attribute.storage, Column) and attribute.storage.parts[0] == column
        ]
        return all(attribute in sound.attributes for attribute in over)

    def _stranger(self, attribute: Attribute) -> Probe:
        return Probe(
            "stranger",
            lambda asked: self._content.is_stranger(asked, attribute),
            attribute=attribute,
            shown=lambda asked: [asked.value(attribute)],
        )

    def _orphan(self, link: Link) -> Probe:
        return Probe(
            "orphan",
            lambda asked: self._content.is_orphan(asked, link),
            link=link,
            shown=lambda asked: [
                asked.compiler.dialect.field(asked.alias, column) for column in link.columns
            ],
        )

    def _times(self, sound: Sound, links: Sequence[Link]) -> Iterator[Probe]:
        """Events after `as of`, and before their subject exists."""
        source = sound.source
        if not isinstance(source, Event) or source.at is None or source.at not in sound.attributes:
            return
        at, owner = source.at, source.owner
        yield Probe("late", lambda asked: self._content.is_late(asked, at), attribute=at)
        parent = owner.parent if owner is not None and owner in links else None
        if isinstance(parent, Entity) and parent.created is not None and owner is not None:
            created, target = parent.created, self._shape.sound[parent.name]
            if isinstance(created.storage, Column) and target.has(created.storage.parts[0]):
                yield Probe(
                    "early",
                    lambda asked: self._content.is_early(asked, owner, at, created),
                    attribute=at,
                    link=owner,
                )

    def _found(
        self, sound: Sound, probe: Probe, count: int, rows: int, links: Sequence[Link]
    ) -> None:
        source, of = sound.source, f"{count:,} of {_rows(rows)}"
        samples = self._content.samples(sound, probe, links)
        attribute, link = probe.attribute, probe.link
        add = self._adder(source, count, samples)
        if probe.kind == "unknown" and attribute is not None:
            add(
                *(codes.NO_VALUE, f"`{attribute.name}` has no value in {of}", attribute.span),
                *("declared without `?`", "write `?` behind its type, or repair the rows"),
            )
        elif probe.kind == "stranger" and attribute is not None:
            add(
                *(codes.STRANGER, f"`{attribute.name}` has a value that its enum does not list"),
                *(attribute.span, f"in {of}", "add the values to the enum, or repair the rows"),
            )
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
        source: Source,
        span: Span,
        label: str,
        help: str = "",
        *,
        count: int = 1,
        samples: Sequence[tuple[str, int]] = (),
    ) -> None:
        many = code in (codes.STRANGER, codes.NO_SUCH_ROW, codes.NOT_UNIQUE, codes.REPEATED)
        notes = (f"for example {listed(samples, many)}",) if samples else ()
        helps = (Fix(help),) if help else ()
        fault = Diagnostic(code, message, (Label(span, label),), notes, helps)
        self._findings.append(Finding(fault, source.name, count, tuple(samples)))


def _read_here(sound: Sound) -> list[Attribute]:
    """The attributes that are stored in the source's own table, each once (an event's time has two names)."""
    kept = dict.fromkeys(sound.attributes)
    return [
        item
        for item in kept
        if isinstance(item.storage, READ)
        and (sound.complete or not isinstance(item.storage, SqlText))
    ]


def _unknown(attribute: Attribute) -> Probe:
    def missing(asked: Asked) -> Expr:
        return asked.missing(attribute)

    return Probe("unknown", missing, attribute=attribute)


def _rows(count: int) -> str:
    return plural(count, "row")


def _their(count: int) -> str:
    return "its" if count == 1 else "their"
