"""The number that decides a part of a split (3.9), the same as every engine computes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SIZE = 2**32
"""Numbers are below it."""


def split_part(seed: str, key: int | str | Sequence[int | str]) -> int:
    """The first 32 bits of MD5 over `seed:key` as an unsigned integer; composite keys are joined with `:`.

    A row is in the part of a split whose running share times 2^32 first lies above the number: with parts of 10%
    and 90%, in the first where `split_part(seed, key) < 0.1 * 2**32`.
    """
    parts = (key,) if isinstance(key, int | str) else tuple(key)
    text = ":".join([seed, *map(str, parts)])
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")
