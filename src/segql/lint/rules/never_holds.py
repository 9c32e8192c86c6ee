"""A condition, or two lines together, that nobody can meet.

The segment is empty, today and for ever, and in a report that looks like a campaign that found nobody. The reasoning is
over ranges, enums, what a function can give (a share is at most 100%, a month at most 12), and searches: who did
something in the last 30 days has done it in the last 90.

## Example
```seg
segment silver_members of customer {
  where {
    points > 500
    points < 100
  }
}

segment born_in_december of customer {
  where {
    month(birth_date) = 13
  }
}

segment quiet_buyers of customer {
  where {
    did purchase in last 30 days
    did not purchase in last 90 days
  }
}
```

## Use instead
```seg
segment silver_members of customer {
  where {
    points in 100..500
  }
}

segment born_in_december of customer {
  where {
    month(birth_date) = 12
  }
}

segment quiet_buyers of customer {
  where {
    did purchase between 90 days ago and 30 days ago
    did not purchase in last 30 days
  }
}
```

## Fix
None: one of the two is not what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject

CODE = advice("SEG521", "never-holds", "somebody can meet the conditions")


def check(subject: Subject) -> Iterator[Diagnostic]:
    reasoner = subject.reasoner
    for group in (*subject.together, *subject.alternatives):
        for item in group.items:
            if reasoner.is_never(item):
                yield finding(CODE, "nobody can meet this condition", item.span, "never holds")
    for group in subject.together:
        for left, right in group.pairs:
            if reasoner.is_never(left) or reasoner.is_never(right):
                continue
            if reasoner.contradict(left, right):
                yield finding(
                    CODE,
                    "nobody can meet both conditions",
                    right.span,
                    "excludes the other",
                    more=[Label(left.span, "this one")],
                )
