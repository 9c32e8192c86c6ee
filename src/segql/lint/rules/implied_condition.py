"""A condition that says nothing beside its neighbour.

Of two lines of a `where`, one holds wherever the other does, so only the stricter one counts; of two alternatives in
`any`, only the wider one does. Whoever changes the idle line wonders why nothing happens, and often the stricter
line was meant to replace it.

## Example
```seg
segment regular_buyers of customer {
  where {
    did purchase in last 90 days
    did purchase at least 3 times in last 30 days
  }
}
```

## Use instead
```seg
segment regular_buyers of customer {
  where {
    did purchase at least 3 times in last 30 days
  }
}
```

## Fix
Unsafe: the members stay the same, but perhaps the other line is the one to go.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.groups import Group
from segql.lint.reason import Reasoner
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.model.nodes import Condition

CODE = advice("SEG524", "implied-condition", "each condition of a block counts")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for group in subject.together:
        for idle, by in _idle(subject.reasoner, group):
            yield _told(subject, idle, by, "holds for whoever meets the other condition")
    for group in subject.alternatives:
        for by, idle in _idle(subject.reasoner, group):
            yield _told(subject, idle, by, "adds nobody to the other condition")


def _idle(reasoner: Reasoner, group: Group) -> Iterator[tuple[Condition, Condition]]:
    """Each condition that follows from another one, with that one; what other rules tell is left to them."""
    for left, right in group.pairs:
        if left == right or reasoner.contradict(left, right):
            continue
        if isinstance(left, nodes.IsKnown) or isinstance(right, nodes.IsKnown):
            continue  # says what is meant, and answers the checker's question
        if any(reasoner.is_never(item) or reasoner.is_always(item) for item in (left, right)):
            continue
        if reasoner.implies(left, right):
            yield right, left
        elif reasoner.implies(right, left):
            yield left, right


def _told(subject: Subject, idle: Condition, by: Condition, message: str) -> Diagnostic:
    what = "part of this segment" if isinstance(by, nodes.MemberOf) else "this one says as much"
    removal = subject.removal(idle.span)
    return finding(
        CODE,
        f"this condition {message}",
        idle.span,
        "says nothing more",
        more=[Label(by.span, what)],
        helps=[removal] if removal else [],
    )
