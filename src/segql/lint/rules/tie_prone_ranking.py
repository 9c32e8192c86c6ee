"""A ranking by a value that many people share.

Hundreds have bought exactly twice. `top exactly 500` by the number of purchases takes some of them and leaves others,
by their keys; `ntile` puts equal people into different groups, likewise. Without `exactly` all equal ones
are in, and "the top 10%" can be a third of everybody.

## Example
```seg
segment regulars of customer {
  where {
    top exactly 500 among customer by count(purchase)
  }
}
```

## Use instead
```seg
segment regulars of customer {
  where {
    top exactly 500 among customer by sum(purchase.amount where { currency = "EUR" })
  }
}
```

`quantile_group` keeps equal values together, where groups are what is wanted.

## Real cases
Sorting by recency, frequency or money and cutting into equal fifths separates customers who are alike
(John R. Miglautsch, "Thoughts on RFM Scoring", Journal of Database Marketing 8/1, 2000).

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint import places as p
from segql.lint.places import unnamed
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject
from segql.model import nodes
from segql.model.nodes import Value

CODE = advice("SEG535", "tie-prone-ranking", "people are ranked by what tells them apart")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for _, top in subject.model_nodes(nodes.Top):
        if top.kind != "share" and top.among.value is not None and _is_coarse(top.among.value):
            if top.exactly:
                message = "many people share this value; among them, keys decide who is in"
            elif top.kind == "percent":
                message = "many people share this value; all who have that of the last are in"
            else:
                continue
            yield finding(CODE, message, top.among.value.span, "takes few different values")
    for _, standing in subject.model_nodes(nodes.Standing):
        value = standing.among.value
        if standing.function == "ntile" and value is not None and _is_coarse(value):
            message = (
                "many people share this value; `ntile` puts equal people into different groups"
            )
            yield finding(
                CODE,
                message,
                value.span,
                "takes few different values",
                helps=["`quantile_group` keeps equal values together"],
            )


def _is_coarse(value: Value) -> bool:
    """Whether a value is one of few by its kind: a count, a number of years, an enum, a part of a date."""
    bare = unnamed(value)
    match bare:
        case nodes.Aggregate():
            return bare.function.startswith(("count", "active_", "streak_"))
        case nodes.Elapsed():
            return bare.unit in ("month", "quarter", "year")
        case nodes.Function(name="round" | "list_count" | "known"):
            return True
        case nodes.DatePart() | nodes.Standing():
            return True
        case _:
            return bare.type.name in ("bool", "enum") or p.is_small(p.domain(bare))
