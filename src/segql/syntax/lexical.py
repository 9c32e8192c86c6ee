"""Near misses inside a token: operators, quotes, dates and numbers of other languages.

Each is reported and mended in the tokens, so that the parser goes on and finds what else is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from segql.diagnostics import Code, Diagnostics, Edit, Fix
from segql.source import SourceFile, Span
from segql.syntax import codes
from segql.syntax.scanner import Chunk
from segql.syntax.tables import Tables
from segql.syntax.words import UNIT_WORDS

#: Written: (meant, terminal, what it is, whether nothing else can be meant).
_OPERATORS: dict[str, tuple[str, str, str, bool]] = {
    "==": ("=", "EQUAL", "equality is", True),
    "===": ("=", "EQUAL", "equality is", True),
    "<>": ("!=", "ORDER", "inequality is", True),
    "~=": ("!=", "ORDER", "inequality is", False),
    "≥": (">=", "ORDER", "greater or equal is", True),
    "≤": ("<=", "ORDER", "less or equal is", True),
    "≠": ("!=", "ORDER", "inequality is", True),
    "=>": (">=", "ORDER", "greater or equal is", False),
    "=<": ("<=", "ORDER", "less or equal is", True),
    ":=": ("=", "EQUAL", "equality is", False),
    "&&": ("and", "NAME", "both is", True),
    "&": ("and", "NAME", "both is", False),
    "||": ("or", "NAME", "either is", False),
    "|": ("or", "NAME", "either is", False),
    "!": ("not", "NAME", "negation is", True),
    "=~": ("matches", "NAME", "a regular expression is tested by", False),
    "!~": ("!=", "ORDER", "a regular expression is refused by `does not match`, not", False),
}
_UNIT_LETTERS = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "min": "minutes", "mins": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "d": "days", "w": "weeks", "wk": "weeks",
    "mon": "months", "mo": "months", "q": "quarters", "y": "years", "yr": "years", "yrs": "years",
}  # fmt: skip
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_GLUED = re.compile(r"([0-9]+(?:_[0-9]+)*)([a-z]+)")
_MOST_FAULTS = 50


class Lexical:
    """Reports and mends the mistaken tokens of a chunk."""

    def __init__(self, source: SourceFile, tables: Tables) -> None:
        self._source = source
        self._words = tables.words
        self._methods: dict[str, Callable[[Chunk, int], Chunk | None]] = {
            "X_OPERATOR": self._operator,
            "X_COMMENT": self._comment,
            "X_DATE": self._date,
            "X_NUMBER": self._number,
            "X_LONG_STRING": self._open_text,
            "X_STRING": self._open_text,
            "X_SINGLE_QUOTES": self._quotes,
            "X_CURLY_QUOTES": self._quotes,
            "X_BACK_QUOTE": self._back_quote,
            "X_WORD": self._word,
            "X_SEMICOLON": self._semicolon,
            "X_PERCENT": self._percent,
            "X_STRAY": self._stray,
        }
        self._found = Diagnostics()
        self._uncertain = False

    def mend(self, chunk: Chunk, found: Diagnostics) -> tuple[Chunk, bool]:
        """The chunk with language tokens only, and whether it can be trusted from here on."""
        self._found, self._uncertain = found, False
        mended = Chunk()
        index = 0
        while index < len(chunk):
            kind = chunk.kinds[index]
            method = self._methods.get(kind)
            if method is None:
                mended.copy(chunk, index)
            elif len(found) < _MOST_FAULTS:
                tokens = method(chunk, index)
                for at in range(len(tokens or ())):
                    if tokens is not None:
                        mended.copy(tokens, at)
            index += 1
        self._join_percents(mended)
        _drop_empty_lines(mended)
        return mended, not self._uncertain

    # --- helpers --------------------------------------------------------------------------------

    def _span(self, chunk: Chunk, index: int) -> Span:
        return Span(self._source.name, chunk.starts[index], chunk.ends[index])

    def _token(self, chunk: Chunk, index: int, kind: str, text: str) -> Chunk:
        tokens = Chunk()
        tokens.append(kind, text, chunk.starts[index], chunk.ends[index])
        return tokens

    def _report(
        self, code: Code, message: str, span: Span, label: str = "", *helps: Fix | str
    ) -> None:
        self._found.report(code, message, span, label, helps=helps)

    # --- kinds ----------------------------------------------------------------------------------

    def _operator(self, chunk: Chunk, index: int) -> Chunk:
        text = chunk.texts[index]
        meant, kind, what, safe = _OPERATORS.get(text, ("=", "EQUAL", "equality is", False))
        span = self._span(chunk, index)
        before = self._source.text[max(0, span.start - 1) : span.start]
        after = self._source.text[span.end : span.end + 1]
        new = meant
        if meant.isalpha():
            new = ("" if before in " \t\n(" else " ") + meant + ("" if after in " \t\n" else " ")
        self._report(
            codes.OTHER_OPERATOR,
            f"`{text}` is not an operator of this language",
            span,
            f"{what} `{meant}`",
            Fix(f"write `{meant}`", (Edit(span, new),), safe=safe),
        )
        return self._token(chunk, index, kind, meant)

    def _comment(self, chunk: Chunk, index: int) -> None:
        text, span = chunk.texts[index], self._span(chunk, index)
        leader = text[:2]
        helps: list[Fix | str] = ["comments begin with `#` and go to the end of the line"]
        last = index + 1 == len(chunk) or chunk.kinds[index + 1] == "_NL"
        if leader != "/*":
            edit = Edit(Span(span.file, span.start, span.start + 2), "#")
            helps = [Fix("begin it with `#`", (edit,), safe=True)]
        elif last and text.endswith("*/"):
            comment = f"# {text[2:-2].strip()}"
            helps = [Fix("begin it with `#`", (Edit(span, comment),), safe=True)]
        else:
            self._uncertain = True
        self._report(codes.OTHER_COMMENT, f"`{leader}` begins no comment", span, "", *helps)

    def _date(self, chunk: Chunk, index: int) -> Chunk:
        text, span = chunk.texts[index], self._span(chunk, index)
        numbers = [int(number) for number in re.findall("[0-9]+", text)[:3]]
        helps: list[Fix | str] = []
        if "-" in text:
            candidates = [_iso(*numbers)] if len(text) <= 10 else []
        elif "." in text:
            candidates = [_iso(numbers[2], numbers[1], numbers[0])]
        elif numbers[0] > 999:
            candidates = [_iso(*numbers)]
        else:
            year = numbers[2] if numbers[2] > 99 else 2000 + numbers[2]
            days = [_iso(year, numbers[1], numbers[0]), _iso(year, numbers[0], numbers[1])]
            candidates = list(dict.fromkeys(days))
        real = [candidate for candidate in candidates if candidate]
        for candidate in real:
            safe = "-" in text and len(real) == 1
            helps.append(Fix(f"write `{candidate}`", (Edit(span, candidate),), safe=safe))
        if not real:
            example = "`2026-01-31T08:00`" if "T" in text.upper() else "`2026-01-31`"
            helps.append(f"a day is written like {example}")
        rule = "dates are written year-month-day"
        if "t" in text.lower():
            rule = "a timestamp is written `2026-01-31T08:00`, with seconds and a zone if need be"
        self._report(codes.BAD_DATE, rule, span, f"found `{text}`", *helps)
        return self._token(chunk, index, "DATE", "2000-01-01")

    def _number(self, chunk: Chunk, index: int) -> Chunk:
        text, span = chunk.texts[index], self._span(chunk, index)
        glued = _GLUED.fullmatch(text)
        if glued:
            number, word = glued.groups()
            unit = word if word in self._words else _UNIT_LETTERS.get(word, "")
            if word in UNIT_WORDS or unit:
                self._report(
                    codes.BAD_NUMBER,
                    "a number and the word behind it are written apart",
                    span,
                    f"found `{text}`",
                    Fix(
                        f"write `{number} {unit}`",
                        (Edit(span, f"{number} {unit}"),),
                        safe=word == unit,
                    ),
                )
                middle = span.start + len(number)
                tokens = Chunk()
                tokens.append("NUMBER", number, span.start, middle)
                tokens.append("NAME", unit, middle, span.end)
                return tokens
        helps: list[Fix | str] = ["numbers are written `1000`, `1_000` or `12.50`"]
        if _DOTTED.fullmatch(text):
            new = text.replace(".", "_")
            helps = [Fix(f"write `{new}`", (Edit(span, new),))]
        self._report(codes.BAD_NUMBER, f"`{text}` is not a number", span, "", *helps)
        return self._token(chunk, index, "NUMBER", "1")

    def _open_text(self, chunk: Chunk, index: int) -> Chunk:
        text, span = chunk.texts[index], self._span(chunk, index)
        quotes = '"""' if text.startswith('"""') else '"'
        self._uncertain = True
        helps = [f"close it with `{quotes}`"]
        if quotes == '"':
            helps.append('a text over several lines stands in `"""`')
        opening = Span(span.file, span.start, span.start + len(quotes))
        self._report(codes.UNCLOSED, "the text is not closed", opening, "opened here", *helps)
        return self._token(chunk, index, "STRING", '""')

    def _quotes(self, chunk: Chunk, index: int) -> Chunk | None:
        text, span = chunk.texts[index], self._span(chunk, index)
        kind = "single" if text[0] == "'" else "typographic"
        if len(text) == 1:
            self._uncertain = True
            self._report(
                codes.OTHER_QUOTES,
                "texts stand in double quotes",
                span,
                f"a {kind} quote",
                'write `"text"`',
            )
            return None
        content = text[1:-1].replace("''", "'") if kind == "single" else text[1:-1]
        new = '"' + content.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self._report(
            codes.OTHER_QUOTES,
            "texts stand in double quotes",
            span,
            f"in {kind} quotes",
            Fix(f"write `{new}`", (Edit(span, new),), safe="\\" not in content),
        )
        return self._token(chunk, index, "STRING", new)

    def _back_quote(self, chunk: Chunk, index: int) -> Chunk:
        text, span = chunk.texts[index], self._span(chunk, index)
        closed = len(text) > 1 and text.endswith("`")
        message = "a name in back-quotes is not empty" if closed else "the back-quote is not closed"
        self._uncertain = not closed
        self._report(codes.UNCLOSED, message, span, "" if closed else "opened here")
        return self._token(chunk, index, "QUOTED_NAME", "`x`")

    def _word(self, chunk: Chunk, index: int) -> Chunk:
        text, span = chunk.texts[index], self._span(chunk, index)
        lower = text.lower()
        if text.isascii():
            keyword = lower in self._words
            helps: list[Fix | str] = [Fix(f"write `{lower}`", (Edit(span, lower),), safe=keyword)]
            if not keyword and _is_compared(chunk, index):
                quoted = f'"{text}"'
                fix = Fix(f"write `{quoted}` if it is a text", (Edit(span, quoted),))
                helps = [fix, Fix(f"write `{lower}` if it is a name", (Edit(span, lower),))]
            elif not keyword:
                other = "a table or column that is called so stands in back-quotes"
                helps.append(f"{other}: `` `{text}` ``")
            what = "keywords are" if keyword else "names are"
            self._report(codes.UPPER_CASE, f"{what} in lower case", span, f"found `{text}`", *helps)
        else:
            self._report(
                codes.UPPER_CASE,
                "names are made of `a` to `z`, digits and `_`",
                span,
                f"found `{text}`",
                "a table or column of any other name stands in back-quotes",
            )
        return self._token(chunk, index, "NAME", lower if text.isascii() else "x")

    def _semicolon(self, chunk: Chunk, index: int) -> Chunk | None:
        span = self._span(chunk, index)
        last = index + 1 == len(chunk) or chunk.kinds[index + 1] in ("_NL", "RBRACE")
        self._report(
            codes.OTHER_OPERATOR,
            "a line ends without `;`",
            span,
            "",
            Fix(
                "delete it" if last else "begin a new line",
                (Edit(span, "" if last else "\n"),),
                safe=last,
            ),
        )
        return None if last else self._token(chunk, index, "_NL", "\n")

    def _percent(self, chunk: Chunk, index: int) -> Chunk | None:
        span = self._span(chunk, index)
        if index and chunk.kinds[index - 1] == "NUMBER":
            gap = Span(span.file, chunk.ends[index - 1], span.start)
            self._report(
                codes.BAD_NUMBER,
                "a percentage is written without a space",
                span,
                "",
                Fix("delete the space", (Edit(gap, ""),), safe=True),
            )
            return self._token(chunk, index, "X_JOIN", "%")
        self._uncertain = True
        self._report(codes.STRAY_CHARACTER, "`%` stands directly behind a number", span)
        return None

    def _join_percents(self, chunk: Chunk) -> None:
        for index in range(len(chunk) - 1, 0, -1):
            if chunk.kinds[index] == "X_JOIN":
                chunk.kinds[index - 1] = "PERCENT"
                chunk.texts[index - 1] += "%"
                chunk.delete(index, index + 1)

    def _stray(self, chunk: Chunk, index: int) -> Chunk | None:
        text, span = chunk.texts[index], self._span(chunk, index)
        if text in "[]":
            other = "(" if text == "[" else ")"
            self._report(
                codes.OTHER_OPERATOR,
                "lists stand in parentheses",
                span,
                f"found `{text}`",
                Fix(f"write `{other}`", (Edit(span, other),), safe=True),
            )
            return self._token(chunk, index, "LPAR" if text == "[" else "RPAR", other)
        self._uncertain = True
        previous = index - 1
        if (
            previous >= 0
            and chunk.kinds[previous] == "X_STRAY"
            and (chunk.ends[previous] == span.start and chunk.texts[previous] not in "[]")
        ):
            return None  # one report for a run of them
        end = index
        while (
            end + 1 < len(chunk)
            and chunk.kinds[end + 1] == "X_STRAY"
            and (chunk.ends[end] == chunk.starts[end + 1] and chunk.texts[end + 1] not in "[]")
        ):
            end += 1
        run = Span(span.file, span.start, chunk.ends[end])
        instead = _instead(self._source.text[run.start : run.end])
        helps = [] if instead is None else [_replacing(run, instead)]
        self._report(codes.STRAY_CHARACTER, _character(text), run, "", *helps)
        return None


def _is_compared(chunk: Chunk, index: int) -> bool:
    """Whether a value stands at `index`, to be compared with: behind `=` or in the list of an `in`."""
    if index + 1 < len(chunk) and chunk.kinds[index + 1] in ("DOT", "LPAR"):
        return False
    at = index - 1
    while at >= 1 and chunk.kinds[at] == "COMMA":
        at -= 2
    if at >= 1 and chunk.kinds[at] == "LPAR":
        return chunk.texts[at - 1].lower() in ("in", "any", "all", "none")
    return at == index - 1 >= 0 and chunk.kinds[at] in ("EQUAL", "ORDER", "X_OPERATOR")


def _drop_empty_lines(chunk: Chunk) -> None:
    """No end of a line behind another, behind `{` or before `}`, as the scanner leaves none."""
    for index in range(len(chunk) - 1, -1, -1):
        if chunk.kinds[index] == "_NL":
            before = chunk.kinds[index - 1] if index else "_NL"
            after = chunk.kinds[index + 1] if index + 1 < len(chunk) else "_NL"
            if before in ("_NL", "LBRACE") or after in ("_NL", "RBRACE"):
                chunk.delete(index, index + 1)


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


CHARACTERS = {
    "\r": "a carriage return without a line feed ends no line",
    "\0": "a NUL character stands in no text file",
    "\ufeff": "a byte order mark stands only at the start of a file",
    "\u00a0": "a no-break space is no space of the language",
}


def _character(text: str) -> str:
    if text in CHARACTERS:
        return CHARACTERS[text]
    if text.isprintable():
        return f"the character `{text}` has no meaning here"
    name = unicodedata.name(text, "a control character").lower()
    return f"`U+{ord(text):04X}`, {name}, has no meaning here"


def _instead(run: str) -> str | None:
    """What was meant by characters that look like a space, or like nothing; None for all others."""
    kinds = {unicodedata.category(character) for character in run}
    return " " if kinds == {"Zs"} else "" if kinds == {"Cf"} else None


def _replacing(run: Span, instead: str) -> Fix:
    text = "write a space" if instead else "remove what cannot be seen"
    return Fix(text, (Edit(run, instead),), safe=True)
