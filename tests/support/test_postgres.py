"""The Postgres that the tests start is real, recent and disposable."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import INSTALLS, PostgresError, PostgresServer, start_server


def test_it_answers(postgres: PostgresServer) -> None:
    with postgres.connect() as connection:
        version = connection.execute("SHOW server_version").fetchone()
    assert version is not None
    assert version[0].startswith(str(postgres.major))


def test_it_does_not_run_as_root(postgres: PostgresServer) -> None:
    owner = (postgres.folder / "data" / "postmaster.pid").stat().st_uid
    assert owner != 0
    assert os.getuid() in (0, owner)


def test_a_password_is_needed_over_tcp(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.tcp_url()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("segql",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.tcp_url(password="wrong"))


@pytest.mark.parametrize("major", sorted(INSTALLS))
def test_each_version_starts_and_stops(major: int) -> None:
    server = start_server(major)
    try:
        with server.connect(server.create_database("fresh")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
    assert server.process.poll() is not None
    assert not Path(server.folder).exists()
    with socket.socket() as probe:
        assert probe.connect_ex((server.host, server.port)) != 0


def test_an_unknown_version_is_an_error() -> None:
    with pytest.raises(PostgresError, match="no postgres 9"):
        start_server(9)
