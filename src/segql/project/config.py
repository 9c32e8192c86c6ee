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
from segql.dialects import DIALECTS, WAYS, listed
from segql.project.places import Places, syntax_place
from segql.project.sources import CONFIG
from segql.source import SourceFile

LANGUAGE = 1
LENGTH = r"^[1-9][0-9]{0,5} (minute|hour|day|week)s?$"
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

BAD_TOML = declare("SEG010", "bad-toml", "`segql.toml` is TOML 1.0")
UNKNOWN_KEY = declare("SEG011", "unknown-key", "`segql.toml` has no keys but the documented ones")
MISSING_KEY = declare("SEG012", "missing-key", "`segql.toml` says what a project must say")
WRONG_VALUE = declare("SEG013", "wrong-value", "a key of `segql.toml` has a value it allows")
UNKNOWN_ZONE = declare("SEG014", "unknown-time-zone", "`timezone` is an IANA time zone")
WRONG_PLACE = declare("SEG015", "wrong-target-key", "a target says where its data are, in one way")
SECRET = declare("SEG016", "secret-in-file", "a connection comes from the environment")


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


class TargetTable(_Table):
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
    "database": 'the path of a DuckDB database as text, like "shop.duckdb"',
    "fresh_within": 'a length of time as text, like "2 days"',
    "connection": 'the name of an environment variable, like "${SEGQL_PROD}"',
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
    _check_targets(values, places, found)
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
    if len(path) == 1:
        known, where = tuple(Config.model_fields), f"`{CONFIG}`"
    elif path[0] == "project":
        known, where = tuple(ProjectTable.model_fields), "`[project]`"
    elif path[0] == "lint":
        table = LintTable if len(path) == 2 else LintChoice
        known, where = tuple(table.model_fields), f"`[{'.'.join(path[:-1])}]`"
    else:
        known, where = tuple(TargetTable.model_fields), f"`[{'.'.join(path[:-1])}]`"
    near = suggest(path[-1], known)
    found.report(
        UNKNOWN_KEY,
        f"unknown key `{path[-1]}` in {where}",
        places.key(path),
        "not known here",
        helps=[_did_you_mean(near) if near else f"known are {_list(known)}"],
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
        if path[-1] == "connection" and not VARIABLE.fullmatch(value.strip("\"'")):
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


def _check_targets(values: Mapping[str, Any], places: Places, found: Diagnostics) -> None:
    targets = values.get("targets")
    if not isinstance(targets, Mapping):
        return
    for name, target in targets.items():
        engine = target.get("engine") if isinstance(target, Mapping) else None
        if isinstance(engine, str) and engine in DIALECTS:
            _check_target(name, engine, target, places, found)


def _check_target(
    name: str,
    engine: EngineName,
    target: Mapping[str, Any],
    places: Places,
    found: Diagnostics,
) -> None:
    path = ("targets", name)
    ways = WAYS.get(engine, ("connection",))
    given = [key for key in ("files", "database", "connection") if key in target]
    for key in given:
        if key not in ways:
            found.report(
                WRONG_PLACE,
                f"a target of the engine `{engine}` has no `{key}`",
                places.key((*path, key)),
                f"expected {_list(ways, 'or')}",
            )
    mine = [key for key in given if key in ways]
    if len(mine) > 1:
        found.report(
            WRONG_PLACE,
            f"the target `{name}` says twice where its data are",
            places.key((*path, mine[1])),
            f"expected one of {_list(ways, 'or')}",
        )
    elif not mine and engine in WAYS:
        found.report(
            MISSING_KEY,
            f"`[targets.{name}]` does not say where its data are",
            places.key(path),
            f"expected a line {_list(tuple(f'{way} = …' for way in ways), 'or')}",
        )
    connection = target.get("connection")
    if isinstance(connection, str) and connection and not VARIABLE.fullmatch(connection):
        found.report(
            SECRET,
            f"the connection of the target `{name}` stands in the file",
            places.value((*path, "connection")),
            'expected an environment variable, like "${SEGQL_PROD}"',
            notes=["a file is shared and kept in version control; a password must not be in it"],
        )


def _did_you_mean(names: tuple[str, ...]) -> str:
    return f"did you mean {_list(names, 'or')}?"


def _list(names: tuple[str, ...], last: str = "and") -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
