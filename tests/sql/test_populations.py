"""Rankings, values over populations, parts of splits and distances: their queries, and that engines agree."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import duckdb
import pytest
import sqlglot
from sqlglot import exp

import segql
from segql import reference
from segql.model import nodes
from segql.sql.membership import RADIUS, box
from tests.support.evaluate import (
    DuckDB,
    Engine,
    Postgres,
    check,
    members_sql,
    spoken,
    values_sql,
)
from tests.support.postgres import PostgresServer
from tests.support.tables import PLAIN

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

MODEL = """
entity customer {
  table customers
  key   (region: text, number: int)
  score: decimal(8, 2)?
  weight: float?
  country: text?
  born: date?
  tier: ordered enum("low", "middle", "high")?
  home: point(lat, lon)?
}

event purchase of customer {
  table purchases
  key   purchase_id: int
  on    (region, number)
  at    ordered_at: timestamp
  amount: decimal(8, 2)?
}

trait spent of customer = sum(purchase.amount)
trait orders of customer = count(purchase)

segment located of customer { where { country is known } }
segment buyers of customer { where { did purchase } }
segment best of customer { where { top 20% among buyers by spent } }

trait recency of customer = ntile(5, last(purchase.at) among buyers)
trait frequency of customer = ntile(5, orders among buyers)
trait monetary of customer = quantile_group(5, spent among buyers)
segment champions of customer {
  where {
    recency = 5
    frequency >= 4
    monetary >= 4
    member of best
    spent > avg(spent among buyers)
    spent >= median(spent among buyers)
  }
}
"""


def model(more: str = "") -> nodes.Model:
    text = MODEL + more
    found = check(text, nodes.Settings(timezone="Europe/Warsaw"))
    assert not found.errors, spoken(found.errors, text)
    return found.model


def ctes(sql: str, dialect: str) -> list[str]:
    tree = sqlglot.parse_one(sql, dialect=dialect)
    return [cte.alias for cte in tree.find_all(exp.CTE)]


# --- the shape of queries -------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_equal_populations_are_ranked_once(dialect: str) -> None:
    sql = members_sql(model(), "champions", AS_OF, dialect)
    names = [name.lower() for name in ctes(sql, dialect)]
    assert [name for name in names if name.startswith("buyers")] == [
        "buyers_values",
        "buyers_places",
        "buyers_totals",
    ]
    tree = sqlglot.parse_one(sql, dialect=dialect)
    (places,) = (cte for cte in tree.find_all(exp.CTE) if cte.alias.lower() == "buyers_places")
    columns = {column.lower() for column in places.this.named_selects}
    assert columns == {
        "region",
        "number",
        "ntile_5_max_at",
        "ntile_5_orders",
        "quantile_group_5_spent",
        "top_20_percent_by_spent",
    }


def test_a_row_without_a_place_is_left_out_by_the_join() -> None:
    tree = sqlglot.parse_one(members_sql(model(), "champions", AS_OF, "duckdb"), dialect="duckdb")
    sides = {join.this.name: (join.side, join.kind) for join in tree.args["joins"]}
    assert sides["buyers_places"] == ("", "")
    assert sides["buyers_totals"] == ("", "CROSS")


NUMBERED = """
entity customer {
  table customers
  key   number: int column id
  created since
  score: int?
  country: text?
}

trait fifth of customer = quantile_group(5, score among customer)

segment located of customer { where { country is known } }
segment best of customer { where { top 3 among located by score } }
segment best_again of customer { where { country is known
top 3 among located by score } }
segment best_fifth of customer { where { fifth * 10 + fifth = 55
rank(score among customer) in 1..9 } }
segment best_abroad of customer { where { country != "PL" if known
top 3 among located by score } }
segment fifth_or_none of customer { where { fifth = 5 or unknown } }
"""


@pytest.mark.parametrize(
    ("segment", "read"),
    [
        ("best", ["located_places"]),
        ("best_again", ["located_places"]),
        ("best_fifth", ["customer_places"]),
        ("best_abroad", ["customers", "located_places"]),
        ("fifth_or_none", ["customers", "customer_places"]),
    ],
)
def test_who_is_asked_for_a_place_alone_is_read_from_the_places(
    segment: str, read: list[str], postgres: PostgresServer
) -> None:
    found = check(NUMBERED, nodes.Settings(timezone="UTC"))
    assert not found.errors, spoken(found.errors, NUMBERED)
    for dialect in ("duckdb", "postgres", "snowflake"):
        tree = sqlglot.parse_one(members_sql(found.model, segment, AS_OF, dialect), dialect=dialect)
        tables = [tree.args["from_"].this, *(join.this for join in tree.args.get("joins") or ())]
        assert [table.name.lower() for table in tables] == read
    database: reference.Database = {
        "customers": [
            {"id": number, "since": since, "score": number % 7 or None, "country": country}
            for number, (since, country) in enumerate(
                product([None, datetime(2025, 1, 1, tzinfo=UTC), AS_OF], ["PL", "DE", None] * 3)
            )
        ]
    }
    expected = sorted(reference.members(found.model, segment, database, AS_OF))
    assert expected
    for engine in (DuckDB(), Postgres(postgres, "numbered")):
        engine.load(found.model, database, PLAIN)
        assert sorted(engine.members(found.model, segment, AS_OF)) == expected


def test_a_value_that_ranks_itself_has_rows_of_its_own() -> None:
    found = model(
        "segment twice of customer { where { top 3 among located by rank(score among located) } }\n"
        "segment deep of customer { where { top 1 among twice by rank(spent among best) } }\n"
    )
    engine = duckdb.connect()
    engine.execute(
        "CREATE TABLE customers (region TEXT, number INT, score DECIMAL(8, 2), country TEXT)"
    )
    engine.execute(
        "CREATE TABLE purchases (purchase_id INT, region TEXT, number INT, ordered_at TIMESTAMP, amount DECIMAL(8, 2))"
    )
    engine.execute("INSERT INTO customers SELECT 'r', i, i, 'PL' FROM range(1, 6) t(i)")
    assert engine.execute(members_sql(found, "twice", AS_OF, "duckdb")).fetchall() == [
        ("r", 1),
        ("r", 2),
        ("r", 3),
    ]
    assert engine.execute(members_sql(found, "deep", AS_OF, "duckdb")).fetchall() == []


def test_the_values_for_everybody_are_crossed_last() -> None:
    """DuckDB 2.0 loses rows where an outer join follows them (`segql.sql.parts.behind_what_they_ask`)."""
    sql = members_sql(model(), "champions", AS_OF, "duckdb")
    joins = sqlglot.parse_one(sql, dialect="duckdb").args["joins"]
    kinds = [join.kind for join in joins]
    assert "CROSS" in kinds[1:]
    assert kinds == sorted(kinds)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert members_sql(model(), "champions", AS_OF, "duckdb") == members_sql(
        model(), "champions", AS_OF, "duckdb"
    )


# --- agreement ------------------------------------------------------------------------------------


def rows_of(rng: random.Random) -> reference.Database:
    def maybe(value: object) -> object:
        return None if rng.random() < 0.2 else value

    customers = [
        {
            "region": rng.choice(["a", "B", "ü"]),
            "number": number,
            "score": maybe(Decimal(rng.randint(-3, 6)) / 2),
            "weight": maybe(rng.choice([-1.5, 0.0, 0.25, 3.0])),
            "country": maybe(rng.choice(["PL", "DE"])),
            "born": maybe(datetime(2000, 1, rng.randint(1, 4)).date()),
            "tier": maybe(rng.choice(["low", "middle", "high"])),
            "lat": maybe(rng.uniform(-90, 90)),
            "lon": maybe(rng.uniform(-180, 180)),
        }
        for number in range(rng.randint(0, 14))
    ]
    purchases = [
        {
            "purchase_id": number,
            "region": customer["region"],
            "number": customer["number"],
            "ordered_at": datetime(2025, 1, rng.randint(1, 5), tzinfo=UTC),
            "amount": maybe(Decimal(rng.randint(-1, 4))),
        }
        for number, customer in enumerate(rng.choices(customers, k=15) if customers else ())
    ]
    return {"customers": customers, "purchases": purchases}


def condition_of(rng: random.Random) -> str:
    base = rng.choice(["customer", "located", "buyers", "best"])
    value = rng.choice(["score", "weight", "spent", "orders", "born", "tier", "last(purchase.at)"])
    number = rng.choice(["score", "weight", "spent", "orders"])
    per = rng.choice(["", "", " per country", " per tier"])
    direction = rng.choice(["top", "bottom"])
    exactly = rng.choice(["", "exactly "])
    return rng.choice(
        [
            f"{direction} {exactly}{rng.randint(1, 6)} among {base} by {value}{per}",
            f"{direction} {exactly}{rng.choice(['5', '33.3', '50', '99', '100'])}% among {base} by {value}{per}",
            f"{direction} share {rng.choice(['1', '30', '80', '100'])}% among {base} by {number}{per}",
            f"rank({value} among {base}) <= {rng.randint(1, 5)}",
            f"ntile({rng.randint(1, 6)}, {value} among {base}) = {rng.randint(1, 3)} or unknown",
            f"quantile_group({rng.randint(1, 6)}, {value} among {base}) != {rng.randint(1, 3)} if known",
            f"{number} > {rng.choice(['avg', 'median', 'sum', 'stddev'])}({number} among {base})",
            f"{value} <= percentile({value}, {rng.choice(['1', '50', '90', '100'])}% among {base})"
            if value != "tier"
            else f"count(among {base}) > {rng.randint(0, 9)}",
        ]
    )


def test_engines_agree_on_random_rankings(postgres: PostgresServer) -> None:
    rng = random.Random(20261121)
    engines: list[Engine] = [DuckDB(), Postgres(postgres, "rankings")]
    for _ in range(12):
        conditions = [condition_of(rng) for _ in range(8)]
        found = model(
            "".join(
                f"segment s{index} of customer {{ where {{\n{text}\n}} }}\n"
                for index, text in enumerate(conditions)
            )
        )
        database = rows_of(rng)
        for engine in engines:
            engine.load(found, database, PLAIN)
        for index, text in enumerate(conditions):
            expected = reference.members(found, f"s{index}", database, AS_OF)
            for engine in engines:
                got = sorted(engine.members(found, f"s{index}", AS_OF))
                assert got == sorted(expected), (text, engine)


# --- chance ---------------------------------------------------------------------------------------

KEYS: list[tuple[str, int]] = [("a", 1), ("", -5), ("ü:x", 12345678901), ("it's", 0)]


def test_the_number_of_a_part_is_the_same_everywhere(postgres: PostgresServer) -> None:
    found = model('split ab of everyone {\n seed: "a:ü"\n part low: 37.5%\n part rest: 62.5%\n}\n'
                  "segment everyone of customer { where { count(purchase) >= 0 } }\n")  # fmt: skip
    rng = random.Random(1)
    keys = KEYS + [(f"k{rng.random()}", rng.randint(-(10**9), 10**12)) for _ in range(200)]
    database = {"customers": [{"region": text, "number": number} for text, number in keys]}
    low = sorted(key for key in keys if segql.split_part("a:ü", key) < 0.375 * 2**32)
    assert 40 < len(low) < 120
    assert sorted(reference.members(found, "ab.low", database, AS_OF)) == low
    for engine in (DuckDB(), Postgres(postgres, "splits")):
        engine.load(found, database, PLAIN)
        assert sorted(engine.members(found, "ab.low", AS_OF)) == low
        assert len(engine.members(found, "ab.rest", AS_OF)) == len(keys) - len(low)


def test_the_number_of_a_known_key() -> None:
    # printf 'winback-2026:1' | md5sum
    assert segql.split_part("winback-2026", 1) == 594117850
    assert segql.split_part("winback-2026", "1") == 594117850
    assert segql.split_part("t2", (1, "b")) == 650131759


# --- distance -------------------------------------------------------------------------------------


def test_the_box_holds_the_circle() -> None:
    rng = random.Random(7)
    for _ in range(4000):
        latitude = rng.choice([rng.uniform(-90, 90), 90.0, -90.0, rng.uniform(89, 90), 0.0])
        longitude = rng.choice([rng.uniform(-180, 180), 180.0, -180.0, rng.uniform(179, 180)])
        metres = rng.choice([0, 1, 100, 25_000, 1_000_000, 9_000_000, 20_000_000])
        point = destination(latitude, longitude, rng.uniform(0, 360), metres * rng.random())
        sides = box(latitude, longitude, metres)
        south, north = sides.latitudes
        assert south <= point[0] <= north
        assert not sides.longitudes or any(
            west <= point[1] <= east for west, east in sides.longitudes
        ), (latitude, longitude, metres, point)


def destination(
    latitude: float, longitude: float, bearing: float, metres: float
) -> tuple[float, float]:
    """Where one arrives: the great circle from a point."""
    angle, course, lat = metres / RADIUS, math.radians(bearing), math.radians(latitude)
    sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(course)
    reached = math.asin(max(-1.0, min(1.0, sine)))
    turn = math.atan2(
        math.sin(course) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * math.sin(reached),
    )
    east = (longitude + math.degrees(turn) + 540) % 360 - 180
    return math.degrees(reached), east


def test_engines_agree_on_random_distances(postgres: PostgresServer) -> None:
    rng = random.Random(3)
    conditions = [
        f"home within {rng.choice(['1', '900.5', '5000', '12000', '19999'])} km of"
        f" point({rng.choice(['0', '89.5', '-90', '52.23'])}, {rng.choice(['180', '-179.5', '21', '0'])})"
        f"{rng.choice(['', ' or unknown'])}"
        for _ in range(25)
    ]
    found = model(
        "".join(
            f"segment s{index} of customer {{ where {{\n{text}\n}} }}\n"
            for index, text in enumerate(conditions)
        )
    )
    database = {
        "customers": [
            {
                "region": "a",
                "number": number,
                "lat": rng.choice([None, rng.uniform(-90, 90), 90.0, 0.0]),
                "lon": rng.choice([None, rng.uniform(-180, 180), 180.0, -180.0]),
            }
            for number in range(150)
        ]
    }
    for engine in (DuckDB(), Postgres(postgres, "distances")):
        engine.load(found, database, PLAIN)
        for index, text in enumerate(conditions):
            expected = reference.members(found, f"s{index}", database, AS_OF)
            assert engine.members(found, f"s{index}", AS_OF) == expected, text


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_values_are_written_for_every_dialect(dialect: str) -> None:
    found = model("trait far of customer = percentile(spent, 90% among buyers)\n")
    sql = values_sql(found, "far", AS_OF, dialect)
    assert sqlglot.parse_one(sql, dialect=dialect)
    assert "ROW_NUMBER() OVER" in sql
