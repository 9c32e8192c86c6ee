"""Two levels whose ranges share their boundary.

`points in 0..100` and `points in 100..500`: a range includes both ends, so 100 is in both, and the level that stands
first has it. Whoever reads only the second level counts on it too.

## Example
```seg
segmentation worth of customer {
  level low:  points in 0..100
  level high: points in 100..500
  level rest: otherwise
}
```

## Use instead
```seg
segmentation worth of customer {
  level low:  points in 0..99
  level high: points in 100..500
  level rest: otherwise
}
```

## Fix
None: the boundary belongs to one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint import places as p
from segql.lint.rule import advice, finding
from segql.lint.rules.gap_between_levels import ranges_of
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG533", "shared-boundary", "a boundary belongs to one level")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.SegmentationDecl):
        ranges = ranges_of(subject, name, declaration)
        for place, (claim, level) in enumerate(ranges[1:], 1):
            before, other = ranges[place - 1]
            shared = p.only_point(p.intersection(before.places, claim.places))
            if shared is not None:
                yield finding(
                    CODE,
                    f"{shared} is in the ranges of two levels",
                    level.name.span,
                    "includes it",
                    more=[Label(other.name.span, "includes it too")],
                )
