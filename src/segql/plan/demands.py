"""What expressions ask of the rows around them: columns of rows above, lists, rows below."""

from __future__ import annotations

from collections.abc import Iterable

from segql.model import nodes
from segql.model.nodes import (
    Attr,
    Attribute,
    ChildTable,
    Condition,
    Row,
    RowRef,
    Source,
    Up,
    Value,
)
from segql.model.walk import fields_of
from segql.plan.nodes import Aggregation, Always, Existence, RowExists
from segql.plan.populations import Asked, First, Standing, Summary


class Demands:
    """Everything in normal-form expressions that is not computed from the row in hand alone, in order of appearance.

    Expressions inside selections belong to the selections.
    """

    def __init__(self) -> None:
        self.attributes: dict[tuple[RowRef, Attribute], Attr] = {}
        """Attributes of rows above, and lists in child tables of any row."""
        self.rows: dict[RowRef, None] = {}
        """Rows above that are asked for as a whole: whether they exist, or raw SQL over them."""
        self.levels: dict[int, Attr] = {}
        """An attribute of a row in hand by its level: the scope's own, or an outer one's that it is tied to."""
        self.below: dict[Aggregation | Existence, None] = {}
        self.crowds: dict[Asked, None] = {}
        """What is asked of populations."""
        self.measures: dict[tuple[Source, Attribute], None] = {}
        """Attributes of groups that are made of their rows."""
        self.shared: dict[Attribute, None] = {}
        """Attributes of the row in hand, that of a union of events."""
        self.given = False
        """Whether values of outer rows are asked for, that the row in hand is tied to."""
        self.logged: dict[tuple[RowRef, Attribute], None] = {}
        """Attributes whose value is the last of a change log."""
        self.listed = False
        """Whether a list that is kept in a table is asked, which may be a join."""
        self.runs: dict[Attr, None] = {}
        """Attributes of which is asked since when they have their value."""

    def add(self, items: Iterable[Condition | Value]) -> None:
        for item in items:
            self._walk(item)

    @property
    def local(self) -> bool:
        """Whether nothing is asked but columns of the row in hand."""
        around = self.attributes or self.rows or self.below or self.crowds
        return not (around or self.logged or self.runs or self.listed)

    def _walk(self, node: object) -> None:
        if isinstance(node, Attr):
            if isinstance(node.row, Row):
                self.levels.setdefault(node.row.level, node)
            if type(node.row) is Up or type(node.attribute.storage) is ChildTable:
                self.attributes.setdefault((node.row, node.attribute), node)
            if isinstance(node.row, Row) and type(node.row.source) is Source:
                self.given = True
            storage = type(node.attribute.storage)
            if storage is nodes.ChangeLog:
                self.logged.setdefault((node.row, node.attribute))
            elif storage is nodes.GroupMeasure:
                self.measures.setdefault((node.row.source, node.attribute))
            elif storage is nodes.FromParts and type(node.row) is Row:
                self.shared.setdefault(node.attribute)
        elif isinstance(node, Aggregation | Existence):
            self.below.setdefault(node)
        elif isinstance(node, Summary | Standing | First):
            if type(node) is Summary:
                self._walk(node.own)
            self.crowds.setdefault(node)
        elif isinstance(node, RowExists | nodes.RawSql):
            self.rows.setdefault(node.row)
        elif isinstance(node, nodes.HasBeen):
            self.runs.setdefault(node.value)
            self._walk(node.value)
            self._walk(node.state)
        elif type(node) is nodes.Const or type(node) is Always or node is None:
            return
        elif isinstance(node, tuple):
            for item in node:
                self._walk(item)
        else:
            self.listed = self.listed or isinstance(node, nodes.InTable)
            if isinstance(node, Value | Condition | nodes.Window | nodes.Measure):
                for name in fields_of(type(node)):
                    self._walk(getattr(node, name))
