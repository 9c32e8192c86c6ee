"""Searches: from the names in a call, `did` or `has` down to rows, and the scope among those rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix
from segql.model import codes
from segql.model.nodes import (
    Attr,
    Condition,
    Event,
    Link,
    RowRef,
    Search,
    Source,
    Up,
    Value,
    Window,
)
from segql.model.rebase import mentions_below, rebase
from segql.model.scope import Chain, Scope, bound_names, open_search
from segql.model.types import TIMESTAMP
from segql.source import Span
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Target:
    """Where names lead: up from a row to `anchor`, down `links`; `rest` is a path over the row found."""

    anchor: RowRef
    links: tuple[Link, ...]
    chain: Chain
    rest: tuple[tree.Name, ...]
    own: bool
    """Whether it starts at the row in hand (else at a row around it)."""

    @property
    def source(self) -> Source:
        return self.links[-1].child


def find(r: Resolver, scope: Scope, names: tuple[tree.Name, ...]) -> Target | None:
    """The rows that `names` lead to: from the nearest enclosing row that has the first name (3.4)."""
    names = bound_names(scope, names)
    for index, row in enumerate(scope.enclosing()):
        target = _walk(r, row, names, own=index == 0)
        if target is not None:
            return target
    chain = (names[0].text,)
    if len(names) > 1 and chain in scope.rows:
        row = scope.rows[chain]
        target = _walk(r, row, names[1:], own=row == scope.row)
        if target is not None:
            names_down = (names[0].text, *target.chain)
            return Target(target.anchor, target.links, names_down, target.rest, target.own)
    return None


def _walk(r: Resolver, row: RowRef, names: tuple[tree.Name, ...], *, own: bool) -> Target | None:
    index = 0
    used: list[str] = []
    while index < len(names) and names[index].text in row.source.one:
        link = row.source.one[names[index].text]
        used += [f"{row.source.name}.{link.name}", link.parent.name]
        row = Up(row, link)
        index += 1
    links: list[Link] = []
    source = row.source
    while index < len(names) and names[index].text in source.many:
        link = source.many[names[index].text]
        used += [f"{source.name}.{link.name}", link.child.name]
        links.append(link)
        source = link.child
        index += 1
    if not links:
        return None
    for name in used:
        r.uses(name)
    chain = tuple(name.text for name in names[:index])
    return Target(row, tuple(links), chain, names[index:], own)


def enter(scope: Scope, target: Target, alias: tree.Name | None) -> Scope:
    return open_search(
        scope,
        target.anchor,
        target.links,
        target.chain,
        target.source,
        alias.text if alias is not None else "",
    )


def time_of(inner: Scope, target: Target) -> Attr | None:
    """The `at` of the nearest event on the way down, as a value over the row."""
    row: RowRef = inner.row
    for link in reversed(target.links):
        if isinstance(link.child, Event) and link.child.at is not None:
            return Attr(link.child.at.type, link.child.at.span, row, link.child.at)
        row = Up(row, link)
    return None


def window_of(
    r: Resolver,
    scope: Scope,
    inner: Scope,
    target: Target,
    node: tree.Window | None,
) -> tuple[Window | None, bool]:
    """The window, its bounds (values of the outer row) seen from the inner row; False after a diagnostic."""
    if node is None:
        return None, True
    time = time_of(inner, target)
    if time is None:
        r.report(
            codes.NOT_A_TIME,
            f"`{target.source.name}` has no time that a window could ask",
            node.span,
            "only events have a time",
            helps=["put a condition on one of its attributes inside `where { … }`"],
        )
        r.window(scope, node, TIMESTAMP)
        return None, False
    window = r.window(scope, node, time.type)
    if window is None:
        return None, False
    seen = seen_anchor(inner, target)
    return rebase(window, target.anchor, seen, scope.level, 1), True


def seen_anchor(inner: Scope, target: Target) -> RowRef:
    """The anchor as it is reached from the search's row."""
    row: RowRef = inner.row
    for link in reversed(target.links):
        row = Up(row, link)
    return row


def search(
    r: Resolver,
    scope: Scope,
    inner: Scope,
    target: Target,
    window: tree.Window | None,
    where: tree.Block | None,
    span: Span,
) -> Search | None:
    """The search, complete; None after a diagnostic."""
    resolved, good = window_of(r, scope, inner, target, window)
    condition: Condition | None = None
    if where is not None:
        condition = r.block(inner, where)
    if not good:
        return None
    result = Search(
        target.anchor,
        target.links,
        target.source,
        inner.level,
        time_of(inner, target),
        resolved,
        condition,
        span,
    )
    return result if tied(r, scope, target, result) else None


def tied(r: Resolver, scope: Scope, target: Target, result: Search) -> bool:
    """A search from inside `where` for rows of an outer row: only if tied to the row in hand (3.4)."""
    if scope.level == 0 or target.own:
        return True
    parts = filter(None, (result.window, result.where))
    if any(mentions_below(part, result.level) for part in parts):
        return True
    name = target.chain[-1]
    outer = target.anchor.source.name
    helps = [
        f"say it of the {outer} outside this `where`, or in a trait of `{outer}` and name it `{outer}.…`"
    ]
    if target.source is scope.source:  # inside, its name means the inner row
        helps.append(f"or name both rows: `did {name} as one where {{ did {name} as other … }}`")
    r.report(
        codes.NOT_TIED,
        f"`{name}` belongs to the outer `{outer}`, and nothing ties it to this row",
        result.span,
        f"the same for every `{scope.source.name}`",
        helps=helps,
    )
    return False


def no_target(r: Resolver, scope: Scope, names: tuple[tree.Name, ...], what: str) -> None:
    """Report that names lead to no rows."""
    name = names[0]
    if any(r.is_broken(part.text) for part in names) or r.is_broken(scope.source.name):
        return
    if any(r.is_unlinked(row, part.text) for row in scope.enclosing() for part in names):
        return
    candidates = [key for row in scope.enclosing() for key in row.source.many]
    declared = r.catalog.sources.get(name.text)
    label = "not declared"
    if declared is not None:
        owner = getattr(declared, "owner", None)
        label = (
            f"of `{owner.parent.name}`, not of `{scope.source.name}`"
            if owner is not None
            else f"no relation of `{scope.source.name}` leads there"
        )
    elif name.text in scope.source.attributes:
        label = "an attribute"
    shown = ".".join(part.text for part in names)
    holders = [
        key
        for row in scope.enclosing()
        for key, link in row.source.many.items()
        if name.text in link.child.attributes
    ]
    start = Span(name.span.file, name.span.start, name.span.start)
    meant = [
        Fix(f"write `{holder}.{name.text}`", (Edit(start, f"{holder}."),)) for holder in holders[:3]
    ]
    r.report(
        codes.UNKNOWN_EVENT,
        f"`{scope.source.name}` has no {what} `{shown}`",
        names[0].span.to(names[-1].span),
        label,
        helps=[*r.did_you_mean(name.text, name.span, candidates), *meant],
    )


__all__ = ["Target", "Value", "enter", "find", "no_target", "search"]
