"""What follows from conditions, by simple reasoning: on ranges of one value, and on searches within searches.

Everything here is sound and far from complete: what it says is so for all rows that keep the model's promises, and for
every `as of`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from segql.lint import places as p
from segql.lint.apart import apart, outside
from segql.lint.claims import Claim, Claims
from segql.lint.groups import parts
from segql.lint.places import Places, unnamed
from segql.model import nodes
from segql.model.clock import Clock, OutOfRangeError
from segql.model.nodes import Condition, Search, Settings, Value
from segql.model.scalars import NumberTooLargeError
from segql.model.unknowns import nullable

PROBES = (
    datetime(2001, 3, 31, 12, tzinfo=UTC),
    datetime(2024, 2, 29, 23, tzinfo=UTC),
    datetime(2026, 1, 15, 12, tzinfo=UTC),
    datetime(2077, 10, 31, 1, tzinfo=UTC),
)
"""What holds as of all of these holds as of any instant: bounds that move and dates that stand are not in one order."""


class Reasoner:
    """Asks the same of conditions as of several instants."""

    def __init__(self, settings: Settings) -> None:
        self._minds = tuple(_Mind(Clock(probe, settings)) for probe in PROBES)
        # by identity; the conditions are kept, so that their identities stay their own
        self._never: dict[int, tuple[Condition, bool]] = {}
        self._apart: dict[tuple[int, int], tuple[Condition, Condition, bool]] = {}

    def implies(self, left: Condition, right: Condition) -> bool:
        """Whether whoever meets `left` meets `right`."""
        return self._always(lambda mind: mind.implies(left, right))

    def contradict(self, left: Condition, right: Condition) -> bool:
        """Whether nobody meets both."""
        known = self._apart.get((id(left), id(right)))
        if known is None:
            apart = self._always(lambda mind: mind.contradict(left, right))
            known = self._apart[id(left), id(right)] = (left, right, apart)
        return known[2]

    def is_never(self, condition: Condition) -> bool:
        """Whether nobody meets it."""
        known = self._never.get(id(condition))
        if known is None:
            never = self._always(lambda mind: mind.is_never(condition))
            known = self._never[id(condition)] = (condition, never)
        return known[1]

    def is_always(self, condition: Condition) -> bool:
        """Whether everybody meets it."""
        return self._always(lambda mind: mind.is_always(condition))

    def covers(self, inner: Condition, outer: Condition) -> bool:
        """Whether alternatives about one value take in all that a condition about it admits."""
        return self._always(lambda mind: mind.covers(inner, outer))

    def begins_before(self, window: nodes.Window, other: nodes.Window) -> bool:
        """Whether a window begins before another one, whatever the instant."""
        return self._always(lambda mind: mind.begins_before(window, other))

    def claim(self, condition: Condition) -> Claim | None:
        """What a condition says of one value, where no instant has a part in it."""
        claims = [mind.claim(condition) for mind in self._minds]
        return claims[0] if all(claim == claims[0] for claim in claims) else None

    def _always(self, asked: Callable[[_Mind], bool]) -> bool:
        first, *others = self._minds
        first.asked_clock = False
        try:
            if not asked(first):
                return False
            return not first.asked_clock or all(asked(mind) for mind in others)
        except (OutOfRangeError, NumberTooLargeError):
            return False


class _Mind(Claims):
    """What follows as of one instant."""

    def implies(self, left: Condition, right: Condition) -> bool:
        """Whether what `left` says of one person includes what `right` says."""
        if isinstance(right, nodes.All):
            return all(self.implies(left, item) for item in right.items)
        if isinstance(right, nodes.Any) and any(self.implies(left, item) for item in right.items):
            return True
        if isinstance(left, nodes.Any):
            return all(self.implies(item, right) for item in left.items)
        target = _bare(right)
        return any(self._one_implies(mine, target) for mine in parts(left))

    def _one_implies(self, left: Condition, right: Condition) -> bool:
        if left == right:
            return True
        if isinstance(right, nodes.IsKnown) and not right.negated:
            known = _asked(left)
            if known is not None and unnamed(known) == unnamed(right.value):
                return True
        mine, theirs = self.claim(left), self.claim(right)
        if mine is None or theirs is None:
            return False
        if mine.value == theirs.value:
            return mine.implies(theirs)
        inner, outer = _search(mine.value), _search(theirs.value)
        if inner is None or outer is None:
            return False
        if self.is_part(inner, outer):  # at least so many of the fewer, so of the more
            return _is_upward(theirs.places) and _lowest(mine.places) >= _lowest(theirs.places)
        if self.is_part(outer, inner):
            return _is_downward(theirs.places) and _highest(mine.places) <= _highest(theirs.places)
        return False

    def contradict(self, left: Condition, right: Condition) -> bool:
        """Whether nobody meets both."""
        return any(self._exclude(mine, theirs) for mine in parts(left) for theirs in parts(right))

    def _exclude(self, left: Condition, right: Condition) -> bool:
        if isinstance(left, nodes.Not) and self._one_implies(right, left.item):
            return True
        if isinstance(right, nodes.Not) and self._one_implies(left, right.item):
            return True
        if apart(left, right):
            return True
        mine, theirs = self.claim(left), self.claim(right)
        if mine is None or theirs is None:
            test, claim = (right, mine) if mine is not None else (left, theirs)
            return claim is not None and outside(test, claim.value, claim.places)
        if mine.value == theirs.value:
            both = p.intersection(mine.places, theirs.places)
            return not both and not (mine.unknown and theirs.unknown)
        first, second = _search(mine.value), _search(theirs.value)
        if first is None or second is None:
            return False
        return (self.is_part(first, second) and _lowest(mine.places) > _highest(theirs.places)) or (
            self.is_part(second, first) and _lowest(theirs.places) > _highest(mine.places)
        )

    def is_never(self, condition: Condition) -> bool:
        """Whether a condition alone admits nobody."""
        if isinstance(condition, nodes.Any):
            return all(self.is_never(item) for item in condition.items)
        if isinstance(condition, nodes.All):
            return any(self.is_never(item) for item in condition.items)
        if isinstance(condition, nodes.Exists) and self._holds_nothing(condition.search):
            return True
        claim = self.claim(condition)
        return claim is not None and claim.is_empty

    def _holds_nothing(self, search: Search) -> bool:
        """Whether a search's window lies where no event can: at or behind `as of`."""
        within = self.window(search.window)
        return within is not None and not p.intersection(within, self._past(search))

    def _past(self, search: Search) -> Places:
        dates = search.time is not None and search.time.type.name == "date"
        return p.stretch(p.LOWEST, p.before(self.clock.e if dates else self.clock.now))

    def is_always(self, condition: Condition) -> bool:
        """Whether a condition alone admits everybody."""
        if isinstance(condition, nodes.Not):
            return self.is_never(condition.item)
        if isinstance(condition, nodes.All):
            return all(self.is_always(item) for item in condition.items)
        if isinstance(condition, nodes.Any):
            return any(self.is_always(item) for item in condition.items) or self._cover(
                condition.items
            )
        claim = self.claim(condition)
        return claim is not None and self._is_full(claim)

    def _cover(self, items: tuple[Condition, ...]) -> bool:
        """Whether alternatives about one value leave nothing."""
        claim = self._joined(items)
        return claim is not None and self._is_full(claim)

    def covers(self, inner: Condition, outer: Condition) -> bool:
        claim = self.claim(inner)
        other = self._joined(outer.items if isinstance(outer, nodes.Any) else (outer,))
        if claim is None or other is None or claim.value != other.value:
            return False
        return claim.implies(other)

    def _joined(self, items: tuple[Condition, ...]) -> Claim | None:
        """What alternatives say of the one value that they are about."""
        claims = [claim for item in items if (claim := self.claim(item)) is not None]
        if len(claims) < len(items) or any(claim.value != claims[0].value for claim in claims):
            return None
        places = p.union(*(claim.places for claim in claims))
        return Claim(claims[0].value, places, any(claim.unknown for claim in claims))

    def _is_full(self, claim: Claim) -> bool:
        whole = p.is_within(p.domain(claim.value).places, claim.places)
        return whole and (claim.unknown or not nullable(claim.value))

    # --- searches ---------------------------------------------------------------------------------

    def is_part(self, inner: Search, outer: Search) -> bool:
        """Whether every row of one search is a row of the other."""
        if inner.anchor != outer.anchor or inner.level != outer.level:
            return False
        if len(inner.links) != len(outer.links) or not _is_below(inner.source, outer.source):
            return False
        steps = zip(inner.links[:-1], outer.links[:-1], strict=True)
        if any(mine is not theirs for mine, theirs in steps):
            return False
        mine, theirs = inner.links[-1], outer.links[-1]
        if (mine.columns, mine.parent) != (theirs.columns, theirs.parent):
            return False
        return self._window_within(inner, outer) and self._where_within(inner, outer)

    def _window_within(self, inner: Search, outer: Search) -> bool:
        if outer.window is None or inner.window == outer.window:
            return True
        mine, theirs = self.window(inner.window), self.window(outer.window)
        if mine is None or theirs is None:
            return False
        return p.is_within(p.intersection(mine, self._past(inner)), theirs)

    def _where_within(self, inner: Search, outer: Search) -> bool:
        if outer.where is None:
            return True
        if inner.where is None or inner.source is not outer.source:
            return False
        return self.implies(inner.where, outer.where)


def _bare(condition: Condition) -> Condition:
    """The one condition that a trait or a mark around it stands for."""
    found = list(parts(condition))
    return found[0] if len(found) == 1 else condition


def _is_below(source: nodes.Source | None, other: nodes.Source) -> bool:
    """Whether a source is another one or a subset of it."""
    while source is not None and source is not other:
        source = source.base if isinstance(source, nodes.Event) else None
    return source is not None


def _asked(condition: Condition) -> Value | None:
    """The value that must be known where a leaf holds."""
    match condition:
        case (
            nodes.InSet(value=value)
            | nodes.InRange(value=value)
            | nodes.TextTest(value=value)
            | nodes.ListTest(value=value)
            | nodes.InWindow(value=value)
            | nodes.Near(value=value)
            | nodes.Anniversary(value=value)
            | nodes.Truth(value=value)
        ):
            return value
        case nodes.Compare(left=left, right=nodes.Const()):
            return left
        case _:
            return None


def _search(value: Value) -> Search | None:
    """The search whose rows a value counts."""
    return (
        value.search if isinstance(value, nodes.Aggregate) and value.function == "count" else None
    )


def _lowest(places: Places) -> p.Cut:
    return places[0][0] if places else p.HIGHEST


def _highest(places: Places) -> p.Cut:
    return places[-1][1] if places else p.LOWEST


def _is_upward(places: Places) -> bool:
    """All from some place on."""
    return len(places) == 1 and places[0][1] == p.HIGHEST


def _is_downward(places: Places) -> bool:
    """All of a count up to some place."""
    return len(places) == 1 and places[0][0] == p.before(0)
