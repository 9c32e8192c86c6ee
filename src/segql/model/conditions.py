"""Conditions: how they are combined, and what each does where it meets an unknown (3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from segql.diagnostics import Edit, Fix
from segql.model import (
    codes,
    comparisons,
    histories,
    leaves,
    membership,
    misread,
    occurrences,
    populations,
    sequences,
)
from segql.model.nodes import (
    All,
    Any,
    Condition,
    Const,
    CountOf,
    IfKnown,
    IsKnown,
    MemberOf,
    Not,
    OrUnknown,
    Truth,
)
from segql.model.scope import Scope
from segql.model.types import UNKNOWN
from segql.model.unknowns import meets_unknown
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


# --- leaves that say what an unknown is -----------------------------------------------------------


def _or_unknown(r: Resolver, scope: Scope, node: tree.OrUnknown, negative: bool) -> Condition:
    leaf = _said(r, scope, node, node.leaf)
    if isinstance(node.leaf, tree.Did | tree.Has):
        bounds = occurrences.nullable_bounds(r, scope, node.leaf)
        unknown = tuple(IsKnown(node.span, bound, negated=True) for bound in bounds)
        return Any(node.span, (leaf, *unknown)) if unknown else leaf
    return leaf if isinstance(leaf, Not | MemberOf) else OrUnknown(node.span, leaf)


def _if_known(r: Resolver, scope: Scope, node: tree.IfKnown, negative: bool) -> Condition:
    leaf = _said(r, scope, node, node.leaf)
    if isinstance(node.leaf, tree.Did | tree.Has):
        bounds = occurrences.nullable_bounds(r, scope, node.leaf)
        known = tuple(IsKnown(node.span, bound) for bound in bounds)
        return All(node.span, (leaf, *known)) if known else leaf
    return leaf if isinstance(leaf, Not | MemberOf) else IfKnown(node.span, leaf)


def _said(
    r: Resolver, scope: Scope, node: tree.OrUnknown | tree.IfKnown, inside: tree.Condition
) -> Condition:
    """The leaf under `or unknown` or `if known`; a warning where it never meets an unknown."""
    if isinstance(inside, tree.Did | tree.Has):
        leaf = resolve(r, scope, inside, inside.negated)  # as if not negative: no question is open
        known = not occurrences.nullable_bounds(r, scope, inside)
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


# --- combinations ---------------------------------------------------------------------------------


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


_LEAVES: dict[type[tree.Condition], Callable[..., Condition | None]] = {
    tree.Truth: leaves.truth,
    tree.Compare: comparisons.compare,
    tree.InList: comparisons.in_list,
    tree.InRange: comparisons.in_range,
    tree.Known: leaves.known,
    tree.TextTest: leaves.text_test,
    tree.ListTest: leaves.list_test,
    tree.TimeTest: leaves.time_test,
    tree.AnniversaryTest: leaves.anniversary,
    tree.Near: leaves.near,
    tree.RawSql: leaves.raw_sql,
    tree.HasBeen: histories.has_been,
}

_HANDLERS: dict[type[tree.Condition], Callable[..., Condition | None]] = {
    **dict.fromkeys(_LEAVES, _leaf),
    tree.Did: occurrences.did,
    tree.Has: occurrences.has,
    tree.MemberOf: membership.member_of,
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
