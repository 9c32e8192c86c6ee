"""Populations (3.5) as SQL: the rows of a crowd with what they are compared by, from those the places of each row and
the values for everybody, each a CTE of its own that is made once.

Rows without a value are left out, or stand in a partition of their own: the order of NULLs does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model.types import FLOAT, INT, MAX_PRECISION, decimal, scale_of
from segql.plan.populations import (
    First,
    PlacesJoin,
    RankedBy,
    Ranking,
    Standing,
    Summary,
    Totals,
    TotalsJoin,
)
from segql.plan.simplify import may_be_unknown
from segql.sql import build as b
from segql.sql.base import number_type
from segql.sql.build import Expr
from segql.sql.dialect import Dialect
from segql.sql.numbers import FLOAT_AS_DECIMAL
from segql.sql.parts import join_of, key_column, named, subquery

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery, Statement


# --- joins ----------------------------------------------------------------------------------------


def join_crowd(query: ScopeQuery, join: PlacesJoin | TotalsJoin, alias: str) -> exp.Join:
    """The join of a scope to what is said of a crowd, whose CTEs are made where they are not yet there."""

    ranking, d = join.ranking, query.d
    if isinstance(join, TotalsJoin):
        totals = join.totals
        _make(query.statement, ranking, totals.name, lambda: _totals(d, ranking, totals))
        table = _table(d, totals.name, alias)
        if join.own is None or totals.per is None:
            return exp.Join(this=table, kind="CROSS")
        own = d.join_equal(d.field(alias, totals.per.name), query.group_key(join.own))
        return join_of(table, [own], required=False)
    on = [
        d.join_equal(d.field(alias, key.name), ours)
        for key, ours in zip(ranking.crowd.row.source.key, query.key(join.row), strict=True)
    ]
    return join_of(places(query.statement, ranking, alias), on, join.required)


def places(statement: Statement, ranking: Ranking, alias: str) -> exp.Table:
    """A row for each row of the crowd that has a place, as a CTE that is made where it is not yet there."""
    d = statement.dialect
    _make(statement, ranking, ranking.places, lambda: _places(d, ranking))
    return _table(d, ranking.places, alias)


def _make(
    statement: Statement, ranking: Ranking, name: str, query: Callable[[], exp.Select]
) -> None:
    """Put a CTE before what follows, behind the rows of the crowd that it reads, unless they are there."""
    made = {name for name, _ in statement.ctes}
    if ranking.rows not in made:
        statement.ctes.append((ranking.rows, _rows(statement, ranking)))
    if name not in made:
        statement.ctes.append((name, query()))


def _table(d: Dialect, name: str, alias: str) -> exp.Table:
    return d.table((name,), None if alias == name else alias)


def answer(query: ScopeQuery, node: Summary | Standing | First) -> Expr:
    """The column that holds what is asked of a crowd; NULL for a row that is no part of it."""
    join, name = query.scope.standings[node]
    column = query.d.field(query.crowds[id(join)], name)
    if not isinstance(node, Summary) or node.own is None or node.function not in ("count", "sum"):
        return column
    nothing = b.coalesce(column, b.number(0))  # no member has that value
    if not may_be_unknown(node.own):
        return nothing
    return b.case([(b.not_null(query.value(node.own)), nothing)])


def first(query: ScopeQuery, node: First, two_valued: bool) -> Expr:
    column = answer(query, node)
    join, _ = query.scope.standings[node]
    if two_valued and isinstance(join, PlacesJoin) and not join.required:
        return b.coalesce(column, exp.Boolean(this=False))
    return column


# --- the three CTEs -------------------------------------------------------------------------------


def _rows(statement: Statement, ranking: Ranking) -> exp.Select:
    """The key of each row of the crowd, and its values."""
    from segql.sql.query import ScopeQuery

    assert ranking.scope is not None, "the planner has not finished"
    query = ScopeQuery(statement, ranking.scope)
    d, alias = query.d, query.alias(ranking.scope.row)
    keys = ranking.crowd.row.source.key
    projections = [
        named(d, d.key_part(d.raw(alias, key_column(key)), key.type), key.name) for key in keys
    ]
    for item in ranking.values.values():
        grouped = item.value in ranking.totals
        made = query.group_key(item.value) if grouped else query.value(item.value)
        projections.append(named(d, made, item.name))
    return query.select(projections)


def _places(d: Dialect, ranking: Ranking) -> exp.Select:
    """The key of each row, and a column for each place; no rows that have none of them."""
    needs = [_needs(d, ranking, node) for _, node in ranking.columns.values()]
    common = [item for item in needs[0] if all(item in other for other in needs)]
    projections: list[Expr] = [d.field(None, key.name) for key in ranking.crowd.row.source.key]
    for name, node in ranking.columns.values():
        projections.append(named(d, _Place(d, ranking, node, common).made(), name))
    return exp.Select(
        expressions=projections,
        from_=exp.From(this=d.table((ranking.rows,))),
        where=exp.Where(this=b.all_(common)) if common else None,
    )


def _totals(d: Dialect, ranking: Ranking, totals: Totals) -> exp.Select:

    source: Expr = d.table((ranking.rows,))
    asked = [node for _, node in totals.summaries.values()]
    groups = [] if totals.per is None else [d.field(None, totals.per.name)]
    known = [] if totals.per is None else _known(d, totals.per)
    ordered = [ranking.values[n.value] for n in asked if n.share is not None and n.value]
    if ordered:
        columns: list[Expr] = [exp.Star()]
        for item in {item.name: item for item in ordered}.values():
            value = d.field(None, item.name)
            apart = [*groups, *_known(d, item)]
            place = d.over(b.call("ROW_NUMBER"), apart, [(value, False)])
            columns.append(named(d, place, f"{item.name}_place"))
            columns.append(named(d, d.over(b.call("COUNT", value), groups), f"{item.name}_known"))
        inner = exp.Select(expressions=columns, from_=exp.From(this=source))
        source = subquery(d, inner, "placed")
    projections = [
        named(d, _summary(d, ranking, node), name) for name, node in totals.summaries.values()
    ]
    return exp.Select(
        expressions=[*groups, *projections],
        from_=exp.From(this=source),
        where=exp.Where(this=b.all_(known)) if known else None,
        group=exp.Group(expressions=groups) if groups else None,
    )


def _summary(d: Dialect, ranking: Ranking, node: Summary) -> Expr:
    if node.value is None:
        return d.count_rows()
    item = ranking.values[node.value]
    value = d.field(None, item.name)
    match node.function:
        case "sum":
            return b.coalesce(d.sum(value, item.type), b.number(0))
        case "avg":
            return d.avg(value, item.type)
        case "median":
            return d.median(value, item.type)
        case "stddev":
            return d.stddev(value, item.type)
        case "percentile":
            assert node.share is not None
            least = _times(d.field(None, f"{item.name}_known"), _number(d, node.share))
            place = d.field(None, f"{item.name}_place")
            return d.min(value, item.type, exp.GTE(this=place, expression=least))
        case "count":
            return d.count_rows()


# --- places ---------------------------------------------------------------------------------------


def _needs(d: Dialect, ranking: Ranking, node: Standing | First) -> list[Expr]:
    """Without which a row has no place: a group, and a value that counts."""
    grouped = [] if node.per is None else _known(d, ranking.values[node.per])
    return [*grouped, *_counts(d, ranking, node)]


def _counts(d: Dialect, ranking: Ranking, node: Standing | First) -> list[Expr]:
    """What says that a row's value counts; in a part of a sum only one above 0 does."""
    item = ranking.values[node.value]
    if isinstance(node, First) and node.kind == "share":
        return [b.gt(d.field(None, item.name), b.number(0))]
    return _known(d, item)


class _Place:
    """A column of the places; `given` holds for all rows."""

    def __init__(
        self, d: Dialect, ranking: Ranking, node: Standing | First, given: Sequence[Expr]
    ) -> None:
        self.d = d
        self.ranking = ranking
        self.node = node
        self.needs = [item for item in _needs(d, ranking, node) if item not in given]
        self.type = ranking.values[node.value].type
        self.value = d.field(None, ranking.values[node.value].name)
        self.by = d.sort_key(self.value, self.type)
        self.group: list[Expr] = []
        if node.per is not None:
            per = ranking.values[node.per]
            self.group = [d.sort_key(d.field(None, per.name), per.type)]
        counts = (item for item in _counts(d, ranking, node) if item not in given)
        self.apart = [*self.group, *counts]
        """What keeps rows apart: their group, and whether they count."""

    def made(self) -> Expr:
        return self._first(self.node) if isinstance(self.node, First) else self._standing(self.node)

    def _standing(self, node: Standing) -> Expr:
        d = self.d
        match node.function:
            case "rank":
                made = d.over(b.call("RANK"), self.apart, [(self.by, True)])
            case "ntile":
                order = [(self.by, False), *_keys(d, self.ranking)]
                made = d.over(b.call("NTILE", b.number(node.n)), self.apart, order)
            case "quantile_group":
                smaller = _minus(
                    d.over(b.call("RANK"), self.apart, [(self.by, False)]), b.number(1)
                )
                many = d.over(b.call("COUNT", self.value), self.group)
                above = d.whole_quotient(_times(exp.Paren(this=smaller), b.number(node.n)), many)
                made = exp.Add(this=above, expression=b.number(1))
        return b.case([(b.all_(self.needs), made)]) if self.needs else made

    def _first(self, node: First) -> Expr:
        """Whether a row is among the first; false, not NULL, where its value or group is unknown."""
        if node.kind == "share":
            return self._within_share(node)
        order = [(self.by, node.direction == "top")]
        if node.exactly:
            order += _keys(self.d, self.ranking)
        place = self.d.over(b.call("ROW_NUMBER" if node.exactly else "RANK"), self.apart, order)
        most = _number(self.d, node.amount)
        if node.kind == "percent":
            many = self.d.over(b.call("COUNT", self.value), self.group)
            most = self.d.ceiling(_times(many, most))
        return b.all_([*self.needs, exp.LTE(this=place, expression=most)])

    def _within_share(self, node: First) -> Expr:
        """The values before this one make less than the part of the sum."""
        d, value = self.d, self.value
        total = d.sum(value, self.type)
        exact = decimal(
            MAX_PRECISION, scale_of(FLOAT_AS_DECIMAL if self.type == FLOAT else self.type)
        )
        reached = d.over(total, self.apart, [(value, node.direction == "top")], "before")
        before = _minus(*d.roomy("-", reached, d.over(total, [*self.group, value]), exact, exact))
        part = d.over(total, self.apart)
        if (
            node.amount != 1
        ):  # by whole numbers: a factor of 0.8 would add a place to those of the sum
            of = 10 ** max(2, -int(node.amount.normalize().as_tuple().exponent))
            before = _times(*d.roomy("*", exp.Paren(this=before), b.number(of), exact, INT))
            part = _times(*d.roomy("*", part, b.number(int(node.amount * of)), exact, INT))
        reaches = exp.LT(this=before, expression=part)
        if not self.needs:
            return reaches
        return b.coalesce(b.all_([*self.needs, reaches]), exp.Boolean(this=False))


def _known(d: Dialect, item: RankedBy) -> list[Expr]:
    """What says that a row has a value."""
    return [b.not_null(d.field(None, item.name))] if may_be_unknown(item.value) else []


def _keys(d: Dialect, ranking: Ranking) -> list[tuple[Expr, bool]]:

    found = []
    for key in ranking.crowd.row.source.key:
        raw, column = d.field(None, key.name), key_column(key)
        if not d.keeps_order(column, key.type):
            raw = d.sort_key(d.canonical(raw, column, key.type), key.type)  # type: ignore[assignment]
        found.append((raw, False))
    return found  # type: ignore[return-value]


def _times(left: Expr, right: Expr) -> Expr:
    return exp.Mul(this=left, expression=right)


def _minus(left: Expr, right: Expr) -> Expr:
    return exp.Sub(this=left, expression=right)


def _number(d: Dialect, value: Decimal) -> Expr:
    plain = int(value) if value == int(value) else Decimal(f"{value.normalize():f}")
    return d.literal(plain, number_type(plain))
