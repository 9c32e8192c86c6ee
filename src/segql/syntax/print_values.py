"""Tree -> text: values, windows and conditions.

`show(node, level)` gives the text of a node; `level` is the indentation of its line, for the lines of
the blocks in it. The text parses to the same tree, places aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from segql.syntax import tree

INDENT = "  "


@singledispatch
def show(node: tree.Node, level: int) -> str:
    """The text of one node."""
    raise TypeError(f"no text for {type(node).__name__}")


def listed(items: Iterable[tree.Node], level: int) -> str:
    return ", ".join(show(item, level) for item in items)


def dotted(parts: Iterable[tree.Name]) -> str:
    return ".".join(name(part) for part in parts)


def name(node: tree.Name) -> str:
    return f"`{node.text}`" if node.quoted else node.text


def braces(lines: Sequence[str], level: int) -> str:
    """A block with one line each; the lines are those of `level + 1`."""
    inner = INDENT * (level + 1)
    return "{\n" + "".join(f"{inner}{line}\n" for line in lines) + INDENT * level + "}"


def block(node: tree.Block, level: int) -> str:
    return braces([show(item, level + 1) for item in node.items], level)


def where(node: tree.Block | None, level: int) -> str:
    """` where { … }`, on one line if it holds one condition that fits there."""
    if node is None:
        return ""
    if len(node.items) == 1:
        text = show(node.items[0], level)
        if "\n" not in text and len(text) <= 60:
            return f" where {{ {text} }}"
    return f" where {block(node, level)}"


def _units(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def window(node: tree.Window | None, level: int) -> str:
    """A window behind a value or an event, with a space before it."""
    if node is None:
        return ""
    if isinstance(node, tree.OnDay) and isinstance(node.day, tree.Today | tree.Yesterday):
        return f" {show(node.day, level)}"
    bare = isinstance(node, tree.Rolling | tree.Calendar | tree.WindowName)
    return f" {'in ' if bare else ''}{show(node, level)}"


# --- values -----------------------------------------------------------------------------------------


@show.register
def _(node: tree.Name, level: int) -> str:
    return name(node)


@show.register(tree.Number)
@show.register(tree.Percent)
@show.register(tree.Date)
@show.register(tree.Timestamp)
def _(node: tree.Number | tree.Percent | tree.Date | tree.Timestamp, level: int) -> str:
    return node.text


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


@show.register
def _(node: tree.Text, level: int) -> str:
    if not node.triple:
        return '"' + "".join(map(_escape, node.value)) + '"'
    text = "".join(c if c in '"\n\t' else _escape(c) for c in node.value)
    text = text.replace('""', '"\\u{22}')
    if text.endswith('"'):
        text = text[:-1] + "\\u{22}"
    return f'"""{text}"""'


@show.register
def _(node: tree.Bool, level: int) -> str:
    return "true" if node.value else "false"


@show.register
def _(node: tree.Duration, level: int) -> str:
    return _units(node.count, node.unit)


@show.register
def _(node: tree.Path, level: int) -> str:
    return dotted(node.parts)


@show.register
def _(node: tree.ListLiteral, level: int) -> str:
    return f"({listed(node.items, level)})"


@show.register
def _(node: tree.Call, level: int) -> str:
    return f"{dotted(node.path)}({listed(node.arguments, level)})"


@show.register
def _(node: tree.Aggregate, level: int) -> str:
    text = listed((node.argument, *node.extra), level)
    if node.alias is not None:
        text += f" as {name(node.alias)}"
    if node.by:
        text += f" by {listed(node.by, level)}"
    text += window(node.window, level) + where(node.where, level)
    return f"{name(node.function)}({text})"


@show.register
def _(node: tree.Population, level: int) -> str:
    arguments = f"{listed(node.arguments, level)} " if node.arguments else ""
    per = "" if node.per is None else f" per {show(node.per, level)}"
    return f"{name(node.function)}({arguments}among {name(node.among)}{per})"


@show.register
def _(node: tree.Elapsed, level: int) -> str:
    return f"{node.unit}s {node.direction} {show(node.value, level)}"


@show.register
def _(node: tree.Ago, level: int) -> str:
    return f"{show(node.duration, level)} ago"


@show.register(tree.Today)
@show.register(tree.Yesterday)
@show.register(tree.Now)
def _(node: tree.Today | tree.Yesterday | tree.Now, level: int) -> str:
    return type(node).__name__.lower()


@show.register
def _(node: tree.Arithmetic, level: int) -> str:
    return f"{show(node.left, level)} {node.operator} {show(node.right, level)}"


@show.register
def _(node: tree.Negative, level: int) -> str:
    text = show(node.value, level)
    return f"- {text}" if text[0] == "-" else f"-{text}"


@show.register
def _(node: tree.ParenValue, level: int) -> str:
    return f"({show(node.value, level)})"


@show.register
def _(node: tree.PointLiteral, level: int) -> str:
    return f"point({show(node.latitude, level)}, {show(node.longitude, level)})"


@show.register
def _(node: tree.Points, level: int) -> str:
    return f"points {braces([show(line, level + 1) for line in node.lines], level)}"


@show.register
def _(node: tree.PointsLine, level: int) -> str:
    return f"{show(node.value, level)}: {show(node.condition, level)}"


# --- windows ----------------------------------------------------------------------------------------


@show.register
def _(node: tree.Rolling, level: int) -> str:
    return f"{node.direction} {_units(node.count, node.unit)}"


@show.register
def _(node: tree.Calendar, level: int) -> str:
    if node.which == "this":
        return f"this {node.unit}"
    if node.count == 1:
        return f"{node.which} full {node.unit}"
    return f"{node.which} {node.count} full {node.unit}s"


@show.register
def _(node: tree.OnDay, level: int) -> str:
    return f"on {show(node.day, level)}"


@show.register
def _(node: tree.Between, level: int) -> str:
    return f"between {show(node.start, level)} and {show(node.end, level)}"


@show.register
def _(node: tree.Since, level: int) -> str:
    return f"since {show(node.start, level)}"


@show.register
def _(node: tree.Before, level: int) -> str:
    return f"before {show(node.end, level)}"


@show.register
def _(node: tree.After, level: int) -> str:
    return f"after {show(node.start, level)}"


@show.register
def _(node: tree.WindowName, level: int) -> str:
    return name(node.name)
