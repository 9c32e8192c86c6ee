"""Two parsers that know Snowflake and share nothing with sqlglot: sqloxide (sqlparser-rs) and sqlfluff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import sqloxide

from tests.snowflake.statements import Statement
from tests.snowflake.tokens import shape


class Gap(NamedTuple):
    """Something that Snowflake has and a parser does not know yet."""

    parser: str
    example: str
    """A short statement that the parser refuses; the gap must go once it does not."""
    holds: Callable[[str], bool]
    """Whether a statement has it."""
    page: str


GAPS: Sequence[Gap] = ()
"""None are known: both parsers read all that is emitted."""


def sqloxide_fault(text: str) -> str:
    """What sqloxide has against a statement; the empty text where it reads it."""
    try:
        sqloxide.parse_sql(text, "snowflake")
    except ValueError as error:
        return str(error)
    return ""


@lru_cache(maxsize=1)
def _sqlfluff() -> Any:
    from sqlfluff.core import FluffConfig, Linter

    unlimited = {"max_parse_depth": 0, "max_parse_nodes": 0}
    return Linter(FluffConfig(overrides={"dialect": "snowflake", "templater": "raw", **unlimited}))


def sqlfluff_fault(text: str) -> str:
    """What sqlfluff has against a statement; the empty text where it reads all of it.

    It takes a millisecond for a token, in long statements as in short ones, and a quarter of that with its own parser
    in Rust, which it uses where the package `sqlfluffrs` is installed.
    """
    read = _sqlfluff().parse_string(text)
    if not read.violations:
        return ""
    tree = read.root_variant().tree if read.root_variant() else None
    part = next(tree.recursive_crawl("unparsable"), None) if tree else None
    if part is None:
        return str(read.violations[0].desc())
    return f"cannot read `{' '.join(shape(part.raw)[:12])}`"


PARSERS: dict[str, Callable[[str], str]] = {
    "sqloxide": sqloxide_fault,
    "sqlfluff": sqlfluff_fault,
}


def faults(
    parser: str, statements: Sequence[Statement], processes: int = 1
) -> list[tuple[str, str]]:
    """What a parser has against the statements, but for its known gaps: places and its words."""
    known = [gap for gap in GAPS if gap.parser == parser]
    asked = [one for one in statements if not any(gap.holds(one.text) for gap in known)]
    texts = [one.text for one in asked]
    if processes == 1:
        said = [PARSERS[parser](text) for text in texts]
    else:
        with ProcessPoolExecutor(processes) as pool:
            said = list(pool.map(PARSERS[parser], texts, chunksize=4))
    return [(one.place, fault) for one, fault in zip(asked, said, strict=True) if fault]


def covering(statements: Iterable[Statement], length: int = 3) -> list[Statement]:
    """Few and short statements that hold every run of `length` tokens that all of them hold, in the order given."""
    by_shape: dict[tuple[str, ...], Statement] = {}
    for one in statements:
        by_shape.setdefault(shape(one.text), one)
    runs = [set(zip(*(key[i:] for i in range(length)), strict=False)) for key in by_shape]
    left = set().union(*runs)
    best = [(-len(run) / len(key), place) for place, (run, key) in enumerate(zip(runs, by_shape, strict=True))]  # fmt: skip
    heapify(best)
    chosen = []
    lengths = [len(key) for key in by_shape]
    while left:
        _, place = heappop(best)
        gain = -len(runs[place] & left) / lengths[place]
        if gain and best and gain > best[0][0]:
            heappush(best, (gain, place))
        elif gain:
            chosen.append(place)
            left -= runs[place]
    listed = list(by_shape.values())
    return [listed[place] for place in sorted(chosen)]
