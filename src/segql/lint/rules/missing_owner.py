"""A segment, segmentation or split without `owner`.

Segments outlive the campaigns they were made for. Who may change or remove one is asked years later, when nobody
remembers.

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
  owner: "crm@shop.example"

  where {
    did purchase
  }
}
```

This rule applies where it is selected: `select = ["default", "missing-owner"]`.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, missing
from segql.lint.subject import Subject

CODE = advice("SEG503", "missing-owner", "a segment has an owner")


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from missing(subject, CODE, "owner")
