"""Two texts -> what differs, as `diff -u` and `git apply` know it."""

from __future__ import annotations

from difflib import unified_diff


def unified(name: str, old: str, new: str) -> str:
    """The unified difference of a file's two texts; empty where they are equal."""
    lines = unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    text = ""
    for line in lines:
        text += line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
    return text
