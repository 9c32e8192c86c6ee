"""What the operations of the language give for Python values (3.7, 3.8): exact numbers, floats, text, durations.

Values are as in `nodes.Const`; None is unknown. Numbers: `int` and `Decimal` are exact and have at most 38
digits (`NumberTooLargeError`); results are rounded half away from zero to the scale of the result's
type; NaN and infinities are unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

from segql.model import casing, nodes
from segql.model.types import (
    MAX_PRECISION,
    QUOTIENT_SCALE,
    DecimalType,
    EnumType,
    Type,
    decimal,
    scale_of,
)

EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
"""Enough digits for each single step: products of two numbers of 38 digits, quotients rounded once more."""

FLOAT_AS_DECIMAL = decimal(18, 4)
"""What a float becomes before it is summed or rounded (3.7)."""

WHITE_SPACE = " \t\n\r\f\v"

Number = int | Decimal | float


class OutOfRangeError(ValueError):
    """A time left the years 1 to 9999."""

    def __init__(self) -> None:
        super().__init__("the time is outside of the years 1 to 9999")


class NumberTooLargeError(ArithmeticError):
    """An exact number of more digits than there is room for."""

    def __init__(self, digits: int = MAX_PRECISION) -> None:
        super().__init__(f"the number has more than {digits} digits")


def half_away(value: Decimal, scale: int) -> Decimal:
    """`value` rounded half away from zero to `scale` places (a negative scale: tens, hundreds…)."""
    rounded = value.quantize(Decimal(1).scaleb(-scale), context=EXACT)
    return rounded if rounded else rounded.copy_abs()  # no negative zero


def fits(value: Decimal, scale: int) -> Decimal:
    """`value` at `scale` places, or `NumberTooLargeError`."""
    rounded = half_away(value, scale)
    if rounded.copy_abs().scaleb(scale, EXACT) >= 10**MAX_PRECISION:
        raise NumberTooLargeError
    return rounded


def exact(value: object) -> Decimal:
    """An exact number as Decimal; a float first becomes `decimal(18, 4)`, by its 15 significant digits."""
    if isinstance(value, float):
        precision, scale = FLOAT_AS_DECIMAL.precision, FLOAT_AS_DECIMAL.scale
        if abs(value) >= 10 ** (precision - scale):
            raise NumberTooLargeError(precision)
        return half_away(Decimal(f"{value:.15g}"), scale)
    if isinstance(value, int | Decimal):
        return Decimal(value)
    raise TypeError(f"not a number: {value!r}")


def known_float(value: float) -> float | None:
    """NaN and infinities are unknown."""
    return value if math.isfinite(value) else None


def to_float(value: object) -> float:
    if not isinstance(value, int | Decimal | float):
        raise TypeError(f"not a number: {value!r}")
    return float(value)


def convert(value: object, type_: Type) -> object:
    """A number as a value of a wider number type; anything else as it is."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        return value
    match type_.name:
        case "int":
            return int(fits(exact(value), 0))
        case "decimal":
            return fits(exact(value), scale_of(type_))
        case "float":
            return known_float(float(value))
        case _:
            return value


# --- arithmetic -----------------------------------------------------------------------------------


def arithmetic(
    operator: Literal["+", "-", "*", "/"], left: object, right: object, type_: Type
) -> object:
    """`left operator right` of known numbers or durations; division by zero is unknown."""
    if isinstance(left, timedelta) or isinstance(right, timedelta):
        return _durations(operator, left, right)
    if type_.name == "float":
        return _floats(operator, to_float(left), to_float(right))
    result = _decimals(operator, exact(left), exact(right))
    return None if result is None else convert(result, type_)


def _decimals(operator: str, left: Decimal, right: Decimal) -> Decimal | None:
    match operator:
        case "+":
            return EXACT.add(left, right)
        case "-":
            return EXACT.subtract(left, right)
        case "*":
            return EXACT.multiply(left, right)
        case _:
            return quotient(left, right) if right else None


def quotient(left: Decimal, right: Decimal, scale: int = QUOTIENT_SCALE) -> Decimal:
    """`left / right` rounded once, half away from zero, at `scale` places."""
    (a, b), (c, d) = left.as_integer_ratio(), right.as_integer_ratio()
    above, below = abs(a * d) * 10**scale, abs(b * c)
    whole, rest = divmod(above, below)
    if 2 * rest >= below:
        whole += 1
    signed = whole if (left < 0) == (right < 0) else -whole
    return Decimal(signed).scaleb(-scale, EXACT)


def _floats(operator: str, left: float, right: float) -> float | None:
    try:
        match operator:
            case "+":
                return known_float(left + right)
            case "-":
                return known_float(left - right)
            case "*":
                return known_float(left * right)
            case _:
                return known_float(left / right) if right else None
    except OverflowError:
        return None


MICROSECOND = timedelta(microseconds=1)


def _durations(operator: str, left: object, right: object) -> object:
    """Durations are whole microseconds; a product or quotient with a number is rounded half away, the
    quotient of two is a number."""
    try:
        if isinstance(left, timedelta) and isinstance(right, timedelta):
            if operator == "/":
                lengths = (Decimal(left // MICROSECOND), Decimal(right // MICROSECOND))
                return quotient(*lengths) if right else None
            return left + right if operator == "+" else left - right
        if isinstance(right, timedelta):
            left, right = right, left  # number * duration
        if not isinstance(left, timedelta):
            raise TypeError("no duration")
        micros = Decimal(left // MICROSECOND)
        number = Decimal(repr(right)) if isinstance(right, float) else exact(right)
        if operator == "*":
            return timedelta(microseconds=int(half_away(EXACT.multiply(micros, number), 0)))
        return timedelta(microseconds=int(quotient(micros, number, 0))) if number else None
    except OverflowError:
        raise OutOfRangeError from None


def negative(value: object) -> object:
    if isinstance(value, Decimal):
        return value.copy_negate() if value else value
    if isinstance(value, int | float | timedelta):
        return -value
    raise TypeError(f"not a number: {value!r}")


# --- functions ------------------------------------------------------------------------------------


def function(
    name: nodes.FunctionName, arguments: Sequence[object], types: Sequence[Type], type_: Type
) -> object:
    """A function of `nodes.Function`; strict but for `coalesce`, `mean`, `known`."""
    known = [argument for argument in arguments if argument is not None]
    match name:
        case "coalesce":
            return convert(known[0], type_) if known else None
        case "known":
            return len(known)
        case "mean":
            return mean(known)
    if len(known) < len(arguments):
        return None
    match name:
        case "round":
            places = arguments[1] if len(arguments) > 1 else 0
            return rounded(arguments[0], places, type_)
        case "abs":
            return convert(_absolute(arguments[0]), type_)
        case "least" | "greatest":
            return convert(_extreme(name, arguments, types), type_)
        case _:
            return _text_function(name, arguments[0])


def mean(numbers: Sequence[object]) -> Decimal | None:
    """The mean at 6 places, of nothing unknown."""
    if not numbers:
        return None
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, exact(number))
    return fits(quotient(total, Decimal(len(numbers))), QUOTIENT_SCALE)


def rounded(value: object, places: object, type_: Type) -> object:
    """`round(x, n)`: half away from zero; a float is cast to a decimal first (3.7)."""
    if not isinstance(places, int | Decimal):
        raise TypeError("the places of `round` are a whole number")
    result = half_away(exact(value), int(places))
    return float(result) if type_.name == "float" else convert(result, type_)


def _absolute(value: object) -> object:
    if isinstance(value, Decimal):
        return value.copy_abs()  # `abs` rounds to the digits of Python's own context
    if isinstance(value, int | float | timedelta):
        return abs(value)
    raise TypeError(f"not a number: {value!r}")


def _extreme(name: str, arguments: Sequence[object], types: Sequence[Type]) -> object:
    best, best_type = arguments[0], types[0]
    for argument, type_ in zip(arguments[1:], types[1:], strict=True):
        order = compare(argument, best, type_, best_type)
        if (order < 0) == (name == "least") and order != 0:
            best, best_type = argument, type_
    return best


def _text_function(name: str, value: object) -> object:
    if name == "list_count":
        if not isinstance(value, list | tuple):
            raise TypeError(f"not a list: {value!r}")
        return len([item for item in value if item is not None])
    if isinstance(value, list | tuple):  # of a list: of each element
        return tuple(None if item is None else _text_function(name, item) for item in value)
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    match name:
        case "lower" | "fold":
            return casing.lower(value)
        case "upper":
            return casing.upper(value)
        case "trim":
            return value.strip(WHITE_SPACE)
        case "length":
            return len(value)
        case _:
            raise TypeError(f"not a function: {name}")


# --- order ----------------------------------------------------------------------------------------


def compare(left: object, right: object, left_type: Type, right_type: Type) -> int:
    """-1, 0 or 1 for two known values: text by code point, an ordered enum as declared (beside a text by its own),
    numbers exactly (with a float: as floats)."""
    a, b = left, right
    if isinstance(left_type, EnumType) and isinstance(right_type, EnumType):
        a, b = sort_key(left, left_type), sort_key(right, right_type)
    if isinstance(a, float) or isinstance(b, float):
        a, b = to_float(a), to_float(b)
    less: bool = a < b  # type: ignore[operator]  # comparable types: checked before
    return 0 if a == b else -1 if less else 1


def sort_key(value: object, type_: Type) -> object:
    """What a known value is ordered by (Python compares text by code point)."""
    if isinstance(type_, EnumType) and type_.ordered:
        return type_.values.index(value) if value in type_.values else len(type_.values)
    return value


def number_type(value: object) -> Type:
    """The type of a plain number, for tests and constants."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return DecimalType("decimal", MAX_PRECISION, max(0, -int(exponent)))
    return Type("float" if isinstance(value, float) else "int")
