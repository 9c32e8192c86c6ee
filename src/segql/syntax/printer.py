"""Tree -> text in the canonical layout: `to_text`. Comments are not in the tree, so not in the text."""

from __future__ import annotations

from collections.abc import Iterable

import segql.syntax.print_conditions  # noqa: F401  # its functions belong to `show`
from segql.syntax import tree
from segql.syntax.print_values import block, braces, dotted, listed, name, show


def to_text(node: tree.Node) -> str:
    """The text of a node; what it parses to equals the node, places aside. A file ends its last line."""
    return show(node, 0)


@show.register
def _(node: tree.File, level: int) -> str:
    return "\n".join(f"{show(item, 0)}\n" for item in node.declarations)


@show.register
def _(node: tree.Block, level: int) -> str:
    return block(node, level)


@show.register(tree.TableName)
@show.register(tree.ColumnPath)
def _(node: tree.TableName | tree.ColumnPath, level: int) -> str:
    return dotted(node.parts)


def _columns(names: tuple[tree.Name, ...]) -> str:
    return name(names[0]) if len(names) == 1 else f"({', '.join(map(name, names))})"


def _doc(doc: tree.Text | None, level: int) -> str:
    return "" if doc is None else f" {show(doc, level)}"


def _declared(node: tree.Declaration) -> str:
    return "" if node.name is None else name(node.name)


# --- types ------------------------------------------------------------------------------------------


@show.register
def _(node: tree.TypeNode, level: int) -> str:
    optional = "?" if node.optional else ""
    if node.item is None:
        return f"{_scalar(node, level)}{optional}"
    text = f"list of {_scalar(node.item, level)}{optional}"
    if node.split is not None:
        text += f" split by {show(node.split, level)}"
    if node.child_table is not None and node.child_column is not None:
        source = f"{dotted(node.child_table.parts)}.{name(node.child_column)}"
        text += f" from {source} on {_columns(node.child_on)}"
    return text


def _scalar(node: tree.TypeNode, level: int) -> str:
    if node.precision is not None:
        return f"{node.name}({node.precision}, {node.scale})"
    if node.values:
        return f"{'ordered ' if node.ordered else ''}enum({listed(node.values, level)})"
    if node.columns:
        return f"point({listed(node.columns, level)})"
    if node.zone is not None:
        return f"{node.name} in {show(node.zone, level)}"
    return node.name


# --- members ----------------------------------------------------------------------------------------


@show.register
def _(node: tree.TableMember, level: int) -> str:
    return f"table {show(node.table, level)}"


@show.register
def _(node: tree.KeyMember, level: int) -> str:
    columns = listed(node.columns, level)
    return f"key ({columns})" if node.composite else f"key {columns}"


@show.register
def _(node: tree.OnMember, level: int) -> str:
    return f"on {_columns(node.columns)}"


@show.register
def _(node: tree.AtMember, level: int) -> str:
    return f"at {show(node.column, level)}: {show(node.type, level)}"


@show.register
def _(node: tree.CreatedMember, level: int) -> str:
    return f"created {show(node.column, level)}"


@show.register
def _(node: tree.HistoryMember, level: int) -> str:
    return f"history {name(node.valid_from)}, {name(node.valid_to)}"


@show.register
def _(node: tree.OnlyMember, level: int) -> str:
    return f"only {block(node.where, level)}"


@show.register
def _(node: tree.AttributeMember, level: int) -> str:
    text = f"{name(node.name)}: {show(node.type, level)}"
    if node.column is not None:
        text += f" column {show(node.column, level)}"
    if node.sql is not None:
        text += f" = sql {show(node.sql, level)}"
    return text if node.history is None else f"{text} {show(node.history, level)}"


@show.register
def _(node: tree.ChangeLog, level: int) -> str:
    source = f"{dotted(node.table.parts)}.{name(node.column)}"
    return f"history from {source} on {_columns(node.on)} at {name(node.at)}"


@show.register
def _(node: tree.DerivedMember, level: int) -> str:
    return f"{name(node.name)} = {show(node.value, level)}"


@show.register
def _(node: tree.RelationMember, level: int) -> str:
    kind = "many" if node.many else "one"
    return f"{name(node.name)}: {kind} {name(node.target)} on {_columns(node.columns)}"


# --- declarations -----------------------------------------------------------------------------------


def _body(members: Iterable[tree.Node], level: int) -> str:
    return braces([show(member, level + 1) for member in members], level)


@show.register
def _(node: tree.EntityDecl, level: int) -> str:
    return f"entity {_declared(node)}{_doc(node.doc, level)} {_body(node.members, level)}"


@show.register(tree.EventDecl)
@show.register(tree.RowsDecl)
def _(node: tree.EventDecl | tree.RowsDecl, level: int) -> str:
    kind = "event" if isinstance(node, tree.EventDecl) else "rows"
    head = f"{kind} {_declared(node)} of {name(node.entity)}{_doc(node.doc, level)}"
    return f"{head} {_body(node.members, level)}"


@show.register
def _(node: tree.EventSubset, level: int) -> str:
    head = f"event {_declared(node)} of {name(node.entity)} is {name(node.base)}"
    return f"{head} where {block(node.where, level)}"


@show.register
def _(node: tree.EventUnion, level: int) -> str:
    parts = " or ".join(map(name, node.parts))
    return f"event {_declared(node)} of {name(node.entity)} is {parts}"


@show.register
def _(node: tree.EventGroups, level: int) -> str:
    head = f"event {_declared(node)} of {name(node.entity)} groups {name(node.base)}"
    body = f" {_body(node.members, level)}" if node.members else ""
    return f"{head} by {dotted(node.by)}{body}"


@show.register
def _(node: tree.Parameter, level: int) -> str:
    default = "" if node.default is None else f" = {show(node.default, level)}"
    return f"{name(node.name)}: {show(node.type, level)}{default}"


@show.register
def _(node: tree.TraitDecl, level: int) -> str:
    parameters = f"({listed(node.parameters, level)})" if node.parameters else ""
    head = f"trait {_declared(node)}{parameters} of {name(node.entity)}{_doc(node.doc, level)}"
    return f"{head} = {show(node.body, level)}"


@show.register
def _(node: tree.Meta, level: int) -> str:
    return f"{name(node.key)}: {listed(node.values, level)}"


@show.register
def _(node: tree.Data, level: int) -> str:
    return f"with {{ {listed(node.entries, level)} }}"


def _metadata(metadata: tuple[tree.Meta, ...], level: int) -> list[str]:
    """Lines of metadata; neighbours of `meta { }` stand in one."""
    lines: list[str] = []
    custom: list[str] = []
    for meta in (*metadata, None):
        if meta is not None and meta.custom:
            custom.append(show(meta, level + 1))
            continue
        if custom:
            lines.append(f"meta {braces(custom, level)}")
            custom = []
        if meta is not None:
            lines.append(show(meta, level))
    return lines


@show.register
def _(node: tree.SegmentDecl, level: int) -> str:
    lines = [*_metadata(node.metadata, level + 1), f"where {block(node.where, level + 1)}"]
    return f"segment {_declared(node)} of {name(node.entity)} {braces(lines, level)}"


@show.register
def _(node: tree.SegmentationDecl, level: int) -> str:
    lines = _metadata(node.metadata, level + 1)
    if node.among is not None:
        lines.append(f"among {name(node.among)}")
    lines += [show(item, level + 1) for item in node.levels]
    return f"segmentation {_declared(node)} of {name(node.entity)} {braces(lines, level)}"


def _data(data: tree.Data | None, level: int) -> str:
    return "" if data is None else f" {show(data, level)}"


@show.register
def _(node: tree.Level, level: int) -> str:
    if node.block is None:
        body = "otherwise"
    elif len(node.block.items) == 1:
        body = show(node.block.items[0], level)
    else:
        body = block(node.block, level)
    return f"level {name(node.name)}: {body}{_data(node.data, level)}"


@show.register
def _(node: tree.SplitDecl, level: int) -> str:
    lines = _metadata(node.metadata, level + 1)
    if node.seed is not None:
        lines.append(f"seed: {show(node.seed, level)}")
    lines += [show(part, level + 1) for part in node.parts]
    return f"split {_declared(node)} of {dotted(node.segment)} {braces(lines, level)}"


@show.register
def _(node: tree.Part, level: int) -> str:
    return f"part {name(node.name)}: {node.share.text}{_data(node.data, level)}"


@show.register
def _(node: tree.ListDecl, level: int) -> str:
    lines = [show(item, level + 1) for item in node.items]
    if node.column is not None:
        source = f"table {show(node.table, level)}" if node.table is not None else ""
        source = f"file {show(node.file, level)}" if node.file is not None else source
        lines = [f"{source} column {name(node.column)}"]
    head = f"list {_declared(node)} of {name(node.entity)} by {name(node.by)}"
    return f"{head} {braces(lines, level)}"


# --- claims and tests -------------------------------------------------------------------------------


@show.register
def _(node: tree.Claim, level: int) -> str:
    names = [dotted(path.parts) for path in node.segments]
    if node.kind == "disjoint":
        return f"disjoint {', '.join(names)}"
    if node.kind == "every":
        tag = "" if node.tag is None else name(node.tag)
        return f"every segment tagged {tag} inside {names[0]}"
    if node.kind == "size":
        return f"size of {names[0]} {_bounds(node)}"
    if node.kind == "share":
        return f"share of {names[0]} among {names[1]} {_bounds(node)}"
    verb = "same as" if node.kind == "same" else node.kind
    return f"{names[0]} {verb} {names[1]}"


def _bounds(node: tree.Claim) -> str:
    low = "" if node.low is None else node.low.text
    high = "" if node.high is None else node.high.text
    if low and high:
        return f"between {low} and {high}"
    return f"at least {low}" if low else f"at most {high}"


@show.register
def _(node: tree.AssertDecl, level: int) -> str:
    return f"assert {show(node.why, level)} {_body(node.claims, level)}"


@show.register
def _(node: tree.Field, level: int) -> str:
    values = listed(node.values, level)
    return f"{name(node.name)}: {f'({values})' if node.is_list else values}"


@show.register
def _(node: tree.TestRow, level: int) -> str:
    text = name(node.source)
    text += "" if node.name is None else f" {name(node.name)}"
    text += "" if node.of is None else f" of {name(node.of)}"
    text += "" if node.like is None else f" like {name(node.like)}"
    text += f" {{ {listed(node.fields, level)} }}" if node.fields else ""
    return text if node.times == 1 else f"{text} {node.times} times"


@show.register
def _(node: tree.Expect, level: int) -> str:
    if node.within == "count":
        return f"expect count {node.count}"
    subject = "" if node.subject is None else name(node.subject)
    level_name = f" {dotted(node.level)}" if node.level else ""
    return f"expect {subject} {node.within}{level_name}"


@show.register
def _(node: tree.TestDecl, level: int) -> str:
    head = f"test {dotted(node.segment)} as of {show(node.as_of, level)}"
    return f"{head} {_body((*node.rows, *node.expects), level)}"
