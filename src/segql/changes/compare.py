"""Two projects -> what changed, by what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segql.changes.forms import form
from segql.errors import FaultsError
from segql.model.nodes import Segment, Segmentation
from segql.plan import PlanError
from segql.project.sources import CONFIG
from segql.report.changes import Change
from segql.report.difference import unified
from segql.syntax.printer import to_text

if TYPE_CHECKING:
    from segql.api import AsOf, Project
    from segql.diagnostics import Diagnostic
    from segql.source import Span
    from segql.syntax import tree

KINDS = ("entity", "event", "rows", "trait", "segmentation", "segment", "split", "list")
_COMPARED = ("SegmentDecl", "SegmentationDecl", "SplitDecl", "ListDecl")
_SETTINGS = ("timezone", "week_starts", "sql_dialect")
_METADATA = ("title", "description", "owner", "tags", "meta")


@dataclass(frozen=True)
class Compared:
    """What changed, how many did not, and what could not be read."""

    changes: tuple[Change, ...]
    unchanged: int
    notes: tuple[str, ...]


class Comparison:
    """Two projects, and what was found out about them; `old` None: there was no project."""

    def __init__(self, old: Project | None, new: Project) -> None:
        self.old, self.new = old, new
        self._before = _texts(old)
        self._after = _texts(new)
        self._settings = _settings(old, new)

    def compare(self, dialect: str, as_of: AsOf) -> Compared:
        """All changes, each with the difference of its SQL."""
        before, after = _names(self.old), _names(self.new)
        changes = self._unreadable(before, after)
        before -= {change.name for change in changes}
        after -= {change.name for change in changes}
        unchanged = 0
        for name in sorted(before & after):
            change = self._both(name)
            if change is None:
                unchanged += 1
            else:
                changes.append(change)
        gone, made = before - after, after - before
        renamed = self._renamed(gone, made)
        for new, old in renamed.items():
            changes.append(
                Change("renamed", new, _place(self.new, new), was=old, words=self._words(old, new))
            )
        for name in made - renamed.keys():
            broken = _faults(self.new, name)
            kind = "broken" if broken else "added"
            note = f"added with faults: {broken}" if broken else ""
            changes.append(Change(kind, name, _place(self.new, name), note=note))  # type: ignore[arg-type]
        for name in gone - set(renamed.values()):
            changes.append(Change("removed", name, _place(self.old, name)))
        changes.sort(key=lambda change: change.name)
        told = tuple(self._with_sql(change, dialect, as_of) for change in changes)
        return Compared(told, unchanged, self._notes())

    def _unreadable(self, before: set[str], after: set[str]) -> list[Change]:
        """What is gone or new because one of the projects has it where it cannot be read."""
        changes = []
        for name in sorted(before - after):
            fault = _hidden(self.new, name, self.old)
            if fault:
                place = _place(self.new if name in self.new.unread else self.old, name)
                changes.append(Change("broken", name, place, note=f"cannot be read: {fault}"))
        for name in sorted(after - before):
            fault = _hidden(self.old, name, self.new)
            if fault:
                note = f"could not be read before: {fault}"
                changes.append(Change("broken", name, _place(self.new, name), note=note))
        for name, fault in _unread(self.new).items():
            if name not in before:
                note = f"added with faults: {fault}"
                changes.append(Change("broken", name, _place(self.new, name), note=note))
        return changes

    def _notes(self) -> tuple[str, ...]:
        """The files of which not all could be read."""
        sides = (("before", self.old), ("now", self.new))
        return tuple(
            f"`{_at(project, item)}` cannot be read {when}: {item.message}"
            for when, project in sides
            if project is not None
            for item in _lost(project)
        )

    def _both(self, name: str) -> Change | None:
        """What became of a name that both projects have; None where it is the same."""
        assert self.old is not None
        place = _place(self.new, name)
        touched = self._touched(name)
        fault, earlier = _faults(self.new, name), _faults(self.old, name)
        if not touched and self._before[name] == self._after[name] and bool(fault) == bool(earlier):
            return None
        if fault or earlier:
            note = f"has faults: {fault}" if fault else f"had faults: {earlier}"
            return Change("broken", name, place, note=note)
        words = self._words(name, name)
        try:
            same = self._form(self.old, name) == self._form(self.new, name)
        except PlanError as error:
            return Change("broken", name, place, note=error.message)
        if not same:
            return Change("changed", name, place, through=tuple(touched), words=words)
        return Change("described", name, place, words=words) if words else None

    def _touched(self, name: str) -> list[str]:
        """What else changed that the definition rests on, before and after."""
        assert self.old is not None
        rests = set(self.new.model.depends_on(name)) & set(self.old.model.depends_on(name)) - {name}
        declared = self.new.declarations()
        found = [
            f"{_kind(declared[part])} `{part}`"
            for part in sorted(rests)
            if part in declared and part in self._before and self._is_other(part, declared[part])
        ]
        return found + self._settings + self._files(name, rests)

    def _is_other(self, part: str, declared: tree.Declaration) -> bool:
        """Whether a declaration that both have says something else now: what has members, has others."""
        if self._before[part] == self._after.get(part):
            return False
        if type(declared).__name__ not in _COMPARED:
            return True
        before = self._known(self.old, part)
        return before is None or before != self._known(self.new, part)

    def _files(self, name: str, rests: set[str]) -> list[str]:
        """The files of lists that hold something else now."""
        assert self.old is not None
        declared = self.new.declarations()
        before, after = self.old.list_files, self.new.list_files
        found = []
        for part in sorted({name, *rests}):
            named: str = getattr(getattr(declared.get(part), "file", None), "value", "")
            if named in before and before[named] != after.get(named):
                found.append(f"the file `{named}`")
        return found

    def _renamed(self, gone: Iterable[str], made: Iterable[str]) -> dict[str, str]:
        """New names of definitions that were there before under another one."""
        forms: dict[Hashable, str] = {}
        for name in sorted(gone, reverse=True):
            found = self._known(self.old, name)
            if found is not None:
                forms[found] = name
        renamed: dict[str, str] = {}
        for name in sorted(made):
            found = self._known(self.new, name)
            if found is not None and found in forms:
                renamed[name] = forms.pop(found)
        return renamed

    def _known(self, project: Project | None, name: str) -> Hashable | None:
        if project is None or _faults(project, name):
            return None
        try:
            return self._form(project, name)
        except PlanError:
            return None

    @staticmethod
    def _form(project: Project, name: str) -> Hashable:
        return (project.settings, form(project.model, name, project.settings))

    def _words(self, old: str, new: str) -> tuple[str, ...]:
        assert self.old is not None
        before, after = _definition(self.old, old), _definition(self.new, new)
        if before is None or after is None:
            return ()
        return tuple(
            word for word in _METADATA if getattr(before, word, None) != getattr(after, word, None)
        )

    def _with_sql(self, change: Change, dialect: str, as_of: AsOf) -> Change:
        if change.kind in ("described", "broken", "renamed"):
            return change
        before = after = ""
        try:
            if change.kind != "added" and self.old is not None:
                before = self.old.sql(change.name, dialect, as_of)
            if change.kind != "removed":
                after = self.new.sql(change.name, dialect, as_of)
        except FaultsError as error:  # refused for this dialect
            return replace(change, note=str(error))
        return replace(change, sql=unified(f"{change.name}.sql", _ended(before), _ended(after)))


def _kind(declaration: tree.Declaration) -> str:
    """What it is called: there are several kinds of events."""
    name = type(declaration).__name__.lower()
    return next(kind for kind in KINDS if name.startswith(kind))


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n" if text else ""


def _texts(project: Project | None) -> dict[str, str]:
    """Each declaration in the one layout, without comments."""
    return {} if project is None else _each(project, to_text)


def _each(project: Project, say: Callable[[tree.Declaration], str]) -> dict[str, str]:
    return {name: say(item) for name, item in project.declarations().items()}


def _names(project: Project | None) -> set[str]:
    if project is None:
        return set()
    declared = project.declarations().items()
    return {name for name, item in declared if type(item).__name__ in _COMPARED}


def _settings(old: Project | None, new: Project) -> list[str]:
    """What both projects say of time and SQL, and not alike."""
    if old is None:
        return []
    return [
        f"`{name}` in `segql.toml`"
        for name in _SETTINGS
        if getattr(old.settings, name) != getattr(new.settings, name)
    ]


def _definition(project: Project, name: str) -> Segment | Segmentation | None:
    return project.model.segmentations.get(name) or project.model.segments.get(name)


def _faults(project: Project, name: str) -> str:
    """The first fault of what a definition rests on; empty where there is none."""
    faults = project.faults_of(name)
    if faults:
        return faults[0].message
    return "" if _definition(project, name) is not None else "it cannot be read"


def _place(project: Project | None, name: str) -> str:
    assert project is not None
    declared = project.declarations()
    return _said(project, declared[name].span if name in declared else project.unread[name][0].span)


def _at(project: Project, item: Diagnostic) -> str:
    return _said(project, item.span)


def _said(project: Project, span: Span | None) -> str:
    assert span is not None
    source = project.source(span.file)
    return f"{span.file}:{source.position(span.start).line}" if source else span.file


def _file(item: Diagnostic) -> str:
    return item.span.file if item.span is not None else ""


def _lost(project: Project) -> list[Diagnostic]:
    """The faults that may hide definitions, but those of `segql.toml`."""
    return [item for item in project.lost if _file(item) != CONFIG]


_WORDS = "|".join(("segmentation", "segment", "split", "list"))


def _unread(project: Project) -> dict[str, str]:
    """The definitions that could not be read, each with its first fault; other declarations are not told of."""
    found = {}
    for name, faults in project.unread.items():
        source = project.source(_file(faults[0]))
        if source and re.search(rf"^\s*(?:{_WORDS})\s+{re.escape(name)}\b", source.text, re.M):
            found[name] = faults[0].message
    return found


def _hidden(project: Project | None, name: str, other: Project | None) -> str:
    """Why a project may have a definition of the other one all the same: a fault in it, or in the other's file."""
    if project is None or other is None:
        return ""
    if name in project.unread:
        return project.unread[name][0].message
    file = other.declarations()[name].span.file
    return next((item.message for item in _lost(project) if _file(item) == file), "")
