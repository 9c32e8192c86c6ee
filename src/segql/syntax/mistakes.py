"""Syntax errors in words: near misses first, then what was found and what could stand there."""

from __future__ import annotations

from segql.diagnostics import Diagnostic, Diagnostics, Edit, Fix, Label, suggest
from segql.source import SourceFile, Span
from segql.syntax import codes
from segql.syntax.expected import Expectations
from segql.syntax.idioms import IDIOMS
from segql.syntax.lalr import Failure
from segql.syntax.lexical import Lexical
from segql.syntax.order import ORDERS, leading_operator
from segql.syntax.phrases import PHRASES
from segql.syntax.place import Place
from segql.syntax.punctuation import SHAPES
from segql.syntax.scanner import MAX_NESTING, MAX_OPERATORS, Chunk
from segql.syntax.tables import Tables
from segql.syntax.words import DECLARATION_WORDS


class Explainer:
    """Explains what the parser could not read in one file."""

    def __init__(self, source: SourceFile, tables: Tables) -> None:
        self._file = source.name
        self._text = source.text
        self._lexical = Lexical(source, tables)
        self._expectations = Expectations(tables)

    def mend(self, chunk: Chunk, found: Diagnostics) -> tuple[Chunk, bool]:
        """See `Lexical.mend`."""
        return self._lexical.mend(chunk, found)

    def too_deep(self, at: int) -> Diagnostic:
        return Diagnostic(
            codes.TOO_DEEP,
            f"at most {MAX_NESTING} brackets and {MAX_OPERATORS} operators nest in one another",
            (Label(Span(self._file, at, at + 1), "one more than that"),),
            helps=(Fix("give parts of it names of their own, as a `trait` or a `segment`"),),
        )

    def explain(self, chunk: Chunk, failure: Failure) -> Diagnostic:
        """The diagnostic for the place where the parser stopped."""
        expected = self._expectations.terminals(failure.states)
        place = Place(self._file, chunk, failure.index, expected, self._ends_line(chunk, failure))
        if failure.index == 0:
            return self._no_declaration(place)
        for look in (*SHAPES[:2], *ORDERS, *IDIOMS, *PHRASES, *SHAPES[2:]):
            found = look(place)
            if found is not None:
                return found
        return self._unexpected(place)

    def _ends_line(self, chunk: Chunk, failure: Failure) -> bool:
        """Whether a line ends before the token: at its own token, or before a `}` of the next line."""
        index = failure.index
        if not 0 < index < len(chunk):
            return False
        if chunk.kinds[index] == "RBRACE":
            return "\n" in self._text[chunk.ends[index - 1] : chunk.starts[index]]
        return chunk.kinds[index] == "_NL"

    def _no_declaration(self, place: Place) -> Diagnostic:
        """The first token of a line outside of any declaration."""
        text = place.text()
        if text in ("}", ")"):
            return place.fault(
                codes.UNOPENED,
                f"`{text}` closes nothing",
                place.span(),
                "no bracket is open here",
                place.replace("delete it", place.span(), ""),
            )
        for look in (leading_operator, *PHRASES):
            found = look(place)
            if found is not None and place.expected >= {"ENTITY"}:
                return found
        if place.expected >= {"ENTITY"}:
            near = suggest(text, DECLARATION_WORDS)
            kinds = "`, `".join(sorted(DECLARATION_WORDS))
            return place.fault(
                codes.UNKNOWN_DECLARATION,
                f"`{text}` begins no declaration",
                place.span(),
                "outside of any declaration",
                *(place.replace(f"did you mean `{item}`?", place.span(), item) for item in near),
                *([] if near else [f"a declaration begins with `{kinds}`"]),
            )
        return self._unexpected(place)

    def _unexpected(self, place: Place) -> Diagnostic:
        wanted = self._expectations.describe(place.expected)
        if place.kind(-1) == "EQUAL":
            both = "a value or a condition" if wanted == "a condition" else "a value, a condition"
            wanted = wanted.replace("a condition", both)
        kind, text = place.kind(), place.text()
        if kind == "$END":
            message = "the declaration ends too early"
            end = place.chunk.ends[-1]
            span = Span(self._file, max(end - 1, place.chunk.starts[-1]), end)
        elif place.ends_line:
            message, span = "the line ends too early", place.span(-1)
        else:
            message, span = f"`{_short(text)}` cannot stand here", place.span()
        label = f"expected {wanted}" + (" behind this" if kind == "$END" or place.ends_line else "")
        return place.fault(codes.UNEXPECTED, message, span, label, *self._near(place))

    def _near(self, place: Place) -> list[Fix | str]:
        """Keywords that are spelled like the word found."""
        if place.kind() != "NAME":
            return []
        words = [
            word
            for word, terminal in self._expectations.keywords.items()
            if terminal in place.expected
        ]
        return [
            Fix(f"did you mean `{word}`?", (Edit(place.span(), word),))
            for word in suggest(place.text(), words)
        ]


def _short(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 40 else f"{line[:37]}..."
