"""The choices that a definition is written from, and what can be asked of a row: names, paths, searches, windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Scope:
    """A row in hand: where it comes from, how it is called from inside, and the rows around it."""

    source: nodes.Source
    outer: tuple[nodes.Source, ...] = ()


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
        for outer in scope.outer:
            if outer is not scope.source:
                found += [
                    Found(f"{outer.name}.{item.text}", item.type) for item in self._own(outer)
                ]
        return found

    def _own(self, source: nodes.Source) -> list[Found]:
        traits = [trait for trait in self.model.traits.values() if trait.source is source]
        return [
            *(Found(item.name, item.type) for item in source.attributes.values()),
            *(Found(trait.name, trait.value.type) for trait in traits),
        ]

    def searches(self, scope: Scope) -> list[tuple[str, tuple[nodes.Source, ...]]]:
        """What `did`, `has` and aggregates may ask of a row: a path of names, and the sources along it."""
        direct = [(name, (source,)) for name, source in self.below(scope.source)]
        if not scope.outer:
            for name, link in self.ones(scope.source):
                direct += [
                    (f"{name}.{lower}", (source,))
                    for lower, source in self.below(link.parent)
                    if not isinstance(source, nodes.Event)
                ]
        deeper = [
            (f"{name}.{lower}", (*sources, source))
            for name, sources in direct
            for lower, source in self.below(sources[-1])
        ]
        return direct + deeper

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

    def where(self, scope: Scope, sources: tuple[nodes.Source, ...], depth: int) -> str:
        if depth <= 0 or self.number(0, 2) == 0:
            return ""
        inner = Scope(sources[-1], (scope.source, *sources[:-1]))
        lines = "\n".join(self.condition(inner, depth - 1) for _ in range(self.number(1, 2)))
        return f" where {{\n{lines}\n}}"

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
