"""A block that changes nothing: `any` of one condition, `all` among conditions that must all hold.

The reader looks for the alternatives and finds none; often there were some once.

## Example
```seg
segment readers of customer {
  where {
    any {
      email_opt_in
    }
    points > 3
  }
}
```

## Use instead
```seg
segment readers of customer {
  where {
    email_opt_in
    points > 3
  }
}
```

## Fix
Safe: the members stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Fix
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import At, Subject
from segql.syntax import tree

CODE = advice("SEG540", "redundant-block", "a block has a meaning of its own")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Gather):
        node = at.node
        assert isinstance(node, tree.Gather)
        items = node.block.items
        if node.kind == "any" and len(items) == 1:
            yield finding(
                CODE,
                "`any` of one condition is that condition",
                node.span,
                "one condition",
                helps=_unwrapped(subject, node, items[0]),
            )
        elif node.kind == "all" and (len(items) == 1 or _must_all_hold(at)):
            message = "`all` of one condition is that condition"
            if len(items) > 1:
                message = "these conditions must all hold without `all` too"
            helps = _unwrapped(subject, node, items[0]) if len(items) == 1 else []
            yield finding(CODE, message, node.span, "changes nothing", helps=helps)


def _must_all_hold(at: At) -> bool:
    """Whether it is a line of a `where` or an `all`."""
    around = list(at.around())[:2]
    if not around or not isinstance(around[0], tree.Block):
        return False
    owner = around[1] if len(around) > 1 else None
    return not isinstance(owner, tree.Gather) or owner.kind == "all"


def _unwrapped(subject: Subject, node: tree.Gather, item: tree.Condition) -> list[Fix | str]:
    inner = subject.text(node.block.span)
    comments = inner.count("#") > subject.text(item.span).count("#")
    if comments or isinstance(item, tree.Or | tree.And) or "\n" in subject.text(item.span):
        return []
    text = subject.text(item.span)
    return [replacing(node.span, text, safe=True, text="write the condition alone")]
