"""Raw SQL (`sql "…"`): parsed when checked; one expression over the row's own columns, nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.model import codes
from segql.model.nodes import SqlText
from segql.syntax import tree

if TYPE_CHECKING:
    from segql.model.resolver import Resolver


def check_sql(r: Resolver, sql: SqlText, node: tree.Text) -> bool:
    """Report what raw SQL must not be: more than an expression, a subquery, an aggregate, a window."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    problem = ""
    try:
        parsed = sqlglot.parse_one(f"SELECT {sql.text}\n", dialect=sql.dialect)
    except SqlglotError:
        problem = f"is not an expression of {sql.dialect}"
    except RecursionError:
        problem = "is nested too deeply"
    else:
        problem = _problem(parsed, exp)
    if problem:
        r.report(
            codes.BAD_SQL,
            f"the SQL text {problem}",
            node.span,
            "one expression over the row's own columns",
        )
    return not problem


def _problem(parsed: object, exp: object) -> str:
    from sqlglot import exp as e

    if not isinstance(parsed, e.Select) or len(parsed.expressions) != 1:
        return "is more than one expression"
    if any(value for key, value in parsed.args.items() if key != "expressions"):
        return "is more than one expression"
    root = parsed.expressions[0]
    if isinstance(root, e.Alias) or root.is_star or not root.args:
        return "is not an expression"
    for item in root.walk():
        if isinstance(item, e.Query | e.Subquery | e.DML | e.DDL | e.Command):
            return "holds a statement or subquery"
        if isinstance(item, e.AggFunc | e.Window):
            return "holds an aggregate; it sees one row only"
        if isinstance(item, e.Placeholder | e.Parameter):
            return "holds a parameter"
    return ""
