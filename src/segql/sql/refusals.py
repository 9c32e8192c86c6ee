"""What a definition asks that a dialect cannot give the same meaning: told when it is checked, never by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from segql.diagnostics import Diagnostic, Diagnostics, declare
from segql.model import nodes
from segql.model.walk import Parts
from segql.source import Span
from segql.sql.asked import operations
from segql.sql.capabilities import OPERATIONS, Refused, refusal
from segql.sql.capabilities.operations import (
    TIMES_IN_LIST,
    UNKNOWN_LIST,
    WIDE_PRODUCT,
    WIDE_QUOTIENT,
)

NOT_IN_DIALECT = declare("SEG602", "not-in-dialect", "a target of the project can do what is asked")

_DECLARED = (nodes.Source, nodes.Attribute, nodes.Link)
_PARTS = Parts(
    *_DECLARED,
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
                refused = refusal(operation, dialect)
                if refused is not None and (place, operation, dialect) not in told:
                    told.add((place, operation, dialect))
                    _refused(node, place, operation, dialect, refused, found)
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

    def visit(self, start: object, around: Span) -> Iterator[tuple[Asking, Span]]:
        """`around`: the place of the nearest node around it that has one."""
        seen = self._seen
        todo = [(start, around)]
        while todo:
            node, place = todo.pop()
            if type(node) is tuple:
                todo += [(item, place) for item in reversed(node)]
                continue
            names = _PARTS[type(node)]
            if names is None or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, _DECLARED):
                if not isinstance(node, nodes.Link):
                    yield node, node.span
                todo.append((_inside(node), node.span))
                continue
            place = getattr(node, "span", place)
            if isinstance(node, _ASKING):
                yield node, place
            todo += [(getattr(node, name), place) for name in reversed(names)]


def _inside(node: nodes.Source | nodes.Attribute | nodes.Link) -> tuple[object, ...]:
    """What a declared thing rests on."""
    match node:
        case nodes.Link():
            return (node.child, node.parent)
        case nodes.Attribute():
            match node.storage:
                case nodes.FromParts(attributes):
                    return attributes
                case nodes.GroupMeasure(value) | nodes.GroupValue(value) | nodes.Derived(value):
                    return (value,)
            return ()
        case nodes.Event():
            return (node.only, node.base, node.where, node.parts, node.groups)
        case _:
            return (node.only,)


# --- what is told ---------------------------------------------------------------------------------


def _refused(
    node: Asking, place: Span, operation: str, dialect: str, why: Refused, found: Diagnostics
) -> None:
    what, needed, helps = _words(node, operation)
    found.report(
        NOT_IN_DIALECT,
        f"{what} is not possible on {dialect}",
        place,
        why.why,
        notes=[*needed, f"see {why.page}"],
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
