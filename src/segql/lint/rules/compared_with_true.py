"""A bool compared with `true`.

`email_opt_in = true` is `email_opt_in`: a bool is a condition already.

## Example
```seg
segment readers of customer {
  where {
    email_opt_in = true
  }
}
```

## Use instead
```seg
segment readers of customer {
  where {
    email_opt_in
  }
}
```

`= false` is left alone: for a bool that may be unknown, it is not the same as `not`.

## Fix
Safe: both hold for the same people.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG546", "compared-with-true", "a bool is a condition by itself")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Compare):
        node = at.node
        assert isinstance(node, tree.Compare)
        said = (node.operator, node.right.value if isinstance(node.right, tree.Bool) else None)
        if said in (("=", True), ("!=", False)) and isinstance(node.left, tree.Path):
            value = subject.text(node.left.span)
            yield finding(
                CODE,
                f"`{value}` is a condition by itself",
                node.span,
                f"compared with `{subject.text(node.right.span)}`",
                helps=[replacing(node.span, value, safe=True)],
            )
