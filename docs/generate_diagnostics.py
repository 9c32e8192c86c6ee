"""Writes `diagnostics.md`, the table of all codes, from where they are declared.

Run `python docs/generate_diagnostics.py` when a code was added or changed.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import segql
from segql.diagnostics import CODES, Code

PAGE = Path(__file__).with_name("diagnostics.md")

CHAPTERS = {
    "0": ("Files and configuration", "A file cannot be read, or `segql.toml` says something odd."),
    "1": ("Syntax", "The text does not follow the grammar."),
    "2": ("Names", "A name is not declared, declared twice, or stands where it has no meaning."),
    "3": ("Types", "A value is used in a way that its type does not allow."),
    "4": ("Meaning", "It can be read, but says nothing, or not what it seems to say."),
    "5": ("Advice", "Right, but there is a better way."),
    "6": ("Dialects", "It cannot be given its meaning on a target of the project."),
    "7": ("Data", "`segql model check` found that a target does not hold what the model says."),
    "9": ("Not yet supported", "The language has it, this version does not."),
}
HEAD = """\
# Diagnostics

<!-- Made by `python docs/generate_diagnostics.py`; a test compares it with the code. -->

`segql check` reports every fault of every file in one run. A diagnostic has a code, the place, the rule that broke
and, where there is one, a way out. An *error* stops the commands about the segments that rest on the faulty
declaration. A *warning* stops nothing; with `--strict` it makes `check` end with 1.

The first digit of a code says which step found it.
"""


def page() -> str:
    """The text of the page."""
    for module in pkgutil.walk_packages(segql.__path__, "segql."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    parts = [HEAD]
    for digit, (title, says) in CHAPTERS.items():
        codes = [code for _, code in sorted(CODES.items()) if code.code[3] == digit]
        if codes:
            parts.append("\n".join([f"## {title}", "", says, "", *_table(codes), ""]))
    return "\n".join(parts)


def _table(codes: list[Code]) -> list[str]:
    rows = [f"| {c.code} | {c.name} | {c.severity} | {_cell(c.rule)} |" for c in codes]
    return ["| code | name | severity | rule |", "|---|---|---|---|", *rows]


def _cell(text: str) -> str:
    return (text[:1].upper() + text[1:]).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
