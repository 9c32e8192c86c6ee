"""One value compared with one constant after another.

`country = "PL" or country = "DE"` is a list: `country in ("PL", "DE")`. It is shorter, and nobody has to check that it
is the same value each time.

## Example
```seg
segment neighbours of customer {
  where {
    country = "PL" or country = "DE" or country = "CZ"
  }
}
```

## Use instead
```seg
segment neighbours of customer {
  where {
    country in ("PL", "DE", "CZ")
  }
}
```

## Fix
Safe: both hold for the same people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from segql.diagnostics import Diagnostic, Fix
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG545", "chain-of-equals", "a value is compared with several at once by `in`")

_LITERALS = (tree.Number, tree.Text, tree.Percent)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Or, tree.Gather):
        node = at.node
        items: tuple[tree.Condition, ...] = ()
        if isinstance(node, tree.Or):
            items = node.items
        elif isinstance(node, tree.Gather) and node.kind == "any":
            items = node.block.items
        compared = [item for item in items if _is_equality(item)]
        if len(items) < 2 or len(compared) != len(items):
            continue
        values = {subject.text(item.left.span) for item in compared}
        if len(values) != 1 or len({item.ignoring_case for item in compared}) != 1:
            continue
        value = values.pop()
        listed = ", ".join(subject.text(item.right.span) for item in compared)
        case = " ignoring case" if compared[0].ignoring_case else ""
        new = f"{value} in ({listed}){case}"
        helps: list[Fix | str] = [f"write `{new}`"]
        if "#" not in subject.text(node.span) and "\n" not in listed:
            helps = [replacing(node.span, new, safe=True)]
        yield finding(
            CODE, f"`{value}` is compared with one value after another", node.span, "", helps=helps
        )


def _is_equality(item: tree.Condition) -> TypeGuard[tree.Compare]:
    return (
        isinstance(item, tree.Compare)
        and item.operator == "="
        and isinstance(item.left, tree.Path)
        and isinstance(item.right, _LITERALS)
    )
