"""The choices that a definition is written from, and what can be asked of a row: names, paths, searches, windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from segql.model import nodes
from segql.model.types import DecimalType, EnumType, ListType, Type

UNITS = ("day", "week", "month", "quarter", "year")
SHORT_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
TEXTS = ('""', '"a"', '"A"', '"b"', '"ab"', '" "', '"%"', '"_"', '"é"', '"σας"', '"İ"', '"ß"', '"10"', '"\'"', '"\\\\"', '"😀"', '"a\\nb"')  # fmt: skip
PATTERNS = ('"a"', '"^a"', '"b$"', '"^$"', '"^.$"', '"[a-z]"', '"\\\\d"', '"\\\\w+"', '"(a|b)+"', '"^[^a]*$"', '"\\\\s"', '"%"', '"é"')  # fmt: skip
INSTANTS = (
    "2025-03-30T02:30", "2025-10-26T02:30", "2025-03-30T01:00Z", "2025-10-26T01:00Z", "2024-02-29T12:00+02:00",
    "2025-01-01T00:00", "2024-12-31T23:59:59", "1970-01-01T00:00Z",
)  # fmt: skip
DATES = (
    "2025-03-30",
    "2025-10-26",
    "2024-02-29",
    "2025-01-01",
    "2024-12-31",
    "2025-02-28",
    "2025-11-02",
    "2025-09-07",
)
TIED = ("int", "decimal", "text", "date", "timestamp", "duration")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Scope:
    """A row in hand: where it comes from, how it is called from inside, and the rows around it, the nearest last."""

    source: nodes.Source
    outer: tuple[tuple[str, nodes.Source], ...] = ()
    name: str = ""

    def inside(self, search: Search, alias: str = "") -> Scope:
        """The scope of a search's row."""
        names = search.name.split(".")[-len(search.sources) :]
        *steps, last = zip(names, search.sources, strict=True)
        around = (*self.outer, (self.name or self.source.name, self.source), *steps)
        return Scope(search.sources[-1], around, alias or last[0])

    def visible(self) -> dict[str, nodes.Source]:
        """The rows around by the names that mean them here, the nearest first."""
        found: dict[str, nodes.Source] = {}
        for name, source in reversed(self.outer):
            if name != self.name:
                found.setdefault(name, source)
        return found


class Search(NamedTuple):
    """What `did`, `has` and aggregates may ask: a path of names, the sources along it below its anchor, and whether
    it is the row's own (else a condition has to tie it to the row)."""

    name: str
    sources: tuple[nodes.Source, ...]
    own: bool = True


@dataclass(frozen=True)
class Found:
    """Something that can be asked: its text, type, and the source of its rows."""

    text: str
    type: Type


def time_of(sources: Sequence[nodes.Source]) -> nodes.Attribute | None:
    """The time that a window asks: of the nearest event on the way."""
    for source in reversed(sources):
        if isinstance(source, nodes.Event):
            return source.at
    return None


def kind_of(type_: Type) -> str:
    if isinstance(type_, EnumType | ListType):
        return type_.name
    return "decimal" if isinstance(type_, DecimalType) else type_.name


def said(alias: str) -> str:
    return f" as {alias}" if alias else ""


class Choices:
    """Writes conditions and values; each choice is a byte, the simplest one 0, so that a failing text shrinks."""

    def __init__(self, model: nodes.Model, choices: bytes) -> None:
        self.model = model
        self._choices = iter(choices)

    def pick(self, items: Sequence[Any]) -> Any:
        return items[self.number(0, len(items) - 1)]

    def number(self, low: int, high: int) -> int:
        return low + next(self._choices, 0) % (high - low + 1)

    def maybe(self) -> bool:
        return next(self._choices, 0) % 2 == 1

    def condition(self, scope: Scope, depth: int) -> str:
        raise NotImplementedError

    def value(self, scope: Scope, kind: str, depth: int) -> str:
        raise NotImplementedError

    def literal(self, kind: str) -> str:
        raise NotImplementedError

    def attributes(self, scope: Scope) -> list[Found]:
        """Attributes and traits of the row, over to-one relations, and of the rows around it by their names."""
        found = self._own(scope.source)
        for name, link in self.ones(scope.source):
            found += [Found(f"{name}.{item.text}", item.type) for item in self._own(link.parent)]
        return [*found, *self.outer_attributes(scope)]

    def outer_attributes(self, scope: Scope) -> list[Found]:
        return [
            Found(f"{name}.{item.text}", item.type)
            for name, outer in scope.visible().items()
            for item in self._own(outer)
        ]

    def _own(self, source: nodes.Source) -> list[Found]:
        traits = [trait for trait in self.model.traits.values() if trait.source is source]
        return [
            *(Found(item.name, item.type) for item in source.attributes.values()),
            *(Found(trait.name, trait.value.type) for trait in traits),
        ]

    def searches(self, scope: Scope) -> list[Search]:
        """What `did`, `has` and aggregates may ask of a row."""
        found = [Search(name, (source,)) for name, source in self.below(scope.source)]
        for name, link in self.ones(scope.source):
            found += [Search(f"{name}.{lower}", (one,)) for lower, one in self.below(link.parent)]
        names = {search.name for search in found}
        for outer in scope.visible().values():
            more = [Search(name, (one,), own=False) for name, one in self.below(outer)]
            found += [search for search in more if search.name not in names]
            names.update(search.name for search in more)
        deeper = [
            Search(f"{name}.{lower}", (*sources, source), own)
            for name, sources, own in found
            for lower, source in self.below(sources[-1])
        ]
        return found + deeper

    def below(self, source: nodes.Source) -> list[tuple[str, nodes.Source]]:
        """To-many relations by name; events and their subsets and unions by theirs."""
        found = {name: link.child for name, link in source.many.items()}
        for event in self.model.sources.values():
            if (
                isinstance(event, nodes.Event)
                and event.owner is not None
                and event.owner.parent is source
            ):
                found[event.name] = event
        return list(found.items())

    def ones(self, source: nodes.Source) -> list[tuple[str, nodes.Link]]:
        return list(source.one.items())

    def where(self, scope: Scope, search: Search, depth: int, alias: str = "") -> str:
        """Conditions of a search's row, or nothing; what is not the row's own is tied to it."""
        inner = scope.inside(search, alias)
        lines = [] if search.own else [self.tie(inner, scope)]
        if depth > 0 and self.number(0, 2):
            lines += [self.condition(inner, depth - 1) for _ in range(self.number(1, 2))]
        text = "\n".join(lines)
        return f" where {{\n{text}\n}}" if lines else ""

    def tie(self, inner: Scope, around: Scope) -> str:
        """A condition that ties the row of a search to the row around it."""
        row = around.name or around.source.name
        mine = {kind_of(item.type): item.text for item in self._own(inner.source)}
        pairs = [
            (kind_of(item.type), mine[kind_of(item.type)], item.text)
            for item in self.outer_attributes(inner)
            if item.text.startswith(f"{row}.") and kind_of(item.type) in mine
        ]
        pairs = [pair for pair in pairs if pair[0] in TIED]
        if not pairs:
            return "1 = 1"  # not accepted
        _, left, right = self.pick(pairs)
        return f"{left} {self.pick(('=', '=', '<=', '>=', '!='))} {right}"

    def alias(self, scope: Scope) -> str:
        """A name of its own for a search's row, or none."""
        return f"r{len(scope.outer)}" if self.number(0, 3) == 0 else ""

    def window_or_none(self, scope: Scope, sources: tuple[nodes.Source, ...], depth: int) -> str:
        at = time_of(sources)
        if at is None or self.maybe():
            return ""
        return " " + self.window(scope, at.type.name, depth, forward=False)

    def window(self, scope: Scope, kind: str, depth: int, forward: bool) -> str:
        unit = self.pick(UNITS if kind == "date" else SHORT_UNITS)
        calendar = self.pick(UNITS)
        count = self.number(1, 30)
        moment = lambda: self.value(scope, kind, 0) if depth > 0 else self.literal(kind)  # noqa: E731
        form = self.pick(("last", "last", "last", "next", "this", "last full", "full", "next full", "today", "yesterday", "on", "between", "since", "before", "after"))  # fmt: skip
        match form:
            case "last":
                return f"in last {count} {unit}s"
            case "next" if forward:
                return f"in next {count} {unit}s"
            case "this" | "last full":
                return f"in {form} {calendar}"
            case "full":
                return f"in last {1 + count % 4} full {calendar}s"
            case "next full" if forward:
                return f"in next full {calendar}"
            case "today" | "yesterday":
                return form
            case "on":
                return f"on {self.pick((self.pick(DATES), self.value(scope, self.pick(('date', 'timestamp')), 0)))}"
            case "between":
                return f"between {moment()} and {moment()}"
            case "since" | "before" | "after":
                return f"{form} {self.pick((moment(), self.pick(DATES), f'{count} {unit}s ago'))}"
            case _:
                return f"since {count} {unit}s ago"

    def times(self) -> str:
        n = self.number(1, 3)
        s = "" if n == 1 else "s"
        return str(
            self.pick(
                (
                    "",
                    "",
                    f" at least {n} time{s}",
                    f" exactly {n} time{s}",
                    f" more than {n} time{s}",
                    f" {n} to {n + 1} times",
                )
            )
        )
