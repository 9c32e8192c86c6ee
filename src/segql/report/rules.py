"""Pages of rules as text, Markdown and JSON; the codes of the checker have a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segql.diagnostics import Code, Severity
from segql.lint.rule import Rule
from segql.report.text import table


@dataclass(frozen=True)
class Entry:
    """A code with its page (empty where it has none) and whether it applies unless another choice is made."""

    code: Code
    page: str
    default: bool
    fix: str
    """safe, unsafe or none."""

    def as_json(self) -> dict[str, str | bool]:
        return {
            "code": self.code.code,
            "name": self.code.name,
            "severity": str(self.code.severity),
            "rule": self.code.rule,
            "default": self.default,
            "fix": self.fix,
            "page": self.page,
        }


def of_rule(rule: Rule) -> Entry:
    """The entry of a rule."""
    said = re.match(r"\w+", rule.page.section("Fix"))
    return Entry(rule.code, rule.page.text, rule.default, said[0].lower() if said else "none")


def of_code(code: Code) -> Entry:
    """The entry of a code that is no rule's."""
    return Entry(code, "", True, "none")


def text(entry: Entry) -> str:
    """The page as it stands, under its code and name."""
    code = entry.code
    kind = (
        ""
        if code.severity is Severity.ERROR
        else ", on by default"
        if entry.default
        else ", off by default"
    )
    head = f"{code.code} {code.name} ({code.severity}{kind})"
    page = entry.page or f"The rule: {code.rule}."
    return f"{head}\n{'=' * len(head)}\n\n{page}\n"


def markdown(entry: Entry) -> str:
    """The page as a section of a document; its own sections one level below."""
    code = entry.code
    page = re.sub(r"^## ", "#### ", entry.page, flags=re.M) or f"The rule: {code.rule}."
    applies = "on by default" if entry.default else "off by default"
    fix = f", {entry.fix} fix" if entry.fix != "none" else ""
    return f"### {code.code} {code.name}\n\n*{applies}{fix}*\n\n{page}\n"


def listing(entries: Sequence[Entry]) -> str:
    """A line for each: code, name, whether it applies, what its fix is, what it finds."""
    rows = [
        (
            entry.code.code,
            entry.code.name,
            "on" if entry.default else "off",
            f"{entry.fix} fix" if entry.fix != "none" else "",
            entry.page.partition("\n")[0],
        )
        for entry in entries
    ]
    return "".join(f"{line}\n" for line in table(rows, (False,) * 5))
