"""Every operation that we emit, for every dialect: as the vendor has it, lowered to other things, or refused.

sqlglot passes on what a dialect lacks, so nothing but these tables says no: an operation without an entry fails a
test, and a refused one is a diagnostic in the `.seg` file where the project names that target. Pure data.

    entries       Native, Lowered, Refused
    operations    the operations, by chapter
    duckdb …      the table of each dialect
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from segql.sql.capabilities.entries import Capability, Lowered, Native, Refused, Table
from segql.sql.capabilities.operations import CHAPTERS, OPERATIONS, PARTS

__all__ = [
    "CHAPTERS",
    "OPERATIONS",
    "PARTS",
    "Capability",
    "Lowered",
    "Native",
    "Refused",
    "Table",
    "refusal",
    "table_of",
]


@cache
def table_of(dialect: str) -> Table:
    """The entries of a dialect of `segql.dialects`, by operation. ModuleNotFoundError for another name."""
    return cast(Table, import_module(f"segql.sql.capabilities.{dialect}").TABLE)


def refusal(operation: str, dialect: str) -> Refused | None:
    """Why an operation cannot be done; None where it can. KeyError for an operation that is not listed."""
    entry = table_of(dialect)[operation]
    return entry if isinstance(entry, Refused) else None
