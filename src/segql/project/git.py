"""A project as a revision of git has it: its definitions, read from git's objects into a folder of their own.

Nothing of the work tree, the index or the repository is touched.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from segql.errors import UsageError
from segql.project.sources import CONFIG

STAGED = ":staged"
"""Stands for what is staged for the next commit, where a revision is expected; no revision has such a name."""

_FILE_MODES = ("100644", "100755")


def extract(root: Path, revision: str, folder: Path) -> bool:
    """Write the definitions of the project at `root`, as they were at a revision, into `folder`.

    Those are `segql.toml`, the `.seg` files, and the files whose names stand in them. False where the project did not
    exist then. Raises `UsageError`: no git, no repository, no such revision.
    """
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
    blobs = dict(_blobs(root, revision, prefix))
    if CONFIG not in blobs:
        return False
    definitions = [name for name in blobs if name.endswith(".seg") or _last(name) == CONFIG]
    contents = _read(root, [blobs[name] for name in definitions])
    mentioned = b"\n".join(contents)
    others = [
        name
        for name in blobs.keys() - set(definitions)
        if _last(name).encode() in mentioned and not name.endswith((".parquet", ".duckdb"))
    ]
    files = dict(zip(definitions, contents, strict=True))
    files.update(zip(others, _read(root, [blobs[name] for name in others]), strict=True))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return True


def said(root: Path, revision: str) -> str:
    """A revision as people see it: what was asked for, and the commit."""
    if revision == STAGED:
        return "staged"
    commit = _commit(root, revision)[:7]
    return revision if revision.startswith(commit) else f"{revision} ({commit})"


def _last(name: str) -> str:
    return PurePosixPath(name).name


def _blobs(root: Path, revision: str, prefix: str) -> Iterator[tuple[str, str]]:
    """The files below the project's folder: the name there, and git's name of the content."""
    if revision == STAGED:
        listed = _git(root, "ls-files", "--stage", "-z", "--full-name")
    else:
        commit = _commit(root, revision)
        listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or ".")
    for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
        head, _, name = entry.partition("\t")
        if name.startswith(prefix) and head[:6] in _FILE_MODES:
            words = head.split()
            blob = words[1] if revision == STAGED else words[2]
            if revision != STAGED or words[2] == "0":  # not in the middle of a merge
                yield name.removeprefix(prefix), blob


def _commit(root: Path, revision: str) -> str:
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return _git(root, *asked).decode().strip()
    except _FailedError:
        shallow = _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    hint = "the names are those of `git log`, `git branch` and `git tag`"
    if shallow:
        hint = "the clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0` in a workflow"
    raise UsageError(f"git knows no revision `{revision}`", hint)


def _read(root: Path, blobs: list[str]) -> list[bytes]:
    """The contents, all in one call."""
    if not blobs:
        return []
    data = _git(root, "cat-file", "--batch", given="\n".join(blobs).encode() + b"\n")
    found: list[bytes] = []
    place = 0
    for _ in blobs:
        end = data.index(b"\n", place)
        head = data[place:end].split()
        if len(head) != 3:
            raise UsageError(
                "git has not got all files of the revision", "fetch it, or compare with another one"
            )
        size = int(head[2])
        found.append(data[end + 1 : end + 1 + size])
        place = end + 1 + size + 1
    return found


class _FailedError(UsageError):
    """git has said no."""


def _git(root: Path, *arguments: str, given: bytes | None = None) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, input=given, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise UsageError("`git` is not installed", "`segql diff` asks it what was before") from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot run `git`: {reason}") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        first = lines[0].removeprefix("fatal: ").rstrip(".")
        if "not a git repository" in first:
            raise UsageError(
                f"`{root}` is in no git repository", "`segql diff` compares with a revision of one"
            )
        raise _FailedError(f"git failed: {first}")
    return done.stdout
