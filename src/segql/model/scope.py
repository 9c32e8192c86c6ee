"""Which row a name belongs to (3.4): the row in hand first, then the rows around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from segql.model.nodes import Event, Link, Row, RowRef, Rows, Source, Up, Value
from segql.model.rebase import rebase
from segql.syntax import tree

Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """What a parameter of a trait stands for: a value, a window (to be read in `scope`) or an event's name.

    `level`: the number of searches around the call.
    """

    value: Value | None = None
    window: tree.Window | None = None
    scope: Scope | None = None
    event: tree.Name | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands.

    `row` is the row in hand; `level` the number of searches around the expression; `rows` the rows that
    a path may start with, by name or by the chain of names that leads down to them (`("purchase",
    "lines")`), as they are reached from the row in hand. A row that is not reached over links
    appears as the `Row` of its lower level: whoever uses it is tied to it.
    """

    row: RowRef
    level: int
    rows: dict[Chain, RowRef] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        return self.row.source

    def longest_chain(self, parts: Chain) -> Chain | None:
        """The longest start of a path that names a row."""
        for length in range(len(parts), 0, -1):
            if parts[:length] in self.rows:
                return parts[:length]
        return None

    def enclosing(self) -> list[RowRef]:
        """The rows around, nearest first (the row in hand is the first)."""
        seen: list[RowRef] = [self.row]
        for row in self.rows.values():
            if row not in seen:
                seen.append(row)
        return seen


def bound_names(scope: Scope, names: tuple[tree.Name, ...]) -> tuple[tree.Name, ...]:
    """Names with a parameter for an event, at their start, replaced by that event's name."""
    if not scope.bindings:
        return names
    binding = scope.bindings.get(names[0].text)
    if binding is None or binding.event is None:
        return names
    return (binding.event, *names[1:])


def subject_scope(source: Source) -> Scope:
    row = Row(0, source)
    rows: dict[Chain, RowRef] = {(source.name,): row}
    if isinstance(source, Event | Rows) and source.owner is not None:
        rows.setdefault((source.owner.parent.name,), Up(row, source.owner))
    return Scope(row, 0, rows)


def open_search(
    scope: Scope, anchor: RowRef, links: tuple[Link, ...], chain: Chain, source: Source, alias: str
) -> Scope:
    """The scope inside a search: its row, the rows on the way down, and the outer rows seen from it.

    `chain` holds the names on the way down (its last `len(links)` names are the links'). A row on the way
    is known by them and by the name of its source.
    """
    level = scope.level + 1
    inner = Row(level, source)
    rows: dict[Chain, RowRef] = {}
    steps: list[RowRef] = [inner]
    for link in reversed(links):
        steps.append(Up(steps[-1], link))
    outer = {names: replace_row(row, anchor, steps[-1]) for names, row in scope.rows.items()}
    if alias:
        rows[(alias,)] = inner
    for index in range(len(links)):
        names = chain[: len(chain) - index]
        rows.setdefault(names, steps[index])
        rows.setdefault(names[-1:], steps[index])
    for names, row in outer.items():
        rows.setdefault(names, row)
    # last: among the referrals of a customer, `customer` is the outer one
    for step in steps[:-1]:
        rows.setdefault((step.source.name,), step)
    bindings = {
        name: replace(binding, value=rebase(binding.value, anchor, steps[-1], scope.level, 1))
        if binding.value is not None
        else binding
        for name, binding in scope.bindings.items()
    }
    return Scope(inner, level, rows, bindings)


def replace_row(row: RowRef, old: RowRef, new: RowRef) -> RowRef:
    """`row` as it is reached through `new` where it is, or lies above, `old`; else itself."""
    if row == old:
        return new
    if isinstance(row, Up):
        return Up(replace_row(row.row, old, new), row.link)
    return row
