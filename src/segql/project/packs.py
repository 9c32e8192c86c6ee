"""Many small entries of the cache in a few files.

A pack is a file of entries that is written once and never changed: a run adds one with what it has made, however many
files it was made of, and when there are many packs, one takes their place. So two runs never write the same bytes,
and what a run does not find, because another one has just put it elsewhere, it makes again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from functools import cached_property

from segql.project.cache import UNFINISHED, Cache, content_key

_MOST = 16
"""So many packs are read at once without becoming one; each change of a project makes one."""


class Packs:
    """The entries of one kind, read together when the first one is asked for."""

    def __init__(self, cache: Cache, kind: str) -> None:
        self._cache = cache
        self._kind = kind

    @property
    def can_keep(self) -> bool:
        """Whether there is a cache at all."""
        return self._cache.can_keep

    def get(self, key: str) -> memoryview | None:
        """The entry, None where there is none."""
        return self._entries.get(key)

    def keep(self, made: Mapping[str, bytes], used: Set[str], slack: int) -> None:
        """Keep what was made; the entries whose keys are not `used` are dropped once they are more than `slack`."""
        if not self.can_keep:
            return
        old = self._entries.keys() - used - made.keys()
        all_in_one = len(self._read) >= _MOST or len(old) > slack
        if not all_in_one and not made:
            return
        entries: dict[str, bytes | memoryview] = (
            {**self._entries, **made} if all_in_one else {**made}
        )
        if len(old) > slack:
            entries = {key: entry for key, entry in entries.items() if key not in old}
        name = content_key(sorted(entries))
        if self._cache.put(self._kind, name, _pack(entries)):
            broken = {name for name, pack in self._read.items() if pack is None}
            self._cache.drop(self._kind, (self._names if all_in_one else broken) - {name})

    @cached_property
    def _names(self) -> Set[str]:
        return self._cache.keys(self._kind)

    @cached_property
    def _read(self) -> dict[str, dict[str, memoryview] | None]:
        """The packs by name; None for what should be one and cannot be read."""
        found: dict[str, dict[str, memoryview] | None] = {}
        for name in sorted(name for name in self._names if not name.endswith(UNFINISHED)):
            body = self._cache.get(self._kind, name)
            found[name] = None if body is None else _unpack(body)
        return found

    @cached_property
    def _entries(self) -> dict[str, memoryview]:
        return {key: entry for pack in self._read.values() if pack for key, entry in pack.items()}


def _pack(entries: Mapping[str, bytes | memoryview]) -> bytes:
    """A line of JSON, the size of each entry in bytes by its key, and behind it the entries."""
    sizes = json.dumps({key: len(entry) for key, entry in entries.items()})
    return b"\n".join((sizes.encode(), b"".join(entries.values())))


def _unpack(body: bytes) -> dict[str, memoryview] | None:
    """The entries; None where it is no pack."""
    end = body.find(b"\n")
    try:
        sizes = json.loads(body[: max(end, 0)])
    except (ValueError, RecursionError):
        return None
    if not isinstance(sizes, dict) or not all(type(size) is int for size in sizes.values()):
        return None
    if any(size < 0 for size in sizes.values()) or end + 1 + sum(sizes.values()) != len(body):
        return None
    view, at = memoryview(body), end + 1
    found: dict[str, memoryview] = {}
    for key, size in sizes.items():
        found[key] = view[at : at + size]
        at += size
    return found
