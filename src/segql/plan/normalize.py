"""Model -> normal form: constants folded, searches spelled out, negations pushed down to the leaves.

In normal form there is no `Named`, `Exists`, `Aggregate`, `MemberOf`, `IfKnown` and no constant window or moment
left: an `Existence` or `Aggregation` over a `Selection` stands for each search, `Not` only before a single leaf, and
a comparison has its stored column on the left and its constant on the right wherever that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from decimal import Decimal
from typing import Any as Anything
from typing import cast

from segql.model import nodes
from segql.model.clock import Clock, OutOfRangeError, operands
from segql.model.nodes import Condition, Link, Row, RowRef, Search, Source, Up, Value
from segql.model.running import before_now, moment, running_clock
from segql.model.scalars import NumberTooLargeError
from segql.model.types import BOOL, INT
from segql.plan import favourites, groups, histories, populations, regularity, sequences
from segql.plan.comparisons import between, comparison, count_between, in_range
from segql.plan.nodes import (
    NOWHERE,
    Aggregation,
    Always,
    Conditions,
    Existence,
    PlanError,
    RowExists,
    Selection,
    source_time,
)
from segql.plan.simplify import (
    all_of,
    any_of,
    complement,
    conjuncts,
    count_of,
    never_unknown,
    tighten,
)


def root(source: Source) -> Source:
    """The event that a subset (of a subset…) was cut from; other sources themselves."""
    while isinstance(source, nodes.Event) and source.base is not None:
        source = source.base
    return source


def level_of(row: RowRef) -> int:
    while isinstance(row, Up):
        row = row.row
    return row.level


class Normalizer:
    """Brings definitions into normal form for one `as of`; remembers what values were called."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.names: dict[Aggregation, str] = {}
        """The trait or derived attribute that an aggregation is the value of."""
        self._links: dict[tuple[Source, tuple[str, ...], Source], Link] = {}
        self._existing: dict[tuple[Source, RowRef], Conditions] = {}
        self._moments: dict[Hashable, Normalizer] = {clock.identity: self}

    def at(self, moment: Value) -> Normalizer:
        """The one for which `moment` is `as of`: a constant, or counted from an `as of` that only the engine knows."""
        clock: Clock
        if isinstance(moment, nodes.Const):
            clock = Clock(cast(datetime, moment.value), self.clock.settings)
        else:
            clock = running_clock(moment, self.clock.settings)
        return self.of(clock)

    def of(self, clock: Clock) -> Normalizer:
        """The one with that clock."""
        if clock.identity not in self._moments:
            made = Normalizer(clock)
            made._moments = self._moments
            self._moments[clock.identity] = made
        return self._moments[clock.identity]

    def known(self, moment: Hashable) -> Normalizer:
        """The one made for a moment before, by `Clock.identity`."""
        return self._moments[moment]

    def subject(self, source: Source) -> Pass:
        """For expressions over `Row(0, source)`."""
        return Pass(self, Row(0, root(source)), 0)

    def over(self, row: RowRef) -> Pass:
        """For what is written over `Row(0, …)` of its own source, asked of `row`."""
        return Pass(self, row, level_of(row))

    def link(self, link: Link) -> Link:
        """One link for all subsets of an event."""
        base = root(link.child)
        if base is link.child:
            return link
        owner = getattr(base, "owner", None)
        if owner is not None and (owner.columns, owner.parent) == (link.columns, link.parent):
            found: Link = owner
            return found
        key = (base, link.columns, link.parent)
        if key not in self._links:
            self._links[key] = Link(link.name, base, link.columns, link.parent, link.span)
        return self._links[key]

    def existing(self, source: Source, row: RowRef) -> Conditions:
        """What holds for `row` if it is a row of `source` that exists as of now (3.3, `only`, subsets).

        Every row that a query reads goes through here. The rows of a union exist if they do in their part.
        """
        known = self._existing.get((source, row))
        if known is None:
            known = tuple(self._exist(source, row))
            self._existing[(source, row)] = known
        return known

    def _exist(self, source: Source, row: RowRef) -> list[Condition]:
        over = self.over(row)
        items: list[Condition] = []
        if isinstance(source, nodes.Event):
            if source.base is not None:
                items += self.existing(source.base, row)
                if source.where is not None:
                    items += conjuncts(over.condition(source.where))
            elif not source.parts and source.groups is None:
                time = source_time(source, row)
                if time is not None:
                    items.append(self._before_now(time))
        if isinstance(source, nodes.Entity) and source.created is not None:
            created = nodes.Attr(source.created.type, NOWHERE, row, source.created)
            items.append(nodes.OrUnknown(NOWHERE, self._before_now(created)))
        items += histories.version(source, row, self.clock)
        if source.only is not None:
            items += conjuncts(over.condition(source.only))
        return items

    def _before_now(self, time: Value) -> Condition:
        return nodes.Compare(NOWHERE, "<", time, before_now(time.type, self.clock, NOWHERE))


class Pass:
    """One walk over an expression: `Row(0)` becomes `row`, the levels of searches move by `shift`."""

    def __init__(self, normalizer: Normalizer, row: RowRef, shift: int) -> None:
        self.all = normalizer
        self.clock = normalizer.clock
        self._subject = row
        self._shift = shift
        self._rows: dict[RowRef, RowRef] = {}

    # --- rows -------------------------------------------------------------------------------------

    def row(self, row: RowRef) -> RowRef:
        known = self._rows.get(row)
        if known is None:
            if isinstance(row, Up):
                known = Up(self.row(row.row), self.all.link(row.link))
            elif row.level == 0:
                known = self._subject
            else:
                known = Row(row.level + self._shift, root(row.source))
            self._rows[row] = known
        return known

    # --- values -----------------------------------------------------------------------------------

    def value(self, value: Value) -> Value:
        """The value in normal form. Raises `PlanError` for a constant that does not exist."""
        try:
            return _VALUES[type(value)](self, value)
        except (OutOfRangeError, NumberTooLargeError) as error:
            raise PlanError(str(error), value.span) from None

    def _fold(self, value: Value) -> Value:
        if all(type(item) is nodes.Const for item in operands(value)):
            folded = self.clock.constant(value)
            return nodes.Const(value.type, value.span, folded)
        return value

    def _attr(self, value: nodes.Attr) -> Value:
        return nodes.Attr(value.type, value.span, self.row(value.row), value.attribute)

    def _named(self, value: nodes.Named) -> Value:
        inner = self.value(value.value)
        if type(inner) is Aggregation:
            self.all.names.setdefault(inner, value.name)
        return inner

    def _holds(self, value: nodes.Holds) -> Value:
        condition = self.condition(value.condition)
        if type(condition) is Always:
            return nodes.Const(BOOL, value.span, condition.value)
        return nodes.Holds(value.type, value.span, condition)

    def _moment(self, value: nodes.Now | nodes.Today | nodes.UnitStart) -> Value:
        return moment(value, self.clock)

    def _day_start(self, value: nodes.DayStart) -> Value:
        return self._fold(nodes.DayStart(value.type, value.span, self.value(value.day)))

    def _shifted(self, value: nodes.Shift) -> Value:
        inner = self.value(value.value)
        return self._fold(nodes.Shift(value.type, value.span, inner, value.count, value.unit))

    def _elapsed(self, value: nodes.Elapsed) -> Value:
        start, end = self.value(value.start), self.value(value.end)
        return self._fold(nodes.Elapsed(value.type, value.span, value.unit, start, end))

    def _difference(self, value: nodes.Difference) -> Value:
        left, right = self.value(value.left), self.value(value.right)
        return self._fold(nodes.Difference(value.type, value.span, left, right))

    def _local_date(self, value: nodes.LocalDate) -> Value:
        inner = self.value(value.value)
        if inner.type.name == "date":
            return inner
        return self._fold(nodes.LocalDate(value.type, value.span, inner))

    def _date_part(self, value: nodes.DatePart) -> Value:
        inner = self.value(value.value)
        return self._fold(nodes.DatePart(value.type, value.span, value.part, inner))

    def _arithmetic(self, value: nodes.Arithmetic) -> Value:
        left, right = self.value(value.left), self.value(value.right)
        return self._fold(nodes.Arithmetic(value.type, value.span, value.operator, left, right))

    def _negative(self, value: nodes.Negative) -> Value:
        return self._fold(nodes.Negative(value.type, value.span, self.value(value.value)))

    def _function(self, value: nodes.Function) -> Value:
        arguments = tuple(map(self.value, value.arguments))
        return self._fold(nodes.Function(value.type, value.span, value.name, arguments))

    def _points(self, value: nodes.Points) -> Value:
        lines = tuple((self.value(v), self.condition(condition)) for v, condition in value.lines)
        kept = tuple(line for line in lines if not (type(line[1]) is Always and not line[1].value))
        if not kept:
            zero = 0 if value.type == INT else Decimal(0)
            return nodes.Const(value.type, value.span, zero)
        return nodes.Points(value.type, value.span, kept)

    def _aggregate(self, value: nodes.Aggregate) -> Value:
        selection = self.selection(value.search)
        argument = None if value.argument is None else self.value(value.argument)
        by = tuple(
            nodes.Measure(m.function, None if m.argument is None else self.value(m.argument))
            for m in value.by
        )
        function: str = value.function
        if argument is not None and argument == selection.time:
            function = {"first": "min", "last": "max"}.get(function, function)
        if function == "favourite_share" and by and by[0].function not in favourites.ADDED:
            assert argument is not None
            return favourites.share(selection, argument, by, value.span)
        return Aggregation(value.type, value.span, function, selection, argument, by, value.n)

    # --- searches ---------------------------------------------------------------------------------

    def selection(self, search: Search) -> Selection:
        """A search with everything that it asks of its row as one list of conditions."""
        links = tuple(map(self.all.link, search.links))
        level = search.level + self._shift
        source = root(search.source)
        bare = Selection(
            self.row(search.anchor), links, source, level, (), None, "", None, search.span
        )
        steps = bare.steps
        items: list[Condition] = []
        for link, row in zip(search.links[:-1], reversed(steps[1:-1]), strict=True):
            items += self.all.existing(link.child, row)
        items += self.all.existing(search.source, steps[0])
        for link, row in zip(reversed(links), steps, strict=False):
            items += groups.belonging(self.all, link, row)
        time = None if search.time is None else self.value(search.time)
        if search.window is not None:
            assert time is not None
            items += between(time, self._bounds(search.window), search.span, self.clock)
        if search.where is not None:
            items += conjuncts(self.condition(search.where))
        return Selection(
            bare.anchor,
            links,
            source,
            level,
            tighten(items, search.span),
            time,
            search.source.name,
            None if search.window is None else search.window.wording,
            search.span,
        )

    def _bounds(self, window: nodes.Window) -> nodes.Window:
        start = None if window.start is None else self.value(window.start)
        end = None if window.end is None else self.value(window.end)
        return nodes.Window(start, end, window.after, window.wording, window.span)

    # --- conditions -------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> Condition:
        """The condition in normal form. Raises `PlanError` for a constant that does not exist."""
        return _CONDITIONS[type(condition)](self, condition)

    def _truth(self, leaf: nodes.Truth) -> Condition:
        value = self.value(leaf.value)
        if type(value) is nodes.Holds:
            return value.condition
        if type(value) is nodes.Const and value.value is not None:
            return Always(leaf.span, bool(value.value))
        return nodes.Truth(leaf.span, value)

    def _compare(self, leaf: nodes.Compare) -> Condition:
        left, right = self.value(leaf.left), self.value(leaf.right)
        found = comparison(leaf.operator, left, right, leaf.span, self.clock)
        return self._spread(found)

    def _spread(self, leaf: Condition) -> Condition:
        """A window that must hold as its comparisons, so that each can reach the scan."""
        if type(leaf) is nodes.InWindow and not leaf.negated:
            return all_of(between(leaf.value, leaf.window, leaf.span, self.clock), leaf.span)
        return leaf

    def _in_set(self, leaf: nodes.InSet) -> Condition:
        items = tuple(dict.fromkeys(map(self.value, leaf.items)))
        return nodes.InSet(leaf.span, self.value(leaf.value), items, leaf.negated)

    def _in_range(self, leaf: nodes.InRange) -> Condition:
        value, low, high = map(self.value, (leaf.value, leaf.low, leaf.high))
        if (
            type(value) is Aggregation
            and value.function == "count"
            and type(low) is nodes.Const
            and type(high) is nodes.Const
            and type(low.value) is int
            and type(high.value) is int
        ):
            inside = all_of(
                (
                    count_between(value, ">=", low.value, leaf.span),
                    count_between(value, "<=", high.value, leaf.span),
                ),
                leaf.span,
            )
            return complement(inside) if leaf.negated else inside
        if not leaf.negated:
            inside_ends = in_range(value, low, high, leaf.span, self.clock)
            if inside_ends is not None:
                return inside_ends
        return nodes.InRange(leaf.span, value, low, high, leaf.negated)

    def _is_known(self, leaf: nodes.IsKnown) -> Condition:
        value = self.value(leaf.value)
        if type(value) is nodes.Const:
            return Always(leaf.span, (value.value is None) == leaf.negated)
        return nodes.IsKnown(leaf.span, value, leaf.negated)

    def _text_test(self, leaf: nodes.TextTest) -> Condition:
        value, pattern = self.value(leaf.value), self.value(leaf.pattern)
        return nodes.TextTest(leaf.span, leaf.test, value, pattern, leaf.negated)

    def _list_test(self, leaf: nodes.ListTest) -> Condition:
        value = self.value(leaf.value)
        items = tuple(map(self.value, leaf.items))
        other = None if leaf.other is None else self.value(leaf.other)
        return nodes.ListTest(leaf.span, leaf.test, value, items, other)

    def _in_window(self, leaf: nodes.InWindow) -> Condition:
        return self._spread(self._window_leaf(leaf))

    def _window_leaf(self, leaf: nodes.InWindow) -> nodes.InWindow:
        value = self.value(leaf.value)
        return nodes.InWindow(leaf.span, value, self._bounds(leaf.window), leaf.negated)

    def _anniversary(self, leaf: nodes.Anniversary) -> Condition:
        return nodes.Anniversary(leaf.span, self.value(leaf.value), self._bounds(leaf.window))

    def _exists(self, condition: nodes.Exists) -> Condition:
        selection = self.selection(condition.search)
        if any(type(item) is Always and not item.value for item in selection.conditions):
            return Always(condition.span, False)
        return Existence(condition.span, selection, condition.low, condition.high)

    def _member_of(self, condition: nodes.MemberOf) -> Condition:
        if condition.as_of is not None:
            return histories.member_then(self, condition, condition.as_of)
        row = self.row(condition.row)
        inner = self.condition(condition.condition)
        if isinstance(row, Up):
            return all_of((RowExists(condition.span, row), inner), condition.span)
        return inner

    def _near(self, leaf: nodes.Near) -> Condition:
        value, center = self.value(leaf.value), self.value(leaf.center)
        if type(value) is nodes.Const:
            value, center = center, value
        return nodes.Near(leaf.span, value, center, leaf.metres)

    def _in_table(self, leaf: nodes.InTable) -> Condition:
        return nodes.InTable(leaf.span, self.value(leaf.value), leaf.table, leaf.column)

    def _raw_sql(self, leaf: nodes.RawSql) -> Condition:
        return nodes.RawSql(leaf.span, self.row(leaf.row), leaf.sql)

    def _all(self, condition: nodes.All) -> Condition:
        return all_of(map(self.condition, condition.items), condition.span)

    def _any(self, condition: nodes.Any) -> Condition:
        return any_of(map(self.condition, condition.items), condition.span)

    def _count_of(self, condition: nodes.CountOf) -> Condition:
        items = map(self.condition, condition.items)
        return count_of(items, condition.low, condition.high, condition.span)

    def _not(self, condition: nodes.Not) -> Condition:
        return complement(self.condition(condition.item))

    def _or_unknown(self, condition: nodes.OrUnknown) -> Condition:
        leaf = condition.leaf
        if type(leaf) is nodes.InWindow:
            inner: Condition = self._window_leaf(leaf)
        elif type(leaf) is nodes.InRange:
            value, low, high = map(self.value, (leaf.value, leaf.low, leaf.high))
            inner = nodes.InRange(leaf.span, value, low, high, leaf.negated)
        elif type(leaf) is nodes.Compare:
            left, right = self.value(leaf.left), self.value(leaf.right)
            inner = comparison(leaf.operator, left, right, leaf.span, self.clock)
        else:
            inner = self.condition(leaf)
        return inner if never_unknown(inner) else nodes.OrUnknown(condition.span, inner)

    def _if_known(self, condition: nodes.IfKnown) -> Condition:
        return self.condition(condition.leaf)

    def _as_it_is(self, value: nodes.Const) -> Value:
        return value


_VALUES: dict[type[Value], Callable[[Pass, Anything], Value]] = {
    nodes.Const: Pass._as_it_is,
    nodes.Attr: Pass._attr,
    nodes.Named: Pass._named,
    nodes.Holds: Pass._holds,
    nodes.Now: Pass._moment,
    nodes.Today: Pass._moment,
    nodes.UnitStart: Pass._moment,
    nodes.DayStart: Pass._day_start,
    nodes.Shift: Pass._shifted,
    nodes.Elapsed: Pass._elapsed,
    nodes.Difference: Pass._difference,
    nodes.LocalDate: Pass._local_date,
    nodes.DatePart: Pass._date_part,
    nodes.Arithmetic: Pass._arithmetic,
    nodes.Negative: Pass._negative,
    nodes.Function: Pass._function,
    nodes.Points: Pass._points,
    nodes.Aggregate: Pass._aggregate,
    nodes.OverPopulation: populations.summary,
    nodes.Standing: populations.standing,
}

_CONDITIONS: dict[type[Condition], Callable[[Pass, Anything], Condition]] = {
    nodes.Truth: Pass._truth,
    nodes.Compare: Pass._compare,
    nodes.InSet: Pass._in_set,
    nodes.InRange: Pass._in_range,
    nodes.IsKnown: Pass._is_known,
    nodes.TextTest: Pass._text_test,
    nodes.ListTest: Pass._list_test,
    nodes.InWindow: Pass._in_window,
    nodes.Anniversary: Pass._anniversary,
    nodes.Exists: Pass._exists,
    nodes.MemberOf: Pass._member_of,
    nodes.RawSql: Pass._raw_sql,
    nodes.All: Pass._all,
    nodes.Any: Pass._any,
    nodes.CountOf: Pass._count_of,
    nodes.Not: Pass._not,
    nodes.OrUnknown: Pass._or_unknown,
    nodes.IfKnown: Pass._if_known,
    nodes.Regular: regularity.regular,
    nodes.Burst: regularity.burst,
    nodes.Sequence: sequences.normalized,
    nodes.HasBeen: histories.has_been,
    nodes.Near: Pass._near,
    nodes.InTable: Pass._in_table,
    nodes.InPart: populations.drawn,
    nodes.Top: populations.first,
}
