"""`did … at least 1 time`, which is `did …`.

A number in a condition says that the number matters. One is what `did` means.

## Example
```seg
segment buyers of customer {
  where {
    did purchase at least 1 time in last 90 days
  }
}
```

## Use instead
```seg
segment buyers of customer {
  where {
    did purchase in last 90 days
  }
}
```

## Fix
Safe: both hold for the same people.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Edit, Fix
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG542", "at-least-once", "`did` means at least once")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Did, tree.Has):
        node = at.node
        assert isinstance(node, tree.Did | tree.Has)
        if node.times is None or node.negated or node.times.low != 1 or node.times.high is not None:
            continue
        times = node.times.span
        text = subject.sources[times.file].text
        end = times.end
        while end < len(text) and text[end] == " ":
            end += 1
        start = times.start
        if end == times.end:  # nothing behind it on the line
            while text[start - 1] == " ":
                start -= 1
        word = "did" if isinstance(node, tree.Did) else "has"
        yield finding(
            CODE,
            f"`{word}` alone means at least once",
            times,
            "says nothing more",
            helps=[Fix("leave it out", (Edit(Span(times.file, start, end), ""),), safe=True)],
        )
