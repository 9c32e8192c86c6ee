"""What Spark 4 and Databricks do with each operation."""

from __future__ import annotations

from typing import Final

from segql.sql.capabilities.entries import Refused, Table, table

_PAGES: Final = "https://spark.apache.org/docs/latest/"

_DECIMALS: Final = "sql-ref-ansi-compliance.html#decimal-precision-and-scale"
_TIMES: Final = "sql-ref-datatypes.html"
_DATES: Final = "sql-ref-functions-builtin.html#date-and-timestamp-functions"
_ARRAYS: Final = "sql-ref-functions-builtin.html#array-functions"
_AGGREGATES: Final = "sql-ref-functions-builtin.html#aggregate-functions"
_TEXTS: Final = "sql-ref-functions-builtin.html#string-functions"
_NUMBERS: Final = "sql-ref-functions-builtin.html#mathematical-functions"
_CONDITIONS: Final = "sql-ref-functions-builtin.html#conditional-functions"
_NULLS: Final = "sql-ref-null-semantics.html"

_COLLATION: Final = "a collation of the column could reach it"
_PLACES: Final = "decimals of more than 38 digits lose places"
_WHOLE: Final = "of decimals that together have more than 38 digits one would be rounded"
_QUOTIENT: Final = "`/` does not round once, half away from zero, at 6 places"
_FLOATS: Final = "floats become decimals by their 15 significant digits first"
_ZONES: Final = "through TIMESTAMP_NTZ, which the session's time zone does not reach"
_LETTERS: Final = "what `{}` does with special letters follows the version of Java"
_MEMBERS: Final = "NULL where a NULL could be what is looked for"

TABLE: Final[Table] = table(
    _PAGES,
    {
        # names, literals, columns
        "identifier": ("sql-ref-identifier.html", ""),
        "table": ("sql-ref-identifier.html", ""),
        "field": ("sql-ref-identifier.html", ""),
        "literal": (
            "sql-ref-literals.html#string-literal",
            "`\\` escapes by a setting: quotes and control characters are `char(n)` too",
        ),
        "null": (_NULLS, ""),
        "raw": ("sql-ref-syntax-qry-select.html", ""),
        "canonical": (_TIMES, "the column may be TIMESTAMP or TIMESTAMP_NTZ; JSON of three kinds"),
        "read": (_TIMES, "as `canonical`"),
        "bare": (_TIMES, "as `canonical`"),
        "split": (_TEXTS, "items are trimmed, empty ones dropped"),
        "unknown_list": (_ARRAYS, ""),
        "times_in_list": (_ARRAYS, ""),
        "compare_stored": (_TIMES, "kinds of timestamps compare in the session's time zone"),
        "key_part": (_TEXTS, _COLLATION),
        "absent": (_NULLS, ""),
        "join_equal": ("sql-ref-syntax-qry-select-join.html", ""),
        "same": (_NULLS, ""),
        # comparison
        "compare": (_DECIMALS, f"{_WHOLE}; {_COLLATION}"),
        "in_set": (_DECIMALS, f"{_WHOLE}; {_COLLATION}"),
        "in_range": (_NULLS, f"NULL where a bound is; {_WHOLE}"),
        "count_of": (_CONDITIONS, "a sum of ones"),
        "rank": (_CONDITIONS, "ranks of an enum"),
        "sort_key": (_TEXTS, _COLLATION),
        "exists": (
            "sql-ref-null-semantics.html#existsnot-exists-subquery-",
            "a correlated EXISTS stands in WHERE only: elsewhere lists are joined",
        ),
        # numbers
        "convert": (_TEXTS, _FLOATS),
        "arithmetic": (_DECIMALS, f"{_PLACES}; {_QUOTIENT}"),
        "wide_product": Refused(_DECIMALS, "Spark's decimals have at most 38 places"),
        "wide_quotient": (_DECIMALS, "an error of the engine where it has more than 38 digits"),
        "negative": (_DECIMALS, "the least integer has no opposite in its type"),
        "absolute": (_DECIMALS, "the least integer has no opposite in its type"),
        "round": (_TEXTS, _FLOATS),
        "ceiling": (_NUMBERS, ""),
        "least": (_CONDITIONS, "NULLs are ignored"),
        "greatest": (_CONDITIONS, "NULLs are ignored"),
        "mean": (_DECIMALS, _QUOTIENT),
        "known": (_CONDITIONS, "a sum of ones"),
        "coalesce": (_CONDITIONS, ""),
        "ratio": (_DECIMALS, _QUOTIENT),
        "whole_quotient": (_NUMBERS, ""),
        # text
        "lower": (_TEXTS, _LETTERS.format("lower")),
        "upper": (_TEXTS, _LETTERS.format("upper")),
        "fold": (_TEXTS, "as `lower`"),
        "fold_list": ("sql-ref-functions-builtin.html#lambda-functions", "item by item"),
        "trim": (_TEXTS, "control characters are `char(n)`"),
        "length": (_TEXTS, ""),
        "contains": (_TEXTS, _COLLATION),
        "starts": (_TEXTS, _COLLATION),
        "ends": (_TEXTS, _COLLATION),
        "matches": (_TEXTS, "`$` is found before a newline at the end too"),
        # lists
        "list_of": (_ARRAYS, "the items get one type"),
        "list_any": (_ARRAYS, _MEMBERS),
        "list_all": (_ARRAYS, _MEMBERS),
        "list_none": (_ARRAYS, _MEMBERS),
        "list_test": (_ARRAYS, _MEMBERS),
        "list_count": (_ARRAYS, "lengths count NULLs"),
        # time
        "shift": (_DATES, _ZONES),
        "elapsed": (_DATES, "complete units are asked for"),
        "earliest": (_CONDITIONS, ""),
        "difference": (_DATES, "in microseconds"),
        "whole_lengths": (_NUMBERS, "of microseconds"),
        "local_date": (_DATES, _ZONES),
        "day_start": (_DATES, "midnight may exist twice or never"),
        "date_part": (_DATES, _ZONES),
        "anniversary": (_DATES, "ranges of month and day"),
        "as_of": (_DATES, "an instant, in UTC"),
        "first_day": (_DATES, "days are compared with their first instants"),
        "unit_day": (_DATES, "weeks start as the project says"),
        "anniversaries": (_DATES, "the anniversaries of three years"),
        "unit_number": (_DATES, "weeks that start as the project says"),
        "unit_of": (_DATES, "as `unit_number`"),
        # aggregates
        "count_rows": (_AGGREGATES, ""),
        "count_distinct": (_AGGREGATES, _COLLATION),
        "sum": (_AGGREGATES, f"sums of whole numbers overflow; {_FLOATS}"),
        "min": (_AGGREGATES, f"{_COLLATION}; ranks of an enum"),
        "max": (_AGGREGATES, _COLLATION),
        "avg": (_AGGREGATES, _QUOTIENT),
        "median": (_AGGREGATES, "`median` is a double: the middle two of a sorted array"),
        "stddev": (_AGGREGATES, "exact sums of squares: the engine's own has rounding errors"),
        "average_length": (
            _AGGREGATES,
            "whole microseconds, rounded once, half away from zero",
        ),
        "median_length": (_AGGREGATES, "the mean of the middle two, in whole microseconds"),
        "nth": (_AGGREGATES, "by a struct of what is ordered by"),
        "share": (_AGGREGATES, _QUOTIENT),
        "holding": (_AGGREGATES, "of nothing it is NULL"),
        "active": (_AGGREGATES, "distinct numbers of local days, weeks, months"),
        "over": ("sql-ref-syntax-qry-select-window.html", ""),
        "collect": (_AGGREGATES, "the items get one type"),
        # chance, distance
        "hash_digits": (
            "sql-ref-functions-builtin.html#hash-functions",
            "eight hexadecimal digits of one length compare as their number does",
        ),
        "haversine": (_NUMBERS, "made of sines: exact to the metre on every engine"),
    },
)
