"""Rollups: one scan for all that is asked of the same rows below, shared by all that ask it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from segql.model.nodes import Condition, Row, Value
from segql.model.rebase import rebase
from segql.plan import favourites, runs
from segql.plan.naming import Names, column_name, rollup_name
from segql.plan.nodes import Aggregation, Conditions, Existence
from segql.plan.plan import Column, Parent, Rollup, counting_of
from segql.plan.share import share
from segql.plan.ties import key_names

if TYPE_CHECKING:
    from segql.plan.scope import Planner

Below: TypeAlias = "Aggregation | Existence"
Made: TypeAlias = "tuple[Rollup, dict[Aggregation, Column]]"
"""A rollup, and its column for each aggregation that it was made for."""


@dataclass(eq=False, slots=True)
class Planned:
    """A rollup that can be shared; None while it is being planned."""

    rollup: Rollup | None = None


class Rollups:
    """The rollups that a planner has made."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._known: dict[object, list[Planned]] = {}
        """By what they hold: equal ones are one, where it can be used."""

    def of(self, group: list[Below], row: Row, narrow: Conditions) -> Made:
        """The rollup of nodes with one `group_key`, for a scope of `row` that asks `narrow` of its own columns."""
        make = self._favourite if _is_favourite(group[0]) else self.scan
        return make(group, row, narrow)

    def scan(self, group: list[Below], row: Row, narrow: Conditions) -> Made:
        """One scan for all that is asked of the same rows."""
        selections = list(dict.fromkeys(node.selection for node in group))
        common, rests = share(selections)
        rest_of = dict(zip(selections, rests, strict=True))
        asked = {
            aggregation: (
                rest_of[aggregation.selection],
                not rest_of[aggregation.selection]
                and all(_asks_presence(node) for node in group if counting_of(node) == aggregation),
            )
            for aggregation in dict.fromkeys(map(counting_of, group))
        }
        first = selections[0]
        key = (
            (*first.path[1:], frozenset(common), narrow),
            tuple((_computed(aggregation), *how) for aggregation, how in asked.items()),
        )
        known = self._shared(key)
        if known.rollup is None:
            name = self._planner.names.unique(rollup_name(selections))
            names = Names(key_names(first))
            columns = [
                Column(names.unique(self._title(aggregation, rest)), aggregation, rest, presence)
                for aggregation, (rest, presence) in asked.items()
            ]
            values: list[Value | Condition] = []
            for column in columns:
                values += column.filters
                values += _arguments(column.aggregation)
            with self._planner.needs.planning(known):
                scope = self._planner.inner(first, common, values)
                known.rollup = Rollup(name, first, scope, columns)
                self._narrow(known.rollup, row, narrow)
        return known.rollup, dict(zip(asked, known.rollup.columns, strict=True))

    def _favourite(self, group: list[Below], row: Row, narrow: Conditions) -> Made:
        """The values of one argument, counted; all of the group are about the same."""
        asked = [node for node in dict.fromkeys(group) if isinstance(node, Aggregation)]
        first = asked[0]
        selection = first.selection
        key = (
            (*selection.path[1:], frozenset(selection.conditions), narrow),
            tuple(map(_computed, asked)),
        )
        known = self._shared(key)
        if known.rollup is None:
            title = self._planner.normalizer.names.get(first)
            name = self._planner.names.unique(
                title or f"{column_name(first, ())}_of_{selection.label}"
            )
            names = Names(key_names(selection))
            columns = [Column(names.unique(self._title(node, ())), node, ()) for node in asked]
            with self._planner.needs.planning(known):
                scope = self._planner.inner(selection, None, _arguments(first))
                rollup = known.rollup = Rollup(name, selection, scope, columns, favourite=True)
                rollup.beside = self._beside(first)
                self._narrow(rollup, row, narrow)
        return known.rollup, dict(zip(asked, known.rollup.columns, strict=True))

    def _beside(self, node: Aggregation) -> dict[int, Rollup]:
        """The measures of a favourite that need the rows of each value in their order."""
        assert node.argument is not None
        found: dict[int, Rollup] = {}
        for place, measure in enumerate(node.by):
            if favourites.needs_order(measure):
                selection = favourites.by_value(node.selection, node.argument)
                self._planner.ties.share(node.selection, selection)
                asked = replace(favourites.measure_of(node, place), selection=selection)
                found[place] = runs.run(self._planner, [asked])
        return found

    def _shared(self, key: object) -> Planned:
        """The place of a rollup that holds what `key` says and can be used here."""
        places = self._known.setdefault(key, [])
        found = self._planner.needs.usable(places)
        if found is None:
            found = Planned()
            places.append(found)
        self._planner.needs.use(found)
        return found

    def _narrow(self, rollup: Rollup, row: Row, conditions: Conditions) -> None:
        """Let a rollup read only what lies below rows that meet conditions of their own columns."""
        if not conditions:
            return
        top = rollup.selection.steps[-1]
        self._planner.parent(rollup.scope, top, required=True)
        for join in rollup.scope.joins:
            if isinstance(join, Parent) and join.row == top:
                join.conditions = tuple(rebase(item, row, top, row.level, 0) for item in conditions)

    def _title(self, aggregation: Aggregation, rest: Conditions) -> str:
        return self._planner.normalizer.names.get(aggregation) or column_name(aggregation, rest)


def group_key(node: Below) -> tuple[object, ...]:
    """Nodes with the same key share a rollup."""
    if (run := runs.group_of(node)) is not None:
        return run
    if _is_favourite(node):
        assert isinstance(node, Aggregation)
        return (node.selection, node.argument, node.by)
    return node.selection.path


def _computed(node: Aggregation) -> tuple[object, ...]:
    """What an aggregation computes of the rows of its selection."""
    return (node.function, node.argument, node.by, node.n, node.selection.time)


def _is_favourite(node: Below) -> bool:
    return isinstance(node, Aggregation) and node.function.startswith("favourite")


def _asks_presence(node: Below) -> bool:
    return type(node) is Existence and node.low == 1 and node.high is None


def _arguments(aggregation: Aggregation) -> list[Value | Condition]:
    """What an aggregation reads of each row."""
    values: list[Value | Condition] = []
    if aggregation.argument is not None:
        values.append(aggregation.argument)
    values += (item.argument for item in aggregation.by if item.argument is not None)
    if _ordered_by_time(aggregation) and aggregation.selection.time is not None:
        values.append(aggregation.selection.time)
    return values


def _ordered_by_time(aggregation: Aggregation) -> bool:
    return aggregation.function in ("first", "last", "nth", "nth_last") or _is_favourite(
        aggregation
    )
