"""Sources -> syntax trees; a text that was parsed before is not parsed again.

Kept are trees and diagnostics, pickled. A pickle may name any function of any module, and the folder of a project may
come from a stranger: the reader here builds nothing but the classes of `segql.syntax.tree`, spans, diagnostics
and decimals, and takes anything else for a broken entry.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache as once
from functools import partial
from typing import Any, TypeGuard

from segql import diagnostics as diagnostics_module
from segql.diagnostics import Diagnostic
from segql.project.cache import Cache, content_key
from segql.project.packs import Packs
from segql.project.processes import beside, sharing, worth
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

    The others begin at once; this one takes its part when the result is asked for. From then on until the context ends,
    what was parsed is put into the cache.
    """
    kept = Packs(cache, _KIND)
    keys = [content_key((source.name, source.text)) for source in sources.files]
    entries = [_from_cache(kept.get(key)) for key in keys]
    missing = [source for source, entry in zip(sources.files, entries, strict=True) if not entry]
    helpful = min(processes, worth(sum(len(source.text) for source in missing)))
    if missing:
        from segql.syntax.parser import language

        language()  # once, before there are copies

    with ExitStack() as stack:
        results = stack.enter_context(sharing(missing, _parse, helpful))

        def parsed() -> Parsed:
            made = results()
            new = (key for key, entry in zip(keys, entries, strict=True) if not entry)
            keeping = partial(_keep, kept, dict(zip(new, made, strict=True)), {*keys})
            stack.enter_context(beside(keeping, helpful if kept.can_keep else 1))
            rest = iter(made)
            return _together(entry or next(rest).entry for entry in entries)

        yield parsed


def _keep(kept: Packs, made: Mapping[str, _Made], used: Set[str]) -> None:
    if not kept.can_keep:
        return
    pickled = {key: item.pickled or _pickled(item.entry) for key, item in made.items()}
    entries = {key: content for key, content in pickled.items() if content is not None}
    kept.keep(entries, used, slack=2 * len(used) + 32)


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
    """An entry, and its pickle if it came from another process."""

    entry: Entry
    pickled: bytes | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (_pickled(self.entry),)


def _arrived(pickled: bytes | None) -> _Made | None:
    return None if pickled is None else _Made(pickle.loads(pickled), pickled)


def _pickled(entry: Entry) -> bytes | None:
    """None for a tree that is too deep: it is parsed each time."""
    try:
        return pickle.dumps(entry, protocol=5)
    except RecursionError:
        return None


def _parse(source: SourceFile) -> _Made:
    from segql.syntax.parser import parse

    parsed = parse(source)
    return _Made((parsed.file, tuple(parsed.diagnostics), dict(parsed.broken)))


def _from_cache(body: bytes | memoryview | None) -> Entry | None:
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
