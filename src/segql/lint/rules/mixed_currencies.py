"""Amounts of several currencies added up or compared.

An event that has a currency beside its amount holds amounts that cannot be added: 100 PLN and 100 EUR are not 200 of
anything. The search must choose one currency, or ask an amount that was converted.

## Example
```seg
segment big_spenders of customer {
  where {
    sum(purchase.amount in last 365 days) >= 1_000
  }
}
```

## Use instead
```seg
segment big_spenders of customer {
  where {
    sum(purchase.amount in last 365 days where { currency = "EUR" }) >= 1_000
  }
}
```

It looks at decimals of an event that has an attribute `currency`, `currency_code` or `…_currency`, where the search
says nothing about it.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject, walk
from segql.model import nodes

CODE = advice("SEG552", "mixed-currencies", "amounts of one currency are added")

_ADDED = ("sum", "avg", "min", "max", "median", "stddev")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for _, aggregate in subject.model_nodes(nodes.Aggregate):
        if aggregate.function not in _ADDED or aggregate.argument is None:
            continue
        for node in walk(aggregate.argument, deep=True):
            if isinstance(node, nodes.Attr) and node.type.name == "decimal":
                currency = _currency(node.row.source)
                if currency is not None and not _speaks_of(aggregate.search, currency):
                    yield finding(
                        CODE,
                        f"`{node.attribute.name}` is in different currencies",
                        aggregate.span,
                        f"says nothing of `{currency.name}`",
                        more=[Label(currency.span, "declared here")],
                    )
                    break


def _currency(source: nodes.Source) -> nodes.Attribute | None:
    for name, attribute in source.attributes.items():
        if name in ("currency", "currency_code") or name.endswith("_currency"):
            return attribute
    return None


def _speaks_of(search: nodes.Search, currency: nodes.Attribute) -> bool:
    """Whether the search, or the event that it asks, chooses by the currency."""
    asked: list[object] = [search.where]
    source: nodes.Source | None = search.source
    while isinstance(source, nodes.Event):
        asked.append(source.where)
        source = source.base
    return any(
        isinstance(node, nodes.Attr) and node.attribute.storage == currency.storage
        for condition in asked
        for node in walk(condition, deep=True)
    )
