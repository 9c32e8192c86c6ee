"""What was found in a project: values, not exceptions; no terminal and no colours here.

Codes are declared once, in `CODES`: the first digit tells the pass (0 files and configuration,
1 syntax, 2 names, 3 types, 4 meaning, 5 lint, 6 dialects, 7 data, 9 not yet supported).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from segql.source import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of diagnostic: its code, its name for people, its severity, and the rule in a line."""

    code: str
    name: str
    severity: Severity
    rule: str


CODES: dict[str, Code] = {}


def declare(code: str, name: str, rule: str, severity: Severity = Severity.ERROR) -> Code:
    """Declare a code; a second declaration of the same code or name is a bug (`ValueError`)."""
    if code in CODES or any(other.name == name for other in CODES.values()):
        raise ValueError(f"{code} {name} is declared twice")
    declared = CODES[code] = Code(code, name, severity, rule)
    return declared


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what is to be seen there: expected and found."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A proposed change. Safe: the meaning stays, or there was none; unsafe: somebody must look."""

    text: str
    edits: tuple[Edit, ...] = ()
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: which rule broke (`message`), where (`labels`, the first is the place), a way out."""

    code: Code
    message: str
    labels: tuple[Label, ...]
    notes: tuple[str, ...] = ()
    helps: tuple[Fix, ...] = ()
    severity: Severity | None = None

    @property
    def level(self) -> Severity:
        return self.severity or self.code.severity

    @property
    def is_error(self) -> bool:
        return self.level is Severity.ERROR

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None


class Diagnostics:
    """A list that a pass fills; it drops exact repetitions and keeps the order."""

    def __init__(self, items: Iterable[Diagnostic] = ()) -> None:
        self._items: dict[tuple[str, str, Span | None], Diagnostic] = {}
        self.extend(items)

    def add(self, diagnostic: Diagnostic) -> None:
        key = (diagnostic.code.code, diagnostic.message, diagnostic.span)
        self._items.setdefault(key, diagnostic)

    def extend(self, items: Iterable[Diagnostic]) -> None:
        for item in items:
            self.add(item)

    def report(
        self,
        code: Code,
        message: str,
        span: Span | None,
        label: str = "",
        *,
        more: Iterable[Label] = (),
        notes: Iterable[str] = (),
        helps: Iterable[Fix | str] = (),
    ) -> None:
        """Add a diagnostic in one call; a plain `str` among `helps` is an advice without edits."""
        labels = (*((Label(span, label),) if span is not None else ()), *more)
        fixes = tuple(Fix(item) if isinstance(item, str) else item for item in helps)
        self.add(Diagnostic(code, message, labels, tuple(notes), fixes))

    def sorted(self) -> tuple[Diagnostic, ...]:
        """In the order of file, place and code."""
        return tuple(
            sorted(
                self._items.values(),
                key=lambda d: (
                    (d.span.file, d.span.start, d.span.end) if d.span else ("", -1, -1),
                    d.code.code,
                    d.message,
                ),
            )
        )

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(tuple(self._items.values()))

    def __len__(self) -> int:
        return len(self._items)

    @property
    def has_errors(self) -> bool:
        return any(item.is_error for item in self._items.values())


def edit_distance(left: str, right: str, limit: int) -> int:
    """Damerau-Levenshtein distance (optimal string alignment), or `limit + 1` when it is larger."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if previous and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, previous[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def suggest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """At most three names within edit distance `max(1, len // 3)`, the nearest first."""
    limit = max(1, len(name) // 3)
    near = [
        (distance, candidate)
        for candidate in set(candidates)
        if (distance := edit_distance(name, candidate, limit)) <= limit and candidate != name
    ]
    return tuple(candidate for _, candidate in sorted(near)[:3])
