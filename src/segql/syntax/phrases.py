"""Near misses in words: the phrases of SQL and of everyday speech, and what they are called here.

Each function looks at the place where the parser stopped and returns a diagnostic, or None.
"""

from __future__ import annotations

import re

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.source import Span
from segql.syntax import codes
from segql.syntax.periods import interval, period
from segql.syntax.place import Place, event_before

_NULLS = ("null", "none", "nil", "missing", "empty", "undefined", "unset")
_NUMBERS = {"once": "1", "twice": "2", "thrice": "3"}
_FEWER = ("fewer", "less", "under", "max", "maximum")
_TESTS = ("in", "between", "before", "after", "since", "on", "contains")
_WILD = re.compile(r"[%_]")


def instant_of_test(at: Place) -> Diagnostic | None:
    """`test vips {`, `test vips as of today {`: the instant is written out."""
    if at.text(-at.index) != "test" or at.open_brackets():
        return None
    if at.text() == "{" and "AS" in at.expected:
        fix = at.replace("for example `as of 2026-01-01`", at.before(), "as of 2026-01-01 ")
        return at.fault(
            codes.MISSING_PART,
            "a test says as of which instant",
            at.span(),
            "nothing says when",
            fix,
        )
    if at.text(-2) == "as" and at.text(-1) == "of":
        moves = at.text() in ("today", "now", "yesterday") or at.kind() == "NUMBER"
        return at.fault(
            codes.MISSING_PART,
            "the instant of a test is a date or a timestamp",
            at.span(),
            "would be another one tomorrow" if moves else "expected one here",
            "write it out, for example `as of 2026-01-01` or `as of 2026-01-01T08:00`",
        )
    return None


def out_of_level(at: Place) -> Diagnostic | None:
    """`expect anna out lifecycle.new`, `expect anna out of new`."""
    if at.text(-3) != "expect" or at.text(-1) != "out" or at.kind() != "NAME":
        return None
    row = at.text(-2)
    return at.fault(
        codes.OTHER_PHRASE,
        "who is `out` is out of all that is tested",
        at.span(0, at.line_end()),
        "names a level",
        f"write `expect {row} out`, or the level that it is in: `expect {row} in …`",
    )


def null_test(at: Place) -> Diagnostic | None:
    """`is null`, `is not null`, `is not "x"`, `is "x"`."""
    if at.text(-1) != "is" or at.kind(-1) != "NAME":
        return None
    if at.text() in _NULLS:
        span = at.span()
        return _null(at, "unknown", at.replace("write `is unknown`", span, "unknown", safe=True))
    if at.kind() in ("EQUAL", "ORDER") or at.text() in _TESTS:
        span = Span(at.file, at.span(-1).start, at.span().start)
        return _no_is(at, at.replace("delete `is`", span, "", safe=True))
    if at.text() == "not" and at.text(1) == "in":
        return _no_is(at, at.replace("write `not in`", at.span(-1, 1), "not in", safe=True))
    if at.text() == "not":
        following = at.text(1)
        if following in (*_NULLS, "unknown", "known"):
            new = "unknown" if following == "known" else "known"
            span = at.span(0, 1)
            return _null(at, new, at.replace(f"write `is {new}`", span, new, safe=True))
        return at.fault(
            codes.NULL_TEST,
            "`is not` can be read in two ways",
            at.span(-1, 0),
            "are the unknown ones in?",
            at.replace("write `!=`: unknown values are out", at.span(-1, 0), "!="),
            "write `!= … or unknown`: they are in",
        )
    return at.fault(
        codes.NULL_TEST,
        "`is` stands only before `known` and `unknown`",
        at.span(-1),
        "",
        at.replace("write `=`", at.span(-1), "="),
    )


def _no_is(at: Place, fix: Fix) -> Diagnostic:
    return at.fault(
        codes.NULL_TEST, "`is` stands only before `known` and `unknown`", at.span(-1), "", fix
    )


def _null(at: Place, word: str, fix: Fix) -> Diagnostic:
    last = 1 if at.text() == "not" else 0
    return at.fault(
        codes.NULL_TEST,
        "a missing value is asked with `is known` and `is unknown`",
        at.span(-1, last),
        f"here it is `is {word}`",
        fix,
    )


def like(at: Place) -> Diagnostic | None:
    """`like "%x%"`, `not like`, `ilike`, `rlike`."""
    word = at.text()
    negated = False
    if word == "not" and at.text(1) in ("like", "ilike"):
        negated, word = True, at.text(1)
    elif at.text(-1) == "not" and word in ("like", "ilike"):
        negated, at = True, Place(at.file, at.chunk, at.index - 1, at.expected)
    if word in ("rlike", "regexp", "similar", "regexp_like"):
        fix = at.replace("write `matches`", at.span(), "matches")
        return at.fault(
            codes.OTHER_PHRASE, "a regular expression is tested by `matches`", at.span(), "", fix
        )
    if word not in ("like", "ilike"):
        return None
    pattern_at = 2 if negated else 1
    helps: list[Fix | str] = [
        'write `contains "x"`, `starts with "x"` or `ends with "x"`; they take no wildcards'
    ]
    if at.kind(pattern_at) == "STRING":
        new = _like(at.text(pattern_at)[1:-1], negated, word == "ilike")
        if new:
            span = at.span(0, pattern_at)
            helps = [at.replace(f"write `{new}`", span, new, safe=True)]
    return at.fault(
        codes.OTHER_PHRASE,
        f"there is no `{word}` in this language",
        at.span(0, pattern_at - 1),
        "",
        *helps,
    )


def _like(pattern: str, negated: bool, ignoring: bool) -> str:
    text = pattern.strip("%")
    if _WILD.search(text) or not text or pattern.startswith("%%") or pattern.endswith("%%"):
        return ""
    tail = " ignoring case" if ignoring else ""
    first, last = pattern.startswith("%"), pattern.endswith("%")
    if not first and not last:
        return f'{"!=" if negated else "="} "{text}"{tail}'
    plain = "contains" if first and last else "ends with" if first else "starts with"
    verb = plain
    if negated:
        verb = f"does not {plain.replace('contains', 'contain').replace('s with', ' with')}"
    return f'{verb} "{text}"{tail}'


def negated_verb(at: Place) -> Diagnostic | None:
    """`not contains`, `not starts with`, `not has`."""
    verbs = {
        "contains": "contain",
        "starts": "start",
        "ends": "end",
        "matches": "match",
        "has": "have",
    }
    if at.text(-1) == "not" and at.text() in verbs:
        first = -1
    elif at.text() == "not" and at.text(1) in verbs:
        first = 0
    else:
        return None
    verb = at.text(first + 1)
    new = f"does not {verbs[verb]}"
    span = at.span(first, first + 1)
    return at.fault(
        codes.OTHER_PHRASE,
        f"`not {verb}` is written `{new}`",
        span,
        "",
        at.replace(f"write `{new}`", span, new, safe=True),
    )


def times(at: Place) -> Diagnostic | None:
    """`once`, `twice`, `at most 3 times`, `fewer than`, `3 times`, `did E > 3`."""
    if at.word_before(("did",), 14) is None:
        return None
    event, text = event_before(at), at.text()
    if text in ("once", "twice", "thrice") and at.text(-1) not in ("most", "least", "exactly"):
        count = _NUMBERS[text]
        noun = "time" if count == "1" else "times"
        many = f"`did {event}`: 1 time or more" if count == "1" else f"`at least {count} times`"
        fix = at.replace(f"write `exactly {count} {noun}`", at.span(), f"exactly {count} {noun}")
        return at.fault(
            codes.COUNT_TIMES,
            f"`{text}` can be read in two ways",
            at.span(),
            "exactly, or at least?",
            fix,
            f"or {many}",
        )
    first = -1 if text == "most" and at.text(-1) == "at" else 0
    if first == -1 or text in _FEWER or (text == "no" and at.text(1) == "more"):
        return _at_most(at, event, first)
    if at.kind(-1) == "NUMBER" and text in ("times", "time"):
        count = at.text(-1)
        return at.fault(
            codes.COUNT_TIMES,
            f"`{count} {text}` can be read in two ways",
            at.span(-1, 0),
            "exactly, or at least?",
            Fix(f"write `exactly {count} {text}`", (Edit(at.before(-1), "exactly "),)),
            Fix(f"write `at least {count} {text}`", (Edit(at.before(-1), "at least "),)),
        )
    if at.kind() in ("EQUAL", "ORDER"):
        return at.fault(
            codes.COUNT_TIMES,
            "`did` says how often in words",
            at.span(),
            "",
            f"write `did {event} at least N times` or `count({event}) {text} N`",
        )
    return None


def at_most_of(at: Place) -> Diagnostic | None:
    """`at most 2 of { … }`."""
    if at.text() != "most" or at.text(-1) != "at" or at.word_before(("did", "has"), 14) is not None:
        return None
    number = at.text(1)
    more = str(int(number) + 1) if number.isdecimal() else "N"
    return at.fault(
        codes.OTHER_PHRASE,
        "conditions are counted by `at least` and `exactly`",
        at.span(-1, 0),
        "",
        f"write `not at least {more} of {{ … }}`",
    )


def _at_most(at: Place, event: str, first: int) -> Diagnostic:
    """`at most N times`: does it hold those who never did?"""
    last = at.line_end()
    number = next(
        (
            _NUMBERS.get(at.text(offset), at.text(offset))
            for offset in range(last + 1)
            if at.kind(offset) == "NUMBER" or at.text(offset) in _NUMBERS
        ),
        "N",
    )
    strict = at.text() in _FEWER and at.text(1) == "than"
    phrase = f"{at.text()} than" if strict else "at most"
    bound = str(int(number) - 1) if strict and number.isdecimal() and number != "0" else number
    return at.fault(
        codes.COUNT_TIMES,
        f"`{phrase}` does not say whether none at all is meant too",
        at.span(first, 1 if strict else 0),
        "with or without those who never did?",
        f"with them: `count({event} …) {'<' if strict else '<='} {number}`",
        f"without them: `did {event} 1 to {bound} times`",
    )


def where_braces(at: Place) -> Diagnostic | None:
    """`where a = 1`, `{` on a line of its own."""
    if "LBRACE" not in at.expected or at.kind() == "$END":
        return None
    if at.kind() == "_NL" and at.kind(1) == "LBRACE":
        gap = at.span(-1)
        between = at.span(1)
        edit = Edit(Span(gap.file, gap.end, between.start), " ")
        return at.fault(
            codes.UNEXPECTED,
            "`{` stands on the line of what it belongs to",
            between,
            "a line of its own",
            Fix("move it up", (edit,)),
        )
    if at.text(-1) not in ("where", "only", "with", "all", "any", "none", "of"):
        return None
    word = at.text(-1)
    message = f"what belongs to `{word}` stands in braces"
    if at.ends_line:
        return at.fault(
            codes.OTHER_PHRASE, message, at.span(-1), "no `{` behind it", f"write `{word} {{ … }}`"
        )
    if word in ("all", "any", "none") and at.text() == "of" and at.kind(1) == "LBRACE":
        fix = at.replace(
            "delete `of`", Span(at.file, at.span(-1).end, at.span().end), "", safe=True
        )
        return at.fault(codes.OTHER_PHRASE, f"`{word}` has no `of`", at.span(), "", fix)
    end = at.span(0, at.line_end()).end
    edits = (Edit(at.before(), "{ "), Edit(Span(at.file, end, end), " }"))
    return at.fault(
        codes.OTHER_PHRASE,
        message,
        at.span(),
        "no `{` before it",
        Fix("put the rest of the line into `{ }`", edits),
    )


def call(at: Place) -> Diagnostic | None:
    """`count(*)`, `count(distinct x)`, `now()`."""
    if at.kind() == "STAR" and at.text(-1) == "(":
        return at.fault(
            codes.OTHER_PHRASE,
            f"`{at.text(-2)}` names what it is about",
            at.span(),
            "not a name",
            "write `count(E)` with the event or the relation"
            if at.text(-2) == "count"
            else f"write `count(E)` for the number of rows, `{at.text(-2)}(E.attribute)` for what they hold",
        )
    if at.text(-1) == "distinct" and at.text(-2) == "(":
        function = at.text(-3)
        span = at.span(-3, -1)
        helps: list[Fix | str] = [f"`{function}` has no form that leaves out repetitions"]
        if function == "count":
            helps = [at.replace("write `count_distinct(…)`", span, "count_distinct(", safe=True)]
        return at.fault(
            codes.OTHER_PHRASE, "different values are counted by `count_distinct`", span, "", *helps
        )
    if at.kind() == "LPAR" and at.text(-1) in ("now", "today", "yesterday") and at.text(1) == ")":
        fix = at.replace("delete the parentheses", at.span(0, 1), "", safe=True)
        return at.fault(
            codes.OTHER_PHRASE,
            f"`{at.text(-1)}` is written without parentheses",
            at.span(0, 1),
            "",
            fix,
        )
    return None


_FOREIGN = {
    "select": "a segment is described by its conditions: `segment name of customer { where { … } }`",
    "from": "a segment names its entity: `segment name of customer`",
    "join": "relations are declared once, `account: one account on account_id`, and used by name",
    "having": "aggregates stand in conditions: `count(purchase) > 3`",
    "group": "aggregates are computed for each member; groups are `top … per attribute`",
    "order": "members have no order; the largest are `top 10 among customer by value`",
    "limit": "the largest are `top 10 among customer by value`",
    "union": "write `any { member of a … member of b }`",
    "intersect": "write `member of a` and `member of b` on two lines",
    "except": "write `not member of b`",
    "exists": "write `did event` or `has relation`",
    "else": "the last level of a segmentation is `level name: otherwise`",
    "elif": "a segmentation tries its levels from the top",
    "when": "a `segmentation` divides members into levels, `points { … }` adds up numbers by conditions",
    "case": "a `segmentation` divides members into levels, `points { … }` adds up numbers by conditions",
    "unless": "write `none { … }` or `not …`",
    "xor": "write `exactly 1 of { … }`",
    "either": "write `any { … }` with one condition a line",
    "never": "write `did not event`",
}


def foreign(at: Place) -> Diagnostic | None:
    """`select … from …`, `else`, `case when …`."""
    for offset in (0, -1):
        word = at.text(offset)
        if (
            at.kind(offset) == "NAME"
            and word in _FOREIGN
            and (offset == 0 or _is_start(at, offset))
        ):
            return at.fault(
                codes.OTHER_PHRASE,
                f"there is no `{word}` in this language",
                at.span(offset),
                "",
                _FOREIGN[word],
            )
    return None


def _is_start(at: Place, offset: int) -> bool:
    return at.kind(offset - 1) in ("_NL", "LBRACE", "$END", "LPAR", "COLON", "EQUAL")


PHRASES = (
    out_of_level,
    instant_of_test,
    null_test,
    like,
    negated_verb,
    interval,
    period,
    times,
    at_most_of,
    where_braces,
    call,
    foreign,
)
