"""A project made of texts, checked with the rules."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from segql.diagnostics import Diagnostic
from segql.lint.example import MODEL
from segql.lint.judge import judge, options_of, unknown_in
from segql.lint.subject import Subject
from segql.model import resolve
from segql.model.nodes import Settings
from segql.project.config import read_config
from segql.source import SourceFile
from segql.syntax.parser import parse

SETTINGS = Settings("Europe/Warsaw")
PROJECT = '[project]\nname = "test"\ntimezone = "Europe/Warsaw"\n'


def subject_of(
    texts: Mapping[str, str],
    toml: str = "",
    *,
    everything: bool = False,
    settings: Settings = SETTINGS,
    lists: Mapping[tuple[str, str], tuple[str, ...] | str] = MappingProxyType({}),
) -> tuple[Subject, list[Diagnostic]]:
    """What rules see, and what was found without them."""
    config_source = SourceFile("segql.toml", PROJECT + toml)
    config, faults = read_config(config_source)
    assert config is not None, faults
    sources = {name: SourceFile(name, text) for name, text in texts.items()}
    parsed = [parse(source) for source in sources.values()]
    model = resolve([one.file for one in parsed], settings, lists=lists)
    found = [*(item for one in parsed for item in one.diagnostics), *model.diagnostics]
    found += unknown_in(config.lint, model, config_source)
    whole = not any(item.is_error for item in found)
    options = options_of(config.lint, everything=everything)
    files = [one.file for one in parsed]
    return Subject(files, sources, model, options, whole=whole), found


def check(texts: Mapping[str, str], toml: str = "") -> tuple[Diagnostic, ...]:
    """All that `segql check` tells of these files."""
    subject, found = subject_of(texts, toml)
    return judge(subject, found)


def check_example(text: str, toml: str = "") -> tuple[Diagnostic, ...]:
    """The same of declarations beside the model of the rules' pages, which nothing is told of."""
    ignored = '\n[lint.paths."model.seg"]\nignore = ["all"]\n'
    return check({"model.seg": MODEL, "case.seg": text}, toml + ignored)


def codes(items: tuple[Diagnostic, ...]) -> list[str]:
    return sorted(item.code.code for item in items)
