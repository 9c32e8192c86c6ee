"""A list that no definition asks.

Somebody keeps names in it and believes that they count.

## Example
```seg
list partners of customer by customer_id {
  17
  23
}

segment buyers of customer {
  where {
    did purchase
  }
}
```

## Use instead
```seg
list partners of customer by customer_id {
  17
  23
}

segment buyers of customer {
  where {
    did purchase
    not member of partners
  }
}
```

## Fix
None: it may be meant for a segment to come.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG572", "unused-list", "what is declared is used")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.Declaration):
        if isinstance(declaration, tree.ListDecl) and not subject.is_mentioned(name.text):
            yield finding(CODE, f"nothing uses the list `{name.text}`", name.span, "not used")
