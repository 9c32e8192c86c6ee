"""Populations: `the average of spend over all customers`, `is among the first 10% of …`."""

from __future__ import annotations

from decimal import Decimal

from segql.model.nodes import Among, OverPopulation, Population, Row, RowRef, Standing, Top
from segql.model.unknowns import nullable
from segql.report.english import words
from segql.report.english.aggregates import AGGREGATE_NOTES, AggregatePhrases

TIES = "whoever has the same value as the last of them is in too"
NO_TIES = "of equal values the smaller key comes first, and there are never more than that number"
PERCENT = "the number is rounded up"
SHARE = {
    "top": "they are taken from the largest on until their sum reaches that part of the sum of all, "
    "the one that reaches it included; only values above 0 take part",
    "bottom": "they are taken from the smallest on until their sum reaches that part of the sum of "
    "all, the one that reaches it included; only values above 0 take part",
}
RANK = "1 is the largest; equal values have the same rank"
NTILE = (
    "groups of the same size, the lower ones larger by one where it does not come out even; equal "
    "values are divided by key in ascending order"
)
QUANTILE_GROUP = (
    "equal values are in the same group, so the groups can be of different size: the group is the "
    "lowest whose quantile (nearest rank) the value does not exceed"
)
PERCENTILE = (
    "nearest rank: the smallest of the values that at least this part of all do not exceed; unknown "
    "values are skipped; of nothing it is unknown"
)


class PopulationPhrases(AggregatePhrases):
    """Values over a population, and where a row stands in it."""

    def population(self, population: Population) -> str:
        """`all customers`, `the customers in the segment vips`."""
        self.sources.setdefault(population.entity)
        nouns = words.plural(words.spoken(population.entity.name))
        if population.condition is None:
            return f"all {nouns}"
        self.members.setdefault((population.name, self.clock.now))
        return f"the {nouns} in {self.segment(population.name)}"

    def _compared(self, among: Among) -> str:
        """What a population is compared by, said of one of its rows."""
        assert among.value is not None
        with self.of_row(Row(0, among.population.entity)):
            return self.value(among.value)

    # --- values -----------------------------------------------------------------------------------

    def over_population(self, value: OverPopulation) -> str:
        whole = self.population(value.among.population) + self._same(value.among, value.row)
        if value.function == "count":
            return f"the number of {whole}{self._no_group(value.among)}"
        compared = self._compared(value.among)
        if value.function == "percentile":
            share = words.percent(value.share or Decimal(0))
            note = self.notes.reference(PERCENTILE) + self._no_group(value.among)
            return f"the {share} percentile of {compared} over {whole}{note}"
        name = {"avg": "average", "stddev": "standard deviation"}.get(
            value.function, value.function
        )
        note = self.notes.reference(AGGREGATE_NOTES[value.function]) + self._no_group(value.among)
        return f"the {name} of {compared} over {whole}{note}"

    def _same(self, among: Among, row: RowRef | None) -> str:
        """` with the same country`: those that a row is compared with."""
        if among.per is None or row is None:
            return ""
        with self.of_row(Row(0, among.population.entity)):
            same = f" with the same {self.value(among.per)}"
        return same if row == self.here else f"{same} as {self.row(row)}"

    def _no_group(self, among: Among) -> str:
        """What becomes of rows whose group is unknown."""
        if among.per is None or not nullable(among.per):
            return ""
        with self.of_row(Row(0, among.population.entity)):
            return self.notes.reference(
                f"where {self.value(among.per)} is unknown, this is unknown"
            )

    def standing(self, value: Standing) -> str:
        whole = self.population(value.among.population) + self._same(value.among, value.row)
        compared = self._compared(value.among)
        who = "" if value.row == self.here else f" that {self.row(value.row)} has"
        of = f"of {compared} among {whole}"
        outside = self._outside(value.among, value.row)
        if value.function == "rank":
            return f"the rank{who} {of}{self.notes.reference(RANK + outside)}"
        kind = NTILE if value.function == "ntile" else QUANTILE_GROUP
        group = f"the group{who} from 1 (lowest) to {value.n} (highest)"
        return f"{group} {of}{self.notes.reference(kind + outside)}"

    def _outside(self, among: Among, row: RowRef) -> str:
        """Who has no place."""
        who = []
        if among.population.condition is not None or isinstance(row, Row) is False:
            who.append("outside of these")
        if among.value is not None and nullable(among.value):
            who.append("where the value that is compared is unknown")
        if among.per is not None and nullable(among.per):
            with self.of_row(Row(0, among.population.entity)):
                who.append(f"where {self.value(among.per)} is unknown")
        return f"; it is unknown {' and '.join(who)}" if who else ""

    # --- the first of a population ----------------------------------------------------------------

    def top(self, condition: Top, negated: bool = False) -> str:
        among = condition.among
        whole = self.population(among.population)
        compared = self._compared(among)
        order = "largest first" if condition.direction == "top" else "smallest first"
        match condition.kind:
            case "count":
                first = f"the first {words.number(condition.amount)} of {whole}"
            case "percent":
                first = f"the first {words.percent(condition.amount)} of {whole}"
            case "share":
                first = f"the first of {whole}"
        text = f"{first} by {compared}, {order}"
        if condition.kind == "share":
            text += f", that together make {words.percent(condition.amount)} of its sum"
        if among.per is not None:
            with self.of_row(Row(0, among.population.entity)):
                text += f", for each {self.value(among.per)} by itself"
        is_ = "is not" if negated else "is"
        return (
            f"{self.who(condition.row)}{is_} among {text}{self._ranking_note(condition, negated)}"
        )

    def _ranking_note(self, condition: Top, negated: bool) -> str:
        among = condition.among
        said = []
        if condition.kind == "percent":
            said.append(PERCENT)
        if condition.kind == "share":
            said.append(SHARE[condition.direction])
        said.append(NO_TIES if condition.exactly else TIES)
        if among.value is not None and nullable(among.value):
            said.append("whoever has no known value there is not ranked and not counted")
        if among.per is not None and nullable(among.per):
            with self.of_row(Row(0, among.population.entity)):
                said.append(f"where {self.value(among.per)} is unknown, there is no group")
        if negated:
            said.append("whoever is not ranked at all is included here")
        return self.notes.reference("; ".join(said))


__all__ = ["PopulationPhrases"]
