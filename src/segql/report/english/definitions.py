"""A whole definition: its lines, what the names in them mean, and the notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from segql.model.clock import Clock
from segql.model.nodes import (
    All,
    Attribute,
    Column,
    Condition,
    Entity,
    Event,
    Holds,
    Model,
    Row,
    Rows,
    Segment,
    Source,
    Value,
)
from segql.report.english import words
from segql.report.english.conditions import Clause, Clauses, Place
from segql.report.english.notes import Notes

WIDTH = 96


def explain(model: Model, segment: str, clock: Clock) -> str:
    """The definition of a segment in plain English, ending with a line break.

    `segment` is a key of `model.segments` (`KeyError` otherwise).
    """
    notes = Notes()
    list(Page(model, model.segments[segment], clock, notes).lines())
    notes.restart()
    return "\n".join(Page(model, model.segments[segment], clock, notes).lines()) + "\n"


class Page(Clauses):
    """Writes one definition, line by line."""

    def __init__(self, model: Model, definition: Segment, clock: Clock, notes: Notes) -> None:
        super().__init__(clock, notes, definition.entity)
        self.model = model
        self.definition = definition

    def segment(self, name: str) -> str:
        found = self.model.segments.get(name)
        return (
            f"{name} ({words.quoted(found.title)})" if found is not None and found.title else name
        )

    # --- the page ---------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        yield from self._head()
        noun = words.a(words.spoken(self.definition.entity.name))
        clauses = [self.clause(line) for line in self.definition.lines]
        all_of = "this holds" if len(clauses) == 1 else "all of these lines hold"
        called = "" if self.as_of == self.as_of_in_full else f" (below: {self.as_of})"
        head = f"As of {self.as_of_in_full}{called}, {noun} is a member if {all_of}:"
        yield from _wrapped(head, "")
        yield ""
        for number, clause in enumerate(clauses, 1):
            yield from _listed(clause, f"{number:>3}. ")
        entries = list(self._entries())
        if entries:
            yield from ("", "What the names mean", "")
            for entry in entries:
                yield from _listed(entry, "  - ")
        yield from self._notes()

    def _head(self) -> Iterator[str]:
        definition = self.definition
        yield definition.title or definition.name
        if definition.description:
            yield from _wrapped(definition.description, "")
        facts = [f"segment {definition.name} of {definition.entity.name}"]
        if definition.owner:
            facts.append(f"owner {definition.owner}")
        if definition.tags:
            facts.append(f"tags {', '.join(definition.tags)}")
        facts += [f"{key.replace('_', ' ')} {', '.join(values)}" for key, values in definition.meta]
        yield from _wrapped("; ".join(facts), "")
        yield ""

    def _notes(self) -> Iterator[str]:
        zone = self.clock.settings.timezone
        general = [f"All times are local times in {zone}", *self.notes.unnumbered]
        yield from ("", "Notes", "")
        for text in general:
            yield from _wrapped(words.sentence(text), "  - ")
        for number, text in self.notes.numbered:
            yield from _wrapped(words.sentence(text), f"  [{number}] ")

    # --- names ------------------------------------------------------------------------------------

    def _entries(self) -> Iterator[Clause]:
        """An explanation of each name, and of those that the explanations bring up, each once."""
        done: set[tuple[str, object]] = set()
        while True:
            todo: list[tuple[str, object]] = [("name", key) for key in self.mentioned]
            todo += [("segment", name) for name in self.members]
            todo = [item for item in todo if item not in done]
            if not todo:
                break
            done.add(todo[0])
            yield from self._named_entry(*todo[0])
        yield from self._row_entries()

    def _named_entry(self, kind: str, key: object) -> Iterator[Clause]:
        if kind == "segment":
            assert isinstance(key, str)
            if (segment := self.model.segments.get(key)) is not None:
                yield self._segment_entry(segment)
            return
        named = self.mentioned[key]  # type: ignore[index]
        outer, self.here = self.here, named.row
        head = f"{named.name} of {words.a(words.spoken(named.row.source.name))}"
        yield self._value_entry(head, named.value)
        self.here = outer

    def _value_entry(self, head: str, value: Value) -> Clause:
        if not isinstance(value, Holds):
            return Clause(f"{head}: {self.value(value)}")
        clause = self.clause(value.condition, Place.CHOICE)
        return Clause(f"{head} holds where {clause.text}", clause.items)

    def _segment_entry(self, segment: Segment) -> Clause:
        self.sources.setdefault(segment.entity)
        self.here = Row(0, segment.entity)
        clauses = [self.clause(line) for line in segment.lines]
        self.here = Row(0, self.definition.entity)
        noun = words.a(words.spoken(segment.entity.name))
        title = f" ({words.quoted(segment.title)})" if segment.title else ""
        head = f"{segment.name}{title}: {noun} is a member if"
        if len(clauses) == 1:
            return Clause(f"{head} {clauses[0].text}", clauses[0].items)
        return Clause(f"{head} all of these hold:", tuple(clauses))

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
            case _:
                return [self._table(source), *self._existence(source)]

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
        if isinstance(source, Entity) and source.created is not None:
            name = _column(source.created)
            yield (
                f"One whose {name} is {self.as_of} or later does not exist yet; "
                f"one whose {name} is unknown does exist"
            )
        if source.only is not None:
            yield f"Only rows where {self._about(source, source.only)} exist"

    def _about(self, source: Source, condition: Condition) -> str:
        outer, self.here = self.here, Row(0, source)
        items: Sequence[Condition] = condition.items if isinstance(condition, All) else (condition,)
        text = " and ".join(self.short(item, len(items) > 1) for item in items)
        self.here = outer
        return text


def _column(attribute: Attribute) -> str:
    """What the data calls an attribute that the language names itself (`at`, `created`)."""
    if isinstance(attribute.storage, Column):
        return ".".join(attribute.storage.parts)
    return attribute.name


# --- layout ---------------------------------------------------------------------------------------


def _listed(clause: Clause, bullet: str) -> Iterator[str]:
    """A clause behind its number or dash, what is below it indented."""
    yield from _wrapped(clause.text, bullet)
    indent = " " * len(bullet)
    for item in clause.items:
        yield from _listed(item, f"{indent}- ")


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
