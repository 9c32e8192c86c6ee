"""A rule: its code, the page that its module's docstring is, and the check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from segql.diagnostics import Code, Diagnostic, Edit, Fix, Label, Severity, declare
from segql.lint.subject import Subject
from segql.source import Span


class RuleModule(Protocol):
    """What a file in `rules/` has."""

    __doc__: str | None
    CODE: Code

    @property
    def check(self) -> Callable[[Subject], Iterable[Diagnostic]]: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """`default`: it applies unless `segql.toml` says otherwise."""

    code: Code
    page: Page
    check: Callable[[Subject], Iterable[Diagnostic]]
    default: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of a page: a summary line, what it does and why, the code blocks, what a fix does."""

    text: str

    @property
    def summary(self) -> str:
        """The first line: what is found."""
        return self.text.partition("\n")[0]

    def section(self, title: str) -> str:
        """The text below `## title`, empty where there is none."""
        found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", self.text, re.M | re.S)
        return found[1].strip() if found else ""

    def blocks(self, title: str, language: str) -> tuple[str, ...]:
        """The code blocks of a section in one language; `<U+200B>` in them stands for that character."""
        found = re.findall(rf"^```{language}\n(.*?)^```$", self.section(title), re.M | re.S)
        return tuple(
            re.sub("<U\\+([0-9A-F]+)>", lambda at: chr(int(at[1], 16)), text) for text in found
        )


def advice(code: str, name: str, rule: str) -> Code:
    """Declare the code of a rule: a warning, which `segql.toml` can make an error."""
    return declare(code, name, rule, Severity.WARNING)


def rule_of(module: RuleModule, *, default: bool = True) -> Rule:
    """The rule in a file of `rules/`."""
    return Rule(module.CODE, Page((module.__doc__ or "").strip()), module.check, default)


def finding(
    code: Code,
    message: str,
    span: Span,
    label: str = "",
    *,
    more: Iterable[Label] = (),
    notes: Iterable[str] = (),
    helps: Iterable[Fix | str] = (),
) -> Diagnostic:
    """A diagnostic in one call; a plain `str` among `helps` is an advice without edits."""
    fixes = tuple(Fix(item) if isinstance(item, str) else item for item in helps)
    return Diagnostic(code, message, (Label(span, label), *more), tuple(notes), fixes)


def missing(subject: Subject, code: Code, part: str) -> Iterator[Diagnostic]:
    """A finding for each segment or segmentation without this metadata."""
    for name, audience in subject.audiences:
        if not getattr(audience, part).strip():
            yield finding(code, f"`{name.text}` has no {part}", name.span, "declared here")


def replacing(span: Span, new: str, *, safe: bool, text: str = "") -> Fix:
    """The fix that writes `new` in the place of `span`."""
    return Fix(text or f"write `{new}`", (Edit(span, new),), safe)
