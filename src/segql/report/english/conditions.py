"""Conditions as clauses: one line for a leaf, an indented list for a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from segql.model.nodes import (
    All,
    Anniversary,
    Any,
    Attr,
    Compare,
    Condition,
    Const,
    CountOf,
    Exists,
    Function,
    Holds,
    IfKnown,
    InRange,
    InSet,
    InWindow,
    IsKnown,
    ListTest,
    MemberOf,
    Named,
    Not,
    OrUnknown,
    RawSql,
    Row,
    Search,
    TextTest,
    Truth,
    Value,
)
from segql.model.types import EnumType, is_time
from segql.model.unknowns import window_nullable
from segql.report.english import words
from segql.report.english.notes import Silent
from segql.report.english.values import Phrases, is_share

TEXT_NOTE = "texts are compared character by character: upper and lower case differ, and order is that of code points"
CASE_NOTE = (
    "upper and lower case count as equal (simple Unicode mapping, the same in every language)"
)
BOTH_ENDS = "(both ends included)"
NUMBER_WORDS = {
    "=": "",
    "!=": "not",
    "<": "less than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
}
INSTANT_WORDS = {"<": "before", "<=": "at or before", ">": "after", ">=": "at or after"}
DAY_WORDS = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after"}
DURATION_WORDS = {"<": "shorter than", ">": "longer than"}
ORDERED_WORDS = {"<": "below", ">": "above", "<=": "at most", ">=": "at least"}
TEXT_WORDS = {
    "<": "before",
    "<=": "the same as or before",
    ">": "behind",
    ">=": "the same as or behind",
}


class Place(Enum):
    """What follows where a leaf meets an unknown value, and does not hold for that reason."""

    REQUIRED = "the row is left out"
    CHOICE = "another line may still hold"
    NEGATED = "what stands around the leaf turns it round"


@dataclass(frozen=True, slots=True)
class Clause:
    """A line, and the lines below it."""

    text: str
    items: tuple[Clause, ...] = ()


class Clauses(Phrases):
    """Conditions of the row in hand; the row itself is not named: `country is "PL"`, `has 3 purchases`."""

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
            case _:
                return Clause(self.leaf(condition, place))

    def _group(self, intro: str, items: Sequence[Condition], place: Place) -> Clause:
        if len(items) == 1 and intro.startswith(("all", "at least one")):
            return self.clause(items[0], place)
        return Clause(f"{intro}:", tuple(self.clause(item, place) for item in items))

    def _exists_clause(self, condition: Condition) -> Clause:
        """A `did` or `has`, its `where` as a list of its own where it has several lines."""
        exists = condition.item if isinstance(condition, Not) else condition
        assert isinstance(exists, Exists)
        where = exists.search.where
        if where is None or not _needs_list(where):
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
            case Not(item=item):
                return self._negated(item, place)
            case _:
                return _joined(self.plain(condition), self._unknown_remark(condition, place))

    def _negated(self, item: Condition, place: Place) -> str:
        match item:
            case MemberOf():
                return self.member(item, True)
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
        unknown = self.unknowns(*operands(item))
        if not unknown:
            return text
        if place is Place.REQUIRED:
            return text + self.notes.remark(self._kept(unknown))
        return text + self.notes.remark(f"holds where {_is_unknown(unknown)}")

    def _or_unknown(self, leaf: Condition) -> str:
        unknown = self.unknowns(*operands(leaf))
        text = (
            self.plain(leaf)
            if not isinstance(leaf, Exists | Not)
            else self.leaf(leaf, Place.CHOICE)
        )
        return f"{text}, or {_is_unknown(unknown)}"

    def _unknown_remark(self, condition: Condition, place: Place) -> str:
        unknown = self.unknowns(*operands(condition))
        if not unknown:
            return ""
        match place:
            case Place.REQUIRED if not self.in_search:
                text = f"{self._whose(unknown)} are left out"
            case Place.REQUIRED:
                text = f"{self._whose(unknown)} do not count"
            case _:
                text = f"does not hold where {_is_unknown(unknown)}"
        return self.notes.remark(text)

    def _kept(self, unknown: Sequence[str]) -> str:
        end = "stay in" if not self.in_search else "count"
        return f"{self._whose(unknown)} {end}"

    def _whose(self, unknown: Sequence[str]) -> str:
        """`customers whose country`: the rows that an unknown value is about."""
        noun = words.plural(words.spoken(self.here.source.name))
        which = _is_unknown(unknown)
        if which.startswith(("it ", "one of")) or " of " in which:
            return f"{noun} for which {which}"
        return f"{noun} whose {which}"

    def _unknown_bound(self, search: Search) -> str:
        if not window_nullable(search.window):
            return ""
        noun = words.singular(self.step(search.links[-1], search.source))
        return self.notes.remark(
            f"where a bound of this stretch of time is unknown, no {noun} lies in it"
        )

    def plain(self, condition: Condition) -> str:
        """A leaf, without a word about unknown values."""
        match condition:
            case Truth():
                return self._truth(condition)
            case Compare():
                return self._compare(condition)
            case InSet():
                return self._in_set(condition)
            case InRange():
                return self._in_range(condition)
            case IsKnown():
                word = "unknown" if condition.negated else "known"
                return f"{self.subject(condition.value)} {word}"
            case TextTest():
                return self._text_test(condition)
            case ListTest():
                return self._list_test(condition)
            case InWindow():
                not_ = "not " if condition.negated else ""
                return f"{self.subject(condition.value)} {not_}{self.window(condition.window)}"
            case Anniversary():
                return self._anniversary(condition)
            case MemberOf():
                return self.member(condition, False)
            case RawSql():
                return f"the SQL condition {words.quoted(condition.sql.text)} is true"
            case _:
                return self.inline(condition)

    def _truth(self, condition: Truth) -> str:
        value = condition.value
        if isinstance(value, Holds):
            return self.inline(value.condition)
        if isinstance(value, Named) and isinstance(value.value, Holds):
            return f"{self.value(value)} holds"
        return f"{self.subject(value)} true"

    def _compare(self, condition: Compare) -> str:
        left, right = condition.left, condition.right
        ignoring = isinstance(left, Function) and left.name == "fold"
        words_ = [self.subject(left), _comparison(condition)]
        share = is_share(left) and isinstance(right, Const)
        said = self._share_of(right) if share else self.value(right)
        note = self._text_note(left, ignoring)
        if isinstance(left.type, EnumType) and condition.operator not in ("=", "!="):
            order = ", ".join(left.type.values)
            note = self.notes.reference(f"in the order of its values, from low to high: {order}")
        text = " ".join(filter(None, [*words_, said]))
        return f"{text}{' (ignoring case)' if ignoring else ''}{note}"

    def _share_of(self, value: Value) -> str:
        number = value.value if isinstance(value, Const) else None
        return words.percent(number) if isinstance(number, int | Decimal) else self.value(value)

    def _text_note(self, value: Value, ignoring: bool) -> str:
        if value.type.name != "text":
            return ""
        return self.notes.reference(CASE_NOTE if ignoring else TEXT_NOTE)

    def _in_set(self, condition: InSet) -> str:
        items = [self.value(item) for item in condition.items]
        ignoring = isinstance(condition.value, Function) and condition.value.name == "fold"
        note = self._text_note(condition.value, ignoring)
        case = " (ignoring case)" if ignoring else ""
        value = self.subject(condition.value)
        if not condition.negated:
            return f"{value} {words.listed(items, 'or')}{case}{note}"
        if len(items) == 1:
            return f"{value} not {items[0]}{case}{note}"
        neither = "neither" if len(items) == 2 else "none of"
        joined = words.listed(items, "nor" if len(items) == 2 else "and")
        return f"{value} {neither} {joined}{case}{note}"

    def _in_range(self, condition: InRange) -> str:
        low, high = self.value(condition.low), self.value(condition.high)
        if is_share(condition.value):
            low, high = self._share_of(condition.low), self._share_of(condition.high)
        value = self.subject(condition.value)
        if condition.negated:
            return f"{value} below {low} or above {high}"
        return f"{value} from {low} to {high} {BOTH_ENDS}"

    def _text_test(self, condition: TextTest) -> str:
        verbs = {
            "contains": "contain",
            "starts": "start with",
            "ends": "end with",
            "matches": "match the pattern",
        }
        ignoring = isinstance(condition.value, Function) and condition.value.name == "fold"
        verb = self.does(condition.value, verbs[condition.test], condition.negated)
        note = self._text_note(condition.value, ignoring)
        case = " (ignoring case)" if ignoring else ""
        return f"{verb} {self.value(condition.pattern)}{case}{note}"

    def _list_test(self, condition: ListTest) -> str:
        has = self.does(condition.value, "have")
        if condition.other is not None:
            other = self.value(condition.other)
            return {
                "any": f"{has} at least one item in common with {other}",
                "all": f"{has} every item of {other}",
                "none": f"{has} no item in common with {other}",
            }[condition.test]
        items = [self.value(item) for item in condition.items]
        if len(items) == 1:
            has = self.does(condition.value, "have", condition.test == "none")
            return f"{has} the item {items[0]}"
        if condition.test == "any":
            return f"{has} at least one of {words.listed(items)}"
        return f"{has} {'all' if condition.test == 'all' else 'none'} of {words.listed(items)}"

    def _anniversary(self, condition: Anniversary) -> str:
        note = self.notes.reference(
            "a 29 February has its anniversary on 28 February in years without one"
        )
        window = self.window(condition.window)
        return f"the anniversary of {self.value(condition.value)} falls {_falls(window)}{note}"

    # --- rows and members -------------------------------------------------------------------------

    def exists(self, condition: Exists, negated: bool, with_where: bool = True) -> str:
        search, low, high = condition.search, condition.low, condition.high
        asked = search if with_where else replace(search, where=None)
        if negated and high is None:
            count, single = ("no", True) if low == 1 else (f"fewer than {low:,}", False)
            said = f"{self._has(single)} {count} {self.rows(asked, singular=single)}"
            return said + self._none_note(search)
        count, single = _times(low, high)
        said = f"{count} {self.rows(asked, singular=single)}"
        if negated:
            has_not = "there are not" if self.in_search else "does not have"
            return f"{has_not} {said}{self._none_note(search)}"
        return f"{self._has(single)} {said}"

    def _has(self, single: bool) -> str:
        if not self.in_search:
            return "has"
        return "there is" if single else "there are"

    def _none_note(self, search: Search) -> str:
        """Whom "no" includes."""
        noun = words.singular(self.step(search.links[-1], search.source))
        who = words.plural(words.spoken(self.here.source.name))
        return self.notes.reference(f"{who} without any {noun} at all are included")

    def member(self, condition: MemberOf, negated: bool) -> str:
        self.members.setdefault(condition.segment)
        word = "is not" if negated else "is"
        subject = ""
        if condition.row != self.here:
            subject = f"{self.row(condition.row)} "
        elif isinstance(condition.row, Row) and condition.row.level:
            subject = f"the {words.spoken(condition.row.source.name)} "
        text = f"{subject}{word} in the segment {self.segment(condition.segment)}"
        if condition.row != self.here and negated:
            return text + self.notes.remark(
                f"also where there is no {subject.strip().removeprefix('the ')}"
            )
        return text

    def segment(self, name: str) -> str:
        """What a segment is called; whoever writes a whole definition knows its title."""
        return name


def _joined(text: str, remark: str) -> str:
    """A leaf and its remark; of two pairs of parentheses beside each other one is made."""
    if text.endswith((" included)", "(ignoring case)")) and remark.startswith(" ("):
        return f"{text[:-1]}; {remark[2:]}"
    return text + remark


def _is_unknown(names: Sequence[str]) -> str:
    """`country is unknown`, `points are unknown`."""
    last = names[-1].split(" of ")[0] if names else "it"
    plural = words.is_plural(words.spoken(last)) and not last.startswith(("one of", "the "))
    return f"{words.listed(list(names) or ['it'], 'or')} {'are' if plural else 'is'} unknown"


def operands(condition: Condition) -> list[Value]:
    """The values that a leaf asks, whose unknowns it can meet."""
    match condition:
        case Truth() | IsKnown():
            return [condition.value] if isinstance(condition, Truth) else []
        case Compare():
            return [condition.left, condition.right]
        case InSet():
            return [condition.value, *condition.items]
        case InRange():
            return [condition.value, condition.low, condition.high]
        case TextTest():
            return [condition.value, condition.pattern]
        case ListTest():
            others = [condition.other] if condition.other is not None else []
            return [condition.value, *condition.items, *others]
        case InWindow() | Anniversary():
            bounds = (condition.window.start, condition.window.end)
            return [condition.value, *(bound for bound in bounds if bound is not None)]
        case Exists(search=search) | Not(item=Exists(search=search)):
            if search.window is None:
                return []
            return [
                bound for bound in (search.window.start, search.window.end) if bound is not None
            ]
        case _:
            return []


def _comparison(condition: Compare) -> str:
    operator, type_ = condition.operator, condition.left.type
    if is_time(type_):
        table = INSTANT_WORDS if type_.name == "timestamp" else DAY_WORDS
    elif isinstance(type_, EnumType):
        table = ORDERED_WORDS
    elif type_.name == "text":
        table = TEXT_WORDS
    elif type_.name == "duration":
        table = DURATION_WORDS
    else:
        table = NUMBER_WORDS
    return table.get(operator, NUMBER_WORDS[operator])


def _times(low: int, high: int | None) -> tuple[str, bool]:
    """How many, and whether the noun that follows is in the singular."""
    if high is None:
        return ("at least one" if low == 1 else f"at least {low:,}", low == 1)
    if low == high:
        return ("exactly one" if low == 1 else f"exactly {low:,}", low == 1)
    return (f"{low:,} to {high:,}", False)


def _how_many(condition: CountOf) -> str:
    low, high, total = condition.low, condition.high, len(condition.items)
    verb = "holds" if low == 1 else "hold"
    if high is None:
        return f"at least {low} of these {total} {verb}"
    if low == high:
        return f"exactly {low} of these {total} {verb}"
    return f"{low} to {high} of these {total} hold"


def _needs_list(where: Condition) -> bool:
    """Whether a `where` has too much in it for one line."""
    match where:
        case All(items=items) | Any(items=items):
            return len(items) > 2 or any(_needs_list(i) or isinstance(i, All | Any) for i in items)
        case CountOf():
            return True
        case Not(item=item):
            return _needs_list(item)
        case Exists(search=search):
            return search.where is not None and _needs_list(search.where)
        case _:
            return False


def _falls(window: str) -> str:
    """`falls on 1 May`, `falls in the time from 1 to 7 May`."""
    return f"on a day {window}" if window.startswith("from") else window
