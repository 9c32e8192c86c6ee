"""Values as noun phrases: `paid_spend`, `the full years since birth_date`, `city of the store`."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from segql.model.nodes import (
    Aggregate,
    Arithmetic,
    Attr,
    Attribute,
    ChangeLog,
    Const,
    DatePart,
    DayStart,
    Difference,
    Elapsed,
    Event,
    Function,
    GroupMeasure,
    Holds,
    LocalDate,
    Named,
    Negative,
    Now,
    OverPopulation,
    Points,
    RowRef,
    Shift,
    SqlText,
    Standing,
    Today,
    UnitStart,
    Value,
)
from segql.model.types import Type
from segql.model.unknowns import nullable
from segql.model.walk import values_in
from segql.report.english import words
from segql.report.english.populations import PopulationPhrases


class Phrases(PopulationPhrases):
    """Every kind of value, and the verb that fits it."""

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
            case OverPopulation():
                return self.over_population(value)
            case Standing():
                return self.standing(value)
            case Function():
                return self._function(value)
            case Arithmetic() | Negative():
                return self._arithmetic(value)
            case Points():
                return self.points(value)
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
            case (Decimal() as latitude, Decimal() as longitude) if type_.name == "point":
                return f"({words.number(latitude)}, {words.number(longitude)})"
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
        if isinstance(attribute.storage, SqlText | ChangeLog | GroupMeasure):
            self.computed.setdefault(attribute, source)
        return name if row == self.here else f"{name} of {self.row(row)}"

    def _named(self, value: Named) -> str:
        first = self.mentioned.setdefault((value.row.source, value.name, self.clock.now), value)
        said = value.name if value.row == self.here else f"{value.name} of {self.row(value.row)}"
        if first.row == value.row and first.value != value.value:
            # a call that says the same of another argument: `spend_in(period)` inside of two traits
            return f"{said} (here {self.value(value.value)})"
        return said

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
        said = [
            f"({self.value(item)})" if isinstance(item, Arithmetic) else self._operand(item)
            for item in value.arguments
        ]
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
                return f"the absolute value of {first}"
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
            found = [atom for item in values_in(value) for atom in unknown_atoms(item)]
            return found or [value]


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


def is_date_gap(value: Value) -> bool:
    """Whether a value is a length of time between days, which is said in days."""
    while isinstance(value, Named):
        value = value.value
    if not isinstance(value, Aggregate) or not value.function.endswith("_gap"):
        return False
    return value.search.time is not None and value.search.time.type.name == "date"


def _is_now(value: Value) -> bool:
    return isinstance(value, Now | Today)
