"""Who enters and who leaves, on the data of a target, and by which line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from segql.errors import FaultsError
from segql.report.changes import Change, Moves, People, Side

if TYPE_CHECKING:
    from datetime import datetime

    from segql.api import Project

Key = tuple[object, ...]

ASKED = 1_000
"""Of so many of those who enter or leave, the first by key, the lines that decide are asked."""
LINE = 100
"""Longer lines are cut."""


class Asker:
    """One target, asked as of one instant by the definitions of both projects."""

    def __init__(
        self, old: Project | None, new: Project, target: str, as_of: datetime, limit: int = 5
    ) -> None:
        self._old, self._new = old, new
        self._target = target
        self._table = new.config.targets[target]
        self._as_of = as_of
        self._limit = limit

    def told(self, change: Change) -> Change:
        """The change with the members before and after, if it has both or had one."""
        if change.kind not in ("changed", "added", "removed"):
            return change
        try:
            before = self._members(self._old if change.kind != "added" else None, change.name)
            after = self._members(self._new if change.kind != "removed" else None, change.name)
            return replace(change, people=self._people(change, before, after))
        except FaultsError as error:  # refused for the target's dialect
            return replace(change, note=str(error))

    def _members(self, project: Project | None, name: str) -> dict[Key, str]:
        """The keys in their order, each with its level (empty for a segment)."""
        if project is None:
            return {}
        whole = project.model.segmentations.get(name)
        width = len((whole or project.model.segments[name]).entity.key)
        sql = project.statement(name, self._table.engine, self._as_of)
        found: dict[Key, str] = {}
        with project.engine(self._target, [name], table=self._table) as engine:
            for batch in engine.stream(sql).batches:
                for row in batch:
                    found[tuple(row[:width])] = str(row[width]) if whole is not None else ""
        return found

    def _people(self, change: Change, before: dict[Key, str], after: dict[Key, str]) -> People:
        enter = [key for key in after if key not in before]
        leave = [key for key in before if key not in after]
        both = change.kind == "changed"
        return People(
            len(before),
            len(after),
            self._side(self._old if both else None, change.name, enter),
            self._side(self._new if both else None, change.name, leave),
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

    def _side(self, project: Project | None, name: str, keys: list[Key]) -> Side:
        """`project`: whose lines they do not meet."""
        sample = tuple(keys[: self._limit])
        if project is None or not keys or name in project.model.segmentations:
            return Side(len(keys), sample, (), 0)
        asked = keys[:ASKED]
        return Side(len(keys), sample, tuple(self._lines(project, name, asked)), len(asked))

    def _lines(self, project: Project, name: str, keys: list[Key]) -> Iterable[tuple[str, int]]:
        """The lines that the keys do not meet, in their order, each with how many."""
        firsts = list(dict.fromkeys(_plain(key[0]) for key in keys))
        dialect = self._table.engine
        sql, spans = project.lines_met(name, dialect, self._as_of, firsts)
        wanted, missed = set(keys), Counter[int]()
        width = len(keys[0])
        with project.engine(self._target, [name], table=self._table) as engine:
            for row in engine.run(sql).rows:
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
