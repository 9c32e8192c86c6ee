"""Populations (3.5): in normal form, and in the plan.

A `Crowd` is the rows that a ranking or a value is over. It is the same whatever row asks, so all that is asked of it is
worked out in one place: a `Ranking` makes, for each row of the crowd, its key and the values it is compared by; from
those come the places of the rows (`Standing`, `First`, joined on the key) and the values for everybody (`Summary`,
one row).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from segql.model import nodes
from segql.model.nodes import Attr, Condition, Measure, Row, RowRef, Value, Window
from segql.model.types import Type
from segql.model.walk import fields_of
from segql.plan.nodes import Conditions, Selection

if TYPE_CHECKING:
    from segql.plan.normalize import Pass
    from segql.plan.plan import Scope
    from segql.plan.scope import Planner

# --- normal form ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """The rows `row` for which all `conditions` hold, their existence among them."""

    row: Row
    conditions: Conditions
    name: str
    """What it is called; does not count for equality."""
    key: tuple[object, ...] = field(init=False)
    hashed: int = field(init=False)
    depth: int = field(init=False)
    """0, or one more than that of the deepest crowd that its conditions ask."""

    def __post_init__(self) -> None:
        key = (self.row, frozenset(self.conditions))
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "hashed", hash(key))
        object.__setattr__(self, "depth", depth_of(self.conditions))

    def __hash__(self) -> int:
        return self.hashed

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Crowd) or self.hashed != other.hashed:
            return False
        return self.key == other.key


@dataclass(frozen=True, slots=True)
class Summary(Value):
    """`nodes.OverPopulation` over a crowd; or over its group whose `per`, of the crowd's row, is `own`, of who asks."""

    function: nodes.PopulationName
    crowd: Crowd
    value: Value | None
    share: Decimal | None = None
    per: Value | None = None
    own: Value | None = None


@dataclass(frozen=True, slots=True)
class Standing(Value):
    """`nodes.Standing` of `row` in a crowd."""

    function: Literal["rank", "ntile", "quantile_group"]
    crowd: Crowd
    value: Value
    n: int
    row: RowRef
    per: Value | None = None


@dataclass(frozen=True, slots=True)
class First(Condition):
    """`nodes.Top` of `row` in a crowd. Never meets an unknown."""

    row: RowRef
    crowd: Crowd
    value: Value
    per: Value | None
    direction: Literal["top", "bottom"]
    kind: Literal["count", "percent", "share"]
    amount: Decimal
    exactly: bool


@dataclass(frozen=True, slots=True)
class Drawn(Condition):
    """`nodes.InPart`: the keys of the row as values; a leaf that is unknown where one of them is."""

    keys: tuple[Value, ...]
    seed: str
    low: int
    high: int


Asked: TypeAlias = "Summary | Standing | First"
"""What is asked of a crowd."""

ASKED = frozenset({Summary, Standing, First})


def depth_of(node: object) -> int:
    """How deep the crowds in an expression are nested; 0 where there is none."""
    kind = type(node)
    if kind in ASKED:
        asked: Asked = node  # type: ignore[assignment]
        values = (asked.value, asked.per, asked.own if type(asked) is Summary else None)
        return 1 + max(asked.crowd.depth, depth_of(values))
    if isinstance(node, tuple | frozenset):
        return max(map(depth_of, node), default=0)
    if isinstance(node, Selection):
        return depth_of(node.conditions)
    if isinstance(node, Value | Condition | Window | Measure):
        return max((depth_of(getattr(node, name)) for name in fields_of(type(node))), default=0)
    return 0


def crowd_of(over: Pass, population: nodes.Population) -> Crowd:
    from segql.plan.simplify import conjuncts, tighten

    source = population.entity
    subject = over.all.subject(source)
    row = Row(0, source)
    items = [*over.all.existing(source, row)]
    if population.condition is not None:
        items += conjuncts(subject.condition(population.condition))
    return Crowd(row, tighten(items, source.span), population.name)


def _value(over: Pass, among: nodes.Among, value: Value | None) -> Value | None:
    return None if value is None else over.all.subject(among.population.entity).value(value)


def summary(over: Pass, value: nodes.OverPopulation) -> Value:
    among = value.among
    crowd = crowd_of(over, among.population)
    argument = _value(over, among, among.value)
    per, own = _value(over, among, among.per), None
    if among.per is not None:
        assert value.row is not None
        own = over.all.over(over.row(value.row)).value(among.per)
    return Summary(value.type, value.span, value.function, crowd, argument, value.share, per, own)


def standing(over: Pass, value: nodes.Standing) -> Value:
    among = value.among
    crowd = crowd_of(over, among.population)
    argument = _value(over, among, among.value)
    assert argument is not None
    row = over.row(value.row)
    per = _value(over, among, among.per)
    return Standing(value.type, value.span, value.function, crowd, argument, value.n, row, per)


def first(over: Pass, condition: nodes.Top) -> Condition:
    among = condition.among
    argument = _value(over, among, among.value)
    assert argument is not None
    return First(
        condition.span,
        over.row(condition.row),
        crowd_of(over, among.population),
        argument,
        _value(over, among, among.per),
        condition.direction,
        condition.kind,
        condition.amount,
        condition.exactly,
    )


def drawn(over: Pass, condition: nodes.InPart) -> Condition:
    row = over.row(condition.row)
    keys = tuple(Attr(key.type, condition.span, row, key) for key in row.source.key)
    return Drawn(condition.span, keys, condition.seed, condition.low, condition.high)


# --- the plan -------------------------------------------------------------------------------------


@dataclass(slots=True)
class RankedBy:
    """A value of the crowd's rows, and its column."""

    name: str
    value: Value

    @property
    def type(self) -> Type:
        return self.value.type


@dataclass(slots=True)
class Totals:
    """Values for everybody, one row; or, `per` a value, a row for each group."""

    name: str
    per: RankedBy | None
    summaries: dict[object, tuple[str, Summary]] = field(default_factory=dict)


@dataclass(slots=True)
class Ranking:
    """What is asked of a crowd: `rows` makes its keys and values, `places` a column for each standing, `totals` are
    by what they are per."""

    crowd: Crowd
    depth: int
    rows: str
    places: str
    values: dict[Value, RankedBy] = field(default_factory=dict)
    columns: dict[object, tuple[str, Standing | First]] = field(default_factory=dict)
    totals: dict[Value | None, Totals] = field(default_factory=dict)
    scope: Scope | None = None
    """Planned once all that is asked is known."""
    planned: int = -1
    """How many values the scope was planned for."""


@dataclass(slots=True)
class PlacesJoin:
    """The places in a crowd at `row`. Required: rows that have none are dropped."""

    ranking: Ranking
    row: RowRef
    required: bool = False


@dataclass(slots=True)
class TotalsJoin:
    """The one row of values for everybody; or, for each row, that of the group of its `own` value."""

    ranking: Ranking
    totals: Totals
    own: Value | None


class Rankings:
    """All that a statement asks of crowds: equal questions have one answer."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._rankings: dict[object, list[Ranking]] = {}

    def ask(self, scope: Scope, asked: Iterable[Asked]) -> None:
        """Join what is asked to a scope, whose `standings` then tell the columns."""
        for node in asked:
            ranking = self._ranking(node)
            if isinstance(node, Summary):
                totals = self._totals(scope, ranking, node)
                scope.standings[node] = (totals, _summary_column(ranking, totals.totals, node))
            else:
                join = self._places(scope, ranking, node.row)
                join.required = join.required or any(
                    node in places_needed(item) for item in scope.filters
                )
                scope.standings[node] = (join, _place_column(ranking, node))

    def _totals(self, scope: Scope, ranking: Ranking, node: Summary) -> TotalsJoin:
        totals = ranking.totals.get(node.per)
        if totals is None:
            per = None if node.per is None else ranking.values[node.per]
            name = ranking.rows.removesuffix("_values") + (
                "_totals" if per is None else f"_per_{per.name}"
            )
            totals = ranking.totals[node.per] = Totals(self._planner.names.unique(name), per)
        for join in _joined(scope, ranking):
            if isinstance(join, TotalsJoin) and join.totals is totals and join.own == node.own:
                return join
        made = TotalsJoin(ranking, totals, node.own)
        scope.joins.append(made)
        return made

    def _places(self, scope: Scope, ranking: Ranking, row: RowRef) -> PlacesJoin:
        for join in _joined(scope, ranking):
            if isinstance(join, PlacesJoin) and join.row == row:
                return join
        self._planner.need_key(scope, row)
        made = PlacesJoin(ranking, row)
        scope.joins.append(made)
        return made

    def finish(self) -> bool:
        """Plan the rows of each crowd, the deepest first: they may ask the others. Whether there were any."""
        found = False
        rankings = self._rankings.values()
        while waiting := [r for some in rankings for r in some if r.planned != len(r.values)]:
            ranking = max(waiting, key=lambda item: item.depth)
            ranking.planned = len(ranking.values)
            values = [item.value for item in ranking.values.values()]
            crowd = ranking.crowd
            with self._planner.needs.planning(ranking):
                ranking.scope = self._planner.scope(crowd.row, crowd.conditions, values)
            found = True
        return found

    def _ranking(self, node: Asked) -> Ranking:
        """Plain values of a crowd share its rows; a value that asks a crowd itself has rows of its own."""
        values = tuple(value for value in (node.value, node.per) if value is not None)
        nested = depth_of(values)
        key = (node.crowd, values if nested else None)
        needs, rankings = self._planner.needs, self._rankings.setdefault(key, [])
        ranking = needs.usable(rankings)
        if ranking is None:
            names = self._planner.names
            name = re.sub(r"\W+", "_", node.crowd.name)
            ranking = Ranking(
                node.crowd,
                max(nested, node.crowd.depth),
                names.unique(f"{name}_values"),
                names.unique(f"{name}_places"),
            )
            rankings.append(ranking)
        needs.use(ranking)
        for value in values:
            if value not in ranking.values:
                ranking.values[value] = RankedBy(self._column(ranking, value), value)
        return ranking

    def _column(self, ranking: Ranking, value: Value) -> str:
        from segql.plan.naming import Names, column_name
        from segql.plan.nodes import Aggregation

        name = "value"
        if isinstance(value, Attr):
            name = value.attribute.name
        elif isinstance(value, Aggregation):
            name = self._planner.normalizer.names.get(value) or column_name(value, ())
        taken = [key.name for key in ranking.crowd.row.source.key]
        return Names([*taken, *(item.name for item in ranking.values.values())]).unique(name)


def _joined(scope: Scope, ranking: Ranking) -> list[PlacesJoin | TotalsJoin]:
    return [
        join
        for join in scope.joins
        if isinstance(join, PlacesJoin | TotalsJoin) and join.ranking is ranking
    ]


def places_needed(condition: Condition) -> Iterator[Standing | First]:
    """The places without which a condition cannot hold."""
    match condition:
        case First():
            yield condition
        case nodes.Compare(_, _, left, right):
            yield from _strict_in(left)
            yield from _strict_in(right)
        case nodes.InRange(_, value) | nodes.InSet(_, value):
            yield from _strict_in(value)


def _strict_in(value: Value) -> Iterator[Standing]:
    """The places without which a value is unknown."""
    if isinstance(value, Standing):
        yield value
    elif isinstance(value, nodes.Arithmetic):
        yield from _strict_in(value.left)
        yield from _strict_in(value.right)


def _summary_column(ranking: Ranking, totals: Totals, node: Summary) -> str:
    key = (node.function, node.value, node.share)
    if key not in totals.summaries:
        words: list[str] = [node.function]
        if node.value is not None:
            words.append(ranking.values[node.value].name)
        if node.share is not None:
            words.insert(1, _digits(node.share * 100))
        taken = [name for name, _ in totals.summaries.values()]
        taken += [] if totals.per is None else [totals.per.name]
        totals.summaries[key] = (_unique("_".join(words), taken), node)
    return totals.summaries[key][0]


def _place_column(ranking: Ranking, node: Standing | First) -> str:
    key: tuple[object, ...]
    by = ranking.values[node.value].name
    if isinstance(node, Standing):
        key = (node.function, node.value, node.n, node.per)
        words = [node.function, *([] if node.function == "rank" else [str(node.n)]), by]
    else:
        key = (node.value, node.per, node.direction, node.kind, node.amount, node.exactly)
        size = node.amount if node.kind == "count" else node.amount * 100
        words = [node.direction, *(["exactly"] if node.exactly else []), _digits(size)]
        words += [] if node.kind == "count" else [node.kind]
        words += ["by", by]
    words += [] if node.per is None else ["per", ranking.values[node.per].name]
    if key not in ranking.columns:
        taken = [name for name, _ in ranking.columns.values()]
        taken += [part.name for part in ranking.crowd.row.source.key]
        ranking.columns[key] = (_unique("_".join(words), taken), node)
    return ranking.columns[key][0]


def _digits(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", "_")


def _unique(name: str, taken: Iterable[str]) -> str:
    from segql.plan.naming import Names

    return Names(taken).unique(name)
