"""Random segments as text, well typed over a model: every construct that is in scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


class Writer:
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

    # --- conditions -------------------------------------------------------------------------------

    def condition(self, scope: Scope, depth: int) -> str:
        if depth <= 0:
            return self.suffixed(self.leaf(scope, 0))
        kind = self.pick(
            ("leaf", "leaf", "leaf", "not", "and", "or", "all", "any", "none", "of", "nested")
        )
        inner = lambda: self.condition(scope, depth - 1)  # noqa: E731
        match kind:
            case "leaf":
                return self.suffixed(self.leaf(scope, depth))
            case "not":
                return f"not ({inner()})"
            case "and" | "or":
                return (
                    "(" + f" {kind} ".join(f"({inner()})" for _ in range(self.number(2, 3))) + ")"
                )
            case "all" | "any" | "none":
                return self.block(kind, [inner() for _ in range(self.number(1, 3))])
            case "of":
                items = [inner() for _ in range(self.number(2, 3))]
                word = self.pick(("at least", "exactly"))
                return self.block(f"{word} {self.number(1, len(items))} of", items)
            case _:
                return f"({inner()})"

    def block(self, head: str, items: Sequence[str]) -> str:
        return f"{head} {{\n" + "\n".join(items) + "\n}"

    def suffixed(self, leaf: tuple[str, bool]) -> str:
        text, admits = leaf
        return text + (self.pick(("", "", " or unknown", " if known")) if admits else "")

    def leaf(self, scope: Scope, depth: int) -> tuple[str, bool]:
        """A leaf, and whether `or unknown` may stand behind it."""
        kinds: list[Callable[[Scope, int], tuple[str, bool] | None]] = [
            self.comparison, self.comparison, self.range, self.set, self.known, self.text_test, self.list_test, self.bare,
            self.time_test, self.time_test, self.anniversary, self.did, self.did, self.has, self.member,
        ]  # fmt: skip
        start = self.number(0, len(kinds) - 1)
        for kind in (*kinds[start:], *kinds[:start]):
            found = kind(scope, depth)
            if found is not None:
                return found
        raise AssertionError("no leaf for this row")

    def comparison(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(
            (
                "int",
                "int",
                "decimal",
                "decimal",
                "text",
                "date",
                "timestamp",
                "duration",
                "float",
                "enum",
                "ordered",
            )
        )
        operator = self.pick(OPERATORS)
        if kind in ("enum", "ordered"):
            found = [item for item in self.attributes(scope) if isinstance(item.type, EnumType)]
            if found:
                one = self.pick(found)
                assert isinstance(one.type, EnumType)
                if not one.type.ordered:
                    operator = self.pick(("=", "!="))
                return f'{one.text} {operator} "{self.pick(one.type.values)}"', True
            kind = "int"
        if kind == "float":
            operator = self.pick(("<", "<=", ">", ">="))
        other = {"int": ("int", "decimal"), "decimal": ("int", "decimal")}.get(kind, (kind,))
        left, right = self.value(scope, kind, depth), self.value(scope, self.pick(other), depth - 1)
        ignoring = " ignoring case" if kind == "text" and self.number(0, 3) == 0 else ""
        return f"{left} {operator} {right}{ignoring}", True

    def range(self, scope: Scope, depth: int) -> tuple[str, bool]:
        low = self.number(-5, 10)
        word = self.pick(("in", "in", "not in"))
        kind = self.pick(("int", "decimal"))
        return f"{self.value(scope, kind, depth)} {word} {low}..{low + self.number(0, 20)}", True

    def set(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(("int", "text", "text", "date", "decimal"))
        items = ", ".join(self.literal(kind) for _ in range(self.number(1, 3)))
        ignoring = " ignoring case" if kind == "text" and self.number(0, 3) == 0 else ""
        return (
            f"{self.value(scope, kind, depth)} {self.pick(('in', 'not in'))} ({items}){ignoring}",
            True,
        )

    def known(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(("int", "decimal", "text", "date", "timestamp", "duration"))
        return f"{self.value(scope, kind, depth)} is {self.pick(('known', 'unknown'))}", False

    def text_test(self, scope: Scope, depth: int) -> tuple[str, bool]:
        test = self.pick(("contains", "starts with", "ends with", "matches", "does not contain", "does not start with", "does not match"))  # fmt: skip
        value = self.value(scope, "text", depth)
        pattern = (
            self.pick(PATTERNS)
            if "match" in test
            else self.pick((self.literal("text"), self.value(scope, "text", 0)))
        )
        return f"{value} {test} {pattern}{self.pick(('', '', ' ignoring case'))}", True

    def list_test(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [item for item in self.attributes(scope) if isinstance(item.type, ListType)]
        if not found:
            return None
        one = self.pick(found)
        assert isinstance(one.type, ListType)
        kind = one.type.item.name
        if self.number(0, 3) == 0:
            return f"{one.text} {self.pick(('has', 'does not have'))} {self.literal(kind)}", True
        test = self.pick(("any", "all", "none"))
        others = [item.text for item in found if item.type == one.type]
        if self.number(0, 2) == 0:
            return f"{one.text} has {test} {self.pick(others)}", True
        items = ", ".join(self.literal(kind) for _ in range(self.number(1, 3)))
        return f"{one.text} has {test} ({items})", True

    def bare(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [item for item in self.attributes(scope) if item.type.name == "bool"]
        if not found:
            return None
        one = self.pick(found).text
        return self.pick((one, one, f"{one} = true", f"{one} != true", f"not {one}")), False

    def time_test(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(("date", "timestamp"))
        value = self.value(scope, kind, depth)
        negated = self.number(0, 4) == 0
        window = self.window(scope, kind, depth, forward=True)
        if negated and window.startswith("in "):
            window = "not " + window
        return f"{value} {window}", True

    def anniversary(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        dates = [item for item in self.attributes(scope) if item.type.name == "date"]
        if not dates:
            return None
        count, unit = self.number(1, 40), self.pick(("day", "day", "week", "month"))
        window = self.pick(
            (
                f"in last {count} {unit}s",
                f"in next {count} {unit}s",
                "today",
                "yesterday",
                f"in this {unit}",
                f"in next full {unit}",
                f"on {self.pick(DATES)}",
            )
        )
        return f"anniversary({self.pick(dates).text}) {window}", True

    def did(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [
            path
            for path in self.searches(scope)
            if _time_of(path[1]) and len(path[0].split(".")) == 1
        ]
        if not found:
            return None
        name, sources = self.pick(found)
        word = self.pick(("did", "did", "did not"))
        times, window = self.times(), self.window_or_none(scope, sources, depth)
        return f"{word} {name}{times}{window}{self.where(scope, sources, depth)}", False

    def has(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [
            path
            for path in self.searches(scope)
            if not _time_of(path[1][-1:]) and len(path[0].split(".")) == 1
        ]
        if not found:
            return None
        name, sources = self.pick(found)
        where = self.where(scope, sources, depth)
        if self.number(0, 2) == 0:
            return f"has no {name}{where}", False
        times = self.times().removesuffix(" times").removesuffix(" time")
        return f"has{times} {name}{where}", False

    def times(self) -> str:
        n = self.number(1, 3)
        s = "" if n == 1 else "s"
        return self.pick(
            (
                "",
                "",
                f" at least {n} time{s}",
                f" exactly {n} time{s}",
                f" more than {n} time{s}",
                f" {n} to {n + 1} times",
            )
        )

    def member(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        relations = {
            "": scope.source,
            **{f"{name} ": link.parent for name, link in self.ones(scope.source)},
        }
        found = [
            (relation, segment.name)
            for relation, source in relations.items()
            for segment in self.model.segments.values()
            if segment.entity is source
        ]
        if not found:
            return None
        relation, name = self.pick(found)
        return f"{relation}{self.pick(('', 'not '))}member of {name}", False

    # --- searches ---------------------------------------------------------------------------------

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
        at = _time_of(sources)
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

    # --- values -----------------------------------------------------------------------------------

    def attributes(self, scope: Scope) -> list[Found]:
        """Attributes of the row, over to-one relations, and of the rows around it by their names."""
        found = [
            Found(item.name, item.type)
            for item in scope.source.attributes.values()
            if not _derived_condition(item)
        ]
        for name, link in self._paths(scope.source):
            found += [Found(f"{name}.{item.name}", item.type) for item in link.attributes.values()]
        for outer in scope.outer:
            if outer is not scope.source:
                found += [
                    Found(f"{outer.name}.{item.name}", item.type)
                    for item in outer.attributes.values()
                ]
        return found

    def _paths(self, source: nodes.Source) -> list[tuple[str, nodes.Source]]:
        return [(name, link.parent) for name, link in source.one.items()]

    def literal(self, kind: str) -> str:
        match kind:
            case "int":
                return str(self.number(-3, 12))
            case "decimal":
                return self.pick(("0.5", "1.25", "-2.5", "0.333333", "100", "12.3", "10%", "0"))
            case "float":
                return self.pick(("0.5", "1", "-2.5", "0.1"))
            case "text":
                return str(self.pick(TEXTS))
            case "date":
                return self.pick((*DATES, "today", "today - 30 days", "today + 7 days"))
            case "timestamp":
                return self.pick(
                    (*INSTANTS, "now", "90 days ago", "1 month ago", "1 month ago + 7 days")
                )
            case "duration":
                return self.pick(("0 days", "1 day", "36 hours", "1 week", "90 days", "1 second"))
            case _:
                raise ValueError(kind)

    def value(self, scope: Scope, kind: str, depth: int) -> str:
        here = [item.text for item in self.attributes(scope) if _kind(item.type) == kind]
        choices: list[str] = ["literal"]
        if here:
            choices = ["attribute", "attribute", "attribute", "literal"]
        if depth > 0:
            choices += ["made", "made", *["aggregate"] * 5]
        choice = self.pick(choices)
        if choice == "attribute":
            return str(self.pick(here))
        if choice == "made":
            return self.made(scope, kind, depth - 1)
        if choice == "aggregate":
            return self.aggregate(scope, kind, depth - 1)
        if kind == "duration" or not here:
            return self.literal(kind)
        return str(self.pick((self.literal(kind), self.pick(here))))

    def made(self, scope: Scope, kind: str, depth: int) -> str:
        v = lambda other: self.value(scope, other, depth)  # noqa: E731
        number = lambda: self.value(scope, self.pick(("int", "decimal")), depth)  # noqa: E731
        match kind:
            case "int":
                time = self.pick(("date", "timestamp"))
                unit = (
                    self.pick(UNITS if time == "date" else ("second", "minute", "hour", *UNITS))
                    + "s"
                )
                return str(self.pick((
                    f"({v('int')} {self.pick('+-*')} {v('int')})", f"abs({v('int')})", f"least({v('int')}, {v('int')})",
                    f"greatest({v('int')}, {v('int')})", f"coalesce({v('int')}, {self.literal('int')})",
                    f"{unit} since {v(time)}", f"{unit} until {v(time)}",
                    f"{self.pick(('year', 'month', 'day', 'weekday'))}({v(time)})", f"hour({v('timestamp')})",
                    f"length({v('text')})", f"known({number()}, {v('text')})", f"(-{v('int')})",
                )))  # fmt: skip
            case "decimal":
                return str(self.pick((
                    f"({number()} {self.pick('+-*')} {v('decimal')})", f"({number()} / {number()})", f"round({number()}, {self.number(0, 3)})",
                    f"mean({number()}, {number()})", f"abs({v('decimal')})", f"least({v('decimal')}, {number()})",
                    f"coalesce({v('decimal')}, {number()})", f"round({v('float')}, {self.number(0, 3)})",
                )))  # fmt: skip
            case "text":
                return str(self.pick((
                    f"lower({v('text')})", f"upper({v('text')})", f"trim({v('text')})",
                    f"coalesce({v('text')}, {v('text')})", f"greatest({v('text')}, {v('text')})",
                )))  # fmt: skip
            case "date":
                return self.pick(
                    (
                        f"date({v('timestamp')})",
                        f"({v('date')} {self.pick('+-')} {self.number(1, 40)} {self.pick(UNITS)}s)",
                    )
                )
            case "timestamp":
                return f"({v('timestamp')} {self.pick('+-')} {self.number(1, 40)} {self.pick(SHORT_UNITS)}s)"
            case "duration":
                time = self.pick(("date", "timestamp"))
                return f"({v(time)} - {v(time)})"
            case _:
                return self.literal(kind)

    def aggregate(self, scope: Scope, kind: str, depth: int) -> str:
        found = self.searches(scope)
        if not found:
            return self.made(scope, kind, depth)
        name, sources = self.pick(found)
        at = _time_of(sources)
        end = self.window_or_none(scope, sources, depth) + self.where(scope, sources, depth)
        inner = Scope(sources[-1], (scope.source, *sources[:-1]))
        columns = {kind: [f"{name}.{item.name}" for item in sources[-1].attributes.values() if _kind(item.type) == kind] for kind in ("int", "decimal", "float", "text", "date", "timestamp")}  # fmt: skip
        of = lambda *kinds: self.pick([text for one in kinds for text in columns[one]] or [""])  # noqa: E731
        del inner
        picked = self._function(kind, name, of, at, sources)
        if picked is None:
            return self.literal(kind)
        function, argument, extra = picked
        return f"{function}({argument}{extra}{end})"

    def _function(
        self,
        kind: str,
        name: str,
        of: Callable[..., str],
        at: nodes.Attribute | None,
        sources: Sequence[nodes.Source],
    ) -> tuple[str, str, str] | None:
        ordered = ["first", "last", "nth", "nth_last"] if at is not None else []
        numeric = of("int", "decimal")
        match kind:
            case "int":
                options = [
                    ("count", name),
                    ("count", name),
                    ("count_distinct", of("text", "int", "decimal", "date")),
                    ("sum", of("int")),
                    ("min", of("int")),
                    ("max", of("int")),
                    ("favourite", of("int")),
                ]
                options += [(f, of("int")) for f in ordered]
                if at is not None:
                    options += [(f, name) for f in ("active_days", "active_weeks", "active_months")]
            case "decimal":
                options = [(f, numeric) for f in ("sum", "avg", "median", "stddev", "min", "max")]
                options += [("sum", of("float")), ("avg", of("float"))] + [
                    (f, of("decimal")) for f in ordered
                ]
                if numeric and self.number(0, 2) == 0:
                    options = [
                        ("sum", f"{numeric} * {of('int', 'decimal')}"),
                        ("avg", f"{numeric} + 1"),
                    ]
            case "float":
                options = [("min", of("float")), ("max", of("float"))]
            case "text" | "date" | "timestamp":
                options = [(f, of(kind)) for f in ("min", "max", *ordered)]
                if kind == "text":
                    options += [("favourite", of("text")), ("favourite", of("text"))]
                if (
                    kind == "timestamp"
                    and at is not None
                    and at.type.name == "timestamp"
                    and isinstance(sources[-1], nodes.Event)
                ):
                    options += [(f, f"{name}.at") for f in ("first", "last", "min", "max")]
            case _:
                return None
        options = [(function, argument) for function, argument in options if argument]
        if not options:
            return None
        function, argument = self.pick(options)
        extra = f", {self.number(1, 3)}" if function.startswith("nth") else ""
        if function == "favourite" and self.maybe():
            measures = (
                [f"count({name})", f"sum({numeric})", f"max({numeric})"]
                if numeric
                else [f"count({name})"]
            )
            first = self.number(0, len(measures) - 1)
            extra = " by " + ", ".join(measures[first : first + self.number(1, 2)])
        return function, argument, extra

    def share(self, scope: Scope, depth: int) -> str | None:
        found = self.searches(scope)
        if not found:
            return None
        name, sources = self.pick(found)
        inner = Scope(sources[-1], (scope.source, *sources[:-1]))
        window = self.window_or_none(scope, sources, depth)
        return f"share({name}{window} where {{ {self.condition(inner, 0)} }})"


def _time_of(sources: Sequence[nodes.Source]) -> nodes.Attribute | None:
    """The time that a window asks: of the nearest event on the way."""
    for source in reversed(sources):
        if isinstance(source, nodes.Event):
            return source.at
    return None


def _kind(type_: Type) -> str:
    if isinstance(type_, EnumType | ListType):
        return type_.name
    return "decimal" if isinstance(type_, DecimalType) else type_.name


def _derived_condition(attribute: nodes.Attribute) -> bool:
    return False


def segment_text(model: nodes.Model, choices: bytes) -> str:
    """What follows `segment NAME`: of an entity, with a line or two of conditions."""
    writer = Writer(model, choices)
    subject = model.sources[writer.pick(("customer", "customer", "customer", "store"))]
    depth = writer.pick((0, 1, 2, 2))
    lines = [writer.condition(Scope(subject), depth) for _ in range(writer.pick((1, 1, 1, 2)))]
    body = "\n".join(lines)
    return f"of {subject.name} {{\n  where {{\n{body}\n  }}\n}}"


def trait_text(model: nodes.Model, choices: bytes) -> str:
    """What follows `trait NAME`: of an entity, with a value of any type."""
    writer = Writer(model, choices)
    scope = Scope(model.sources[writer.pick(("customer", "customer", "customer", "store"))])
    kind = writer.pick(
        ("int", "decimal", "decimal", "text", "date", "timestamp", "share", "duration")
    )
    value = writer.share(scope, 1) if kind == "share" else writer.value(scope, kind, 2)
    return f"of {scope.source.name} = {value}"
