"""Raw SQL on another dialect than its own: only what has the same meaning there is carried over.

sqlglot rewrites what it knows and passes the rest on, so the list of what is carried stands here: an operation that
is not on it is refused when the target is checked. On its own dialect raw SQL stays as it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias, cast

from sqlglot import exp
from sqlglot.errors import SqlglotError

from segql.model.nodes import SqlText
from segql.sql.build import Expr

Check: TypeAlias = Callable[[Expr], bool]


@lru_cache(maxsize=512)
def parsed(sql: SqlText) -> Expr:
    """Raw SQL, which was checked to be one expression."""
    import sqlglot

    whole = sqlglot.parse_one(f"SELECT {sql.text}\n", dialect=sql.dialect)
    return cast(exp.Select, whole).selects[0]


def not_carried(sql: SqlText, dialect: str) -> str:
    """What of raw SQL has no certain counterpart on `dialect`, as it is written; `""` where all has."""
    if sql.dialect == dialect:
        return ""
    try:
        whole = parsed(sql)
    except (SqlglotError, RecursionError):
        return ""  # reported where it is declared
    for node in whole.walk():
        if not _is_carried(node, sql.dialect, dialect):
            return _shown(node, sql.dialect)
    return ""


def carried(sql: SqlText, dialect: str) -> Expr:
    """Raw SQL as an expression to be printed in `dialect`; what `not_carried` refuses must not be given."""
    tree = parsed(sql).copy()
    if sql.dialect == dialect:
        return tree
    return tree.transform(lambda node: _counterpart(node, dialect))


def _is_carried(node: Expr, source: str, dialect: str) -> bool:
    kind = type(node)
    if not {source, dialect} <= _PROVED:
        return _is_plain(node)
    if kind in _ANYWHERE:
        return True
    if kind in _WITHOUT_SNOWFLAKE:
        return "snowflake" not in (source, dialect) and _CHECKS.get(kind, _always)(node)
    if kind is exp.Div and source == "postgres":
        return False  # whole numbers are divided without a rest there
    return kind in _CHECKS and _CHECKS[kind](node)


def _always(node: Expr) -> bool:
    return True


def _shown(node: Expr, source: str) -> str:
    text = node.sql(dialect=source)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _is_plain(node: Expr) -> bool:
    """What every dialect says and means alike, whole numbers and texts as they stand."""
    if isinstance(node, exp.Literal):
        return node.is_string or node.name.isdecimal()
    return type(node) in _PLAIN and _CHECKS.get(type(node), _always)(node)


_PROVED = frozenset({"duckdb", "postgres", "snowflake"})
"""The dialects among which more than the plain is carried."""
_PLAIN: frozenset[type] = frozenset(
    {
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Between),
        *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is),
        *(exp.Case, exp.If, exp.Coalesce, exp.In),
    }
)


# --- what is carried only in some forms -----------------------------------------------------------


def _is_whole(node: object, least: int = 1) -> bool:
    return isinstance(node, exp.Literal) and node.name.isdecimal() and int(node.name) >= least


def _has_divisor(node: Expr) -> bool:
    """By zero one dialect says NULL and another fails."""
    divisor = node.expression
    return isinstance(divisor, exp.Literal) and not divisor.is_string and float(divisor.name) != 0


def _plain_pattern(node: Expr) -> bool:
    """A backslash escapes in Postgres, and only there."""
    pattern = node.expression
    return isinstance(pattern, exp.Literal) and "\\" not in pattern.name


def _counted(node: Expr) -> bool:
    """Places and lengths from 1 up: the dialects differ below."""
    places = [node.args.get(key) for key in ("start", "length", "part_index")]
    if isinstance(node, exp.Left | exp.Right):
        places = [node.expression]
    return all(_is_whole(place) for place in places if place is not None)


def _plain_list(node: Expr) -> bool:
    return bool(node.expressions) and not node.args.get("query") and not node.args.get("unnest")


def _one_place(node: Expr) -> bool:
    return not node.args.get("position") and not node.args.get("occurrence")


def _blanks_only(node: Expr) -> bool:
    return node.args.get("expression") is None


def _plain_type(node: Expr) -> bool:
    if node.is_type("json"):
        parent = node.parent
        return isinstance(parent, exp.Cast) and isinstance(parent.parent, exp.JSONExtractScalar)
    return node.this in _TYPES


def _plain_path(node: Expr) -> bool:
    path = node.expression
    return (
        isinstance(path, exp.JSONPath)
        and len(_path(path)) == len(path.expressions) - 1
        and not node.args.get("only_json_types")
    )


def _path(path: Expr) -> list[str]:
    """The keys and places of a JSON path from its root; what is no such step is left out."""
    found = []
    for step in path.expressions[1:]:
        if isinstance(step, exp.JSONPathKey) and isinstance(step.this, str):
            found.append(step.this)
        elif isinstance(step, exp.JSONPathSubscript) and isinstance(step.this, int):
            found += [str(step.this)] if step.this >= 0 else []
    return found


def _unit(node: Expr) -> bool:
    unit = node.args.get("unit") or node.this
    return str(unit.name).lower() in _UNITS


_UNITS = ("year", "quarter", "month", "day", "hour", "minute")
_TYPES = frozenset(
    {
        exp.DataType.Type.SMALLINT,
        exp.DataType.Type.INT,
        exp.DataType.Type.BIGINT,
        exp.DataType.Type.DECIMAL,
        exp.DataType.Type.DOUBLE,
        exp.DataType.Type.TEXT,
        exp.DataType.Type.VARCHAR,
        exp.DataType.Type.DATE,
        exp.DataType.Type.TIMESTAMP,
        exp.DataType.Type.TIMESTAMPNTZ,
        exp.DataType.Type.BOOLEAN,
    }
)
_ANYWHERE: frozenset[type] = frozenset(
    {
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Var),
        *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is),
        *(exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Case, exp.If, exp.Coalesce, exp.Nullif),
        *(exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Abs, exp.Floor, exp.Ceil, exp.DPipe),
        *(exp.Lower, exp.Upper, exp.Length, exp.Replace, exp.StartsWith, exp.DataTypeParam),
        *(exp.Cast, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript),
    }
)
_WITHOUT_SNOWFLAKE: frozenset[type] = frozenset(
    {
        *(exp.Concat, exp.Greatest, exp.Least, exp.TimestampTrunc, exp.JSONExtractScalar),
        *(exp.Interval, exp.Reverse),
    }
)
_CHECKS: dict[type, Check] = {
    exp.Mod: _has_divisor,
    exp.Div: _has_divisor,
    exp.Like: _plain_pattern,
    exp.ILike: _plain_pattern,
    exp.Left: _counted,
    exp.Right: _counted,
    exp.Substring: _counted,
    exp.SplitPart: _counted,
    exp.In: _plain_list,
    exp.StrPosition: _one_place,
    exp.Trim: _blanks_only,
    exp.DataType: _plain_type,
    exp.Extract: _unit,
    exp.TimestampTrunc: _unit,
    exp.JSONExtractScalar: _plain_path,
    **dict.fromkeys((exp.Year, exp.Quarter, exp.Month, exp.Day, exp.Hour, exp.Minute), _always),
}


# --- what is printed otherwise than sqlglot does ---------------------------------------------------


def _counterpart(node: Expr, dialect: str) -> Expr:
    if dialect == "postgres" and isinstance(node, exp.JSONExtractScalar):
        # of json, jsonb and text alike: https://www.postgresql.org/docs/current/functions-json.html
        steps = ",".join(
            '"' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
            for step in _path(node.expression)
        )
        whole = exp.cast(exp.cast(node.this, "text"), "json")
        return exp.Paren(
            this=exp.JSONBExtractScalar(this=whole, expression=exp.Literal.string(f"{{{steps}}}"))
        )
    if isinstance(node, exp.Hour | exp.Minute | exp.Quarter):
        return exp.Extract(this=exp.var(type(node).__name__.upper()), expression=node.this)
    return node
