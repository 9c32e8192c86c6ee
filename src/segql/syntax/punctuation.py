"""Near misses in punctuation and shape: brackets, colons, commas, percentages, `?`.

Each function looks at the place where the parser stopped and returns a diagnostic, or None.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.source import Span
from segql.syntax import codes
from segql.syntax.periods import is_year, year
from segql.syntax.place import Place


def empty_block(at: Place) -> Diagnostic | None:
    """`where { }`."""
    if at.kind() == "RBRACE" and at.kind(-1) == "LBRACE":
        return at.fault(
            codes.EMPTY_BLOCK,
            "a block holds at least one line",
            at.span(-1, 0),
            "nothing in it",
            "write a condition or a member, or delete the block",
        )
    if at.kind() == "RPAR" and at.kind(-1) == "LPAR" and "NAME" in at.expected:
        return at.fault(
            codes.EMPTY_BLOCK, "a list holds at least one value", at.span(-1, 0), "nothing in it"
        )
    return None


def brackets(at: Place) -> Diagnostic | None:
    """A bracket that is not closed, or closes nothing."""
    stack = at.open_brackets()
    if at.kind() == "$END":
        if not stack:
            return None
        return _unclosed(at, stack[-1])
    if at.kind() == "RBRACE" and stack and at.chunk.kinds[stack[-1]] == "LPAR":
        return _unclosed(at, stack[-1])
    if at.kind() in ("EQUAL", "ORDER") and stack and "RPAR" in at.expected:
        return at.fault(
            codes.NOT_A_VALUE,
            "the arguments of a call are values, not conditions",
            at.span(),
            "a comparison inside of the parentheses",
            "close the parentheses before it, or write `where { … }` for conditions on the rows",
        )
    if at.kind() in ("RPAR", "RBRACE"):
        opener = "LPAR" if at.kind() == "RPAR" else "LBRACE"
        if not stack or at.chunk.kinds[stack[-1]] != opener:
            return at.fault(
                codes.UNOPENED,
                f"`{at.text()}` closes nothing",
                at.span(),
                "no bracket is open here",
                at.replace("delete it", at.span(), ""),
            )
    return None


def _unclosed(at: Place, index: int) -> Diagnostic:
    opening = at.chunk.texts[index]
    closing = ")" if opening == "(" else "}"
    span = Span(at.file, at.chunk.starts[index], at.chunk.ends[index])
    return at.fault(
        codes.UNCLOSED,
        f"`{opening}` is not closed",
        span,
        "opened here",
        f"write `{closing}` where its content ends",
    )


def colon(at: Place) -> Diagnostic | None:
    """`title "x"`, `title = "x"`, `tag: "x"` among conditions."""
    if "COLON" in at.expected and at.kind(-1) in ("NAME", "QUOTED_NAME"):
        name = at.text(-1)
        if at.kind() == "EQUAL" and at.expected <= {"COLON", "DOT"}:
            return at.fault(
                codes.UNEXPECTED,
                f"`{name}` is followed by `:`",
                at.span(),
                "found `=`",
                at.replace("write `:`", at.span(), ":", safe=True),
            )
        if at.expected <= {"COLON", "DOT", "EQUAL"} and at.kind() not in ("_NL", "RBRACE", "$END"):
            place = Span(at.file, at.span(-1).end, at.span(-1).end)
            either = " or `=`" if "EQUAL" in at.expected else ""
            return at.fault(
                codes.UNEXPECTED,
                f"`:`{either} is missing behind `{name}`",
                at.span(-1, 0),
                f"found `{at.text()}`",
                Fix("write `:`", (Edit(place, ":"),), safe=not either),
            )
    if at.kind() == "COLON" and "EQUAL" in at.expected:
        return at.fault(
            codes.UNEXPECTED,
            "a comparison is written `=`",
            at.span(),
            "found `:`",
            at.replace("write `=`", Span(at.file, at.span(-1).end, at.span().end), " ="),
        )
    return None


def key_type(at: Place) -> Diagnostic | None:
    """`key id`, `at ordered_at` without a type; `age: years since x`."""
    if at.ends_line and at.text(-2) in ("key", "at") and at.expected <= {"COLON", "DOT"}:
        example = "int" if at.text(-2) == "key" else "timestamp"
        line = f"{at.text(-2)} {at.text(-1)}: {example}"
        return at.fault(
            codes.MISSING_PART,
            f"`{at.text(-2)}` says the type of its column",
            at.span(-2, -1),
            "no type",
            f"write `{line}`",
        )
    if "OPTIONAL" in at.expected and at.kind(-2) == "COLON" and not at.ends_line:
        colon_place = Span(at.file, at.span(-3).end, at.span(-2).end)
        return at.fault(
            codes.UNEXPECTED,
            "behind `:` stands a type; a derived attribute is written with `=`",
            at.span(-1, 0),
            "not a type",
            at.replace("write `=`", colon_place, " ="),
        )
    return None


def header(at: Place) -> Diagnostic | None:
    """`segment a {`, `segment a for customer {`, `segment of customer {`."""
    if at.index > 3 or "OF" not in at.expected:
        return None
    kind = at.chunk.texts[0]
    if at.text(-1) == "of" and at.index == 2:
        return at.fault(
            codes.MISSING_PART,
            f"the name of the {kind} is missing",
            at.span(-2, 0),
            "expected a name before `of`",
        )
    if at.kind() == "NAME":
        fix = at.replace("write `of`", at.span(), "of")
        return at.fault(
            codes.UNEXPECTED, f"`{at.text()}` cannot stand here", at.span(), "expected `of`", fix
        )
    whole = "segment" if kind == "split" else "customer"
    return at.fault(
        codes.MISSING_PART,
        f"{kind} `{at.text(-1)}` does not say whose it is",
        at.span(-1),
        "expected `of` behind this",
        f"write `{kind} {at.text(-1)} of {whole}`",
    )


def grouped_number(at: Place) -> Diagnostic | None:
    """`1,000`, `1.000,00`, `12,5`."""
    if at.kind() != "COMMA" or at.kind(-1) != "NUMBER":
        return None
    last = 0
    while (
        at.kind(last) == "COMMA"
        and at.kind(last + 1) == "NUMBER"
        and at.span(last - 1).end == at.span(last).start
        and at.span(last).end == at.span(last + 1).start
    ):
        last += 2
    if not last:
        return None
    number = "".join(at.text(offset) for offset in range(-1, last))
    new = _plain_number(number)
    helps: list[Fix | str] = ["numbers are written `1000`, `1_000` or `12.50`"]
    if new:
        helps = [at.replace(f"write `{new}`", at.span(-1, last - 1), new)]
    return at.fault(
        codes.BAD_NUMBER, f"`{number}` is not a number", at.span(-1, last - 1), "", *helps
    )


def _plain_number(text: str) -> str:
    """What a number with commas means most probably, or `""`."""
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text):
        return text.replace(",", "_")
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+", text):
        whole, fraction = text.split(",")
        fraction = fraction if fraction.strip("0") else ""
        return whole.replace(".", "_") + (f".{fraction}" if fraction else "")
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return text.replace(",", ".")
    return ""


def list_braces(at: Place) -> Diagnostic | None:
    """`country in {"PL", "DE"}`."""
    if at.kind() != "LBRACE" or at.text(-1) != "in" or "LPAR" not in at.expected:
        return None
    last = 1
    while at.kind(last) not in ("RBRACE", "LBRACE", "_NL", "$END"):
        last += 1
    helps: list[Fix | str] = ["write `( )` around them"]
    if at.kind(last) == "RBRACE" and last > 1:
        edits = (Edit(at.span(), "("), Edit(at.span(last), ")"))
        helps = [Fix("write `( )` around them", edits, safe=True)]
    return at.fault(
        codes.UNEXPECTED, "the values of `in` stand in parentheses", at.span(), "found `{`", *helps
    )


def comma(at: Place) -> Diagnostic | None:
    """A comma at the end of a condition or a member."""
    if at.kind() != "COMMA" or "_NL" not in at.expected:
        return None
    stack = at.open_brackets()
    if not stack or at.chunk.kinds[stack[-1]] != "LBRACE":
        return None
    return at.fault(
        codes.UNEXPECTED,
        "each line of a block stands for itself, without commas",
        at.span(),
        "",
        Fix("begin a new line instead", (Edit(at.span(), "\n"),)),
    )


def percentage(at: Place) -> Diagnostic | None:
    """`part a: 0.1`, `top 10% of customer`, `top 10%` without a population."""
    if at.kind() == "NUMBER" and "PERCENT" in at.expected and "NUMBER" not in at.expected:
        text = at.text().replace("_", "")
        value = Decimal(text)
        share = (value * 100).normalize() if value <= 1 and "." in text else value
        new = f"{share:f}%"
        return at.fault(
            codes.BAD_NUMBER,
            "a share is written in percent",
            at.span(),
            f"found `{at.text()}`",
            at.replace(f"write `{new}`", at.span(), new),
        )
    if "AMONG" in at.expected and at.kind(-1) in ("NUMBER", "PERCENT"):
        helps: list[Fix | str] = ["write `… among customer by value`, with an entity or a segment"]
        if at.text() in ("of", "from", "in"):
            helps = [at.replace("write `among`", at.span(), "among")]
        return at.fault(
            codes.OTHER_PHRASE,
            "a ranking names its population",
            at.span(-2, -1),
            "the largest of whom?",
            *helps,
        )
    return None


def nullable_type(at: Place) -> Diagnostic | None:
    """`name text null`, `name: text not null`."""
    if "OPTIONAL" not in at.expected:
        return None
    if at.text() == "not" and at.text(1) == "null":
        span = Span(at.file, at.span(-1).end, at.span(1).end)
        fix = at.replace("delete `not null`", span, "", safe=True)
        message = "an attribute without `?` always has a value"
        return at.fault(codes.OTHER_PHRASE, message, at.span(0, 1), "", fix)
    if at.text() in ("null", "nullable", "optional"):
        span = Span(at.file, at.span(-1).end, at.span().end)
        fix = at.replace("write `?`", span, "?", safe=True)
        message = "an attribute that may have no value is marked by `?`"
        return at.fault(codes.OTHER_PHRASE, message, at.span(), "", fix)
    return None


def timestamp(at: Place) -> Diagnostic | None:
    """`2026-01-31 08:00`."""
    if at.kind(-1) == "DATE" and at.kind() == "NUMBER" and at.kind(1) == "COLON":
        gap = Span(at.file, at.span(-1).end, at.span().start)
        return at.fault(
            codes.BAD_DATE,
            "a timestamp is written with `T` between day and time",
            at.span(-1, 2),
            "found a space",
            at.replace("write `T`", gap, "T", safe=True),
        )
    return None


def one_value_list(at: Place) -> Diagnostic | None:
    """`country in "PL"`, `country in "PL", "DE"`."""
    if at.text(-2) != "in" or "RANGE" not in at.expected:
        return None
    if at.kind(-1) not in ("STRING", "LONG_STRING", "NUMBER", "DATE", "TIMESTAMP"):
        return None
    last = -1
    while at.kind(last + 1) == "COMMA" and at.kind(last + 2) == at.kind(-1):
        last += 2
    span = at.span(-1, last)
    end = Span(at.file, span.end, span.end)
    around = (Edit(at.before(-1), "("), Edit(end, ")"))
    if last == -1 and is_year(at.text(-1)):
        found = year(at, -2, -1)
        if found is not None:
            number = Fix("write `( )` around it if it is a number", around)
            return replace(found, helps=(*found.helps, number))
    return at.fault(
        codes.UNEXPECTED,
        "the values of `in` stand in parentheses",
        span,
        "",
        Fix("write `( )` around them", around, safe=True),
    )


SHAPES = (
    empty_block,
    brackets,
    timestamp,
    grouped_number,
    list_braces,
    one_value_list,
    percentage,
    nullable_type,
    header,
    key_type,
    colon,
    comma,
)
