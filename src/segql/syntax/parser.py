"""Text -> tree: `parse` reads a file, `parse_expression` a single condition or value.

The text is cut into declarations (segql.syntax.scanner), each is parsed by itself with the tables of
the grammar (segql.syntax.lalr), and faults become diagnostics (segql.syntax.mistakes). Nothing here
raises for any text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from segql.diagnostics import Diagnostic, Diagnostics
from segql.source import SourceFile, Span
from segql.syntax import codes, tree
from segql.syntax.build_sets import Builder
from segql.syntax.lalr import Built, Failure, Machine
from segql.syntax.recovery import MAX_FAULTS, without_line
from segql.syntax.scanner import MAX_CHARACTERS, Chunk, Scanner
from segql.syntax.tables import Tables, load_tables
from segql.syntax.words import DECLARATION_WORDS

if TYPE_CHECKING:
    from segql.syntax.mistakes import Explainer


@dataclass(frozen=True)
class Parsed:
    """A tree of the declarations without faults, and the faults of the others.

    `broken` holds the names of the others, as far as they can be read, each with its errors.
    """

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]
    broken: Mapping[str, tuple[Diagnostic, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ParsedExpression:
    """A condition or a value, or None with the faults."""

    expression: tree.Condition | tree.Value | None
    diagnostics: tuple[Diagnostic, ...]


#: Behind these a line is not left out: without its `{` the lines of a block mean something else.
_OPENS_BLOCK = ("where", "only", "meta", "with")


class Language(NamedTuple):
    """The tables of the grammar, and what is made of them once for all texts."""

    tables: Tables
    scanner: Scanner
    machine: Machine


@cache
def language() -> Language:
    """What parsing rests on; takes some milliseconds when it is first asked for."""
    tables = load_tables()
    return Language(tables, Scanner(tables), Machine(tables, Builder))


def chunks(source: SourceFile) -> list[Chunk]:
    """The tokens of each declaration of a file; comments stand between them."""
    return language().scanner.chunks(source.text)


def parse(source: SourceFile) -> Parsed:
    """Parse a `.seg` file.

    A declaration with a fault is left out of the tree, the others are in it.
    """
    diagnostics = Diagnostics()
    declarations: list[tree.Declaration] = []
    whole = Span(source.name, 0, len(source.text))
    if len(source.text) > MAX_CHARACTERS:
        diagnostics.report(
            codes.TOO_LARGE,
            f"a file has at most {MAX_CHARACTERS:_} characters, this one has {len(source.text):_}",
            Span(source.name, 0, 0),
            helps=["divide it into several files: all files of a project are one namespace"],
        )
        return Parsed(tree.File(span=whole, declarations=()), diagnostics.sorted())
    known = language()
    reader = _Reader(source, diagnostics, known)
    for chunk in known.scanner.chunks(source.text):
        declaration = reader.read(chunk, "declaration")
        if isinstance(declaration, tree.Declaration):
            declarations.append(declaration)
    if not reader.count:
        diagnostics.report(
            codes.EMPTY_FILE,
            "the file holds only comments" if source.text.strip() else "the file is empty",
            Span(source.name, 0, 0),
            helps=[
                "delete it, or declare something, for instance `segment name of customer { … }`"
            ],
        )
    if "\0" in source.text:
        _report_nul(source, diagnostics)
    return Parsed(
        tree.File(span=whole, declarations=tuple(declarations)),
        diagnostics.sorted(),
        {name: tuple(faults) for name, faults in reader.broken.items()},
    )


def _report_nul(source: SourceFile, diagnostics: Diagnostics) -> None:
    """No engine takes one, so none stands inside of a text either, of back-quotes or of a comment."""
    from segql.syntax.lexical import CHARACTERS

    place = source.text.index("\0")
    span = Span(source.name, place, place + 1)
    if not any(item.span is not None and item.span.contains(span) for item in diagnostics):
        diagnostics.report(codes.STRAY_CHARACTER, CHARACTERS["\0"], span)


def parse_expression(source: SourceFile) -> ParsedExpression:
    """Parse one condition or one value that is the whole text."""
    diagnostics = Diagnostics()
    known = language()
    reader = _Reader(source, diagnostics, known)
    chunks = known.scanner.chunks(source.text[:MAX_CHARACTERS])
    expression = None
    if len(chunks) == 1:
        expression = reader.read(chunks[0], "expression")
    else:
        start = chunks[1].starts[0] if chunks else 0
        diagnostics.report(
            codes.UNEXPECTED,
            "one condition or value is wanted here",
            Span(source.name, start, start),
            "found more" if chunks else "found nothing",
        )
    return ParsedExpression(expression, diagnostics.sorted())


class _Reader:
    """Reads the chunks of one file."""

    def __init__(self, source: SourceFile, diagnostics: Diagnostics, language: Language) -> None:
        self._source = source
        self._diagnostics = diagnostics
        self._language = language
        self._builder = Builder(source.name, Diagnostics())
        self._machine = language.machine
        self._broken = False
        self.broken: dict[str, list[Diagnostic]] = {}
        self.count = 0

    @cached_property
    def _explainer(self) -> Explainer:
        from segql.syntax.mistakes import Explainer

        return Explainer(self._source, self._language.tables)

    def read(self, chunk: Chunk, start: str) -> Built | None:
        """The declaration, or None where it has a fault, which is reported."""
        self.count += 1
        found = self._builder.diagnostics = Diagnostics()
        result = self._read(chunk, start, found)
        stray = chunk.texts[0] == "}" and self._broken
        self._broken = len(found) > 0
        if not self._broken:
            return result
        if not stray:  # what a broken declaration left behind
            faults = _whole_faults(found)
            self._diagnostics.extend(faults)
            name = _declared_name(chunk)
            if name:
                self.broken.setdefault(name, []).extend(item for item in faults if item.is_error)
        return None

    def _read(self, chunk: Chunk, start: str, found: Diagnostics) -> Built | None:
        if chunk.too_deep is not None:
            found.add(self._explainer.too_deep(chunk.too_deep))
            return None
        trusted = True
        if chunk.has_mistakes:
            chunk, trusted = self._explainer.mend(chunk, found)
            if not chunk.kinds:
                return None
        result = self._machine.run(self._builder, chunk, start)
        if isinstance(result, Failure):
            if trusted:
                found.add(self._explainer.explain(chunk, result))
                self._read_on(chunk, result, start, found)
            return None
        return result

    def _read_on(self, chunk: Chunk, failure: Failure, start: str, found: Diagnostics) -> None:
        """Look for more faults in the lines behind the first."""
        for _ in range(MAX_FAULTS):
            rest = without_line(chunk, failure.index)
            if rest is None or chunk.texts[failure.index - 1] in _OPENS_BLOCK:
                return
            later = self._builder.diagnostics = Diagnostics()
            result = self._machine.run(self._builder, rest, start)
            found.extend(item for item in later if item.code is not codes.MISSING_PART)
            if not isinstance(result, Failure):
                return
            chunk, failure = rest, result
            found.add(self._explainer.explain(chunk, failure))


def _whole_faults(found: Diagnostics) -> list[Diagnostic]:
    """Without the faults of a text that another fault rewrites: `like '%x'` as a whole, not its quotes too."""

    def rewrites(one: Diagnostic, other: Diagnostic) -> bool:
        edits = (edit for fix in one.helps for edit in fix.edits)
        return other.span is not None and any(edit.span.contains(other.span) for edit in edits)

    return [
        item
        for item in found
        if not any(rewrites(other, item) and not rewrites(item, other) for other in found)
    ]


def _declared_name(chunk: Chunk) -> str:
    """The name that a declaration with faults would have had: the word behind its first; or `""`."""
    if len(chunk) < 2 or chunk.kinds[1] not in ("NAME", "QUOTED_NAME", "X_WORD"):
        return ""
    if chunk.texts[0].lower() == "test":  # what stands behind it is what is tested
        return ""
    known = chunk.texts[0].lower() in DECLARATION_WORDS
    follower = chunk.texts[2] if len(chunk) > 2 else ""
    return chunk.texts[1].strip("`").lower() if known or follower in ("of", "{") else ""
