"""The place where the parser stopped, as the near misses look at it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from segql.diagnostics import Code, Diagnostic, Edit, Fix, Label
from segql.source import Span
from segql.syntax.scanner import Chunk

_JOINS = ("and", "or", "not")


@dataclass(frozen=True, slots=True)
class Place:
    """Tokens around a failure; offsets count from the token that did not fit (0)."""

    file: str
    chunk: Chunk
    index: int
    expected: frozenset[str]
    ends_line: bool = False

    def text(self, offset: int = 0) -> str:
        """The text of a token, `""` outside of the declaration."""
        at = self.index + offset
        return self.chunk.texts[at] if 0 <= at < len(self.chunk) else ""

    def kind(self, offset: int = 0) -> str:
        """The scanner's kind of a token (every word is a `NAME`), `$END` outside."""
        at = self.index + offset
        return self.chunk.kinds[at] if 0 <= at < len(self.chunk) else "$END"

    def span(self, first: int = 0, last: int | None = None) -> Span:
        """From the token at `first` to the end of the one at `last`."""
        count = len(self.chunk)
        start, end = self.index + first, self.index + (first if last is None else last)
        if start >= count:
            place = self.chunk.ends[-1]
            return Span(self.file, place, place)
        start, end = max(start, 0), min(max(end, 0), count - 1)
        return Span(self.file, self.chunk.starts[start], self.chunk.ends[end])

    def before(self, offset: int = 0) -> Span:
        """The empty place before a token."""
        start = self.span(offset).start
        return Span(self.file, start, start)

    def line_end(self, offset: int = 0) -> int:
        """The offset of the last token of the line that holds the token at `offset`."""
        depth, at = 0, self.index + offset
        last = at
        while at < len(self.chunk):
            kind = self.chunk.kinds[at]
            if kind in ("LPAR", "LBRACE"):
                depth += 1
            elif kind in ("RPAR", "RBRACE"):
                depth -= 1
            if depth < 0 or (kind == "_NL" and depth == 0):
                break
            last = at
            at += 1
        return last - self.index

    def written(self, first: int, last: int) -> str:
        """The tokens from `first` to `last` as they stand, a gap of any kind as one space."""
        text = self.text(first)
        for offset in range(first + 1, last + 1):
            apart = self.span(offset).start > self.span(offset - 1).end
            text += (" " if apart else "") + self.text(offset)
        return text

    def opening(self, closing: int) -> int | None:
        """The offset of the bracket that the one at `closing` closes."""
        found = open_brackets(self.chunk, self.index + closing)
        return found[-1] - self.index if found else None

    def operand_start(self, operator: int) -> int:
        """The offset where the left side of a comparison begins."""
        depth, first = 0, operator
        while first + self.index > 0:
            kind, text = self.kind(first - 1), self.text(first - 1)
            depth += {"RPAR": 1, "RBRACE": 1, "LPAR": -1, "LBRACE": -1}.get(kind, 0)
            if depth < 0 or (depth == 0 and (kind in ("_NL", "COLON") or text in _JOINS)):
                break
            first -= 1
        return first

    def open_brackets(self) -> list[int]:
        """The indices of the brackets that are open at the failure, the innermost last."""
        return open_brackets(self.chunk, self.index)

    def word_before(self, words: tuple[str, ...], reach: int = 8) -> int | None:
        """The offset of the nearest of these words before the failure on the same line."""
        for offset in range(-1, -reach - 1, -1):
            if self.kind(offset) in ("_NL", "LBRACE", "RBRACE", "$END"):
                return None
            if self.kind(offset) == "NAME" and self.text(offset) in words:
                return offset
        return None

    def fault(
        self, code: Code, message: str, span: Span, label: str = "", *helps: Fix | str
    ) -> Diagnostic:
        fixes = tuple(Fix(item) if isinstance(item, str) else item for item in helps)
        return Diagnostic(code, message, (Label(span, label),), helps=fixes)

    def replace(self, text: str, span: Span, new: str, *, safe: bool = False) -> Fix:
        return Fix(text, (Edit(span, new),), safe=safe)


def open_brackets(chunk: Chunk, index: int) -> list[int]:
    """The indices of the brackets that are open before the token at `index`."""
    stack: list[int] = []
    for at in range(min(index, len(chunk))):
        kind = chunk.kinds[at]
        if kind in ("LPAR", "LBRACE"):
            stack.append(at)
        elif kind == "RPAR":
            if stack and chunk.kinds[stack[-1]] == "LPAR":
                stack.pop()
        elif kind == "RBRACE":
            while stack and chunk.kinds[stack.pop()] != "LBRACE":
                pass
    return stack


def event_before(place: Place) -> str:
    """The event of the `did` on this line, for examples; `E` where it is not found."""
    offset = place.word_before(("did",), 12)
    if offset is None:
        return "E"
    offset += 2 if place.text(offset + 1) == "not" else 1
    parts = [place.text(offset)]
    while place.text(offset + 1) == "." and offset + 2 < 0:
        offset += 2
        parts += [".", place.text(offset)]
    name = "".join(parts)
    return name if re.fullmatch(r"[a-z_][a-z0-9_.]*", name) else "E"
