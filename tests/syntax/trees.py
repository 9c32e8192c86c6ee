"""What the tests of the syntax share: trees as short text, trees without places, walks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from segql.source import SourceFile, Span
from segql.syntax import tree
from segql.syntax.parser import Parsed, parse, parse_expression

HERE = Path(__file__).parent
HEAD = "segment s of customer {\n  where {\n"
TAIL = "  }\n}\n"
NOWHERE = Span("", 0, 0)


def read(text: str) -> Parsed:
    return parse(SourceFile("test.seg", text))


def condition(text: str) -> tree.Condition | tree.Value:
    """The tree of one condition or value, which has no fault."""
    parsed = parse_expression(SourceFile("test.seg", text))
    assert not parsed.diagnostics, (text, parsed.diagnostics)
    assert parsed.expression is not None
    return parsed.expression


def children(node: tree.Node) -> Iterator[tree.Node]:
    for name in type(node)._names:
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, tree.Node):
                yield item


def walk(node: tree.Node) -> Iterator[tree.Node]:
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(children(item))


def bare(node: object) -> object:
    """The same without places: the class and the fields."""
    if isinstance(node, tree.Node):
        fields = {k: bare(v) for k, v in node.__dict__.items() if k != "span"}
        return type(node).__name__, tuple(sorted(fields.items()))
    if isinstance(node, tuple):
        return tuple(bare(item) for item in node)
    return node


def short(node: object) -> str:
    """A tree on one line: fields that have their default are left out, names are bare."""
    if isinstance(node, tree.Name):
        return f"`{node.text}`" if node.quoted else node.text
    if isinstance(node, tree.Path):
        return ".".join(short(part) for part in node.parts)
    if isinstance(node, tree.Number | tree.Percent):
        value = Decimal(node.text.replace("_", "").removesuffix("%"))
        assert value == node.value
        return node.text
    if isinstance(node, tree.Text):
        return ('"' if not node.triple else '"""') + repr(node.value)[1:-1] + '"'
    if isinstance(node, tree.Node):
        defaults = type(node)._defaults
        fields = [
            f"{key}={short(getattr(node, key))}"
            for key in type(node)._names
            if key != "span" and (key not in defaults or getattr(node, key) != defaults[key])
        ]
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, tuple):
        return f"[{', '.join(short(item) for item in node)}]"
    return str(node)


def pairs(page: str, kinds: str) -> list[tuple[str, str, str]]:
    """The cases of a Markdown page: kind, code, and the text block behind it."""
    text = (HERE / page).read_text(encoding="utf-8")
    return re.findall(rf"```({kinds})\n(.*?)```\n+```text\n(.*?)```", text, re.DOTALL)


def corpus() -> list[str]:
    """Texts without a fault: every form of the language."""
    texts = []
    for kind, code, _ in pairs("forms.md", "seg|condition"):
        if kind == "seg":
            texts.append(code)
        else:
            texts += [f"{HEAD}    {line}\n{TAIL}" for line in code.splitlines()]
    return texts
