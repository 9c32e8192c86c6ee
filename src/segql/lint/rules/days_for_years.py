"""Years counted in days.

A year has 365 or 366 days. `days since birth_date >= 6570` is passed some four days before the eighteenth birthday, and
by more the older people are. `years since` counts anniversaries, leap years included.

## Example
```seg
segment adults of customer {
  where {
    days since birth_date >= 6570 if known
  }
}
```

## Use instead
```seg
segment adults of customer {
  where {
    years since birth_date >= 18 if known
  }
}
```

It finds whole multiples of 365 from two years on.

## Fix
Unsafe: people near the boundary change sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG551", "days-for-years", "years are counted as years")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Compare):
        node = at.node
        assert isinstance(node, tree.Compare)
        elapsed, number = node.left, node.right
        if not isinstance(elapsed, tree.Elapsed) or not isinstance(number, tree.Number):
            continue
        if (
            elapsed.unit != "day"
            or number.value < 730
            or number.value % 365
            or node.operator == "="
        ):
            continue
        years = int(number.value // 365)
        start = elapsed.span.start
        edits = (
            Edit(Span(elapsed.span.file, start, start + len("days")), "years"),
            Edit(number.span, str(years)),
        )
        yield finding(
            CODE,
            f"{number.text} days are some days less than {years} years",
            node.span,
            "years counted in days",
            helps=[Fix(f"compare the years with {years}", edits)],
        )
