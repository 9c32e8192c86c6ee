"""What the dialects here share in making columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from segql.model.types import DecimalType, ListType, Type
from tests.support.tables import JSON


def guess(values: Sequence[object]) -> Type:
    """The type of a column that no declaration speaks of."""
    for value in values:
        match value:
            case bool():
                return Type("bool")
            case int():
                return Type("int")
            case Decimal():
                return DecimalType("decimal", 38, 6)
            case float():
                return Type("float")
            case datetime():
                return Type("timestamp")
            case date():
                return Type("date")
            case dict():
                return JSON
            case list() | tuple():
                return ListType("list", guess(value))
            case str():
                return Type("text")
    return Type("text")
