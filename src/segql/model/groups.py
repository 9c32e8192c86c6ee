"""Events that group rows (`groups … by`): one row for each subject and value, or local day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes
from segql.model.nodes import (
    Attr,
    Attribute,
    Event,
    Grouping,
    GroupMeasure,
    GroupValue,
    Link,
    LocalDate,
    Row,
    Value,
)
from segql.model.scope import Scope, subject_scope
from segql.model.types import DATE, UNKNOWN
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def prepare(r: Resolver, source: Event, base: Event, declaration: tree.EventGroups) -> None:
    """Give a group its key, time and link down, before any definition asks for them."""
    if base.at is None or base.owner is None:
        return
    by_day = len(declaration.by) == 1 and declaration.by[0].text == "day"
    scope = subject_scope(base)
    row = Row(0, base)
    time = Attr(base.at.type, declaration.span, row, base.at)
    value: Value
    if by_day and "day" not in base.attributes:
        local = time if base.at.type == DATE else LocalDate(DATE, declaration.span, time)
        value, name = local, "day"
    else:
        by_day = False
        span = declaration.by[0].span.to(declaration.by[-1].span)
        value = r.value(scope, tree.Path(span=span, parts=declaration.by))
        name = declaration.by[-1].text
    if value.type == UNKNOWN:
        return
    if value.type.name in ("list", "point", "float"):
        r.report(
            codes.WRONG_ARGUMENT,
            f"rows cannot be grouped by a {value.type.name}",
            declaration.by[0].span,
        )
        return
    span = declaration.span
    key = Attribute(name, value.type, False, GroupValue(value), span)
    at_type = DATE if by_day else base.at.type
    source.at = Attribute("at", at_type, False, GroupValue(value if by_day else time), span)
    source.key = (key,)
    source.attributes = {name: key, "at": source.at}
    assert source.owner is not None
    for column in source.owner.columns:
        if column in base.attributes:
            source.attributes.setdefault(column, base.attributes[column])
    link = Link(base.name, base, (), source, span)
    source.many = {base.name: link}
    source.groups = Grouping(base, value, by_day, link)


def resolve(r: Resolver, source: Event, declaration: tree.EventGroups) -> None:
    """The attributes of a group: values over its rows."""
    if source.groups is None:
        return
    scope: Scope = subject_scope(source)
    for member in declaration.members:
        name = member.name.text
        if name in source.attributes:
            r.report(
                codes.DUPLICATE_MEMBER,
                f"`{name}` is declared twice in `{source.name}`",
                member.name.span,
                "declared again",
            )
            continue
        from segql.model.declarations import body
        from segql.model.unknowns import nullable

        value = body(r, scope, member.value)
        if value.type != UNKNOWN:
            source.attributes[name] = Attribute(
                name, value.type, nullable(value), GroupMeasure(value), member.name.span
            )


__all__ = ["prepare", "resolve"]
