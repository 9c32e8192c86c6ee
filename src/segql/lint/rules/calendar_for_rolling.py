"""A calendar window under a title that counts days.

"Bought in the last 30 days" is read as the 30 days up to now. `last full month` ends where this month begins: on the
20th it leaves out whoever bought this month, and takes in purchases that are seven weeks old.

## Example
```seg
segment buyers of customer {
  title: "Bought in the last 30 days"

  where {
    did purchase in last full month
  }
}
```

## Use instead
```seg
segment buyers of customer {
  title: "Bought in the last 30 days"

  where {
    did purchase in last 30 days
  }
}
```

## Fix
Unsafe: other people are in it. Perhaps the title is to be changed instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG511", "calendar-for-rolling", "what is called a number of days is one")

_DAYS = re.compile(r"\b(?:last|past|previous) (?P<count>\d+) days\b", re.I | re.ASCII)


def check(subject: Subject) -> Iterator[Diagnostic]:
    rolling = {at.declaration.span for at in subject.nodes(tree.Rolling, tree.Duration)}
    titles = {
        at.declaration.span: at.node
        for at in subject.nodes(tree.Meta)
        if isinstance(at.node, tree.Meta) and at.node.key.text == "title" and not at.node.custom
    }
    for at in subject.nodes(tree.Calendar):
        title = titles.get(at.declaration.span)
        days = _DAYS.search(subject.text(title.span)) if title else None
        if title is None or days is None or at.declaration.span in rolling:
            continue
        yield finding(
            CODE,
            f"the title speaks of {days['count']} days, the window is a calendar period",
            at.node.span,
            "ends with the calendar period",
            more=[Label(title.span, f"says `{days[0]}`")],
            helps=[replacing(at.node.span, f"last {int(days['count'])} days", safe=False)],
        )
