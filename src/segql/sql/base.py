"""What the dialects share: operations lowered to standard SQL, over a few hooks that each dialect fills."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from sqlglot import exp

from segql.model.types import (
    BOOL,
    EnumType,
    ListType,
    Type,
    is_text,
    scale_of,
)
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.dialect import Dialect, as_utc
from segql.syntax.tree import CompareOp

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_MICROSECOND = timedelta(microseconds=1)


class Names(Dialect):
    """Names, printing and literals."""

    reserved: ClassVar[frozenset[str]]
    types: ClassVar[dict[str, str]]
    """SQL types of the canonical forms of `bool int float text date timestamp duration`."""

    def identifier(self, name: str) -> exp.Identifier:
        plain = _PLAIN_NAME.match(name) is not None and name not in self.reserved
        return exp.Identifier(this=name, quoted=not plain)

    def table(self, parts: Sequence[str], alias: str | None = None) -> exp.Table:
        names = [self.identifier(part) for part in parts]
        arguments: dict[str, object] = dict(
            zip(("this", "db", "catalog"), reversed(names), strict=False)
        )
        if alias is not None:
            arguments["alias"] = exp.TableAlias(this=self.identifier(alias))
        return exp.Table(**arguments)

    def field(self, alias: str | None, name: str) -> exp.Column:
        table = None if alias is None else self.identifier(alias)
        return exp.Column(this=self.identifier(name), table=table)

    def print(self, statement: Expr, *, pretty: bool = True) -> str:
        return statement.sql(self.name, pretty=pretty, copy=False)

    # --- literals ---------------------------------------------------------------------------------

    def data_type(self, type_: Type) -> str:
        if isinstance(type_, ListType):
            return self.array_type(type_)
        if type_.name == "decimal":
            return f"DECIMAL(38, {scale_of(type_)})"
        return self.types["text" if type_.name == "enum" else type_.name]

    def array_type(self, type_: ListType) -> str:
        return f"{self.data_type(type_.item)}[]"

    def null(self, type_: Type) -> Expr:
        return b.cast(exp.Null(), self.data_type(type_))

    def literal(self, value: object, type_: Type) -> Expr:
        if value is None:
            return self.null(type_)
        match value:
            case bool():
                return exp.Boolean(this=value)
            case datetime():
                return self.timestamp(as_utc(value))
            case date():
                return self.date(value)
            case timedelta():
                return b.number(value // _MICROSECOND)
            case str():
                return self.text(value)
            case list() | tuple():
                item = type_.item if isinstance(type_, ListType) else type_
                return self.list_of([self.literal(one, item) for one in value], item)
        return self._number(value, type_)

    def _number(self, value: object, type_: Type) -> Expr:
        if type_.name == "float" or isinstance(value, float):
            return b.cast(b.raw(f"'{float(str(value))!r}'"), self.types["float"])
        digits = format(Decimal(str(value)), "f")
        if len(digits.strip("-").replace(".", "")) > 38:
            raise ValueError(f"a number of more than 38 digits: {digits}")
        if type_.name == "decimal" and "." not in digits:
            digits += ".0"  # never an integer of the engine, which may be narrow
        return self.exact_number(digits, type_)

    def exact_number(self, digits: str, type_: Type) -> Expr:
        """A number of at most 38 digits, perhaps with a sign and a point, as an exact literal."""
        return b.number(digits)

    @abstractmethod
    def text(self, value: str) -> Expr:
        """A text literal, whatever characters and settings there are."""

    def date(self, value: date) -> Expr:
        return b.raw(f"DATE '{value.isoformat()}'")

    def timestamp(self, value: datetime) -> Expr:
        """A naive UTC timestamp as a canonical literal."""
        return b.raw(f"TIMESTAMP '{instant_text(value)}'")


def escaped(value: str) -> str:
    r"""The inside of a literal with backslash escapes; control characters as \n, \t, \xHH."""
    return "".join(_escape(character) for character in value)


_ESCAPES = {"'": "''", "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{ord(character):02x}" if ord(character) < 32 or ord(character) == 127 else character


def escaping_text(value: str) -> Expr:
    """A text literal where backslashes always escape."""
    if "\\" in value or "'" in value or has_controls(value):
        return b.raw(f"'{escaped(value)}'")
    return exp.Literal(this=value, is_string=True)


def has_controls(value: str) -> bool:
    return any(ord(character) < 32 or ord(character) == 127 for character in value)


def instant_text(value: datetime) -> str:
    """`2026-01-01 00:00:00[.ffffff]` of a naive UTC datetime."""
    return value.isoformat(" ", "microseconds" if value.microsecond else "seconds")


class Comparisons(Names):
    """Comparisons by type, sets and ranges."""

    @abstractmethod
    def by_code_point(self, value: Expr) -> Expr:
        """A text that compares by code point, whatever collation it carries."""

    def equatable(self, value: Expr) -> Expr:
        """A text whose equality with constants is that of its code points."""
        return self.by_code_point(value)

    def _comparable(self, value: Expr, type_: Type) -> Expr:
        if is_text(type_) and not is_text_literal(value):
            return self.by_code_point(value)
        return value

    def compare(
        self, operator: CompareOp, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> Expr:
        if operator not in ("=", "!="):
            for type_ in (left_type, right_type):
                if isinstance(type_, EnumType) and type_.ordered:
                    return self._compare_ranks(operator, left, right, type_)
        if is_text(left_type) and operator in ("=", "!=") and is_text_literal(right):
            return b.binary(b.COMPARISONS[operator], self.equatable(left), right)
        if is_text(left_type) and is_text_literal(left) and is_text_literal(right):
            left = self.by_code_point(left)
        left, right = self._comparable(left, left_type), self._comparable(right, right_type)
        return b.binary(b.COMPARISONS[operator], left, right)

    def _compare_ranks(self, operator: CompareOp, left: Expr, right: Expr, type_: EnumType) -> Expr:
        constant = text_of(right)
        if constant in type_.values:
            at = type_.values.index(constant)
            holding = {
                "<": type_.values[:at],
                "<=": type_.values[: at + 1],
                ">": type_.values[at + 1 :],
                ">=": type_.values[at:],
            }[operator]
            if holding:
                return self.in_set(left, [self.text(one) for one in holding], type_)
        return b.binary(b.COMPARISONS[operator], self.rank(left, type_), self.rank(right, type_))

    def rank(self, value: Expr, type_: Type) -> Expr:
        if not isinstance(type_, EnumType):
            raise TypeError(f"no enum: {type_}")
        return exp.Case(
            this=self.equatable(value),
            ifs=[
                exp.If(this=self.text(one), true=b.number(place))
                for place, one in enumerate(type_.values, 1)
            ],
        )

    def sort_key(self, value: Expr, type_: Type) -> Expr:
        if isinstance(type_, EnumType) and type_.ordered:
            return self.rank(value, type_)
        return self._comparable(value, type_)

    def join_equal(self, left: Expr, right: Expr) -> Expr:
        return exp.EQ(this=left, expression=right)

    def in_set(
        self, value: Expr, items: Sequence[Expr], type_: Type, *, negated: bool = False
    ) -> Expr:
        loose = [item for item in items if not is_constant(item)]
        if is_text(type_):
            value = self.by_code_point(value) if loose else self.equatable(value)
        if len(items) == 1:
            item = self._comparable(items[0], type_)
            return b.ne(value, item) if negated else b.eq(value, item)
        test = b.in_(value, [self._comparable(item, type_) for item in items])
        test = exp.Not(this=test) if negated else test
        return self.unless_null(loose, test)

    def in_range(
        self, value: Expr, low: Expr, high: Expr, type_: Type, *, negated: bool = False
    ) -> Expr:
        loose = [bound for bound in (low, high) if not is_constant(bound)]
        if isinstance(type_, EnumType) and type_.ordered:
            value, low, high = (self.rank(one, type_) for one in (value, low, high))
        elif is_text(type_):
            value = self.by_code_point(value)
            low, high = self._comparable(low, type_), self._comparable(high, type_)
        between = exp.Between(this=b.paren(value), low=b.paren(low), high=b.paren(high))
        return self.unless_null(loose, exp.Not(this=between) if negated else between)

    def count_of(self, conditions: Sequence[Expr]) -> Expr:
        one, zero = b.number(1), b.number(0)
        return b.total([b.case([(condition, one)], zero) for condition in conditions])

    def unless_null(self, values: Sequence[Expr], result: Expr) -> Expr:
        """`result`, but NULL where one of the values is."""
        if not values:
            return result
        return b.case([(b.any_([b.is_null(value) for value in values]), exp.Null())], result)


def number_type(value: object) -> Type:
    from segql.model.scalars import number_type as exact_type

    return BOOL if isinstance(value, bool) else exact_type(value)


def is_constant(value: Expr) -> bool:
    """A literal that is not NULL."""
    if isinstance(value, exp.Cast):
        return is_constant(value.this)
    if isinstance(value, exp.Paren | exp.Neg):
        return is_constant(value.this)
    return isinstance(value, exp.Literal | exp.Var | exp.Boolean)


def is_text_literal(value: Expr) -> bool:
    return (isinstance(value, exp.Literal) and bool(value.is_string)) or (
        isinstance(value, exp.Var) and str(value.this).endswith("'")
    )


def text_of(value: Expr) -> str | None:
    """What a plain text literal says."""
    return str(value.this) if isinstance(value, exp.Literal) and value.is_string else None
