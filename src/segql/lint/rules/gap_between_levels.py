"""Levels that cut one value into ranges and leave out values in between.

`points in 1..10` and `points in 20..50`: whoever has 15 points falls through to `otherwise`, or out. It is hard to see
in a list of ranges, and nothing but a strangely large rest shows it later. Where the ranges leave nothing else to
`otherwise`, as `points < 5` and `points >= 10` do, it is the level in the middle, and is not told.

## Example
```seg
segmentation worth of customer {
  level low:  points in 1..10
  level high: points > 20
  level rest: otherwise
}
```

## Use instead
```seg
segmentation worth of customer {
  level low:  points in 1..20
  level high: points > 20
  level rest: otherwise
}
```

## Fix
None: the gap belongs to one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from segql.diagnostics import Diagnostic, Label
from segql.lint import places as p
from segql.lint.claims import Claim
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG532", "gap-between-levels", "ranges of levels meet")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, declaration in subject.declared(tree.SegmentationDecl):
        ranges = ranges_of(subject, name, declaration)
        if declaration.levels[-1].block is None and _is_the_middle(ranges):
            continue
        for place, (claim, level) in enumerate(ranges[1:], 1):
            before, other = ranges[place - 1]
            if not p.touch(before.places, claim.places):
                yield finding(
                    CODE,
                    f"values between the levels `{other.name.text}` and `{level.name.text}` are in neither",
                    level.name.span,
                    "begins or ends apart from",
                    more=[Label(other.name.span, "this one")],
                )


def _is_the_middle(ranges: list[tuple[Claim, tree.Level]]) -> bool:
    """Whether `otherwise` is all that lies between two ranges, of more than one value."""
    edges = [(low.places[-1][1], high.places[0][0]) for (low, _), (high, _) in pairwise(ranges)]
    gaps = [p.stretch(*edge) for edge in edges if edge[0] < edge[1]]
    if len(gaps) != 1 or p.only_point(gaps[0]) is not None:
        return False
    return ranges[0][0].places[0][0] == p.LOWEST and ranges[-1][0].places[-1][1] == p.HIGHEST


def ranges_of(
    subject: Subject, name: tree.Name, declaration: tree.SegmentationDecl
) -> list[tuple[Claim, tree.Level]]:
    """The levels in the order of their values, if each but `otherwise` is one range of one numeric value."""
    whole = subject.model.segmentations.get(name.text)
    if whole is None or len(whole.levels) != len(declaration.levels):
        return []
    found: list[tuple[Claim, tree.Level]] = []
    for level, written in zip(whole.levels, declaration.levels, strict=True):
        if level.own is None:
            continue
        claim = subject.reasoner.claim(level.own)
        if (
            claim is None
            or len(claim.places) != 1
            or claim.value.type.name not in ("int", "decimal")
        ):
            return []
        if found and claim.value != found[0][0].value:
            return []
        found.append((claim, written))
    return sorted(found, key=lambda item: item[0].places)
