"""Words that cannot stand unquoted as names of columns, tables and aliases."""

from __future__ import annotations

_SHARED: str = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
column concurrently constraint create cross current_catalog current_date current_role current_schema
current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for
foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
placing primary references returning right select session_user similar some symmetric system_user table
tablesample then to trailing true union unique user using variadic verbose when where window with
"""

_DUCKDB: str = """
anti asof at by describe glob lambda pivot pivot_longer pivot_wider positional qualify recursive semi show
summarize try_cast unpack unpivot
"""

POSTGRES = frozenset(_SHARED.split())
"""The key words of https://www.postgresql.org/docs/current/sql-keywords-appendix.html that 16 and 18 refuse."""

DUCKDB = frozenset(_SHARED.split() + _DUCKDB.split())
"""The key words of `duckdb_keywords()` that 2.0 refuses, and Postgres' own
(https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers)."""

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

_CLICKHOUSE: str = """
alias anti any array asof attach by describe dictionary except exists explain final format global ilike interval
is join kill limit limits offset outfile prewhere qualify replace sample semi settings show system ttl use values
"""

CLICKHOUSE = frozenset(_SHARED.split() + _CLICKHOUSE.split())
"""Key words of https://clickhouse.com/docs/sql-reference/syntax#keywords that could be taken for the start of a clause;
quoting one too many does no harm, as names have a case there anyway."""

_SPARK: str = """
anti cross cube exists except filter from grouping intersect lateral minus natural overlaps pivot qualify rollup semi
sets start tablesample time unknown unpivot within
"""

SPARK = frozenset(_SHARED.split() + _SPARK.split())
"""https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html#sql-keywords-optional-disabled-by-default"""
