"""The CDNOW example: recency, frequency and T agree with the package Lifetimes 0.11.3.

Its `summary_data_from_transaction_data` (with `freq="D"`) defines, for a customer whose purchases are
taken together by day, up to and including the observation's last day:

* frequency: the number of days with a purchase, less one;
* recency: the days from the first of them to the last;
* T: the days from the first of them to the observation's last day.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg
import pytest

import segql
from segql.sql.compile import traits
from tests.support.postgres import PostgresServer

CDNOW = Path(__file__).parent.parent / "examples" / "cdnow"


class Summary(NamedTuple):
    frequency: int
    recency: int
    t: int


def summarise(purchases: list[tuple[int, date]], end: date) -> dict[int, Summary]:
    """The package's definition, by hand; `end` is the last day of the observation."""
    days: dict[int, set[date]] = {}
    for customer, day in purchases:
        if day <= end:
            days.setdefault(customer, set()).add(day)
    return {
        customer: Summary(len(own) - 1, (max(own) - min(own)).days, (end - min(own)).days)
        for customer, own in days.items()
    }


@pytest.fixture(scope="module")
def data() -> Path:
    done = subprocess.run(
        [sys.executable, str(CDNOW / "fetch.py")], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"the CDNOW data cannot be fetched here: {done.stderr.strip()}")
    return CDNOW / "data"


def read(data: Path, table: str, columns: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as db:
        file = (data / f"{table}.parquet").as_posix()
        return db.execute(f"select {columns} from read_parquet('{file}')").fetchall()


@pytest.fixture(scope="module")
def purchases(data: Path) -> list[tuple[int, date]]:
    return read(data, "purchases", "customer_id, purchased_on")  # type: ignore[return-value]


def test_the_data_is_the_whole_cohort(data: Path, purchases: list[tuple[int, date]]) -> None:
    assert len(purchases) == 69_659
    assert len({customer for customer, _ in purchases}) == 23_570
    assert (min(day for _, day in purchases), max(day for _, day in purchases)) == (
        date(1997, 1, 1),
        date(1998, 6, 30),
    )
    assert read(data, "purchases", "sum(amount)") == [(Decimal("2500315.63"),)]
    first: dict[int, date] = {}
    for customer, day in purchases:
        first[customer] = min(day, first.get(customer, day))
    assert dict(read(data, "customers", "customer_id, first_purchase")) == first  # type: ignore[arg-type]


def assert_as_published(data: Path, computed: Mapping[int, Summary]) -> None:
    """The shipped summary of the 1/10 sample, in weeks of two places, as of the end of September 1997."""
    number = dict(read(data, "customers", "sample_id, customer_id"))
    published = read(data, "published_summary", "sample_id, frequency, recency_weeks, t_weeks")
    assert len(published) == 2_357
    for sample_id, frequency, recency, t in published:
        mine = computed[number[sample_id]]  # type: ignore[index]
        assert mine.frequency == frequency
        assert round(mine.recency / 7, 2) == float(recency)  # type: ignore[arg-type]
        assert round(mine.t / 7, 2) == float(t)  # type: ignore[arg-type]


def test_the_definition_by_hand_gives_the_published_summary(
    data: Path, purchases: list[tuple[int, date]]
) -> None:
    assert_as_published(data, summarise(purchases, date(1997, 9, 30)))


# --- the same in segql ----------------------------------------------------------------------------

RFM = ["frequency", "recency", "observed"]


@pytest.fixture(scope="module")
def project(data: Path) -> segql.Project:
    return segql.load(data.parent, cache=False)


def traits_of(project: segql.Project, data: Path, as_of: str) -> dict[int, Summary]:
    sql = traits(project.model, RFM, project.clock(as_of), "duckdb")
    with duckdb.connect() as db:
        for table in ("customers", "purchases"):
            file = (data / f"{table}.parquet").as_posix()
            db.execute(f"create view {table} as from read_parquet('{file}')")
        return {key: Summary(*values) for key, *values in db.execute(sql).fetchall()}


@pytest.mark.parametrize("as_of", ["1997-02-01", "1997-10-01", "1998-02-28", "1998-07-01"])
def test_recency_frequency_and_t_agree_for_every_customer(
    project: segql.Project, data: Path, purchases: list[tuple[int, date]], as_of: str
) -> None:
    by_hand = summarise(purchases, date.fromisoformat(as_of) - timedelta(days=1))
    in_segql = traits_of(project, data, as_of)
    assert len(by_hand) == (23_570 if as_of > "1997-04" else 7_846)
    assert in_segql == by_hand


def test_segql_gives_the_published_summary(project: segql.Project, data: Path) -> None:
    assert_as_published(data, traits_of(project, data, "1997-10-01"))


# --- the segments ---------------------------------------------------------------------------------

STAGES = ["new", "active", "lapsing", "churned"]


def members(project: segql.Project, name: str, as_of: str) -> set[int]:
    return set(project.members(name, as_of=as_of).to_pydict()["customer_id"])


def test_the_project_has_no_faults(project: segql.Project) -> None:
    assert project.diagnostics == ()
    assert len(project.segments) == 28
    assert sorted(project.model.segmentations) == ["rfm", "risk_letter"]


def test_each_segment_finds_somebody_and_not_everybody(project: segql.Project) -> None:
    for preview in project.preview(project.segments, as_of="1998-07-01", limit=3):
        assert preview.population == 23_570
        assert preview.members < 23_570
        # the cohort was new in the first quarter of 1997 only
        assert (preview.members == 0) == (preview.segment == "new")
    (new,) = project.preview("new", as_of="1997-04-01")
    assert 0 < new.members < new.population


@pytest.mark.parametrize("as_of", ["1997-04-01", "1997-10-01", "1998-07-01"])
def test_each_customer_is_in_exactly_one_stage(project: segql.Project, as_of: str) -> None:
    stages = [members(project, name, as_of) for name in STAGES]
    assert sum(map(len, stages)) == 23_570
    assert len(set.union(*stages)) == 23_570


def test_segments_of_traits_hold_whom_the_definition_says(
    project: segql.Project, purchases: list[tuple[int, date]]
) -> None:
    summary = summarise(purchases, date(1998, 6, 30))
    once = {customer for customer, own in summary.items() if own.frequency == 0}
    assert members(project, "never_came_back", "1998-07-01") == once
    # days since the last purchase, from 1 July: T and the day itself, less recency
    silent = {customer for customer, own in summary.items() if own.t + 1 - own.recency > 365}
    assert members(project, "silent_for_a_year", "1998-07-01") == silent


# --- recency, frequency, money ---------------------------------------------------------------------

GROUPS = ["recency_group", "frequency_group", "money_group"]
END = "1998-07-01"


def fifths(values: Mapping[int, Any]) -> dict[int, int]:
    """The least k for which k/5 of all values are not larger; equal values are together."""
    ordered: Sequence[Any] = sorted(values.values())
    quantiles = [ordered[math.ceil(len(ordered) * k / 5) - 1] for k in range(1, 6)]
    return {
        key: next(k for k, quantile in enumerate(quantiles, 1) if value <= quantile)
        for key, value in values.items()
    }


@pytest.fixture(scope="module")
def by_hand(data: Path) -> dict[int, tuple[int, ...]]:
    """The three groups of each customer, in plain Python."""
    spent: dict[int, Decimal] = {}
    days: dict[int, set[date]] = {}
    for customer, day, amount in read(data, "purchases", "customer_id, purchased_on, amount"):
        assert isinstance(customer, int)
        assert isinstance(day, date)
        assert isinstance(amount, Decimal)
        spent[customer] = spent.get(customer, Decimal(0)) + amount
        days.setdefault(customer, set()).add(day)
    groups = [
        fifths({customer: max(own) for customer, own in days.items()}),
        fifths({customer: len(own) for customer, own in days.items()}),
        fifths(spent),
    ]
    return {customer: tuple(group[customer] for group in groups) for customer in spent}


def stage(recency: int, frequency: int, money: int) -> str:
    """The level of `rfm` that a customer is in."""
    if recency == frequency == money == 5:
        return "champions"
    if recency >= 4:
        return "loyal" if frequency >= 4 else "promising"
    if frequency >= 4 and money >= 4:
        return "at_risk"
    return "one_big_basket" if money == 5 else "lost"


def warehouse(data: Path) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    for table in ("customers", "purchases"):
        file = (data / f"{table}.parquet").as_posix()
        db.execute(f"create view {table} as from read_parquet('{file}')")
    return db


@pytest.fixture(scope="module")
def server(postgres: PostgresServer, data: Path) -> Iterator[psycopg.Connection[Any]]:
    postgres.create_database("cdnow")
    with postgres.connect("cdnow") as connection, warehouse(data) as db:
        for table in ("customers", "purchases"):
            described = db.execute(f"describe {table}").fetchall()
            columns = ", ".join(f"{row[0]} {row[1]}" for row in described)
            connection.execute(f"create table {table} ({columns})".encode())
            with (
                connection.cursor() as cursor,
                cursor.copy(f"copy {table} from stdin".encode()) as copy,
            ):
                for row in db.execute(f"from {table}").fetchall():
                    copy.write_row(row)
        yield connection


def answers(
    engine: str,
    sql: str,
    data: Path,
    server: psycopg.Connection[Any],
) -> list[tuple[Any, ...]]:
    if engine == "postgres":
        return server.execute(sql.encode()).fetchall()
    with warehouse(data) as db:
        return db.execute(sql).fetchall()


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_the_fifths_are_those_of_a_calculation_by_hand(
    engine: str,
    project: segql.Project,
    data: Path,
    server: psycopg.Connection[Any],
    by_hand: dict[int, tuple[int, ...]],
) -> None:
    sql = traits(project.model, GROUPS, project.clock(END), engine)
    found = {key: tuple(groups) for key, *groups in answers(engine, sql, data, server)}
    assert len(found) == 23_570
    assert found == by_hand


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_each_customer_is_in_the_level_that_the_groups_say(
    engine: str,
    project: segql.Project,
    data: Path,
    server: psycopg.Connection[Any],
    by_hand: dict[int, tuple[int, ...]],
) -> None:
    rows = answers(engine, project.sql("rfm", engine, END), data, server)
    assert len(rows) == 23_570
    assert {key: level for key, level, *_ in rows} == {
        customer: stage(*groups) for customer, groups in by_hand.items()
    }
    discounts = {level: discount for _, level, _, discount in rows}
    assert discounts["at_risk"] == 15
    assert discounts["lost"] is None


@pytest.mark.parametrize("name", ["half_of_the_money", "risk_letter.letter"])
def test_postgres_finds_the_same_people(
    name: str, project: segql.Project, data: Path, server: psycopg.Connection[Any]
) -> None:
    found = [
        set(answers(engine, project.sql(name, engine, END), data, server))
        for engine in ("duckdb", "postgres")
    ]
    assert found[0] == found[1]
    assert found[0]
