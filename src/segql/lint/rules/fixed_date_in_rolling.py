"""A date that stands still beside windows that move.

`since 2024-01-01` beside `in last 30 days` grows by a day each day, so the two mean something else each time the
segment is used. Somebody wrote "this year" or "since the relaunch" as a date; the first has a form that moves along.

## Example
```seg
segment active_newcomers of customer {
  where {
    signed_up_at since 2026-01-01
    did visit in last 30 days
  }
}
```

## Use instead
```seg
segment active_newcomers of customer {
  where {
    signed_up_at in this year
    did visit in last 30 days
  }
}
```

This rule applies where it is selected: `select = ["default", "fixed-date-in-rolling"]`.

## Fix
None: what the date stands for cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG513", "fixed-date-in-rolling", "the bounds of a segment move together")


def check(subject: Subject) -> Iterator[Diagnostic]:
    moving: dict[Span, tree.Node] = {}
    for at in subject.nodes(tree.Rolling, tree.Calendar):
        moving.setdefault(at.declaration.span, at.node)
    for at in subject.nodes(tree.Since, tree.After):
        assert isinstance(at.node, tree.Since | tree.After)
        other = moving.get(at.declaration.span)
        if other is None or not isinstance(
            at.declaration, tree.SegmentDecl | tree.SegmentationDecl
        ):
            continue
        if isinstance(at.node.start, tree.Date | tree.Timestamp):
            yield finding(
                CODE,
                "a date that stands still, beside a window that moves",
                at.node.start.span,
                "longer ago each day",
                more=[Label(other.span, "moves along")],
            )
