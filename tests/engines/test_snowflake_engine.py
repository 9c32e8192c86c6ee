"""Snowflake: the real connector against recorded answers on the loopback (see `tests.support.snowflake`)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from segql.engines import open_engine
from segql.errors import EngineError
from segql.project.config import TargetTable
from tests.support.snowflake import Answer, Server, number, plain, serving, text

TARGET = TargetTable(engine="snowflake", connection="${FLAKE}")
INSTANT = pa.struct([("epoch", pa.int64()), ("fraction", pa.int32())])
ZONED = pa.struct([("epoch", pa.int64()), ("fraction", pa.int32()), ("timezone", pa.int32())])
SECONDS = int(datetime(2026, 1, 31, 8, 0, tzinfo=UTC).timestamp())
ALL_TYPES = Answer(
    "all_types",
    [
        number("ID", 9),
        number("AMOUNT", 10, 2),
        text("NAME"),
        plain("OPTED_IN", "boolean"),
        plain("BORN", "date"),
        plain("WEIGHT", "real"),
        plain("SEEN", "timestamp_ntz"),
        plain("SENT", "timestamp_tz"),
        text("Order Note"),
    ],
    pa.table(
        {
            "ID": pa.array([1, 2], pa.int8()),  # the connector's batches are as narrow as they can
            "AMOUNT": pa.array([1250, None], pa.int16()),
            "NAME": pa.array(["Łódź", None]),
            "OPTED_IN": pa.array([True, None]),
            "BORN": pa.array([date(2000, 2, 29), None], pa.date32()),
            "WEIGHT": pa.array([0.1, None], pa.float64()),
            "SEEN": pa.array([{"epoch": SECONDS, "fraction": 5000}, None], INSTANT),
            "SENT": pa.array(
                [{"epoch": SECONDS, "fraction": 0, "timezone": 1440 + 60}, None], ZONED
            ),
            "Order Note": pa.array(["x", None]),
        }
    ),
)
MANY = Answer("many", [number("N")], pa.table({"N": pa.array(range(25_000), pa.int32())}))
LISTS = Answer(
    "lists", [number("N"), plain("TAGS", "array")], rows=[["1", '["a",null]'], ["2", None]]
)
NONE = Answer("no_rows", [number("N", 9)], pa.table({"N": pa.array([], pa.int64())}))
PLAN = "GlobalStats:\n    partitionsTotal=20"
EXPLAINED = (
    Answer("EXPLAIN USING TEXT", [text("content")], rows=[[PLAN]]),
    Answer(
        "EXPLAIN USING JSON", [text("content")], rows=[['{"GlobalStats": {"bytesAssigned": 4096}}']]
    ),
)
SLOW = Answer("slow", endless=True)
ERRORS = {
    "gone": (
        "002003",
        "SQL compilation error:\nObject 'SHOP.CRM.GONE' does not exist or not authorized.",
    ),
    "column": (
        "000904",
        "SQL compilation error: error line 1 at position 7\ninvalid identifier 'CUSTOMER.COUNTRI'",
    ),
    "idle": (
        "000606",
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
    ),
    "closed": (
        "003001",
        "SQL access control error:\nInsufficient privileges to operate on table 'CLOSED'",
    ),
    "long": (
        "000630",
        "Statement reached its statement or warehouse timeout of 30 second(s) and was canceled.",
    ),
    "odd": (
        "001003",
        "SQL compilation error:\nsyntax error line 1 at position 3 unexpected 'geheim'.",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def no_network():
    """The connector looks around for a cloud that it may run in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def server():
    broken = [Answer(word, error=error) for word, error in ERRORS.items()]
    with serving(Server([*EXPLAINED, ALL_TYPES, MANY, LISTS, NONE, SLOW, *broken])) as running:
        yield running


def opened(url, timeout=None, **environ):
    return open_engine("prod", TARGET, Path(), [], {"FLAKE": url, **environ}, timeout=timeout)


@pytest.fixture
def engine(server):
    made = opened(server.url())
    yield made
    made.close()


def message(caught):
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value) + caught.value.hint
    return str(caught.value).removeprefix("target `prod`: ")


# --- who connects ---------------------------------------------------------------------------------


def test_what_the_session_is(server):
    opened(server.url(), timeout=timedelta(seconds=90)).close()
    login = server.logins[-1]
    assert (login["ACCOUNT_NAME"], login["LOGIN_NAME"], login["PASSWORD"]) == (
        *("acme-test", "ANNA", "geheim"),
    )
    assert (login["databaseName"], login["schemaName"]) == ("SHOP", "CRM")
    assert (login["warehouse"], login["roleName"]) == ("SMALL", "READER")
    session = login["SESSION_PARAMETERS"]
    assert session["QUERY_TAG"].startswith("segql ")
    fixed = ("TIMEZONE", "MULTI_STATEMENT_COUNT", "ABORT_DETACHED_QUERY")
    assert [session[key] for key in fixed] == ["UTC", "1", "true"]
    assert session["STATEMENT_TIMEOUT_IN_SECONDS"] == "92"


def test_a_key_pair(server, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    locked = serialization.BestAvailableEncryption(b"geheim & more")
    (tmp_path / "key.p8").write_bytes(key.private_bytes(*form, locked))
    parts = f"&private_key_file={tmp_path}/key.p8&private_key_file_pwd=${{PASSPHRASE}}"
    url = server.url("ANNA", parts)
    opened(url, PASSPHRASE="geheim & more").close()
    login = server.logins[-1]
    assert login["AUTHENTICATOR"] == "SNOWFLAKE_JWT"
    assert login["TOKEN"].count(".") == 2
    assert "PASSWORD" not in login
    (tmp_path / "empty.p8").touch()
    (tmp_path / "cut.p8").write_bytes(
        b"-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----\n"
    )
    for file, why in (
        ("none.p8", "`none.p8`: no such file or directory"),
        ("empty.p8", "`empty.p8` holds none"),
        ("cut.p8", "it is damaged, or has another passphrase"),
        ("key.p8", "it is damaged, or has another passphrase"),
    ):
        with pytest.raises(EngineError) as caught:
            opened(url.replace("key.p8", file), PASSPHRASE="geheim, but wrong")
        assert message(caught) == f"the private key cannot be read: {why}"


@pytest.mark.parametrize("key", ["-----BEGIN PRIVATE KEY-----\ngeheim", "geheim/" * 200])
def test_a_key_in_the_place_of_its_path_is_not_shown(server, key):
    target = keyed(server, user="BEN", private_key_file="${SECRET}")
    with pytest.raises(EngineError) as caught:
        open_engine("prod", target, Path(), [], {"SECRET": key})
    assert message(caught).endswith("`private_key_file` is not the path of a file")


def test_an_account_is_no_address(server):
    target = TargetTable(
        engine="snowflake",
        account="https://acme.snowflakecomputing.com",
        user="BEN",
        password="${SECRET}",
    )
    with pytest.raises(EngineError) as caught:
        open_engine("prod", target, Path(), [], {"SECRET": "geheim"})
    assert message(caught) == "the connection has no good `account`"
    assert "write the identifier alone" in caught.value.hint


@pytest.mark.parametrize(
    ("more", "authenticator"),
    [("", "PROGRAMMATIC_ACCESS_TOKEN"), ("&authenticator=oauth", "OAUTH")],
)
def test_a_token(server, more, authenticator):
    opened(server.url("ANNA", f"&token=${{TOKEN}}{more}"), TOKEN="geheim.1").close()
    login = server.logins[-1]
    assert (login["AUTHENTICATOR"], login["TOKEN"]) == (authenticator, "geheim.1")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://ANNA:geheim@x/SHOP", "`${FLAKE}` does not hold the URL of a Snowflake connection"),
        ("geheim", "`${FLAKE}` does not hold the URL"),
        ("snowflake://acme/SHOP", "`${FLAKE}` does not hold the URL"),
        ("snowflake://ANNA:geheim@acme/a/b/c", "`${FLAKE}` does not hold the URL"),
        ("snowflake://ANNA@acme", "`${FLAKE}` does not say how to prove who connects"),
        ("snowflake://ANNA:geheim@acme?token=geheim", "`${FLAKE}` says twice who connects: `token` and `password`"),
        ("snowflake://ANNA:geheim@acme?rolle=R", "`${FLAKE}` has an unknown parameter `rolle`"),
        ("snowflake://ANNA:geheim@acme?login_timeout=x", "the `login_timeout` in `${FLAKE}` is no whole number"),
        ("snowflake://ANNA:${PASS}@acme", "the environment variable `PASS` is not set"),
    ],
)  # fmt: skip
def test_a_wrong_url(url, words):
    with pytest.raises(EngineError) as caught:
        opened(url)
    assert message(caught).startswith(words)


def keyed(server, **keys):
    """A target that says key by key where its data are."""
    at = {"host": "127.0.0.1", "port": server.port, "protocol": "http", "account": "acme-test"}
    return TargetTable.model_validate({"engine": "snowflake", **at, **keys})


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ({"password": "${SECRET}"}, {"PASSWORD": "geheim"}),
        ({"token": "${SECRET}"}, {"AUTHENTICATOR": "PROGRAMMATIC_ACCESS_TOKEN", "TOKEN": "geheim"}),
        ({"token": "${SECRET}", "authenticator": "oauth"}, {"AUTHENTICATOR": "OAUTH", "TOKEN": "geheim"}),
        ({"password": "${SECRET}", "role": "R", "warehouse": "${HOUSE}"}, {"roleName": "R", "warehouse": "BIG"}),
        ({"password": "${SECRET}", "database": "D", "schema": "S"}, {"databaseName": "D", "schemaName": "S"}),
    ],
)  # fmt: skip
def test_keys(server, keys, sent):
    environ = {"SECRET": "geheim", "HOUSE": "BIG"}
    open_engine("prod", keyed(server, user="BEN", **keys), Path(), [], environ).close()
    login = server.logins[-1]
    assert (login["ACCOUNT_NAME"], login["LOGIN_NAME"]) == ("acme-test", "BEN")
    assert {key: login[key] for key in sent} == sent


def test_a_key_pair_beside_the_project(server, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    locked = serialization.BestAvailableEncryption(b"geheim")
    (tmp_path / "key.p8").write_bytes(key.private_bytes(*form, locked))
    keys = {"private_key_file": "key.p8", "private_key_file_pwd": "${SECRET}"}
    target = keyed(server, user="BEN", **keys)
    open_engine("prod", target, tmp_path, [], {"SECRET": "geheim"}).close()
    login = server.logins[-1]
    assert (login["AUTHENTICATOR"], login["LOGIN_NAME"]) == ("SNOWFLAKE_JWT", "BEN")


def test_what_the_connector_misses(server):
    for keys, words in (
        ({"authenticator": "oauth"}, "the connection lacks `token`"),
        ({"authenticator": "good", "user": "BEN"}, "the connection has no good `authenticator`"),
    ):
        with pytest.raises(EngineError) as caught:
            open_engine("prod", keyed(server, **keys), Path(), [], {})
        assert message(caught) == words


def test_a_key_that_is_missing(server):
    with pytest.raises(EngineError) as caught:
        open_engine("prod", keyed(server, user="BEN", token="${SECRET}"), Path(), [], {})
    assert message(caught) == "the environment variable `SECRET` is not set"
    target = keyed(server, user="BEN", private_key_file="${SECRET}/none.p8")
    with pytest.raises(EngineError) as caught:
        open_engine("prod", target, Path(), [], {"SECRET": "/geheim"})
    assert message(caught).startswith("the private key cannot be read")


def test_no_connection(server):
    with pytest.raises(EngineError) as caught:
        open_engine("prod", TargetTable(engine="snowflake"), Path(), [], {})
    assert message(caught) == "it does not say where its data are"
    with pytest.raises(EngineError) as caught:
        opened(server.url(more="&login_timeout=2").replace(f"port={server.port}", "port=1"))
    assert message(caught) == "the server did not answer in time"


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("390100", "Incorrect username or password was specified.", "the server refused the user or"),
        ("390144", "JWT token is invalid. [abc]", "the server refused the private key of the user"),
        ("390303", "Invalid OAuth access token. [abc]", "the server refused the token"),
        ("390201", "The requested role is strange: geheim", "cannot connect: "),
    ],
)  # fmt: skip
def test_a_refused_login(code, said, words):
    with serving(Server([], refuse_login=(code, said))) as refusing:
        with pytest.raises(EngineError) as caught:
            opened(refusing.url())
        assert message(caught).startswith(words)


def test_no_connector(monkeypatch):
    monkeypatch.setitem(sys.modules, "snowflake", None)
    with pytest.raises(
        EngineError, match="needs the package `snowflake-connector-python`"
    ) as caught:
        opened("snowflake://ANNA:geheim@acme")
    assert "segql[snowflake]" in caught.value.hint


# --- results --------------------------------------------------------------------------------------


def test_results(engine):
    found = engine.run("SELECT all_types")
    assert found.columns == (
        *("id", "amount", "name", "opted_in", "born", "weight", "seen", "sent", "Order Note"),
    )
    first, second = found.rows
    assert second == (2, None, None, None, None, None, None, None, None)
    assert first[:6] == (1, Decimal("12.50"), "Łódź", True, date(2000, 2, 29), 0.1)
    assert first[6] == datetime(2026, 1, 31, 8, 0, 0, 5)
    assert first[7].astimezone(UTC) == datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    assert first[8] == "x"
    assert list(map(type, first[:2])) == [int, Decimal]


def test_lists(engine):
    rows = [(1, ["a", None]), (2, None)]
    assert engine.run("SELECT lists").rows == rows
    assert [row for batch in engine.stream("SELECT lists").batches for row in batch] == rows


def test_arrow(engine):
    table = engine.arrow("SELECT all_types")
    assert [str(field.type) for field in table.schema] == [
        *("int64", "decimal128(10, 2)", "string", "bool", "date32[day]", "double"),
        *("timestamp[us]", "timestamp[us, tz=UTC]", "string"),
    ]
    row = table.to_pylist()[0]
    assert (row["id"], row["amount"], row["Order Note"]) == (1, Decimal("12.50"), "x")
    assert row["sent"] == datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    assert str(engine.arrow("SELECT no_rows").schema.field("n").type) == "int64"


def test_streams(engine):
    stream = engine.stream("SELECT many")
    assert stream.columns == ("n",)
    assert [len(batch) for batch in stream.batches] == [10_000, 10_000, 5_000]
    arrow = engine.arrow_stream("SELECT many")
    assert sum(batch.num_rows for batch in arrow.batches) == 25_000
    assert [str(field) for field in arrow.schema] == ["pyarrow.Field<n: decimal128(38, 0)>"]
    empty = engine.arrow_stream("SELECT no_rows")
    assert sum(batch.num_rows for batch in empty.batches) == 0
    assert empty.schema.names == ["n"]


def test_an_estimate(server, engine):
    found = engine.estimate("SELECT all_types")
    assert (found.plan, found.bytes, found.rows, found.cost) == (PLAN, 4096, None, None)
    assert list(server.statements.values())[-2:] == [
        *("EXPLAIN USING TEXT SELECT all_types", "EXPLAIN USING JSON SELECT all_types"),
    ]


@pytest.mark.parametrize("sql", ["DELETE FROM many", "CALL many()", "/* SELECT */ DROP TABLE many"])
@pytest.mark.parametrize("how", ["run", "stream", "arrow", "arrow_stream", "estimate"])
def test_only_questions_are_sent(server, engine, how, sql):
    before = len(server.statements)
    with pytest.raises(EngineError, match="only a single `SELECT` may run"):
        getattr(engine, how)(sql)
    assert len(server.statements) == before


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("gone", "there is no table `shop.crm.gone`, or the role may not read it"),
        ("column", "there is no column `countri` in `customer`"),
        ("idle", "no warehouse is chosen"),
        ("closed", "the role of the connection may not do this: "),
        ("long", "the server stopped the statement: Statement reached its statement or warehouse timeout"),
        ("odd", "the server refused the statement: syntax error line 1 at position 3 unexpected '***'"),
    ],
)  # fmt: skip
def test_a_failing_statement(engine, word, words):
    with pytest.raises(EngineError) as caught:
        engine.run(f"SELECT {word}")
    assert message(caught).startswith(words)


def test_the_limit_cancels_on_the_server(server):
    engine = opened(server.url(), timeout=timedelta(seconds=0.5))
    with pytest.raises(EngineError, match=r"the time limit of 0.5 seconds is over"):
        engine.run("SELECT slow")
    assert server.aborted[-1] == list(server.statements)[-1]
    engine.close()


# --- the commands -----------------------------------------------------------------------------------

TOML = """\
[project]
name = "flake"
timezone = "UTC"
[targets.prod]
engine = "snowflake"
connection = "${FLAKE}"
"""
SEG = """\
entity customer {
  table customers
  key customer_id: int
}
segment everyone of customer { where { customer_id > 0 } }
"""
PREVIEW = Answer(
    "population",
    [number("POPULATION"), number("ALONE_1"), number("LEFT_1")],
    pa.table({name: pa.array([2], pa.int8()) for name in ("POPULATION", "ALONE_1", "LEFT_1")}),
)
KEYS = Answer(
    "customers", [number("CUSTOMER_ID", 9)], pa.table({"CUSTOMER_ID": pa.array([1, 2], pa.int8())})
)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "segql.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "all.seg").write_text(SEG, encoding="utf-8")
    return tmp_path


def segql(project, server, *arguments, **environ):
    return subprocess.Popen(
        [sys.executable, "-m", "segql", *arguments],
        cwd=project,
        env={**os.environ, "FLAKE": server.url(), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_preview_and_export(project):
    with serving(Server([PREVIEW, KEYS])) as server:
        out, err = segql(project, server, "preview", "everyone").communicate(timeout=60)
        assert (err, b"2 members" in out, b"customer_id" in out) == (b"", True, True)
        out, err = segql(project, server, "export", "everyone").communicate(timeout=60)
        assert (out, err) == (b"customer_id\n1\n2\n", b"")


CONNECTIONS = """\
[shop]
account = "acme-test"
user = "ANNA"
password = "geheim"
warehouse = "SMALL"
host = "127.0.0.1"
port = {port}
protocol = "http"
"""


def test_a_named_connection(project):
    """`connections.toml` of the connector, which reads it when it is imported."""
    toml = TOML.replace('connection = "${FLAKE}"', 'connection_name = "${WHICH}"\nrole = "READER"')
    (project / "segql.toml").write_text(toml, encoding="utf-8")
    connections = project / "connections.toml"
    with serving(Server([KEYS])) as server:
        connections.write_text(CONNECTIONS.format(port=server.port), encoding="utf-8")
        connections.chmod(0o600)
        environ = {"SNOWFLAKE_HOME": str(project), "WHICH": "shop"}
        out, err = segql(project, server, "export", "everyone", **environ).communicate(timeout=60)
        assert (out, err) == (b"customer_id\n1\n2\n", b"")
        login = server.logins[-1]
        names = ("ACCOUNT_NAME", "LOGIN_NAME", "PASSWORD", "warehouse", "roleName")
        assert [login[name] for name in names] == ["acme-test", "ANNA", "geheim", "SMALL", "READER"]
        child = segql(project, server, "export", "everyone", **{**environ, "WHICH": "shap"})
        _, err = child.communicate(timeout=60)
        assert b"`connections.toml` has no connection `shap`" in err
        assert b"known are `shop`" in err
        connections.write_text("[shop\n", encoding="utf-8")
        _, err = segql(project, server, "export", "everyone", **environ).communicate(timeout=60)
        assert b"`connections.toml` cannot be read" in err


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_aborts_the_statement(project, sent, code):
    with serving(Server([Answer("customers", endless=True)])) as server:
        child = segql(project, server, "export", "everyone", "-o", "out.csv")
        for _ in range(1200):
            if any(path.startswith("/monitoring") for path in server.paths):
                break
            assert child.poll() is None, child.communicate()
            time.sleep(0.05)
        child.send_signal(sent)
        out, err = child.communicate(timeout=60)
        assert (child.returncode, out, err) == (code, b"", b"")
        assert set(server.aborted) == set(server.statements)
        assert server.paths[-1] == "/session"  # and it logs out
        assert not list(project.glob("*out.csv*"))
