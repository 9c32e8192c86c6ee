"""A trait that no definition uses.

It costs every reader the question where it counts, and it is kept up to date for nobody. A trait that was to be used
and is not is worse: the segment says something else.

## Example
```seg
trait spend of customer = sum(purchase.amount where { currency = "EUR" })

segment big_spenders of customer {
  where {
    sum(purchase.amount where { currency = "PLN" }) > 1_000
  }
}
```

## Use instead
```seg
trait spend of customer = sum(purchase.amount where { currency = "EUR" })

segment big_spenders of customer {
  where {
    spend > 1_000
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

CODE = advice("SEG570", "unused-trait", "what is declared is used")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.Declaration):
        if isinstance(declaration, tree.TraitDecl) and not subject.is_mentioned(name.text):
            yield finding(CODE, f"nothing uses the trait `{name.text}`", name.span, "not used")
