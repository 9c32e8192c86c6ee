"""`segql export`: the keys of all members."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    NameArgument,
    NoCacheOption,
    ProjectOption,
    TargetOption,
    common,
    one_of,
)
from segql.errors import UsageError

if TYPE_CHECKING:
    import pyarrow

    from segql.engines.base import Stream


FORMATS = ("csv", "jsonl", "parquet")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def export(
    context: typer.Context,
    name: NameArgument,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--output", metavar="FILE", help="Default: stdout."),
    ] = None,
    format: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            help="Default: what the file's ending says, or csv.",
        ),
    ] = None,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Write the keys of all members, in key order."""
    chosen = _by_ending(out) if format is None else one_of("--format", format, FORMATS)
    options = common(context, project, target, as_of, no_cache)
    loaded = options.load()
    if chosen == "parquet":
        _parquet(out, lambda: loaded.members(name, options.target, options.as_of))
    else:
        with loaded.member_stream(name, options.target, options.as_of) as stream:
            _text(stream, chosen, out)
    output.tell_others(loaded, [name])


def _by_ending(out: Path | None) -> str:
    return ENDINGS.get(out.suffix.lower(), "csv") if out is not None else "csv"


def _text(stream: Stream, format: str, out: Path | None) -> None:
    lines = _csv(stream) if format == "csv" else _jsonl(stream)
    if out is None:
        for text in lines:
            output.write(text)
        return
    with _writing(out) as path, path.open("w", encoding="utf-8", newline="") as file:
        for text in lines:
            file.write(text)


def _csv(stream: Stream) -> Iterator[str]:
    """RFC 4180 with `\\n`: a header, then a line for each member, batch by batch."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(stream.columns)
    yield buffer.getvalue()
    for batch in stream.batches:
        buffer.seek(0)
        buffer.truncate()
        writer.writerows([_plain(value) for value in row] for row in batch)
        yield buffer.getvalue()


def _plain(value: object) -> object:
    from segql.report.preview import json_value

    return str(value).lower() if isinstance(value, bool) else json_value(value)


def _jsonl(stream: Stream) -> Iterator[str]:
    from segql.report.preview import json_value

    for batch in stream.batches:
        lines = (
            json.dumps(
                dict(zip(stream.columns, map(json_value, row), strict=True)), ensure_ascii=False
            )
            for row in batch
        )
        yield "".join(line + "\n" for line in lines)


def _parquet(out: Path | None, table: Callable[[], pyarrow.Table]) -> None:
    if out is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal", "name a file: `-o members.parquet`")
    members = table()
    import pyarrow.parquet

    sink = io.BytesIO()
    pyarrow.parquet.write_table(members, sink)
    if out is None:
        output.write_bytes(sink.getbuffer())
        return
    with _writing(out) as path, path.open("wb") as file:
        file.write(sink.getbuffer())


@contextmanager
def _writing(out: Path) -> Iterator[Path]:
    """The path to write so that `out` holds what is written. An `OSError` becomes a `UsageError`.

    It is a file beside that takes the place of `out` once it is whole; after a failure `out` is as it was. A link
    stays, what it leads to is replaced. What is no file (a device, a named pipe) is written itself.
    """
    try:
        found = _status(out)
        if found is not None and not stat.S_ISREG(found.st_mode):
            yield out
            return
        with _replacing(Path(os.path.realpath(out)), found) as beside:
            yield beside
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot write `{out}`: {reason}") from None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@contextmanager
def _replacing(path: Path, old: os.stat_result | None) -> Iterator[Path]:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        if old is not None:
            beside.chmod(stat.S_IMODE(old.st_mode))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
