"""`did` and `has`: whether there are so many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes, regularity, searches
from segql.model.nodes import Condition, Event, Exists, Not, Value
from segql.model.scope import Scope
from segql.model.unknowns import nullable, window_nullable
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def did(r: Resolver, scope: Scope, node: tree.Did, negative: bool) -> Condition | None:
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


def has(r: Resolver, scope: Scope, node: tree.Has, negative: bool) -> Condition | None:
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


def nullable_bounds(r: Resolver, scope: Scope, node: tree.Did | tree.Has) -> list[Value]:
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
