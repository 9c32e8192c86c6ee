"""The tree out of the parser: values, calls and windows."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from segql.source import Span
from segql.syntax import codes, tree
from segql.syntax.builder import BuilderBase, Children
from segql.syntax.words import words

#: A call of one of these is an `Aggregate`, whatever stands in its parentheses.
AGGREGATES: Final = words(
    "count sum avg min max median stddev count_distinct first last nth nth_last favourite "
    "favourite_share share active_days active_weeks active_months streak_days streak_weeks "
    "streak_months min_gap max_gap avg_gap median_gap"
)


class ValueBuilder(BuilderBase):
    """Methods for the rules under "windows" and "values"."""

    # --- arithmetic -----------------------------------------------------------------------------

    def arithmetic(self, c: Children, start: int, end: int) -> tree.Arithmetic:
        return tree.Arithmetic(
            span=self.span(start, end),
            operator=c[1],
            left=self.value(c[0]),
            right=self.value(c[2]),
        )

    def negative(self, c: Children, start: int, end: int) -> tree.Value:
        item = c[1]
        if isinstance(item, tree.Number) and item.text[0] != "-":
            return tree.Number(span=self.span(start, end), value=-item.value, text=f"-{item.text}")
        return tree.Negative(span=self.span(start, end), value=self.value(item))

    def elapsed_since(self, c: Children, start: int, end: int) -> tree.Elapsed:
        return tree.Elapsed(
            span=self.span(start, end),
            unit=self.unit(c[0]),
            direction="since",
            value=self.value(c[1]),
        )

    def elapsed_until(self, c: Children, start: int, end: int) -> tree.Elapsed:
        return tree.Elapsed(
            span=self.span(start, end),
            unit=self.unit(c[0]),
            direction="until",
            value=self.value(c[1]),
        )

    def ago(self, c: Children, start: int, end: int) -> tree.Ago:
        return tree.Ago(span=self.span(start, end), duration=c[0])

    def today(self, c: Children, start: int, end: int) -> tree.Today:
        return tree.Today(span=self.span(start, end))

    def yesterday(self, c: Children, start: int, end: int) -> tree.Yesterday:
        return tree.Yesterday(span=self.span(start, end))

    def now(self, c: Children, start: int, end: int) -> tree.Now:
        return tree.Now(span=self.span(start, end))

    def paren(self, c: Children, start: int, end: int) -> tree.ParenValue | tree.ParenCondition:
        item = c[0]
        if isinstance(item, tree.Value):
            return tree.ParenValue(span=self.span(start, end), value=item)
        return tree.ParenCondition(span=self.span(start, end), item=item)

    def point(self, c: Children, start: int, end: int) -> tree.PointLiteral:
        return tree.PointLiteral(
            span=self.span(start, end), latitude=self.value(c[0]), longitude=self.value(c[1])
        )

    def points(self, c: Children, start: int, end: int) -> tree.Points:
        return tree.Points(span=self.span(start, end), lines=tuple(c))

    def points_line(self, c: Children, start: int, end: int) -> tree.PointsLine:
        value, condition = self.value(c[0]), self.condition(c[1])
        return tree.PointsLine(span=self.span(start, end), value=value, condition=condition)

    # --- calls ----------------------------------------------------------------------------------

    def arguments(self, c: Children, start: int, end: int) -> tuple[tree.Value | tree.Window, ...]:
        return tuple(item if isinstance(item, tree.Window) else self.value(item) for item in c)

    def list_argument(self, c: Children, start: int, end: int) -> tree.ListLiteral:
        items = tuple(self.value(item) for item in c)
        return tree.ListLiteral(span=self.span(start, end), items=items)

    def by(self, c: Children, start: int, end: int) -> tuple[tree.Value, ...]:
        return tuple(self.value(item) for item in c)

    def alias(self, c: Children, start: int, end: int) -> tree.Name:
        name: tree.Name = c[0]
        return name

    def _no_function(self, path: tree.Path) -> None:
        """`in (…)`, `known(x)`: words that stand behind a value read as the name of a function."""
        name = path.parts[0]
        if len(path.parts) > 1 or name.quoted or name.text not in ("in", "known", "unknown", "is"):
            return
        example = f"`{name.text} (…)`" if name.text == "in" else f"`is {name.text}`"
        self.report(
            codes.OTHER_PHRASE,
            f"`{name.text}` is no function; the value that it tests stands before it",
            name.span,
            "no value before it",
            f"write `country {example[1:]}, with what is tested in the place of `country`",
        )

    def call_empty(self, c: Children, start: int, end: int) -> tree.Call:
        self._no_function(c[0])
        return tree.Call(span=self.span(start, end), path=c[0].parts, arguments=())

    def call(self, c: Children, start: int, end: int) -> tree.Aggregate | tree.Call:
        path, arguments, alias, by, window, where = c
        name = path.parts[0]
        first = arguments[0]
        single = len(path.parts) == 1
        extras = alias or by or window or where
        if len(arguments) == 1 or name.text != "known":  # `known(a, b)` counts
            self._no_function(path)
        is_aggregate = single and name.text in AGGREGATES and not isinstance(first, tree.Window)
        if not is_aggregate and not extras:
            return tree.Call(span=self.span(start, end), path=path.parts, arguments=arguments)
        if not is_aggregate:
            return self._not_an_aggregate(c, start, end)
        rest = tuple(item for item in arguments[1:] if not isinstance(item, tree.Window))
        for item in arguments[1:]:
            if isinstance(item, tree.Window):
                self._window_with_in(item)
        return tree.Aggregate(
            span=self.span(start, end),
            function=name,
            argument=first,
            extra=rest,
            by=by or (),
            alias=alias,
            window=window,
            where=where,
        )

    def _window_with_in(self, window: tree.Window) -> None:
        self.report(
            codes.OTHER_PHRASE,
            "the window of an aggregate stands behind its argument, without a comma",
            window.span,
            "found behind a comma",
        )

    def _not_an_aggregate(self, c: Children, start: int, end: int) -> tree.Call:
        path, arguments, alias, by, window, where = c
        name = ".".join(part.text for part in path.parts)
        extra = next(item for item in (window, where, alias, by) if item)
        span = extra[0].span if isinstance(extra, tuple) else extra.span
        self.report(
            codes.OTHER_PHRASE,
            f"`{name}` is not an aggregate, so it takes no window, `where`, `by` or `as`",
            span,
            "belongs to an aggregate",
            "a window for a trait is an argument without `in`: `spend_in(last 90 days)`",
        )
        return tree.Call(span=self.span(start, end), path=path.parts, arguments=arguments)

    def population(self, c: Children, start: int, end: int) -> tree.Population:
        path, arguments, among, per = c
        values = tuple(item for item in arguments if isinstance(item, tree.Value))
        return self._population(path, values, among, per, self.span(start, end))

    def population_count(self, c: Children, start: int, end: int) -> tree.Population:
        path, among, per = c
        return self._population(path, (), among, per, self.span(start, end))

    def _population(
        self,
        path: tree.Path,
        arguments: tuple[tree.Value, ...],
        among: tree.Path,
        per: tree.Value | tree.Condition | None,
        span: Span,
    ) -> tree.Population:
        return tree.Population(
            span=span,
            function=self.dotted_name(path.parts),
            arguments=arguments,
            among=self.dotted_name(among.parts),
            per=None if per is None else self.value(per),
        )

    def dotted_name(self, parts: tuple[tree.Name, ...]) -> tree.Name:
        """One `Name` for `lifecycle.new` where the tree wants a single name."""
        if len(parts) == 1:
            return parts[0]
        span = parts[0].span.to(parts[-1].span)
        return tree.Name(span=span, text=".".join(part.text for part in parts))

    # --- windows --------------------------------------------------------------------------------

    def window_in(self, c: Children, start: int, end: int) -> tree.Window:
        window: tree.Window = c[0]
        return window

    def window_plain(self, c: Children, start: int, end: int) -> tree.Window:
        window: tree.Window = c[0]
        return window

    def window_name(self, c: Children, start: int, end: int) -> tree.WindowName:
        return tree.WindowName(span=self.span(start, end), name=c[0])

    def rolling_last(self, c: Children, start: int, end: int) -> tree.Rolling:
        count = self.whole(c[0], 1, "number of units")
        span = self.span(start, end)
        return tree.Rolling(span=span, direction="last", count=count, unit=self.unit(c[1]))

    def rolling_next(self, c: Children, start: int, end: int) -> tree.Rolling:
        count = self.whole(c[0], 1, "number of units")
        span = self.span(start, end)
        return tree.Rolling(span=span, direction="next", count=count, unit=self.unit(c[1]))

    def calendar_this(self, c: Children, start: int, end: int) -> tree.Calendar:
        span = self.span(start, end)
        return tree.Calendar(span=span, which="this", count=1, unit=self.unit(c[0]))

    def calendar_last(self, c: Children, start: int, end: int) -> tree.Calendar:
        count = 1 if c[0] is None else self.whole(c[0], 1, "number of units")
        span = self.span(start, end)
        return tree.Calendar(span=span, which="last", count=count, unit=self.unit(c[1]))

    def calendar_next(self, c: Children, start: int, end: int) -> tree.Calendar:
        count = 1 if c[0] is None else self.whole(c[0], 1, "number of units")
        span = self.span(start, end)
        return tree.Calendar(span=span, which="next", count=count, unit=self.unit(c[1]))

    def on_today(self, c: Children, start: int, end: int) -> tree.OnDay:
        return tree.OnDay(span=self.span(start, end), day=self.today(c, start, end))

    def on_yesterday(self, c: Children, start: int, end: int) -> tree.OnDay:
        return tree.OnDay(span=self.span(start, end), day=self.yesterday(c, start, end))

    def on_day(self, c: Children, start: int, end: int) -> tree.OnDay:
        return tree.OnDay(span=self.span(start, end), day=self.value(c[0]))

    def between(self, c: Children, start: int, end: int) -> tree.Between:
        low, high = self.value(c[0]), self.value(c[1])
        return tree.Between(span=self.span(start, end), start=low, end=high)

    def since(self, c: Children, start: int, end: int) -> tree.Since:
        return tree.Since(span=self.span(start, end), start=self.value(c[0]))

    def before(self, c: Children, start: int, end: int) -> tree.Before:
        return tree.Before(span=self.span(start, end), end=self.value(c[0]))

    def after(self, c: Children, start: int, end: int) -> tree.After:
        return tree.After(span=self.span(start, end), start=self.value(c[0]))


def constant(value: tree.Value) -> Decimal | None:
    """The number that a literal is."""
    return value.value if isinstance(value, tree.Number | tree.Percent) else None
