"""Window functions, in the forms that every dialect documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

from segql.sql import build as b
from segql.sql.build import Expr

Frame = Literal["before", "behind", ""]
"""`before`: all rows up to those with this row's place, these too; `behind`: from those on."""


def over(
    call: Expr, partition: Sequence[Expr], order: Sequence[Expr], frame: Frame = ""
) -> exp.Window:
    """`call OVER (PARTITION BY … ORDER BY … RANGE …)`. Nothing in `order` is NULL."""
    return exp.Window(
        this=call,
        partition_by=list(partition),
        order=b.order_by([(item, False) for item in order]) if order else None,
        spec=_spec(frame),
    )


def _spec(frame: Frame) -> exp.WindowSpec | None:
    if frame == "before":
        return exp.WindowSpec(
            kind="RANGE", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
        )
    if frame == "behind":
        return exp.WindowSpec(
            kind="RANGE", start="CURRENT ROW", end="UNBOUNDED", end_side="FOLLOWING"
        )
    return None
