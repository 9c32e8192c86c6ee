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
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Optional

import typer

from segql.cli import output
from segql.cli.options import (
    AsOfOption,
    ExplainCostOption,
    NameArgument,
    NoCacheOption,
    ProjectOption,
    TargetOption,
    TimeoutOption,
    among,
    common,
    one_of,
    time_limit,
)
from segql.errors import UsageError

if TYPE_CHECKING:
    import pyarrow

    from segql.api import Project
    from segql.engines.base import ArrowStream, Stream


FORMATS = ("csv", "jsonl", "parquet")
ROW_GROUP = 100_000
"""Rows of a row group of Parquet at least, but for the last one."""
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
OTHERS = (".arrow", ".avro", ".gz", ".json", ".orc", ".tsv", ".xls", ".xlsx", ".zip", ".zst")
"""Endings that promise what is not written."""


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
            autocompletion=among(FORMATS),
            help="Default: what the file's ending says, or csv.",
        ),
    ] = None,
    explain_cost: ExplainCostOption = False,
    timeout: TimeoutOption = None,
    project: ProjectOption = None,
    target: TargetOption = None,
    as_of: AsOfOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Write the keys of all members, in key order."""
    length = time_limit(timeout)
    options = common(context, project, target, as_of, no_cache)
    if explain_cost:
        told = one_of("--format", format or "text", ("text", "json"))
        loaded = options.load()
        output.write_costs(loaded.cost(name, options.target, options.as_of, timeout=length), told)
        output.tell_others(loaded, [name])
        return
    chosen = _by_ending(out) if format is None else one_of("--format", format, FORMATS)
    if chosen == "parquet" and out is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal", "name a file: `-o members.parquet`")
    loaded = options.load()
    if out is not None:
        output.refuse_source(out)
        _refuse_data(loaded, loaded.target(options.target), out)
    if chosen == "parquet":
        with loaded.member_batches(name, options.target, options.as_of, length) as batches:
            _parquet(batches, out)
    else:
        with loaded.member_stream(name, options.target, options.as_of, length) as stream:
            _text(stream, chosen, out)
    output.tell_others(loaded, [name])


def _refuse_data(project: Project, target: str, out: Path) -> None:
    """Raises `UsageError` where the members would take the place of the data that they come from."""
    table = project.config.targets[target]
    if table.engine != "duckdb" or not out.is_file():
        return
    from segql.engines.duckdb_files import glob_files, table_name

    tables = {source.table.parts[-1] for source in project.model.sources.values() if source.table}
    files = [project.root / table.database] if table.database else []
    if (table_name(out) or "").rpartition(".")[2] in tables:
        files += (file for pattern in table.patterns for file in glob_files(project.root, pattern))
    if any(out.samefile(file) for file in files if file.exists()):
        raise UsageError(f"`{out}` holds the data of the target `{target}`", "name another file")


def _by_ending(out: Path | None) -> str:
    ending = out.suffix.lower() if out is not None else ""
    if ending in OTHERS:
        raise UsageError(
            f"`export` writes no `{ending}`",
            f"{', '.join(f'`.{name}`' for name in FORMATS)} can be written; `--format` writes one under any name",
        )
    return ENDINGS.get(ending, "csv")


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


def _parquet(stream: ArrowStream, out: Path | None) -> None:
    if out is None:
        stdout = _Stdout()
        _write_parquet(stream, stdout, stdout.end)
        return
    with _writing(out) as path, path.open("wb") as file:
        _write_parquet(stream, file, lambda: None)


def _write_parquet(
    stream: ArrowStream, sink: BinaryIO | io.RawIOBase, abandon: Callable[[], None]
) -> None:
    """Row group by row group, so that one of them is held at a time. A failure abandons the sink.

    The writer always writes the end of a file, which would make a whole one of what came so far.
    """
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(sink, stream.schema) as writer:
        try:
            for table in _row_groups(stream):
                writer.write_table(table)
        except BaseException:
            abandon()
            raise


def _row_groups(stream: ArrowStream) -> Iterator[pyarrow.Table]:
    import pyarrow

    group: list[pyarrow.RecordBatch] = []
    for batch in stream.batches:
        group.append(batch)
        if sum(part.num_rows for part in group) >= ROW_GROUP:
            yield pyarrow.Table.from_batches(group)
            group.clear()
    yield pyarrow.Table.from_batches(group, stream.schema)


class _Stdout(io.RawIOBase):
    """stdout for a writer that asks where it is, which a pipe cannot say."""

    def __init__(self) -> None:
        self._written = 0
        self._ended = False

    def end(self) -> None:
        """Nothing more is written."""
        self._ended = True

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  # any buffer
        view = memoryview(data)
        if not self._ended:
            output.write_bytes(view)
        self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._written


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
