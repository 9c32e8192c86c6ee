"""Raw SQL (`sql "…"`): parsed when checked; one expression over the row's own columns, nothing more.

What such an expression may call is the database's matter: the role of the connection is the boundary. Refused here
is what is known to give another answer for the same rows: the clock, chance, the session, files, the server.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from segql.model import codes
from segql.model.nodes import SqlText
from segql.syntax import tree

if TYPE_CHECKING:
    from sqlglot import exp

    from segql.model.resolver import Resolver

_CLOCK = "reads the clock"
_CHANCE = "gives another value each time"
_STATE = "reads or changes the state of the session"
_SERVER = "reads files or asks the server"

#: Names of functions, and of sqlglot's classes for them, in lower case: the first pattern that fits.
_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"(get_?)?(current|local|transaction|statement|clock)_?(local)?_?(date|time|datetime|timestamp)"
         r"(_?(utc|ltz|ntz))?", _CLOCK),
        (r"now|today|getdate|(utc_?)?sysdate|systimestamp|utc_?(date|time|timestamp)|timeofday", _CLOCK),
        (r"rand|randn|random|random_normal|setseed|seq[1248]", _CHANCE),
        (r"uuid|uuid_?v?[1-8]|gen_random_uuid|generate_uuid|uuid_generate_\w+|uuid_string", _CHANCE),
        (r"gen_random_bytes", _CHANCE),
        (r"nextval|next_value_for|currval|lastval|setval|txid_\w+|last_query_id", _STATE),
        (r"current_\w+|session_user|system_user|set_config|[gs]etvariable|getenv|version", _STATE),
        (r"pg_\w+|inet_(client|server)_\w+|lo_\w+|dblink\w*|system\$\w+|snowflake_\w+", _SERVER),
        (r"read_\w+|glob|query|query_table|(query|table|cursor|schema|database)_to_xml\w*", _SERVER),
        (r"parquet_\w+|sniff_csv|duckdb_\w+|pragma_\w+", _SERVER),
    )
)  # fmt: skip
#: Read as columns by the parser, though they are no columns where they stand unquoted.
_BARE = frozenset(
    {"current_role", "current_catalog", "current_user", "session_user", "system_user"}
)
#: Texts that Postgres takes for moments of the clock.
_MOMENTS = frozenset({"now", "today", "tomorrow", "yesterday"})


def check_sql(r: Resolver, sql: SqlText, node: tree.Text) -> bool:
    """Report what raw SQL must not be: more than an expression, a subquery, an aggregate, a window, unsteady."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    helps: list[str] = []
    try:
        parsed = sqlglot.parse_one(f"SELECT {sql.text}\n", dialect=sql.dialect)
    except SqlglotError:
        problem = f"is not an expression of {sql.dialect}"
    except RecursionError:
        problem = "is nested too deeply"
    else:
        problem = _problem(parsed)
        if not problem:
            problem, helps = _unsteady(parsed, sql.text)
    if problem:
        r.report(
            codes.BAD_SQL,
            f"the SQL text {problem}",
            node.span,
            "one expression over the row's own columns",
            helps=helps,
        )
    return not problem


def _problem(parsed: object) -> str:
    from sqlglot import exp as e

    if not isinstance(parsed, e.Select) or len(parsed.expressions) != 1:
        return "is more than one expression"
    if any(value for key, value in parsed.args.items() if key != "expressions"):
        return "is more than one expression"
    root = parsed.expressions[0]
    if isinstance(root, e.Alias) or root.is_star or not root.args:
        return _unsteady(root, "")[0] or "is not an expression"
    for item in root.walk():
        if isinstance(item, e.Query | e.Subquery | e.DML | e.DDL | e.Command):
            return "holds a statement or subquery"
        if isinstance(item, e.AggFunc | e.Window):
            return "holds an aggregate; it sees one row only"
        if isinstance(item, e.Placeholder | e.Parameter | e.SessionParameter):
            return "holds a parameter"
    return ""


def _unsteady(parsed: exp.Expr, text: str) -> tuple[str, list[str]]:
    """What gives another answer for the same rows: the words for it, and what to write instead."""
    for item in parsed.walk():
        name, reason = _called(item)
        if not reason:
            continue
        names = (word for word in re.findall(r"[\w$]+", text.lower()) if _reason(word) == reason)
        name = next(names, name)  # sqlglot calls some by another name than was written
        helps = []
        if reason == _CLOCK:
            helps = [
                "compare with `now` or `today` in a condition of the language, outside the text"
            ]
        elif reason == _CHANCE:
            helps = ["people are divided by a `split`, always in the same way"]
        return f"calls `{name}`, which {reason}", helps
    return "", []


def _called(item: exp.Expr) -> tuple[str, str]:
    """The name that an expression calls and why that is refused; two empty texts where it is not."""
    from sqlglot import exp as e

    if isinstance(item, e.Literal):
        cast = isinstance(item.parent, e.Cast | e.Date | e.Timestamp)
        moment = cast and item.is_string and item.name.strip().lower() in _MOMENTS
        return (item.name, _CLOCK) if moment else ("", "")
    if isinstance(item, e.Column):
        name = item.name.lower()
        if name in ("nextval", "currval") and item.table:
            return name, _STATE
        bare = not item.table and not getattr(item.this, "quoted", False)
        return (name, _STATE) if bare and name in _BARE else ("", "")
    if isinstance(item, e.NextValueFor):
        return "nextval", _STATE
    if not isinstance(item, e.Func) or isinstance(item, e.Cast | e.Connector):
        return "", ""
    name = item.name.lower() if isinstance(item, e.Anonymous) else item.sql_name().lower()
    if name == "age" and len(item.expressions) == 1:
        return "age", _CLOCK
    return name, _reason(name)


def _reason(name: str) -> str:
    return next((reason for pattern, reason in _REFUSED if pattern.fullmatch(name)), "")
