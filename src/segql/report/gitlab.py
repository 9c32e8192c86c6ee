"""Diagnostics as a Code Quality report of GitLab.

<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.report.diagnostics import Sources
from segql.report.sarif import fingerprint


def render_gitlab(diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "") -> str:
    """A list of findings; an error is `major`, a warning `minor`. What has no place is told of `segql.toml`."""
    seen: Counter[str] = Counter()
    found = []
    for item in diagnostics:
        path, begin, end = f"{prefix}segql.toml", 1, 1
        if item.span is not None:
            path = f"{prefix}{item.span.file}"
            source = sources(item.span.file)
            if source is not None:
                begin = source.position(item.span.start).line
                end = source.position(item.span.end).line
        found.append(
            {
                "description": item.message,
                "check_name": item.code.code,
                "fingerprint": fingerprint(item, prefix, seen),
                "severity": "major" if item.is_error else "minor",
                "location": {"path": path, "lines": {"begin": begin, "end": end}},
            }
        )
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
