"""Diagnostics as SARIF 2.1.0 (OASIS), which code scanning of GitHub, Azure DevOps and editors read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from segql.diagnostics import Code, Diagnostic, Edit, Fix, Label
from segql.report.diagnostics import Sources
from segql.source import Span
from segql.version import __version__

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render_sarif(diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "") -> str:
    """One run. Columns count characters from 1; `prefix` stands before file names."""
    codes = sorted({item.code.code: item.code for item in diagnostics}.items())
    index = {code: place for place, (code, _) in enumerate(codes)}
    seen: Counter[str] = Counter()
    driver = {
        "name": "segql",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for _, code in codes],
    }
    results = [
        _result(item, index[item.code.code], fingerprint(item, prefix, seen), sources, prefix)
        for item in diagnostics
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def fingerprint(item: Diagnostic, prefix: str, seen: Counter[str]) -> str:
    """The same for the same finding in another place of its file; each time it is seen, another one."""
    place = f"{prefix}{item.span.file}" if item.span else ""
    key = "\0".join((place, item.code.code, item.message))
    seen[key] += 1
    return hashlib.sha256(f"{key}\0{seen[key]}".encode()).hexdigest()


def _rule(code: Code) -> dict[str, Any]:
    """With all that GitHub asks of a rule: a long description and a text of help as well."""
    from segql.lint.rules import RULES  # only where this format is asked for
    from segql.report.rules import of_code, of_rule, text

    entry = next((of_rule(rule) for rule in RULES if rule.code is code), of_code(code))
    page = {"markdown": entry.page} if entry.page else {}
    return {
        "id": code.code,
        "name": "".join(part.capitalize() for part in code.name.split("-")),
        "shortDescription": {"text": code.rule},
        "fullDescription": {"text": entry.page.partition("\n")[0] or f"The rule: {code.rule}."},
        "help": {"text": text(entry)} | page,
        "defaultConfiguration": {"level": str(code.severity)},
    }


def _result(
    item: Diagnostic, index: int, mark: str, sources: Sources, prefix: str
) -> dict[str, Any]:
    text = "\n".join(
        [item.message, *(label.text for label in item.labels[:1] if label.text), *item.notes]
    )
    result: dict[str, Any] = {
        "ruleId": item.code.code,
        "ruleIndex": index,
        "level": str(item.level),
        "message": {"text": text},
        "partialFingerprints": {"segql/v1": mark},
    }
    if item.span:
        result["locations"] = [{"physicalLocation": _place(item.span, sources, prefix)}]
    if len(item.labels) > 1:
        result["relatedLocations"] = [_related(label, sources, prefix) for label in item.labels[1:]]
    fixes = [_fix(fix, sources, prefix) for fix in item.helps if fix.edits]
    if fixes:
        result["fixes"] = fixes
    return result


def _related(label: Label, sources: Sources, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {"physicalLocation": _place(label.span, sources, prefix)}
    return found | ({"message": {"text": label.text}} if label.text else {})


def _place(span: Span, sources: Sources, prefix: str) -> dict[str, Any]:
    """A file that could not be read has a first line: a place without a line is shown nowhere."""
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(f"{prefix}{span.file}")},
        "region": {"startLine": 1},
    }
    source = sources(span.file)
    if source is not None:
        start, end = source.position(span.start), source.position(span.end)
        place["region"] = {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }
    return place


def _fix(fix: Fix, sources: Sources, prefix: str) -> dict[str, Any]:
    files: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        files.setdefault(edit.span.file, []).append(edit)
    changes = []
    for edits in files.values():
        places = [(edit, _place(edit.span, sources, prefix)) for edit in edits]
        changes.append(
            {
                "artifactLocation": places[0][1]["artifactLocation"],
                "replacements": [
                    {
                        "deletedRegion": place["region"],
                        "insertedContent": {"text": edit.text},
                    }
                    for edit, place in places
                ],
            }
        )
    return {"description": {"text": fix.text}, "artifactChanges": changes}
