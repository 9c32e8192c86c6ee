"""Leaves, each by its own rule: true, false, or None where one meets an unknown value (3.1)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from segql.model import nodes, regex, scalars
from segql.model.clock import has_anniversary
from segql.model.types import Type
from segql.reference import distance, histories
from segql.reference.aggregates import Environment

if TYPE_CHECKING:
    from segql.reference.evaluator import Evaluator


def leaf(e: Evaluator, leaf: nodes.Condition, environment: Environment) -> bool | None:
    """Whether a leaf is true for a row; None where it meets an unknown value."""
    match leaf:
        case nodes.Truth():
            truth = e.value(leaf.value, environment)
            return None if truth is None else truth is True
        case nodes.Compare():
            return _compare(e, leaf, environment)
        case nodes.InSet():
            return _in_set(e, leaf, environment)
        case nodes.InRange():
            return _in_range(e, leaf, environment)
        case nodes.TextTest():
            return _text_test(e, leaf, environment)
        case nodes.ListTest():
            return _list_test(e, leaf, environment)
        case nodes.InWindow():
            time = e.value(leaf.value, environment)
            inside = e.in_window(time, leaf.window, environment)
            return None if inside is None else inside != leaf.negated
        case nodes.Anniversary():
            return _anniversary(e, leaf, environment)
        case nodes.Near():
            value, center = (e.value(point, environment) for point in (leaf.value, leaf.center))
            if value is None or center is None:
                return None
            return distance.metres(value, center) <= leaf.metres  # type: ignore[arg-type]
        case nodes.InTable():
            return _in_table(e, leaf, environment)
        case nodes.HasBeen():
            return _has_been(e, leaf, environment)
        case nodes.RawSql():
            record = e.row(leaf.row, environment)
            found = None if record is None else e.rows.sql(record, leaf.sql)
            return None if found is None else bool(found)
        case _:  # a condition that never meets an unknown
            return e.holds(leaf, environment)


def _in_table(e: Evaluator, leaf: nodes.InTable, environment: Environment) -> bool | None:
    value = e.value(leaf.value, environment)
    type_ = leaf.value.type
    items = e.rows.column(leaf.table, leaf.column, type_)
    return None if value is None else any(same(value, item, type_, type_) for item in items)


def _has_been(e: Evaluator, leaf: nodes.HasBeen, environment: Environment) -> bool | None:
    """The value is `state` now, and has been since `since` or longer."""
    record = e.row(leaf.value.row, environment)
    value, state = e.value(leaf.value, environment), e.value(leaf.state, environment)
    since = e.value(leaf.since, environment)
    if record is None or value is None or state is None or not isinstance(since, datetime):
        return None
    start = histories.run_start(e.rows.spans(record, leaf.value.attribute), e.clock.now)
    return (
        same(value, state, leaf.value.type, leaf.state.type)
        and start is not None
        and start <= since
    )


def _compare(e: Evaluator, leaf: nodes.Compare, environment: Environment) -> bool | None:
    left, right = e.value(leaf.left, environment), e.value(leaf.right, environment)
    if left is None or right is None:
        return None
    order = scalars.compare(left, right, leaf.left.type, leaf.right.type)
    match leaf.operator:
        case "=":
            return order == 0
        case "!=":
            return order != 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case ">=":
            return order >= 0


def _in_set(e: Evaluator, leaf: nodes.InSet, environment: Environment) -> bool | None:
    value = e.value(leaf.value, environment)
    items = [e.value(item, environment) for item in leaf.items]
    if value is None or None in items:
        return None
    types = [item.type for item in leaf.items]
    found = any(
        same(value, item, leaf.value.type, type_) for item, type_ in zip(items, types, strict=True)
    )
    return found != leaf.negated


def _in_range(e: Evaluator, leaf: nodes.InRange, environment: Environment) -> bool | None:
    value = e.value(leaf.value, environment)
    low, high = e.value(leaf.low, environment), e.value(leaf.high, environment)
    if value is None or low is None or high is None:
        return None
    above = scalars.compare(value, low, leaf.value.type, leaf.low.type) >= 0
    below = scalars.compare(value, high, leaf.value.type, leaf.high.type) <= 0
    return (above and below) != leaf.negated


def _text_test(e: Evaluator, leaf: nodes.TextTest, environment: Environment) -> bool | None:
    text, pattern = e.value(leaf.value, environment), e.value(leaf.pattern, environment)
    if not isinstance(text, str) or not isinstance(pattern, str):
        return None
    match leaf.test:
        # 3.8: literal, never patterns
        case "contains":
            found = pattern in text
        case "starts":
            found = text.startswith(pattern)
        case "ends":
            found = text.endswith(pattern)
        case "matches":
            found = regex.search(_pattern(pattern), text)
    return found != leaf.negated


def _list_test(e: Evaluator, leaf: nodes.ListTest, environment: Environment) -> bool | None:
    elements = _elements(e, leaf.value, environment)
    if leaf.other is not None:
        wanted = _elements(e, leaf.other, environment)
    else:
        items = [e.value(item, environment) for item in leaf.items]
        wanted = None if None in items else items
    if elements is None or wanted is None:
        return None
    match leaf.test:
        case "any":
            return any(item in elements for item in wanted)
        case "all":
            return all(item in elements for item in wanted)
        case "none":
            return not any(item in elements for item in wanted)


def _elements(e: Evaluator, value: nodes.Value, environment: Environment) -> list[object] | None:
    """The known elements of a list (3.2: unknown elements are ignored); None: the list is unknown."""
    elements = e.value(value, environment)
    if elements is None:
        return None
    if not isinstance(elements, list | tuple):
        raise TypeError(f"not a list: {elements!r}")
    return [element for element in elements if element is not None]


def _anniversary(e: Evaluator, leaf: nodes.Anniversary, environment: Environment) -> bool | None:
    day, window = e.value(leaf.value, environment), leaf.window
    start = None if window.start is None else e.value(window.start, environment)
    end = None if window.end is None else e.value(window.end, environment)
    if day is None or (window.start and start is None) or (window.end and end is None):
        return None
    # 2.3: ignores the year; 3.3: 29 February is 28 February in common years
    return has_anniversary(day, start, end, window.after)  # type: ignore[arg-type]  # dates: checked


@lru_cache(maxsize=256)
def _pattern(text: str) -> regex.Pattern:
    parsed = regex.parse(text)
    if isinstance(parsed, regex.BadPattern):
        raise ValueError(parsed.message)
    return parsed


def same(left: object, right: object, left_type: Type, right_type: Type) -> bool:
    """Whether two known values are equal."""
    return scalars.compare(left, right, left_type, right_type) == 0
