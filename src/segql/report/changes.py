"""What changed in a project: the data, and as text, JSON, and Markdown for a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from segql.report.text import Style, plural

Kind: TypeAlias = Literal["added", "removed", "changed", "renamed", "described", "broken"]

MARKS: dict[Kind, str] = {
    "added": "+",
    "removed": "-",
    "changed": "~",
    "renamed": ">",
    "described": "·",
    "broken": "!",
}
WORDS: dict[Kind, str] = {
    "changed": "changed",
    "added": "added",
    "removed": "removed",
    "renamed": "renamed",
    "described": "described anew",
    "broken": "with faults",
}


@dataclass(frozen=True)
class Side:
    """Those who enter or those who leave."""

    count: int
    sample: tuple[tuple[object, ...], ...]
    """The first keys."""
    lines: tuple[tuple[str, int], ...]
    """The lines that decide, as they are written: of those who enter, lines of the old definition that they
    did not meet; of those who leave, lines of the new one; with how many."""
    asked: int
    """Of how many, the first by key, the lines were asked."""


@dataclass(frozen=True)
class Moves:
    """How many went from one level to another; the empty name is no level."""

    levels: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class People:
    """The members before and after, on a target."""

    before: int
    after: int
    enter: Side
    leave: Side
    moves: Moves | None = None


@dataclass(frozen=True)
class Change:
    """One segment, list, segmentation or split that is not what it was."""

    kind: Kind
    name: str
    place: str
    """File and line: in the new project, or where it is gone, in the old one."""
    was: str = ""
    """The name before it was renamed."""
    through: tuple[str, ...] = ()
    """What else changed that it rests on."""
    words: tuple[str, ...] = ()
    """The metadata that changed: title, description, owner, tags, meta."""
    note: str = ""
    """Why it could not be compared."""
    sql: str = ""
    """The unified difference of its SQL."""
    people: People | None = None


@dataclass(frozen=True)
class Changes:
    """All changes, in the order of the names; `old` and `new` say what was compared."""

    old: str
    new: str
    dialect: str
    target: str
    """The target that was asked for the members; empty for none."""
    as_of: str
    changes: tuple[Change, ...]
    unchanged: int
    notes: tuple[str, ...] = ()
    """What could not be read, so that a change may be missing."""

    def counts(self) -> list[tuple[Kind, int]]:
        kinds = [change.kind for change in self.changes]
        return [(kind, kinds.count(kind)) for kind in WORDS if kind in kinds]

    @property
    def summary(self) -> str:
        parts = [f"{count:,} {WORDS[kind]}" for kind, count in self.counts()]
        return ", ".join(parts) or "no segment changed"


# --- text -----------------------------------------------------------------------------------------


def render_text(changes: Changes, style: Style) -> str:
    lines = [f"{style.bold(f'{changes.old} .. {changes.new}')}  {changes.summary}"]
    lines += [f"  note: {note}" for note in changes.notes]
    for change in changes.changes:
        lines += ["", *_text(change, changes, style)]
    return "\n".join(lines) + "\n"


def _text(change: Change, changes: Changes, style: Style) -> Iterator[str]:
    yield f"{MARKS[change.kind]} {style.bold(change.name)}  {_said(change)}  {change.place}"
    if change.people is not None:
        for line in _people(change.people):
            yield f"  {line}"
    if change.sql:
        yield ""
        for line in change.sql.rstrip("\n").split("\n"):
            yield f"    {line}" if line else ""


def _said(change: Change) -> str:
    """One phrase for what happened."""
    match change.kind:
        case "renamed":
            text = f"renamed, was {change.was}"
        case "described":
            text = f"the same members; {_listed(change.words)} changed"
        case "broken":
            text = change.note
        case _:
            text = change.kind
    if change.through:
        text += f" through {_listed(change.through)}"
    if change.words and change.kind != "described":
        text += f"; {_listed(change.words)} changed"
    return text


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def _people(people: People) -> Iterator[str]:
    yield (
        f"{people.before:,} -> {plural(people.after, 'member')}: "
        f"{_verb(people.enter.count, 'enter')}, {_verb(people.leave.count, 'leave')}"
    )
    for word, side, who in (
        ("enter", people.enter, "did not meet"),
        ("leave", people.leave, "do not meet"),
    ):
        if side.count:
            yield f"{word}: {_keys(side)}"
        for line, count in side.lines:
            of = f" of the first {side.asked:,}" if side.asked < side.count else ""
            yield f"  {count:,}{of} {who}: {line}"
    if people.moves is not None:
        for old, new, count in people.moves.levels:
            yield f"  {count:,} {old or 'nowhere'} -> {new or 'nowhere'}"


def _verb(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' if count == 1 else ''}"


def _keys(side: Side) -> str:
    shown = ", ".join(":".join(map(str, key)) for key in side.sample)
    more = side.count - len(side.sample)
    return shown + (f" and {more:,} more" if more else "")


# --- Markdown -------------------------------------------------------------------------------------


def render_markdown(changes: Changes) -> str:
    """For a comment on a pull request: a table, and below it each difference, folded."""
    lines = [f"### Segments: {changes.summary}", ""]
    notes = [line for note in changes.notes for line in (f"- {_escaped(note)}", "")]
    if not changes.changes:
        lines = ["### Segments", "", f"No segment changed against {_escaped(changes.old)}.", *notes]
        return "\n".join(lines).rstrip("\n") + "\n"
    lines += notes
    with_people = any(change.people is not None for change in changes.changes)
    head = ["segment", "what", *(["members", "enter", "leave"] if with_people else [])]
    lines += [_row(head), _row(["---"] * 2 + ["--:"] * (len(head) - 2))]
    for change in changes.changes:
        cells = [f"`{change.name}`", _escaped(_said(change))]
        if with_people:
            cells += _cells(change.people)
        lines.append(_row(cells))
    for change in changes.changes:
        lines += _details(change)
    against = f"Against {_escaped(changes.old)}"
    asked = f", on target `{changes.target}` as of {changes.as_of}" if changes.target else ""
    lines += ["", f"<sub>{against}{asked}. {plural(changes.unchanged, 'segment')} unchanged.</sub>"]
    return "\n".join(lines) + "\n"


def _cells(people: People | None) -> list[str]:
    if people is None:
        return ["", "", ""]
    members = f"{people.before:,} → {people.after:,}"
    return [members, f"+{people.enter.count:,}", f"−{people.leave.count:,}"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _details(change: Change) -> Iterator[str]:
    if not change.sql and change.people is None:
        return
    yield ""
    yield f"<details><summary><code>{change.name}</code> {_html(change.place)}</summary>"
    if change.people is not None:
        yield ""
        yield from _fenced("text", "\n".join(_people(change.people)))
    if change.sql:
        yield ""
        yield from _fenced("diff", change.sql.rstrip("\n"))
    yield ""
    yield "</details>"


def _fenced(language: str, text: str) -> Iterator[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}{language}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    """A text in a cell of a table: nothing in it is Markdown or HTML, but what stands in back-quotes is code."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:  # a back-quote alone
        parts = ["\\`".join(parts)]
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = part.replace("|", "\\|")
            continue
        for sign in "*_[]|":
            part = part.replace(sign, "\\" + sign)
        parts[place] = _html(part)
    return "`".join(parts)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- JSON -----------------------------------------------------------------------------------------


def render_json(changes: Changes) -> str:
    content = {
        "version": 1,
        "old": changes.old,
        "new": changes.new,
        "dialect": changes.dialect,
        "target": changes.target or None,
        "as_of": changes.as_of or None,
        "unchanged": changes.unchanged,
        "changes": [_json(change) for change in changes.changes],
        "notes": list(changes.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"


def _json(change: Change) -> dict[str, object]:
    people = change.people
    return {
        "kind": change.kind,
        "name": change.name,
        "was": change.was or None,
        "place": change.place,
        "through": list(change.through),
        "metadata": list(change.words),
        "note": change.note or None,
        "sql": change.sql or None,
        "members": None
        if people is None
        else {
            "before": people.before,
            "after": people.after,
            "enter": _side(people.enter),
            "leave": _side(people.leave),
            "moves": None
            if people.moves is None
            else [
                {"from": old or None, "to": new or None, "count": count}
                for old, new, count in people.moves.levels
            ],
        },
    }


def _side(side: Side) -> dict[str, object]:
    return {
        "count": side.count,
        "sample": [list(key) for key in side.sample],
        "lines": [{"line": line, "count": count} for line, count in side.lines],
        "asked": side.asked,
    }
