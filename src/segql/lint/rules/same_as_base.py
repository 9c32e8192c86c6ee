"""A segment that is another one and nothing else.

Its only line is `member of BASE`: a second name for the same people. What was to make it different is missing, or
the base can be used as it is.

## Example
```seg
segment buyers of customer {
  where {
    did purchase
  }
}

segment recent_buyers of customer {
  where {
    member of buyers
  }
}
```

## Use instead
```seg
segment buyers of customer {
  where {
    did purchase
  }
}

segment recent_buyers of customer {
  where {
    member of buyers
    did purchase in last 30 days
  }
}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG574", "same-as-base", "a segment adds to what it builds on")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.SegmentDecl):
        items = declaration.where.items
        only = items[0] if len(items) == 1 else None
        if isinstance(only, tree.MemberOf) and not (only.negated or only.relation or only.as_of):
            if len(only.segment) > 1:  # a level or a part, under a name of its own
                continue
            base = only.segment[0].text
            if base not in subject.model.segments:  # its own fault is told
                continue
            if isinstance(subject.declarations.get(base), tree.ListDecl):
                continue  # a list has no title, description and tags of its own
            message = f"`{name.text}` is `{base}` and nothing else"
            yield finding(CODE, message, only.span, "the only condition")
