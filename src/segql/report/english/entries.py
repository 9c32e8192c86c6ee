"""What the names in a definition mean: traits, segments, computed attributes, and which rows exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from segql.model.clock import Clock
from segql.model.nodes import (
    All,
    Attribute,
    ChangeLog,
    Column,
    Condition,
    DataValue,
    Entity,
    Event,
    Grouping,
    GroupMeasure,
    Holds,
    InPart,
    Level,
    Model,
    Named,
    Points,
    Row,
    Rows,
    Segment,
    Segmentation,
    Source,
    SqlText,
    Value,
)
from segql.report.english import words
from segql.report.english.conditions import Clauses, Place
from segql.report.english.happenings import Clause
from segql.report.english.leaves import PART_SIZE, part_bounds
from segql.report.english.notes import Notes

THEN_NOTE = (
    "as of another moment, only what had come before it counts, attributes have the values of then, "
    "and who did not exist then was no member"
)


class Entries(Clauses):
    """Explains each name that the text brings up, once."""

    def __init__(self, model: Model, subject: Entity, clock: Clock, notes: Notes) -> None:
        super().__init__(clock, notes, subject)
        self.model = model

    # --- segments ---------------------------------------------------------------------------------

    def segment(self, name: str) -> str:
        whole = self.whole(name)
        if whole is not None:
            kind = "part" if whole.is_split else "level"
            return f"the {kind} {name.rsplit('.', 1)[1]} of {titled(whole)}"
        found = self.model.segments.get(name)
        return f"the segment {titled(found) if found is not None else name}"

    def whole(self, name: str) -> Segmentation | None:
        """The segmentation or split that a level or part belongs to."""
        return self.model.segmentations.get(name.rpartition(".")[0])

    # --- names ------------------------------------------------------------------------------------

    def entries(self) -> Iterator[Clause]:
        """An explanation of each name, and of those that the explanations bring up, each once."""
        done: set[object] = set()
        while todo := [item for item in self._to_explain() if item not in done]:
            done.add(todo[0])
            yield from self._entry(todo[0])
        yield from self._row_entries()

    def _to_explain(self) -> list[object]:
        segments = []
        for name, moment in self.members:
            whole = self.whole(name)
            segments.append((whole.name if whole is not None else name, moment))
        return [*self.mentioned, *segments, *self.computed]

    def _entry(self, key: object) -> Iterator[Clause]:
        match key:
            case Attribute():
                yield self._computed_entry(key, self.computed[key])
            case (Source() as source, str() as name, datetime() as moment):
                named = self.mentioned[source, name, moment]
                with self.at_moment(Clock(moment, self.clock.settings)), self.of_row(named.row):
                    yield self._named_entry(named)
            case (str() as name, datetime() as moment):
                with self.at_moment(Clock(moment, self.clock.settings)):
                    yield from self._segment_entry(name)

    def _named_entry(self, named: Named) -> Clause:
        of = words.a(words.spoken(named.row.source.name))
        return self._value_entry(f"{named.name} of {of}{self.elsewhere}", named.value)

    def _value_entry(self, head: str, value: Value) -> Clause:
        if isinstance(value, Points):
            clause = self.points_clause(value)
            return Clause(f"{head}: {clause.text}", clause.items)
        if not isinstance(value, Holds):
            return Clause(f"{head}: {self.value(value)}")
        clause = self.clause(value.condition, Place.CHOICE)
        return Clause(f"{head} holds where {clause.text}", clause.items)

    def _computed_entry(self, attribute: Attribute, source: Source) -> Clause:
        while isinstance(source, Event) and source.base is not None:
            source = source.base
        head = f"{attribute.name} of {words.a(words.spoken(source.name))}"
        match attribute.storage:
            case SqlText() as sql:
                return Clause(f"{head}: the SQL expression {words.quoted(sql.text)}")
            case ChangeLog() as log:
                column, at = (".".join(place.parts) for place in (log.column, log.at))
                return Clause(
                    f"{head}: at any moment the value of {column} in the last row of the table "
                    f"{log.table} whose {at} is not later; before the first row it is unknown"
                )
            case GroupMeasure() as measure:
                with self.of_row(Row(0, source)):
                    return self._value_entry(head, measure.value)
            case _:
                return Clause(head)

    def _segment_entry(self, name: str) -> Iterator[Clause]:
        whole, segment = self.model.segmentations.get(name), self.model.segments.get(name)
        if whole is not None:
            self.sources.setdefault(whole.entity)
            with self.of_row(Row(0, whole.entity)):
                head = f"{titled(whole)}{self._then()}: {self.levels_head(whole)}"
                yield Clause(f"{head}:", tuple(self.level_clauses(whole)))
        elif segment is not None:
            self.sources.setdefault(segment.entity)
            with self.of_row(Row(0, segment.entity)):
                yield self._simple_segment(segment)

    def _simple_segment(self, segment: Segment) -> Clause:
        clauses = [self.clause(line) for line in segment.lines]
        noun = words.a(words.spoken(segment.entity.name))
        verb = "was" if self.elsewhere else "is"
        head = f"{titled(segment)}{self._then()}: {noun} {verb} a member if"
        if len(clauses) == 1:
            return Clause(f"{head} {clauses[0].text}", clauses[0].items)
        return Clause(f"{head} all of these hold:", tuple(clauses))

    def _then(self) -> str:
        return self.elsewhere + self.notes.reference(THEN_NOTE) if self.elsewhere else ""

    # --- segmentations and splits -----------------------------------------------------------------

    def levels_head(self, whole: Segmentation) -> str:
        """`each customer is in the first of these levels that holds, and so in exactly one`."""
        noun = words.spoken(whole.entity.name)
        if whole.base is not None:
            noun += f" that {self.clause(whole.base).text}"
        if whole.is_split:
            rest = "or in none, for ever" if rest_of(whole) else "and stays in it for ever"
            return f"each {noun} is by chance in one of these parts, {rest}"
        complete = any(level.own is None for level in whole.levels)
        how = "and so in exactly one" if complete else "or in none where none holds"
        return f"each {noun} is in the first of these levels that holds, {how}"

    def level_clauses(self, whole: Segmentation) -> Iterator[Clause]:
        for level in whole.levels:
            head = f"{level.name}{_with(level)}"
            if whole.is_split:
                yield Clause(f"{head}: {self._part(level)}")
            elif level.own is None:
                yield Clause(f"{head}: everyone else")
            else:
                clause = self.clause(level.own, Place.CHOICE)
                yield Clause(f"{head}: {clause.text}", clause.items)

    def _part(self, level: Level) -> str:
        part = part_of(level)
        size = words.percent(round((part.high - part.low) / PART_SIZE, 7))
        return f"{size}, whose number{self.part_note(part)} lies {part_bounds(part)}"

    # --- rows -------------------------------------------------------------------------------------

    def _row_entries(self) -> Iterator[Clause]:
        """What a row of each entity and event is, and which rows exist."""
        for link in self.relations:
            parent = words.a(words.spoken(link.parent.name))
            child = words.plural(words.spoken(link.child.name))
            yield Clause(f"{words.spoken(link.name)} of {parent}: {child}")
        done: set[Source] = set()
        while todo := [source for source in self.sources if source not in done]:
            done.add(todo[0])
            yield from self._row_entry(todo[0])

    def _row_entry(self, source: Source) -> Iterator[Clause]:
        name = words.spoken(source.name)
        head = name if name == source.name else f"{name} ({source.name})"
        if source.doc:
            head += f", {words.quoted(source.doc)}"
        yield Clause(f"{head}: {'. '.join(self._facts(source))}")

    def _facts(self, source: Source) -> list[str]:
        match source:
            case Event(parts=parts) if parts:
                kinds = [words.a(words.spoken(part.name)) for part in parts]
                self.sources.update(dict.fromkeys(parts))
                return [f"{words.listed(kinds, 'or')}; each row counts once"]
            case Event(base=Event() as base, where=where):
                self.sources.setdefault(base)
                said = self._about(source, where) if where is not None else ""
                return [f"{words.a(words.spoken(base.name))} where {said}"]
            case Event(groups=Grouping() as groups):
                return [self._grouped(source, groups)]
            case _:
                return [self._table(source), *self._existence(source)]

    def _grouped(self, source: Event, groups: Grouping) -> str:
        """What a row of an event is that takes rows of another together."""
        self.sources.setdefault(groups.base)
        rows = words.plural(words.spoken(groups.base.name))
        owner = source.owner.parent.name if source.owner is not None else "row"
        whose = f"all {rows} of one {words.spoken(owner)}"
        if groups.day:
            self.mark_local()
            return f"{whose} on one local day, taken together"
        with self.of_row(Row(0, groups.base)):
            by = self.value(groups.by)
        return (
            f"{whose} with the same {by}, taken together; its time is that of the first of them. "
            f"Where {by} is unknown, there is none"
        )

    def _table(self, source: Source) -> str:
        text = f"a row of the table {source.table}" if source.table is not None else "a row"
        if isinstance(source, Event | Rows) and source.owner is not None:
            text += f" that belongs to {words.a(words.spoken(source.owner.parent.name))}"
        if isinstance(source, Event) and source.at is not None:
            time = "time" if source.at.type.name == "timestamp" else "day"
            text += f"; its {time} is {_column(source.at)}"
        return text

    def _existence(self, source: Source) -> Iterator[str]:
        """Which rows exist (3.3)."""
        if isinstance(source, Event):
            self.notes.general(
                f"Events at or after {self.as_of}, and events without a time, do not exist"
            )
        if isinstance(source, Entity):
            yield from self._entity_existence(source)
        if source.only is not None:
            yield f"Only rows where {self._about(source, source.only)} exist"

    def _entity_existence(self, source: Entity) -> Iterator[str]:
        if source.created is not None:
            name = _column(source.created)
            yield (
                f"One whose {name} is {self.as_of} or later does not exist yet; "
                f"one whose {name} is unknown does exist"
            )
        if source.history is not None:
            start, end = (_column(bound) for bound in source.history)
            yield (
                f"Of its versions the one counts that held at {self.as_of}: {start} not later, {end} "
                f"later or unknown; without such a version it does not exist"
            )

    def _about(self, source: Source, condition: Condition) -> str:
        items: Sequence[Condition] = condition.items if isinstance(condition, All) else (condition,)
        with self.of_row(Row(0, source)):
            return " and ".join(self.short(item, len(items) > 1) for item in items)


def titled(definition: Segment | Segmentation) -> str:
    title = f" ({words.quoted(definition.title)})" if definition.title else ""
    return f"{definition.name}{title}"


def data_text(level: Level) -> str:
    """`offer "BACK10", channel "email"`."""
    return ", ".join(f"{key.replace('_', ' ')} {_datum(value)}" for key, value in level.data)


def rest_of(whole: Segmentation) -> int:
    """How many of the numbers are in no part of a split."""
    return PART_SIZE - max(part_of(level).high for level in whole.levels)


def part_of(level: Level) -> InPart:
    """The stretch of numbers that makes a part of a split."""
    [part] = [line for line in level.segment.lines if isinstance(line, InPart)]
    return part


def _with(level: Level) -> str:
    return f" (with {data_text(level)})" if level.data else ""


def _datum(value: DataValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return words.quoted(value) if isinstance(value, str) else str(value)


def _column(attribute: Attribute) -> str:
    """What the data calls an attribute that the language names itself (`at`, `created`)."""
    if isinstance(attribute.storage, Column):
        return ".".join(attribute.storage.parts)
    return attribute.name
