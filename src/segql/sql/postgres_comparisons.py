"""Comparisons that Postgres answers sooner in another form.

It computes an expression anew for each row and each place that it stands at, exact division and lengths of time are
numeric there, and a text is cut into a list at the price of all else of a row. What was computed is told by the
shape of the expression, or by what the dialect has left beside it (`meta`).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from sqlglot import exp

from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.times import MICROSECONDS
from segql.syntax.tree import CompareOp

MOST_PIECES = 5
"""A pattern for more of them is large."""
BLANK = r"\t\n\r\f\v"
NONE: Final = frozenset[tuple[CompareOp, Decimal]](
    {("=", Decimal(0)), ("<=", Decimal(0)), ("<", Decimal(1))}
)
SOME: Final = frozenset[tuple[CompareOp, Decimal]](
    {("!=", Decimal(0)), (">", Decimal(0)), (">=", Decimal(1))}
)
"""How a count is asked whether it is 0."""
QUOTIENT, PIECES = "quotient", "separator"
"""Of a quotient: dividend, its scale, divisor (a count) and places; of a list that was cut from a text: at what."""


def faster(operator: CompareOp, left: Expr, right: Expr) -> Expr | None:
    """The comparison in the other form; None where there is none."""
    number = _number(right)
    if number is None:
        return _trimmed(operator, left, right)
    for form in (_length_of_time, _pieces, _empty, _quotient):
        found = form(operator, left, number)
        if found is not None:
            return found
    return None


def _number(value: Expr) -> Decimal | None:
    if isinstance(value, exp.Neg):
        number = _number(value.this)
        return None if number is None else -number
    return Decimal(value.name) if isinstance(value, exp.Literal) and value.is_number else None


def _binary(operator: CompareOp, left: Expr, right: Expr) -> Expr:
    return b.binary(b.COMPARISONS[operator], left, right)


def decided(when: Expr, holds: bool, otherwise: Expr) -> Expr:
    """`otherwise`, which `when` spares where it is true; a CASE, since the sides of AND are asked in any order."""
    return b.case([(when, exp.Boolean(this=holds))], otherwise)


# --- texts ----------------------------------------------------------------------------------------


def _trimmed(operator: CompareOp, left: Expr, right: Expr) -> Expr | None:
    """A trimmed text is the text itself, or shorter. It is itself where both its ends are characters behind the space,
    of which none is a blank: that is told sooner than it is trimmed."""
    lengths = is_call(left, "CHAR_LENGTH") and is_call(right, "CHAR_LENGTH")
    if lengths:
        left, right = left.expressions[0], right.expressions[0]
        operator = "!=" if operator == ">" else operator
    if operator not in ("=", "!=") or not is_call(right, "BTRIM") or right.expressions[0] != left:
        return None
    same = _binary(operator, left, right)
    if not _is_stored(left):
        return same if lengths else None
    ends = [left, b.call("RIGHT", left, b.number(1))]
    others = b.all_([b.gt(b.call("ASCII", end), b.number(ord(" "))) for end in ends])
    return decided(others, operator == "=", same)


def _is_stored(value: Expr) -> bool:
    """Whether it is a column, so that to ask it twice costs nothing."""
    while isinstance(value, exp.Cast | exp.Collate):
        value = value.this
    return isinstance(value, exp.Column)


def _empty(operator: CompareOp, left: Expr, number: Decimal) -> Expr | None:
    """`count(list) = 0` and its opposite, of a list in a column: mostly the first element decides."""
    known = left.expressions[0] if is_call(left, "CARDINALITY") else None
    if known is None or not is_call(known, "ARRAY_REMOVE") or not _is_stored(known.expressions[0]):
        return None
    empty = (operator, number) in NONE
    if not empty and (operator, number) not in SOME:
        return None
    first = b.bracket(exp.Paren(this=known.expressions[0]), 1)
    return decided(b.not_null(first), not empty, _binary(operator, left, b.number(number)))


def _pieces(operator: CompareOp, left: Expr, number: Decimal) -> Expr | None:
    """`count(list) >= 2` of a list in a text: something that is no blank, a separator, something else."""
    cut = cut_text(left.expressions[0]) if is_call(left, "CARDINALITY") else None
    if cut is None or len(cut[1]) != 1 or operator in ("=", "!="):
        return None
    asked = number + 1 if operator in (">", "<=") else number
    least = int(asked.to_integral_value(ROUND_CEILING))
    if not 2 <= least <= MOST_PIECES:
        return None
    whole, separator = cut
    if is_call(whole, "BTRIM"):  # which does not matter here
        whole = whole.expressions[0]
    escaped = literally(separator)
    some = f"[^{escaped} {BLANK}]"
    pattern = f"{some}[^{escaped}]*{escaped}.*" * (least - 1) + some
    found = b.all_(
        [
            b.gt(b.call("STRPOS", whole, exp.Literal(this=separator, is_string=True)), b.number(0)),
            exp.RegexpLike(this=b.paren(whole), expression=b.raw(f"E'{_doubled(pattern)}'")),
        ]
    )
    return found if operator in (">", ">=") else b.not_(found)


def cut_text(value: Expr) -> tuple[Expr, str] | None:
    """The text, trimmed, that `split` cuts into this list, and the separator."""
    separator = value.meta.get(PIECES)
    return None if separator is None else (value.expressions[0].expressions[0], separator)


def _doubled(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace("'", "''")


def literally(text: str) -> str:
    """A regular expression for the text itself."""
    return "".join(one if one.isalnum() or one == "_" else f"\\{one}" for one in text)


def is_call(value: Expr, function: str) -> bool:
    return isinstance(value, exp.Anonymous) and value.name == function


# --- lengths of time ------------------------------------------------------------------------------


def _length_of_time(operator: CompareOp, left: Expr, number: Decimal) -> Expr | None:
    """The difference of two times beside an interval, whose days have 24 hours, instead of its microseconds."""
    counted = left.this if isinstance(left, exp.Cast) else None
    seconds = counted.this if isinstance(counted, exp.Mul) else None
    length = seconds.expression if isinstance(seconds, exp.Extract) else None
    if not isinstance(length, exp.Paren) or not isinstance(length.this, exp.Sub):
        return None
    if number != int(number):
        return None
    return _binary(operator, length, _interval(int(number)))


def _interval(microseconds: int) -> Expr:
    """An interval in the largest unit of which it is a whole number."""
    units = ((one, size) for one, size in MICROSECONDS.items() if microseconds % size == 0)
    unit, size = max(units, key=lambda item: item[1], default=("microsecond", 1))
    count = microseconds // size
    return b.raw(f"INTERVAL '{count} {unit}{'' if count == 1 else 's'}'")


# --- quotients ------------------------------------------------------------------------------------


def _quotient(operator: CompareOp, left: Expr, number: Decimal) -> Expr | None:
    """A quotient that is rounded half away, beside a constant: the dividend beside a multiple of the divisor.

    Rounded to n places of unit u = 10^-n, q = a / d >= k u holds exactly where a >= d (k - 1/2) u, and for k <= 0,
    where halves go downwards, where a > d (k - 1/2) u.
    """
    parts = left.meta.get(QUOTIENT)
    if parts is None or operator in ("=", "!="):
        return None
    above, scale, below, places = parts
    divisor = b.call("NULLIF", below, b.number(0))
    if scale == 0 and number == int(number) and is_call(below, "NUM_NONNULLS"):
        # Whole numbers, of a handful: what rounding adds or takes away is less than one.
        limit = b.number(int(number))
        exactly = _binary(operator, above, b.mul(divisor, limit))
        if not all(map(_is_stored, below.expressions)):
            return exactly
        # A mean lies between the least and the largest, which are told without arithmetic.
        nearest = b.call("LEAST" if operator in ("<", "<=") else "GREATEST", *below.expressions)
        return b.all_([_binary(operator, nearest, limit), exactly])
    units = number.scaleb(places)
    up = operator in (">=", "<")
    least = int(units.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)) + (not up)
    edge = (Decimal(least) - Decimal("0.5")).scaleb(-places)
    limit = b.mul(divisor, b.number(format(edge, "f")))
    reached: CompareOp = ">=" if least > 0 else ">"
    below_it: CompareOp = "<" if least > 0 else "<="
    return _binary(reached if operator in (">", ">=") else below_it, above, limit)
