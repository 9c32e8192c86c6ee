"""The tree out of the parser: shared parts, and the terminals.

A method stands for each rule (or its alias) of the grammar and gets the values of its children, and
the place of the whole. Literals are checked here: real dates, real escapes, whole counts.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from segql.diagnostics import Code, Diagnostics, Fix
from segql.source import Span
from segql.syntax import codes, tree

Children: TypeAlias = list[Any]

_ESCAPE = re.compile(r'\\(?:(["\\nt])|u\{([0-9a-fA-F]{1,6})\}|([\s\S]|$))')
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_UNIT_NAMES: dict[str, tree.Unit] = {
    unit + plural: unit
    for unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
    for plural in ("", "s")
}
MAX_COUNT = 1_000_000_000
MAX_ROWS = 100_000
"""So many rows one line of a test can make."""


class BuilderBase:
    """Spans, diagnostics and the terminals that carry a value."""

    def __init__(self, file: str, diagnostics: Diagnostics) -> None:
        self.file = file
        self.diagnostics = diagnostics

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, start, end)

    def report(
        self, code: Code, message: str, span: Span, label: str = "", *helps: Fix | str
    ) -> None:
        self.diagnostics.report(code, message, span, label, helps=helps)

    # --- terminals ------------------------------------------------------------------------------

    #: Those whose methods turn a token into a value; other tokens are their text.
    TERMINALS = (
        "NAME",
        "QUOTED_NAME",
        "NUMBER",
        "PERCENT",
        "STRING",
        "LONG_STRING",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP",
    )

    def NAME(self, text: str, start: int, end: int) -> tree.Name:  # noqa: N802
        return tree.Name(span=Span(self.file, start, end), text=text, quoted=False)

    def QUOTED_NAME(self, text: str, start: int, end: int) -> tree.Name:  # noqa: N802
        return tree.Name(span=Span(self.file, start, end), text=text[1:-1], quoted=True)

    def NUMBER(self, text: str, start: int, end: int) -> tree.Number:  # noqa: N802
        return tree.Number(
            span=Span(self.file, start, end), value=Decimal(text.replace("_", "")), text=text
        )

    def PERCENT(self, text: str, start: int, end: int) -> tree.Percent:  # noqa: N802
        value = Decimal(text[:-1].replace("_", ""))
        return tree.Percent(span=Span(self.file, start, end), value=value, text=text)

    def BOOLEAN(self, text: str, start: int, end: int) -> tree.Bool:  # noqa: N802
        return tree.Bool(span=Span(self.file, start, end), value=text == "true")

    def STRING(self, text: str, start: int, end: int) -> tree.Text:  # noqa: N802
        value = self._unescape(text[1:-1], start + 1)
        return tree.Text(span=Span(self.file, start, end), value=value, triple=False)

    def LONG_STRING(self, text: str, start: int, end: int) -> tree.Text:  # noqa: N802
        value = self._unescape(text[3:-3], start + 3).replace("\r\n", "\n")
        return tree.Text(span=Span(self.file, start, end), value=value, triple=True)

    def DATE(self, text: str, start: int, end: int) -> tree.Date:  # noqa: N802
        self._check_instant(text, start, end)
        return tree.Date(span=Span(self.file, start, end), text=text)

    def TIMESTAMP(self, text: str, start: int, end: int) -> tree.Timestamp:  # noqa: N802
        self._check_instant(text, start, end)
        return tree.Timestamp(span=Span(self.file, start, end), text=text)

    def _check_instant(self, text: str, start: int, end: int) -> None:
        try:
            value = datetime.fromisoformat(text)
            if len(text) > 10 and value.utcoffset() is not None:
                value.timestamp()  # an offset may lead out of the years 1 to 9999
        except (ValueError, OverflowError) as error:
            what = "day" if len(text) == 10 or "day" in str(error) else "time"
            self.report(
                codes.BAD_DATE,
                f"`{text}` is not a real {what}",
                self.span(start, end),
                f"there is no such {what}",
            )

    def _unescape(self, text: str, offset: int) -> str:
        if "\\" not in text:
            return text

        def replace(match: re.Match[str]) -> str:
            simple, code_point, other = match.groups()
            if simple:
                return _ESCAPES[simple]
            if code_point:
                number = int(code_point, 16)
                if 0 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
                    return chr(number)
                self._bad_escape(match, offset, "no character of a text has this number")
                return ""
            self._bad_escape(match, offset, "unknown escape")
            return other or ""

        return _ESCAPE.sub(replace, text)

    def _bad_escape(self, match: re.Match[str], offset: int, label: str) -> None:
        self.report(
            codes.BAD_ESCAPE,
            f"`{match[0]}` is not an escape of a text",
            self.span(offset + match.start(), offset + match.end()),
            label,
            r"the escapes are `\"`, `\\`, `\n`, `\t` and `\u{…}`; write `\\` for a backslash",
        )

    # --- shared parts ---------------------------------------------------------------------------

    def whole(
        self, number: tree.Number, least: int = 0, what: str = "count", most: int = MAX_COUNT
    ) -> int:
        """The whole number written there; a fault and `least` where it is none."""
        value = number.value
        if value == value.to_integral_value() and least <= value <= most:
            return int(value)
        bound = f" of at most {most:_}" if value > most else ""
        bound = f" from {least}" if value < least else bound
        self.report(
            codes.BAD_NUMBER,
            f"a {what} is a whole number{bound}",
            number.span,
            f"found `{number.text}`",
        )
        return max(least, 1)

    def unit(self, text: str) -> tree.Unit:
        return _UNIT_NAMES[text]

    def duration(self, c: Children, start: int, end: int) -> tree.Duration:
        count = self.whole(c[0], 0, "number of units")
        return tree.Duration(span=self.span(start, end), count=count, unit=_UNIT_NAMES[c[1]])

    def path(self, c: Children, start: int, end: int) -> tree.Path:
        return tree.Path(span=Span(self.file, start, end), parts=tuple(c))

    def condition(self, item: tree.Condition | tree.Value) -> tree.Condition:
        """A bare value as a condition."""
        if isinstance(item, tree.Condition):
            return item
        return tree.Truth(span=item.span, value=item)

    def value(self, item: tree.Condition | tree.Value) -> tree.Value:
        """A value, and nothing else: a condition in parentheses cannot be computed with."""
        if isinstance(item, tree.Value):
            return item
        self.report(
            codes.NOT_A_VALUE,
            "a condition stands where a value is computed with",
            item.span,
            "answers yes or no",
            "declare it as a `trait` or a derived attribute and use its name",
            'a number by conditions is `points { … }`, with lines like `10: country = "PL"`',
        )
        return tree.ParenValue(span=item.span, value=tree.Bool(span=item.span, value=True))

    def block(self, c: Children, start: int, end: int) -> tree.Block:
        return tree.Block(
            span=Span(self.file, start, end), items=tuple([self.condition(item) for item in c])
        )

    def where(self, c: Children, start: int, end: int) -> tree.Block:
        block: tree.Block = c[0]
        return block
