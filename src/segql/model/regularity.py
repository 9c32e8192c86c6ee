"""Regularity of events: in so many of the last units, and bursts within any stretch of a length (2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes, searches, times, windows
from segql.model.nodes import Burst, Condition, Not, Regular
from segql.model.scope import Scope
from segql.model.types import DATE
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

MOST_UNITS = 1000


def resolve(r: Resolver, scope: Scope, target: searches.Target, node: tree.Did) -> Condition | None:
    """`did E [TIMES] in at least M of last K …` or `did E [TIMES] within any D [WINDOW]`."""
    inner = searches.enter(scope, target, node.alias)
    search = searches.search(r, scope, inner, target, node.window, node.where, node.span)
    if search is None or search.time is None:
        return None
    dates = search.time.type == DATE
    low, high = (node.times.low, node.times.high) if node.times is not None else (1, None)
    found: Condition
    if node.within_any is not None:
        length = times.LENGTHS.get(node.within_any.unit)
        if length is None or (dates and node.within_any.unit in times.SUB_DAY):
            r.report(
                codes.CALENDAR_DURATION,
                "`within any` takes a length of weeks or shorter units"
                + (", for dates whole days" if dates else ""),
                node.within_any.span,
            )
            return None
        if high is not None:
            r.report(
                codes.BAD_COUNT,
                "`within any` takes `at least N times` or `more than N times`",
                node.times.span if node.times is not None else node.span,
                "some shorter stretch holds fewer",
            )
            return None
        try:
            found = Burst(node.span, search, low, length * node.within_any.count)
        except OverflowError:
            r.report(codes.BAD_TYPE, "the length of time is too large", node.within_any.span)
            return None
    else:
        assert node.regularity is not None
        rule = node.regularity
        if not _sound(r, rule, dates=dates):
            return None
        found = Regular(
            node.span,
            search,
            low,
            high,
            rule.count if rule.each else rule.hits,
            rule.count,
            rule.unit,
            rule.length,
            rule.periods,
        )
    return Not(node.span, found) if node.negated else found


def _sound(r: Resolver, rule: tree.Regularity, *, dates: bool) -> bool:
    if not 1 <= rule.count <= MOST_UNITS or not (rule.each or 1 <= rule.hits <= rule.count):
        r.report(
            codes.BAD_COUNT,
            f"{rule.hits} of the last {rule.count} units",
            rule.span,
            f"at least 1, at most as many as there are, and {MOST_UNITS:,} in all",
        )
        return False
    if not rule.periods and rule.unit not in windows.CALENDAR_UNITS:
        r.report(
            codes.BAD_UNIT,
            f"`{rule.unit}` is not a calendar unit",
            rule.span,
            "day, week, month, quarter or year",
            helps=[f"write `{rule.count} periods of 1 {rule.unit}`"],
        )
        return False
    if rule.periods and dates and rule.unit in times.SUB_DAY:
        times.sub_day(r, rule.unit, rule.span)
        return False
    return True
