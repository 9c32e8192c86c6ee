"""Random values: attributes, literals, functions, aggregates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from segql.model import nodes
from tests.agreement.choices import (
    DATES,
    INSTANTS,
    SHORT_UNITS,
    TEXTS,
    UNITS,
    Scope,
    kind_of,
    said,
    time_of,
)
from tests.agreement.populations import Populations

COLUMNS = ("int", "decimal", "float", "text", "date", "timestamp", "enum", "bool")
GAPS = ("min_gap", "max_gap", "avg_gap", "median_gap")
STREAKS = ("streak_days", "streak_weeks", "streak_months")
ACTIVE = ("active_days", "active_weeks", "active_months")
LATITUDES = ("0", "52.23", "52.2301", "90", "-90", "89.9999", "-33.5")
LONGITUDES = ("0", "21.01", "180", "-180", "179.999", "-179.999", "-70.25")
CLOCK_UNITS = ("second", "minute", "hour", *UNITS)

# What makes a value of a kind: `<kind>` is a value of that kind, `<literal kind>` a literal, and so on.
FORMS: dict[str, tuple[str, ...]] = {
    "int": (
        "(<int> <+-*> <int>)", "abs(<int>)", "least(<int>, <int>)", "greatest(<int>, <int>)", "coalesce(<int>, <literal int>)",
        "<unit>s since <date>", "<unit>s until <date>", "<clock unit>s since <timestamp>", "<clock unit>s until <timestamp>",
        "year(<date>)", "month(<timestamp>)", "day(<date>)", "weekday(<timestamp>)", "weekday(<date>)", "hour(<timestamp>)",
        "minute(<timestamp>)", "quarter(<timestamp>)", "quarter(<date>)",
        "length(<text>)", "known(<number>, <text>)", "(-<int>)",
    ),
    "decimal": (
        "(<number> <+-*> <decimal>)", "(<number> / <number>)", "round(<number>, <digit>)", "mean(<number>, <number>)", "abs(<decimal>)",
        "least(<decimal>, <number>)", "coalesce(<decimal>, <number>)", "round(<float>, <digit>)", "(<duration> / <duration>)",
    ),
    "text": (
        "lower(<text>)", "upper(<text>)", "trim(<text>)", "coalesce(<text>, <text>)", "greatest(<text>, <text>)",
    ),
    "date": ("date(<timestamp>)", "(<date> <+-> <count> <unit>s)"),
    "timestamp": ("(<timestamp> <+-> <count> <short unit>s)",),
    "duration": (
        "(<date> - <date>)", "(<timestamp> - <timestamp>)", "(<duration> <+-> <duration>)", "(<digit> * <duration>)",
        "(<duration> * <literal decimal>)", "(<duration> / <literal int>)",
    ),
}  # fmt: skip


class Values(Populations):
    def literal(self, kind: str) -> str:
        match kind:
            case "int":
                return str(self.number(-3, 12))
            case "decimal":
                return str(
                    self.pick(("0.5", "1.25", "-2.5", "0.333333", "100", "12.3", "10%", "0"))
                )
            case "float":
                return str(self.pick(("0.5", "1", "-2.5", "0.1")))
            case "text":
                return str(self.pick(TEXTS))
            case "date":
                return str(self.pick((*DATES, "today", "today - 30 days", "today + 7 days")))
            case "timestamp":
                return str(
                    self.pick(
                        (*INSTANTS, "now", "90 days ago", "1 month ago", "1 month ago + 7 days")
                    )
                )
            case "duration":
                return str(
                    self.pick(("0 days", "1 day", "36 hours", "1 week", "90 days", "1 second"))
                )
            case "bool":
                return str(self.pick(("true", "false")))
            case "point":
                return f"point({self.pick(LATITUDES)}, {self.pick(LONGITUDES)})"
            case _:
                raise ValueError(kind)

    def value(self, scope: Scope, kind: str, depth: int) -> str:
        here = [item.text for item in self.attributes(scope) if kind_of(item.type) == kind]
        choices: list[str] = ["literal"]
        if here:
            choices = ["attribute", "attribute", "attribute", "literal"]
        if depth > 0:
            choices += ["points"] if kind in ("int", "decimal") else []
            choices += ["made", "made", *["called"] * 3, *["over"] * 3, *["aggregate"] * 6]
        choice = self.pick(choices)
        if choice == "attribute":
            return str(self.pick(here))
        found: str | None = None
        match choice:
            case "made":
                return self.made(scope, kind, depth - 1)
            case "points":
                return self.points(scope, kind, depth - 1)
            case "called":
                found = self.called(scope, kind)
            case "over":
                found = self.over(scope, kind, depth - 1)
        if choice == "aggregate" or (depth > 0 and choice in ("called", "over") and found is None):
            return self.aggregate(scope, kind, depth - 1)
        if found is not None:
            return found
        if not here:
            return self.literal(kind)
        return str(self.pick((self.literal(kind), self.pick(here))))

    def made(self, scope: Scope, kind: str, depth: int) -> str:
        if kind not in FORMS:
            return self.literal(kind)
        return re.sub(
            r"<([^<>]{2,})>",
            lambda found: self._part(scope, found[1], depth),
            self.pick(FORMS[kind]),
        )

    def _part(self, scope: Scope, name: str, depth: int) -> str:
        match name:
            case "+-" | "+-*":
                return str(self.pick(name))
            case "unit" | "clock unit" | "short unit":
                units = {"unit": UNITS, "clock unit": CLOCK_UNITS, "short unit": SHORT_UNITS}
                return str(self.pick(units[name]))
            case "count":
                return str(self.number(1, 40))
            case "digit":
                return str(self.number(0, 3))
            case "number":
                return self.value(scope, self.pick(("int", "decimal")), depth)
            case _ if name.startswith("literal "):
                return self.literal(name.removeprefix("literal "))
            case _:
                return self.value(scope, name, depth)

    def points(self, scope: Scope, kind: str, depth: int) -> str:
        """Numbers under conditions, added up."""
        lines = []
        for _ in range(self.number(1, 3)):
            value = self.literal(kind) if self.maybe() else self.value(scope, kind, min(depth, 1))
            lines.append(f"{value}: {self.condition(scope, 0)}")
        return "points {\n" + "\n".join(lines) + "\n}"

    # --- traits with parameters -------------------------------------------------------------------

    def called(self, scope: Scope, kind: str) -> str | None:
        """A call of a trait of the catalogue that has parameters."""
        calls: dict[str, list[tuple[str, Callable[[], str]]]] = {
            "int": [
                ("customer", lambda: f"spend_in({self._period(scope, 'purchase')}{self._more(scope, 'int')})"),
                ("customer", lambda: f"lately({self._event_and_period(scope)})"),
                ("customer", lambda: f"branded({self._argument(scope, 'text')}{self._list_of_texts()})"),
                ("store", lambda: f"sold({self._period(scope, 'purchase')})"),
            ],
            "duration": [("customer", lambda: f"idle({self.pick(('visit', 'contact', 'visit_home'))})")],
            "bool": [
                ("customer", lambda: f"quiet({self.pick(('visit', 'anything'))}{self._more(scope, 'duration')})"),
                ("customer", lambda: "passes(" + ", ".join(self._argument(scope, one) for one in ("decimal", "date", "timestamp", "bool")[: self.number(1, 4)]) + ")"),
            ],
        }  # fmt: skip
        rows = [("", scope.source)]
        rows += [(f"{name}.", link.parent) for name, link in self.ones(scope.source)]
        found = [
            (prefix, write)
            for prefix, source in rows
            for owner, write in calls.get(kind, ())
            if source.name == owner
        ]
        if not found:
            return None
        prefix, write = self.pick(found)
        return f"{prefix}{write()}"

    def _period(self, scope: Scope, event: str) -> str:
        source = self.model.sources[event]
        assert isinstance(source, nodes.Event)
        assert source.at is not None
        found = self.window(scope, source.at.type.name, 1, forward=False).removeprefix("in ")
        return "last 30 days" if found in ("today", "yesterday") else found

    def _event_and_period(self, scope: Scope) -> str:
        event = self.pick(("purchase", "visit", "stay", "paid", "contact", "visit_home"))
        return event if self.maybe() else f"{event}, {self._period(scope, event)}"

    def _argument(self, scope: Scope, kind: str) -> str:
        return self.literal(kind) if self.maybe() else self.value(scope, kind, 0)

    def _more(self, scope: Scope, kind: str) -> str:
        return "" if self.maybe() else ", " + self._argument(scope, kind)

    def _list_of_texts(self) -> str:
        if self.maybe():
            return ""
        items = ", ".join(self.literal("text") for _ in range(self.number(2, 3)))
        return f", ({items})"

    # --- aggregates -------------------------------------------------------------------------------

    def aggregate(self, scope: Scope, kind: str, depth: int) -> str:
        found = self.searches(scope)
        if not found:
            return self.made(scope, kind, depth)
        search = self.pick(found)
        name, sources, _ = search
        at = time_of(sources)
        alias = self.alias(scope)
        end = self.window_or_none(scope, sources, depth)
        end += self.where(scope, search, depth, alias)
        columns: dict[str, list[str]] = {one: [] for one in COLUMNS}
        for item in sources[-1].attributes.values():
            columns.get(kind_of(item.type), []).append(f"{name}.{item.name}")
        of = lambda *kinds: self.pick([text for one in kinds for text in columns[one]] or [""])  # noqa: E731
        picked = self._function(kind, name, of, at, sources)
        if picked is None:
            return self.literal(kind)
        function, argument, extra = picked
        return f"{function}({argument}{said(alias)}{extra}{end})"

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
        options: list[tuple[str, str]]
        match kind:
            case "int":
                options = [("count", name), ("count", name)]
                options += [
                    ("count_distinct", of("text", "int", "decimal", "date", "enum", "bool"))
                ]
                options += [(f, of("int")) for f in ("sum", "min", "max", "favourite", *ordered)]
                if at is not None:
                    options += [(f, name) for f in (*ACTIVE, *STREAKS, *STREAKS)]
            case "decimal":
                options = [(f, numeric) for f in ("sum", "avg", "median", "stddev", "min", "max")]
                options += [("sum", of("float")), ("avg", of("float"))]
                options += [(f, of("decimal")) for f in ordered]
                options += [("favourite_share", of("text", "int", "date", "enum"))] * 2
                if numeric and self.number(0, 2) == 0:
                    options = [
                        ("sum", f"{numeric} * {of('int', 'decimal')}"),
                        ("avg", f"{numeric} + 1"),
                    ]
            case "float":
                options = [("min", of("float")), ("max", of("float"))]
            case "duration":
                options = [(f, name) for f in GAPS] if at is not None else []
                one = self.pick(("date", "timestamp"))
                if of(one):
                    lengths = f"{of(one)} - {of(one)}"
                    options += [(f, lengths) for f in ("sum", "avg", "median", "min", "max")]
            case "text" | "date" | "timestamp":
                options = [(f, of(kind)) for f in ("min", "max", *ordered)]
                if kind == "text":
                    options += [("favourite", of("text")), ("favourite", of("text", "enum"))]
                direct = isinstance(sources[-1], nodes.Event)
                if kind == "timestamp" and at is not None and at.type.name == kind and direct:
                    options += [(f, f"{name}.at") for f in ("first", "last", "min", "max")]
            case _:
                return None
        options = [(function, argument) for function, argument in options if argument]
        if not options:
            return None
        function, argument = self.pick(options)
        extra = f", {self.number(1, 3)}" if function.startswith("nth") else ""
        if function.startswith("favourite") and self.maybe():
            measures = self._measures(name, of, at)
            if function == "favourite_share":
                measures = [one for one in measures if "_gap(" not in one and "(text" not in one]
            chosen = [self.pick(measures) for _ in range(self.number(1, 2))]
            extra = " by " + ", ".join(measure.removeprefix("(text)") for measure in chosen)
        return function, argument, extra

    def _measures(self, name: str, of: Callable[..., str], at: nodes.Attribute | None) -> list[str]:
        """What the values of a favourite can be ordered by; those that are no amounts marked as `(text)`."""
        numeric, text = of("int", "decimal"), of("text", "date", "timestamp")
        found = [f"count({name})"]
        if numeric:
            functions = ("sum", "max", "min", "avg", "median", "stddev", "count_distinct")
            functions += ("first", "last") if at is not None else ()
            found += [f"{function}({numeric})" for function in functions]
        if text:
            found += [f"(text){function}({text})" for function in ("min", "max")]
            found += [f"count_distinct({text})"]
        if at is not None:
            found += [
                f"{function}({name})" for function in (*ACTIVE, *STREAKS, *STREAKS, *GAPS, *GAPS)
            ]
        return found

    def share(self, scope: Scope, depth: int) -> str | None:
        found = self.searches(scope)
        if not found:
            return None
        search = self.pick([one for one in found if one.own])
        window = self.window_or_none(scope, search.sources, depth)
        inner = self.condition(scope.inside(search), 0)
        return f"share({search.name}{window} where {{ {inner} }})"
