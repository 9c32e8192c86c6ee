"""Files written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Give a file this content in one step. Permissions stay, a link goes on leading to its file. Raises `OSError`.

    What is no file (a device, a named pipe) is never replaced: it is written itself.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.write(content)
        return
    target = path.resolve()
    if target.exists():
        target.open(
            "r+b"
        ).close()  # what may not be written is not replaced behind its owner's back
    handle, beside = tempfile.mkstemp(prefix=f".{target.name[:32]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        os.chmod(beside, mode)
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _umask() -> int:
    """The mask of new files; there is no way to read it but to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
