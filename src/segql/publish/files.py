"""A folder of files that segql owns: what would change in it, and the change.

What segql has written is listed in `segql-manifest.json` in the folder, with a hash of each file. Only files that are
listed there, and still are what was written, are removed when their segments are gone.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from segql.errors import UsageError
from segql.project.writing import replace_file

MANIFEST = "segql-manifest.json"

Kind: TypeAlias = Literal["new", "changed", "gone"]


@dataclass(frozen=True)
class Change:
    """One file (relative, with `/`) that is not as it should be. `gone`: what it was made of is not there any more."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Folder:
    """What a folder should hold, and how it stands."""

    root: Path
    wanted: Mapping[str, bytes]
    changes: tuple[Change, ...]
    kept: tuple[str, ...]
    """Files whose segments are gone, but which were changed by others since: they stay."""
    foreign: tuple[str, ...]
    """Files in the way that segql has not written."""
    listed: Mapping[str, str]
    """The manifest: the hash of each file as it was written."""

    def write(self) -> None:
        """Make the folder as it should be. Raises `UsageError` where that is not possible."""
        if self.foreign:
            raise UsageError(
                f"`{self.foreign[0]}` in `{self.root}` was not written by segql",
                "move it away, or choose another folder with `--out`",
            )
        hashes = {name: _hash(content) for name, content in self.wanted.items()}
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            # listed before they are written: a run that is cut short leaves nothing that is nobody's
            self._list({**self.listed, **hashes})
            for change in self.changes:
                path = self.root / change.name
                if change.kind == "gone":
                    path.unlink(missing_ok=True)
                    self._drop_empty(path.parent)
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    replace_file(path, self.wanted[change.name])
            self._list(hashes)
        except OSError as error:
            raise _unwritable(self.root, error) from None

    def _list(self, hashes: Mapping[str, str]) -> None:
        text = json.dumps({"version": 1, "files": dict(sorted(hashes.items()))}, indent=1) + "\n"
        path = self.root / MANIFEST
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            replace_file(path, text.encode())

    def _drop_empty(self, folder: Path) -> None:
        while folder != self.root and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def look(root: Path, wanted: Mapping[str, bytes]) -> Folder:
    """How the folder stands to what it should hold. Raises `UsageError` where it cannot be read."""
    try:
        if root.exists() and not root.is_dir():
            raise UsageError(f"`{root}` is not a folder")
        listed = _manifest(root)
        changes: list[Change] = []
        foreign: list[str] = []
        kept: list[str] = []
        for name, content in wanted.items():
            there = _content(root / name)
            if there is None:
                changes.append(Change("new", name))
            elif there != content:
                changes.append(Change("changed", name))
                if name not in listed:
                    foreign.append(name)
        for name in listed.keys() - wanted.keys():
            there = _content(root / name)
            if there is not None and _hash(there) != listed[name]:
                kept.append(name)
            elif there is not None:
                changes.append(Change("gone", name))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot read `{error.filename or root}`: {reason}") from None
    changes.sort(key=lambda change: change.name)
    return Folder(root, wanted, tuple(changes), tuple(sorted(kept)), tuple(sorted(foreign)), listed)


def _content(path: Path) -> bytes | None:
    """What a file holds; None where there is none. A folder or a device in its place raises `OSError`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(0, "not a regular file", str(path))
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _manifest(root: Path) -> dict[str, str]:
    """What segql has written there before; raises `UsageError` for a manifest that cannot be read."""
    path = root / MANIFEST
    content = _content(path)
    if content is None:
        return {}
    try:
        files = json.loads(content)["files"]
        if not isinstance(files, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"`{path}` is damaged: it lists what segql has written there",
            "restore it, or remove it and the files beside it",
        ) from None
    return {str(name): str(hashed) for name, hashed in files.items() if _is_inside(str(name))}


def _is_inside(name: str) -> bool:
    """Whether a listed name leads to a file in the folder, whoever has written the list."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _unwritable(root: Path, error: OSError) -> UsageError:
    reason = (error.strerror or "unknown reason").lower()
    return UsageError(f"cannot write `{error.filename or root}`: {reason}")
