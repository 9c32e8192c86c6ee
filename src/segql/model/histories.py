"""What was true at another moment (3.3, 3.4): `has been … for`, and `member of … as of`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes, comparisons, times, windows
from segql.model.nodes import (
    Among,
    Attr,
    Attribute,
    ChangeLog,
    Condition,
    Entity,
    HasBeen,
    Now,
    Row,
    Segment,
    Up,
    Value,
)
from segql.model.scope import Scope
from segql.model.types import DATE, TIMESTAMP, UNKNOWN
from segql.model.walk import map_children
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def has_been(r: Resolver, scope: Scope, node: tree.HasBeen) -> Condition | None:
    value, state = r.value(scope, node.value), r.value(scope, node.state)
    if UNKNOWN in (value.type, state.type):
        return None
    if not isinstance(value, Attr) or not has_history(value):
        shown = value.attribute.name if isinstance(value, Attr) else "this"
        r.report(
            codes.NO_HISTORY,
            f"`{shown}` has no history",
            node.value.span,
            "only its current value is known",
            helps=["declare `history from TABLE.COLUMN on KEY at TIME` behind the attribute"],
        )
        return None
    _, state = comparisons.as_enum(r, value, state)
    if state.type == UNKNOWN:
        return None
    if not comparisons.comparable(value.type, state.type):
        comparisons.mismatch(r, node.span, value, state)
        return None
    since = times.shifted(
        r, Now(TIMESTAMP, node.span), -node.duration.count, node.duration.unit, node.duration.span
    )
    return None if since.type == UNKNOWN else HasBeen(node.span, value, state, since)


def has_history(value: Attr) -> bool:
    return _attribute_has_history(value.attribute, value.row.source)


def _attribute_has_history(attribute: Attribute, source: object) -> bool:
    if isinstance(attribute.storage, ChangeLog):
        return True
    return isinstance(source, Entity) and source.history is not None


def moment(r: Resolver, scope: Scope, node: tree.Value) -> Value | None:
    """The constant moment of `as of`, as a timestamp; None after a diagnostic."""
    value = r.value(scope, node)
    if value.type == UNKNOWN:
        return None
    if value.type == DATE:
        value = times.day_start(value)
    if value.type != TIMESTAMP or not windows.is_constant(r, value):
        r.report(
            codes.NOT_A_TIME,
            "`as of` takes a moment that is the same for everybody",
            node.span,
            helps=["such as `as of 90 days ago`, `as of 2026-01-01`"],
        )
        return None
    return value


def is_timeless(r: Resolver, segment: Segment, condition: Condition, name: tree.Name) -> bool:
    """Whether a segment can be asked of another moment: it reads no attribute that may have changed."""
    current: list[Attr] = []
    seen: set[int] = set()

    def visit(item: object) -> object:
        if id(item) in seen:
            return item
        seen.add(id(item))
        if isinstance(item, Attr) and not _stays(item):
            current.append(item)
        elif not isinstance(item, Row | Up):
            map_children(item, visit)
            among = getattr(item, "among", None)
            if isinstance(among, Among):
                for part in (among.population.condition, among.value, among.per):
                    if part is not None:
                        visit(part)
        return item

    visit(condition)
    if not current:
        return True
    names = ", ".join(dict.fromkeys(f"`{item.attribute.name}`" for item in current))
    r.report(
        codes.NO_HISTORY,
        f"`{segment.name}` cannot be asked as of another moment: it reads {names}",
        name.span,
        "only current values are known",
        helps=["give them a `history`, or ask events, which keep their times"],
    )
    return False


def _stays(item: Attr) -> bool:
    """Whether an attribute's value at another moment is known: events, keys, and what has a history."""
    source = item.row.source
    if not isinstance(source, Entity):
        return hasattr(source, "at")  # what happened stays as it was; rows have no time
    created = source.created
    if item.attribute in source.key or (created and item.attribute.storage == created.storage):
        return True
    return _attribute_has_history(item.attribute, source)


__all__ = ["has_been", "is_timeless", "moment"]
