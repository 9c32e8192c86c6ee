"""`.segql/cache` in the project's folder: what was computed from the same content before.

A key is a hash of all that the result depends on, segql's own version too, so an entry is never out of date. An
entry is written beside and moved into its place; one that cannot be read is a miss; a folder that cannot
be written is no cache. Nothing here ever fails a command.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from segql.version import __version__

FOLDER = ".segql"
_DIGEST = 16
UNFINISHED = ".new"
"""How the names of entries end that are being written."""
_OWN = re.compile(rf"[0-9a-f]{{32}}(\.[0-9]+{re.escape(UNFINISHED)})?")
"""The names of entries, and of what a broken run has left of one. The folder may lead to files of others."""
_BINARY = getattr(os, "O_BINARY", 0)


def content_key(parts: Iterable[str | bytes]) -> str:
    """A hash of the parts, their borders, and segql's version."""
    digest = hashlib.blake2b(__version__.encode(), digest_size=_DIGEST)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Removed:
    """A folder that was removed, with so many files, or why it could not be."""

    folder: Path
    files: int
    reason: str = ""


class Cache:
    """Entries of bytes by kind and key; with `root` None it holds nothing."""

    def __init__(self, root: Path | None) -> None:
        self._folder = root / FOLDER / "cache" if root is not None else None

    @property
    def can_keep(self) -> bool:
        """Whether there is a place for entries."""
        return self._folder is not None

    def keys(self, kind: str) -> Set[str]:
        """The keys of the entries that there may be, also of unfinished ones."""
        if self._folder is None:
            return frozenset()
        try:
            return frozenset(filter(_OWN.fullmatch, os.listdir(self._folder / kind)))
        except OSError:
            return frozenset()

    def get(self, kind: str, key: str) -> bytes | None:
        """The entry, checked against the hash at its head; None where there is none that is whole."""
        if self._folder is None:
            return None
        try:
            data = (self._folder / kind / key).read_bytes()
        except OSError:
            return None
        head, body = data[:_DIGEST], data[_DIGEST:]
        return body if head == _checksum(body) else None

    def put(self, kind: str, key: str, body: bytes) -> bool:
        """Keep an entry; False where the folder cannot be written."""
        if self._folder is None:
            return False
        folder = os.path.join(self._folder, kind)
        path = os.path.join(folder, key)
        beside = f"{path}.{os.getpid()}{UNFINISHED}"
        try:
            try:
                _write(beside, _checksum(body) + body)
            except FileNotFoundError:
                self._make(self._folder / kind)
                _write(beside, _checksum(body) + body)
            os.replace(beside, path)
        except OSError:
            with suppress(OSError):
                os.unlink(beside)
            return False
        return True

    def prune(self, kind: str, keep: set[str], slack: int) -> None:
        """Drop the entries not in `keep`, once there are more than `slack` of them."""
        old = self.keys(kind) - keep
        if len(old) > slack:
            self.drop(kind, old)

    def drop(self, kind: str, keys: Iterable[str]) -> None:
        """Forget entries, as far as they may be removed."""
        if self._folder is None:
            return
        for key in keys:
            with suppress(OSError):
                os.unlink(self._folder / kind / key)

    def clean(self) -> Removed | None:
        """Remove all that is kept, if there is anything; what is in use elsewhere is only made anew there."""
        if self._folder is None or not self._folder.is_dir():
            return None
        return _remove(self._folder)

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        assert self._folder is not None
        ignore = self._folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# made by segql; safe to delete\n*\n", encoding="utf-8")


def _write(path: str, content: bytes) -> None:
    """Write a new file, at a third of the cost of `open`."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
    try:
        while content:
            content = content[os.write(number, content) :]
    finally:
        os.close(number)


def _remove(folder: Path) -> Removed:
    """Remove a folder; one that is a link is left, and told."""
    files = sum(path.is_file() for path in folder.rglob("*"))
    failed: list[OSError] = []
    shutil.rmtree(folder, onerror=lambda _, __, error: _keep(failed, error[1]))
    reason = (failed[0].strerror or "unknown reason").lower() if failed else ""
    return Removed(folder, files, reason)


def _keep(failed: list[OSError], error: BaseException) -> None:
    """What another process has removed at the same time is no failure."""
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
        failed.append(error)


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST).digest()
