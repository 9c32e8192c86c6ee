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
    counted = {node.span for _, node in subject.model_nodes(nodes.Aggregate)}  # not those of lists
    for at in subject.nodes(tree.Compare):
        node = at.node
        assert isinstance(node, tree.Compare)
        if not isinstance(node.left, tree.Aggregate) or not isinstance(node.right, tree.Number):
            continue
        asked = (node.operator, node.right.value)
        if node.left.function.text != "count" or not (asked in _SOME or asked in _NONE):
            continue
        argument = node.left.argument
        if node.left.span not in counted or not isinstance(argument, tree.Path):
            continue
        what = subject.text(argument.span)
        positive = asked in _SOME
        events = len(argument.parts) == 1 and isinstance(
            subject.model.sources.get(argument.parts[0].text), nodes.Event
        )
        words = _words(events, positive)
        helps: list[Fix | str] = [f"write `{words} {what}`"]
        if events:
            inside = subject.text(_inside(node.left))
            helps = [
                replacing(node.span, f"{words} {inside}", safe=True, text=f"write `{words} {what}`")
            ]
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


def _inside(call: tree.Aggregate) -> Span:
    """What stands between the parentheses of the call."""
    start = call.argument.span.start
    return Span(call.span.file, start, call.span.end - 1)
