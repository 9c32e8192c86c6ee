"""What DuckDB does with each operation."""

from __future__ import annotations

from typing import Final

from segql.sql.capabilities.entries import Refused, Table, table

_PAGES: Final = "https://duckdb.org/docs/stable/sql/"

TABLE: Final[Table] = table(
    _PAGES,
    {
        # names, literals, columns
        "identifier": ("dialect/keywords_and_identifiers", ""),
        "table": ("dialect/keywords_and_identifiers", ""),
        "field": ("dialect/keywords_and_identifiers", ""),
        "literal": ("literal_types/overview", "control characters are written as escapes"),
        "null": ("literal_types/overview", ""),
        "raw": ("expressions/overview", ""),
        "canonical": (
            "data_types/timestamp",
            "the column may have a zone or none; JSON of three kinds",
        ),
        "read": ("data_types/timestamp", "as `canonical`"),
        "bare": ("data_types/timestamp", "as `canonical`"),
        "split": ("functions/list", "items are trimmed, empty ones dropped"),
        "unknown_list": ("data_types/list", ""),
        "times_in_list": ("data_types/list", ""),
        "compare_stored": (
            "data_types/timestamp",
            "an untyped literal takes the kind of the column",
        ),
        "key_part": (
            "expressions/collations",
            "a collation of the column, database or session could reach it",
        ),
        "absent": ("expressions/logical_operators", "no anti-join is made of it, which can fail"),
        "join_equal": ("expressions/comparison_operators", ""),
        "same": ("expressions/comparison_operators", ""),
        # comparison
        "compare": (
            "expressions/collations",
            "a collation of the column, database or session could reach it",
        ),
        "in_set": (
            "expressions/collations",
            "a collation of the column, database or session could reach it",
        ),
        "in_range": (
            "expressions/collations",
            "a collation of the column, database or session could reach it",
        ),
        "count_of": ("expressions/case", "a sum of ones"),
        "rank": ("expressions/case", "ranks of an enum"),
        "sort_key": (
            "expressions/collations",
            "a collation of the column, database or session could reach it",
        ),
        "exists": ("expressions/subqueries", ""),
        # numbers
        "convert": (
            "functions/text",
            "floats become decimals by their 15 significant digits first",
        ),
        "arithmetic": (
            "data_types/numeric",
            "sums and products of narrow types overflow; `/` gives DOUBLE",
        ),
        "wide_product": Refused("data_types/numeric", "DuckDB's decimals have at most 38 places"),
        "wide_quotient": (
            "data_types/numeric",
            "an error of the engine where it has more than 38 digits",
        ),
        "negative": ("data_types/numeric", "the least integer has no opposite in its type"),
        "absolute": ("data_types/numeric", "the least integer has no opposite in its type"),
        "round": (
            "data_types/numeric",
            "floats become decimals by their 15 significant digits first",
        ),
        "ceiling": ("functions/numeric", ""),
        "least": ("functions/utility", "LEAST and GREATEST ignore NULLs"),
        "greatest": ("functions/utility", "LEAST and GREATEST ignore NULLs"),
        "mean": ("data_types/numeric", "`/` does not round once, half away from zero, at 6 places"),
        "known": ("expressions/case", "a sum of ones"),
        "coalesce": ("functions/utility", ""),
        "ratio": (
            "data_types/numeric",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "whole_quotient": ("functions/numeric", ""),
        # text
        "lower": ("functions/text", ""),
        "upper": ("functions/text", "UPPER makes ß a ẞ"),
        "fold": ("functions/text", ""),
        "fold_list": ("functions/list", "item by item"),
        "trim": ("functions/text", ""),
        "length": ("functions/text", ""),
        "contains": (
            "functions/text",
            "a collation of the column, database or session could reach it",
        ),
        "starts": (
            "functions/text",
            "a collation of the column, database or session could reach it",
        ),
        "ends": ("functions/text", "a collation of the column, database or session could reach it"),
        "matches": ("functions/regular_expressions", ""),
        # lists
        "list_of": ("functions/list", ""),
        "list_any": ("functions/list", "NULL where an item is"),
        "list_all": ("functions/list", "NULL where an item is"),
        "list_none": ("functions/list", "NULL where an item is"),
        "list_test": ("functions/list", "`none` is the opposite of `any`"),
        "list_count": ("functions/list", ""),
        # time
        "shift": ("functions/timestamp", "through local time and back"),
        "elapsed": (
            "functions/timestamp",
            "division of whole numbers truncates; here it rounds down",
        ),
        "earliest": ("functions/utility", ""),
        "difference": ("functions/timestamp", "in microseconds"),
        "whole_lengths": (
            "functions/timestamp",
            "division of whole numbers truncates; here it rounds down",
        ),
        "local_date": ("functions/timestamptz", "through local time and back"),
        "day_start": ("functions/timestamptz", "midnight may exist twice or never"),
        "date_part": ("functions/datepart", "through local time and back"),
        "anniversary": ("functions/timestamp", "ranges of month and day"),
        "as_of": ("functions/timestamptz", "an instant, in UTC"),
        "first_day": ("functions/date", "days are compared with their first instants"),
        "unit_day": ("functions/date", "weeks start as the project says"),
        "anniversaries": ("functions/date", "the anniversaries of three years"),
        "unit_number": ("functions/timestamp", "weeks that start as the project says"),
        "unit_of": ("functions/timestamp", "as `unit_number`"),
        # aggregates
        "count_rows": ("functions/aggregates", ""),
        "count_distinct": (
            "functions/aggregates",
            "a collation of the column, database or session could reach it",
        ),
        "sum": (
            "functions/aggregates",
            "floats become decimals by their 15 significant digits first",
        ),
        "min": (
            "functions/aggregates",
            "a collation of the column, database or session could reach it",
        ),
        "max": (
            "functions/aggregates",
            "a collation of the column, database or session could reach it",
        ),
        "avg": (
            "functions/aggregates",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "median": ("functions/aggregates", "the mean of the middle two, exactly"),
        "stddev": (
            "functions/aggregates",
            "exact sums of squares: the engine's own has rounding errors",
        ),
        "average_length": (
            "functions/aggregates",
            "whole microseconds, rounded once, half away from zero",
        ),
        "median_length": (
            "functions/aggregates",
            "the mean of the middle two, in whole microseconds",
        ),
        "nth": ("functions/aggregates", "a sorted list for places after the first"),
        "share": (
            "functions/aggregates",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "holding": ("functions/aggregates", "of nothing it is NULL"),
        "active": ("functions/aggregates", "distinct numbers of local days, weeks, months"),
        "over": ("functions/window_functions", ""),
        "collect": ("functions/aggregates", ""),
        # chance, distance
        "hash_digits": (
            "functions/text",
            "eight hexadecimal digits of one length compare as their number does",
        ),
        "haversine": ("functions/numeric", "made of sines: exact to the metre on every engine"),
    },
)
