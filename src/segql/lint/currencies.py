"""In which currency a value is, as far as the names and conditions of a model tell.

A row's amounts are in the currency that an attribute beside them says (`currency`, `currency_code`, `price_currency`),
which a condition may choose (`currency = "EUR"`). An amount whose name begins or ends with a code (`price_eur`) is in
that currency.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from segql.lint.groups import parts
from segql.lint.places import unnamed
from segql.lint.subject import walk
from segql.model import nodes
from segql.model.nodes import Attribute, Condition, RowRef, Source, Storage, Value
from segql.model.types import EnumType

_ISO_4217 = """
aed afn amd aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad
cdf chf clp cny cop crc cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf
gtq gyd hkd hnl htg huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt
lak lbp lkr lrd lsl lyd mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok
npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sdg sek sgd shp sle sos
srd ssp stn svc syp szl thb tjs tmt tnd try ttd twd tzs uah ugx usd uyu uzs ves vnd vuv wst xaf
xcd xof xpf yer zar zmw
"""
"""Of currencies in use; without ALL and TOP, which are words in the names of other things."""

_CODES = frozenset(_ISO_4217.split())
_NO_MONEY = frozenset({"rate", "ratio", "percent", "percentage", "pct", "factor", "share", "score"})
_NO_MONEY |= {"quantity", "qty", "weight", "points"}
_CONVERTING = frozenset({"rate", "fx", "factor", "exchange"})
"""Parts of names: what is no amount, and what an amount is converted by."""

_NUMBERS = ("int", "decimal", "float")


@dataclass(frozen=True, slots=True)
class Said:
    """The currency that an attribute of a row says, of the subject's row or of one that is chosen among others."""

    row: RowRef
    storage: Storage
    attribute: Attribute = field(compare=False)
    chosen: tuple[str, int, nodes.Search] | None = None
    """By which function, at which place, of which rows."""


Currency: TypeAlias = str | Said
"""A code in capitals, or what an attribute says."""


class Choices:
    """What conditions say that hold together: the currency of a row is a code, or that of another row."""

    def __init__(self, conditions: Collection[Condition], around: Choices | None = None) -> None:
        self._conditions = conditions
        self._around = around

    def resolve(self, currency: Currency) -> Currency:
        """What a currency is by these conditions."""
        return _followed(currency, self._same) if isinstance(currency, Said) else currency

    @cached_property
    def _same(self) -> dict[Said, Currency]:
        same = dict(self._around._same) if self._around else {}
        for condition in self._conditions:
            for left, right in _equations(condition):
                one, other = _followed(left, same), _followed(right, same)
                if isinstance(one, str):
                    one, other = other, one
                if isinstance(one, Said) and one != other:
                    same[one] = other
        return same


def _followed(currency: Currency, same: Mapping[Said, Currency]) -> Currency:
    while isinstance(currency, Said) and currency in same:
        currency = same[currency]
    return currency


def names_currencies(model: nodes.Model) -> bool:
    """Whether a stored attribute or a trait tells of currencies by its name."""
    stored = (name for source in model.sources.values() for name in source.attributes)
    return any(
        name.endswith(("currency", "currency_code")) or _code(name)
        for names in (stored, model.traits)
        for name in names
    )


class Currencies:
    """Tells the currencies of values. Each value is looked at once: what has a name stands in many places."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Value, Currency | None]] = {}

    def of(self, value: Value) -> Currency | None:
        """The currency; None where nothing tells it, and of what is no amount."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = (value, self._of(value))
        return known[1]

    def _of(self, value: Value) -> Currency | None:
        match value:
            case nodes.Named():
                code = _code(value.name) if value.type.name in _NUMBERS else None
                return code or self.of(value.value)
            case nodes.Attr():
                return _of_attribute(value)
            case nodes.Arithmetic(operator="+" | "-"):
                return self._common((value.left, value.right))
            case nodes.Arithmetic():
                return self._of_product(value)
            case nodes.Negative():
                return self.of(value.value)
            case nodes.Function(name="abs" | "round"):
                return self.of(value.arguments[0])
            case nodes.Function(name="coalesce" | "least" | "greatest" | "mean"):
                return self._common(value.arguments)
            case nodes.Aggregate():
                return self._of_rows(value)
            case _:
                return None

    def _common(self, values: Iterable[Value]) -> Currency | None:
        """The one currency of values that are added; None where there are several."""
        found = {currency for value in values if (currency := self.of(value)) is not None}
        return found.pop() if len(found) == 1 else None

    def _of_product(self, value: nodes.Arithmetic) -> Currency | None:
        """That of the one amount, unless it is converted by the other factor."""
        found = self.of(value.left), self.of(value.right)
        if None not in found or any(_converts(side) for side in (value.left, value.right)):
            return None
        return found[0] if value.operator == "/" else found[0] or found[1]

    def _of_rows(self, value: nodes.Aggregate) -> Currency | None:
        """That of the rows that are added, if they are all in one; that of the one row that is chosen."""
        if value.argument is None or value.function not in (*ADDED, *_CHOOSING):
            return None
        search = value.search
        found = self.of(value.argument)
        if found is not None and search.where is not None:
            found = Choices([search.where]).resolve(found)
        if isinstance(found, Said) and level_of(found.row) == search.level:
            if value.function in ADDED:
                return None
            return Said(
                found.row, found.storage, found.attribute, (value.function, value.n, search)
            )
        return found


ADDED = ("sum", "avg", "min", "max", "median", "stddev")
"""Functions that add or compare the amounts of many rows."""
_CHOOSING = ("first", "last", "nth", "nth_last")


def level_of(row: RowRef) -> int:
    """How far inside the row stands that this one belongs to."""
    while isinstance(row, nodes.Up):
        row = row.row
    return row.level


def _of_attribute(value: nodes.Attr) -> Currency | None:
    name, source = value.attribute.name, value.row.source
    if value.type.name in _NUMBERS and (code := _code(name)):
        return code
    if value.type.name != "decimal" or _words(name) & _NO_MONEY:
        return None
    said = _beside(name, source)
    if said is None:
        return None
    if isinstance(said.type, EnumType) and len(said.type.values) == 1:
        return said.type.values[0].upper()
    for condition in _conditions_of(source):
        for left, right in _equations(condition):
            if left.storage == said.storage and isinstance(right, str):
                return right
    return Said(value.row, said.storage, said)


def _beside(name: str, source: Source) -> Attribute | None:
    """The attribute that says the currency of an amount: by its own name, else the one of the whole row."""
    own = {
        other.removesuffix("_currency"): attribute
        for other, attribute in source.attributes.items()
        if other.endswith("_currency")
    }
    for prefix, attribute in own.items():
        if name == prefix or name.startswith(f"{prefix}_"):
            return attribute
    whole = source.attributes.get("currency") or source.attributes.get("currency_code")
    return whole or next(iter(own.values()), None)


def _conditions_of(source: Source) -> Iterator[Condition]:
    """What holds for every row of a source."""
    at: Source | None = source
    while at is not None:
        if at.only is not None:
            yield at.only
        if isinstance(at, nodes.Event) and at.where is not None:
            yield at.where
        at = at.base if isinstance(at, nodes.Event) else None


def _equations(condition: Condition) -> Iterator[tuple[Said, Currency]]:
    """`currency = "EUR"`, `currency in ("EUR")`, `currency = customer.currency`, where a condition says so."""
    for part in parts(condition):
        match part:
            case nodes.Compare(operator="="):
                sides = unnamed(part.left), unnamed(part.right)
            case nodes.InSet(negated=False, items=(item,)):
                sides = unnamed(part.value), unnamed(item)
            case _:
                continue
        for left, right in (sides, sides[::-1]):
            if isinstance(left, nodes.Attr) and _says(left.attribute.name):
                said = Said(left.row, left.attribute.storage, left.attribute)
                if isinstance(right, nodes.Const):
                    yield said, str(right.value).upper()
                elif isinstance(right, nodes.Attr) and _says(right.attribute.name):
                    yield said, Said(right.row, right.attribute.storage, right.attribute)


def _converts(value: Value) -> bool:
    return any(
        isinstance(node, nodes.Attr) and _words(node.attribute.name) & _CONVERTING
        for node in walk(value, deep=True)
    )


def _says(name: str) -> bool:
    return name in ("currency", "currency_code") or name.endswith("_currency")


def _words(name: str) -> frozenset[str]:
    return frozenset(name.lower().split("_"))


def _code(name: str) -> str | None:
    """The code of a currency at the end or the beginning of a name."""
    words = name.lower().split("_")
    if len(words) > 1 and not _NO_MONEY & {*words}:
        for word in (words[-1], words[0]):
            if word in _CODES:
                return word.upper()
    return None
