"""Random conditions: leaves, groups of conditions, searches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segql.model import nodes
from segql.model.types import EnumType, ListType
from tests.agreement.choices import DATES, OPERATORS, PATTERNS, Scope, kind_of, said, time_of
from tests.agreement.events import Events

# Raw SQL over the physical columns of a row, by source.
SQL = {
    "customer": ("points > 3", "customer_id % 2 = 0 AND hidden", "points IS NULL OR hidden", "abs(points) BETWEEN 1 AND 5"),
    "store": ("length(store_id) = 1", "store_id IN ('10', '9')"),
    "order_line": ("line_no > 1", "line_no * 2 <= order_id"),
    "product": ("product_id <> 2",),
    "purchase": ("order_id > 3", "status = 'paid'"),
    "visit": ("visit_no > 2 AND device <> '10'",),
    "stay": ("pieces > 1",),
    "gift": ("weight >= 2",),
    "answers": ("answer > 1",),
}  # fmt: skip


class Conditions(Events):
    def condition(self, scope: Scope, depth: int) -> str:
        if depth <= 0:
            return self.suffixed(self.leaf(scope, 0))
        kind = self.pick(
            ("leaf", "leaf", "leaf", "not", "and", "or", "all", "any", "none", "of", "nested")
        )
        inner = lambda: self.condition(scope, depth - 1)  # noqa: E731
        match kind:
            case "leaf":
                return self.suffixed(self.leaf(scope, depth))
            case "not":
                return f"not ({inner()})"
            case "and" | "or":
                return (
                    "(" + f" {kind} ".join(f"({inner()})" for _ in range(self.number(2, 3))) + ")"
                )
            case "all" | "any" | "none":
                return self.block(kind, [inner() for _ in range(self.number(1, 3))])
            case "of":
                items = [inner() for _ in range(self.number(2, 3))]
                word = self.pick(("at least", "exactly"))
                return self.block(f"{word} {self.number(1, len(items))} of", items)
            case _:
                return f"({inner()})"

    def block(self, head: str, items: Sequence[str]) -> str:
        return f"{head} {{\n" + "\n".join(items) + "\n}"

    def suffixed(self, leaf: tuple[str, bool]) -> str:
        text, admits = leaf
        return text + (self.pick(("", "", " or unknown", " if known")) if admits else "")

    def leaf(self, scope: Scope, depth: int) -> tuple[str, bool]:
        """A leaf, and whether `or unknown` may stand behind it."""
        kinds: list[Callable[[Scope, int], tuple[str, bool] | None]] = [
            *[self.comparison] * 7, self.range, self.range, self.set, self.known, self.text_test, self.list_test, self.bare,
            self.time_test, self.time_test, self.anniversary, self.did, self.did, self.has, self.member,
            self.regular, self.burst, self.sequence, self.sequence, self.top, self.top, self.near, self.has_been, self.member, self.sql,
            self.passed,
        ]  # fmt: skip
        start = self.number(0, len(kinds) - 1)
        for kind in (*kinds[start:], *kinds[:start]):
            found = kind(scope, depth)
            if found is not None:
                return found
        raise AssertionError("no leaf for this row")

    def comparison(self, scope: Scope, depth: int) -> tuple[str, bool]:
        depth = depth if scope.outer else max(depth, 1)
        kind = self.pick(
            (
                "int",
                "int",
                "decimal",
                "decimal",
                "text",
                "date",
                "timestamp",
                "duration",
                "float",
                "enum",
                "ordered",
            )
        )
        operator = self.pick(OPERATORS)
        if kind in ("enum", "ordered"):
            found = [item for item in self.attributes(scope) if isinstance(item.type, EnumType)]
            if found:
                one = self.pick(found)
                assert isinstance(one.type, EnumType)
                if not one.type.ordered:
                    operator = self.pick(("=", "!="))
                return f'{one.text} {operator} "{self.pick(one.type.values)}"', True
            kind = "int"
        if kind == "float":
            operator = self.pick(("<", "<=", ">", ">="))
        other = {"int": ("int", "decimal"), "decimal": ("int", "decimal")}.get(kind, (kind,))
        left, right = self.value(scope, kind, depth), self.value(scope, self.pick(other), depth - 1)
        ignoring = " ignoring case" if kind == "text" and self.number(0, 3) == 0 else ""
        return f"{left} {operator} {right}{ignoring}", True

    def range(self, scope: Scope, depth: int) -> tuple[str, bool]:
        low = self.number(-5, 10)
        word = self.pick(("in", "in", "not in"))
        kind = self.pick(("int", "decimal"))
        return f"{self.value(scope, kind, depth)} {word} {low}..{low + self.number(0, 20)}", True

    def set(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(("int", "text", "text", "date", "decimal"))
        items = ", ".join(self.literal(kind) for _ in range(self.number(1, 3)))
        ignoring = " ignoring case" if kind == "text" and self.number(0, 3) == 0 else ""
        return (
            f"{self.value(scope, kind, depth)} {self.pick(('in', 'not in'))} ({items}){ignoring}",
            True,
        )

    def known(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(("int", "decimal", "text", "date", "timestamp", "duration"))
        return f"{self.value(scope, kind, depth)} is {self.pick(('known', 'unknown'))}", False

    def text_test(self, scope: Scope, depth: int) -> tuple[str, bool]:
        test = self.pick(("contains", "starts with", "ends with", "matches", "does not contain", "does not start with", "does not match"))  # fmt: skip
        value = self.value(scope, "text", depth)
        pattern = (
            self.pick(PATTERNS)
            if "match" in test
            else self.pick((self.literal("text"), self.value(scope, "text", 0)))
        )
        return f"{value} {test} {pattern}{self.pick(('', '', ' ignoring case'))}", True

    def list_test(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [item for item in self.attributes(scope) if isinstance(item.type, ListType)]
        if not found:
            return None
        one = self.pick(found)
        assert isinstance(one.type, ListType)
        kind = one.type.item.name
        ignoring = " ignoring case" if kind == "text" and self.number(0, 3) == 0 else ""
        if self.number(0, 3) == 0:
            word = self.pick(("has", "does not have"))
            return f"{one.text} {word} {self.literal(kind)}{ignoring}", True
        test = self.pick(("any", "all", "none"))
        others = [item.text for item in found if item.type == one.type]
        if self.number(0, 2) == 0:
            return f"{one.text} has {test} {self.pick(others)}{ignoring}", True
        items = ", ".join(self.literal(kind) for _ in range(self.number(1, 3)))
        return f"{one.text} has {test} ({items}){ignoring}", True

    def bare(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [item for item in self.attributes(scope) if item.type.name == "bool"]
        if not found:
            return None
        one = self.pick(found).text
        return self.pick((one, one, f"{one} = true", f"{one} != true", f"not {one}")), False

    def time_test(self, scope: Scope, depth: int) -> tuple[str, bool]:
        kind = self.pick(("date", "timestamp"))
        value = self.value(scope, kind, depth)
        negated = self.number(0, 4) == 0
        window = self.window(scope, kind, depth, forward=True)
        if negated and window.startswith("in "):
            window = "not " + window
        return f"{value} {window}", True

    def anniversary(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        dates = [item for item in self.attributes(scope) if item.type.name == "date"]
        if not dates:
            return None
        count, unit = self.number(1, 40), self.pick(("day", "day", "week", "month"))
        window = self.pick(
            (
                f"in last {count} {unit}s",
                f"in next {count} {unit}s",
                "today",
                "yesterday",
                f"in this {unit}",
                f"in next full {unit}",
                f"on {self.pick(DATES)}",
            )
        )
        return f"anniversary({self.pick(dates).text}) {window}", True

    def did(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [search for search in self.searches(scope) if time_of(search.sources)]
        if not found:
            return None
        search = self.pick(found)
        word = self.pick(("did", "did", "did not"))
        alias = self.alias(scope)
        times, window = self.times(), self.window_or_none(scope, search.sources, depth)
        where = self.where(scope, search, depth, alias)
        return f"{word} {search.name}{said(alias)}{times}{window}{where}", False

    def has(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [search for search in self.searches(scope) if not time_of(search.sources[-1:])]
        if not found:
            return None
        search = self.pick(found)
        alias = self.alias(scope)
        where = self.where(scope, search, depth, alias)
        if self.number(0, 2) == 0:
            return f"has no {search.name}{said(alias)}{where}", False
        times = self.times().removesuffix(" times").removesuffix(" time")
        return f"has{times} {search.name}{said(alias)}{where}", False

    def member(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        relations = {
            "": scope.source,
            **{f"{name} ": link.parent for name, link in self.ones(scope.source)},
            **{f"{name} ": source for name, source in scope.visible().items()},
        }
        found = [
            (relation, segment.name)
            for relation, source in relations.items()
            for segment in self.model.segments.values()
            if segment.entity is source
        ]
        if not found:
            return None
        relation, name = self.pick(found)
        moment = ""
        if name.startswith("kept_") or (name.startswith("old_") and self.maybe()):
            moment = self.pick(("", " as of 90 days ago", " as of 1 year ago", f" as of {self.pick(DATES)}", f" as of {self.literal('timestamp')}"))  # fmt: skip
        return f"{relation}{self.pick(('', 'not '))}member of {name}{moment}", False

    def near(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = [item.text for item in self.attributes(scope) if item.type.name == "point"]
        if not found:
            return None
        others = [item.text for item in self.outer_attributes(scope) if item.type.name == "point"]
        other = self.pick((self.literal("point"), self.pick(found), self.pick(others or found)))
        reach = self.pick(("25 km", "0.001 km", "0.5 miles", "112 km", "10008 km", "20015 km", "6000 miles"))  # fmt: skip
        return f"{self.pick(found)} within {reach} of {other}", True

    def has_been(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        store = self.model.sources["store"]
        assert isinstance(store, nodes.Entity)
        versioned = ("name", "size") if store.history is not None else ()
        found = [
            item
            for item in self.attributes(scope)
            if item.text.rpartition(".")[2] in ("phase", "mood", *versioned)
        ]
        if not found:
            return None
        one = self.pick(found)
        kind = kind_of(one.type)
        if isinstance(one.type, EnumType):
            state = f'"{self.pick(one.type.values)}"'
        else:
            state = self.literal(kind) if self.maybe() else self.value(scope, kind, 0)
        length = self.pick(("1 day", "30 days", "6 months", "1 year", "1 hour", "2 weeks"))
        return f"{one.text} has been {state} for at least {length}", True

    def sql(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        if scope.source.name not in SQL:
            return None
        return f'sql "{self.pick(SQL[scope.source.name])}"', True

    def passed(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        """A condition that is a trait with parameters."""
        found = self.called(scope, "bool")
        return None if found is None else (found, False)
