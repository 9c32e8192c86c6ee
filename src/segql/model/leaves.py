"""Leaves that ask one value: a bool, `is known`, texts, lists, windows, distances; and raw SQL."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from segql.model import codes, comparisons, misread, times, windows
from segql.model.nodes import (
    Anniversary,
    Condition,
    Const,
    Function,
    InWindow,
    IsKnown,
    ListTest,
    Near,
    RawSql,
    SqlText,
    TextTest,
    Truth,
    Value,
)
from segql.model.parameters import spread
from segql.model.rawsql import check_sql
from segql.model.regex import BadPattern, normalise
from segql.model.scope import Scope
from segql.model.types import (
    BOOL,
    DATE,
    POINT,
    TEXT,
    UNKNOWN,
    EnumType,
    ListType,
    is_number,
    is_text,
    is_time,
)
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

_METRES = {"km": Decimal(1000), "miles": Decimal("1609.344")}
_HALF_WAY_ROUND = 20_015_115
"""Metres: half of the circumference at radius 6371.0088 km."""


def truth(r: Resolver, scope: Scope, node: tree.Truth) -> Condition | None:
    if misread.is_rows(r, scope, node.value):
        return None
    value = r.value(scope, node.value)
    if value.type in (BOOL, UNKNOWN):
        return Truth(node.span, value)
    hint = "compare it with something"
    if isinstance(value.type, EnumType):
        hint = (
            f'write `{_path_text(node.value)} = "{value.type.values[0]}"`'
            if value.type.values
            else hint
        )
    elif isinstance(value.type, ListType):
        hint = f"write `{_path_text(node.value)} has …`"
    r.report(
        codes.NOT_A_CONDITION,
        "a bare value used as a condition is a bool",
        node.span,
        f"is {value.type}",
        helps=[hint],
    )
    return None


def _path_text(node: tree.Value) -> str:
    if isinstance(node, tree.Path):
        return ".".join(part.text for part in node.parts)
    return "…"


def known(r: Resolver, scope: Scope, node: tree.Known) -> Condition | None:
    if misread.is_relation(r, scope, node.value):
        return None
    value = r.value(scope, node.value)
    return None if value.type == UNKNOWN else IsKnown(node.span, value, node.negated)


def text_test(r: Resolver, scope: Scope, node: tree.TextTest) -> Condition | None:
    value, pattern = r.value(scope, node.value), r.value(scope, node.pattern)
    if UNKNOWN in (value.type, pattern.type):
        return None
    if not (is_text(value.type) and is_text(pattern.type)):
        hint = "write `has …`" if isinstance(value.type, ListType) else ""
        comparisons.mismatch(r, node.span, value, pattern, hint)
        return None
    if node.test == "matches":
        checked = _pattern(r, pattern, node.ignoring_case)
        if checked is None:
            return None
        pattern = checked
    elif node.ignoring_case:
        pattern = comparisons.folded(pattern)
    if node.ignoring_case:
        value = comparisons.folded(value)
    return TextTest(node.span, node.test, value, pattern, node.negated)


def _pattern(r: Resolver, pattern: Value, ignoring_case: bool) -> Const | None:
    if not isinstance(pattern, Const):
        r.report(
            codes.BAD_PATTERN,
            "a pattern is a literal text",
            pattern.span,
            helps=["`contains` takes any text value"],
        )
        return None
    normalised = normalise(str(pattern.value), ignoring_case)
    if isinstance(normalised, BadPattern):
        r.report(
            codes.BAD_PATTERN,
            f"the pattern is not one that means the same on every engine: {normalised.message}",
            pattern.span,
            helps=[
                "allowed are literals, `.`, ASCII classes, `\\d \\w \\s`, groups, `|`, `* + ? {m,n}`, outer `^ $`"
            ],
        )
        return None
    return Const(TEXT, pattern.span, normalised)


def list_test(r: Resolver, scope: Scope, node: tree.ListTest) -> Condition | None:
    value = r.value(scope, node.value)
    items = spread(r.value(scope, item) for item in node.items)
    if value.type == UNKNOWN or any(item.type == UNKNOWN for item in items):
        return None
    if not isinstance(value.type, ListType):
        r.report(
            codes.TYPE_MISMATCH,
            "`has` asks a list",
            node.value.span,
            f"is {value.type}",
            helps=["a text `contains`; a value is `in (…)`"],
        )
        return None
    element = Const(value.type.item, node.value.span, None)
    test = "any" if node.test == "has" else node.test
    if node.negated:  # `does not have x`
        test = "none"
    if node.another and items and isinstance(items[0].type, ListType):
        if not comparisons.comparable(value.type.item, items[0].type.item):
            comparisons.mismatch(r, node.span, value, items[0])
            return None
        if node.ignoring_case:
            if not is_text(value.type.item):
                comparisons.mismatch(r, node.span, value, items[0], "`ignoring case` is for texts")
                return None
            one, other = (
                Function(side.type, side.span, "fold", (side,)) for side in (value, items[0])
            )
            return ListTest(node.span, test, one, other=other)
        return ListTest(node.span, test, value, other=items[0])
    checked = [comparisons.list_item(r, node.span, element, item) for item in items]
    if any(item is None for item in checked):
        return None
    sound = tuple(item for item in checked if item is not None)
    if node.ignoring_case:
        if not all(is_text(item.type) for item in sound):
            comparisons.mismatch(r, node.span, value, sound[0], "`ignoring case` is for texts")
            return None
        value = Function(value.type, value.span, "fold", (value,))
        sound = tuple(comparisons.folded(item) for item in sound)
    return ListTest(node.span, test, value, sound)


def time_test(r: Resolver, scope: Scope, node: tree.TimeTest) -> Condition | None:
    value = r.value(scope, node.value)
    if value.type == UNKNOWN:
        return None
    if not is_time(value.type):
        helps = []
        if is_number(value.type) and isinstance(node.window, tree.Between):
            helps.append("a range of numbers is `in 1..5`, both ends included")
        if isinstance(node.value, tree.Aggregate):
            helps.append("the window stands inside the call: `count(E in last 30 days) > 3`")
        r.report(
            codes.NOT_A_TIME,
            "a window asks a date or a timestamp",
            node.value.span,
            f"is {value.type}",
            helps=helps,
        )
        return None
    window = r.window(scope, node.window, value.type)
    return None if window is None else InWindow(node.span, value, window, node.negated)


def anniversary(r: Resolver, scope: Scope, node: tree.AnniversaryTest) -> Condition | None:
    value = r.value(scope, node.value)
    if value.type == UNKNOWN:
        return None
    if not is_time(value.type):
        r.report(
            codes.NOT_A_TIME,
            "`anniversary` needs a date or a timestamp",
            node.value.span,
            f"is {value.type}",
        )
        return None
    if value.type != DATE:
        value = times.as_date(r, value)
    window = r.window(scope, node.window, DATE)
    if window is None:
        return None
    for bound in (window.start, window.end):
        if bound is not None and not windows.is_constant(r, bound):
            r.report(
                codes.WRONG_ARGUMENT,
                "the window of an anniversary does not depend on the row",
                node.window.span,
                helps=["such as `in next 7 days`, `in this month`, `today`"],
            )
            return None
    if window.start is None or window.end is None:
        r.report(
            codes.WRONG_ARGUMENT,
            "every anniversary lies in a window without end",
            node.window.span,
            helps=["such as `in next 7 days`, `in this month`, `today`"],
        )
        return None
    return Anniversary(node.span, value, window)


def near(r: Resolver, scope: Scope, node: tree.Near) -> Condition | None:
    value, center = r.value(scope, node.value), r.value(scope, node.center)
    if UNKNOWN in (value.type, center.type):
        return None
    for point in (value, center):
        if point.type != POINT:
            r.report(
                codes.TYPE_MISMATCH,
                "a distance is between points",
                point.span,
                f"is {point.type}",
                helps=[
                    "a point is an attribute of type `point(lat, lon)`, or `point(52.23, 21.01)`"
                ],
            )
            return None
    metres = node.distance.value * _METRES[node.unit]
    whole = int(metres.to_integral_value(rounding=ROUND_HALF_UP))
    if whole > _HALF_WAY_ROUND:
        r.report(
            codes.WRONG_ARGUMENT,
            "no two points of the earth are so far apart",
            node.distance.span,
            f"everybody is within {_HALF_WAY_ROUND // 1000:,} km",
        )
        return None
    return Near(node.span, value, center, whole)


def raw_sql(r: Resolver, scope: Scope, node: tree.RawSql) -> Condition | None:
    sql = SqlText(node.sql.value, r.settings.sql_dialect)
    if not check_sql(r, sql, node.sql):
        return None
    return RawSql(node.span, scope.row, sql)
