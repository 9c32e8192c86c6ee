"""Near misses in windows of time: `interval '30 days'`, `last month`, `in 2025`.

Each function looks at the place where the parser stopped and returns a diagnostic, or None.
"""

from __future__ import annotations

import re

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.syntax import codes
from segql.syntax.place import Place
from segql.syntax.words import UNIT_WORDS

_YEAR = re.compile("(?:19|20)[0-9]{2}")


def interval(at: Place) -> Diagnostic | None:
    """`interval '30 days'`, `interval 30 day`."""
    if at.text() == "interval" and at.text(-1) in ("last", "next"):
        after = Place(at.file, at.chunk, at.index + 1, at.expected)
        return _interval(after, f"in {at.text(-1)} ")
    if at.text(-1) != "interval":
        return None
    return _interval(at, "")


def _interval(at: Place, window: str) -> Diagnostic:
    """`window`: the words of a window that stand before it."""
    match = re.fullmatch(r'"?([0-9]+)"?(?: +([a-z]+))?"?', at.text().lower())
    last = 0
    unit = match[2] if match else None
    if match and not unit and at.text(1).lower() in UNIT_WORDS:
        unit, last = at.text(1).lower(), 1
    helps: list[Fix | str] = ["write `30 days`"]
    if match and unit in UNIT_WORDS:
        new = f"{match[1]} {unit}"
        new += "s" if match[1] != "1" and not new.endswith("s") else ""
        helps = [at.replace(f"write `{window}{new}`", at.span(-1, last), new, safe=True)]
        if at.text(-2) == "in":
            span = at.span(-2, last)
            helps = [
                at.replace(f"write `in {word} {new}`", span, f"in {word} {new}")
                for word in ("last", "next")
            ]
    message = "a duration is written without `interval`"
    return at.fault(codes.OTHER_PHRASE, message, at.span(-1, last), "", *helps)


def period(at: Place) -> Diagnostic | None:
    """`last month`, `previous month`, `past 30 days`, `the last 30 days`, a missing `in`."""
    before, text = at.text(-1), at.text()
    unit = text in UNIT_WORDS
    if unit and before in ("last", "next", "previous", "past", "prior"):
        return _bare(at, -1)
    if text == "the" and before in ("within", "during", "over") and at.text(1) in ("last", "next"):
        return _reworded(at, -1, 1, at.text(1))
    if text in ("last", "next", "previous", "past", "prior") and before != "in":
        if at.text(1) in UNIT_WORDS:
            return _bare(at, 0)
        if before in ("the", "within", "during", "over", "for"):
            first = (
                -2 if before == "the" and at.text(-2) in ("in", "within", "during", "over") else -1
            )
            return _reworded(at, first, 0, text)
        if "IN" in at.expected and text in ("last", "next"):
            fix = Fix("write `in` before it", (Edit(at.before(), "in "),), safe=True)
            return at.fault(
                codes.OTHER_PHRASE, f"the window is written `in {text} …`", at.span(), "", fix
            )
    for word in (0, -1):  # `during 2025`, `in 2025`
        if at.text(word) in ("in", "during", "within") and is_year(at.text(word + 1)):
            return year(at, word, word + 1)
    if before in ("previous", "past", "prior") and at.kind() == "NUMBER":
        fix = at.replace("write `last`", at.span(-1), "last", safe=before == "past")
        return at.fault(
            codes.OTHER_PHRASE, "the time that has passed is `last …`", at.span(-1), "", fix
        )
    if at.text(-2) == "in" and at.kind(-1) == "NUMBER" and unit:
        return _undirected(at, -2, 0)
    if before == "within" and at.kind() == "NUMBER" and "ANY" in at.expected:
        return _undirected(at, -1, 1)
    if at.kind(-1) == "NAME" and before in UNIT_WORDS and at.kind(-2) == "NUMBER":
        return _undirected(at, -3, -1) if at.text(-3) == "in" else None
    return None


def is_year(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None


def year(at: Place, first: int, last: int) -> Diagnostic | None:
    """`in 2025`."""
    number = at.text(last)
    if at.text(last + 1) in UNIT_WORDS or at.text(first - 1) == "not":
        return None
    new = f"between {number}-01-01 and {number}-12-31"
    return at.fault(
        codes.OTHER_PHRASE,
        "a year is written as its days",
        at.span(first, last),
        "",
        at.replace(f"write `{new}`", at.span(first, last), new),
    )


def _reworded(at: Place, first: int, last: int, word: str) -> Diagnostic:
    new, span = f"in {word}", at.span(first, last)
    return at.fault(
        codes.OTHER_PHRASE,
        f"the window is written `{new} …`",
        span,
        "",
        at.replace(f"write `{new}`", span, new, safe=True),
    )


def _bare(at: Place, first: int) -> Diagnostic:
    word, unit = at.text(first), at.text(first + 1)
    word = word if word == "next" else "last"
    single = unit.removesuffix("s")
    span = at.span(first, first + 1)
    lead = "" if at.text(first - 1) == "in" else "in "
    rolling, full = f"{lead}{word} 1 {single}", f"{lead}{word} full {single}"
    side = "before" if word == "last" else "after"
    return at.fault(
        codes.AMBIGUOUS_PERIOD,
        f"`{at.text(first)} {unit}` can be read in two ways",
        span,
        "rolling, or a calendar unit?",
        at.replace(f"write `{word} 1 {single}`: the {single} {side} this instant", span, rolling),
        at.replace(
            f"write `{word} full {single}`: the calendar {single} {side} this one", span, full
        ),
    )


def _undirected(at: Place, first: int, last: int) -> Diagnostic:
    span = at.span(first, last)
    length = f"{at.text(last - 1)} {at.text(last)}"
    return at.fault(
        codes.AMBIGUOUS_PERIOD,
        "a window says whether it lies behind or ahead",
        span,
        "behind or ahead?",
        at.replace(f"write `in last {length}`", span, f"in last {length}"),
        at.replace(f"write `in next {length}`", span, f"in next {length}"),
    )
