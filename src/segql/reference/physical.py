"""What is stored in a physical row, read as values of the language (see `nodes.Const` for their types)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

from segql.model import scalars
from segql.model.clock import instant_in
from segql.model.nodes import Column, SplitText
from segql.model.types import TEXT, DecimalType, ListType, Type

PhysicalRow: TypeAlias = Mapping[str, object]
Database: TypeAlias = Mapping[str, Sequence[PhysicalRow]]
EvaluateSql: TypeAlias = Callable[[str, PhysicalRow], object]
"""Evaluates raw SQL (`nodes.SqlText.text`) over the physical columns of one row."""


def read_column(row: PhysicalRow, column: Column, type_: Type) -> object:
    """The value in a column, or at a path into its JSON."""
    stored = row.get(column.parts[0])
    if len(column.parts) > 1:
        return from_json(_follow(stored, column.parts[1:]), type_, column.zone)
    return convert(stored, type_, column.zone)


def read_split(row: PhysicalRow, split: SplitText, item: Type = TEXT) -> object:
    """A list in a text: items trimmed, empty ones dropped; an empty text is the empty list (3.2). An item that cannot
    be read as one of `item` is unknown.
    """
    text = read_column(row, split.column, Type("text"))
    if text is None:
        return None
    parts = [part.strip(scalars.WHITE_SPACE) for part in str(text).split(split.separator)]
    return tuple(from_json(part, item) for part in parts if part)


def convert(stored: object, type_: Type, zone: str | None = None) -> object:
    """A stored value as one of `type_`: widening only, as declared types are promises (3.4)."""
    if stored is None:
        return None
    if isinstance(type_, ListType):
        if not isinstance(stored, list | tuple):
            raise TypeError(f"not a list: {stored!r}")
        return tuple(convert(item, type_.item, zone) for item in stored)
    match type_.name:
        case "int" | "decimal" | "float":
            return scalars.convert(stored, type_)
        case "timestamp":
            return _instant(stored, zone)
        case _:
            return stored


def _instant(stored: object, zone: str | None) -> datetime:
    """A timestamp: with a zone an instant, without one local time in `zone`, or UTC."""
    if not isinstance(stored, date):
        raise TypeError(f"not a time: {stored!r}")
    if not isinstance(stored, datetime):
        stored = datetime(stored.year, stored.month, stored.day)
    if stored.tzinfo is not None:
        return stored.astimezone(UTC)
    return stored.replace(tzinfo=UTC) if zone is None else instant_in(ZoneInfo(zone), stored)


# --- JSON -----------------------------------------------------------------------------------------

_INT = re.compile(r"-?\d{1,38}", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_FLOAT = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|([+-])(\d\d):(\d\d))?",
    re.ASCII,
)


def _follow(stored: object, path: Sequence[str]) -> object:
    """What stands at a path of names; None where it leads nowhere."""
    if isinstance(stored, str):
        stored = json.loads(stored, parse_float=str, parse_int=str)
    for name in path:
        if not isinstance(stored, Mapping):
            return None
        stored = stored.get(name)
    return stored


def from_json(found: object, type_: Type, zone: str | None = None) -> object:
    """A scalar's text as a value of `type_`, an array item by item; what is not convertible is unknown."""
    if isinstance(type_, ListType):
        if not isinstance(found, list | tuple):
            return None
        return tuple(from_json(item, type_.item, zone) for item in found)
    text = _scalar_text(found)
    if text is None:
        return None
    match type_.name:
        case "text" | "enum":
            return text
        case "bool":
            return {"true": True, "false": False}.get(text)
        case "int":
            return int(text) if _INT.fullmatch(text) else None
        case "decimal":
            return _decimal(text, type_)
        case "float":
            return scalars.known_float(float(text)) if _FLOAT.fullmatch(text) else None
        case "date":
            return _date(text)
        case "timestamp":
            return _timestamp(text, zone)
        case _:
            return None


def _scalar_text(found: object) -> str | None:
    match found:
        case str():
            return found
        case bool():
            return "true" if found else "false"
        case int():
            return str(found)
        case float() | Decimal():
            return json.dumps(float(found))
        case _:
            return None


def _decimal(text: str, type_: Type) -> Decimal | None:
    if not _DECIMAL.fullmatch(text) or not isinstance(type_, DecimalType):
        return None
    rounded = scalars.half_away(Decimal(text), type_.scale) if len(text) < 100 else None
    if (
        rounded is None
        or rounded.copy_abs().scaleb(type_.scale, scalars.EXACT) >= 10**type_.precision
    ):
        return None
    return rounded


def _date(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _timestamp(text: str, zone: str | None) -> datetime | None:
    match = _TIMESTAMP.fullmatch(text)
    day = _date(match[1]) if match else None
    if match is None or day is None:
        return None
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    try:
        micro = int((match[5] or "0").ljust(6, "0"))
        local = datetime(day.year, day.month, day.day, hour, minute, second, micro)
        if match[6] is None:
            return _instant(local, zone)
        if match[6] == "Z":
            return local.replace(tzinfo=UTC)
        if int(match[8]) > 23 or int(match[9]) > 59:
            return None
        offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
        return local.replace(tzinfo=UTC) + (offset if match[7] == "-" else -offset)
    except (ValueError, OverflowError):
        return None
