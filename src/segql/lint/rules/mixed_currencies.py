"""Amounts of several currencies added up or compared.

100 PLN and 100 EUR are not 200 of anything, and the larger number of two is not the larger amount. A sum over all
currencies looks plausible as long as one of them dominates, and is wrong for everybody else. The search must choose
one currency, or ask an amount that was converted.

## Example
```seg
segment big_spenders of customer {
  where {
    sum(purchase.amount in last 365 days) >= 1_000
  }
}
```

```seg
segment dollar_shoppers of customer {
  where {
    sum(purchase.amount where { currency = "USD" }) > sum(purchase.amount where { currency = "EUR" })
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

```seg
segment dollar_shoppers of customer {
  where {
    count(purchase where { currency = "USD" }) > count(purchase where { currency = "EUR" })
  }
}
```

A decimal beside an attribute `currency`, `currency_code` or `…_currency` is in the currency that this says, until a
condition chooses one or equates two (`currency = customer.currency`). A number whose name begins or ends with a code of
ISO 4217 (`amount_eur`) is in that one. Aggregates, rankings, comparisons, `+`, `-`, `least`,
`greatest`, `mean` and `coalesce` are looked at; what is multiplied by a `…_rate` counts as converted, and a number that
is written out as of the right currency.

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segql.diagnostics import Diagnostic, Label
from segql.lint.currencies import (
    ADDED,
    Choices,
    Currencies,
    Currency,
    Said,
    level_of,
    names_currencies,
)
from segql.lint.rule import advice, finding
from segql.lint.subject import Definition, Subject, inside, walk
from segql.model import nodes
from segql.model.nodes import Condition, Value
from segql.source import Span

CODE = advice("SEG552", "mixed-currencies", "amounts of one currency are added and compared")


def check(subject: Subject) -> Iterator[Diagnostic]:
    if names_currencies(subject.model):
        currencies = Currencies()
        for definition in subject.definitions:
            yield from _in_definition(definition, currencies)


def _in_definition(definition: Definition, currencies: Currencies) -> Iterator[Diagnostic]:
    together = [part for part in definition.parts if isinstance(part, Condition)]
    todo: list[tuple[object, Choices]] = [(definition.parts, Choices(together))]
    while todo:
        node, choices = todo.pop()
        match node:
            case nodes.All():
                choices = Choices(node.items, choices)
            case nodes.Search(where=Condition() as where):
                choices = Choices([where], choices)
            case nodes.Among():
                chosen = node.population.condition
                choices = Choices([] if chosen is None else [chosen])
                yield from _ranked(node, choices, currencies)
            case nodes.Aggregate():
                yield from _added(node, currencies)
        for values, done in _together(node):
            yield from _mixed(values, done, choices, currencies)
        todo += [(part, choices) for part in inside(node)][::-1]


def _together(node: object) -> Iterator[tuple[Iterable[Value], str]]:
    """Values that must be of one currency, and what is done with them."""
    match node:
        case nodes.Compare():
            yield (node.left, node.right), "compared"
        case nodes.InRange():
            yield (node.value, node.low, node.high), "compared"
        case nodes.InSet():
            yield (node.value, *node.items), "compared"
        case nodes.Arithmetic(operator="+"):
            yield (node.left, node.right), "added"
        case nodes.Arithmetic(operator="-"):
            yield (node.left, node.right), "subtracted"
        case nodes.Function(name="least" | "greatest"):
            yield node.arguments, "compared"
        case nodes.Function(name="mean"):
            yield node.arguments, "added"
        case nodes.Function(name="coalesce"):
            yield node.arguments, "taken for each other"


def _mixed(
    values: Iterable[Value], done: str, choices: Choices, currencies: Currencies
) -> Iterator[Diagnostic]:
    first: tuple[Value, Currency] | None = None
    for value in values:
        raw = currencies.of(value)
        if raw is None:
            continue
        currency = choices.resolve(raw)
        if first is None:
            first = value, currency
        elif currency != first[1]:
            yield finding(
                CODE,
                f"amounts in different currencies are {done}",
                value.span,
                _where(currency),
                more=[Label(first[0].span, _where(first[1]))],
                helps=[_way_out(currency, first[1])],
            )
            return


def _where(currency: Currency) -> str:
    if isinstance(currency, str):
        return f"in {currency}"
    which = f"{currency.chosen[0]} " if currency.chosen else ""
    return f"in the `{currency.attribute.name}` of the {which}`{currency.row.source.name}`"


def _way_out(one: Currency, other: Currency) -> str:
    said = one if isinstance(one, Said) else other
    if not isinstance(said, Said):
        return "compare what was converted into one currency, or how many there are"
    if isinstance(one, str) or isinstance(other, str):
        code = one if isinstance(one, str) else other
        return f'choose one: `where {{ {said.attribute.name} = "{code}" }}`'
    return "choose one currency for both, or compare what was converted"


def _added(aggregate: nodes.Aggregate, currencies: Currencies) -> Iterator[Diagnostic]:
    """Amounts of many rows, where the search says nothing of their currency."""
    asked = [] if aggregate.argument is None else [(aggregate.function, aggregate.argument)]
    asked += [(item.function, item.argument) for item in aggregate.by if item.argument is not None]
    for function, argument in asked:
        currency = currencies.of(argument) if function in ADDED else None
        if (
            isinstance(currency, Said)
            and level_of(currency.row) == aggregate.search.level
            and not _speaks_of(aggregate.search, currency)
        ):
            yield _different(currency, argument, aggregate.span)
            return


def _ranked(among: nodes.Among, choices: Choices, currencies: Currencies) -> Iterator[Diagnostic]:
    """Amounts of many people, one currency each."""
    if among.value is None:
        return
    raw = currencies.of(among.value)
    currency = None if raw is None else choices.resolve(raw)
    if isinstance(currency, Said) and not _mentions(among.per, currency):
        yield _different(currency, among.value, among.value.span)


def _different(currency: Said, value: Value, span: Span) -> Diagnostic:
    names = (n.attribute.name for n in walk(value, deep=True) if isinstance(n, nodes.Attr))
    said = currency.attribute
    return finding(
        CODE,
        f"`{next(names)}` is in different currencies",
        span,
        f"says nothing of `{said.name}`",
        more=[Label(said.span, "declared here")],
        helps=[f"choose one: `where {{ {said.name} = … }}`"],
    )


def _speaks_of(search: nodes.Search, currency: Said) -> bool:
    """Whether the search, or the event that it asks, chooses by the currency."""
    asked: list[object] = [search.where]
    source: nodes.Source | None = search.source
    while isinstance(source, nodes.Event):
        asked.append(source.where)
        source = source.base
    return any(_mentions(condition, currency) for condition in asked)


def _mentions(node: object, currency: Said) -> bool:
    return any(
        isinstance(at, nodes.Attr) and at.attribute.storage == currency.storage
        for at in walk(node, deep=True)
    )
