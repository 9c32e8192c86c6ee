r"""Spark 4 and Databricks: only what differs. ANSI mode, their default, is a precondition: without it overflow is NULL.

Facts, with Spark's pages (https://spark.apache.org/docs/latest/…):
- `\` escapes in '…' by a setting, under which r'…' is no raw text either: `\`, quotes and control characters are
  `char(n)` (sql-ref-literals)
- TIMESTAMP_NTZ is a time without zone; a TIMESTAMP is an instant, whose number of microseconds does not depend on the
  session's time zone, while every cast of it does (sql-ref-datatypes)
- `convert_timezone` of TIMESTAMP_NTZ takes the first of two local times: only its way from UTC is used
- decimals of more than 38 digits lose places, but never below 6 of them, in comparisons all; a cast rounds half away
  from zero
  (sql-ref-ansi-compliance#decimal-precision)
- `sign` and `percentile_disc` of exact numbers are doubles: they are not used
- strings compare by code point, unless a collation was given to a column: UTF8_BINARY is none
- patterns are Java's: with `(?d)` only \n ends a line, and `\z` is the end
- `collect_list` drops NULLs, `min_by` keeps them; `array_contains` and `arrays_overlap` are NULL where a NULL could be
  what is looked for
- EXISTS is asked in WHERE only
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import ClassVar

from sqlglot import exp

from segql.model.nodes import Column, SplitText
from segql.model.types import (
    FLOAT,
    PRODUCT_SCALE,
    TEXT,
    DecimalType,
    ListType,
    Type,
    is_number,
    is_text,
    scale_of,
)
from segql.sql import build as b
from segql.sql.base import instant_text, is_constant
from segql.sql.build import Expr
from segql.sql.cases import lower_pairs, upper_pairs
from segql.sql.dialect import Direction
from segql.sql.numbers import digits_of, is_count, stored_decimal, twelve_places, unit
from segql.sql.reserved import SPARK
from segql.sql.stored import INT_TEXT, ZONE_TEXT, Stored
from segql.sql.texts import list_item, pattern_for
from segql.syntax.tree import CompareOp, Unit

WHOLE = "DECIMAL(38, 0)"
NTZ = "TIMESTAMP_NTZ"
KEPT = 6
"""As many places are never lost."""
_ODD = frozenset("'\\\x7f" + "".join(map(chr, range(32))))


class Spark(Stored):
    name = "spark"
    reserved = SPARK
    wide = WHOLE
    exists_anywhere = False
    types: ClassVar[dict[str, str]] = {
        "bool": "BOOLEAN",
        "int": WHOLE,
        "float": "DOUBLE",
        "text": "STRING",
        "date": "DATE",
        "timestamp": NTZ,
        "duration": "BIGINT",
    }
    functions: ClassVar[dict[str, str]] = {
        "trim": "BTRIM",
        "length": "CHAR_LENGTH",
        "contains": "CONTAINS",
        "starts": "STARTSWITH",
        "ends": "ENDSWITH",
    }

    # --- literals ---------------------------------------------------------------------------------

    def array_type(self, type_: ListType) -> str:
        return f"ARRAY<{self.data_type(type_.item)}>"

    def text(self, value: str) -> Expr:
        parts = _pieces(value)
        return b.raw(parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})")

    def date(self, value: date) -> Expr:
        return b.raw(f"DATE'{value.isoformat()}'")

    def timestamp(self, value: datetime) -> Expr:
        return b.raw(f"{NTZ}'{instant_text(value)}'")

    def by_code_point(self, value: Expr) -> Expr:
        if isinstance(value, exp.Anonymous) and value.name == "collate":
            return value
        return b.call("collate", value, b.raw("'UTF8_BINARY'"))

    # --- comparison -------------------------------------------------------------------------------

    def compare(
        self, operator: CompareOp, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> Expr:
        if _is_exact(left_type) and _is_exact(right_type):
            digits = digits_of(left, left_type), digits_of(right, right_type)
            left, right = _leveled([left, right], digits)
        return super().compare(operator, left, right, left_type, right_type)

    def in_set(
        self, value: Expr, items: Sequence[Expr], type_: Type, *, negated: bool = False
    ) -> Expr:
        value, *items = self._together([value, *items], type_)
        return super().in_set(value, items, type_, negated=negated)

    def in_range(
        self, value: Expr, low: Expr, high: Expr, type_: Type, *, negated: bool = False
    ) -> Expr:
        value, low, high = self._together([value, low, high], type_)
        return super().in_range(value, low, high, type_, negated=negated)

    def _together(self, values: Sequence[Expr], type_: Type) -> list[Expr]:
        """As in `compare`; of what is no literal only the type of the first is known."""
        if not _is_exact(type_):
            return list(values)
        digits = [digits_of(value, type_) for value in values]
        if not all(map(is_constant, values[1:])):
            digits.append((0, PRODUCT_SCALE))
        return _leveled(values, digits)

    # --- stored columns ---------------------------------------------------------------------------

    def stored_text(self, raw: Expr) -> Expr:
        return self.by_code_point(raw)

    def stored_instant(self, raw: Expr) -> Expr:
        is_instant = b.eq(b.call("typeof", raw), b.raw("'timestamp'"))
        return b.case([(is_instant, _utc(b.cast(raw, "TIMESTAMP_LTZ")))], b.cast(raw, NTZ))

    def stored_length(self, raw: Expr) -> Expr:
        return _length(raw)

    def stored_list(self, raw: Expr, type_: ListType) -> Expr:
        return b.cast(raw, self.array_type(type_))

    def inside(self, raw: Expr, column: Column, type_: Type) -> Expr:
        """JSON in a text, a VARIANT and a STRUCT alike, by their JSON text."""
        path = "$" + "".join(f'["{part}"]' for part in column.parts[1:])
        whole = b.call("parse_json", b.call("to_json", b.call("named_struct", b.raw("'v'"), raw)))
        inner = "try_variant_get(w, '$.v', 'variant')"
        document = _let(
            "w",
            f"CASE WHEN schema_of_variant({inner}) = 'STRING'"
            f" THEN try_parse_json(CAST({inner} AS STRING)) ELSE {inner} END",
            whole,
        )
        value = b.call("try_variant_get", document, self.text(path), b.raw("'variant'"))
        if isinstance(type_, ListType):
            items = b.cast(value, "ARRAY<VARIANT>")
            scalar = self._scalar(b.name("x"), type_.item, column.zone)
            converted = b.cast(_map("x", scalar, items), self.array_type(type_))
            is_array = b.call("startswith", b.call("schema_of_variant", value), b.raw("'ARRAY'"))
            return b.case([(is_array, converted)])
        return self._scalar(value, type_, column.zone)

    def _scalar(self, value: Expr, type_: Type, zone: str | None) -> Expr:
        kind = b.call("schema_of_variant", value)
        nested = b.call("rlike", kind, b.raw("'^(ARRAY|OBJECT)'"))
        text = b.case([(b.not_(nested), b.cast(value, "STRING"))])
        return text if is_text(type_) else self.from_text(text, type_, zone)

    def split(self, alias: str | None, storage: SplitText, type_: Type) -> Expr:
        value = self.read(alias, storage.column, TEXT)
        separator = self.text(re.escape(storage.separator))
        trimmed = _map("x", self.trim(b.name("x")), b.call("split", value, separator))
        full = b.call("filter", trimmed, b.raw("x -> x <> ''"))
        item = list_item(type_)
        if not is_text(item):
            full = _map("x", self.from_text(b.name("x"), item), full)
        return b.cast(full, f"ARRAY<{self.data_type(item)}>")

    def stored_timestamp(self, value: datetime, zone: str | None) -> Expr | None:
        """None: the two kinds of timestamps compare in the session's time zone."""
        return None

    # --- from text --------------------------------------------------------------------------------

    def from_text(self, value: Expr, type_: Type, zone: str | None = None) -> Expr:
        if type_.name in ("int", "duration"):
            made = _try_cast(value, self.types[type_.name])
            return b.case([(self.full_match(value, INT_TEXT), made)])
        return super().from_text(value, type_, zone)

    def full_match(self, value: Expr, pattern: str) -> Expr:
        return b.call("rlike", value, self.text(f"^({pattern})\\z"))

    def date_from_text(self, value: Expr) -> Expr:
        return _try_cast(value, "DATE")

    def timestamp_from_text(self, value: Expr, zone: str | None) -> Expr:
        zoned = b.call("rlike", value, self.text(f"{ZONE_TEXT}\\z"))
        local = _try_cast(value, NTZ)
        utc = local if zone is None else self.from_zone(local, zone)
        return b.case([(zoned, _utc(_try_cast(value, "TIMESTAMP_LTZ")))], utc)

    def decimal_from_text(self, value: Expr, type_: Type) -> Expr:
        return _try_cast(value, stored_decimal(type_))

    # --- numbers ----------------------------------------------------------------------------------

    def convert(self, value: Expr, from_: Type, to: Type) -> Expr:
        """The branches of a CASE and the arguments of LEAST become one type, which keeps whole digits first."""
        exact = _is_exact(from_) and isinstance(to, DecimalType)
        if exact and scale_of(from_) < scale_of(to):
            return self.to_decimal(value, scale_of(to))
        return super().convert(value, from_, to)

    def roomy(
        self, operator: str, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> tuple[Expr, Expr]:
        """Operands whose result has at most 38 digits, where it would lose places otherwise."""
        one, other = digits_of(left, left_type), digits_of(right, right_type)
        if operator != "*":
            scale = max(one[1], other[1])
            if scale <= KEPT or max(one[0], other[0]) + scale < 38:
                return left, right
            kind = f"DECIMAL(37, {scale})"
            return b.cast(left, kind), b.cast(right, kind)
        scale, digits = one[1] + other[1], sum(one) + sum(other)
        if scale <= KEPT or digits < 38:
            return left, right
        whole = 37 - scale
        first = min(one[0], max(whole // 2, whole - other[0]))
        return (
            b.cast(left, f"DECIMAL({first + one[1]}, {one[1]})"),
            b.cast(right, f"DECIMAL({whole - first + other[1]}, {other[1]})"),
        )

    def quotient(
        self, above: Expr, below: Expr, scales: tuple[int, int], places: int, *, count: bool = False
    ) -> Expr:
        """(2n ± d) / 2d truncated, of whole numbers: what is left by `%` divides exactly."""
        power = max(places + scales[1], scales[0])
        divisor = _whole(below, scales[1], 2 * 10 ** (power - places))
        dividend = _whole(above, scales[0], 2 * 10**power)
        half = _whole(below, scales[1], 10 ** (power - places))
        if not count:
            half = b.call("abs", half)
        if not is_count(above):
            half = b.case([(b.lt(above, b.number(0)), exp.Neg(this=b.paren(half)))], half)
        whole = self._truncated(exp.Add(this=dividend, expression=half), divisor)
        return b.mul(whole, unit(places)) if places else whole

    def _truncated(self, dividend: Expr, divisor: Expr) -> Expr:
        safe = divisor
        if not is_constant(divisor):
            safe = b.call("nullif", divisor, b.number(0))
        dividend = b.cast(dividend, WHOLE)
        left = exp.Mod(this=dividend, expression=b.paren(safe))
        even = b.cast(b.sub(dividend, b.paren(left)), WHOLE)
        return b.cast(exp.Div(this=even, expression=safe, typed=False, safe=False), WHOLE)

    def float_to_decimal(self, value: Expr, to: DecimalType) -> Expr:
        """A DecimalFormat rounds by the exact float, save some exact halves; `%.14e` and casts by its shortest text."""
        value = self.to_float(value)
        digits = b.call("format_number", value, b.raw(f"'0.{'0' * 14}E0'"))
        return b.case([(b.not_null(value), b.cast(digits, stored_decimal(to)))])

    def median(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """Two decimals of 37 digits have a sum that loses no place."""
        if scale_of(type_) > KEPT:
            value = b.cast(value, f"DECIMAL(37, {scale_of(type_)})")
        return super().median(value, type_, where)

    def middles(self, value: Expr, where: Expr | None, whole: bool) -> Expr:
        rows = b.call("array_sort", self.filtered(b.call("collect_list", value), where))
        kind = f"CAST(get(a, CAST({{}} AS INT)) AS {WHOLE})" if whole else "get(a, CAST({} AS INT))"
        low, high = (kind.format(place) for place in ("(size(a) - 1) DIV 2", "size(a) DIV 2"))
        return _let("a", f"{low} + {high}", rows)

    def sum(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """A sum of whole numbers has their type, BIGINT."""
        value, scale = self.exact(value, type_)
        return self.aggregate("SUM", value if scale else b.cast(value, WHOLE), where)

    def summand(self, value: Expr, scale: int) -> Expr:
        return _whole(value, scale, 10**scale)

    def root(self, above: Expr, below: Expr, scale: int) -> Expr:
        """The root of doubles, one step of Newton's method and one comparison, in whole numbers: exact."""
        above, below = twelve_places(above, below, scale)
        twice = b.cast(b.mul(b.number(2), below), WHOLE)
        doubled = b.mul(b.number(2), exp.Paren(this=above))
        variance = self._truncated(exp.Add(this=doubled, expression=below), twice)
        first = f"greatest(CAST(sqrt(CAST(v AS DOUBLE)) AS {WHOLE}), 1)"
        step = f"CAST((v - {first} * {first}) / (2 * {first}) AS {WHOLE})"
        near = _let("v", f"struct(v AS v, CAST({first} + {step} AS {WHOLE}) AS r)", variance)
        change = (
            "CASE WHEN p.v > p.r * p.r + p.r THEN 1"
            " WHEN p.r > 0 AND p.v <= p.r * p.r - p.r THEN -1 ELSE 0 END"
        )
        return b.mul(b.cast(_let("p", f"p.r + {change}", near), WHOLE), unit(6))

    # --- aggregates -------------------------------------------------------------------------------

    def nth(
        self,
        value: Expr,
        type_: Type,
        n: int,
        order: Sequence[Direction],
        where: Expr | None = None,
    ) -> Expr:
        by = [item for item, _ in order]
        directions = {down for _, down in order}
        if n == 1 and len(directions) == 1:
            function = "max_by" if directions == {True} else "min_by"
            return self.filtered(b.call(function, value, b.call("struct", *by)), where)
        fields: list[Expr] = []
        for place, item in enumerate([*by, value], 1):
            fields += [b.raw(f"'k{place}'"), item]
        rows = self.filtered(b.call("collect_list", b.call("named_struct", *fields)), where)
        tests = "".join(
            f" WHEN l.k{place} < r.k{place} THEN {1 if down else -1}"
            f" WHEN l.k{place} > r.k{place} THEN {-1 if down else 1}"
            for place, (_, down) in enumerate(order, 1)
        )
        ordered = b.call("array_sort", rows, b.raw(f"(l, r) -> CASE{tests} ELSE 0 END"))
        row = b.call("get", ordered, b.number(n - 1))
        return exp.Dot(this=row, expression=b.name(f"k{len(by) + 1}"))

    def collect(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return b.cast(
            self.aggregate("collect_list", value, where), f"ARRAY<{self.data_type(type_)}>"
        )

    # --- text -------------------------------------------------------------------------------------

    def lower(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._translated(value, lower_pairs(against, ascii_too=True))

    def upper(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._translated(value, upper_pairs(against, ascii_too=True))

    def _translated(self, value: Expr, pairs: tuple[str, str]) -> Expr:
        return b.call("translate", value, *map(self.text, pairs)) if pairs[0] else value

    def fold_list(self, value: Expr) -> Expr:
        return _map("x", self.fold(b.name("x")), value)

    def matches(self, value: Expr, pattern: str) -> Expr:
        return b.call("rlike", value, self.text(f"(?d){pattern_for(pattern, 'java')}"))

    # --- lists ------------------------------------------------------------------------------------

    def list_of(self, items: Sequence[Expr], item: Type) -> Expr:
        return b.cast(b.call("array", *items), f"ARRAY<{self.data_type(item)}>")

    def has(self, value: Expr, element: Expr, item: Type) -> Expr:
        element = element if is_text(item) else b.cast(element, self.data_type(item))
        return b.call("array_contains", b.call("array_compact", value), element)

    def overlaps(self, value: Expr, other: Expr, item: Type) -> Expr:
        return b.call(
            "arrays_overlap", b.call("array_compact", value), b.call("array_compact", other)
        )

    def covers(self, value: Expr, other: Expr, item: Type) -> Expr:
        missing = b.call("array_except", b.call("array_compact", other), value)
        return b.eq(b.call("array_size", missing), b.number(0))

    def list_count(self, value: Expr) -> Expr:
        return b.call("array_size", b.call("array_compact", value))

    # --- time -------------------------------------------------------------------------------------

    def live(self) -> Expr:
        return _utc(b.call("now"))

    def parameter(self) -> Expr:
        return _utc(b.cast(exp.Placeholder(this="as_of"), "TIMESTAMP_LTZ"))

    def at_zone(self, value: Expr, zone: str) -> Expr:
        return b.call("convert_timezone", b.raw("'UTC'"), self.text(zone), value)

    def plus(self, value: Expr, count: int, unit: Unit) -> Expr:
        if unit == "quarter":
            count, unit = 3 * count, "month"
        interval = b.raw(f"INTERVAL '{abs(count)}' {unit.upper()}")
        return b.sub(value, interval) if count < 0 else b.add(value, interval)

    def plus_days(self, day: Expr, count: int) -> Expr:
        return b.call("date_add", day, b.number(count))

    def plus_months(self, value: Expr, count: Expr) -> Expr:
        return b.add(value, b.call("make_ym_interval", b.number(0), b.cast(count, "INT")))

    def microseconds(self, left: Expr, right: Expr) -> Expr:
        return _length(b.sub(left, right))

    def days(self, left: Expr, right: Expr) -> Expr:
        return b.call("datediff", left, right)

    def part(self, name: str, value: Expr) -> Expr:
        if name == "weekday":
            return exp.Paren(this=b.add(b.call("weekday", value), b.number(1)))
        return b.call(name, value)

    def whole_division(self, value: Expr, by: int) -> Expr:
        return self.whole_quotient(value, b.number(by))

    def whole_quotient(self, above: Expr, below: Expr) -> Expr:
        return exp.Paren(this=exp.IntDiv(this=b.paren(above), expression=b.paren(below)))


def _is_exact(type_: Type) -> bool:
    return is_number(type_) and type_ != FLOAT


def _leveled(values: Sequence[Expr], digits: Sequence[tuple[int, int]]) -> list[Expr]:
    """Of two decimals that are compared whole digits are kept first: `sum > 0.5` would ask for more than 1."""
    whole, scale = (max(place) for place in zip(*digits, strict=True))
    if not scale or whole + scale <= 38:
        return list(values)
    return [b.cast(value, f"DECIMAL(38, {scale})") for value in values]


def _pieces(value: str) -> list[str]:
    """A text as literals in which nothing could be escaped, and characters by their number."""
    found: list[str] = []
    for odd, group in groupby(value, lambda one: one in _ODD):
        if odd:
            found += [f"char({ord(one)})" for one in group]
        else:  # `${name}` is a variable of the session, in a text too
            found += [f"'{one}'" for one in re.split(r"(?<=\$)(?=\{)", "".join(group))]
    return found or ["''"]


def _try_cast(value: Expr, to: str) -> Expr:
    return exp.TryCast(this=value, to=b.kind(to), safe=True)


def _utc(instant: Expr) -> Expr:
    """A TIMESTAMP as the time that UTC shows, whatever the session's time zone."""
    epoch = b.raw(f"{NTZ}'1970-01-01 00:00:00'")
    return b.call("timestampadd", b.name("MICROSECOND"), b.call("unix_micros", instant), epoch)


def _length(interval: Expr) -> Expr:
    """The microseconds of a day-time interval."""
    seconds = b.cast(b.cast(interval, "INTERVAL SECOND"), "DECIMAL(18, 6)")
    return b.cast(b.mul(seconds, b.number(1_000_000)), "BIGINT")


def _whole(value: Expr, scale: int, factor: int) -> Expr:
    """`value * factor`, a whole number, where no place is lost."""
    if factor == 1:
        return b.cast(value, WHOLE)
    if scale > KEPT:
        digits = max(scale + 1, 37 - len(str(factor)))
        value = b.cast(value, f"DECIMAL({digits}, {scale})")
    elif not scale:
        value = b.cast(value, WHOLE)
    return b.cast(b.mul(value, b.number(factor)), WHOLE)


def _let(name: str, result: str, value: Expr) -> Expr:
    """`result`, in which `name` stands for `value`, computed once."""
    made = b.call("transform", b.call("array", value), b.raw(f"{name} -> {result}"))
    return b.call("element_at", made, b.number(1))


def _map(name: str, result: Expr, items: Expr) -> Expr:
    return b.call("transform", items, b.raw(f"{name} -> {result.sql('spark', copy=False)}"))


DIALECT = Spark
