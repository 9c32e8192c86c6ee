"""Groups -> lines: the one layout of `.seg` files.

The layout is a function of the tokens, the comments, and the blank lines between items, all of which it keeps; so what
is laid out once is laid out for good. Lines have at most `WIDTH` characters, where a break can make it so. What does
not fit is broken at `and` and `or`, else behind `+`, `-` or the operator that compares, else in its last brackets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from segql.syntax.groups import Group, Item, Part, Piece, first_piece, last_piece
from segql.syntax.spacing import is_sign, spaced

WIDTH = 100
NESTED = 40
"""A block inside a block stands in a line up to this many characters."""
STEP = 2
_HEADS = frozenset({"table", "key", "on", "at", "created", "history"})


# --- on one line ------------------------------------------------------------------------------------


def _flat(parts: Sequence[Part]) -> str | None:
    """The parts on one line; None where something in them cannot stand on one."""
    text: list[str] = []
    last: Piece | None = None
    before: Piece | None = None
    for index, part in enumerate(parts):
        piece = first_piece(part)
        if index and (piece.comments or (last is not None and last.after)):
            return None
        if last is not None and spaced(last, piece, before):
            text.append(" ")
        if isinstance(part, Piece):
            text.append(part.text)
        else:
            inside = _flat_group(part)
            if inside is None:
                return None
            text.append(inside)
        before, last = last, last_piece(part)
    return "".join(text)


def _flat_group(group: Group) -> str | None:
    if group.role in ("body", "lines", "meta", "values") or group.opener.after:
        return None
    if group.closer.comments:
        return None
    inside = []
    for item in group.items:
        text = None if any(item.before) or item.after else _flat(item.parts)
        if text is None:
            return None
        inside.append(text)
    joined = ", ".join(inside)
    if group.role == "inline" and not _is_simple(group, joined):
        return None
    return f"({joined})" if group.role == "paren" else f"{{ {joined} }}"


def _is_simple(group: Group, inside: str) -> bool:
    """Whether a block can stand in a line: one condition, and a block in it only where that is short."""
    if len(group.items) != 1:
        return False
    return len(inside) <= NESTED or not _has_block(group.items[0].parts)


def _has_block(parts: Iterable[Part]) -> bool:
    groups = [part for part in parts if isinstance(part, Group)]
    return any(
        group.role != "paren" or any(_has_block(item.parts) for item in group.items)
        for group in groups
    )


def _fits(text: str, column: int, tail: int) -> bool:
    return "\n" in text or column + len(text) + tail <= WIDTH


# --- over several lines -----------------------------------------------------------------------------


def _render(parts: Sequence[Part], indent: int, column: int, tail: int, hang: int) -> str:
    """The parts from `column` of a line that is indented by `indent`, with `tail` characters behind their last line.

    Lines of the chain that continue it are indented by `hang`.
    """
    text = _flat(parts)
    if text is not None and _fits(text, column, tail):
        return text
    for cut in (_at_comments, _at_logic, _at_sums, _at_comparison):
        cuts = cut(parts)
        if cuts:
            return _chain(parts, cuts, indent, column, tail, hang)
    return _in_groups(parts, indent, column, tail)


def _chain(
    parts: Sequence[Part], cuts: list[int], indent: int, column: int, tail: int, hang: int
) -> str:
    """The parts broken before each of `cuts`."""
    text = ""
    borders = [0, *cuts, len(parts)]
    for start, end in pairwise(borders):
        segment = parts[start:end]
        rest = 0 if end < len(parts) else tail
        if not start:
            text = _render(segment, indent, column, rest, hang)
        else:
            lead = first_piece(segment[0])
            above = last_piece(parts[start - 1])
            text += _comment_behind(above)
            text += _comment_lines(lead.comments, hang) + _line(hang)
            text += _render(_uncommented(segment), hang, hang, rest, hang + STEP)
    return text


def _uncommented(parts: Sequence[Part]) -> list[Part]:
    """The parts, without the comments before the first: those are written."""
    first = parts[0]
    if isinstance(first, Piece):
        return [Piece(first.kind, first.text, after=first.after), *parts[1:]]
    opener = Piece(first.opener.kind, first.opener.text, after=first.opener.after)
    return [Group(first.role, opener, first.items, first.closer), *parts[1:]]


def _at_comments(parts: Sequence[Part]) -> list[int]:
    """Before these parts a line has to begin, since a comment stands there."""
    return [
        index
        for index in range(1, len(parts))
        if first_piece(parts[index]).comments or last_piece(parts[index - 1]).after
    ]


def _at_logic(parts: Sequence[Part]) -> list[int]:
    """Before each `and` and `or` that joins conditions (not that of `between A and B`)."""
    cuts = []
    open_ranges = 0
    for index in range(1, len(parts)):
        part, before = parts[index], last_piece(parts[index - 1])
        if not isinstance(part, Piece) or part.kind != "NAME" or before.kind == "DOT":
            continue
        if part.text == "between":
            open_ranges += 1
        elif part.text == "and" and open_ranges:
            open_ranges -= 1
        elif part.text in ("and", "or"):
            cuts.append(index)
    return cuts


def _at_sums(parts: Sequence[Part]) -> list[int]:
    """Behind each `+` and `-` that joins two values."""
    return [
        index + 1
        for index in range(1, len(parts) - 1)
        if first_piece(parts[index]).kind in ("PLUS", "MINUS")
        and not is_sign(last_piece(parts[index - 1]))
    ]


def _at_comparison(parts: Sequence[Part]) -> list[int]:
    """Behind the operator that compares two values, each of which can stand on a line."""
    if _flat(parts) is None:
        return []
    return [
        index + 1
        for index in range(1, len(parts) - 1)
        if first_piece(parts[index]).kind in ("EQUAL", "ORDER")
    ]


def _in_groups(parts: Sequence[Part], indent: int, column: int, tail: int) -> str:
    """The parts on one line, but for the groups that have to be opened, or the last."""
    groups = [index for index, part in enumerate(parts) if isinstance(part, Group)]
    opened = {index for index in groups if _flat([parts[index]]) is None}
    if not opened:
        braces = [index for index in groups if first_piece(parts[index]).kind == "LBRACE"]
        opened = {(braces or groups)[-1]} if groups else set()
    while True:
        text = _with_opened(parts, opened, indent, column, tail)
        head = text.split("\n", 1)[0]
        closed = [index for index in groups if index not in opened]
        before = [index for index in closed if index < min(opened, default=0)]
        if not before or column + len(head) <= WIDTH:
            return text
        opened.add(before[-1])


def _with_opened(
    parts: Sequence[Part], opened: set[int], indent: int, column: int, tail: int
) -> str:
    text = ""
    last: Piece | None = None
    before: Piece | None = None
    for index, part in enumerate(parts):
        piece = first_piece(part)
        if last is not None and spaced(last, piece, before):
            text += " "
        if isinstance(part, Piece):
            text += part.text
        elif index in opened:
            at = column + len(text) if "\n" not in text else len(text) - text.rindex("\n") - 1
            text += _open(part, indent, at, tail if index == len(parts) - 1 else 0)
        else:
            text += _flat_group(part) or ""
        before, last = last, last_piece(part)
    return text


def _open(group: Group, indent: int, column: int, tail: int) -> str:
    """A group over several lines."""
    hugged = _hugged(group)
    if hugged is not None:
        return f"({_render(hugged, indent, column + 1, tail + 1, indent + STEP)})"
    inner = indent + STEP
    text = group.opener.text + _comment_behind(group.opener)
    text += _block(group, inner)
    text += _comment_lines(group.closer.before, inner)
    return text + _line(indent) + group.closer.text


def _hugged(group: Group) -> list[Part] | None:
    """The parts of the one argument that ends with a block: its brackets are those of the call."""
    if group.role != "paren" or len(group.items) != 1 or group.opener.after:
        return None
    item = group.items[0]
    last = item.parts[-1]
    if any(item.before) or item.after or group.closer.comments or _at_comments(item.parts):
        return None
    if not isinstance(last, Group) or last.role == "paren" or _at_logic(item.parts):
        return None
    return item.parts


# --- blocks -----------------------------------------------------------------------------------------


def _block(group: Group, indent: int) -> str:
    """The items, each on its lines, with their comments and blank lines; begins with a line's end."""
    items = group.items
    members = group.role == "body"
    separator = "," if group.role == "paren" else ""
    lines: list[_Line] = []
    pads = _pads(items) if members else {}
    for index, item in enumerate(items):
        before = item.before[:]
        if not index:
            while before and not before[0]:
                before.pop(0)
        elif _opens_conditions(item) and "" not in before:
            before.insert(0, "")
        comma = separator if index < len(items) - 1 else ""
        if members:
            body = _member(item, indent, pads.get(index, 0))
        else:
            body = _render(item.parts, indent, indent, len(comma), indent + STEP) + comma
        lines.append(_Line(_comment_lines(before, indent) + _line(indent), body, item.after))
    return "".join(_with_comments(lines))


@dataclass(frozen=True, slots=True)
class _Line:
    """An item of a block: what stands before it, itself, the comment behind it."""

    lead: str
    body: str
    comment: str


def _with_comments(lines: Sequence[_Line]) -> Iterator[str]:
    """The items; the comments behind neighbours on one line each begin in one column."""
    widest = 0
    for index, line in enumerate(lines):
        if not index or not _shares_column(lines[index - 1], line):
            widest = len(line.body)
            for before, after in pairwise(lines[index:]):
                if not _shares_column(before, after):
                    break
                widest = max(widest, len(after.body))
        yield line.lead + line.body
        if line.comment:
            pad = 0 if "\n" in line.body else widest - len(line.body)
            yield " " * (pad + 1) + line.comment


def _shares_column(above: _Line, below: _Line) -> bool:
    return (
        bool(above.comment and below.comment)
        and "\n" not in above.body + below.body
        and below.lead.count("\n") == 1
    )


def _opens_conditions(item: Item) -> bool:
    """Whether this is the `where { }` of a segment, which a blank line sets apart."""
    return (
        len(item.parts) == 2
        and isinstance(item.parts[1], Group)
        and item.parts[1].role == "lines"
        and first_piece(item.parts[0]).text == "where"
    )


def _member(item: Item, indent: int, pad: int) -> str:
    """A member of a declaration, its head filled to `pad`."""
    head = _head(item) if pad else 0
    if not head:
        return declared(item, indent)
    text = (_flat(item.parts[:head]) or "").ljust(pad)
    return text + " " + _render(item.parts[head:], indent, indent + pad + 1, 0, indent + STEP)


def declared(item: Item, indent: int) -> str:
    """An item that may be `name = value`: what does not fit begins on the next line."""
    parts = item.parts
    equal = _equal(parts)
    whole = _flat(parts)
    if not equal or (whole is not None and _fits(whole, indent, 0)):
        return _render(parts, indent, indent, 0, indent + STEP)
    head, value = parts[:equal], parts[equal:]
    if _at_comments(parts[: equal + 1]):
        return _render(parts, indent, indent, 0, indent + STEP)
    start = _flat(head)
    if start is None:
        start = _render(head, indent, indent, 0, indent + STEP)
    inner = indent + STEP
    below = _flat(value)
    if (below is not None and _fits(below, inner, 0)) or (_at_logic(value) or _at_sums(value)):
        return start + _line(inner) + _render(value, inner, inner, 0, inner)
    return f"{start} {_render(value, indent, indent + len(start) + 1, 0, inner)}"


def _equal(parts: Sequence[Part]) -> int:
    """The index behind the `=` of a trait or of a derived attribute; 0 where there is none."""
    limit = len(parts) if first_piece(parts[0]).text == "trait" else 2
    for index in range(1, min(limit, len(parts))):
        if first_piece(parts[index]).kind == "EQUAL":
            return index + 1
    return 0


def _pads(items: Sequence[Item]) -> dict[int, int]:
    """The width to which the head of each item is filled; neighbours of one kind without a blank line share it."""
    pads: dict[int, int] = {}
    runs: dict[str, list[int]] = {}
    widths: dict[int, int] = {}

    def close() -> None:
        for run in runs.values():
            widest = max(widths[index] for index in run)
            pads.update(dict.fromkeys(run, widest if len(run) > 1 else 0))
        runs.clear()

    for index, item in enumerate(items):
        head = _head(item)
        if (index and "" in item.before) or (head and _flat(item.parts) is None):
            close()
        if head and _flat(item.parts) is not None:
            widths[index] = len(_flat(item.parts[:head]) or "")
            kind = _kind(item)
            runs.setdefault(kind, []).append(index)
    close()
    return pads


def _kind(item: Item) -> str:
    word = first_piece(item.parts[0]).text
    if word in ("level", "part") and len(item.parts) > 2:
        return word
    return "attribute" if _is_attribute(item) else "member"


def _is_attribute(item: Item) -> bool:
    parts = item.parts
    return len(parts) > 2 and isinstance(parts[1], Piece) and parts[1].kind == "COLON"


def _head(item: Item) -> int:
    """How many parts are the head that is filled: `name:`, `level name:`, `table`; 0 for none.

    Metadata are no columns: a title may be long.
    """
    parts = item.parts
    word = first_piece(parts[0]).text
    if word in ("level", "part") and len(parts) > 3 and first_piece(parts[2]).kind == "COLON":
        return 3
    if _is_attribute(item):
        return 2 if _is_typed(parts[2]) else 0
    if len(parts) > 1 and isinstance(parts[0], Piece) and parts[0].text in _HEADS:
        second = first_piece(parts[1]).kind
        return 1 if second in ("NAME", "QUOTED_NAME", "LPAR") else 0
    return 0


def _is_typed(part: Part) -> bool:
    """Whether a type or a relation stands here: a word of the language, not a text or a number."""
    return isinstance(part, Piece) and part.kind == "NAME"


# --- lines ------------------------------------------------------------------------------------------


def _line(indent: int) -> str:
    return "\n" + " " * indent


def _comment_behind(piece: Piece) -> str:
    return f" {piece.after}" if piece.after else ""


def _comment_lines(before: Iterable[str], indent: int) -> str:
    """Lines of comments, and blank ones; each begins with the end of the line before."""
    return "".join(_line(indent) + line if line else "\n" for line in before)
