"""A lower-case text compared with one that has capitals, or the reverse.

`lower(country) = "PL"` holds for nobody: what `lower` gives has no capitals. The same goes for `trim` and a text with a
space at its end.

## Example
```seg
segment poles of customer {
  where {
    lower(country) = "PL" if known
  }
}
```

## Use instead
```seg
segment poles of customer {
  where {
    country = "PL" ignoring case
  }
}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.places import unnamed
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.model.casing import lower, upper
from segql.model.nodes import Value

CODE = advice("SEG553", "case-never-matches", "a text is compared with what it can be")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for _, leaf in subject.model_nodes(nodes.Compare):
        if leaf.operator in ("=", "!="):
            yield from _told(leaf.left, leaf.right)
            yield from _told(leaf.right, leaf.left)
    for _, among in subject.model_nodes(nodes.InSet):
        for item in among.items:
            yield from _told(among.value, item)
    for _, test in subject.model_nodes(nodes.TextTest):
        if test.test != "matches":
            yield from _told(test.value, test.pattern)


def _told(value: Value, text: Value) -> Iterator[Diagnostic]:
    call = unnamed(value)
    if not isinstance(call, nodes.Function) or not isinstance(text, nodes.Const):
        return
    if call.name not in ("lower", "upper") or not isinstance(text.value, str):
        return
    if {"lower": lower, "upper": upper}[call.name](text.value) != text.value:
        yield finding(
            CODE,
            f"`{call.name}(…)` is never this text",
            text.span,
            f"not what `{call.name}` gives",
            helps=["`… ignoring case` behind the comparison does not mind the case"],
        )
