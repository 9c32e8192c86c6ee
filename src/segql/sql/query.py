"""The shape of a query: a planned scope as one SELECT, its rollups as CTEs before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Attr, Attribute, Column, Event, RowRef, Up, Value
from segql.model.types import FLOAT, TIMESTAMP
from segql.plan.gaps import is_gap
from segql.plan.groups import (
    column_of,
    grouping,
    holder,
    identity,
    leads_to_group,
    owner_columns,
)
from segql.plan.histories import HistoryJoin
from segql.plan.naming import Names, row_name
from segql.plan.nodes import Aggregation, Existence, counting
from segql.plan.plan import ChildList, Join, Parent, Rollup, RollupJoin, Scope
from segql.plan.plan import Column as PlannedColumn
from segql.plan.populations import Asked, Drawn, First, PlacesJoin, Standing, TotalsJoin
from segql.plan.runs import RunRollup, SequenceRollup
from segql.plan.ties import TieJoin
from segql.plan.ties import key_names as selected_by
from segql.sql import build as b
from segql.sql import groups, histories, joins, membership, populations, ties, unions
from segql.sql.aggregates import Aggregates
from segql.sql.build import Expr
from segql.sql.conditions import OwnLeaf
from segql.sql.dialect import Dialect
from segql.sql.parts import (
    behind_what_they_ask,
    named,
    physical,
    point_names,
    subquery,
)
from segql.syntax.tree import CompareOp


@dataclass(slots=True)
class Statement:
    """A statement that is being made: the CTEs so far, each after those that it reads."""

    dialect: Dialect
    ctes: list[tuple[str, exp.Select]] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    """The CTEs that are made by themselves (`MATERIALIZED`)."""

    def add(self, rollup: Rollup) -> None:
        """Put the CTE of a rollup before what follows, if it is not there yet."""
        if all(name != rollup.name for name, _ in self.ctes):
            self.ctes.append((rollup.name, rollup_query(self, rollup)))

    def finish(self, select: exp.Select, comment: str) -> exp.Select:
        """The whole statement, with a comment before it."""
        if self.ctes:
            listed = [
                exp.CTE(
                    this=query,
                    alias=exp.TableAlias(this=self.dialect.identifier(name)),
                    materialized=True if name in self.apart else None,
                )
                for name, query in self.ctes
            ]
            select.set("with_", exp.With(expressions=listed))
            select.args["with_"].comments = [f" {comment} "]
        else:
            select.comments = [f" {comment} "]
        return select


class ScopeQuery(Aggregates):
    """One scope: its FROM and joins, and expressions over its rows."""

    def __init__(self, statement: Statement, scope: Scope, outer: ScopeQuery | None = None) -> None:
        super().__init__(statement.dialect)
        self.statement = statement
        self.scope = scope
        self.names: Names = outer.names if outer is not None else Names()
        self.aliases: dict[RowRef, str] = {}
        self.union: dict[str, Attribute] = {}
        """The columns of a union that turned out to be needed, by name."""
        self.union_order = False
        self.crowds: dict[int, str] = {}
        """The alias of each join to what is said of a population, by its id."""
        self.histories: dict[int, str] = {}
        """The alias of each join to a history, by its id."""
        self.given: dict[Attribute, Expr] = {}
        """The outer values that the rows of a semi-join are tied to."""
        self.listed: dict[nodes.InTable, str] = {}
        """The alias of each join to a list that is kept in a table, where EXISTS may not stand."""
        self.joins: list[exp.Join] = []
        if scope.ranked is None:
            self._alias_for(scope.row)
        for join in scope.joins:
            self._alias_of_join(join)
        self.ranked: exp.Table | None = None
        """What stands for the rows of the source."""
        if scope.ranked is not None:
            self.ranked = populations.places(statement, scope.ranked.ranking, self.alias(scope.row))
        others = (join for join in scope.joins if join is not scope.ranked)
        made = [joins.made(self, join) for join in others]
        self.joins = behind_what_they_ask([*made, *self.joins])

    # --- rows -------------------------------------------------------------------------------------

    def _alias_for(self, row: RowRef) -> None:
        self.aliases[row] = self.names.unique(row_name(row))

    def _alias_of_join(self, join: Join) -> None:
        match join:
            case Parent():
                self._alias_for(join.row)
            case TieJoin():
                self.aliases[join.row] = self.names.unique(join.table.name)
            case PlacesJoin():
                self.crowds[id(join)] = self.names.unique(join.ranking.places)
                if join is self.scope.ranked:
                    self.aliases[join.row] = self.crowds[id(join)]
            case TotalsJoin():
                self.crowds[id(join)] = self.names.unique(join.totals.name)
            case HistoryJoin():
                self.histories[id(join)] = self.names.unique(join.history.name)

    def alias(self, row: RowRef) -> str:
        return self.aliases[row]

    def stored(self, row: RowRef, attribute: Attribute) -> tuple[str | None, Column] | None:
        if isinstance(row, Up) and row not in self.aliases:
            index = row.source.key.index(attribute)
            return self._foreign(row, index)
        if isinstance(attribute.storage, Column):
            return self.aliases[row], self._column(row, attribute)
        return None

    def _column(self, row: RowRef, attribute: Attribute) -> Column:
        """Where an attribute is stored; the places in a crowd have the key by the names of its attributes."""
        assert isinstance(attribute.storage, Column)
        if self.scope.ranked is not None and row == self.scope.row:
            return replace(attribute.storage, parts=(attribute.name,))
        return attribute.storage

    def _foreign(self, row: Up, index: int) -> tuple[str, Column]:
        """The column below that holds a part of the key of a row above."""
        below = holder(row, self.scope.sure)  # it is joined first, a group between them maybe later
        if below == row.row or below not in self.aliases:
            return self.aliases[row.row], Column((row.link.columns[index],))
        return self.aliases[below], Column((owner_columns(below.source)[index][0],))

    def other(self, row: RowRef, attribute: Attribute) -> Expr:
        if attribute in self.given:
            return self.given[attribute]
        alias = self.aliases[row]
        match attribute.storage:
            case nodes.FromParts():
                self.union[attribute.name] = attribute
                return self.d.field(alias, attribute.name)
            case nodes.SplitText() as storage:
                return self.d.split(alias, storage, attribute.type)
            case nodes.SqlText() as storage:
                return self.raw_sql(row, storage)
            case nodes.ChildTable():
                return self._child_list(row, attribute)
            case nodes.GroupValue() | nodes.GroupMeasure():
                return self.d.field(alias, column_of(row.source, attribute))
            case nodes.ChangeLog():
                return histories.value(self, row, attribute)
            case nodes.PointColumns() as storage:
                raise TypeError(f"a point has no value of its own: {storage}")
        raise TypeError(f"no stored attribute: {attribute.name}")

    def _child_list(self, row: RowRef, attribute: Attribute) -> Expr:
        join = next(
            join
            for join in self.scope.joins
            if isinstance(join, ChildList) and join.row == row and join.attribute is attribute
        )
        found = self.d.field(join.name, attribute.name)
        value = b.coalesce(found, self.d.literal((), attribute.type))
        if isinstance(row, Up) and row not in self.scope.sure:
            return b.case([(self.row_exists(row), value)])
        return value

    def key(self, row: RowRef) -> list[Expr]:
        """The key of a row, for joins and groups; NULL where it does not exist."""
        if isinstance(row, Up) and row in self.scope.sure and not self._joined_key(row):
            return self.foreign_key(row)
        return self.own_key(row)

    def own_key(self, row: RowRef) -> list[Expr]:
        """The key as it stands in the row's own table."""
        if grouping(row.source) is not None:  # made as a key
            return [self.d.field(self.aliases[row], name) for name, _ in identity(row.source)]
        pairs = zip(self.stored_key(row), row.source.key, strict=True)
        return [self.d.key_part(raw, key.type) for raw, key in pairs]

    def stored_key(self, row: RowRef) -> list[Expr]:
        """The columns of the key as they stand in the row's own table."""
        alias = self.aliases[row]
        return [self.d.raw(alias, self._column(row, key)) for key in row.source.key]

    def foreign_key(self, row: Up) -> list[Expr]:
        """The key of a row above, as it stands in the row below."""
        if not leads_to_group(row):
            return [
                self.d.key_part(self.d.raw(*self._foreign(row, place)), type_)
                for place, (_, type_) in enumerate(identity(row.source))
            ]
        alias = self.aliases[row.row]
        owner = owner_columns(row.row.source)
        columns = [
            self.d.key_part(self.d.raw(alias, Column((name,))), type_) for name, type_ in owner
        ]
        if len(identity(row.source)) > len(columns):
            columns.append(self.group_key(self.scope.group_values[row]))
        return columns

    def group_key(self, value: Value) -> Expr:
        """A value that rows are grouped by, blind to collations."""
        place = self.stored(value.row, value.attribute) if isinstance(value, Attr) else None
        if place is not None and len(place[1].parts) == 1 and value.type.name in ("text", "enum"):
            return self.d.key_part(self.d.raw(*place), value.type)
        return self.value(value)

    def _joined_key(self, row: Up) -> bool:
        """Whether the key must be read from the row itself, as the row below has no column for it."""
        return row.row not in self.aliases and holder(row, self.scope.sure) not in self.aliases

    def row_exists(self, row: RowRef) -> Expr:
        if not isinstance(row, Up) or row in self.scope.sure:
            return exp.Boolean(this=True)
        return b.not_null(self.key(row)[0])

    def point(self, row: RowRef, attribute: Attribute) -> tuple[Expr, Expr]:
        """Latitude and longitude of a point, in degrees, as floats."""
        alias = self.aliases[row]
        storage = attribute.storage
        if isinstance(storage, nodes.FromParts):
            self.union[attribute.name] = attribute
            names = point_names(attribute)
            return self.d.field(alias, names[0]), self.d.field(alias, names[1])
        assert isinstance(storage, nodes.PointColumns)
        return (
            self.d.read(alias, storage.latitude, FLOAT),
            self.d.read(alias, storage.longitude, FLOAT),
        )

    # --- populations, distance, chance ------------------------------------------------------------

    def answer(self, node: Asked) -> Expr:
        return populations.answer(self, node)

    def first(self, node: First, two_valued: bool) -> Expr:
        return populations.first(self, node, two_valued)

    def own_leaf(self, leaf: OwnLeaf, exact: bool = False) -> Expr:
        if isinstance(leaf, nodes.HasBeen):
            return histories.has_been(self, leaf, exact)
        if isinstance(leaf, Drawn):
            return membership.drawn(self, leaf)
        if exact:
            return membership.exact(self, leaf)
        if isinstance(leaf, nodes.Near):
            return membership.near(self, leaf)
        return membership.in_table(self, leaf)

    # --- measures ---------------------------------------------------------------------------------

    def measure(self, node: Aggregation) -> tuple[Expr, bool]:
        join, column = self.scope.places[node]
        return self.d.field(join.alias, column.name), not join.required

    def presence(self, node: Existence) -> Expr | None:
        join, column = self.scope.places[counting(node.selection)]
        if not column.presence:
            return None
        return self.d.field(join.alias, key_names(join.rollup)[0])

    def row_order(self, node: Aggregation) -> list[Expr]:
        selection = node.selection
        row = selection.row
        order = [] if selection.time is None else [self.order(selection.time)]
        if isinstance(row.source, Event) and row.source.parts:
            self.union_order = True
            alias = self.aliases[row]
            order += [self.d.field(alias, name) for name in unions.order_columns(self.scope)]
        for key in row.source.key:
            order.append(self.order(nodes.Attr(key.type, key.span, row, key)))
        if grouping(row.source) is not None and len(selection.links) > 1:
            order += self.own_key(row)[: -len(row.source.key)]
        return order

    # --- the SELECT -------------------------------------------------------------------------------

    def select(
        self,
        projections: Sequence[Expr],
        *,
        tie: Sequence[Expr] = (),
        group: Sequence[Expr] = (),
        order: Sequence[Expr] = (),
        limit: int | None = None,
    ) -> exp.Select:
        """The scope's rows that meet its filters (and `tie`). Projections are finished expressions."""
        where = list(tie)
        several = sum(isinstance(join, RollupJoin | PlacesJoin) for join in self.scope.joins) > 1
        for item in self.scope.filters:
            made = self.condition(item)
            if several and _asks_below(item):
                made = self.d.unestimated(made)
            if not (isinstance(made, exp.Boolean) and made.this):
                where += [*self._near(item), made]
        where += [joins.exists(self, semi) for semi in self.scope.semis]
        arguments: dict[str, object] = {
            "expressions": list(projections),
            "from_": exp.From(this=self._source()),
            "joins": self.joins,
        }
        if where:
            arguments["where"] = exp.Where(this=b.all_(where))
        if group:
            arguments["group"] = exp.Group(expressions=list(group))
        if order:
            arguments["order"] = b.order_by([(item, False) for item in order])
        if limit is not None:
            arguments["limit"] = exp.Limit(expression=b.number(limit))
        return exp.Select(**arguments)

    def _near(self, condition: nodes.Condition) -> list[Expr]:
        """The bounds of stored times that a filter implies."""
        bounds: list[tuple[CompareOp, Value | None]] = []
        match condition:
            case nodes.Compare(_, operator, left, right):
                bounds.append((operator, right))
            case nodes.InWindow(_, left, window, False):
                bounds += [(">=", window.start), ("<", window.end)]
            case _:
                return []
        place = self.stored(left.row, left.attribute) if type(left) is Attr else None
        if place is None or left.type != TIMESTAMP:
            return []
        found: list[Expr] = []
        for operator, bound in bounds:
            if isinstance(bound, nodes.Const) and isinstance(bound.value, datetime):
                found += self.d.near(operator, *place, bound.value)
        return found

    def _source(self) -> Expr:
        alias = self.aliases[self.scope.row]
        if self.ranked is not None:
            return self.ranked
        if self.scope.rows is not None:
            return subquery(self.d, rollup_query(self.statement, self.scope.rows), alias)
        if self.scope.table is not None:
            return groups.table(self.statement, self.scope.table, alias)
        if not self.scope.parts:
            return physical(self.d, self.scope.source, alias)
        parts = [unions.leaf(self, part) for part in self.scope.parts]
        whole: Expr = parts[0]
        for part in parts[1:]:
            whole = exp.Union(this=whole, expression=part, distinct=False)
        return subquery(self.d, whole, alias)


# --- rollups --------------------------------------------------------------------------------------


def rollup_query(statement: Statement, rollup: Rollup) -> exp.Select:
    """One row for each anchor, whatever the rollup's kind."""
    if isinstance(rollup, SequenceRollup):
        from segql.sql.sequences import ends

        return ends(statement, rollup)
    if isinstance(rollup, RunRollup):
        from segql.sql.regularity import run

        return run(statement, rollup)
    if rollup.favourite:
        from segql.sql.favourites import favourite

        return favourite(statement, rollup)
    if any(is_gap(column.aggregation) for column in rollup.columns):
        from segql.sql.regularity import beside_gaps

        return beside_gaps(statement, rollup)
    return grouped(statement, rollup)


def grouped(statement: Statement, rollup: Rollup) -> exp.Select:
    """One row for each anchor: its key, and a column for each aggregation."""
    query = ScopeQuery(statement, rollup.scope)
    keys = rollup_key(query, rollup)
    projections = [named(query.d, k, n) for k, n in zip(keys, key_names(rollup), strict=True)]
    for column in rollup.columns:
        if not column.presence:
            projections.append(named(query.d, aggregated(query, column), column.name))
    # rows that belong to nobody would be one large group, which is joined to nothing
    owned = [b.not_null(key) for key in keys[:1]] if len(rollup.selection.links) > 1 else []
    return query.select(projections, tie=owned, group=keys)


def aggregated(query: ScopeQuery, column: PlannedColumn) -> Expr:
    """What a column of a rollup holds."""
    where = b.all_([query.condition(item) for item in column.filters]) if column.filters else None
    return query.aggregate(column.aggregation, where)


def key_names(rollup: Rollup) -> list[str]:
    """The columns of a rollup that hold the anchor's key, and what else its rows are found by."""
    return list(selected_by(rollup.selection))


def rollup_key(query: ScopeQuery, rollup: Rollup) -> list[Expr]:
    """What the rows of a rollup are grouped by."""
    selection = rollup.selection
    return [*query.key(selection.steps[-1]), *ties.values(query, selection.tie)]


# --- parts of statements --------------------------------------------------------------------------


def _asks_below(condition: nodes.Condition) -> bool:
    """Whether a comparison is with a value of rows below, or of a population."""
    match condition:
        case nodes.Compare(_, "=", left, right):
            return isinstance(left, Aggregation | Standing) or isinstance(
                right, Aggregation | Standing
            )
        case nodes.InSet(_, value, _, False) | nodes.InRange(_, value, _, _, False):
            return isinstance(value, Aggregation | Standing)
        case Existence(_, _, low, high):
            return high is not None and low > 0
        case _:
            return False
