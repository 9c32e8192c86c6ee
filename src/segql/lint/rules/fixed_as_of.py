"""Membership as of a date that stands still.

`member of vips as of 2025-01-01` asks a past that never changes. In a segment that is used again and again, the date
was probably "a year ago" on the day when it was written.

## Example
```seg
segment vips of customer {
  where {
    did purchase at least 5 times in last 365 days
  }
}

segment former_vips of customer {
  where {
    member of vips as of 2025-01-01
    not member of vips
  }
}
```

## Use instead
```seg
segment vips of customer {
  where {
    did purchase at least 5 times in last 365 days
  }
}

segment former_vips of customer {
  where {
    member of vips as of 1 year ago
    not member of vips
  }
}
```

## Fix
None: what the date stands for cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG554", "fixed-as-of", "a past moment moves along with the segment")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.MemberOf):
        assert isinstance(at.node, tree.MemberOf)
        moment = at.node.as_of
        if isinstance(moment, tree.Date | tree.Timestamp):
            message = "membership as of a date that stands still"
            yield finding(CODE, message, moment.span, "longer ago each day")
