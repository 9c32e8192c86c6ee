"""The shape of a query: a planned scope as one SELECT, its rollups as CTEs before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlglot import exp

from segql.model import nodes
from segql.model.nodes import Attr, Attribute, Column, Event, RowRef, Source, Up, Value
from segql.model.types import FLOAT, TIMESTAMP, ListType, is_number
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
from segql.plan.plan import ChildList, Join, Parent, Rollup, RollupJoin, Scope, Semi, UnionPart
from segql.plan.populations import Asked, Drawn, First, PlacesJoin, Standing, TotalsJoin
from segql.plan.runs import RunRollup, SequenceRollup
from segql.plan.ties import TieJoin
from segql.plan.ties import key_names as selected_by
from segql.plan.unions import leaf_attribute
from segql.sql import build as b
from segql.sql import groups, histories, membership, populations, ties
from segql.sql.aggregates import Aggregates
from segql.sql.build import Expr
from segql.sql.dialect import Dialect
from segql.sql.expressions import OwnLeaf
from segql.syntax.tree import CompareOp

POSITION = "position"
"""The column of a union that tells a row's part."""


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
        self._alias_for(scope.row)
        for join in scope.joins:
            self._alias_of_join(join)
        made = list(map(self._join, scope.joins))
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
            return self.aliases[row], attribute.storage
        return None

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
            return self._foreign_key(row)
        return self._own_key(row)

    def _own_key(self, row: RowRef) -> list[Expr]:
        """The key as it stands in the row's own table."""
        alias = self.aliases[row]
        if grouping(row.source) is not None:  # made as a key
            return [self.d.field(alias, name) for name, _ in identity(row.source)]
        keys = row.source.key
        return [self.d.key_part(self.d.raw(alias, key_column(key)), key.type) for key in keys]

    def _foreign_key(self, row: Up) -> list[Expr]:
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
            order += [self.d.field(alias, name) for name in union_order_columns(self.scope)]
        for key in row.source.key:
            order.append(self.order(nodes.Attr(key.type, key.span, row, key)))
        if grouping(row.source) is not None and len(selection.links) > 1:
            order += self._own_key(row)[: -len(row.source.key)]
        return order

    # --- joins ------------------------------------------------------------------------------------

    def _join(self, join: Join) -> exp.Join:
        if isinstance(join, PlacesJoin | TotalsJoin):
            return populations.join_crowd(self, join, self.crowds[id(join)])
        if isinstance(join, Parent):
            return self._parent(join)
        if isinstance(join, ChildList):
            return self._list_join(join)
        if isinstance(join, HistoryJoin):
            return histories.join(self, join)
        if isinstance(join, TieJoin):
            return ties.join(self, join)
        return self._rollup_join(join)

    def _parent(self, join: Parent) -> exp.Join:
        row = join.row
        alias = self.aliases[row]
        pairs = zip(self._own_key(row), self._foreign_key(row), strict=True)
        on = [self.d.join_equal(own, foreign) for own, foreign in pairs]
        on += [self.condition(item) for item in join.conditions]
        table: Expr
        if join.inner is not None:
            inner = ScopeQuery(self.statement, join.inner)
            everything = exp.Column(
                this=exp.Star(), table=self.d.identifier(inner.alias(join.inner.row))
            )
            table = subquery(self.d, inner.select([everything]), alias)
        elif join.table is not None:
            table = groups.table(self.statement, join.table, alias)
        else:
            table = physical(self.d, row.source, alias)
        return join_of(table, on, join.required)

    def _list_join(self, join: ChildList) -> exp.Join:
        storage = join.attribute.storage
        assert isinstance(storage, nodes.ChildTable)
        assert isinstance(join.attribute.type, ListType)
        item = join.attribute.type.item
        alias = storage.table.parts[-1]
        value = self.d.read(alias, Column((storage.column,)), item)
        owner = [
            self.d.key_part(self.d.field(alias, name), key.type)
            for name, key in zip(storage.on, join.row.source.key, strict=True)
        ]
        keys = [named(self.d, column, name) for column, name in zip(owner, storage.on, strict=True)]
        collected = named(self.d, self.d.collect(value, item), join.attribute.name)
        query = exp.Select(
            expressions=[*keys, collected],
            from_=exp.From(this=self.d.table(storage.table.parts, alias)),
            group=exp.Group(expressions=owner),
        )
        self.statement.ctes.append((join.name, query))
        on = [
            self.d.join_equal(self.d.field(join.name, name), key)
            for name, key in zip(storage.on, self.key(join.row), strict=True)
        ]
        return join_of(self.d.table((join.name,)), on, required=False)

    def _rollup_join(self, join: RollupJoin) -> exp.Join:
        rollup = join.rollup
        self.statement.add(rollup)
        on = [
            self.d.join_equal(self.d.field(join.alias, name), key)
            for name, key in zip(key_names(rollup), self.key(join.anchor), strict=False)
        ]
        on += ties.on(self, rollup.selection.tie, join.alias)
        alias = join.alias if join.alias != rollup.name else None
        return join_of(self.d.table((rollup.name,), alias), on, join.required)

    def _semi(self, semi: Semi) -> Expr:
        if self.d.splits_unions and _is_plain_union(semi):
            found = b.any_([self._semi_part(semi, part) for part in semi.scope.parts])
            return exp.Not(this=exp.Paren(this=found)) if semi.negated else found
        inner = ScopeQuery(self.statement, semi.scope, outer=self)
        bottom = semi.selection.steps[-1]
        tie = [
            self.d.join_equal(theirs, ours)
            for theirs, ours in zip(inner.key(bottom), self.key(semi.anchor), strict=True)
        ]
        tie += ties.correlated(self, inner, semi.selection.tie)
        found = self.d.exists(inner.select([b.number(1)], tie=tie))
        return exp.Not(this=found) if semi.negated else found

    def _semi_part(self, semi: Semi, part: UnionPart) -> Expr:
        """A semi-join with one leaf of a union."""
        inner = ScopeQuery(self.statement, part.scope, outer=self)
        owner = part.event.owner
        assert owner is not None
        theirs = [
            self.d.key_part(self.d.raw(inner.alias(part.scope.row), Column((name,))), type_)
            for name, (_, type_) in zip(owner.columns, identity(owner.parent), strict=True)
        ]
        pairs = zip(theirs, self.key(semi.anchor), strict=True)
        tie = [self.d.join_equal(own, outer) for own, outer in pairs]
        return self.d.exists(inner.select([b.number(1)], tie=tie))

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
        where += [self._semi(semi) for semi in self.scope.semis]
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
        if self.scope.rows is not None:
            return subquery(self.d, rollup_query(self.statement, self.scope.rows), alias)
        if self.scope.table is not None:
            return groups.table(self.statement, self.scope.table, alias)
        if not self.scope.parts:
            return physical(self.d, self.scope.source, alias)
        parts = [self._part(part) for part in self.scope.parts]
        whole: Expr = parts[0]
        for part in parts[1:]:
            whole = exp.Union(this=whole, expression=part, distinct=False)
        return subquery(self.d, whole, alias)

    def _part(self, part: UnionPart) -> exp.Select:
        """One leaf of a union, with the columns that were asked for."""
        query = ScopeQuery(self.statement, part.scope)
        row = part.scope.row
        source = self.scope.source
        assert isinstance(source, Event)
        projections: list[Expr] = []
        if source.owner is not None and part.event.owner is not None:
            columns = zip(source.owner.columns, part.event.owner.columns, strict=True)
            for name, own in columns:
                if name in self.union:
                    continue  # asked for as an attribute too: one column serves both
                raw = self.d.raw(query.alias(row), Column((own,)))
                projections.append(named(self.d, raw, name))
        for name, attribute in self.union.items():
            leaf = leaf_attribute(attribute, part.path)
            if leaf.type.name == "point":
                degrees = zip(query.point(row, leaf), point_names(attribute), strict=True)
                projections += [named(self.d, value, column) for value, column in degrees]
                continue
            found = part.values.get(attribute, nodes.Attr(leaf.type, leaf.span, row, leaf))
            value = query.value(found)
            if is_number(leaf.type):
                value = self.d.convert(value, leaf.type, attribute.type)
            projections.append(named(self.d, value, name))
        if self.union_order:
            projections.append(named(self.d, b.number(part.position), POSITION))
            mine = {name for name, _, owner in union_keys(self.scope) if owner is part}
            for name, key, owner in union_keys(self.scope):
                if owner is part:
                    value = query.order(nodes.Attr(key.type, key.span, row, key))
                elif name in mine:
                    continue
                else:
                    value = self.d.null(key.type)
                projections.append(named(self.d, value, name))
        return query.select(projections)


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
    return grouped(statement, rollup)


def grouped(statement: Statement, rollup: Rollup) -> exp.Select:
    """One row for each anchor: its key, and a column for each aggregation."""
    query = ScopeQuery(statement, rollup.scope)
    keys = rollup_key(query, rollup)
    projections = [named(query.d, k, n) for k, n in zip(keys, key_names(rollup), strict=True)]
    for column in rollup.columns:
        if column.presence:
            continue
        where = (
            b.all_([query.condition(item) for item in column.filters]) if column.filters else None
        )
        projections.append(named(query.d, query.aggregate(column.aggregation, where), column.name))
    # rows that belong to nobody would be one large group, which is joined to nothing
    owned = [b.not_null(key) for key in keys[:1]] if len(rollup.selection.links) > 1 else []
    return query.select(projections, tie=owned, group=keys)


def key_names(rollup: Rollup) -> list[str]:
    """The columns of a rollup that hold the anchor's key, and what else its rows are found by."""
    return list(selected_by(rollup.selection))


def rollup_key(query: ScopeQuery, rollup: Rollup) -> list[Expr]:
    """What the rows of a rollup are grouped by."""
    selection = rollup.selection
    return [*query.key(selection.steps[-1]), *ties.values(query, selection.tie)]


# --- unions ---------------------------------------------------------------------------------------


def union_keys(scope: Scope) -> list[tuple[str, Attribute, UnionPart]]:
    """The key columns of each leaf: keys of different events are different columns, NULL for the others."""
    found = []
    for part in scope.parts:
        for key in part.scope.source.key:
            found.append((f"{part.event.name}_{key.name}", key, part))
    return found


def union_order_columns(scope: Scope) -> list[str]:
    return [POSITION, *(name for name, _, _ in union_keys(scope))]


# --- parts of statements --------------------------------------------------------------------------


def _is_plain_union(semi: Semi) -> bool:
    """Whether the rows below are those of the leaves of a union, and nothing is asked of them together."""
    scope = semi.scope
    return bool(
        scope.parts
        and len(semi.selection.links) == 1
        and semi.selection.tie is None
        and not (scope.joins or scope.filters or scope.semis)
        and all(part.event.owner is not None for part in scope.parts)
    )


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


def point_names(attribute: Attribute) -> tuple[str, str]:
    """The two columns of a point in a union."""
    return f"{attribute.name}_latitude", f"{attribute.name}_longitude"


def key_column(key: Attribute) -> Column:
    assert isinstance(key.storage, Column)
    return key.storage


def physical(d: Dialect, source: Source, alias: str) -> exp.Table:
    assert source.table is not None
    return d.table(source.table.parts, alias)


def subquery(d: Dialect, query: Expr, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=d.identifier(alias)))


def named(d: Dialect, value: Expr, name: str) -> Expr:
    """`value AS name`, or just the column where it has that name."""
    if isinstance(value, exp.Column) and value.this.name == name:
        return value
    return exp.Alias(this=value, alias=d.identifier(name))


def behind_what_they_ask(joins: Sequence[exp.Join]) -> list[exp.Join]:
    """Joins in their order, but each behind those whose columns its condition names.

    What a search is tied to may be the answer of another search, of a history or of a population.
    """
    waiting = {join.alias_or_name: join for join in joins}
    found: list[exp.Join] = []

    def place(name: str) -> None:
        join = waiting.pop(name, None)
        if join is None:
            return
        on = join.args.get("on")
        for column in on.find_all(exp.Column, bfs=False) if on is not None else ():
            place(column.table)
        found.append(join)

    for join in joins:
        place(join.alias_or_name)
    return found


def join_of(table: Expr, on: Sequence[Expr], required: bool) -> exp.Join:
    if required:
        return exp.Join(this=table, on=b.all_(on))
    return exp.Join(this=table, side="LEFT", on=b.all_(on))
