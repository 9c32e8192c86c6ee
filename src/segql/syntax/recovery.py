"""Goes on behind a fault: the faulty line is left out, and the rest of the declaration read again."""

from __future__ import annotations

from segql.syntax.place import open_brackets
from segql.syntax.scanner import Chunk

#: So many faults are looked for in one declaration.
MAX_FAULTS = 20


def without_line(chunk: Chunk, index: int) -> Chunk | None:
    """The tokens without the line of a block that holds `index`; None where that is not possible."""
    if index >= len(chunk):
        return None
    blocks = [at for at in open_brackets(chunk, index) if chunk.kinds[at] == "LBRACE"]
    while blocks:
        opening = blocks.pop()
        line = _line(chunk, opening, index)
        if line is None:
            return None
        start, end = line
        first, last = start == opening + 1, chunk.kinds[end] == "RBRACE"
        if first and last:
            index = opening  # its only line: leave out the line that holds the block
            continue
        rest = Chunk()
        for at in range(len(chunk)):
            if not (start - (last and not first) <= at < end + (not last)):
                rest.copy(chunk, at)
        return rest
    return None


def _line(chunk: Chunk, opening: int, index: int) -> tuple[int, int] | None:
    """The line `[start, end)` of the block at `opening` that holds `index`."""
    depth, start, at = 0, opening + 1, opening + 1
    while at < len(chunk):
        kind = chunk.kinds[at]
        following = chunk.kinds[at + 1] if at + 1 < len(chunk) else ""
        if depth == 0 and (kind == "RBRACE" or (kind == "_NL" and following != "LBRACE")):
            if at >= index:
                return start, at
            start = at + 1
        if kind in ("LPAR", "LBRACE"):
            depth += 1
        elif kind in ("RPAR", "RBRACE"):
            depth -= 1
            if depth < 0:
                return None
        at += 1
    return None
