"""Each command that asks a target, on a Snowflake whose tables are empty: through the real connector, to a server on the
loopback (`tests.support.snowflake`). What Snowflake would answer is not shown; what it is sent, and that the commands
go through, is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.snowflake.allowed import unlisted
from tests.snowflake.parameters import dependent
from tests.snowflake.parsers import covering, faults
from tests.snowflake.statements import Statement
from tests.support.snowflake import Answer, Warehouse, serving

TOML = """\
[project]
name = "flake"
timezone = "Europe/Warsaw"
[targets.prod]
engine = "snowflake"
connection = "${FLAKE}"
"""
MODEL = """\
entity customer {
  table   customers
  key     customer_id: int
  created created_at
  name:     text
  nick:     text?                        column `Nick`
  note:     text?                        column `"note"`
  city:     text?                        column attribs.city
  since:    date?                        column attribs.since
  active:   timestamp?                   column attribs.active
  theme:    text?                        column settings.theme
  tags:     list of text
  sizes:    list of int?
  born:     date?
  created_at: timestamp
  seen_at:  timestamp?
  local_at: timestamp in "Europe/Warsaw"?
  opened:   timestamp?
  spent:    decimal(12, 2)
}

event purchase of customer {
  table shop.orders
  key   order_id: int
  on    customer_id
  at    ordered_at: timestamp
  amount: decimal(12, 2)
  status: enum("paid", "open")
}

segment buyers of customer {
  where {
    note = "x" or nick = "y" if known
    since >= 2020-01-01 if known
    active in last 30 days if known
    tags has "a"
    sum(purchase.amount in last 90 days where { status = "paid" }) >= 10
  }
}

assert "there are not many" {
  size of buyers between 0 and 10
}
"""
TABLES = {
    "CRM.CUSTOMERS": {
        "CUSTOMER_ID": "NUMBER(38,0)",
        "NAME": "TEXT",
        "Nick": "TEXT",
        "note": "TEXT",
        "ATTRIBS": "VARIANT",
        "SETTINGS": "TEXT",
        "TAGS": "ARRAY",
        "SIZES": "ARRAY",
        "BORN": "DATE",
        "CREATED_AT": "TIMESTAMP_LTZ",
        "SEEN_AT": "TIMESTAMP_TZ",
        "LOCAL_AT": "TIMESTAMP_NTZ",
        "OPENED": "DATE",
        "SPENT": "NUMBER(12,2)",
    },
    "SHOP.ORDERS": {
        "ORDER_ID": "NUMBER(38,0)",
        "CUSTOMER_ID": "NUMBER(38,0)",
        "ORDERED_AT": "TIMESTAMP_NTZ",
        "AMOUNT": "NUMBER(12,2)",
        "STATUS": "TEXT",
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("flake")
    (root / "segql.toml").write_text(TOML, encoding="utf-8")
    (root / "model.seg").write_text(MODEL, encoding="utf-8")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
        subprocess.run([*git, *words], cwd=root, check=True)
    changed = MODEL.replace(">= 10", ">= 20")
    (root / "model.seg").write_text(changed, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def server() -> Iterator[Warehouse]:
    with serving(Warehouse(tables=TABLES)) as running:
        assert isinstance(running, Warehouse)
        yield running


def segql(project: Path, server: Warehouse, *words: str) -> tuple[int, str, str]:
    offline = {"SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-m", "segql", *words, "--target", "prod"],
        cwd=project,
        env={**os.environ, **offline, "FLAKE": server.url()},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_model_check(project: Path, server: Warehouse) -> None:
    code, out, err = segql(project, server, "model", "check")
    assert (code, err) == (1, "")
    told = re.findall(r"^(?:error|warning)\[SEG\d+\]: .*(?:\n.*)*?(?=\n\n)", out, re.MULTILINE)
    errors = [part for part in told if part.startswith("error")]
    assert len(errors) == 2, out
    assert "the column `settings` of the table `customers` is not JSON" in errors[0]
    assert "help: ask a view that makes a VARIANT of it: `PARSE_JSON`" in errors[0]
    assert "the column `opened` of the table `customers` is not `timestamp`" in errors[1]
    assert all("is empty" in part for part in told if part not in errors)


def test_model_draft(project: Path, server: Warehouse) -> None:
    """Names as `.seg` has them, types, and what cannot be known is said."""
    code, out, err = segql(project, server, "model", "draft")
    assert (code, err) == (0, "")
    drafted = re.sub(r"(?<=\S) {2,}", " ", out)
    for line in (
        "table customers",
        "key customer_id: int # guessed: the table is empty",
        "nick: text? column `Nick`",
        'note: text? column `"note"`',
        "settings: text?",
        "tags: list of text? # guessed: an ARRAY does not say of what",
        "born: date?",
        "created_at: timestamp?",
        "seen_at: timestamp?",
        "local_at: timestamp?",
        "spent: decimal(12, 2)?",
        "# left out: `attribs`, in whose documents nothing was found",
        "table shop.orders",
        "at ordered_at: timestamp",
    ):
        assert f"  {line}\n" in drafted, (line, drafted)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("preview", "buyers"), 0, "0 members of 0 customer rows"),
        (("preview", "buyers", "--explain-cost"), 0, "reads at most 0 bytes"),
        (("export", "buyers"), 0, "customer_id\n"),
        (("test",), 0, "1 passed"),
        (("diff",), 0, "0 -> 0 members: 0 enter, 0 leave"),
    ],
)
def test_a_command(
    project: Path, server: Warehouse, words: tuple[str, ...], code: int, told: str
) -> None:
    got, out, err = segql(project, server, *words)
    assert (got, err) == (code, "")
    assert told in out


def test_a_failure_names_the_column(project: Path) -> None:
    said = "SQL compilation error: error line 3 at position 2\ninvalid identifier '\"note\"'"
    broken = Warehouse(tables=TABLES, answers=[Answer("customers", error=("000904", said))])
    with serving(broken):
        code, out, err = segql(project, broken, "export", "buyers")
    assert (code, out) == (3, "")
    assert "there is no column `note`" in err


def test_what_was_sent(project: Path, server: Warehouse) -> None:
    """The statements of all commands above, but for those over the vendor's own catalogue."""
    if len(server.statements) < 12:  # this test was chosen alone
        for words in (("model", "check"), ("model", "draft")):
            segql(project, server, *words)
    texts = [one for one in server.statements.values() if not one.startswith("EXPLAIN")]
    sent = [Statement(f"statement {place}", one) for place, one in enumerate(texts)]
    assert len(sent) >= 12
    assert not faults("sqloxide", sent)
    assert not faults("sqlfluff", covering(sent, 2))
    own = [one for one in sent if not re.search("information_schema|CURRENT_SCHEMA", one.text)]
    assert not [
        (one.place, fault) for one in own for fault in (*unlisted(one), *dependent(one.text))
    ]
    assert any('customer."note"' in one.text for one in own)
    assert any('customer."Nick"' in one.text for one in own)
