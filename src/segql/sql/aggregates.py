"""Aggregations over the rows of one scope, grouped at the anchor."""

from __future__ import annotations

from abc import abstractmethod

from segql.model import nodes
from segql.model.nodes import Attr, Column, Value
from segql.model.types import ListType
from segql.plan.nodes import Aggregation
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.conditions import Conditions
from segql.sql.dialect import ActiveUnit

ACTIVE: dict[str, ActiveUnit] = {
    "active_days": "day",
    "active_weeks": "week",
    "active_months": "month",
}


class Aggregates(Conditions):
    """Expressions, and what an aggregation computes of them."""

    def aggregate(self, node: Aggregation, where: Expr | None) -> Expr:
        """An aggregation over the rows of this scope, grouped at the anchor."""
        argument = node.argument
        match node.function:
            case "count":
                return self.d.count_rows(where)
            case "share" | "holding":
                assert argument is not None
                condition = (
                    self.condition(argument.condition)
                    if isinstance(argument, nodes.Holds)
                    else self.value(argument)
                )
                count = self.d.share if node.function == "share" else self.d.holding
                return count(condition, where)
            case "first" | "last" | "nth" | "nth_last":
                return self._nth(node, where)
        assert argument is not None
        type_ = argument.type
        match node.function:
            case "min" | "max":
                return self._extreme(node.function, argument, where)
            case "count_distinct":
                return self.d.count_distinct(self.bare(argument), type_, where)
            case "known_count":
                known = b.not_null(self.bare(argument))
                return self.d.count_rows(known if where is None else b.all_([where, known]))
            case "sum" | "total":
                return self.d.sum(self.value(argument), type_, where)
            case "avg":
                return self.d.avg(self.value(argument), type_, where)
            case "median":
                return self.d.median(self.value(argument), type_, where)
            case "stddev":
                return self.d.stddev(self.value(argument), type_, where)
            case "active_days" | "active_weeks" | "active_months":
                unit = ACTIVE[node.function]
                return self.d.active(unit, self.value(argument), type_, where)
        raise TypeError(f"no aggregate: {node.function}")

    def _extreme(self, function: str, argument: Value, where: Expr | None) -> Expr:
        extreme = self.d.min if function == "min" else self.d.max
        place = self._ordered(argument)
        if place is not None:
            raw = extreme(self.d.raw(*place), argument.type, where)
            return self.d.canonical(raw, place[1], argument.type)
        return extreme(self.value(argument), argument.type, where)

    def _ordered(self, value: Value | None) -> tuple[str | None, Column] | None:
        """Where a stored column orders as its value does, its place."""
        if type(value) is not Attr:
            return None
        place = self.stored(value.row, value.attribute)
        if place is None or not self.d.keeps_order(place[1], value.attribute.type):
            return None
        return place

    def order(self, value: Value) -> Expr:
        """What to order by."""
        place = self._ordered(value)
        if place is not None:
            return self.d.raw(*place)
        return self.d.sort_key(self.bare(value), value.type)

    @abstractmethod
    def row_order(self, node: Aggregation) -> list[Expr]:
        """What tells the rows of a selection apart, first to last: their time, then their key."""

    def _nth(self, node: Aggregation, where: Expr | None) -> Expr:
        argument = node.argument
        assert argument is not None
        backwards = node.function in ("last", "nth_last")
        order = [(item, backwards) for item in self.row_order(node)]
        n = node.n if node.function.startswith("nth") else 1
        place = self.stored(argument.row, argument.attribute) if type(argument) is Attr else None
        is_list = isinstance(argument.type, ListType)
        if place is not None and len(place[1].parts) == 1 and not is_list:
            found = self.d.nth(self.d.raw(*place), argument.type, n, order, where)
            return self.d.canonical(found, place[1], argument.type)
        return self.d.nth(self.value(argument), argument.type, n, order, where)
