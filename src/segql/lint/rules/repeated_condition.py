"""The same condition twice in one block.

One of the two was copied and not changed, or it is simply superfluous.

## Example
```seg
segment polish_readers of customer {
  where {
    email_opt_in
    country = "PL"
    email_opt_in
  }
}
```

## Use instead
```seg
segment polish_readers of customer {
  where {
    email_opt_in
    country = "PL"
  }
}
```

## Fix
Safe: it removes the second one, where it has a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject

CODE = advice("SEG523", "repeated-condition", "a block says a thing once")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for group in (*subject.together, *subject.alternatives):
        for left, right in group.pairs:
            if left == right and left.span != right.span:
                removal = subject.removal(right.span)
                yield finding(
                    CODE,
                    "this condition stands here twice",
                    right.span,
                    "again",
                    more=[Label(left.span, "first here")],
                    helps=[replace(removal, safe=True)] if removal else [],
                )
