r"""Snowflake: only what differs. Written from its documentation alone; nothing rests on a parameter of the session.

Facts, with Snowflake's pages (https://docs.snowflake.com/en/…):
- an explicit `COLLATE(x, 'utf8')` compares by code point and wins over a column's collation; `COLLATE(x, '')` takes a
  collation away where functions admit none (sql-reference/collation)
- in '…' backslashes always escape (sql-reference/data-types-text)
- texts become dates and timestamps by an explicit format only: the implicit one is a parameter, like the meaning of
  TIMESTAMP, of a time zone that is not written, and of weeks (sql-reference/functions/to_timestamp,
  sql-reference/parameters)
- EPOCH_MICROSECOND of any kind of timestamp counts from 1970 in UTC (sql-reference/functions-date-time)
- CONVERT_TIMEZONE with three arguments takes and gives TIMESTAMP_NTZ; what it does with local times that exist
  twice or never is not written, so only its direction from UTC is used (sql-reference/functions/convert_timezone)
- `/` rounds at a scale of its own: quotients are made of exact whole numbers by MOD
  (sql-reference/operators-arithmetic); ROUND is half away from zero (sql-reference/functions/round)
- what LOWER and UPPER do with special letters is not written: TRANSLATE is exact (sql-reference/functions/translate)
- a VARIANT becomes a timestamp by the session's format or zone where it holds a text, a number or another kind of
  timestamp (sql-reference/functions/to_timestamp), and a time in one becomes a text by the session's format; AS_DATE
  and its kin give what it holds, NULL where that is of another type (sql-reference/functions/as_timestamp)
- a correlated EXISTS stands in WHERE only, and never under OR (sql-reference/operators-subquery)
- there is no FILTER: the argument is NULL for other rows; ARRAY_AGG omits NULLs (sql-reference/functions/array_agg)
- ARRAYS_OVERLAP takes NULLs for equal, ARRAY_COMPACT removes them (sql-reference/functions/arrays_overlap)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from sqlglot import exp

from segql.model.nodes import Column, SplitText
from segql.model.types import TEXT, DecimalType, ListType, Type, is_text, scale_of
from segql.sql import build as b
from segql.sql.base import escaping_text, instant_text, is_constant
from segql.sql.build import Expr
from segql.sql.cases import lower_pairs, upper_pairs
from segql.sql.dialect import ActiveUnit, Direction, as_utc
from segql.sql.numbers import is_count, stored_decimal, twelve_places, unit
from segql.sql.reserved import SNOWFLAKE
from segql.sql.stored import ZONE_TEXT, Stored
from segql.sql.texts import list_item, pattern_for
from segql.syntax.tree import CompareOp, Unit

WHOLE = "DECIMAL(38, 0)"
NTZ = "TIMESTAMP_NTZ"
MOST_PLACES = 12
"""Of a product (https://docs.snowflake.com/en/sql-reference/operators-arithmetic)."""
EPOCH = date(1970, 1, 1)

_TEXTUAL = ("VARCHAR", "INTEGER", "DECIMAL", "DOUBLE", "BOOLEAN")
"""What a VARIANT may hold that has one text (https://docs.snowflake.com/en/sql-reference/functions/typeof)."""
_NEAR: dict[int, tuple[CompareOp, ...]] = {-1: (">", ">=", "="), 1: ("<", "<=", "=")}
"""Which comparisons have a lower bound, a day before the constant; which an upper one, a day behind it."""


class Snowflake(Stored):
    name = "snowflake"
    reserved = SNOWFLAKE
    wide = WHOLE
    exists_anywhere = False
    reads_json_in_texts = False
    types: ClassVar[dict[str, str]] = {
        "bool": "BOOLEAN",
        "int": WHOLE,
        "float": "DOUBLE",
        "text": "VARCHAR",
        "date": "DATE",
        "timestamp": NTZ,
        "duration": WHOLE,
    }
    odd_floats = ("NaN", "inf", "-inf")
    functions: ClassVar[dict[str, str]] = {
        "trim": "TRIM",
        "length": "LENGTH",
        "contains": "CONTAINS",
        "starts": "STARTSWITH",
        "ends": "ENDSWITH",
    }

    # --- names and literals -----------------------------------------------------------------------

    def identifier(self, name: str) -> exp.Identifier:
        """A plain lower-case name is one that Snowflake keeps in upper case; one in double quotes is kept as it is."""
        if is_exact(name):
            return exp.Identifier(this=name[1:-1], quoted=True)
        if name in self.reserved:
            return exp.Identifier(this=name.upper(), quoted=True)
        return super().identifier(name)

    def array_type(self, type_: ListType) -> str:
        return "ARRAY"

    def text(self, value: str) -> Expr:
        return escaping_text(value)

    def date(self, value: date) -> Expr:
        return b.call("TO_DATE", self.text(value.isoformat()), self.text("YYYY-MM-DD"))

    def timestamp(self, value: datetime) -> Expr:
        form = "YYYY-MM-DD HH24:MI:SS.FF6" if value.microsecond else "YYYY-MM-DD HH24:MI:SS"
        return b.call("TO_TIMESTAMP_NTZ", self.text(instant_text(value)), self.text(form))

    def by_code_point(self, value: Expr) -> Expr:
        return value if _is_collated(value) else b.call("COLLATE", value, self.text("utf8"))

    def _plain(self, value: Expr) -> Expr:
        return b.call(
            "COLLATE", value.expressions[0] if _is_collated(value) else value, self.text("")
        )

    # --- stored columns ---------------------------------------------------------------------------

    def stored_text(self, raw: Expr) -> Expr:
        return self.by_code_point(raw)

    def stored_instant(self, raw: Expr) -> Expr:
        epoch = b.call("DATE_PART", b.name("EPOCH_MICROSECOND"), raw)
        return b.call("TO_TIMESTAMP_NTZ", epoch, b.number(6))

    def stored_list(self, raw: Expr, type_: ListType) -> Expr:
        return raw

    def inside(self, raw: Expr, column: Column, type_: Type) -> Expr:
        path = ".".join(json.dumps(part, ensure_ascii=False) for part in column.parts[1:])
        value = b.call("GET_PATH", raw, self.text(path))
        if isinstance(type_, ListType):
            scalar = self._scalar(b.name("x"), type_.item, column.zone).sql("snowflake")
            converted = b.call("TRANSFORM", value, b.raw(f"x -> {scalar}"))
            return b.case([(b.eq(b.call("TYPEOF", value), self.text("ARRAY")), converted)])
        return self._scalar(value, type_, column.zone)

    def _scalar(self, value: Expr, type_: Type, zone: str | None) -> Expr:
        """What came from JSON is a text, a number or a boolean; a time was put in by `OBJECT_CONSTRUCT` and its kin."""
        if type_.name in ("date", "timestamp"):
            text = self.from_text(b.call("AS_VARCHAR", value), type_, zone)
            return b.coalesce(*self._times_in(value, type_, zone), text)
        text = b.cast(value, "VARCHAR")
        if not is_text(type_):
            return self.from_text(text, type_, zone)
        plain = b.in_(b.call("TYPEOF", value), [self.text(name) for name in _TEXTUAL])
        return self.by_code_point(b.case([(plain, text)]))

    def _times_in(self, value: Expr, type_: Type, zone: str | None) -> list[Expr]:
        if type_.name == "date":
            return [b.call("AS_DATE", value)]
        local = b.call("AS_TIMESTAMP_NTZ", value)
        instants = [b.call(f"AS_TIMESTAMP_{kind}", value) for kind in ("TZ", "LTZ")]
        return [
            local if zone is None else self.from_zone(local, zone),
            *(self._in_utc(instant) for instant in instants),
        ]

    def split(self, alias: str | None, storage: SplitText, type_: Type) -> Expr:
        value = self._plain(self.read(alias, storage.column, TEXT))
        parts = b.call("SPLIT", value, self.text(storage.separator))
        element = b.cast(b.name("x"), "VARCHAR")  # lambdas without a type get a VARIANT
        trimmed = self.trim(element).sql("snowflake")
        items = b.call("TRANSFORM", parts, b.raw(f"x -> {trimmed}"))
        full = b.call("FILTER", items, b.raw(f"x -> {element.sql('snowflake')} <> ''"))
        item = list_item(type_)
        if is_text(item):
            return full
        converted = self.from_text(element, item).sql("snowflake")
        return b.call("TRANSFORM", full, b.raw(f"x -> {converted}"))

    def instant_beside(self, value: datetime) -> Expr | None:
        """None: two kinds of timestamps would compare in the session's time zone."""
        return None

    def near(
        self, operator: CompareOp, alias: str | None, column: Column, constant: datetime
    ) -> list[Expr]:
        """A day's width around the constant, on the column itself: the exact comparison implies it in any time zone
        of the session, and unlike that one it skips micro-partitions."""
        if len(column.parts) > 1 or column.zone is not None:
            return []
        found: list[Expr] = []
        for bound, days in ((b.ge, -1), (b.lt, 1)):
            if operator in _NEAR[days]:
                with suppress(OverflowError):
                    day = as_utc(constant) + timedelta(days=days)
                    found.append(bound(self.raw(alias, column), self.timestamp(day)))
        return found

    def full_match(self, value: Expr, pattern: str) -> Expr:
        return b.call("REGEXP_LIKE", value, self.text(pattern))

    def decimal_from_text(self, value: Expr, type_: Type) -> Expr:
        if not isinstance(type_, DecimalType):
            raise TypeError(f"no decimal: {type_}")
        size = b.number(type_.precision), b.number(type_.scale)
        return b.call("TRY_TO_DECIMAL", value, *size)

    def date_from_text(self, value: Expr) -> Expr:
        return b.call("TRY_TO_DATE", value, self.text("YYYY-MM-DD"))

    def timestamp_from_text(self, value: Expr, zone: str | None) -> Expr:
        """From its parts: one format cannot leave out seconds, fractions and zone."""
        utc = self._from_parts(value)
        if zone is None:
            return utc
        zoned = b.call("REGEXP_LIKE", value, self.text(f".*{ZONE_TEXT}"))
        return b.case([(zoned, utc)], self.from_zone(utc, zone))

    def _from_parts(self, value: Expr) -> Expr:
        day = b.cast(self.date_from_text(b.call("LEFT", value, b.number(10))), NTZ)
        rest = b.call("SUBSTR", value, b.number(17))
        fraction = b.call("RPAD", self._group(rest, r"\.([0-9]+)", ""), b.number(6), self.text("0"))
        sign = self._group(rest, r"([+-])[0-9]{2}:[0-9]{2}$", "+")
        lengths = [
            (b.call("SUBSTR", value, b.number(12), b.number(2)), 3_600_000_000),
            (b.call("SUBSTR", value, b.number(15), b.number(2)), 60_000_000),
            (self._group(rest, r"^:([0-9]{2})", "0"), 1_000_000),
            (fraction, 1),
            (b.call("CONCAT", sign, self._group(rest, r"[+-]([0-9]{2}):", "0")), -3_600_000_000),
            (
                b.call("CONCAT", sign, self._group(rest, r"[+-][0-9]{2}:([0-9]{2})", "0")),
                -60_000_000,
            ),
        ]
        total: Expr | None = None
        for part, length in lengths:
            term = b.mul(b.call("TO_DECIMAL", part, *_size(0)), b.number(length))
            total = term if total is None else exp.Add(this=total, expression=term)
        assert total is not None
        return b.call("DATEADD", b.name("MICROSECOND"), total, day)

    def _group(self, value: Expr, pattern: str, default: str) -> Expr:
        one = b.number(1)
        found = b.call("REGEXP_SUBSTR", value, self.text(pattern), one, one, self.text("e"), one)
        return b.coalesce(found, self.text(default))

    # --- numbers ----------------------------------------------------------------------------------

    def arithmetic(
        self,
        operator: Literal["+", "-", "*", "/"],
        left: Expr,
        right: Expr,
        left_type: Type,
        right_type: Type,
        result: Type,
    ) -> Expr:
        """A product of more than 12 places is cut at 12, in a way that is not written: there it is made of whole
        numbers."""
        scales = scale_of(left_type), scale_of(right_type)
        exact = isinstance(left_type, DecimalType) and isinstance(right_type, DecimalType)
        if operator != "*" or not exact or sum(scales) <= MOST_PLACES:
            return super().arithmetic(operator, left, right, left_type, right_type, result)
        sides = zip((left, right), scales, strict=True)
        product = b.mul(*(self._whole(side, 10**scale) for side, scale in sides))
        places = scale_of(result)
        divisor = b.number(10 ** (sum(scales) - places))
        return b.mul(self.quotient(product, divisor, (0, 0), 0, count=True), unit(places))

    def to_decimal(self, value: Expr, scale: int) -> Expr:
        return b.cast(b.call("ROUND", value, b.number(scale)), f"DECIMAL(38, {scale})")

    def quotient(
        self, above: Expr, below: Expr, scales: tuple[int, int], places: int, *, count: bool = False
    ) -> Expr:
        """(2n ± d) / 2d truncated, of whole numbers: what is left by MOD divides exactly."""
        power = max(places + scales[1], scales[0])
        divisor = self._whole(below, 2 * 10 ** (power - places))
        dividend = self._whole(above, 2 * 10**power)
        half = self._whole(below, 10 ** (power - places))
        if not count:
            half = b.call("ABS", half)
        if not is_count(above):
            half = b.mul(b.call("SIGN", above), half)
        whole = self._truncated(exp.Add(this=dividend, expression=half), divisor)
        return b.mul(whole, unit(places)) if places else whole

    def _truncated(self, dividend: Expr, divisor: Expr) -> Expr:
        safe = divisor
        if not is_constant(divisor):
            safe = b.call("NULLIF", divisor, b.number(0))
        left = b.call("MOD", dividend, safe)
        even = exp.Paren(this=b.sub(dividend, left))
        return b.cast(exp.Div(this=even, expression=safe, typed=False, safe=False), WHOLE)

    def _whole(self, value: Expr, factor: int) -> Expr:
        return b.cast(value if factor == 1 else b.mul(value, b.number(factor)), WHOLE)

    def float_to_decimal(self, value: Expr, to: DecimalType) -> Expr:
        digits = b.call("TO_VARCHAR", self.to_float(value), self.text("S9.99999999999999EEEE"))
        number = b.call("ROUND", b.call("TO_DECIMAL", digits, *_size(15)), b.number(to.scale))
        return b.cast(number, stored_decimal(to))

    def middles(self, value: Expr, where: Expr | None, whole: bool) -> Expr:
        lower = self._middle(value, where)
        if whole:
            lower = b.cast(lower, self.wide)
        return exp.Paren(
            this=exp.Sub(this=lower, expression=self._middle(exp.Neg(this=b.paren(value)), where))
        )

    def _middle(self, value: Expr, where: Expr | None) -> Expr:
        """The lower middle one; of the opposites, the opposite of the upper: no direction is documented."""
        ordered = exp.Ordered(this=_only(value, where), desc=None, nulls_first=False)
        return exp.WithinGroup(
            this=b.call("PERCENTILE_DISC", b.number("0.5")),
            expression=exp.Order(expressions=[ordered]),
        )

    def summand(self, value: Expr, scale: int) -> Expr:
        return self._whole(value, 10**scale)

    def root(self, above: Expr, below: Expr, scale: int) -> Expr:
        """The root of doubles, one step of Newton's method and one comparison, in whole numbers: exact."""
        above, below = twelve_places(above, below, scale)
        twice = b.mul(b.number(2), below)
        variance = self._truncated(
            exp.Add(this=b.mul(b.number(2), exp.Paren(this=above)), expression=below), twice
        )
        v = "CAST(v AS DECIMAL(38, 0))"
        first = f"GREATEST(CAST(SQRT({v}) AS DECIMAL(38, 0)), 1)"
        next_ = f"({first} + CAST(({v} - {first} * {first}) / (2 * {first}) AS DECIMAL(38, 0)))"
        root = (
            f"v -> {next_} + CASE WHEN {v} > {next_} * {next_} + {next_} THEN 1"
            f" WHEN {next_} > 0 AND {v} <= {next_} * {next_} - {next_} THEN -1 ELSE 0 END"
        )
        roots = b.call("TRANSFORM", b.call("ARRAY_CONSTRUCT", variance), b.raw(root))
        value = b.cast(b.call("GET", roots, b.number(0)), WHOLE)
        return b.mul(value, unit(6))

    # --- aggregates -------------------------------------------------------------------------------

    def aggregate(self, function: str, argument: Expr, where: Expr | None) -> Expr:
        return b.call(function, _only(argument, where))

    def filtered(self, call: Expr, where: Expr | None) -> Expr:
        if where is None:
            return call
        raise TypeError("no FILTER in this dialect")

    def count_rows(self, where: Expr | None = None) -> Expr:
        return b.call("COUNT", exp.Star()) if where is None else b.call("COUNT_IF", where)

    def count_distinct(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        value = _only(self.comparable(value, type_), where)
        return exp.Count(this=exp.Distinct(expressions=[value]))

    def active(self, unit: ActiveUnit, time: Expr, type_: Type, where: Expr | None = None) -> Expr:
        found = _only(self.unit_of(unit, time, type_), where)
        return exp.Count(this=exp.Distinct(expressions=[found]))

    def nth(
        self,
        value: Expr,
        type_: Type,
        n: int,
        order: Sequence[Direction],
        where: Expr | None = None,
    ) -> Expr:
        """Inside an object, because ARRAY_AGG drops NULLs; times as numbers, because a VARIANT becomes a time by the
        session's zone and format."""
        since = self.date(EPOCH)
        if type_.name == "timestamp":
            value = b.call("DATE_PART", b.name("EPOCH_MICROSECOND"), value)
        elif type_.name == "date":
            value = self.days(value, since)
        if isinstance(value, exp.Column) and not value.table:
            value = exp.Paren(this=value)  # a column `value` is no keyword here
        kept = b.call("OBJECT_CONSTRUCT_KEEP_NULL", self.text("v"), value)
        values = exp.WithinGroup(
            this=b.call("ARRAY_AGG", _only(kept, where)),
            expression=exp.Order(
                expressions=[
                    exp.Ordered(this=item, desc=down, nulls_first=down) for item, down in order
                ]
            ),
        )
        chosen = b.call("GET", b.call("GET", values, b.number(n - 1)), self.text("v"))
        if type_.name == "timestamp":
            return b.call("TO_TIMESTAMP_NTZ", b.cast(chosen, WHOLE), b.number(6))
        if type_.name == "date":
            return b.call("DATEADD", b.name("DAY"), b.cast(chosen, WHOLE), since)
        return chosen if isinstance(type_, ListType) else b.cast(chosen, self.data_type(type_))

    def collect(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return self.aggregate("ARRAY_AGG", value, where)

    def hash_digits(self, parts: Sequence[Expr], count: int) -> Expr:
        """MD5 is none of the functions that take a collated text."""
        return super().hash_digits([self._without_collation(part) for part in parts], count)

    def _without_collation(self, value: Expr) -> Expr:
        inner = value.this if isinstance(value, exp.Cast) else value
        return self._plain(inner) if _is_collated(inner) else value

    # --- text -------------------------------------------------------------------------------------

    def lower(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._translated(value, lower_pairs(against, ascii_too=True))

    def upper(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._translated(value, upper_pairs(against, ascii_too=True))

    def _translated(self, value: Expr, pairs: tuple[str, str]) -> Expr:
        return (
            b.call("TRANSLATE", self._plain(value), *map(self.text, pairs)) if pairs[0] else value
        )

    def fold_list(self, value: Expr) -> Expr:
        item = b.cast(b.name("x"), "VARCHAR")  # lambdas without a type get a VARIANT
        folded = self.fold(item).sql("snowflake")
        return b.call("TRANSFORM", value, b.raw(f"x -> {folded}"))

    def matches(self, value: Expr, pattern: str) -> Expr:
        """REGEXP_LIKE asks for the whole text; what REGEXP_INSTR says of an empty match is not written."""
        anything = r"(.|\n)*"
        whole = f"{anything}({pattern_for(pattern, 'snowflake')}){anything}"
        return self.full_match(self._plain(value), whole)

    # --- lists ------------------------------------------------------------------------------------

    def list_of(self, items: Sequence[Expr], item: Type) -> Expr:
        return b.call("ARRAY_CONSTRUCT", *items)

    def has(self, value: Expr, element: Expr, item: Type) -> Expr:
        return b.call(
            "ARRAY_CONTAINS", b.call("TO_VARIANT", element), b.call("ARRAY_COMPACT", value)
        )

    def overlaps(self, value: Expr, other: Expr, item: Type) -> Expr:
        return b.call("ARRAYS_OVERLAP", b.call("ARRAY_COMPACT", value), other)

    def covers(self, value: Expr, other: Expr, item: Type) -> Expr:
        wanted = b.call("ARRAY_DISTINCT", b.call("ARRAY_COMPACT", other))
        missing = b.call("ARRAY_EXCEPT", wanted, value)
        return b.eq(b.call("ARRAY_SIZE", missing), b.number(0))

    def list_count(self, value: Expr) -> Expr:
        return b.call("ARRAY_SIZE", b.call("ARRAY_COMPACT", value))

    # --- time -------------------------------------------------------------------------------------

    def live(self) -> Expr:
        """https://docs.snowflake.com/en/sql-reference/functions/current_timestamp"""
        return self._in_utc(b.call("CURRENT_TIMESTAMP", b.number(6)))

    def parameter(self) -> Expr:
        """A text; AUTO means the same in every session, a cast what TIMESTAMP_INPUT_FORMAT says."""
        given = exp.Placeholder(this="1")
        return self._in_utc(b.call("TO_TIMESTAMP_TZ", given, self.text("AUTO")))

    def _in_utc(self, instant: Expr) -> Expr:
        return b.cast(b.call("CONVERT_TIMEZONE", self.text("UTC"), instant), NTZ)

    def at_zone(self, value: Expr, zone: str) -> Expr:
        return b.call("CONVERT_TIMEZONE", self.text("UTC"), self.text(zone), value)

    def plus_difference(self, value: Expr, left: Expr, right: Expr) -> Expr:
        return b.call("DATEADD", b.name("MICROSECOND"), self.microseconds(left, right), value)

    def plus(self, value: Expr, count: int, unit: Unit) -> Expr:
        return b.call("DATEADD", b.name(unit.upper()), b.number(count), value)

    def plus_days(self, day: Expr, count: int) -> Expr:
        return self.plus(day, count, "day")

    def plus_months(self, value: Expr, count: Expr) -> Expr:
        return b.call("DATEADD", b.name("MONTH"), count, value)

    def microseconds(self, left: Expr, right: Expr) -> Expr:
        return b.call("DATEDIFF", b.name("MICROSECOND"), right, left)

    def days(self, left: Expr, right: Expr) -> Expr:
        return b.call("DATEDIFF", b.name("DAY"), right, left)

    def part(self, name: str, value: Expr) -> Expr:
        return b.call("DAYOFWEEKISO" if name == "weekday" else name.upper(), value)

    def whole_division(self, value: Expr, by: int) -> Expr:
        return self._truncated(value, b.number(by))

    def whole_quotient(self, above: Expr, below: Expr) -> Expr:
        even = exp.Paren(this=exp.Sub(this=above, expression=b.call("MOD", above, below)))
        whole = exp.Div(this=even, expression=below, typed=False, safe=False)
        return b.cast(whole, WHOLE)


def is_exact(name: str) -> bool:
    """Whether a physical name is written in double quotes, as Snowflake has names that are not upper case."""
    return len(name) > 2 and name[0] == name[-1] == '"'


def _only(value: Expr, where: Expr | None) -> Expr:
    return value if where is None else b.case([(where, value)])


def _is_collated(value: Expr) -> bool:
    return isinstance(value, exp.Anonymous) and value.name == "COLLATE"


def _size(scale: int) -> tuple[Expr, Expr]:
    """The arguments `38, scale`."""
    return b.number(38), b.number(scale)


DIALECT = Snowflake
