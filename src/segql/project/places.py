"""Where the tables and keys of a TOML text stand: `tomllib` gives values without places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segql.source import SourceFile, Span

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_DOTTED})[ \t]*\]\]?")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=[ \t]*")
_STRING = re.compile(
    r"""\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}]|\n""",
    re.DOTALL,
)
Path = tuple[str, ...]


class Places:
    """The spans of the keys and values of one TOML file, by their path (`("targets", "prod", "engine")`)."""

    def __init__(self, source: SourceFile) -> None:
        self._file = source.name
        self._keys: dict[Path, Span] = {}
        self._values: dict[Path, Span] = {}
        self._read(source.text)

    def key(self, path: Sequence[str]) -> Span:
        """The key itself, or the nearest table above it, or the file's start."""
        at = tuple(path)
        while at:
            if at in self._keys:
                return self._keys[at]
            at = at[:-1]
        return Span(self._file, 0, 0)

    def value(self, path: Sequence[str]) -> Span:
        """What stands behind the `=`, or where the key would stand."""
        return self._values.get(tuple(path)) or self.key(path)

    def values(self) -> Iterator[tuple[Path, Span]]:
        """Every value that stands behind a key."""
        yield from self._values.items()

    def _read(self, text: str) -> None:
        table: Path = ()
        at = 0
        while at < len(text):
            if header := _HEADER.match(text, at):
                table = _parts(header[1])
                self._keys.setdefault(table, Span(self._file, header.start(1), header.end(1)))
                at = _line_end(text, header.end())
            elif key := _KEY.match(text, at):
                end = _value_end(text, key.end())
                path = table + _parts(key[1])
                self._keys.setdefault(path, Span(self._file, key.start(1), key.end(1)))
                stop = key.end() + len(_uncommented(text[key.end() : end]))
                self._values.setdefault(path, Span(self._file, key.end(), stop))
                at = _line_end(text, end)
            else:
                at = _line_end(text, at)


def syntax_place(source: SourceFile, message: str) -> tuple[Span, str]:
    """Place and plain words of a message of `tomllib` ("… (at line 3, column 7)", "… (at end of document)")."""
    found = re.search(r"\s*\(at line (\d+), column (\d+)\)$", message)
    text = source.text
    if not found:
        words = re.sub(r"\s*\(at end of document\)$", "", message)
        return Span(source.name, max(0, len(text.rstrip()) - 1), len(text.rstrip())), _plain(words)
    start = 0
    for _ in range(int(found[1]) - 1):
        start = text.find("\n", start) + 1
    start = min(start + int(found[2]) - 1, len(text))
    end = start + 1 if start < len(text) and text[start] != "\n" else start
    return Span(source.name, start, end), _plain(message[: found.start()])


def _plain(words: str) -> str:
    return words[:1].lower() + words[1:]


def _parts(dotted: str) -> Path:
    """The names of a dotted key, without their quotes (escapes are left as they stand)."""
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, dotted))


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _value_end(text: str, at: int) -> int:
    """Where a value ends: the end of its line, outside of strings and brackets."""
    depth = 0
    for token in _STRING.finditer(text, at):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            return token.start()
    return len(text)


def _uncommented(value: str) -> str:
    """A value without the comment behind it and the spaces around."""
    for token in _STRING.finditer(value):
        if token[0].startswith("#") and "\n" not in value[token.start() :]:
            return value[: token.start()].rstrip()
    return value.rstrip()
