"""`segql init`: a small working project with its own data."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from segql.cli import output
from segql.errors import UsageError

FILES = (
    "segql.toml",
    "README.md",
    "model/customer.seg",
    "segments/lifecycle.seg",
    "segments/campaigns.seg",
    "segments/lifecycle.test.seg",
)
DATA = ("data/customers.csv", "data/orders.csv")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where; made if it does not exist.")
    ] = Path("."),
) -> None:
    """Make a small working project with made-up data."""
    folder = Path(
        os.path.normpath(folder)
    )  # `new/..` is this folder, whether there is a `new` or not
    taken = [name for name in (*FILES, *DATA) if (folder / name).exists()]
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file")
    if taken:
        listed = " and ".join(f"`{name}`" for name in taken[:2])
        more = f" and {len(taken) - 2} more" if len(taken) > 2 else ""
        raise UsageError(
            f"`{folder}` already has {listed}{more}; nothing was written",
            "name another folder: `segql init my-segments`",
        )
    made: list[Path] = []
    try:
        _write(folder, made)
    except OSError as error:
        _take_back(made)
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot write to `{folder}`: {reason}") from None
    output.write(_done(folder))


def _write(folder: Path, made: list[Path]) -> None:
    """Write the project; `made` gets each file and folder that was not there before."""
    from datetime import UTC, datetime
    from importlib.resources import files
    from string import Template

    from segql.cli.init_data import made_data

    name = folder.resolve().name or "segments"
    templates = files("segql") / "templates" / "project"
    for path in FILES:
        text = (templates / path).read_text(encoding="utf-8")
        _put(folder / path, Template(text).substitute(name=_toml_text(name)), made)
    customers, orders = made_data(datetime.now(UTC))
    _put(folder / DATA[0], customers, made)
    _put(folder / DATA[1], orders, made)


def _put(path: Path, text: str, made: list[Path]) -> None:
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir()
            made.append(parent)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        made.append(path)
        file.write(text)


def _take_back(made: list[Path]) -> None:
    """Remove what this run has made, and nothing else: a folder only where it is empty again."""
    for path in reversed(made):
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()


def _toml_text(name: str) -> str:
    """A folder's name as it may stand between the quotes of a TOML text."""
    kept = "".join(character for character in name if character.isprintable())
    return kept.replace("\\", "\\\\").replace('"', '\\"') or "segments"


def _done(folder: Path) -> str:
    where = "" if folder.resolve() == Path.cwd() else f" --project {_shell(str(folder))}"
    return (
        f"made a project in `{folder}`\n"
        "\n"
        "next:\n"
        f"  segql{where} check\n"
        f"  segql{where} test\n"
        f"  segql{where} preview regulars\n"
        f"  segql{where} explain lapsing\n"
    )


def _shell(text: str) -> str:
    from shlex import quote

    return quote(text)
