"""Values beside values: `=` and its like, `in (…)`, `in 1..5`; which types can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix, suggest
from segql.model import codes, shares, times
from segql.model.nodes import Compare, Condition, Const, Function, InRange, InSet, Value
from segql.model.parameters import spread
from segql.model.scope import Scope
from segql.model.types import (
    FLOAT,
    TEXT,
    UNKNOWN,
    EnumType,
    ListType,
    Type,
    is_number,
    is_ordered,
    is_text,
    is_time,
)
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def compare(r: Resolver, scope: Scope, node: tree.Compare) -> Condition | None:
    left, right = r.value(scope, node.left), r.value(scope, node.right)
    if UNKNOWN in (left.type, right.type):
        return None
    if node.ignoring_case:
        if not (is_text(left.type) and is_text(right.type)):
            mismatch(r, node.span, left, right, "`ignoring case` is for texts")
            return None
        return Compare(node.span, node.operator, folded(left), folded(right))
    if is_time(left.type) and is_time(right.type):
        aligned = times.align(r, node.operator, left, right, node.span)
        if aligned is None or UNKNOWN in (aligned[1].type, aligned[2].type):
            return None
        return Compare(node.span, *aligned)
    left, right = as_enum(r, left, right)
    if UNKNOWN in (left.type, right.type):
        return None
    if not comparable(left.type, right.type):
        mismatch(r, node.span, left, right)
        return None
    if node.operator in ("=", "!="):
        if FLOAT in (left.type, right.type):
            r.report(
                codes.FLOAT_EQUALITY,
                "a float has no equality",
                node.span,
                helps=["compare with `<` and `>`, or round it: `round(x, 2) = …`"],
            )
            return None
        if left.type.name in ("list", "point"):
            mismatch(r, node.span, left, right, f"a {left.type.name} is not compared as a whole")
            return None
    elif not _in_order(r, node, left, right):
        return None
    if not (shares.in_reach(r, left, right) and shares.in_reach(r, right, left)):
        return None
    return Compare(node.span, node.operator, left, right)


def _in_order(r: Resolver, node: tree.Compare, left: Value, right: Value) -> bool:
    for value in (left, right):
        if not is_ordered(value.type):
            hint = (
                ["declare it `ordered enum(…)`, lowest first"]
                if isinstance(value.type, EnumType)
                else []
            )
            r.report(
                codes.NO_ORDER,
                f"{value.type.name} has no order, so `{node.operator}` has no meaning",
                value.span,
                f"is {value.type}",
                helps=hint,
            )
            return False
    if isinstance(left.type, EnumType) != isinstance(right.type, EnumType):
        mismatch(r, node.span, left, right)
        return False
    return True


def in_list(r: Resolver, scope: Scope, node: tree.InList) -> Condition | None:
    value = r.value(scope, node.value)
    items = spread(r.value(scope, item) for item in node.items)
    if value.type == UNKNOWN or any(item.type == UNKNOWN for item in items):
        return None
    if node.ignoring_case:
        if not all(is_text(item.type) for item in (value, *items)):
            mismatch(r, node.span, value, items[0], "`ignoring case` is for texts")
            return None
        folds = tuple(folded(item) for item in items)
        return InSet(node.span, folded(value), folds, node.negated)
    checked = [list_item(r, node.span, value, item) for item in items]
    if any(item is None for item in checked):
        return None
    return InSet(node.span, value, tuple(i for i in checked if i is not None), node.negated)


def list_item(r: Resolver, span: Span, value: Value, item: Value) -> Value | None:
    """An item of a list that `value` is looked for in, checked; `span`: the condition, or the list."""
    _, item = as_enum(r, value, item)
    if item.type == UNKNOWN:
        return None
    if is_time(value.type) and is_time(item.type) and value.type != item.type:
        r.report(
            codes.TIMESTAMP_EQUALS_DATE,
            "a timestamp is an instant and never equals a date",
            item.span,
            helps=["`date(X) in (…)` compares local dates"],
        )
        return None
    if FLOAT in (value.type, item.type):
        r.report(codes.FLOAT_EQUALITY, "a float has no equality", span)
        return None
    if not comparable(value.type, item.type) or value.type.name in ("list", "point"):
        hint = "write `has any (…)`" if isinstance(value.type, ListType) else ""
        mismatch(r, span, value, item, hint)
        return None
    return item


def in_range(r: Resolver, scope: Scope, node: tree.InRange) -> Condition | None:
    value, low, high = (r.value(scope, item) for item in (node.value, node.low, node.high))
    if UNKNOWN in (value.type, low.type, high.type):
        return None
    if is_time(value.type):
        r.report(
            codes.TYPE_MISMATCH,
            "a range is not for times",
            node.span,
            helps=["a window says how its ends count: `between A and B`"],
        )
        return None
    bounds = []
    for bound in (low, high):
        _, bound = as_enum(r, value, bound)
        if bound.type == UNKNOWN:
            return None
        if not comparable(value.type, bound.type) or not is_ordered(value.type):
            mismatch(r, node.span, value, bound)
            return None
        bounds.append(bound)
    low, high = bounds
    if not shares.in_reach(r, value, low, high):
        return None
    if isinstance(low, Const) and isinstance(high, Const) and _above(low, high):
        r.report(
            codes.RANGE_ORDER,
            "the range is empty",
            node.span,
            "the lower end is above the higher",
            helps=["write the lower end first"],
        )
        return None
    return InRange(node.span, value, low, high, node.negated)


def _above(low: Const, high: Const) -> bool:
    if isinstance(low.type, EnumType):
        values = low.type.values
        return values.index(str(low.value)) > values.index(str(high.value))
    return bool(low.value > high.value)  # type: ignore[operator]


def as_enum(r: Resolver, left: Value, right: Value) -> tuple[Value, Value]:
    """A text literal beside an enum becomes one of its values, or is reported."""
    if isinstance(left.type, EnumType) and isinstance(right, Const) and right.type == TEXT:
        return left, _enum_value(r, left.type, right)
    if isinstance(right.type, EnumType) and isinstance(left, Const) and left.type == TEXT:
        return _enum_value(r, right.type, left), right
    return left, right


def _enum_value(r: Resolver, type_: EnumType, literal: Const) -> Const:
    text = str(literal.value)
    if text in type_.values:
        return replace(literal, type=type_)
    shown = ", ".join(f'"{value}"' for value in type_.values)
    near = suggest(text, type_.values) or tuple(
        value for value in type_.values if value.lower() == text.lower()
    )
    helps: list[Fix | str] = [
        Fix(f'did you mean "{other}"?', (Edit(literal.span, f'"{other}"'),), len(near) == 1)
        for other in near
    ]
    r.report(
        codes.UNKNOWN_ENUM_VALUE,
        f'"{text}" is not a value of the enum',
        literal.span,
        f"the values are {shown}",
        helps=helps,
    )
    return Const(UNKNOWN, literal.span, None)


def comparable(left: Type, right: Type) -> bool:
    if isinstance(left, EnumType) and isinstance(right, EnumType):
        return left == right or not (left.ordered or right.ordered)
    if isinstance(left, EnumType) or isinstance(right, EnumType):
        return is_text(left) and is_text(right)
    return left == right or (is_number(left) and is_number(right))


def folded(value: Value) -> Value:
    """The text without regard to case."""
    return Function(TEXT, value.span, "fold", (value,))


def mismatch(r: Resolver, span: Span, left: Value, right: Value, hint: str = "") -> None:
    helps = [hint] if hint else []
    if is_time(left.type) and right.type.name == "duration":
        helps.append("compare with a moment (`90 days ago`) or a length (`days since X > 90`)")
    r.report(
        codes.TYPE_MISMATCH,
        f"{left.type} is not comparable with {right.type}",
        span,
        f"{left.type} on the left, {right.type} on the right",
        helps=helps,
    )
