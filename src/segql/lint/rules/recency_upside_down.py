"""Groups by the time since something, where 5 is the stalest.

`ntile` and `quantile_group` give 1 to the lowest values. The days since the last purchase are lowest for those who
bought today, so "5, the best" are those who have been away longest.

## Example
```seg
trait recency of customer = quantile_group(5, days since last(purchase.at) among customer)

segment freshest of customer {
  where {
    recency = 5
  }
}
```

## Use instead
```seg
trait recency of customer = quantile_group(5, last(purchase.at) among customer)

segment freshest of customer {
  where {
    recency = 5
  }
}
```

## Real cases
Textbooks name it as the common pitfall of RFM scores: recency not inverted
(<https://curioustab.com/rfm-scoring-five-buckets-1-to-5-common-75540>).

## Fix
Unsafe: the groups are turned round.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.lint.rule import advice, finding, replacing
from segql.lint.subject import Subject
from segql.syntax import tree

CODE = advice("SEG536", "recency-upside-down", "the highest group is the most recent one")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for at in subject.nodes(tree.Population):
        node = at.node
        assert isinstance(node, tree.Population)
        if node.function.text not in ("ntile", "quantile_group") or len(node.arguments) != 2:
            continue
        value = node.arguments[1]
        if isinstance(value, tree.Elapsed) and value.direction == "since":
            yield finding(
                CODE,
                "the highest group are those who have been away longest",
                value.span,
                "highest for the stalest",
                helps=[replacing(value.span, subject.text(value.value.span), safe=False)],
            )
