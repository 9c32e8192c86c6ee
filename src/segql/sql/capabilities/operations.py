"""The operations that a statement is made of, by chapter: what each is, in the words of the language."""

from __future__ import annotations

from typing import Final

WIDE_PRODUCT: Final = "wide_product"
WIDE_QUOTIENT: Final = "wide_quotient"
UNKNOWN_LIST: Final = "unknown_list"
TIMES_IN_LIST: Final = "times_in_list"

CHAPTERS: Final[dict[str, dict[str, str]]] = {
    "Names, literals, columns": {
        "identifier": "names of tables and columns",
        "table": "a table",
        "field": "a column",
        "literal": "numbers, texts, dates, times, lists",
        "null": "an unknown value of a type",
        "raw": "a column as it is stored",
        "canonical": "a stored value as the language means it: time zones, JSON",
        "read": "a column as the language means it",
        "bare": "the same, where only its comparison matters",
        "split": "`list of text split by`",
        UNKNOWN_LIST: "`list of text?` in a column of its own",
        TIMES_IN_LIST: "`list of date`, `list of timestamp` in a column or in JSON",
        "compare_stored": "a column with a constant",
        "key_part": "keys that are joined and grouped by",
        "absent": "no row was found",
        "join_equal": "equal keys",
        "same": "equal, or both unknown",
    },
    "Comparison": {
        "compare": "`=`, `!=`, `<`, `<=`, `>`, `>=`",
        "in_set": "`in (a, b)`",
        "in_range": "`in a..b`",
        "count_of": "`at least N of { }`",
        "rank": "the order of an `ordered enum`",
        "sort_key": "the order of texts and enums",
        "exists": "`did`, `has`, lists that are kept in a table",
    },
    "Numbers": {
        "convert": "number types among each other",
        "arithmetic": "`+ - * /`",
        WIDE_PRODUCT: "products of more than 37 decimal places",
        WIDE_QUOTIENT: "quotients by numbers of more than 32 decimal places",
        "negative": "`-x`",
        "absolute": "`abs`",
        "round": "`round`",
        "ceiling": "`top 10%`",
        "least": "`least`",
        "greatest": "`greatest`",
        "mean": "`mean(a, b)`",
        "known": "`known(a, b)`",
        "coalesce": "`coalesce`",
        "ratio": "`favourite_share`",
        "whole_quotient": "a count divided by a count, without the fraction",
    },
    "Text": {
        "lower": "`lower`",
        "upper": "`upper`",
        "fold": "`ignoring case`",
        "fold_list": "a list `ignoring case`",
        "trim": "`trim`",
        "length": "`length`",
        "contains": "`contains`",
        "starts": "`starts with`",
        "ends": "`ends with`",
        "matches": "`matches`",
    },
    "Lists": {
        "list_of": "a list of values",
        "list_any": "`has`, `has any (…)`",
        "list_all": "`has all (…)`",
        "list_none": "`has none (…)`",
        "list_test": "`has any`, `all`, `none` of another list",
        "list_count": "`count(list)`",
    },
    "Time": {
        "shift": "`X + 7 days`, windows, `ago`",
        "elapsed": "`days since`, `until`",
        "earliest": "several limits of a step",
        "difference": "`X - Y`, gaps",
        "whole_lengths": "`periods of 3 days`",
        "local_date": "`date(X)`, `on DAY`",
        "day_start": "the first instant of a day",
        "date_part": "`year quarter month day weekday hour minute`",
        "anniversary": "`anniversary(date)`",
        "as_of": "`--as-of live`, `--as-of parameter`",
        "first_day": "the first date that starts at or after a live `as of`",
        "unit_day": "weeks, months, quarters and years around a live `as of`",
        "anniversaries": "`anniversary(date)` around a live `as of`",
        "unit_number": "calendar days, weeks, months by number: streaks",
        "unit_of": "calendar days, weeks, months told apart: `full`, `active_months`",
    },
    "Aggregates": {
        "count_rows": "`count(E)`",
        "count_distinct": "`count_distinct`",
        "sum": "`sum`",
        "min": "`min`",
        "max": "`max`",
        "avg": "`avg`",
        "median": "`median`",
        "stddev": "`stddev`",
        "average_length": "`avg_gap`, `avg` of lengths of time",
        "median_length": "`median_gap`, `median` of lengths of time",
        "nth": "`first`, `last`, `nth`, `nth_last`, `favourite`, histories",
        "share": "`share(E where …)`",
        "holding": "for how many rows a condition holds",
        "active": "`active_days`, `active_weeks`, `active_months`",
        "over": "windows: sequences, streaks, rankings",
        "collect": "lists in a table of their own",
    },
    "Chance, distance": {
        "hash_digits": "`split`: the first 32 bits of MD5",
        "haversine": "`within 25 km of`",
    },
}

OPERATIONS: Final[dict[str, str]] = {
    name: words for chapter in CHAPTERS.values() for name, words in chapter.items()
}
"""Each is a method of `sql.dialect.Dialect`, but for those of `PARTS`."""

PARTS: Final = frozenset({WIDE_PRODUCT, WIDE_QUOTIENT, UNKNOWN_LIST, TIMES_IN_LIST})
"""What is a part of another operation: of `arithmetic` that depends on the scales of its operands, of `read` on `?` and
on the type of the items."""
