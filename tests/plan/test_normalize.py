"""The normal form: constants folded, negations at the leaves, counts as existences, exact rewritings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segql.model import nodes, scalars
from segql.model.clock import Clock
from segql.model.nodes import Attribute, Column, Compare, Const, Elapsed, Row, Settings, Source
from segql.model.types import DATE, INT, QUOTIENT
from segql.plan import PlanError
from segql.plan.comparisons import comparison
from segql.plan.nodes import NOWHERE, Aggregation, Always, Existence
from segql.plan.simplify import all_of, complement, count_of, tighten
from tests.plan.models import planned

WARSAW = Settings("Europe/Warsaw")


def only(line: str) -> nodes.Condition:
    (condition,) = planned(line).segments["asked"].lines
    return condition


def test_a_window_becomes_comparisons_with_constants() -> None:
    condition = only("did purchase in last 90 days")
    assert isinstance(condition, Existence)
    bounds = {
        (item.operator, item.right.value)
        for item in condition.selection.conditions
        if isinstance(item, Compare) and isinstance(item.right, Const)
    }
    assert bounds == {
        (">=", datetime(2025, 10, 3, 12, tzinfo=UTC)),
        ("<", datetime(2026, 1, 1, 12, tzinfo=UTC)),
    }


def test_an_earlier_end_of_the_window_makes_the_end_at_as_of_superfluous() -> None:
    condition = only("did purchase before 90 days ago")
    assert isinstance(condition, Existence)
    (bound,) = condition.selection.conditions
    assert isinstance(bound, Compare)
    assert isinstance(bound.right, Const)
    assert (bound.operator, bound.right.value) == ("<", datetime(2025, 10, 3, 12, tzinfo=UTC))


def test_a_window_in_the_future_holds_no_event() -> None:
    assert only("did purchase in next 30 days") == Always(NOWHERE, False)
    assert only("did not purchase in next 30 days") == Always(NOWHERE, True)


def test_a_subset_is_its_base_with_conditions() -> None:
    one, other = (
        planned("did paid_purchase", 'did purchase where { status = "paid" }')
        .segments["asked"]
        .lines
    )
    assert one == other


@pytest.mark.parametrize(
    ("line", "low", "high", "negated"),
    [
        ("count(purchase) >= 3", 3, None, False),
        ("count(purchase) > 3", 4, None, False),
        ("count(purchase) = 3", 3, 3, False),
        ("count(purchase) < 3", 3, None, True),
        ("count(purchase) <= 3", 4, None, True),
        ("count(purchase) != 3", 3, 3, True),
        ("count(purchase) = 0", 1, None, True),
        ("count(purchase) != 0", 1, None, False),
        ("3 <= count(purchase)", 3, None, False),
    ],
)
def test_a_count_compared_with_a_number_asks_for_rows(
    line: str, low: int, high: int | None, negated: bool
) -> None:
    condition = only(line)
    inner = condition.item if isinstance(condition, nodes.Not) else condition
    assert isinstance(inner, Existence)
    assert (inner.low, inner.high, inner is not condition) == (low, high, negated)


def test_a_count_that_is_always_large_enough_asks_nothing() -> None:
    assert only("count(purchase) >= 0") == Always(NOWHERE, True)
    assert only("count(purchase) < 0") == Always(NOWHERE, False)


def test_the_last_time_is_the_latest() -> None:
    condition = only("last(purchase.at) before 2025-06-01")
    assert isinstance(condition, Compare)
    assert isinstance(condition.left, Aggregation)
    assert condition.left.function == "max"


def test_not_reaches_the_leaves() -> None:
    condition = only('none { opt_in and country = "PL"\n did purchase }')
    assert isinstance(condition, nodes.All)
    either, no_purchase = condition.items
    assert isinstance(either, nodes.Any)
    assert all(isinstance(item, nodes.Not) for item in (*either.items, no_purchase))


def test_an_age_is_compared_as_a_date_of_birth() -> None:
    condition = only("age >= 30")
    assert isinstance(condition, Compare)
    assert isinstance(condition.left, nodes.Attr)
    assert condition.operator == "<"
    assert condition.right == Const(DATE, NOWHERE, date(1996, 1, 2))


def test_equal_aggregations_of_two_segments_are_equal() -> None:
    plan = planned("paid_spend >= 1000", "sum(paid_purchase.amount) < 5000")
    left = [line.left for line in plan.segments["asked"].lines if isinstance(line, Compare)]
    assert left[0] == left[1]
    assert plan.normalizer.names == {left[0]: "paid_spend"}


def test_a_moment_outside_of_the_calendar_is_an_error_with_its_place() -> None:
    with pytest.raises(PlanError) as caught:
        planned("did purchase since 9000 years ago")
    assert caught.value.span.file == "test.seg"


# --- rewritings are exact -------------------------------------------------------------------------

SOURCE = Source("person", NOWHERE)
BORN = Attribute("born", DATE, True, Column(("born",)), NOWHERE)
VALUE = nodes.Attr(DATE, NOWHERE, Row(0, SOURCE), BORN)
DATES = st.dates(date(1990, 1, 1), date(2030, 12, 31))


def holds(condition: nodes.Condition, born: date, clock: Clock) -> bool:
    """A condition about `born` alone, evaluated."""

    def value(node: nodes.Value) -> object:
        if isinstance(node, nodes.Attr):
            return born
        if isinstance(node, Elapsed):
            start, end = value(node.start), value(node.end)
            assert isinstance(start, date)
            assert isinstance(end, date)
            return clock.elapsed(node.unit, start, end)
        assert isinstance(node, Const)
        return node.value

    match condition:
        case Compare():
            left, right = value(condition.left), value(condition.right)
            return bool(OPERATORS[condition.operator](left, right))
        case nodes.InWindow():
            assert condition.window.start is not None
            assert condition.window.end is not None
            start, end = value(condition.window.start), value(condition.window.end)
            return (start <= born < end) != condition.negated  # type: ignore[operator]
    raise TypeError(type(condition).__name__)


OPERATORS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@given(
    born=DATES,
    today=DATES,
    n=st.integers(-30, 60),
    unit=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    operator=st.sampled_from(list(OPERATORS)),
    until=st.booleans(),
)
def test_elapsed_units_become_bounds(born, today, n, unit, operator, until) -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), WARSAW)
    fixed = Const(DATE, NOWHERE, today)
    start, end = (fixed, VALUE) if until else (VALUE, fixed)
    left = Elapsed(INT, NOWHERE, unit, start, end)
    plain = Compare(NOWHERE, operator, left, Const(INT, NOWHERE, n))
    rewritten = comparison(operator, left, plain.right, NOWHERE, clock)
    assert rewritten != plain
    assert holds(rewritten, born, clock) == holds(plain, born, clock)


@given(
    today=st.dates(date(2020, 2, 1), date(2028, 3, 31)).filter(lambda d: d.day >= 27 or d.day <= 2),
    born=st.dates(date(1996, 2, 25), date(1996, 3, 5)),
    n=st.integers(20, 36),
)
def test_elapsed_years_around_29_february(today, born, n) -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), WARSAW)
    left = Elapsed(INT, NOWHERE, "year", VALUE, Const(DATE, NOWHERE, today))
    plain = Compare(NOWHERE, ">=", left, Const(INT, NOWHERE, n))
    rewritten = comparison(">=", left, plain.right, NOWHERE, clock)
    assert holds(rewritten, born, clock) == holds(plain, born, clock)


# --- connectives ----------------------------------------------------------------------------------

LEAVES = [
    nodes.IsKnown(NOWHERE, nodes.Attr(DATE, NOWHERE, Row(level, SOURCE), BORN))
    for level in range(4)
]
TREES = st.recursive(
    st.one_of(st.sampled_from(LEAVES), st.booleans().map(lambda v: Always(NOWHERE, v))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: ("all", items)),
        st.lists(inner, max_size=3).map(lambda items: ("any", items)),
        st.tuples(
            st.lists(inner, min_size=1, max_size=4),
            st.integers(0, 4),
            st.none() | st.integers(0, 4),
        ).map(lambda t: ("count", *t)),
        inner.map(lambda item: ("not", item)),
    ),
    max_leaves=12,
)


def normal(tree) -> nodes.Condition:
    if not isinstance(tree, tuple):
        return tree
    match tree:
        case ("all", items):
            return all_of(map(normal, items), NOWHERE)
        case ("any", items):
            from segql.plan.simplify import any_of

            return any_of(map(normal, items), NOWHERE)
        case ("count", items, low, high):
            return count_of(map(normal, items), low, high, NOWHERE)
        case ("not", item):
            return complement(normal(item))
    raise TypeError(tree)


def truth(tree, facts: tuple[bool, ...]) -> bool:
    match tree:
        case ("all", items):
            return all(truth(item, facts) for item in items)
        case ("any", items):
            return any(truth(item, facts) for item in items)
        case ("count", items, low, high):
            found = sum(truth(item, facts) for item in items)
            return low <= found and (high is None or found <= high)
        case ("not", item):
            return not truth(item, facts)
        case Always():
            return tree.value
        case nodes.All():
            return all(truth(item, facts) for item in tree.items)
        case nodes.Any():
            return any(truth(item, facts) for item in tree.items)
        case nodes.CountOf():
            found = sum(truth(item, facts) for item in tree.items)
            return tree.low <= found and (tree.high is None or found <= tree.high)
        case nodes.IsKnown():
            return facts[tree.value.row.level] != tree.negated
    raise TypeError(tree)


@given(TREES, st.tuples(*[st.booleans()] * 4))
def test_connectives_keep_their_meaning(tree, facts) -> None:
    assert truth(normal(tree), facts) == truth(tree, facts)


# --- bounds ---------------------------------------------------------------------------------------

BOUNDS = st.lists(
    st.tuples(
        st.sampled_from(["<", "<=", ">", ">="]), st.dates(date(2025, 1, 1), date(2025, 1, 6))
    ),
    max_size=5,
)


@given(BOUNDS)
def test_tightened_bounds_hold_the_same_dates(bounds) -> None:
    items = [Compare(NOWHERE, op, VALUE, Const(DATE, NOWHERE, day)) for op, day in bounds]
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), WARSAW)
    tight = tighten(items, NOWHERE)
    assert len([item for item in tight if isinstance(item, Compare)]) <= 2
    for offset in range(-2, 9):
        day = date(2025, 1, 1) + timedelta(days=offset)
        wide = all(holds(item, day, clock) for item in items)
        narrow = all(
            item.value if isinstance(item, Always) else holds(item, day, clock) for item in tight
        )
        assert wide == narrow


AMOUNTS = st.decimals(min_value=-3, max_value=3, places=6, allow_nan=False, allow_infinity=False)


@given(
    amounts=st.lists(AMOUNTS, max_size=8),
    bound=st.decimals(min_value=-3, max_value=3, places=6, allow_nan=False, allow_infinity=False),
    near=st.sampled_from([None, 0, 1, -1]),
    operator=st.sampled_from(["<", "<=", ">", ">="]),
)
def test_an_average_need_not_be_divided(amounts, bound, near, operator) -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), WARSAW)
    condition = only("avg(purchase.amount) >= 1")
    assert isinstance(condition, Compare)
    total = condition.left
    assert isinstance(total, Aggregation)
    exact = scalars.half_away(sum(amounts) / len(amounts), 6) if amounts else None
    if near is not None and exact is not None:
        bound = exact + near * Decimal("0.000001")
    average = Aggregation(QUOTIENT, NOWHERE, "avg", total.selection, total.argument)
    rewritten = comparison(operator, average, Const(QUOTIENT, NOWHERE, bound), NOWHERE, clock)
    assert isinstance(rewritten, Compare)
    assert isinstance(rewritten.right, nodes.Arithmetic)
    limit = rewritten.right.right
    assert isinstance(limit, Const)
    assert isinstance(limit.value, Decimal)
    if exact is not None:
        product = limit.value * len(amounts)
        assert OPERATORS[rewritten.operator](sum(amounts), product) == OPERATORS[operator](
            exact, bound
        )


@given(
    rows=st.lists(st.booleans(), max_size=9),
    bound=st.decimals(min_value=-1, max_value=2, places=6, allow_nan=False, allow_infinity=False),
    near=st.sampled_from([None, 0, 1, -1]),
    operator=st.sampled_from(["<", "<=", ">", ">="]),
)
def test_a_share_need_not_be_divided(rows, bound, near, operator) -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), WARSAW)
    condition = only('share(purchase where { status = "paid" }) >= 0.3')
    assert isinstance(condition, Compare)
    holding = condition.left
    assert isinstance(holding, Aggregation)
    assert holding.function == "holding"
    exact = scalars.half_away(Decimal(sum(rows)) / len(rows), 6) if rows else None
    if near is not None and exact is not None:
        bound = exact + near * Decimal("0.000001")
    share = Aggregation(QUOTIENT, NOWHERE, "share", holding.selection, holding.argument)
    rewritten = comparison(operator, share, Const(QUOTIENT, NOWHERE, bound), NOWHERE, clock)
    assert isinstance(rewritten, Compare)
    assert isinstance(rewritten.right, nodes.Arithmetic)
    limit = rewritten.right.right
    assert isinstance(limit, Const)
    assert isinstance(limit.value, Decimal)
    if exact is not None:
        product = limit.value * len(rows)
        assert OPERATORS[rewritten.operator](sum(rows), product) == OPERATORS[operator](
            exact, bound
        )
