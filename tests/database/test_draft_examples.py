"""The draft of each example's database: after at most ten edited lines the example's own segments rest on it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

import segql
from tests.support.postgres import PostgresServer
from tests.test_example_cdnow import data as cdnow_data  # noqa: F401  # a fixture
from tests.test_example_shop import POSTGRES_TYPES, copy_table

EXAMPLES = Path(__file__).parents[2] / "examples"
VOCABULARY = {"shop": "model/traits.seg", "cdnow": "model/rfm.seg"}
"""What the examples define over their model: it stays, like the segments."""

EDITS = {
    "shop": [
        ("event order of customer {", "event purchase of customer {"),
        (None, 'event paid_purchase of customer is purchase where { status = "paid" }'),
        (None, 'event refund of customer is purchase where { status = "refunded" }'),
        (None, "event engagement of customer is email_open or email_click"),
        (None, "event activity of customer is page_view or purchase or email_click"),
        (
            "event search of customer is",
            'event site_search of customer is web_event where { kind = "search" }',
        ),
        ("created_ts: timestamp", "signed_up_at: timestamp column created_ts"),
        (
            "sms_opt_in: bool",
            "sms_opt_in: bool",
            "email_domain: text? = sql \"lower(split_part(email, '@', 2))\"",
        ),
        ("order_lines: many order_line on product_id", "sold: many order_line on product_id"),
    ],
    "cdnow": [],
}
"""The start of a line (however it is laid out) and what stands there instead, a changed or a new line more; None: a new
line at the end."""


def edited(draft: str, example: str) -> str:
    lines = draft.splitlines()
    for old, *new in EDITS[example]:
        if old is None:
            lines += ["", *new]
            continue
        words = [" ".join(line.split()) for line in lines]
        (place,) = [number for number, line in enumerate(words) if line.startswith(old)]
        lines[place : place + 1] = new
    return "\n".join(lines) + "\n"


def test_no_more_than_ten_lines_are_edited() -> None:
    for edits in EDITS.values():
        changed = sum(old is None or old != new for old, new, *_ in edits)
        assert changed + sum(len(more) for _, _, *more in edits) <= 10


@pytest.fixture(scope="module")
def drafts(
    postgres: PostgresServer,
    cdnow_data: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[tuple[str, str], segql.Project]]:
    """A project on the edited draft, for each example on each engine."""
    patch = pytest.MonkeyPatch()
    found = {}
    for example, data in (("shop", EXAMPLES / "shop" / "data"), ("cdnow", cdnow_data)):
        patch.setenv(f"SEGQL_TEST_{example.upper()}", load(postgres, f"draft_{example}", data))
        for engine in ("duckdb", "postgres"):
            root = tmp_path_factory.mktemp(f"{example}_{engine}")
            found[example, engine] = make_project(root, example, engine, data)
    yield found
    patch.undo()


def load(server: PostgresServer, name: str, data: Path) -> str:
    """The data files as tables without a declared key."""
    server.create_database(name)
    with server.connect(name) as connection, duckdb.connect() as db:
        for file in sorted(data.glob("*.parquet")):
            db.execute(f"create view {file.stem} as from read_parquet('{file.as_posix()}')")
            copy_table(db, connection, file) if file.stem == "customers" else copy_text(
                db, connection, file
            )
    return server.url(name)


def copy_text(
    db: duckdb.DuckDBPyConnection, connection: psycopg.Connection[Any], file: Path
) -> None:
    """A table without lists and documents, as CSV: much faster than row by row."""
    described = db.execute(f"describe {file.stem}").fetchall()
    columns = ", ".join(f"{row[0]} {POSTGRES_TYPES.get(row[1], row[1])}" for row in described)
    connection.execute(f"create table {file.stem} ({columns})".encode())
    with tempfile.NamedTemporaryFile(suffix=".csv") as text:
        db.execute(f"copy {file.stem} to '{text.name}' (format csv, header false)")
        with (
            connection.cursor() as cursor,
            cursor.copy(f"copy {file.stem} from stdin (format csv)".encode()) as copy,
        ):
            copy.write(Path(text.name).read_bytes())


def make_project(root: Path, example: str, engine: str, data: Path) -> segql.Project:
    source = EXAMPLES / example
    zone = "Europe/Warsaw" if example == "shop" else "America/New_York"
    where = (
        f'files = "{data.as_posix()}/*.parquet"'
        if engine == "duckdb"
        else 'connection = "${SEGQL_TEST_' + example.upper() + '}"'
    )
    (root / "segql.toml").write_text(
        f'[project]\nname = "{example}"\ntimezone = "{zone}"\n'
        f'[targets.main]\nengine = "{engine}"\n{where}\n'
    )
    draft = segql.load(root, cache=False).draft_model()
    (root / "draft.seg").write_text(draft, encoding="utf-8")
    checked = segql.load(root, cache=False).diagnostics
    assert {(item.is_error, item.code.name) for item in checked} <= {(False, "unused-event")}
    (root / "draft.seg").write_text(edited(draft, example), encoding="utf-8")
    (root / "model").mkdir()
    shutil.copy(source / VOCABULARY[example], root / VOCABULARY[example])
    shutil.copytree(source / "segments", root / "segments")
    return segql.load(root, cache=False)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
@pytest.mark.parametrize("example", ["shop", "cdnow"])
def test_the_example_segments_compile(
    example: str, engine: str, drafts: dict[tuple[str, str], segql.Project]
) -> None:
    project = drafts[example, engine]
    assert [item for item in project.diagnostics if item.is_error] == []
    names = segql.load(EXAMPLES / example, cache=False).segments
    assert project.segments == names
    for name, sql in project.sql_of(names, engine).items():
        assert f"segment {name} of" in sql


@pytest.mark.parametrize("example", ["shop", "cdnow"])
def test_the_draft_of_postgres_is_that_of_the_files(
    example: str, drafts: dict[tuple[str, str], segql.Project]
) -> None:
    texts = {
        (drafts[example, engine].root / "draft.seg").read_text(encoding="utf-8")
        for engine in ("duckdb", "postgres")
    }
    assert len(texts) == 1


def test_the_segments_of_the_shop_have_the_same_members(
    drafts: dict[tuple[str, str], segql.Project],
) -> None:
    example = segql.load(EXAMPLES / "shop", cache=False)
    names = [name for name in example.segments if "." not in name]
    mine, theirs = (
        {
            shown.segment: shown.members
            for shown in project.preview(names, as_of="2026-01-01", limit=0)
        }
        for project in (drafts["shop", "duckdb"], example)
    )
    assert mine == theirs


@pytest.mark.parametrize("example", ["shop", "cdnow"])
def test_what_was_drafted_holds(example: str, drafts: dict[tuple[str, str], segql.Project]) -> None:
    """The check finds no error in the database that a draft is of, and the same on both engines."""
    found = [
        drafts[example, engine].check_model(as_of="2026-01-01") for engine in ("duckdb", "postgres")
    ]
    told = [
        [(item.diagnostic.message, item.count, item.samples) for item in one.findings]
        for one in found
    ]
    assert told[0] == told[1]
    assert found[0].sources == found[1].sources
    assert not [item for item in found[0].diagnostics if item.is_error]
    orphans = [item for item in told[0] if "is not among the rows of `account`" in item[0]]
    assert orphans == (
        [("`account` of `customer` is not among the rows of `account`", 9, (("61", 5), ("62", 4)))]
        if example == "shop"
        else []
    )
