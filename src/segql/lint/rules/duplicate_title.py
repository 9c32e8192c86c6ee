"""Two segments with the same title.

Whoever chooses an audience chooses by the title. Of two that read alike, the wrong one is taken sooner or later.

## Example
```seg
segment buyers of customer {
  title: "Buyers"

  where {
    did purchase
  }
}

segment paying_buyers of customer {
  title: "buyers "

  where {
    did purchase where { status = "paid" }
  }
}
```

## Use instead
```seg
segment buyers of customer {
  title: "Buyers"

  where {
    did purchase
  }
}

segment paying_buyers of customer {
  title: "Buyers who paid"

  where {
    did purchase where { status = "paid" }
  }
}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG504", "duplicate-title", "a title belongs to one segment")


def check(subject: Subject) -> Iterator[Diagnostic]:
    seen: dict[str, tree.Name] = {}
    for name, audience in subject.audiences:
        title = " ".join(audience.title.casefold().split())
        first = seen.setdefault(title, name)
        if title and first is not name:
            yield finding(
                CODE,
                f'`{first.text}` and `{name.text}` have the same title "{audience.title.strip()}"',
                name.span,
                "the second",
                more=[Label(first.span, "the first")],
            )
