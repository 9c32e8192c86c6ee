"""A title or name that says another number of days, weeks, months or years than the conditions do.

The window was changed and the title was not. Whoever chooses the audience by its title believes the title.

## Example
```seg
segment silent_for_90_days of customer {
  where {
    did not purchase in last 60 days
  }
}
```

## Use instead
```seg
segment silent_for_90_days of customer {
  where {
    did not purchase in last 90 days
  }
}
```

It looks at the segment and at all that it rests on, and finds something only where these speak of the same unit and
nowhere of that number.

## Fix
None: either of the two may be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG512", "title-differs", "a title says what the conditions say")

_LENGTH = re.compile(
    r"(?<![\d.,])(?P<count>\d+)[ _](?P<unit>second|minute|hour|day|week|month|quarter|year)s?(?![a-z])",
    re.I | re.ASCII,
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    lengths: dict[str, set[tuple[int, str]]] = {}
    numbers: dict[str, set[Decimal]] = {}
    for at in subject.nodes(tree.Rolling, tree.Calendar, tree.Duration, tree.Regularity):
        node, name = at.node, at.declaration.name
        if name and isinstance(
            node, tree.Rolling | tree.Calendar | tree.Duration | tree.Regularity
        ):
            lengths.setdefault(name.text, set()).add((node.count, node.unit))
    for at in subject.nodes(tree.Number):
        if at.declaration.name and isinstance(at.node, tree.Number):
            numbers.setdefault(at.declaration.name.text, set()).add(at.node.value)
    for name, declaration in subject.declared(tree.SegmentDecl):
        rests_on = tuple(subject.model.depends_on(name.text))
        said = {length for part in rests_on for length in lengths.get(part, ())}
        compared = {number for part in rests_on for number in numbers.get(part, ())}
        for place, text in _texts(subject, name, declaration):
            for length in _LENGTH.finditer(text):
                count, unit = int(length["count"]), length["unit"].lower()
                others = sorted(c for c, u in said if u == unit)
                if others and count not in others and Decimal(count) not in compared:
                    listed = ", ".join(str(other) for other in others)
                    yield finding(
                        CODE,
                        f"`{length[0].replace('_', ' ')}` stands in no condition",
                        place,
                        f"the conditions speak of {listed} {unit}s",
                    )


def _texts(
    subject: Subject, name: tree.Name, declaration: tree.SegmentDecl
) -> Iterator[tuple[Span, str]]:
    yield name.span, name.text
    for meta in declaration.metadata:
        if meta.key.text == "title" and not meta.custom:
            yield meta.span, subject.text(meta.span)
