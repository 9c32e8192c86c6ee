"""Planning one scope after the other: joins upwards, rollups and semi-joins downwards."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from segql.model.nodes import (
    Attr,
    ChildTable,
    Condition,
    Event,
    Not,
    Row,
    RowRef,
    Up,
    Value,
)
from segql.plan import gaps, runs, unions
from segql.plan.demands import Demands
from segql.plan.groups import Groups, group_value, holder, leads_to_group
from segql.plan.histories import Histories, version
from segql.plan.local import is_local, is_selective
from segql.plan.naming import Names, row_name
from segql.plan.needs import Needs
from segql.plan.nodes import (
    Conditions,
    Existence,
    Selection,
)
from segql.plan.normalize import Normalizer, level_of
from segql.plan.nothing import needs_row, refuted
from segql.plan.plan import (
    ChildList,
    Parent,
    Rollup,
    RollupJoin,
    Scope,
    Semi,
    counting_of,
)
from segql.plan.populations import Rankings
from segql.plan.rollups import Below, Rollups, group_key
from segql.plan.tie_tables import TieTables
from segql.plan.ties import Tie, TieJoin, swapped


class Planner:
    """Plans the scopes of one statement; its rollups get names that are unique in it."""

    def __init__(
        self,
        normalizer: Normalizer,
        names: Names | None = None,
        *,
        exists_sees_unknown: bool = True,
    ) -> None:
        """`exists_sees_unknown`: as `sql.dialect.Dialect` has it."""
        self.normalizer = normalizer
        self._exists_sees_unknown = exists_sees_unknown
        self.names = names or Names()
        self.rankings = Rankings(self)
        self.histories = Histories(self)
        self.groups = Groups(self)
        self.rollups = Rollups(self)
        self.ties = TieTables(self)
        self.needs = Needs()
        self._moments: dict[Hashable, Planner] = {normalizer.clock.identity: self}

    def at(self, moment: Hashable) -> Planner:
        """The planner of the same statement for which `moment` (None: this one's) is `as of`."""
        if moment is None:
            return self
        if moment not in self._moments:
            made = Planner(
                self.normalizer.known(moment),
                self.names,
                exists_sees_unknown=self._exists_sees_unknown,
            )
            made._moments = self._moments
            made.needs = self.needs
            self._moments[moment] = made
        return self._moments[moment]

    def finish(self) -> None:
        """Plan what waits until all that is asked of it is known."""
        planners = self._moments
        while any(p.rankings.finish() or p.groups.finish() for p in list(planners.values())):
            pass

    # --- scopes -----------------------------------------------------------------------------------

    def scope(
        self,
        row: Row,
        conditions: Sequence[Condition],
        values: Iterable[Value | Condition] = (),
        steps: Sequence[RowRef] = (),
        tie: TieJoin | None = None,
    ) -> Scope:
        """The rows of `row.source` that meet all conditions, ready to compute `values` for each.

        `steps`: the rows above that a search came down by, the anchor last; `tie`: the outer values that it rests on.
        """
        sure = (*steps, *(tie.table.tie.anchors if tie is not None else ()))
        scope = Scope(row, frozenset(sure), filters=list(conditions))
        scope.table = self.groups.table(row.source)
        values = [*values, *self._group_values(scope, steps)]
        return self._fill(scope, row, conditions, values, steps, tie)

    def grouped(
        self,
        row: Row,
        first: Below,
        values: Sequence[Value],
        before: Rollup | None,
    ) -> tuple[Rollup, Scope]:
        """The rows of a group table: `first` and what is asked of the same rows from one scan, its name kept from
        `before`; and the values for each."""
        demands = Demands()
        demands.add(values)
        path = group_key(first)
        direct = [first, *(node for node in demands.below if group_key(node) == path)]
        rollup, columns = self.rollups.scan(direct, row, ())
        if before is not None:
            rollup.name = before.name
        scope = Scope(row, frozenset(), rows=rollup)
        join = RollupJoin(rollup, row, required=True, alias=row_name(row))
        scope.places.update({node: (join, column) for node, column in columns.items()})
        return rollup, self._fill(scope, row, (), values, ())

    def _group_values(self, scope: Scope, rows: Iterable[RowRef]) -> list[Value]:
        """Have the scope know by which value it belongs to the groups among the rows."""
        found: list[Value] = []
        for row in rows:
            if leads_to_group(row) and row not in scope.group_values:
                value = group_value(self.normalizer, row.link, row.row)
                scope.group_values[row] = value
                found.append(value)
        return found

    def _fill(
        self,
        scope: Scope,
        row: Row,
        conditions: Sequence[Condition],
        values: Sequence[Value | Condition],
        steps: Sequence[RowRef],
        tie: TieJoin | None = None,
    ) -> Scope:
        demands = Demands()
        demands.add(conditions)
        demands.add(values)
        untied = self.ties.untied(demands)
        outer: list[Value] = []
        if untied:
            conditions = scope.filters = [swapped(item, untied) for item in conditions]
            values = [swapped(item, untied) for item in values]
            demands = Demands()
            demands.add(conditions)
            demands.add(values)
            for node in untied.values():
                assert node.selection.tie is not None
                outer += (swapped(item, untied) for item in node.selection.tie.outer)
                self.ties.begins(node.selection.tie, scope, conditions, steps)
            demands.add(outer)
        self._check_tied(demands, row)
        alone = self._semi_candidates(conditions, [*values, *outer])
        groups = self._groups(scope, demands)
        gaps.join_scans(groups, alone)
        self.groups.ask(demands.measures)
        for step in steps[:-1]:
            if not leads_to_group(step):  # its rows have all that is asked of every group
                self.parent(scope, step, required=True)
        if tie is not None:
            self.need_key(scope, tie.bottom)
            scope.joins.append(tie)
        for (owner, attribute), attr in demands.attributes.items():
            self._column(scope, attr)
            if type(attribute.storage) is ChildTable:
                self.need_key(scope, owner)
                name = self.names.unique(f"{attribute.name}_of_{owner.source.name}")
                scope.joins.append(ChildList(owner, attribute, name))
        for owner in demands.rows:
            self._need(scope, owner)
        self.histories.ask(scope, demands.logged, demands.runs)
        self.rankings.ask(scope, demands.crowds)
        narrow = self._narrowing(scope) if groups else ()
        for nodes_below in groups.values():
            self._below(scope, nodes_below, alone, narrow)
        for join in scope.joins:
            if isinstance(join, Parent) and not join.required:
                below = frozenset(
                    node for node, (at, _) in scope.places.items() if at.anchor == join.row
                )
                join.required = any(needs_row(item, join.row, below) for item in scope.filters)
        if isinstance(row.source, Event) and row.source.parts:
            scope.parts = unions.parts_of(self, scope, demands.shared)
        for asked, node in untied.items():
            place = scope.places.get(counting_of(node))
            if place is not None:
                scope.places[counting_of(asked)] = place
        return scope

    @staticmethod
    def _groups(scope: Scope, demands: Demands) -> dict[object, list[Below]]:
        """What is asked of rows below and not answered yet, by the rollup that it can share."""
        groups: dict[object, list[Below]] = {}
        for node in demands.below:
            if counting_of(node) not in scope.places:
                groups.setdefault(group_key(node), []).append(node)
        return groups

    @staticmethod
    def _check_tied(demands: Demands, row: Row) -> None:
        """Nothing of another level is left."""
        assert all(level == row.level for level in demands.levels), demands.levels
        assert all(level_of(attr.row) == row.level for attr in demands.attributes.values())
        assert all(level_of(node.selection.anchor) == row.level for node in demands.below)

    def _semi_candidates(
        self, conditions: Sequence[Condition], values: Sequence[object]
    ) -> dict[Existence, Condition]:
        """Existences that are conjuncts by themselves (or negated), each with its conjunct."""
        found: dict[Existence, Condition] = {}
        others: list[Condition | Value] = list(values)  # type: ignore[arg-type]
        for item in conditions:
            inner = item.item if type(item) is Not else item
            if (
                type(inner) is Existence
                and inner.low == 1
                and inner.high is None
                and inner not in found
            ):
                found[inner] = item
            else:
                others.append(item)
        if not found:
            return found
        elsewhere = Demands()
        elsewhere.add(others)
        used = set(map(group_key, elsewhere.below))
        # Measured on DuckDB: where nothing else asks the same rows, a semi-join each beats one rollup for all.
        return {
            node: item
            for node, item in found.items()
            if group_key(node) not in used and self._may_be_semi(node.selection.tie)
        }

    def _may_be_semi(self, tie: Tie | None) -> bool:
        if tie is None:
            return True
        return not tie.deep and (
            self._exists_sees_unknown or all(item.strict for item in tie.given)
        )

    # --- rows above -------------------------------------------------------------------------------

    def _column(self, scope: Scope, attr: Attr) -> None:
        """Make an attribute of a row above readable."""
        row = attr.row
        if (
            isinstance(row, Up)
            and row in scope.sure
            and attr.attribute in row.source.key
            and not leads_to_group(row)
        ):
            self._need(scope, holder(row, scope.sure))  # its key is the foreign key below it
        else:
            self._need(scope, row)

    def need_key(self, scope: Scope, row: RowRef) -> None:
        """Make the key of a row readable, NULL where the row does not exist."""
        if isinstance(row, Up):
            self._need(scope, holder(row, scope.sure) if row in scope.sure else row)

    def _need(self, scope: Scope, row: RowRef) -> None:
        if isinstance(row, Up):
            self.parent(scope, row, required=row in scope.sure)

    def parent(self, scope: Scope, row: RowRef, required: bool) -> None:
        if not isinstance(row, Up):
            return
        if any(isinstance(join, Parent) and join.row == row for join in scope.joins):
            return
        self._need(scope, holder(row, scope.sure))
        table = self.groups.table(row.source)
        if table is not None:
            self._read_group_value(scope, row)
        if row in scope.sure:
            # What makes a step exist is among the selection's conditions; the anchor is known to.
            versions = version(row.source, row, self.normalizer.clock)
            scope.joins.append(Parent(row, versions, required, table=table))
            return
        conditions = self.normalizer.existing(row.source, row)
        demands = Demands()
        demands.add(conditions)
        inner = None
        if (
            demands.below
            or any(owner != row for owner, _ in demands.attributes)
            or any(type(attribute.storage) is ChildTable for _, attribute in demands.attributes)
            or demands.logged
            or demands.runs
            or demands.listed
        ):
            own = Row(level_of(row), row.source)
            inner = self.scope(own, self.normalizer.existing(row.source, own))
            conditions = ()
        scope.joins.append(Parent(row, conditions, required, inner, table))

    def _read_group_value(self, scope: Scope, row: RowRef) -> None:
        """Make readable by which value the row below belongs to a group that is no step of the scope."""
        values = self._group_values(scope, (row,))
        demands = Demands()
        demands.add(values)
        self.groups.ask(demands.measures)
        for attr in demands.attributes.values():
            self._column(scope, attr)
        self.histories.ask(scope, demands.logged, demands.runs)
        self.rankings.ask(scope, demands.crowds)
        for nodes_below in self._groups(scope, demands).values():
            self._below(scope, nodes_below, {}, ())

    # --- rows below -------------------------------------------------------------------------------

    def _narrowing(self, scope: Scope) -> Conditions:
        """What the scope asks of its own columns beside existing: rollups need not read rows of others."""
        existing = self.normalizer.existing(scope.source, scope.row)
        local = tuple(
            item for item in scope.filters if item not in existing and is_local(item, own=True)
        )
        # Measured on DuckDB: a join to nearly all rows gains nothing, one to a few is several times faster.
        if not any(is_selective(item, scope.source) for item in local):
            return ()
        return (*version(scope.source, scope.row, self.normalizer.clock), *local)

    def _below(
        self,
        scope: Scope,
        group: list[Below],
        alone: dict[Existence, Condition],
        narrow: Conditions,
    ) -> None:
        first = group[0]
        selection = first.selection
        self.need_key(scope, selection.anchor)
        if first in alone:
            for node in group:
                assert isinstance(node, Existence)
                self._semi(scope, node, alone[node])
            return
        kept = narrow if selection.anchor == scope.row and selection.links else ()
        run = runs.planned(self, group)
        if run is not None:
            kept = ()
            rollup, columns = run, {column.aggregation: column for column in run.columns}
        else:
            rollup, columns = self.rollups.of(group, scope.row, kept)
        join = RollupJoin(rollup, selection.anchor, alias=_alias(scope, rollup))
        for node, column in columns.items():
            scope.places[node] = (join, column)
        mine = frozenset(columns)
        join.required = any(refuted(item, mine) for item in scope.filters)
        if join.required and kept:  # the rollup has asked them
            # Of several versions with that key only the one of now.
            current = version(scope.source, scope.row, self.normalizer.clock)
            asked = set(kept).difference(current)
            scope.filters = [item for item in scope.filters if item not in asked]
        scope.joins.append(join)

    def _semi(self, scope: Scope, node: Existence, item: Condition) -> None:
        selection = node.selection
        inner = self.inner(selection, correlated=True)
        scope.semis.append(Semi(selection.anchor, selection, inner, negated=item is not node))
        scope.filters = [other for other in scope.filters if other is not item]

    def inner(
        self,
        selection: Selection,
        conditions: Conditions | None = None,
        values: Iterable[Value | Condition] = (),
        correlated: bool = False,
    ) -> Scope:
        """The rows of a selection. `correlated`: they see the rows around them."""
        asked = selection.conditions if conditions is None else conditions
        planner = self.at(selection.moment)
        tie, join = selection.tie, None
        if tie is not None:
            values = [*values, *(item.inner for item in tie.bound)]
            if tie.given and not correlated:
                join = TieJoin(self.ties.table(selection, tie), selection.steps[-1])
        return planner.scope(selection.row, asked, values, selection.steps[1:], join)


def _alias(scope: Scope, rollup: Rollup) -> str:
    names = Names(join.alias for join in scope.joins if isinstance(join, RollupJoin))
    return names.unique(rollup.name)
