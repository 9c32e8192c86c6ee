r"""Postgres (16 or later): only what differs.

Facts, with Postgres' pages:
- `COLLATE "C"` compares bytes, in UTF-8 the order of code points; a cast to text also leaves citext, char(n), uuid and
  enums behind (https://www.postgresql.org/docs/current/collation.html)
- which collations exist beside "C" differs between installations, and `lower` and `upper` follow them: in "C" they
  map ASCII only, on every installation; `translate` knows no locale
  (https://www.postgresql.org/docs/current/functions-string.html)
- an untyped literal `'2026-01-01 00:00:00+00'` takes the type of the column it is compared with: an instant for
  timestamptz; for timestamp the zone is ignored (https://www.postgresql.org/docs/current/datatype-datetime.html)
- the difference of two timestamps with or without zone is exact in days and time, whatever the session's time zone
- backslashes are plain in '…' only with standard_conforming_strings on; in E'…' they always escape
  (https://www.postgresql.org/docs/current/sql-syntax-lexical.html)
- numeric is exact, casts to a scale round half away from zero; `/` rounds at some digit of its own, `div` truncates
  exactly; float to numeric takes 15 significant digits
  (https://www.postgresql.org/docs/current/datatype-numeric.html)
- a local time in a gap is taken with the offset before it, one that exists twice with the offset after: forward, and
  the second (https://www.postgresql.org/docs/current/datetime-invalid-input.html)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from sqlglot import exp

from segql.model import regex
from segql.model.nodes import Column, SplitText
from segql.model.types import DATE, TEXT, DecimalType, ListType, Type, is_text
from segql.sql import build as b
from segql.sql.base import (
    escaped,
    has_controls,
    is_constant,
    text_of,
)
from segql.sql.build import Expr
from segql.sql.cases import lower_pairs, upper_pairs
from segql.sql.dialect import ActiveUnit, Direction, GapFunction
from segql.sql.numbers import is_count, stored_decimal, unit
from segql.sql.postgres_comparisons import (
    PIECES,
    QUOTIENT,
    cut_text,
    decided,
    faster,
    is_call,
    literally,
)
from segql.sql.reserved import POSTGRES
from segql.sql.stored import ZONE_TEXT, Stored
from segql.sql.texts import TRIMMED, list_item, pattern_for, unmapped_pattern
from segql.sql.times import plus_interval
from segql.syntax.tree import CompareOp, Unit

FEW_PAIRS = 32
"""A case mapping of more is kept from texts of ASCII alone: TRANSLATE looks through all for each character."""
FEW_SPELLINGS = 8
"""Of one constant; of all of a set twice as many."""

MOST_ARGUMENTS = 100
"""Of a function: `max_function_args` (https://www.postgresql.org/docs/current/runtime-config-preset.html)."""

_EPOCH = exp.Literal(this="1970-01-01 00:00:00+00", is_string=True)
_NAIVE_EPOCH = b.raw("TIMESTAMP 'epoch'")
"""What a stored time is counted from, and what it is then added to."""


class Postgres(Stored):
    name = "postgres"
    reserved = POSTGRES
    wide = "DECIMAL"
    splits_unions = True
    counts_distinct = True
    types: ClassVar[dict[str, str]] = {
        "bool": "BOOLEAN",
        "int": "DECIMAL",
        "float": "DOUBLE PRECISION",
        "text": "TEXT",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "duration": "BIGINT",
    }
    functions: ClassVar[dict[str, str]] = {
        "trim": "BTRIM",
        "length": "CHAR_LENGTH",
        "starts": "STARTS_WITH",
    }

    def unestimated(self, condition: Expr) -> Expr:
        """Nothing is known of a computed column: that it equals a constant counts as rare (one row of 200,
        `DEFAULT_NUM_DISTINCT` in src/include/utils/selfuncs.h), so that a nested loop runs the other aggregates once
        for each row. A COALESCE counts as a coin's toss, and they are hashed."""
        return b.coalesce(condition, exp.Boolean(this=False))

    # --- literals ---------------------------------------------------------------------------------

    def text(self, value: str) -> Expr:
        if "\\" in value or has_controls(value):
            return b.raw(f"E'{escaped(value)}'")
        return exp.Literal(this=value, is_string=True)

    def by_code_point(self, value: Expr) -> Expr:
        if isinstance(value, exp.Collate):
            return value
        return exp.Collate(this=b.paren(value), expression=exp.Identifier(this="C", quoted=True))

    def equatable(self, value: Expr) -> Expr:
        """A column as it is, so that its indexes serve: its collation is deterministic, which the engine makes sure."""
        inner = value.this if isinstance(value, exp.Collate) else value
        column = inner.this if isinstance(inner, exp.Cast) else inner
        return inner if isinstance(column, exp.Column) else self.by_code_point(value)

    def compare(
        self, operator: CompareOp, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> Expr:
        """Where a case mapping leaves few spellings of a constant, they are compared with instead of mapping. A text
        that is its own upper or lower case has no letters of the other: first no ASCII ones, then no others."""
        own = _own_case(left, right) if operator in ("=", "!=") else None
        if own is not None:
            differs = super().compare("!=", left, own[0], left_type, right_type)
            pattern = self.text(own[1])
            whole = exp.RegexpLike(this=b.paren(self.by_code_point(left)), expression=pattern)
            return decided(differs, operator == "!=", whole if operator == "=" else b.not_(whole))
        if operator in ("=", "!=") and text_of(right) is not None:
            return self.in_set(left, [right], TEXT, negated=operator == "!=")
        other = faster(operator, left, right)
        if other is not None:
            return other
        return super().compare(operator, left, right, left_type, right_type)

    def in_set(
        self, value: Expr, items: Sequence[Expr], type_: Type, *, negated: bool = False
    ) -> Expr:
        texts = list(map(text_of, items))
        spelled = _spelled(value, [text for text in texts if text is not None])
        if spelled is not None and None not in texts:
            value, items = spelled[0], list(map(self.text, spelled[1]))
        return super().in_set(value, items, type_, negated=negated)

    def count_of(self, conditions: Sequence[Expr]) -> Expr:
        """NULLs are counted by one call, which costs less than a CASE for each."""
        found: dict[str, list[Expr]] = {"NUM_NULLS": [], "NUM_NONNULLS": []}
        others = []
        for one in conditions:
            if isinstance(one, exp.Is):
                is_null = isinstance(one.expression, exp.Null)
                found["NUM_NULLS" if is_null else "NUM_NONNULLS"].append(one.this.unnest())
            else:
                others.append(one)
        counts: list[Expr] = [
            b.call(function, *values[at : at + MOST_ARGUMENTS])
            for function, values in found.items()
            for at in range(0, len(values), MOST_ARGUMENTS)
        ]
        return b.total([*counts, super().count_of(others)] if others else counts)

    # --- stored columns ---------------------------------------------------------------------------

    def stored_instant(self, raw: Expr) -> Expr:
        since = exp.Paren(this=exp.Sub(this=raw, expression=_EPOCH))
        return exp.Add(this=_NAIVE_EPOCH, expression=since)

    def stored_length(self, raw: Expr) -> Expr:
        return self._length_of(raw)

    def stored_list(self, raw: Expr, type_: ListType) -> Expr:
        if type_.item.name == "timestamp":
            value = self.canonical(b.name("x"), Column(("x",)), type_.item)
            return self._array_of(value, raw, type_.item)
        if isinstance(type_.item, DecimalType):
            return b.cast(raw, f"{stored_decimal(type_.item)}[]")
        return b.cast(raw, self.array_type(type_))

    def _array_of(self, value: Expr, array: Expr, item: Type, kept: str = "") -> Expr:
        """`ARRAY(SELECT value FROM UNNEST(array) AS t(x))`, NULL for a NULL array."""
        each = f"SELECT {value.sql('postgres')} FROM UNNEST({array.sql('postgres')}) AS t(x){kept}"
        return b.case([(b.not_null(array), b.call("ARRAY", b.raw(each)))])

    def inside(self, raw: Expr, column: Column, type_: Type) -> Expr:
        """json, jsonb, composite types and JSON in a text column alike."""
        if isinstance(type_, ListType):
            value = self._at(raw, column)
            scalar = self._scalar(b.name("x"), type_.item, column.zone)
            items = f"SELECT {scalar.sql('postgres')} FROM JSONB_ARRAY_ELEMENTS({value.sql('postgres')}) AS t(x)"
            is_array = b.eq(b.call("JSONB_TYPEOF", value), self.text("array"))
            return b.case([(is_array, b.call("ARRAY", b.raw(items)))])
        if is_text(type_):
            return self._unless_nested(self._at(raw, column), self._at(raw, column, text=True))
        forms = [
            self._step(form, column, text=True) for form in (_as_jsonb(raw), self._read_json(raw))
        ]
        same, read = (self.from_text(form, type_, column.zone) for form in forms)
        # the whole conversion in each branch: it asks for the text several times
        return read if _has_places(column) else b.case([(self._is_jsonb(raw), same)], read)

    def _at(self, raw: Expr, column: Column, *, text: bool = False) -> Expr:
        """The JSON value at the path; `text`: of a scalar its text, of JSON null NULL."""
        same = [] if _has_places(column) else [(self._is_jsonb(raw), _as_jsonb(raw))]
        return self._step(self._read_json(raw, same), column, text=text)

    def _step(self, document: Expr, column: Column, *, text: bool) -> Expr:
        """Down the path; `text`: to the text of a scalar."""
        steps = [self.text(part) for part in column.parts[1:]]
        if len(steps) == 1 and not _has_places(column):
            node = exp.JSONExtractScalar if text else exp.JSONExtract
            return b.binary(node, document, steps[0])
        deep = exp.JSONBExtractScalar if text else exp.JSONBExtract
        return b.binary(deep, document, b.call_array(steps))

    def among(
        self, alias: str | None, column: Column, type_: Type, constants: Sequence[str]
    ) -> Expr:
        """The text of an object begins with a brace, that of an array with a bracket."""
        nested = any(one.startswith(("{", "[")) for one in constants)
        if len(column.parts) == 1 or nested or not is_text(type_):
            return super().among(alias, column, type_, constants)
        text = self._at(self.raw(alias, column), column, text=True)
        return self.by_code_point(exp.Paren(this=text))

    def _is_jsonb(self, raw: Expr) -> Expr:
        return b.eq(b.call("PG_TYPEOF", raw), b.cast(self.text("jsonb"), "REGTYPE"))

    def _read_json(self, raw: Expr, before: Sequence[tuple[Expr, Expr]] = ()) -> Expr:
        """A text that holds JSON is read, any other is a JSON string, in which there is nothing; `before`: branches."""
        text = b.cast(raw, "TEXT")
        is_json = b.call("PG_INPUT_IS_VALID", text, self.text("jsonb"))
        branches = [*before, (is_json, b.cast(text, "JSONB"))]
        return b.case(branches, b.call("TO_JSONB", raw))

    def _scalar(self, value: Expr, type_: Type, zone: str | None) -> Expr:
        """`#>> '{}'`: the text of a scalar; of JSON null NULL."""
        text = b.binary(exp.JSONBExtractScalar, value, b.cast(b.raw("'{}'"), "TEXT[]"))
        if not is_text(type_):
            return self.from_text(text, type_, zone)
        return self._unless_nested(value, text)

    def _unless_nested(self, value: Expr, text: Expr) -> Expr:
        nested = b.in_(b.call("JSONB_TYPEOF", value), [self.text("object"), self.text("array")])
        return self.by_code_point(b.case([(b.not_(nested), text)]))

    def split(self, alias: str | None, storage: SplitText, type_: Type) -> Expr:
        value = b.cast(self.raw(alias, storage.column), "TEXT")
        if len(storage.column.parts) > 1:
            value = self.read(alias, storage.column, TEXT)
        if is_text(list_item(type_)) and not set(storage.separator) & set(TRIMMED):
            blanks = r"[ \t\n\r\f\v]*"
            pattern = self.text(f"{blanks}{literally(storage.separator)}{blanks}")
            items = b.call("REGEXP_SPLIT_TO_ARRAY", self.trim(value), pattern)
            pieces = b.call("ARRAY_REMOVE", items, self.text(""))
            pieces.meta[PIECES] = storage.separator
            return pieces
        parts = b.call("STRING_TO_ARRAY", value, self.text(storage.separator))
        trimmed = self.trim(b.name("x"))
        item = list_item(type_)
        result = trimmed if is_text(item) else self.from_text(trimmed, item)
        return self._array_of(result, parts, item, f" WHERE {trimmed.sql('postgres')} <> ''")

    def from_text(self, value: Expr, type_: Type, zone: str | None = None) -> Expr:
        """A whole number is told by asking the text once, which may come out of a document: with a nine for each digit
        it is a part of a sign and 38 nines. Nothing and a sign alone are found before that."""
        if type_.name not in ("int", "duration"):
            return super().from_text(value, type_, zone)
        shape = b.call("TRANSLATE", value, self.text("0123456789"), self.text("9" * 10))
        at = b.call("STRPOS", self.text("--" + "9" * 38), shape)
        return b.case([(b.gt(at, b.number(1)), b.cast(value, self.types[type_.name]))])

    def full_match(self, value: Expr, pattern: str) -> Expr:
        return exp.RegexpLike(this=b.paren(value), expression=self.text(f"^({pattern})$"))

    def date_from_text(self, value: Expr) -> Expr:
        valid = b.call("PG_INPUT_IS_VALID", value, self.text("date"))
        return b.case([(valid, b.cast(value, "DATE"))])

    def timestamp_from_text(self, value: Expr, zone: str | None) -> Expr:
        zoned = exp.RegexpLike(this=b.paren(value), expression=self.text(f"{ZONE_TEXT}$"))
        instant = _zoned(b.cast(value, "TIMESTAMPTZ"), "UTC")
        local = b.cast(value, "TIMESTAMP")
        utc = local if zone is None else self.from_zone(local, zone)
        valid = b.call("PG_INPUT_IS_VALID", value, self.text("timestamp"))
        return b.case([(b.not_(valid), exp.Null()), (zoned, instant)], utc)

    def decimal_from_text(self, value: Expr, type_: Type) -> Expr:
        kind = stored_decimal(type_)
        valid = b.call("PG_INPUT_IS_VALID", value, self.text(kind))
        return b.case([(valid, b.cast(value, kind))])

    # --- numbers ----------------------------------------------------------------------------------

    def quotient(
        self, above: Expr, below: Expr, scales: tuple[int, int], places: int, *, count: bool = False
    ) -> Expr:
        counted, asked = is_count(above), above
        if scales[0] == 0:  # SIGN of an integer would be a double
            above = b.cast(above, "DECIMAL")
        dividend = above
        if places:
            dividend = b.mul(dividend, b.number(10**places))
        if scales[1] == 0 and not count:  # ABS of the least integer would not fit
            below = b.cast(below, "DECIMAL")
        size = below if count else b.call("ABS", below)
        half = b.mul(size, b.number("0.5"))
        if not counted:
            half = b.mul(b.call("SIGN", above), half)
        safe = b.call("NULLIF", below, b.number(0))
        result = b.call("DIV", exp.Add(this=dividend, expression=half), safe)
        result = b.mul(result, unit(places)) if places else result
        if count:
            result.meta[QUOTIENT] = (asked, scales[0], below, places)
        return result

    def float_to_decimal(self, value: Expr, to: DecimalType) -> Expr:
        return b.cast(b.cast(self.to_float(value), "DECIMAL"), stored_decimal(to))

    def middles(self, value: Expr, where: Expr | None, whole: bool) -> Expr:
        """Both places of one sort. Of n values the one at fraction p is the ceil(p * n)-th, reckoned in doubles: for an
        even n the double next to one half leads just behind the middle, whatever fits a table."""
        places = b.call_array([b.number("0.5"), b.number("0.5000000000000001")])
        ordered = exp.Ordered(this=value, desc=False, nulls_first=False)
        call = exp.WithinGroup(
            this=b.call("PERCENTILE_DISC", places),
            expression=exp.Order(expressions=[ordered]),
        )
        both = exp.Paren(this=self.filtered(call, where))
        lower, upper = (b.bracket(both, place) for place in (1, 2))
        if whole:
            lower = b.cast(lower, self.wide)
        return exp.Paren(this=exp.Add(this=lower, expression=upper))

    def summand(self, value: Expr, scale: int) -> Expr:
        return value if scale else b.cast(value, "DECIMAL")

    def root(self, above: Expr, below: Expr, scale: int) -> Expr:
        """`sqrt` of numeric is exact to the places of its argument; 40 of them tell any root from a half. No
        variance is negative: a half that `div` drops is added before."""
        dividend = b.add(b.mul(above, b.number(10**12)), b.mul(below, b.number("0.5")))
        variance = b.mul(b.call("DIV", dividend, b.call("NULLIF", below, b.number(0))), unit(12))
        many = b.cast(variance, "DECIMAL(200, 40)")
        return b.call("ROUND", b.call("SQRT", many), b.number(6))

    # --- aggregates -------------------------------------------------------------------------------

    def nth(
        self,
        value: Expr,
        type_: Type,
        n: int,
        order: Sequence[Direction],
        where: Expr | None = None,
    ) -> Expr:
        """The last ones too are taken from the order of the first, which an index has and both can share."""
        backwards = all(down for _, down in order)
        if backwards:
            order = [(item, False) for item, _ in order]
        sorting = exp.Order(
            this=value,
            expressions=[
                exp.Ordered(this=item, desc=down, nulls_first=down) for item, down in order
            ],
        )
        values = exp.Paren(this=self.filtered(b.call("ARRAY_AGG", sorting), where))
        if not backwards:
            return b.bracket(values, n)
        count = self.count_rows(where)
        return b.bracket(values, count if n == 1 else b.sub(count, b.number(n - 1)))

    def collect(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        return self.aggregate("ARRAY_AGG", value, where)

    # --- text -------------------------------------------------------------------------------------

    def lower(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._map_case("LOWER", value, lower_pairs(against))

    def fold_list(self, value: Expr) -> Expr:
        return self._array_of(self.fold(b.name("x")), value, TEXT)

    def upper(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        return self._map_case("UPPER", value, upper_pairs(against))

    def _map_case(self, function: str, value: Expr, pairs: tuple[str, str]) -> Expr:
        """ASCII by the function, the others by `translate`."""
        ascii_done = b.call(function, self.by_code_point(value))
        if not pairs[0]:
            return ascii_done
        mapped = b.call("TRANSLATE", ascii_done, self.text(pairs[0]), self.text(pairs[1]))
        if len(pairs[0]) <= FEW_PAIRS:
            return mapped
        is_ascii = b.eq(b.call("OCTET_LENGTH", value), b.call("CHAR_LENGTH", value))
        return b.case([(is_ascii, ascii_done)], mapped)

    def contains(self, value: Expr, pattern: Expr) -> Expr:
        return exp.GT(
            this=b.call("STRPOS", self.by_code_point(value), self._comparable(pattern, TEXT)),
            expression=b.number(0),
        )

    def ends(self, value: Expr, pattern: Expr) -> Expr:
        text = text_of(pattern)
        length = b.call("CHAR_LENGTH", pattern) if text is None else b.number(len(text))
        end = _unmapped(value, lambda inner: b.call("RIGHT", inner, length))
        return self.compare("=", end, pattern, TEXT, TEXT)

    def matches(self, value: Expr, pattern: str) -> Expr:
        """Of a text whose case is mapped, a pattern for what it was before is asked."""
        mapping = _mapping(value)
        spelled = None if mapping is None else unmapped_pattern(pattern, mapping[1], "postgres")
        if mapping is not None and spelled is not None:
            value = mapping[0]
        else:
            spelled = pattern_for(pattern, "postgres")
        return exp.RegexpLike(this=self.by_code_point(value), expression=self.text(spelled))

    # --- lists ------------------------------------------------------------------------------------

    def list_of(self, items: Sequence[Expr], item: Type) -> Expr:
        return b.cast(b.call_array(items), self._element_array(item))

    def _element_array(self, item: Type) -> str:
        if item.name == "int":
            return "DECIMAL[]"
        return f"{self.data_type(item)}[]"

    def has(self, value: Expr, element: Expr, item: Type) -> Expr:
        """A text that is cut into a list is first asked whether the element is somewhere in it, and then as one writes
        lists, with a blank behind the separator or none: to cut it costs more than all of that."""
        held = self.overlaps(value, self.list_of([element], item), item)
        cut, asked = cut_text(value), text_of(element)
        if cut is None or not asked:
            return held
        whole, separator = cut
        if separator in asked or asked != asked.strip(TRIMMED):
            return b.all_([self.contains(whole, element), held])
        edge = self.text(separator)
        edged = exp.DPipe(this=exp.DPipe(this=edge, expression=whole), expression=edge)
        written = [
            self.contains(edged, self.text(f"{separator}{blank}{asked}{separator}"))
            for blank in ("", " ")
        ]
        stored = whole.expressions[0] if is_call(whole, "BTRIM") else whole
        return b.all_([self.contains(stored, element), b.any_([*written, held])])

    def overlaps(self, value: Expr, other: Expr, item: Type) -> Expr:
        return exp.ArrayOverlaps(this=self._known(value, other, item), expression=b.paren(other))

    def covers(self, value: Expr, other: Expr, item: Type) -> Expr:
        known = b.call("ARRAY_REMOVE", other, exp.Null())
        return exp.ArrayContainsAll(this=self._known(value, other, item), expression=known)

    def _known(self, value: Expr, other: Expr, item: Type) -> Expr:
        if not is_text(item):
            return b.paren(value)
        array = other.this if isinstance(other, exp.Cast) else other
        constant = isinstance(array, exp.Array) and all(map(is_constant, array.expressions))
        return b.paren(self.equatable(value)) if constant else self.by_code_point(value)

    def list_count(self, value: Expr) -> Expr:
        if cut_text(value) is not None:
            return b.call("CARDINALITY", value)
        return b.call("CARDINALITY", b.call("ARRAY_REMOVE", value, exp.Null()))

    # --- time -------------------------------------------------------------------------------------

    def live(self) -> Expr:
        return exp.Paren(this=_zoned(exp.CurrentTimestamp(), "UTC"))

    def parameter(self) -> Expr:
        given = exp.Parameter(this=exp.Literal(this="1", is_string=False))
        return exp.Paren(this=_zoned(b.cast(given, "TIMESTAMPTZ"), "UTC"))

    def at_zone(self, value: Expr, zone: str) -> Expr:
        """Of a stored column that is `timestamptz` at once: a local time costs about as much as all else of a row. The
        first cast changes nothing, and lets the branch stand for the other types, for which it is not taken."""
        local = _zoned(_zoned(value, "UTC"), zone)
        if not (isinstance(value, exp.Add) and value.this is _NAIVE_EPOCH):
            return local
        stored = value.expression.this.this
        if not isinstance(stored, exp.Column):
            return local
        is_instant = b.eq(b.call("PG_TYPEOF", stored), b.cast(self.text("timestamptz"), "REGTYPE"))
        return b.case([(is_instant, b.cast(_zoned(stored, zone), "TIMESTAMP"))], local)

    def unit_of(self, unit: ActiveUnit, time: Expr, type_: Type) -> Expr:
        if unit != "month":
            return super().unit_of(unit, time, type_)
        local = time if type_ == DATE else self.local(time)
        return b.call("DATE_TRUNC", self.text(unit), local)

    def from_zone(self, value: Expr, zone: str) -> Expr:
        return _zoned(_zoned(value, zone), "UTC")

    def plus(self, value: Expr, count: int, unit: Unit) -> Expr:
        if unit == "quarter":
            count, unit = 3 * count, "month"
        return plus_interval(value, count, unit)

    def plus_months(self, value: Expr, count: Expr) -> Expr:
        months = b.call("MAKE_INTERVAL", b.number(0), b.cast(count, "INTEGER"))
        return b.add(value, months)

    def microseconds(self, left: Expr, right: Expr) -> Expr:
        stored = _since_epoch(left), _since_epoch(right)
        if stored[0] is not None and stored[1] is not None:
            left, right = stored[0], stored[1]
        return self._length_of(exp.Paren(this=b.sub(left, right)))

    def gap(self, time: Expr, type_: Type, keys: Sequence[Expr]) -> Expr:
        """An interval, of days and less, which compares and adds up exactly: its microseconds would be reckoned in
        numeric for each row, and neither would an index know the order of the converted times."""
        if type_ == DATE:
            return super().gap(time, type_, keys)
        since = _since_epoch(time)
        stored = time if since is None else since.this.this
        return b.sub(stored, self.over(b.call("LAG", stored), keys, [(stored, False)]))

    def of_gaps(self, function: GapFunction, gap: Expr, type_: Type) -> Expr:
        """None is negative: a half that truncation drops is added before."""
        if type_ == DATE:
            return super().of_gaps(function, gap, type_)
        match function:
            case "avg_gap":
                count = b.call("COUNT", gap)
                total = self._length_of(b.call("SUM", gap))
                half = self.whole_division(count, 2)
                total = b.paren(b.add(total, half))
                return exp.Div(this=total, expression=count, typed=True, safe=False)
            case "median_gap":
                both = self._length_of(self.middles(gap, None, whole=False))
                return self.whole_division(b.paren(b.add(both, b.number(1))), 2)
        return self._length_of(super().of_gaps(function, gap, type_))

    def part(self, name: str, value: Expr) -> Expr:
        """`DATE_PART`: a double, which is made faster than the numeric of EXTRACT."""
        field = "isodow" if name == "weekday" else name
        return b.cast(b.call("DATE_PART", self.text(field), value), "INTEGER")

    def _length_of(self, interval: Expr) -> Expr:
        """Its microseconds."""
        seconds = exp.Extract(this=b.name("EPOCH"), expression=interval)
        return b.cast(b.mul(seconds, b.number(1_000_000)), "BIGINT")

    def whole_division(self, value: Expr, by: int) -> Expr:
        return exp.Div(this=value, expression=b.number(by), typed=True, safe=False)

    def whole_quotient(self, above: Expr, below: Expr) -> Expr:
        return exp.Div(this=above, expression=below, typed=True, safe=False)


def _since_epoch(value: Expr) -> Expr | None:
    """For a stored time the interval that is added to the epoch."""
    stored = isinstance(value, exp.Add) and value.this is _NAIVE_EPOCH
    return value.expression if stored else None


def _as_jsonb(raw: Expr) -> Expr:
    """What is jsonb, in an expression that stands for all types.

    `|| '{}'` gives a jsonb object back as it is, where TO_JSONB would build it anew, and for every other type a text.
    It makes an array of a scalar, in which only places find something.
    """
    empty = exp.Literal(this="{}", is_string=True)
    return b.cast(exp.DPipe(this=raw, expression=empty, safe=False), "JSONB")


def _has_places(column: Column) -> bool:
    """Whether the path leads through an array."""
    return any(part.lstrip("-").isdigit() for part in column.parts[1:])


def _unmapped(value: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """`change` of what a case mapping is given, instead of its result: it goes character by character."""
    if isinstance(value, exp.Collate):
        return exp.Collate(this=_unmapped(value.this, change), expression=value.expression)
    if isinstance(value, exp.Anonymous) and value.name in ("TRANSLATE", "LOWER", "UPPER"):
        inner, *pairs = value.expressions
        return b.call(value.name, _unmapped(inner, change), *pairs)
    return change(value)


def _mapping(value: Expr) -> tuple[Expr, Literal["lower", "upper"]] | None:
    """What a case mapping is given, and which it is."""
    mapped = value.this if isinstance(value, exp.Collate) else value
    if is_call(mapped, "TRANSLATE"):
        mapped = mapped.expressions[0]
    if isinstance(mapped, exp.Anonymous) and mapped.name in ("LOWER", "UPPER"):
        return mapped.expressions[0], "lower" if mapped.name == "LOWER" else "upper"
    return None


def _own_case(left: Expr, right: Expr) -> tuple[Expr, str] | None:
    """For `left` beside its own upper or lower case: the one of its ASCII letters alone, and a pattern for texts that
    have none of the other characters that the mapping changes."""
    if not isinstance(right, exp.Case):
        return None
    mapped = right.args["default"]
    if not is_call(mapped, "TRANSLATE"):
        return None
    ascii_done, changed, _ = mapped.expressions
    inner = ascii_done.expressions[0]
    plain = [one.this if isinstance(one, exp.Collate) else one for one in (left, inner)]
    if plain[0] != plain[1]:
        return None
    return ascii_done, f"^{regex.none_of(text_of(changed) or '', 'postgres')}*$"


def _spelled(value: Expr, texts: Sequence[str]) -> tuple[Expr, list[str]] | None:
    """For `TRANSLATE(inner, from, to)`: `inner`, and the texts that become one of these, if they are few."""
    mapped = value.this if isinstance(value, exp.Collate) else value
    if not is_call(mapped, "TRANSLATE"):
        return None
    inner, *pairs = mapped.expressions
    one, to = (text_of(pair) or "" for pair in pairs)
    spelled: dict[str, None] = {}
    for text in texts:
        found = [""]
        for character in text:
            sources = [source for source, made in zip(one, to, strict=True) if made == character]
            if character not in one:
                sources.insert(0, character)
            found = [start + source for start in found for source in sources]
            if not 0 < len(found) <= FEW_SPELLINGS:
                return None
        spelled.update(dict.fromkeys(found))
    return (inner, list(spelled)) if len(spelled) <= FEW_SPELLINGS * 2 else None


def _zoned(value: Expr, zone: str) -> Expr:
    inner = value if isinstance(value, exp.AtTimeZone) else b.paren(value)
    return exp.AtTimeZone(this=inner, zone=exp.Literal(this=zone, is_string=True))


DIALECT = Postgres
