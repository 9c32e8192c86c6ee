"""The syntax tree: what was written, with a span on every node, and no meaning yet.

Frozen pydantic models. A `Condition` answers yes or no for a row, a `Value` gives a value. The tree
keeps what the formatter needs (parentheses, the spelling of numbers), so text -> tree -> text is exact
up to layout.

Building a node does not validate it: the parser is the only writer, a tree of 1,000 segments has
100,000 nodes, and the validators alone would take half of the parser's time and of the start-up. The
tests validate every node that the parser makes (`validate`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from segql.source import Span

Unit: TypeAlias = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
CompareOp: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


class Node(BaseModel):
    """Anything written: it knows its place."""

    model_config = ConfigDict(
        frozen=True,
        arbitrary_types_allowed=False,
        revalidate_instances="never",
        defer_build=True,
    )

    span: Span

    if TYPE_CHECKING:  # else pydantic evaluates them once more for each class
        _names: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[dict[str, Any]]
        _name_set: ClassVar[set[str]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        fields = cls.__pydantic_fields__
        cls._names = tuple(fields)
        cls._name_set = set(fields)
        cls._defaults = {
            name: field.default for name, field in fields.items() if not field.is_required()
        }

    if not TYPE_CHECKING:

        def __init__(self, **values: object) -> None:
            """All fields by name, those with a default may be left out; not validated."""
            if tuple(values) != self._names:
                values = self._complete(values)
            _fill(self, values)

        def _complete(self, values: dict[str, Any]) -> dict[str, Any]:
            """The same with defaults, in the order of the fields."""
            values = {**self._defaults, **values}
            if values.keys() != self._name_set:
                wrong = ", ".join(sorted(values.keys() ^ self._name_set))
                raise TypeError(f"{type(self).__name__}: missing or unknown {wrong}")
            return {name: values[name] for name in self._names}

    def __reduce__(self) -> tuple[Any, ...]:
        """Small and fast pickles: the class, the place, then the values in the order of the fields."""
        values = self.__dict__
        span = self.span
        rest = [values[name] for name in self._names[1:]]
        return _restore, (type(self), span.file, span.start, span.end, *rest)


def _fill(node: Node, values: dict[str, Any]) -> None:
    """Set the four attributes that a pydantic model consists of."""
    _set_values(node, values)
    _set_names(node, node._name_set)
    _set_extra(node, None)
    _set_private(node, None)


_set_values, _set_names, _set_extra, _set_private = (
    BaseModel.__dict__[name].__set__
    for name in (
        *("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"),
    )
)


def _restore(kind: type[Node], file: str, start: int, end: int, *values: object) -> Node:
    node: Node = object.__new__(kind)
    _fill(node, dict(zip(kind._names, (Span(file, start, end), *values), strict=True)))
    return node


def validate(node: Node) -> None:
    """Check one node, not its children, against its declared types; raises `ValidationError`."""
    node.__pydantic_validator__.validate_python(dict(node.__dict__), self_instance=_blank(node))


def _blank(node: Node) -> Node:
    return type(node).__new__(type(node))


class Name(Node):
    """A name; `quoted` if it stood in back-quotes (a physical name)."""

    text: str
    quoted: bool = False


# --- values ---------------------------------------------------------------------------------------


class Value(Node):
    """Gives a value for a row."""


class Number(Value):
    """`12.50`, `1_000`, `-5`: exact; `text` is how it was written."""

    value: Decimal
    text: str


class Percent(Value):
    """`10%`: `value` is 10."""

    value: Decimal
    text: str


class Text(Value):
    """`"…"` or a triple-quoted text, escapes resolved."""

    value: str
    triple: bool = False


class Bool(Value):
    value: bool


class Date(Value):
    """`2026-01-31`; the text is a real date (checked when parsed)."""

    text: str


class Timestamp(Value):
    """`2026-01-31T08:00[:30[.ffffff]]` with nothing (project time zone), `Z` or an offset."""

    text: str


class Duration(Value):
    """`90 days`."""

    count: int
    unit: Unit


class Path(Value):
    """`age`, `account.industry`, `purchase.at`: one name or several with dots."""

    parts: tuple[Name, ...]


class Call(Value):
    """`lower(x)`, `spend_in(last 90 days)`, `mean(a, b)`: a function or a trait with arguments.

    `path` has several parts where the trait is reached over relations (`account.spend_in(…)`).
    """

    path: tuple[Name, ...]
    arguments: tuple[Value | Window, ...]


class Aggregate(Value):
    """`sum(E.x [, 2] [by …] [window] [where { }])`: one call over events or a to-many relation.

    Written for every function of the second line of 2.4: count sum avg min max median stddev
    count_distinct first last nth nth_last favourite favourite_share share active_days active_weeks
    active_months streak_days streak_weeks streak_months min_gap max_gap avg_gap median_gap.
    A call without window, `where`, `by` and alias that has one such name is an `Aggregate` as well;
    whether `count(x)` counts a list or rows, the resolver decides. `argument` is a `Path` or any
    expression over one row.
    """

    function: Name
    argument: Value
    extra: tuple[Value, ...] = ()
    by: tuple[Value, ...] = ()
    alias: Name | None = None
    window: Window | None = None
    where: Block | None = None


class Population(Value):
    """`avg(V among S [per x])`, `count(among S)`, `percentile(V, 90% among S)`, `ntile(5, V among S)`, `rank(V …)`."""

    function: Name
    arguments: tuple[Value, ...]
    among: Name
    per: Value | None = None


class Elapsed(Value):
    """`years since X`, `days until X`."""

    unit: Unit
    direction: Literal["since", "until"]
    value: Value


class Ago(Value):
    """`90 days ago`."""

    duration: Duration


class Today(Value):
    """`today`: a date."""


class Yesterday(Value):
    """`yesterday` as a day (in windows)."""


class Now(Value):
    """`now`: the `as of` instant."""


class Arithmetic(Value):
    operator: Literal["+", "-", "*", "/"]
    left: Value
    right: Value


class Negative(Value):
    """`-x` of something that is not a number literal."""

    value: Value


class ParenValue(Value):
    """`( value )`."""

    value: Value


class PointLiteral(Value):
    """`point(52.23, 21.01)`: latitude, longitude in degrees."""

    latitude: Value
    longitude: Value


class PointsLine(Node):
    """`10: country = "PL"`."""

    value: Value
    condition: Condition


class Points(Value):
    """`points { … }`: the sum of the values of the lines that hold."""

    lines: tuple[PointsLine, ...]


class ListLiteral(Value):
    """`("PL", "DE")`, as an argument of a trait: two items or more."""

    items: tuple[Value, ...]


# --- windows --------------------------------------------------------------------------------------


class Window(Node):
    """A stretch of time (2.5)."""


class Rolling(Window):
    """`in last 90 days`, `in next 30 days`."""

    direction: Literal["last", "next"]
    count: int
    unit: Unit


class Calendar(Window):
    """`in this month`, `in last full month`, `in last 3 full months`, `in next full month`."""

    which: Literal["this", "last", "next"]
    count: int
    unit: Unit


class OnDay(Window):
    """`on DAY`, `today`, `yesterday` (then `day` is `Today` or `Yesterday`)."""

    day: Value


class Between(Window):
    start: Value
    end: Value


class Since(Window):
    start: Value


class Before(Window):
    end: Value


class After(Window):
    start: Value


class WindowName(Window):
    """`in period`: a window parameter of a trait."""

    name: Name


# --- conditions -----------------------------------------------------------------------------------


class Condition(Node):
    """Answers yes or no for a row."""


class Block(Node):
    """`{ … }` with one condition a line: all of them."""

    items: tuple[Condition, ...]


class Truth(Condition):
    """A bare value: `email_opt_in`."""

    value: Value


class Compare(Condition):
    operator: CompareOp
    left: Value
    right: Value
    ignoring_case: bool = False


class InList(Condition):
    """`x in (a, b)`, `x not in (a, b)`."""

    value: Value
    items: tuple[Value, ...]
    negated: bool = False
    ignoring_case: bool = False


class InRange(Condition):
    """`x in 18..35`: both ends included."""

    value: Value
    low: Value
    high: Value
    negated: bool = False


class Known(Condition):
    """`x is known`; negated: `x is unknown`."""

    value: Value
    negated: bool = False


class TextTest(Condition):
    """`x contains "a"`, `x does not contain "a"`, `starts with`, `ends with`, `matches`."""

    test: Literal["contains", "starts", "ends", "matches"]
    value: Value
    pattern: Value
    negated: bool = False
    ignoring_case: bool = False


class ListTest(Condition):
    """`list has x` (`has`), `has any (…)`, `has all (…)`, `has none (…)`; `items` may be one path (another list).

    `negated`: `does not have x`.
    """

    test: Literal["has", "any", "all", "none"]
    value: Value
    items: tuple[Value, ...]
    negated: bool = False
    ignoring_case: bool = False
    another: bool = False


class TimeTest(Condition):
    """`time WINDOW`: `signed_up_at in last 30 days`, `… before A`, `… on D`; `negated`: `not in last …`."""

    value: Value
    window: Window
    negated: bool = False


class AnniversaryTest(Condition):
    """`anniversary(date) WINDOW`."""

    value: Value
    window: Window


class Near(Condition):
    """`home within 25 km of point(…)`."""

    value: Value
    distance: Number
    unit: Literal["km", "miles"]
    center: Value


class Times(Node):
    """`at least 3 times`, `exactly 1 time`, `2 to 5 times`, `more than 2 times`: inclusive bounds.

    `high` is None where there is no upper bound.
    """

    low: int
    high: int | None
    spelling: Literal["at least", "more than", "exactly", "range"]


class Regularity(Node):
    """`in at least M of last K full UNITS` (`each`: M = K), `… of last K periods of 3 days`."""

    hits: int
    count: int
    unit: Unit
    length: int = 1
    periods: bool = False
    each: bool = False


class Did(Condition):
    """`did E [as r] [TIMES] [regularity | within any D] [WINDOW] [where { }]`; `negated`: `did not E …`."""

    event: tuple[Name, ...]
    negated: bool = False
    alias: Name | None = None
    times: Times | None = None
    window: Window | None = None
    regularity: Regularity | None = None
    within_any: Duration | None = None
    where: Block | None = None


class Has(Condition):
    """`has [TIMES'] RELATION [where { }]`; `negated`: `has no RELATION …`."""

    relation: tuple[Name, ...]
    negated: bool = False
    alias: Name | None = None
    times: Times | None = None
    window: Window | None = None
    where: Block | None = None


class Step(Node):
    """A line of a `sequence`."""

    event: tuple[Name, ...]
    kind: Literal["step", "no"]
    latest: bool = False
    immediately: bool = False
    within: Duration | None = None
    of_start: bool = False
    after: Duration | None = None
    alias: Name | None = None
    where: Block | None = None


class Sequence(Condition):
    by: tuple[Name, ...] | None
    window: Window | None
    steps: tuple[Step, ...]


class MemberOf(Condition):
    """`[RELATION] [not] member of NAME[.LEVEL] [as of MOMENT]`."""

    relation: tuple[Name, ...]
    segment: tuple[Name, ...]
    negated: bool = False
    as_of: Value | None = None


class Top(Condition):
    """`top 10% among S by V [per a]`, `top exactly 500 …`, `bottom …`, `top share 80% …`."""

    direction: Literal["top", "bottom"]
    count: Number | Percent
    exactly: bool
    share: bool
    among: Name
    by: Value
    per: Value | None = None


class HasBeen(Condition):
    """`x has been V for at least D`."""

    value: Value
    state: Value
    duration: Duration


class Gather(Condition):
    """`all { }`, `any { }`, `none { }`, `at least N of { }`, `exactly N of { }`."""

    kind: Literal["all", "any", "none", "at least", "exactly"]
    count: int | None
    block: Block


class And(Condition):
    items: tuple[Condition, ...]


class Or(Condition):
    items: tuple[Condition, ...]


class Not(Condition):
    item: Condition


class ParenCondition(Condition):
    item: Condition


class OrUnknown(Condition):
    """`LEAF or unknown`."""

    leaf: Condition


class IfKnown(Condition):
    """`LEAF if known`."""

    leaf: Condition


class RawSql(Condition):
    """`sql "boolean"`."""

    sql: Text


# --- types ----------------------------------------------------------------------------------------


class TypeNode(Node):
    """A declared type: `decimal(12, 2)?`, `enum("a", "b")`, `list of text?`, `timestamp in "Zone"`.

    `name` is one of bool int decimal float text date timestamp duration enum point list window event
    (the last two for parameters only); the other fields belong to some of them.
    """

    name: str
    optional: bool = False
    precision: int | None = None
    scale: int | None = None
    values: tuple[Text, ...] = ()
    ordered: bool = False
    zone: Text | None = None
    columns: tuple[ColumnPath, ...] = ()
    item: TypeNode | None = None
    split: Text | None = None
    child_table: TableName | None = None
    child_column: Name | None = None
    child_on: tuple[Name, ...] = ()


class TableName(Node):
    """`shop.customers`, with back-quotes where needed: catalogue, schema and table."""

    parts: tuple[Name, ...]


class ColumnPath(Node):
    """`city_name`, `attribs.city`: a physical column, then the way into its JSON or struct."""

    parts: tuple[Name, ...]


# --- members of entities, events, rows --------------------------------------------------------------


class Member(Node):
    """A line of a declaration's body."""


class TableMember(Member):
    table: TableName


class KeyMember(Member):
    """`key a: type` or `key (a: type, b: type)`; each may say `column x`."""

    columns: tuple[AttributeMember, ...]
    composite: bool = False


class OnMember(Member):
    """`on customer_id`, `on (a, b)`."""

    columns: tuple[Name, ...]


class AtMember(Member):
    """`at ordered_at: timestamp`."""

    column: ColumnPath
    type: TypeNode


class CreatedMember(Member):
    column: ColumnPath


class HistoryMember(Member):
    """`history valid_from, valid_to`."""

    valid_from: Name
    valid_to: Name


class OnlyMember(Member):
    where: Block


class ChangeLog(Node):
    """`history from TABLE.COLUMN on KEY at TIME`."""

    table: TableName
    column: Name
    on: tuple[Name, ...]
    at: Name


class AttributeMember(Member):
    """`name: type [column path] [= sql "…"] [history from …]`."""

    name: Name
    type: TypeNode
    column: ColumnPath | None = None
    sql: Text | None = None
    history: ChangeLog | None = None


class DerivedMember(Member):
    """`name = value`."""

    name: Name
    value: Value | Condition


class RelationMember(Member):
    """`account: one account on account_id`, `lines: many order_line on order_id`."""

    name: Name
    many: bool
    target: Name
    columns: tuple[Name, ...]


# --- declarations ---------------------------------------------------------------------------------


class Meta(Node):
    """`title: "…"`, `tags: a, b`, or an entry of `meta { }` (`custom`)."""

    key: Name
    values: tuple[Value | Name, ...]
    custom: bool = False


class Data(Node):
    """`with { channel: "email" }`."""

    entries: tuple[Meta, ...]


class Declaration(Node):
    """A top-level declaration; `span` covers it whole, `name` is its name (None for `assert`, `test`)."""

    name: Name | None


class EntityDecl(Declaration):
    doc: Text | None
    members: tuple[Member, ...]


class EventDecl(Declaration):
    """An event over a table."""

    entity: Name
    doc: Text | None
    members: tuple[Member, ...]


class EventSubset(Declaration):
    """`event A of E is B where { … }`."""

    entity: Name
    base: Name
    where: Block


class EventUnion(Declaration):
    """`event A of E is B or C`."""

    entity: Name
    parts: tuple[Name, ...]


class EventGroups(Declaration):
    """`event visit of E groups hit by session_id { pages = count(hit) }`; `by` is `day` for `by day`."""

    entity: Name
    base: Name
    by: tuple[Name, ...]
    members: tuple[DerivedMember, ...]


class RowsDecl(Declaration):
    entity: Name
    doc: Text | None
    members: tuple[Member, ...]


class Parameter(Node):
    name: Name
    type: TypeNode
    default: Value | Window | None = None


class TraitDecl(Declaration):
    parameters: tuple[Parameter, ...]
    entity: Name
    doc: Text | None
    body: Value | Condition


class SegmentDecl(Declaration):
    entity: Name
    metadata: tuple[Meta, ...]
    where: Block


class Level(Node):
    """`level NAME: condition`, `level NAME: otherwise` (`block` is None)."""

    name: Name
    block: Block | None
    data: Data | None = None


class SegmentationDecl(Declaration):
    entity: Name
    metadata: tuple[Meta, ...]
    among: Name | None
    levels: tuple[Level, ...]


class Part(Node):
    name: Name
    share: Percent
    data: Data | None = None


class SplitDecl(Declaration):
    segment: tuple[Name, ...]
    metadata: tuple[Meta, ...]
    seed: Text | None
    parts: tuple[Part, ...]


class ListDecl(Declaration):
    """Members named one by one: `items`, or a file or table with a column."""

    entity: Name
    by: Name
    items: tuple[Value, ...] = ()
    file: Text | None = None
    table: TableName | None = None
    column: Name | None = None


class Claim(Node):
    """A line of an `assert`: `kind` is inside, disjoint, covers, same, every, size or share."""

    kind: Literal["inside", "disjoint", "covers", "same", "every", "size", "share"]
    segments: tuple[Path, ...]
    tag: Name | None = None
    low: Number | Percent | None = None
    high: Number | Percent | None = None


class AssertDecl(Declaration):
    why: Text
    claims: tuple[Claim, ...]


class Field(Node):
    """`country: "PL"` in a test row; a list is written `("a", "b")`."""

    name: Name
    values: tuple[Value, ...]
    is_list: bool = False


class TestRow(Node):
    """`customer anna { … }`, `purchase of anna { … } 3 times`, `customer ben like anna`."""

    source: Name
    name: Name | None
    of: Name | None
    like: Name | None
    fields: tuple[Field, ...]
    times: int = 1


class Expect(Node):
    """`expect anna in`, `expect ben out`, `expect anna in lifecycle.new`, `expect count 3`."""

    subject: Name | None
    within: Literal["in", "out", "count"]
    level: tuple[Name, ...] = ()
    count: int | None = None


class TestDecl(Declaration):
    segment: tuple[Name, ...]
    as_of: Value
    rows: tuple[TestRow, ...]
    expects: tuple[Expect, ...]


class File(Node):
    """One `.seg` file: its declarations in order."""

    declarations: tuple[Declaration, ...]
