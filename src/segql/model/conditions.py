"""Conditions: leaves with their types checked, and what each does where it meets an unknown (3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix
from segql.model import (
    codes,
    histories,
    misread,
    populations,
    regularity,
    searches,
    sequences,
    shares,
    times,
    windows,
)
from segql.model.nodes import (
    All,
    Anniversary,
    Any,
    Compare,
    Condition,
    Const,
    CountOf,
    Entity,
    Event,
    Exists,
    Function,
    IfKnown,
    InRange,
    InSet,
    InWindow,
    IsKnown,
    ListTest,
    MemberOf,
    Near,
    Not,
    OrUnknown,
    RawSql,
    Row,
    RowRef,
    Search,
    SqlText,
    TextTest,
    Truth,
    Up,
    Value,
)
from segql.model.parameters import spread
from segql.model.rawsql import check_sql
from segql.model.rebase import rebase
from segql.model.regex import BadPattern, normalise
from segql.model.scope import Scope
from segql.model.types import (
    BOOL,
    DATE,
    FLOAT,
    POINT,
    TEXT,
    UNKNOWN,
    EnumType,
    ListType,
    Type,
    is_number,
    is_ordered,
    is_text,
    is_time,
)
from segql.model.unknowns import nullable, window_nullable
from segql.model.walk import map_children
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def resolve(r: Resolver, scope: Scope, node: tree.Condition, negative: bool) -> Condition:
    """`negative`: the condition stands under `not` or `none`. What could not be resolved is an unknown truth."""
    if not r.grow(1, node.span):
        return _unresolved(node.span)
    return _HANDLERS[type(node)](r, scope, node, negative) or _unresolved(node.span)


def _unresolved(span: Span) -> Condition:
    return Truth(span, Const(UNKNOWN, span, None))


def block(r: Resolver, scope: Scope, node: tree.Block, *, negative: bool) -> Condition:
    items = tuple(resolve(r, scope, item, negative) for item in node.items)
    return items[0] if len(items) == 1 else All(node.span, items)


# --- leaves ---------------------------------------------------------------------------------------


def _leaf(
    r: Resolver, scope: Scope, node: tree.Condition, negative: bool, bare: bool = False
) -> Condition:
    """A leaf that says nothing about unknown: a warning where it can meet one and is negative."""
    leaf = _bare_leaf(r, scope, node)
    if isinstance(leaf, Truth) and leaf.value.type == UNKNOWN:
        return leaf
    if negative or _is_negative(node):
        _ask_about_unknown(r, node, leaf, under_not=negative, bare=bare)
    return leaf


def _bare_leaf(r: Resolver, scope: Scope, node: tree.Condition) -> Condition:
    return _LEAVES[type(node)](r, scope, node) or _unresolved(node.span)


def _is_negative(node: tree.Condition) -> bool:
    match node:
        case tree.Compare():
            return node.operator == "!="
        case tree.ListTest():
            return node.test == "none" or node.negated
        case tree.InList() | tree.InRange() | tree.TextTest() | tree.TimeTest():
            return node.negated
    return False


def operands(leaf: Condition) -> list[Value]:
    """The values directly in a leaf, bounds of its window among them."""
    found: list[Value] = []

    def visit(item: object) -> object:
        if isinstance(item, Value):
            found.append(item)
        elif not isinstance(item, Condition | Search | Row | Up):
            map_children(item, visit)
        return item

    map_children(leaf, visit)
    return found


def meets_unknown(leaf: Condition) -> bool:
    if isinstance(leaf, IsKnown | Exists | MemberOf):
        return False
    if isinstance(leaf, RawSql):
        return True
    return any(nullable(value) for value in operands(leaf))


def _ask_about_unknown(
    r: Resolver, node: tree.Condition, leaf: Condition, *, under_not: bool, bare: bool
) -> None:
    """`bare`: the leaf stands under a `not` without parentheses, which the spellings need."""
    if not meets_unknown(leaf):
        return
    kept = "left out" if not under_not else "kept: the leaf is false for them, its opposite true"
    source = _source_text(node)
    what = "a negative condition" if not under_not else "a condition under `not` or `none`"
    last = _inside_parentheses(node)
    end = Span(node.span.file, last, last)
    opening = (Edit(Span(node.span.file, node.span.start, node.span.start), "("),) if bare else ()
    closing = ")" if bare else ""
    keeps, leaves = ("keeps them", "leaves them out")
    if under_not:
        keeps, leaves = leaves, keeps
    r.report(
        codes.UNKNOWN_DECIDES,
        f"{what} does not say what happens to unknown values",
        node.span,
        f"rows whose {source} is unknown are {kept}",
        helps=[
            Fix(f"`… or unknown` {keeps}", (*opening, Edit(end, f" or unknown{closing}"))),
            Fix(
                f"`… if known` {leaves}, and says so", (*opening, Edit(end, f" if known{closing}"))
            ),
        ],
    )


def _inside_parentheses(node: tree.Condition) -> int:
    """Where a leaf ends, without parentheses around a bare value."""
    if isinstance(node, tree.Truth):
        value = node.value
        while isinstance(value, tree.ParenValue):
            value = value.value
        return value.span.end
    return node.span.end


def _source_text(node: tree.Condition) -> str:
    value = getattr(node, "value", None) or getattr(node, "left", None)
    while isinstance(value, tree.ParenValue):
        value = value.value
    if isinstance(value, tree.Path):
        return f"`{'.'.join(part.text for part in value.parts)}`"
    return "value"


def _truth(r: Resolver, scope: Scope, node: tree.Truth) -> Condition | None:
    if misread.is_rows(r, scope, node.value):
        return None
    value = r.value(scope, node.value)
    if value.type in (BOOL, UNKNOWN):
        return Truth(node.span, value)
    hint = "compare it with something"
    if isinstance(value.type, EnumType):
        hint = (
            f'write `{_path_text(node.value)} = "{value.type.values[0]}"`'
            if value.type.values
            else hint
        )
    elif isinstance(value.type, ListType):
        hint = f"write `{_path_text(node.value)} has …`"
    r.report(
        codes.NOT_A_CONDITION,
        "a bare value used as a condition is a bool",
        node.span,
        f"is {value.type}",
        helps=[hint],
    )
    return None


def _path_text(node: tree.Value) -> str:
    if isinstance(node, tree.Path):
        return ".".join(part.text for part in node.parts)
    return "…"


def folded(value: Value) -> Value:
    """The text without regard to case."""
    return Function(TEXT, value.span, "fold", (value,))


def _compare(r: Resolver, scope: Scope, node: tree.Compare) -> Condition | None:
    left, right = r.value(scope, node.left), r.value(scope, node.right)
    if UNKNOWN in (left.type, right.type):
        return None
    if node.ignoring_case:
        if not (is_text(left.type) and is_text(right.type)):
            _mismatch(r, node.span, left, right, "`ignoring case` is for texts")
            return None
        return Compare(node.span, node.operator, folded(left), folded(right))
    if is_time(left.type) and is_time(right.type):
        aligned = times.align(r, node.operator, left, right, node.span)
        if aligned is None or UNKNOWN in (aligned[1].type, aligned[2].type):
            return None
        return Compare(node.span, *aligned)
    left, right = _as_enum(r, left, right)
    if UNKNOWN in (left.type, right.type):
        return None
    if not comparable(left.type, right.type):
        _mismatch(r, node.span, left, right)
        return None
    if node.operator in ("=", "!="):
        if FLOAT in (left.type, right.type):
            r.report(
                codes.FLOAT_EQUALITY,
                "a float has no equality",
                node.span,
                helps=["compare with `<` and `>`, or round it: `round(x, 2) = …`"],
            )
            return None
        if left.type.name in ("list", "point"):
            _mismatch(r, node.span, left, right, f"a {left.type.name} is not compared as a whole")
            return None
    elif not _in_order(r, node, left, right):
        return None
    if not (shares.in_reach(r, left, right) and shares.in_reach(r, right, left)):
        return None
    return Compare(node.span, node.operator, left, right)


def _as_enum(r: Resolver, left: Value, right: Value) -> tuple[Value, Value]:
    """A text literal beside an enum becomes one of its values, or is reported."""
    if isinstance(left.type, EnumType) and isinstance(right, Const) and right.type == TEXT:
        return left, enum_value(r, left.type, right)
    if isinstance(right.type, EnumType) and isinstance(left, Const) and left.type == TEXT:
        return enum_value(r, right.type, left), right
    return left, right


def enum_value(r: Resolver, type_: EnumType, literal: Const) -> Const:
    text = str(literal.value)
    if text in type_.values:
        return replace(literal, type=type_)
    shown = ", ".join(f'"{value}"' for value in type_.values)
    from segql.diagnostics import suggest

    near = suggest(text, type_.values) or tuple(
        value for value in type_.values if value.lower() == text.lower()
    )
    helps: list[Fix | str] = [
        Fix(f'did you mean "{other}"?', (Edit(literal.span, f'"{other}"'),), len(near) == 1)
        for other in near
    ]
    r.report(
        codes.UNKNOWN_ENUM_VALUE,
        f'"{text}" is not a value of the enum',
        literal.span,
        f"the values are {shown}",
        helps=helps,
    )
    return Const(UNKNOWN, literal.span, None)


def comparable(left: Type, right: Type) -> bool:
    if isinstance(left, EnumType) and isinstance(right, EnumType):
        return left == right or not (left.ordered or right.ordered)
    if isinstance(left, EnumType) or isinstance(right, EnumType):
        return is_text(left) and is_text(right)
    return left == right or (is_number(left) and is_number(right))


def _in_order(r: Resolver, node: tree.Compare, left: Value, right: Value) -> bool:
    for value in (left, right):
        if not is_ordered(value.type):
            hint = (
                ["declare it `ordered enum(…)`, lowest first"]
                if isinstance(value.type, EnumType)
                else []
            )
            r.report(
                codes.NO_ORDER,
                f"{value.type.name} has no order, so `{node.operator}` has no meaning",
                value.span,
                f"is {value.type}",
                helps=hint,
            )
            return False
    if isinstance(left.type, EnumType) != isinstance(right.type, EnumType):
        _mismatch(r, node.span, left, right)
        return False
    return True


def _mismatch(r: Resolver, span: Span, left: Value, right: Value, hint: str = "") -> None:
    helps = [hint] if hint else []
    if is_time(left.type) and right.type.name == "duration":
        helps.append("compare with a moment (`90 days ago`) or a length (`days since X > 90`)")
    r.report(
        codes.TYPE_MISMATCH,
        f"{left.type} is not comparable with {right.type}",
        span,
        f"{left.type} on the left, {right.type} on the right",
        helps=helps,
    )


def _in_list(r: Resolver, scope: Scope, node: tree.InList) -> Condition | None:
    value = r.value(scope, node.value)
    items = spread(r.value(scope, item) for item in node.items)
    if value.type == UNKNOWN or any(item.type == UNKNOWN for item in items):
        return None
    if node.ignoring_case:
        if not all(is_text(item.type) for item in (value, *items)):
            _mismatch(r, node.span, value, items[0], "`ignoring case` is for texts")
            return None
        folds = tuple(folded(item) for item in items)
        return InSet(node.span, folded(value), folds, node.negated)
    checked = [list_item(r, node.span, value, item) for item in items]
    if any(item is None for item in checked):
        return None
    return InSet(node.span, value, tuple(i for i in checked if i is not None), node.negated)


def list_item(r: Resolver, span: Span, value: Value, item: Value) -> Value | None:
    """An item of a list that `value` is looked for in, checked; `span`: the condition, or the list."""
    _, item = _as_enum(r, value, item)
    if item.type == UNKNOWN:
        return None
    if is_time(value.type) and is_time(item.type) and value.type != item.type:
        r.report(
            codes.TIMESTAMP_EQUALS_DATE,
            "a timestamp is an instant and never equals a date",
            item.span,
            helps=["`date(X) in (…)` compares local dates"],
        )
        return None
    if FLOAT in (value.type, item.type):
        r.report(codes.FLOAT_EQUALITY, "a float has no equality", span)
        return None
    if not comparable(value.type, item.type) or value.type.name in ("list", "point"):
        hint = "write `has any (…)`" if isinstance(value.type, ListType) else ""
        _mismatch(r, span, value, item, hint)
        return None
    return item


def _in_range(r: Resolver, scope: Scope, node: tree.InRange) -> Condition | None:
    value, low, high = (r.value(scope, item) for item in (node.value, node.low, node.high))
    if UNKNOWN in (value.type, low.type, high.type):
        return None
    if is_time(value.type):
        r.report(
            codes.TYPE_MISMATCH,
            "a range is not for times",
            node.span,
            helps=["a window says how its ends count: `between A and B`"],
        )
        return None
    bounds = []
    for bound in (low, high):
        _, bound = _as_enum(r, value, bound)
        if bound.type == UNKNOWN:
            return None
        if not comparable(value.type, bound.type) or not is_ordered(value.type):
            _mismatch(r, node.span, value, bound)
            return None
        bounds.append(bound)
    low, high = bounds
    if not shares.in_reach(r, value, low, high):
        return None
    if isinstance(low, Const) and isinstance(high, Const) and _above(low, high):
        r.report(
            codes.RANGE_ORDER,
            "the range is empty",
            node.span,
            "the lower end is above the higher",
            helps=["write the lower end first"],
        )
        return None
    return InRange(node.span, value, low, high, node.negated)


def _above(low: Const, high: Const) -> bool:
    if isinstance(low.type, EnumType):
        values = low.type.values
        return values.index(str(low.value)) > values.index(str(high.value))
    return bool(low.value > high.value)  # type: ignore[operator]


def _known(r: Resolver, scope: Scope, node: tree.Known) -> Condition | None:
    if misread.is_relation(r, scope, node.value):
        return None
    value = r.value(scope, node.value)
    return None if value.type == UNKNOWN else IsKnown(node.span, value, node.negated)


def _text_test(r: Resolver, scope: Scope, node: tree.TextTest) -> Condition | None:
    value, pattern = r.value(scope, node.value), r.value(scope, node.pattern)
    if UNKNOWN in (value.type, pattern.type):
        return None
    if not (is_text(value.type) and is_text(pattern.type)):
        hint = "write `has …`" if isinstance(value.type, ListType) else ""
        _mismatch(r, node.span, value, pattern, hint)
        return None
    if node.test == "matches":
        checked = _pattern(r, pattern, node.ignoring_case)
        if checked is None:
            return None
        pattern = checked
    elif node.ignoring_case:
        pattern = folded(pattern)
    if node.ignoring_case:
        value = folded(value)
    return TextTest(node.span, node.test, value, pattern, node.negated)


def _pattern(r: Resolver, pattern: Value, ignoring_case: bool) -> Const | None:
    if not isinstance(pattern, Const):
        r.report(
            codes.BAD_PATTERN,
            "a pattern is a literal text",
            pattern.span,
            helps=["`contains` takes any text value"],
        )
        return None
    normalised = normalise(str(pattern.value), ignoring_case)
    if isinstance(normalised, BadPattern):
        r.report(
            codes.BAD_PATTERN,
            f"the pattern is not one that means the same on every engine: {normalised.message}",
            pattern.span,
            helps=[
                "allowed are literals, `.`, ASCII classes, `\\d \\w \\s`, groups, `|`, `* + ? {m,n}`, outer `^ $`"
            ],
        )
        return None
    return Const(TEXT, pattern.span, normalised)


def _list_test(r: Resolver, scope: Scope, node: tree.ListTest) -> Condition | None:
    value = r.value(scope, node.value)
    items = spread(r.value(scope, item) for item in node.items)
    if value.type == UNKNOWN or any(item.type == UNKNOWN for item in items):
        return None
    if not isinstance(value.type, ListType):
        r.report(
            codes.TYPE_MISMATCH,
            "`has` asks a list",
            node.value.span,
            f"is {value.type}",
            helps=["a text `contains`; a value is `in (…)`"],
        )
        return None
    element = Const(value.type.item, node.value.span, None)
    test = "any" if node.test == "has" else node.test
    if node.negated:  # `does not have x`
        test = "none"
    if node.another and items and isinstance(items[0].type, ListType):
        if not comparable(value.type.item, items[0].type.item):
            _mismatch(r, node.span, value, items[0])
            return None
        if node.ignoring_case:
            if not is_text(value.type.item):
                _mismatch(r, node.span, value, items[0], "`ignoring case` is for texts")
                return None
            one, other = (
                Function(side.type, side.span, "fold", (side,)) for side in (value, items[0])
            )
            return ListTest(node.span, test, one, other=other)
        return ListTest(node.span, test, value, other=items[0])
    checked = [list_item(r, node.span, element, item) for item in items]
    if any(item is None for item in checked):
        return None
    known = tuple(item for item in checked if item is not None)
    if node.ignoring_case:
        if not all(is_text(item.type) for item in known):
            _mismatch(r, node.span, value, known[0], "`ignoring case` is for texts")
            return None
        value = Function(value.type, value.span, "fold", (value,))
        known = tuple(folded(item) for item in known)
    return ListTest(node.span, test, value, known)


def _time_test(r: Resolver, scope: Scope, node: tree.TimeTest) -> Condition | None:
    value = r.value(scope, node.value)
    if value.type == UNKNOWN:
        return None
    if not is_time(value.type):
        helps = []
        if is_number(value.type) and isinstance(node.window, tree.Between):
            helps.append("a range of numbers is `in 1..5`, both ends included")
        if isinstance(node.value, tree.Aggregate):
            helps.append("the window stands inside the call: `count(E in last 30 days) > 3`")
        r.report(
            codes.NOT_A_TIME,
            "a window asks a date or a timestamp",
            node.value.span,
            f"is {value.type}",
            helps=helps,
        )
        return None
    window = r.window(scope, node.window, value.type)
    return None if window is None else InWindow(node.span, value, window, node.negated)


def _anniversary(r: Resolver, scope: Scope, node: tree.AnniversaryTest) -> Condition | None:
    value = r.value(scope, node.value)
    if value.type == UNKNOWN:
        return None
    if not is_time(value.type):
        r.report(
            codes.NOT_A_TIME,
            "`anniversary` needs a date or a timestamp",
            node.value.span,
            f"is {value.type}",
        )
        return None
    if value.type != DATE:
        value = times.as_date(r, value)
    window = r.window(scope, node.window, DATE)
    if window is None:
        return None
    for bound in (window.start, window.end):
        if bound is not None and not windows.is_constant(r, bound):
            r.report(
                codes.WRONG_ARGUMENT,
                "the window of an anniversary does not depend on the row",
                node.window.span,
                helps=["such as `in next 7 days`, `in this month`, `today`"],
            )
            return None
    if window.start is None or window.end is None:
        r.report(
            codes.WRONG_ARGUMENT,
            "every anniversary lies in a window without end",
            node.window.span,
            helps=["such as `in next 7 days`, `in this month`, `today`"],
        )
        return None
    return Anniversary(node.span, value, window)


# --- rows -----------------------------------------------------------------------------------------


def _did(r: Resolver, scope: Scope, node: tree.Did, negative: bool) -> Condition | None:
    target = searches.find(r, scope, node.event)
    if target is None or target.rest:
        searches.no_target(r, scope, node.event, "event")
        return None
    if not isinstance(target.source, Event):
        name = ".".join(part.text for part in node.event)
        r.report(
            codes.UNKNOWN_EVENT,
            f"`{name}` is rows without a time of their own, not an event",
            node.event[-1].span,
            "`did` asks events",
            helps=[f"write `has {name} where {{ … }}`"],
        )
        return None
    if node.regularity is not None or node.within_any is not None:
        return regularity.resolve(r, scope, target, node)
    return _exists(r, scope, target, node, negative)


def _has(r: Resolver, scope: Scope, node: tree.Has, negative: bool) -> Condition | None:
    target = searches.find(r, scope, node.relation)
    if target is None or target.rest:
        searches.no_target(r, scope, node.relation, "to-many relation")
        return None
    link = target.links[-1]
    if isinstance(target.source, Event) and link is target.source.owner:
        name = ".".join(part.text for part in node.relation)
        word = "did not" if node.negated else "did"
        r.report(
            codes.UNKNOWN_EVENT,
            f"`{name}` is an event",
            node.relation[-1].span,
            "`has` asks rows of a relation",
            helps=[f"write `{word} {name} …`"],
        )
        return None
    return _exists(r, scope, target, node, negative)


def _exists(
    r: Resolver,
    scope: Scope,
    target: searches.Target,
    node: tree.Did | tree.Has,
    negative: bool,
) -> Condition | None:
    inner = searches.enter(scope, target, node.alias)
    search = searches.search(r, scope, inner, target, node.window, node.where, node.span)
    if search is None:
        return None
    low, high = (node.times.low, node.times.high) if node.times is not None else (1, None)
    found: Condition = Exists(node.span, search, low, high)
    if (negative != node.negated) and window_nullable(search.window):
        assert node.window is not None
        r.report(
            codes.UNKNOWN_DECIDES,
            "a window with an unknown bound holds no event, so the negation is true",
            node.window.span,
            "a bound can be unknown",
            helps=[
                "add a line that says the bound `is known`, or put `if known` behind the condition"
            ],
        )
    return Not(node.span, found) if node.negated else found


def _member_of(r: Resolver, scope: Scope, node: tree.MemberOf, negative: bool) -> Condition | None:
    row = _relation_row(r, scope, node.relation)
    as_of = histories.moment(r, scope, node.as_of) if node.as_of is not None else None
    segment = r.segment_named(node.segment)
    if node.as_of is not None and as_of is None:
        return None
    name = node.segment[-1]
    if row is None or segment is None:
        return None
    if segment.entity is not row.source:
        r.report(
            codes.WRONG_ENTITY,
            f"`{name.text}` is a segment of `{segment.entity.name}`, not of `{row.source.name}`",
            name.span,
            "of another entity",
            helps=[
                f"reach it over a relation: `{key} member of {name.text}`"
                for key, link in row.source.one.items()
                if link.parent is segment.entity
            ],
        )
        return None
    if not r.grow(r.sizes.get(name.text, 0), node.span):
        return None
    condition: Condition = All(node.span, segment.lines)
    condition = rebase(condition, Row(0, segment.entity), row, 0, scope.level)
    if as_of is not None and not histories.is_timeless(r, segment, condition, name):
        return None
    found = MemberOf(node.span, row, segment.name, condition, as_of)
    return Not(node.span, found) if node.negated else found


def _relation_row(r: Resolver, scope: Scope, names: tuple[tree.Name, ...]) -> RowRef | None:
    """The row that a to-one relation leads to (or an outer row, by its name)."""
    row: RowRef = scope.row
    for index, name in enumerate(names):
        link = row.source.one.get(name.text)
        if link is not None:
            r.uses(f"{row.source.name}.{name.text}")
            r.uses(link.parent.name)
            row = Up(row, link)
        elif index == 0 and (name.text,) in scope.rows:
            row = scope.rows[(name.text,)]
        else:
            from segql.model.values import unknown_name

            unknown_name(r, row, name, name.span, row.source.one)
            return None
    if not isinstance(row.source, Entity):
        r.report(
            codes.WRONG_ENTITY,
            f"a `{row.source.name}` is in no segment",
            names[-1].span if names else scope.row.source.span,
            "segments hold entities",
        )
        return None
    return row


# --- combinations -----------------------------------------------------------------------------------


def _gather(r: Resolver, scope: Scope, node: tree.Gather, negative: bool) -> Condition:
    under = negative != (node.kind == "none")
    counted = node.kind in ("at least", "exactly")
    items = tuple(resolve(r, scope, item, False if counted else under) for item in node.block.items)
    if counted:
        count = node.count or 0
        if not 1 <= count <= len(items):
            r.report(
                codes.BAD_COUNT,
                f"{node.kind} {count} of {len(items)} conditions",
                node.span,
                f"a count from 1 to {len(items)} makes sense here",
                helps=["`none { … }` says that none holds"] if count == 0 else [],
            )
        return CountOf(node.span, items, count, count if node.kind == "exactly" else None)
    if node.kind == "all":
        return items[0] if len(items) == 1 else All(node.span, items)
    either: Condition = items[0] if len(items) == 1 else Any(node.span, items)
    return Not(node.span, either) if node.kind == "none" else either


def _and(r: Resolver, scope: Scope, node: tree.And, negative: bool) -> Condition:
    return All(node.span, tuple(resolve(r, scope, item, negative) for item in node.items))


def _or(r: Resolver, scope: Scope, node: tree.Or, negative: bool) -> Condition | None:
    if misread.is_list(r, node):
        return None
    return Any(node.span, tuple(resolve(r, scope, item, negative) for item in node.items))


def _not(r: Resolver, scope: Scope, node: tree.Not, negative: bool) -> Condition:
    if type(node.item) in _LEAVES and not (
        isinstance(node.item, tree.Truth) and isinstance(node.item.value, tree.ParenValue)
    ):
        return Not(node.span, _leaf(r, scope, node.item, not negative, bare=True))
    return Not(node.span, resolve(r, scope, node.item, not negative))


def _paren(r: Resolver, scope: Scope, node: tree.ParenCondition, negative: bool) -> Condition:
    return resolve(r, scope, node.item, negative)


def _or_unknown(r: Resolver, scope: Scope, node: tree.OrUnknown, negative: bool) -> Condition:
    leaf = _said(r, scope, node, node.leaf)
    if isinstance(node.leaf, tree.Did | tree.Has):
        bounds = _nullable_bounds(r, scope, node.leaf)
        unknown = tuple(IsKnown(node.span, bound, negated=True) for bound in bounds)
        return Any(node.span, (leaf, *unknown)) if unknown else leaf
    return leaf if isinstance(leaf, Not | MemberOf) else OrUnknown(node.span, leaf)


def _if_known(r: Resolver, scope: Scope, node: tree.IfKnown, negative: bool) -> Condition:
    leaf = _said(r, scope, node, node.leaf)
    if isinstance(node.leaf, tree.Did | tree.Has):
        bounds = _nullable_bounds(r, scope, node.leaf)
        known = tuple(IsKnown(node.span, bound) for bound in bounds)
        return All(node.span, (leaf, *known)) if known else leaf
    return leaf if isinstance(leaf, Not | MemberOf) else IfKnown(node.span, leaf)


def _nullable_bounds(r: Resolver, scope: Scope, node: tree.Did | tree.Has) -> list[Value]:
    """The bounds of a search's window that can be unknown, over the row outside the search."""
    names = node.event if isinstance(node, tree.Did) else node.relation
    target = searches.find(r, scope, names)
    if target is None or node.window is None:
        return []
    time = searches.time_of(searches.enter(scope, target, None), target)
    window = r.window(scope, node.window, time.type) if time is not None else None
    if window is None:
        return []
    return [bound for bound in (window.start, window.end) if bound is not None and nullable(bound)]


def _said(
    r: Resolver, scope: Scope, node: tree.OrUnknown | tree.IfKnown, inside: tree.Condition
) -> Condition:
    """The leaf under `or unknown` or `if known`; a warning where it never meets an unknown."""
    if isinstance(inside, tree.Did | tree.Has):
        leaf = resolve(r, scope, inside, inside.negated)  # as if not negative: no question is open
        known = not _nullable_bounds(r, scope, inside)
    elif type(inside) in _LEAVES:
        leaf = _bare_leaf(r, scope, inside)
        known = not meets_unknown(leaf)
    else:
        leaf = resolve(r, scope, inside, False)
        known = True
    if known and not (isinstance(leaf, Truth) and leaf.value.type == UNKNOWN):
        words = "or unknown" if isinstance(node, tree.OrUnknown) else "if known"
        rest = Span(node.span.file, inside.span.end, node.span.end)
        r.report(
            codes.NEVER_UNKNOWN,
            f"`{words}` has no effect: the condition never meets an unknown value",
            rest,
            "nothing here can be unknown",
            helps=[Fix(f"drop `{words}`", (Edit(rest, ""),), safe=True)],
        )
    return leaf


def _near(r: Resolver, scope: Scope, node: tree.Near) -> Condition | None:
    value, center = r.value(scope, node.value), r.value(scope, node.center)
    if UNKNOWN in (value.type, center.type):
        return None
    for point in (value, center):
        if point.type != POINT:
            r.report(
                codes.TYPE_MISMATCH,
                "a distance is between points",
                point.span,
                f"is {point.type}",
                helps=[
                    "a point is an attribute of type `point(lat, lon)`, or `point(52.23, 21.01)`"
                ],
            )
            return None
    metres = node.distance.value * METRES[node.unit]
    whole = int(metres.to_integral_value(rounding=ROUND_HALF_UP))
    if whole > HALF_WAY_ROUND:
        r.report(
            codes.WRONG_ARGUMENT,
            "no two points of the earth are so far apart",
            node.distance.span,
            f"everybody is within {HALF_WAY_ROUND // 1000:,} km",
        )
        return None
    return Near(node.span, value, center, whole)


def _raw_sql(r: Resolver, scope: Scope, node: tree.RawSql) -> Condition | None:
    sql = SqlText(node.sql.value, r.settings.sql_dialect)
    if not check_sql(r, sql, node.sql):
        return None
    return RawSql(node.span, scope.row, sql)


METRES = {"km": Decimal(1000), "miles": Decimal("1609.344")}
HALF_WAY_ROUND = 20_015_115
"""Metres: half of the circumference at radius 6371.0088 km."""

_LEAVES: dict[type[tree.Condition], Callable[..., Condition | None]] = {
    tree.Truth: _truth,
    tree.Compare: _compare,
    tree.InList: _in_list,
    tree.InRange: _in_range,
    tree.Known: _known,
    tree.TextTest: _text_test,
    tree.ListTest: _list_test,
    tree.TimeTest: _time_test,
    tree.AnniversaryTest: _anniversary,
    tree.Near: _near,
    tree.RawSql: _raw_sql,
    tree.HasBeen: histories.has_been,
}

_HANDLERS: dict[type[tree.Condition], Callable[..., Condition | None]] = {
    **dict.fromkeys(_LEAVES, _leaf),
    tree.Did: _did,
    tree.Has: _has,
    tree.MemberOf: _member_of,
    tree.Gather: _gather,
    tree.And: _and,
    tree.Or: _or,
    tree.Not: _not,
    tree.ParenCondition: _paren,
    tree.OrUnknown: _or_unknown,
    tree.IfKnown: _if_known,
    tree.Sequence: sequences.resolve,
    tree.Top: populations.top,
}
