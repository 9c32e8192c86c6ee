"""`member of`: the conditions of a segment, asked of a row or of the row that a relation leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes, histories
from segql.model.nodes import All, Condition, Entity, MemberOf, Not, Row, RowRef, Up
from segql.model.rebase import rebase
from segql.model.scope import Scope
from segql.model.values import unknown_name
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def member_of(r: Resolver, scope: Scope, node: tree.MemberOf, negative: bool) -> Condition | None:
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
