"""A negation of a negation.

`not (did not purchase)` is `did purchase`. Two negations are read wrong more often than one, and the second one
was probably added where the first one was to be removed.

## Example
```seg
segment buyers of customer {
  where {
    not (did not purchase)
  }
}
```

## Use instead
```seg
segment buyers of customer {
  where {
    did purchase
  }
}
```

A negative condition on a value that may be unknown is no such case: `not (country != "PL")` keeps those without a
country.

## Fix
Safe: `not` and `did not` are exact complements.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Fix
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import At, Subject
from segql.syntax import tree

CODE = advice("SEG541", "double-negation", "a condition is negated once at most")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Not):
        assert isinstance(at.node, tree.Not)
        inner = _bare(at.node.item)
        if not _is_exact_negation(inner):
            continue
        helps: list[Fix | str] = []
        positive = _positive(subject, inner)
        if positive is not None and not _is_in_negation(at):
            helps = [replacing(at.node.span, positive, safe=True)]
        yield finding(CODE, "a negation of a negation", at.node.span, "negates", helps=helps)
    for at in subject.nodes(tree.Gather):
        assert isinstance(at.node, tree.Gather)
        items = at.node.block.items
        if at.node.kind == "none" and len(items) == 1 and _is_exact_negation(_bare(items[0])):
            yield finding(CODE, "`none` of one negation", at.node.span, "negates")


def _bare(node: tree.Condition) -> tree.Condition:
    while isinstance(node, tree.ParenCondition):
        node = node.item
    return node


def _is_exact_negation(node: tree.Condition) -> bool:
    match node:
        case tree.Not():
            return True
        case tree.Did() | tree.Has() | tree.MemberOf() | tree.Known():
            return node.negated
        case tree.Gather():
            return node.kind == "none"
        case _:
            return False


def _is_in_negation(at: At) -> bool:
    """Whether it is itself what another `not` negates: that one is told first."""
    return any(isinstance(node, tree.Not) for node in list(at.around())[:2])


def _positive(subject: Subject, node: tree.Condition) -> str | None:
    """The condition that a negation negates, as text."""
    text = subject.text(node.span)
    match node:
        case tree.Not():
            return text.removeprefix("not").lstrip()
        case tree.Did() if text.startswith("did not "):
            return "did " + text.removeprefix("did not ")
        case tree.Has() if text.startswith("has no "):
            return "has " + text.removeprefix("has no ")
        case tree.Known() if text.endswith(" is unknown"):
            return text.removesuffix("unknown") + "known"
        case _:
            return None
