"""The Arrow types of a result of Snowflake, from what the server says of its columns.

The types of the connector's own batches depend on the values in them: a batch of small numbers is `int8`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

_TYPES: dict[int, pa.DataType] = {
    1: pa.float64(),
    2: pa.string(),
    3: pa.date32(),
    4: pa.timestamp("us"),
    6: pa.timestamp("us", tz="UTC"),
    7: pa.timestamp("us", tz="UTC"),
    8: pa.timestamp("us"),
    13: pa.bool_(),
}
"""By the type codes of the connector; what has none here is its text.

https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api#type-codes
"""
_NUMBER = 0
_LONG = 18
"""So many digits always fit into 64 bits."""


def schema_of(description: Sequence[Any] | None) -> pa.Schema:
    """The schema of a cursor's rows."""
    return pa.schema([(column.name, _type(column)) for column in description or ()])


def _type(column: Any) -> pa.DataType:  # noqa: ANN401  # `ResultMetadata` of the connector
    if column.type_code != _NUMBER:
        return _TYPES.get(column.type_code, pa.string())
    digits, places = column.precision or 38, column.scale or 0
    return pa.int64() if places == 0 and digits <= _LONG else pa.decimal128(digits, places)
