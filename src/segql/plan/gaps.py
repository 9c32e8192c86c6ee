"""Gaps beside what else is asked of the same rows: one scan for both.

Gaps are found in a query below the one that groups the rows, and what is asked beside them is made of the columns that
come up from there: so it may ask nothing of other rows, and no list, which is read in the text of an expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from segql.model.nodes import Attr, Column, Condition, Event, Value
from segql.model.types import ListType
from segql.model.walk import children
from segql.plan.demands import Demands
from segql.plan.groups import grouping, leads_to_group
from segql.plan.nodes import Aggregation, Existence, Selection
from segql.plan.regularity import GAPS
from segql.plan.share import share


def is_gap(node: object) -> bool:
    return isinstance(node, Aggregation) and node.function in GAPS


def join_scans(
    groups: dict[object, list[Aggregation | Existence]], alone: Iterable[Existence]
) -> None:
    """Let gaps share the rollup of what is asked of their rows, where that is not `alone` in a semi-join."""
    semis = set(alone)
    for key, (first, *_) in list(groups.items()):
        others = groups.get(first.selection.path)
        if not is_gap(first) or others is None or others[0] in semis:
            continue
        if _has_own_key(first.selection) and _may_share([*others, *groups[key]]):
            others += groups.pop(key)


def _has_own_key(selection: Selection) -> bool:
    """Whether rows are grouped by columns of their own table."""
    source = selection.source
    if not isinstance(source, Event) or source.parts or grouping(source) is not None:
        return False
    below = len(selection.links) == 1 and selection.tie is None
    return below and not leads_to_group(selection.steps[-1])


def _may_share(group: Sequence[Aggregation | Existence]) -> bool:
    """Whether the gaps are of all rows of a shared scan, and all else is made of their columns."""
    selections = list(dict.fromkeys(node.selection for node in group))
    rests = dict(zip(selections, share(selections)[1], strict=True))
    if any(is_gap(node) and rests[node.selection] for node in group):
        return False
    values: list[Value | Condition] = [item for rest in rests.values() for item in rest]
    for node in group:
        asked = (node.argument, node.selection.time) if isinstance(node, Aggregation) else ()
        values += (value for value in asked if value is not None)
    demands = Demands()
    demands.add(values)
    return demands.local and not demands.given and all(map(_is_column, _attributes(values)))


def _attributes(items: Iterable[object]) -> Iterator[Attr]:
    for item in items:
        if isinstance(item, Attr):
            yield item
        else:
            yield from _attributes(children(item))


def _is_column(attr: Attr) -> bool:
    return isinstance(attr.attribute.storage, Column) and not isinstance(attr.type, ListType)
