"""Words: nouns and their plurals, lists, numbers, quoted text, days and times of day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Words whose last letter is an `s` of their own.
_SINGULAR_ENDINGS = ("ss", "us", "is", "news")


def spoken(name: str) -> str:
    """A name of the language as words: `paid_purchase` is "paid purchase"."""
    return name.replace("_", " ").strip() or name


def is_plural(noun: str) -> bool:
    """Whether a noun is already written in the plural, as names of relations mostly are.

    A name of three words or with a number in it says more than a noun: `spend last 90 days` is one number.
    """
    if noun.count(" ") > 1 or any(c.isdigit() for c in noun):
        return False
    return noun.endswith("s") and not noun.endswith(_SINGULAR_ENDINGS) and len(noun) > 2


def singular(noun: str) -> str:
    if not is_plural(noun):
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "xes", "sses", "zes")):
        return noun[:-2]
    return noun[:-1]


def plural(noun: str) -> str:
    if is_plural(noun):
        return noun
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def counted(number: int, noun: str) -> str:
    """`1 purchase`, `3 purchases`."""
    return f"{number:,} {singular(noun) if number == 1 else plural(noun)}"


def a(noun: str) -> str:
    """With the indefinite article, by the first letter."""
    article = "an" if noun[:1].lower() in "aeiou" and not noun.startswith(("use", "uni")) else "a"
    return f"{article} {noun}"


def ordinal(number: int) -> str:
    """`first`, `second`, `third`, then `4th`, `21st`."""
    if 1 <= number <= 3:
        return ("first", "second", "third")[number - 1]
    ending = "th"
    if number % 100 not in (11, 12, 13):
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listed(items: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def sentence(text: str) -> str:
    """The first letter in upper case, a full stop at the end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def quoted(text: str) -> str:
    """Text as it is written in a `.seg` file, in one line."""
    for raw, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(raw, written)
    shown = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)
    return f'"{shown}"'


def number(value: int | Decimal) -> str:
    """With thousands separators, and without zeros at the end: `1,000`, `0.4`."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(value: int | float | Decimal) -> str:
    exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return f"{number(exact * 100)}%"


def zone_name(zone: str) -> str:
    """The short name of an IANA zone for use behind a time: `Warsaw time`, `UTC`."""
    if zone in ("UTC", "GMT", "Etc/UTC", "Etc/GMT"):
        return "UTC"
    if zone.startswith("Etc/") or "/" not in zone:
        return zone
    return f"{zone.rsplit('/', 1)[1].replace('_', ' ')} time"


def day(value: date) -> str:
    """`1 January 2026`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def days_between(first: date, last: date) -> str:
    """Two days, what they share said once: `1 to 7 January 2026`."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def time_of_day(value: datetime) -> str:
    """`08:00`; seconds and their parts only where there are some."""
    text = f"{value:%H:%M}"
    if value.second or value.microsecond:
        text += f":{value:%S}"
    if value.microsecond:
        text += f".{value.microsecond:06d}".rstrip("0")
    return text


def duration(value: timedelta) -> str:
    """A length of time in the largest units that give whole numbers; a day is 24 hours."""
    micros = value // timedelta(microseconds=1)
    if micros == 0:
        return "0 seconds"
    sign, micros = ("minus ", -micros) if micros < 0 else ("", micros)
    day_length = 86_400_000_000
    if micros % day_length == 0:
        count = micros // day_length
        return sign + ("24 hours" if count == 1 else f"{count:,} x 24 hours")
    for length, unit in ((3_600_000_000, "hour"), (60_000_000, "minute")):
        if micros % length == 0:
            return sign + counted(micros // length, unit)
    seconds = number(Decimal(micros) / 1_000_000)
    return f"{sign}{seconds} {'second' if seconds == '1' else 'seconds'}"
