"""A float compared with a decimal fraction that no float can be.

0.1 has no exact form as a binary fraction, and a sum of tenths misses it by a hair, on one engine above and on another
below. Whether a value that "is" 0.1 meets `>= 0.1` is chance. A declared `decimal` compares exactly; halves, quarters
and whole numbers are exact as floats too.

## Example
```seg
segment promising of customer {
  where {
    score >= 0.7 if known
  }
}
```

## Use instead
```seg
segment promising of customer {
  where {
    score >= 0.75 if known
  }
}
```

Better: declare the attribute as `decimal(5, 2)` where that is what the column means.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.model.nodes import Value

CODE = advice("SEG550", "float-boundary", "a boundary that decides is exact")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for _, leaf in subject.model_nodes(nodes.Compare):
        if leaf.operator in ("<=", ">="):
            yield from _told(leaf.left, leaf.right)
            yield from _told(leaf.right, leaf.left)
    for _, between in subject.model_nodes(nodes.InRange):
        yield from _told(between.value, between.low)
        yield from _told(between.value, between.high)


def _told(value: Value, bound: Value) -> Iterator[Diagnostic]:
    if value.type.name != "float" or not isinstance(bound, nodes.Const):
        return
    if isinstance(bound.value, Decimal) and Decimal(float(bound.value)) != bound.value:
        yield finding(
            CODE,
            f"no float is exactly {bound.value}",
            bound.span,
            "compared with a float, including this value",
            helps=["declare the attribute as a decimal, or compare with `<` or `>`"],
        )
