"""Diagnostics as JUnit XML, which nearly every CI server reads: a suite a file, a failed case a finding."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from segql.diagnostics import Diagnostic
from segql.report.diagnostics import Sources, render_text
from segql.report.text import shown


def render_junit(diagnostics: Sequence[Diagnostic], sources: Sources, *, prefix: str = "") -> str:
    """Where nothing was found, one suite with a case that passed."""
    files: dict[str, list[Diagnostic]] = {}
    for item in diagnostics:
        files.setdefault(f"{prefix}{item.span.file}" if item.span else "project", []).append(item)
    count = str(len(diagnostics))
    tests = str(max(1, len(diagnostics)))
    root = ElementTree.Element("testsuites", name="segql", tests=tests, failures=count, errors="0")
    for name, items in files.items():
        failed = str(len(items))
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=shown(name),
            tests=failed,
            failures=failed,
            errors="0",
            skipped="0",
        )
        for item in items:
            _case(suite, item, name, sources, prefix)
    if not files:
        suite = ElementTree.SubElement(
            root, "testsuite", name="segql", tests="1", failures="0", errors="0", skipped="0"
        )
        ElementTree.SubElement(suite, "testcase", name="check", classname="segql", time="0")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(
    suite: ElementTree.Element, item: Diagnostic, name: str, sources: Sources, prefix: str
) -> None:
    source = sources(item.span.file) if item.span else None
    place = source.position(item.span.start) if source and item.span else None
    at = f":{place.line}:{place.column}" if place else ""
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=f"{item.code.code} {item.code.name}{at}",
        classname=shown(name),
        time="0",
    )
    failure = ElementTree.SubElement(
        case, "failure", message=shown(item.message), type=str(item.level)
    )
    lines = render_text([item], sources, prefix=prefix).splitlines()
    failure.text = "\n".join(shown(line) for line in lines)
