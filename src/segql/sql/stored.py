"""Stored columns as values of the language: shared between the dialects, over a few hooks that each fills.

What stands in a column may be of several kinds (a time with a zone or without, JSON, a text): all become one.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlglot import exp

from segql.model.nodes import Column
from segql.model.types import ListType, Type, is_number, is_text
from segql.sql import build as b
from segql.sql.base import instant_text, number_type
from segql.sql.build import Expr
from segql.sql.dialect import as_utc
from segql.sql.numbers import stored_decimal
from segql.sql.texts import Texts
from segql.syntax.tree import CompareOp

INT_TEXT = r"-?[0-9]{1,38}"
DECIMAL_TEXT = r"-?[0-9]+(\.[0-9]+)?"
FLOAT_TEXT = r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
YEAR_TEXT = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
DATE_TEXT = f"{YEAR_TEXT}-[0-9]{{2}}-[0-9]{{2}}"
TIME_TEXT = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
ZONE_TEXT = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
TIMESTAMP_TEXT = f"{DATE_TEXT}[T ]{TIME_TEXT}"


class Stored(Texts):
    """The last of what dialects share: they inherit this."""

    # --- reading ----------------------------------------------------------------------------------

    def raw(self, alias: str | None, column: Column) -> Expr:
        return self.field(alias, column.parts[0])

    def read(self, alias: str | None, column: Column, type_: Type) -> Expr:
        return self.canonical(self.raw(alias, column), column, type_)

    def bare(self, alias: str | None, column: Column, type_: Type) -> Expr:
        if len(column.parts) == 1 and type_.name == "decimal":
            return self.raw(alias, column)
        return self.read(alias, column, type_)

    def keeps_order(self, column: Column, type_: Type) -> bool:
        if len(column.parts) > 1 or column.zone is not None:
            return False
        return type_.name in ("int", "bool", "date", "timestamp", "duration")

    def compare_stored(
        self, operator: CompareOp, alias: str | None, column: Column, type_: Type, constant: object
    ) -> Expr:
        value = self.bare(alias, column, type_)
        if type_.name == "timestamp" and len(column.parts) == 1 and isinstance(constant, datetime):
            form = self.stored_timestamp(as_utc(constant), column.zone)
            if form is not None:
                return b.binary(b.COMPARISONS[operator], self.raw(alias, column), form)
        right_type = type_ if not is_number(type_) else number_type(constant)
        return self.compare(operator, value, self.literal(constant, right_type), type_, right_type)

    def key_part(self, raw: Expr, type_: Type) -> Expr:
        return self.stored_text(raw) if is_text(type_) else raw

    def canonical(self, raw: Expr, column: Column, type_: Type) -> Expr:
        if len(column.parts) > 1:
            return self.inside(raw, column, type_)
        if isinstance(type_, ListType):
            return self.stored_list(raw, type_)
        if is_text(type_):
            return self.stored_text(raw)
        match type_.name:
            case "decimal":
                return self.stored_number(raw, type_)
            case "float":
                return self.finite(self.to_float(raw))
            case "date":
                return self.stored_date(raw)
            case "timestamp" if column.zone is not None:
                return self.from_zone(self.stored_local(raw), column.zone)
            case "timestamp":
                return self.stored_instant(raw)
            case "duration":
                return self.stored_length(raw)
        return raw

    # --- hooks: by type ---------------------------------------------------------------------------

    def stored_text(self, raw: Expr) -> Expr:
        """A text, an identifier, an enum of the engine's: a text that compares by code point."""
        return self.by_code_point(b.cast(raw, self.types["text"]))

    def stored_number(self, raw: Expr, type_: Type) -> Expr:
        return b.cast(raw, stored_decimal(type_))

    def stored_date(self, raw: Expr) -> Expr:
        return raw

    @abstractmethod
    def stored_instant(self, raw: Expr) -> Expr:
        """A time with a zone, or one without which is UTC: naive UTC."""

    def stored_local(self, raw: Expr) -> Expr:
        """The wall clock that a time without a zone shows."""
        return b.cast(raw, self.types["timestamp"])

    def stored_length(self, raw: Expr) -> Expr:
        """A length of time, in microseconds."""
        return raw

    @abstractmethod
    def stored_list(self, raw: Expr, type_: ListType) -> Expr:
        """A native array with items of the canonical form."""

    @abstractmethod
    def inside(self, raw: Expr, column: Column, type_: Type) -> Expr:
        """What is at the path of a column of JSON, of texts with JSON, or of structs."""

    def stored_timestamp(self, value: datetime, zone: str | None) -> Expr | None:
        """A constant that a raw timestamp column (of local time in `zone`) compares with as its canonical value
        does; None where there is no such form."""
        if zone is None:
            return self.instant_beside(value)
        local = local_bound(value, zone)
        return None if local is None else self.timestamp(local)

    def instant_beside(self, value: datetime) -> Expr | None:
        """An instant that takes the kind of the column that it is compared with; None where there is no such form."""
        return exp.Literal(this=f"{instant_text(value)}+00", is_string=True)

    # --- hooks: from texts ------------------------------------------------------------------------

    @abstractmethod
    def full_match(self, value: Expr, pattern: str) -> Expr:
        """The whole text matches one of the patterns above."""

    @abstractmethod
    def date_from_text(self, value: Expr) -> Expr:
        """From a text like `DATE_TEXT`; NULL for a day that does not exist."""

    @abstractmethod
    def timestamp_from_text(self, value: Expr, zone: str | None) -> Expr:
        """From a text like `TIMESTAMP_TEXT`, perhaps with a zone, else local time in `zone` (None: UTC); canonical;
        NULL for a day that does not exist."""

    @abstractmethod
    def decimal_from_text(self, value: Expr, type_: Type) -> Expr:
        """From a text like `DECIMAL_TEXT`; NULL where it does not fit."""

    def from_text(self, value: Expr, type_: Type, zone: str | None = None) -> Expr:
        """A text scalar as a canonical value; NULL where it is not convertible."""
        match type_.name:
            case "bool":
                ifs = [
                    exp.If(this=self.text(one), true=exp.Boolean(this=one == "true"))
                    for one in ("true", "false")
                ]
                return exp.Case(this=value, ifs=ifs)
            case "int" | "duration":
                pattern, result = INT_TEXT, b.cast(value, self.types[type_.name])
            case "decimal":
                pattern, result = DECIMAL_TEXT, self.decimal_from_text(value, type_)
            case "float":
                pattern, result = FLOAT_TEXT, self.finite(self.to_float(value))
            case "date":
                pattern, result = DATE_TEXT, self.date_from_text(value)
            case "timestamp":
                pattern = f"{TIMESTAMP_TEXT}{ZONE_TEXT}?"
                result = self.timestamp_from_text(value, zone)
            case _:
                return self.by_code_point(value)
        return b.case([(self.full_match(value, pattern), result)])


@lru_cache(maxsize=4096)
def local_bound(value: datetime, zone: str) -> datetime | None:
    """The local time L in `zone` such that, for each local time X that can be stored, X < L exactly where its
    instant is before `value` (naive UTC); None near a change of the clocks, where there is none."""
    from zoneinfo import ZoneInfo

    zone_info = ZoneInfo(zone)
    aware = value.replace(tzinfo=UTC)
    try:
        offsets = {
            (aware + timedelta(days=days)).astimezone(zone_info).utcoffset() for days in (-1, 0, 1)
        }
        local = aware.astimezone(zone_info).replace(tzinfo=None)
    except OverflowError:
        return None
    return local if len(offsets) == 1 else None
