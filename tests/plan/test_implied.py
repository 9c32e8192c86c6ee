"""What follows from the searches that all must hold is not asked again; searches are narrowed by each other."""

from __future__ import annotations

import pytest

from segql.model.nodes import Compare, Not
from segql.plan.nodes import Aggregation, Existence
from segql.plan.simplify import time_bound
from tests.plan.models import AS_OF, planned


def asked(*lines: str) -> list[str]:
    """The conjuncts that are left: the days that a search looks back, `not` before what is negated; else their kind."""
    found = []
    for item in planned(*lines).segments["asked"].conditions:
        inner = item.item if isinstance(item, Not) else item
        text = type(inner).__name__
        if isinstance(inner, Existence):
            text = " ".join(f"{days} days" for days in back(inner)) or "ever"
        found.append("not " * (inner is not item) + text)
    return found


def back(search: Existence) -> list[int]:
    bounds = filter(None, map(time_bound, search.selection.conditions))
    return [(AS_OF.date() - edge[0].date()).days for _, lower, edge in bounds if lower]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (("did purchase", "did purchase in last 90 days"), ["90 days"]),
        (("did purchase in last 90 days", "did purchase"), ["90 days"]),
        (("did not purchase", "did not purchase in last 90 days"), ["not ever"]),
        (("did purchase", "did paid_purchase"), ["ever"]),
        (("did not purchase", "did not paid_purchase"), ["not ever"]),
        (("did not purchase", "not (first(purchase.at) in last 60 days)"), ["not ever"]),
        (("did purchase", "last(purchase.at) >= 9 days ago"), ["Compare"]),
        (("did purchase in last 9 days", "last(purchase.at) >= 9 days ago"), ["9 days"]),
        (("did purchase", "last(purchase.at) is known"), ["ever"]),
        (("did purchase in last 9 days", "any { opt_in\n did purchase }"), ["9 days"]),
        (("did not purchase", "any { opt_in\n did purchase }"), ["not ever", "Truth"]),
        (("did purchase in last 9 days", "first(purchase.at) >= 9 days ago"), ["Compare"]),
        # nothing follows
        (("did purchase", "did not purchase in last 90 days"), ["ever", "not 90 days"]),
        (("did purchase", "did purchase at least 2 times"), ["ever"]),
        (("did purchase at least 2 times", "did purchase in last 9 days"), ["ever", "9 days"]),
        (("did purchase", "did email_open"), ["ever", "ever"]),
    ],
)
def test_what_follows_is_left_out(lines: tuple[str, ...], left: list[str]) -> None:
    assert asked(*lines) == left


def test_the_last_row_is_looked_for_where_it_must_be() -> None:
    lines = ("did purchase in last 9 days", "did not email_open since last(purchase.at)")
    _, opened = planned(*lines).segments["asked"].conditions
    assert isinstance(opened, Not)
    assert isinstance(opened.item, Existence)
    assert back(opened.item) == [9]
    (since,) = (
        item.right
        for item in opened.item.selection.conditions
        if isinstance(item, Compare) and isinstance(item.right, Aggregation)
    )
    assert back(Existence(since.span, since.selection)) == [9]


def test_the_last_row_is_one_of_all_where_all_are_read_anyway() -> None:
    lines = ("did purchase in last 9 days", "last(purchase.amount) < avg(purchase.amount)")
    _, compared = planned(*lines).segments["asked"].conditions
    assert isinstance(compared, Compare)
    assert isinstance(compared.left, Aggregation)
    assert back(Existence(compared.span, compared.left.selection)) == []
