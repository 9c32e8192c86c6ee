"""Why a row is in a segment or out of it: its conditions with what they met.

The reference evaluator answers for each condition by itself, also where a database would have stopped before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from segql.model import nodes
from segql.reference.evaluator import Evaluator
from segql.reference.rows import Record
from segql.source import Span

TextOf = Callable[[Span], str]
"""The text at a place, on one line."""


@dataclass(frozen=True)
class Reason:
    """A condition, whether it holds, the values that it met, and the conditions that it is made of.

    `decides`: it belongs to the smallest set of conditions that, whatever the others say, give the result.
    """

    text: str
    holds: bool
    values: tuple[tuple[str, str], ...]
    parts: tuple[Reason, ...]
    decides: bool = False


def reasons(
    evaluator: Evaluator, record: Record, lines: tuple[nodes.Condition, ...], text_of: TextOf
) -> tuple[Reason, ...]:
    """For each line of a segment, why it holds for a row or does not."""
    asker = _Asker(evaluator, record, text_of)
    chosen = {id(leaf) for leaf in deciding(evaluator, record, lines)}
    return tuple(asker.reason(line, chosen) for line in lines)


def deciding(
    evaluator: Evaluator, record: Record, lines: tuple[nodes.Condition, ...]
) -> list[nodes.Condition]:
    """The fewest conditions that, whatever the others say, decide whether all lines hold for a row.

    They are those inside the segments too that the lines ask for membership.
    """
    whole = nodes.All(lines[0].span if lines else Span("", 0, 0), lines)
    return _Asker(evaluator, record, lambda _: "").decisive(whole)


def leaves(condition: nodes.Condition) -> Iterator[nodes.Condition]:
    """The conditions of which a condition is made; those inside another segment belong to that one.

    What stands in the text as one negative condition (`did not visit`) is one.
    """
    parts = _parts(condition)
    if len(parts) == 1 and parts[0].span == condition.span and not _parts(parts[0]):
        parts = ()
    if not parts:
        yield condition
    for part in parts:
        yield from leaves(part)


def _parts(condition: nodes.Condition) -> tuple[nodes.Condition, ...]:
    match condition:
        case nodes.All(items=items) | nodes.Any(items=items) | nodes.CountOf(items=items):
            return items
        case nodes.Not(item=item):
            return (item,)
        case _:
            return ()


class _Asker:
    def __init__(self, evaluator: Evaluator, record: Record, text_of: TextOf) -> None:
        self._evaluator = evaluator
        self._environment: dict[int | nodes.RowRef, Record] = {0: record}
        self._text_of = text_of

    def holds(self, condition: nodes.Condition) -> bool:
        return self._evaluator.holds(condition, self._environment)

    def decisive(self, condition: nodes.Condition) -> list[nodes.Condition]:
        """The fewest conditions that decide the answer, whatever the others say."""
        match condition:
            case nodes.All(items=items):
                return self._of(items, all_of=self.holds(condition), holding=self.holds(condition))
            case nodes.Any(items=items):
                holding = self.holds(condition)
                return self._of(items, all_of=not holding, holding=holding)
            case nodes.CountOf():
                return self._count(condition)
            case nodes.Not(item=item):
                return self.decisive(item)
            case nodes.MemberOf() if self._is_open(condition):
                return self.decisive(condition.condition) or [condition]
            case _:
                return [condition]

    @staticmethod
    def _is_open(condition: nodes.MemberOf) -> bool:
        """Whether the segment's conditions are about the row itself, and about now."""
        row = condition.row
        return condition.as_of is None and isinstance(row, nodes.Row) and row.level == 0

    def _of(
        self, items: tuple[nodes.Condition, ...], *, all_of: bool, holding: bool
    ) -> list[nodes.Condition]:
        sets = [self.decisive(item) for item in items if self.holds(item) == holding]
        if all_of:
            return [leaf for found in sets for leaf in found]
        return min(sets, key=len, default=[])

    def _count(self, condition: nodes.CountOf) -> list[nodes.Condition]:
        """So many that hold, and so many that do not, that the number cannot leave its bounds, or come back."""
        true = sorted((self.decisive(i) for i in condition.items if self.holds(i)), key=len)
        false = sorted((self.decisive(i) for i in condition.items if not self.holds(i)), key=len)
        high = len(condition.items) if condition.high is None else condition.high
        if len(true) < condition.low:
            chosen = false[: len(condition.items) - condition.low + 1]
        elif len(true) > high:
            chosen = true[: high + 1]
        else:
            chosen = true[: condition.low] + false[: len(condition.items) - high]
        return [leaf for found in chosen for leaf in found]

    def reason(self, condition: nodes.Condition, deciding: set[int]) -> Reason:
        inside, text = self._inside(condition, deciding), self._text_of(condition.span)
        if isinstance(condition, nodes.Not) and not text.startswith(("none", "not ", "did not")):
            text = "in no level above" if text.isidentifier() else text
        negated = isinstance(condition, nodes.Not) and not inside
        leaf = condition.item if isinstance(condition, nodes.Not) and negated else condition
        return Reason(
            text,
            self.holds(condition),
            () if inside else tuple(self._values(leaf)),
            tuple(self.reason(part, deciding) for part in inside),
            id(leaf) in deciding or (bool(inside) and isinstance(condition, nodes.MemberOf)),
        )

    def _inside(
        self, condition: nodes.Condition, deciding: set[int]
    ) -> tuple[nodes.Condition, ...]:
        """The conditions that are shown below a condition: `did not` is one line, `none` has those it denies."""
        if isinstance(condition, nodes.Not):
            item = condition.item
            if isinstance(item, nodes.All | nodes.Any | nodes.CountOf):
                return _parts(item)
            return () if item.span == condition.span or not _parts(item) else (item,)
        if isinstance(condition, nodes.MemberOf):
            whole = condition.condition
            if not self._is_open(condition) or not any(
                id(leaf) in deciding for leaf in self.decisive(whole)
            ):
                return ()
            return whole.items if isinstance(whole, nodes.All) else (whole,)
        return _parts(condition)

    # --- what a condition met -----------------------------------------------------------------------

    def _values(self, condition: nodes.Condition) -> Iterator[tuple[str, str]]:
        """The values and numbers of rows that a condition compares, as they are for this row."""
        if isinstance(condition, nodes.OrUnknown | nodes.IfKnown):
            yield from self._values(condition.leaf)
            return
        search = getattr(condition, "search", None)
        if isinstance(search, nodes.Search):
            yield "rows", str(len(self._evaluator.found(search, self._environment)))
            return
        if isinstance(condition, nodes.Truth) and isinstance(condition.value, nodes.Named):
            inside = condition.value.value
            if isinstance(inside, nodes.Holds):
                for part in leaves(inside.condition):
                    yield self._text_of(part.span), shown(self.holds(part))
                return
        for item in fields(condition):
            for value in _flat(getattr(condition, item.name)):
                if not isinstance(value, nodes.Const) and not _is_constant(value):
                    found = self._evaluator.value(value, self._environment)
                    yield self._text_of(value.span), shown(found)


def _flat(node: object) -> Iterator[nodes.Value]:
    if isinstance(node, nodes.Value):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from _flat(item)
    elif isinstance(node, nodes.Window):
        yield from _flat((node.start, node.end))


def _is_constant(value: object) -> bool:
    """Whether no row has a part in a value."""
    if isinstance(
        value, nodes.Attr | nodes.Aggregate | nodes.Standing | nodes.OverPopulation | nodes.Holds
    ):
        return False
    if isinstance(value, tuple):
        return all(map(_is_constant, value))
    if is_dataclass(value) and isinstance(value, nodes.Value):
        return all(_is_constant(getattr(value, item.name)) for item in fields(value))
    return True


def shown(value: object) -> str:
    """A value as `.seg` files write it."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case timedelta():
            return str(value)
        case tuple():
            return f"({', '.join(map(shown, value))})"
        case _:
            return str(value)
