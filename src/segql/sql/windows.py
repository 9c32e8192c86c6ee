"""Window functions, in the forms that every dialect documents and answers in linear time behind one sort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from sqlglot import exp

from segql.sql import build as b
from segql.sql.build import Expr

Frame = Literal["before", "behind", ""]
"""`before`: all rows up to those with this row's place, these too; `behind`: from those on."""


def over(
    call: Expr,
    partition: Sequence[Expr],
    order: Sequence[tuple[Expr, bool]],
    frame: Frame = "",
) -> exp.Window:
    """`call OVER (PARTITION BY … ORDER BY … RANGE …)`. `order`: things, and whether descending; nothing in it is NULL.

    What lies behind is what comes first in the other direction: a frame whose start moves would make Postgres
    aggregate anew for each row.
    """
    spec = None
    if frame:
        spec = exp.WindowSpec(
            kind="RANGE", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
        )
    directions = [(item, down != (frame == "behind")) for item, down in order]
    return exp.Window(
        this=call,
        partition_by=list(partition),
        order=b.order_by(directions) if directions else None,
        spec=spec,
    )


def ascending(items: Iterable[Expr]) -> list[tuple[Expr, bool]]:
    return [(item, False) for item in items]
