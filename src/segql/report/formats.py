"""The formats that machines read, by name; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from segql.diagnostics import Diagnostic
from segql.report.diagnostics import Sources

HOMES = {
    "concise": "diagnostics",
    "json": "diagnostics",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
}


class Renderer(Protocol):
    def __call__(
        self, diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = ""
    ) -> str: ...


def renderer(name: str) -> Renderer:
    """The function `render_NAME`. Raises `KeyError` for a format that does not exist."""
    module = import_module(f"segql.report.{HOMES[name]}")
    found: Renderer = getattr(module, f"render_{name}")
    return found
