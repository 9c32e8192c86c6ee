"""The table of operations: what the shape of a query (`sql.query`) asks of a dialect.

An operation takes and returns sqlglot expressions, with types of `model.types` where they matter. Arguments are not
copied and may end up in several places of the result: bind a costly one in a sub-query first.

**Canonical form** of a value in SQL: a `timestamp` is one without zone in UTC, microseconds; a `date` a DATE; a
`duration` a whole number of microseconds; an `enum` its text; a `bool` a boolean; a list a native array; an `int` any
whole-number type wide enough; a `decimal` a DECIMAL of the type's scale (or a number equal to it); unknown is NULL.
`canonical` makes it from a stored column. Every other operation takes and gives canonical values.

Operations are strict (NULL in, NULL out) unless they say otherwise. Overflow is an error of the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import ClassVar, Literal, cast

from sqlglot import exp

from segql.dialects import DIALECTS
from segql.model.nodes import Column, DateField, Settings, SplitText
from segql.model.running import AsOfKind
from segql.model.types import Type
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.windows import Frame, over
from segql.syntax.tree import CompareOp, Unit

Direction = tuple[Expr, bool]
"""A thing to order by, and whether descending."""

ActiveUnit = Literal["day", "week", "month"]
GapFunction = Literal["min_gap", "max_gap", "avg_gap", "median_gap"]


class Dialect(ABC):
    """The operations of one SQL dialect, for one project's time zone and first day of the week."""

    name: ClassVar[str]
    """As in `--dialect`, and what sqlglot prints by."""

    exists_anywhere: ClassVar[bool] = True
    """Whether a correlated EXISTS may stand in any condition, or only in WHERE, and not under OR."""

    exists_sees_unknown: ClassVar[bool] = True
    """Whether a correlated EXISTS is asked for outer rows too whose values in it are NULL."""

    reads_json_in_texts: ClassVar[bool] = True
    """Whether a column of texts may hold the JSON that an attribute's path leads into."""

    joined_lists_are_known: ClassVar[bool] = False
    """Whether a list column is the empty list, not NULL, in an outer join that finds no row."""

    shares_subplans: ClassVar[bool] = False
    """Whether the engine confuses a CTE with like parts of the query, unless it is made by itself (MATERIALIZED)."""

    splits_unions: ClassVar[bool] = False
    counts_distinct: ClassVar[bool] = False
    """Whether COUNT(DISTINCT) is better than grouping twice."""
    """Whether EXISTS over a union of events is better asked of each of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.zone = settings.timezone

    # --- names ------------------------------------------------------------------------------------

    @abstractmethod
    def identifier(self, name: str) -> exp.Identifier:
        """A physical name as written in `.seg`: quoted only where the dialect needs it (reserved words, other
        characters or case), so that a plain lower-case name finds what unquoted SQL finds."""

    @abstractmethod
    def table(self, parts: Sequence[str], alias: str | None = None) -> exp.Table:
        """A physical table."""

    @abstractmethod
    def field(self, alias: str | None, name: str) -> exp.Column:
        """`alias.name`, a physical column or one of our own."""

    @abstractmethod
    def print(self, statement: Expr, *, pretty: bool = True) -> str:
        """The text of a finished statement or expression."""

    # --- literals ---------------------------------------------------------------------------------

    @abstractmethod
    def literal(self, value: object, type_: Type) -> Expr:
        """A constant by type: bool, int, Decimal, str (text, enum), date, datetime (aware, or naive UTC), timedelta
        (duration), float, a tuple or list of those (list; a None inside is NULL). None: a typed NULL."""

    @abstractmethod
    def null(self, type_: Type) -> Expr:
        """NULL of the canonical type."""

    @abstractmethod
    def data_type(self, type_: Type) -> str:
        """The SQL type of the canonical form."""

    # --- stored columns ---------------------------------------------------------------------------

    @abstractmethod
    def raw(self, alias: str | None, column: Column) -> Expr:
        """The column as it is stored; with more parts, the JSON or struct column it starts from."""

    @abstractmethod
    def canonical(self, raw: Expr, column: Column, type_: Type) -> Expr:
        """The canonical value from what `raw` gave (also from MIN, MAX, `nth` of it).

        Decimals are cast to the declared scale; see `bare` where that is not needed.
        """

    @abstractmethod
    def read(self, alias: str | None, column: Column, type_: Type) -> Expr:
        """`canonical(raw(…))`."""

    @abstractmethod
    def bare(self, alias: str | None, column: Column, type_: Type) -> Expr:
        """As `read`, without casts that only matter to arithmetic: good for comparisons, text tests, IS NULL of it,
        and keys; not for sums, products and results."""

    def among(
        self, alias: str | None, column: Column, type_: Type, constants: Sequence[str]
    ) -> Expr:
        """As `bare`, to ask whether it is one of the constants: where it is NULL it may be any other text."""
        return self.bare(alias, column, type_)

    @abstractmethod
    def keeps_order(self, column: Column, type_: Type) -> bool:
        """Whether MIN, MAX and ORDER BY of the raw column choose the same rows as of the canonical value, NULLs in the
        same places, so that only the chosen value needs `canonical`."""

    @abstractmethod
    def split(self, alias: str | None, storage: SplitText, type_: Type) -> Expr:
        """The list in a text column: cut, trimmed, empty items dropped; those not convertible are NULL."""

    @abstractmethod
    def compare_stored(
        self, operator: CompareOp, alias: str | None, column: Column, type_: Type, constant: object
    ) -> Expr:
        """A stored column with a constant (Python value as `literal` takes, of the column's type or, for numbers, any
        number), in the form that indexes and zone maps can use where there is one."""

    def near(
        self, operator: CompareOp, alias: str | None, column: Column, constant: datetime
    ) -> list[Expr]:
        """What follows from the comparison of a timestamp column, in a form that indexes and zone maps can use, where
        `compare_stored` has none."""
        return []

    def unestimated(self, condition: Expr) -> Expr:
        """A condition on what was computed of rows below, where an engine's guess at how many meet it misleads it."""
        return condition

    def key_part(self, raw: Expr, type_: Type) -> Expr:
        """A raw key column as joins and groups take it: blind to collations that find different texts equal."""
        return raw

    def absent(self, key: Expr) -> Expr:
        """A key column of an outer join is NULL: no row was found."""
        return b.is_null(key)

    @abstractmethod
    def join_equal(self, left: Expr, right: Expr) -> Expr:
        """Equality of two raw key columns of one type, fit for hash joins, blind to collations."""

    def same(self, left: Expr, right: Expr) -> Expr:
        """As `join_equal`, and true where both are NULL."""
        return exp.NullSafeEQ(this=left, expression=right)

    def exists(self, select: exp.Select) -> Expr:
        """Whether a query, tied to the outer row, has a row; see `exists_anywhere`."""
        return exp.Exists(this=select)

    # --- comparison -------------------------------------------------------------------------------

    @abstractmethod
    def compare(
        self, operator: CompareOp, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> Expr:
        """Numbers by value; texts by code point; ordered enums by rank; times, durations, bools (`=`, `!=`)."""

    @abstractmethod
    def in_set(
        self, value: Expr, items: Sequence[Expr], type_: Type, *, negated: bool = False
    ) -> Expr:
        """`value` equals one of the (comparable) items; unknown where it or an item that matters is."""

    @abstractmethod
    def in_range(
        self, value: Expr, low: Expr, high: Expr, type_: Type, *, negated: bool = False
    ) -> Expr:
        """`low <= value <= high`; NULL where any of the three is (3.1: a leaf that meets an unknown)."""

    @abstractmethod
    def rank(self, value: Expr, type_: Type) -> Expr:
        """The place of an ordered enum's value, from 1: what it orders by."""

    @abstractmethod
    def sort_key(self, value: Expr, type_: Type) -> Expr:
        """What to ORDER BY so that text goes by code point and ordered enums by rank."""

    @abstractmethod
    def count_of(self, conditions: Sequence[Expr]) -> Expr:
        """How many of the conditions are true; never NULL."""

    # --- numbers ----------------------------------------------------------------------------------

    @abstractmethod
    def convert(self, value: Expr, from_: Type, to: Type) -> Expr:
        """A number as another number type: decimals rounded half away; float to decimal by 15 significant digits."""

    @abstractmethod
    def arithmetic(
        self,
        operator: Literal["+", "-", "*", "/"],
        left: Expr,
        right: Expr,
        left_type: Type,
        right_type: Type,
        result: Type,
    ) -> Expr:
        """3.7: exact at 38 digits, `/` rounded half away to `result`'s scale, by zero NULL; with float, floats; a
        duration with a duration (`+ -`) or a number (`* /`, rounded half away to microseconds)."""

    def roomy(
        self, operator: str, left: Expr, right: Expr, left_type: Type, right_type: Type
    ) -> tuple[Expr, Expr]:
        """Two exact operands of `+ - *`, not both ints, such that the engine gives the result 38 digits."""
        return left, right

    @abstractmethod
    def negative(self, value: Expr, type_: Type) -> Expr: ...

    @abstractmethod
    def absolute(self, value: Expr, type_: Type) -> Expr: ...

    @abstractmethod
    def round(self, value: Expr, type_: Type, places: int, result: Type) -> Expr:
        """Half away from zero."""

    @abstractmethod
    def ceiling(self, value: Expr) -> Expr:
        """The least whole number that is not below an exact one."""

    @abstractmethod
    def least(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        """Strict. Any ordered type."""

    @abstractmethod
    def greatest(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        """Strict. Any ordered type."""

    @abstractmethod
    def mean(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr:
        """Of the known ones, 6 places (floats: a float); NULL where none is."""

    @abstractmethod
    def known(self, values: Sequence[Expr]) -> Expr:
        """How many are not NULL."""

    @abstractmethod
    def coalesce(self, values: Sequence[Expr], types: Sequence[Type], result: Type) -> Expr: ...

    # --- text -------------------------------------------------------------------------------------

    @abstractmethod
    def lower(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        """Simple lower case of each code point. `against`: the constants which the result will only be compared with
        (`=`, `!=`, IN), searched for, or tested for the start or end of; all already lower case, else the result is
        never equal: a shorter form that agrees on those."""

    @abstractmethod
    def upper(self, value: Expr, against: Sequence[str] | None = None) -> Expr: ...

    def fold(self, value: Expr, against: Sequence[str] | None = None) -> Expr:
        """`ignoring case`: both sides through `fold` (constants through `model.casing`)."""
        return self.lower(value, against)

    @abstractmethod
    def fold_list(self, value: Expr) -> Expr:
        """Every item of a list of texts through `fold`; an unknown list stays unknown."""

    @abstractmethod
    def trim(self, value: Expr) -> Expr:
        r"""Without space, \t, \n, \r, \f, \v at both ends."""

    @abstractmethod
    def length(self, value: Expr) -> Expr:
        """In code points."""

    @abstractmethod
    def contains(self, value: Expr, pattern: Expr) -> Expr: ...

    @abstractmethod
    def starts(self, value: Expr, pattern: Expr) -> Expr: ...

    @abstractmethod
    def ends(self, value: Expr, pattern: Expr) -> Expr: ...

    @abstractmethod
    def matches(self, value: Expr, pattern: str) -> Expr:
        """`pattern` as normalised by `model.regex`, not yet for a dialect: searched anywhere."""

    # --- lists ------------------------------------------------------------------------------------

    @abstractmethod
    def list_of(self, items: Sequence[Expr], item: Type) -> Expr:
        """A native array of values."""

    @abstractmethod
    def list_any(self, value: Expr, items: Sequence[Expr], item: Type) -> Expr:
        """One of the elements equals one of the items. NULL elements do not count; NULL where list or item is."""

    @abstractmethod
    def list_all(self, value: Expr, items: Sequence[Expr], item: Type) -> Expr: ...

    @abstractmethod
    def list_none(self, value: Expr, items: Sequence[Expr], item: Type) -> Expr: ...

    @abstractmethod
    def list_test(
        self, test: Literal["any", "all", "none"], value: Expr, other: Expr, item: Type
    ) -> Expr:
        """Against the known elements of another list: any, all, none of them are in `value`."""

    @abstractmethod
    def list_count(self, value: Expr) -> Expr:
        """The known elements."""

    # --- time -------------------------------------------------------------------------------------

    @abstractmethod
    def shift(self, value: Expr, type_: Type, count: int, unit: Unit) -> Expr:
        """`nodes.Shift`."""

    @abstractmethod
    def elapsed(self, unit: Unit, start: Expr, end: Expr, type_: Type) -> Expr:
        """`nodes.Elapsed`: both canonical timestamps, or both dates."""

    @abstractmethod
    def earliest(self, times: Sequence[Expr]) -> Expr:
        """Of at least one time of one type, none of which is NULL."""

    @abstractmethod
    def difference(self, left: Expr, right: Expr, type_: Type) -> Expr:
        """Microseconds from `right` to `left`; between dates, 24 hours a date."""

    @abstractmethod
    def gap(self, time: Expr, type_: Type, keys: Sequence[Expr]) -> Expr:
        """How long a row is after the one before it with the same keys, as `of_gaps` takes it; NULL for the first."""

    @abstractmethod
    def whole_lengths(self, value: Expr, length: timedelta) -> Expr:
        """How many whole `length`s lie in a duration that is not negative."""

    @abstractmethod
    def local_date(self, value: Expr) -> Expr:
        """The local date of a canonical timestamp."""

    @abstractmethod
    def day_start(self, day: Expr) -> Expr:
        """The first instant of a local day, canonical."""

    @abstractmethod
    def date_part(self, part: DateField, value: Expr, type_: Type) -> Expr:
        """Local; weekday 1 Monday to 7 Sunday; the hour of a date is 0."""

    @abstractmethod
    def anniversary(self, value: Expr, start: date | None, end: date | None) -> Expr:
        """In some year the anniversary of the date lies in `[start, end)` (None: open)."""

    @abstractmethod
    def as_of(self, kind: AsOfKind) -> Expr:
        """The instant that the statement is run as of, canonical: the same everywhere in it."""

    @abstractmethod
    def first_day(self, instant: Expr) -> Expr:
        """The first local date that starts at or after a canonical timestamp."""

    @abstractmethod
    def unit_day(self, unit: Unit, day: Expr) -> Expr:
        """The first date of the calendar unit (week to year) that a date lies in."""

    @abstractmethod
    def anniversaries(self, value: Expr, start: Expr | None, end: Expr | None) -> Expr:
        """`anniversary`, between dates that the engine computes."""

    # --- aggregates -------------------------------------------------------------------------------
    # `where`: only the rows for which it is true. All skip NULL arguments unless they say otherwise.

    @abstractmethod
    def count_rows(self, where: Expr | None = None) -> Expr: ...

    @abstractmethod
    def count_distinct(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr: ...

    @abstractmethod
    def sum(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """Exact at 38 digits; a float through decimal(18, 4). NULL of nothing: wrap where 0 is meant."""

    @abstractmethod
    def min(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr: ...

    @abstractmethod
    def max(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr: ...

    @abstractmethod
    def avg(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """6 places, half away."""

    @abstractmethod
    def median(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """The mean of the middle two, 6 places, half away. Numbers; floats through decimal(18, 4)."""

    @abstractmethod
    def average_length(self, value: Expr, where: Expr | None = None) -> Expr:
        """The mean of durations: whole microseconds, half away."""

    @abstractmethod
    def median_length(self, value: Expr, where: Expr | None = None) -> Expr:
        """The mean of the middle two durations: whole microseconds, half away."""

    @abstractmethod
    def of_gaps(self, function: GapFunction, gap: Expr, type_: Type) -> Expr:
        """The least, largest, mean or median `gap` of times of a type: whole microseconds, half away."""

    @abstractmethod
    def stddev(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """Of the sample: the exact variance at 12 places, its root at 6, half away; NULL for less than two rows."""

    @abstractmethod
    def nth(
        self,
        value: Expr,
        type_: Type,
        n: int,
        order: Sequence[Direction],
        where: Expr | None = None,
    ) -> Expr:
        """The value (NULL too) of the n-th row by `order`, from 1. Nothing in `order` is NULL, and it is total."""

    @abstractmethod
    def share(self, condition: Expr, where: Expr | None = None) -> Expr:
        """Rows for which it is true among all, 6 places; NULL of nothing."""

    @abstractmethod
    def holding(self, condition: Expr, where: Expr | None = None) -> Expr:
        """For how many rows it is true; NULL of nothing."""

    @abstractmethod
    def ratio(self, part: Expr, whole: Expr, type_: Type) -> Expr:
        """`part / whole` of two canonical numbers of one type, 6 places, half away; NULL by zero."""

    @abstractmethod
    def whole_quotient(self, above: Expr, below: Expr) -> Expr:
        """`above / below` of counts, `below` not 0, without its fraction."""

    @abstractmethod
    def active(self, unit: ActiveUnit, time: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """How many local days, weeks, months the times lie in."""

    @abstractmethod
    def unit_number(self, unit: ActiveUnit, time: Expr, type_: Type) -> Expr:
        """The number of the local day, week (as the project starts it) or month of a time; one more for the next."""

    @abstractmethod
    def unit_of(self, unit: ActiveUnit, time: Expr, type_: Type) -> Expr:
        """What tells the local days, weeks or months of times apart, in no order."""

    def over(
        self,
        call: Expr,
        partition: Sequence[Expr] = (),
        order: Sequence[Direction] = (),
        frame: Frame = "",
    ) -> Expr:
        """A window function, in the forms that every dialect documents. Nothing in `order` is NULL."""
        return over(call, partition, order, frame)

    @abstractmethod
    def collect(self, value: Expr, type_: Type, where: Expr | None = None) -> Expr:
        """The list of the values; NULL ones may be kept or dropped; NULL of nothing."""

    # --- chance, distance -------------------------------------------------------------------------

    def hash_digits(self, parts: Sequence[Expr], count: int) -> Expr:
        """The first `count` hexadecimal digits, in lower case, of the MD5 of texts behind each other."""
        text = parts[0]
        for part in parts[1:]:
            text = exp.DPipe(this=text, expression=part)
        return b.call("LEFT", b.call("MD5", text), b.number(count))

    def haversine(self, point: tuple[Expr, Expr], other: tuple[Expr, Expr]) -> Expr:
        """`sin²(d / 2R)` of the distance d of two points (latitude, longitude: floats in degrees)."""
        north, east = (_half_sine(one, to) for one, to in zip(point, other, strict=True))
        cosines = b.mul(_cosine(point[0]), _cosine(other[0]))
        return exp.Add(this=north, expression=exp.Mul(this=cosines, expression=east))


def _half_sine(one: Expr, other: Expr) -> Expr:
    angle = b.call("RADIANS", b.sub(one, other))
    half = exp.Div(this=angle, expression=b.number(2), typed=False, safe=False)
    return b.call("POWER", b.call("SIN", half), b.number(2))


def _cosine(latitude: Expr) -> Expr:
    return b.call("COS", b.call("RADIANS", latitude))


def dialect(name: str, settings: Settings) -> Dialect:
    """The dialect of that name in `DIALECTS`; KeyError for another name."""
    if name not in DIALECTS:
        raise KeyError(name)
    return cast(Dialect, import_module(f"segql.sql.{name}").DIALECT(settings))


def as_utc(value: datetime) -> datetime:
    """An aware or naive-UTC datetime as naive UTC."""

    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
