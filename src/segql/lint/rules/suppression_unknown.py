"""A comment `# segql: …` that ignores nothing, because there is no such rule or it is an error.

A misspelt rule leaves the finding, or, where the rule was renamed, a comment that seems to allow something. Errors
cannot be ignored: what they stand for has no meaning.

## Example
```seg
segment poles of customer {
  where {
    country = "PL" # segql: ignore[raw-sq] from the old query
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
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice
from segql.lint.subject import Subject

CODE = advice("SEG592", "unknown-suppression", "a comment ignores rules that there are")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """`segql.lint.judge` finds it, where it reads the comments."""
    yield from ()
