"""Conditions as clauses: one line for a leaf, an indented list for a group; and what becomes of unknown values."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from enum import Enum

from segql.model.nodes import (
    All,
    Any,
    Attr,
    Burst,
    Condition,
    CountOf,
    Exists,
    IfKnown,
    IsKnown,
    ListTest,
    MemberOf,
    Named,
    Not,
    OrUnknown,
    Points,
    Regular,
    Search,
    Sequence,
    Top,
    Truth,
    Value,
)
from segql.model.unknowns import asked, window_nullable
from segql.report.english import words
from segql.report.english.happenings import Clause, Happenings, needs_list
from segql.report.english.notes import Silent


class Place(Enum):
    """What follows where a leaf meets an unknown value, and does not hold for that reason."""

    REQUIRED = "the row is left out"
    CHOICE = "another line may still hold"
    NEGATED = "what stands around the leaf turns it round"


class Clauses(Happenings):
    """Conditions of the row in hand; the row itself is not named."""

    def short(self, condition: Condition, nested: bool = False) -> str:
        """A condition in one line, without remarks and numbers of notes."""
        notes, self.notes = self.notes, Silent()
        text = self.inline(condition, nested)
        self.notes = notes
        return text

    # --- groups -----------------------------------------------------------------------------------

    def clause(self, condition: Condition, place: Place = Place.REQUIRED) -> Clause:
        match condition:
            case All(items=items):
                return self._group("all of these hold", items, place)
            case Any(items=items):
                return self._group("at least one of these holds", items, Place.CHOICE)
            case CountOf():
                return self._group(_how_many(condition), condition.items, Place.CHOICE)
            case Not(item=Any(items=items)):
                if len(items) == 1:
                    return self.clause(Not(condition.span, items[0]), place)
                return self._group("none of these holds", items, Place.NEGATED)
            case Not(item=All(items=items)) if len(items) > 1:
                return self._group("not all of these hold", items, Place.NEGATED)
            case Not(item=All(items=(item,))):
                return self.clause(Not(condition.span, item), place)
            case Not(item=CountOf() as item):
                return self._group(
                    f"it is not so that {_how_many(item)}", item.items, Place.NEGATED
                )
            case Exists() | Not(item=Exists()):
                return self._exists_clause(condition)
            case Sequence():
                return self.sequence_clause(condition, False)
            case Not(item=Sequence() as item):
                return self.sequence_clause(item, True)
            case _:
                return Clause(self.leaf(condition, place))

    def _group(self, intro: str, items: SequenceOf[Condition], place: Place) -> Clause:
        if len(items) == 1 and intro.startswith(("all", "at least one")):
            return self.clause(items[0], place)
        return Clause(f"{intro}:", tuple(self.clause(item, place) for item in items))

    def _exists_clause(self, condition: Condition) -> Clause:
        """A `did` or `has`, its `where` as a list of its own where it has several lines."""
        exists = condition.item if isinstance(condition, Not) else condition
        assert isinstance(exists, Exists)
        where = exists.search.where
        if where is None or not needs_list(where):
            return Clause(self.leaf(condition, Place.REQUIRED))
        items = where.items if isinstance(where, All) else (where,)
        text = self.exists(exists, isinstance(condition, Not), with_where=False)
        with self.inside(exists.search):
            lines = tuple(self.clause(item) for item in items)
        return Clause(
            f"{text} for which {'all of this' if len(items) > 1 else 'this'} holds:", lines
        )

    def inline(
        self, condition: Condition, nested: bool = False, place: Place = Place.REQUIRED
    ) -> str:
        """A condition within a sentence; `nested`: in parentheses if it has several parts."""
        match condition:
            case All(items=(item,)) | Any(items=(item,)):
                return self.inline(item, nested, place)
            case All(items=items):
                text = " and ".join(self.inline(item, True, place) for item in items)
            case Any(items=items):
                text = " or ".join(self.inline(item, True, Place.CHOICE) for item in items)
            case CountOf(items=items):
                parts = (self.inline(item, False, Place.CHOICE) for item in items)
                text = f"{_how_many(condition)} ({'; '.join(parts)})"
            case Not(item=Any() | All() | CountOf() as item):
                return f"not ({self.inline(item, False, Place.NEGATED)})"
            case _:
                return self.leaf(condition, place)
        return f"({text})" if nested else text

    def points(self, value: Points) -> str:
        """`(5 where country is "PL", otherwise 0)`, `(the sum of 5 where …, and 3 where …)`."""
        said = [
            f"{self.value(points)} where {self.inline(condition, True, Place.CHOICE)}"
            for points, condition in value.lines
        ]
        if len(said) == 1:
            return f"({said[0]}, otherwise 0)"
        return f"(the sum of: {'; '.join(said)})"

    def points_clause(self, value: Points) -> Clause:
        """The same as a list, a line for each."""
        lines = []
        for points, condition in value.lines:
            clause = self.clause(condition, Place.CHOICE)
            lines.append(Clause(f"{self.value(points)} where {clause.text}", clause.items))
        return Clause("the sum of", tuple(lines))

    # --- leaves -----------------------------------------------------------------------------------

    def leaf(self, condition: Condition, place: Place) -> str:
        """One line, with what happens to unknown values."""
        match condition:
            case OrUnknown(leaf=leaf):
                return self._or_unknown(leaf)
            case IfKnown(leaf=leaf):
                return self.leaf(leaf, place)
            case Exists():
                return self.exists(condition, False) + self._unknown_bound(condition.search)
            case Not(item=Exists() as item):
                return self.exists(item, True) + self._unknown_bound(item.search)
            case Regular() | Burst() | Sequence():
                return self._happening(condition, False)
            case Not(item=(Regular() | Burst() | Sequence()) as item):
                return self._happening(item, True)
            case Not(item=item):
                return self._negated(item, place)
            case _:
                return _joined(self.plain(condition), self._unknown_remark(condition, place))

    def _happening(self, condition: Regular | Burst | Sequence, negated: bool) -> str:
        match condition:
            case Regular():
                return self.regular(condition, negated)
            case Burst():
                return self.burst(condition, negated) + self._unknown_bound(condition.search)
            case Sequence():
                bound = self._unknown_bound(condition.steps[0].search)
                return self.sequence(condition, negated) + bound

    def _negated(self, item: Condition, place: Place) -> str:
        match item:
            case MemberOf():
                return self.member(item, True)
            case Top():
                return self.top(item, True)
            case Not(item=inner):
                return self.leaf(inner, place)
            case IfKnown(leaf=leaf):
                return self._negated(leaf, place)
            case IsKnown():
                return f"{self.subject(item.value)} {'known' if item.negated else 'unknown'}"
            case Truth() if isinstance(item.value, Attr | Named):
                text = f"{self.subject(item.value)} not true"
            case ListTest(test="any", items=(one,), other=None):
                text = f"{self.does(item.value, 'have', True)} the item {self.value(one)}"
            case OrUnknown(leaf=leaf):
                return f"it is not true that ({self._or_unknown(leaf)})"
            case All() | Any() | CountOf():
                return f"not ({self.inline(item, False, Place.NEGATED)})"
            case _:
                text = f"it is not true that {self.plain(item)}"
        unknown = self.unknowns(*_operands(item))
        if not unknown:
            return text
        if place is Place.REQUIRED:
            return text + self.notes.remark(self._kept(unknown))
        return text + self.notes.remark(f"holds where {_is_unknown(unknown)}")

    def _or_unknown(self, leaf: Condition) -> str:
        unknown = self.unknowns(*_operands(leaf))
        text = (
            self.plain(leaf)
            if not isinstance(leaf, Exists | Not)
            else self.leaf(leaf, Place.CHOICE)
        )
        return f"{text}, or {_is_unknown(unknown)}"

    def _unknown_remark(self, condition: Condition, place: Place) -> str:
        unknown = self.unknowns(*_operands(condition))
        if not unknown:
            return ""
        if place is not Place.REQUIRED:
            return self.notes.remark(f"does not hold where {_is_unknown(unknown)}")
        return self.notes.remark(
            self._fate(unknown, "do not count" if self.in_search else "are left out")
        )

    def _kept(self, unknown: SequenceOf[str]) -> str:
        return self._fate(unknown, "count" if self.in_search else "stay in")

    def _fate(self, unknown: SequenceOf[str], fate: str) -> str:
        """`customers whose country is unknown are left out`."""
        rows = words.plural(words.spoken(self.here.source.name))
        which = _is_unknown(unknown)
        if which.startswith(("it ", "one of")) or " of " in which:
            return f"where {which}, {rows} {fate}"
        return f"{rows} whose {which} {fate}"

    def _unknown_bound(self, search: Search) -> str:
        if not window_nullable(search.window):
            return ""
        noun = words.singular(self.step(search.links[-1], search.source))
        return self.notes.remark(
            f"where a bound of this stretch of time is unknown, no {noun} lies in it"
        )


def _joined(text: str, remark: str) -> str:
    """A leaf and its remark; of two pairs of parentheses beside each other one is made."""
    if text.endswith((" included)", "(ignoring case)")) and remark.startswith(" ("):
        return f"{text[:-1]}; {remark[2:]}"
    return text + remark


def _is_unknown(names: SequenceOf[str]) -> str:
    """`country is unknown`, `points are unknown`."""
    last = names[-1].split(" of ")[0] if names else "it"
    plural = words.is_plural(words.spoken(last)) and not last.startswith(("one of", "the "))
    return f"{words.listed(list(names) or ['it'], 'or')} {'are' if plural else 'is'} unknown"


def _operands(condition: Condition) -> Iterable[Value]:
    """The values that a leaf asks, whose unknowns it can meet."""
    match condition:
        case Exists(search=search) | Not(item=Exists(search=search)):
            window = search.window
            bounds = (window.start, window.end) if window is not None else ()
            return [bound for bound in bounds if bound is not None]
        case IsKnown() | MemberOf() | Sequence():
            return []
        case _:
            return asked(condition)


def _how_many(condition: CountOf) -> str:
    low, high, total = condition.low, condition.high, len(condition.items)
    verb = "holds" if low == 1 else "hold"
    if high is None:
        return f"at least {low} of these {total} {verb}"
    if low == high:
        return f"exactly {low} of these {total} {verb}"
    return f"{low} to {high} of these {total} hold"
