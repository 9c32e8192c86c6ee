"""What was true when (2.2, 3.3, 3.4): versions, change logs, `has been`, and segments as of another moment.

* The version of a row is a condition on it, like everything else that makes it exist.
* The value of a change log is a `History`: a CTE with the last value of each key, made in one pass over the log;
  `has been` asks the same CTE (for versions: one over all of them) since when the value holds.
* `member of S as of M` is a search for the row itself among the members then: a `Selection` without links whose
  `moment` is M. Its rows, and all that they ask, are planned by a planner whose `as of` is M.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from segql.model import nodes
from segql.model.clock import Clock
from segql.model.nodes import (
    Attr,
    Attribute,
    ChangeLog,
    Condition,
    Const,
    LocalDate,
    Row,
    RowRef,
    Up,
    Value,
)
from segql.model.rebase import rebase
from segql.model.running import before_now
from segql.model.types import TIMESTAMP, Type
from segql.plan.nodes import NOWHERE, Always, Conditions, Existence, RowExists, Selection

if TYPE_CHECKING:
    from segql.plan.normalize import Pass
    from segql.plan.plan import Scope
    from segql.plan.scope import Planner

# --- normal form ----------------------------------------------------------------------------------


def moment_of(type_: Type, clock: Clock, instant: Value) -> Value:
    """An instant for a time that says from when on something holds: a date stands for the start of its local day, so it
    has come if it is not behind that of the instant."""
    if type_.name != "date":
        return instant
    if isinstance(instant, Const):
        return Const(type_, instant.span, clock.local_date(cast(datetime, instant.value)))
    return LocalDate(type_, instant.span, instant)


def version(source: nodes.Source, row: RowRef, clock: Clock) -> Conditions:
    """What makes `row` the version of now; none where the source keeps no versions."""
    if not isinstance(source, nodes.Entity) or source.history is None:
        return ()
    start, end = (Attr(bound.type, NOWHERE, row, bound) for bound in source.history)
    open_ended = nodes.Compare(NOWHERE, ">", end, _moment(end.type, clock))
    begun = nodes.Compare(NOWHERE, "<=", start, _moment(start.type, clock))
    return (begun, nodes.OrUnknown(NOWHERE, open_ended))


def _moment(type_: Type, clock: Clock) -> Value:
    return moment_of(type_, clock, before_now(TIMESTAMP, clock, NOWHERE))


def has_been(over: Pass, leaf: nodes.HasBeen) -> Condition:
    value, state, since = over.value(leaf.value), over.value(leaf.state), over.value(leaf.since)
    assert isinstance(value, Attr)
    edge = moment_of(_times(value)[0].type, over.clock, since)
    return nodes.HasBeen(leaf.span, value, state, edge)


def member_then(over: Pass, condition: nodes.MemberOf, as_of: Value) -> Condition:
    """Whether the row of now was a member at the moment `as_of`."""
    moment = over.value(as_of)
    span = condition.span
    row = over.row(condition.row)
    then = over.all.at(moment)
    source = row.source
    inner = _moved(condition)
    level = _level(row) + 1
    subject = Row(level, source)
    asked = then.over(subject).condition(inner)
    from segql.plan.simplify import conjuncts, tighten

    conditions = tighten((*then.existing(source, subject), *conjuncts(asked)), span)
    if any(type(item) is Always and not item.value for item in conditions):
        return Always(span, False)
    selection = Selection(
        row,
        (),
        source,
        level,
        conditions,
        None,
        f"{condition.segment}_{_then(moment, then.clock)}".replace(".", "_"),
        None,
        span,
        then.clock.identity,
    )
    found = Existence(span, selection)
    if isinstance(row, Up):
        from segql.plan.simplify import all_of

        return all_of((RowExists(span, row), found), span)
    return found


def _then(moment: Value, clock: Clock) -> str:
    """The moment, in the name of a table; what only the engine knows has no date."""
    if not isinstance(moment, Const):
        return "then"
    return f"as_of_{clock.local_date(cast(datetime, moment.value)):%Y_%m_%d}"


def _moved(condition: nodes.MemberOf) -> Condition:
    """The segment's condition over `Row(0, …)`."""
    row = condition.row
    level = _level(row)
    return rebase(condition.condition, row, Row(0, row.source), level, -level)


def _level(row: RowRef) -> int:
    while isinstance(row, Up):
        row = row.row
    return row.level


# --- the plan -------------------------------------------------------------------------------------


@dataclass(slots=True)
class History:
    """The value of an attribute now, and since when it holds, for each key: one pass over its log or versions."""

    name: str
    scope: Scope
    """The rows of the log up to now, or the versions that have begun."""
    value: Attr
    at: Attr
    end: Attr | None
    """For versions: when they end. A log's rows end with the next one."""
    asks_value: bool = False
    asks_since: bool = False

    @property
    def key(self) -> tuple[Attribute, ...]:
        return self.scope.source.key

    @property
    def since(self) -> str:
        return f"{self.value.attribute.name}_since"


@dataclass(slots=True)
class HistoryJoin:
    """A history at a row of the scope."""

    history: History
    row: RowRef
    attribute: Attribute


class Histories:
    """The histories that one statement asks for as of one moment."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._known: dict[tuple[nodes.Source, Attribute], History] = {}

    def ask(
        self, scope: Scope, logged: Iterable[tuple[RowRef, Attribute]], runs: Iterable[Attr]
    ) -> None:
        """Join what a scope asks of change logs, and since when values hold."""
        for row, attribute in logged:
            self._join(scope, row, attribute).asks_value = True
        for value in runs:
            self._join(scope, value.row, value.attribute).asks_since = True

    def _join(self, scope: Scope, row: RowRef, attribute: Attribute) -> History:
        for join in scope.joins:
            if isinstance(join, HistoryJoin) and (join.row, join.attribute) == (row, attribute):
                return join.history
        self._planner.need_key(scope, row)
        history = self._history(row.source, attribute)
        scope.joins.append(HistoryJoin(history, row, attribute))
        return history

    def _history(self, source: nodes.Source, attribute: Attribute) -> History:
        if (source, attribute) not in self._known:
            made = self._log if isinstance(attribute.storage, ChangeLog) else self._versions
            self._known[source, attribute] = made(source, attribute)
        return self._known[source, attribute]

    def _log(self, source: nodes.Source, attribute: Attribute) -> History:
        log = attribute.storage
        assert isinstance(log, ChangeLog)
        span = attribute.span
        key = tuple(
            Attribute(part.name, part.type, True, nodes.Column((column,)), span)
            for column, part in zip(log.on, source.key, strict=True)
        )
        rows = nodes.Source(log.table.parts[-1], span, key=key, table=log.table)
        row = Row(0, rows)
        time = Attribute("changed", log.at_type, True, log.at, span)
        at = Attr(time.type, span, row, time)
        column = Attribute(attribute.name, attribute.type, True, log.column, span)
        value = Attr(column.type, span, row, column)
        clock = self._planner.normalizer.clock
        until = nodes.Compare(NOWHERE, "<=", at, _moment(at.type, clock))
        scope = self._planner.scope(row, (until,), (value, at))
        name = self._planner.names.unique(f"{attribute.name}_of_{source.name}")
        return History(name, scope, value, at, None)

    def _versions(self, source: nodes.Source, attribute: Attribute) -> History:
        row = Row(0, source)
        value = Attr(attribute.type, attribute.span, row, attribute)
        start, end = (Attr(bound.type, NOWHERE, row, bound) for bound in _times(value))
        clock = self._planner.normalizer.clock
        conditions = (
            nodes.Compare(NOWHERE, "<=", start, _moment(start.type, clock)),
            nodes.OrUnknown(NOWHERE, nodes.Compare(NOWHERE, ">", end, start)),
        )
        scope = self._planner.scope(row, conditions, (value, start, end))
        name = self._planner.names.unique(f"{attribute.name}_versions_of_{source.name}")
        return History(name, scope, value, start, end)


def _times(value: Attr) -> tuple[Attribute, ...]:
    """The attributes that say when a value with a history begins (and ends, for versions)."""
    log = value.attribute.storage
    if isinstance(log, ChangeLog):
        return (Attribute("changed", log.at_type, True, log.at, value.attribute.span),)
    source = value.row.source
    assert isinstance(source, nodes.Entity)
    assert source.history is not None
    return source.history
