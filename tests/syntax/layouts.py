"""Texts in any layout: the same tokens with other spaces, ends of lines and comments between them."""

from __future__ import annotations

import random
import re
from pathlib import Path

from segql.source import SourceFile
from segql.syntax.parser import chunks

COMMENTS = [
    "#",
    "# one",
    "#two  ",
    "# and so on",
    '# "quoted" { ( ',
    "# then a = b or c",
    "#\tlist x of y",
]
_OPEN = re.compile(r"COMMA|EQUAL|ORDER|PLUS|MINUS|STAR|SLASH|RANGE|LBRACE")


def disarranged(text: str, random: random.Random, often: float = 0.15) -> str:
    """The text with the layout of somebody in a hurry; means the same."""
    made: list[str] = []
    declarations = chunks(SourceFile("test.seg", text))
    for chunk in declarations:
        made.append(_gap(random, "\n", often) if made else _gap(random, "", often))
        brackets: list[str] = []
        last = ""
        for kind, word in zip(chunk.kinds, chunk.texts, strict=True):
            if kind == "_NL":
                made.append(_gap(random, "\n", often))
                last = kind
                continue
            if last and last != "_NL":
                free = _is_free(kind, word, last, brackets, made[-1])
                made.append(_gap(random, "\n" if free and random.random() < often else " ", often))
            if kind in ("LPAR", "LBRACE"):
                brackets.append(kind)
            elif kind in ("RPAR", "RBRACE") and brackets:
                brackets.pop()
            made.append(word)
            last = kind
    made.append(_gap(random, "\n", often))
    return "".join(made).replace("\n", random.choice(["\n", "\n", "\r\n"]))


def _is_free(kind: str, word: str, last: str, brackets: list[str], before: str) -> bool:
    """Whether a line may end before this token."""
    if brackets and brackets[-1] == "LPAR":
        return True
    if not brackets:  # a name at the start of a line could begin a declaration
        return last == "EQUAL"
    return (
        bool(_OPEN.fullmatch(last))
        or kind == "RBRACE"
        or word in ("and", "or")
        or before in ("and", "or")
    )


def _gap(random: random.Random, least: str, often: float) -> str:
    if least == " ":
        return random.choice(["", "", " ", "   ", "\t"]) or " "
    if least == "":
        return "".join(_own_line(random) for _ in range(random.randint(0, 2)))
    behind = " " * random.randint(0, 3) + random.choice(COMMENTS) if random.random() < often else ""
    rest = "".join(_own_line(random) for _ in range(3) if random.random() < often)
    return f"{behind}\n{rest}{' ' * random.randint(0, 9)}"


def _own_line(random: random.Random) -> str:
    return random.choice(["\n", "  \n", f"{' ' * random.randint(0, 5)}{random.choice(COMMENTS)}\n"])


def mutations(path: Path) -> list[str]:
    """The declarations of a file, each with one token left out, twice, or in the place of the next."""
    text = path.read_text(encoding="utf-8")
    found: list[str] = []
    for chunk in chunks(SourceFile(path.name, text)):
        base, end = chunk.starts[0], chunk.ends[-1]
        places = [
            (start - base, stop - base)
            for kind, start, stop in zip(chunk.kinds, chunk.starts, chunk.ends, strict=True)
            if kind != "_NL"
        ]
        code = text[base:end]
        for index, (start, stop) in enumerate(places):
            found.append(code[:start] + code[stop:])
            found.append(f"{code[:stop]} {code[start:]}")
            if index + 1 < len(places):
                first, last = places[index + 1]
                swapped = code[first:last] + code[stop:first] + code[start:stop]
                found.append(code[:start] + swapped + code[last:])
    return found
