"""What a target says about segments: who is in them, what a statement would cost, what each line of them does."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from segql.api.arguments import Timeout, length_of
from segql.api.statements import plan_of, statement_of, telling_refusals
from segql.engines import open_engine
from segql.engines.base import ArrowStream, Engine, Stream, named_as
from segql.engines.promises import promises_of
from segql.model.nodes import ChangeLog, ChildTable, InTable, Table

if TYPE_CHECKING:
    import pyarrow

    from segql.api.contents import Contents
    from segql.model.clock import Clock
    from segql.project.config import TargetTable
    from segql.report.cost import Cost, StatementKind
    from segql.report.levels import LevelsPreview
    from segql.report.preview import Preview


@contextmanager
def connection(
    contents: Contents,
    target: str,
    names: Sequence[str],
    timeout: Timeout,
    table: TargetTable | None = None,
) -> Iterator[Engine]:
    """A connection to a target for questions about these names; `table`: where it is, if another project says it."""
    engine = open_engine(
        target,
        table or contents.config.targets[target],
        contents.root,
        tables_of(contents, names),
        os.environ,
        promises_of(contents.model, names, contents.place),
        length_of(timeout),
    )
    try:
        yield engine
    finally:
        engine.close()


def tables_of(contents: Contents, names: Iterable[str]) -> list[Table]:
    """The physical tables that the segments rest on."""
    model = contents.model
    tables: dict[Table, None] = {}
    for part in {part for name in names for part in model.depends_on(name)}:
        segment = model.segments.get(part)
        for line in segment.lines if segment is not None else ():
            if isinstance(line, InTable):  # a list that is kept in a table
                tables.setdefault(line.table)
        source = model.sources.get(part)
        if source is None:
            continue
        if source.table is not None:
            tables.setdefault(source.table)
        for attribute in source.attributes.values():
            if isinstance(attribute.storage, ChildTable | ChangeLog):
                tables.setdefault(attribute.storage.table)
    return list(tables)


@contextmanager
def _asking_members(
    contents: Contents, name: str, target: str, clock: Clock, timeout: Timeout
) -> Iterator[tuple[Engine, str, list[str]]]:
    """A connection, the statement, and the names of the key as it is declared."""
    sql = statement_of(contents, name, clock, contents.config.targets[target].engine, "members")
    found = contents.model.segmentations.get(name) or contents.model.segments[name]
    keys = [key.name for key in found.entity.key]
    with connection(contents, target, [name], timeout) as engine:
        yield engine, sql, keys


def members(
    contents: Contents, name: str, target: str, clock: Clock, timeout: Timeout
) -> pyarrow.Table:
    with _asking_members(contents, name, target, clock, timeout) as (engine, sql, keys):
        found = engine.arrow(sql)
        return found.rename_columns(list(named_as(found.column_names, keys)))


@contextmanager
def member_stream(
    contents: Contents, name: str, target: str, clock: Clock, timeout: Timeout
) -> Iterator[Stream]:
    with _asking_members(contents, name, target, clock, timeout) as (engine, sql, keys):
        found = engine.stream(sql)
        yield Stream(named_as(found.columns, keys), found.batches)


@contextmanager
def member_batches(
    contents: Contents, name: str, target: str, clock: Clock, timeout: Timeout
) -> Iterator[ArrowStream]:
    with _asking_members(contents, name, target, clock, timeout) as (engine, sql, keys):
        found = engine.arrow_stream(sql)
        names = list(named_as(found.schema.names, keys))
        batches = (batch.rename_columns(names) for batch in found.batches)
        schema = found.schema.empty_table().rename_columns(names).schema
        yield ArrowStream(schema, batches)


def costs(
    contents: Contents,
    names: Sequence[str],
    target: str,
    clock: Clock,
    of: StatementKind,
    timeout: Timeout,
) -> list[Cost]:
    from segql.report.cost import Cost

    dialect = contents.config.targets[target].engine
    statements = {name: statement_of(contents, name, clock, dialect, of) for name in names}
    with connection(contents, target, names, timeout) as engine:
        return [
            Cost(name, of, target, dialect, clock.now, engine.estimate(sql))
            for name, sql in statements.items()
        ]


def previews(
    contents: Contents,
    names: Sequence[str],
    target: str,
    clock: Clock,
    limit: int,
    timeout: Timeout,
) -> list[Preview | LevelsPreview]:
    from segql.previewing import Previewer
    from segql.report.uses import uses_of

    contents.require(names)
    model = contents.model
    segments = [model.segments[name] for name in names if name in model.segments]
    used = {item: None for segment in segments for item in uses_of(segment)}
    traits = [item for item in used if item in model.traits]
    dialect = contents.config.targets[target].engine
    plan = plan_of(contents, names, clock, dialect, traits)
    with connection(contents, target, names, timeout) as engine, telling_refusals(contents):
        previewer = Previewer(plan, clock, engine, target, dialect, contents.source)
        shown = previewer.previews(segments, limit)
        return [
            previewer.levels(model.segmentations[name])
            if name in model.segmentations
            else shown[name]
            for name in names
        ]
