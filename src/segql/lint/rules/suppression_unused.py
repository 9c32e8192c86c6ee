"""A comment that ignores a rule which finds nothing there.

The comment stays behind when what it was about is mended, and would hide the next fault of that kind. It is found only
where the project has no errors, since a rule is silent about what could not be read.

## Example
```seg
segment poles of customer {
  where {
    country = "PL" # segql: ignore[SEG543] asked by the board
  }
}
```

## Use instead
```seg
segment poles of customer {
  where {
    country = "PL"
  }
}
```

## Fix
Safe: it removes the rule from the comment, or the comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice
from segql.lint.subject import Subject

CODE = advice("SEG590", "unused-suppression", "a comment ignores what is found there")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """`segql.lint.judge` finds it, once all other rules have been asked."""
    yield from ()
