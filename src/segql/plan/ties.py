"""Searches tied to an outer row (3.4): brought to searches that stand by themselves.

The conditions of such a search mention values of rows that no link leads to from its own. Each greatest value of
outer rows alone becomes a parameter:

* where a condition says that it equals a value of the inner row, the rows are grouped by that as well, and the
  outer row finds its group by its own value: one scan of each side, no pairs;
* else the distinct values of the outer rows, with the keys of what both sides share, are joined to the inner rows.

So a `Selection` with a `Tie` is grouped by its anchor and by the values of the tie, and joined on both; an existence
alone stays a semi-join, whose conditions see the outer row. What is tied across several levels hands its values
down, level by level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

from segql.model.nodes import (
    All,
    Any,
    Attr,
    Attribute,
    Compare,
    Condition,
    Const,
    Event,
    GroupValue,
    HasBeen,
    Holds,
    InRange,
    IsKnown,
    Link,
    Measure,
    Not,
    OrUnknown,
    Row,
    RowRef,
    Source,
    TextTest,
    Truth,
    Up,
    Value,
    Window,
)
from segql.model.types import BOOL, FLOAT
from segql.model.walk import fields_of, map_children
from segql.plan.groups import identity
from segql.plan.naming import Names
from segql.plan.nodes import (
    NOWHERE,
    Aggregation,
    Degrees,
    Existence,
    PointOf,
    Selection,
)
from segql.plan.populations import First, Standing, Summary
from segql.plan.sequences import Absence, PlannedStep, Steps, with_steps
from segql.plan.simplify import complement, may_be_unknown

if TYPE_CHECKING:
    from segql.plan.plan import Scope

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Bound:
    """A value of the inner row that equals one of outer rows."""

    name: str
    inner: Value
    outer: Value


@dataclass(frozen=True, slots=True)
class Given:
    """A value of outer rows that the inner rows are joined to."""

    parameter: Attribute
    outer: Value
    strict: bool
    """Where it is unknown there are no rows."""


@dataclass(frozen=True, slots=True)
class Tie:
    """The values of outer rows that a search rests on. `row` is where the given ones stand for the inner rows."""

    bound: tuple[Bound, ...]
    given: tuple[Given, ...]
    row: Row | None
    anchors: tuple[Up, ...]
    """Outer rows below which the inner row's own searches look: reached over the given values."""
    deep: bool
    """Whether a search inside the search rests on a given value."""

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.bound] + [item.parameter.name for item in self.given]

    @property
    def outer(self) -> list[Value]:
        return [item.outer for item in self.bound] + [item.outer for item in self.given]


@dataclass(slots=True)
class TieTable:
    """The given values of all outer rows, each once, with the key of the anchor."""

    name: str
    anchor: RowRef
    tie: Tie
    scope: Scope


@dataclass(slots=True)
class TieJoin:
    """The inner rows joined to the values that they are tied to."""

    table: TieTable
    bottom: RowRef
    """The anchor as it is reached from the inner row."""

    @property
    def row(self) -> Row:
        assert self.table.tie.row is not None
        return self.table.tie.row


# --- levels ---------------------------------------------------------------------------------------


def level_of(row: RowRef) -> int:
    while isinstance(row, Up):
        row = row.row
    return row.level


class Levels:
    """The levels of the rows that expressions rest on; what is known of a selection is kept."""

    def __init__(self) -> None:
        self._known: dict[Selection, frozenset[int]] = {}

    def of(self, node: object) -> frozenset[int]:
        if isinstance(node, Row | Up):
            return frozenset((level_of(node),))
        if isinstance(node, Selection):
            return self.inside(node) | {level_of(node.anchor)}
        if isinstance(node, Standing | First):
            return self.of(node.row)
        if isinstance(node, Summary):
            return self.of(node.own)
        if isinstance(node, Const | Attribute | Source) or node is None:
            return frozenset()
        if isinstance(node, tuple | frozenset):
            return frozenset().union(*map(self.of, node))
        if isinstance(node, Value | Condition | Measure | Window) or hasattr(node, "selection"):
            parts = (getattr(node, name) for name in fields_of(type(node)))
            return frozenset().union(*map(self.of, parts))
        if hasattr(node, "steps"):
            return self.of(node.steps)
        return frozenset()

    def inside(self, selection: Selection) -> frozenset[int]:
        """Those of outer rows that the conditions of a selection rest on."""
        known = self._known.get(selection)
        if known is None:
            found = self.of(selection.conditions)
            known = frozenset(level for level in found if level < selection.level)
            self._known[selection] = known
        return known

    def outer(self, node: Aggregation | Existence) -> bool:
        """Whether a search is tied to an outer row."""
        if self.inside(node.selection):
            return True
        if isinstance(node, Existence):
            return False
        if has_steps(node):
            return _mentions(self, node)
        levels = self.of((node.argument, node.by))
        return any(level < node.selection.level for level in levels)


def _mentions(levels: Levels, node: Aggregation) -> bool:
    """Whether a step of a sequence rests on an outer row itself."""
    for step in getattr(node.detail, "steps", ()):
        selections = [step.selection, *(absence.selection for absence in step.absences)]
        if any(levels.inside(selection) for selection in selections):
            return True
        parts = (step.by, step.asked or ())
        if any(level < step.selection.level for level in levels.of(parts)):
            return True
    return False


def has_steps(node: Aggregation) -> bool:
    """Whether it is a sequence: its steps are searches of their own."""
    return getattr(node.detail, "steps", None) is not None


# --- untying --------------------------------------------------------------------------------------


class _Parameters:
    """Replaces the values of outer rows in what belongs to a selection of `level`."""

    def __init__(self, levels: Levels, level: int, taken: Iterable[str]) -> None:
        self.levels = levels
        self.level = level
        self.source = Source("tie", NOWHERE)
        self.row = Row(level, self.source)
        self.outer: dict[Value, Attr] = {}
        self.anchors: dict[RowRef, Up] = {}
        self.pinned: set[Attr] = set()
        """Keys of outer anchors."""
        self.deep: set[Attr] = set()
        """Those that a search inside rests on."""
        self._names = Names(taken)
        self._depth = 0

    def parameter(self, value: Value) -> Attr:
        if value not in self.outer:
            name = value.attribute.name if isinstance(value, Attr) else "asked"
            attribute = Attribute(
                self._names.unique(name), value.type, True, GroupValue(value), value.span
            )
            self.outer[value] = Attr(value.type, value.span, self.row, attribute)
        found = self.outer[value]
        if self._depth:
            self.deep.add(found)
        return found

    def anchor(self, row: RowRef) -> Up:
        if row not in self.anchors:
            self._depth += 1
            keys = [self.parameter(value) for value in _key_of(row)]
            self._depth -= 1
            self.pinned.update(keys)
            columns = tuple(key.attribute.name for key in keys)
            link = Link(row.source.name, self.source, columns, row.source, NOWHERE)
            self.anchors[row] = Up(self.row, link)
        return self.anchors[row]

    def replaced(self, node: Node) -> Node:
        """`node` with parameters for the greatest values of outer rows alone."""
        return cast(Node, self._visit(node))

    def _visit(self, node: object) -> object:
        if isinstance(node, Row | Up):
            return node
        levels = self.levels.of(node)
        if not any(level < self.level for level in levels):
            return node
        alone = all(level < self.level for level in levels)
        if isinstance(node, Attr) and node.type.name == "point":
            return self._point(node)
        if isinstance(node, Value) and alone:
            return self.parameter(node)
        if isinstance(node, Condition) and alone:
            return Truth(node.span, self.parameter(Holds(BOOL, node.span, node)))
        if isinstance(node, Not):
            return complement(self.replaced(node.item))
        if isinstance(node, HasBeen | OrUnknown):
            node = self._spelled_out(node)
        if isinstance(node, Aggregation) and has_steps(node):
            return with_steps(node, self._selection, self._inside)
        if isinstance(node, Aggregation | Existence):
            node = replace(node, selection=self._selection(node.selection))
        return map_children(node, self._visit)

    def _point(self, point: Attr) -> PointOf:
        span = point.span
        latitude = self.parameter(Degrees(FLOAT, span, "latitude", point))
        longitude = self.parameter(Degrees(FLOAT, span, "longitude", point))
        return PointOf(point.type, span, latitude, longitude)

    def _spelled_out(self, node: HasBeen | OrUnknown) -> Condition:
        """`has been` of an outer row's value and an inner state, as what only the outer row says and a comparison."""
        leaf = node.leaf if isinstance(node, OrUnknown) else node
        if not isinstance(leaf, HasBeen) or level_of(leaf.value.row) >= self.level:
            return node
        span = leaf.span
        unchanged = replace(leaf, state=leaf.value)
        both = All(span, (Compare(span, "=", leaf.value, leaf.state), unchanged))
        if leaf is node:
            return both
        return Any(span, (*(IsKnown(span, one, True) for one in (leaf.value, leaf.state)), both))

    def _inside(self, node: Node) -> Node:
        """What a search inside of the search asks of its rows."""
        self._depth += 1
        found = self.replaced(node)
        self._depth -= 1
        return found

    def _selection(self, selection: Selection) -> Selection:
        """A search inside of the search."""
        anchor = selection.anchor
        if level_of(anchor) < self.level:
            anchor = self.anchor(anchor)
        conditions = tuple(map(self._inside, selection.conditions))
        return replace(selection, anchor=anchor, conditions=conditions)


def untied(levels: Levels, node: Aggregation | Existence) -> Aggregation | Existence:
    """The node over a selection with a tie, whose conditions mention no outer row."""
    selection = node.selection
    made = _Parameters(levels, selection.level, (name for name, _ in identity(selection.top)))
    if isinstance(node, Aggregation) and has_steps(node):
        return _untied_steps(made, node)
    bound, conditions = _bind(made, [made.replaced(item) for item in selection.conditions])
    known = {parameter: inner for parameter, inner, _ in bound}

    def settled(part: Node) -> Node:
        return _substituted(made.replaced(part), known)

    if isinstance(node, Aggregation):
        argument = None if node.argument is None else settled(node.argument)
        node = replace(node, argument=argument, by=tuple(map(settled, node.by)))
    conditions = [_substituted(item, known) for item in conditions]
    tie = _tie(made, bound, conditions)
    return replace(node, selection=replace(selection, conditions=tuple(conditions), tie=tie))


def _untied_steps(made: _Parameters, node: Aggregation) -> Aggregation:
    """A sequence all of whose steps rest on the same given values."""

    def settled(selection: Selection) -> Selection:
        return replace(selection, conditions=tuple(map(made.replaced, selection.conditions)))

    node = with_steps(node, settled, made.replaced)
    tie = _tie(made, [], node.selection.conditions)
    return with_steps(node, lambda selection: replace(selection, tie=tie), lambda part: part)


def _tie(
    made: _Parameters,
    bound: Sequence[tuple[Attr, Value, Value]],
    conditions: Sequence[Condition],
) -> Tie:
    known = {parameter for parameter, _, _ in bound}
    given = [(value, attr) for value, attr in made.outer.items() if attr not in known]
    return Tie(
        tuple(Bound(attr.attribute.name, inner, outer) for attr, inner, outer in bound),
        tuple(Given(attr.attribute, value, _is_strict(attr, conditions)) for value, attr in given),
        made.row if given else None,
        tuple(made.anchors.values()),
        any(attr in made.deep for _, attr in given),
    )


def _key_of(row: RowRef) -> list[Value]:
    """What tells an outer row from others, in the order of `identity`."""
    source = row.source
    own = [Attr(key.type, NOWHERE, row, key) for key in source.key]
    if not isinstance(source, Event) or source.groups is None:
        return [*own]
    assert source.owner is not None
    above = Up(row, source.owner)
    named = {key.attribute.name: key for key in own}
    for name, key in zip(source.owner.columns, source.owner.parent.key, strict=True):
        named[name] = Attr(key.type, NOWHERE, above, key)
    return [named[name] for name, _ in identity(source)]


def _bind(
    made: _Parameters, conditions: Sequence[Condition]
) -> tuple[list[tuple[Attr, Value, Value]], list[Condition]]:
    """The parameters that equal a value of the inner row, and the conditions that do not say so."""
    outer = {attr: value for value, attr in made.outer.items()}
    bound: dict[Attr, Value] = {}
    rest: list[Condition] = []
    for item in conditions:
        if isinstance(item, Compare) and item.operator == "=":
            for parameter, inner in ((item.left, item.right), (item.right, item.left)):
                if (
                    isinstance(parameter, Attr)
                    and parameter in outer
                    and parameter not in bound
                    and parameter not in made.pinned
                    and inner.type == parameter.type
                    and not _rests_on(inner, outer)
                    and not isinstance(inner, Const)
                ):
                    bound[parameter] = inner
                    break
            else:
                rest.append(item)
        else:
            rest.append(item)
    return [(attr, inner, outer[attr]) for attr, inner in bound.items()], rest


def _rests_on(node: object, parameters: dict[Attr, Value]) -> bool:
    if isinstance(node, Attr):
        return node in parameters
    if isinstance(node, tuple):
        return any(_rests_on(item, parameters) for item in node)
    if isinstance(node, Selection):
        return _rests_on(node.conditions, parameters)
    if isinstance(node, Value | Condition | Measure | Window | Steps | PlannedStep | Absence):
        return any(_rests_on(getattr(node, name), parameters) for name in fields_of(type(node)))
    return False


def _substituted(node: Node, known: Mapping[Attr, Value]) -> Node:
    """`node` with parameters replaced by the values that they equal."""
    if not known:
        return node

    def visit(item: object) -> object:
        if isinstance(item, Attr):
            return known.get(item, item)
        if isinstance(item, Row | Up):
            return item
        if isinstance(item, Aggregation) and has_steps(item):
            return with_steps(item, inside, lambda part: _substituted(part, known))
        if isinstance(item, Aggregation | Existence):
            item = replace(item, selection=inside(item.selection))
        return map_children(item, visit)

    def inside(selection: Selection) -> Selection:
        conditions = tuple(_substituted(item, known) for item in selection.conditions)
        return replace(selection, conditions=conditions)

    return cast(Node, visit(node))


def _is_strict(parameter: Attr, conditions: Iterable[Condition]) -> bool:
    """Whether there are no rows where a given value is unknown."""
    if not may_be_unknown(parameter):
        return True
    for item in conditions:
        match item:
            case Compare() if parameter in (item.left, item.right):
                return True
            case InRange() if parameter in (item.value, item.low, item.high):
                return True
            case TextTest() if parameter in (item.value, item.pattern):
                return True
    return False


def swapped(node: Node, made: Mapping[Aggregation | Existence, Aggregation | Existence]) -> Node:
    """`node` with searches replaced by what they were brought to; itself where there is none of them."""

    def visit(item: object) -> object:
        if isinstance(item, Aggregation | Existence):
            return made.get(item, item)
        return item if isinstance(item, Row | Up) else map_children(item, visit)

    return cast(Node, visit(node))


def key_names(selection: Selection) -> tuple[str, ...]:
    """The columns that the rows of a selection are grouped by: the anchor's key, and the values of the tie."""
    names = tuple(name for name, _ in identity(selection.top))
    return names if selection.tie is None else (*names, *selection.tie.names)


__all__ = ["Levels", "Tie", "TieJoin", "TieTable", "key_names", "swapped", "untied"]
