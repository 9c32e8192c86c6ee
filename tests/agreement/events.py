"""Random questions about events in time: sequences, regularity, bursts."""

from __future__ import annotations

from segql.model import nodes
from tests.agreement.choices import SHORT_UNITS, UNITS, Scope, Search, kind_of, said
from tests.agreement.values import Values

LENGTHS = ("1 day", "7 days", "30 days", "1 week", "90 days")
SHORT_LENGTHS = (*LENGTHS, "1 hour", "36 hours", "1 second", "1 minute")
MONTHS = ("1 month", "2 months", "1 quarter", "1 year")


class Events(Values):
    def events(self, scope: Scope) -> list[Search]:
        """The events of the row in hand, or of a row around it."""
        found = [search for search in self.searches(scope) if len(search.sources) == 1]
        return [search for search in found if isinstance(search.sources[0], nodes.Event)]

    def regular(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = self.events(scope)
        if not found:
            return None
        search = self.pick(found)
        event = _event(search)
        alias = self.alias(scope)
        count = self.number(1, 6)
        dates = _is_date(event)
        if self.maybe():
            units = f"{count} full {self.pick(UNITS)}s"
        else:
            unit = self.pick(UNITS if dates else SHORT_UNITS)
            units = f"{count} periods of {self.number(1, 40)} {unit}s"
        hits = "each" if self.maybe() else f"at least {self.number(1, count)}"
        where = self.where(scope, search, depth, alias)
        name = f"{search.name}{said(alias)}"
        found_one = f"did {name}{self.times()} in {hits} of last {units}{where}"
        return self.pick((found_one, found_one, f"not ({found_one})")), False

    def burst(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        found = self.events(scope)
        if not found:
            return None
        search = self.pick(found)
        event = _event(search)
        alias = self.alias(scope)
        length = self.pick(LENGTHS if _is_date(event) else SHORT_LENGTHS)
        number = self.number(1, 3)
        least = self.pick((f"at least {number}", f"more than {number}"))
        s = "" if number == 1 else "s"
        window = self.window_or_none(scope, (event,), depth)
        where = self.where(scope, search, depth, alias)
        word = self.pick(("did", "did", "did not"))
        return (
            f"{word} {search.name}{said(alias)} {least} time{s} within any {length}{window}{where}",
            False,
        )

    def sequence(self, scope: Scope, depth: int) -> tuple[str, bool] | None:
        everything = self.events(scope)
        if not everything:
            return None
        first = self.pick(everything)
        kind = _event(first)
        found = [
            item
            for item in everything
            if _is_date(_event(item)) == _is_date(kind)
            and item.name.rpartition(".")[0] == first.name.rpartition(".")[0]
        ]
        used = [self.pick(found) for _ in range(self.number(1, 3))]
        by = ""
        if self.number(0, 2) == 0:
            shared = self._shared([_event(search) for search in used])
            by = f" by {self.pick(shared)}" if shared else ""
        window = self.window_or_none(scope, (kind,), depth)
        if window.strip() in ("today", "yesterday"):
            window = ""
        steps = [self.step(scope, used, depth, index) for index in range(self.number(1, 4))]
        lines = [step for group in steps for step in group] + self._ending(scope, used, depth)
        return f"sequence{by}{window} {{\n" + "\n".join(lines) + "\n}", False

    def step(self, scope: Scope, used: list[Search], depth: int, index: int) -> list[str]:
        """A positive step, with what must not come before it or after it."""
        search = self.pick(used)
        event = _event(search)
        alias = self.alias(scope)
        name = f"{search.name}{said(alias)}"
        where = self.where(scope, search, depth, alias)
        if index == 0:
            return [f"{self.pick(('', '', 'latest '))}{name}{where}"]
        lengths = (*(LENGTHS if _is_date(event) else SHORT_LENGTHS), *MONTHS)
        limits = self.pick(
            (
                "",
                f" within {self.pick(lengths)}",
                f" within {self.pick(lengths)} of start",
                f" after {self.pick(lengths)}",
                f" after {self.pick(lengths[:2])} within {self.pick(MONTHS)}",
            )
        )
        choice = self.pick(("", "", "next ", "latest "))
        found = [f"then {choice}{name}{limits}{where}"]
        if self.number(0, 2) == 0:
            found.insert(0, self._absent(scope, used, depth))
        return found

    def _absent(self, scope: Scope, used: list[Search], depth: int) -> str:
        search = self.pick(used)
        return f"no {search.name}{self.where(scope, search, depth)}"

    def _ending(self, scope: Scope, used: list[Search], depth: int) -> list[str]:
        """What must not come after the last step."""
        found: list[str] = []
        if self.number(0, 2) == 0:
            search = self.pick(used)
            event = _event(search)
            lengths = (*(LENGTHS if _is_date(event) else SHORT_LENGTHS), *MONTHS)
            found += [self._absent(scope, used, depth)] if self.number(0, 3) == 0 else []
            deadline = self.pick(("", f" within {self.pick(lengths)}"))
            found.append(f"then no {search.name}{deadline}{self.where(scope, search, depth)}")
        return found

    def _shared(self, events: list[nodes.Event]) -> list[str]:
        """Attributes that all the events have, of one type."""
        names = [name for name in events[0].attributes if name != "at"]
        return [
            name
            for name in names
            if all(name in event.attributes for event in events)
            and len({kind_of(event.attributes[name].type) for event in events}) == 1
            and kind_of(events[0].attributes[name].type) not in ("list", "point", "float")
        ]


def _event(search: Search) -> nodes.Event:
    event = search.sources[-1]
    assert isinstance(event, nodes.Event)
    return event


def _is_date(event: nodes.Event) -> bool:
    return event.at is not None and event.at.type.name == "date"
