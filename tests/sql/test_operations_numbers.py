"""Arithmetic and aggregates (3.2, 3.7) on the engines, against what Python computes exactly."""

from __future__ import annotations

import math
import random
from decimal import Context, Decimal
from itertools import product
from typing import Any

import pytest
from sqlglot import exp

from segql.model import scalars
from segql.model.types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    QUOTIENT,
    TEXT,
    Type,
    decimal,
    enum,
    wider,
)
from segql.model.types import (
    product as product_type,
)
from segql.sql import build as b
from tests.sql.operations import Engine, name, timedelta

MONEY = decimal(12, 2)
FINE = decimal(30, 9)
INTS = [None, 0, 1, -1, 2, 3, -7, 10, 2**31, -(2**31), 2**63 - 1, -(2**63), 10**20, -(10**20) + 1]
DECIMALS = [
    Decimal(one) for one in ("0", "0.01", "-0.01", "1.005", "-2.5", "7", "123456789.123456789")
]
FLOATS = [0.1, -2.5, 1e-5, 123456.789, 1e13, 2.00005, -0.00005]


def is_error(engine: Engine, sql: str) -> bool:
    try:
        engine.rows(sql)
    except Exception:
        return True
    return False


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
@pytest.mark.parametrize(
    ("left", "right"), [(INT, INT), (INT, FINE), (FINE, INT), (FINE, FINE)], ids=str
)
def test_exact_arithmetic(engine: Engine, operator: Any, left: Type, right: Type) -> None:
    d = engine.dialect()
    results = {"/": QUOTIENT, "*": product_type(left, right)}
    result = results.get(operator, wider(left, right))
    values = {INT: INTS, FINE: [None, *DECIMALS]}
    expressions, expected = [], []
    for one, other in product(values[left], values[right]):
        unknown = one is None or other is None
        try:
            right_one = None if unknown else scalars.arithmetic(operator, one, other, result)
        except scalars.NumberTooLargeError:
            continue
        expected.append(right_one)
        both = d.literal(one, left), d.literal(other, right)
        expressions.append(d.arithmetic(operator, *both, left, right, result))
    assert engine.each(expressions) == expected


def test_arithmetic_of_narrow_columns_is_wide(engine: Engine) -> None:
    engine.run("CREATE TEMPORARY TABLE narrow (i INTEGER, j BIGINT)")
    engine.run("INSERT INTO narrow VALUES (2147483647, 9223372036854775807)")
    d = engine.dialect()
    i, j, two = name("i"), name("j"), d.literal(2, INT)
    sums = [
        d.arithmetic(operator, left, right, INT, INT, INT)
        for operator, left, right in (
            ("+", i, i),
            ("*", i, i),
            ("+", j, j),
            ("*", j, j),
            ("*", two, j),
            ("-", i, j),
        )
    ]
    n, m = 2**31 - 1, 2**63 - 1
    assert engine.each(sums, "FROM narrow") == [2 * n, n * n, 2 * m, m * m, 2 * m, n - m]
    others = [d.negative(j, INT), d.absolute(d.negative(j, INT), INT)]
    assert engine.each(others, "FROM narrow") == [-m, m]
    assert engine.each([d.sum(j, INT), d.avg(j, INT), d.median(j, INT)], "FROM narrow") == [m, m, m]


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 99, 100, 999_999, 1_000_000])
def test_the_median_is_the_mean_of_the_middle_two(engine: Engine, rows: int) -> None:
    source = f"FROM GENERATE_SERIES(1, {rows}) AS t(a)"
    assert engine.value(engine.dialect().median(name("a"), INT), source) == Decimal(rows + 1) / 2


def test_the_upper_middle_is_found_in_doubles() -> None:
    """As Postgres reckons it, the smallest whole number not below the fraction of the count (orderedsetaggs.c)."""
    upper = float("0.5000000000000001")
    assert upper == math.nextafter(0.5, 1)
    for count in (*range(1, 5000), *(2**power + d for power in range(12, 51) for d in range(4))):
        assert math.ceil(upper * count) == count // 2 + 1


def test_overflow_is_an_error_or_right(engine: Engine) -> None:
    d = engine.dialect()
    big, more = 10**37 * 9, Decimal("9" * 32)
    cases = [
        (d.arithmetic("*", d.literal(big, INT), d.literal(big, INT), INT, INT, INT), big * big),
        (d.arithmetic("+", d.literal(big, INT), d.literal(big, INT), INT, INT, INT), big * 2),
        (
            d.arithmetic(
                "*",
                d.literal(more, decimal(38, 6)),
                d.literal(more, decimal(38, 6)),
                decimal(38, 6),
                decimal(38, 6),
                decimal(38, 12),
            ),
            scalars.EXACT.multiply(more, more),
        ),
        (d.sum(name("a"), INT), 3 * big),
        (d.stddev(name("a"), INT), None),
    ]
    source = engine.values(d, [(big,), (big,), (big,)], [INT])
    for expression, right in cases:
        sql = (
            f"SELECT {engine.print(expression)} {source} GROUP BY a"
            if "a" not in engine.print(expression)
            else f"SELECT {engine.print(expression)} {source}"
        )
        if not is_error(engine, sql):
            assert right is None or engine.rows(sql)[0][0] == right


def test_floats(engine: Engine) -> None:
    d = engine.dialect()
    cases = [("+", 0.1, 0.2), ("-", 1.5, 2.25), ("*", 1.5, -3.0), ("/", 1.0, 3.0), ("/", 1.0, 0.0)]
    found = engine.each(
        [
            d.arithmetic(o, d.literal(x, FLOAT), d.literal(y, FLOAT), FLOAT, FLOAT, FLOAT)
            for o, x, y in cases
        ]  # type: ignore[arg-type]
    )
    assert found[:4] == pytest.approx([0.1 + 0.2, 1.5 - 2.25, -4.5, 1 / 3])
    assert found[4] is None
    mixed = d.arithmetic("*", d.literal(3, INT), d.literal(0.5, FLOAT), INT, FLOAT, FLOAT)
    assert engine.value(mixed) == 1.5


def test_conversions(engine: Engine) -> None:
    d = engine.dialect()
    to = decimal(18, 4)
    found = engine.each([d.convert(d.literal(one, FLOAT), FLOAT, to) for one in FLOATS])
    assert found == [scalars.exact(one) for one in FLOATS]
    halves = [Decimal("2.5"), Decimal("-2.5"), Decimal("0.05"), Decimal("-0.45")]
    fine = decimal(38, 2)
    for places in (0, 1):
        found = engine.each(
            [d.round(d.literal(one, fine), fine, places, decimal(38, places)) for one in halves]
        )
        assert found == [scalars.half_away(one, places) for one in halves]
    ints = [d.round(d.literal(one, INT), INT, -2, INT) for one in (250, -250, 249, -349, 50)]
    assert engine.each(ints) == [300, -300, 200, -300, 100]
    assert engine.value(d.round(d.literal(2.675, FLOAT), FLOAT, 2, FLOAT)) == pytest.approx(2.68)


def test_functions_of_several_arguments(engine: Engine) -> None:
    d = engine.dialect()
    types = [INT, MONEY, INT]
    rows = [
        (1, Decimal("1.50"), 2),
        (None, Decimal("-3.25"), 4),
        (None, None, None),
        (5, None, -5),
        (2**62, Decimal("1"), 2**62),
    ]
    for row in rows:
        values = [d.literal(one, type_) for one, type_ in zip(row, types, strict=True)]
        result = decimal(38, 2)
        found = engine.each(
            [
                d.least(values, types, result),
                d.greatest(values, types, result),
                d.mean(values, types, QUOTIENT),
                d.known(values),
                d.coalesce(values, types, result),
            ]
        )
        known = [one for one in row if one is not None]
        strict = len(known) == len(row)
        assert found == [
            min(row) if strict else None,  # type: ignore[type-var]
            max(row) if strict else None,  # type: ignore[type-var]
            scalars.mean(known),
            len(known),
            known[0] if known else None,
        ]


def test_more_conditions_than_a_function_has_arguments(engine: Engine) -> None:
    d = engine.dialect()
    values = [d.literal(one, INT) for one in [None, 1] * 101]
    nulls = [b.is_null(value) for value in values]
    true = exp.Boolean(this=True)
    found = engine.each([d.known(values), d.count_of(nulls), d.count_of([*nulls, true])])
    assert found == [101, 101, 102]


def test_least_of_texts_and_enums(engine: Engine) -> None:
    d = engine.dialect()
    texts = [d.literal(one, TEXT) for one in ("b", "B", "ą")]
    plan = enum("pro", "free", ordered=True)
    plans = [d.literal(one, plan) for one in ("free", "pro")]
    found = engine.each(
        [
            d.least(texts, [TEXT] * 3, TEXT),
            d.greatest(texts, [TEXT] * 3, TEXT),
            d.least(plans, [plan] * 2, plan),
            d.greatest([*plans, d.null(plan)], [plan] * 3, plan),
        ]
    )
    assert found == ["B", "ą", "pro", None]


def test_durations(engine: Engine) -> None:
    d = engine.dialect()
    hour, five = timedelta(hours=1), timedelta(microseconds=5)
    found = engine.each(
        [
            d.arithmetic(
                "+",
                d.literal(hour, DURATION),
                d.literal(five, DURATION),
                DURATION,
                DURATION,
                DURATION,
            ),
            d.arithmetic(
                "-",
                d.literal(five, DURATION),
                d.literal(hour, DURATION),
                DURATION,
                DURATION,
                DURATION,
            ),
            d.arithmetic(
                "*", d.literal(five, DURATION), d.literal(3, INT), DURATION, INT, DURATION
            ),
            d.arithmetic(
                "*",
                d.literal(Decimal("-0.5"), decimal(3, 1)),
                d.literal(five, DURATION),
                decimal(3, 1),
                DURATION,
                DURATION,
            ),
            d.arithmetic(
                "/", d.literal(five, DURATION), d.literal(2, INT), DURATION, INT, DURATION
            ),
            d.arithmetic(
                "/", d.literal(five, DURATION), d.literal(0, INT), DURATION, INT, DURATION
            ),
            d.arithmetic(
                "*", d.literal(five, DURATION), d.literal(0.1, FLOAT), DURATION, FLOAT, DURATION
            ),
        ]
    )
    assert found == [3600000005, 5 - 3600000000, 15, -3, 3, None, 1]


def sample_stddev(values: list[Decimal]) -> Decimal | None:
    """Exact variance at 12 places, its root at 6, half away each."""
    n = len(values)
    if n < 2:
        return None
    scale = max(-int(one.as_tuple().exponent) for one in values)
    whole = [int(one.scaleb(scale)) for one in values]
    above = n * sum(one * one for one in whole) - sum(whole) ** 2
    variance = scalars.quotient(Decimal(above), Decimal(n * (n - 1) * 100**scale), 12)
    root = Context(prec=120).sqrt(variance)
    return scalars.half_away(root, 6)


def groups() -> list[list[Decimal | None]]:
    random.seed(3)
    cents = [
        [
            Decimal(random.randint(-(10**size), 10**size)).scaleb(-2)
            for _ in range(random.randint(0, 9))
        ]
        for size in (1, 3, 6, 9, 10)
        for _ in range(5)
    ]
    return [[], [None], [Decimal("5.00")], [Decimal("1.00"), None, Decimal("1.01")], *cents]  # type: ignore[list-item]


@pytest.mark.parametrize("type_", [MONEY, FLOAT, INT], ids=str)
def test_aggregates_of_numbers(engine: Engine, type_: Type) -> None:
    d = engine.dialect()
    for group in groups():
        if type_ == INT:
            group = [None if one is None else Decimal(int(one * 100)) for one in group]
        known = [one for one in group if one is not None]
        rows: list[tuple[object, object]] = [(one, True) for one in group] + [
            (Decimal(77), False),
            (Decimal(99), None),
        ]
        source = engine.values(d, rows, [MONEY if type_ == FLOAT else type_, BOOL])
        if type_ == FLOAT:
            source = f"FROM (SELECT CAST(a AS DOUBLE PRECISION) AS a, b {source}) AS t"
        a, only = name("a"), name("b")
        found = engine.each(
            [
                d.sum(a, type_, only),
                d.avg(a, type_, only),
                d.median(a, type_, only),
                d.stddev(a, type_, only),
                d.min(a, type_, only),
                d.max(a, type_, only),
                d.count_rows(only),
                d.count_distinct(a, type_, only),
            ],
            source,
        )
        ordered = sorted(known)
        middle = ordered[(len(known) - 1) // 2 : len(known) // 2 + 1] if known else []
        bounds = [min(known), max(known)] if known else [None, None]
        if type_ == FLOAT:
            bounds = [None if one is None else float(one) for one in bounds]  # type: ignore[misc]
        assert found == [
            sum(known) if known else None,
            scalars.mean(known),
            scalars.mean(middle),
            sample_stddev(known),
            *bounds,
            len(group),
            len(set(known)),
        ]


def test_stddev_of_large_numbers(engine: Engine) -> None:
    """Where the root of a double is not enough."""
    d = engine.dialect()
    random.seed(5)
    wide = decimal(20, 0)
    for _ in range(30):
        values = [Decimal(random.randint(-(10**12), 10**12)) for _ in range(3)]
        source = engine.values(d, [(one,) for one in values], [wide])
        assert engine.value(d.stddev(name("a"), wide), source) == sample_stddev(values)


def test_ratio_and_share(engine: Engine) -> None:
    d = engine.dialect()
    source = engine.values(d, [(1, True), (2, True), (3, None), (4, False)], [INT, BOOL])
    big = b.gt(name("a"), b.number(1))
    assert engine.each(
        [
            d.share(name("b")),
            d.share(big, name("b")),
            d.share(big, b.gt(name("a"), b.number(10))),
            d.ratio(d.literal(Decimal("2.00"), MONEY), d.literal(Decimal("-3.00"), MONEY), MONEY),
            d.ratio(d.literal(Decimal("2.00"), MONEY), d.literal(Decimal("0.00"), MONEY), MONEY),
        ],
        source,
    ) == [Decimal("0.5"), Decimal("0.5"), None, Decimal("-0.666667"), None]


def test_first_last_and_nth_keep_unknown_values(engine: Engine) -> None:
    d = engine.dialect()
    rows = [(None, 1, 1), ("x", 2, 2), ("y", 2, 1), ("z", 3, 1), (None, 4, 1)]
    source = engine.values(d, rows, [TEXT, INT, INT])
    order = [(name("b"), False), (name("c"), False)]
    last = [(one, True) for one, _ in order]
    early = b.lt(name("b"), b.number(4))
    a = name("a")
    assert engine.each(
        [
            d.nth(a, TEXT, 1, order),
            d.nth(a, TEXT, 1, last),
            d.nth(a, TEXT, 1, last, early),
            d.nth(a, TEXT, 2, order),
            d.nth(a, TEXT, 3, order, early),
            d.nth(a, TEXT, 9, order),
            d.nth(a, TEXT, 2, last),
            d.nth(a, TEXT, 1, order, b.gt(name("b"), b.number(9))),
        ],
        source,
    ) == [None, None, "z", "y", "x", None, "z", None]


def test_bounds_of_texts_and_enums(engine: Engine) -> None:
    d = engine.dialect()
    plan = enum("team", "free", "Pro", ordered=True)
    source = engine.values(d, [("b", "Pro"), ("B", "free"), (None, None)], [TEXT, TEXT])
    assert engine.each(
        [
            d.min(name("a"), TEXT),
            d.max(name("a"), TEXT),
            d.count_distinct(name("a"), TEXT),
            d.min(name("b"), plan),
            d.max(name("b"), plan),
            d.max(name("b"), plan, b.eq(name("a"), d.literal("q", TEXT))),
        ],
        source,
    ) == ["B", "b", 2, "free", "Pro", None]


def test_collect(engine: Engine) -> None:
    d = engine.dialect()
    source = engine.values(d, [(1,), (2,)], [INT])
    assert sorted(engine.value(d.collect(name("a"), INT), source)) == [1, 2]


def test_scales_of_stored_decimals(engine: Engine) -> None:
    """A DOUBLE column (of a CSV) that is declared decimal sums exactly."""
    from segql.model.nodes import Column

    engine.run("CREATE TEMPORARY TABLE prices (p DOUBLE PRECISION)")
    engine.run("INSERT INTO prices VALUES (0.1), (0.2), (0.3), (0.1)")
    d = engine.dialect()
    price = d.read("prices", Column(("p",)), MONEY)
    assert engine.value(d.sum(price, MONEY), "FROM prices") == Decimal("0.70")
