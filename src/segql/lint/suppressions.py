"""`# segql: ignore[SEG512] reason`: findings that somebody has looked at.

Behind code it is about the findings of that line, above code about those of the next line; where a declaration, a
level or a block begins on that line, about all of it; in a file without code, about the file. Errors cannot be ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.lint.subject import Subject, children
from segql.source import SourceFile, Span
from segql.syntax import tree

MARK = "segql:"
TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|`[^`\n]*`|(?P<comment>\#[^\n]*)', re.DOTALL
)
"""What is no code: texts, names in back-quotes, comments."""
_COMMENT = re.compile(r"#[ \t]*segql:[ \t]*(?P<rest>[^\r\n]*)")
_IGNORE = re.compile(r"ignore[ \t]*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>.*)")


@dataclass(frozen=True, slots=True)
class Named:
    """One rule that a comment names, with the place of the name."""

    rule: str
    span: Span


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment: what it names, what it is about, and why. `malformed` where it cannot be read."""

    span: Span
    rules: tuple[Named, ...]
    reason: str
    region: Span
    malformed: bool = False

    def covers(self, item: Diagnostic) -> bool:
        """Whether the finding lies in the region and is of a rule that the comment names."""
        place = item.span
        return (
            place is not None
            and place.file == self.region.file
            and self.region.start <= place.start <= self.region.end
            and any(named.rule in (item.code.code, item.code.name) for named in self.rules)
        )


def suppressions(subject: Subject) -> tuple[Suppression, ...]:
    """All comments that begin with `segql:`."""
    found: list[Suppression] = []
    for file in subject.files:
        source = subject.sources.get(file.span.file)
        if source is not None and MARK in source.text:
            found.extend(_of_file(source, file))
    return tuple(found)


def _of_file(source: SourceFile, file: tree.File) -> Iterator[Suppression]:
    for token in TOKEN.finditer(source.text):
        if token["comment"] is None:
            continue
        comment = _COMMENT.match(source.text, token.start())
        if comment is None:
            continue
        span = Span(
            source.name, token.start(), comment.start("rest") + len(comment["rest"].rstrip())
        )
        region = _region(source, file, span)
        ignore = _IGNORE.fullmatch(comment["rest"].strip())
        if ignore is None or not (ignore["rules"] or "").strip():
            yield Suppression(span, (), "", region, malformed=True)
            continue
        start = comment.start("rest") + ignore.start("rules")
        names = tuple(
            Named(name[0], Span(source.name, start + name.start(), start + name.end()))
            for name in re.finditer(r"[^\s,]+", ignore["rules"])
        )
        yield Suppression(span, names, ignore["reason"].strip(" \t:-"), region)


def _region(source: SourceFile, file: tree.File, comment: Span) -> Span:
    """The line of the comment, or else the next line with code, and all that begins there; without code, the file."""
    if not file.declarations:
        return file.span
    number = source.position(comment.start).line
    line = source.line(number)
    if line.lstrip().startswith("#"):
        while number < source.line_count and _is_blank(line):
            number += 1
            line = source.line(number)
    start = _line_start(source, comment.start, number) + len(line) - len(line.lstrip())
    end = start + len(line.strip())
    largest = max((node.span.end for node in _starting_at(file, start)), default=end)
    return Span(source.name, start, max(end, largest))


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _line_start(source: SourceFile, offset: int, number: int) -> int:
    """The offset of the first character of a line that is not before that of `offset`."""
    at = offset - source.position(offset).column + 1
    for _ in range(number - source.position(offset).line):
        at = source.text.index("\n", at) + 1
    return at


def _starting_at(node: tree.Node, start: int) -> Iterator[tree.Node]:
    for child in children(node):
        if child.span.start == start:
            yield child
        if child.span.start <= start < child.span.end:
            yield from _starting_at(child, start)


def without(suppression: Suppression, gone: Iterable[Named], source: SourceFile) -> Fix:
    """The fix that takes these rules out of a comment, or the comment where none is left."""
    left = [named.rule for named in suppression.rules if named not in gone]
    if left:
        first, last = suppression.rules[0].span, suppression.rules[-1].span
        return Fix("name the others only", (Edit(first.to(last), ", ".join(left)),), safe=True)
    text, start, end = source.text, suppression.span.start, suppression.span.end
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    if start == 0 or text[start - 1] == "\n":  # alone on its line, which goes with it
        line_end = text.find("\n", end)
        end = len(text) if line_end < 0 else line_end + 1
    return Fix("remove the comment", (Edit(Span(source.name, start, end), ""),), safe=True)
