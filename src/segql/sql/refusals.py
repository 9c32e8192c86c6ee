"""What a definition asks that a dialect cannot give the same meaning: told when it is checked, never by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from segql.diagnostics import Diagnostic, Diagnostics, declare
from segql.model import nodes
from segql.model.walk import fields_of
from segql.source import Span
from segql.sql.asked import operations
from segql.sql.capabilities import OPERATIONS, refusal
from segql.sql.capabilities.operations import (
    TIMES_IN_LIST,
    UNKNOWN_LIST,
    WIDE_PRODUCT,
    WIDE_QUOTIENT,
)

NOT_IN_DIALECT = declare("SEG602", "not-in-dialect", "a target of the project can do what is asked")

_ENTERED = (
    nodes.Value,
    nodes.Condition,
    nodes.Search,
    nodes.Window,
    nodes.Measure,
    nodes.Step,
    nodes.Among,
    nodes.Population,
    nodes.Grouping,
    nodes.Up,
)

_ASKING = (nodes.Value, nodes.Condition, nodes.Measure, nodes.Step, nodes.Grouping)

Asking: TypeAlias = (
    "nodes.Value | nodes.Condition | nodes.Measure | nodes.Step | nodes.Grouping | nodes.Source"
    " | nodes.Attribute"
)


def refusals(
    definitions: Iterable[nodes.Segment | nodes.Trait],
    dialects: Iterable[str],
    *,
    running: bool = False,
) -> tuple[Diagnostic, ...]:
    """The faults of the definitions on these dialects, each once at its place.

    `running`: where `as of` is known only when the statement runs.
    """
    named = list(dict.fromkeys(dialects))
    if not named:
        return ()
    found = Diagnostics()
    told: set[tuple[Span, str, str]] = set()
    for node, place in asking(definitions):
        asked = operations(node, running=running)
        sql = _raw_sql(node)
        for dialect in named:
            for operation in asked:
                if (place, operation, dialect) not in told:
                    told.add((place, operation, dialect))
                    _refused(node, place, operation, dialect, found)
            if sql is not None:
                _raw(sql, place, dialect, found)
    return found.sorted()


# --- what is asked --------------------------------------------------------------------------------


def asking(
    definitions: Iterable[nodes.Segment | nodes.Trait],
) -> Iterator[tuple[Asking, Span]]:
    """All that definitions ask, with its place: their own text, what they mention, and what makes its rows exist."""
    walk = _Walk()
    for definition in definitions:
        if isinstance(definition, nodes.Segment):
            yield from walk.visit((definition.entity, definition.lines), definition.span)
        else:
            yield from walk.visit((definition.source, definition.value), definition.span)


class _Walk:
    """What definitions share is entered once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def visit(self, node: object, place: Span) -> Iterator[tuple[Asking, Span]]:
        """`place`: of the nearest node around it that has one."""
        if isinstance(node, tuple):
            for item in node:
                yield from self.visit(item, place)
        elif isinstance(node, nodes.Source | nodes.Attribute | nodes.Link):
            if id(node) not in self._seen:
                self._seen.add(id(node))
                yield from self._declared(node)
        elif isinstance(node, _ENTERED) and id(node) not in self._seen:
            self._seen.add(id(node))
            place = getattr(node, "span", place)
            if isinstance(node, _ASKING):
                yield node, place
            for name in fields_of(type(node)):
                yield from self.visit(getattr(node, name), place)

    def _declared(
        self, node: nodes.Source | nodes.Attribute | nodes.Link
    ) -> Iterator[tuple[Asking, Span]]:
        inside: tuple[object, ...] = ()
        if not isinstance(node, nodes.Link):
            yield node, node.span
        match node:
            case nodes.Link():
                inside = (node.child, node.parent)
            case nodes.Attribute():
                match node.storage:
                    case nodes.FromParts(attributes):
                        inside = attributes
                    case nodes.GroupMeasure(value) | nodes.GroupValue(value) | nodes.Derived(value):
                        inside = (value,)
            case nodes.Event():
                inside = (node.only, node.base, node.where, node.parts, node.groups)
            case _:
                inside = (node.only,)
        yield from self.visit(inside, node.span)


# --- what is told ---------------------------------------------------------------------------------


def _refused(node: Asking, place: Span, operation: str, dialect: str, found: Diagnostics) -> None:
    refused = refusal(operation, dialect)
    if refused is not None:
        what, needed, helps = _words(node, operation)
        found.report(
            NOT_IN_DIALECT,
            f"{what} is not possible on {dialect}",
            place,
            refused.why,
            notes=[*needed, f"see {refused.page}"],
            helps=helps,
        )


def _words(node: Asking, operation: str) -> tuple[str, list[str], list[str]]:
    """What is refused, a note of what needs it where that is not plain, and the ways out."""
    match node:
        case nodes.Arithmetic(left=left, right=right) if operation in (WIDE_PRODUCT, WIDE_QUOTIENT):
            kind = "product" if operation == WIDE_PRODUCT else "quotient"
            way = "declare fewer places, or `round` one side first"
            return f"a {kind} of {left.type} and {right.type}", [], [way]
        case nodes.Attribute(type=type_) if operation == UNKNOWN_LIST:
            way = "declare it without `?`, or keep it in a text (`split by`) or in JSON (`column data.x`)"
            return f"a `{type_}?` in a column of its own", [], [way]
        case nodes.Attribute(type=type_) if operation == TIMES_IN_LIST:
            way = "keep it in a table (`from TABLE.COLUMN on COLUMN`) or in a text (`split by`)"
            return f"a `{type_}` in a column or in JSON", [], [way]
        case _:
            needed = f"needed for {OPERATIONS[operation]}"
            way = "say it in another way; `segql dialects` prints what each dialect can do"
            return f"the operation `{operation}`", [needed], [way]


def _raw_sql(node: Asking) -> nodes.SqlText | None:
    if isinstance(node, nodes.RawSql):
        return node.sql
    if isinstance(node, nodes.Attribute) and isinstance(node.storage, nodes.SqlText):
        return node.storage
    return None


def _raw(sql: nodes.SqlText, span: Span, dialect: str, found: Diagnostics) -> None:
    from segql.sql.carry import not_carried

    what = not_carried(sql, dialect)
    if what:
        found.report(
            NOT_IN_DIALECT,
            f"raw SQL of {sql.dialect} cannot be carried over to {dialect} for certain",
            span,
            f"`{what}` may mean something else there, or nothing",
            helps=[
                "say it with conditions of the language; a value in JSON is an attribute: `x: text? column data.x`",
                f'write all raw SQL for {dialect} and `sql_dialect = "{dialect}"` in `[project]`',
            ],
        )
