"""The shape of queries, and that DuckDB and the reference evaluator find the same members with them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from segql import reference
from segql.plan import plan
from segql.sql import compile as compiler
from tests.plan.models import AS_OF, planned

DIALECTS = ("duckdb", "postgres", "snowflake")


def sql_of(*lines: str, dialect: str = "duckdb", traits: str = "") -> str:
    return compiler.members(planned(*lines, traits=traits), "asked", dialect)


def tree_of(*lines: str, traits: str = "") -> exp.Select:
    parsed = sqlglot.parse_one(sql_of(*lines, traits=traits), dialect="duckdb")
    assert isinstance(parsed, exp.Select)
    return parsed


def scans(tree: exp.Expression, table: str) -> int:
    return sum(1 for found in tree.find_all(exp.Table) if found.name == table)


def joins(select: exp.Select) -> list[tuple[str, str]]:
    return [(join.side, join.this.name) for join in select.args.get("joins") or ()]


# --- shape ----------------------------------------------------------------------------------------


def test_members_are_the_key_first_and_the_comment_leads() -> None:
    sql = sql_of("opt_in")
    assert sql.startswith(
        "/* segment asked of customer, as of 2026-01-01T12:00:00+00:00 */\nSELECT"
    )
    assert [item.alias_or_name for item in tree_of("opt_in").selects] == ["customer_id"]


@pytest.mark.parametrize(("line", "negated"), [("did purchase", False), ("did not purchase", True)])
def test_a_lone_existence_is_a_semi_or_anti_join(line: str, negated: bool) -> None:
    tree = tree_of(line)
    assert tree.args.get("with_") is None
    assert tree.args.get("joins") is None
    (exists,) = tree.find_all(exp.Exists)
    assert isinstance(exists.parent, exp.Not) == negated
    assert scans(tree, "orders") == 1


def test_existences_alone_are_a_semi_join_each() -> None:
    tree = tree_of("did purchase", "did not purchase in last 90 days")
    assert len(list(tree.find_all(exp.Exists))) == 2
    assert tree.args.get("with_") is None


def test_conditions_about_the_same_rows_share_a_scan() -> None:
    tree = tree_of(
        "paid_spend >= 1000",
        "did paid_purchase at least 3 times between 2 years ago and 90 days ago",
        "did not purchase in last 90 days",
        "avg(purchase.amount) > 20",
    )
    assert scans(tree, "orders") == 1
    assert joins(tree) == [("", "purchase_by_customer")]


def test_a_value_that_may_be_nothing_is_joined_outside() -> None:
    assert joins(tree_of("paid_spend < 1000")) == [("LEFT", "paid_purchase_by_customer")]
    assert joins(tree_of("paid_spend >= 1000")) == [("", "paid_purchase_by_customer")]
    assert joins(tree_of("any { opt_in\n paid_spend >= 1000 }")) == [
        ("LEFT", "paid_purchase_by_customer")
    ]


def test_filters_reach_the_scan() -> None:
    tree = tree_of(
        "count(paid_purchase in last 30 days) >= 2",
        "sum(paid_purchase.amount in last 60 days) > 10",
    )
    (cte,) = tree.args["with_"].expressions
    where = cte.this.args["where"].sql("duckdb")
    assert "'2025-11-02 12:00:00+00'" in where
    assert "'2026-01-01 12:00:00+00'" in where
    assert "'paid'" in where
    filters = [found.sql("duckdb") for found in cte.find_all(exp.Filter)]
    assert len(filters) == 1
    assert "2025-12-02" in filters[0]


def test_a_rollup_reads_only_what_selective_conditions_leave() -> None:
    tree = tree_of('country = "DE"', "opt_in", "paid_spend >= 1000")
    (cte,) = tree.args["with_"].expressions
    assert joins(cte.this) == [("", "customers")]
    assert joins(tree_of("opt_in", "paid_spend >= 1000").args["with_"].expressions[0].this) == []


def test_equal_rollups_are_one() -> None:
    tree = tree_of(
        "did purchase since last(email_click.at)",
        "did email_open since last(email_click.at)",
    )
    assert scans(tree, "email_clicks") == 1


def test_names_say_what_they_hold() -> None:
    sql = sql_of("paid_spend >= 1000", "count(purchase in last 90 days) < 5")
    assert "AS paid_spend" in sql
    assert "AS times_last_90_days" in sql
    assert "purchase_by_customer AS (" in sql


def test_the_same_input_gives_the_same_bytes() -> None:
    lines = ('country in ("PL", "DE")', "paid_spend >= 1000", "did engagement in last 7 days")
    assert sql_of(*lines) == sql_of(*lines)


# --- members --------------------------------------------------------------------------------------

LINES = [
    "did purchase",
    "did not purchase",
    "did purchase at least 2 times",
    "did purchase exactly 1 time in last 60 days",
    "did purchase 1 to 2 times in last 200 days",
    "count(purchase) <= 1",
    "paid_spend >= 150",
    "paid_spend < 150",
    "not (paid_spend >= 150)",
    "avg(purchase.amount) < 60 or unknown",
    "not (avg(purchase.amount) < 60)",
    "max(purchase.amount in last 90 days) > limit",
    'last(purchase.status) = "paid"',
    'first(paid_purchase.status) != "open"',
    "nth_last(purchase.amount, 2) > 40",
    'favourite(purchase.status) = "paid"',
    'favourite(purchase.status by sum(purchase.amount)) = "paid"',
    "share(purchase where { amount > 50 }) >= 0.5",
    "active_months(purchase) >= 2",
    "first(purchase.at) in last 90 days",
    "did purchase since last(email_click.at)",
    "did not purchase since last(email_click.at)",
    'did purchase where { customer.country = "PL" and amount > customer.limit }',
    "did purchase where { has lines where { quantity >= 3 } }",
    "did purchase where { has no lines }",
    "did purchase where { has at least 2 lines }",
    "sum(purchase.lines.quantity in last 100 days) > 3",
    "count(paid_purchase.lines where { quantity > paid_purchase.amount / 20 }) >= 1",
    "did purchase where { customer.paid_spend >= 100 and amount > 30 }",
    'account.industry = "retail"',
    "account.industry is unknown",
    "count(engagement in last 100 days) >= 2",
    'last(engagement.campaign) = "a"',
    "count(settled) = count(purchase)",
    "did settled at least 2 times",
    'at least 2 of { opt_in\n did purchase\n did email_open\n country = "PL" }',
    'none { opt_in and country = "PL"\n did email_open at least 2 times }',
    'any { did purchase in last 30 days\n country = "DE" }',
    "age in 20..40",
    "not (age in 20..40)",
]


@pytest.fixture(scope="module")
def world() -> tuple[dict[str, list[dict[str, object]]], duckdb.DuckDBPyConnection]:
    """Some dozens of people with what they did, the same for the reference and for DuckDB."""
    pick = random.Random(20260101)

    def moment() -> datetime:
        return AS_OF - timedelta(days=pick.randrange(-10, 250), hours=pick.randrange(3))

    def maybe(value: object, chance: float = 0.8) -> object:
        return value if pick.random() < chance else None

    customers: list[dict[str, object]] = [
        {
            "customer_id": i,
            "created_ts": maybe(moment()),
            "country": maybe(pick.choice(["PL", "DE", "FR"])),
            "opt_in": pick.random() < 0.5,
            "birth_date": maybe(date(pick.randrange(1960, 2010), pick.randrange(1, 13), 28)),
            "limit": Decimal(pick.randrange(10, 90)),
            "account_id": maybe(pick.randrange(6), 0.9),
        }
        for i in range(60)
    ]
    accounts: list[dict[str, object]] = [
        {
            "account_id": i,
            "opened_ts": AS_OF + timedelta(days=2 - 3 * i),
            "industry": ["steel", "retail", None, "retail", "steel"][i],
        }
        for i in range(5)
    ]
    orders: list[dict[str, object]] = [
        {
            "order_id": i,
            "customer_id": maybe(int(pick.random() ** 2 * 65), 0.97),
            "ordered_at": maybe(moment(), 0.97),
            "amount": Decimal(pick.randrange(100, 9000)) / 100,
            "status": pick.choice(["paid", "paid", "open", "refunded"]),
        }
        for i in range(220)
    ]
    lines: list[dict[str, object]] = [
        {
            "order_id": int(i / 2.3),
            "line_no": i % 3,
            "product_id": pick.randrange(9),
            "quantity": pick.randrange(1, 5),
        }
        for i in range(400)
        if pick.random() < 0.8
    ]
    opens: list[dict[str, object]] = [
        {
            "open_id": f"o{i}",
            "person": pick.randrange(60),
            "opened_at": moment(),
            "campaign": pick.choice(["a", "b"]),
        }
        for i in range(80)
    ]
    clicks: list[dict[str, object]] = [
        {
            "click_id": i,
            "customer_id": pick.randrange(60),
            "clicked_at": moment(),
            "campaign": pick.choice(["a", "b"]),
        }
        for i in range(60)
    ]
    database = {
        "customers": customers,
        "accounts": accounts,
        "orders": orders,
        "order_lines": list({(r["order_id"], r["line_no"]): r for r in lines}.values()),
        "email_opens": opens,
        "email_clicks": clicks,
    }
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'America/New_York'")
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({columns})")
        rows = [list(row.values()) for row in database[table]]
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return database, connection


TABLES = {
    "customers": "customer_id INT, created_ts TIMESTAMPTZ, country TEXT, opt_in BOOL, birth_date DATE,"
    ' "limit" DECIMAL(12, 2), account_id INT',
    "accounts": "account_id INT, opened_ts TIMESTAMPTZ, industry TEXT",
    "orders": "order_id INT, customer_id INT, ordered_at TIMESTAMPTZ, amount DECIMAL(12, 2), status TEXT",
    "order_lines": "order_id INT, line_no INT, product_id INT, quantity INT",
    "email_opens": "open_id TEXT, person INT, opened_at TIMESTAMPTZ, campaign TEXT",
    "email_clicks": "click_id INT, customer_id INT, clicked_at TIMESTAMPTZ, campaign TEXT",
}


@pytest.mark.parametrize("line", LINES)
def test_the_reference_and_duckdb_agree(line: str, world) -> None:
    database, connection = world
    asked = planned(line)
    expected = reference.members(asked.model, "asked", database, AS_OF)
    assert 0 < len(expected) < 60, "the case tells nothing"
    sql = compiler.members(asked, "asked", "duckdb", ordered=True)
    assert connection.execute(sql).fetchall() == expected


@pytest.mark.parametrize("line", LINES)
def test_every_dialect_prints_it(line: str) -> None:
    for dialect in DIALECTS:
        sql = sql_of(line, dialect=dialect)
        assert sqlglot.parse_one(sql, dialect=dialect) is not None


def test_a_waterfall_counts_each_line_alone_and_what_is_left(world) -> None:
    database, connection = world
    lines = ["opt_in", "paid_spend < 200", "did not purchase in last 30 days"]
    counts = dict(columns_of(connection, compiler.waterfall(planned(*lines), "asked", "duckdb")))
    people = planned("opt_in or not opt_in")
    assert counts["population"] == len(reference.members(people.model, "asked", database, AS_OF))
    for place, line in enumerate(lines, 1):
        alone = reference.members(planned(line).model, "asked", database, AS_OF)
        left = reference.members(planned(*lines[:place]).model, "asked", database, AS_OF)
        assert counts[f"alone_{place}"] == len(alone)
        assert counts[f"left_{place}"] == len(left)


def test_several_waterfalls_in_one_statement_share_their_scans(world) -> None:
    _, connection = world
    more = "segment other of customer { where { paid_spend >= 100\n opt_in } }"
    asked = planned("opt_in", "paid_spend < 200", traits=more)
    both = plan(asked.model, ["asked", "other"], asked.clock)
    sql = compiler.waterfalls(both, ["asked", "other"], "duckdb")
    assert scans(sqlglot.parse_one(sql, dialect="duckdb"), "orders") == 1
    counts = dict(columns_of(connection, sql))
    for place, name in enumerate(("asked", "other"), 1):
        single = dict(columns_of(connection, compiler.waterfall(both, name, "duckdb")))
        for index in (1, 2):
            assert counts[f"alone_{place}_{index}"] == single[f"alone_{index}"]
            assert counts[f"left_{place}_{index}"] == single[f"left_{index}"]


def test_a_sample_shows_members_in_key_order_with_their_attributes(world) -> None:
    database, connection = world
    asked = planned("did purchase at least 2 times", "age >= 0 or unknown")
    members = reference.members(asked.model, "asked", database, AS_OF)
    sql = compiler.sample(asked, "asked", "duckdb", 5, ["country", "age", "paid_spend"])
    rows = connection.execute(sql).fetchall()
    assert [row[:1] for row in rows] == members[:5]
    countries = {row["customer_id"]: row["country"] for row in database["customers"]}
    assert [row[1] for row in rows] == [countries[row[0]] for row in rows]
    spend = reference.value(asked.model, "paid_spend", database, AS_OF)
    assert [row[3] for row in rows] == [spend[row[:1]] for row in rows]


def columns_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, object]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    (row,) = cursor.fetchall()
    return list(zip(names, row, strict=True))


def test_as_of_is_a_literal() -> None:
    assert datetime(2026, 1, 1, 12, tzinfo=UTC) == AS_OF
    for dialect in DIALECTS:
        text = sql_of("did purchase in last 30 days", dialect=dialect).upper()
        assert "CURRENT_" not in text
        assert "NOW(" not in text
        assert "2026-01-01 12:00:00" in text


def test_a_row_above_that_a_filter_needs_is_joined_inside() -> None:
    assert joins(tree_of('account.industry = "retail"')) == [("", "accounts")]
    assert joins(tree_of('account.industry != "retail" or unknown')) == [("LEFT", "accounts")]
    assert joins(tree_of('any { opt_in\n account.industry = "retail" }')) == [("LEFT", "accounts")]


def test_filters_on_a_union_are_asked_in_its_parts_only() -> None:
    tree = tree_of("did engagement in last 7 days")
    (union,) = tree.find_all(exp.Union)
    for part in (union.this, union.expression):
        assert "'2025-12-25 12:00:00+00'" in part.args["where"].sql("duckdb")
    (exists,) = tree.find_all(exp.Exists)
    assert "2025" not in exists.this.args["where"].sql("duckdb")
