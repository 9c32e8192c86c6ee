"""Results of tests -> text, JSON, JUnit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree

from segql.report.text import PLAIN, Style, plural, shown, width

Status = Literal["passed", "failed", "broken", "skipped"]
SOME = 5
"""So many segments without a test are named."""


@dataclass(frozen=True)
class Condition:
    """A condition of an explanation, with the values that it met."""

    text: str
    holds: bool
    values: tuple[tuple[str, str], ...] = ()
    parts: tuple[Condition, ...] = ()
    decides: bool = False


@dataclass(frozen=True)
class Failure:
    """An expectation or claim that did not come true: its place, what came out, and why. A fault expects nothing."""

    place: str
    expected: str
    actual: str
    conditions: tuple[Condition, ...] = ()
    deciding: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A `test` or `assert` block and how it ended. `broken`: segql itself disagrees about it."""

    file: str
    line: int
    name: str
    status: Status
    seconds: float
    failures: tuple[Failure, ...] = ()
    expectations: int = 0
    reason: str = ""


@dataclass(frozen=True)
class CoverageLine:
    """A segment's conditions: how many, how many were seen both ways, and what was never seen."""

    segment: str
    conditions: int
    both: int
    missing: tuple[tuple[str, str, str], ...] = ()
    """Place, text, and what was not seen: `never true`, `never false`, `never asked`."""

    @property
    def asked(self) -> bool:
        """Whether any test asked a condition of the segment."""
        unasked = sum(what == "never asked" for _, _, what in self.missing)
        return unasked < self.conditions


@dataclass(frozen=True)
class Tested:
    """All results of a run."""

    results: tuple[Outcome, ...]
    coverage: tuple[CoverageLine, ...] | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())

    def count(self, status: Status) -> int:
        return sum(result.status == status for result in self.results)

    @property
    def covered(self) -> float:
        """Per cent of all conditions that were seen both true and false."""
        lines = self.coverage or ()
        conditions = sum(line.conditions for line in lines)
        return 100 * sum(line.both for line in lines) / conditions if conditions else 100.0


# --- text -------------------------------------------------------------------------------------------


def render_text(tested: Tested, *, style: Style = PLAIN) -> str:
    """File by file, each test in a line; a failure explains itself below."""
    lines: list[str] = []
    file = None
    for result in tested.results:
        if result.file != file:
            file = result.file
            lines += [*([""] if lines and lines[-1] else []), style.bold(file)]
        lines.append(_line(result, style))
        for failure in result.failures:
            lines += ["", *_failure(failure, style)]
        lines += [""] if result.failures else []
    if tested.coverage is not None:
        lines += [*([""] if lines and lines[-1] else []), *_coverage(tested)]
    lines += [*([""] if lines and lines[-1] else []), _summary(tested, style)]
    return "".join(f"{line}\n" for line in lines)


def _line(result: Outcome, style: Style) -> str:
    marks = {
        "passed": style.green("ok"),
        "failed": style.red("failed"),
        "broken": style.red("broken"),
        "skipped": style.yellow("not run"),
    }
    behind = f": {result.reason}" if result.reason else ""
    return f"  {marks[result.status]} {shown(result.name)} (line {result.line}){behind}"


def _failure(failure: Failure, style: Style) -> list[str]:
    expected = f"{failure.expected}; " if failure.expected else ""
    lines = [f"    {failure.place}: {expected}{style.bold(failure.actual)}"]
    rows = list(_rows(failure.conditions, 0))
    widest = min(56, max((width(text) for text, _, _ in rows), default=0))
    for text, holds, values in rows:
        mark = style.green("+") if holds else style.red("-")
        pad = " " * max(0, widest - width(text)) if values else ""
        lines.append(f"      {mark} {text}{pad}{'  ' + style.dim(values) if values else ''}")
    if failure.deciding:
        lines.append(f"    decided by: {'; '.join(map(shown, failure.deciding))}")
    lines += [f"    {note}" for note in failure.notes]
    return lines


def _rows(conditions: Iterable[Condition], depth: int) -> Iterable[tuple[str, bool, str]]:
    for condition in conditions:
        text = shown(condition.text)
        if condition.parts:
            text = text.partition("{")[0].rstrip() if "{" in text else text
        values = ", ".join(
            value if name == condition.text else _value(name, value)
            for name, value in condition.values
        )
        yield "  " * depth + _cut(text), condition.holds, shown(values)
        yield from _rows(condition.parts, depth + 1)


def _value(name: str, value: str) -> str:
    if name == "rows":
        return plural(int(value), "row")
    return f"{name} is {value}"


def _cut(text: str) -> str:
    return text if len(text) <= 76 else text[:75] + "…"


def _coverage(tested: Tested) -> list[str]:
    lines = ["conditions seen both true and false"]
    asked = [line for line in tested.coverage or () if line.asked]
    widest = max((len(line.segment) for line in asked), default=0)
    for line in asked:
        lines.append(f"  {line.segment.ljust(widest)}  {line.both} of {line.conditions}")
        lines += [f"    {place}: {_cut(shown(text))}: {what}" for place, text, what in line.missing]
    others = [line.segment for line in tested.coverage or () if not line.asked]
    if others:
        some = ", ".join(others[:SOME]) + (" …" if len(others) > SOME else "")
        lines.append(f"  {plural(len(others), 'segment')} without a test: {some}")
    conditions = sum(line.conditions for line in tested.coverage or ())
    lines.append(f"  {tested.covered:.0f}% of {plural(conditions, 'condition')}")
    return lines


def _summary(tested: Tested, style: Style) -> str:
    words = (
        ("passed", "passed"),
        ("failed", "failed"),
        ("broken", "broken"),
        ("skipped", "not run"),
    )
    parts = [
        f"{count} {word}"
        for status, word in words
        if (count := tested.count(status))  # type: ignore[arg-type]
    ]
    text = ", ".join(parts) or "no tests"
    bad = tested.count("failed") or tested.count("broken")
    return f"{style.red(text) if bad else text} in {tested.seconds:.2f} s"


# --- JSON -------------------------------------------------------------------------------------------


def render_json(tested: Tested) -> str:
    """One object: `tests`, `coverage` if asked for, and the counts."""
    found: dict[str, object] = {
        "passed": tested.count("passed"),
        "failed": tested.count("failed"),
        "broken": tested.count("broken"),
        "not_run": tested.count("skipped"),
        "seconds": round(tested.seconds, 3),
        "tests": [_json_result(result) for result in tested.results],
    }
    if tested.coverage is not None:
        found["coverage"] = {
            "percent": round(tested.covered, 1),
            "segments": [
                {
                    "segment": line.segment,
                    "conditions": line.conditions,
                    "both": line.both,
                    "missing": [
                        {"place": place, "condition": text, "seen": what}
                        for place, text, what in line.missing
                    ],
                }
                for line in tested.coverage
            ],
        }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _json_result(result: Outcome) -> dict[str, object]:
    return {
        "file": result.file,
        "line": result.line,
        "name": result.name,
        "status": "not run" if result.status == "skipped" else result.status,
        "seconds": round(result.seconds, 3),
        **({"reason": result.reason} if result.reason else {}),
        "failures": [
            {
                "place": failure.place,
                "expected": failure.expected,
                "actual": failure.actual,
                "conditions": [_json_condition(item) for item in failure.conditions],
                "decided_by": list(failure.deciding),
                "notes": list(failure.notes),
            }
            for failure in result.failures
        ],
    }


def _json_condition(item: Condition) -> dict[str, object]:
    return {
        "condition": item.text,
        "holds": item.holds,
        "decides": item.decides,
        "values": dict(item.values),
        "conditions": [_json_condition(part) for part in item.parts],
    }


# --- JUnit ------------------------------------------------------------------------------------------


def render_junit(tested: Tested) -> str:
    """The XML that CI servers read: a suite for each file, a case for each test."""
    root = ElementTree.Element("testsuites", name="segql test", time=f"{tested.seconds:.3f}")
    for file, results in _by_file(tested.results).items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_xml(file),
            tests=str(len(results)),
            failures=str(sum(item.status == "failed" for item in results)),
            errors=str(sum(item.status == "broken" for item in results)),
            skipped=str(sum(item.status == "skipped" for item in results)),
            time=f"{sum(item.seconds for item in results):.3f}",
        )
        for result in results:
            _junit_case(suite, result)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


def _junit_case(suite: ElementTree.Element, result: Outcome) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=_xml(f"{result.name} (line {result.line})"),
        classname=_xml(result.file),
        time=f"{result.seconds:.3f}",
    )
    tag = {"skipped": "skipped", "broken": "error"}.get(result.status, "failure")
    if result.reason:
        ElementTree.SubElement(case, tag, message=_xml(result.reason), type=tag)
    for failure in result.failures:
        message = _xml("; ".join(filter(None, (failure.expected, failure.actual))))
        element = ElementTree.SubElement(case, tag, message=message, type=tag)
        element.text = _xml("\n".join(_failure(failure, PLAIN)).strip("\n"))


def _by_file(results: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for result in results:
        found.setdefault(result.file, []).append(result)
    return found


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in text
    )
