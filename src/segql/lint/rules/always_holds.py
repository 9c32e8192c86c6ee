"""A condition that everybody meets.

It leaves nobody out, so those whom it was meant to leave out are in. Often the comparison is turned round, or the
smallest value of an ordered enum is compared with `>=`.

## Example
```seg
segment paying of customer {
  where {
    email_opt_in
    plan >= "free"
    count(visit) >= 0
  }
}
```

## Use instead
```seg
segment paying of customer {
  where {
    email_opt_in
    plan > "free"
    count(visit) > 3
  }
}
```

## Fix
None: the line does nothing, and what it was meant to do cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.groups import is_negative
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes

CODE = advice("SEG522", "always-holds", "a condition leaves somebody out")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for group in (*subject.together, *subject.alternatives):
        for item in group.items:
            if isinstance(item, nodes.Any) and all(map(is_negative, item.items)):
                continue  # or-of-negations tells it
            if subject.reasoner.is_always(item):
                yield finding(CODE, "everybody meets this condition", item.span, "always holds")
