"""`segql.toml` -> `Config`. pydantic checks the shape; each fault is told in segql's own words, at its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from segql.diagnostics import Diagnostic, Diagnostics, declare, suggest
from segql.dialects import DIALECTS, LOGIN, listed
from segql.project.places import Places, syntax_place
from segql.project.sources import CONFIG
from segql.project.targets import HIDDEN, MISSING_KEY, VARIABLE, check_targets, listed_names
from segql.source import SourceFile

LANGUAGE = 1
LENGTH = r"^[1-9][0-9]{0,5} (minute|hour|day|week)s?$"

BAD_TOML = declare("SEG010", "bad-toml", "`segql.toml` is TOML 1.0")
UNKNOWN_KEY = declare("SEG011", "unknown-key", "`segql.toml` has no keys but the documented ones")
WRONG_VALUE = declare("SEG013", "wrong-value", "a key of `segql.toml` has a value it allows")
UNKNOWN_ZONE = declare("SEG014", "unknown-time-zone", "`timezone` is an IANA time zone")


def _known(name: str) -> str:
    if name not in DIALECTS:
        raise ValueError(name)
    return name


EngineName: TypeAlias = Annotated[str, AfterValidator(_known)]
"""A key of `segql.dialects.DIALECTS`."""
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Text = Annotated[str, Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ProjectTable(_Table):
    """`[project]`."""

    name: Text
    language: Annotated[int, Field(ge=LANGUAGE, le=LANGUAGE)] = LANGUAGE
    timezone: Text
    week_starts: Day = "monday"
    sql_dialect: EngineName = "duckdb"


class LoginKeys(_Table):
    """Where and as whom to connect to Snowflake, key by key: `segql.dialects.LOGIN`."""

    account: Text | None = None
    connection_name: Text | None = None
    user: Text | None = None
    password: Text | None = None
    token: Text | None = None
    private_key_file: Text | None = None
    private_key_file_pwd: Text | None = None
    authenticator: Text | None = None
    role: Text | None = None
    warehouse: Text | None = None
    schema_: Annotated[Text | None, Field(alias="schema")] = None
    host: Text | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    protocol: Literal["http", "https"] | None = None
    login_timeout: Annotated[int, Field(ge=1)] | None = None
    request_timeout: Annotated[int, Field(ge=1)] | None = None


class TargetTable(LoginKeys):
    """`[targets.NAME]`: an engine, and where its data are."""

    engine: EngineName
    files: Text | Annotated[list[Text], Field(min_length=1)] | None = None
    database: Text | None = None
    connection: Text | None = None
    fresh_within: Annotated[str, Field(pattern=LENGTH)] | None = None

    @property
    def freshness(self) -> timedelta | None:
        """The age that the newest row of each event may have."""
        return length_of(self.fresh_within) if self.fresh_within is not None else None

    @property
    def patterns(self) -> tuple[str, ...]:
        """`files` as a list of globs."""
        if self.files is None:
            return ()
        return (self.files,) if isinstance(self.files, str) else tuple(self.files)


Texts = list[Text]
LintSeverity = Literal["error", "warning"]


class LintChoice(_Table):
    """`[lint.paths."GLOB"]`: rules by code, by name or by the beginning of the code."""

    select: Texts | None = None
    ignore: Texts = []
    severity: dict[str, LintSeverity] = {}


class LintTable(LintChoice):
    """`[lint]`: the choice for all files, and what some rules have to know of the project."""

    paths: dict[str, LintChoice] = {}
    sending_tags: Texts = []
    consent: Texts | dict[str, Texts] = []
    """Names of attributes, traits or segments that stand for consent; for each tag its own, or the same for all."""
    protected: Texts = []
    """`ENTITY.ATTRIBUTE`."""


def length_of(text: str) -> timedelta | None:
    """`2 days`, `1 hour`, `30 minutes`, `1 week`; None for another text."""
    if re.match(LENGTH, text) is None:
        return None
    count, unit = text.split()
    return timedelta(**{f"{unit.removesuffix('s')}s": int(count)})


class Config(_Table):
    """A `segql.toml` without faults; the first target is the default one."""

    project: ProjectTable
    targets: dict[str, TargetTable] = {}
    lint: LintTable = LintTable()


_EXPECTED = {
    "project": "a table `[project]`",
    "targets": "tables `[targets.NAME]`",
    "name": "a text that is not empty",
    "language": "1, the version of the language that this segql knows",
    "timezone": 'a time zone as text, like "Europe/Warsaw"',
    "week_starts": 'a day, from "monday" to "sunday"',
    "sql_dialect": listed(quote='"'),
    "engine": listed(quote='"'),
    "files": 'a glob as text, like "data/*.parquet", or a list of such texts',
    "database": 'the path of a DuckDB database or the name of a database as text, like "shop.duckdb"',
    "fresh_within": 'a length of time as text, like "2 days"',
    "connection": 'the name of an environment variable, like "${SEGQL_PROD}"',
    "account": 'the identifier of an account as text, like "acme-shop"',
    "connection_name": 'the name of a connection of `connections.toml`, like "shop"',
    "password": 'the name of an environment variable, like "${SNOWFLAKE_PASSWORD}"',
    "token": 'the name of an environment variable, like "${SNOWFLAKE_TOKEN}"',
    "private_key_file": 'the path of a private key as text, like "/run/secrets/key.p8"',
    "private_key_file_pwd": 'the name of an environment variable, like "${KEY_PASSPHRASE}"',
    "port": "a whole number from 1 to 65535",
    "protocol": '"https" or "http"',
    "login_timeout": "a whole number of seconds",
    "request_timeout": "a whole number of seconds",
    **dict.fromkeys(
        ("user", "authenticator", "role", "warehouse", "schema", "host"), "a text that is not empty"
    ),
    "lint": "a table `[lint]`",
    "select": "a list of rules: codes, names or beginnings of codes",
    "ignore": "a list of rules: codes, names or beginnings of codes",
    "severity": 'a table of rules, each "error" or "warning"',
    "paths": 'tables `[lint.paths."GLOB"]`',
    "sending_tags": 'a list of tags, like ["email", "sms"]',
    "consent": 'a list of names, like ["email_opt_in"], or a table with such a list for each tag',
    "protected": 'a list of attributes, like ["customer.gender"]',
}


def read_config(source: SourceFile) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The configuration (None where a fault leaves none) and all that is wrong with it."""
    found = Diagnostics()
    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        span, words = syntax_place(source, str(error))
        found.report(BAD_TOML, f"`{source.name}` is not TOML", span, words)
        return None, found.sorted()
    places = Places(source)
    config: Config | None = None
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        _translate(error, places, found)
    _check_zone(values, places, found)
    check_targets(values, places, found)
    return (None if found.has_errors else config), found.sorted()


def _translate(error: ValidationError, places: Places, found: Diagnostics) -> None:
    """pydantic's faults in our words; a union's several complaints about one key are one fault."""
    seen: set[tuple[str, ...]] = set()
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        loc = tuple(str(part) for part in item["loc"])
        path = _path(loc)
        if path in seen:
            continue
        seen.add(path)
        if item["type"] == "extra_forbidden":
            _unknown_key(path, places, found)
        elif item["type"] == "missing":
            _missing_key(path, places, found)
        else:
            found.report(
                WRONG_VALUE,
                f"wrong value for `{path[-1]}`",
                places.value(path),
                f"expected {_expected(path)}",
            )


def _path(loc: tuple[str, ...]) -> tuple[str, ...]:
    """The key that a fault is about: as deep as the tables go, without places in lists."""
    if loc[0] == "lint" and loc[1:2] == ("paths",):
        return loc[: 5 if loc[3:4] == ("severity",) else 4]
    if loc[0] == "targets" or loc[:2] == ("lint", "severity"):
        return loc[:3]
    return loc[:2]


def _expected(path: tuple[str, ...]) -> str:
    if path[0] == "lint" and path[:-1][-1:] == ("severity",):
        return '"error" or "warning"'
    if path[:2] == ("lint", "paths") and len(path) == 3:
        return 'a table `[lint.paths."GLOB"]`'
    if len(path) == 2 and path[0] == "targets":
        return f"a table `[targets.{path[1]}]`"
    return _EXPECTED.get(path[-1], "another value")


def _unknown_key(path: tuple[str, ...], places: Places, found: Diagnostics) -> None:
    more: tuple[str, ...] = ()
    if len(path) == 1:
        known, where = tuple(Config.model_fields), f"`{CONFIG}`"
    elif path[0] == "project":
        known, where = tuple(ProjectTable.model_fields), "`[project]`"
    elif path[0] == "lint":
        table = LintTable if len(path) == 2 else LintChoice
        known, where = tuple(table.model_fields), f"`[{'.'.join(path[:-1])}]`"
    else:
        known, where = _TARGET_KEYS, f"`[{'.'.join(path[:-1])}]`"
        more = tuple(key for keys in LOGIN.values() for key in keys)
    near = suggest(path[-1], known + more)
    found.report(
        UNKNOWN_KEY,
        f"unknown key `{path[-1]}` in {where}",
        places.key(path),
        "not known here",
        helps=[_did_you_mean(near) if near else f"known are {listed_names(known)}"],
    )


_TARGET_KEYS = (
    *("engine", "files", "database", "connection", "fresh_within", "account", "connection_name"),
)


def _missing_key(path: tuple[str, ...], places: Places, found: Diagnostics) -> None:
    if path == ("project",):
        found.report(
            MISSING_KEY,
            "there is no table `[project]`",
            places.key(()),
            "expected somewhere in this file",
            helps=['write `[project]`, and below it `name = "…"` and `timezone = "…"`'],
        )
        return
    found.report(
        MISSING_KEY,
        f"`[{'.'.join(path[:-1])}]` has no `{path[-1]}`",
        places.key(path[:-1]),
        f"expected a line `{path[-1]} = …`",
        notes=[f"`{path[-1]}` is {_expected(path)}"],
    )


def _check_zone(values: Mapping[str, Any], places: Places, found: Diagnostics) -> None:
    project = values.get("project")
    name = project.get("timezone") if isinstance(project, Mapping) else None
    if not isinstance(name, str) or not name or is_zone(name):
        return
    near = _zones_like(name)
    found.report(
        UNKNOWN_ZONE,
        f"unknown time zone `{name}`",
        places.value(("project", "timezone")),
        "not an IANA time zone",
        helps=[_did_you_mean(near)] if near else ['write a name like "Europe/Warsaw" or "UTC"'],
    )


def masked(source: SourceFile) -> SourceFile:
    """`segql.toml` as it may be shown: a connection that stands in the file in spite of all is starred out."""
    text = source.text
    for path, span in Places(source).values():
        value = text[span.start : span.end]
        if path[-1] in HIDDEN and not VARIABLE.fullmatch(value.strip("\"'")):
            hidden = "".join(c if c in "\n\"'" else "*" for c in value)
            text = text[: span.start] + hidden + text[span.end :]
    return SourceFile(source.name, text)


@cache
def is_zone(name: str) -> bool:
    """Whether the time zone database has `name`."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True


def _zones_like(name: str) -> tuple[str, ...]:
    """Zones spelled alike, or zones of a city of that name."""
    zones = available_timezones()
    city = name.rpartition("/")[2].replace(" ", "_").casefold()
    same = tuple(sorted(zone for zone in zones if zone.rpartition("/")[2].casefold() == city))
    return same[:3] or suggest(name, zones)[:1]


def _did_you_mean(names: tuple[str, ...]) -> str:
    return f"did you mean {listed_names(names, 'or')}?"
