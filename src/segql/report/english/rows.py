"""Rows: the one in hand, those around it, and what a search finds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from segql.model.clock import Clock
from segql.model.nodes import (
    Attribute,
    Condition,
    Event,
    Link,
    Named,
    Points,
    Row,
    RowRef,
    Rows,
    Search,
    Source,
    Up,
)
from segql.report.english import words
from segql.report.english.notes import Notes
from segql.report.english.times import Times


class RowPhrases(Times):
    """Says which rows are meant; `here` is the row in hand, whose attributes need no "of"."""

    def __init__(self, clock: Clock, notes: Notes, subject: Source) -> None:
        super().__init__(clock, notes)
        self.here: RowRef = Row(0, subject)
        self.mentioned: dict[tuple[Source, str, datetime], Named] = {}
        """Traits and derived attributes as they are met, by the source they belong to and `as of`."""
        self.computed: dict[Attribute, Source] = {}
        """Attributes that stand in no column of their own, in the same order."""
        self.sources: dict[Source, None] = {subject: None}
        """What rows are read from, in the order in which it is met."""
        self.relations: dict[Link, None] = {}
        """To-many relations under their own names, in the same order."""
        self.members: dict[tuple[str, datetime], None] = {}
        """Segments that `member of` or a population names, with their `as of`."""

    @abstractmethod
    def inline(self, condition: Condition, nested: bool = False) -> str:
        """A condition within a sentence."""

    @abstractmethod
    def points(self, value: Points) -> str:
        """The sum of numbers under conditions."""

    def inside(self, search: Search) -> AbstractContextManager[None]:
        return self.of_row(Row(search.level, search.source))

    @contextmanager
    def of_row(self, row: RowRef) -> Iterator[None]:
        """Say what follows of another row in hand."""
        outer = self.here
        self.here = row
        yield
        self.here = outer

    @property
    def in_search(self) -> bool:
        """Whether the row in hand is one of a search, not the subject."""
        return isinstance(self.here, Row) and self.here.level > 0

    def segment(self, name: str) -> str:
        """What a segment is called; whoever writes a whole definition knows more of it."""
        return f"the segment {name}"

    # --- rows -------------------------------------------------------------------------------------

    def row(self, row: RowRef) -> str:
        """A row that is not the one in hand: `the store`, `the customer`."""
        match row:
            case Up():
                noun = words.spoken(up_name(row.link))
                if row.row == self.here or is_owner(row.link):
                    return f"the {noun}"
                return f"the {noun} of {self.row(row.row)}"
            case Row():
                noun = words.spoken(row.source.name)
                return f"the {'outer ' if row.source is self.here.source else ''}{noun}"

    def who(self, row: RowRef) -> str:
        """The row that a sentence is about, where it is not the subject itself: `the account `."""
        if row != self.here:
            return f"{self.row(row)} "
        return f"the {words.spoken(row.source.name)} " if self.in_search else ""

    def rows(self, search: Search, singular: bool = False) -> str:
        """The rows of a search: `paid purchases in the …, where status is "paid"`."""
        steps = self._steps(search, singular)
        window = where = ""
        with self.inside(search):  # bounds that a row has a part in are seen from there
            if search.window is not None:
                window = f" {self.window(search.window)}"
            if search.where is not None:
                where = f" where {self.inline(search.where)}"
        return f"{steps}{window}{where}"

    def _steps(self, search: Search, singular: bool) -> str:
        nouns = [self.step(link, link.child) for link in search.links]
        nouns[-1] = self.step(search.links[-1], search.source)
        said = [words.plural(noun) for noun in nouns]
        if singular:
            said[-1] = words.singular(nouns[-1])
        text = " of ".join(reversed(said))
        if search.anchor != self.here:
            text += f" of {self.row(search.anchor)}"
        return text

    def step(self, link: Link, source: Source) -> str:
        """The noun for rows that a link leads down to."""
        self.sources.setdefault(source)
        if is_owner(link) or source is not link.child:
            return words.spoken(source.name)
        if words.is_plural(link.name):
            self.relations.setdefault(link)
            return words.spoken(link.name)
        return words.spoken(source.name)


def is_owner(link: Link) -> bool:
    """Whether a link leads from events or rows to the entity they belong to."""
    return isinstance(link.child, Event | Rows) and link.child.owner is link


def up_name(link: Link) -> str:
    """What the one row above is called."""
    if link.child.one.get(link.name) is link:
        return link.name
    return link.parent.name
