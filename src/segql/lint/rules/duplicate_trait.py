"""Two traits that compute the same.

One of them will be changed and the other forgotten, and two segments that speak of "the same" figure differ.

## Example
```seg
trait orders of customer = count(purchase in last 365 days)

trait purchases_of_a_year of customer = count(purchase in last 365 days)

segment regulars of customer {
  where {
    orders >= 3
    purchases_of_a_year < 20
  }
}
```

## Use instead
```seg
trait orders of customer = count(purchase in last 365 days)

segment regulars of customer {
  where {
    orders in 3..19
  }
}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.syntax import tree

CODE = advice("SEG575", "duplicate-trait", "a trait differs from the others")


def check(subject: Subject) -> Iterator[Diagnostic]:
    seen: dict[object, tree.Name] = {}
    for name, _ in subject.declared(tree.TraitDecl):
        trait = subject.model.traits.get(name.text)
        if trait is None or isinstance(trait.value, nodes.Named | nodes.Const):
            continue  # another name for a trait says so itself
        first = seen.setdefault((id(trait.source), trait.value), name)
        if first is not name:
            yield finding(
                CODE,
                f"`{name.text}` computes the same as `{first.text}`",
                name.span,
                "the second",
                more=[Label(first.span, "the first")],
            )
