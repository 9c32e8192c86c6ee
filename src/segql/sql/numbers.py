"""Arithmetic and aggregates (3.2, 3.7), lowered to standard SQL where the dialects share it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from sqlglot import exp

from segql.model.types import (
    DURATION,
    FLOAT,
    INT,
    QUOTIENT_SCALE,
    DecimalType,
    EnumType,
    Type,
    decimal,
    is_number,
    is_text,
    scale_of,
)
from segql.sql import build as b
from segql.sql.base import Comparisons, is_constant
from segql.sql.build import Expr
from segql.sql.dialect import ActiveUnit, GapFunction

FLOAT_AS_DECIMAL = decimal(18, 4)
"""What a float becomes before it is summed or rounded (3.7)."""


NODES: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


class Numbers(Comparisons):
    """Exact numbers, floats and durations."""

    # --- hooks ------------------------------------------------------------------------------------

    wide: ClassVar[str]
    """The SQL type that int arithmetic is done in."""

    @abstractmethod
    def quotient(
        self, above: Expr, below: Expr, scales: tuple[int, int], places: int, *, count: bool = False
    ) -> Expr:
        """`above / below`, rounded half away to `places`, NULL by zero. `scales`: at most that many places have the
        two; `count`: below is not negative. The result is a decimal of `places` (0: a whole number)."""

    @abstractmethod
    def float_to_decimal(self, value: Expr, to: DecimalType) -> Expr:
        """By 15 significant digits, then half away."""

    odd_floats: ClassVar[Sequence[str]] = ("NaN", "Infinity", "-Infinity")
    """As texts that become floats."""

    def finite(self, value: Expr) -> Expr:
        """A float, NULL where it is NaN or infinite."""
        for odd in self.odd_floats:
            value = b.call("NULLIF", value, self.to_float(b.raw(f"'{odd}'")))
        return value

    def widen(self, value: Expr) -> Expr:
        """A whole number that cannot overflow in one more operation without an error at 38 digits."""
        return value if is_constant(value) else b.cast(value, self.wide)

    def to_decimal(self, value: Expr, scale: int) -> Expr:
        return b.cast(value, f"DECIMAL(38, {scale})")

    def to_float(self, value: Expr) -> Expr:
        return b.cast(value, self.types["float"])

    # --- arithmetic -------------------------------------------------------------------------------

    def convert(self, value: Expr, from_: Type, to: Type) -> Expr:
        if from_ == to or not (is_number(from_) and is_number(to)):
            return value
        if to == FLOAT:
            return self.to_float(value)
        if from_ == FLOAT:
            return self.float_to_decimal(
                value, to if isinstance(to, DecimalType) else decimal(38, 0)
            )
        if scale_of(from_) > scale_of(to):
            return self.to_decimal(value, scale_of(to))
        return value

    def exact(self, value: Expr, type_: Type) -> tuple[Expr, int]:
        """A number as an exact one, and its scale."""
        if type_ == FLOAT:
            return self.float_to_decimal(value, FLOAT_AS_DECIMAL), FLOAT_AS_DECIMAL.scale
        return value, scale_of(type_)

    def arithmetic(
        self,
        operator: Literal["+", "-", "*", "/"],
        left: Expr,
        right: Expr,
        left_type: Type,
        right_type: Type,
        result: Type,
    ) -> Expr:
        if DURATION in (left_type, right_type):
            return self._durations(operator, left, right, left_type, right_type)
        if FLOAT in (left_type, right_type):
            return self._floats(operator, left, right)
        scales = scale_of(left_type), scale_of(right_type)
        if operator == "/":
            return self.quotient(left, right, scales, scale_of(result))
        if left_type == INT and right_type == INT:
            left, right = self._widen_one(left, right)
        else:
            left, right = self.roomy(operator, left, right, left_type, right_type)
        plain = b.binary(NODES[operator], left, right)
        if operator == "*" and sum(scales) > scale_of(result):
            return self.to_decimal(plain, scale_of(result))
        return plain

    def _widen_one(self, left: Expr, right: Expr) -> tuple[Expr, Expr]:
        if is_constant(left):
            return left, b.cast(right, self.wide)
        return b.cast(left, self.wide), right

    def _floats(self, operator: str, left: Expr, right: Expr) -> Expr:
        left, right = self.to_float(left), self.to_float(right)
        if operator == "/":
            below = b.call("NULLIF", right, b.number(0))
            return self.finite(exp.Div(this=left, expression=below, typed=False, safe=False))
        return self.finite(b.binary(NODES[operator], left, right))

    def _durations(
        self, operator: str, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> Expr:
        if left_type == right_type and operator in ("+", "-"):
            return b.binary(NODES[operator], left, right)
        if left_type == right_type:
            return self.quotient(left, right, (0, 0), QUOTIENT_SCALE)
        if right_type == DURATION:
            left, right, right_type = right, left, left_type
        if right_type == FLOAT:
            right, right_type = self.float_to_decimal(right, decimal(38, 15)), decimal(38, 15)
        if operator == "/":
            value = self.quotient(left, right, (0, scale_of(right_type)), 0)
        elif right_type == INT:
            value = b.mul(self.widen(left), right)
        else:
            value = self.to_decimal(b.mul(left, right), 0)
        return b.cast(value, self.types["duration"])

    def negative(self, value: Expr, type_: Type) -> Expr:
        wide = self.widen(value) if type_ == INT else value
        return exp.Neg(this=b.paren(wide))

    def absolute(self, value: Expr, type_: Type) -> Expr:
        return b.call("ABS", self.widen(value) if type_ == INT else value)

    def round(self, value: Expr, type_: Type, places: int, result: Type) -> Expr:
        value, scale = self.exact(value, type_)
        if places < 0:
            value = b.mul(
                self.quotient(value, b.number(10**-places), (scale, 0), 0), b.number(10**-places)
            )
        elif places < scale:
            value = self.to_decimal(value, places)
        return self.to_float(value) if result == FLOAT else value

    def ceiling(self, value: Expr) -> Expr:
        return b.call("CEIL", value)

    def least(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        return self._extreme("LEAST", values, types, result)

    def greatest(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        return self._extreme("GREATEST", values, types, result)

    def _extreme(
        self, function: str, values: Sequence[Expr], types: Sequence[Type], result: Type
    ) -> Expr:
        if isinstance(result, EnumType) and result.ordered:
            ranks = [self.rank(value, result) for value in values]
            chosen = self.unless_null(values, b.call(function, *ranks))
            ifs = [
                exp.If(this=b.number(place), true=self.text(one))
                for place, one in enumerate(result.values, 1)
            ]
            return exp.Case(this=chosen, ifs=ifs)
        items = [
            self.convert(self.comparable(value, type_), type_, result)
            for value, type_ in zip(values, types, strict=True)
        ]
        loose = [value for value in values if not is_constant(value)]
        return self.unless_null(loose, b.call(function, *items))

    def comparable(self, value: Expr, type_: Type) -> Expr:
        return self.by_code_point(value) if is_text(type_) else value

    def coalesce(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        return b.coalesce(
            *(
                self.convert(value, type_, result)
                for value, type_ in zip(values, types, strict=True)
            )
        )

    def mean(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        items = [self.exact(value, type_) for value, type_ in zip(values, types, strict=True)]
        parts = [b.coalesce(value, b.number(0)) for value, _ in items]
        first = items[0][1]
        parts[0] = self.to_decimal(parts[0], first) if first else b.cast(parts[0], self.wide)
        scale = max(scale for _, scale in items)
        total, count = b.total(parts), self.known(values)
        return self.quotient(total, count, (scale, 0), QUOTIENT_SCALE, count=True)

    def known(self, values: Sequence[Expr]) -> Expr:
        return self.count_of(list(map(b.not_null, values)))

    def ratio(self, part: Expr, whole: Expr, type_: Type) -> Expr:
        (part, scale), (whole, _) = self.exact(part, type_), self.exact(whole, type_)
        return self.quotient(part, whole, (scale, scale), QUOTIENT_SCALE)


class Aggregates(Numbers):
    """Aggregates with FILTER; a dialect without it overrides `aggregate`."""

    def aggregate(self, function: str, argument: Expr, where: Expr | None) -> Expr:
        """`function(argument) FILTER (WHERE where)`; rows without an argument are skipped by the function."""
        return self.filtered(b.call(function, argument), where)

    def filtered(self, call: Expr, where: Expr | None) -> Expr:
        if where is None:
            return call
        return exp.Filter(this=call, expression=exp.Where(this=where))

    def count_rows(self, where: Expr | None = None) -> Expr:
        return self.filtered(b.call("COUNT", exp.Star()), where)

    def count_distinct(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        value = self.comparable(value, type_)
        return self.filtered(exp.Count(this=exp.Distinct(expressions=[value])), where)

    def sum(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        if type_ == DURATION:
            return self._length(self.sum(value, INT, where))
        return self.aggregate("SUM", self.exact(value, type_)[0], where)

    def min(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return self._bound("MIN", value, type_, where)

    def max(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return self._bound("MAX", value, type_, where)

    def _bound(self, function: str, value: Expr, type_: Type, where: Expr | None) -> Expr:
        if isinstance(type_, EnumType) and type_.ordered:
            rank = self.aggregate(function, self.rank(value, type_), where)
            ifs = [
                exp.If(this=b.number(place), true=self.text(one))
                for place, one in enumerate(type_.values, 1)
            ]
            return exp.Case(this=rank, ifs=ifs)
        return self.aggregate(function, self.comparable(value, type_), where)

    def avg(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        if type_ == DURATION:
            return self.average_length(value, where)
        total = self.sum(value, type_, where)
        value, scale = self.exact(value, type_)
        count = self.aggregate("COUNT", value, where)
        return self.quotient(total, count, (scale, 0), QUOTIENT_SCALE, count=True)

    def median(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        if type_ == DURATION:
            return self.median_length(value, where)
        value, scale = self.exact(value, type_)
        both = self.middles(value, where, scale == 0)
        if scale < QUOTIENT_SCALE:
            return b.mul(both, b.number("0.5"))
        return self.quotient(both, b.number(2), (scale, 0), QUOTIENT_SCALE, count=True)

    def average_length(self, value: Expr, where: Expr | None = None) -> Expr:
        total = self.sum(value, INT, where)
        count = self.aggregate("COUNT", value, where)
        return self._length(self.quotient(total, count, (0, 0), 0, count=True))

    def median_length(self, value: Expr, where: Expr | None = None) -> Expr:
        both = self.middles(value, where, whole=True)
        return self._length(self.quotient(both, b.number(2), (0, 0), 0, count=True))

    def of_gaps(self, function: GapFunction, gap: Expr, type_: Type) -> Expr:
        match function:
            case "min_gap":
                return self.min(gap, DURATION)
            case "max_gap":
                return self.max(gap, DURATION)
            case "avg_gap":
                return self.average_length(gap)
            case "median_gap":
                return self.median_length(gap)

    def _length(self, value: Expr) -> Expr:
        return b.cast(value, self.types["duration"])

    @abstractmethod
    def middles(self, value: Expr, where: Expr | None, whole: bool) -> Expr:
        """The sum of the two middle values (of an odd number: twice the middle one); `whole`: of ints."""

    def stddev(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """Variance = (n * sum of squares - square of the sum) / (n * (n - 1)), all exact."""
        value, scale = self.exact(value, type_)
        wide = self.summand(value, scale)
        count = self.widen(self.aggregate("COUNT", value, where))
        total = self.aggregate("SUM", wide, where)
        squares = self.aggregate("SUM", b.mul(wide, wide), where)
        above = b.sub(b.mul(count, squares), b.mul(total, total))
        below = b.mul(count, b.paren(b.sub(count, b.number(1))))
        return self.root(above, below, scale)

    @abstractmethod
    def summand(self, value: Expr, scale: int) -> Expr:
        """The value so that sums of its square are exact."""

    @abstractmethod
    def root(self, above: Expr, below: Expr, scale: int) -> Expr:
        """The square root at 6 places of `above / below` at 12 places, half away each; NULL by zero. `above` was
        made of `summand`s of `scale`."""

    def share(self, condition: Expr, where: Expr | None = None) -> Expr:
        both = condition if where is None else b.all_([where, condition])
        return self.quotient(
            self.count_rows(both), self.count_rows(where), (0, 0), QUOTIENT_SCALE, count=True
        )

    def holding(self, condition: Expr, where: Expr | None = None) -> Expr:
        both = condition if where is None else b.all_([where, condition])
        some = b.gt(self.count_rows(where), b.number(0))
        return b.case([(some, self.count_rows(both))])

    def active(self, unit: ActiveUnit, time: Expr, type_: Type, where: Expr | None = None) -> Expr:
        found = exp.Distinct(expressions=[self.unit_of(unit, time, type_)])
        return self.filtered(exp.Count(this=found), where)


def stored_decimal(type_: Type) -> str:
    """The declared type, so that the cast of a column that is stored like that is none."""
    if not isinstance(type_, DecimalType):
        raise TypeError(f"no decimal: {type_}")
    return f"DECIMAL({type_.precision}, {type_.scale})"


def unit(places: int) -> Expr:
    """`0.000001` for 6 places."""
    return b.number("0." + "0" * (places - 1) + "1")


def twelve_places(above: Expr, below: Expr, scale: int) -> tuple[Expr, Expr]:
    """What the variance of values of `scale` is a quotient of, so that its whole part has 12 places."""
    power = 12 - 2 * scale
    if power > 0:
        above = b.mul(above, b.number(10**power))
    elif power < 0:
        below = b.mul(below, b.number(10**-power))
    return above, below


def is_count(value: Expr) -> bool:
    """Whether it is plainly a count, never negative."""
    inner = value.this if isinstance(value, exp.Paren) else value
    if isinstance(inner, exp.Sub):
        return is_total(inner.this)
    while isinstance(inner, exp.Filter | exp.Window):
        inner = inner.this
    return isinstance(inner, exp.Anonymous) and inner.name.upper() in ("COUNT", "COUNT_IF")


def is_total(value: Expr) -> bool:
    """Whether it is a sum, which has 38 digits."""
    inner = value.this if isinstance(value, exp.Paren) else value
    if isinstance(inner, exp.Sub):
        return is_total(inner.this)
    while isinstance(inner, exp.Filter | exp.Window):
        inner = inner.this
    return isinstance(inner, exp.Anonymous) and inner.name.upper() in ("SUM", "LIST_SUM")


def digits_of(value: Expr, type_: Type) -> tuple[int, int]:
    """How many digits a number may have before and behind the point."""
    if isinstance(value, exp.Literal):
        whole, _, places = str(value.this).partition(".")
        return len(whole), len(places)
    if isinstance(value, exp.Paren | exp.Neg):
        return digits_of(value.this, type_)
    if isinstance(type_, DecimalType):
        return type_.precision - type_.scale, type_.scale
    return 38, 0
