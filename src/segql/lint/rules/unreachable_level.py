"""A level of a segmentation that nobody reaches.

The first level that holds takes the person. A level whose people all meet one above it stays empty, most often because
the narrower condition stands below the wider one. A level whose condition nobody meets is reported by `never-holds`.

## Example
```seg
segmentation lifecycle of customer {
  level active: did purchase in last 365 days
  level hot:    did purchase in last 30 days
  level rest:   otherwise
}
```

## Use instead
```seg
segmentation lifecycle of customer {
  level hot:    did purchase in last 30 days
  level active: did purchase in last 365 days
  level rest:   otherwise
}
```

## Fix
None: the order of the levels is the author's.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.model.nodes import Condition
from segql.syntax import tree

CODE = advice("SEG530", "unreachable-level", "somebody is left for each level")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.SegmentationDecl):
        whole = subject.model.segmentations.get(name.text)
        if whole is None or len(whole.levels) != len(declaration.levels):
            continue
        above: list[tuple[Condition, tree.Level]] = []
        for level, written in zip(whole.levels, declaration.levels, strict=True):
            if level.own is None:
                continue
            taker = _taker(subject, level.own, above)
            if taker is not None:
                yield finding(
                    CODE,
                    f"nobody is left for the level `{level.name}`",
                    written.name.span,
                    "stays empty",
                    more=[Label(taker.name.span, "takes everybody who meets it")],
                )
            above.append((level.own, written))


def _taker(
    subject: Subject, own: Condition, above: list[tuple[Condition, tree.Level]]
) -> tree.Level | None:
    """The level above that takes the last of these people."""
    for condition, level in above:
        if subject.reasoner.implies(own, condition):
            return level
    claims = [subject.reasoner.claim(condition) for condition, _ in above]
    mine = subject.reasoner.claim(own)
    if mine is None:
        return None
    taken = [
        condition
        for (condition, _), claim in zip(above, claims, strict=True)
        if claim is not None and claim.value == mine.value
    ]
    together = nodes.Any(own.span, tuple(taken))
    return above[-1][1] if taken and subject.reasoner.covers(own, together) else None
