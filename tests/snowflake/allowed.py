"""What may stand in a statement for Snowflake: every function, type, sign and word, with what its page says of it.

A word that is not listed fails the tests. Before one is added, its page is read: what it does with NULL, with a
collation, with time zones and with the parameters of a session must fit what `segql.sql.snowflake` relies on.
"""

from __future__ import annotations

from typing import Final

import sqlglot
from sqlglot import exp

from tests.snowflake.statements import Statement
from tests.snowflake.tokens import tokens

PAGES: Final = "https://docs.snowflake.com/en/"
_REFERENCE: Final = "sql-reference/"

FUNCTIONS: Final[dict[str, tuple[str, str]]] = {
    # numbers
    "ABS": ("functions/abs", "of a fixed-point number one of the same scale"),
    "CEIL": ("functions/ceil", "the next whole number, for both kinds of zero and sign"),
    "COS": ("functions/cos", "of a float in radians"),
    "GREATEST": ("functions/greatest", "NULL where one is; takes a collation"),
    "LEAST": ("functions/least", "NULL where one is; takes a collation"),
    "MOD": ("functions/mod", "what division leaves, with the sign of the first; exact for whole numbers"),
    "POWER": ("functions/pow", "of floats"),
    "RADIANS": ("functions/radians", "degrees as radians"),
    "ROUND": ("functions/round", "half away from zero for fixed-point numbers, the default mode"),
    "SIGN": ("functions/sign", "-1, 0 or 1"),
    "SIN": ("functions/sin", "of a float in radians"),
    "SQRT": ("functions/sqrt", "of a float; what it misses is put right in whole numbers"),
    # conversions
    "AS_DATE": ("functions/as_date", "of a VARIANT that holds a DATE; NULL of any other"),
    "AS_TIMESTAMP_LTZ": ("functions/as_timestamp", "of a VARIANT that holds a TIMESTAMP_LTZ; NULL of any other"),
    "AS_TIMESTAMP_NTZ": ("functions/as_timestamp", "of a VARIANT that holds a TIMESTAMP_NTZ; NULL of any other"),
    "AS_TIMESTAMP_TZ": ("functions/as_timestamp", "of a VARIANT that holds a TIMESTAMP_TZ; NULL of any other"),
    "AS_VARCHAR": ("functions/as_char-varchar", "of a VARIANT that holds a text; NULL of any other"),
    "CAST": ("functions/cast", "calls the conversion function of its type"),
    "TO_DATE": ("functions/to_date", "with an explicit format, by no parameter"),
    "TO_DECIMAL": ("functions/to_decimal", "of a text, rounded to the scale"),
    "TO_TIMESTAMP_NTZ": ("functions/to_timestamp", "with an explicit format, or of a number in UTC, by no parameter"),
    "TO_TIMESTAMP_TZ": ("functions/to_timestamp", "of a text with its offset, with the format AUTO, by no parameter"),
    "TO_VARCHAR": ("functions/to_char", "of a float, with an explicit format"),
    "TO_VARIANT": ("functions/to_variant", "any value; a collation is lost, comparison is that of utf8"),
    "TRY_TO_DATE": ("functions/try_to_date", "as TO_DATE, NULL for a day that does not exist"),
    "TRY_TO_DECIMAL": ("functions/try_to_decimal", "as TO_DECIMAL, NULL where it does not fit"),
    # texts
    "COLLATE": ("functions/collate", "'utf8' by code point, above a column's; '' takes a collation away"),
    "CONCAT": ("functions/concat", "NULL where one is"),
    "CONTAINS": ("functions/contains", "literally, in the collation of its arguments"),
    "ENDSWITH": ("functions/endswith", "literally, in the collation of its arguments"),
    "LEFT": ("functions/left", "characters, not bytes"),
    "LENGTH": ("functions/length", "characters, not bytes"),
    "MD5": ("functions/md5", "32 hexadecimal digits in lower case, of the bytes in UTF-8"),
    "REGEXP_LIKE": ("functions/regexp_like", "of the whole text: anchored at both ends; no collation"),
    "REGEXP_SUBSTR": ("functions/regexp_substr", "with 'e' a group; NULL where nothing matches"),
    "RPAD": ("functions/rpad", "made as long, or cut"),
    "SPLIT": ("functions/split", "an array of texts"),
    "STARTSWITH": ("functions/startswith", "literally, in the collation of its arguments"),
    "SUBSTR": ("functions/substr", "from 1, in characters"),
    "TRANSLATE": ("functions/translate", "character by character"),
    "TRIM": ("functions/trim", "the listed characters at both ends, in any order"),
    # lists and JSON
    "ARRAYS_OVERLAP": ("functions/arrays_overlap", "NULLs are equal; NULL where an argument is"),
    "ARRAY_AGG": ("functions/array_agg", "leaves NULLs out; of nothing the empty array; at most 128 MB"),
    "ARRAY_COMPACT": ("functions/array_compact", "without NULLs and JSON nulls"),
    "ARRAY_CONSTRUCT": ("functions/array_construct", "an array, NULLs kept"),
    "ARRAY_CONTAINS": ("functions/array_contains", "the value must be a VARIANT; NULL where it is and the array has none"),
    "ARRAY_DISTINCT": ("functions/array_distinct", "each value once"),
    "ARRAY_EXCEPT": ("functions/array_except", "takes as many copies away as the second has: of different ones all"),
    "ARRAY_SIZE": ("functions/array_size", "the number of elements; NULL of NULL"),
    "FILTER": ("functions/filter", "the elements for which it is true"),
    "GET": ("functions/get", "from 0, or by name; NULL where there is none"),
    "GET_PATH": ("functions/get_path", "of a VARIANT or OBJECT; NULL where there is none"),
    "OBJECT_CONSTRUCT_KEEP_NULL": ("functions/object_construct_keep_null", "a NULL value is kept"),
    "TRANSFORM": ("functions/transform", "each element; NULL of NULL"),
    "TYPEOF": ("functions/typeof", "the type in a VARIANT, in upper case"),
    # time
    "CONVERT_TIMEZONE": (
        "functions/convert_timezone",
        "with three arguments by no parameter, of and to TIMESTAMP_NTZ; with two of an instant to a TIMESTAMP_TZ",
    ),
    "CURRENT_TIMESTAMP": ("functions/current_timestamp", "an instant (TIMESTAMP_LTZ), to so many places of a second"),
    "DATE_TRUNC": ("functions/date_trunc", "of months, quarters and years by no parameter; WEEK is not asked for"),
    "DATEADD": ("functions/dateadd", "months are clamped to the last day; a number is rounded to a whole one"),
    "DATEDIFF": ("functions/datediff", "counts boundaries: exact for days of dates and for microseconds"),
    "DATE_PART": ("functions/date_part", "of EPOCH_MICROSECOND: since 1970 in UTC, for each kind of TIMESTAMP"),
    "DAY": ("functions/year", "of the month"),
    "DAYOFWEEKISO": ("functions/year", "1 Monday to 7 Sunday, whatever WEEK_START says"),
    "HOUR": ("functions/hour-minute-second", "0 to 23"),
    "MONTH": ("functions/year", "1 to 12"),
    "YEAR": ("functions/year", "the calendar's, not that of a week"),
    # conditions and aggregates
    "COALESCE": ("functions/coalesce", "the first that is not NULL"),
    "COUNT": ("functions/count", "rows, or values that are not NULL; DISTINCT in the collation of its argument"),
    "COUNT_IF": ("functions/count_if", "rows for which it is true; 0 of none"),
    "MAX": ("functions/max", "NULLs are skipped; in the collation of its argument"),
    "MIN": ("functions/min", "NULLs are skipped; in the collation of its argument"),
    "NULLIF": ("functions/nullif", "NULL where both are equal"),
    "PERCENTILE_DISC": ("functions/percentile_disc", "the first whose CUME_DIST reaches it; NULLs are skipped"),
    "SUM": ("functions/sum", "exact for fixed-point numbers, 38 digits; of nothing NULL"),
    # windows
    "LAG": ("functions/lag", "the value of the row before; NULL for the first"),
    "LEAD": ("functions/lead", "the value of a row behind; NULL where there is none"),
    "NTILE": ("functions/ntile", "the larger groups first"),
    "RANK": ("functions/rank", "with gaps behind equal values"),
    "ROW_NUMBER": ("functions/row_number", "from 1"),
    "EXISTS": ("operators-subquery", "correlated in WHERE only, and never under OR"),
}  # fmt: skip
"""Each function by name: its page below `sql-reference`, and what is relied on."""

TYPES: Final[dict[str, tuple[str, str]]] = {
    "ARRAY": ("data-types-semistructured", "of VARIANTs"),
    "BIGINT": ("data-types-numeric", "NUMBER(38, 0)"),
    "BOOLEAN": ("data-types-logical", "true, false, NULL"),
    "DATE": ("data-types-datetime", "a day; of a TIMESTAMP_NTZ its day"),
    "DECIMAL": (
        "data-types-numeric",
        "exact, at most 38 digits; casts round half away, too large is an error",
    ),
    "DOUBLE": ("data-types-numeric", "64 bits; 'inf', '-inf' and 'NaN' as texts"),
    "TIMESTAMP_NTZ": ("data-types-datetime", "wall clock; of an NTZ itself"),
    "VARCHAR": ("data-types-text", "Unicode; of a VARIANT the text of its scalar"),
}
"""Each type that is cast to."""

SIGNS: Final[dict[str, tuple[str, str]]] = {
    "+": ("operators-arithmetic", "exact in 38 digits"),
    "-": ("operators-arithmetic", "exact in 38 digits"),
    "*": ("operators-arithmetic", "exact up to 12 places of the product"),
    "/": (
        "operators-arithmetic",
        "6 places more: only between floats, or of what MOD made divisible",
    ),
    "=": ("operators-comparison", "in the collation of its arguments"),
    "<>": ("operators-comparison", "in the collation of its arguments"),
    "<": ("operators-comparison", "in the collation of its arguments"),
    "<=": ("operators-comparison", "in the collation of its arguments"),
    ">": ("operators-comparison", "in the collation of its arguments"),
    ">=": ("operators-comparison", "in the collation of its arguments"),
    "||": ("functions/concat", "NULL where one is"),
    "->": ("functions/transform", "a lambda; its argument is a VARIANT"),
}

WORDS: Final[dict[str, str]] = {
    "functions/case": "CASE WHEN THEN ELSE END",
    "operators-logical": "AND OR NOT",
    "functions/is-null": "IS NULL",
    "functions/is-distinct-from": "IS DISTINCT FROM",
    "functions/between": "BETWEEN AND",
    "functions/in": "IN",
    "data-types-logical": "TRUE FALSE",
    "sql/select": "SELECT DISTINCT AS",
    "constructs/with": "WITH",
    "constructs/from": "FROM",
    "constructs/where": "WHERE",
    "constructs/join": "JOIN LEFT CROSS ON",
    "constructs/group-by": "GROUP BY",
    "constructs/having": "HAVING",
    "constructs/order-by": "ORDER BY ASC DESC NULLS FIRST LAST",
    "constructs/limit": "LIMIT",
    "operators-query": "UNION ALL",
    "functions-window-syntax": "OVER PARTITION BY RANGE UNBOUNDED PRECEDING CURRENT ROW",
    "functions/array_agg": "WITHIN GROUP",
    "functions-date-time": "MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR EPOCH_MICROSECOND",
}
"""The other words, by the page that explains them. WEEK only stands in DATEADD, where it is seven days."""

_NOT_CALLS = frozenset(" ".join(WORDS.values()).split()) - {"LEFT", "DAY", "HOUR", "MONTH", "YEAR"}


OF_USERS: Final = frozenset({"LOWER(", "SPLIT_PART(", "%"})
"""What only the raw SQL of users calls, in the suite and in the random definitions."""


def strangers(text: str) -> list[str]:
    """What stands in a statement and is not listed; empty where all is. ValueError for what is no token."""
    found = []
    read = list(tokens(text))
    for place, token in enumerate(read):
        before = read[place - 1].text if place else ""
        behind = read[place + 1].text if place + 1 < len(read) else ""
        if token.kind == "sign":
            known = token.text in SIGNS or token.text in "(),."
        elif token.kind == "word" and before == "AS" and behind != "(":
            known = token.text in TYPES
        elif token.kind == "word" and behind == "(":
            known = token.text in FUNCTIONS or token.text in TYPES or token.text in _NOT_CALLS
        elif token.kind == "word":
            known = token.text in _NOT_CALLS or token.text in (
                "LEFT",
                "DAY",
                "HOUR",
                "MONTH",
                "YEAR",
            )
        elif token.kind == "name":
            known = behind != "("
        else:
            known = True
        if not known:
            found.append(f"{token.text}{behind if behind == '(' else ''}")
    return found


def misplaced(text: str) -> list[str]:
    """Correlated EXISTS where Snowflake does not take them: outside of WHERE, or under OR.

    https://docs.snowflake.com/en/sql-reference/operators-subquery
    """
    found: list[str] = []
    if "EXISTS(" not in text:
        return found
    for exists in sqlglot.parse_one(text, read="snowflake").find_all(exp.Exists):
        place = exists.parent
        while isinstance(place, exp.And | exp.Not | exp.Paren):
            place = place.parent
        if not isinstance(place, exp.Where):
            found.append(exists.sql("snowflake"))
    return found


def unlisted(statement: Statement) -> list[str]:
    """What is wrong with a statement by the lists of this module."""
    known = OF_USERS if statement.raw else frozenset()
    found = [f"{one} is not listed" for one in strangers(statement.text) if one not in known]
    return found + [f"{one} is no condition of a WHERE" for one in misplaced(statement.text)]
