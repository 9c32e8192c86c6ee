"""Words that cannot stand unquoted as names of columns and tables."""

from __future__ import annotations

_SHARED: str = """
all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
deferrable desc distinct do else end except false fetch for foreign from group having in initially intersect into
lateral leading limit not null offset on only or order placing primary references returning select some symmetric
table then to trailing true union unique using variadic when where window with
"""

DUCKDB = frozenset(
    (
        _SHARED
        + """
        anti asof at authorization binary collation concurrently cross describe freeze full generated glob ilike inner
        is isnull join lambda left like map natural notnull outer overlaps pivot pivot_longer pivot_wider positional
        qualify right semi show similar struct summarize tablesample try_cast unpivot verbose
        """
    ).split()
)
"""Reserved and type-or-function words of `duckdb_keywords()`, 1.5 to 2.0
(https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers)."""

POSTGRES = frozenset(
    (
        _SHARED
        + """
        authorization binary collation concurrently cross current_catalog current_date current_role current_schema
        current_time current_timestamp current_user freeze full grant ilike inner is isnull join left like localtime
        localtimestamp natural notnull outer overlaps right session_user similar system_user tablesample user verbose
        """
    ).split()
)
"""Reserved words of https://www.postgresql.org/docs/current/sql-keywords-appendix.html, those that may be function or
type names too."""

_SNOWFLAKE: str = """
account all alter and any as between by case cast check column connect connection constraint create cross
current current_date current_time current_timestamp current_user database delete distinct drop else exists false
following for from full grant group gscluster having ilike in increment inner insert intersect into is issue
join lateral left like localtime localtimestamp minus natural not null of on or order organization qualify
regexp revoke right rlike row rows sample schema select set some start table tablesample then to trigger true
try_cast union unique update using values view when whenever where with
"""

SNOWFLAKE = frozenset(_SNOWFLAKE.split())
"""https://docs.snowflake.com/en/sql-reference/reserved-keywords"""
