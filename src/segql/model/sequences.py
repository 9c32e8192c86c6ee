"""Sequences (3.6): steps of events in time, with limits, with what must not come between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segql.diagnostics import Label
from segql.model import codes, searches, times
from segql.model.nodes import Condition, Event, Sequence, Step, Value
from segql.model.scope import Scope
from segql.model.types import DATE, UNKNOWN
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def resolve(r: Resolver, scope: Scope, node: tree.Sequence, negative: bool) -> Condition | None:
    if not _names_used(r, node):
        return None
    steps = [_step(r, scope, node, step, index) for index, step in enumerate(node.steps)]
    good = [step for step in steps if step is not None]
    if len(good) != len(steps) or not _fit_together(r, node, good):
        return None
    return Sequence(node.span, tuple(good))


def _names_used(r: Resolver, node: tree.Sequence) -> bool:
    """A name of a step is for searches inside its own `where`; other steps cannot use it."""
    good = True
    named: dict[str, tree.Name] = {}
    for step in node.steps:
        known = {name: alias for name, alias in named.items() if alias.text != _text(step.alias)}
        for name in _starts(step.where, frozenset(known)) if step.where is not None else ():
            good = False
            _refuse(r, name, Label(known[name.text].span, "the name of another step"))
        if step.alias is not None:
            named[step.alias.text] = step.alias
    for step in node.steps if good else ():
        if step.alias is not None and step.where is None:
            good = False
            _refuse(r, step.alias, None)
    return good


def _refuse(r: Resolver, name: tree.Name, declared: Label | None) -> None:
    r.report(
        codes.STEP_NAME,
        "the steps of a sequence do not see one another",
        name.span,
        "nothing can use this name" if declared is None else "of another step",
        more=() if declared is None else (declared,),
        helps=[
            "tie one search to another: "
            "`did purchase as one where { did purchase as two where { two.at > one.at } }`",
            "`sequence by x` asks all steps for the same `x`",
        ],
    )


def _text(name: tree.Name | None) -> str:
    return "" if name is None else name.text


def _starts(node: object, names: frozenset[str]) -> Iterator[tree.Name]:
    """The first names of paths below `node` that are among `names`, and mean no search on the way."""
    if isinstance(node, tuple):
        for item in node:
            yield from _starts(item, names)
    elif isinstance(node, tree.Path):
        if len(node.parts) > 1 and node.parts[0].text in names:
            yield node.parts[0]
    elif isinstance(node, tree.Node) and names:
        names -= {_text(getattr(node, "alias", None))}
        for field in type(node).model_fields:
            yield from _starts(getattr(node, field), names)


def _step(
    r: Resolver, scope: Scope, node: tree.Sequence, step: tree.Step, index: int
) -> Step | None:
    target = searches.find(r, scope, step.event)
    if target is None or target.rest:
        searches.no_target(r, scope, step.event, "event")
        return None
    if not isinstance(target.source, Event):
        r.report(
            codes.UNKNOWN_EVENT,
            f"`{'.'.join(part.text for part in step.event)}` is not an event",
            step.event[-1].span,
            "a sequence is of events",
        )
        return None
    absent = step.kind == "no"
    inner = searches.enter(scope, target, step.alias)
    window = None if absent else node.window
    search = searches.search(r, scope, inner, target, window, step.where, step.span)
    by = _by(r, inner, node)
    if search is None or (node.by is not None and by is None):
        return None
    limits = [limit for limit in (step.within, step.after) if limit is not None]
    if search.time is not None and search.time.type == DATE:
        for limit in limits:
            if limit.unit in times.SUB_DAY:
                times.sub_day(r, limit.unit, limit.span)
                return None
    if not _limits_leave_room(r, step):
        return None
    return Step(
        search,
        by,
        absent,
        step.latest,
        step.immediately,
        _length(step.within),
        step.of_start,
        _length(step.after),
    )


def _length(duration: tree.Duration | None) -> tuple[int, tree.Unit] | None:
    return None if duration is None else (duration.count, duration.unit)


def _limits_leave_room(r: Resolver, step: tree.Step) -> bool:
    """`after` less than `within`, where both are counted from the step before and can be compared."""
    if step.within is None or step.after is None or step.of_start:
        return True
    pair = [times.LENGTHS.get(item.unit) for item in (step.within, step.after)]
    if None in pair:
        return True
    within, after = (
        length * item.count
        for length, item in zip(pair, (step.within, step.after), strict=True)
        if length is not None
    )
    if after <= within:
        return True
    r.report(
        codes.EMPTY_WINDOW,
        "the step is too late before it may come",
        step.after.span,
        "later than its `within`",
    )
    return False


def _by(r: Resolver, inner: Scope, node: tree.Sequence) -> Value | None:
    if node.by is None:
        return None
    span = node.by[0].span.to(node.by[-1].span)
    value = r.value(inner, tree.Path(span=span, parts=node.by))
    if value.type == UNKNOWN:
        return None
    if value.type.name in ("list", "point", "float"):
        r.report(codes.WRONG_ARGUMENT, f"`by` cannot be a {value.type.name}", span)
        return None
    return value


def _fit_together(r: Resolver, node: tree.Sequence, steps: list[Step]) -> bool:
    first = steps[0]
    times = [(step.search, step.search.time.type) for step in steps if step.search.time is not None]
    other = next((item for item in times if item[1] != times[0][1]), None)
    if other is not None:
        labels = [
            Label(search.span, f"`{search.source.name}` has {type_}s")
            for search, type_ in (other, times[0])
        ]
        r.report(
            codes.TYPE_MISMATCH,
            "a sequence mixes events with dates and events with timestamps",
            labels[0].span,
            labels[0].text,
            more=labels[1:],
            helps=["declare `at` of both over columns of one type, or ask with two conditions"],
        )
        return False
    if len({step.search.anchor for step in steps}) > 1:
        r.report(codes.WRONG_ENTITY, "the steps of a sequence belong to one row", node.span)
        return False
    by = {step.by.type.name for step in steps if step.by is not None}
    texts = {"text", "enum"}
    if len(by) > 1 and not by <= texts and not by <= {"int", "decimal"}:
        r.report(codes.TYPE_MISMATCH, "`by` has another type in some step", node.span)
        return False
    for index, step in enumerate(steps):
        if step.absent and index < len(steps) - 1 and step.within is not None:
            r.report(
                codes.WRONG_ARGUMENT,
                "`no` between two steps has no `within`: it holds for all the time between them",
                step.search.span,
            )
            return False
    return not first.absent


__all__ = ["resolve"]
