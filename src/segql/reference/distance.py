"""Distance and chance (3.9): the same arithmetic on every engine.

The distance is computed in double precision from degrees:

    h = sin²((lat2 - lat1) / 2) + cos(lat1) · cos(lat2) · sin²((lon2 - lon1) / 2)    (angles in radians)
    d = 2 · 6371008.8 m · asin(min(1, √h))

and rounded half away from zero to whole metres, so `within N` metres is `d < N + 0.5`. sin² has the period of a
whole turn: nothing else is needed where the shorter way leads over the 180th meridian.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

RADIUS = 6_371_008.8
"""Metres."""


def metres(one: tuple[float, float], other: tuple[float, float]) -> int:
    """The haversine distance of two points (latitude, longitude in degrees), in whole metres."""
    (lat1, lon1), (lat2, lon2) = (
        (math.radians(float(latitude)), math.radians(float(longitude)))
        for latitude, longitude in (one, other)
    )
    h = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return math.floor(2 * RADIUS * math.asin(min(1.0, math.sqrt(h))) + 0.5)


def chance(seed: str, key: Sequence[object]) -> int:
    """The first 32 bits of MD5 over `seed:key`, composite keys joined with `:`, as an integer."""
    text = ":".join([seed, *(str(part) for part in key)])
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")
