"""Random trees that the parser could have made: what is printed of them parses to the same tree."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from segql.syntax import tree
from tests.syntax.trees import NOWHERE

UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
NAMES = [
    "a",
    "b1",
    "purchase",
    "order",
    "status",
    "count",
    "level",
    "owner",
    "first",
    "last",
    "share",
    "top",
    "member",
    "at",
    "where",
    "title",
    "key",
    "table",
    "part",
    "column",
    "list",
    "point",
    "sql",
    "_x",
    "every",
    "size",
    "full",
    "then",
    "next",
]


def make(kind: Any, /, **fields: Any) -> st.SearchStrategy[Any]:
    """A node whose fields are drawn from strategies; anything else is the field itself."""
    drawn = {k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in fields.items()}
    return st.builds(kind, span=st.just(NOWHERE), **drawn)


def by_depth(
    function: Callable[[int], st.SearchStrategy[Any]],
) -> Callable[[int], st.SearchStrategy[Any]]:
    """A strategy for each depth, built once, with a short `repr` (a whole one has gigabytes)."""
    built = cache(function)

    @st.composite
    def drawn(draw: st.DrawFn, depth: int) -> Any:
        return draw(built(depth))

    drawn.__name__ = function.__name__
    return cache(drawn)


def some(item: st.SearchStrategy[Any], least: int = 1, most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(item, min_size=least, max_size=most).map(tuple)


def maybe(item: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | item


bools = st.booleans()
plain_names = st.sampled_from(NAMES).map(lambda text: tree.Name(span=NOWHERE, text=text))
quoted_names = st.sampled_from(["A b", "Ünal", "select"]).map(
    lambda text: tree.Name(span=NOWHERE, text=text, quoted=True)
)
names = st.sampled_from(["a", "b1", "purchase", "order"]).map(
    lambda text: tree.Name(span=NOWHERE, text=text)
)
dotted = some(plain_names | quoted_names)
name_paths = st.tuples(plain_names, names).map(lambda pair: pair[:1]) | some(names)
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = make(tree.Text, value=st.text(characters, max_size=8))
long_texts = make(
    tree.Text, value=st.text(characters | st.sampled_from('"\\\n\r'), max_size=8), triple=True
)


def _number(text: str) -> tree.Number:
    return tree.Number(span=NOWHERE, value=Decimal(text.replace("_", "")), text=text)


def _percent(text: str) -> tree.Percent:
    return tree.Percent(span=NOWHERE, value=Decimal(text[:-1]), text=text)


whole = st.integers(1, 500)
positive = st.sampled_from(["0", "7", "1_000", "12.50"]).map(_number)
numbers = positive | st.sampled_from(["-5", "-1_000.25"]).map(_number)
percents = st.sampled_from(["10%", "0.5%", "100%"]).map(_percent)
dates = st.dates().map(lambda day: tree.Date(span=NOWHERE, text=day.isoformat()))
timestamps = st.sampled_from(
    ["2026-01-31T08:00", "2026-01-31T08:00:30", "2026-01-31T08:00:30.5Z", "2026-01-31T08:00+02:00"]
).map(lambda text: tree.Timestamp(span=NOWHERE, text=text))
units = st.sampled_from(UNITS)
durations = make(tree.Duration, count=st.integers(0, 400), unit=units)
paths = make(tree.Path, parts=dotted)
event_names = some(plain_names.filter(lambda name: name.text in ("a", "b1", "purchase", "order")))
literals = (
    numbers | percents | texts | dates | timestamps | make(tree.Bool, value=bools) | durations
)


# --- values -----------------------------------------------------------------------------------------


@by_depth
def atoms(depth: int) -> st.SearchStrategy[Any]:
    simple = (
        positive | percents | texts | long_texts | dates | timestamps | durations | paths
        | make(tree.Bool, value=bools)
        | make(tree.Ago, duration=durations)
        | make(tree.Today) | make(tree.Now) | make(tree.Yesterday)
    )  # fmt: skip
    if depth == 0:
        return simple
    inner = sums(depth - 1)
    return (
        simple
        | make(tree.ParenValue, value=inner)
        | make(tree.PointLiteral, latitude=inner, longitude=inner)
        | calls(depth)
        | make(tree.Points, lines=some(point_lines(depth), 1, 2))
    )


@by_depth
def point_lines(depth: int) -> st.SearchStrategy[Any]:
    """What stands before `:` ends with no keyword: a word there is a name."""
    value = positive | paths | calls(depth)
    return make(tree.PointsLine, value=value, condition=conditions(depth - 1))


@by_depth
def unary(depth: int) -> st.SearchStrategy[Any]:
    inner = atoms(depth)
    direction = st.sampled_from(["since", "until"])
    return (
        inner
        | numbers
        | make(tree.Negative, value=inner.filter(lambda node: not isinstance(node, tree.Number)))
        | make(tree.Elapsed, unit=units, direction=direction, value=inner)
    )


@by_depth
def sums(depth: int) -> st.SearchStrategy[Any]:
    operand = unary(depth)
    product = make(
        tree.Arithmetic, operator=st.sampled_from(["*", "/"]), left=operand, right=operand
    )
    term = operand | product
    return term | make(
        tree.Arithmetic, operator=st.sampled_from(["+", "-"]), left=term, right=operand
    )


@by_depth
def calls(depth: int) -> st.SearchStrategy[Any]:
    inner = sums(depth - 1)
    functions = st.sampled_from(["lower", "spend_in", "coalesce"]).map(
        lambda text: (tree.Name(span=NOWHERE, text=text),)
    )
    aggregates = st.sampled_from(["count", "sum", "last", "favourite", "share", "max_gap"]).map(
        lambda text: tree.Name(span=NOWHERE, text=text)
    )
    lists = make(tree.ListLiteral, items=some(inner, 2, 3))
    arguments = some(inner | bare_windows(depth - 1) | lists, 0)
    return (
        make(tree.Call, path=functions, arguments=arguments)
        | make(
            tree.Aggregate,
            function=aggregates,
            argument=inner,
            extra=some(inner, 0, 1),
            by=some(inner, 0, 2),
            alias=maybe(names),
            window=maybe(windows(depth - 1)),
            where=maybe(blocks(depth - 1)),
        )
        | make(
            tree.Population,
            function=aggregates,
            arguments=some(inner, 0, 2),
            among=names,
            per=maybe(inner),
        )
    )


@by_depth
def moments(depth: int) -> st.SearchStrategy[Any]:
    """Values, but no bare number: between numbers is no window."""
    return sums(depth).filter(lambda value: not isinstance(value, tree.Number))


def unit_windows() -> st.SearchStrategy[Any]:
    direction = st.sampled_from(["last", "next"])
    return (
        make(tree.Rolling, direction=direction, count=whole, unit=units)
        | make(tree.Calendar, which=direction, count=whole, unit=units)
        | make(tree.Calendar, which="this", count=1, unit=units)
    )


@by_depth
def spans(depth: int) -> st.SearchStrategy[Any]:
    moment = moments(depth)
    day = moment.filter(lambda v: not isinstance(v, tree.Today | tree.Yesterday))
    return (
        make(tree.OnDay, day=day)
        | make(tree.Between, start=moment, end=moment)
        | make(tree.Since, start=moment)
        | make(tree.Before, end=moment)
        | make(tree.After, start=moment)
    )


@by_depth
def bare_windows(depth: int) -> st.SearchStrategy[Any]:
    return unit_windows() | spans(depth)


def in_windows() -> st.SearchStrategy[Any]:
    return unit_windows() | make(tree.WindowName, name=names)


@by_depth
def windows(depth: int) -> st.SearchStrategy[Any]:
    days = make(tree.OnDay, day=make(tree.Today) | make(tree.Yesterday))
    return in_windows() | spans(depth) | days


# --- conditions -------------------------------------------------------------------------------------


@by_depth
def tests(depth: int) -> st.SearchStrategy[Any]:
    value = sums(depth)
    low_high = st.tuples(st.integers(0, 9), st.integers(10, 99)).map(
        lambda pair: [_number(str(n)) for n in pair]
    )
    ranges = low_high.flatmap(
        lambda pair: make(tree.InRange, value=value, low=pair[0], high=pair[1], negated=bools)
    )
    return (
        make(
            tree.Compare,
            operator=st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
            left=value,
            right=value,
            ignoring_case=bools,
        )
        | make(tree.InList, value=value, items=some(value), negated=bools, ignoring_case=bools)
        | ranges
        | make(tree.Known, value=value, negated=bools)
        | make(
            tree.TextTest,
            test=st.sampled_from(["contains", "starts", "ends", "matches"]),
            value=value,
            pattern=value,
            negated=bools,
            ignoring_case=bools,
        )
        | make(tree.ListTest, test="has", value=value, items=some(value, 1, 1), negated=bools)
        | make(
            tree.ListTest,
            test=st.sampled_from(["any", "all", "none"]),
            value=value,
            items=some(value),
            ignoring_case=bools,
        )
        | make(tree.ListTest, test="any", value=value, items=st.tuples(paths), another=True)
        | make(tree.TimeTest, value=value, window=in_windows(), negated=bools)
        | make(tree.TimeTest, value=value, window=windows(depth))
        | make(tree.AnniversaryTest, value=value, window=windows(depth))
        | make(tree.Near, value=value, distance=positive, unit="km", center=value)
        | make(tree.HasBeen, value=value, state=value, duration=durations)
        | make(tree.RawSql, sql=texts)
        | st.deferred(lambda: populations(depth))
        | st.deferred(lambda: events(depth))
    )


@by_depth
def populations(depth: int) -> st.SearchStrategy[Any]:
    value = sums(depth)
    return make(
        tree.MemberOf,
        relation=some(names, 0, 2),
        segment=event_names,
        negated=bools,
        as_of=maybe(value),
    ) | make(
        tree.Top,
        direction=st.sampled_from(["top", "bottom"]),
        count=percents | whole.map(lambda n: _number(str(n))),
        exactly=bools,
        share=False,
        among=names,
        by=value,
        per=maybe(value),
    )


times = (
    make(tree.Times, low=whole, high=None, spelling="at least")
    | make(tree.Times, low=st.integers(2, 9), high=None, spelling="more than")
    | whole.flatmap(lambda n: make(tree.Times, low=n, high=n, spelling="exactly"))
    | make(tree.Times, low=st.integers(1, 4), high=st.integers(5, 9), spelling="range")
)
regularities = (
    make(tree.Regularity, hits=st.integers(1, 3), count=st.integers(3, 9), unit=units)
    | make(tree.Regularity, hits=1, count=st.integers(1, 9), unit=units, length=whole, periods=True)
    | whole.flatmap(
        lambda n: (
            make(tree.Regularity, hits=n, count=n, unit=units, each=True)
            | make(
                tree.Regularity, hits=n, count=n, unit=units, each=True, length=whole, periods=True
            )
        )
    )
)


@by_depth
def events(depth: int) -> st.SearchStrategy[Any]:
    where = maybe(blocks(depth - 1)) if depth else st.none()
    head = {"event": event_names, "negated": bools, "alias": maybe(names), "times": maybe(times)}
    window = maybe(windows(max(depth - 1, 0)))
    has = {"relation": event_names, "alias": maybe(names), "window": window, "where": where}
    return (
        make(tree.Did, **head, window=window, where=where)
        | make(tree.Did, **head | {"negated": st.just(False)}, regularity=regularities, where=where)
        | make(tree.Did, **head, within_any=durations, window=window, where=where)
        | make(tree.Has, times=maybe(times), **has)
        | make(tree.Has, negated=True, **has)
        | sequences(depth)
    )


@by_depth
def sequences(depth: int) -> st.SearchStrategy[Any]:
    where = maybe(blocks(depth - 1)) if depth else st.none()
    choice = st.sampled_from([(False, False), (True, False), (False, True)])

    def step(picked: tuple[bool, bool]) -> st.SearchStrategy[Any]:
        limit = {"within": durations, "of_start": bools} if depth else {"within": maybe(durations)}
        return make(
            tree.Step,
            event=event_names,
            kind="step",
            latest=picked[0],
            immediately=picked[1],
            after=maybe(durations),
            alias=maybe(names),
            where=where,
            **limit,
        )

    steps = choice.flatmap(step)
    between = make(tree.Step, event=event_names, kind="no", where=where)
    final = make(tree.Step, event=event_names, kind="no", within=maybe(durations), where=where)
    lines = st.tuples(steps, some(between, 0, 1), some(steps, 1, 2), some(final, 0, 1)).map(
        lambda parts: (parts[0], *parts[1], *parts[2], *parts[3])
    )
    by = maybe(event_names)
    return make(tree.Sequence, by=by, window=maybe(windows(0)), steps=lines)


@by_depth
def leaves(depth: int) -> st.SearchStrategy[Any]:
    test = tests(depth)
    truth = make(tree.Truth, value=sums(depth))
    # `not member of a or unknown` reads as `not (…)`; nobody's membership is unknown
    named = test.filter(lambda item: not isinstance(item, tree.MemberOf)) | make(
        tree.Truth, value=paths
    )
    leaf = test | truth | make(tree.OrUnknown, leaf=named) | make(tree.IfKnown, leaf=named)
    if depth == 0:
        return leaf
    inner = conditions(depth - 1)
    # a value in parentheses is a `ParenValue`
    paren = make(
        tree.ParenCondition, item=inner.filter(lambda item: not isinstance(item, tree.Truth))
    )
    kind = st.sampled_from(["all", "any", "none"])
    counted = st.sampled_from(["at least", "exactly"])
    return (
        leaf
        | paren
        | make(tree.Gather, kind=kind, count=None, block=blocks(depth - 1))
        | make(tree.Gather, kind=counted, count=whole, block=blocks(depth - 1))
    )


@by_depth
def conditions(depth: int) -> st.SearchStrategy[Any]:
    leaf = leaves(depth)

    def plain(item: tree.Condition) -> bool:
        """What may stand under `not`."""
        joined = isinstance(item, tree.MemberOf) and not item.relation and not item.negated
        return not joined and not isinstance(item, tree.OrUnknown | tree.IfKnown)

    negation = leaf | make(tree.Not, item=leaf.filter(plain))
    return (
        negation | make(tree.And, items=some(negation, 2)) | make(tree.Or, items=some(negation, 2))
    )


@by_depth
def blocks(depth: int) -> st.SearchStrategy[Any]:
    return make(tree.Block, items=some(conditions(depth), 1, 2))


# --- declarations -----------------------------------------------------------------------------------

metadata = some(make(tree.Meta, key=names, values=some(literals | names)), 0, 1) | make(
    tree.Meta, key=names, values=st.tuples(literals | names), custom=True
).map(lambda item: (item,))
data = make(
    tree.Data, entries=make(tree.Meta, key=names, values=st.tuples(literals)).map(lambda e: (e,))
)
scalars = (
    make(
        tree.TypeNode, name=st.sampled_from(["bool", "int", "decimal", "text", "date", "duration"])
    )
    | make(tree.TypeNode, name="decimal", precision=st.integers(10, 38), scale=st.integers(0, 9))
    | make(tree.TypeNode, name="enum", values=some(texts), ordered=bools)
    | make(tree.TypeNode, name="timestamp", zone=texts)
)
columns = make(tree.ColumnPath, parts=dotted)
tables = make(tree.TableName, parts=dotted)
types = (
    scalars.flatmap(lambda item: bools.map(lambda o: item.model_copy(update={"optional": o})))
    | make(tree.TypeNode, name="list", optional=bools, item=scalars)
    | make(tree.TypeNode, name="list", optional=bools, item=scalars, split=texts)
    | make(
        tree.TypeNode,
        name="list",
        optional=bools,
        item=scalars,
        child_table=tables,
        child_column=plain_names | quoted_names,
        child_on=dotted,
    )
    | make(tree.TypeNode, name="point", columns=st.tuples(columns, columns), optional=bools)
)
logs = make(
    tree.ChangeLog, table=tables, column=plain_names, on=dotted, at=plain_names | quoted_names
)
attributes = make(
    tree.AttributeMember,
    name=plain_names,
    type=types,
    column=maybe(columns),
    sql=maybe(texts),
    history=maybe(logs),
)
members = (
    attributes
    | make(tree.DerivedMember, name=plain_names, value=sums(1) | tests(1))
    | make(tree.RelationMember, name=plain_names, many=bools, target=names, columns=dotted)
)
key = make(tree.AttributeMember, name=plain_names, type=types, column=maybe(columns)).map(
    lambda column: tree.KeyMember(span=NOWHERE, columns=(column,))
)
declarations = (
    make(
        tree.EntityDecl,
        name=plain_names,
        doc=maybe(texts),
        members=st.tuples(make(tree.TableMember, table=tables), key, members),
    )
    | make(
        tree.EventDecl,
        name=plain_names,
        entity=names,
        doc=maybe(texts),
        members=st.tuples(
            make(tree.TableMember, table=tables),
            key,
            make(tree.OnMember, columns=dotted),
            make(tree.AtMember, column=columns, type=types),
            members,
        ),
    )
    | make(tree.EventSubset, name=plain_names, entity=names, base=names, where=blocks(1))
    | make(tree.EventUnion, name=plain_names, entity=names, parts=some(names, 2))
    | make(
        tree.TraitDecl,
        name=plain_names,
        parameters=some(
            make(
                tree.Parameter,
                name=plain_names,
                type=scalars,
                default=maybe(sums(0) | bare_windows(0)),
            ),
            0,
            2,
        ),
        entity=names,
        doc=maybe(texts),
        body=sums(2) | tests(2),
    )
    | make(tree.SegmentDecl, name=plain_names, entity=names, metadata=metadata, where=blocks(2))
    | make(
        tree.SegmentationDecl,
        name=plain_names,
        entity=names,
        metadata=metadata,
        among=maybe(names),
        levels=some(make(tree.Level, name=plain_names, block=blocks(1), data=maybe(data))),
    )
    | make(
        tree.SplitDecl,
        name=plain_names,
        segment=event_names,
        metadata=st.just(()),
        seed=texts,
        parts=make(tree.Part, name=plain_names, share=percents, data=maybe(data)).map(
            lambda part: (part,)
        ),
    )
    | make(tree.ListDecl, name=plain_names, entity=names, by=names, items=some(literals))
)
