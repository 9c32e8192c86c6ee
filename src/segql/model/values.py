"""Values: literals, paths, functions, arithmetic and time, resolved to typed nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix, Label
from segql.model import aggregates, codes, functions, parameters, populations, times
from segql.model.clock import BadInstant, parse_as_of
from segql.model.nodes import (
    Arithmetic,
    Attr,
    Attribute,
    Const,
    Derived,
    Difference,
    Elapsed,
    Event,
    Named,
    Negative,
    Now,
    Points,
    Row,
    RowRef,
    Shift,
    Source,
    Today,
    Up,
    Value,
)
from segql.model.rebase import rebase
from segql.model.scope import Scope, bound_names
from segql.model.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MAX_PRECISION,
    POINT,
    QUOTIENT,
    TEXT,
    TIMESTAMP,
    UNKNOWN,
    EnumType,
    Type,
    decimal,
    is_number,
    is_time,
    list_of,
    product,
    wider,
)
from segql.model.unknowns import nullable
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver

__all__ = ["nullable", "resolve"]


def unresolved(span: Span) -> Const:
    """Stands for what could not be resolved: its type fits everywhere."""
    return Const(UNKNOWN, span, None)


def resolve(r: Resolver, scope: Scope, node: tree.Value) -> Value:
    handler = _HANDLERS[type(node)]
    if not r.grow(1, node.span):
        return unresolved(node.span)
    return handler(r, scope, node)


# --- literals -------------------------------------------------------------------------------------


def number(r: Resolver, scope: Scope, node: tree.Number) -> Value:
    places = max(0, -int(node.value.as_tuple().exponent)) if "." in node.text else 0
    digits = len(node.value.as_tuple().digits)
    if digits > MAX_PRECISION or places > MAX_PRECISION:
        r.report(codes.BAD_TYPE, f"a number has at most {MAX_PRECISION} digits", node.span)
        return unresolved(node.span)
    if not places:
        return Const(INT, node.span, int(node.value))
    return Const(decimal(MAX_PRECISION, places), node.span, node.value)


def literal(r: Resolver, node: tree.Value) -> Value:
    """A literal, which needs no scope."""
    return _HANDLERS[type(node)](r, None, node)


def from_text(r: Resolver, text: str, type_: Type, span: Span) -> Const | None:
    """A text out of a file as a value of a type; None after a diagnostic."""
    readers: dict[str, Callable[[str], object]] = {
        "text": str,
        "enum": str,
        "int": int,
        "decimal": Decimal,
        "date": date.fromisoformat,
    }
    try:
        if type_.name in readers:
            return Const(type_, span, readers[type_.name](text))
    except (ValueError, ArithmeticError):
        pass
    r.report(codes.BAD_LIST_FILE, f"`{text}` in the file is no {type_.name}", span)
    return None


def _percent(r: Resolver, scope: Scope, node: tree.Percent) -> Value:
    share = node.value / 100
    places = max(0, -int(share.as_tuple().exponent))
    return Const(decimal(MAX_PRECISION, places), node.span, share)


def _text(r: Resolver, scope: Scope, node: tree.Text) -> Value:
    return Const(TEXT, node.span, node.value)


def _bool(r: Resolver, scope: Scope, node: tree.Bool) -> Value:
    return Const(BOOL, node.span, node.value)


def _date(r: Resolver, scope: Scope, node: tree.Date) -> Value:
    return Const(DATE, node.span, date.fromisoformat(node.text))


def _timestamp(r: Resolver, scope: Scope, node: tree.Timestamp) -> Value:
    instant = parse_as_of(node.text, r.settings)
    if isinstance(instant, BadInstant):
        r.report(codes.BAD_TYPE, instant.message, node.span)
        return unresolved(node.span)
    return Const(TIMESTAMP, node.span, instant)


def _duration(r: Resolver, scope: Scope, node: tree.Duration) -> Value:
    length = times.LENGTHS.get(node.unit)
    if length is None:
        r.report(
            codes.CALENDAR_DURATION,
            f"`{node.count} {node.unit}s` has no fixed length",
            node.span,
            f"{node.unit}s are of different lengths",
            helps=[
                "write days or weeks, or compare with a moment: "
                f"`X < {node.count} {node.unit}s ago`, `months since X < {node.count}`"
            ],
        )
        return unresolved(node.span)
    try:
        return Const(DURATION, node.span, length * node.count)
    except OverflowError:
        r.report(codes.BAD_TYPE, "the length of time is too large", node.span)
        return unresolved(node.span)


def _point(r: Resolver, scope: Scope, node: tree.PointLiteral) -> Value:
    parts = [r.value(scope, part) for part in (node.latitude, node.longitude)]
    found = [part.value for part in parts if isinstance(part, Const) and is_number(part.type)]
    if len(found) != 2:
        return unresolved(node.span)
    for part, number, most in zip((node.latitude, node.longitude), found, (90, 180), strict=True):
        if not -most <= Decimal(str(number)) <= most:
            kind = "latitude" if most == 90 else "longitude"
            message = f"a {kind} is from -{most} to {most} degrees"
            r.report(codes.WRONG_ARGUMENT, message, part.span, "in degrees, latitude first")
            return unresolved(node.span)
    return Const(POINT, node.span, tuple(Decimal(str(part)) for part in found))


def _list(r: Resolver, scope: Scope, node: tree.ListLiteral) -> Value:
    """Literals of one type, as an argument of a trait."""
    items = [r.value(scope, item) for item in node.items]
    if any(item.type == UNKNOWN for item in items):
        return unresolved(node.span)
    type_ = functions.common_type([item.type for item in items])
    constants = [item for item in items if isinstance(item, Const)]
    if type_ is None or len(constants) < len(items) or type_.name in ("list", "point"):
        message = "a list of arguments holds literals of one type"
        r.report(codes.WRONG_ARGUMENT, message, node.span, 'such as `("PL", "DE")`')
        return unresolved(node.span)
    return Const(list_of(type_), node.span, tuple(item.value for item in constants))


# --- paths ----------------------------------------------------------------------------------------


def path(r: Resolver, scope: Scope, node: tree.Path) -> Value:
    """An attribute or trait of the row in hand, or of a row that is reached over to-one relations."""
    if len(node.parts) == 1:
        binding = scope.bindings.get(node.parts[0].text)
        if binding is not None and binding.value is not None:
            return binding.value
    row, rest = start(r, scope, node.parts)
    for index, name in enumerate(rest):
        last = index == len(rest) - 1
        link = row.source.one.get(name.text)
        if link is not None:
            r.uses(f"{row.source.name}.{name.text}")
            r.uses(link.parent.name)
            if last:
                return _bare_relation(r, row, name, node)
            row = Up(row, link)
            continue
        if not last and name.text in row.source.many:
            return _to_many(r, row, name, node)
        if not last:
            return unknown_name(r, row, name, node.span, row.source.one)
        return member(r, scope, row, name, node.span)
    r.report(
        codes.TYPE_MISMATCH,
        f"`{row.source.name}` is a row, not a value",
        node.span,
        "name one of its attributes",
    )
    return unresolved(node.span)


def start(
    r: Resolver, scope: Scope, names: tuple[tree.Name, ...]
) -> tuple[RowRef, tuple[tree.Name, ...]]:
    """The row that a path begins at: the row in hand if it has the first name, else a row around it."""
    names = bound_names(scope, names)
    if len(names) == 1:
        return scope.row, names
    chain = scope.longest_chain(tuple(name.text for name in names))
    if chain is None:
        return scope.row, names
    if len(chain) == 1 and _has(r, scope, chain[0]):
        return scope.row, names
    return scope.rows[chain], names[len(chain) :]


def _has(r: Resolver, scope: Scope, name: str) -> bool:
    """Whether the row in hand has that name itself, as something that a path can go on from."""
    return name in scope.source.one


def member(r: Resolver, scope: Scope, row: RowRef, name: tree.Name, span: Span) -> Value:
    """An attribute or trait of `row`."""
    source = row.source
    attribute = r.attribute(source, name.text, name.span)
    if attribute is not None:
        return _attribute(r, scope, row, attribute, span)
    if r.is_derived(source, name.text):
        return unresolved(span)  # reported where it is declared
    if name.text in r.trait_names(source):
        declaration = r.catalog.declarations[name.text]
        if isinstance(declaration, tree.TraitDecl) and declaration.parameters:
            return parameters.call(
                r, scope, tree.Call(span=span, path=(name,), arguments=()), declaration
            )
        trait = r.trait(name.text, name.span)
        if trait is None or not r.grow(r.sizes.get(name.text, 0), span):
            return unresolved(span)
        value = rebase(trait.value, Row(0, source), row, 0, scope.level)
        return Named(value.type, span, name.text, row, value)
    if name.text in source.many:
        return _to_many(r, row, name, tree.Path(span=span, parts=(name,)))
    return unknown_name(r, row, name, span)


def _attribute(r: Resolver, scope: Scope, row: RowRef, attribute: Attribute, span: Span) -> Value:
    if not isinstance(attribute.storage, Derived):
        return Attr(attribute.type, span, row, attribute)
    source = row.source
    label = next(
        (
            f"{owner}.{attribute.name}"
            for owner in _lineage(source)
            if (owner, attribute.name) in r.derived_members
        ),
        "",
    )
    if not r.grow(r.sizes.get(label, 0), span):
        return unresolved(span)
    home = r.catalog.sources[label.split(".")[0]]
    value = rebase(attribute.storage.value, Row(0, home), row, 0, scope.level)
    return Named(value.type, span, attribute.name, row, value)


def _lineage(source: object) -> list[str]:
    names: list[str] = []
    while source is not None:
        names.append(source.name)  # type: ignore[attr-defined]
        source = getattr(source, "base", None)
    return names


def unknown_name(
    r: Resolver, row: RowRef, name: tree.Name, span: Span, candidates: Iterable[str] = ()
) -> Value:
    """Report a name that a row does not have; `candidates`: what could stand there, if not a value."""
    if r.is_broken(name.text) or r.is_broken(row.source.name) or r.is_unlinked(row, name.text):
        return unresolved(span)
    source = row.source
    declaration = r.catalog.declarations.get(name.text)
    more = [Label(source.span, "its attributes are declared here")]
    helps = r.did_you_mean(name.text, name.span, candidates or r.names_of(row))
    label = "not declared"
    helps += _meant(source, name)
    if isinstance(declaration, tree.TraitDecl):
        label = f"a trait of `{declaration.entity.text}`"
    elif isinstance(declaration, tree.SegmentDecl):
        label = "a segment"
        helps = [f"write `member of {name.text}`"]
    elif name.text in r.catalog.sources:
        label = "not an attribute"
        if name.text in source.many:
            label = "a to-many relation"
    r.report(
        codes.UNKNOWN_NAME,
        f"unknown attribute `{name.text}` of `{source.name}`",
        name.span,
        label,
        more=more,
        helps=helps,
    )
    return unresolved(span)


_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {name: number for number, name in enumerate(_WEEK, 1)}


def _meant(source: Source, name: tree.Name) -> list[Fix | str]:
    """`yes` for `true`, and a value of an enum without its quotes."""
    if name.text in _DAYS:
        return [f"days of the week are numbers: `where {{ weekday(at) = {_DAYS[name.text]} }}`"]
    if name.text == "weekend":
        return ["days of the week are numbers: `where { weekday(at) >= 6 }`"]
    if name.text == "is":
        return ["a segment is asked with `member of`"]
    truth = {"yes": "true", "no": "false"}.get(name.text)
    if truth is not None:
        return [Fix(f"write `{truth}`", (Edit(name.span, truth),))]
    for attribute in source.attributes.values():
        if isinstance(attribute.type, EnumType) and name.text in attribute.type.values:
            new = f'"{name.text}"'
            fix = Fix(f"write `{new}`, a value of `{attribute.name}`", (Edit(name.span, new),))
            return [fix]
    return []


def _bare_relation(r: Resolver, row: RowRef, name: tree.Name, node: tree.Path) -> Value:
    link = row.source.one[name.text]
    keys = " and ".join(f"`{name.text}.{key.name}`" for key in link.parent.key)
    r.report(
        codes.TYPE_MISMATCH,
        f"`{name.text}` is a row of `{link.parent.name}`, not a value",
        node.span,
        "a relation",
        helps=[f"name one of its attributes, such as {keys}"],
    )
    return unresolved(node.span)


def _to_many(r: Resolver, row: RowRef, name: tree.Name, node: tree.Path) -> Value:
    verb = "did" if isinstance(row.source.many[name.text].child, Event) else "has"
    rest = ".".join(part.text for part in node.parts[node.parts.index(name) + 1 :])
    attribute = row.source.many[name.text].child.attributes.get(rest)
    number = attribute is not None and is_number(attribute.type)
    call = f"sum({name.text}.{rest})" if number else f"count({name.text})"
    r.report(
        codes.TO_MANY_PATH,
        f"`{name.text}` is many rows for each `{row.source.name}`",
        name.span,
        "which of them is not said",
        helps=[
            f"put it inside one call, such as `{call}`, or ask `{verb} {name.text} where {{ {rest or '…'}"
            f"{' …' if rest else ''} }}`"
        ],
    )
    return unresolved(node.span)


# --- arithmetic -----------------------------------------------------------------------------------


def _paren(r: Resolver, scope: Scope, node: tree.ParenValue) -> Value:
    return r.value(scope, node.value)


def _negative(r: Resolver, scope: Scope, node: tree.Negative) -> Value:
    value = r.value(scope, node.value)
    if value.type == UNKNOWN:
        return value
    if not is_number(value.type) and value.type != DURATION:
        return _bad_arithmetic(r, node.span, f"`-` needs a number, this is {value.type}")
    if isinstance(value, Const) and not isinstance(value.value, float):
        negated = -value.value  # type: ignore[operator]
        return Const(value.type, node.span, negated)
    return Negative(value.type, node.span, value)


def _arithmetic(r: Resolver, scope: Scope, node: tree.Arithmetic) -> Value:
    if node.operator in "+-" and isinstance(node.right, tree.Duration):
        left = r.value(scope, node.left)
        if is_time(left.type):
            count = node.right.count if node.operator == "+" else -node.right.count
            return times.shifted(r, left, count, node.right.unit, node.span)
        right = _duration(r, scope, node.right) if left.type != UNKNOWN else left
    elif node.operator == "+" and isinstance(node.left, tree.Duration):
        right = r.value(scope, node.right)
        if is_time(right.type):
            return times.shifted(r, right, node.left.count, node.left.unit, node.span)
        left = _duration(r, scope, node.left)
    else:
        left, right = r.value(scope, node.left), r.value(scope, node.right)
    if UNKNOWN in (left.type, right.type):
        return unresolved(node.span)
    return _combine(r, node, left, right)


def _combine(r: Resolver, node: tree.Arithmetic, left: Value, right: Value) -> Value:
    op, span = node.operator, node.span
    if is_number(left.type) and is_number(right.type):
        if op == "/":
            type_ = QUOTIENT if "float" not in (left.type.name, right.type.name) else left.type
            if "float" in (left.type.name, right.type.name):
                type_ = wider(left.type, right.type)
            return Arithmetic(type_, span, op, left, right)
        type_ = product(left.type, right.type) if op == "*" else wider(left.type, right.type)
        return Arithmetic(type_, span, op, left, right)
    if is_time(left.type) and is_time(right.type) and op == "-":
        if left.type == right.type:
            return Difference(DURATION, span, left, right)
        return _bad_arithmetic(
            r,
            span,
            "a date and a timestamp cannot be subtracted",
            "write `date(X)` for the timestamp",
        )
    lengths = (left.type == DURATION, right.type == DURATION)
    if lengths == (True, True) and op in "+-":
        if isinstance(left, Const) and isinstance(right, Const):
            assert isinstance(left.value, timedelta)
            assert isinstance(right.value, timedelta)
            total = left.value + right.value if op == "+" else left.value - right.value
            return Const(DURATION, span, total)
        return Arithmetic(DURATION, span, op, left, right)
    if lengths == (True, True) and op == "/":
        return Arithmetic(QUOTIENT, span, op, left, right)
    if _scales(left, op, right) or (op == "*" and _scales(right, op, left)):
        return Arithmetic(DURATION, span, op, left, right)
    hint = ""
    if is_time(left.type) and is_number(right.type):
        hint = "say of what: `X + 7 days`"
    return _bad_arithmetic(r, span, f"`{op}` does not combine {left.type} with {right.type}", hint)


def _scales(length: Value, op: str, factor: Value) -> bool:
    """Whether a length of time is multiplied or divided by an exact number."""
    return length.type == DURATION and factor.type.name in ("int", "decimal") and op in "*/"


def _bad_arithmetic(r: Resolver, span: Span, message: str, hint: str = "") -> Value:
    r.report(codes.BAD_ARITHMETIC, message, span, helps=[hint] if hint else [])
    return unresolved(span)


def _points(r: Resolver, scope: Scope, node: tree.Points) -> Value:
    lines = []
    for line in node.lines:
        value = r.value(scope, line.value)
        lines.append((value, r.condition(scope, line.condition)))
    types = [value.type for value, _ in lines]
    if UNKNOWN in types:
        return unresolved(node.span)
    for value, _ in lines:
        if value.type.name not in ("int", "decimal"):
            helps = ["`round(x, 2)` makes it a decimal"] if value.type.name == "float" else []
            r.report(
                codes.WRONG_ARGUMENT,
                f"points are whole numbers or decimals, this is {value.type}",
                value.span,
                f"is {value.type}",
                helps=helps,
            )
            return unresolved(node.span)
    return Points(reduce(wider, types), node.span, tuple(lines))


# --- time -----------------------------------------------------------------------------------------


def _now(r: Resolver, scope: Scope, node: tree.Now) -> Value:
    return Now(TIMESTAMP, node.span)


def _today(r: Resolver, scope: Scope, node: tree.Today) -> Value:
    return Today(DATE, node.span)


def _yesterday(r: Resolver, scope: Scope, node: tree.Yesterday) -> Value:
    return Shift(DATE, node.span, Today(DATE, node.span), -1, "day")


def _ago(r: Resolver, scope: Scope, node: tree.Ago) -> Value:
    now = Now(TIMESTAMP, node.span)
    return times.shifted(r, now, -node.duration.count, node.duration.unit, node.span)


def _elapsed(r: Resolver, scope: Scope, node: tree.Elapsed) -> Value:
    value = r.value(scope, node.value)
    if value.type == UNKNOWN:
        return value
    if not is_time(value.type):
        r.report(
            codes.NOT_A_TIME,
            f"`{node.unit}s {node.direction}` needs a date or a timestamp",
            node.value.span,
            f"is {value.type}",
        )
        return unresolved(node.span)
    if value.type == DATE and node.unit in times.SUB_DAY:
        times.sub_day(r, node.unit, node.span)
        return unresolved(node.span)
    # a date begins with its day: `as of` counts as the day that it lies in
    as_of: Value = Today(DATE, node.span) if value.type == DATE else Now(TIMESTAMP, node.span)
    if node.direction == "since":
        return Elapsed(INT, node.span, node.unit, value, as_of)
    return Elapsed(INT, node.span, node.unit, as_of, value)


# --- calls --------------------------------------------------------------------------------------


def _population(r: Resolver, scope: Scope, node: tree.Population) -> Value:
    return populations.resolve(r, scope, node)


def _aggregate(r: Resolver, scope: Scope, node: tree.Aggregate) -> Value:
    return aggregates.resolve(r, scope, node)


def _call(r: Resolver, scope: Scope, node: tree.Call) -> Value:
    return functions.resolve(r, scope, node)


def with_span(value: Value, span: Span) -> Value:
    return replace(value, span=span)


_HANDLERS: dict[type[tree.Value], Callable[..., Value]] = {
    tree.Number: number,
    tree.Percent: _percent,
    tree.Text: _text,
    tree.Bool: _bool,
    tree.Date: _date,
    tree.Timestamp: _timestamp,
    tree.Duration: _duration,
    tree.PointLiteral: _point,
    tree.ListLiteral: _list,
    tree.Path: path,
    tree.ParenValue: _paren,
    tree.Negative: _negative,
    tree.Arithmetic: _arithmetic,
    tree.Points: _points,
    tree.Now: _now,
    tree.Today: _today,
    tree.Yesterday: _yesterday,
    tree.Ago: _ago,
    tree.Elapsed: _elapsed,
    tree.Population: _population,
    tree.Aggregate: _aggregate,
    tree.Call: _call,
}
