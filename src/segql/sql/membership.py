"""Parts of splits, lists kept in tables, and distances (3.9) as SQL."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, cast

from sqlglot import exp

from segql.model.nodes import Attr, Column, Const, InTable, Near, PointColumns, Value
from segql.model.types import FLOAT, TEXT
from segql.plan.nodes import PointOf
from segql.plan.populations import Drawn
from segql.plan.simplify import may_be_unknown
from segql.sql import build as b
from segql.sql.build import Expr
from segql.sql.parts import join_of, named, subquery

if TYPE_CHECKING:
    from segql.sql.query import ScopeQuery

RADIUS = 6_371_008.8
"""Metres."""

DIGITS = 8
"""32 bits as hexadecimal digits."""


# --- chance ---------------------------------------------------------------------------------------


def drawn(query: ScopeQuery, leaf: Drawn) -> Expr:
    """The first 32 bits of MD5 as eight digits: hexadecimal digits of one length compare as their numbers do."""
    d = query.d
    parts: list[Expr] = [d.literal(f"{leaf.seed}:", TEXT)]
    for place, key in enumerate(leaf.keys):
        if place:
            parts.append(d.literal(":", TEXT))
        parts.append(b.cast(query.value(key), d.data_type(TEXT)))
    digits = d.hash_digits(parts, DIGITS)
    items = []
    if leaf.low > 0:
        items.append(_compare(query, ">=", digits, leaf.low))
    if leaf.high < 16**DIGITS:
        items.append(_compare(query, "<", digits, leaf.high))
    loose = [query.value(key) for key in leaf.keys if may_be_unknown(key)]
    if not items and loose:
        items = [b.case([(b.all_([b.not_null(key) for key in loose]), exp.Boolean(this=True))])]
    return b.all_(items)


def _compare(query: ScopeQuery, operator: str, digits: Expr, bound: int) -> Expr:
    limit = query.d.literal(f"{bound:0{DIGITS}x}", TEXT)
    return query.d.compare(operator, digits, limit, TEXT, TEXT)  # type: ignore[arg-type]


# --- lists in tables ------------------------------------------------------------------------------


def in_table(query: ScopeQuery, leaf: InTable, two_valued: bool = True) -> Expr:
    """Some row of the table has the value; false, not NULL, where the value is unknown."""
    d, type_ = query.d, leaf.value.type
    if not d.exists_anywhere:
        return b.not_null(d.field(_joined(query, leaf), leaf.column))
    alias = query.names.unique(leaf.table.parts[-1])
    listed = d.bare(alias, Column((leaf.column,)), type_)
    found = exp.Select(
        expressions=[b.number(1)],
        from_=exp.From(this=d.table(leaf.table.parts, alias)),
        where=exp.Where(this=d.compare("=", listed, query.bare(leaf.value), type_, type_)),
    )
    return d.exists(found)


def _joined(query: ScopeQuery, leaf: InTable) -> str:
    """The alias of the table's different values, joined to the value."""

    if leaf in query.listed:
        return query.listed[leaf]
    d, type_ = query.d, leaf.value.type
    name = leaf.table.parts[-1]
    alias = query.listed[leaf] = query.names.unique(name)
    value = d.bare(name, Column((leaf.column,)), type_)
    values = exp.Select(
        expressions=[named(d, value, leaf.column)],
        from_=exp.From(this=d.table(leaf.table.parts, name)),
        distinct=exp.Distinct(),
    )
    on = d.compare("=", d.field(alias, leaf.column), query.bare(leaf.value), type_, type_)
    query.joins.append(join_of(subquery(d, values, alias), [on], required=False))
    return alias


def exact(query: ScopeQuery, leaf: InTable | Near) -> Expr:
    """The leaf, NULL exactly where it meets an unknown."""
    if isinstance(leaf, Near):
        return _haversine(query, leaf)
    known = b.not_null(query.bare(leaf.value))
    return b.case([(known, in_table(query, leaf))])


# --- distance -------------------------------------------------------------------------------------


def near(query: ScopeQuery, leaf: Near) -> Expr:
    """A box of latitudes and longitudes on the stored columns first, then the distance."""
    return b.all_([*_box(query, leaf), _haversine(query, leaf)])


def _haversine(query: ScopeQuery, leaf: Near) -> Expr:
    """`d < metres + 0.5` as `h < sin²((metres + 0.5) / 2R)`: d = 2R · asin(√h) grows with h."""
    (lat, lon), (to_lat, to_lon) = _degrees(query, leaf.value), _degrees(query, leaf.center)
    angle = (leaf.metres + 0.5) / (2 * RADIUS)
    limit = math.sin(angle) ** 2 if angle < math.pi / 2 else 2.0
    h = query.d.haversine((lat, lon), (to_lat, to_lon))
    return exp.LT(this=h, expression=_decimal(limit))


def _degrees(query: ScopeQuery, point: Value) -> tuple[Expr, Expr]:
    if isinstance(point, Const):
        latitude, longitude = cast("tuple[Decimal, Decimal]", point.value)
        return b.number(f"{latitude:f}"), b.number(f"{longitude:f}")
    if isinstance(point, PointOf):
        return query.value(point.latitude), query.value(point.longitude)
    assert isinstance(point, Attr)
    return query.point(point.row, point.attribute)


def _box(query: ScopeQuery, leaf: Near) -> list[Expr]:
    """Conditions that every point of the circle meets."""
    point, center = leaf.value, leaf.center
    if not (isinstance(point, Attr) and isinstance(center, Const)):
        return []
    storage = point.attribute.storage
    if not isinstance(storage, PointColumns):
        return []
    latitude, longitude = (float(part) for part in cast("tuple[Decimal, Decimal]", center.value))
    sides = box(latitude, longitude, leaf.metres)
    alias = query.alias(point.row)
    items: list[Expr] = []
    south, north = sides.latitudes
    if (south, north) != (-90, 90):
        items.append(_between(query, alias, storage.latitude, south, north))
    ranges = [_between(query, alias, storage.longitude, *pair) for pair in sides.longitudes]
    if ranges:
        items.append(b.any_(ranges))
    return items


def _between(query: ScopeQuery, alias: str, column: Column, low: float, high: float) -> Expr:
    d = query.d
    plain = len(column.parts) == 1
    value = d.raw(alias, column) if plain else d.read(alias, column, FLOAT)
    return exp.Between(
        this=value,
        low=b.number(_round(low, ROUND_FLOOR)),
        high=b.number(_round(high, ROUND_CEILING)),
    )


def _round(degrees: float, rounding: str) -> str:
    return f"{Decimal(degrees).quantize(Decimal('0.000001'), rounding=rounding).normalize():f}"


class Box:
    """The latitudes, and the ranges of longitudes (none: all), that a circle lies in."""

    def __init__(
        self, latitudes: tuple[float, float], longitudes: tuple[tuple[float, float], ...]
    ) -> None:
        self.latitudes = latitudes
        self.longitudes = longitudes


def box(latitude: float, longitude: float, metres: int) -> Box:
    """The box around a circle on the sphere; it may hold a pole, and wraps at 180 degrees."""
    angle = (metres + 1) / RADIUS
    width = math.degrees(angle) * (1 + 1e-9) + 1e-9
    south, north = max(-90.0, latitude - width), min(90.0, latitude + width)
    if south <= -90 or north >= 90:
        return Box((south, north), ())
    turn = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(latitude)))))
    turn = turn * (1 + 1e-9) + 1e-9
    west, east = longitude - turn, longitude + turn
    if west < -180:
        return Box((south, north), ((-180.0, east), (west + 360, 180.0)))
    if east > 180:
        return Box((south, north), ((west, 180.0), (-180.0, east - 360)))
    return Box((south, north), ((west, east),))


def _decimal(value: float) -> Expr:
    return b.number(f"{Decimal(repr(value)):f}")
