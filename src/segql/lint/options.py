"""`[lint]` of `segql.toml`: which rules apply to which file, and how severe they are.

A rule is named by its code (`SEG512`), its name (`missing-owner`) or the beginning of its code (`SEG5`); `all` are all
rules, `default` those that apply where nothing is selected. Of the entries of `[lint.paths]` that match
a file, a later one wins.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from segql.diagnostics import Code, Diagnostic, Diagnostics, Severity, declare, suggest
from segql.project.config import LintChoice, LintTable
from segql.project.places import Places
from segql.project.sources import CONFIG

UNKNOWN_RULE = declare("SEG017", "unknown-rule", "`[lint]` names rules that there are")
UNKNOWN_CHOICE = declare(
    "SEG018",
    "unknown-in-lint",
    "`[lint]` names what the project declares, and patterns that can match",
)
UNUSED_TAG = declare(
    "SEG019",
    "unused-sending-tag",
    "a tag that `[lint]` names is spelt as segments spell it",
    Severity.WARNING,
)

Groups = tuple[str, ...]
ALL, DEFAULT = "all", "default"


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one table says: None where it does not select."""

    select: Groups | None = None
    ignore: Groups = ()
    severity: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What `[lint]` says; without it, the defaults."""

    default_codes: frozenset[str] = frozenset()
    """The codes of the rules that apply unless another selection is made."""
    table: LintTable = field(default_factory=LintTable)
    everything: bool = False
    """All rules, whatever is selected: for tests of the rules."""

    def applies(self, code: Code, file: str) -> bool:
        """Whether a finding of this code in this file is told. An error always is."""
        if code.severity is Severity.ERROR:
            return True
        chosen = self.everything or not code.code.startswith("SEG5") or self._by_default(code)
        for choice in self._choices(file):
            if choice.select is not None and code.code.startswith("SEG5"):
                chosen = any(self._names(group, code) for group in choice.select)
            elif choice.select is not None and any(_is(group, code) for group in choice.select):
                chosen = True
            if any(self._names(group, code) for group in choice.ignore):
                chosen = False
        return chosen

    def severity(self, code: Code, file: str) -> Severity | None:
        """The severity of a finding in this file; None where it is the code's own."""
        found: tuple[int, str] | None = None
        if code.severity is Severity.ERROR:
            return None
        for choice in self._choices(file):
            near = [
                (_nearness(group, code), severity)
                for group, severity in choice.severity.items()
                if self._names(group, code)
            ]
            if near:
                found = max(near)
        return Severity(found[1]) if found else None

    def could_apply(self, code: Code) -> bool:
        """Whether a finding of this code would be told in some file."""
        if self.everything:
            return True
        tables = [self.table.select, *(item.select for item in self.table.paths.values())]
        chosen = [group for groups in tables for group in groups or ()]
        if self.table.select is None and self._by_default(code):
            return True
        return any(self._names(group, code) for group in chosen)

    def _by_default(self, code: Code) -> bool:
        return code.code in self.default_codes

    def _names(self, group: str, code: Code) -> bool:
        return group == ALL or (group == DEFAULT and self._by_default(code)) or _is(group, code)

    def _choices(self, file: str) -> Iterable[_Choice]:
        yield _choice(self.table.select, self.table.ignore, self.table.severity)
        for pattern, table in self.table.paths.items():
            if matcher(pattern).fullmatch(file):
                yield _choice(table.select, table.ignore, table.severity)


def _choice(
    select: Sequence[str] | None, ignore: Sequence[str], severity: Mapping[str, str]
) -> _Choice:
    return _Choice(None if select is None else tuple(select), tuple(ignore), severity)


def _is(group: str, code: Code) -> bool:
    return group == code.name or (group.startswith("SEG") and code.code.startswith(group))


def _nearness(group: str, code: Code) -> int:
    """A code or a name says more of a rule than a prefix."""
    return 100 if group in (code.code, code.name) else len(group)


@cache
def matcher(pattern: str) -> re.Pattern[str]:
    """A glob of paths: `*` and `?` stay within a folder's name, `**` is any number of folders."""
    parts = []
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern.removeprefix("./")):
        parts.append(
            {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token, re.escape(token))
        )
    return re.compile("".join(parts))


def unknown_names(
    table: LintTable,
    places: Places,
    codes: Iterable[Code],
    names: Iterable[str],
    tags: Collection[str] = (),
) -> tuple[Diagnostic, ...]:
    """What `[lint]` names and does not exist: rules, files, attributes and other names of the model.

    `codes` are those that can be chosen (the warnings); `names` what `protected` and `consent` can mention; `tags`
    those that segments have. A sending tag may come before its first segment: only one that is nearly a tag is told.
    """
    found = Diagnostics()
    codes = tuple(codes)
    known = [ALL, DEFAULT, *(code.name for code in codes), *(code.code for code in codes)]
    for path, group in _groups(table):
        if group in (ALL, DEFAULT) or any(_is(group, code) for code in codes):
            continue
        near = suggest(group, known)
        found.report(
            UNKNOWN_RULE,
            f"there is no rule `{group}`",
            places.value(path),
            "names no rule",
            helps=[_did_you_mean(near) if near else "`segql rule --all` lists the rules"],
        )
    for pattern in table.paths:
        if not pattern or pattern.startswith(("/", "../")) or "/../" in pattern or "\\" in pattern:
            found.report(
                UNKNOWN_CHOICE,
                f"the pattern `{pattern}` can match no file",
                places.key(("lint", "paths", pattern)),
                f"files are named from the folder of `{CONFIG}` on, with `/` between the folders",
            )
    declared = tuple(names)
    for path, name in _mentioned(table):
        if name not in declared:
            near = suggest(name, declared)
            found.report(
                UNKNOWN_CHOICE,
                f"the project has no `{name}`",
                places.value(path),
                "not declared",
                helps=[_did_you_mean(near)] if near else [],
            )
    for path, tag in _sending(table):
        near = () if tag in tags else suggest(tag, tags)
        if near:
            found.report(
                UNUSED_TAG,
                f"no segment is tagged `{tag}`",
                places.value(path),
                "asks nothing of anybody",
                helps=[_did_you_mean(near)],
            )
    return found.sorted()


def _did_you_mean(near: Sequence[str]) -> str:
    return f"did you mean {' or '.join(f'`{name}`' for name in near)}?"


def _groups(table: LintTable) -> Iterable[tuple[tuple[str, ...], str]]:
    """Each rule that is named, with the path of the key that names it."""
    tables: dict[tuple[str, ...], LintChoice] = {("lint",): table}
    tables |= {("lint", "paths", pattern): item for pattern, item in table.paths.items()}
    for path, item in tables.items():
        yield from (((*path, "select"), group) for group in item.select or ())
        yield from (((*path, "ignore"), group) for group in item.ignore)
        yield from (((*path, "severity", group), group) for group in item.severity)


def _sending(table: LintTable) -> Iterable[tuple[tuple[str, ...], str]]:
    yield from ((("lint", "sending_tags"), tag) for tag in table.sending_tags)
    if isinstance(table.consent, dict):
        others = (tag for tag in table.consent if tag not in table.sending_tags)
        yield from ((("lint", "consent", tag), tag) for tag in others)


def _mentioned(table: LintTable) -> Iterable[tuple[tuple[str, ...], str]]:
    yield from ((("lint", "protected"), name) for name in table.protected)
    if isinstance(table.consent, dict):
        for tag, names in table.consent.items():
            yield from ((("lint", "consent", tag), name) for name in names)
    else:
        yield from ((("lint", "consent"), name) for name in table.consent)
