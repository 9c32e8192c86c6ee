"""Tokens -> groups of brackets with the comments and blank lines between them: what the formatter lays out.

A `Piece` is a token with what stands around it, a `Group` a pair of brackets with its items, an `Item` what stands on a
line of a block or between two commas. Comments are not in the syntax tree; here each has a place: on lines of its own
before a piece (`before`, where `""` is a blank line), or at the end of a piece's line (`after`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from segql.syntax.scanner import Chunk

Role: TypeAlias = Literal["body", "lines", "inline", "entries", "meta", "values", "paren"]
"""What a group holds. body: members of a declaration; lines: conditions, one a line; inline: the conditions of a
`where { }` inside a line; entries: data and fields, on one line or one each; meta: entries, one each; values: those
of a list."""


@dataclass(slots=True)
class Piece:
    """One token."""

    kind: str
    text: str
    before: list[str] = field(default_factory=list)
    after: str = ""

    @property
    def comments(self) -> list[str]:
        return [line for line in self.before if line]


@dataclass(slots=True)
class Item:
    """A line of a block, or an argument. `before` and `after` are those of its first and last piece."""

    parts: list[Part] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: str = ""


@dataclass(slots=True)
class Group:
    """`{ … }` or `( … )`; `before` of the closing piece are the comments at the group's end."""

    role: Role
    opener: Piece
    items: list[Item] = field(default_factory=list)
    closer: Piece = field(default_factory=lambda: Piece("RBRACE", "}"))


Part: TypeAlias = Piece | Group


def first_piece(part: Part) -> Piece:
    return part.opener if isinstance(part, Group) else part


def last_piece(part: Part) -> Piece:
    return part.closer if isinstance(part, Group) else part


def pieces(text: str, chunks: list[Chunk]) -> tuple[list[list[Piece]], list[list[bool]], list[str]]:
    """The tokens of each declaration with their comments; whether a line's end parts each from the one before; the
    comments at the end of the file."""
    found: list[list[Piece]] = []
    breaks: list[list[bool]] = []
    at = 0
    last: Piece | None = None
    for chunk in chunks:
        row: list[Piece] = []
        parted: list[bool] = []
        new_line = False
        for kind, word, start, end in zip(
            chunk.kinds, chunk.texts, chunk.starts, chunk.ends, strict=True
        ):
            if kind == "_NL":
                new_line = True
                continue
            piece = Piece(kind, word)
            piece.before = _between(text[at:start], last)
            row.append(piece)
            parted.append(new_line)
            last, at, new_line = piece, end, False
        found.append(row)
        breaks.append(parted)
    rest = _between(text[at:] + "\n", last)
    while rest and not rest[-1]:
        rest.pop()
    return found, breaks, rest


def _between(gap: str, last: Piece | None) -> list[str]:
    """The lines between two tokens, blank ones joined; a comment behind `last` is put there."""
    if "\n" not in gap:
        return []
    lines = [line.strip() for line in gap.split("\n")]
    if last is not None:
        last.after = lines[0]
        lines = lines[1:]
    before: list[str] = []
    for line in lines[:-1]:
        if line or not before or before[-1]:
            before.append(line)
    return before


_GATHERS = frozenset({"all", "any", "none", "of"})
_BODIES = frozenset(
    {"entity", "event", "rows", "segment", "segmentation", "split", "assert", "test"}
)


class Grouper:
    """Builds the item of one declaration from its pieces."""

    def __init__(self, row: list[Piece], breaks: list[bool]) -> None:
        self._row = row
        self._breaks = breaks
        self._at = 0
        self._head = row[0].text

    def declaration(self) -> Item:
        item = Item()
        while self._at < len(self._row):
            self._take(item, None)
        return _closed(item)

    def _take(self, item: Item, outer: Group | None) -> None:
        piece = self._row[self._at]
        if piece.kind not in ("LBRACE", "LPAR"):
            self._at += 1
            item.parts.append(piece)
            return
        role: Role = "paren" if piece.kind == "LPAR" else self._role(item, outer)
        item.parts.append(self._group(role))

    def _group(self, role: Role) -> Group:
        group = Group(role, self._row[self._at])
        self._at += 1
        item = Item()
        while self._at < len(self._row):
            piece = self._row[self._at]
            if piece.kind in ("RBRACE", "RPAR"):
                group.closer = piece
                self._at += 1
                break
            ends = role != "paren" and self._breaks[self._at]
            if role == "values" and piece.kind in _LITERALS and item.parts:
                ends = ends or last_piece(item.parts[-1]).kind in _LITERALS
            if ends and item.parts:
                group.items.append(_closed(item))
                item = Item()
            if piece.kind == "COMMA" and role in ("paren", "entries", "meta", "values"):
                self._at += 1
                group.items.append(_closed(item))
                _leave(piece, group.items[-1], self._row[self._at])
                item = Item()
                continue
            self._take(item, group)
        if item.parts:
            group.items.append(_closed(item))
        return group

    def _role(self, item: Item, outer: Group | None) -> Role:
        """What the group that opens behind these parts of an item holds."""
        last = item.parts[-1] if item.parts else None
        word = last.text if isinstance(last, Piece) else ""
        if outer is None and word != "where":
            if self._head == "list":
                return "body" if self._row[self._at + 1].text in ("file", "table") else "values"
            if self._head in _BODIES:
                return "body"
        if word in ("where", "only"):
            alone = len(item.parts) == 1 and word == "where" and outer is not None
            return "lines" if alone and outer is not None and outer.role == "body" else "inline"
        if word == "meta" and len(item.parts) == 1:
            return "meta"
        if word == "with":
            return "entries"
        if self._head == "test" and outer is not None and word not in _GATHERS:
            return "entries"
        return "lines"


_LITERALS = frozenset({"STRING", "LONG_STRING", "NUMBER", "PERCENT", "DATE", "TIMESTAMP"})


def _closed(item: Item) -> Item:
    """The item with the comments of its borders taken off its pieces."""
    if item.parts:
        first, last = first_piece(item.parts[0]), last_piece(item.parts[-1])
        item.before, first.before = first.before, []
        item.after, last.after = last.after, ""
    return item


def _leave(comma: Piece, item: Item, following: Piece) -> None:
    """A comma is written anew; its comments go to the item before it or to the one behind."""
    if comma.comments or (comma.after and item.after):
        following.before = [*comma.comments, *filter(None, [comma.after]), *following.before]
    elif comma.after:
        item.after = comma.after
