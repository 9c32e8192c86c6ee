"""Leaves: conditions of one line, like `country is "PL"` and `has at least 3 purchases`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from segql.model.clock import Clock
from segql.model.nodes import (
    Anniversary,
    Compare,
    Condition,
    Const,
    Exists,
    Function,
    HasBeen,
    Holds,
    InPart,
    InRange,
    InSet,
    InTable,
    InWindow,
    IsKnown,
    ListTest,
    MemberOf,
    Named,
    Near,
    RawSql,
    Search,
    TextTest,
    Top,
    Truth,
    Value,
)
from segql.model.types import EnumType, is_time
from segql.report.english import words
from segql.report.english.values import Phrases, is_date_gap, is_share

TEXT_NOTE = "texts are compared character by character: upper and lower case differ, and order is that of code points"
CASE_NOTE = (
    "upper and lower case count as equal (simple Unicode mapping, the same in every language)"
)
DISTANCE_NOTE = (
    "distances are as the crow flies, on a sphere of radius 6,371.0088 km, rounded to whole metres"
)
PART_NOTE = (
    "a number from 0% to 100% that belongs to {who} for ever, whatever else changes: the first 32 bits of "
    "the MD5 of {text}"
)
RUN_NOTE = (
    "without a break: two entries with the same value are one run; an unknown value between, or a "
    "time in which the row did not exist, breaks it"
)
SQL_NOTE = "a SQL condition that gives NULL does not hold"
MANY_ITEMS = 12
"""A list of more items than these is cut."""
PART_SIZE = 2**32
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


class Leaves(Phrases):
    """A leaf in words, without a word about unknown values; the row in hand is not named."""

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
            case Top():
                return self.top(condition)
            case Near():
                return self._near(condition)
            case HasBeen():
                return self._has_been(condition)
            case InPart():
                return self._in_part(condition)
            case InTable():
                table = f"the column {condition.column} of the table {condition.table}"
                return f"{self.subject(condition.value)} one of the values in {table}"
            case RawSql():
                note = self.notes.reference(SQL_NOTE)
                return f"the SQL condition {words.quoted(condition.sql.text)} is true{note}"
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
        if is_date_gap(left) and isinstance(right, Const) and isinstance(right.value, timedelta):
            said = words.counted(right.value // timedelta(days=1), "day")
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
        if len(items) > MANY_ITEMS:
            some = ", ".join(items[: MANY_ITEMS // 2])
            word = "none" if condition.negated else "one"
            return f"{value} {word} of {len(items):,} values ({some}, …){case}{note}"
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

    def _near(self, condition: Near) -> str:
        far = words.number(Decimal(condition.metres) / 1000)
        lies = self.does(condition.value, "lie")
        note = self.notes.reference(DISTANCE_NOTE)
        return f"{lies} at most {far} km from {self.value(condition.center)}{note}"

    def _has_been(self, condition: HasBeen) -> str:
        value, state = condition.value, self.value(condition.state)
        have = "have" if self.subject(value).endswith(" are") else "has"
        since = self.moment(condition.since)
        note = self.notes.reference(RUN_NOTE)
        return f"{self.subject(value)} {state} and {have} been since {since} or longer{note}"

    def _in_part(self, condition: InPart) -> str:
        whose = "its" if condition.row == self.here else f"the {self.row(condition.row)}'s"
        return f"{whose} number{self.part_note(condition)} lies {part_bounds(condition)}"

    def part_note(self, condition: InPart) -> str:
        """How the number comes about that decides who is in which part of a split."""
        entity = condition.row.source
        keys = " and ".join(attribute.name for attribute in entity.key)
        joined = f"{keys}, joined with :" if len(entity.key) > 1 else keys
        text = f"{words.quoted(condition.seed + ':')} followed by {joined}"
        who = words.a(words.spoken(entity.name))
        return self.notes.reference(PART_NOTE.format(who=who, text=text))

    # --- rows and members -------------------------------------------------------------------------

    def exists(self, condition: Exists, negated: bool, with_where: bool = True) -> str:
        search, low, high = condition.search, condition.low, condition.high
        asked = search if with_where else replace(search, where=None)
        if negated and high is None:
            count, single = ("no", True) if low == 1 else (f"fewer than {low:,}", False)
            said = f"{self.owns(single)} {count} {self.rows(asked, singular=single)}"
            return said + self.none_note(search)
        count, single = how_often(low, high)
        said = f"{self.owns(single, negated)} {count} {self.rows(asked, singular=single)}"
        return said + (self.none_note(search) if negated else "")

    def owns(self, single: bool, negated: bool = False) -> str:
        """The verb before rows: of the subject, or of the row of a search."""
        if not self.in_search:
            return "does not have" if negated else "has"
        return f"there {'is' if single else 'are'}{' not' if negated else ''}"

    def none_note(self, search: Search) -> str:
        """Whom "no" includes."""
        noun = words.singular(self.step(search.links[-1], search.source))
        who = words.plural(words.spoken(self.here.source.name))
        return self.notes.reference(f"{who} without any {noun} at all are included")

    def member(self, condition: MemberOf, negated: bool) -> str:
        verb, as_of = "is", ""
        moment = self.then(condition)
        if moment is not None:
            verb, as_of = "was", f" as of {self.moment(condition.as_of)}" if condition.as_of else ""
        with self.at_moment(moment) if moment is not None else _here():
            self.members.setdefault((condition.segment, self.clock.now))
        word = f"{verb} not" if negated else verb
        subject = self.who(condition.row)
        text = f"{subject}{word} in {self.segment(condition.segment)}{as_of}"
        if condition.row != self.here and negated:
            return text + self.notes.remark(
                f"also where there is no {subject.strip().removeprefix('the ')}"
            )
        return text

    def then(self, condition: MemberOf) -> Clock | None:
        """The clock of another moment that membership is asked at."""
        if condition.as_of is None:
            return None
        moment = self.constant(condition.as_of)
        return Clock(moment, self.clock.settings) if isinstance(moment, datetime) else None


def part_bounds(part: InPart) -> str:
    """`from 0% up to and without 10%`."""
    low, high = (
        words.percent(round(Decimal(bound) / PART_SIZE, 9)) for bound in (part.low, part.high)
    )
    return f"from {low} up to and without {high}"


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


def _here() -> AbstractContextManager[None]:
    return nullcontext()


def how_often(low: int, high: int | None) -> tuple[str, bool]:
    """How many, and whether the noun that follows is in the singular."""
    if high is None:
        return ("at least one" if low == 1 else f"at least {low:,}", low == 1)
    if low == high:
        return ("exactly one" if low == 1 else f"exactly {low:,}", low == 1)
    return (f"{low:,} to {high:,}", False)


def _falls(window: str) -> str:
    """`falls on 1 May`, `falls in the time from 1 to 7 May`."""
    return f"on a day {window}" if window.startswith("from") else window
