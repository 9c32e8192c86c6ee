"""Every operation that we emit, for every dialect: as the vendor has it, lowered to other things, or refused.

sqlglot passes on what a dialect lacks, so nothing but this table says no: an operation without an entry fails a
test, and a refused one is a diagnostic in the `.seg` file where the project names that target. Pure data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from segql.model.types import Type, scale_of

DIALECTS: Final = ("duckdb", "postgres", "snowflake")

_DUCKDB = "https://duckdb.org/docs/stable/sql/"
_POSTGRES = "https://www.postgresql.org/docs/current/"
_SNOWFLAKE = "https://docs.snowflake.com/en/sql-reference/"


@dataclass(frozen=True, slots=True)
class Native:
    """The dialect's own operation means the same. `page` is the vendor's."""

    page: str


@dataclass(frozen=True, slots=True)
class Lowered:
    """Made of other operations; `why` the obvious one does not do."""

    page: str
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot be given the same meaning; `why` is the reason that a diagnostic gives."""

    page: str
    why: str


Capability: TypeAlias = Native | Lowered | Refused
Row: TypeAlias = tuple[Capability, Capability, Capability]

WIDE_PRODUCT: Final = "product of more than 38 decimal places"
"""Not a method of `Dialect`: the part of `arithmetic` that depends on the scales of its operands."""


def _native(duckdb: str, postgres: str, snowflake: str) -> Row:
    return Native(_DUCKDB + duckdb), Native(_POSTGRES + postgres), Native(_SNOWFLAKE + snowflake)


def _row(duckdb: tuple[str, str], postgres: tuple[str, str], snowflake: tuple[str, str]) -> Row:
    """For each dialect a page, and why it is lowered ("": native)."""
    return (
        _entry(_DUCKDB, *duckdb),
        _entry(_POSTGRES, *postgres),
        _entry(_SNOWFLAKE, *snowflake),
    )


def _entry(base: str, page: str, why: str) -> Capability:
    return Lowered(base + page, why) if why else Native(base + page)


_LITERALS = ("literal_types/overview", "sql-syntax-lexical.html", "data-types-text")
_NUMBERS = ("data_types/numeric", "functions-math.html", "operators-arithmetic")
_AGGREGATES = ("functions/aggregates", "functions-aggregate.html", "functions-aggregation")
_COLLATION = ("expressions/collations", "collation.html", "collation")
_TEXTS = ("functions/text", "functions-string.html", "functions-string")
_LISTS = ("functions/list", "functions-array.html", "functions-semistructured")
_TIMES = ("functions/timestamp", "functions-datetime.html", "functions-date-time")

_COLLATED = "a collation of the column, database or session could reach it"
_NO_FILTER = "no FILTER: the argument is NULL for other rows"
_OWN_SCALE = "`/` does not round once, half away from zero, at 6 places"
_IGNORES_NULL = "LEAST and GREATEST ignore NULLs"
_FLOATS = "floats become decimals by their 15 significant digits first"
_TRUNCATES = "division of whole numbers truncates; here it rounds down"
_ZONES = "through local time and back"


def _collated(page: tuple[str, str, str] = _COLLATION) -> Row:
    return _row((page[0], _COLLATED), (page[1], _COLLATED), (page[2], _COLLATED))


def _aggregate(why: str = "") -> Row:
    return _row((_AGGREGATES[0], why), (_AGGREGATES[1], why), (_AGGREGATES[2], why or _NO_FILTER))


def _everywhere(pages: tuple[str, str, str], why: str) -> Row:
    return _row((pages[0], why), (pages[1], why), (pages[2], why))


_ROWS: Final[dict[str, Row]] = {
    # names and literals
    "identifier": _row(
        ("dialect/keywords_and_identifiers", ""),
        ("sql-syntax-lexical.html", ""),
        ("identifiers-syntax", "a reserved word is quoted in the upper case it is kept in"),
    ),
    "table": _native("dialect/keywords_and_identifiers", "ddl-schemas.html", "identifiers-syntax"),
    "field": _native("dialect/keywords_and_identifiers", "ddl-schemas.html", "identifiers-syntax"),
    "literal": _row(
        (_LITERALS[0], "control characters are written as escapes"),
        (_LITERALS[1], "backslashes stand in E'…', whatever standard_conforming_strings says"),
        (
            "functions/to_timestamp",
            "times have an explicit format: the implicit one is a parameter",
        ),
    ),
    "null": _native(*_LITERALS),
    # stored columns
    "raw": _native("expressions/overview", "sql-expressions.html", "sql/select"),
    "canonical": _row(
        ("data_types/timestamp", "the column may have a zone or none; JSON of three kinds"),
        ("datatype-datetime.html", "the column may have a zone or none; json, jsonb, composites"),
        ("functions/to_timestamp", "the column may be of any TIMESTAMP kind"),
    ),
    "read": _row(
        ("data_types/timestamp", "as `canonical`"),
        ("datatype-datetime.html", "as `canonical`"),
        ("functions/to_timestamp", "as `canonical`"),
    ),
    "bare": _native("expressions/overview", "sql-expressions.html", "sql/select"),
    "split": _everywhere(_LISTS, "items are trimmed, empty ones dropped"),
    "compare_stored": _row(
        ("data_types/timestamp", "an untyped literal takes the kind of the column"),
        ("datatype-datetime.html", "an untyped literal takes the kind of the column"),
        ("data-types-datetime", "kinds of timestamps compare in the session's time zone"),
    ),
    "key_part": _collated(),
    "absent": _row(
        ("expressions/logical_operators", "no anti-join is made of it, which can fail"),
        ("functions-comparison.html", ""),
        ("functions/is-null", ""),
    ),
    "join_equal": _native(
        "expressions/comparison_operators", "functions-comparison.html", "operators-comparison"
    ),
    # comparison
    "compare": _collated(),
    "in_set": _collated(),
    "in_range": _collated(),
    "rank": _everywhere(
        ("expressions/case", "functions-conditional.html", "functions/case"), "ranks of an enum"
    ),
    "sort_key": _collated(),
    # numbers
    "convert": _row(
        ("functions/text", _FLOATS),
        ("datatype-numeric.html", ""),
        ("sql-format-models", _FLOATS),
    ),
    "arithmetic": _row(
        (_NUMBERS[0], "sums and products of narrow types overflow; `/` gives DOUBLE"),
        (_NUMBERS[1], "sums and products of narrow types overflow; " + _OWN_SCALE),
        (_NUMBERS[2], _OWN_SCALE),
    ),
    "negative": _everywhere(_NUMBERS, "the least integer has no opposite in its type"),
    "absolute": _everywhere(_NUMBERS, "the least integer has no opposite in its type"),
    "round": _row(
        (_NUMBERS[0], _FLOATS),
        ("datatype-numeric.html", _FLOATS),
        ("functions/round", _FLOATS),
    ),
    "least": _row(
        ("functions/utility", _IGNORES_NULL),
        ("functions-conditional.html", _IGNORES_NULL),
        ("functions/least", _COLLATED),
    ),
    "greatest": _row(
        ("functions/utility", _IGNORES_NULL),
        ("functions-conditional.html", _IGNORES_NULL),
        ("functions/greatest", _COLLATED),
    ),
    "mean": _everywhere(_NUMBERS, _OWN_SCALE),
    "known": _everywhere(
        ("expressions/case", "functions-conditional.html", "functions/case"), "a sum of ones"
    ),
    "coalesce": _native("functions/utility", "functions-conditional.html", "functions/coalesce"),
    "ratio": _everywhere(_NUMBERS, _OWN_SCALE),
    # text
    "lower": _row(
        ("functions/text", ""),
        (_TEXTS[1], 'LOWER follows a locale; in "C" it maps ASCII, TRANSLATE the rest'),
        ("functions/translate", "what LOWER does with special letters is not written"),
    ),
    "upper": _row(
        ("functions/text", "UPPER makes ß a ẞ"),
        (_TEXTS[1], 'UPPER follows a locale; in "C" it maps ASCII, TRANSLATE the rest'),
        ("functions/translate", "what UPPER does with special letters is not written"),
    ),
    "fold": _row(
        ("functions/text", ""),
        (_TEXTS[1], "as `lower`"),
        ("functions/translate", "as `lower`"),
    ),
    "fold_list": _row(
        (_LISTS[0], "item by item"),
        ("functions-array.html", "item by item, over UNNEST"),
        ("functions/transform", "item by item"),
    ),
    "trim": _native("functions/text", "functions-string.html", "functions/trim"),
    "length": _native("functions/text", "functions-string.html", "functions/length"),
    "contains": _collated(_TEXTS),
    "starts": _collated(_TEXTS),
    "ends": _collated(_TEXTS),
    "matches": _row(
        ("functions/regular_expressions", ""),
        ("functions-matching.html", _COLLATED),
        ("functions/regexp_instr", "REGEXP_LIKE asks for the whole text"),
    ),
    # lists
    "list_of": _native(*_LISTS),
    "list_any": _row(
        (_LISTS[0], ""), (_LISTS[1], _COLLATED), ("functions/arrays_overlap", "NULLs are equal")
    ),
    "list_all": _row(
        (_LISTS[0], ""), (_LISTS[1], _COLLATED), ("functions/array_except", "no such test")
    ),
    "list_none": _row(
        (_LISTS[0], ""), (_LISTS[1], _COLLATED), ("functions/arrays_overlap", "NULLs are equal")
    ),
    "list_test": _row(
        (_LISTS[0], ""),
        (_LISTS[1], "a NULL is never contained"),
        ("functions/array_except", "no such test"),
    ),
    "list_count": _row(
        (_LISTS[0], ""),
        (_LISTS[1], "lengths count NULLs"),
        ("functions/array_compact", "lengths count NULLs"),
    ),
    # time
    "shift": _row(
        (_TIMES[0], _ZONES),
        (_TIMES[1], _ZONES),
        ("functions/convert_timezone", "only from UTC is certain"),
    ),
    "elapsed": _everywhere(_TIMES, _TRUNCATES),
    "difference": _everywhere(_TIMES, "in microseconds"),
    "whole_lengths": _everywhere(_TIMES, _TRUNCATES),
    "local_date": _row(
        ("functions/timestamptz", _ZONES), (_TIMES[1], _ZONES), ("functions/convert_timezone", "")
    ),
    "day_start": _everywhere(
        ("functions/timestamptz", "functions-datetime.html", "functions/convert_timezone"),
        "midnight may exist twice or never",
    ),
    "date_part": _native("functions/datepart", "functions-datetime.html", "functions/year"),
    "anniversary": _everywhere(_TIMES, "ranges of month and day"),
    # aggregates
    "count_rows": _aggregate(),
    "count_distinct": _aggregate(_COLLATED),
    "sum": _aggregate(_FLOATS),
    "min": _aggregate(_COLLATED),
    "max": _aggregate(_COLLATED),
    "avg": _aggregate(_OWN_SCALE),
    "median": _aggregate("the mean of the middle two, exactly"),
    "average_length": _aggregate("whole microseconds, rounded once, half away from zero"),
    "median_length": _aggregate("the mean of the middle two, in whole microseconds"),
    "stddev": _aggregate("exact sums of squares: the engine's own has rounding errors"),
    "nth": _row(
        (_AGGREGATES[0], "a sorted list for places after the first"),
        (_AGGREGATES[1], "a sorted array"),
        ("functions/array_agg", "NULLs are dropped: the values stand in objects"),
    ),
    "first": _row(
        (_AGGREGATES[0], ""),
        (_AGGREGATES[1], "a sorted array"),
        ("functions/array_agg", "NULLs are dropped: the values stand in objects"),
    ),
    "last": _row(
        (_AGGREGATES[0], ""),
        (_AGGREGATES[1], "a sorted array"),
        ("functions/array_agg", "NULLs are dropped: the values stand in objects"),
    ),
    "any_true": _aggregate("of nothing it is NULL"),
    "any_value": _aggregate(),
    "share": _aggregate(_OWN_SCALE),
    "holding": _aggregate("of nothing it is NULL"),
    "active": _aggregate("distinct numbers of local days, weeks, months"),
    "unit_number": _everywhere(_TIMES, "weeks that start as the project says"),
    "over": _native(
        "functions/window_functions", "functions-window.html", "functions-window-syntax"
    ),
    "collect": _row((_AGGREGATES[0], ""), (_AGGREGATES[1], ""), ("functions/array_agg", "")),
    WIDE_PRODUCT: (
        Refused(_DUCKDB + "data_types/numeric", "DuckDB's decimals have at most 38 places"),
        Native(_POSTGRES + "datatype-numeric.html"),
        Refused(_SNOWFLAKE + "data-types-numeric", "Snowflake's numbers have at most 37 places"),
    ),
}

CAPABILITIES: Final[dict[tuple[str, str], Capability]] = {
    (operation, dialect): entry
    for operation, row in _ROWS.items()
    for dialect, entry in zip(DIALECTS, row, strict=True)
}
"""(operation, dialect) -> how it is done there. An operation is a method of `sql.dialect.Dialect`."""


def operations() -> tuple[str, ...]:
    return tuple(_ROWS)


def refusal(operation: str, dialect: str) -> Refused | None:
    """Why an operation cannot be done; None where it can. KeyError for an operation that is not listed."""
    entry = CAPABILITIES[operation, dialect]
    return entry if isinstance(entry, Refused) else None


def product_refusal(left: Type, right: Type, dialect: str) -> Refused | None:
    """Why `left * right` of two exact numbers cannot be computed before it is rounded; None where it can."""
    if scale_of(left) + scale_of(right) <= 37:
        return None
    return refusal(WIDE_PRODUCT, dialect)
