"""A comment that ignores a finding and does not say why.

Whoever reads it later cannot tell whether the finding was looked at or only silenced, and whether the reason still
holds.

## Example
```seg
segment polish_mail of customer {
  where {
    sql "email like '%.pl'" # segql: ignore[raw-sql]
  }
}
```

## Use instead
```seg
segment polish_mail of customer {
  where {
    sql "email like '%.pl'" # segql: ignore[raw-sql] kept to compare with the old query
  }
}
```

## Fix
None: only who wrote it knows the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice
from segql.lint.subject import Subject

CODE = advice("SEG591", "suppression-without-reason", "a comment that ignores a rule says why")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """`segql.lint.judge` finds it, where it reads the comments."""
    yield from ()
