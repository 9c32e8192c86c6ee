"""A count compared with zero or one to ask whether something happened.

`count(purchase) > 0` is the question `did purchase`, said in a roundabout way; `= 0` is `did not purchase`. The direct
form is how people say it, and a database can stop at the first row.

## Example
```seg
segment buyers of customer {
  where {
    count(purchase in last 90 days where { status = "paid" }) > 0
  }
}
```

## Use instead
```seg
segment buyers of customer {
  where {
    did purchase in last 90 days where { status = "paid" }
  }
}
```

## Fix
Safe: both forms hold for the same people.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from segql.diagnostics import Diagnostic, Fix
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.model import nodes
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG543", "count-with-zero", "`did` and `did not` ask whether something happened")

_SOME = {(">", Decimal(0)), (">=", Decimal(1)), ("!=", Decimal(0))}
_NONE = {("=", Decimal(0)), ("<=", Decimal(0)), ("<", Decimal(1))}


def check(subject: Subject) -> Iterator[Diagnostic]:
    searches = {node.span: node.search for _, node in subject.model_nodes(nodes.Aggregate)}
    for at in subject.nodes(tree.Compare):
        node = at.node
        assert isinstance(node, tree.Compare)
        if not isinstance(node.left, tree.Aggregate) or not isinstance(node.right, tree.Number):
            continue
        asked = (node.operator, node.right.value)
        if node.left.function.text != "count" or not (asked in _SOME or asked in _NONE):
            continue
        search = searches.get(node.left.span)  # none: it counts a list
        if search is None or not isinstance(node.left.argument, tree.Path):
            continue
        what, positive = subject.text(node.left.argument.span), asked in _SOME
        words = _words(isinstance(search.source, nodes.Event), positive)
        words_to_write = f"write `{words} {what}`"
        inside = _inside(subject, node.left)
        helps: list[Fix | str] = [words_to_write]
        if inside is not None:
            helps = [replacing(node.span, f"{words} {inside}", safe=True, text=words_to_write)]
        yield finding(
            CODE,
            f"a count that asks whether there is {'any' if positive else 'no'} `{what}`",
            node.span,
            "compared with " + subject.text(node.right.span),
            helps=helps,
        )


def _words(events: bool, positive: bool) -> str:
    if events:
        return "did" if positive else "did not"
    return "has" if positive else "has no"


def _inside(subject: Subject, call: tree.Aggregate) -> str | None:
    """What stands between the parentheses of the call; None where it is not one line up to its `where`."""
    span = call.span
    end = call.where.span.start if call.where is not None else span.end - 1
    if "\n" in subject.text(Span(span.file, call.argument.span.start, end)).strip():
        return None
    return subject.text(Span(span.file, call.argument.span.start, span.end - 1)).strip()
