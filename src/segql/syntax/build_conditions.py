"""The tree out of the parser: conditions."""

from __future__ import annotations

from typing import Literal

from segql.diagnostics import Edit, Fix
from segql.source import Span
from segql.syntax import codes, tree
from segql.syntax.build_values import ValueBuilder, constant
from segql.syntax.builder import Children

TextKind = Literal["contains", "starts", "ends", "matches"]


class ConditionBuilder(ValueBuilder):
    """Methods for the rules under "conditions"."""

    # --- and, or, not ---------------------------------------------------------------------------

    def or_(self, c: Children, start: int, end: int) -> tree.Or:
        items = tuple(self.condition(item) for item in c)
        mixed = [item for item in items if isinstance(item, tree.And)]
        if mixed:
            self._mixed(items, mixed, self.span(start, end))
        return tree.Or(span=self.span(start, end), items=items)

    def _mixed(self, items: tuple[tree.Condition, ...], mixed: list[tree.And], span: Span) -> None:
        edits = []
        for item in mixed:
            edits.append(Edit(self.span(item.span.start, item.span.start), "("))
            edits.append(Edit(self.span(item.span.end, item.span.end), ")"))
        self.report(
            codes.MIXED_LOGIC,
            "`and` mixed with `or` needs parentheses",
            span,
            "which of the two binds first is not said",
            Fix("put parentheses around each `and`, as most languages read it", tuple(edits)),
            "or put them around the `or`, if that is meant",
        )

    def and_(self, c: Children, start: int, end: int) -> tree.And:
        items = tuple(self.condition(item) for item in c)
        return tree.And(span=self.span(start, end), items=items)

    def not_(self, c: Children, start: int, end: int) -> tree.Condition:
        item = self.condition(c[1])
        if isinstance(item, tree.OrUnknown | tree.IfKnown):
            phrase = "or unknown" if isinstance(item, tree.OrUnknown) else "if known"
            self.report(
                codes.OR_UNKNOWN_PLACE,
                f"`{phrase}` cannot stand under `not` without parentheses",
                self.span(start, end),
                "does `not` come first, or last?",
                f"write `not (… {phrase})`, or turn the condition round and drop `not`",
            )
        if isinstance(item, tree.MemberOf) and not item.relation and not item.negated:
            return item.model_copy(update={"negated": True, "span": self.span(start, end)})
        return tree.Not(span=self.span(start, end), item=item)

    def or_unknown(self, c: Children, start: int, end: int) -> tree.OrUnknown:
        leaf = self._leaf(c[0], "or unknown", start, end)
        return tree.OrUnknown(span=self.span(start, end), leaf=leaf)

    def if_known(self, c: Children, start: int, end: int) -> tree.IfKnown:
        leaf = self._leaf(c[0], "if known", start, end)
        return tree.IfKnown(span=self.span(start, end), leaf=leaf)

    def _leaf(
        self, item: tree.Condition | tree.Value, phrase: str, start: int, end: int
    ) -> tree.Condition:
        if isinstance(item, tree.ParenCondition | tree.ParenValue | tree.Gather):
            what = "a group" if isinstance(item, tree.Gather) else "a condition in parentheses"
            self.report(
                codes.OR_UNKNOWN_PLACE,
                f"`{phrase}` cannot stand behind {what}",
                self.span(item.span.end, end),
                "belongs to one leaf",
                f"write `{phrase}` behind each condition that it is meant for",
            )
        return self.condition(item)

    # --- comparisons ----------------------------------------------------------------------------

    def compare(self, c: Children, start: int, end: int) -> tree.Compare:
        left, operator, right, ignoring = c
        if type(right) is tree.Path and right.parts[0].text == "null":
            self._null(operator, right)
        return tree.Compare(
            span=Span(self.file, start, end),
            operator=operator,
            left=self.value(left),
            right=self.value(right),
            ignoring_case=ignoring is not None,
        )

    def _null(self, operator: str, right: tree.Path) -> None:
        """`x = null`."""
        if len(right.parts) > 1:
            return
        word = "is unknown" if operator == "=" else "is known"
        self.report(
            codes.NULL_TEST,
            "a missing value is asked with `is known` and `is unknown`",
            right.span,
            "`null` is no value of this language",
            f"write `{word}`",
        )

    def in_list(self, c: Children, start: int, end: int) -> tree.InList:
        value, negation, *items, ignoring = c
        return tree.InList(
            span=self.span(start, end),
            value=self.value(value),
            items=tuple(self.value(item) for item in items),
            negated=negation is not None,
            ignoring_case=ignoring is not None,
        )

    def in_range(self, c: Children, start: int, end: int) -> tree.InRange:
        value, negation, low, high = c
        self.check_range(low, high)
        return tree.InRange(
            span=self.span(start, end),
            value=self.value(value),
            low=low,
            high=high,
            negated=negation is not None,
        )

    def check_range(self, low: tree.Value, high: tree.Value, joined: str = "..") -> None:
        """A constant range goes upwards; `joined`: what stands between its ends."""
        first, last = constant(low), constant(high)
        if first is not None and last is not None and first > last:
            texts = [item.text for item in (low, high) if isinstance(item, tree.Number)]
            self.report(
                codes.INVERTED_RANGE,
                "a range goes from the smaller to the larger number",
                low.span.to(high.span),
                "holds nothing",
                f"did you mean `{joined.join(reversed(texts))}`?",
            )

    def is_known(self, c: Children, start: int, end: int) -> tree.Known:
        return tree.Known(span=self.span(start, end), value=self.value(c[0]))

    def is_unknown(self, c: Children, start: int, end: int) -> tree.Known:
        return tree.Known(span=self.span(start, end), value=self.value(c[0]), negated=True)

    # --- text -----------------------------------------------------------------------------------

    def _text(
        self, test: TextKind, negated: bool, c: Children, start: int, end: int
    ) -> tree.TextTest:
        return tree.TextTest(
            span=self.span(start, end),
            test=test,
            value=self.value(c[0]),
            pattern=self.value(c[1]),
            negated=negated,
            ignoring_case=c[2] is not None,
        )

    def contains(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("contains", False, c, start, end)

    def starts_with(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("starts", False, c, start, end)

    def ends_with(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("ends", False, c, start, end)

    def matches(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("matches", False, c, start, end)

    def contains_not(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("contains", True, c, start, end)

    def starts_not(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("starts", True, c, start, end)

    def ends_not(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("ends", True, c, start, end)

    def matches_not(self, c: Children, start: int, end: int) -> tree.TextTest:
        return self._text("matches", True, c, start, end)

    # --- lists ----------------------------------------------------------------------------------

    def list_has(self, c: Children, start: int, end: int) -> tree.ListTest:
        return self._has_item(c, start, end, negated=False)

    def list_has_not(self, c: Children, start: int, end: int) -> tree.ListTest:
        return self._has_item(c, start, end, negated=True)

    def _has_item(self, c: Children, start: int, end: int, *, negated: bool) -> tree.ListTest:
        value, item, ignoring = c
        return tree.ListTest(
            span=self.span(start, end),
            test="has",
            value=self.value(value),
            items=(self.value(item),),
            negated=negated,
            ignoring_case=ignoring is not None,
        )

    def list_quantified(self, c: Children, start: int, end: int) -> tree.ListTest:
        value, quantifier, *items, ignoring = c
        return tree.ListTest(
            span=self.span(start, end),
            test=quantifier,
            value=self.value(value),
            items=tuple(self.value(item) for item in items),
            ignoring_case=ignoring is not None,
        )

    def list_another(self, c: Children, start: int, end: int) -> tree.ListTest:
        value, quantifier, path, ignoring = c
        return tree.ListTest(
            span=self.span(start, end),
            test=quantifier,
            value=self.value(value),
            items=(path,),
            ignoring_case=ignoring is not None,
            another=True,
        )

    # --- time, distance, history ----------------------------------------------------------------

    def time_in(self, c: Children, start: int, end: int) -> tree.TimeTest:
        value, negation, window = c
        return tree.TimeTest(
            span=self.span(start, end),
            value=self.value(value),
            window=window,
            negated=negation is not None,
        )

    def time_test(self, c: Children, start: int, end: int) -> tree.TimeTest:
        window = c[1]
        if isinstance(window, tree.Between):
            low, high = window.start, window.end
            if isinstance(low, tree.Number) or isinstance(high, tree.Number):
                self._number_between(window, low, high)
        return tree.TimeTest(span=self.span(start, end), value=self.value(c[0]), window=c[1])

    def _number_between(self, window: tree.Between, low: tree.Value, high: tree.Value) -> None:
        helps: list[Fix | str] = ["write `in A..B`, which includes both ends"]
        if isinstance(low, tree.Number) and isinstance(high, tree.Number):
            new = f"in {low.text}..{high.text}"
            helps = [Fix(f"write `{new}`", (Edit(window.span, new),), safe=True)]
        self.report(
            codes.OTHER_PHRASE,
            "`between` is a window of time; a range of numbers is written `in A..B`",
            window.span,
            "between numbers",
            *helps,
        )

    def anniversary(self, c: Children, start: int, end: int) -> tree.AnniversaryTest:
        span = self.span(start, end)
        return tree.AnniversaryTest(span=span, value=self.value(c[0]), window=c[1])

    def has_been(self, c: Children, start: int, end: int) -> tree.HasBeen:
        value, state, duration = c
        return tree.HasBeen(
            span=self.span(start, end),
            value=self.value(value),
            state=self.value(state),
            duration=duration,
        )

    def near(self, c: Children, start: int, end: int) -> tree.Near:
        value, distance, unit, center = c
        return tree.Near(
            span=self.span(start, end),
            value=self.value(value),
            distance=distance,
            unit=unit,
            center=self.value(center),
        )

    # --- populations ----------------------------------------------------------------------------

    def member_of(self, c: Children, start: int, end: int) -> tree.MemberOf:
        return tree.MemberOf(
            span=self.span(start, end), relation=(), segment=c[0].parts, as_of=c[1]
        )

    def related_member(self, c: Children, start: int, end: int) -> tree.MemberOf:
        relation, negation, segment, as_of = c
        if not isinstance(relation, tree.Path):
            self.report(
                codes.OTHER_PHRASE,
                "a relation or nothing stands before `member of`",
                relation.span,
                "found a value",
            )
        return tree.MemberOf(
            span=self.span(start, end),
            relation=relation.parts if isinstance(relation, tree.Path) else (),
            segment=segment.parts,
            negated=negation is not None,
            as_of=as_of,
        )

    def as_of(self, c: Children, start: int, end: int) -> tree.Value:
        return self.value(c[0])

    def top(self, c: Children, start: int, end: int) -> tree.Top:
        direction, exactly, count, among, by, per = c
        if isinstance(count, tree.Number):
            self.whole(count, 1, "number of members")
        return tree.Top(
            span=self.span(start, end),
            direction=direction,
            count=count,
            exactly=exactly is not None,
            share=False,
            among=self.dotted_name(among.parts),
            by=self.value(by),
            per=None if per is None else self.value(per),
        )

    def top_share(self, c: Children, start: int, end: int) -> tree.Top:
        direction, count, among, by, per = c
        return tree.Top(
            span=self.span(start, end),
            direction=direction,
            count=count,
            exactly=False,
            share=True,
            among=self.dotted_name(among.parts),
            by=self.value(by),
            per=None if per is None else self.value(per),
        )

    # --- groups of conditions, raw SQL ----------------------------------------------------------

    def gather(self, c: Children, start: int, end: int) -> tree.Gather:
        return tree.Gather(span=self.span(start, end), kind=c[0], count=None, block=c[1])

    def gather_least(self, c: Children, start: int, end: int) -> tree.Gather:
        count = self.whole(c[0], 1, "number of conditions")
        return tree.Gather(span=self.span(start, end), kind="at least", count=count, block=c[1])

    def gather_exactly(self, c: Children, start: int, end: int) -> tree.Gather:
        count = self.whole(c[-2], 0, "number of conditions")
        return tree.Gather(span=self.span(start, end), kind="exactly", count=count, block=c[-1])

    def raw_sql(self, c: Children, start: int, end: int) -> tree.RawSql:
        return tree.RawSql(span=self.span(start, end), sql=c[0])
