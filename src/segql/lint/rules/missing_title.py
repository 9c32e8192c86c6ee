"""A segment, segmentation or split without `title`.

The title is what people see in lists, previews and exports; without it they see the name that was made for the code.

## Example
```seg
segment buyers of customer {
  owner: "crm@shop.example"

  where {
    did purchase
  }
}
```

## Use instead
```seg
segment buyers of customer {
  title: "Everybody who ever bought"
  owner: "crm@shop.example"

  where {
    did purchase
  }
}
```

This rule applies where it is selected: `select = ["default", "missing-title"]`.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, missing
from segql.lint.subject import Subject

CODE = advice("SEG501", "missing-title", "a segment has a title")


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from missing(subject, CODE, "title")
