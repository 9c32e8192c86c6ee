"""Notes of a definition: each is said once, whoever needs it refers to it by its number."""

from __future__ import annotations

from collections import Counter


class Notes:
    """Collects what has to be said, in the order in which it comes up.

    A *remark* belongs to one place and stands there in parentheses; one that comes up again in the same definition
    becomes a numbered note. Therefore a definition is written twice: the first time counts, the second one writes.
    A *general* note holds for the whole text and has no number.
    """

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._numbers: dict[str, int] = {}
        self._general: dict[str, None] = {}
        self._writing = False

    def restart(self) -> None:
        """Begin the second time."""
        self._writing = True

    def remark(self, text: str) -> str:
        """What to write at the place: ` (text)`, or ` [2]` where the same is said elsewhere too."""
        if not text:
            return ""
        if not self._writing:
            self._count[text] += 1
            return f" ({text})"
        if self._count[text] < 2:
            return f" ({text})"
        return self.reference(text)

    def reference(self, text: str) -> str:
        """A numbered note, always at the end."""
        if not self._writing:
            return ""
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return f" [{number}]"

    def general(self, text: str) -> None:
        self._general.setdefault(text)

    def mark_calendar(self) -> None:
        self.general(
            "Months, quarters and years are counted by the calendar: "
            "31 March less one month is the last day of February"
        )

    def mark_window(self) -> None:
        self.general("A stretch of time includes its first instant and ends just before its last")

    @property
    def numbered(self) -> tuple[tuple[int, str], ...]:
        return tuple((number, text) for text, number in self._numbers.items())

    @property
    def unnumbered(self) -> tuple[str, ...]:
        return tuple(self._general)


class Silent(Notes):
    """Drops every remark: for conditions that are mentioned within a sentence."""

    def remark(self, text: str) -> str:
        return ""

    def reference(self, text: str) -> str:
        return ""
