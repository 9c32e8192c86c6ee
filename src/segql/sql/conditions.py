"""Conditions of one scope as SQL expressions.

A leaf is NULL exactly where it meets an unknown (3.1). Where only a true one counts (WHERE, AND, OR, FILTER) it may
stay NULL; who needs two values asks for them (`two_valued`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any as Anything
from typing import TypeAlias, cast

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Attr, Condition, Const, Value
from segql.model.types import DATE, ListType
from segql.model.unknowns import NEVER
from segql.model.walk import children
from segql.plan.nodes import Aggregation, Always, Existence, RowExists
from segql.plan.nothing import zero_refutes
from segql.plan.populations import Drawn, First
from segql.plan.simplify import may_be_unknown, never_unknown
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.texts import mentioned
from segql.sql.values import Values
from segql.syntax.tree import CompareOp

OwnLeaf: TypeAlias = "nodes.Near | nodes.InTable | nodes.HasBeen | Drawn"


class Conditions(Values):
    """As `Values`: the query says how rows are found."""

    # --- filled by the query ----------------------------------------------------------------------

    @abstractmethod
    def presence(self, node: Existence) -> Expr | None:
        """For an existence that is just the presence of its rollup's row: a column that is NULL where it is missing."""

    @abstractmethod
    def first(self, node: First, two_valued: bool) -> Expr:
        """Whether a row is among the first of a population."""

    @abstractmethod
    def own_leaf(self, leaf: OwnLeaf, exact: bool = False) -> Expr:
        """Distances, lists in tables, parts of splits, `has been`; `exact`: NULL exactly where an unknown is met."""

    # --- conditions -------------------------------------------------------------------------------

    def condition(self, condition: Condition, two_valued: bool = False) -> Expr:
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
        total = self.d.count_of(list(map(self.condition, condition.items)))
        if condition.high is None:
            return b.ge(total, b.number(condition.low))
        if condition.low == condition.high:
            return b.eq(total, b.number(condition.low))
        if condition.low <= 0:
            return b.le(total, b.number(condition.high))
        return exp.Between(
            this=b.paren(total),
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
    """Alternatives, where those that ask whether one value is one of some texts are joined; what is taken out of a
    document comes last, since engines ask them in the order in which they are written."""
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
    return sorted(joined.values(), key=_reads_document)


def _reads_document(node: object) -> bool:
    """Whether a condition takes something out of JSON."""
    if isinstance(node, Attr):
        storage = node.attribute.storage
        return isinstance(storage, nodes.Column) and len(storage.parts) > 1
    return any(map(_reads_document, children(node)))


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


def _date_of(bound: Value | None) -> date | None:
    return cast(date, bound.value) if isinstance(bound, Const) else None


_COMBINED: dict[type[Condition], Callable[[Conditions, Anything, bool], Expr]] = {
    nodes.All: Conditions._all,
    nodes.Any: Conditions._any,
    nodes.Not: Conditions._not,
    nodes.CountOf: Conditions._count_of,
    nodes.OrUnknown: Conditions._or_unknown,
    Existence: Conditions._exists,
    RowExists: Conditions._row_exists,
    First: Conditions._first,
    Always: Conditions._always,
}

_LEAVES: dict[type[Condition], Callable[[Conditions, Anything], Expr]] = {
    nodes.Truth: Conditions._truth,
    nodes.Compare: Conditions._compare,
    nodes.InSet: Conditions._in_set,
    nodes.InRange: Conditions._in_range,
    nodes.IsKnown: Conditions._is_known,
    nodes.TextTest: Conditions._text_test,
    nodes.ListTest: Conditions._list_test,
    nodes.InWindow: Conditions._in_window,
    nodes.Anniversary: Conditions._anniversary,
    nodes.RawSql: Conditions._raw_condition,
    nodes.Near: Conditions._own_leaf,
    nodes.InTable: Conditions._own_leaf,
    nodes.HasBeen: Conditions._own_leaf,
    Drawn: Conditions._own_leaf,
}
