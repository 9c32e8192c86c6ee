"""From `.seg` text and rows to members and values, by the reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from segql import reference
from segql.model import nodes, resolve
from segql.source import SourceFile
from segql.syntax.parser import parse

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

Rows = Mapping[str, Sequence[Mapping[str, object]]]


def model_of(text: str, zone: str = "UTC", week_starts: nodes.WeekStart = "monday") -> nodes.Model:
    parsed = parse(SourceFile("test.seg", text))
    assert not parsed.diagnostics, parsed.diagnostics
    model = resolve([parsed.file], nodes.Settings(zone, week_starts))
    assert not [found for found in model.diagnostics if found.is_error], model.diagnostics
    return model


def members(
    declarations: str,
    condition: str,
    database: Rows,
    as_of: datetime = AS_OF,
    zone: str = "UTC",
    of: str = "customer",
) -> list[object]:
    """The members (their keys, without tuples where the key is one value) of a segment of one condition."""
    model = model_of(f"{declarations}\nsegment s of {of} {{\n where {{\n{condition}\n}}\n}}", zone)
    return [plain(key) for key in reference.members(model, "s", database, as_of)]


def values(
    declarations: str,
    value: str,
    database: Rows,
    as_of: datetime = AS_OF,
    zone: str = "UTC",
    of: str = "customer",
) -> dict[object, object]:
    """A value for each row, by key."""
    model = model_of(f"{declarations}\ntrait t of {of} = {value}", zone)
    found = reference.value(model, "t", database, as_of)
    return {plain(key): item for key, item in found.items()}


def plain(key: tuple[object, ...]) -> object:
    return key[0] if len(key) == 1 else key


def rows(header: str, *lines: Sequence[object]) -> list[dict[str, object]]:
    """Rows under a header of column names."""
    names = header.split()
    return [dict(zip(names, line, strict=True)) for line in lines]
