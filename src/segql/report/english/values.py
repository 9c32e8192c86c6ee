"""Values as noun phrases: `paid_spend`, `the number of purchases in …`, `city of the store`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

from segql.model.clock import Clock
from segql.model.nodes import (
    Aggregate,
    Arithmetic,
    Attr,
    Attribute,
    Condition,
    Const,
    DatePart,
    DayStart,
    Difference,
    Elapsed,
    Event,
    Function,
    Holds,
    Link,
    LocalDate,
    Measure,
    Named,
    Negative,
    Now,
    Row,
    RowRef,
    Rows,
    Search,
    Shift,
    Source,
    Today,
    UnitStart,
    Up,
    Value,
)
from segql.model.types import Type
from segql.model.unknowns import children, nullable
from segql.report.english import words
from segql.report.english.notes import Notes
from segql.report.english.times import Times

AGGREGATE_NOTES = {
    "count": "a number of rows counts every row; where there is none, it is 0",
    "sum": "a sum skips unknown values; the sum of nothing is 0",
    "count_distinct": "a number of different values does not count the unknown one; of nothing it is 0",
    "avg": "an average skips unknown values and has 6 decimal places; the average of nothing is unknown",
    "median": "a median skips unknown values; of an even number it is the mean of the middle two; "
    "the median of nothing is unknown",
    "min": "the smallest (earliest) of nothing is unknown; unknown values are skipped",
    "max": "the largest (latest) of nothing is unknown; unknown values are skipped",
    "stddev": "the standard deviation is that of a sample; of fewer than two values it is unknown",
    "active_days": "a number of days is 0 where there is no day with such a row",
    "active_weeks": "a number of weeks is 0 where there is no week with such a row",
    "active_months": "a number of months is 0 where there is no month with such a row",
    "share": "a share has 6 decimal places; the share of nothing is unknown",
}
PLACE_NOTE = (
    "first and last go by time, equal times by key in ascending order; without such a row the value "
    "is unknown, and the value of that row may be unknown too"
)
UNION_PLACE_NOTE = (
    "first and last go by time, equal times by the order in which the kinds of events are listed, then "
    "by key; without such a row the value is unknown"
)
FAVOURITE_NOTE = (
    "the most frequent value: of equally frequent ones the most recent, then the smallest; unknown "
    "values do not take part; of nothing it is unknown"
)
FAVOURITE_BY_NOTE = (
    "of values that are equal in this, the smallest is taken; unknown values do not take part; of "
    "nothing it is unknown"
)
ACTIVE_UNITS = {"active_days": "days", "active_weeks": "weeks", "active_months": "months"}
STREAKS = {"streak_days": "days", "streak_weeks": "weeks", "streak_months": "months"}
GAPS = {
    "min_gap": "shortest",
    "max_gap": "longest",
    "avg_gap": "average",
    "median_gap": "median",
}
MEASURES = {"count": "number of rows", "sum": "sum", "avg": "average", "median": "median"}


class Phrases(Times):
    """Values of a row: `here` is the row in hand, whose attributes need no "of"."""

    def __init__(self, clock: Clock, notes: Notes, subject: Source) -> None:
        super().__init__(clock, notes)
        self.here: RowRef = Row(0, subject)
        self.mentioned: dict[tuple[Source, str], Named] = {}
        """Traits and derived attributes in the order in which they are met, by the source they belong to."""
        self.sources: dict[Source, None] = {subject: None}
        """What rows are read from, in the order in which it is met."""
        self.relations: dict[Link, None] = {}
        """To-many relations under their own names, in the same order."""
        self.members: dict[str, None] = {}
        """Segments that `member of` names."""

    @abstractmethod
    def inline(self, condition: Condition, nested: bool = False) -> str:
        """A condition within a sentence."""

    @contextmanager
    def inside(self, search: Search) -> Iterator[None]:
        outer = self.here
        self.here = Row(search.level, search.source)
        yield
        self.here = outer

    @property
    def in_search(self) -> bool:
        """Whether the row in hand is one of a search, not the subject."""
        return isinstance(self.here, Row) and self.here.level > 0

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

    # --- sentences --------------------------------------------------------------------------------

    def subject(self, value: Value) -> str:
        """A value and the verb that fits it: `country is`, `loyalty_points are`."""
        return f"{self.value(value)} {'are' if speaks_plural(value) else 'is'}"

    def does(self, value: Value, verb: str, negated: bool = False) -> str:
        """A value and what it does: `city contains`, `interests do not have`."""
        plural = speaks_plural(value)
        if negated:
            return f"{self.value(value)} {'do' if plural else 'does'} not {verb}"
        first, *rest = verb.split(" ")
        if not plural:
            first = "has" if first == "have" else words.plural(first)
        return " ".join([self.value(value), first, *rest])

    # --- values -----------------------------------------------------------------------------------

    def value(self, value: Value) -> str:
        match value:
            case Const():
                return self.literal(value.value, value.type)
            case Attr():
                return self.attribute(value.attribute, value.row)
            case Named():
                return self._named(value)
            case Aggregate():
                return self.aggregate(value)
            case Function():
                return self._function(value)
            case Arithmetic() | Negative():
                return self._arithmetic(value)
            case Holds():
                return f"whether {self.inline(value.condition)}"
            case _:
                return self._time_value(value)

    def literal(self, value: object, type_: Type) -> str:
        match value:
            case None:
                return "unknown"
            case bool():
                return "true" if value else "false"
            case int() | Decimal():
                return words.number(value)
            case str():
                return words.quoted(value)
            case timedelta():
                return words.duration(value)
            case date():
                return self.at(value)
            case tuple():
                return words.listed([self.literal(item, type_) for item in value])
            case _:
                return str(value)

    def attribute(self, attribute: Attribute, row: RowRef) -> str:
        name = attribute.name
        source = row.source
        if isinstance(source, Event) and source.at is not None and attribute.name == "at":
            name = "time" if attribute.type.name == "timestamp" else "day"
            return f"its {name}" if row == self.here else f"the {name} of {self.row(row)}"
        return name if row == self.here else f"{name} of {self.row(row)}"

    def _named(self, value: Named) -> str:
        self.mentioned.setdefault((value.row.source, value.name), value)
        if value.row == self.here:
            return value.name
        return f"{value.name} of {self.row(value.row)}"

    # --- times ------------------------------------------------------------------------------------

    def _time_value(self, value: Value) -> str:
        match value:
            case Now() | Today() | UnitStart():
                return self.moment(value)
            case Shift():
                dates = value.type.name == "date"
                if isinstance(value.value, Now) or isinstance(self.constant(value), date):
                    return self.moment(value)
                sign = "minus" if value.count < 0 else "plus"
                length = self.length(abs(value.count), value.unit, dates)
                return f"{self.value(value.value)} {sign} {length}"
            case DayStart():
                return self.moment(value)
            case Elapsed():
                return self._elapsed(value)
            case Difference():
                return f"the time from {self.value(value.right)} to {self.value(value.left)}"
            case LocalDate():
                return f"the day of {self.value(value.value)}"
            case DatePart():
                return self._date_part(value)
            case _:
                raise TypeError(f"no English for {type(value).__name__}")

    def _elapsed(self, value: Elapsed) -> str:
        units = words.plural(value.unit)
        if _is_now(value.end):
            return f"the full {units} since {self.value(value.start)}"
        if _is_now(value.start):
            return f"the full {units} until {self.value(value.end)}"
        return f"the full {units} from {self.value(value.start)} to {self.value(value.end)}"

    def _date_part(self, value: DatePart) -> str:
        note = ""
        if value.part == "weekday":
            note = self.notes.reference("weekdays are numbered from 1 for Monday to 7 for Sunday")
        if value.value.type.name == "timestamp":
            self.mark_local()
        return f"the {value.part} of {self.value(value.value)}{note}"

    def mark_local(self) -> None:
        self.notes.general(
            f"Days, weeks, months and hours are those of local time in {self.clock.settings.timezone}"
        )

    # --- operations -------------------------------------------------------------------------------

    def _arithmetic(self, value: Arithmetic | Negative) -> str:
        if isinstance(value, Negative):
            return f"minus {self._operand(value.value)}"
        left, right = self._operand(value.left), self._operand(value.right)
        if value.operator in "*/":
            left, right = self._factor(value.left), self._factor(value.right)
        elif value.operator == "-" and isinstance(value.right, Arithmetic):
            right = self._factor(value.right)
        if value.operator == "/" and isinstance(value.right, Arithmetic):
            right = f"({self.value(value.right)})"
        note = ""
        if value.operator == "/" and not isinstance(value.right, Const):
            note = self.notes.reference("a division by zero gives an unknown value")
        return f"{left} {'x' if value.operator == '*' else value.operator} {right}{note}"

    def _operand(self, value: Value) -> str:
        long = isinstance(value, Aggregate | Elapsed | Difference)
        return f"({self.value(value)})" if long else self.value(value)

    def _factor(self, value: Value) -> str:
        sums = isinstance(value, Arithmetic) and value.operator in "+-"
        return f"({self.value(value)})" if sums else self._operand(value)

    def _function(self, value: Function) -> str:
        said = [self._operand(item) for item in value.arguments]
        first = said[0] if said else ""
        match value.name:
            case "lower" | "upper":
                return f"{first} in {value.name} case"
            case "fold":
                return first
            case "trim":
                return f"{first} without white space at its ends"
            case "length":
                return f"the number of characters of {first}"
            case "list_count":
                return f"the number of items in {first}"
            case "coalesce":
                return f"{first} (where unknown: {', and where unknown: '.join(said[1:])})"
            case "round":
                return self._rounded(value, first)
            case "abs":
                return f"the size of {first} without its sign"
            case "least" | "greatest":
                return f"the {'smallest' if value.name == 'least' else 'largest'} of {words.listed(said)}"
            case "mean":
                return f"the mean of the known ones of {words.listed(said)}"
            case "known":
                return f"the number of known ones of {words.listed(said)}"

    def _rounded(self, value: Function, first: str) -> str:
        places = value.arguments[1] if len(value.arguments) > 1 else None
        count = places.value if isinstance(places, Const) else 0
        if not isinstance(count, int | Decimal) or count == 0:
            return f"{first} rounded to a whole number"
        return f"{first} rounded to {words.counted(int(count), 'decimal place')}"

    # --- aggregates -------------------------------------------------------------------------------

    def aggregate(self, value: Aggregate) -> str:
        name = value.function
        match name:
            case "count":
                return f"the number of {self.rows(value.search)}{self._note(name)}"
            case "first" | "last" | "nth" | "nth_last":
                return self._place(value)
            case "favourite" | "favourite_share":
                return self._favourite(value)
            case "share":
                return self._share(value)
            case "active_days" | "active_weeks" | "active_months":
                self.mark_local()
                rows = words.a(self.rows(value.search, singular=True))
                return f"the number of {ACTIVE_UNITS[name]} with {rows}{self._note(name)}"
            case "streak_days" | "streak_weeks" | "streak_months":
                return (
                    f"the longest run of consecutive {STREAKS[name]} with {self.rows(value.search)}"
                )
            case "min_gap" | "max_gap" | "avg_gap" | "median_gap":
                return f"the {GAPS[name]} time between two {self.rows(value.search)}"
            case _:
                what = f"{self._measure_name(value)} {self._argument(value)}"
                return f"{what} over {self.rows(value.search)}{self._note(name)}"

    def _note(self, name: str) -> str:
        """The number of the note that says what the function gives for nothing and for unknown values."""
        return self.notes.reference(AGGREGATE_NOTES[name]) if name in AGGREGATE_NOTES else ""

    def _measure_name(self, value: Aggregate) -> str:
        time = value.argument is not None and value.argument.type.name in ("date", "timestamp")
        return {
            "sum": "the sum of",
            "avg": "the average of",
            "min": "the earliest" if time else "the smallest",
            "max": "the latest" if time else "the largest",
            "median": "the median of",
            "stddev": "the standard deviation of",
            "count_distinct": "the number of different values of",
        }[value.function]

    def _argument(self, value: Aggregate) -> str:
        """What is aggregated, said of one row of the search."""
        argument = value.argument
        if argument is None:
            return "rows"
        if argument == value.search.time or is_time_of(argument, value.search):
            return "time" if argument.type.name == "timestamp" else "day"
        with self.inside(value.search):
            text = self.value(argument)
        return f"({text})" if isinstance(argument, Arithmetic) else text

    def _place(self, value: Aggregate) -> str:
        place = {
            "first": "first",
            "last": "last",
            "nth": words.ordinal(value.n),
            "nth_last": "last" if value.n == 1 else f"{words.ordinal(value.n)} to last",
        }[value.function]
        rows = self.rows(value.search, singular=True)
        said = f"{self._the_argument(value)} of the {place} {rows}"
        union = isinstance(value.search.source, Event) and value.search.source.parts
        return said + self.notes.reference(UNION_PLACE_NOTE if union else PLACE_NOTE)

    def _the_argument(self, value: Aggregate) -> str:
        text = self._argument(value)
        return f"the {text}" if text in ("time", "day") else text

    def _favourite(self, value: Aggregate) -> str:
        rows = self.rows(value.search)
        what = self._argument(value)
        share = (
            "the part of the most frequent"
            if value.function == "favourite_share"
            else "the most frequent"
        )
        if not value.by:
            return f"{share} {what} among {rows}{self.notes.reference(FAVOURITE_NOTE)}"
        with self.inside(value.search):
            measures = [self._measure(item) for item in value.by]
        part = "the part of the" if value.function == "favourite_share" else "the"
        by = ", then the largest ".join(measures)
        note = self.notes.reference(FAVOURITE_BY_NOTE)
        return f"{part} {what} with the largest {by} among {rows}{note}"

    def _measure(self, measure: Measure) -> str:
        name = MEASURES.get(measure.function, measure.function.replace("_", " "))
        return name if measure.argument is None else f"{name} of {self.value(measure.argument)}"

    def _share(self, value: Aggregate) -> str:
        met = "the argument holds"
        if isinstance(value.argument, Holds):
            with self.inside(value.search):
                met = self.inline(value.argument.condition)
        rows = self.rows(value.search)
        return f"the share of those where {met} among {rows}{self._note('share')}"

    # --- unknown values ---------------------------------------------------------------------------

    def unknowns(self, *values: Value) -> list[str]:
        """What can be unknown in some values: names, and "it" for what has no short name."""
        found: dict[str, None] = {}
        for value in values:
            for atom in unknown_atoms(value):
                short = isinstance(atom, Attr | Named)
                found.setdefault(self.value(atom) if short else "it")
        return list(found) if len(found) < 2 or "it" not in found else ["one of these"]


def unknown_atoms(value: Value) -> list[Value]:
    """The attributes, named values and aggregates inside `value` that make it unknown."""
    if not nullable(value):
        return []
    match value:
        case Attr() | Named() | Aggregate():
            return [value]
        case _:
            found = [atom for item in children(value) for atom in unknown_atoms(item)]
            return found or [value]


def is_owner(link: Link) -> bool:
    """Whether a link leads from events or rows to the entity they belong to."""
    return isinstance(link.child, Event | Rows) and link.child.owner is link


def up_name(link: Link) -> str:
    """What the one row above is called."""
    if link.child.one.get(link.name) is link:
        return link.name
    return link.parent.name


def is_time_of(argument: Value, search: Search) -> bool:
    source = search.source
    return (
        isinstance(argument, Attr)
        and isinstance(source, Event)
        and argument.attribute is source.at
        and argument.row == Row(search.level, source)
    )


def speaks_plural(value: Value) -> bool:
    """Whether the phrase for a value is in the plural: `interests`, `the full years since …`."""
    match value:
        case Attr():
            return words.is_plural(words.spoken(value.attribute.name))
        case Named():
            return words.is_plural(words.spoken(value.name))
        case Elapsed():
            return True
        case Function(name="fold", arguments=(inner, *_)):
            return speaks_plural(inner)
        case _:
            return False


def is_share(value: Value) -> bool:
    """Whether a number is a part of a whole, and best said in percent."""
    while isinstance(value, Named):
        value = value.value
    return isinstance(value, Aggregate) and value.function in ("share", "favourite_share")


def _is_now(value: Value) -> bool:
    return isinstance(value, Now | Today)
