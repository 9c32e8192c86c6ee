"""Claims of `assert` blocks on data: in a DuckDB database, in files, and on a real Postgres."""

from __future__ import annotations

import json

import duckdb
import pytest

from tests.support.commands import run_command

TOML = """\
[project]
name = "claims"
timezone = "Europe/Warsaw"
[targets.duckdb]
engine = "duckdb"
database = "claims.duckdb"
[targets.files]
engine = "duckdb"
files = "*.csv"
[targets.postgres]
engine = "postgres"
connection = "${CLAIMS}"
"""
MODEL = """\
entity account {
  table accounts
  key   (region: text, account_no: int)
  balance: decimal(10, 2)?
}
segment nobody of account { where { balance < 0 } }
segment none_too of account { where { balance < -1 } }
segment rich of account {
  tags: mail
  where { balance >= 50 }
}
segment everyday of account { where { account_no > 1 } }
segment valued of account {
  tags: mail
  where { balance is known }
}
segmentation sizes of account {
  level small: balance < 20
  level large: balance >= 20
}
split halves of rich {
  seed: "c"
  part a: 50%
  part b: 50%
}
"""
ROWS = [("a", 1, 10), ("a", 2, 50), ("b", 1, 90), ("b", 2, None), ("b", 3, 20), ("b", 4, 30)]
TARGETS = ("duckdb", "files", "postgres")
HELD = (
    "nobody inside rich",
    "nobody inside none_too",
    "rich inside rich",
    "rich inside valued",
    "sizes.large inside valued",
    "every segment tagged mail inside valued",
    "disjoint nobody, none_too",
    "disjoint halves.a, halves.b",
    "disjoint sizes.small, rich, nobody",
    "rich covers nobody",
    "sizes covers valued",
    "halves covers rich",
    "nobody same as none_too",
    "rich same as rich",
    "size of nobody at most 0",
    "size of rich between 2 and 2",
    "size of valued at least 5",
    "share of rich among valued at most 40%",
    "share of rich among valued at least 40%",
    "share of rich among account between 33.33% and 33.34%",
    "share of nobody among none_too at most 0%",
    "share of rich among nobody between 0% and 100%",
)
WRONG = {
    "everyday inside rich": (
        "3 account rows in `everyday` and not in `rich`",
        ["for example b:2, b:3, b:4"],
    ),
    "every segment tagged mail inside rich": (
        "3 account rows in `valued` and not in `rich`",
        ["for example a:1, b:3, b:4"],
    ),
    "disjoint rich, valued, everyday": (
        "2 account rows in `rich` and in `valued`; 1 account in `rich` and in `everyday`;"
        " 3 account rows in `valued` and in `everyday`",
        ["for example a:2, b:1"],
    ),
    "sizes covers account": ("1 account of `account` in none of them", ["for example b:2"]),
    "nobody covers rich": ("2 account rows of `rich` in none of them", ["for example a:2, b:1"]),
    "rich same as valued": (
        "3 account rows in `valued` and not in `rich`",
        ["for example a:1, b:3, b:4"],
    ),
    "everyday same as rich": (
        "3 account rows in `everyday` and not in `rich`; 1 account in `rich` and not in `everyday`",
        ["for example b:2, b:3, b:4"],
    ),
    "size of rich at least 3": ("it is 2 members", []),
    "size of nobody at least 1": ("it is 0 members", []),
    "size of valued between 6 and 9": ("it is 5 members", []),
    "share of rich among valued at most 39.9%": ("it is 40.00%, 2 of 5", []),
    "share of rich among account at least 33.34%": ("it is 33.33%, 2 of 6", []),
    "share of rich among nobody at least 1%": ("`nobody` has no members", []),
}


@pytest.fixture(scope="module")
def project(postgres, tmp_path_factory):
    root = tmp_path_factory.mktemp("claims")
    create = "CREATE TABLE accounts (region text, account_no int, balance decimal(10, 2))"
    insert = "INSERT INTO accounts VALUES (?, ?, ?)"
    (root / "segql.toml").write_text(TOML, encoding="utf-8")
    (root / "model.seg").write_text(MODEL, encoding="utf-8")
    with duckdb.connect(str(root / "claims.duckdb")) as database:
        database.execute(create)
        database.executemany(insert, ROWS)
    lines = [
        f"{region},{number},{'' if balance is None else balance}"
        for region, number, balance in ROWS
    ]
    text = "\n".join(["region,account_no,balance", *lines])
    (root / "accounts.csv").write_text(f"{text}\n", encoding="utf-8")
    name = postgres.create_database("claims")
    with postgres.connect(name) as connection:
        connection.execute(create)
        with connection.cursor() as cursor:
            cursor.executemany(insert.replace("?", "%s"), ROWS)
    return root, postgres.url(name)


@pytest.fixture
def told(project, monkeypatch, capfd):
    """What `segql test` says of claims on a target, and its exit code."""
    root, url = project
    monkeypatch.chdir(root)
    monkeypatch.setenv("CLAIMS", url)

    def run(claims, *arguments):
        body = "".join(f"  {claim}\n" for claim in claims)
        (root / "claims.seg").write_text(f'assert "claims" {{\n{body}}}\n', encoding="utf-8")
        ended = run_command("test", "--format", "json", *arguments, capfd=capfd)
        return ended.code, json.loads(ended.stdout)["tests"]

    return run


@pytest.mark.parametrize("target", TARGETS)
def test_what_holds(told, target):
    code, found = told(HELD, "--target", target)
    assert [(item["status"], item["failures"]) for item in found] == [("passed", [])]
    assert code == 0


@pytest.mark.parametrize("target", TARGETS)
def test_what_does_not(told, target):
    code, [found] = told(WRONG, "--target", target)
    assert {
        item["expected"].partition(" (")[0]: (item["actual"], item["notes"])
        for item in found["failures"]
    } == WRONG
    assert (code, found["status"]) == (1, "failed")


def test_without_a_target_and_with_one_that_does_not_answer(told, monkeypatch):
    code, [found] = told(HELD)
    assert (code, found["status"]) == (0, "not run")
    monkeypatch.setenv("CLAIMS", "postgresql://nobody@127.0.0.1:9/x")
    two = 'disjoint rich, nobody\n}\nassert "more" {\n  size of rich at least 1'
    code, found = told([two], "--target", "postgres")
    assert code == 3
    assert [item["status"] for item in found] == ["broken", "broken"]
    assert found[0]["reason"].startswith("target `postgres`: ")
    assert found[1]["reason"] == "not asked: the target has failed before"
    monkeypatch.delenv("CLAIMS")
    code, [found] = told(HELD, "--target", "postgres")
    assert code == 3
    assert "`CLAIMS`" in found["reason"]
