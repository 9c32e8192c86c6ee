"""Text -> the same text in the one layout: `format_source`.

The formatter lays out tokens, not the tree, so nothing that was written can get lost; and it believes nothing: what it
made is parsed again, and has to have the same tree and the same comments.
"""

from __future__ import annotations

from dataclasses import dataclass

from segql.diagnostics import Diagnostic, Diagnostics
from segql.source import SourceFile, Span
from segql.syntax import codes, tree
from segql.syntax.groups import Grouper, Item, pieces
from segql.syntax.layout import declared
from segql.syntax.parser import Parsed, chunks, parse


@dataclass(frozen=True)
class Formatted:
    """The text in the one layout; or None with the reason why the text is left as it is."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def format_source(source: SourceFile) -> Formatted:
    """Lay out a `.seg` file. A file with faults of syntax is not touched."""
    parsed = parse(source)
    faults = tuple(item for item in parsed.diagnostics if item.is_error)
    if faults:
        return Formatted(None, faults)
    text = layout(source)
    again = SourceFile(source.name, text)
    if same(parsed, parse(again)) and comments(source) == comments(again):
        return Formatted(text)
    found = Diagnostics()
    found.report(
        codes.NOT_FORMATTED,
        "a formatted file means what it meant before",
        Span(source.name, 0, 0),
        "the layout of this file would have changed it, so it is left as it is",
        helps=["this is a fault of segql itself: please report it with the file"],
    )
    return Formatted(None, tuple(found))


def same(one: Parsed, other: Parsed) -> bool:
    """Whether two texts have the same tree, places aside, and neither has a fault."""
    return (
        not any(item.is_error for item in other.diagnostics)
        and not any(item.is_error for item in one.diagnostics)
        and _same(one.file.declarations, other.file.declarations)
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is not type(other):
        return False
    if isinstance(one, tree.Node) and isinstance(other, tree.Node):
        theirs = other.__dict__
        return all(
            _same(value, theirs[key]) for key, value in one.__dict__.items() if key != "span"
        )
    return one == other


def comments(source: SourceFile) -> list[str]:
    """The comments of a file in order, without the spaces around them."""
    rows, _, rest = pieces(source.text, chunks(source))
    found: list[str] = []
    for row in rows:
        for piece in row:
            found += [*piece.comments]
            found += [piece.after] if piece.after else []
    return found + [line for line in rest if line]


def layout(source: SourceFile) -> str:
    """The text of a file without faults in the one layout; ends its last line."""
    rows, breaks, rest = pieces(source.text, chunks(source))
    text = ""
    was_long = False
    for row, parted in zip(rows, breaks, strict=True):
        item = Grouper(row, parted).declaration()
        body = declared(item, 0)
        is_long = "\n" in body or bool(item.after)
        text += _space(item, text, was_long or is_long or any(item.before))
        text += body + (f" {item.after}" if item.after else "") + "\n"
        was_long = is_long
    if rest and not text:
        rest = rest[1:] if not rest[0] else rest
    return text + "".join(f"{line}\n" for line in rest)


def _space(item: Item, above: str, apart: bool) -> str:
    """What stands between two declarations: a blank line where either has several lines, and the comments."""
    before = item.before[:]
    if not above:
        while before and not before[0]:
            before.pop(0)
    elif apart and (not before or before[0]):
        before.insert(0, "")
    return "".join(f"{line}\n" for line in before)
