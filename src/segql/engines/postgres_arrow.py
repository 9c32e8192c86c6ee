"""Rows of Postgres as an Arrow table: the types come from the server, not from the values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
from psycopg import Column

from segql.engines.base import NUMERIC as OPEN_NUMERIC
from segql.engines.base import Row

_TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),
    700: pa.float32(),
    701: pa.float64(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
"""Arrow's type for the object identifiers of `pg_type`; others are told from the values."""

NUMERIC = 1700
_UUID = 2950


def arrow_table(columns: Sequence[tuple[str, int]], rows: Sequence[Row]) -> pa.Table:
    """`columns` are names and type identifiers; equal names stay apart."""
    arrays = [
        _array(identifier, [row[place] for row in rows])
        for place, (_, identifier) in enumerate(columns)
    ]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


class Converter:
    """Batches of rows to Arrow batches of one schema, which is known before any row."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.schema = pa.schema([(column.name, _type(column)) for column in columns])

    def batch(self, rows: Sequence[Row]) -> pa.RecordBatch:
        """Raises `pyarrow.ArrowInvalid` for a number that does not fit."""
        columns = zip(*rows, strict=True)
        arrays = [
            _plain_array(list(values), kind)
            for values, kind in zip(columns, self.schema.types, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _type(column: Column) -> pa.DataType:
    if column.type_code == NUMERIC:
        if column.precision is not None and column.precision <= 38:
            return pa.decimal128(column.precision, column.scale or 0)
        return pa.decimal128(*OPEN_NUMERIC)
    return _TYPES.get(column.type_code, pa.string())


def _plain_array(values: list[object], kind: pa.DataType) -> pa.Array:
    if kind == pa.string():
        values = [item if item is None else str(item) for item in values]
    return pa.array(values, type=kind)


def _array(identifier: int, values: list[object]) -> pa.Array:
    if identifier == NUMERIC:
        return pa.array(values, type=pa.decimal128(38, _places(values)))
    if identifier == _UUID:
        return pa.array([None if item is None else str(item) for item in values], pa.string())
    kind = _TYPES.get(identifier)
    if kind is None and not any(item is not None for item in values):
        kind = pa.string()
    return pa.array(values, type=kind)


def _places(values: Sequence[object]) -> int:
    """The places behind the point that the longest of the numbers has."""
    exponents = [
        item.as_tuple().exponent
        for item in values
        if isinstance(item, Decimal) and item.is_finite()
    ]
    return max((-item for item in exponents if isinstance(item, int)), default=0)
