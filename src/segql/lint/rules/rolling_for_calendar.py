"""A rolling window under a title that speaks of a calendar period.

"Bought last month" is read as the whole month before this one. `last 1 month` and `last 30 days` run back from the
moment of the query: on 20 March they hold half of February and most of March, so the figure agrees with no report.

## Example
```seg
segment buyers of customer {
  title: "Bought last month"

  where {
    did purchase in last 30 days
  }
}
```

## Use instead
```seg
segment buyers of customer {
  title: "Bought last month"

  where {
    did purchase in last full month
  }
}
```

"In the last month" is read as a rolling window, and is left alone.

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

CODE = advice("SEG510", "rolling-for-calendar", "what is called a calendar period is one")

_PERIOD = re.compile(
    r"(?<!the )(?<!a )\b(?P<which>last|previous|this) (?P<unit>week|month|quarter|year)\b", re.I
)
_LENGTHS = {
    "week": {(7, "day"), (1, "week")},
    "month": {(28, "day"), (30, "day"), (31, "day"), (4, "week"), (1, "month")},
    "quarter": {(90, "day"), (91, "day"), (92, "day"), (3, "month"), (1, "quarter")},
    "year": {(365, "day"), (366, "day"), (52, "week"), (12, "month"), (1, "year")},
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    titles = {
        at.declaration.span: at.node
        for at in subject.nodes(tree.Meta)
        if isinstance(at.node, tree.Meta) and at.node.key.text == "title" and not at.node.custom
    }
    for at in subject.nodes(tree.Rolling):
        window, title = at.node, titles.get(at.declaration.span)
        assert isinstance(window, tree.Rolling)
        if title is None or window.direction != "last":
            continue
        period = _PERIOD.search(subject.text(title.span))
        if period is None or (window.count, window.unit) not in _LENGTHS[period["unit"].lower()]:
            continue
        unit = period["unit"].lower()
        calendar = f"this {unit}" if period["which"].lower() == "this" else f"last full {unit}"
        yield finding(
            CODE,
            f"the title speaks of a calendar {unit}, the window is rolling",
            window.span,
            "runs back from the moment of the query",
            more=[Label(title.span, f"says `{period[0]}`")],
            helps=[replacing(window.span, calendar, safe=False)],
        )
