"""Names for what a query makes: after what it holds, never numbers alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from segql.model.nodes import Attr, Compare, Condition, Const, InSet, Truth, Up, Value, Wording
from segql.model.types import is_time
from segql.plan.nodes import Aggregation, Conditions, Selection
from segql.plan.regularity import GAPS

LONGEST = 56  # Postgres cuts names behind 63 bytes

ORDINALS = [
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
]


class Names:
    """Names in use; equal ones are told apart by an ordinal."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def unique(self, name: str) -> str:
        """`name`, or `name_second`… where it is taken."""
        name = name[:LONGEST].rstrip("_")
        chosen = name
        count = 0
        while chosen in self._taken:
            word = ORDINALS[count] if count < len(ORDINALS) else f"{count + 2}th"
            chosen = f"{name}_{word}"
            count += 1
        self._taken.add(chosen)
        return chosen

    def copy(self) -> Names:
        return Names(self._taken)


def row_name(row: object) -> str:
    """What a row is called: its relation, or its source."""
    if isinstance(row, Up):
        link = row.link
        return link.name if link.child.one.get(link.name) is link else link.parent.name
    name: str = row.source.name  # type: ignore[attr-defined]
    return name


def rollup_name(selections: list[Selection]) -> str:
    first = selections[0]
    labels = {selection.label for selection in selections}
    label = first.label if len(labels) == 1 else first.source.name
    return f"{label}_by_{first.top.name}" if first.links else label


def column_name(aggregation: Aggregation, filters: Conditions) -> str:
    """Function, argument, window and what else tells it apart: `sum_amount_last_90_days`."""
    function = "times" if aggregation.function == "count" else aggregation.function
    words = [function]
    if aggregation.function not in GAPS:
        words += _argument(aggregation.argument)
    if aggregation.function in ("nth", "nth_last"):
        words.append(str(aggregation.n))
    words += _window(aggregation.selection.wording)
    for item in filters:
        words += _condition(item)
    return "_".join(dict.fromkeys(word for word in words if word))


def _argument(value: Value | None) -> list[str]:
    if value is None:
        return []
    return [value.attribute.name] if isinstance(value, Attr) else []


def _window(wording: Wording | None) -> list[str]:
    if wording is None:
        return []
    unit = wording.unit if wording.count == 1 else f"{wording.unit}s"
    match wording.kind:
        case "rolling":
            return [wording.direction or "last", str(wording.count), unit]
        case "calendar" if wording.count:
            return [wording.direction, "full", str(wording.count), unit]
        case "calendar":
            return [wording.direction, wording.unit]
        case "day":
            return ["on", wording.direction or "day"]
        case kind:
            return [kind]


def _condition(item: Condition) -> list[str]:
    match item:
        case Compare(left=Attr() as left, right=Const() as right) if not is_time(left.type):
            if item.operator == "=" and isinstance(right.value, str):
                return [slug(right.value) or left.attribute.name]
            return [left.attribute.name]
        case Truth(value=Attr() as value):
            return [value.attribute.name]
        case InSet(value=Attr() as value):
            return [value.attribute.name]
        case _:
            return []


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())[:20].strip("_")
