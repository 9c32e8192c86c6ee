"""Text -> tokens, cut into declarations.

One regular expression reads the whole file. The scanner drops the ends of lines that end nothing, cuts
the text where a declaration begins, and limits how deep brackets and operators nest, so that no later
pass can run out of stack. What no form of the language contains becomes a token of its own kind
(`MISTAKES`), which segql.syntax.mistakes explains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from segql.syntax.tables import Tables
from segql.syntax.words import DECLARATION_WORDS, words

MAX_CHARACTERS = 4_000_000
MAX_NESTING = 64
MAX_OPERATORS = 100

#: What people write out of habit; each is a token that the language does not have.
MISTAKES: dict[str, str] = {
    "X_OPERATOR": r"[≤≥≠]|==+|<>|=>|=<|=~|!~|~=|:=|&&?|\|\|?|!(?!=)",
    "X_COMMENT": r"--(?=[ \t]|[A-Za-z]|-)[^\n]*|//[^\n]*|/\*(?:[^*\n]|\*(?!/))*(?:\*/)?",
    "X_DATE": (
        r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{2,4}(?!\w)|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}(?!\w)"
        r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt][0-9:.,Zz+-]*)?"
    ),
    "X_NUMBER": r"[0-9]\w*(?:\.[0-9]\w*)*%?",
    "X_LONG_STRING": r'"""[^\n]*',
    "X_STRING": r'"(?:[^"\\\n]|\\[^\n])*\\?',
    "X_SINGLE_QUOTES": r"'(?:[^'\n]|'')*'|'",
    "X_CURLY_QUOTES": "[“”„‟«][^“”«»\n]*[“”»]|[“”„‟«»‘’‚]",
    "X_BACK_QUOTE": r"`[^`\n]*`?",
    "X_WORD": r"[^\W\d]\w*",
    "X_SEMICOLON": r";",
    "X_PERCENT": r"%",
    "X_STRAY": r"[\s\S]",
}
#: What must not stand directly behind a terminal.
_BEHIND = {
    "NAME": r"(?!\w)",
    "NUMBER": r"(?![\w%]|\.[0-9])",
    "DATE": r"(?!\w)",
    "TIMESTAMP": r"(?![\w.])",
}
#: The ends of lines behind these tokens are dropped.
_CONTINUE = words("COMMA EQUAL ORDER PLUS MINUS STAR SLASH RANGE LBRACE X_OPERATOR")
_CHAIN = frozenset({"PLUS", "MINUS", "STAR", "SLASH"})
_CHAIN_WORDS = frozenset({"not", "since", "until"})
_JOINING_WORDS = frozenset({"and", "or"})
_STARTS_DECLARATION = re.compile(
    r"(?:entity|event|rows|trait|segment|segmentation|split|list)[ \t]+[a-z_]\w*[ \t]*(?:of\b|\{|\"|\()"
    r"|assert[ \t]+\"|test[ \t]+[a-z_][\w.]*[ \t]+as\b"
)


@dataclass(slots=True)
class Chunk:
    """The tokens of one declaration: terminals, texts, places. `too_deep` is a place, if any."""

    kinds: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    too_deep: int | None = None
    has_mistakes: bool = False

    def append(self, kind: str, text: str, start: int, end: int) -> None:
        self.kinds.append(kind)
        self.texts.append(text)
        self.starts.append(start)
        self.ends.append(end)

    def copy(self, other: Chunk, index: int) -> None:
        """Append one token of another chunk."""
        self.append(other.kinds[index], other.texts[index], other.starts[index], other.ends[index])

    def delete(self, start: int, end: int) -> None:
        """Remove the tokens `[start, end)`."""
        for part in (self.kinds, self.texts, self.starts, self.ends):
            del part[start:end]

    def __len__(self) -> int:
        return len(self.kinds)


class Scanner:
    """Reads texts with the terminals of the grammar."""

    def __init__(self, tables: Tables) -> None:
        patterns = dict(tables.patterns)
        del patterns["_NL"]
        groups = ["OR_UNKNOWN", "NAME", "_NL"]
        groups += ["X_OPERATOR", "X_COMMENT", "TIMESTAMP", "DATE", "X_DATE"]
        groups += ["PERCENT", "NUMBER", "X_NUMBER", "LONG_STRING", "X_LONG_STRING", "STRING"]
        groups += sorted(set(patterns) - set(groups))
        sources = {**patterns, **MISTAKES, "_NL": r"\r?\n"}
        parts = [f"(?P<{name}>{sources[name]}){_BEHIND.get(name, '')}" for name in groups]
        marks = "|".join(re.escape(text) for text in tables.punctuation)
        parts.append(f"(?P<MARK>{marks})")
        parts += [f"(?P<{name}>{MISTAKES[name]})" for name in MISTAKES if name not in groups]
        self._scan = re.compile(rf"[ \t]*(?:#[^\n\r]*)?(?:{'|'.join(parts)}|(?P<END>\Z))").finditer
        self._marks = tables.punctuation

    def chunks(self, text: str) -> list[Chunk]:
        """The declarations of a text, in order; every character of code is in one of them."""
        cutter = _Cutter(text)
        marks = self._marks
        for match in self._scan(text):
            kind = match.lastgroup or "END"
            if kind == "END":
                break
            start, end = match.span(kind)
            word = text[start:end]
            cutter.feed(marks[word] if kind == "MARK" else kind, word, start, end)
        return cutter.finish()


class _Cutter:
    """Drops ends of lines, cuts at declarations, watches the nesting."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done: list[Chunk] = []
        self.chunk = Chunk()
        self.brackets: list[str] = []
        self.newline = True  # a line has ended since the last token
        self.newline_at = 0
        self.chain = 0
        self.column = 0

    def feed(self, kind: str, word: str, start: int, end: int) -> None:
        if kind == "_NL":
            if not self.newline:
                self.newline = True
                self.newline_at = start
            return
        if self.newline:
            self.newline = False
            self._end_line(kind, word, start)
        chunk = self.chunk
        if kind == "NAME":
            if word in _CHAIN_WORDS:
                self._lengthen(start)
        elif kind in _MARKS:
            self._mark(kind, start)
        elif kind[0] == "X":
            chunk.has_mistakes = True
        chunk.kinds.append(kind)
        chunk.texts.append(word)
        chunk.starts.append(start)
        chunk.ends.append(end)

    def _end_line(self, kind: str, word: str, start: int) -> None:
        """The first token of a line: a new declaration, a new line of a block, or a continuation."""
        chunk = self.chunk
        if not chunk.kinds:
            self._begin(start)
            return
        joined = word in _JOINING_WORDS or kind == "OR_UNKNOWN" or word in ("&&", "||")
        open_line = chunk.kinds[-1] in _CONTINUE or (chunk.texts[-1] in _JOINING_WORDS)
        if not self.brackets:
            if kind == "LBRACE" or ((joined or open_line) and not self._declares(word, start)):
                if kind == "LBRACE" and not open_line:
                    chunk.append("_NL", "\n", self.newline_at, self.newline_at + 1)
                return
            self._begin(start)
            return
        if self._declares(word, start) and self._column(start) <= self.column:
            self._begin(start)
            return
        if self.brackets[-1] == "{" and not (joined or open_line or kind == "RBRACE"):
            chunk.append("_NL", "\n", self.newline_at, self.newline_at + 1)
            self.chain = 0

    def _declares(self, word: str, start: int) -> bool:
        return word in DECLARATION_WORDS and bool(_STARTS_DECLARATION.match(self.text, start))

    def _column(self, start: int) -> int:
        return start - (self.text.rfind("\n", 0, start) + 1)

    def _begin(self, start: int) -> None:
        if self.chunk.kinds:
            self.done.append(self.chunk)
            self.chunk = Chunk()
        self.brackets = []
        self.chain = 0
        self.column = self._column(start)

    def _mark(self, kind: str, start: int) -> None:
        brackets = self.brackets
        if kind == "LPAR" or kind == "LBRACE":
            brackets.append("(" if kind == "LPAR" else "{")
            if len(brackets) > MAX_NESTING and self.chunk.too_deep is None:
                self.chunk.too_deep = start
            if kind == "LBRACE":
                self.chain = 0
        elif kind == "RPAR":
            if brackets and brackets[-1] == "(":
                brackets.pop()
        elif kind == "RBRACE":
            while brackets and brackets.pop() != "{":
                pass
        elif kind == "COMMA":
            self.chain = 0
        else:
            self._lengthen(start)

    def _lengthen(self, start: int) -> None:
        self.chain += 1
        if self.chain > MAX_OPERATORS and self.chunk.too_deep is None:
            self.chunk.too_deep = start

    def finish(self) -> list[Chunk]:
        if self.chunk.kinds:
            self.done.append(self.chunk)
        return self.done


_MARKS = frozenset({"LPAR", "RPAR", "LBRACE", "RBRACE", "COMMA"}) | _CHAIN
