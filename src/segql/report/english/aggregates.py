"""Aggregates: `the sum of amount over purchases in …`."""

from __future__ import annotations

from segql.model.nodes import (
    Aggregate,
    Arithmetic,
    Attr,
    Event,
    Holds,
    Measure,
    Row,
    Search,
    Value,
)
from segql.report.english import words
from segql.report.english.rows import RowPhrases

AGGREGATE_NOTES = {
    "count": "a number of rows counts every row; where there is none, it is 0",
    "sum": "a sum skips unknown values; the sum of nothing is 0",
    "count_distinct": "a number of different values does not count the unknown one; of nothing it is 0",
    "avg": "an average skips unknown values and has 6 decimal places; the average of nothing is unknown",
    "median": "a median skips unknown values; of an even number it is the mean of the middle two; "
    "the median of nothing is unknown",
    "min": "the smallest (earliest) of nothing is unknown; unknown values are skipped",
    "max": "the largest (latest) of nothing is unknown; unknown values are skipped",
    "stddev": "the standard deviation is that of a sample; of fewer than two values it is unknown",
    "active_days": "a number of days is 0 where there is no day with such a row",
    "active_weeks": "a number of weeks is 0 where there is no week with such a row",
    "active_months": "a number of months is 0 where there is no month with such a row",
    "share": "a share has 6 decimal places; the share of nothing is unknown",
    "streak_days": "a run is of local days without a gap; where there is no such row, it is 0",
    "streak_weeks": "a run is of local weeks without a gap; where there is no such row, it is 0",
    "streak_months": "a run is of local months without a gap; where there is no such row, it is 0",
}
PLACE_NOTE = (
    "first and last go by time, equal times by key in ascending order; without such a row the value "
    "is unknown, and the value of that row may be unknown too"
)
UNION_PLACE_NOTE = (
    "first and last go by time, equal times by the order in which the kinds of events are listed, then "
    "by key; without such a row the value is unknown"
)
FAVOURITE_NOTE = (
    "the most frequent value: of equally frequent ones the most recent, then the smallest; unknown "
    "values do not take part; of nothing it is unknown"
)
FAVOURITE_BY_NOTE = (
    "of values that are equal in this, the smallest is taken; unknown values do not take part; of "
    "nothing it is unknown"
)
FAVOURITE_SHARE_NOTE = (
    "the share is of the rows with a known value; of nothing it is unknown; it has 6 decimal places"
)
FAVOURITE_SHARE_BY_NOTE = (
    "the share is of the same measure over all known values; of nothing it is unknown; it has 6 "
    "decimal places"
)
GAP_NOTE = "the time from each row to the next one; with fewer than two rows it is unknown"
DATE_GAP_NOTE = (
    "the number of days from each row to the next one; with fewer than two rows it is unknown"
)
ACTIVE_UNITS = {"active_days": "days", "active_weeks": "weeks", "active_months": "months"}
STREAKS = {"streak_days": "days", "streak_weeks": "weeks", "streak_months": "months"}
GAPS = {
    "min_gap": "shortest",
    "max_gap": "longest",
    "avg_gap": "average",
    "median_gap": "median",
}
MEASURES = {"count": "number of rows", "sum": "sum", "avg": "average", "median": "median"}


class AggregatePhrases(RowPhrases):
    """Functions over the rows of a search."""

    def aggregate(self, value: Aggregate) -> str:
        name = value.function
        match name:
            case "count":
                return f"the number of {self.rows(value.search)}{self._note(name)}"
            case "first" | "last" | "nth" | "nth_last":
                return self._place(value)
            case "favourite" | "favourite_share":
                return self._favourite(value)
            case "share":
                return self._share(value)
            case "active_days" | "active_weeks" | "active_months":
                self.mark_local()
                rows = words.a(self.rows(value.search, singular=True))
                return f"the number of {ACTIVE_UNITS[name]} with {rows}{self._note(name)}"
            case "streak_days" | "streak_weeks" | "streak_months":
                self.mark_local()
                rows = words.a(self.rows(value.search, singular=True))
                return (
                    f"the longest run of consecutive {STREAKS[name]} with {rows}{self._note(name)}"
                )
            case "min_gap" | "max_gap" | "avg_gap" | "median_gap":
                time = value.search.time
                dates = time is not None and time.type.name == "date"
                note = self.notes.reference(DATE_GAP_NOTE if dates else GAP_NOTE)
                return (
                    f"the {GAPS[name]} time between two successive {self.rows(value.search)}{note}"
                )
            case _:
                what = f"{self._measure_name(value)} {self._argument(value)}"
                return f"{what} over {self.rows(value.search)}{self._note(name)}"

    def _note(self, name: str) -> str:
        """The number of the note that says what the function gives for nothing and for unknown values."""
        return self.notes.reference(AGGREGATE_NOTES[name]) if name in AGGREGATE_NOTES else ""

    def _measure_name(self, value: Aggregate) -> str:
        time = value.argument is not None and value.argument.type.name in ("date", "timestamp")
        return {
            "sum": "the sum of",
            "avg": "the average of",
            "min": "the earliest" if time else "the smallest",
            "max": "the latest" if time else "the largest",
            "median": "the median of",
            "stddev": "the standard deviation of",
            "count_distinct": "the number of different values of",
        }[value.function]

    def _argument(self, value: Aggregate) -> str:
        """What is aggregated, said of one row of the search."""
        argument = value.argument
        if argument is None:
            return "rows"
        if argument == value.search.time or is_time_of(argument, value.search):
            return "time" if argument.type.name == "timestamp" else "day"
        with self.inside(value.search):
            text = self.value(argument)
        return f"({text})" if isinstance(argument, Arithmetic) else text

    def _place(self, value: Aggregate) -> str:
        place = {
            "first": "first",
            "last": "last",
            "nth": words.ordinal(value.n),
            "nth_last": "last" if value.n == 1 else f"{words.ordinal(value.n)} to last",
        }[value.function]
        rows = self.rows(value.search, singular=True)
        said = f"{self._the_argument(value)} of the {place} {rows}"
        union = isinstance(value.search.source, Event) and value.search.source.parts
        return said + self.notes.reference(UNION_PLACE_NOTE if union else PLACE_NOTE)

    def _the_argument(self, value: Aggregate) -> str:
        text = self._argument(value)
        return f"the {text}" if text in ("time", "day") else text

    def _favourite(self, value: Aggregate) -> str:
        rows = self.rows(value.search)
        what = self._argument(value)
        part, note = "the", FAVOURITE_BY_NOTE if value.by else FAVOURITE_NOTE
        if value.function == "favourite_share":
            part = "the share of the"
            note = FAVOURITE_SHARE_BY_NOTE if value.by else FAVOURITE_SHARE_NOTE
        if not value.by:
            return f"{part} most frequent {what} among {rows}{self.notes.reference(note)}"
        with self.inside(value.search):
            measures = [self._measure(item) for item in value.by]
        by = ", then the largest ".join(measures)
        return f"{part} {what} with the largest {by} among {rows}{self.notes.reference(note)}"

    def _measure(self, measure: Measure) -> str:
        name = MEASURES.get(measure.function, measure.function.replace("_", " "))
        return name if measure.argument is None else f"{name} of {self.value(measure.argument)}"

    def _share(self, value: Aggregate) -> str:
        met = "the argument holds"
        if isinstance(value.argument, Holds):
            with self.inside(value.search):
                met = self.inline(value.argument.condition)
        rows = self.rows(value.search)
        return f"the share of those where {met} among {rows}{self._note('share')}"


def is_time_of(argument: Value, search: Search) -> bool:
    source = search.source
    return (
        isinstance(argument, Attr)
        and isinstance(source, Event)
        and argument.attribute is source.at
        and argument.row == Row(search.level, source)
    )
