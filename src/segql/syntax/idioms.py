"""Near misses in whole phrases: how people say it who come from SQL and from the tools of marketing.

Each function looks at the place where the parser stopped and returns a diagnostic, or None.
"""

from __future__ import annotations

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.source import Span
from segql.syntax import codes
from segql.syntax.place import Place, event_before
from segql.syntax.words import UNIT_WORDS

_IS = {
    ("one", "of"): "in",
    ("any", "of"): "in",
    ("equal", "to"): "=",
    ("greater", "than"): ">",
    ("more", "than"): ">",
    ("bigger", "than"): ">",
    ("above",): ">",
    ("over",): ">",
    ("less", "than"): "<",
    ("fewer", "than"): "<",
    ("smaller", "than"): "<",
    ("below",): "<",
    ("under",): "<",
    ("at", "least"): ">=",
    ("at", "most"): "<=",
    ("set",): "is known",
    ("present",): "is known",
    ("filled",): "is known",
    ("defined",): "is known",
    ("blank",): "is unknown",
    ("true",): "= true",
    ("false",): "= false",
    ("today",): "today",
    ("yesterday",): "yesterday",
    ("member", "of"): "member of",
}
_VERBS = {
    ("equals",): "=",
    ("eq",): "=",
    ("begins", "with"): "starts with",
    ("startswith",): "starts with",
    ("endswith",): "ends with",
    ("exists",): "is known",
    ("at", "least"): ">=",
    ("at", "most"): "<=",
    ("more", "than"): ">",
    ("greater", "than"): ">",
    ("less", "than"): "<",
    ("fewer", "than"): "<",
    ("exactly",): "=",
    ("above",): ">",
    ("below",): "<",
}
_AGGREGATES = {
    "number": "count",
    "count": "count",
    "total": "sum",
    "sum": "sum",
    "average": "avg",
    "avg": "avg",
    "mean": "avg",
    "maximum": "max",
    "minimum": "min",
}
_STARTS = ("_NL", "LBRACE", "$END")
_AFTER_EVENT = frozenset({"MORE", "EXACTLY", "WHERE"})


def is_words(at: Place) -> Diagnostic | None:
    """`is one of (…)`, `is greater than 3`, `is set`."""
    if at.text(-1) != "is" or at.kind(-1) != "NAME":
        return None
    words = _phrase(at, 0, _IS)
    if not words:
        return None
    return _said(at, -1, len(words) - 1, _IS[words], safe=words != ("blank",))


def verbs(at: Place) -> Diagnostic | None:
    """`age at least 18`, `name begins with "x"`, `country exists`."""
    if not at.expected >= {"EQUAL", "ORDER", "IS"} or at.word_before(("did", "has"), 14):
        return None
    if at.text() in ("includes", "include", "including"):
        return at.fault(
            codes.OTHER_PHRASE,
            f"there is no `{at.text()}` in this language",
            at.span(),
            "",
            at.replace("write `has` for a list", at.span(), "has"),
            at.replace("write `contains` for a text", at.span(), "contains"),
        )
    words = _phrase(at, 0, _VERBS)
    behind = len(words)
    if words in (("more", "than"), ("less", "than")) and at.text(behind + 2) == "ago":
        return _ago(at, 0)
    if not words:
        return None
    return _said(at, 0, len(words) - 1, _VERBS[words], safe=words != ("exists",))


def not_between(at: Place) -> Diagnostic | None:
    """`age not between 1 and 5`."""
    numbers = at.kind(1) == at.kind(3) == "NUMBER" and at.text(2) == "and"
    if at.text() != "between" or at.text(-1) != "not" or not numbers:
        return None
    return _said(at, 0, 3, f"in {at.text(1)}..{at.text(3)}")


def _phrase(at: Place, offset: int, among: dict[tuple[str, ...], str]) -> tuple[str, ...]:
    for words in among:
        if all(at.text(offset + place) == word for place, word in enumerate(words)):
            return words
    return ()


def _said(at: Place, first: int, last: int, new: str, *, safe: bool = True) -> Diagnostic:
    span = at.span(first, last)
    return at.fault(
        codes.OTHER_PHRASE,
        f"`{at.written(first, last)}` is written `{new}`",
        span,
        "",
        at.replace(f"write `{new}`", span, new, safe=safe),
    )


def _ago(at: Place, first: int) -> Diagnostic:
    """`more than 30 days ago`, `less than 30 days ago`."""
    length = at.written(first + 2, first + 3)
    older = at.text(first) == "more"
    return _said(at, first, first + 4, f"before {length} ago" if older else f"in last {length}")


def _long_ago(at: Place, event: str) -> Diagnostic:
    """`did purchase more than 30 days ago`: at some time then, or not since?"""
    moment = f"before {at.written(-1, 0)} ago"
    return at.fault(
        codes.AMBIGUOUS_PERIOD,
        f"`{at.written(-3, 1)}` can be read in two ways",
        at.span(-3, 1),
        "at some time then, or the last time?",
        at.replace(f"write `{moment}`: at some time then", at.span(-3, 1), moment),
        f"write `last({event}.at) {moment}`: and not since",
    )


_WORDS = {
    "one": 1,
    "once": 1,
    "two": 2,
    "twice": 2,
    "three": 3,
    "thrice": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}


def times_words(at: Place) -> Diagnostic | None:
    """`at least three times`, `at least 3`, `more than twice`, `2-5 times`, `between 2 and 5 times`."""
    if at.word_before(("did",), 14) is None:
        return None
    text = at.text()
    if text in _WORDS and at.text(-1) in ("least", "exactly", "than"):
        noun = "time" if _WORDS[text] == 1 else "times"
        last = 1 if at.text(1) in ("time", "times") else 0
        return _said(at, 0, last, f"{_WORDS[text]} {noun}")
    if at.kind(-1) != "NUMBER":
        return None
    if at.text(-2) in ("least", "exactly", "than") and "TIMES" in at.expected:
        if at.ends_line or text in ("in", "where", "since", "before", "after"):
            place = Span(at.file, at.span(-1).end, at.span(-1).end)
            return at.fault(
                codes.COUNT_TIMES,
                "a number of times says `times`",
                at.span(-1),
                "how many of what?",
                Fix("write `times` behind it", (Edit(place, " times"),), safe=True),
            )
        return None
    if text == "-" and at.kind(1) == "NUMBER" and at.text(2) in ("time", "times"):
        return _said(at, -1, 2, f"{at.text(-1)} to {at.text(1)} times")
    if text in ("time", "times") and at.text(-2) == "and" and at.text(-4) == "between":
        return _said(at, -4, 0, f"{at.text(-3)} to {at.text(-1)} times")
    if text in ("time", "times") and (at.text(1), at.text(2)) == ("or", "more"):
        return _said(at, -1, 2, f"at least {at.text(-1)} times")
    return None


def time_words(at: Place) -> Diagnostic | None:
    """`within 7 days of x`, `older than 30 days`, two windows, `in a row`."""
    if at.text(-1) == "within" and at.kind() == "NUMBER" and at.text(1) in UNIT_WORDS:
        if at.text(2) not in ("of", "after") or at.kind(3) != "NAME":
            return None
        moment, length = at.written(3, 5 if at.kind(4) == "DOT" else 3), at.written(0, 1)
        last = 5 if at.kind(4) == "DOT" else 3
        return _said(at, -1, last, f"between {moment} and {moment} + {length}", safe=False)
    if at.text() in ("older", "newer") and at.text(1) == "than" and at.kind(2) == "NUMBER":
        length = at.written(2, 3)
        last = 4 if at.text(4) == "ago" else 3
        old = at.text() == "older"
        return _said(at, 0, last, f"before {length} ago" if old else f"in last {length}")
    if at.text() in ("for", "consecutively") and at.word_before(("did",), 14) is not None:
        return at.fault(
            codes.OTHER_PHRASE,
            "how often in each unit is said of a number of full units",
            at.span(),
            "",
            f"write `did {event_before(at)} in each of last 3 full months`",
        )
    if at.text() in ("was", "changed", "became"):
        return at.fault(
            codes.OTHER_PHRASE,
            f"there is no `{at.text()}` in this language",
            at.span(),
            "",
            'of an attribute with `history`: `plan has been "pro" for at least 30 days`',
            "of a segment: `member of s as of 30 days ago`; else an event of its own tells what changed",
        )
    windows = ("in", "since", "before", "after", "between")
    second = at.text() in windows and at.expected & {"WHERE"}
    if second and at.word_before(windows, 8) is not None:
        return at.fault(
            codes.OTHER_PHRASE,
            "a search has one window",
            at.span(),
            "a second one",
            "write `between A and B`, with both ends",
        )
    return None


def did_words(at: Place) -> Diagnostic | None:
    """`did x ever`, `did x 3 or more times`, `did x zero times`, `did x every month`, `did x { … }`."""
    did = at.word_before(("did",), 14)
    if did is None:
        return None
    event, text = event_before(at), at.text()
    if at.text(-3) in ("more", "less") and at.text(-2) == "than" and text in UNIT_WORDS:
        return _long_ago(at, event) if at.text(1) == "ago" else None
    if text in ("less", "fewer") and at.text(1) == "than" and at.text(4) == "ago":
        return _ago(at, 0)
    if text in ("over", "ever", "all", "lifetime", "anytime"):
        return _always(at)
    count = at.text(-1)
    if at.kind(-1) == "NUMBER" and (text == "+" or (text == "or" and at.text(1) == "more")):
        last = 1 if text == "+" else 2
        if at.text(last) in ("time", "times"):
            return _said(at, -1, last, f"at least {count} times")
    none = text in ("zero", "never") or (text == "no" and at.text(1) != "more")
    if none or (count == "0" and text in ("time", "times")):
        return at.fault(
            codes.COUNT_TIMES,
            "a number of times is at least 1",
            at.span(-1 if count == "0" else 0, 1 if text == "zero" else 0),
            "none at all has a form of its own",
            f"write `did not {event} …`",
        )
    if text in ("each", "every") and at.text(-1) != "in":
        return at.fault(
            codes.OTHER_PHRASE,
            "how often in each unit is said of a number of full units",
            at.span(),
            "of how many?",
            f"write `did {event} in each of last 3 full months`",
        )
    if text in ("then", "followed", "but") and at.kind(1) != "LBRACE":
        way = f"`sequence {{ {event} … then … }}`, one step a line"
        if text == "but":
            way = "each condition on a line of its own: `did not …`"
        return at.fault(
            codes.OTHER_PHRASE, f"`{text}` joins no events here", at.span(), "", f"write {way}"
        )
    return _rows_of_did(at)


def _always(at: Place) -> Diagnostic | None:
    last = 0
    while at.text(last + 1) in ("all", "time", "history"):
        last += 1
    span = Span(at.file, at.span(-1).end, at.span(last).end)
    return at.fault(
        codes.OTHER_PHRASE,
        "without a window it is all the time that has passed",
        at.span(0, last),
        "",
        at.replace("delete it", span, "", safe=True),
    )


def _rows_of_did(at: Place) -> Diagnostic | None:
    """`did purchase { … }`, `did purchase with a = 1`, `did purchase (a = 1)`."""
    if event_before(at) == "sequence":
        return None
    words = at.text() in ("with", "having", "whose") and at.kind(-1) != "RBRACE"
    if not words and not (at.expected & _AFTER_EVENT and at.text() in ("{", "(")):
        return None
    helps: list[Fix | str] = ["write `where { … }`, one condition a line"]
    if at.text() == "{":
        helps = [Fix("write `where` before it", (Edit(at.before(), "where "),), safe=True)]
    return at.fault(
        codes.OTHER_PHRASE,
        "conditions on the rows stand in `where { }`",
        at.span(),
        "",
        *helps,
    )


def beginnings(at: Place) -> Diagnostic | None:
    """`where x = 1`, `number of x`, `last x in …`, `no x`, `x where { }`, `in segment s` at the start of a line."""
    if at.text(-2) == "has" and at.text(-1) in ("done", "performed", "not"):
        return _said(at, -2, -1, "did not" if at.text(-1) == "not" else "did")
    if at.text(-2) == "did" and at.text(-1) == "any" and at.kind() == "NAME":
        return at.fault(
            codes.OTHER_PHRASE,
            "`did` names one event",
            at.span(-1, 0),
            "which of them?",
            "declare the union: `event activity of customer is purchase or visit`",
        )
    if at.text(-1) == "within" and at.kind() == "NUMBER" and at.text(1) in ("km", "miles"):
        return at.fault(
            codes.OTHER_PHRASE,
            "a distance is asked of a point",
            at.span(-1, 1),
            "whose?",
            "write `home within 25 km of point(52.23, 21.01)`",
        )
    if (
        at.text(-2) not in ("since", "until")
        and at.kind(-2) not in (*_STARTS, "LPAR")
        and at.text(-2) not in ("and", "or", "not")
    ):
        return None
    word, name = at.text(-1), at.text()
    if word in ("where", "if", "when", "and", "with") and at.kind() in ("NAME", "NUMBER", "LPAR"):
        help_: Fix | str = "each line is a condition; a value that depends on one is `points { … }`"
        if word not in ("if", "when"):
            gap = Span(at.file, at.span(-1).start, at.span().start)
            help_ = at.replace("delete it", gap, "", safe=True)
        message = f"a condition stands by itself, without `{word}`"
        return at.fault(codes.OTHER_PHRASE, message, at.span(-1), "", help_)
    if word in _AGGREGATES and name == "of":
        start = at.text(1) if at.kind(1) == "NAME" else "E"
        shown = start if _AGGREGATES[word] == "count" else f"{start}.x"
        new = f"{_AGGREGATES[word]}({shown} …)"
        return at.fault(
            codes.OTHER_PHRASE,
            f"`{word} of` is written `{new}`",
            at.span(-1, 0),
            "",
            f"write `{new}`",
        )
    if at.kind() != "NAME":
        return None
    if word in ("last", "first", "latest"):
        last = 2 if at.kind(1) == "DOT" else 0
        held = at.written(0, last) if last else f"{name}.at"
        return _said(at, -1, last, f"{'first' if word == 'first' else 'last'}({held})")
    if name == "count" and at.kind(1) != "LPAR":
        return _said(at, -1, 0, f"count({word})", safe=False)
    if word in ("total", "average"):
        new = f"{_AGGREGATES[word]}(E.{name} …)"
        return at.fault(
            codes.OTHER_PHRASE,
            f"`{word} …` is written `{new}`",
            at.span(-1, 0),
            "",
            f"write `{new}`",
        )
    if word == "no":
        return _said(at, -1, 0, f"did not {name}")
    if name == "where" and at.kind(1) != "$END":
        return at.fault(
            codes.OTHER_PHRASE,
            "rows are asked by `did` and `has`",
            at.span(-1, 0),
            "",
            f"write `did {word} where {{ … }}`, of a relation `has {word} where {{ … }}`",
        )
    if word == "in" and at.kind(-1) == "NAME":
        last = 1 if name in ("segment", "list", "audience") else 0
        return _said(at, -1, last, f"member of {at.text(last)}")
    return None


def member_of(at: Place) -> Diagnostic | None:
    """`member of segment s`."""
    if (
        at.text(-2) == "of"
        and at.text(-1) in ("segment", "list", "audience")
        and at.kind() == "NAME"
    ):
        return _said(at, -1, 0, at.text())
    return None


def chance(at: Place) -> Diagnostic | None:
    """`10% of s`, `sample 10%`, `x in top 10%`."""
    sample = at.text(-1) in ("sample", "random") and at.kind() in ("PERCENT", "NUMBER")
    if sample or (at.kind(-1) == "PERCENT" and at.text() == "of" and at.kind(-2) in _STARTS):
        return at.fault(
            codes.OTHER_PHRASE,
            "a part by chance is a part of a `split`",
            at.span(-1, 0),
            "",
            'write `split test of segment_name { seed: "…" part a: 10% }`, and `member of test.a`',
        )
    if at.text(-1) in ("top", "bottom") and at.text(-2) == "in":
        first = at.operand_start(-2)
        value = at.written(first, -3)
        new = f"{at.text(-1)} {at.text()} among … by {value}"
        return at.fault(
            codes.OTHER_PHRASE,
            f"a ranking is written `{new}`",
            at.span(first, 0),
            "the largest of whom?",
            f"write `{new}`, with an entity or a segment",
        )
    return None


IDIOMS = (
    is_words,
    verbs,
    not_between,
    times_words,
    time_words,
    did_words,
    beginnings,
    member_of,
    chance,
)
