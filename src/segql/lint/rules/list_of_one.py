"""`in` with a single value.

`country in ("PL")` is `country = "PL"`. The list promises more than one.

## Example
```seg
segment poles of customer {
  where {
    country in ("PL")
  }
}
```

## Use instead
```seg
segment poles of customer {
  where {
    country = "PL"
  }
}
```

## Fix
Safe: both hold for the same people.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Fix
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG544", "list-of-one", "`in` is for several values")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.InList):
        node = at.node
        assert isinstance(node, tree.InList)
        if len(node.items) != 1 or isinstance(node.items[0], tree.Path):
            continue
        operator = "!=" if node.negated else "="
        item = node.items[0]
        text = subject.sources[node.span.file].text
        end = text.find(")", item.span.end) + 1
        between = text[node.value.span.end : item.span.start]
        helps: list[Fix | str] = [f"write `{operator}`"]
        if end and "\n" not in between and "#" not in between:
            place = Span(node.span.file, node.value.span.end, end)
            new = f" {operator} {subject.text(item.span)}"
            helps = [replacing(place, new, safe=True, text=f"write `{operator}`")]
        yield finding(
            CODE, f"`in` with one value is `{operator}`", node.span, "one value", helps=helps
        )
