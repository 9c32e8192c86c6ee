"""Two segments with the same members, by definition.

They are compared in normal form: the order of the lines, the names of traits, `not … <` and `>=` make no difference.
One of the two will be changed and the other forgotten.

## Example
```seg
segment adults of customer {
  where {
    points >= 100
    email_opt_in
  }
}

segment grown_ups of customer {
  where {
    email_opt_in
    not points < 100
  }
}
```

## Use instead
```seg
segment adults of customer {
  where {
    points >= 100
    email_opt_in
  }
}

segment grown_ups of customer {
  where {
    email_opt_in
    points >= 200
  }
}
```

## Fix
None: one of them is to go, and what names it to be changed.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    alike: dict[object, list[nodes.Segment]] = {}
    for name, _ in subject.declared(tree.SegmentDecl):
        segment = subject.model.segments.get(name.text)
        if segment is not None and not _is_another(segment):
            alike.setdefault(_mark(segment), []).append(segment)
    normalizers = [Normalizer(Clock(probe, subject.model.settings)) for probe in PROBES]
    for group in alike.values():
        if len(group) == 1:
            continue
        seen: dict[object, nodes.Segment] = {}
        for segment in group:
            form = _form(segment, normalizers)
            first = seen.setdefault(form, segment) if form is not None else segment
            if first is not segment:
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


def _mark(segment: nodes.Segment) -> object:
    """What two segments of the same form have in common, found without making the form."""
    found: set[object] = {id(segment.entity)}
    for line in segment.lines:
        for node in walk(line, deep=True):
            if isinstance(node, nodes.Attr):
                found.add(id(node.attribute))
            elif isinstance(node, nodes.Const) and isinstance(node.value, str | date):
                found.add(node.value)
    return frozenset(found)


def _form(segment: nodes.Segment, normalizers: list[Normalizer]) -> object:
    """The conjuncts in normal form as of each instant; None where it has none."""
    whole = nodes.All(segment.span, segment.lines)
    try:
        return tuple(
            frozenset(conjuncts(normalizer.subject(segment.entity).condition(whole)))
            for normalizer in normalizers
        )
    except (PlanError, TypeError):
        return None


def _place(subject: Subject, segment: nodes.Segment) -> Span:
    name = subject.declarations[segment.name].name
    return name.span if name is not None else segment.span
