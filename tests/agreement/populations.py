"""Random populations: rankings, values over them, and where a row stands in them."""

from __future__ import annotations

from segql.model import nodes
from tests.agreement.choices import Choices, Scope, kind_of

RANKED = ("int", "int", "decimal", "date", "timestamp", "duration", "float")
PARTED = ("text", "int", "date", "enum", "bool")


class Populations(Choices):
    def populations(self, entity: nodes.Source) -> list[str]:
        """The names of an entity and its segments, levels, parts and lists."""
        segments = [item.name for item in self.model.segments.values() if item.entity is entity]
        return [entity.name, *segments]

    def over(self, scope: Scope, kind: str, depth: int) -> str | None:
        """A value over a population, or where a row in hand stands in it."""
        if kind == "int" and self.maybe():
            return self._standing(scope, depth)
        entity = self.model.sources[self.pick(("customer", "customer", "store"))]
        around, per = self._entity(scope), ""
        if around is not None and self.maybe():
            entity = around
            per = self._per(Scope(entity), depth)
        name = self.pick(self.populations(entity))
        inner = Scope(entity)
        match kind:
            case "int":
                if self.maybe():
                    return f"count(among {name}{per})"
                function = self.pick(("sum", "percentile"))
            case "decimal":
                function = self.pick(("avg", "median", "stddev", "sum", "percentile"))
            case "duration":
                function = self.pick(("sum", "avg", "median", "percentile"))
            case "date" | "timestamp" | "float":
                function = "percentile"
            case _:
                return None
        plain = kind != "decimal" or function in ("sum", "percentile")
        asked = kind if plain else self.pick(("int", "decimal"))
        value = self.value(inner, asked, min(depth, 1))
        if function != "percentile":
            return f"{function}({value} among {name}{per})"
        return f"percentile({value}, {self.pick((50, 90, 1, 100, 33, 66.7))}% among {name}{per})"

    def _standing(self, scope: Scope, depth: int) -> str | None:
        entity = self._entity(scope)
        if entity is None:
            return None
        function = self.pick(("rank", "ntile", "quantile_group"))
        number = "" if function == "rank" else f"{self.number(1, 5)}, "
        value = self.value(Scope(entity), self.pick(RANKED), min(depth, 1))
        per = self._per(Scope(entity), depth)
        return f"{function}({number}{value} among {self.pick(self.populations(entity))}{per})"

    def _per(self, inner: Scope, depth: int) -> str:
        """By what a population is divided: mostly nothing, or an attribute."""
        form = self.number(0, 5)
        if form == 0 and depth > 0:
            return f" per {self.value(inner, self.pick(('int', 'text', 'date')), 1)}"
        parting = [item.text for item in self.attributes(inner) if kind_of(item.type) in PARTED]
        return f" per {self.pick(parting)}" if form < 3 and parting else ""

    def top(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        entity = self._entity(scope)
        if entity is None:
            return None
        inner = Scope(entity)
        form = self.pick(("number", "percent", "share"))
        amount = {
            "number": str(self.number(1, 5)),
            "percent": f"{self.pick((10, 50, 33.3, 100, 1))}%",
            "share": f"share {self.pick((80, 50, 1, 100, 33.3))}%",
        }[form]
        exactly = "exactly " if form != "share" and self.number(0, 2) == 0 else ""
        kind = self.pick(("int", "decimal", "float")) if form == "share" else self.pick(RANKED)
        per = self._per(inner, depth)
        head = f"{self.pick(('top', 'bottom'))} {exactly}{amount}"
        name = self.pick(self.populations(entity))
        return f"{head} among {name} by {self.value(inner, kind, min(depth, 1))}{per}", False

    def _entity(self, scope: Scope) -> nodes.Source | None:
        """The row in hand, or the nearest one around it, that is of an entity with populations."""
        for source in (scope.source, *scope.visible().values()):
            if source.name in ("customer", "store"):
                return source
        return None
