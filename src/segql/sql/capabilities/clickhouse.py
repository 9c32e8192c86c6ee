"""What ClickHouse does with each operation."""

from __future__ import annotations

from typing import Final

from segql.sql.capabilities.entries import Refused, Table, table

_PAGES: Final = "https://clickhouse.com/docs/sql-reference/"

_NOTHING: Final = "an aggregate of no rows gives the type's default value, not NULL"
_WIDE: Final = "whole numbers and products of decimals wrap: computed in 76 digits"
_QUOTIENT: Final = "`/` gives floats or truncates: whole numbers of 256 bits are divided"
_FLOATS: Final = "floats become decimals by their 15 significant digits first"
_LISTS: Final = "an array is never NULL: a list is a tuple of one array"
_ZONES: Final = "through the offset of the time zone; only from UTC is certain"

TABLE: Final[Table] = table(
    _PAGES,
    {
        # names, literals, columns
        "identifier": ("syntax#identifiers", ""),
        "table": ("syntax#identifiers", ""),
        "field": ("syntax#identifiers", ""),
        "literal": ("syntax#literals", "a literal with a point is a float; " + _LISTS),
        "null": ("syntax#null", ""),
        "raw": ("statements/select", ""),
        "canonical": (
            "data-types/datetime64",
            "the column may have a zone or none; JSON of three kinds",
        ),
        "read": ("data-types/datetime64", "as `canonical`"),
        "bare": ("data-types/datetime64", "as `canonical`"),
        "split": ("functions/splitting-merging-functions", "items are trimmed, empty ones dropped"),
        "unknown_list": Refused(
            "data-types/nullable",
            "an Array of ClickHouse is never NULL: an unknown list could not be told from an empty one",
        ),
        "times_in_list": ("data-types/array", ""),
        "compare_stored": ("data-types/datetime64", "infinite floats are unknown"),
        "key_part": (
            "functions/type-conversion-functions#tostring",
            "a text may be kept as an Enum, a UUID or a FixedString",
        ),
        "absent": ("operators#is_null", ""),
        "join_equal": ("statements/select/join", ""),
        "same": ("operators#is_not_distinct_from", ""),
        # comparison
        "compare": ("operators#comparison-operators", "ranks of an enum; infinite floats"),
        "in_set": ("operators/in", "NULL where an item is"),
        "in_range": ("operators#between", "NULL where a bound is"),
        "count_of": ("operators#conditional-expression", "a sum of ones"),
        "rank": ("operators#conditional-expression", "ranks of an enum"),
        "sort_key": ("statements/select/order-by", "ranks of an enum"),
        "exists": (
            "operators/exists",
            "outer rows are lost whose values in it are NULL: searches that may meet one are joined",
        ),
        # numbers
        "convert": ("functions/string-functions#printf", _FLOATS),
        "arithmetic": ("data-types/decimal", f"{_WIDE}; {_QUOTIENT}"),
        "wide_product": ("data-types/decimal", "in 76 digits"),
        "wide_quotient": Refused(
            "data-types/int-uint", "ClickHouse's whole numbers have at most 76 digits"
        ),
        "negative": ("data-types/decimal", _WIDE),
        "absolute": ("data-types/decimal", _WIDE),
        "round": ("functions/rounding-functions", f"the cast truncates; {_FLOATS}"),
        "ceiling": ("functions/rounding-functions#ceil", ""),
        "least": ("functions/conditional-functions#least", "NULLs are ignored"),
        "greatest": ("functions/conditional-functions#greatest", "NULLs are ignored"),
        "mean": ("functions/arithmetic-functions", _QUOTIENT),
        "known": ("operators#conditional-expression", "a sum of ones"),
        "coalesce": (
            "functions/functions-for-nulls#coalesce",
            "UInt64 and Int64 have no type in common",
        ),
        "ratio": ("functions/arithmetic-functions", _QUOTIENT),
        "whole_quotient": ("functions/arithmetic-functions#intdiv", ""),
        # text
        "lower": ("functions/string-functions#lower", "`lower` maps ASCII only"),
        "upper": ("functions/string-functions#upper", "`upper` maps ASCII only"),
        "fold": ("functions/string-functions#lower", "as `lower`"),
        "fold_list": ("functions/array-functions#arraymap", "item by item"),
        "trim": ("functions/string-functions#trimboth", ""),
        "length": ("functions/string-functions#lengthutf8", ""),
        "contains": ("functions/string-search-functions#position", "a place above 0"),
        "starts": ("functions/string-functions#startswith", ""),
        "ends": ("functions/string-functions#endswith", ""),
        "matches": ("functions/string-search-functions#match", "`.` is a newline too"),
        # lists
        "list_of": ("data-types/nullable", _LISTS),
        "list_any": ("functions/array-functions#hasany", f"NULLs are equal; {_LISTS}"),
        "list_all": ("functions/array-functions#hasall", f"NULLs are equal; {_LISTS}"),
        "list_none": ("functions/array-functions#hasany", f"NULLs are equal; {_LISTS}"),
        "list_test": ("functions/array-functions#hasall", f"NULLs are equal; {_LISTS}"),
        "list_count": ("functions/array-functions#length", f"lengths count NULLs; {_LISTS}"),
        # time
        "shift": ("functions/date-time-functions", _ZONES),
        "elapsed": (
            "functions/date-time-functions#datediff",
            "`dateDiff` counts boundaries; complete units are asked for",
        ),
        "earliest": ("functions/conditional-functions#least", ""),
        "difference": ("functions/date-time-functions", "in microseconds"),
        "whole_lengths": ("functions/arithmetic-functions#intdiv", "of microseconds"),
        "local_date": ("functions/date-time-functions#timezoneoffset", _ZONES),
        "day_start": (
            "functions/date-time-functions#timezoneoffset",
            "midnight may exist twice or never",
        ),
        "date_part": ("functions/date-time-functions", _ZONES),
        "anniversary": ("functions/date-time-functions", "ranges of month and day"),
        "as_of": ("functions/date-time-functions", ""),
        "first_day": (
            "functions/date-time-functions",
            "days are compared with their first instants",
        ),
        "unit_day": ("functions/date-time-functions", "weeks start as the project says"),
        "anniversaries": (
            "functions/date-time-functions",
            "the anniversaries of three years",
        ),
        "unit_number": ("functions/date-time-functions", "weeks that start as the project says"),
        "unit_of": ("functions/date-time-functions", "as `unit_number`"),
        # aggregates
        "count_rows": ("aggregate-functions/reference/count", ""),
        "count_distinct": ("aggregate-functions/reference/count", ""),
        "sum": ("aggregate-functions/reference/sum", f"{_NOTHING}; sums wrap; {_FLOATS}"),
        "min": ("aggregate-functions/combinators#-ornull", f"{_NOTHING}; ranks of an enum"),
        "max": ("aggregate-functions/combinators#-ornull", ""),
        "avg": ("aggregate-functions/reference/avg", "`avg` is a float"),
        "median": (
            "aggregate-functions/reference/quantileexact",
            "the mean of the middle two, exactly",
        ),
        "stddev": (
            "aggregate-functions/reference/stddevsamp",
            "exact sums of squares: the engine's own has rounding errors",
        ),
        "average_length": (
            "aggregate-functions/reference/avg",
            "whole microseconds, rounded once, half away from zero",
        ),
        "median_length": (
            "aggregate-functions/reference/quantileexact",
            "the mean of the middle two, in whole microseconds",
        ),
        "nth": ("aggregate-functions/reference/grouparray", "NULLs are skipped: values in tuples"),
        "share": ("aggregate-functions/reference/count", _QUOTIENT),
        "holding": ("aggregate-functions/reference/count", "of nothing it is NULL"),
        "active": (
            "aggregate-functions/reference/count",
            "distinct numbers of local days, weeks, months",
        ),
        "over": ("window-functions", ""),
        "collect": ("aggregate-functions/reference/grouparray", _LISTS),
        # chance, distance
        "hash_digits": ("functions/hash-functions#md5", "`MD5` gives bytes"),
        "haversine": (
            "functions/math-functions",
            "made of sines: exact to the metre on every engine",
        ),
    },
)
