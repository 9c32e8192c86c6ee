"""A window that begins before the people in the segment can have existed.

Nobody who signed up in the last 30 days can have bought before that. `in last 90 days` beside it is 30 days for them:
`did not purchase in last 90 days`, meant for those who fell asleep, takes in everybody who came yesterday.

## Example
```seg
segment new_and_quiet of customer {
  where {
    signed_up_at in last 30 days
    did not purchase in last 90 days
  }
}
```

## Use instead
```seg
segment new_and_quiet of customer {
  where {
    signed_up_at in last 30 days
    did not purchase
  }
}
```

It looks at the entity's `created` column.

## Fix
None: either window may be the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.groups import parts
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject, walk
from segql.model import nodes
from segql.model.nodes import Condition

CODE = advice("SEG514", "longer-than-tenure", "a window begins when its people exist")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for definition in subject.definitions:
        if definition.kind != "segment":
            continue
        lines = subject.model.segments[definition.name].lines
        found = [(part, line) for line in lines for part in parts(line)]
        tenures = [(tenure, line) for part, line in found if (tenure := _tenure(part))]
        for tenure, of_tenure in tenures:
            for part, line in found:
                if any(subject.reasoner.begins_before(w, tenure) for w in _windows(part)):
                    yield finding(
                        CODE,
                        "this window begins before anybody in the segment existed",
                        line.span,
                        "asks of a time before that",
                        more=[Label(of_tenure.span, "they came in this time")],
                    )


def _tenure(part: Condition) -> nodes.Window | None:
    """The window in which the subject was created, where a condition says it."""
    if not isinstance(part, nodes.InWindow) or part.negated or part.window.start is None:
        return None
    value = part.value
    if not isinstance(value, nodes.Attr) or not isinstance(value.row, nodes.Row):
        return None
    entity = value.row.source
    created = entity.created if isinstance(entity, nodes.Entity) else None
    same = created is not None and value.attribute.storage == created.storage
    return part.window if same else None


def _windows(part: Condition) -> Iterator[nodes.Window]:
    """The windows of the subject's own events that a condition asks about, or computes with."""
    if isinstance(part, nodes.Not):
        part = part.item
    if isinstance(part, nodes.All | nodes.Any | nodes.CountOf):
        return
    for node in walk(part):
        if not isinstance(node, nodes.Exists | nodes.Aggregate):
            continue
        search = node.search
        is_own = isinstance(search.anchor, nodes.Row) and search.anchor.level == 0
        if is_own and search.window is not None and search.window.start is not None:
            yield search.window
