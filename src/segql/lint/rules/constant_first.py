"""A constant on the left of a comparison.

`100 <= points` has to be turned round in the head before it says something of the points.

## Example
```seg
segment collectors of customer {
  where {
    100 <= points
  }
}
```

## Use instead
```seg
segment collectors of customer {
  where {
    points >= 100
  }
}
```

## Fix
Safe: both hold for the same people.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG547", "constant-first", "a comparison begins with what it is about")

_LITERALS = (tree.Number, tree.Percent, tree.Text, tree.Date, tree.Timestamp, tree.Bool)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Compare):
        node = at.node
        assert isinstance(node, tree.Compare)
        if not isinstance(node.left, _LITERALS) or isinstance(node.right, _LITERALS):
            continue
        operator = _MIRRORED.get(node.operator, node.operator)
        left, right = subject.text(node.left.span), subject.text(node.right.span)
        case = " ignoring case" if node.ignoring_case else ""
        yield finding(
            CODE,
            "the constant stands before what it is compared with",
            node.left.span,
            "a constant",
            helps=[replacing(node.span, f"{right} {operator} {left}{case}", safe=True)],
        )
