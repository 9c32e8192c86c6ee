"""A segment, segmentation or split without `description`.

The conditions say who is in; only a sentence says who was meant. A reviewer needs both to see that they are not
the same.

## Example
```seg
segment buyers of customer {
  title: "Buyers"

  where {
    did purchase
  }
}
```

## Use instead
```seg
segment buyers of customer {
  title: "Buyers"
  description: "Everybody with an order, paid or not."

  where {
    did purchase
  }
}
```

This rule applies where it is selected: `select = ["default", "missing-description"]`.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, missing
from segql.lint.subject import Subject

CODE = advice("SEG502", "missing-description", "a segment has a description")


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from missing(subject, CODE, "description")
