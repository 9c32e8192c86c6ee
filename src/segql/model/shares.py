"""Shares beside numbers that no share reaches: `share(…) >= 50` means `50%`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix
from segql.model import codes
from segql.model.nodes import Aggregate, Const, Named, Value
from segql.model.types import is_number

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

SHARES = ("share", "favourite_share")


def in_reach(r: Resolver, value: Value, *bounds: Value) -> bool:
    """Whether a comparison of a share with constants can go both ways; False after a diagnostic."""
    if not _is_share(value):
        return True
    numbers = {
        bound.span: Decimal(str(bound.value))
        for bound in bounds
        if isinstance(bound, Const) and is_number(bound.type)
    }
    beyond = {span: number for span, number in numbers.items() if not 0 <= number <= 1}
    if not beyond:
        return True
    percents = {span: f"{number.normalize():f}%" for span, number in beyond.items()}
    meant = Fix(
        f"write `{'..'.join(percents.values())}`",
        tuple(Edit(span, text) for span, text in percents.items()),
    )
    r.report(
        codes.SHARE_BOUND,
        "a share lies from 0 to 1",
        next(iter(beyond)),
        "every share is on the same side of it",
        helps=[meant if all(2 <= n <= 100 for n in beyond.values()) else "half of all is `50%`"],
    )
    return False


def _is_share(value: Value) -> bool:
    while isinstance(value, Named):
        value = value.value
    return isinstance(value, Aggregate) and value.function in SHARES
