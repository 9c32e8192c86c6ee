"""The model: names resolved, types known, nothing left to look up. Later passes read only this.

Three kinds of things:

* **sources** of rows (`Entity`, `Event`, `Rows`) with their `Attribute`s and `Link`s. They refer to each
  other, are told apart by identity, and are filled while the catalogue is built, then never changed;
* **values** and **conditions**: frozen expressions over *row references*, equal where they mean the same
  (spans and wording do not count);
* **definitions** (`Trait`, `Segment`) and the `Model` that holds all.

Row references. A definition is evaluated for a *subject*: `Row(0, source)`. Each `Search` (what stands in
`did`, `has` and the aggregates) opens rows of one level more: `Row(1, …)`, inside it `Row(2, …)`. Whatever
is reached by a foreign key is `Up(row, link)`: to-one relations, an event's own entity, the outer row of a
search (an inner row belongs to exactly one outer row). So inside a `Search` at level n, expressions mention
`Row(n, …)` and what lies above it with `Up`; they mention rows of lower levels only where a condition is
*tied* to an outer row that no link leads to.
A derived attribute or a trait is expanded where it is used, its subject replaced by the row reference at hand, inside
a transparent `Named`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from segql.diagnostics import Diagnostic
from segql.model.types import TIMESTAMP, Type
from segql.source import Span
from segql.syntax.tree import CompareOp, Unit

# --- sources --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A physical table: catalogue, schema and name as far as written, case kept where it was quoted."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Column:
    """A physical column; more parts lead into its JSON or struct (missing or not convertible: unknown).

    `zone`: a timestamp without zone that holds local time there; otherwise UTC or with a zone.
    """

    parts: tuple[str, ...]
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class PointColumns:
    latitude: Column
    longitude: Column


@dataclass(frozen=True, slots=True)
class SplitText:
    """A list in a text column: cut at `separator`, items trimmed, empty ones dropped."""

    column: Column
    separator: str


@dataclass(frozen=True, slots=True)
class ChildTable:
    """A list in a child table: `table.column` of the rows whose `on` columns equal the owner's key."""

    table: Table
    column: str
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SqlText:
    """Raw SQL over the row's physical columns, in `dialect`."""

    text: str
    dialect: str


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """`history from TABLE.COLUMN on KEY at TIME`: each value, unknown too, holds from its row on until the next.

    `on` columns equal the owner's key; of rows of one instant the unknown values count first, then the
    others in their order (they should not exist: the model check reports them). A time that is a date
    is the start of that local day.
    """

    table: Table
    column: Column
    on: tuple[str, ...]
    at: Column
    at_type: Type = TIMESTAMP
    """Those of an attribute that is declared over the same column of the table, where there is one; likewise the
    zone of `at`."""


@dataclass(frozen=True, slots=True)
class GroupMeasure:
    """An attribute of an event that groups rows: `value` over `Row(0, group)`, whose searches go down
    `Grouping.link`.
    """

    value: Value


@dataclass(frozen=True, slots=True)
class GroupValue:
    """The value (or local day) that a group was made by: `value` over `Row(0, base)`."""

    value: Value


@dataclass(frozen=True, slots=True)
class FromParts:
    """An attribute of a union of events: the attribute of each part, in the order of the parts."""

    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """`name = value`: the value over `Row(0, owner)`."""

    value: Value


Storage: TypeAlias = (
    "Column | PointColumns | SplitText | ChildTable | SqlText | ChangeLog | FromParts | GroupMeasure"
    " | GroupValue | Derived"
)


@dataclass(eq=False, slots=True)
class Attribute:
    name: str
    type: Type
    nullable: bool
    storage: Storage
    span: Span


@dataclass(eq=False, slots=True)
class Link:
    """Each `child` row belongs to at most one `parent` row: `child.columns` = the parent's key, in order.

    A to-one relation read upwards, a to-many relation read downwards. `name` is the relation's name where
    it is declared, or the entity's or event's name for an event's or rows' owner. A null or a key
    that finds no row relates
    to nothing.
    """

    name: str
    child: Source
    columns: tuple[str, ...]
    parent: Source
    span: Span


@dataclass(eq=False, slots=True)
class Source:
    """What has rows. `attributes` are the stored ones by name, in declared order: key, `on` and `at` among them."""

    name: str
    span: Span
    doc: str = ""
    key: tuple[Attribute, ...] = ()
    attributes: dict[str, Attribute] = field(default_factory=dict)
    one: dict[str, Link] = field(default_factory=dict)
    """To-one relations by name: `link.child` is this source (or the base of a subset)."""
    many: dict[str, Link] = field(default_factory=dict)
    """To-many relations by name: `link.parent` is this source. Events and rows of an entity are among them."""
    only: Condition | None = None
    """Over `Row(0, self)`: other rows do not exist."""
    table: Table | None = None
    """None for subsets and unions of events."""


@dataclass(eq=False, slots=True)
class Entity(Source):
    created: Attribute | None = None
    """Rows whose value is at or after `as of` do not exist (3.3); unknown: they do."""
    history: tuple[Attribute, Attribute] | None = None
    """`valid_from, valid_to` of a table of versions: the row with `valid_from <= as of < valid_to`
    (unknown end: open). Dates are the starts of their local days.
    """


@dataclass(eq=False, slots=True)
class Grouping:
    """`groups BASE by VALUE`: one row for each subject and known value of `by`, before any window.

    `by` is over `Row(0, base)`; `day`: it is the local day of the event's time, and the group a date event. The row's
    time is its first row's. `link` leads from the group down to its rows: a base row belongs to the group of
    its owner and its value (`columns` is empty: equality is of the owner's key and of `by`).
    """

    base: Event
    by: Value
    day: bool
    link: Link


@dataclass(eq=False, slots=True)
class Event(Source):
    """Over a table, or a subset (`base`, `where`), or a union (`parts`).

    A subset has the attributes, key and relations of its base; a union those that all parts share, and no
    key attributes: its order of rows is (position of the part, key of the part).
    """

    owner: Link | None = None
    """To the entity that did it. Set for every event."""
    at: Attribute | None = None
    """Date or timestamp. Rows at or after `as of`, or without a time, do not exist. Set for every event."""
    base: Event | None = None
    where: Condition | None = None
    """Over `Row(0, self)`."""
    parts: tuple[Event, ...] = ()
    groups: Grouping | None = None


@dataclass(eq=False, slots=True)
class Rows(Source):
    owner: Link | None = None


# --- rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """The row in hand at a level: 0 the subject, n the row of the n-th search inwards."""

    level: int
    source: Source


@dataclass(frozen=True, slots=True)
class Up:
    """The one row that `row` belongs to over `link`; where there is none, all its values are unknown."""

    row: RowRef
    link: Link

    @property
    def source(self) -> Source:
        return self.link.parent


RowRef: TypeAlias = Row | Up


# --- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    type: Type
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Const(Value):
    """`value` by type: bool, int, Decimal, str (text, enum), date, datetime (UTC, aware), timedelta (duration),
    a pair of Decimals (point: latitude, longitude in degrees), or a tuple of such (list)."""

    value: object


@dataclass(frozen=True, slots=True)
class Attr(Value):
    """A stored attribute of a row (never a `Derived` one: those are expanded)."""

    row: RowRef
    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Named(Value):
    """A derived attribute or trait, expanded; means what `value` means."""

    name: str = field(compare=False)
    row: RowRef = field(compare=False)
    value: Value


@dataclass(frozen=True, slots=True)
class Holds(Value):
    """A condition as a value: never unknown."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Now(Value):
    """`as of`. Typed `timestamp`: the instant. Typed `date`: E, the first local date that starts at or after it."""


@dataclass(frozen=True, slots=True)
class Today(Value):
    """The local date of `as of`."""


@dataclass(frozen=True, slots=True)
class UnitStart(Value):
    """The start of the calendar unit `offset` units after the one that `as of` lies in (0: the current one).

    Typed `timestamp`: the first instant of its first local day; typed `date`: that date. Units day
    to year; weeks start as the
    project says.
    """

    unit: Unit
    offset: int


@dataclass(frozen=True, slots=True)
class DayStart(Value):
    """The first instant (timestamp) of the local day `day` (a date value)."""

    day: Value


@dataclass(frozen=True, slots=True)
class Shift(Value):
    """`value` plus `count` (negative: less) units. Seconds to weeks are absolute lengths on timestamps, calendar days
    and weeks on dates; months, quarters, years are local calendar arithmetic, clamped to the month's last day."""

    value: Value
    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Elapsed(Value):
    """The largest n (int) with `start + n units <= end`. Both timestamps or both dates.

    `years since X` is `Elapsed(start=X, end=Now)`; for a date X, `end` is `Today`. `until` is the reverse.
    """

    unit: Unit
    start: Value
    end: Value


@dataclass(frozen=True, slots=True)
class Difference(Value):
    """`left - right` of two timestamps or two dates: a duration."""

    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class LocalDate(Value):
    """`date(X)`: the local date (project time zone) of a timestamp."""

    value: Value


DateField: TypeAlias = Literal["year", "quarter", "month", "day", "weekday", "hour", "minute"]


@dataclass(frozen=True, slots=True)
class DatePart(Value):
    """An int: local `year quarter month day weekday hour minute`; weekday 1 Monday to 7 Sunday.

    `value` is a timestamp or a date.
    """

    part: DateField
    value: Value


@dataclass(frozen=True, slots=True)
class Arithmetic(Value):
    """Exact numbers as in 3.7 (`type` tells the scale of the result); `/` by zero is unknown; with `float`, floats.

    Also a duration `+ - * /`: duration with duration (`+ -`), duration with a number (`* /`).
    """

    operator: Literal["+", "-", "*", "/"]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Negative(Value):
    value: Value


FunctionName: TypeAlias = Literal[
    "lower",
    "upper",
    "trim",
    "length",
    "fold",
    "list_count",
    "coalesce",
    "round",
    "abs",
    "least",
    "greatest",
    "mean",
    "known",
]


@dataclass(frozen=True, slots=True)
class Function(Value):
    """A strict function, but `coalesce`, `mean` (of the known arguments, 6 places; none known: unknown) and
    `known` (how many arguments are known).

    `lower upper fold` simple Unicode case mapping (3.8; `fold` is `lower`, written for `ignoring case`); `trim` drops
    white space (space, tab, newlines) at both ends; `length` counts code points; `list_count`
    counts known elements of a
    list; `round(x, n)` half away from zero, n constant. Arguments of `coalesce least greatest` may
    be narrower than `type`.
    """

    name: FunctionName
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Points(Value):
    """The sum of the values whose conditions hold; 0 where none does. Unknown where one of those values is."""

    lines: tuple[tuple[Value, Condition], ...]


AggregateName: TypeAlias = Literal[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "median",
    "stddev",
    "count_distinct",
    "first",
    "last",
    "nth",
    "nth_last",
    "favourite",
    "favourite_share",
    "share",
    "active_days",
    "active_weeks",
    "active_months",
    "streak_days",
    "streak_weeks",
    "streak_months",
    "min_gap",
    "max_gap",
    "avg_gap",
    "median_gap",
]


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate of a value's rows, for `favourite … by`."""

    function: AggregateName
    argument: Value | None


@dataclass(frozen=True, slots=True)
class Aggregate(Value):
    """A function over the rows of a search, at the grain of its anchor (3.2 tells what nothing and unknowns give).

    `argument` is over the search's row (None for `count`); for `share` it is a `Holds`: the part of
    the rows for which it
    is true. For `active_*`, `streak_*`, `*_gap` it is the row's time. `n` is the place for `nth`
    and `nth_last`, from 1.
    An anchor row that does not exist has no rows.
    """

    function: AggregateName
    search: Search
    argument: Value | None = None
    by: tuple[Measure, ...] = ()
    n: int = 1


@dataclass(frozen=True, slots=True)
class Population:
    """The rows of `entity` that exist and, where there is a `condition` (over `Row(0, entity)`), for which it holds."""

    name: str
    entity: Entity
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class Among:
    """A population with what its rows are compared by: `value` and `per` are over `Row(0, population.entity)`.

    It is the same whatever row asks, so moving an expression to another row does not touch it.
    """

    population: Population
    value: Value | None
    per: Value | None = None


PopulationName: TypeAlias = Literal["count", "avg", "median", "sum", "stddev", "percentile"]


@dataclass(frozen=True, slots=True)
class OverPopulation(Value):
    """One value for everybody: an aggregate over a population; with `among.per` one for each of its groups.

    `percentile` is nearest rank: the value at place `ceil(share x n)` from 1; `share` above 0, at
    most 1. Unknown values are skipped; of nothing: `count` and `sum` 0, the others unknown.
    `row`, only with `among.per`: whose own value of it tells the group; where that is unknown, so is the result.
    """

    function: PopulationName
    among: Among
    share: Decimal | None = None
    row: RowRef | None = None


@dataclass(frozen=True, slots=True)
class Standing(Value):
    """Where `row` stands in a population by `among.value`: an int, unknown outside it.

    `rank`: 1 + the number of larger values. `ntile`: as in SQL, lowest first, ties by key.
    `quantile_group`: the least k with value <= the nearest-rank k/n quantile. An unknown value has
    no place and is no part of the others'. With `among.per` a row stands in its group; unknown: in none.
    """

    function: Literal["rank", "ntile", "quantile_group"]
    among: Among
    n: int
    row: RowRef


# --- windows and searches -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wording:
    """How a window was written, for the English: `kind` is rolling, calendar, day, between, since, before, after."""

    kind: str
    direction: str = ""
    count: int = 0
    unit: Unit = "day"


@dataclass(frozen=True, slots=True)
class Window:
    """`start <= t < end`; `after`: `start < t`. A bound that is None is open; an unknown bound holds nothing.

    Both bounds have the type of the time that is asked (a date given for timestamps is already a
    `DayStart`, a day as the end
    of `between` already the start of the next day).
    """

    start: Value | None
    end: Value | None
    after: bool = False
    wording: Wording = field(default=Wording("between"), compare=False)
    span: Span = field(default=Span("", 0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Search:
    """Rows below an anchor: from `anchor` down `links` (each link's parent is the step before, or a base of it).

    The row in hand is `Row(level, source)`; `source` is the last link's child, or a subset of it.
    Rows of the steps between
    are `Up` from it. A row counts if each step's row exists, `time` lies in `window`, and `where` holds.
    `time` is the `at` of the nearest event on the way (None where there is none).
    """

    anchor: RowRef
    links: tuple[Link, ...]
    source: Source
    level: int
    time: Value | None
    window: Window | None
    where: Condition | None
    span: Span = field(compare=False)


# --- conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """True or false for a row. A *leaf* that meets an unknown value is false (3.1)."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Truth(Condition):
    """Leaf: a bool value is true."""

    value: Value


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    """Leaf. Both sides have comparable types: numbers, times of the same type, texts and enums,
    ordered enums of the same
    values, durations, bools."""

    operator: CompareOp
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class InSet(Condition):
    """Leaf: `value` equals one of `items`, or, negated, none."""

    value: Value
    items: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InRange(Condition):
    """Leaf: `low <= value <= high`."""

    value: Value
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsKnown(Condition):
    """`value is known`; negated: `is unknown`. Never meets an unknown."""

    value: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TextTest(Condition):
    """Leaf. `pattern` is a text value, for `matches` a `Const` checked and normalised by `model.regex`."""

    test: Literal["contains", "starts", "ends", "matches"]
    value: Value
    pattern: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ListTest(Condition):
    """Leaf. The list has the one item (`has` = `any` of one), any, all or none of `items`, or of
    the elements of the list
    value `other`. Unknown elements are ignored; an unknown list or item is met as unknown."""

    test: Literal["any", "all", "none"]
    value: Value
    items: tuple[Value, ...] = ()
    other: Value | None = None


@dataclass(frozen=True, slots=True)
class InWindow(Condition):
    """Leaf: a time lies in a window (an unknown bound is met as unknown)."""

    value: Value
    window: Window
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Anniversary(Condition):
    """Leaf: in some year the anniversary of a date (29 February: 28 February in common years) lies
    in the window, whose bounds
    are dates without attributes."""

    value: Value
    window: Window


@dataclass(frozen=True, slots=True)
class Exists(Condition):
    """At least `low` (from 1) and at most `high` rows of the search. Never meets an unknown."""

    search: Search
    low: int = 1
    high: int | None = None


@dataclass(frozen=True, slots=True)
class MemberOf(Condition):
    """The row is a member of a segment: `condition` is the segment's, over `row`; a row that does not
    exist is in no segment. `as_of`: the constant moment (timestamp) that stands for `as of` in it and in what exists.
    """

    row: RowRef
    segment: str
    condition: Condition
    as_of: Value | None = None


@dataclass(frozen=True, slots=True)
class Near(Condition):
    """Leaf: the haversine distance of two points, radius 6371.0088 km, in whole metres (rounded half away), is at most
    `metres`."""

    value: Value
    center: Value
    metres: int


@dataclass(frozen=True, slots=True)
class InPart(Condition):
    """`low <= h < high`, h the first 32 bits of MD5 over `seed:key` (keys joined with `:`), an
    unsigned integer (3.9).
    """

    row: RowRef
    seed: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class InTable(Condition):
    """Leaf: the value equals a value in a column of a table (a `list` kept in the database)."""

    value: Value
    table: Table
    column: str


@dataclass(frozen=True, slots=True)
class Regular(Condition):
    """In at least `hits` of the `count` units, at least `low` and at most `high` rows of the
    search. Never meets an unknown.

    Calendar units: the last `count` full ones before the current one. `periods`: stretches of `length` units running
    back from `as of` (for dates from E), each `[start, end)`.
    """

    search: Search
    low: int
    high: int | None
    hits: int
    count: int
    unit: Unit
    length: int = 1
    periods: bool = False


@dataclass(frozen=True, slots=True)
class Burst(Condition):
    """`within any D`: some stretch `[t, t + D)` holds at least `low` rows of the search. `length` for
    dates is whole days.
    """

    search: Search
    low: int
    length: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a sequence (3.6). `search.time` is the step's time; `by`, where there is one, over the search's row.

    `within`, `after`: a count of units, from the step before (`of_start`: `within` from the first step). A `no` step
    between two steps has neither; the last may have `within`, its deadline.
    """

    search: Search
    by: Value | None
    absent: bool
    latest: bool = False
    following: bool = False
    within: tuple[int, Unit] | None = None
    of_start: bool = False
    after: tuple[int, Unit] | None = None


@dataclass(frozen=True, slots=True)
class Sequence(Condition):
    """Some choice of rows for the positive steps keeps every limit. Never meets an unknown.

    All searches have the same anchor and level; the windows of the positive ones are the sequence's.
    """

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Top(Condition):
    """`row` is among the first of a population by `among.value`, largest first for `top` (3.5).

    `kind`: `count` (amount rows), `percent` (amount is a part of 1: the first `ceil(n x amount)`),
    `share` (amount is a part of the sum of the values above 0: the largest until they reach it).
    Ties with the last are in, but with `exactly` (then by key ascending). `among.per`: each known
    value of it is a population of its own. Never meets an unknown.
    """

    row: RowRef
    among: Among
    direction: Literal["top", "bottom"]
    kind: Literal["count", "percent", "share"]
    amount: Decimal
    exactly: bool


@dataclass(frozen=True, slots=True)
class HasBeen(Condition):
    """Leaf: the attribute equals `state` now, and has since `since` or longer (equal neighbours are one run)."""

    value: Attr
    state: Value
    since: Value


@dataclass(frozen=True, slots=True)
class RawSql(Condition):
    """Leaf: raw SQL over the physical columns of `row`."""

    row: RowRef
    sql: SqlText


@dataclass(frozen=True, slots=True)
class All(Condition):
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any(Condition):
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class CountOf(Condition):
    """At least `low`, at most `high` of the items hold."""

    items: tuple[Condition, ...]
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The exact complement."""

    item: Condition


@dataclass(frozen=True, slots=True)
class OrUnknown(Condition):
    """The leaf, or true where it meets an unknown."""

    leaf: Condition


@dataclass(frozen=True, slots=True)
class IfKnown(Condition):
    """The leaf; says that false is meant where it meets an unknown."""

    leaf: Condition


# --- definitions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trait:
    """`value` over `Row(0, entity)`; a condition is inside `Holds`."""

    name: str
    source: Source
    value: Value
    span: Span


DataValue: TypeAlias = "bool | int | Decimal | str | date | datetime | None"
"""What `with { … }` can hold."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a segmentation or a part of a split: a segment named `NAME.level`, with its data.

    `own` is what it asks before the levels above have taken theirs (None for `otherwise` and for parts).
    """

    name: str
    segment: Segment
    own: Condition | None
    data: tuple[tuple[str, DataValue], ...]


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A waterfall (or the parts of a split): the levels share the members of `base` (None: all of
    `entity`), each in one at most.

    `columns` are the names and types of the levels' data, the same for all.
    """

    name: str
    entity: Entity
    base: Condition | None
    levels: tuple[Level, ...]
    columns: tuple[tuple[str, Type], ...]
    is_split: bool
    title: str
    description: str
    owner: str
    tags: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Segment:
    """Members: rows of `entity` that exist and for which every one of `lines` holds."""

    name: str
    entity: Entity
    lines: tuple[Condition, ...]
    title: str
    description: str
    owner: str
    tags: tuple[str, ...]
    meta: tuple[tuple[str, tuple[str, ...]], ...]
    span: Span


# --- tests and claims -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseRow:
    """Rows of a test: `times` alike, each with a key of its own where `values` sets none.

    `values` are those of the stored attributes that are set, by name, as `Const` has them by type. `parents` are the
    named rows that it belongs to, by link; `label` is its own name or empty.
    """

    source: Source
    label: str
    values: tuple[tuple[str, object], ...]
    parents: tuple[tuple[Link, str], ...]
    times: int
    span: Span


@dataclass(frozen=True, slots=True)
class Expectation:
    """The row `subject` is a member of one of `segments`, or (`out`) of none; or they have `count` members in all."""

    kind: Literal["in", "out", "count"]
    subject: str
    segments: tuple[str, ...]
    count: int
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """A `test` block: rows in, members out. `name` is what is tested: a segment, list, level, segmentation or split.

    Where that could not be resolved, there are no rows and no expectations.
    """

    name: str
    as_of: datetime
    rows: tuple[CaseRow, ...]
    expectations: tuple[Expectation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Claim:
    """A line of an `assert` block, about segments of one entity.

    `inside`: every member of the first is one of the second. `disjoint`: nobody is in two. `covers`: every member of
    the last (None: every row of the entity) is in one of the others. `same`: both have the same members. `size`: the
    first has `low` to `high` members. `share`: of the members of the second, `low` to `high` (parts of 1) are in
    the first. A bound that is None is open.
    """

    kind: Literal["inside", "disjoint", "covers", "same", "size", "share"]
    entity: Entity
    segments: tuple[str | None, ...]
    low: Decimal | None
    high: Decimal | None
    span: Span


@dataclass(frozen=True, slots=True)
class Assertion:
    """An `assert` block: why, and its claims; `every segment tagged …` is one claim for each segment.

    `names` is what the claims are about, those too that could not be resolved and are in no claim.
    """

    why: str
    claims: tuple[Claim, ...]
    names: tuple[str, ...]
    span: Span


WeekStart: TypeAlias = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project fixes for every window and date: an IANA time zone and the first day of the week."""

    timezone: str = "UTC"
    week_starts: WeekStart = "monday"
    sql_dialect: str = "duckdb"


@dataclass(frozen=True)
class Model:
    """All that a project declares, with what was found wrong in it.

    `sources`, `traits` and `segments` hold what could be resolved. `needs` maps each declared name
    to the names it mentions,
    `faults` each to the errors inside its declaration.
    """

    settings: Settings
    sources: dict[str, Source]
    traits: dict[str, Trait]
    segments: dict[str, Segment]
    """Levels and parts among them, as `NAME.level`."""
    segmentations: dict[str, Segmentation]
    """Splits among them."""
    diagnostics: tuple[Diagnostic, ...]
    needs: dict[str, frozenset[str]]
    faults: dict[str, tuple[Diagnostic, ...]]
    cases: tuple[Case, ...] = ()
    """In the order of files and places."""
    assertions: tuple[Assertion, ...] = ()

    def depends_on(self, name: str) -> Iterator[str]:
        """`name` and every declared name that its definition rests on."""
        seen = {name}
        todo = [name]
        while todo:
            at = todo.pop()
            yield at
            for other in self.needs.get(at, ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
