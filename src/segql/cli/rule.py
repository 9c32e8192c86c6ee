"""`segql rule`: the page of a rule."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from segql.cli import output
from segql.cli.options import (
    among,
    one_of,
)
from segql.diagnostics import CODES, Code, suggest
from segql.errors import UsageError

if TYPE_CHECKING:
    from segql.report.rules import Entry

_DECLARING = (
    "segql.syntax.codes",
    "segql.model.codes",
    "segql.project.config",
    "segql.project.sources",
    "segql.lint.options",
    "segql.plan.constants",
    "segql.sql.refusals",
    "segql.database.codes",
)
"""The modules that declare codes, beside the rules."""

FORMATS = ("text", "json", "markdown")


def rule_names(incomplete: str) -> list[str]:
    """The codes and the names of rules that begin so, for a shell."""
    from segql.lint.rules import RULES

    names = [name for rule in RULES for name in (rule.code.code, rule.code.name)]
    return sorted(name for name in names if name.startswith(incomplete))


def rule(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|NAME", autocompletion=rule_names, help="Rules, by code or by name."
        ),
    ] = None,
    all_rules: Annotated[bool, typer.Option("--all", help="All rules.")] = False,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            autocompletion=among(FORMATS),
            help="How to print them.",
        ),
    ] = "text",
) -> None:
    """Print why a rule finds something, and what to write instead."""
    from segql.lint.rules import RULES
    from segql.report import rules as report

    chosen = one_of("--format", format, FORMATS)
    if not names and not all_rules:
        raise UsageError("name a rule, or ask for `--all`", "for example `segql rule SEG521`")
    if names and all_rules:
        raise UsageError("`--all` is all rules, and some are named", "leave out one of them")
    entries = [report.of_rule(item) for item in RULES]
    if names:
        entries = [_entry(name, entries) for name in names]
    if chosen == "json":
        documents = [item.as_json() for item in entries]
        output.write(json.dumps(documents, ensure_ascii=False, indent=2) + "\n")
    elif chosen == "markdown":
        output.write("\n".join(report.markdown(item) for item in entries))
    elif names:
        output.write("\n".join(report.text(item) for item in entries))
    else:
        output.write(report.listing(entries))


def _entry(name: str, entries: list[Entry]) -> Entry:
    """A rule, or another code of the checker. Raises `UsageError`."""
    from segql.report import rules as report

    known = {item.code.code: item for item in entries} | {item.code.name: item for item in entries}
    for code in _other_codes():
        known |= {code.code: report.of_code(code), code.name: report.of_code(code)}
    found = known.get(name) or known.get(name.upper()) or known.get(name.lower())
    if found is None:
        number = f"SEG{name}"
        near = [number] if number in known else suggest(name, filter(str.islower, known))
        hint = f"did you mean `{near[0]}`?" if near else "`segql rule --all` lists them"
        raise UsageError(f"there is no rule `{name}`", hint)
    return found


def _other_codes() -> tuple[Code, ...]:
    """All codes but those of rules."""
    for module in _DECLARING:
        import_module(module)
    return tuple(code for _, code in sorted(CODES.items()) if not code.code.startswith("SEG5"))
