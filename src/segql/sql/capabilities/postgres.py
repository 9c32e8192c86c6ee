"""What Postgres does with each operation."""

from __future__ import annotations

from typing import Final

from segql.sql.capabilities.entries import Table, table

_PAGES: Final = "https://www.postgresql.org/docs/current/"

TABLE: Final[Table] = table(
    _PAGES,
    {
        # names, literals, columns
        "identifier": ("sql-syntax-lexical.html", ""),
        "table": ("ddl-schemas.html", ""),
        "field": ("ddl-schemas.html", ""),
        "literal": (
            "sql-syntax-lexical.html",
            "backslashes stand in E'…', whatever standard_conforming_strings says",
        ),
        "null": ("sql-syntax-lexical.html", ""),
        "raw": ("sql-expressions.html", ""),
        "canonical": (
            "datatype-datetime.html",
            "the column may have a zone or none; json, jsonb, composites",
        ),
        "read": ("datatype-datetime.html", "as `canonical`"),
        "bare": ("datatype-datetime.html", "as `canonical`"),
        "split": ("functions-array.html", "items are trimmed, empty ones dropped"),
        "unknown_list": ("arrays.html", ""),
        "times_in_list": ("arrays.html", ""),
        "compare_stored": (
            "datatype-datetime.html",
            "an untyped literal takes the kind of the column",
        ),
        "key_part": (
            "collation.html",
            "a collation of the column, database or session could reach it",
        ),
        "absent": ("functions-comparison.html", ""),
        "join_equal": ("functions-comparison.html", ""),
        "same": ("functions-comparison.html", ""),
        # comparison
        "compare": (
            "collation.html",
            "a collation of the column, database or session could reach it",
        ),
        "in_set": (
            "collation.html",
            "a collation of the column, database or session could reach it",
        ),
        "in_range": (
            "collation.html",
            "a collation of the column, database or session could reach it",
        ),
        "count_of": (
            "functions-comparison.html#FUNCTIONS-COMPARISON-FUNC-TABLE",
            "a sum of ones, and of counts of NULLs",
        ),
        "rank": ("functions-conditional.html", "ranks of an enum"),
        "sort_key": (
            "collation.html",
            "a collation of the column, database or session could reach it",
        ),
        "exists": ("functions-subquery.html", ""),
        # numbers
        "convert": (
            "datatype-numeric.html",
            "floats become decimals by their 15 significant digits first",
        ),
        "arithmetic": (
            "functions-math.html",
            "sums and products of narrow types overflow; `/` does not round once, half away from zero, at 6 places",
        ),
        "wide_product": ("datatype-numeric.html", ""),
        "wide_quotient": ("datatype-numeric.html", ""),
        "negative": ("functions-math.html", "the least integer has no opposite in its type"),
        "absolute": ("functions-math.html", "the least integer has no opposite in its type"),
        "round": (
            "datatype-numeric.html",
            "floats become decimals by their 15 significant digits first",
        ),
        "ceiling": ("functions-math.html", ""),
        "least": ("functions-conditional.html", "LEAST and GREATEST ignore NULLs"),
        "greatest": ("functions-conditional.html", "LEAST and GREATEST ignore NULLs"),
        "mean": (
            "functions-math.html",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "known": ("functions-comparison.html", ""),
        "coalesce": ("functions-conditional.html", ""),
        "ratio": (
            "functions-math.html",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "whole_quotient": ("functions-math.html", ""),
        # text
        "lower": (
            "functions-string.html",
            'LOWER follows a locale; in "C" it maps ASCII, TRANSLATE the rest',
        ),
        "upper": (
            "functions-string.html",
            'UPPER follows a locale; in "C" it maps ASCII, TRANSLATE the rest',
        ),
        "fold": ("functions-string.html", "as `lower`"),
        "fold_list": ("functions-array.html", "item by item, over UNNEST"),
        "trim": ("functions-string.html", ""),
        "length": ("functions-string.html", ""),
        "contains": (
            "functions-string.html",
            "a collation of the column, database or session could reach it",
        ),
        "starts": (
            "functions-string.html",
            "a collation of the column, database or session could reach it",
        ),
        "ends": (
            "functions-string.html",
            "a collation of the column, database or session could reach it",
        ),
        "matches": (
            "functions-matching.html",
            "a collation of the column, database or session could reach it",
        ),
        # lists
        "list_of": ("arrays.html", "typed by a cast: texts and numbers of one kind"),
        "list_any": (
            "functions-array.html",
            "a collation of the column, database or session could reach it",
        ),
        "list_all": (
            "functions-array.html",
            "a collation of the column, database or session could reach it",
        ),
        "list_none": (
            "functions-array.html",
            "a collation of the column, database or session could reach it",
        ),
        "list_test": ("functions-array.html", "a NULL is never contained"),
        "list_count": ("functions-array.html", "lengths count NULLs"),
        # time
        "shift": ("functions-datetime.html", "through local time and back"),
        "elapsed": (
            "functions-datetime.html",
            "division of whole numbers truncates; here it rounds down",
        ),
        "earliest": ("functions-conditional.html", ""),
        "difference": ("functions-datetime.html", "in microseconds"),
        "whole_lengths": (
            "functions-datetime.html",
            "division of whole numbers truncates; here it rounds down",
        ),
        "local_date": ("functions-datetime.html", "through local time and back"),
        "day_start": ("functions-datetime.html", "midnight may exist twice or never"),
        "date_part": (
            "functions-datetime.html",
            "through local time and back; EXTRACT gives numeric",
        ),
        "anniversary": ("functions-datetime.html", "ranges of month and day"),
        "as_of": ("functions-datetime.html", "an instant, in UTC"),
        "first_day": ("functions-datetime.html", "days are compared with their first instants"),
        "unit_day": ("functions-datetime.html", "weeks start as the project says"),
        "anniversaries": ("functions-datetime.html", "the anniversaries of three years"),
        "unit_number": ("functions-datetime.html", "weeks that start as the project says"),
        "unit_of": ("functions-datetime.html", "`DATE_TRUNC` for days and months"),
        # aggregates
        "count_rows": ("functions-aggregate.html", ""),
        "count_distinct": (
            "functions-aggregate.html",
            "a collation of the column, database or session could reach it",
        ),
        "sum": (
            "functions-aggregate.html",
            "floats become decimals by their 15 significant digits first",
        ),
        "min": (
            "functions-aggregate.html",
            "a collation of the column, database or session could reach it",
        ),
        "max": (
            "functions-aggregate.html",
            "a collation of the column, database or session could reach it",
        ),
        "avg": (
            "functions-aggregate.html",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "median": ("functions-aggregate.html", "the mean of the middle two, exactly"),
        "stddev": (
            "functions-aggregate.html",
            "exact sums of squares: the engine's own has rounding errors",
        ),
        "average_length": (
            "functions-aggregate.html",
            "whole microseconds, rounded once, half away from zero",
        ),
        "median_length": (
            "functions-aggregate.html",
            "the mean of the middle two, in whole microseconds",
        ),
        "nth": ("functions-aggregate.html", "a sorted array"),
        "share": (
            "functions-aggregate.html",
            "`/` does not round once, half away from zero, at 6 places",
        ),
        "holding": ("functions-aggregate.html", "of nothing it is NULL"),
        "active": ("functions-aggregate.html", "distinct numbers of local days, weeks, months"),
        "over": ("functions-window.html", ""),
        "collect": ("functions-aggregate.html", ""),
        # chance, distance
        "hash_digits": (
            "functions-binarystring.html",
            "eight hexadecimal digits of one length compare as their number does",
        ),
        "haversine": ("functions-math.html", "made of sines: exact to the metre on every engine"),
    },
)
