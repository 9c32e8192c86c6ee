"""The CDNOW example: recency, frequency and T agree with the package Lifetimes 0.11.3.

Its `summary_data_from_transaction_data` (with `freq="D"`) defines, for a customer whose purchases are
taken together by day, up to and including the observation's last day:

* frequency: the number of days with a purchase, less one;
* recency: the days from the first of them to the last;
* T: the days from the first of them to the observation's last day.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

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
