"""Reads the pages of this folder: one case a `##` section, whose title is the wish in words.

    ## Klaviyo: placed order at least 3 times
    ```seg
    did purchase at least 3 times        (the lines of a `where`, or whole declarations)
    ```
    Members: 1, 2                        (worked out by hand; `none` for nobody)

`seg of account` has another subject. Where a block declares several things, or a segmentation, the line names one:
`Members of lifecycle.new: 3`; without a name it is the last segment of the block. `Values of trait: {1: 20}` are
those of a trait, `Refused: SEG999` is an error that `check` must report, and `Reference only: why` says that the
engines refuse the case so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.pages import Section, _Loader

FOLDER = Path(__file__).parent
FENCE = re.compile(r"^```seg(?: of (\w+))?\n([\s\S]*?)^```$", re.MULTILINE)
RESULT = re.compile(r"^(Members|Values|Refused)(?: of ([\w.]+))?: (.+)$", re.MULTILINE)
DECLARATION = re.compile(
    r"^(segment|trait|segmentation|split|list|event|entity|rows) \w", re.MULTILINE
)


@dataclass(frozen=True)
class Result:
    """`Members`, `Values` or `Refused`; of which name; the keys, the values by key, the code."""

    kind: str
    name: str
    expected: Any


@dataclass(frozen=True, eq=False)
class Case:
    page: str
    title: str
    line: int
    source: str
    """What the case declares, below the shared model."""
    results: tuple[Result, ...]
    reference_only: bool


def load() -> list[Case]:
    """Every case of every page of the folder."""
    pages = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")
    return [case for page in pages for case in _cases(page)]


def _cases(page: Path) -> Iterator[Case]:
    head, *sections = re.split(r"^(?=## )", page.read_text("utf-8"), flags=re.MULTILINE)
    line = 1 + head.count("\n")
    for text in sections:
        yield _case(page.stem, text, line)
        line += text.count("\n")


def _case(page: str, text: str, line: int) -> Case:
    title = text.splitlines()[0].removeprefix("## ")
    found = FENCE.search(text)
    assert found, f"{page}:{line}: no block"
    source = found[2]
    if not DECLARATION.search(source):
        lines = "".join(f"    {line}\n" for line in source.splitlines())
        source = f"segment found of {found[1] or 'customer'} {{\n  where {{\n{lines}  }}\n}}\n"
    last = re.findall(r"^segment (\w+)", source, re.MULTILINE)
    results = tuple(
        Result(kind, name or (last[-1] if last else ""), _expected(kind, value))
        for kind, name, value in RESULT.findall(text)
    )
    assert results, f"{page}:{line}: no result"
    return Case(page, title, line, source, results, "\nReference only: " in text)


def _expected(kind: str, text: str) -> Any:
    if kind == "Refused":
        return text.split()[0]
    if kind == "Members":
        return [] if text == "none" else yaml.load(f"[{text}]", _Loader)
    return yaml.load(text, _Loader)


@lru_cache
def shared() -> tuple[str, Section]:
    """The shared model's text, and a section (of no cases) that holds its rows and settings."""
    model = (FOLDER / "shop.seg").read_text("utf-8")
    settings: Mapping[str, Any] = yaml.load((FOLDER / "rows.yaml").read_text("utf-8"), _Loader)
    return model, Section("rows", "shared rows", 1, model, settings, ())
