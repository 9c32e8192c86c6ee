"""Values of one scope as SQL expressions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal
from typing import Any as Anything
from typing import cast

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Attr, Attribute, Column, Condition, Const, RowRef, SqlText, Value
from segql.model.running import AsOf, FirstDay, UnitDay
from segql.model.types import INT, ListType, wider
from segql.model.unknowns import NEVER
from segql.plan.nodes import Aggregation, Degrees
from segql.plan.populations import Asked, Standing, Summary
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.carry import carried
from segql.sql.dialect import Dialect


class Values(ABC):
    """What does not depend on how rows are joined; the query says where a row and a measure are found."""

    def __init__(self, dialect: Dialect) -> None:
        self.d = dialect

    # --- rows: filled by the query ----------------------------------------------------------------

    @abstractmethod
    def stored(self, row: RowRef, attribute: Attribute) -> tuple[str | None, Column] | None:
        """The alias and column that hold an attribute as it is stored; None where it is kept in another way."""

    @abstractmethod
    def other(self, row: RowRef, attribute: Attribute) -> Expr:
        """The canonical value of an attribute for which `stored` says None."""

    @abstractmethod
    def measure(self, node: Aggregation) -> tuple[Expr, bool]:
        """The column that holds an aggregation, and whether its rollup's row may be missing."""

    @abstractmethod
    def row_exists(self, row: RowRef) -> Expr:
        """Whether a row reached by links is there; two-valued."""

    @abstractmethod
    def alias(self, row: RowRef) -> str:
        """The alias of a row's table."""

    @abstractmethod
    def point(self, row: RowRef, attribute: Attribute) -> tuple[Expr, Expr]:
        """Latitude and longitude of a point, in degrees, as floats."""

    @abstractmethod
    def answer(self, node: Asked) -> Expr:
        """The column that holds what is asked of a population."""

    @abstractmethod
    def condition(self, condition: Condition, two_valued: bool = False) -> Expr:
        """A condition in normal form; `two_valued`: never NULL."""

    # --- values -----------------------------------------------------------------------------------

    def value(self, value: Value) -> Expr:
        """The canonical value."""
        return _VALUES[type(value)](self, value)

    def bare(self, value: Value) -> Expr:
        """As `value`, for comparisons: without casts that only matter to arithmetic and results."""
        if type(value) is Attr and not isinstance(value.type, ListType):
            place = self.stored(value.row, value.attribute)
            if place is not None:
                return self.d.bare(*place, value.attribute.type)
        return self.value(value)

    def _const(self, value: Const) -> Expr:
        return self.d.literal(value.value, value.type)

    def _attr(self, value: Attr) -> Expr:
        place = self.stored(value.row, value.attribute)
        if place is None:
            return self.other(value.row, value.attribute)
        made = self.d.read(*place, value.attribute.type)
        if self.d.joined_lists_are_known and isinstance(value.attribute.type, ListType):
            exists = self.row_exists(value.row)
            return made if isinstance(exists, exp.Boolean) else b.case([(exists, made)])
        return made

    def raw_sql(self, row: RowRef, sql: SqlText) -> Expr:
        """Raw SQL with its columns taken from the row's table."""
        alias = self.alias(row)
        tree = carried(sql, self.d.name)
        for column in tree.find_all(exp.Column):
            column.set("table", self.d.identifier(alias))
            if not column.this.quoted:
                column.set("this", self.d.identifier(column.name.lower()))
        return exp.Paren(this=tree)

    def _holds(self, value: nodes.Holds) -> Expr:
        return exp.Paren(this=self.condition(value.condition, two_valued=True))

    def _aggregation(self, value: Aggregation) -> Expr:
        column, missing = self.measure(value)
        if value.function in NEVER and (missing or value.function == "sum"):
            return b.coalesce(column, b.number(0))
        return column

    def _answer(self, value: Summary | Standing) -> Expr:
        return self.answer(value)

    def _degrees(self, value: Degrees) -> Expr:
        latitude, longitude = self.point(value.point.row, value.point.attribute)
        return latitude if value.part == "latitude" else longitude

    def _day_start(self, value: nodes.DayStart) -> Expr:
        return self.d.day_start(self.value(value.day))

    def _shift(self, value: nodes.Shift) -> Expr:
        return self.d.shift(self.value(value.value), value.value.type, value.count, value.unit)

    def _elapsed(self, value: nodes.Elapsed) -> Expr:
        start, end = self.value(value.start), self.value(value.end)
        return self.d.elapsed(value.unit, start, end, value.start.type)

    def _difference(self, value: nodes.Difference) -> Expr:
        return self.d.difference(self.value(value.left), self.value(value.right), value.left.type)

    def _local_date(self, value: nodes.LocalDate) -> Expr:
        return self.d.local_date(self.value(value.value))

    def _date_part(self, value: nodes.DatePart) -> Expr:
        return self.d.date_part(value.part, self.value(value.value), value.value.type)

    def _arithmetic(self, value: nodes.Arithmetic) -> Expr:
        left, right = value.left, value.right
        return self.d.arithmetic(
            value.operator,
            self.value(left),
            self.value(right),
            left.type,
            right.type,
            value.type,
        )

    def _negative(self, value: nodes.Negative) -> Expr:
        return self.d.negative(self.value(value.value), value.type)

    def _function(self, value: nodes.Function) -> Expr:
        if value.name == "round":
            places = value.arguments[1]
            n = places.value if isinstance(places, Const) else 0
            first = value.arguments[0]
            return self.d.round(self.value(first), first.type, cast(int, n), value.type)
        values = list(map(self.value, value.arguments))
        types = [argument.type for argument in value.arguments]
        match value.name:
            case "fold" if isinstance(value.type, ListType):
                return self.d.fold_list(values[0])
            case "lower" | "fold":
                return self.d.lower(values[0])
            case "upper":
                return self.d.upper(values[0])
            case "trim":
                return self.d.trim(values[0])
            case "length":
                return self.d.length(values[0])
            case "list_count":
                return self.d.list_count(values[0])
            case "coalesce":
                return self.d.coalesce(values, types, value.type)
            case "abs":
                return self.d.absolute(values[0], value.type)
            case "least":
                return self.d.least(values, types, value.type)
            case "greatest":
                return self.d.greatest(values, types, value.type)
            case "mean":
                return self.d.mean(values, types, value.type)
            case "known":
                return self.d.known(values)

    def _points(self, value: nodes.Points) -> Expr:
        """A CASE for each line, added up; small constants need no room for 38 digits."""
        plain = _small(value)
        total: Expr | None = None
        type_ = value.type
        for points, condition in value.lines:
            zero = self.d.literal(0 if points.type == INT else Decimal(0), points.type)
            made = b.case([(self.condition(condition), self.value(points))], zero)
            if total is None:
                total, type_ = made, points.type
            elif plain:
                total = exp.Add(this=total, expression=made)
            else:
                sum_type = wider(type_, points.type)
                total = self.d.arithmetic("+", total, made, type_, points.type, sum_type)
                type_ = sum_type
        assert total is not None, "points without a line are a constant"
        return total

    def _as_of(self, value: AsOf) -> Expr:
        return self.d.as_of(value.kind)

    def _first_day(self, value: FirstDay) -> Expr:
        return self.d.first_day(self.value(value.instant))

    def _unit_day(self, value: UnitDay) -> Expr:
        return self.d.unit_day(value.unit, self.value(value.day))


def _small(value: nodes.Points) -> bool:
    """Whether all points are literals whose sum fits any number type of an engine."""
    numbers = [item.value for item, _ in value.lines if isinstance(item, Const)]
    return len(numbers) == len(value.lines) and sum(map(abs, cast(list[Decimal], numbers))) < 10**9


_VALUES: dict[type[Value], Callable[[Values, Anything], Expr]] = {
    Const: Values._const,
    Attr: Values._attr,
    Aggregation: Values._aggregation,
    nodes.Holds: Values._holds,
    nodes.DayStart: Values._day_start,
    nodes.Shift: Values._shift,
    nodes.Elapsed: Values._elapsed,
    nodes.Difference: Values._difference,
    nodes.LocalDate: Values._local_date,
    nodes.DatePart: Values._date_part,
    nodes.Arithmetic: Values._arithmetic,
    nodes.Negative: Values._negative,
    nodes.Function: Values._function,
    nodes.Points: Values._points,
    AsOf: Values._as_of,
    FirstDay: Values._first_day,
    UnitDay: Values._unit_day,
    Summary: Values._answer,
    Standing: Values._answer,
    Degrees: Values._degrees,
}
