"""Sources -> syntax trees; a text that was parsed before is not parsed again.

Kept are trees and diagnostics, pickled. A pickle may name any function of any module, and the folder of a project may
come from a stranger: the reader here builds nothing but the classes of `segql.syntax.tree`, spans, diagnostics
and decimals, and takes anything else for a broken entry.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache as once
from functools import partial
from typing import Any, TypeGuard

from segql import diagnostics as diagnostics_module
from segql.diagnostics import Diagnostic
from segql.project.cache import Cache, content_key
from segql.project.processes import sharing, worth
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


Entry = tuple[tree.File, tuple[Diagnostic, ...], dict[str, tuple[Diagnostic, ...]]]


def parse_sources(sources: Sources, cache: Cache) -> Parsed:
    """Parse each file, from the cache where its name and content were parsed before."""
    with parsing(sources, cache, 1) as parsed:
        return parsed()


@contextmanager
def parsing(sources: Sources, cache: Cache, processes: int) -> Iterator[Callable[[], Parsed]]:
    """`parse_sources` shared by up to so many processes, where there is enough to do.

    The others begin at once; this one takes its part when the result is asked for.
    """
    keys = [content_key((source.name, source.text)) for source in sources.files]
    kept = cache.keys(_KIND)
    entries = [_from_cache(cache, key) if key in kept else None for key in keys]
    pairs = zip(sources.files, keys, entries, strict=True)
    missing = [(source, key) for source, key, entry in pairs if entry is None]
    load = sum(len(source.text) for source, _ in missing)
    if missing:
        from segql.syntax.parser import language

        language()  # once, before there are copies

    def parsed() -> Parsed:
        made = iter(results())
        found = [entry or next(made).entry for entry in entries]
        cache.prune(_KIND, {*keys}, slack=2 * len(keys) + 32)
        return _together(found)

    with sharing(missing, partial(_parse, cache), min(processes, worth(load))) as results:
        yield parsed


def _together(entries: Iterable[Entry]) -> Parsed:
    files: list[tree.File] = []
    found: list[Diagnostic] = []
    broken: dict[str, tuple[Diagnostic, ...]] = {}
    for file, diagnostics, unread in entries:
        files.append(file)
        found.extend(diagnostics)
        for name, errors in unread.items():
            broken[name] = broken.get(name, ()) + errors
    return Parsed(tuple(files), tuple(found), broken)


@dataclass(frozen=True, slots=True)
class _Made:
    """An entry with its pickle, as which it goes from one process to another; None where it is too deep for one."""

    entry: Entry
    pickled: bytes | None

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.pickled,)


def _arrived(pickled: bytes | None) -> _Made | None:
    return None if pickled is None else _Made(pickle.loads(pickled), None)


def _parse(cache: Cache, made_of: tuple[SourceFile, str]) -> _Made:
    from segql.syntax.parser import parse

    source, key = made_of
    parsed = parse(source)
    entry = (parsed.file, tuple(parsed.diagnostics), dict(parsed.broken))
    pickled = None
    with suppress(RecursionError):  # a tree too deep to be kept is parsed each time
        pickled = pickle.dumps(entry, protocol=5)
        cache.put(_KIND, key, pickled)
    return _Made(entry, pickled)


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


@once
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
