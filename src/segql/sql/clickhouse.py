r"""ClickHouse: only what differs.

Facts, with ClickHouse's pages (https://clickhouse.com/docs/…):
- only a `Nullable` type has NULL; an aggregate of no rows, `lag` before the first row and the columns of an outer
  join without a match give the type's default value instead: `-OrNull`, `toNullable` and the setting `join_use_nulls`
  give NULL (sql-reference/aggregate-functions/combinators, operations/settings/settings#join_use_nulls)
- settings at the end of a statement win over those of session, user and profile (sql-reference/statements/select)
- an alias hides the column of its name everywhere in its SELECT, unless `prefer_column_name_to_alias` is on
  (operations/settings/settings#prefer_column_name_to_alias)
- whole numbers wrap without an error, and so do products of decimals beyond 38 digits: exact numbers are computed in
  76 digits, and the cast back to 38 raises (sql-reference/data-types/decimal)
- a literal with a point, or beyond 64 bits, is a Float64: exact ones are texts that are converted
  (sql-reference/syntax#numeric)
- the cast of a decimal to fewer places truncates; `round` of a decimal is half away from zero
  (sql-reference/functions/rounding-functions)
- an array is never NULL: a list is a tuple of one array, which can be (sql-reference/data-types/tuple)
- texts are bytes and compare as such, in UTF-8 the order of code points; `lower` maps ASCII
  (sql-reference/functions/string-functions)
- `.` in a pattern is a newline too (sql-reference/functions/string-search-functions#match)
- a DateTime64 is an instant, shown in a time zone of its type, which here is UTC; `timezoneOffset` of one is exact
  (sql-reference/data-types/datetime64)
- unequal dates are read from one text: `2025-02-30` becomes 2 March, so what was read is compared with the text
  (sql-reference/functions/type-conversion-functions#todate32ornull)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import ClassVar

from sqlglot import exp

from segql.model.nodes import Column, SplitText
from segql.model.types import (
    TEXT,
    DecimalType,
    ListType,
    Type,
    is_number,
    is_text,
)
from segql.sql import build as b
from segql.sql.base import escaping_text, instant_text, is_constant
from segql.sql.build import Expr
from segql.sql.cases import lower_pairs, upper_pairs
from segql.sql.clickhouse_numbers import ExactNumbers, decimal
from segql.sql.dialect import Direction
from segql.sql.reserved import CLICKHOUSE
from segql.sql.stored import DATE_TEXT, FLOAT_TEXT, INT_TEXT
from segql.sql.texts import list_item, pattern_for
from segql.sql.windows import Frame
from segql.syntax.tree import Unit

SETTINGS: dict[str, int | str] = {
    "join_use_nulls": 1,
    "prefer_column_name_to_alias": 1,
    "transform_null_in": 0,
    "cast_keep_nullable": 0,
    "aggregate_functions_null_for_empty": 0,
    "empty_result_for_aggregation_by_empty_set": 0,
    "group_by_use_nulls": 0,
    "use_variant_as_common_type": 0,
    "decimal_check_overflow": 1,
    "count_distinct_implementation": "uniqExact",
    "join_default_strictness": "ALL",
    "output_format_json_named_tuples_as_objects": 1,
    "session_timezone": "UTC",
    "limit": 0,
    "offset": 0,
    **dict.fromkeys(
        ("read_overflow_mode", "group_by_overflow_mode", "distinct_overflow_mode"), "throw"
    ),
    **dict.fromkeys(("join_overflow_mode", "set_overflow_mode", "sort_overflow_mode"), "throw"),
    **dict.fromkeys(("result_overflow_mode", "timeout_overflow_mode"), "throw"),
}
"""What a session, user or profile could set so that rows are lost, or mean something else
(https://clickhouse.com/docs/operations/settings/settings, …/query-complexity)."""

_OR_NULL = {"SUM": "sumOrNull", "MIN": "minOrNull", "MAX": "maxOrNull"}


class ClickHouse(ExactNumbers):
    name = "clickhouse"
    exists_anywhere = False
    """26.9 does not find the outer columns of some that stand elsewhere than in WHERE."""
    joined_lists_are_known = True
    exists_sees_unknown = False
    """26.9 joins the outer rows back by equality of the values that the subquery mentions."""
    reserved = CLICKHOUSE
    types: ClassVar[dict[str, str]] = {
        "bool": "Bool",
        "int": "Decimal(38, 0)",
        "float": "Float64",
        "text": "String",
        "date": "Date32",
        "timestamp": "DateTime64(6, 'UTC')",
        "duration": "Int64",
    }
    functions: ClassVar[dict[str, str]] = {
        "trim": "trimBoth",
        "length": "lengthUTF8",
        "starts": "startsWith",
        "ends": "endsWith",
    }

    # --- names and literals -----------------------------------------------------------------------

    def print(self, statement: Expr, *, pretty: bool = True) -> str:
        """Every column of a SELECT gets its name said, which else may be `alias.name`."""
        for select in statement.find_all(exp.Select):
            select.set("expressions", [self._with_name(one) for one in select.expressions])
        if isinstance(statement, exp.Select):
            settings = [
                exp.EQ(this=b.name(one), expression=_setting(v)) for one, v in SETTINGS.items()
            ]
            statement.set("settings", settings)
        return super().print(statement, pretty=pretty)

    def _with_name(self, value: Expr) -> Expr:
        if isinstance(value, exp.Column) and value.table and isinstance(value.this, exp.Identifier):
            return exp.Alias(this=value, alias=value.this)
        return value

    def array_type(self, type_: ListType) -> str:
        return f"Tuple(Array(Nullable({self.data_type(type_.item)})))"

    def text(self, value: str) -> Expr:
        return escaping_text(value)

    def date(self, value: date) -> Expr:
        return b.raw(f"toDate32('{value.isoformat()}')")

    def timestamp(self, value: datetime) -> Expr:
        return b.raw(f"toDateTime64('{instant_text(value)}', 6, 'UTC')")

    def by_code_point(self, value: Expr) -> Expr:
        return value

    # --- comparison -------------------------------------------------------------------------------

    def in_set(
        self, value: Expr, items: Sequence[Expr], type_: Type, *, negated: bool = False
    ) -> Expr:
        """Numbers of several types are no set: it converts to the type of the value, or fails."""
        plain = all(isinstance(one, exp.Literal) for one in items)
        if not is_number(type_) or (plain and not isinstance(value, exp.Literal)):
            return super().in_set(value, items, type_, negated=negated)
        test = b.paren(b.any_([b.eq(value, item) for item in items]))
        made = b.not_(test) if negated else test
        return self.unless_null([item for item in items if not is_constant(item)], made)

    # --- stored columns ---------------------------------------------------------------------------

    def stored_text(self, raw: Expr) -> Expr:
        return b.call("toString", raw)

    def stored_date(self, raw: Expr) -> Expr:
        return b.call("toDate32", raw)

    def stored_instant(self, raw: Expr) -> Expr:
        return b.call("toDateTime64", raw, b.number(6), self.text("UTC"))

    def stored_local(self, raw: Expr) -> Expr:
        return self.stored_instant(raw)

    def stored_list(self, raw: Expr, type_: ListType) -> Expr:
        return self._list(raw, type_.item)

    def inside(self, raw: Expr, column: Column, type_: Type) -> Expr:
        """JSON in a String, a JSON column and a named Tuple alike, by their JSON text."""
        path = [self.text(part) for part in column.parts[1:]]
        document = self._document(raw)
        if isinstance(type_, ListType):
            items = b.call("JSONExtractArrayRaw", document, *path)
            scalar = self._scalar(b.name("x"), type_.item, column.zone)
            is_array = b.eq(b.call("JSONType", document, *path), self.text("Array"))
            return b.case([(is_array, self._list(_map("x", scalar, items), type_.item))])
        return self._scalar(b.call("JSONExtractRaw", document, *path), type_, column.zone)

    def _document(self, raw: Expr) -> Expr:
        text = b.call("assumeNotNull", b.call("toJSONString", raw))
        is_text = b.eq(b.call("JSONType", text), self.text("String"))
        return b.case([(is_text, b.call("JSONExtractString", text))], text)

    def _scalar(self, value: Expr, type_: Type, zone: str | None) -> Expr:
        kind = b.call("JSONType", value)
        text = b.case(
            [
                (b.eq(kind, self.text("String")), b.call("JSONExtractString", value)),
                (
                    b.in_(kind, [self.text("Null"), self.text("Object"), self.text("Array")]),
                    exp.Null(),
                ),
            ],
            value,
        )
        return text if is_text(type_) else self.from_text(text, type_, zone)

    def split(self, alias: str | None, storage: SplitText, type_: Type) -> Expr:
        value = self.read(alias, storage.column, TEXT)
        known = b.call("assumeNotNull", value)
        parts = b.call("splitByString", self.text(storage.separator), known)
        trimmed = _map("x", self.trim(b.name("x")), parts)
        full = b.call("arrayFilter", b.raw("x -> x <> ''"), trimmed)
        item = list_item(type_)
        if not is_text(item):
            full = _map("x", self.from_text(b.name("x"), item), full)
        return b.case([(b.not_null(value), self._list(full, item))])

    def instant_beside(self, value: datetime) -> Expr | None:
        return self.timestamp(value)

    # --- from text --------------------------------------------------------------------------------

    def from_text(self, value: Expr, type_: Type, zone: str | None = None) -> Expr:
        match type_.name:
            case "int":
                pattern, result = INT_TEXT, b.call("toDecimal128OrNull", value, b.number(0))
            case "duration":
                pattern, result = INT_TEXT, b.call("toInt64OrNull", value)
            case "float":
                pattern, result = FLOAT_TEXT, self.finite(b.call("toFloat64OrNull", value))
            case _:
                return super().from_text(value, type_, zone)
        return b.case([(self.full_match(value, pattern), result)])

    def full_match(self, value: Expr, pattern: str) -> Expr:
        return b.call("match", value, self.text(f"^({pattern})$"))

    def date_from_text(self, value: Expr) -> Expr:
        found = b.call("toDate32OrNull", value)
        return b.case([(b.eq(b.call("toString", found), value), found)])

    def timestamp_from_text(self, value: Expr, zone: str | None) -> Expr:
        """Its day must exist; a written zone wins."""
        day = b.call("left", value, b.number(10))
        valid = b.not_null(self.date_from_text(day))
        utc = b.call("parseDateTime64BestEffortOrNull", value, b.number(6), self.text("UTC"))
        if zone is None:
            return b.case([(valid, utc)])
        zoned = b.call("match", value, self.text(f"^{DATE_TEXT}.*(Z|[+-][0-9]{{2}}:[0-9]{{2}})$"))
        return b.case([(b.all_([valid, zoned]), utc), (valid, self.from_zone(utc, zone))])

    def decimal_from_text(self, value: Expr, type_: Type) -> Expr:
        assert isinstance(type_, DecimalType)
        wide = b.call("toDecimal256OrNull", value, b.number(type_.scale + 1))
        rounded = b.call("round", wide, b.number(type_.scale))
        limit = b.raw(f"toDecimal256('1{'0' * (type_.precision - type_.scale)}', 0)")
        fits = b.lt(b.call("abs", rounded), limit)
        return b.case([(fits, b.cast(rounded, decimal(type_.precision, type_.scale)))])

    # --- aggregates -------------------------------------------------------------------------------

    def aggregate(self, function: str, argument: Expr, where: Expr | None) -> Expr:
        return super().aggregate(_OR_NULL.get(function, function), argument, where)

    def nth(
        self,
        value: Expr,
        type_: Type,
        n: int,
        order: Sequence[Direction],
        where: Expr | None = None,
    ) -> Expr:
        """The value stands in a tuple, because aggregates skip NULLs; behind it what the rows are ordered by."""
        kept = b.call("toNullable", value)
        directions = {down for _, down in order}
        by = [item for item, _ in order]
        if len(directions) == 1 and n == 1:
            function = "argMax" if directions == {True} else "argMin"
            found = self.filtered(
                b.call(function, b.call("tuple", kept), b.call("tuple", *by)), where
            )
            return b.call("tupleElement", found, b.number(1))
        rows = self.filtered(b.call("groupArray", b.call("tuple", *by, kept)), where)
        if len(directions) == 1:
            rows = b.call("arrayReverseSort" if directions == {True} else "arraySort", rows)
        else:
            rows = _foremost(rows, order)
        row = b.call("arrayElement", rows, b.number(n))
        return b.call("tupleElement", row, b.number(len(by) + 1))

    def collect(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return self._list(self.aggregate("groupArray", value, where), type_)

    def over(
        self,
        call: Expr,
        partition: Sequence[Expr] = (),
        order: Sequence[Direction] = (),
        frame: Frame = "",
    ) -> Expr:
        if isinstance(call, exp.Anonymous) and call.name in ("LAG", "LEAD"):
            first, *others = call.expressions
            call = b.call(call.name, b.call("toNullable", first), *others)
        return super().over(call, partition, order, frame)

    # --- text -------------------------------------------------------------------------------------

    def lower(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._map_case("lower", value, lower_pairs(against))

    def upper(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._map_case("upper", value, upper_pairs(against))

    def _map_case(self, function: str, value: Expr, pairs: tuple[str, str]) -> Expr:
        """ASCII by the function, the others one by one."""
        ascii_done = b.call(function, value)
        if not pairs[0]:
            return ascii_done
        return b.call("translateUTF8", ascii_done, self.text(pairs[0]), self.text(pairs[1]))

    def contains(self, value: Expr, pattern: Expr) -> Expr:
        return b.gt(b.call("position", value, pattern), b.number(0))

    def matches(self, value: Expr, pattern: str) -> Expr:
        return b.call("match", value, self.text(f"(?-s){pattern_for(pattern, 're2')}"))

    def hash_digits(self, parts: Sequence[Expr], count: int) -> Expr:
        digest = b.call("lower", b.call("hex", b.call("MD5", b.call("concat", *parts))))
        return b.call("left", digest, b.number(count))

    # --- lists ------------------------------------------------------------------------------------

    def _list(self, array: Expr, item: Type) -> Expr:
        return b.cast(b.call("tuple", array), self.array_type(ListType("list", item)))

    def _strict(self, test: Expr, *lists: Expr) -> Expr:
        return self.unless_null([one for one in lists if not _is_list(one)], test)

    def list_of(self, items: Sequence[Expr], item: Type) -> Expr:
        return self._list(b.call("array", *items), item)

    def fold_list(self, value: Expr) -> Expr:
        folded = self._list(_map("x", self.fold(b.name("x")), _items(value)), TEXT)
        return folded if _is_list(value) else b.case([(b.not_null(value), folded)])

    def has(self, value: Expr, element: Expr, item: Type) -> Expr:
        return self._strict(b.call("has", _items(value), element), value)

    def overlaps(self, value: Expr, other: Expr, item: Type) -> Expr:
        return self._strict(b.call("hasAny", _known(value), _known(other)), value, other)

    def covers(self, value: Expr, other: Expr, item: Type) -> Expr:
        return self._strict(b.call("hasAll", _known(value), _known(other)), value, other)

    def list_count(self, value: Expr) -> Expr:
        return self._strict(b.call("length", _known(value)), value)

    # --- time -------------------------------------------------------------------------------------

    def as_date(self, value: Expr) -> Expr:
        return b.call("toDate32", value)

    def live(self) -> Expr:
        return b.call("now64", b.number(6), self.text("UTC"))

    def parameter(self) -> Expr:
        return exp.Placeholder(this="as_of", kind=b.kind("DateTime64(6, 'UTC')"))

    def at_zone(self, value: Expr, zone: str) -> Expr:
        offset = b.call("timezoneOffset", b.call("toTimeZone", value, self.text(zone)))
        return b.call("addSeconds", value, offset)

    def from_zone(self, value: Expr, zone: str) -> Expr:
        return _once(lambda x: super(ClickHouse, self).from_zone(x, zone), value)

    def day_start(self, day: Expr) -> Expr:
        return _once(super().day_start, day)

    def elapsed(self, unit: Unit, start: Expr, end: Expr, type_: Type) -> Expr:
        return _once(lambda x, y: super(ClickHouse, self).elapsed(unit, x, y, type_), start, end)

    def plus_difference(self, value: Expr, left: Expr, right: Expr) -> Expr:
        return b.call("addMicroseconds", value, self.microseconds(left, right))

    def plus(self, value: Expr, count: int, unit: Unit) -> Expr:
        return b.call(f"add{unit.capitalize()}s", value, b.number(count))

    def plus_days(self, day: Expr, count: int) -> Expr:
        return self.plus(day, count, "day")

    def plus_months(self, value: Expr, count: Expr) -> Expr:
        return b.call("addMonths", value, count)

    def microseconds(self, left: Expr, right: Expr) -> Expr:
        return exp.Sub(
            this=b.call("toUnixTimestamp64Micro", left),
            expression=b.call("toUnixTimestamp64Micro", right),
        )

    def days(self, left: Expr, right: Expr) -> Expr:
        return b.call("dateDiff", self.text("day"), right, left)

    def part(self, name: str, value: Expr) -> Expr:
        return b.call(_PARTS[name], value)

    def whole_division(self, value: Expr, by: int) -> Expr:
        return self.whole_quotient(value, b.number(by))

    def whole_quotient(self, above: Expr, below: Expr) -> Expr:
        """By zero 0, where a CASE around it says otherwise: all its branches may be computed."""
        return b.call("intDivOrZero", above, below)


_PARTS = {
    "year": "toYear",
    "month": "toMonth",
    "day": "toDayOfMonth",
    "hour": "toHour",
    "minute": "toMinute",
    "quarter": "toQuarter",
    "weekday": "toDayOfWeek",
}


def _once(make: Callable[..., Expr], *values: Expr) -> Expr:
    """What is made of values that stand in it several times, written once: a statement has at most 256 KB."""
    if all(isinstance(value, exp.Column | exp.Var | exp.Identifier) for value in values):
        return make(*values)
    names = "xy"[: len(values)]
    body = make(*map(b.name, names)).sql("clickhouse", copy=False)
    made = b.raw(f"{names if len(names) == 1 else '(x, y)'} -> {body}")
    arrays = [b.call("array", value) for value in values]
    return b.call("arrayElement", b.call("arrayMap", made, *arrays), b.number(1))


def _setting(value: int | str) -> Expr:
    return exp.Literal(this=str(value), is_string=isinstance(value, str))


def _foremost(rows: Expr, order: Sequence[Direction]) -> Expr:
    """The rows that come first by an order of mixed directions: run by run of one direction those that are best."""
    place = 1
    for down, run in groupby(order, key=lambda item: item[1]):
        places = range(place, place + len(list(run)))
        place = places.stop
        key = ", ".join(f"r.{number}" for number in places)
        sort = "arrayReverseSort" if down else "arraySort"
        best = f"arrayElement({sort}(arrayMap(r -> tuple({key}), rows)), 1)"
        kept = f"rows -> arrayFilter(r -> isNotDistinctFrom(tuple({key}), {best}), rows)"
        kept_rows = b.call("arrayMap", b.raw(kept), b.call("array", rows))
        rows = b.call("arrayElement", kept_rows, b.number(1))
    return rows


def _map(name: str, result: Expr, items: Expr) -> Expr:
    return b.call("arrayMap", b.raw(f"{name} -> {result.sql('clickhouse', copy=False)}"), items)


def _is_list(value: Expr) -> bool:
    """Whether a list is plainly there, made as a tuple of one array or given by `nth`."""
    inner = value.this if isinstance(value, exp.Cast) else value
    return isinstance(inner, exp.Anonymous) and inner.name == "tuple"


def _items(value: Expr) -> Expr:
    """The array in a list; of an unknown one the empty array."""
    if _is_list(value) and isinstance(value, exp.Cast):
        items: Expr = value.this.expressions[0]
        return items
    return b.call("tupleElement", value, b.number(1))


def _known(value: Expr) -> Expr:
    """The array of the known elements: `hasAny` and `hasAll` take NULL for 0 or "" beside items that cannot be NULL."""
    return b.call("arrayFilter", b.raw("x -> x IS NOT NULL"), _items(value))


DIALECT = ClickHouse
