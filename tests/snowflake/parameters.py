"""Snowflake's parameters of a session, and what of a statement could depend on one.

https://docs.snowflake.com/en/sql-reference/parameters lists them; DEFAULT_DDL_COLLATION is one of objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from tests.snowflake.tokens import Token, tokens

HELD_BY: Final[dict[str, str]] = {
    "no statement": """
        BINARY_INPUT_FORMAT BINARY_OUTPUT_FORMAT DATE_INPUT_FORMAT DATE_OUTPUT_FORMAT DEFAULT_DDL_COLLATION
        DEFAULT_NULL_ORDERING GEOGRAPHY_OUTPUT_FORMAT GEOMETRY_OUTPUT_FORMAT TIMESTAMP_DAY_IS_ALWAYS_24H
        TIMESTAMP_INPUT_FORMAT TIMESTAMP_LTZ_OUTPUT_FORMAT TIMESTAMP_NTZ_OUTPUT_FORMAT TIMESTAMP_OUTPUT_FORMAT
        TIMESTAMP_TYPE_MAPPING TIMESTAMP_TZ_OUTPUT_FORMAT TIME_INPUT_FORMAT TIME_OUTPUT_FORMAT
        TWO_DIGIT_CENTURY_START WEEK_OF_YEAR_POLICY WEEK_START""",
    "segql": """
        ABORT_DETACHED_QUERY JSON_INDENT MULTI_STATEMENT_COUNT QUERY_TAG QUOTED_IDENTIFIERS_IGNORE_CASE
        ROWS_PER_RESULTSET STATEMENT_TIMEOUT_IN_SECONDS STRICT_JSON_OUTPUT TIMEZONE""",
    "no answer": """
        ACTIVE_PYTHON_PROFILER AUTOCOMMIT CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS CLIENT_MEMORY_LIMIT
        CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX CLIENT_METADATA_USE_SESSION_DATABASE CLIENT_PREFETCH_THREADS
        CLIENT_RESULT_CHUNK_SIZE CLIENT_RESULT_COLUMN_CASE_INSENSITIVE CLIENT_SESSION_KEEP_ALIVE
        CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY CLIENT_TIMESTAMP_TYPE_MAPPING CSV_TIMESTAMP_FORMAT
        ENABLE_GET_DDL_USE_DATA_TYPE_ALIAS ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION
        ENABLE_UNREDACTED_QUERY_SYNTAX_ERROR ENABLE_UNREDACTED_SECURE_OBJECT_ERROR ERROR_ON_NONDETERMINISTIC_MERGE
        ERROR_ON_NONDETERMINISTIC_UPDATE HYBRID_TABLE_LOCK_TIMEOUT JDBC_TREAT_DECIMAL_AS_INT
        JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC JDBC_USE_SESSION_TIMEZONE JS_TREAT_INTEGER_AS_BIGINT LOCK_TIMEOUT LOG_LEVEL
        METRIC_LEVEL NOORDER_SEQUENCE_AS_DEFAULT ODBC_TREAT_DECIMAL_AS_INT PREVENT_UNLOAD_TO_INTERNAL_STAGES
        PYTHON_PROFILER_MODULES PYTHON_PROFILER_TARGET_STAGE S3_STAGE_VPCE_DNS_NAME
        STATEMENT_QUEUED_TIMEOUT_IN_SECONDS TRACE_LEVEL TRANSACTION_ABORT_ON_ERROR TRANSACTION_DEFAULT_ISOLATION_LEVEL
        UNSUPPORTED_DDL_ACTION USE_CACHED_RESULT""",
    "you": "SEARCH_PATH SIMULATED_DATA_SHARING_CONSUMER",
}
"""All of them, by what keeps an answer free of each: no statement says what depends on it, segql sets it on its session,
no answer depends on it, or who uses the target must leave it."""

FORMATS: Final = {"'YYYY-MM-DD'", "'YYYY-MM-DD HH24:MI:SS'", "'YYYY-MM-DD HH24:MI:SS.FF6'"}
FROM_TEXT: Final = {
    "TO_DATE": FORMATS,
    "TRY_TO_DATE": FORMATS,
    "TO_TIMESTAMP_NTZ": {*FORMATS, "6"},
    "TO_TIMESTAMP_TZ": {"'AUTO'"},
    "TO_VARCHAR": {"'S9.99999999999999EEEE'"},
}
"""What the second argument is: a format, or 6, the digits of a number of microseconds."""
ZONED: Final = {"CURRENT_TIMESTAMP", "TO_TIMESTAMP_TZ", "AS_TIMESTAMP_TZ", "AS_TIMESTAMP_LTZ"}
"""What gives an instant with a zone, the session's or its own: it stands in CAST(CONVERT_TIMEZONE('UTC', …) AS
TIMESTAMP_NTZ), where that zone is gone."""
TIMES: Final = {"AS_DATE", "AS_TIMESTAMP_NTZ", "CONVERT_TIMEZONE", "DATEADD", "DATE_TRUNC", *FROM_TEXT, *ZONED} - {
    "TO_VARCHAR"
}  # fmt: skip
UNITS: Final = {
    "DATEDIFF": {"DAY", "MICROSECOND"},
    "DATE_TRUNC": {"'month'", "'quarter'", "'year'"},
}
"""Those that count no weeks."""
COMPARED: Final = {"=", "<>", "<", "<=", ">", ">=", "IN"}


class Call(NamedTuple):
    """`NAME(…)`, its arguments as tokens, and the names of the calls around it, the nearest first."""

    name: str
    arguments: tuple[tuple[Token, ...], ...]
    around: tuple[str, ...]

    @property
    def type(self) -> str:
        """Of a CAST the type."""
        words = [token.text for token in self.arguments[0]]
        return words[len(words) - words[::-1].index("AS")]

    def first(self, place: int = 0) -> str:
        """The token that an argument begins with."""
        return self.arguments[place][0].text


def calls(read: list[Token]) -> Iterator[Call]:
    """Each call, the inner ones first."""
    stack: list[tuple[str, int, list[tuple[Token, ...]]]] = []
    for place, token in enumerate(read):
        if token.text == "(" and token.kind == "sign":
            name = read[place - 1] if place else token
            stack.append((name.text if name.kind == "word" else "", place + 1, []))
        elif token.text == ")" and token.kind == "sign":
            name, start, arguments = stack.pop()
            last = tuple(read[start:place])
            around = tuple(one for one, _, _ in reversed(stack) if one)
            yield Call(name, (*arguments, last) if last else tuple(arguments), around)
        elif token.text == "," and token.kind == "sign" and stack:
            name, start, arguments = stack[-1]
            stack[-1] = name, place + 1, [*arguments, tuple(read[start:place])]


def dependent(text: str) -> list[str]:
    """What in a statement depends on a parameter; empty where nothing does."""
    read = list(tokens(text))
    found = []
    for call in calls(read):
        if call.name in FROM_TEXT and len(call.arguments) < 2:
            found.append(f"{call.name} without a format")
        elif call.name in FROM_TEXT and call.first(1) not in FROM_TEXT[call.name]:
            found.append(f"{call.name} with the format {call.first(1)}")
        elif call.name in ZONED and call.around[:2] != ("CONVERT_TIMEZONE", "CAST"):
            found.append(f"{call.name} outside of CONVERT_TIMEZONE")
        elif call.name == "CONVERT_TIMEZONE" and not _is_fixed(call):
            found.append("CONVERT_TIMEZONE from or to the zone of the session")
        elif call.name in UNITS and call.first() not in UNITS[call.name]:
            found.append(f"{call.name} of {call.first()}")
        elif call.name == "CAST" and not _is_free(call):
            found.append(f"a cast of {call.first()} to {call.type}")
    return found + _collated(read)


def _is_fixed(call: Call) -> bool:
    if call.first() != "'UTC'":
        return False
    return len(call.arguments) == 3 or (call.first(1) in ZONED and call.around[:1] == ("CAST",))


def _is_free(call: Call) -> bool:
    """No text becomes a time, no time a text."""
    inner = call.arguments[0]
    if call.type in ("DATE", "TIMESTAMP_NTZ"):
        return _is_time(inner[:-2])
    return call.type != "VARCHAR" or inner[0].text not in TIMES


def _is_time(read: Sequence[Token]) -> bool:
    """Whether an expression is a column, a function that gives a time, or a CASE or a cast that does."""
    if read[0].text == "CAST":
        return read[-2].text in ("DATE", "TIMESTAMP_NTZ")
    if read[0].text != "CASE":
        return read[0].kind == "name" or read[0].text in {*TIMES, "NULL"}
    depth = 0
    for token, behind in pairwise(read[1:]):
        depth += {"(": 1, "CASE": 1, ")": -1, "END": -1}.get(token.text, 0)
        gives = depth == 0 and token.text in ("THEN", "ELSE")
        if gives and behind.kind != "name" and behind.text not in {*TIMES, "CAST", "NULL"}:
            return False
    return True


def _collated(read: list[Token]) -> list[str]:
    """Comparisons of a column with a literal text in the column's own collation."""
    found = []
    for place, (before, token) in enumerate(pairwise(read)):
        if token.text not in COMPARED or before.kind != "name":
            continue
        behind = read[place + (3 if token.text == "IN" else 2)]
        if behind.kind == "text":
            found.append(f"{before.text} {token.text} {behind.text} in the collation of the column")
    return found
