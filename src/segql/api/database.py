"""The model and a target's own catalogue: a first draft of it, and whether the target holds what it says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from segql.api.answers import tables_of
from segql.api.arguments import Timeout, length_of
from segql.diagnostics import Diagnostic
from segql.engines import open_engine
from segql.engines.base import failed
from segql.engines.catalogue import read_catalogue, tables_of_files
from segql.engines.duckdb_files import files_of, find_files
from segql.engines.promises import promises_of
from segql.errors import FaultsError, UsageError

if TYPE_CHECKING:
    from segql.api.contents import Contents
    from segql.model.clock import Clock
    from segql.model.nodes import Table
    from segql.report.model_check import ModelCheck


def draft_model(contents: Contents, target: str, schemas: Sequence[str], timeout: Timeout) -> str:
    from segql.database.draft import draft

    table = contents.config.targets[target]
    files = table.files is not None
    tables = tables_of_files(target, table, contents.root) if files else []
    broken: dict[Table, str] = {}
    engine = open_engine(
        *(target, table, contents.root, tables, os.environ, ()), length_of(timeout), broken
    )
    try:
        found = read_catalogue(engine, table.engine, schemas)
        if not any(item.readable for item in found):
            if broken:
                raise failed(target, next(iter(broken.values())))
            raise _no_tables(target, schemas)
        return draft(engine, table.engine, contents.settings, found, target, broken)
    finally:
        engine.close()


def check_model(
    contents: Contents,
    faults: Iterable[Diagnostic],
    target: str,
    clock: Clock,
    limit: int,
    fresh_within: timedelta | None,
    timeout: Timeout,
) -> ModelCheck:
    """`faults`: all that is wrong with the project."""
    from segql.database.check import Checker
    from segql.sql.refusals import NOT_IN_DIALECT

    model, table = contents.model, contents.config.targets[target]
    refused = contents.refused(model.segments, [table.engine], model.traits)
    mine = [item for item in faults if item.code != NOT_IN_DIALECT or item in refused]
    names = [*_faultless_sources(contents, mine), *model.segments]
    tables, others = tables_of(contents, names), []
    if table.files is not None:
        files = find_files(target, table.patterns, contents.root)
        tables = [item for item in tables if files_of(item, files)]
        others = [str(item) for item in tables_of_files(target, table, contents.root)]
    promises = promises_of(model, names, contents.place) if table.files is not None else ()
    broken: dict[Table, str] = {}
    engine = open_engine(
        *(target, table, contents.root, tables, os.environ, promises), length_of(timeout), broken
    )
    try:
        return Checker(
            *(model, engine, table.engine, clock, read_catalogue(engine, table.engine)),
            limit=limit,
            fresh_within=fresh_within or table.freshness,
            converts=table.files is not None,
            others=others,
            broken=broken,
        ).check(target)
    finally:
        engine.close()


def _faultless_sources(contents: Contents, faults: Iterable[Diagnostic]) -> list[str]:
    """The names of the model's sources. Raises `FaultsError`, `UsageError`."""
    model = contents.model
    others = {
        fault
        for name in model.needs.keys() - model.sources.keys()
        for fault in model.faults.get(name, ())
    }
    files = {source.span.file for source in model.sources.values()}
    mine = [
        fault
        for fault in faults
        if fault.is_error and fault not in others
        if not files or (fault.span is not None and fault.span.file in files)
    ]
    if mine:
        message = f"the model has faults: {mine[0].message}"
        raise FaultsError(message, mine, contents.source, contents.root)
    if not model.sources:
        raise UsageError(
            "the project declares no entity, event or rows", "`segql model draft` writes some"
        )
    return list(model.sources)


def _no_tables(target: str, schemas: Sequence[str]) -> UsageError:
    where = f" in {' or '.join(f'the schema `{name}`' for name in schemas)}" if schemas else ""
    return UsageError(
        f"the target `{target}` has no table{where} that its user may read",
        "another schema is chosen with `--schema NAME`" if schemas else "",
    )
