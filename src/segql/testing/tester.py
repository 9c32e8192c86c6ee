"""Runs the tests of a project and puts their results together."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal

import duckdb

from segql.diagnostics import Diagnostic
from segql.engines.base import Engine, short
from segql.errors import EngineError, StatementError
from segql.model.clock import Clock
from segql.model.nodes import All, Any, Assertion, Case, Claim, Condition, Model
from segql.model.scalars import NumberTooLargeError
from segql.plan import PlanError
from segql.report.tests import Condition as Told
from segql.report.tests import CoverageLine, Failure, Outcome, Status
from segql.report.text import number, plural
from segql.source import SourceFile, Span
from segql.sql.refusals import refusals
from segql.testing.claims import Claims, Finding
from segql.testing.coverage import Coverage, Seen
from segql.testing.reasons import Reason, reasons
from segql.testing.running import Difference, Run, Verdict

_BLOCK = re.compile(r'test[ \t]+([^{]*[^{\s])|assert[ \t]*"([^"]+)')


@dataclass
class Tester:
    """What the tests of a project share. `faults` counts the errors that a name rests on."""

    model: Model
    source: Callable[[str], SourceFile | None]
    faults: Callable[[str], int]
    coverage: Coverage | None = None
    unanswered: EngineError | None = None
    """The last failure of the target."""
    _texts: dict[Span, str] = field(default_factory=dict)

    # --- test blocks --------------------------------------------------------------------------------

    def test(self, case: Case) -> Outcome:
        """Run one `test` block. Raises nothing for what its rows or segments hold."""
        started = time.perf_counter()
        name = f"{case.name} as of {self._as_of(case)}"
        count = self.faults(case.name)
        if count:
            reason = f"what `{case.name}` rests on has {plural(count, 'error')}"
            return self._result(case.span, name, "failed", started, reason=reason)
        names = [one for item in case.expectations for one in item.segments]
        refused = self._refused(names, "duckdb")
        if refused:
            return self._result(case.span, name, "failed", started, reason=refused)
        try:
            with Run(self.model, case) as run:
                failures = [
                    self._told(run, verdict) for verdict in run.verdicts() if not verdict.passed
                ]
                broken = [_disagreement(item) for item in run.differences()]
                if self.coverage is not None:
                    self.coverage.add(run)
        except (NumberTooLargeError, PlanError, duckdb.Error) as error:
            reason = f"DuckDB: {short(error)}" if isinstance(error, duckdb.Error) else str(error)
            return self._result(case.span, name, "failed", started, reason=reason)
        status: Status = "broken" if broken else "failed" if failures else "passed"
        return self._result(case.span, name, status, started, (*broken, *failures))

    def faulty(self, fault: Diagnostic) -> Outcome:
        """What keeps a test from being read."""
        span = fault.span or Span("segql.toml", 0, 0)
        told = Failure(self._place(span), "", fault.message)
        block = self._block(span)
        name = f"{block}: {fault.level}[{fault.code.code}]".removeprefix(": ")
        return Outcome(span.file, self._line(span), name, "broken", 0.0, (told,))

    def _block(self, span: Span) -> str:
        """What the block begins with in which a fault is that keeps it from being read; empty outside of tests."""
        source = self.source(span.file)
        number = self._line(span)
        while source is not None and number > 0:
            line = source.line(number)
            if line[:1].isalpha():
                found = _BLOCK.match(line)
                return (found[1] or found[2]) if found else ""
            number -= 1
        return ""

    def _refused(self, names: Iterable[str], dialect: str) -> str:
        """What the segments ask that the dialect cannot do; empty where it can do all."""
        told = refusals([self.model.segments[name] for name in names], [dialect])
        return told[0].message if told else ""

    def _as_of(self, case: Case) -> str:
        local = Clock(case.as_of, self.model.settings).local(case.as_of)
        text = local.isoformat(timespec="minutes" if not local.second else "auto")
        return text.removesuffix("T00:00")

    def _told(self, run: Run, verdict: Verdict) -> Failure:
        item = verdict.expectation
        place = self._place(item.span)
        if item.kind == "count":
            members = plural(int(verdict.actual), "member")
            return Failure(
                place, f"expected {item.count}", f"found {members}", notes=self._keys(run)
            )
        expected = f"expected `{item.subject}` {item.kind}"
        if item.kind == "in" and len(item.segments) == 1 and "." in item.segments[0]:
            expected += f" `{item.segments[0]}`"
        record = run.record(item.subject)
        if record is None:
            why = f"`{item.subject}` does not exist as of {self._as_of(run.case)}"
            return Failure(place, expected, why)
        actual = "is in" if verdict.actual else "is out"
        actual += f" (`{verdict.level}`)" if verdict.level and item.kind != "in" else ""
        if verdict.level and item.kind == "in":
            actual = f"is in `{verdict.level}`"
        lines = self._lines(verdict)
        found = reasons(run.evaluator, record, lines, self._text)
        deciding = tuple(dict.fromkeys(item.text for item in _decisive(found)))
        return Failure(place, expected, actual, tuple(map(_condition, found)), deciding)

    def _lines(self, verdict: Verdict) -> tuple[Condition, ...]:
        """The conditions that tell most: those of the segment, of the level that was expected, or that it is in; of
        all levels where it is in none."""
        names = verdict.expectation.segments
        if len(names) > 1 and verdict.level:
            names = (verdict.level,)
        segments = [self.model.segments[name] for name in names]
        if len(segments) == 1:
            return segments[0].lines
        whole = self.model.segmentations[names[0].partition(".")[0]]
        asked = tuple(
            level.own or All(level.segment.span, level.segment.lines) for level in whole.levels
        )
        base = (whole.base,) if whole.base is not None and not whole.is_split else ()
        return (*base, Any(whole.span, asked))

    def _keys(self, run: Run) -> tuple[str, ...]:
        names = {key: label for label, key in run.rows.keys.items()}
        found = sorted({key for keys in run.members.values() for key in keys}, key=repr)
        listed = [names.get(key, ":".join(map(str, key))) for key in found[:10]]
        return (f"members: {', '.join(listed)}",) if listed else ()

    # --- assert blocks ------------------------------------------------------------------------------

    def claims(
        self,
        assertion: Assertion,
        ask: Callable[[list[str]], AbstractContextManager[tuple[Engine, Clock, str]]] | None,
    ) -> Outcome:
        """Ask the target about the claims of one `assert` block; `ask` is None where there is no target.

        A target that does not answer is kept in `unanswered`, and not asked again unless it only refused a statement.
        """
        started = time.perf_counter()
        faulty = [name for name in assertion.names if self.faults(name)]
        if faulty:
            reason = f"what `{faulty[0]}` rests on has errors"
            return self._result(assertion.span, assertion.why, "failed", started, reason=reason)
        names = [name for claim in assertion.claims for name in claim.segments if name is not None]
        if ask is None:
            reason = "claims are decided on data; name a target with --target"
            return self._result(assertion.span, assertion.why, "skipped", started, reason=reason)
        if self.unanswered is not None and not isinstance(self.unanswered, StatementError):
            reason = "not asked: the target has failed before"
            return self._result(assertion.span, assertion.why, "broken", started, reason=reason)
        try:
            with ask(names) as (engine, clock, dialect):
                refused = self._refused(names, dialect)
                claims = Claims(self.model, clock, engine, dialect)
                findings = [claims.finding(item) for item in assertion.claims if not refused]
        except EngineError as error:
            self.unanswered = error
            reason = str(error)
            return self._result(assertion.span, assertion.why, "broken", started, reason=reason)
        except (NumberTooLargeError, PlanError) as error:
            refused = str(error)
        if refused:
            return self._result(assertion.span, assertion.why, "failed", started, reason=refused)
        failures = tuple(self._contradiction(item) for item in findings if not item.held)
        status: Status = "failed" if failures else "passed"
        return self._result(assertion.span, assertion.why, status, started, failures)

    def _contradiction(self, found: Finding) -> Failure:
        claim = found.claim
        place, expected = self._place(claim.span), self._text(claim.span)
        if claim.kind == "inside" and expected.startswith("every segment "):
            expected += f" (`{claim.segments[0]}`)"
        if claim.kind in ("size", "share"):
            return Failure(place, expected, _measured(claim, found))
        keys = ", ".join(":".join(map(str, key)) for key in found.sample)
        name = claim.entity.name
        rows = "; ".join(f"{plural(n, name, f'{name} rows')} {what}" for n, what in found.against)
        return Failure(place, expected, rows, notes=(f"for example {keys}",))

    # --- coverage -----------------------------------------------------------------------------------

    def covered(self, wanted: Callable[[str], bool]) -> tuple[CoverageLine, ...]:
        """The coverage of each segment whose file is wanted."""
        assert self.coverage is not None
        by_segment: dict[str, list[Seen]] = {}
        for seen in self.coverage.seen(self.model):
            if wanted(seen.span.file):
                by_segment.setdefault(seen.segment, []).append(seen)
        return tuple(
            CoverageLine(
                name,
                len(items),
                sum(item.both for item in items),
                tuple(
                    (self._place(item.span), self._text(item.span), _unseen(item))
                    for item in items
                    if not item.both
                ),
            )
            for name, items in by_segment.items()
        )

    # --- texts --------------------------------------------------------------------------------------

    def _result(
        self,
        span: Span,
        name: str,
        status: Status,
        started: float,
        failures: Iterable[Failure] = (),
        reason: str = "",
    ) -> Outcome:
        seconds = time.perf_counter() - started
        return Outcome(
            span.file, self._line(span), name, status, seconds, tuple(failures), reason=reason
        )

    def _line(self, span: Span) -> int:
        source = self.source(span.file)
        return source.position(span.start).line if source is not None else 0

    def _place(self, span: Span) -> str:
        return f"{span.file}:{self._line(span)}"

    def _text(self, span: Span) -> str:
        """The text at a place, on one line, without its comments."""
        source = self.source(span.file)
        text = source.text[span.start : span.end] if source is not None else ""
        lines = [line.strip() for line in text.split("\n")]
        return " ".join(line for line in lines if line and not line.startswith("#"))


def _decisive(found: Iterable[Reason]) -> Iterable[Reason]:
    for item in found:
        if item.parts:
            yield from _decisive(item.parts)
        elif item.decides:
            yield item


def _condition(reason: Reason) -> Told:
    parts = tuple(map(_condition, reason.parts))
    return Told(reason.text, reason.holds, reason.values, parts, reason.decides)


def _disagreement(item: Difference) -> Failure:
    def listed(keys: Iterable[tuple[object, ...]]) -> str:
        return ", ".join(":".join(map(str, key)) for key in keys) or "nobody"

    return Failure(
        f"`{item.segment}`",
        "DuckDB and the reference evaluator have the same members",
        f"only DuckDB: {listed(item.duckdb)}; only the reference: {listed(item.reference)}",
        notes=("this is a fault of segql itself: please report it with this test",),
    )


def _measured(claim: Claim, found: Finding) -> str:
    if found.among is None:
        return f"it is {plural(found.count, 'member')}"
    whole = claim.segments[1] or claim.entity.name
    if not found.among:
        return f"`{whole}` has no members"
    per_cent = 100 * Decimal(found.count) / found.among
    return f"it is {per_cent:.2f}%, {number(found.count)} of {number(found.among)}"


def _unseen(item: Seen) -> str:
    if not item.true and not item.false:
        return "never asked"
    return "never false" if item.true else "never true"
