"""Values as texts that the engines cast to what a column holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta


def text_of(value: object) -> str:
    """Times in UTC, lengths of time in microseconds."""
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            return aware.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        case timedelta():
            return str(value // timedelta(microseconds=1))
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=float)
    return str(value)
