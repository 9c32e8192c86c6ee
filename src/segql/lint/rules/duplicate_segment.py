"""Two segments with the same members, by definition.

One of the two will be changed and the other forgotten, or one was copied to become another audience and the number
that tells them apart was never changed. They are compared in normal form: the order of the lines, the names of traits,
`not … <` and `>=` make no difference.

## Example
```seg
segment silver_mail of customer {
  where {
    points >= 100
    email_opt_in
  }
}

segment gold_mail of customer {
  where {
    email_opt_in
    not points < 100
  }
}
```

## Use instead
```seg
segment silver_mail of customer {
  where {
    points >= 100
    email_opt_in
  }
}

segment gold_mail of customer {
  where {
    email_opt_in
    points >= 500
  }
}
```

## Fix
None: one of them is to go, and what names it to be changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import date

from segql.diagnostics import Diagnostic, Label
from segql.lint.reason import PROBES
from segql.lint.rule import advice, finding
from segql.lint.subject import Subject, walk
from segql.model import nodes
from segql.model.clock import Clock
from segql.plan.nodes import PlanError
from segql.plan.normalize import Normalizer
from segql.plan.simplify import conjuncts
from segql.source import Span
from segql.syntax import tree

CODE = advice("SEG573", "duplicate-segment", "a segment differs from the others")


def check(subject: Subject) -> Iterator[Diagnostic]:
    marks = _marks(subject)
    alike: dict[object, list[nodes.Segment]] = {}
    for name, _ in subject.declared(tree.SegmentDecl):
        segment = subject.model.segments.get(name.text)
        faulty = subject.model.faults.get(name.text)  # what is wrong in it is missing from its form
        if segment is not None and not faulty and not _is_another(segment):
            mark = (id(segment.entity), frozenset(marks.get(name.text, ())))
            alike.setdefault(mark, []).append(segment)
    clocks = [Clock(probe, subject.model.settings) for probe in PROBES]
    groups = [group for group in alike.values() if len(group) > 1]
    for clock in clocks:
        normalizer = Normalizer(clock)
        groups = [same for group in groups for same in _of_one_form(group, normalizer)]
    for first, *others in groups:
        for segment in others:
            yield finding(
                CODE,
                f"`{segment.name}` has the same members as `{first.name}`",
                _place(subject, segment),
                "the second",
                more=[Label(_place(subject, first), "the first")],
            )


def _is_another(segment: nodes.Segment) -> bool:
    """Whether `same-as-base` tells it."""
    return len(segment.lines) == 1 and isinstance(segment.lines[0], nodes.MemberOf)


def _marks(subject: Subject) -> dict[str, set[object]]:
    """For each segment what another one of the same form has too: attributes, texts, dates."""
    found: dict[str, set[object]] = {}

    def mark(name: str, node: object) -> None:
        if isinstance(node, nodes.Attr):
            found.setdefault(name, set()).add(id(node.attribute))
        elif isinstance(node, nodes.Const) and isinstance(node.value, str | date):
            found.setdefault(name, set()).add(node.value)

    for kind in (nodes.Attr, nodes.Const):
        for definition, leaf in subject.model_nodes(kind):
            mark(definition.name, leaf)
    named: tuple[type[nodes.Named] | type[nodes.MemberOf], ...] = (nodes.Named, nodes.MemberOf)
    for opened in named:
        for definition, inner in subject.model_nodes(opened):
            for node in walk(inner, deep=True):
                mark(definition.name, node)
    return found


def _of_one_form(
    segments: list[nodes.Segment], normalizer: Normalizer
) -> Iterator[list[nodes.Segment]]:
    """Those with the same conjuncts in normal form, where there are several."""
    forms: dict[Hashable, list[nodes.Segment]] = {}
    for segment in segments:
        whole = nodes.All(segment.span, segment.lines)
        try:
            condition = normalizer.subject(segment.entity).condition(whole)
            form = frozenset(map(_unordered, conjuncts(condition)))
        except PlanError:
            continue
        forms.setdefault(form, []).append(segment)
    yield from (group for group in forms.values() if len(group) > 1)


def _unordered(condition: nodes.Condition) -> Hashable:
    """A condition without the order of what it lists."""
    match condition:
        case nodes.InSet():
            return ("in", condition.value, frozenset(condition.items), condition.negated)
        case nodes.All() | nodes.Any():
            return (type(condition), frozenset(map(_unordered, condition.items)))
        case nodes.Not():
            return ("not", _unordered(condition.item))
        case _:
            return condition


def _place(subject: Subject, segment: nodes.Segment) -> Span:
    name = subject.declarations[segment.name].name
    return name.span if name is not None else segment.span
