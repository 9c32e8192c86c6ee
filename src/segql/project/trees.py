"""Sources -> syntax trees; a text that was parsed before is not parsed again.

Kept are trees and diagnostics, pickled. A pickle may name any function of any module, and the folder of a project may
come from a stranger: the reader here builds nothing but the classes of `segql.syntax.tree`, spans, diagnostics
and decimals, and takes anything else for a broken entry.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeGuard

from segql import diagnostics as diagnostics_module
from segql.diagnostics import Diagnostic
from segql.project.cache import Cache, content_key
from segql.project.sources import Sources
from segql.source import SourceFile, Span
from segql.syntax import tree

_KIND = "trees"


@dataclass(frozen=True)
class Parsed:
    """All files of a project as trees, in the order of their names, and what was wrong with their syntax."""

    files: tuple[tree.File, ...]
    diagnostics: tuple[Diagnostic, ...]
    broken: Mapping[str, tuple[Diagnostic, ...]]
    """The names of declarations that could not be read, each with its errors."""


def parse_sources(sources: Sources, cache: Cache) -> Parsed:
    """Parse each file, from the cache where its name and content were parsed before."""
    files: list[tree.File] = []
    found: list[Diagnostic] = []
    keys: set[str] = set()
    broken: dict[str, tuple[Diagnostic, ...]] = {}
    for source in sources.files:
        key = content_key((source.name, source.text))
        keys.add(key)
        file, diagnostics, unread = _from_cache(cache, key) or _parse(source, cache, key)
        files.append(file)
        found.extend(diagnostics)
        for name, errors in unread.items():
            broken[name] = broken.get(name, ()) + errors
    cache.prune(_KIND, keys, slack=2 * len(keys) + 32)
    return Parsed(tuple(files), tuple(found), broken)


Entry = tuple[tree.File, tuple[Diagnostic, ...], dict[str, tuple[Diagnostic, ...]]]


def _parse(source: SourceFile, cache: Cache, key: str) -> Entry:
    from segql.syntax.parser import parse

    parsed = parse(source)
    entry = (parsed.file, tuple(parsed.diagnostics), dict(parsed.broken))
    with suppress(RecursionError):  # a tree too deep to be kept is parsed each time
        cache.put(_KIND, key, pickle.dumps(entry, protocol=5))
    return entry


def _from_cache(cache: Cache, key: str) -> Entry | None:
    body = cache.get(_KIND, key)
    if body is None:
        return None
    try:
        entry = _Reader(io.BytesIO(body)).load()
    except Exception:  # any fault of a kept entry is a miss
        return None
    return entry if _is_entry(entry) else None


def _is_entry(entry: object) -> TypeGuard[Entry]:
    return (
        isinstance(entry, tuple)
        and len(entry) == 3
        and isinstance(entry[0], tree.File)
        and isinstance(entry[1], tuple)
        and all(isinstance(item, Diagnostic) for item in entry[1])
        and isinstance(entry[2], dict)
        and all(isinstance(name, str) for name in entry[2])
        and all(isinstance(items, tuple) for items in entry[2].values())
        and all(isinstance(item, Diagnostic) for items in entry[2].values() for item in items)
    )


class _Reader(pickle.Unpickler):
    """Builds the classes of the tree and of diagnostics, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401  # a class or a function
        try:
            return _allowed()[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a tree") from None


@cache
def _allowed() -> dict[tuple[str, str], Any]:
    classes: list[Any] = [Span, Decimal, tree._restore]
    classes += [getattr(diagnostics_module, name) for name in _DIAGNOSTIC_CLASSES]
    classes += [
        item
        for item in vars(tree).values()
        if isinstance(item, type) and issubclass(item, tree.Node)
    ]
    return {(item.__module__, item.__qualname__): item for item in classes}


_DIAGNOSTIC_CLASSES = ("Diagnostic", "Code", "Label", "Fix", "Edit", "Severity")
