"""The shop example: its data comes out of its generator, and each of its segments finds somebody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

SHOP = Path(__file__).parent.parent / "examples" / "shop"
AS_OF = "2026-01-01"


def rows_of(folder: Path, table: str) -> str:
    return f"from read_parquet('{(folder / f'{table}.parquet').as_posix()}')"


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    subprocess.run(
        [sys.executable, "-B", str(SHOP / "generate.py"), str(folder)],
        check=True,
        capture_output=True,
    )
    return folder


def test_the_generator_makes_the_committed_rows(made_again: Path) -> None:
    tables = {file.stem for file in (SHOP / "data").iterdir()}
    assert tables == {file.stem for file in made_again.iterdir()}
    assert len(tables) == 14
    with duckdb.connect() as db:
        for table in sorted(tables):
            committed = db.execute(rows_of(SHOP / "data", table)).fetchall()
            again = db.execute(rows_of(made_again, table)).fetchall()
            assert committed, table
            assert again == committed, table


def test_the_committed_data_is_small() -> None:
    assert sum(file.stat().st_size for file in (SHOP / "data").iterdir()) < 3_000_000


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("customers", "month(birth_date) = 2 and day(birth_date) = 29"),
        ("customers", "city = 'Łódź'"),
        ("customers", "birth_date is null"),
        ("customers", "deleted_at is not null"),
        ("customers", "customer_id not in (select customer_id from orders)"),
        ("customers", "account_id not in (select account_id from accounts)"),
        ("orders", "ordered_at = '2025-10-26 00:30:00'"),  # 02:30 in Warsaw, first
        ("orders", "ordered_at = '2025-10-26 01:30:00'"),  # 02:30 in Warsaw, again
        ("orders", "ordered_at = '2025-11-30 23:00:00'"),  # midnight in Warsaw
        ("orders", "ordered_at >= '2025-12-31 23:00:00'"),  # 2026 in Warsaw
        ("orders", "(customer_id, ordered_at) in (select customer_id, ordered_at from orders"
         " group by all having count(*) > 1)"),  # ties
        ("survey_answers", "score is null and answer is null"),
        ("order_lines", "product_id not in (select product_id from products)"),
    ],
)  # fmt: skip
def test_the_data_is_as_untidy_as_the_readme_says(table: str, condition: str) -> None:
    with duckdb.connect() as db:
        for file in (SHOP / "data").iterdir():
            db.execute(f"create view {file.stem} as {rows_of(SHOP / 'data', file.stem)}")
        found = db.execute(f"select count(*) from {table} where {condition}").fetchone()
    assert found is not None
    assert found[0] > 0
