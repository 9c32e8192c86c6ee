"""Who enters and who leaves, on the data of a target, and by which line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from segql.errors import FaultsError
from segql.report.changes import Change, Moves, People, Side

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from segql.api import Project
    from segql.engines.base import Engine

Key = tuple[object, ...]

SAMPLE = 5
"""So many keys are named."""
ASKED = 1_000
"""Of so many of those who enter or leave, the first by key, the lines that decide are asked."""
LINE = 100
"""Longer lines are cut."""


@dataclass(frozen=True)
class _Asked:
    """A project, and a connection that knows the tables of its definitions."""

    project: Project
    engine: Engine


class Asker:
    """One target, asked as of one instant by the definitions of both projects, over a connection for each."""

    def __init__(
        self,
        old: Project | None,
        new: Project,
        target: str,
        as_of: datetime,
        timeout: timedelta | None = None,
    ) -> None:
        self._old, self._new = old, new
        self._target = target
        self._table = new.config.targets[target]
        self._as_of = as_of
        self._timeout = timeout

    def told(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """The changes with the members before and after, where there are both or was one. Raises `EngineError`."""
        before = [change.name for change in changes if change.kind in ("changed", "removed")]
        after = [change.name for change in changes if change.kind in ("changed", "added")]
        with ExitStack() as open_:
            old, new = self._open(open_, self._old, before), self._open(open_, self._new, after)
            return tuple(
                self._told(
                    change,
                    old if change.name in before else None,
                    new if change.name in after else None,
                )
                for change in changes
            )

    def _open(self, open_: ExitStack, project: Project | None, names: list[str]) -> _Asked | None:
        if project is None or not names:
            return None
        engine = project.engine(self._target, names, self._timeout, self._table)
        return _Asked(project, open_.enter_context(engine))

    def _told(self, change: Change, old: _Asked | None, new: _Asked | None) -> Change:
        if old is None and new is None:
            return change
        try:
            before, after = self._members(old, change.name), self._members(new, change.name)
            return replace(change, people=self._people(change, before, after, old, new))
        except FaultsError as error:  # refused for the target's dialect
            return replace(change, note=str(error))

    def _members(self, asked: _Asked | None, name: str) -> dict[Key, str]:
        """The keys in their order, each with its level (empty for a segment)."""
        if asked is None:
            return {}
        project = asked.project
        whole = project.model.segmentations.get(name)
        width = len((whole or project.model.segments[name]).entity.key)
        found: dict[Key, str] = {}
        sql = project.statement(name, self._table.engine, self._as_of)
        for batch in asked.engine.stream(sql).batches:
            for row in batch:
                found[tuple(row[:width])] = str(row[width]) if whole is not None else ""
        return found

    def _people(
        self,
        change: Change,
        before: dict[Key, str],
        after: dict[Key, str],
        old: _Asked | None,
        new: _Asked | None,
    ) -> People:
        enter = [key for key in after if key not in before]
        leave = [key for key in before if key not in after]
        both = old is not None and new is not None
        return People(
            len(before),
            len(after),
            self._side(old if both else None, change.name, enter),
            self._side(new if both else None, change.name, leave),
            self._moves(change, before, after),
        )

    def _moves(self, change: Change, before: dict[Key, str], after: dict[Key, str]) -> Moves | None:
        if change.kind != "changed" or change.name not in self._new.model.segmentations:
            return None
        counted = Counter(
            (before.get(key, ""), after.get(key, ""))
            for key in before | after
            if before.get(key) != after.get(key)
        )
        return Moves(tuple((old, new, count) for (old, new), count in counted.most_common()))

    def _side(self, asked: _Asked | None, name: str, keys: list[Key]) -> Side:
        """`asked`: the definition whose lines they do not meet."""
        sample = tuple(keys[:SAMPLE])
        if asked is None or not keys or name in asked.project.model.segmentations:
            return Side(len(keys), sample, (), 0)
        some = keys[:ASKED]
        return Side(len(keys), sample, tuple(self._lines(asked, name, some)), len(some))

    def _lines(self, asked: _Asked, name: str, keys: list[Key]) -> Iterable[tuple[str, int]]:
        """The lines that the keys do not meet, in their order, each with how many."""
        project = asked.project
        firsts = list(dict.fromkeys(_plain(key[0]) for key in keys))
        dialect = self._table.engine
        sql, spans = project.lines_met(name, dialect, self._as_of, firsts)
        wanted, missed = set(keys), Counter[int]()
        width = len(keys[0])
        for row in asked.engine.run(sql).rows:
            if tuple(row[:width]) in wanted:
                wanted.discard(tuple(row[:width]))
                missed.update(place for place, met in enumerate(row[width:]) if not met)
        found = []
        for place, span in enumerate(spans):
            source = project.source(span.file)
            if missed[place] and source is not None:
                text = " ".join(source.text[span.start : span.end].split())
                cut = text if len(text) <= LINE else text[: LINE - 1] + "…"
                found.append((cut, missed[place]))
        if wanted:
            entity = project.model.segments[name].entity.name
            found.append((f"there is such a row of {entity}", len(wanted)))
        return found


def _plain(value: object) -> object:
    """A key as a constant: whole numbers come as decimals from some engines."""
    return int(value) if isinstance(value, Decimal) else value
