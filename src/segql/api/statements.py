"""Plans and statements of segments, segmentations and splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from segql.diagnostics import Diagnostic, Fix, Label
from segql.errors import FaultsError
from segql.model.running import RunningClock
from segql.plan import PlanError, plan
from segql.plan.constants import CANNOT_PLAN
from segql.plan.segmentations import plan_segmentations

if TYPE_CHECKING:
    from segql.api.contents import Contents
    from segql.model.clock import Clock
    from segql.plan.plan import Plan
    from segql.report.cost import StatementKind
    from segql.source import Span


def plan_of(
    contents: Contents,
    names: Sequence[str],
    clock: Clock,
    dialect: str | None = None,
    traits: Sequence[str] = (),
) -> Plan:
    """The plan of segments without faults, which the dialect can do. Raises `UsageError`, `FaultsError`."""
    contents.require(names)
    running = isinstance(clock, RunningClock)
    refused = contents.refused(names, [dialect] if dialect else (), traits, running)
    if refused:
        raise FaultsError(refused[0].message, refused, contents.source, contents.root)
    with telling_refusals(contents):
        segments = [name for name in names if name in contents.model.segments]
        return plan(contents.model, segments, clock, traits)


@contextmanager
def telling_refusals(contents: Contents) -> Iterator[None]:
    """What cannot be planned or said in a dialect is a fault of the project, at its place."""
    try:
        yield
    except PlanError as error:
        helps = (Fix("the same definition may exist as of another instant: see `--as-of`"),)
        fault = Diagnostic(CANNOT_PLAN, error.message, (Label(error.span),), helps=helps)
        raise FaultsError(error.message, [fault], contents.source, contents.root) from None


def members_of(
    contents: Contents, names: Sequence[str], clock: Clock, dialect: str
) -> dict[str, str]:
    """The statement of the members of each, planned together; without order."""
    from segql.sql.compile import members

    asked = plan_of(contents, names, clock, dialect)
    with telling_refusals(contents):
        return {
            name: _levels(contents, name, clock, dialect)
            if name in contents.model.segmentations
            else members(asked, name, dialect)
            for name in names
        }


def statement_of(
    contents: Contents, name: str, clock: Clock, dialect: str, kind: StatementKind
) -> str:
    """What is asked of a target about a segment, a segmentation or a split; members in key order."""
    from segql.sql.compile import members, waterfall
    from segql.sql.segmentations import sizes

    asked = plan_of(contents, [name], clock, dialect)
    with telling_refusals(contents):
        if name not in contents.model.segmentations:
            if kind == "counts":
                return waterfall(asked, name, dialect)
            return members(asked, name, dialect, ordered=True)
        if kind == "members":
            return _levels(contents, name, clock, dialect, ordered=True)
        whole, found = plan_segmentations(contents.model, [name], clock)
        return sizes(whole, found[name], dialect)


def lines_met_of(
    contents: Contents, name: str, clock: Clock, dialect: str, firsts: Sequence[object]
) -> tuple[str, list[Span]]:
    """Which lines of a segment each row meets whose first key attribute is one of `firsts`; where the lines are."""
    from segql.sql.compile import lines_met

    asked = plan_of(contents, [name], clock, dialect)
    with telling_refusals(contents):
        return lines_met(asked, name, dialect, firsts), list(asked.segments[name].spans)


def _levels(
    contents: Contents, name: str, clock: Clock, dialect: str, *, ordered: bool = False
) -> str:
    """The statement of a whole segmentation or split."""
    from segql.sql.segmentations import levels

    asked, found = plan_segmentations(contents.model, [name], clock)
    return levels(asked, found[name], dialect, ordered=ordered)
