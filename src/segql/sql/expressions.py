"""Values and conditions of one scope as SQL expressions.

A leaf is NULL exactly where it meets an unknown (3.1). Where only a true one counts (WHERE, AND, OR, FILTER) it may
stay NULL; who needs two values asks for them (`two_valued`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any as Anything
from typing import TypeAlias, cast

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Attr, Attribute, Column, Condition, Const, RowRef, SqlText, Value
from segql.model.running import AsOf, FirstDay, UnitDay
from segql.model.types import DATE, INT, ListType, wider
from segql.model.unknowns import NEVER
from segql.plan.nodes import Aggregation, Always, Degrees, Existence, RowExists
from segql.plan.nothing import zero_refutes
from segql.plan.populations import Asked, Drawn, First, Standing, Summary
from segql.plan.simplify import may_be_unknown, never_unknown
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.carry import carried
from segql.sql.dialect import Dialect
from segql.sql.texts import mentioned
from segql.syntax.tree import CompareOp

OwnLeaf: TypeAlias = "nodes.Near | nodes.InTable | nodes.HasBeen | Drawn"


class Expressions(ABC):
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
    def presence(self, node: Existence) -> Expr | None:
        """For an existence that is just the presence of its rollup's row: a column that is NULL where it is missing."""

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
    def first(self, node: First, two_valued: bool) -> Expr:
        """Whether a row is among the first of a population."""

    @abstractmethod
    def own_leaf(self, leaf: OwnLeaf, exact: bool = False) -> Expr:
        """Distances, lists in tables, parts of splits, `has been`; `exact`: NULL exactly where an unknown is met."""

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

    # --- conditions -------------------------------------------------------------------------------

    def condition(self, condition: Condition, two_valued: bool = False) -> Expr:
        """A condition in normal form; `two_valued`: never NULL."""
        kind = type(condition)
        combine = _COMBINED.get(kind)
        if combine is not None:
            return combine(self, condition, two_valued)
        leaf = _LEAVES[kind](self, condition)
        if two_valued and not never_unknown(condition):
            return b.coalesce(leaf, exp.Boolean(this=False))
        return leaf

    def _all(self, condition: nodes.All, two_valued: bool) -> Expr:
        return b.all_([self.condition(item, two_valued) for item in condition.items])

    def _any(self, condition: nodes.Any, two_valued: bool) -> Expr:
        return b.any_([self.condition(item, two_valued) for item in _one_of(condition.items)])

    def _not(self, condition: nodes.Not, two_valued: bool) -> Expr:
        if isinstance(condition.item, Existence):
            return self._existence(condition.item, True, negated=True)
        return b.not_(self.condition(condition.item, two_valued=True))

    def _count_of(self, condition: nodes.CountOf, two_valued: bool) -> Expr:
        one, zero = b.number(1), b.number(0)
        ones = [b.case([(self.condition(item), one)], zero) for item in condition.items]
        total = ones[0]
        for item in ones[1:]:
            total = exp.Add(this=total, expression=item)
        if condition.high is None:
            return b.ge(total, b.number(condition.low))
        if condition.low == condition.high:
            return b.eq(total, b.number(condition.low))
        if condition.low <= 0:
            return b.le(total, b.number(condition.high))
        return exp.Between(
            this=exp.Paren(this=total),
            low=b.number(condition.low),
            high=b.number(condition.high),
        )

    def _or_unknown(self, condition: nodes.OrUnknown, two_valued: bool) -> Expr:
        leaf = condition.leaf
        inner = self._exact(leaf)
        if (
            isinstance(leaf, nodes.Compare)
            and type(leaf.left) is Attr
            and not may_be_unknown(leaf.right)
            and self.stored(leaf.left.row, leaf.left.attribute)
        ):
            return b.any_([inner, b.is_null(self._null(leaf.left))])
        return b.coalesce(inner, exp.Boolean(this=True))

    def _exact(self, leaf: Condition) -> Expr:
        """A leaf that is NULL exactly where it meets an unknown, not just where only a true one counts."""
        if isinstance(leaf, nodes.Compare):
            return self._compare(leaf, exact=True)
        if isinstance(leaf, nodes.InSet):
            return self._in_set(leaf, exact=True)
        if isinstance(leaf, nodes.Near | nodes.InTable | nodes.HasBeen):
            return self.own_leaf(leaf, exact=True)
        return self.condition(leaf)

    def _exists(self, condition: Existence, two_valued: bool) -> Expr:
        return self._existence(condition, two_valued, negated=False)

    def _existence(self, node: Existence, two_valued: bool, negated: bool) -> Expr:
        key = self.presence(node)
        if key is not None:
            return self.d.absent(key) if negated else b.not_null(key)
        from segql.plan.nodes import counting

        count, missing = self.measure(counting(node.selection))
        if missing and (two_valued or negated):
            count = b.coalesce(count, b.number(0))
        low = b.number(node.low)
        if node.high is None:
            return b.lt(count, low) if negated else b.ge(count, low)
        if node.high == node.low:
            return b.ne(count, low) if negated else b.eq(count, low)
        inside: Expr = exp.Between(this=count, low=low, high=b.number(node.high))
        return exp.Not(this=inside) if negated else inside

    def _row_exists(self, condition: RowExists, two_valued: bool) -> Expr:
        return self.row_exists(condition.row)

    def _always(self, condition: Always, two_valued: bool) -> Expr:
        return exp.Boolean(this=condition.value)

    def _first(self, condition: First, two_valued: bool) -> Expr:
        return self.first(condition, two_valued)

    # --- leaves -----------------------------------------------------------------------------------

    def _truth(self, leaf: nodes.Truth) -> Expr:
        return self.bare(leaf.value)

    def _compare(self, leaf: nodes.Compare, exact: bool = False) -> Expr:
        left, right = leaf.left, leaf.right
        if type(right) is Const and right.value is not None:
            if leaf.operator == "=" and not exact and (text := self._among(left, [right])):
                return self.d.compare("=", text, self.value(right), left.type, right.type)
            if type(left) is Attr:
                place = self.stored(left.row, left.attribute)
                if place is not None:
                    return self.d.compare_stored(
                        leaf.operator, *place, left.attribute.type, right.value
                    )
            if (
                not exact
                and type(left) is Aggregation
                and left.function in NEVER
                and zero_refutes(leaf)
            ):
                column, _ = self.measure(left)
                literal = self.value(right)
                return self.d.compare(leaf.operator, column, literal, left.type, right.type)
        return self.compare_values(leaf.operator, left, right)

    def compare_values(self, operator: CompareOp, left: Value, right: Value) -> Expr:
        if operator in ("=", "!="):
            one, other = self._against(left, [right]), self._against(right, [left])
        else:  # what is less or more depends on every letter
            one, other = self.bare(left), self.bare(right)
        return self.d.compare(operator, one, other, left.type, right.type)

    def _against(self, value: Value, others: Sequence[Value]) -> Expr:
        """A value that is only compared with the others: case mapping may be shorter where those are constants."""
        if isinstance(value, nodes.Function) and value.name in ("lower", "upper", "fold"):
            texts = [o.value for o in others if isinstance(o, Const) and isinstance(o.value, str)]
            if len(texts) == len(others):
                return self._mapped(value, texts)
        return self.bare(value)

    def _mapped(self, value: Value, against: Sequence[str]) -> Expr:
        """A value of which it only matters where it has characters of `against`."""
        if isinstance(value, nodes.Function) and value.name in ("lower", "upper", "fold"):
            mapped = self.d.upper if value.name == "upper" else self.d.lower
            return mapped(self.bare(value.arguments[0]), against)
        return self.bare(value)

    def _among(self, value: Value, others: Sequence[Value]) -> Expr | None:
        """For a text inside of a column and constants: what equals one of them just where the text does."""
        texts = [o.value for o in others if isinstance(o, Const) and isinstance(o.value, str)]
        if type(value) is not Attr or len(texts) < len(others):
            return None
        place = self.stored(value.row, value.attribute)
        if place is None or len(place[1].parts) == 1:
            return None
        return self.d.among(*place, value.attribute.type, texts)

    def _in_set(self, leaf: nodes.InSet, exact: bool = False) -> Expr:
        value = None if exact or leaf.negated else self._among(leaf.value, leaf.items)
        if value is None:
            value = self._against(leaf.value, leaf.items)
        items = list(map(self.bare, leaf.items))
        return self.d.in_set(value, items, leaf.value.type, negated=leaf.negated)

    def _in_range(self, leaf: nodes.InRange) -> Expr:
        value, low, high = map(self.bare, (leaf.value, leaf.low, leaf.high))
        return self.d.in_range(value, low, high, leaf.value.type, negated=leaf.negated)

    def _is_known(self, leaf: nodes.IsKnown) -> Expr:
        value = leaf.value
        if isinstance(value, Attr) and value.type.name == "point":
            both = b.all_(list(map(b.not_null, self.point(value.row, value.attribute))))
            return b.not_(exp.Paren(this=both)) if leaf.negated else both
        if not leaf.negated:
            return b.not_null(self._null(value))
        is_key = isinstance(value, Attr) and value.attribute in value.row.source.key
        return self.d.absent(self._null(value)) if is_key else b.is_null(self._null(value))

    def _null(self, value: Value) -> Expr:
        """What is NULL where the value is: the stored column, unless its values can be no number or unconvertible."""
        odd = isinstance(value.type, ListType) and self.d.joined_lists_are_known
        if type(value) is Attr and value.attribute.type.name != "float" and not odd:
            place = self.stored(value.row, value.attribute)
            if place is not None and len(place[1].parts) == 1:
                return self.d.raw(*place)
        return self.bare(value)

    def _text_test(self, leaf: nodes.TextTest) -> Expr:
        if leaf.test == "matches":
            assert isinstance(leaf.pattern, Const)
            regex = cast(str, leaf.pattern.value)
            found = self.d.matches(self._mapped(leaf.value, mentioned(regex)), regex)
        else:
            value = self._against(leaf.value, [leaf.pattern])
            pattern = self._against(leaf.pattern, [leaf.value])
            test = {"contains": self.d.contains, "starts": self.d.starts, "ends": self.d.ends}
            found = test[leaf.test](value, pattern)
        return b.not_(found) if leaf.negated else found

    def _list_test(self, leaf: nodes.ListTest) -> Expr:
        value = self.value(leaf.value)
        assert isinstance(leaf.value.type, ListType)
        item = leaf.value.type.item
        if leaf.other is not None:
            return self.d.list_test(leaf.test, value, self.value(leaf.other), item)
        test = {"any": self.d.list_any, "all": self.d.list_all, "none": self.d.list_none}
        return test[leaf.test](value, list(map(self.value, leaf.items)), item)

    def _in_window(self, leaf: nodes.InWindow) -> Expr:
        window, items = leaf.window, []
        if window.start is not None:
            operator: CompareOp = ">" if window.after else ">="
            items.append(nodes.Compare(leaf.span, operator, leaf.value, window.start))
        if window.end is not None:
            items.append(nodes.Compare(leaf.span, "<", leaf.value, window.end))
        if not items:
            inside = b.case([(b.not_null(self.bare(leaf.value)), exp.Boolean(this=True))])
        else:
            inside = b.all_([self._compare(item, exact=True) for item in items])
        loose = [item.right for item in items if may_be_unknown(item.right)]
        if loose:
            unknown = b.any_([b.is_null(self.bare(item)) for item in (leaf.value, *loose)])
            inside = b.case([(unknown, exp.Null())], inside)
        return b.not_(inside) if leaf.negated else inside

    def _as_of(self, value: AsOf) -> Expr:
        return self.d.as_of(value.kind)

    def _first_day(self, value: FirstDay) -> Expr:
        return self.d.first_day(self.value(value.instant))

    def _unit_day(self, value: UnitDay) -> Expr:
        return self.d.unit_day(value.unit, self.value(value.day))

    def _anniversary(self, leaf: nodes.Anniversary) -> Expr:
        bounds = [leaf.window.start, leaf.window.end]
        if any(bound is not None and type(bound) is not Const for bound in bounds):
            return self._running_anniversary(leaf)
        start = _date_of(leaf.window.start)
        if leaf.window.after and start is not None:
            start += timedelta(days=1)
        return self.d.anniversary(self.value(leaf.value), start, _date_of(leaf.window.end))

    def _running_anniversary(self, leaf: nodes.Anniversary) -> Expr:
        """Between dates that the engine computes."""
        start, end = (
            None if bound is None else self.value(bound)
            for bound in (leaf.window.start, leaf.window.end)
        )
        if leaf.window.after and start is not None:
            start = self.d.shift(start, DATE, 1, "day")
        return self.d.anniversaries(self.value(leaf.value), start, end)

    def _raw_condition(self, leaf: nodes.RawSql) -> Expr:
        return self.raw_sql(leaf.row, leaf.sql)

    def _own_leaf(self, leaf: OwnLeaf) -> Expr:
        return self.own_leaf(leaf)


def _one_of(items: Sequence[Condition]) -> list[Condition]:
    """Alternatives, where those that ask whether one value is one of some texts are joined."""
    joined: dict[Value | Condition, Condition] = {}
    known: dict[Value, dict[Value, None]] = {}
    for item in items:
        value, texts = _texts(item) or (None, ())
        if value is None:
            joined[item] = item
        elif value in known:
            known[value].update(dict.fromkeys(texts))
            joined[value] = nodes.InSet(joined[value].span, value, tuple(known[value]))
        else:
            joined[value], known[value] = item, dict.fromkeys(texts)
    return list(joined.values())


def _texts(item: Condition) -> tuple[Value, Sequence[Value]] | None:
    """A value, and the constant texts of which it shall be one."""
    texts: Sequence[Value]
    if isinstance(item, nodes.Compare) and item.operator == "=":
        value, texts = item.left, (item.right,)
    elif isinstance(item, nodes.InSet) and not item.negated:
        value, texts = item.value, item.items
    else:
        return None
    plain = all(isinstance(one, Const) and isinstance(one.value, str) for one in texts)
    return (value, texts) if plain else None


def _small(value: nodes.Points) -> bool:
    """Whether all points are literals whose sum fits any number type of an engine."""
    numbers = [item.value for item, _ in value.lines if isinstance(item, Const)]
    return len(numbers) == len(value.lines) and sum(map(abs, cast(list[Decimal], numbers))) < 10**9


def _date_of(bound: Value | None) -> date | None:
    return cast(date, bound.value) if isinstance(bound, Const) else None


_VALUES: dict[type[Value], Callable[[Expressions, Anything], Expr]] = {
    Const: Expressions._const,
    Attr: Expressions._attr,
    Aggregation: Expressions._aggregation,
    nodes.Holds: Expressions._holds,
    nodes.DayStart: Expressions._day_start,
    nodes.Shift: Expressions._shift,
    nodes.Elapsed: Expressions._elapsed,
    nodes.Difference: Expressions._difference,
    nodes.LocalDate: Expressions._local_date,
    nodes.DatePart: Expressions._date_part,
    nodes.Arithmetic: Expressions._arithmetic,
    nodes.Negative: Expressions._negative,
    nodes.Function: Expressions._function,
    nodes.Points: Expressions._points,
    AsOf: Expressions._as_of,
    FirstDay: Expressions._first_day,
    UnitDay: Expressions._unit_day,
    Summary: Expressions._answer,
    Standing: Expressions._answer,
    Degrees: Expressions._degrees,
}

_COMBINED: dict[type[Condition], Callable[[Expressions, Anything, bool], Expr]] = {
    nodes.All: Expressions._all,
    nodes.Any: Expressions._any,
    nodes.Not: Expressions._not,
    nodes.CountOf: Expressions._count_of,
    nodes.OrUnknown: Expressions._or_unknown,
    Existence: Expressions._exists,
    RowExists: Expressions._row_exists,
    First: Expressions._first,
    Always: Expressions._always,
}

_LEAVES: dict[type[Condition], Callable[[Expressions, Anything], Expr]] = {
    nodes.Truth: Expressions._truth,
    nodes.Compare: Expressions._compare,
    nodes.InSet: Expressions._in_set,
    nodes.InRange: Expressions._in_range,
    nodes.IsKnown: Expressions._is_known,
    nodes.TextTest: Expressions._text_test,
    nodes.ListTest: Expressions._list_test,
    nodes.InWindow: Expressions._in_window,
    nodes.Anniversary: Expressions._anniversary,
    nodes.RawSql: Expressions._raw_condition,
    nodes.Near: Expressions._own_leaf,
    nodes.InTable: Expressions._own_leaf,
    nodes.HasBeen: Expressions._own_leaf,
    Drawn: Expressions._own_leaf,
}
