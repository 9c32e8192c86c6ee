"""Exceptions of the outer edge: what a caller of the API or the command line can do nothing about but be told.

Inside, a pass returns what it made and its diagnostics; only where a result was asked for that cannot be
given (a segment with faults, an engine that does not answer) does one of these leave the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from segql.diagnostics import Diagnostic
    from segql.source import SourceFile


class SegqlError(Exception):
    """Anything that segql says no to. `str(error)` is one clear sentence; `hint`, where there is one, a way out."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(SegqlError):
    """Asked wrongly: no project here, no such segment, target or dialect, an `as of` that is no instant."""


class FaultsError(SegqlError):
    """What was asked for rests on declarations with faults; `diagnostics` are those.

    `segql.report.diagnostics.render_text(error.diagnostics, error.source)` shows them as the command line does.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        diagnostics: Sequence[Diagnostic],
        source: Callable[[str], SourceFile | None],
        root: Path,
    ) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)
        self.source = source
        self.root = root


class ConfigurationError(FaultsError):
    """`segql.toml` has faults; `diagnostics` are those."""

    exit_code = 2


class EngineError(SegqlError):
    """The engine of a target failed: no file, no table, no connection, or killed in between."""

    exit_code = 3


class StatementError(EngineError):
    """The engine refused one statement, or failed at it; it still answers others."""
