"""A segmentation that does not end with `otherwise`.

Whoever meets no level is in none: missing from every count, chart and export, without a name to ask for. A last level
for the rest makes them visible, and the levels add up to everybody. Levels that leave nobody out, such as
`did purchase` and `did not purchase`, need none.

## Example
```seg
segmentation lifecycle of customer {
  level active:  did purchase in last 90 days
  level lapsing: did purchase in last 365 days
}
```

## Use instead
```seg
segmentation lifecycle of customer {
  level active:  did purchase in last 90 days
  level lapsing: did purchase in last 365 days
  level rest:    otherwise
}
```

## Fix
None: only the author can name them.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.syntax import tree

CODE = advice("SEG531", "without-otherwise", "everybody is in a level")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.SegmentationDecl):
        if not declaration.levels or declaration.levels[-1].block is None:
            continue
        whole = subject.model.segmentations.get(name.text)
        asked = [level.own for level in whole.levels if level.own is not None] if whole else []
        everybody = nodes.Any(name.span, tuple(asked))
        if not asked or not subject.reasoner.is_always(everybody):
            yield finding(
                CODE,
                f"whoever meets no level of `{name.text}` is in none",
                declaration.levels[-1].name.span,
                "the last level",
                helps=["end it with a level for the others: `level NAME: otherwise`"],
            )
