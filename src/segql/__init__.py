"""segql: customer segments as code.

    >>> import segql
    >>> project = segql.load("examples/shop")
    >>> project.diagnostics                             # what is wrong with it, as values
    >>> print(project.sql("lapsed_vips", dialect="snowflake"))
    >>> project.members("lapsed_vips")                  # a pyarrow.Table of keys

The modules, in the order in which a definition passes through them:

    source          files, spans, lines and columns
    diagnostics     what was found wrong: values with codes, places and fixes
    dialects        the dialects that there are, by name
    syntax          text -> tree
    project         finds `segql.toml`, reads it and the `.seg` files
    model           tree -> names resolved, types known
    plan            model -> normal form -> plan with shared aggregates
    sql             plan -> SQL of each dialect
    engines         run SQL on a target
    reference       a slow, obvious evaluator over Python rows: what the others are compared with
    lint            advice beyond right and wrong
    report          diagnostics and results -> text, JSON
    api             load a project and ask it: what is exported here
    changes         what changed against another version of the project
    publish         a project's SQL as files, for CI and for dbt
    cli             the commands

Beside them stands `errors`, the exceptions that leave the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.version import __version__

if TYPE_CHECKING:
    from segql.api import Project, load
    from segql.diagnostics import Diagnostic
    from segql.errors import (
        ConfigurationError,
        EngineError,
        FaultsError,
        SegqlError,
        UsageError,
    )
    from segql.model.chance import split_part
    from segql.report.preview import Preview

__all__ = [
    "ConfigurationError",
    "Diagnostic",
    "EngineError",
    "FaultsError",
    "Preview",
    "Project",
    "SegqlError",
    "UsageError",
    "__version__",
    "load",
    "split_part",
]

_HOMES = {
    "Project": "segql.api",
    "load": "segql.api",
    "Diagnostic": "segql.diagnostics",
    "Preview": "segql.report.preview",
    "ConfigurationError": "segql.errors",
    "EngineError": "segql.errors",
    "FaultsError": "segql.errors",
    "SegqlError": "segql.errors",
    "UsageError": "segql.errors",
    "split_part": "segql.model.chance",
}


def __getattr__(name: str) -> object:
    """Import what is exported when it is first asked for: `import segql` itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'segql' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
