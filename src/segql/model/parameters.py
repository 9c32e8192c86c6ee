"""Traits with parameters: each call resolves the body anew, with its arguments bound."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from segql.diagnostics import Label
from segql.model import codes
from segql.model.nodes import Const, Event, Named, RowRef, Source, Up, Value
from segql.model.scope import Binding, Scope, subject_scope
from segql.model.types import TEXT, UNKNOWN, ListType, Type, is_number, list_of
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def call(r: Resolver, scope: Scope, node: tree.Call, declaration: tree.TraitDecl) -> Value:
    """`spend_in(last 90 days)`, `account.spend_in(…)`: the trait's value for the row that is reached."""
    bad = Const(UNKNOWN, node.span, None)
    assert declaration.name is not None
    name = declaration.name.text
    row = _row(r, scope, node)
    if row is None:
        return bad
    if row.source.name != declaration.entity.text:
        r.report(
            codes.WRONG_ENTITY,
            f"`{name}` is a trait of `{declaration.entity.text}`, not of `{row.source.name}`",
            node.path[-1].span,
            "of another entity",
        )
        return bad
    bindings = bind(r, scope, node, declaration, row.source)
    if bindings is None:
        return bad
    r.uses(name)
    outer = r.sizes.get(name, 0)
    with r.defining(name, node.path[-1].span) as fresh:
        if not fresh:
            return bad
        r.sizes[name] = 0
        body_scope = Scope(row, scope.level, {(row.source.name,): row}, bindings)
        from segql.model.declarations import body

        value = body(r, body_scope, declaration.body)
        size = r.sizes[name]
        r.sizes[name] = max(outer, size)
    if value.type == UNKNOWN or not r.grow(size, node.span):
        return bad
    return Named(value.type, node.span, shown(node), row, value)


def shown(node: tree.Call) -> str:
    """The call as people write it."""
    from segql.syntax.printer import to_text

    return to_text(node)


def _row(r: Resolver, scope: Scope, node: tree.Call) -> RowRef | None:
    from segql.model.values import start, unknown_name

    row, rest = start(r, scope, node.path)
    for part in rest[:-1]:
        link = row.source.one.get(part.text)
        if link is None:
            unknown_name(r, row, part, part.span, row.source.one)
            return None
        r.uses(f"{row.source.name}.{part.text}")
        row = Up(row, link)
    return row


def bind(
    r: Resolver, scope: Scope, node: tree.Call, declaration: tree.TraitDecl, source: Source
) -> dict[str, Binding] | None:
    """The arguments of a call by parameter; None after a diagnostic at the call."""
    assert declaration.name is not None
    name = declaration.name
    parameters = declaration.parameters
    if len(node.arguments) > len(parameters):
        most = len(parameters)
        r.report(
            codes.WRONG_ARGUMENT,
            f"`{name.text}` takes {most} argument{'' if most == 1 else 's'}, got {len(node.arguments)}",
            node.arguments[most].span,
            "one too many",
            more=[Label(name.span, "declared here")],
        )
        return None
    bindings: dict[str, Binding] = {}
    for index, parameter in enumerate(parameters):
        given = node.arguments[index] if index < len(node.arguments) else None
        argument = given if given is not None else parameter.default
        if argument is None:
            r.report(
                codes.WRONG_ARGUMENT,
                f"`{name.text}` needs `{parameter.name.text}`",
                node.span,
                f"{article(parameter.type.name)} is missing",
                more=[Label(parameter.span, "declared here, without a default")],
            )
            return None
        where = scope if given is not None else subject_scope(source)
        binding = _binding(r, where, scope, parameter, argument, source)
        if binding is None:
            return None
        bindings[parameter.name.text] = binding
    return bindings


def _binding(
    r: Resolver,
    where: Scope,
    scope: Scope,
    parameter: tree.Parameter,
    argument: tree.Value | tree.Window,
    source: Source,
) -> Binding | None:
    kind = parameter.type.name
    if kind == "window":
        if isinstance(argument, tree.Window):
            return Binding(window=argument, scope=where, level=scope.level)
        if isinstance(argument, tree.Path) and len(argument.parts) == 1:
            bound = scope.bindings.get(argument.parts[0].text)
            if bound is not None and bound.window is not None:
                return bound
        return _wrong(r, parameter, argument.span, "is not a window")
    if isinstance(argument, tree.Window):
        return _wrong(r, parameter, argument.span, "is a window")
    if kind == "event":
        return _event(r, scope, parameter, argument, source)
    value = r.value(where, argument)
    if value.type == UNKNOWN:
        return None
    if kind == "list" and isinstance(value, Const) and not isinstance(value.type, ListType):
        value = Const(list_of(value.type), value.span, (value.value,))  # one item
    if not fits(value.type, kind):
        return _wrong(r, parameter, argument.span, f"is {value.type}")
    return Binding(value=value, level=scope.level)


def _event(
    r: Resolver, scope: Scope, parameter: tree.Parameter, argument: tree.Value, source: Source
) -> Binding | None:
    if isinstance(argument, tree.Path) and len(argument.parts) == 1:
        name = argument.parts[0]
        bound = scope.bindings.get(name.text)
        if bound is not None and bound.event is not None:
            return bound
        link = source.many.get(name.text)
        if link is not None and isinstance(link.child, Event):
            r.uses(link.child.name)
            return Binding(event=name)
    return _wrong(r, parameter, argument.span, f"is not an event of `{source.name}`")


def spread(items: Iterable[Value]) -> list[Value]:
    """The items of a list; one that is a list of literals itself (an argument of a trait) by its own items."""
    found: list[Value] = []
    for item in items:
        if isinstance(item, Const) and isinstance(item.type, ListType):
            parts = item.value if isinstance(item.value, tuple) else ()
            found += [Const(item.type.item, item.span, part) for part in parts]
        else:
            found.append(item)
    return found


def article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def fits(type_: Type, kind: str) -> bool:
    if kind == "decimal":
        return is_number(type_) and type_.name != "float"
    if kind == "text":
        return type_ == TEXT or type_.name == "enum"
    if kind == "list":
        return isinstance(type_, ListType)
    return type_.name == kind


def _wrong(r: Resolver, parameter: tree.Parameter, span: Span, label: str) -> Binding | None:
    """Report an argument that does not fit."""
    r.report(
        codes.WRONG_ARGUMENT,
        f"`{parameter.name.text}` takes {article(parameter.type.name)}",
        span,
        label,
        more=[Label(parameter.span, "declared here")],
    )
    return None


def samples(r: Resolver, declaration: tree.TraitDecl, source: Source) -> dict[str, Binding] | None:
    """Arguments with which the body of a trait is checked where it is declared: defaults, or made up.

    None where nothing can be made up (an event parameter without a default).
    """
    scope = subject_scope(source)
    found: dict[str, Binding] = {}
    for parameter in declaration.parameters:
        span, kind = parameter.span, parameter.type.name
        if parameter.default is not None:
            binding = _binding(r, scope, scope, parameter, parameter.default, source)
        elif kind == "window":
            rolling = tree.Rolling(span=span, direction="last", count=1, unit="day")
            binding = Binding(window=rolling, scope=scope)
        elif kind == "event":
            binding = None  # what its rows have, only a call knows
        else:
            type_ = r.catalog.type_of(parameter.type)[0] if kind != "list" else list_of(TEXT)
            binding = Binding(value=Const(type_, span, _SAMPLE_VALUES.get(kind)))
        if binding is None:
            return None
        found[parameter.name.text] = binding
    return found


_SAMPLE_VALUES: dict[str, object] = {
    "int": 1,
    "decimal": Decimal("1.5"),
    "text": "",
    "duration": timedelta(days=1),
    "bool": True,
    "date": date(2026, 1, 1),
    "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    "list": (),
}
