"""Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message>
"""

from __future__ import annotations

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.report.diagnostics import Sources


def render_github(diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "") -> str:
    """`::warning file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`, a line each."""
    return "".join(_command(item, sources, prefix) for item in diagnostics)


def _command(item: Diagnostic, sources: Sources, prefix: str) -> str:
    properties: dict[str, object] = {}
    if item.span is not None:
        properties["file"] = f"{prefix}{item.span.file}"
        source = sources(item.span.file)
        if source is not None:
            start, end = source.position(item.span.start), source.position(item.span.end)
            properties |= {"line": start.line, "endLine": end.line}
            if start.line == end.line:  # columns are ignored otherwise
                properties |= {"col": start.column, "endColumn": end.column}
    properties["title"] = f"{item.code.code} {item.code.name}"
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    helps = [f"help: {fix.text}" for fix in item.helps]
    message = "\n".join([item.message, *item.notes, *helps])
    return f"::{item.level} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
