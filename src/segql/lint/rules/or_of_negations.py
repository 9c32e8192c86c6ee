"""Alternatives that are all negative.

"Not from Poland or not from Germany" is everybody: nobody lives in both. Where the conditions are about different
things, the block leaves out only those who meet all of them, while most people read it as leaving out those
who meet any. Both meanings have a form that says which one it is.

## Example
```seg
segment abroad of customer {
  where {
    any {
      country != "PL" if known
      country != "DE" if known
    }
  }
}

segment asleep of customer {
  where {
    did not visit in last 90 days or did not purchase in last 90 days
  }
}
```

## Use instead
```seg
segment abroad of customer {
  where {
    country not in ("PL", "DE") if known
  }
}

segment asleep of customer {
  where {
    not (did visit in last 90 days and did purchase in last 90 days)
  }
}
```

## Real cases
HubSpot names the mix-up of AND and OR as the first reason why contacts are unexpectedly in a list
(<https://knowledge.hubspot.com/lists/lists-faq>).

## Fix
None: only the author knows which of the two was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG520", "or-of-negations", "alternatives are not all negative")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Or, tree.Gather):
        items = _alternatives(at.node)
        if len(items) > 1 and all(map(_is_negative, items)):
            yield finding(
                CODE,
                "one of several negations is enough here",
                at.node.span,
                "leaves out only who meets all that is negated",
                helps=[
                    "`none { … }` with the positive conditions leaves out who meets any of them",
                    "`not (… and …)` says that only who meets all of them is left out",
                ],
            )


def _alternatives(node: tree.Node) -> tuple[tree.Condition, ...]:
    if isinstance(node, tree.Or):
        return node.items
    if isinstance(node, tree.Gather) and node.kind == "any":
        return node.block.items
    return ()


def _is_negative(node: tree.Condition) -> bool:
    match node:
        case tree.ParenCondition():
            return _is_negative(node.item)
        case tree.OrUnknown() | tree.IfKnown():
            return _is_negative(node.leaf)
        case tree.Not():
            return True
        case tree.Compare():
            return node.operator == "!="
        case tree.ListTest():
            return node.negated or node.test == "none"
        case tree.InList() | tree.InRange() | tree.TextTest() | tree.TimeTest():
            return node.negated
        case tree.Did() | tree.Has() | tree.MemberOf():
            return node.negated
        case tree.Gather():
            return node.kind == "none"
        case _:
            return False
