"""The numbers of ClickHouse, which wrap: exact ones are computed in 76 digits, and the cast back to 38 raises.

The facts stand in `segql.sql.clickhouse`.
"""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from segql.model.types import (
    DURATION,
    FLOAT,
    INT,
    QUOTIENT_SCALE,
    DecimalType,
    Type,
    is_number,
    scale_of,
)
from segql.sql import build as b
from segql.sql.base import is_constant
from segql.sql.build import Expr
from segql.sql.numbers import NODES, is_count
from segql.sql.stored import Stored

WIDE = 76
"""Digits of the widest decimal; 38 are half of them, so that any product of two numbers fits."""


class ExactNumbers(Stored):
    wide = f"Decimal({WIDE}, 0)"

    # --- types ------------------------------------------------------------------------------------

    def data_type(self, type_: Type) -> str:
        if type_.name == "decimal":
            return decimal(38, scale_of(type_))
        return super().data_type(type_)

    def exact_number(self, digits: str, type_: Type) -> Expr:
        """The branches of a CASE must have one scale."""
        _, _, places = digits.partition(".")
        if not places and len(digits) <= 18:
            return b.number(digits)
        return b.raw(f"toDecimal128('{digits}', {max(len(places), scale_of(type_))})")

    def stored_number(self, raw: Expr, type_: Type) -> Expr:
        return self._rounded(raw, type_)

    # --- arithmetic -------------------------------------------------------------------------------

    def to_decimal(self, value: Expr, scale: int) -> Expr:
        return b.cast(b.call("round", value, b.number(scale)), decimal(38, scale))

    def convert(self, value: Expr, from_: Type, to: Type) -> Expr:
        """Whole numbers of 64 bits with and without a sign have no type in common."""
        if from_ == to == INT and not is_constant(value):
            return b.cast(value, self.types["int"])
        exact = isinstance(to, DecimalType) and from_ != FLOAT and is_number(from_)
        if exact and scale_of(from_) < scale_of(to):
            return b.cast(value, decimal(38, scale_of(to)))
        return super().convert(value, from_, to)

    def arithmetic(
        self,
        operator: Literal["+", "-", "*", "/"],
        left: Expr,
        right: Expr,
        left_type: Type,
        right_type: Type,
        result: Type,
    ) -> Expr:
        if operator == "/" or {FLOAT, DURATION} & {left_type, right_type}:
            return super().arithmetic(operator, left, right, left_type, right_type, result)
        plain = b.binary(NODES[operator], _widest(left, left_type), _widest(right, right_type))
        if operator == "*" and scale_of(left_type) + scale_of(right_type) > scale_of(result):
            plain = b.call("round", plain, b.number(scale_of(result)))
        return b.cast(plain, decimal(38, scale_of(result)))

    def quotient(
        self, above: Expr, below: Expr, scales: tuple[int, int], places: int, *, count: bool = False
    ) -> Expr:
        power = max(places + scales[1], scales[0])
        divisor = _whole(below, scales[1], power - places)
        dividend = _whole(above, scales[0], power)
        size = divisor if count else b.call("toInt256", b.call("abs", divisor))
        half = b.call("intDiv", size, b.number(2))
        if not is_count(above):
            half = b.mul(b.call("sign", above), half)
        safe = b.call("nullIf", divisor, b.number(0))
        made = b.call("intDivOrZero", exp.Add(this=dividend, expression=half), safe)
        return self._scaled(made, places)

    def _scaled(self, whole: Expr, places: int) -> Expr:
        """A whole number of millionths as a decimal of 6 places."""
        one = f"0.{'0' * (places - 1)}1" if places else "1"
        wide = b.mul(whole, b.raw(f"toDecimal256('{one}', {places})"))
        return b.cast(wide, decimal(38, places))

    def float_to_decimal(self, value: Expr, to: DecimalType) -> Expr:
        digits = b.call("printf", self.text("%.15g"), self.to_float(value))
        number = b.call("toDecimal256OrNull", digits, b.number(max(to.scale + 1, 30)))
        return self._rounded(number, to)

    def finite(self, value: Expr) -> Expr:
        return b.case([(b.call("isFinite", value), value)])

    def _rounded(self, value: Expr, type_: Type) -> Expr:
        assert isinstance(type_, DecimalType)
        rounded = b.call("round", value, b.number(type_.scale))
        return b.cast(rounded, decimal(type_.precision, type_.scale))

    # --- aggregates -------------------------------------------------------------------------------

    def median(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        if type_ == DURATION:
            return self.median_length(value, where)
        value, scale = self.exact(value, type_)
        both = self.middles(value, where, scale == 0)
        return self.quotient(both, b.number(2), (scale, 0), QUOTIENT_SCALE, count=True)

    def middles(self, value: Expr, where: Expr | None, whole: bool) -> Expr:
        low, high = (
            self.filtered(b.call(f"quantileExact{side}OrNull(0.5)", value), where)
            for side in ("Low", "High")
        )
        if whole:
            low = b.call("toInt256", low)
        return exp.Paren(this=exp.Add(this=low, expression=high))

    def sum(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        if type_ == DURATION:
            return super().sum(value, type_, where)
        value, scale = self.exact(value, type_)
        if not isinstance(type_, DecimalType) or type_.precision > 18:
            value = b.cast(value, decimal(WIDE, scale))
        return self.aggregate("SUM", value, where)

    def summand(self, value: Expr, scale: int) -> Expr:
        return _whole(value, scale, scale)

    def stddev(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """As everywhere; the square of a value that has more than 38 digits raises."""
        value, scale = self.exact(value, type_)
        wide = self.summand(value, scale)
        square = self._scaled(b.mul(wide, wide), 0)
        count = b.call("toInt256", self.aggregate("COUNT", value, where))
        total = self.aggregate("SUM", wide, where)
        squares = self.aggregate("SUM", b.call("toInt256", square), where)
        above = b.sub(b.mul(count, squares), b.mul(total, total))
        below = b.mul(count, b.paren(b.sub(count, b.number(1))))
        return self.root(above, below, scale)

    def root(self, above: Expr, below: Expr, scale: int) -> Expr:
        """The root of doubles, one step of Newton's method and one comparison, in whole numbers: exact."""
        power = 12 - 2 * scale
        if power > 0:
            above = b.mul(above, b.number(10**power))
        elif power < 0:
            below = b.mul(below, _power(-power))
        half = b.call("intDiv", below, b.number(2))
        safe = b.call("nullIf", below, b.number(0))
        variance = b.call("intDivOrZero", b.add(above, half), safe)
        steps = b.call("array", variance)
        for step in (
            "v -> (v, toInt256(sqrt(toFloat64(v))))",
            "p -> (p.1, p.2 + intDiv(p.1 - p.2 * p.2, greatest(2 * p.2, 1)))",
            "p -> p.2 + CASE WHEN p.1 > p.2 * p.2 + p.2 THEN 1"
            " WHEN p.2 > 0 AND p.1 <= p.2 * p.2 - p.2 THEN -1 ELSE 0 END",
        ):
            steps = b.call("arrayMap", b.raw(step), steps)
        return self._scaled(b.call("arrayElement", steps, b.number(1)), 6)


def decimal(precision: int, scale: int) -> str:
    return f"Decimal({precision}, {scale})"


def _widest(value: Expr, type_: Type) -> Expr:
    """In 76 digits, where sums and products of two numbers of 38 fit."""
    return b.cast(value, decimal(WIDE, scale_of(type_)))


def _power(power: int) -> Expr:
    return b.number(10**power) if power <= 18 else b.raw(f"toInt256('1{'0' * power}')")


def _whole(value: Expr, scale: int, power: int) -> Expr:
    """`value * 10 ** power` as an Int256 (`scale <= power`)."""
    if scale:
        value = b.mul(b.cast(value, decimal(WIDE, scale)), _decimal_power(scale))
    whole = b.call("toInt256", value)
    return whole if power == scale else b.mul(whole, _power(power - scale))


def _decimal_power(power: int) -> Expr:
    return b.number(10**power) if power <= 18 else b.raw(f"toDecimal256('1{'0' * power}', 0)")
