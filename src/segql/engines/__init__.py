"""Connections that run SQL for a target of `segql.toml`.

    base.py          the protocol `Engine`, results, and how a failure is told
    limits.py        the time that answers may take
    promises.py      what the model says of the physical columns, for all engines
    duckdb.py        an embedded DuckDB over a database file or over data files
    duckdb_files.py  the views over data files
    postgres.py      Postgres through psycopg 3 (extra `segql[postgres]`)
    snowflake.py     Snowflake through its connector (extra `segql[snowflake]`)

Nothing here can write to the data it reads, and nothing is tried twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from segql.dialects import DIALECTS
from segql.engines.base import Engine, failed

if TYPE_CHECKING:
    from segql.engines.promises import Promise
    from segql.model.nodes import Table
    from segql.project.config import TargetTable


def open_engine(
    name: str,
    target: TargetTable,
    root: Path,
    tables: Sequence[Table],
    environ: Mapping[str, str],
    promises: Sequence[Promise] = (),
    timeout: timedelta | None = None,
    broken: dict[Table, str] | None = None,
) -> Engine:
    """Connect to the target `name`.

    `root` is the project's folder, `tables` are those that will be asked (a DuckDB over files looks for nothing else),
    `environ` holds the secrets, `promises` say what the columns of the tables are declared as, `timeout` is how long
    all answers together may take. `broken`, where it is given, takes the tables whose file cannot be read, and why, so
    that the others can be asked; otherwise such a file is an error. Raises `segql.errors.EngineError`.
    """
    if target.engine == "duckdb":
        from segql.engines.duckdb import open_duckdb

        return open_duckdb(name, target, root, tables, environ, promises, timeout, broken)
    if target.engine == "postgres":
        from segql.engines.postgres import open_postgres

        return open_postgres(name, target, environ, promises, timeout)
    if target.engine == "snowflake":
        from segql.engines.snowflake import open_snowflake

        return open_snowflake(name, target, root, environ, promises, timeout)
    raise failed(
        name,
        f"segql does not run statements on {DIALECTS[target.engine]}",
        f"choose another with `--target`; `segql compile NAME --dialect {target.engine}` prints a statement for it",
    )
