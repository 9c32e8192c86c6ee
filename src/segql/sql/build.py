"""Small constructors of sqlglot nodes: nothing is copied, parsed or looked up.

Nodes may stand in several places of a statement; print it with `generate(copy=False)` or `sql(copy=False)`.
Operands are put in parentheses where they need them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sqlglot import exp

Expr: TypeAlias = exp.Expr

_TIGHT = (
    exp.Column,
    exp.Literal,
    exp.Anonymous,
    exp.Cast,
    exp.Paren,
    exp.Null,
    exp.Boolean,
    exp.Func,
    exp.Bracket,
    exp.Var,
    exp.Case,
    exp.Identifier,
)


def paren(value: Expr) -> Expr:
    """`value` in parentheses, unless it binds tightest anyway."""
    if isinstance(value, _TIGHT) and not isinstance(value, exp.Connector):
        return value
    return exp.Paren(this=value)


def number(value: object) -> Expr:
    """A number as it is printed; negative ones in parentheses."""
    text = str(value)
    if text.startswith("-"):
        return exp.Paren(this=exp.Neg(this=exp.Literal(this=text[1:], is_string=False)))
    return exp.Literal(this=text, is_string=False)


def name(text: str) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=False)


def call(function: str, *arguments: Expr) -> Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))


def kind(text: str) -> exp.DataType:
    """A type as it is printed, such as `DECIMAL(38, 6)`."""
    return exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=text)


def cast(value: Expr, to: str) -> Expr:
    return exp.Cast(this=value, to=kind(to))


def binary(node: type[exp.Binary], left: Expr, right: Expr) -> Expr:
    return node(this=paren(left), expression=paren(right))


def add(left: Expr, right: Expr) -> Expr:
    return binary(exp.Add, left, right)


def sub(left: Expr, right: Expr) -> Expr:
    return binary(exp.Sub, left, right)


def mul(left: Expr, right: Expr) -> Expr:
    return binary(exp.Mul, left, right)


def total(items: Sequence[Expr]) -> Expr:
    """`a + b + …`, of one item or more, none of which binds looser."""
    result = items[0]
    for item in items[1:]:
        result = exp.Add(this=result, expression=item)
    return result


def eq(left: Expr, right: Expr) -> Expr:
    return binary(exp.EQ, left, right)


def ne(left: Expr, right: Expr) -> Expr:
    return binary(exp.NEQ, left, right)


def lt(left: Expr, right: Expr) -> Expr:
    return binary(exp.LT, left, right)


def le(left: Expr, right: Expr) -> Expr:
    return binary(exp.LTE, left, right)


def gt(left: Expr, right: Expr) -> Expr:
    return binary(exp.GT, left, right)


def ge(left: Expr, right: Expr) -> Expr:
    return binary(exp.GTE, left, right)


COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def is_null(value: Expr) -> Expr:
    return exp.Is(this=paren(value), expression=exp.Null())


def not_null(value: Expr) -> Expr:
    return exp.Is(this=paren(value), expression=exp.Not(this=exp.Null()))


def not_(value: Expr) -> Expr:
    return exp.Not(this=paren(value))


def all_(items: Sequence[Expr]) -> Expr:
    """`a AND b AND …`; true where there are none."""
    if not items:
        return exp.Boolean(this=True)
    result = items[0]
    for item in items[1:]:
        result = exp.And(this=_operand(result, exp.And), expression=_operand(item, exp.And))
    return result


def any_(items: Sequence[Expr]) -> Expr:
    """`a OR b OR …`; false where there are none."""
    if not items:
        return exp.Boolean(this=False)
    result = items[0]
    for item in items[1:]:
        result = exp.Or(this=_operand(result, exp.Or), expression=_operand(item, exp.Or))
    return result


def _operand(item: Expr, inside: type[Expr]) -> Expr:
    """`NOT`, comparisons and the same connector need no parentheses."""
    if isinstance(item, exp.Connector) and not isinstance(item, inside):
        return exp.Paren(this=item)
    return item


def in_(value: Expr, items: Iterable[Expr]) -> Expr:
    return exp.In(this=paren(value), expressions=list(items))


def case(branches: Iterable[tuple[Expr, Expr]], default: Expr | None = None) -> Expr:
    """`CASE WHEN … THEN … [ELSE …] END`; without a default: NULL."""
    ifs = [exp.If(this=condition, true=result) for condition, result in branches]
    return exp.Case(ifs=ifs, default=default)


def coalesce(*values: Expr) -> Expr:
    return call("COALESCE", *values)


def order_by(items: Iterable[tuple[Expr, bool]]) -> exp.Order:
    """`ORDER BY` with each item's direction (True: descending). Items are never NULL or their place is not asked."""
    return exp.Order(
        expressions=[exp.Ordered(this=item, desc=down, nulls_first=None) for item, down in items]
    )


def raw(text: str) -> Expr:
    """Text that is printed as it stands: only for what this package has written and escaped itself."""
    return exp.Var(this=text)


def call_array(items: Iterable[Expr]) -> Expr:
    """`ARRAY[a, b]`."""
    return exp.Array(expressions=list(items))


def bracket(value: Expr, place: int | Expr) -> Expr:
    """`value[place]`, printed as it stands."""
    at = number(place) if isinstance(place, int) else place
    return exp.Bracket(this=value, expressions=[at], offset=1, safe=False)
