"""Searches that are tied to rows around them: the tables of the values that they are tied to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segql.model.nodes import Condition, RowRef
from segql.plan.demands import Demands
from segql.plan.local import is_local
from segql.plan.naming import row_name
from segql.plan.nodes import Selection
from segql.plan.plan import Scope
from segql.plan.rollups import Below
from segql.plan.ties import Levels, Tie, TieJoin, TieTable, untied

if TYPE_CHECKING:
    from segql.plan.scope import Planner


class TieTables:
    """The tables that a planner has made, one for each tie."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._levels = Levels()
        self._tables: dict[Tie, TieTable] = {}
        self._origins: dict[Tie, tuple[Scope, list[Condition], Sequence[RowRef]]] = {}
        """The scopes whose rows searches are tied to."""

    def begins(
        self, tie: Tie, scope: Scope, conditions: Sequence[Condition], steps: Sequence[RowRef]
    ) -> None:
        """Searches are tied to the rows of `scope`."""
        self._origins.setdefault(tie, (scope, list(conditions), steps))

    def untied(self, demands: Demands) -> dict[Below, Below]:
        """Searches that are tied to outer rows, each with what it comes to; what they rest on may be tied too."""
        found: dict[Below, Below] = {}
        waiting = list(demands.below)
        while waiting:
            node = waiting.pop(0)
            if node in found or not self._levels.outer(node):
                continue
            found[node] = untied(self._levels, node)
            tie = found[node].selection.tie
            outer = Demands()
            outer.add(tie.outer if tie is not None else ())
            waiting += outer.below
        return found

    def table(self, selection: Selection, tie: Tie) -> TieTable:
        """The values that a search is tied to, of the rows that its scope reads."""
        if tie not in self._tables:
            scope, conditions, steps = self._origins[tie]
            around = next((join for join in scope.joins if isinstance(join, TieJoin)), None)
            # a semi-join sees its outer row, this table does not: it may hold more rows than are asked
            local = [item for item in conditions if is_local(item, own=around is None)]
            values = [item.outer for item in tie.given]
            name = self._planner.names.unique(f"{selection.label}_asked_by_{row_name(scope.row)}")
            asked = self._planner.scope(scope.row, local, values, steps, around)
            self._planner.need_key(asked, selection.anchor)
            self._tables[tie] = TieTable(name, selection.anchor, tie, asked)
        return self._tables[tie]

    def share(self, selection: Selection, other: Selection) -> None:
        """Let two selections with the same given values read them from one table."""
        if selection.tie is not None and selection.tie.given:
            assert other.tie is not None
            self._tables[other.tie] = self.table(selection, selection.tie)
