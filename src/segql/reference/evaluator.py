"""Values, searches and conditions for a row, each by the sentence of the language that it comes from.

An environment maps a level to the row in hand there (`nodes.Row`): 0 the subject, n the row of the n-th
search inwards. A value is None where it is unknown; a leaf is None where it meets an unknown value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from segql.model import nodes, regex, scalars
from segql.model.clock import Clock, has_anniversary, operands
from segql.model.types import Type
from segql.reference.aggregates import Found, aggregate
from segql.reference.physical import Database, EvaluateSql
from segql.reference.rows import Record, Rows

Environment: TypeAlias = Mapping[int, Record]


class Evaluator:
    """Evaluates definitions at one `as of` over one database."""

    def __init__(self, clock: Clock, database: Database, evaluate_sql: EvaluateSql | None) -> None:
        self.clock = clock
        self.rows = Rows(
            clock, database, evaluate_sql, lambda condition, row: self.holds(condition, {0: row})
        )

    # --- definitions ------------------------------------------------------------------------------

    def subjects(self, source: nodes.Source) -> list[Record]:
        """The rows of a source that exist, in key order."""
        return sorted(self.rows.existing(source), key=self.rows.order)

    def keys(
        self, source: nodes.Source, conditions: Sequence[nodes.Condition]
    ) -> list[tuple[object, ...]]:
        """The keys of the rows for which all conditions hold."""
        return [
            self.rows.key(record)
            for record in self.subjects(source)
            if all(self.holds(condition, {0: record}) for condition in conditions)
        ]

    def values(self, source: nodes.Source, value: nodes.Value) -> dict[tuple[object, ...], object]:
        """The value for each row."""
        return {
            self.rows.key(record): self.value(value, {0: record})
            for record in self.subjects(source)
        }

    # --- rows -------------------------------------------------------------------------------------

    def row(self, reference: nodes.RowRef, environment: Environment) -> Record | None:
        """The row that a reference means; None where it belongs to none."""
        if isinstance(reference, nodes.Row):
            return environment[reference.level]
        below = self.row(reference.row, environment)
        return None if below is None else self.rows.parent(below, reference.link)

    def found(self, search: nodes.Search, environment: Environment) -> list[Environment]:
        """The rows of a search, each as the environment inside of it (3.4: each search for itself)."""
        anchor = self.row(search.anchor, environment)
        if anchor is None:
            return []
        records = [anchor]
        for link in search.links:
            records = [child for record in records for child in self.rows.children(record, link)]
        # `source` may be a subset of what the last link leads to
        inside = [
            {**environment, search.level: record}
            for record in records
            if self.rows.is_of(record, search.source)
        ]
        return [inner for inner in inside if self._counts(search, inner)]

    def _counts(self, search: nodes.Search, inner: Environment) -> bool:
        # 3.1: a window with an unknown bound holds no event
        if search.window is not None:
            if search.time is None:
                raise TypeError("a window needs rows with a time")
            time = self.value(search.time, inner)
            if self._in_window(time, search.window, inner) is not True:
                return False
        return search.where is None or self.holds(search.where, inner)

    def _in_window(
        self, time: object, window: nodes.Window, environment: Environment
    ) -> bool | None:
        """`start <= t < end`, or `start < t`; None where the time or a bound is unknown."""
        start = None if window.start is None else self.value(window.start, environment)
        end = None if window.end is None else self.value(window.end, environment)
        start_unknown = window.start is not None and start is None
        end_unknown = window.end is not None and end is None
        if time is None or start_unknown or end_unknown:
            return None
        if start is not None and (time <= start if window.after else time < start):  # type: ignore[operator]
            return False
        return end is None or time < end  # type: ignore[operator]

    # --- values -----------------------------------------------------------------------------------

    def value(self, value: nodes.Value, environment: Environment) -> object:
        match value:
            case nodes.Const():
                return value.value
            case nodes.Attr():
                record = self.row(value.row, environment)
                return None if record is None else self.rows.read(record, value.attribute)
            case nodes.Named():
                return self.value(value.value, environment)
            case nodes.Holds():
                # 3.1: a condition used as a value is never unknown
                return self.holds(value.condition, environment)
            case nodes.Now() | nodes.Today() | nodes.UnitStart():
                return self.clock.moment(value)
            case nodes.Aggregate():
                return self._aggregate(value, environment)
            case _:
                parts = [self.value(part, environment) for part in operands(value)]
                return self.clock.operation(value, parts)

    def _aggregate(self, value: nodes.Aggregate, environment: Environment) -> object:
        rows = [
            Found(
                inner,
                None if value.search.time is None else self.value(value.search.time, inner),
                self.rows.order(inner[value.search.level]),
            )
            for inner in self.found(value.search, environment)
        ]
        return aggregate(value, rows, self.value, self.clock)

    # --- conditions: two-valued -------------------------------------------------------------------

    def holds(self, condition: nodes.Condition, environment: Environment) -> bool:
        match condition:
            case nodes.All(items=items):
                return all(self.holds(item, environment) for item in items)
            case nodes.Any(items=items):
                return any(self.holds(item, environment) for item in items)
            case nodes.CountOf(items=items, low=low, high=high):
                count = sum(self.holds(item, environment) for item in items)
                return low <= count and (high is None or count <= high)
            case nodes.Not(item=item):
                # 3.1: exact complements
                return not self.holds(item, environment)
            case nodes.Exists(search=search, low=low, high=high):
                count = len(self.found(search, environment))
                return low <= count and (high is None or count <= high)
            case nodes.MemberOf():
                if self.row(condition.row, environment) is None:
                    return False
                return self.holds(condition.condition, environment)
            case nodes.IsKnown(value=value, negated=negated):
                return (self.value(value, environment) is not None) != negated
            case nodes.OrUnknown(leaf=leaf):
                return self.leaf(leaf, environment) is not False
            case nodes.IfKnown(leaf=leaf):
                return self.leaf(leaf, environment) is True
            case _:
                # 3.1: a leaf that meets an unknown value is false
                return self.leaf(condition, environment) is True

    # --- leaves: None where they meet an unknown --------------------------------------------------

    def leaf(self, leaf: nodes.Condition, environment: Environment) -> bool | None:
        match leaf:
            case nodes.Truth():
                truth = self.value(leaf.value, environment)
                return None if truth is None else truth is True
            case nodes.Compare():
                return self._compare(leaf, environment)
            case nodes.InSet():
                return self._in_set(leaf, environment)
            case nodes.InRange():
                return self._in_range(leaf, environment)
            case nodes.TextTest():
                return self._text_test(leaf, environment)
            case nodes.ListTest():
                return self._list_test(leaf, environment)
            case nodes.InWindow():
                time = self.value(leaf.value, environment)
                inside = self._in_window(time, leaf.window, environment)
                return None if inside is None else inside != leaf.negated
            case nodes.Anniversary():
                return self._anniversary(leaf, environment)
            case nodes.RawSql():
                record = self.row(leaf.row, environment)
                found = None if record is None else self.rows.sql(record, leaf.sql)
                return None if found is None else bool(found)
            case _:  # a condition that never meets an unknown
                return self.holds(leaf, environment)

    def _compare(self, leaf: nodes.Compare, environment: Environment) -> bool | None:
        left, right = self.value(leaf.left, environment), self.value(leaf.right, environment)
        if left is None or right is None:
            return None
        order = scalars.compare(left, right, leaf.left.type, leaf.right.type)
        match leaf.operator:
            case "=":
                return order == 0
            case "!=":
                return order != 0
            case "<":
                return order < 0
            case "<=":
                return order <= 0
            case ">":
                return order > 0
            case ">=":
                return order >= 0

    def _in_set(self, leaf: nodes.InSet, environment: Environment) -> bool | None:
        value = self.value(leaf.value, environment)
        items = [self.value(item, environment) for item in leaf.items]
        if value is None or None in items:
            return None
        types = [item.type for item in leaf.items]
        found = any(
            same(value, item, leaf.value.type, type_)
            for item, type_ in zip(items, types, strict=True)
        )
        return found != leaf.negated

    def _in_range(self, leaf: nodes.InRange, environment: Environment) -> bool | None:
        value = self.value(leaf.value, environment)
        low, high = self.value(leaf.low, environment), self.value(leaf.high, environment)
        if value is None or low is None or high is None:
            return None
        above = scalars.compare(value, low, leaf.value.type, leaf.low.type) >= 0
        below = scalars.compare(value, high, leaf.value.type, leaf.high.type) <= 0
        return (above and below) != leaf.negated

    def _text_test(self, leaf: nodes.TextTest, environment: Environment) -> bool | None:
        text, pattern = self.value(leaf.value, environment), self.value(leaf.pattern, environment)
        if not isinstance(text, str) or not isinstance(pattern, str):
            return None
        match leaf.test:
            # 3.8: literal, never patterns
            case "contains":
                found = pattern in text
            case "starts":
                found = text.startswith(pattern)
            case "ends":
                found = text.endswith(pattern)
            case "matches":
                found = regex.search(_pattern(pattern), text)
        return found != leaf.negated

    def _list_test(self, leaf: nodes.ListTest, environment: Environment) -> bool | None:
        elements = self._elements(leaf.value, environment)
        if leaf.other is not None:
            wanted = self._elements(leaf.other, environment)
        else:
            items = [self.value(item, environment) for item in leaf.items]
            wanted = None if None in items else items
        if elements is None or wanted is None:
            return None
        match leaf.test:
            case "any":
                return any(item in elements for item in wanted)
            case "all":
                return all(item in elements for item in wanted)
            case "none":
                return not any(item in elements for item in wanted)

    def _elements(self, value: nodes.Value, environment: Environment) -> list[object] | None:
        """The known elements of a list (3.2: unknown elements are ignored); None: the list is unknown."""
        elements = self.value(value, environment)
        if elements is None:
            return None
        if not isinstance(elements, list | tuple):
            raise TypeError(f"not a list: {elements!r}")
        return [element for element in elements if element is not None]

    def _anniversary(self, leaf: nodes.Anniversary, environment: Environment) -> bool | None:
        day, window = self.value(leaf.value, environment), leaf.window
        start = None if window.start is None else self.value(window.start, environment)
        end = None if window.end is None else self.value(window.end, environment)
        if day is None or (window.start and start is None) or (window.end and end is None):
            return None
        # 2.3: ignores the year; 3.3: 29 February is 28 February in common years
        return has_anniversary(day, start, end, window.after)  # type: ignore[arg-type]  # dates: checked


@lru_cache(maxsize=256)
def _pattern(text: str) -> regex.Pattern:
    parsed = regex.parse(text)
    if isinstance(parsed, regex.BadPattern):
        raise ValueError(parsed.message)
    return parsed


def same(left: object, right: object, left_type: Type, right_type: Type) -> bool:
    """Whether two known values are equal."""
    return scalars.compare(left, right, left_type, right_type) == 0
