"""What Snowflake does with each operation."""

from __future__ import annotations

from typing import Final

from segql.sql.capabilities.entries import Refused, Table, table

_PAGES: Final = "https://docs.snowflake.com/en/sql-reference/"

TABLE: Final[Table] = table(
    _PAGES,
    {
        # names, literals, columns
        "identifier": (
            "identifiers-syntax",
            "a reserved word is quoted in the upper case it is kept in",
        ),
        "table": ("identifiers-syntax", ""),
        "field": ("identifiers-syntax", ""),
        "literal": (
            "functions/to_timestamp",
            "times have an explicit format: the implicit one is a parameter",
        ),
        "null": ("data-types-text", ""),
        "raw": ("sql/select", ""),
        "canonical": ("functions/to_timestamp", "the column may be of any TIMESTAMP kind"),
        "read": ("functions/to_timestamp", "as `canonical`"),
        "bare": ("functions/to_timestamp", "as `canonical`"),
        "split": ("functions-semistructured", "items are trimmed, empty ones dropped"),
        "unknown_list": ("data-types-semistructured", ""),
        "times_in_list": Refused(
            "https://docs.snowflake.com/en/user-guide/semistructured-considerations",
            "the elements of an ARRAY are VARIANTs: a date that came from JSON is a text there, and equals no date",
        ),
        "compare_stored": (
            "data-types-datetime",
            "kinds of timestamps compare in the session's time zone",
        ),
        "key_part": ("collation", "a collation of the column, database or session could reach it"),
        "absent": ("functions/is-null", ""),
        "join_equal": ("operators-comparison", ""),
        "same": ("functions/is-distinct-from", ""),
        # comparison
        "compare": ("collation", "a collation of the column, database or session could reach it"),
        "in_set": ("collation", "a collation of the column, database or session could reach it"),
        "in_range": ("collation", "a collation of the column, database or session could reach it"),
        "count_of": ("functions/case", "a sum of ones"),
        "rank": ("functions/case", "ranks of an enum"),
        "sort_key": ("collation", "a collation of the column, database or session could reach it"),
        "exists": (
            "operators-subquery",
            "a correlated EXISTS stands in WHERE only, never under OR: elsewhere lists are joined",
        ),
        # numbers
        "convert": (
            "sql-format-models",
            "floats become decimals by their 15 significant digits first",
        ),
        "arithmetic": (
            "operators-arithmetic",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "wide_product": Refused("data-types-numeric", "Snowflake's numbers have at most 37 places"),
        "wide_quotient": (
            "operators-arithmetic",
            "an error of the engine where it has more than 38 digits",
        ),
        "negative": ("operators-arithmetic", "the least integer has no opposite in its type"),
        "absolute": ("operators-arithmetic", "the least integer has no opposite in its type"),
        "round": ("functions/round", "floats become decimals by their 15 significant digits first"),
        "ceiling": ("functions/ceil", ""),
        "least": (
            "functions/least",
            "a collation of the column, database or session could reach it",
        ),
        "greatest": (
            "functions/greatest",
            "a collation of the column, database or session could reach it",
        ),
        "mean": (
            "operators-arithmetic",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "known": ("functions/case", "a sum of ones"),
        "coalesce": ("functions/coalesce", ""),
        "ratio": (
            "operators-arithmetic",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "whole_quotient": (
            "operators-arithmetic",
            "`/` has 6 places: what MOD leaves divides exactly",
        ),
        # text
        "lower": ("functions/translate", "what LOWER does with special letters is not written"),
        "upper": ("functions/translate", "what UPPER does with special letters is not written"),
        "fold": ("functions/translate", "as `lower`"),
        "fold_list": ("functions/transform", "item by item"),
        "trim": ("functions/trim", ""),
        "length": ("functions/length", ""),
        "contains": (
            "functions-string",
            "a collation of the column, database or session could reach it",
        ),
        "starts": (
            "functions-string",
            "a collation of the column, database or session could reach it",
        ),
        "ends": (
            "functions-string",
            "a collation of the column, database or session could reach it",
        ),
        "matches": ("functions-regexp", "REGEXP_LIKE asks for the whole text"),
        # lists
        "list_of": ("functions-semistructured", ""),
        "list_any": ("functions/arrays_overlap", "NULLs are equal"),
        "list_all": ("functions/array_except", "no such test"),
        "list_none": ("functions/arrays_overlap", "NULLs are equal"),
        "list_test": ("functions/array_except", "no such test"),
        "list_count": ("functions/array_compact", "lengths count NULLs"),
        # time
        "shift": ("functions/convert_timezone", "only from UTC is certain"),
        "elapsed": (
            "functions-date-time",
            "division of whole numbers truncates; here it rounds down",
        ),
        "earliest": ("functions/least", ""),
        "difference": ("functions-date-time", "in microseconds"),
        "whole_lengths": (
            "functions-date-time",
            "division of whole numbers truncates; here it rounds down",
        ),
        "local_date": ("functions/convert_timezone", "through local time"),
        "day_start": ("functions/convert_timezone", "midnight may exist twice or never"),
        "date_part": ("functions/year", "through local time; the hour of a date is 0"),
        "anniversary": ("functions-date-time", "ranges of month and day"),
        "as_of": ("functions/current_timestamp", "an instant, in UTC"),
        "first_day": ("functions-date-time", "days are compared with their first instants"),
        "unit_day": ("functions/date_trunc", "weeks start as the project says"),
        "anniversaries": ("functions-date-time", "the anniversaries of three years"),
        "unit_number": ("functions-date-time", "weeks that start as the project says"),
        "unit_of": ("functions-date-time", "as `unit_number`"),
        # aggregates
        "count_rows": ("functions-aggregation", "no FILTER: the argument is NULL for other rows"),
        "count_distinct": (
            "functions-aggregation",
            "a collation of the column, database or session could reach it",
        ),
        "sum": (
            "functions-aggregation",
            "floats become decimals by their 15 significant digits first",
        ),
        "min": (
            "functions-aggregation",
            "a collation of the column, database or session could reach it",
        ),
        "max": (
            "functions-aggregation",
            "a collation of the column, database or session could reach it",
        ),
        "avg": (
            "functions-aggregation",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "median": ("functions-aggregation", "the mean of the middle two, exactly"),
        "stddev": (
            "functions-aggregation",
            "exact sums of squares: the engine's own has rounding errors",
        ),
        "average_length": (
            "functions-aggregation",
            "whole microseconds, rounded once, half away from zero",
        ),
        "median_length": (
            "functions-aggregation",
            "the mean of the middle two, in whole microseconds",
        ),
        "nth": ("functions/array_agg", "NULLs are dropped: the values stand in objects"),
        "share": (
            "functions-aggregation",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "holding": ("functions-aggregation", "of nothing it is NULL"),
        "active": ("functions-aggregation", "distinct numbers of local days, weeks, months"),
        "over": ("functions-window-syntax", ""),
        "collect": ("functions/array_agg", "no FILTER: the argument is NULL for other rows"),
        # chance, distance
        "hash_digits": (
            "functions/md5",
            "eight hexadecimal digits of one length compare as their number does",
        ),
        "haversine": ("functions/haversine", "made of sines: exact to the metre on every engine"),
    },
)
