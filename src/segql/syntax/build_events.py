"""The tree out of the parser: conditions over events and rows."""

from __future__ import annotations

from segql.diagnostics import Edit, Fix
from segql.source import Span
from segql.syntax import codes, tree
from segql.syntax.build_conditions import ConditionBuilder
from segql.syntax.builder import Children


class EventBuilder(ConditionBuilder):
    """Methods for `did`, `has`, numbers of times, regularity and sequences."""

    def did(self, c: Children, start: int, end: int) -> tree.Did:
        negation, path, alias, times, window, where = c
        return self._did(start, end, (negation, path, alias, times), None, window, where)

    def did_regular(self, c: Children, start: int, end: int) -> tree.Did:
        negation, path, alias, times, regularity, where = c
        return self._did(start, end, (negation, path, alias, times), regularity, None, where)

    def did_within(self, c: Children, start: int, end: int) -> tree.Did:
        negation, path, alias, times, within, window, where = c
        return self._did(start, end, (negation, path, alias, times), within, window, where)

    def _did(
        self,
        start: int,
        end: int,
        head: tuple[str | None, tree.Path, tree.Name | None, tree.Times | None],
        scope: tree.Regularity | tree.Duration | None,
        window: tree.Window | None,
        where: tree.Block | None,
    ) -> tree.Did:
        negation, path, alias, times = head
        if times is not None and times.high == 0:
            self._never(path, times, "did" if negation else "did not")
        if negation is not None and isinstance(scope, tree.Regularity):
            self._two_denials(self.span(start, end), path, times, scope)
        return tree.Did(
            span=self.span(start, end),
            event=path.parts,
            negated=negation is not None,
            alias=alias,
            times=times,
            window=window,
            regularity=scope if isinstance(scope, tree.Regularity) else None,
            within_any=scope if isinstance(scope, tree.Duration) else None,
            where=where,
        )

    def _two_denials(
        self, span: Span, path: tree.Path, times: tree.Times | None, rule: tree.Regularity
    ) -> None:
        """`did not E in each of …`: some unit is without, or each; of `at least M` so many with, or without."""
        whole = (
            Edit(Span(span.file, span.start, path.span.start), "not (did "),
            Edit(Span(span.file, span.end, span.end), ")"),
        )
        how = "each of" if rule.each else f"at least {rule.hits} of"
        units = _last_units(rule)
        denied = f"write `not (did … in {how} …)`: " + (
            "some of them may hold it, not all" if rule.each else f"fewer than {rule.hits} hold it"
        )
        if rule.each and times is None and not rule.periods:
            without = Fix(
                f"write `did not … in {units}`: none of them holds it",
                (Edit(rule.span, f"in {units}"),),
            )
        else:
            least = 1 if rule.each else max(rule.count - rule.hits + 1, 1)
            new = f"in at least {least} of {units}"
            lack = "none of them holds it" if rule.each else f"at least {rule.hits} do not hold it"
            without = Fix(f"write `not (did … {new})`: {lack}", (*whole, Edit(rule.span, new)))
        same = not rule.each and 2 * rule.hits == rule.count + 1
        self.report(
            codes.AMBIGUOUS_NOT,
            f"`did not … in {how}` can be read in two ways",
            span,
            "is it denied of them together, or of each?",
            Fix(denied, whole),
            *(() if same else (without,)),
        )

    def _never(self, path: tree.Path, times: tree.Times, verb: str) -> None:
        name = ".".join(part.text for part in path.parts)
        self.report(
            codes.COUNT_TIMES,
            "a number of times is at least 1",
            times.span,
            "none at all has a form of its own",
            f"write `{verb} {name} …`",
        )

    def has(self, c: Children, start: int, end: int) -> tree.Has:
        times, path, alias, window, where = c
        if times is not None and times.high == 0:
            name = ".".join(part.text for part in path.parts)
            self.report(
                codes.COUNT_TIMES,
                "a number of rows is at least 1",
                times.span,
                "none at all has a form of its own",
                Fix(f"write `has no {name}`", (Edit(times.span, "no"),), safe=True),
            )
        return tree.Has(
            span=self.span(start, end),
            relation=path.parts,
            alias=alias,
            times=times,
            window=window,
            where=where,
        )

    def has_no(self, c: Children, start: int, end: int) -> tree.Has:
        path, alias, window, where = c
        return tree.Has(
            span=self.span(start, end),
            relation=path.parts,
            negated=True,
            alias=alias,
            window=window,
            where=where,
        )

    # --- numbers of times -----------------------------------------------------------------------

    def times_least(self, c: Children, start: int, end: int) -> tree.Times:
        low = self._times(c[0], "everyone did so at least 0 times: leave it out")
        return tree.Times(span=self.span(start, end), low=low, high=None, spelling="at least")

    def _times(self, number: tree.Number, way_out: str) -> int:
        if number.value == 0:
            self.report(
                codes.COUNT_TIMES,
                "a number of times is at least 1",
                number.span,
                f"found `{number.text}`",
                way_out,
            )
            return 1
        return self.whole(number, 1, "number of times")

    def times_more(self, c: Children, start: int, end: int) -> tree.Times:
        low = self.whole(c[0], 0, "number of times") + 1
        return tree.Times(span=self.span(start, end), low=low, high=None, spelling="more than")

    def times_exactly(self, c: Children, start: int, end: int) -> tree.Times:
        number = next(item for item in c if isinstance(item, tree.Number))
        count = self.whole(number, 0, "number of times")
        span = self.span(start, end)
        return tree.Times(span=span, low=count, high=count, spelling="exactly")

    def times_range(self, c: Children, start: int, end: int) -> tree.Times:
        more = f"`count(E …) <= {c[1].text}` holds those who never did too"
        low = self._times(c[0], more)
        high = self._times(c[1], "write `did not E …`")
        span = self.span(start, end)
        if low > high:
            self.report(
                codes.INVERTED_RANGE,
                "a range goes from the smaller to the larger number",
                c[0].span.to(c[1].span),
                "holds nothing",
                f"did you mean `{high} to {low}`?",
            )
        return tree.Times(span=span, low=low, high=max(low, high), spelling="range")

    # --- regularity -----------------------------------------------------------------------------

    def regular_units(self, c: Children, start: int, end: int) -> tree.Regularity:
        hits = self.whole(c[0], 1, "number of units")
        count = self.whole(c[1], 1, "number of units")
        self._reachable(hits, count, c)
        return tree.Regularity(
            span=self.span(start, end), hits=hits, count=count, unit=self.unit(c[2])
        )

    def regular_periods(self, c: Children, start: int, end: int) -> tree.Regularity:
        hits = self.whole(c[0], 1, "number of periods")
        count = self.whole(c[1], 1, "number of periods")
        self._reachable(hits, count, c)
        return tree.Regularity(
            span=self.span(start, end),
            hits=hits,
            count=count,
            unit=self.unit(c[3]),
            length=self.whole(c[2], 1, "number of units"),
            periods=True,
        )

    def _reachable(self, hits: int, count: int, c: Children) -> None:
        if hits > count:
            self.report(
                codes.INVERTED_RANGE,
                f"at least {hits} of {count} can never hold",
                c[0].span.to(c[1].span),
                "the first number is the larger one",
            )

    def each_unit(self, c: Children, start: int, end: int) -> tree.Regularity:
        count = self.whole(c[0], 1, "number of units")
        return tree.Regularity(
            span=self.span(start, end), hits=count, count=count, unit=self.unit(c[1]), each=True
        )

    def each_period(self, c: Children, start: int, end: int) -> tree.Regularity:
        count = self.whole(c[0], 1, "number of periods")
        return tree.Regularity(
            span=self.span(start, end),
            hits=count,
            count=count,
            unit=self.unit(c[2]),
            length=self.whole(c[1], 1, "number of units"),
            periods=True,
            each=True,
        )

    # --- sequences ------------------------------------------------------------------------------

    def sequence(self, c: Children, start: int, end: int) -> tree.Sequence:
        by, window, *steps = c
        self._check_steps(steps)
        return tree.Sequence(
            span=self.span(start, end),
            by=None if by is None else by.parts,
            window=window,
            steps=tuple(step for _, step in steps),
        )

    def _check_steps(self, steps: list[tuple[bool, tree.Step]]) -> None:
        """The first step is an event without `then`; `no` stands between, `then no` at the end."""
        last = len(steps) - 1
        for index, (then, step) in enumerate(steps):
            if index == 0:
                wrong = "begins with an event, without `then`" if then or step.kind == "no" else ""
            elif step.kind == "step":
                wrong = "" if then else "goes on with `then` or `no`"
            elif then:
                wrong = "" if index == last else "has `then no` only as its last line"
            else:
                wrong = "ends with `then` or `then no`" if index == last else ""
            if wrong:
                self.report(
                    codes.SEQUENCE_STEPS, f"a sequence {wrong}", step.span, "this line does not fit"
                )
            if not then and step.kind == "no" and step.within is not None:
                self.report(
                    codes.SEQUENCE_STEPS,
                    "a `no` line between two steps has no limit of its own",
                    step.within.span,
                    "the next step says how long",
                )

    def step(self, c: Children, start: int, end: int) -> tuple[bool, tree.Step]:
        then, choice, path, alias, *limits, where = c
        found: dict[str, tuple[tree.Duration, bool]] = {}
        for kind, duration, of_start in limits:
            if kind in found:
                self.report(
                    codes.SEQUENCE_STEPS,
                    f"`{kind}` stands twice in one step",
                    duration.span,
                    "the second one",
                )
            found[kind] = (duration, of_start)
        within, after = found.get("within"), found.get("after")
        step = tree.Step(
            span=self.span(start, end),
            event=path.parts,
            kind="step",
            latest=choice == "latest",
            immediately=choice == "next",
            within=within and within[0],
            of_start=bool(within and within[1]),
            after=after and after[0],
            alias=alias,
            where=where,
        )
        return then is not None, step

    def no_step(self, c: Children, start: int, end: int) -> tuple[bool, tree.Step]:
        then, path, alias, within, where = c
        step = tree.Step(
            span=self.span(start, end),
            event=path.parts,
            kind="no",
            within=within,
            alias=alias,
            where=where,
        )
        return then is not None, step

    def limit_within(self, c: Children, start: int, end: int) -> tuple[str, tree.Duration, bool]:
        return "within", c[0], False

    def limit_of_start(self, c: Children, start: int, end: int) -> tuple[str, tree.Duration, bool]:
        return "within", c[0], True

    def limit_after(self, c: Children, start: int, end: int) -> tuple[str, tree.Duration, bool]:
        return "after", c[0], False


def _last_units(rule: tree.Regularity) -> str:
    """`last 3 full months`, `last 4 periods of 2 days`."""
    number = rule.length if rule.periods else rule.count
    unit = rule.unit if number == 1 else f"{rule.unit}s"
    if rule.periods:
        return f"last {rule.count} periods of {rule.length} {unit}"
    return f"last {rule.count} full {unit}"
