"""Near misses in the order of words: what stands behind `where { }`, behind a comparison, on a line of its own.

Each function looks at the place where the parser stopped and returns a diagnostic, or None.
"""

from __future__ import annotations

from datetime import date, timedelta

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.source import Span
from segql.syntax import codes
from segql.syntax.place import Place
from segql.syntax.words import UNIT_WORDS

_OPERATORS = ("PLUS", "STAR", "SLASH", "EQUAL", "ORDER")
_WINDOWS = ("in", "since", "before", "after", "between", "on", "today", "yesterday")
_TIMES = ("at", "exactly", "more")
_LIMITS = ("within", "after")


def leading_operator(at: Place) -> Diagnostic | None:
    """A line that begins with `+`; of a declaration by itself there is no line above to mend."""
    first = at.index == 0 and at.kind() in (*_OPERATORS, "MINUS") and at.expected >= {"ENTITY"}
    continued = at.index > 1 and at.kind(-1) == "_NL" and at.kind() in _OPERATORS
    if not (first or continued):
        return None
    text = at.text()
    helps: list[Fix | str] = [f"end the line above with `{text}`, or put the whole into `( )`"]
    if continued:
        end = at.span(-2).end
        edits = (
            Edit(Span(at.file, end, end), f" {text}"),
            Edit(Span(at.file, at.span().start, at.span(1).start), ""),
        )
        helps = [Fix(f"end the line above with `{text}`", edits, safe=True)]
    return at.fault(
        codes.WORD_ORDER,
        f"a line does not begin with `{text}`: the line above has ended",
        at.span(),
        "an operator without its left side",
        *helps,
    )


def behind_where(at: Place) -> Diagnostic | None:
    """`did purchase where { … } in last 30 days`, `… at least 3 times`, `then x where { … } within 2 days`."""
    where = _where_before(at)
    if where is None or not _begins_phrase(at):
        return None
    times = at.text() in _TIMES or at.kind() == "NUMBER"
    last = _phrase_end(at)
    target = _event_end(at, where) if times else where
    phrase = at.written(0, last)
    what = "a number of times" if times else "a limit" if at.text() == "within" else "a window"
    place = at.before(target)
    gap = Span(at.file, at.span(-1).end, at.span(0, last).end)
    return at.fault(
        codes.WORD_ORDER,
        f"{what} stands before `where {{ }}`",
        at.span(0, last),
        "",
        Fix(
            f"write `{phrase}` before `where`",
            (Edit(place, f"{phrase} "), Edit(gap, "")),
            safe=True,
        ),
    )


def _begins_phrase(at: Place) -> bool:
    if at.text() == "at":
        return at.text(1) == "least"
    if at.text() == "more":
        return at.text(1) == "than"
    if at.kind() == "NUMBER":
        return at.text(1) == "to"
    return at.kind() == "NAME" and at.text() in (*_WINDOWS, *_LIMITS, "exactly")


def _where_before(at: Place) -> int | None:
    """The offset of the `where` whose braces close before the failure, if it belongs to a search."""
    if at.kind(-1) != "RBRACE":
        return None
    opening = at.opening(-1)
    if opening is None or at.text(opening - 1) != "where":
        return None
    return None if at.kind(opening - 2) in ("_NL", "LBRACE", "$END") else opening - 1


def _phrase_end(at: Place) -> int:
    """The last token of the phrase that begins at the failure: up to `and`, `or` or the line's end."""
    last, between = at.line_end(), at.text() == "between"
    depth = 0
    for offset in range(1, last + 1):
        depth += {"LPAR": 1, "LBRACE": 1, "RPAR": -1, "RBRACE": -1}.get(at.kind(offset), 0)
        if depth == 0 and at.text(offset) in ("and", "or"):
            if between and at.text(offset) == "and":
                between = False
                continue
            return offset - 1
        if depth == 0 and at.kind(offset) in ("EQUAL", "ORDER"):
            return offset - 1
    return last


def _event_end(at: Place, where: int) -> int:
    """The offset behind the event of the `did` (or step) that a `where` belongs to."""
    for offset in range(where - 1, -at.index - 1, -1):
        if at.kind(offset) in ("_NL", "LBRACE", "RBRACE"):
            break
        if at.text(offset) == "did":
            end = offset + (2 if at.text(offset + 1) == "not" else 1)
            while at.kind(end + 1) == "DOT":
                end += 2
            return end + (3 if at.text(end + 1) == "as" else 1)
    return where


def times_behind_window(at: Place) -> Diagnostic | None:
    """`did purchase in last 30 days at least 3 times`."""
    if not _begins_phrase(at) or not (at.text() in _TIMES or at.kind() == "NUMBER"):
        return None
    did = at.word_before(("did",), 24)
    if did is None:
        return None
    target = _event_end(at, 0)
    if target >= 0 or at.text(target) not in _WINDOWS:
        return None
    last = next((o for o in range(1, 8) if at.text(o) in ("time", "times")), None)
    if last is None:
        return None
    phrase = at.written(0, last)
    gap = Span(at.file, at.span(-1).end, at.span(last).end)
    edits = (Edit(at.before(target), f"{phrase} "), Edit(gap, ""))
    return at.fault(
        codes.WORD_ORDER,
        "a number of times stands before the window",
        at.span(0, last),
        "",
        Fix(f"write `{phrase}` behind the event", edits, safe=True),
    )


def window_outside(at: Place) -> Diagnostic | None:
    """`sum(x) > 100 in last 30 days`, `count(x) in last 30 days > 3`."""
    if at.kind() in ("EQUAL", "ORDER"):
        window = at.word_before(_WINDOWS, 8)
        if window is None or at.kind(window - 1) != "RPAR":
            return None
        return _into_call(at, window - 1, window, -1)
    if at.kind() != "NAME" or at.text() not in _WINDOWS or not _is_window(at):
        return None
    operator = -3 if at.kind(-2) == "MINUS" and at.kind(-3) in ("EQUAL", "ORDER") else -2
    if at.kind(-1) == "NAME" and at.text(-1) in UNIT_WORDS:
        operator -= 1
    if at.kind(operator) in ("EQUAL", "ORDER"):
        closing = operator - 1
    elif at.kind(-1) == "RPAR":
        closing = -1
    else:
        return None
    return _into_call(at, closing, 0, _phrase_end(at))


def _is_window(at: Place) -> bool:
    return at.text() != "in" or at.text(1) in ("last", "next", "this")


def _into_call(at: Place, closing: int, first: int, last: int) -> Diagnostic:
    """The window from `first` to `last` belongs into the call that ends at `closing`, if one does."""
    phrase = at.written(first, last)
    span = at.span(first, last)
    helps: list[Fix | str] = [
        "write it behind the event, or inside the call: `count(E in last 30 days) > 3`"
    ]
    opening = at.opening(closing) if at.kind(closing) == "RPAR" else None
    inner = range(opening + 1, closing) if opening is not None else range(0)
    if opening is not None and at.kind(opening - 1) == "NAME" and inner:
        held = any(at.text(offset) in _WINDOWS for offset in inner)
        where = next((offset for offset in inner if at.text(offset) == "where"), None)
        if not held:
            new = f"{phrase} " if where is not None else f" {phrase}"
            place = at.before(closing if where is None else where)
            gap = Span(at.file, at.span(first - 1).end, span.end)
            helps = [
                Fix("write it inside the parentheses", (Edit(place, new), Edit(gap, "")), safe=True)
            ]
    return at.fault(
        codes.WORD_ORDER,
        "a window stands inside the call that counts or sums over it"
        if opening is not None
        else "a window stands behind the event or the time that it is about",
        span,
        "outside of the call" if opening is not None else "behind a comparison",
        *helps,
    )


def until(at: Place) -> Diagnostic | None:
    """`until D`, `from A to B`, `since A until B` as windows."""
    word = at.text()
    if word in ("until", "till", "through", "to") and at.text(-2) in ("since", "from"):
        span = at.span(-2, 1)
        new = f"between {at.text(-1)} and {at.text(1)}"
        return _window(at, at.text(-2), span, at.replace(f"write `{new}`", span, new))
    if not at.expected & {"BEFORE"}:
        return None
    if word == "from" and at.text(2) in ("to", "until", "till", "through"):
        new = f"between {at.text(1)} and {at.text(3)}"
        fix = at.replace(f"write `{new}`: both ends are in, a day to its end", at.span(0, 3), new)
        return _window(at, word, at.span(0, 3), fix)
    if word == "from":
        return _window(at, word, at.span(), at.replace("write `since`", at.span(), "since"))
    if word not in ("until", "till") or at.text(-1) in UNIT_WORDS:
        return None
    day = at.text(1)
    helps: list[Fix | str] = [
        at.replace("write `before`: the moment itself is out", at.span(), "before")
    ]
    if at.kind(1) == "DATE":
        try:
            after = date.fromisoformat(day) + timedelta(days=1)
        except (ValueError, OverflowError):
            return None
        helps = [
            at.replace(f"write `before {day}`: that day is out", at.span(0, 1), f"before {day}"),
            at.replace(f"write `before {after}`: that day is in", at.span(0, 1), f"before {after}"),
        ]
    return at.fault(
        codes.OTHER_PHRASE,
        f"`{word}` does not say whether the day itself is meant too",
        at.span(),
        "is the day itself in?",
        *helps,
    )


def _window(at: Place, word: str, span: Span, fix: Fix) -> Diagnostic:
    return at.fault(
        codes.OTHER_PHRASE,
        f"there is no window with `{word}`"
        if word == "from"
        else "a window with two ends is written `between … and …`",
        span,
        "",
        fix,
    )


def half_comparison(at: Place) -> Diagnostic | None:
    """`age > 18 and < 35`."""
    if at.kind() not in ("EQUAL", "ORDER") or at.text(-1) not in ("and", "or"):
        return None
    operator = next(
        (o for o in range(-2, -20, -1) if at.kind(o) in ("EQUAL", "ORDER", "_NL", "LBRACE")), None
    )
    helps: list[Fix | str] = ["repeat the value before it"]
    if operator is not None and at.kind(operator) in ("EQUAL", "ORDER"):
        first = at.operand_start(operator)
        operand = at.written(first, operator - 1)
        edit = Edit(at.before(), f"{operand} ")
        helps = [Fix(f"write `{operand} {at.text()} …`", (edit,), safe=True)]
    return at.fault(
        codes.WORD_ORDER,
        f"a comparison behind `{at.text(-1)}` names both of its sides",
        at.span(),
        "nothing on its left side",
        *helps,
    )


def not_full(at: Place) -> Diagnostic | None:
    """`in each of last 3 months`: calendar months, or stretches that end now?"""
    if at.expected != {"FULL", "PERIODS"} or at.text() not in UNIT_WORDS:
        return None
    unit = at.text()
    single = unit.removesuffix("s")
    return at.fault(
        codes.AMBIGUOUS_PERIOD,
        f"`last {at.text(-1)} {unit}` can be read in two ways",
        at.span(-2, 0),
        "calendar units, or stretches that run back from now?",
        at.replace(f"write `full {unit}`: calendar {single}s", at.span(), f"full {unit}"),
        at.replace(
            f"write `periods of 1 {single}`: back from this instant",
            at.span(),
            f"periods of 1 {single}",
        ),
    )


def sequence_by(at: Place) -> Diagnostic | None:
    """`sequence in last 30 days by product_id { … }`."""
    if at.text() != "by" or "LBRACE" not in at.expected:
        return None
    head = at.word_before(("sequence",), 12)
    last = next((o for o in range(1, 8) if at.kind(o) == "LBRACE"), None)
    if head is None or last is None:
        return None
    phrase = at.written(0, last - 1)
    gap = Span(at.file, at.span(-1).end, at.span(last - 1).end)
    edits = (Edit(at.before(head + 1), f"{phrase} "), Edit(gap, ""))
    return at.fault(
        codes.WORD_ORDER,
        "`by` stands before the window of a sequence",
        at.span(0, last - 1),
        "",
        Fix(f"write `sequence {phrase} …`", edits, safe=True),
    )


ORDERS = (
    leading_operator,
    behind_where,
    times_behind_window,
    window_outside,
    until,
    half_comparison,
    not_full,
    sequence_by,
)
