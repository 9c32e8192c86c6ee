"""Writes the SQL below the examples of `language.md`.

Run `python docs/generate_language.py` when an example or the SQL of a construct was changed. The word `sql` behind the
language of a code block asks for it: DuckDB's statement in full, for the other dialects the lines that differ.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Model, Settings
from segql.plan import plan
from segql.plan.segmentations import plan_segmentations
from segql.source import SourceFile
from segql.sql.compile import members, traits
from segql.sql.segmentations import levels
from segql.syntax.parser import parse

PAGE = Path(__file__).with_name("language.md")
SETTINGS = Settings("Europe/Warsaw")
CLOCK = Clock(datetime(2026, 1, 1, 7, tzinfo=UTC), SETTINGS)
OTHERS = {"postgres": "Postgres", "snowflake": "Snowflake"}
BLOCK = re.compile(r"^```seg([^\n]*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
MADE = re.compile(r"\n<details><summary>SQL</summary>\n.*?\n</details>\n", re.DOTALL)


def page(text: str) -> str:
    """The text of the page, with the SQL of its examples as it is now."""
    text = MADE.sub("", text)
    model = ""
    parts: list[str] = []
    end = 0
    for found in BLOCK.finditer(text):
        words, body = found.group(1).split(), found.group(2)
        if words[:1] == ["model"]:
            model = body
        parts.append(text[end : found.end()])
        end = found.end()
        if "sql" in words:
            parts.append("\n" + "\n".join(details(words, body, model)) + "\n")
    return "".join([*parts, text[end:]])


def details(words: list[str], body: str, model: str) -> Iterator[str]:
    """The collapsed lines below an example."""
    whole = statement(words, body, model, "duckdb")
    yield "<details><summary>SQL</summary>"
    yield from ("", "```sql", *whole, "```", "")
    for dialect, name in OTHERS.items():
        changed = list(differences(whole, statement(words, body, model, dialect)))
        if changed:
            yield from (f"{name}:", "", "```diff", *changed, "```", "")
        else:
            yield from (f"{name}: the same.", "")
    yield "</details>"


def statement(words: list[str], body: str, model: str, dialect: str) -> list[str]:
    """The lines of what an example compiles to, without the comment at their head."""
    declared, traits_ = declarations(words, body)
    sources = (SourceFile("example.seg", declared), SourceFile("model.seg", model))
    parsed = [parse(source) for source in sources]
    resolved = resolve([item.file for item in parsed], SETTINGS)
    faults = [fault for item in parsed for fault in item.diagnostics] + list(resolved.diagnostics)
    if errors := [fault.message for fault in faults if fault.is_error]:
        raise ValueError(f"{body}\n{errors}")
    text = (
        traits(resolved, traits_, CLOCK, dialect)
        if traits_
        else _definition(resolved, declared, dialect)
    )
    return re.sub(r"^\s*/\*.*?\*/\s*", "", text, flags=re.DOTALL).rstrip().split("\n")


def _definition(model: Model, declared: str, dialect: str) -> str:
    """A segmentation or split, or the last segment."""
    for name in re.findall(r"^(?:segmentation|split) (\w+)", declared, re.MULTILINE):
        asked, found = plan_segmentations(model, [name], CLOCK)
        return levels(asked, found[name], dialect)
    name = re.findall(r"^segment (\w+)", declared, re.MULTILINE)[-1]
    return members(plan(model, [name], CLOCK), name, dialect)


def declarations(words: list[str], body: str) -> tuple[str, list[str]]:
    """An example as declarations; the traits that it is made into, where it is values."""
    text = " ".join(words)
    found = re.match(r"(conditions|values) of (\w+)(?:'s (\w+))?", text)
    if found is None:
        return body, []
    kind, entity, event = found.groups()
    if kind == "conditions":
        inner = f"did {event} where {{\n{body}\n}}" if event else body
        return f"segment example of {entity} {{ where {{\n{inner}\n}} }}\n", []
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in body.splitlines()]
    values = {f"value_{place}": line for place, line in enumerate(filter(None, lines), 1)}
    traits_ = "".join(f"trait {name} of {entity} = {line}\n" for name, line in values.items())
    return traits_, list(values)


def differences(one: list[str], other: list[str]) -> Iterator[str]:
    """The lines that differ, changes apart from each other by an empty line."""
    first = True
    for line in difflib.unified_diff(one, other, lineterm="", n=0):
        if line.startswith(("---", "+++")):
            continue
        if line.startswith("@@"):
            if not first:
                yield ""
            first = False
            continue
        yield line


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
