"""Tree -> text: conditions."""

from __future__ import annotations

from segql.syntax import tree
from segql.syntax.print_values import block, braces, dotted, listed, name, show, where, window


def _case(ignoring: bool) -> str:
    return " ignoring case" if ignoring else ""


def _alias(alias: tree.Name | None) -> str:
    return "" if alias is None else f" as {name(alias)}"


def _not(negated: bool) -> str:
    return "not " if negated else ""


@show.register
def _(node: tree.Truth, level: int) -> str:
    return show(node.value, level)


@show.register
def _(node: tree.Compare, level: int) -> str:
    left, right = show(node.left, level), show(node.right, level)
    return f"{left} {node.operator} {right}{_case(node.ignoring_case)}"


@show.register
def _(node: tree.InList, level: int) -> str:
    items = listed(node.items, level)
    head = f"{show(node.value, level)} {_not(node.negated)}in ({items})"
    return head + _case(node.ignoring_case)


@show.register
def _(node: tree.InRange, level: int) -> str:
    ends = f"{show(node.low, level)}..{show(node.high, level)}"
    return f"{show(node.value, level)} {_not(node.negated)}in {ends}"


@show.register
def _(node: tree.Known, level: int) -> str:
    return f"{show(node.value, level)} is {'unknown' if node.negated else 'known'}"


_VERBS = {
    "contains": ("contains", "does not contain"),
    "starts": ("starts with", "does not start with"),
    "ends": ("ends with", "does not end with"),
    "matches": ("matches", "does not match"),
}


@show.register
def _(node: tree.TextTest, level: int) -> str:
    verb = _VERBS[node.test][node.negated]
    text = f"{show(node.value, level)} {verb} {show(node.pattern, level)}"
    return text + _case(node.ignoring_case)


@show.register
def _(node: tree.ListTest, level: int) -> str:
    value, items = show(node.value, level), listed(node.items, level)
    if node.test == "has":
        text = f"{value} {'does not have' if node.negated else 'has'} {items}"
    elif node.another:
        text = f"{value} has {node.test} {items}"
    else:
        text = f"{value} has {node.test} ({items})"
    return text + _case(node.ignoring_case)


@show.register
def _(node: tree.TimeTest, level: int) -> str:
    lead = " not" if node.negated else ""
    return f"{show(node.value, level)}{lead}{window(node.window, level)}"


@show.register
def _(node: tree.AnniversaryTest, level: int) -> str:
    return f"anniversary({show(node.value, level)}){window(node.window, level)}"


@show.register
def _(node: tree.Near, level: int) -> str:
    distance = f"{node.distance.text} {node.unit}"
    return f"{show(node.value, level)} within {distance} of {show(node.center, level)}"


@show.register
def _(node: tree.HasBeen, level: int) -> str:
    state, duration = show(node.state, level), show(node.duration, level)
    return f"{show(node.value, level)} has been {state} for at least {duration}"


# --- events and rows --------------------------------------------------------------------------------


def _number(times: tree.Times) -> str:
    if times.spelling == "range":
        return f"{times.low} to {times.high}"
    if times.spelling == "more than":
        return f"more than {times.low - 1}"
    return f"{times.spelling} {times.low}"


def _times(times: tree.Times | None) -> str:
    if times is None:
        return ""
    number = _number(times)
    return f" {number} {'time' if number.endswith(' 1') else 'times'}"


@show.register
def _(node: tree.Regularity, level: int) -> str:
    hits = "each" if node.each else f"at least {node.hits}"
    plural = "" if node.count == 1 else "s"
    if not node.periods:
        return f"in {hits} of last {node.count} full {node.unit}{plural}"
    length = f"{node.length} {node.unit}{'' if node.length == 1 else 's'}"
    return f"in {hits} of last {node.count} periods of {length}"


@show.register
def _(node: tree.Did, level: int) -> str:
    text = f"did {_not(node.negated)}{dotted(node.event)}{_alias(node.alias)}{_times(node.times)}"
    if node.regularity is not None:
        text += f" {show(node.regularity, level)}"
    if node.within_any is not None:
        text += f" within any {show(node.within_any, level)}"
    return text + window(node.window, level) + where(node.where, level)


@show.register
def _(node: tree.Has, level: int) -> str:
    number = "no " if node.negated else ""
    if node.times is not None:
        number = f"{_number(node.times)} "
    text = f"has {number}{dotted(node.relation)}{_alias(node.alias)}"
    return text + window(node.window, level) + where(node.where, level)


@show.register
def _(node: tree.Sequence, level: int) -> str:
    by = "" if node.by is None else f" by {dotted(node.by)}"
    lines = []
    for index, step in enumerate(node.steps):
        last = index == len(node.steps) - 1
        then = "then " if (index and step.kind == "step") or (last and index) else ""
        lines.append(then + show(step, level + 1))
    return f"sequence{by}{window(node.window, level)} {braces(lines, level)}"


@show.register
def _(node: tree.Step, level: int) -> str:
    head = "no " if node.kind == "no" else ""
    head += "latest " if node.latest else ""
    head += "next " if node.immediately else ""
    text = f"{head}{dotted(node.event)}{_alias(node.alias)}"
    if node.after is not None:
        text += f" after {show(node.after, level)}"
    if node.within is not None:
        text += f" within {show(node.within, level)}{' of start' if node.of_start else ''}"
    return text + where(node.where, level)


# --- populations ------------------------------------------------------------------------------------


@show.register
def _(node: tree.MemberOf, level: int) -> str:
    relation = f"{dotted(node.relation)} " if node.relation else ""
    as_of = "" if node.as_of is None else f" as of {show(node.as_of, level)}"
    return f"{relation}{_not(node.negated)}member of {dotted(node.segment)}{as_of}"


@show.register
def _(node: tree.Top, level: int) -> str:
    how = "share " if node.share else "exactly " if node.exactly else ""
    per = "" if node.per is None else f" per {show(node.per, level)}"
    by = f"by {show(node.by, level)}{per}"
    return f"{node.direction} {how}{node.count.text} among {name(node.among)} {by}"


# --- groups -----------------------------------------------------------------------------------------


@show.register
def _(node: tree.Gather, level: int) -> str:
    head = node.kind if node.count is None else f"{node.kind} {node.count} of"
    return f"{head} {block(node.block, level)}"


@show.register
def _(node: tree.And, level: int) -> str:
    return " and ".join(show(item, level) for item in node.items)


@show.register
def _(node: tree.Or, level: int) -> str:
    return " or ".join(show(item, level) for item in node.items)


@show.register
def _(node: tree.Not, level: int) -> str:
    return f"not {show(node.item, level)}"


@show.register
def _(node: tree.ParenCondition, level: int) -> str:
    return f"({show(node.item, level)})"


@show.register
def _(node: tree.OrUnknown, level: int) -> str:
    return f"{show(node.leaf, level)} or unknown"


@show.register
def _(node: tree.IfKnown, level: int) -> str:
    return f"{show(node.leaf, level)} if known"


@show.register
def _(node: tree.RawSql, level: int) -> str:
    return f"sql {show(node.sql, level)}"
