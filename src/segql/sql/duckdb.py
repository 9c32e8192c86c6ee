"""DuckDB: only what differs.

Facts, with DuckDB's pages:
- a column's or the database's collation reaches comparisons, sets, groups and `contains`; `COLLATE C` is none
  (https://duckdb.org/docs/stable/sql/expressions/collations)
- an untyped literal `'2026-01-01 00:00:00+00'` takes the type of the column it is compared with: an instant for
  TIMESTAMPTZ, UTC for TIMESTAMP (https://duckdb.org/docs/stable/sql/data_types/timestamp)
- `epoch_us` is the UTC microsecond of either kind, independent of the time zone of the session
  (https://duckdb.org/docs/stable/sql/functions/timestamptz)
- division of decimals gives DOUBLE; `//` of whole numbers is exact and truncates; HUGEINT and DECIMAL raise on overflow
  (https://duckdb.org/docs/stable/sql/data_types/numeric)
- the settings default_order, default_null_order, integer_division, default_collation and TimeZone change the meaning of
  plain SQL (https://duckdb.org/docs/stable/configuration/overview): directions are always written, and `/` stands
  between doubles only
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from sqlglot import exp

from segql.model.nodes import Column, SplitText
from segql.model.types import TEXT, DecimalType, ListType, Type, is_text, scale_of
from segql.sql import build as b
from segql.sql.base import escaped, has_controls, is_constant
from segql.sql.build import Expr
from segql.sql.dialect import Direction
from segql.sql.numbers import digits_of, is_count, is_total, stored_decimal, twelve_places, unit
from segql.sql.reserved import DUCKDB
from segql.sql.stored import ZONE_TEXT, Stored
from segql.sql.texts import list_item, pattern_for
from segql.sql.times import plus_interval
from segql.syntax.tree import Unit


class DuckDB(Stored):
    name = "duckdb"
    reserved = DUCKDB
    wide = "HUGEINT"
    shares_subplans = (
        True  # 2.0 mixes up subplans that it shares with the outer query, and loses keys
    )
    types: ClassVar[dict[str, str]] = {
        "bool": "BOOLEAN",
        "int": "HUGEINT",
        "float": "DOUBLE",
        "text": "TEXT",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "duration": "BIGINT",
    }
    functions: ClassVar[dict[str, str]] = {
        "trim": "TRIM",
        "length": "LENGTH",
        "contains": "CONTAINS",
        "starts": "STARTS_WITH",
        "ends": "ENDS_WITH",
    }

    # --- literals ---------------------------------------------------------------------------------

    def text(self, value: str) -> Expr:
        if has_controls(value):
            return b.raw(f"E'{escaped(value)}'")
        return exp.Literal(this=value, is_string=True)

    def by_code_point(self, value: Expr) -> Expr:
        if isinstance(value, exp.Collate):
            return value
        return exp.Collate(this=b.paren(value), expression=b.name("C"))

    def absent(self, key: Expr) -> Expr:
        """Not `key IS NULL`: DuckDB 2.0 makes an anti-join of it, and fails ("unordered_map::at") where another
        condition mentions the same relation together with a third one."""
        return b.not_(exp.Paren(this=b.not_null(key)))

    # --- stored columns ---------------------------------------------------------------------------

    def stored_instant(self, raw: Expr) -> Expr:
        return b.call("MAKE_TIMESTAMP", b.call("EPOCH_US", raw))

    def stored_length(self, raw: Expr) -> Expr:
        return b.call("EPOCH_US", raw)

    def stored_list(self, raw: Expr, type_: ListType) -> Expr:
        if type_.item.name == "timestamp":
            return b.call("LIST_TRANSFORM", raw, b.raw("lambda x: MAKE_TIMESTAMP(EPOCH_US(x))"))
        if isinstance(type_.item, DecimalType):
            return b.cast(raw, f"{stored_decimal(type_.item)}[]")
        return b.cast(raw, "TEXT[]") if is_text(type_.item) else raw

    def inside(self, raw: Expr, column: Column, type_: Type) -> Expr:
        """JSON, JSON in a VARCHAR, and STRUCT alike. In a text that is no JSON, at which functions fail, is nothing.

        https://duckdb.org/docs/stable/sql/functions/try_cast
        """
        raw = exp.TryCast(this=raw, to=b.kind("JSON"))
        path = self.text(json_path(column.parts[1:]))
        if isinstance(type_, ListType):
            items = b.cast(b.call("JSON_EXTRACT", raw, path), "JSON[]")
            scalar = self._scalar(b.name("x"), self.text("$"), type_.item, column.zone)
            converted = self._transform(items, "x", scalar)
            return b.case([(b.eq(b.call("JSON_TYPE", raw, path), self.text("ARRAY")), converted)])
        return self._scalar(raw, path, type_, column.zone)

    def _scalar(self, value: Expr, path: Expr, type_: Type, zone: str | None) -> Expr:
        text = b.call("JSON_EXTRACT_STRING", value, path)
        if not is_text(type_):
            return self.from_text(text, type_, zone)
        nested = b.in_(b.call("JSON_TYPE", value, path), [self.text("OBJECT"), self.text("ARRAY")])
        return self.by_code_point(b.case([(b.not_(nested), text)]))

    def _transform(self, items: Expr, name: str, result: Expr) -> Expr:
        return b.call("LIST_TRANSFORM", items, b.raw(f"lambda {name}: {result.sql('duckdb')}"))

    def split(self, alias: str | None, storage: SplitText, type_: Type) -> Expr:
        value = b.cast(self.raw(alias, storage.column), "TEXT")
        if len(storage.column.parts) > 1:
            value = self.read(alias, storage.column, TEXT)
        parts = b.call("STRING_SPLIT", value, self.text(storage.separator))
        trimmed = self._transform(parts, "x", self.trim(b.name("x")))
        full = b.call("LIST_FILTER", trimmed, b.raw("lambda x: x <> ''"))
        item = list_item(type_)
        if is_text(item):
            return full
        return self._transform(full, "x", self.from_text(b.name("x"), item))

    def full_match(self, value: Expr, pattern: str) -> Expr:
        return b.call("REGEXP_FULL_MATCH", value, self.text(pattern))

    def date_from_text(self, value: Expr) -> Expr:
        return exp.TryCast(this=value, to=b.kind("DATE"))

    def timestamp_from_text(self, value: Expr, zone: str | None) -> Expr:
        """The cast to TIMESTAMP ignores a written zone; DuckDB 1.5 reads a zone only behind seconds."""
        zoned = b.call("REGEXP_MATCHES", value, self.text(f"{ZONE_TEXT}$"))
        parts = [r"([T ][0-9]{2}:[0-9]{2})([Z+-])", r"\1:00\2"]
        seconds = b.call("REGEXP_REPLACE", value, *map(self.text, parts))
        instant = exp.TryCast(this=seconds, to=b.kind("TIMESTAMPTZ"))
        local: Expr = exp.TryCast(this=value, to=b.kind("TIMESTAMP"))
        if zone is not None:
            local = self.from_zone(local, zone)
        return b.case([(zoned, b.call("TIMEZONE", self.text("UTC"), instant))], local)

    def decimal_from_text(self, value: Expr, type_: Type) -> Expr:
        return exp.TryCast(this=value, to=b.kind(stored_decimal(type_)))

    # --- numbers ----------------------------------------------------------------------------------

    def quotient(
        self, above: Expr, below: Expr, scales: tuple[int, int], places: int, *, count: bool = False
    ) -> Expr:
        power = max(places + scales[1], scales[0])
        divisor = self._whole(below, scales[1], power - places)
        dividend = self._whole(above, scales[0], power)
        size = divisor if count else b.call("ABS", divisor)
        half = b.binary(exp.IntDiv, size, b.number(2))
        if not is_count(above):
            half = b.mul(b.call("SIGN", above), exp.Paren(this=half))
        rounded = exp.Paren(this=exp.Add(this=dividend, expression=half))
        safe = b.call("NULLIF", divisor, b.number(0))
        result = exp.IntDiv(this=rounded, expression=safe)
        return b.mul(result, unit(places)) if places else exp.Paren(this=result)

    def _whole(self, value: Expr, scale: int, power: int) -> Expr:
        """`value * 10 ** power` as a HUGEINT (`scale <= power`)."""
        if scale == 0:
            wide = b.cast(value, "HUGEINT")
            return wide if power == 0 else b.mul(wide, b.number(10**power))
        if not is_total(value):
            value = self.to_decimal(value, scale)
        return b.cast(b.mul(value, b.number(10**power)), "HUGEINT")

    def roomy(
        self, operator: str, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> tuple[Expr, Expr]:
        """DuckDB keeps a result in 18 digits, and raises, where each operand has at most 18."""
        one, other = digits_of(left, left_type), digits_of(right, right_type)
        digits = sum(one) + sum(other)
        if operator != "*":
            digits = max(one[0], other[0]) + max(one[1], other[1]) + 1
        if digits <= 18 or is_total(left) or is_total(right):
            return left, right
        if is_constant(left):
            return left, self._widest(right, right_type)
        return self._widest(left, left_type), right

    def _widest(self, value: Expr, type_: Type) -> Expr:
        scale = scale_of(type_)
        return self.to_decimal(value, scale) if scale else b.cast(value, "HUGEINT")

    def float_to_decimal(self, value: Expr, to: DecimalType) -> Expr:
        digits = b.call("FORMAT", self.text("{:.15g}"), self.to_float(value))
        return b.cast(digits, stored_decimal(to))

    def middles(self, value: Expr, where: Expr | None, whole: bool) -> Expr:
        """Both quantiles of one sort: for an even count the second place is just behind the middle."""
        places = b.call("LIST_VALUE", b.number("0.5"), b.number("0.5000000001"))
        return b.call("LIST_SUM", self.filtered(b.call("QUANTILE_DISC", value, places), where))

    def summand(self, value: Expr, scale: int) -> Expr:
        return self._whole(value, scale, scale)

    def root(self, above: Expr, below: Expr, scale: int) -> Expr:
        """The root of doubles, one step of Newton's method and one comparison, in whole numbers: exact."""
        above, below = twelve_places(above, below, scale)
        half = b.binary(exp.IntDiv, below, b.number(2))
        variance = exp.IntDiv(
            this=exp.Paren(this=b.add(above, exp.Paren(this=half))),
            expression=b.call("NULLIF", below, b.number(0)),
        )
        steps = b.call("LIST_VALUE", variance)
        for step in (
            "lambda v: [v, CAST(SQRT(CAST(v AS DOUBLE)) AS HUGEINT)]",
            "lambda p: [p[1], p[2] + (p[1] - p[2] * p[2]) // GREATEST(2 * p[2], 1)]",
            "lambda p: p[2] + CASE WHEN p[1] > p[2] * p[2] + p[2] THEN 1"
            " WHEN p[2] > 0 AND p[1] <= p[2] * p[2] - p[2] THEN -1 ELSE 0 END",
        ):
            steps = b.call("LIST_TRANSFORM", steps, b.raw(step))
        return b.mul(b.call("LIST_EXTRACT", steps, b.number(1)), unit(6))

    # --- aggregates -------------------------------------------------------------------------------

    def nth(
        self,
        value: Expr,
        type_: Type,
        n: int,
        order: Sequence[Direction],
        where: Expr | None = None,
    ) -> Expr:
        sorting = exp.Order(
            this=value,
            expressions=[
                exp.Ordered(this=item, desc=down, nulls_first=False) for item, down in order
            ],
        )
        if n == 1:
            return self.filtered(b.call("FIRST", sorting), where)
        return b.call("LIST_EXTRACT", self.filtered(b.call("LIST", sorting), where), b.number(n))

    def collect(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return self.aggregate("LIST", value, where)

    # --- text -------------------------------------------------------------------------------------

    def lower(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return b.call("LOWER", value)

    def fold_list(self, value: Expr) -> Expr:
        return self._transform(value, "x", self.fold(b.name("x")))

    def upper(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        """`UPPER` makes `ß` a `ẞ`, which is not its simple upper case."""
        if against is not None and not any("ß" in one or "ẞ" in one for one in against):
            return b.call("UPPER", value)
        parts = b.call("STRING_SPLIT", value, self.text("ß"))
        upper = b.call("LIST_TRANSFORM", parts, b.raw("lambda x: UPPER(x)"))
        return b.call("ARRAY_TO_STRING", upper, self.text("ß"))

    def matches(self, value: Expr, pattern: str) -> Expr:
        return b.call("REGEXP_MATCHES", value, self.text(pattern_for(pattern, "re2")))

    # --- lists ------------------------------------------------------------------------------------

    def list_of(self, items: Sequence[Expr], item: Type) -> Expr:
        array = b.call("LIST_VALUE", *items)
        return array if items else b.cast(array, f"{self.data_type(item)}[]")

    def has(self, value: Expr, element: Expr, item: Type) -> Expr:
        return b.call("LIST_CONTAINS", value, element)

    def overlaps(self, value: Expr, other: Expr, item: Type) -> Expr:
        return b.call("LIST_HAS_ANY", value, other)

    def covers(self, value: Expr, other: Expr, item: Type) -> Expr:
        return b.call("LIST_HAS_ALL", value, other)

    def list_count(self, value: Expr) -> Expr:
        return b.call("LIST_COUNT", value)

    # --- time -------------------------------------------------------------------------------------

    def live(self) -> Expr:
        return b.call("TIMEZONE", self.text("UTC"), b.call("NOW"))

    def parameter(self) -> Expr:
        given = b.cast(exp.Placeholder(this="as_of"), "TIMESTAMPTZ")
        return b.call("TIMEZONE", self.text("UTC"), given)

    def at_zone(self, value: Expr, zone: str) -> Expr:
        utc = b.call("TIMEZONE", self.text("UTC"), value)
        return b.call("TIMEZONE", self.text(zone), utc)

    def from_zone(self, value: Expr, zone: str) -> Expr:
        instant = b.call("TIMEZONE", self.text(zone), value)
        return b.call("TIMEZONE", self.text("UTC"), instant)

    def plus(self, value: Expr, count: int, unit: Unit) -> Expr:
        return plus_interval(value, count, unit)

    def plus_months(self, value: Expr, count: Expr) -> Expr:
        return b.add(value, b.call("TO_MONTHS", b.cast(count, "INTEGER")))

    def microseconds(self, left: Expr, right: Expr) -> Expr:
        return exp.Sub(this=b.call("EPOCH_US", left), expression=b.call("EPOCH_US", right))

    def part(self, name: str, value: Expr) -> Expr:
        return b.call("ISODOW" if name == "weekday" else name.upper(), value)

    def whole_division(self, value: Expr, by: int) -> Expr:
        return exp.IntDiv(this=value, expression=b.number(by))

    def whole_quotient(self, above: Expr, below: Expr) -> Expr:
        return exp.IntDiv(this=above, expression=below)


def json_path(parts: Sequence[str]) -> str:
    """`$.a.b`, quoted where a name is not plain."""
    return "$" + "".join(
        f".{part}"
        if part.isidentifier() and part.isascii()
        else f".{json.dumps(part, ensure_ascii=False)}"
        for part in parts
    )


DIALECT = DuckDB
