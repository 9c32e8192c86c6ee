"""Coverage-guided fuzzing: no bytes raise, from `decode` over `parse` and `resolve` to SQL and English.

`python -m benchmarks.fuzz [SECONDS]`, 240 by default, needs `pip install atheris`, which is not among the extras. The
examples are the seeds; inputs grow by bytes, tokens and lines of them. A crash or a text that takes longer than ten
seconds ends the run with a traceback and its input, kept in the folder that is named; such an input becomes a test.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["segql"]):
    import segql.sql.duckdb
    import segql.sql.postgres
    import segql.sql.snowflake  # noqa: F401
    from segql.model import resolve
    from segql.model.clock import Clock
    from segql.model.nodes import Model, Settings
    from segql.plan import PlanError, plan
    from segql.report.english import explain
    from segql.source import SourceFile
    from segql.sql.compile import members
    from segql.sql.refusals import refusals
    from segql.syntax.decoding import decode
    from segql.syntax.parser import parse

ROOT = Path(__file__).parent.parent
SECONDS = 240
LARGEST = 4_000
DIALECTS = ("duckdb", "postgres", "snowflake")
SETTINGS = Settings("Europe/Warsaw", "monday", "duckdb")
SHOP = sorted((ROOT / "examples" / "shop").glob("model/*.seg"))
MODEL = [parse(SourceFile(path.name, path.read_text())).file for path in SHOP]
CLOCK = Clock(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), SETTINGS)
DECLARATION = re.compile(r"^(?=(?:entity|event|rows|trait|segment)\b)", re.MULTILINE)
TOKEN = re.compile(r'"[^"\n]*"|\w+|\s+|.', re.DOTALL)


def test_one_input(data: bytes) -> None:
    """A text has faults with places, or each of its segments is SQL in each dialect that does not refuse it."""
    source, faults = decode(data, "fuzz.seg")
    if source is None:
        assert faults
        return
    parsed = parse(source)
    beside = [] if "entity" in source.text else MODEL
    model = resolve([*beside, parsed.file], SETTINGS)
    for fault in (*parsed.diagnostics, *model.diagnostics):
        assert fault.message
        assert fault.span is not None
        if fault.span.file == source.name:
            assert 0 <= fault.span.start <= fault.span.end <= len(source.text)
    for name in model.segments:
        if not any(
            f.is_error for part in model.depends_on(name) for f in model.faults.get(part, ())
        ):
            compile_segment(model, name)


def compile_segment(model: Model, name: str) -> None:
    """To SQL, and to English."""
    for dialect in DIALECTS:
        if refusals([model.segments[name]], [dialect]):
            continue
        try:
            assert members(plan(model, [name], CLOCK, []), name, dialect)
        except PlanError:  # a value: it becomes a diagnostic at its place
            continue
    assert explain(model, name, CLOCK)


# --- inputs ---------------------------------------------------------------------------------------


def seeds() -> list[str]:
    """Each declaration of the examples by itself and whole models; what names no `entity` stands beside the shop's."""
    files = sorted((ROOT / "examples").glob("**/*.seg"))
    texts = [path.read_text() for path in files]
    single = [part.strip() + "\n" for text in texts for part in DECLARATION.split(text)]
    whole = [text for text in texts if "entity" in text]
    return [text for text in (*single, *whole) if text.strip()]


class Mutator:
    """Changes tokens and lines, so that inputs stay close to the language; else bytes, as libFuzzer does."""

    def __init__(self, texts: list[str]) -> None:
        self._tokens = sorted({token for text in texts for token in TOKEN.findall(text)})
        self._lines = sorted({line for text in texts for line in text.splitlines()})

    def __call__(self, data: bytes, largest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.2:
            return bytes(atheris.Mutate(data, largest))
        text = data.decode("utf-8", "replace")
        for _ in range(chance.randint(1, 4)):
            text = (
                self._lined(text, chance) if chance.random() < 0.4 else self._worded(text, chance)
            )
        return text.encode()[:largest]

    def _worded(self, text: str, chance: random.Random) -> str:
        tokens = TOKEN.findall(text) or [""]
        return "".join(self._changed(tokens, tokens + self._tokens, chance))

    def _lined(self, text: str, chance: random.Random) -> str:
        lines = text.splitlines(keepends=True) or [""]
        return "".join(self._changed(lines, lines + [line + "\n" for line in self._lines], chance))

    def _changed(self, parts: list[str], others: list[str], chance: random.Random) -> list[str]:
        at = chance.randrange(len(parts))
        new = {"replace": [chance.choice(others)], "delete": [], "twice": [parts[at]] * 2}
        new["insert"] = [parts[at], chance.choice(others)]
        return parts[:at] + new[chance.choice(sorted(new))] + parts[at + 1 :]


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    folder = Path(tempfile.mkdtemp(prefix="segql-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    texts = [text for text in seeds() if len(text.encode()) <= LARGEST]
    for number, text in enumerate(texts):
        (corpus / f"{number:03}.seg").write_text(text)
    test_one_input(SourceFile("fuzz.seg", texts[0]).text.encode())  # tables are made once, untimed
    print(f"{len(texts)} seeds; crashes are kept in {folder}", file=sys.stderr)
    bounds = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=10"]
    options = [sys.argv[0], *bounds, f"-artifact_prefix={folder}/", str(corpus)]
    atheris.Setup(options, test_one_input, custom_mutator=Mutator(texts))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
