"""Statements that would run for hours: interrupted, ended, out of time; cancelled on the target and nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

TOML = """\
[project]
name = "slow"
timezone = "UTC"
[targets.duckdb]
engine = "duckdb"
database = "slow.duckdb"
[targets.postgres]
engine = "postgres"
connection = "${SLOW}"
"""
SEG = """\
entity person {
  table people
  key person_id: int
}
segment everyone of person { where { person_id > 0 } }
assert "never told" { size of everyone at least 1 }
"""
TARGETS = ("duckdb", "postgres")
COMMANDS = {
    "preview": ("preview", "everyone"),
    "export": ("export", "everyone"),
    "parquet": ("export", "everyone", "--format", "parquet"),
    "test": ("test",),
    "check": ("model", "check"),
    "draft": ("model", "draft"),
    "diff": ("diff",),
}


@pytest.fixture(scope="module")
def url(postgres):
    name = postgres.create_database("slow")
    with postgres.connect(name) as connection:
        connection.execute(
            "CREATE VIEW people AS SELECT g AS person_id FROM generate_series(1, 1000000) AS g"
            " WHERE pg_sleep(0.1) IS NOT NULL"
        )
    return postgres.url(name)


@pytest.fixture(scope="module")
def project(url, tmp_path_factory):
    root = tmp_path_factory.mktemp("slow")
    (root / "segql.toml").write_text(TOML, encoding="utf-8")
    (root / "all.seg").write_text(SEG.replace("> 0", "> 1"), encoding="utf-8")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one")):
        subprocess.run([*git, *arguments], cwd=root, check=True)
    (root / "all.seg").write_text(SEG, encoding="utf-8")  # `diff` has something to ask
    with duckdb.connect(str(root / "slow.duckdb")) as database:
        database.execute(
            "CREATE VIEW people AS SELECT a.range::INT AS person_id FROM range(1000000) AS a, range(1000000) AS b"
            " WHERE (a.range * b.range) % 1000003 = -1"
        )
    return root


def started(project, url, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "segql", *arguments],
        cwd=project,
        env={**os.environ, "SLOW": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def running(postgres):
    """How many statements about the people run on the server."""
    query = (
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = 'slow' AND state = 'active'"
        " AND pid <> pg_backend_pid()"
    )
    with postgres.connect("slow") as connection:
        return connection.execute(query).fetchone()[0]


def seconds_of(child):
    """The processor's time that a process took: an embedded engine at work takes all it gets, starting takes less."""
    fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(condition, child=None):
    for _ in range(1200):
        if condition():
            return
        assert child is None or child.poll() is None
        time.sleep(0.05)
    pytest.fail("it did not come to that in a minute")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [("out.csv", signal.SIGINT, 130), ("out.parquet", signal.SIGTERM, 143)],
)
@pytest.mark.parametrize("target", TARGETS)
def test_a_signal_cancels_the_statement_on_the_target(
    postgres, project, url, target, name, sent, code
):
    """The old file stays, its new beginning does not, and on the server nothing runs any more."""
    out = project / name
    out.write_text("old", encoding="utf-8")
    child = started(project, url, "export", "everyone", "--target", target, "-o", name)
    try:
        if target == "postgres":
            wait_until(lambda: running(postgres) == 1, child)
        else:
            wait_until(lambda: seconds_of(child) > 1.2, child)
        assert child.poll() is None
        child.send_signal(sent)
        time.sleep(0.01)
        child.send_signal(sent)  # impatience changes nothing
        assert child.wait(timeout=60) == code
        assert child.stdout.read() + child.stderr.read() == b""
    finally:
        child.kill()
        child.communicate()
    assert out.read_text(encoding="utf-8") == "old"
    assert not list(Path(project).glob(".out*"))
    wait_until(lambda: running(postgres) == 0)


def test_a_server_that_ends_leaves_no_half_a_file(postgres, project, url):
    child = started(project, url, "export", "everyone", "--target", "postgres", "-o", "lost.csv")
    try:
        wait_until(lambda: running(postgres) == 1, child)
        with postgres.connect("slow") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'slow'"
                " AND state = 'active' AND pid <> pg_backend_pid()"
            )
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
        child.communicate()
    assert (child.returncode, out) == (3, b"")
    told = "error: target `postgres`: the connection was lost while the statement ran: "
    assert err.decode().startswith(told)
    assert not [path for path in project.iterdir() if "lost" in path.name]


@pytest.mark.parametrize("target", TARGETS)
def test_an_interrupt_of_a_difference_cancels_the_statement(postgres, project, url, target):
    child = started(project, url, "diff", "--target", target)
    try:
        if target == "postgres":
            wait_until(lambda: running(postgres) == 1, child)
        else:
            wait_until(lambda: seconds_of(child) > 1.5, child)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
        child.communicate()
    assert (child.returncode, out, err) == (130, b"", b"")
    wait_until(lambda: running(postgres) == 0)


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("duckdb", "export"),
        ("duckdb", "parquet"),
        ("duckdb", "diff"),
        *(("postgres", name) for name in COMMANDS),
    ],
)
def test_after_the_time_limit_the_statement_is_cancelled(postgres, project, url, target, command):
    child = started(project, url, *COMMANDS[command], "--target", target, "--timeout", "0.5")
    out, err = child.communicate(timeout=60)
    told = (
        f"error: target `{target}`: the time limit of 0.5 seconds is over; what ran was cancelled"
    )
    assert child.returncode == 3
    if command == "test":
        assert out.startswith(
            b"all.seg\n  broken never told (line 6): target `postgres`: the time limit"
        )
    else:
        assert out in (b"", b"person_id\n", b"PAR1")  # the beginning of a file, and never its end
    assert err.decode() == f"{told}\n  = help: `--timeout` sets it\n"
    wait_until(lambda: running(postgres) == 0)


def test_the_plan_is_shown_and_nothing_runs(project, url):
    for command in ("preview", "export"):
        for target, words in (("duckdb", "Join"), ("postgres", "Function Scan")):
            child = started(project, url, command, "everyone", "--target", target, "--explain-cost")
            out, err = child.communicate(timeout=60)
            assert (child.returncode, err) == (0, b"")
            kind = "counts" if command == "preview" else "members"
            first = out.decode().splitlines()[0]
            assert first.startswith("everyone  about ")
            assert first.endswith(f"; the {kind} on target {target} ({target}), not run")
            assert words in out.decode()


def test_the_plan_as_json(project, url):
    out, _ = started(
        *(project, url, "export", "everyone", "--target", "postgres", "--explain-cost"),
        *("--format", "json"),
    ).communicate(timeout=60)
    [cost] = json.loads(out)
    assert (cost["segment"], cost["statement"], cost["bytes"]) == ("everyone", "members", None)
    assert cost["rows"] > 0
    assert f"{cost['cost']:.2f}" in cost["plan"][0]
