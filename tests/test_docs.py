"""Every example of the documentation is run: definitions are checked and compiled, commands executed.

The word behind the language of a code block says what it is:

    seg model                  declarations that the blocks below, up to the next model, rest on
    seg                        declarations; without a fault
    seg conditions of X        conditions, one a line, for rows of X
    seg conditions of X's E    conditions for rows of the event E of X
    yaml rows                  the rows of the page's tables
    seg true for X             conditions that hold for every row of X
    seg values of X            values, one a line, for rows of X
    seg … error=CODE           has an error of that code, and no other
    seg … warning=CODE         has a warning of that code, and no error
    seg … sql                  is followed by its SQL, written by docs/generate_language.py
    seg … from=NAME            a part of that file as `segql init` makes it
    seg file=NAME              a file of the project that the page's commands are about
    toml                       a `segql.toml` without a fault
    console                    commands behind `$ `, and what they print; `…` stands for any text
    python                     examples with `>>>`

A line that is only `…` stands for any lines.
"""

from __future__ import annotations

import doctest
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from segql import reference
from segql.diagnostics import Diagnostic
from segql.model import resolve
from segql.model.clock import Clock
from segql.model.nodes import Model, Settings
from segql.plan import plan
from segql.project.config import read_config
from segql.report.english import explain, windows
from segql.source import SourceFile
from segql.sql import compile as sql
from segql.syntax.parser import parse

DOCS = Path(__file__).parents[1] / "docs"
TEMPLATE = DOCS.parent / "src" / "segql" / "templates" / "project"
PAGES = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^```(\w+)[ \t]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETTINGS = Settings("Europe/Warsaw")
CLOCK = Clock(datetime(2026, 1, 1, 7, tzinfo=UTC), SETTINGS)
DIALECTS = ("duckdb", "postgres", "snowflake")


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    words: str
    text: str
    model: str = ""

    def word(self, key: str) -> str | None:
        found = re.search(rf"\b{key}=(\S+)", self.words)
        return found.group(1) if found else None

    @property
    def entity(self) -> str | None:
        found = re.match(r"(?:conditions of|values of|true for) (\w+)", self.words)
        return found.group(1) if found else None


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    model = ""
    for found in FENCE.finditer(text):
        language, words, body = found.groups()
        line = text.count("\n", 0, found.start()) + 1
        if language == "seg" and words.startswith("model"):
            model = body
        yield Block(page, line, language, words.strip(), body, model)


ALL = [block for page in PAGES for block in blocks(page)]
SEG = [block for block in ALL if block.language == "seg" and not block.word("file")]


def names(block: Block) -> str:
    return f"{block.page.stem}:{block.line}"


def declarations(block: Block) -> str:
    """The block as declarations of its own."""
    if block.words.startswith(("conditions", "true")):
        event = re.match(r"conditions of \w+'s (\w+)", block.words)
        inner = f"did {event.group(1)} where {{\n{block.text}\n}}" if event else block.text
        return f"segment example of {block.entity} {{ where {{\n{inner}\n}} }}\n"
    if block.words.startswith("values"):
        lines = [re.sub(r"\s+#.*", "", line) for line in block.text.splitlines()]
        found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return "".join(
            f"segment example_{number} of {block.entity} {{ where {{ ({line}) is known }} }}\n"
            for number, line in enumerate(found)
        )
    return block.text


def checked(block: Block) -> tuple[Model, list[Diagnostic]]:
    sources = [SourceFile("example.seg", declarations(block))]
    if block.word("from"):
        files = sorted(TEMPLATE.rglob("*.seg"))
        sources = [SourceFile(path.name, path.read_text(encoding="utf-8")) for path in files]
    elif not block.words.startswith("model"):
        sources.append(SourceFile("model.seg", block.model))
    parsed = [parse(source) for source in sources if source.text]
    model = resolve([item.file for item in parsed], SETTINGS)
    return model, [*(d for item in parsed for d in item.diagnostics), *model.diagnostics]


def told(diagnostics: list[Diagnostic]) -> list[str]:
    return [f"{d.code.code} {d.level}: {d.message}" for d in diagnostics]


@pytest.mark.parametrize("block", SEG, ids=names)
def test_a_definition_is_as_the_page_says(block: Block) -> None:
    model, diagnostics = checked(block)
    errors = {d.code.code for d in diagnostics if d.is_error}
    warnings = {d.code.code for d in diagnostics if not d.is_error}
    if (code := block.word("error")) is not None:
        assert errors == {code}, told(diagnostics)
        return
    assert not errors, told(diagnostics)
    code = block.word("warning")
    assert warnings == ({code} if code else set()), told(diagnostics)
    for name in (*model.segments, *model.segmentations):
        assert explain(model, name, CLOCK)
        assert windows(model, name, CLOCK) is not None
    for name in model.segments:
        planned = plan(model, [name], CLOCK)
        for dialect in DIALECTS:
            assert "SELECT" in sql.members(planned, name, dialect)


def stated() -> Iterator[object]:
    """Each condition that a page says is true."""
    for block in SEG:
        if block.words.startswith("true"):
            for text in re.split(r"\n(?![ }]|$)", block.text):
                one = replace(block, text=text)
                yield pytest.param(one, id=f"{block.page.stem}: {text}")


@pytest.mark.parametrize("block", list(stated()))
def test_a_condition_is_true_as_the_page_says(block: Block) -> None:
    model, diagnostics = checked(block)
    assert not [d for d in diagnostics if d.is_error], told(diagnostics)
    [rows] = [yaml.safe_load(b.text) for b in blocks(block.page) if b.words == "rows"]
    source = model.segments["example"].entity
    everyone = len(rows[str(source.table)])
    assert everyone
    assert len(reference.members(model, "example", rows, CLOCK.as_of)) == everyone


@pytest.mark.parametrize("block", [b for b in ALL if b.word("from")], ids=names)
def test_a_quoted_file_is_quoted_as_it_stands(block: Block) -> None:
    text = (TEMPLATE / str(block.word("from"))).read_text(encoding="utf-8")
    assert block.text.strip() in text


@pytest.mark.parametrize("block", [b for b in ALL if b.language == "toml"], ids=names)
def test_a_configuration_has_no_fault(block: Block) -> None:
    config, diagnostics = read_config(SourceFile("segql.toml", block.text))
    assert config is not None
    assert not told(list(diagnostics))


# --- commands -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if any(b.language == "console" for b in ALL if b.page == p)],
    ids=lambda p: p.stem,
)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    folder = tmp_path
    for block in blocks(page):
        if name := block.word("file"):
            (folder / name).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        for command, expected in commands(block):
            arguments = shlex.split(command, comments=True)
            if arguments[0] == "cd":
                folder = folder / arguments[1]
                continue
            printed = run(arguments, folder)
            assert matches(expected, printed), f"{names(block)} $ {command}\n{printed}"


def commands(block: Block) -> Iterator[tuple[str, str]]:
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"{names(block)} has text before its first command"
    yield from zip(parts[1::2], parts[2::2], strict=True)


def run(arguments: list[str], folder: Path) -> str:
    """What a command prints, stdout before stderr."""
    assert arguments[0] in ("segql", "git"), f"{arguments} is not a command of this project"
    program = [sys.executable, "-m", "segql"] if arguments[0] == "segql" else ["git"]
    done = subprocess.run(
        [*program, *arguments[1:]],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"},
    )
    return done.stdout + done.stderr


def matches(expected: str, printed: str) -> bool:
    """Whether a text is as expected; columns of a table may be wider or narrower."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
            continue
        indent = line[: len(line) - len(line.lstrip())]
        parts = re.split("(…| {2,})", line.strip())
        said = "".join(
            {"…": ".*?"}.get(p, " {2,}" if p.startswith("  ") else re.escape(p)) for p in parts
        )
        pattern += f"{indent}{said} *\n"
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n") is not None


# --- Python ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if any(b.language == "python" for b in ALL if b.page == p)],
    ids=lambda p: p.stem,
)
def test_python_examples(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parent)
    text = "\n".join(b.text for b in blocks(page) if b.language == "python")
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert test.examples
    failed = doctest.DocTestRunner(optionflags=flags).run(test).failed
    assert failed == 0


# --- pages ----------------------------------------------------------------------------------------


def test_the_table_of_diagnostics_is_up_to_date() -> None:
    script = DOCS / "generate_diagnostics.py"
    code = f"import runpy; print(runpy.run_path({str(script)!r})['page'](), end='')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == (DOCS / "diagnostics.md").read_text(encoding="utf-8")


def test_the_sql_of_the_examples_is_up_to_date() -> None:
    script = runpy.run_path(str(DOCS / "generate_language.py"))
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    assert script["page"](text) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        other = page if not path else page.parent / path
        assert other.exists(), target
        if anchor:
            assert anchor in anchors(other), target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    found: set[str] = set()
    for heading in headings:
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 1
        while (said := anchor if number == 1 else f"{anchor}-{number - 1}") in found:
            number += 1
        found.add(said)
    return found
