"""A whole definition: its lines, what the names in them mean, and the notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from segql.model.clock import Clock
from segql.model.nodes import All, Level, MemberOf, Model, Segment, Segmentation
from segql.report.english import words
from segql.report.english.conditions import Place
from segql.report.english.entries import Entries, data_text, rest_of
from segql.report.english.happenings import Clause
from segql.report.english.leaves import PART_SIZE
from segql.report.english.notes import Notes

WIDTH = 96


def explain(model: Model, name: str, clock: Clock) -> str:
    """The definition of a segment, segmentation or split in plain English, ending with a line break.

    `name` is a key of `model.segments` or `model.segmentations` (`KeyError` otherwise).
    """
    notes = Notes()
    list(_page(model, name, clock, notes).lines())
    notes.restart()
    return "\n".join(_page(model, name, clock, notes).lines()) + "\n"


def _page(model: Model, name: str, clock: Clock, notes: Notes) -> Page:
    if (whole := model.segmentations.get(name)) is not None:
        return LevelsPage(model, whole, clock, notes)
    segment = model.segments[name]
    whole = model.segmentations.get(name.rpartition(".")[0])
    for level in whole.levels if whole is not None else ():
        if whole is not None and level.segment.name == name:
            return LevelPage(model, whole, level, clock, notes)
    return Page(model, segment, clock, notes)


class Page(Entries):
    """Writes one definition, line by line."""

    def __init__(
        self, model: Model, definition: Segment | Segmentation, clock: Clock, notes: Notes
    ) -> None:
        super().__init__(model, definition.entity, clock, notes)
        self.definition = definition

    def lines(self) -> Iterator[str]:
        yield from self._head()
        clauses = list(self.clauses())
        called = "" if self.as_of == self.as_of_in_full else f" (below: {self.as_of})"
        yield from _wrapped(f"As of {self.as_of_in_full}{called}, {self.claim(len(clauses))}:", "")
        yield ""
        for number, clause in enumerate(clauses, 1):
            yield from _listed(clause, f"{number:>3}. ")
        entries = list(self.entries())
        if entries:
            yield from ("", "What the names mean", "")
            for entry in entries:
                yield from _listed(entry, "  - ")
        yield from self._notes()

    # --- what is said -----------------------------------------------------------------------------

    def title(self) -> str:
        return self.definition.title or self.definition.name

    def facts(self) -> Iterator[str]:
        """What is known about the definition, in a line."""
        yield f"segment {self.definition.name} of {self.definition.entity.name}"
        yield from self._metadata()

    def claim(self, count: int) -> str:
        """What the lines below say."""
        noun = words.a(words.spoken(self.definition.entity.name))
        all_of = "this holds" if count == 1 else "all of these lines hold"
        return f"{noun} is a member if {all_of}"

    def clauses(self) -> Iterator[Clause]:
        assert isinstance(self.definition, Segment)
        yield from (self.clause(line) for line in self.definition.lines)

    # --- layout -----------------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        yield self.title()
        if self.definition.description:
            yield from _wrapped(self.definition.description, "")
        yield from _wrapped("; ".join(self.facts()), "")
        yield ""

    def _metadata(self) -> Iterator[str]:
        definition = self.definition
        if definition.owner:
            yield f"owner {definition.owner}"
        if definition.tags:
            yield f"tags {', '.join(definition.tags)}"
        if isinstance(definition, Segment):
            for key, values in definition.meta:
                yield f"{key.replace('_', ' ')} {', '.join(values)}"

    def _notes(self) -> Iterator[str]:
        zone = self.clock.settings.timezone
        general = [f"All times are local times in {zone}", *self.notes.unnumbered]
        yield from ("", "Notes", "")
        for text in general:
            yield from _wrapped(words.sentence(text), "  - ")
        for number, text in self.notes.numbered:
            yield from _wrapped(words.sentence(text), f"  [{number}] ")


class LevelsPage(Page):
    """A whole segmentation or split."""

    def __init__(self, model: Model, whole: Segmentation, clock: Clock, notes: Notes) -> None:
        super().__init__(model, whole, clock, notes)
        self.whole_one = whole

    def facts(self) -> Iterator[str]:
        yield _called(self.whole_one)
        yield from self._metadata()

    def claim(self, count: int) -> str:
        return self.levels_head(self.whole_one)

    def clauses(self) -> Iterator[Clause]:
        yield from self.level_clauses(self.whole_one)
        if self.whole_one.is_split:
            _promise(self.notes, self.whole_one)


class LevelPage(Page):
    """A level of a segmentation, or a part of a split."""

    def __init__(
        self, model: Model, whole: Segmentation, level: Level, clock: Clock, notes: Notes
    ) -> None:
        super().__init__(model, whole, clock, notes)
        self.whole_one = whole
        self.level = level
        self.kind = "part" if whole.is_split else "level"

    def title(self) -> str:
        return f"{self.whole_one.title or self.whole_one.name}: {self.level.name}"

    def facts(self) -> Iterator[str]:
        yield f"{self.kind} {self.level.name} of the {_called(self.whole_one)}"
        yield from self._metadata()
        if self.level.data:
            yield f"with {data_text(self.level)}"

    def claim(self, count: int) -> str:
        noun = words.a(words.spoken(self.whole_one.entity.name))
        all_of = "this holds" if count == 1 else "all of these lines hold"
        return f"{noun} is in this {self.kind} if {all_of}"

    def clauses(self) -> Iterator[Clause]:
        if self.whole_one.is_split:
            yield from (self.clause(line) for line in self.level.segment.lines)
            _promise(self.notes, self.whole_one)
            return
        if self.whole_one.base is not None:
            yield self.clause(self.whole_one.base)
        own = self.level.own
        if own is not None:
            items = own.items if isinstance(own, All) else (own,)
            yield from (self.clause(item) for item in items)
        yield from self._above()

    def _above(self) -> Iterator[Clause]:
        """The levels before this one, which come first."""
        above = []
        for level in self.whole_one.levels:
            if level is self.level:
                break
            assert level.own is not None
            clause = self.clause(level.own, Place.NEGATED)
            above.append(Clause(f"{level.name}: {clause.text}", clause.items))
        if above:
            one = len(above) == 1
            levels = (
                "the level above, which comes" if one else "any of the levels above, which come"
            )
            yield Clause(f"is not in {levels} first:", tuple(above))
        elif self.level.own is None:
            yield Clause("nothing more is asked")


def _called(whole: Segmentation) -> str:
    """`segmentation lifecycle of customer`, `split winback_test of lapsed_vips`."""
    if whole.is_split and isinstance(whole.base, MemberOf):
        return f"split {whole.name} of {whole.base.segment}"
    return f"segmentation {whole.name} of {whole.entity.name}"


def _promise(notes: Notes, whole: Segmentation) -> None:
    """What a split promises."""
    notes.general(
        "A part is decided by the seed and the key alone: it is the same on every engine and on every "
        "day, and whoever leaves and comes back is in the same part again. To change the seed is to "
        "divide anew; to change the shares moves people at the borders only"
    )
    if rest := rest_of(whole):
        notes.general(f"The other {words.percent(round(rest / PART_SIZE, 7))} are in no part")


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
