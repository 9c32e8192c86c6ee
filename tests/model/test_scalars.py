"""Exact numbers, floats, durations and functions of single values (3.7, 3.8), by hand and as properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segql.model import scalars
from segql.model.scalars import NumberTooLargeError, OutOfRangeError
from segql.model.types import (
    DURATION,
    FLOAT,
    INT,
    QUOTIENT,
    TEXT,
    TIMESTAMP,
    Type,
    decimal,
    enum,
    product,
)

D = Decimal
LARGEST = 10**38 - 1


@pytest.mark.parametrize(
    ("left", "operator", "right", "type_", "expected"),
    [
        (2, "+", 3, INT, 5),
        (LARGEST - 1, "+", 1, INT, LARGEST),
        (2, "-", D("0.05"), decimal(38, 2), D("1.95")),
        (D("1.25"), "*", D("1.5"), decimal(38, 3), D("1.875")),
        (D("0.0000005"), "*", D("0.0000010"), decimal(38, 12), D("0.000000000001")),
        (D("-0.0000005"), "*", D("0.000001"), decimal(38, 12), D("-0.000000000001")),
        (2, "/", 3, QUOTIENT, D("0.666667")),
        (-2, "/", 3, QUOTIENT, D("-0.666667")),
        (1, "/", 2_000_000, QUOTIENT, D("0.000001")),
        (-1, "/", 2_000_000, QUOTIENT, D("-0.000001")),
        (1, "/", 2_000_001, QUOTIENT, D(0)),
        (1, "/", 0, QUOTIENT, None),
        (0.5, "*", D("0.5"), FLOAT, 0.25),
        (1.0, "/", 0, FLOAT, None),
        (1e308, "*", 10, FLOAT, None),
        (timedelta(days=1), "+", timedelta(hours=1), DURATION, timedelta(hours=25)),
        (timedelta(days=1), "-", timedelta(hours=1), DURATION, timedelta(hours=23)),
        (timedelta(days=1), "*", D("0.5"), DURATION, timedelta(hours=12)),
        (3, "*", timedelta(days=1), DURATION, timedelta(days=3)),
        (timedelta(microseconds=5), "/", 2, DURATION, timedelta(microseconds=3)),
        (timedelta(microseconds=-5), "/", 2, DURATION, timedelta(microseconds=-3)),
        (timedelta(days=1), "/", 0, DURATION, None),
    ],
)
def test_arithmetic(left, operator, right, type_: Type, expected):
    found = scalars.arithmetic(operator, left, right, type_)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("left", "operator", "right", "type_"),
    [
        (LARGEST, "+", 1, INT),
        (LARGEST, "*", 10, INT),
        (-LARGEST, "-", 1, INT),
        (LARGEST, "+", D("0.1"), decimal(38, 1)),
        (10**32, "/", 1, QUOTIENT),
    ],
)
def test_more_than_38_digits_are_an_error(left, operator, right, type_):
    with pytest.raises(NumberTooLargeError, match="38 digits"):
        scalars.arithmetic(operator, left, right, type_)


def test_floats_beyond_18_digits_are_no_decimals():
    with pytest.raises(NumberTooLargeError, match="18 digits"):
        scalars.exact(1e14)
    with pytest.raises(NumberTooLargeError, match="18 digits"):
        scalars.exact(-1e300)
    assert scalars.exact(99999999999999.0) == 99999999999999


def test_durations_beyond_all_time_are_an_error():
    with pytest.raises(OutOfRangeError):
        scalars.arithmetic("*", timedelta(days=1), 10**12, DURATION)


numbers = st.decimals(
    min_value=-(10**12), max_value=10**12, places=4, allow_nan=False, allow_infinity=False
)


@given(numbers, numbers)
def test_quotients_are_rounded_once_half_away(left: Decimal, right: Decimal):
    found = scalars.arithmetic("/", left, right, decimal(38, 6))
    if not right:
        assert found is None
        return
    true = Fraction(left) / Fraction(right)
    error = abs(Fraction(found)) - abs(true)
    assert -Fraction(1, 2_000_000) < error <= Fraction(1, 2_000_000)
    assert not found or (found < 0) == (true < 0)


@given(numbers, numbers)
def test_sums_and_products_are_exact(left: Decimal, right: Decimal):
    type_ = decimal(38, 4)
    assert Fraction(scalars.arithmetic("+", left, right, type_)) == Fraction(left) + Fraction(right)
    assert Fraction(scalars.arithmetic("*", left, right, product(type_, type_))) == Fraction(
        left
    ) * Fraction(right)


NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEVELS = enum("low", "high", ordered=True)


@pytest.mark.parametrize(
    ("name", "arguments", "types", "type_", "expected"),
    [
        ("round", (D("2.345"), 2), (decimal(), INT), decimal(38, 2), D("2.35")),
        ("round", (D("-2.345"), 2), (decimal(), INT), decimal(38, 2), D("-2.35")),
        ("round", (D("2.5"),), (decimal(),), INT, 3),
        ("round", (0.145, 2), (FLOAT, INT), decimal(38, 2), D("0.15")),
        ("round", (155, -1), (INT, INT), INT, 160),
        ("round", (None, 2), (decimal(), INT), decimal(38, 2), None),
        ("abs", (-3,), (INT,), INT, 3),
        ("abs", (D(-LARGEST),), (decimal(38, 0),), decimal(38, 0), D(LARGEST)),
        ("abs", (timedelta(-1),), (DURATION,), DURATION, timedelta(1)),
        ("least", (1, D("0.5")), (INT, decimal(3, 1)), decimal(38, 1), D("0.5")),
        ("greatest", (1, D("0.5")), (INT, decimal(3, 1)), decimal(38, 1), D("1.0")),
        ("greatest", (1, None), (INT, INT), INT, None),
        ("greatest", ("high", "low"), (LEVELS, LEVELS), LEVELS, "high"),
        ("least", ("ą", "z"), (TEXT, TEXT), TEXT, "z"),
        ("least", (NOW, NOW - timedelta(1)), (TIMESTAMP,) * 2, TIMESTAMP, NOW - timedelta(1)),
        ("coalesce", (None, 1), (decimal(5, 2), INT), decimal(38, 2), D("1.00")),
        ("coalesce", (None, None), (INT, INT), INT, None),
        ("mean", (1, None, D("2.0000015")), (INT, INT, decimal(18, 7)), QUOTIENT, D("1.500001")),
        ("mean", (None,), (INT,), QUOTIENT, None),
        ("mean", (0.1, 0.2), (FLOAT, FLOAT), QUOTIENT, D("0.15")),
        ("known", (None, 1, None), (INT, INT, INT), INT, 1),
        ("trim", (" \t\n\r\f\va\u00a0 b ",), (TEXT,), TEXT, "a\u00a0 b"),
        ("length", ("zażółć\U0001f600",), (TEXT,), INT, 7),
        ("lower", ("ŻÓŁĆ",), (TEXT,), TEXT, "żółć"),
        ("upper", ("straße",), (TEXT,), TEXT, "STRAßE"),
        ("fold", (("A", None, "b"),), (TEXT,), TEXT, ("a", None, "b")),
        ("list_count", (("a", None, "b"),), (TEXT,), INT, 2),
        ("list_count", ((),), (TEXT,), INT, 0),
        ("lower", (None,), (TEXT,), TEXT, None),
    ],
)
def test_functions(name, arguments, types, type_, expected):
    found = scalars.function(name, arguments, types, type_)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("left", "right", "types", "order"),
    [
        (1, D("1.0"), (INT, decimal(3, 1)), 0),
        (D("0.1"), 0.1, (decimal(3, 1), FLOAT), 0),
        (10**38 - 1, D(10) ** 37, (INT, decimal(38, 0)), 1),
        ("B", "a", (TEXT, TEXT), -1),
        ("\uffee", "\U0001f600", (TEXT, TEXT), -1),  # code points, not UTF-16
        ("low", "high", (LEVELS, LEVELS), -1),
        (timedelta(1), timedelta(hours=24), (DURATION, DURATION), 0),
    ],
)
def test_order(left, right, types, order):
    assert scalars.compare(left, right, *types) == order
    assert scalars.compare(right, left, *reversed(types)) == -order
