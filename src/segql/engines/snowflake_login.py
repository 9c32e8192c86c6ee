"""Where and as whom to connect to Snowflake: a URL in one environment variable, the keys of a target, or a connection
of the connector's own `connections.toml`.

    snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?role=…&warehouse=…

Instead of the password there may be `private_key_file` (with `private_key_file_pwd` where the key is encrypted) or
`token`: a programmatic access token, or with `authenticator=oauth` an OAuth token. Each part may be `${NAME}`, another
variable, whose value is taken as it is. The names are those of the connector:
https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from segql.dialects import LOGIN
from segql.engines.base import failed, from_environment

if TYPE_CHECKING:
    from segql.project.config import TargetTable

Parameters = dict[str, str | int]
"""Of the connector's `connect`."""
EXPECTED = "snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?role=ROLE&warehouse=WAREHOUSE"
_TEXTS = (
    *("role", "warehouse", "authenticator", "token"),
    *("private_key_file", "private_key_file_pwd", "host", "protocol"),
)
_NUMBERS = ("login_timeout", "request_timeout", "port")
_WAYS = {"private_key_file": "SNOWFLAKE_JWT", "token": "PROGRAMMATIC_ACCESS_TOKEN", "password": ""}
"""How one may say who one is, and the connector's name of the authenticator."""
_LONGEST_PATH = 1000
"""A key is longer."""


def parameters(
    name: str, target: TargetTable, root: Path, environ: Mapping[str, str]
) -> Parameters:
    """The connector's parameters for the target `name` of the project at `root`. Raises `EngineError`, without a
    secret."""
    if target.connection is not None:
        text = from_environment(name, target.connection, environ)
        return read_url(name, target.connection, text, environ)
    if target.connection_name is None and target.account is None:
        raise failed(
            name,
            "it does not say where its data are",
            f'write `connection = "${{VARIABLE}}"`, where the variable holds `{EXPECTED}`; or an `account`, or a'
            " `connection_name`",
        )
    given: Parameters = {}
    for key in ("account", "connection_name", *LOGIN["snowflake"]):
        value = getattr(target, "schema_" if key == "schema" else key)
        if value is not None:
            given[key] = from_environment(name, value, environ) if isinstance(value, str) else value
    if "private_key_file" in given:
        given["private_key_file"] = str(root / Path(str(given["private_key_file"])).expanduser())
    if target.connection_name is None:
        return given | _authenticator(name, f"[targets.{name}]", given)
    return given


def named_connection(name: str, connection: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `connections.toml` says of one of its connections. Raises `EngineError` where it does not have it."""
    found = known.get(connection)
    if isinstance(found, Mapping):
        return found
    names = ", ".join(f"`{item}`" for item in known)
    raise failed(
        name,
        f"`connections.toml` has no connection `{connection}`",
        f"known are {names}"
        if names
        else "the connector reads `connections.toml` in `~/.snowflake` or `$SNOWFLAKE_HOME`",
    )


def read_url(target: str, variable: str, text: str, environ: Mapping[str, str]) -> Parameters:
    """The connector's parameters. `variable` is where the URL comes from. Raises `EngineError`, without a secret."""
    try:
        url = urlsplit(text)
        query = parse_qsl(url.query, strict_parsing=bool(url.query))
    except ValueError:
        raise _no_url(target, variable) from None
    who, _, account = url.netloc.rpartition("@")
    user, _, password = who.partition(":")
    database, _, schema = url.path.strip("/").partition("/")
    parts = {
        "account": account,
        "user": user,
        "password": password,
        "database": database,
        "schema": schema,
    }
    if url.scheme != "snowflake" or not account or not user or "/" in schema or url.fragment:
        raise _no_url(target, variable)
    found = {key: unquote(value) for key, value in parts.items() if value} | dict(query)
    for key in found.keys() - parts.keys() - {*_TEXTS, *_NUMBERS}:
        known = ", ".join(f"`{item}`" for item in sorted((*_TEXTS, *_NUMBERS)))
        told = f"`{variable}` has an unknown parameter `{key}`"
        raise failed(target, told, f"known are {known}")
    given: Parameters = {
        key: from_environment(target, value, environ) for key, value in found.items()
    }
    for key in _NUMBERS:
        if key in given:
            if not str(given[key]).isdecimal():
                raise failed(target, f"the `{key}` in `{variable}` is no whole number")
            given[key] = int(given[key])
    return given | _authenticator(target, variable, given)


def _authenticator(target: str, variable: str, given: Mapping[str, str | int]) -> Parameters:
    ways = [way for way in _WAYS if way in given]
    if len(ways) > 1:
        told = f"`{variable}` says twice who connects: `{ways[0]}` and `{ways[1]}`"
        raise failed(target, told, "leave one of them")
    if "authenticator" in given:
        return {}
    if not ways:
        told = f"`{variable}` does not say how to prove who connects"
        raise failed(target, told, "add a password, a `token` or a `private_key_file`")
    name = _WAYS[ways[0]]
    return {"authenticator": name} if name else {}


def require_key(target: str, path: str) -> None:
    """The file is there and may be a private key. Raises `EngineError`, which shows no key that stands for a path."""
    told = "the private key cannot be read"
    if "-----BEGIN" in path or len(path) > _LONGEST_PATH:
        raise failed(
            target,
            f"{told}: `private_key_file` is not the path of a file",
            "write the key into a file that only you may read, and its path here",
        )
    file = Path(path).expanduser()
    try:
        text = file.read_bytes()
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise failed(target, f"{told}: `{file.name}`: {why}") from None
    if b"-----BEGIN" not in text:
        expected = "expected a key in PEM, which begins with `-----BEGIN`"
        raise failed(target, f"{told}: `{file.name}` holds none", expected)


def _no_url(target: str, variable: str) -> Exception:
    told = f"`{variable}` does not hold the URL of a Snowflake connection"
    return failed(target, told, f"expected `{EXPECTED}`")
