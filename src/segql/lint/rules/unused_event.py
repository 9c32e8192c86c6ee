"""An event that no definition asks.

A model that describes more than is asked is slower to read. Where an event was made by cutting or joining others, a
definition that was to ask it may ask the other one.

## Example
```seg
event paid_purchase of customer is purchase where { status = "paid" }

segment buyers of customer {
  where {
    did purchase
  }
}
```

## Use instead
```seg
event paid_purchase of customer is purchase where { status = "paid" }

segment buyers of customer {
  where {
    did paid_purchase
  }
}
```

It looks at events that are a subset, a union or groups of others; an event over a table describes the data.

## Fix
None: it may be meant for a segment to come.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG571", "unused-event", "what is declared is used")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.Declaration):
        if isinstance(
            declaration, tree.EventSubset | tree.EventUnion | tree.EventGroups
        ) and not subject.is_mentioned(name.text):
            yield finding(CODE, f"nothing uses the event `{name.text}`", name.span, "not used")
